//! What a record looks like: JSON in the shape of the API, rendered from a few numbers.

use serde_json::{Map, Value, json};

use crate::world::{Fact, Kind, PEOPLE, Status, World};

/// Renders records of one world under one address.
#[derive(Debug, Clone, Copy)]
pub struct Painter<'a> {
    /// The world.
    pub world: &'a World,
    /// The account's address.
    pub base: &'a str,
}

/// Microseconds of the first record's creation, 2020-01-01.
const DAWN: i64 = 1_577_836_800;

/// The name of the recording's kind, its place in addresses, and its table.
fn names(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Board => ("Message::Board", "message_boards"),
        Kind::Card => ("Kanban::Card", "card_tables/cards"),
        Kind::Chat => ("Chat::Transcript", "chats"),
        Kind::Column => ("Kanban::Column", "card_tables/columns"),
        Kind::Comment => ("Comment", "comments"),
        Kind::Document => ("Document", "documents"),
        Kind::Entry => ("Schedule::Entry", "schedule_entries"),
        Kind::Line => ("Chat::Lines::Text", "lines"),
        Kind::Message => ("Message", "messages"),
        Kind::OnHold => ("Kanban::OnHold", "card_tables/lists"),
        Kind::Schedule => ("Schedule", "schedules"),
        Kind::Step => ("Kanban::Step", "card_tables/steps"),
        Kind::Table => ("Kanban::Board", "card_tables"),
        Kind::Todo => ("Todo", "todos"),
        Kind::Todolist => ("Todolist", "todolists"),
        Kind::Todoset => ("Todoset", "todosets"),
        Kind::Upload => ("Upload", "uploads"),
        Kind::Vault => ("Vault", "vaults"),
    }
}

/// Every record of a table, for comparison.
pub fn dump(world: &World, base: &str, table: &str) -> Vec<Value> {
    let painter = Painter { world, base };
    let kind = match table {
        "projects" => {
            return (0..world.projects.len())
                .map(|p| painter.project(p, true))
                .collect();
        }
        "people" => {
            return (0..PEOPLE)
                .map(|person| painter.person(person, true))
                .collect();
        }
        "message_boards" => Kind::Board,
        "cards" => Kind::Card,
        "campfires" => Kind::Chat,
        "card_columns" => Kind::Column,
        "comments" => Kind::Comment,
        "documents" => Kind::Document,
        "schedule_entries" => Kind::Entry,
        "campfire_lines" => Kind::Line,
        "messages" => Kind::Message,
        "schedules" => Kind::Schedule,
        "card_steps" => Kind::Step,
        "card_tables" => Kind::Table,
        "todos" => Kind::Todo,
        "todolists" => Kind::Todolist,
        "todosets" => Kind::Todoset,
        "uploads" => Kind::Upload,
        "vaults" => Kind::Vault,
        _ => return Vec::new(),
    };
    world
        .facts
        .iter()
        .filter(|fact| fact.kind == kind)
        .map(|fact| painter.record(fact))
        .collect()
}

fn time(seconds: i64) -> String {
    let moment =
        jiff::Timestamp::from_second(DAWN + seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{}.123Z", moment.to_string().trim_end_matches('Z'))
}

fn day(seconds: i64) -> String {
    time(seconds)[..10].to_owned()
}

impl Painter<'_> {
    /// A project. `listed`: as the listing shows it, which alone has `bookmarked`.
    pub fn project(&self, place: usize, listed: bool) -> Value {
        let project = &self.world.projects[place];
        let serial = project.dock[0].1;
        let dock: Vec<Value> = project
            .dock
            .iter()
            .enumerate()
            .map(|(index, (name, tool))| {
                let tool = &self.world.facts[*tool as usize];
                let enabled = !(place % 4 == 3 && index == 3);
                json!({"id": tool.id, "title": self.title(tool), "name": name, "enabled": enabled,
                    "position": if enabled { json!(index + 1) } else { Value::Null },
                    "url": self.url(tool), "app_url": self.url(tool)})
            })
            .collect();
        let mut record = json!({
            "id": project.id, "status": project.status.name(),
            "created_at": time(i64::from(serial)), "updated_at": time(i64::from(serial) + 60),
            "name": format!("Project {place} — Ünïcode"), "purpose": "topic", "clients_enabled": place.is_multiple_of(2),
            "description": if place.is_multiple_of(3) { Value::Null } else { json!("What <it> is for") },
            "bookmark_url": format!("{}/my/bookmarks/{place}.json", self.base),
            "url": format!("{}/projects/{}.json", self.base, project.id),
            "app_url": format!("{}/projects/{}", self.base, project.id), "dock": dock,
            "timesheet_enabled": false, "color": if place.is_multiple_of(2) { json!("red") } else { Value::Null },
        });
        if listed {
            record["bookmarked"] = json!(place % 3 == 1);
        }
        record
    }

    /// A person. `single`: as its own address shows it, which alone has `out_of_office`.
    pub fn person(&self, place: usize, single: bool) -> Value {
        let mut record = json!({
            "id": 2000 + place, "attachable_sgid": format!("sgid-{place}"), "name": format!("Pérsön {place}"),
            "email_address": if place % 6 == 5 { "•••@•••".to_owned() } else { format!("p{place}@example.com") },
            "personable_type": "User", "title": if place.is_multiple_of(2) { json!("Maker") } else { Value::Null },
            "bio": Value::Null, "location": "Here", "created_at": time(1), "updated_at": time(2),
            "admin": place == 0, "owner": place == 0, "client": place % 9 == 8, "employee": true,
            "time_zone": "Etc/UTC", "avatar_url": "https://avatars.example/1",
            "can_manage_projects": true, "can_manage_people": place == 0, "can_ping": true,
            "can_access_timesheet": true, "can_access_hill_charts": true,
        });
        if place % 4 != 3 {
            record["company"] = json!({"id": 77, "name": "Acme"});
        }
        if single && place % 5 == 2 {
            record["out_of_office"] = json!({"start_date": "2026-12-24", "end_date": "2027-01-02"});
        }
        record
    }

    /// The author of a record: at times an actor of Basecamp's own, whose id is a word or a string.
    fn creator(&self, fact: &Fact) -> Value {
        let chance = self.world.chance(fact.serial, 3);
        let person = usize::try_from(chance % PEOPLE as u64).unwrap_or_default();
        match chance % 41 {
            7 => json!({"id": "basecamp", "name": "Basecamp", "personable_type": "LocalPerson"}),
            8 => {
                let mut person = self.person(person, false);
                person["id"] = json!(person["id"].to_string());
                person
            }
            _ => self.person(person, false),
        }
    }

    fn url(&self, fact: &Fact) -> String {
        let project = self.world.projects[fact.project as usize].id;
        format!(
            "{}/buckets/{project}/{}/{}.json",
            self.base,
            names(fact.kind).1,
            fact.id
        )
    }

    fn title(&self, fact: &Fact) -> String {
        match fact.kind {
            Kind::Todo => self.content(fact),
            _ => format!("{} №{}", names(fact.kind).0, fact.serial),
        }
    }

    fn content(&self, fact: &Fact) -> String {
        let words = ["Paint", "Ship", "Prüfen", "書く", "Fix \"quotes\"", "A & B"];
        let word =
            words[usize::try_from(self.world.chance(fact.serial, 4) % 6).unwrap_or_default()];
        format!("{word} {}", fact.serial)
    }

    fn html(&self, fact: &Fact) -> String {
        format!(
            "<div>Body of <strong>{}</strong> — ünï &amp; <br>🎉</div>",
            fact.serial
        )
    }

    /// A record with every member that its kind has.
    pub fn record(&self, fact: &Fact) -> Value {
        let project = &self.world.projects[fact.project as usize];
        let (mut kind, _) = names(fact.kind);
        if fact.kind == Kind::Column {
            kind = [
                "Kanban::Triage",
                "Kanban::Column",
                "Kanban::NotNowColumn",
                "Kanban::DoneColumn",
            ][(fact.position as usize - 1) % 4];
        }
        let born = i64::from(fact.serial);
        let mut record = json!({
            "id": fact.id, "status": fact.status.name(), "visible_to_clients": fact.serial.is_multiple_of(7),
            "created_at": time(born), "updated_at": time(born + self.touched(fact)),
            "title": self.title(fact), "inherits_status": true, "type": kind,
            "url": self.url(fact), "app_url": self.url(fact), "bookmark_url": format!("{}/b/{}", self.base, fact.id),
            "bucket": {"id": project.id, "name": format!("Project {} — Ünïcode", fact.project), "type": "Project"},
            "creator": self.creator(fact),
        });
        if let Some(parent) = self.world.parent(fact) {
            record["parent"] = json!({"id": parent.id, "title": self.title(parent),
                "type": names(parent.kind).0, "url": self.url(parent), "app_url": self.url(parent)});
        }
        if let Value::Object(own) = self.own(fact)
            && let Some(all) = record.as_object_mut()
        {
            all.extend(own);
        }
        record
    }

    /// Seconds from creation to the last change.
    pub fn touched(&self, fact: &Fact) -> i64 {
        i64::try_from(self.world.chance(fact.serial, 5) % 100_000).unwrap_or_default()
    }

    fn count(&self, fact: &Fact, kind: Kind) -> usize {
        self.world
            .children(fact, kind)
            .filter(|child| child.status == Status::Active)
            .count()
    }

    /// The members that only its kind has.
    fn own(&self, fact: &Fact) -> Value {
        let comments = json!({"subscription_url": format!("{}/recordings/{}/subscription.json", self.base, fact.id),
            "comments_count": self.count(fact, Kind::Comment),
            "comments_url": format!("{}/recordings/{}/comments.json", self.base, fact.id),
            "boosts_count": fact.serial % 3, "boosts_url": format!("{}/recordings/{}/boosts.json", self.base, fact.id)});
        let with = |more: Value| merged(&comments, more);
        match fact.kind {
            Kind::Board => json!({"position": 1, "messages_count": self.count(fact, Kind::Message),
                "messages_url": format!("{}/message_boards/{}/messages.json", self.base, fact.id), "app_messages_url": self.url(fact)}),
            Kind::Message => with(
                json!({"subject": self.title(fact), "content": self.html(fact), "content_attachments": [],
                "category": if fact.serial.is_multiple_of(2) { json!({"id": 9, "name": "News", "icon": "📢"}) } else { Value::Null }}),
            ),
            Kind::Comment => {
                json!({"content": self.html(fact), "content_attachments": [], "boosts_count": 0,
                "boosts_url": format!("{}/recordings/{}/boosts.json", self.base, fact.id)})
            }
            Kind::Todoset => {
                json!({"position": 2, "name": "To-dos", "todolists_count": self.count(fact, Kind::Todolist),
                "todolists_url": format!("{}/todosets/{}/todolists.json", self.base, fact.id), "completed_ratio": "0/0", "completed": false,
                "todos_count": self.count(fact, Kind::Todo), "completed_loose_todos_count": 0,
                "todos_url": format!("{}/buckets/1/todosets/{}/todos.json", self.base, fact.id), "app_todos_url": self.url(fact),
                "todolists": self.world.children(fact, Kind::Todolist).map(|list| json!({"id": list.id, "name": self.title(list)})).collect::<Vec<_>>(),
                "app_todoslists_url": self.url(fact), "hill_chart_url": self.url(fact),
                "subscription_url": format!("{}/recordings/{}/subscription.json", self.base, fact.id)})
            }
            Kind::Todolist => with(self.todolist(fact)),
            Kind::Todo => with(self.todo(fact)),
            Kind::Vault => {
                json!({"position": fact.position, "documents_count": self.count(fact, Kind::Document),
                "documents_url": format!("{}/vaults/{}/documents.json", self.base, fact.id), "uploads_count": self.count(fact, Kind::Upload),
                "uploads_url": format!("{}/vaults/{}/uploads.json", self.base, fact.id), "vaults_count": self.count(fact, Kind::Vault),
                "vaults_url": format!("{}/vaults/{}/vaults.json", self.base, fact.id)})
            }
            Kind::Document => with(
                json!({"position": fact.position, "content": self.html(fact), "content_attachments": []}),
            ),
            Kind::Upload => with(
                json!({"position": fact.position, "description": self.html(fact), "description_attachments": [],
                "content_type": "image/png", "byte_size": 5_000_000_000_i64 + i64::from(fact.serial),
                "width": if fact.serial.is_multiple_of(2) { json!(1024.0) } else { Value::Null }, "height": 768,
                "download_url": format!("https://storage.example/{}", fact.id), "filename": format!("ünï {}.png", fact.serial), "app_download_url": self.url(fact)}),
            ),
            Kind::Schedule => {
                json!({"position": 4, "include_due_assignments": true, "entries_count": self.count(fact, Kind::Entry),
                "entries_url": format!("{}/schedules/{}/entries.json", self.base, fact.id)})
            }
            Kind::Entry => with(self.entry(fact)),
            Kind::Table => json!({"position": 5, "subscribers": [self.person(1, false)],
                "subscription_url": format!("{}/recordings/{}/subscription.json", self.base, fact.id),
                "lists": self.world.children(fact, Kind::Column).map(|column| self.record(column)).collect::<Vec<_>>(), "wormholes": []}),
            Kind::Column => self.column(fact),
            Kind::Card => with(self.card(fact)),
            Kind::Step => merged(
                &self.completion(fact),
                json!({"position": fact.position, "due_on": Value::Null, "assignees": [],
                "completion_url": format!("/{}/completions", fact.id)}),
            ),
            Kind::Chat => {
                json!({"position": 6, "topic": "Chat", "lines_url": format!("{}/chats/{}/lines.json", self.base, fact.id),
                "files_url": format!("{}/chats/{}/uploads.json", self.base, fact.id),
                "subscription_url": format!("{}/recordings/{}/subscription.json", self.base, fact.id)})
            }
            Kind::Line => {
                json!({"content": self.content(fact), "attachments": [], "boosts_count": 0,
                "boosts_url": format!("{}/recordings/{}/boosts.json", self.base, fact.id)})
            }
            Kind::OnHold => json!({}),
        }
    }

    /// `completed`, and `completion` exactly when done.
    fn completion(&self, fact: &Fact) -> Value {
        if fact.completed {
            json!({"completed": true, "completion": {"created_at": time(i64::from(fact.serial) + 5), "creator": self.person(3, false)}})
        } else {
            json!({"completed": false})
        }
    }

    fn people(&self, fact: &Fact) -> Vec<Value> {
        let chance = self.world.chance(fact.serial, 6);
        let first = usize::try_from(chance % PEOPLE as u64).unwrap_or_default();
        (0..usize::try_from(chance % 3).unwrap_or_default())
            .map(|i| self.person((first + i) % PEOPLE, false))
            .collect()
    }

    fn todo(&self, fact: &Fact) -> Value {
        let due = self.world.chance(fact.serial, 7);
        let mut record = json!({"content": self.content(fact), "description": self.html(fact), "description_attachments": [],
            "starts_on": Value::Null, "assignees": self.people(fact), "completion_subscribers": [],
            "due_on": if due.is_multiple_of(3) { Value::Null } else { json!(day(86_400 * i64::try_from(due % 3000).unwrap_or_default())) },
            "completion_url": format!("{}/todos/{}/completion.json", self.base, fact.id),
            "steps": self.world.children(fact, Kind::Step).map(|step| self.record(step)).collect::<Vec<_>>()});
        if !fact.completed {
            record["position"] = json!(fact.position);
        }
        if due % 50 == 1 {
            record["repetition_schedule"] = json!({"frequency": "every_week"});
        }
        merged(&self.completion(fact), record)
    }

    fn todolist(&self, fact: &Fact) -> Value {
        let group = self
            .world
            .parent(fact)
            .is_some_and(|parent| parent.kind == Kind::Todolist);
        let mut record = json!({"bubble_up_url": self.url(fact), "position": fact.position, "description": "", "description_attachments": [],
            "completed": false, "completed_ratio": format!("0/{}", self.count(fact, Kind::Todo)), "name": self.title(fact),
            "todos_url": format!("{}/todolists/{}/todos.json", self.base, fact.id), "app_todos_url": self.url(fact),
            "color": if group { json!("blue") } else { Value::Null }, "comments_app_url": self.url(fact)});
        let address = if group {
            "group_position_url"
        } else {
            "groups_url"
        };
        record[address] = json!(format!("{}/todolists/{}/groups.json", self.base, fact.id));
        record
    }

    fn entry(&self, fact: &Fact) -> Value {
        let start = i64::from(fact.serial) * 3600;
        let all_day = fact.position == 2;
        let spelled = |seconds| if all_day { day(seconds) } else { time(seconds) };
        let mut record = json!({"summary": self.title(fact), "description": self.html(fact), "description_attachments": [],
            "all_day": all_day, "starts_at": spelled(start), "ends_at": spelled(start + 7200), "participants": self.people(fact),
            "join_url": Value::Null, "highlighted": false});
        if recurs(fact) {
            record["recurrence_schedule"] = json!({"frequency": "every_week", "days": [1]});
        }
        record
    }

    fn column(&self, fact: &Fact) -> Value {
        let mut record = json!({"position": fact.position, "color": "white", "description": Value::Null,
            "cards_count": self.count(fact, Kind::Card), "cards_url": format!("{}/card_tables/lists/{}/cards.json", self.base, fact.id),
            "subscribers": [], "comment_count": 0, "subscription_url": self.url(fact)});
        if let Some(hold) = self.world.children(fact, Kind::OnHold).next() {
            record["on_hold"] = json!({"id": hold.id, "status": "active", "title": "On hold", "cards_count": self.count(hold, Kind::Card),
                "cards_url": format!("{}/card_tables/lists/{}/cards.json", self.base, hold.id)});
        }
        record
    }

    fn card(&self, fact: &Fact) -> Value {
        let body = self.html(fact);
        merged(
            &self.completion(fact),
            json!({"position": fact.position, "content": body.clone(), "description": body, "description_attachments": [],
            "due_on": Value::Null, "completion_url": self.url(fact), "assignees": self.people(fact), "completion_subscribers": [],
            "steps": self.world.children(fact, Kind::Step).map(|step| self.record(step)).collect::<Vec<_>>()}),
        )
    }

    /// The change log of a record, newest first.
    pub fn events(&self, fact: &Fact) -> Vec<Value> {
        ["active", "created"]
            .iter()
            .enumerate()
            .map(|(index, action)| {
                json!({"id": fact.id * 2 + i64::try_from(index).unwrap_or_default(), "recording_id": fact.id, "action": action,
                    "details": {}, "created_at": time(i64::from(fact.serial)), "creator": self.person(1, false),
                    "boosts_count": 0, "boosts_url": self.url(fact)})
            })
            .collect()
    }
}

/// Whether an entry repeats, so that its own address redirects to an occurrence.
pub fn recurs(fact: &Fact) -> bool {
    fact.kind == Kind::Entry && fact.position == 3
}

fn merged(first: &Value, second: Value) -> Value {
    let mut all: Map<String, Value> = first.as_object().cloned().unwrap_or_default();
    if let Value::Object(more) = second {
        all.extend(more);
    }
    Value::Object(all)
}

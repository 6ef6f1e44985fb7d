//! What a record looks like: JSON in the shape of the API, rendered from a few numbers.
//!
//! Here is what all records have in common; the members that only some have are in the file of
//! their family.

mod across;
mod card;
mod checkin;
mod client;
mod dump;
mod file;
mod home;
mod notice;
mod people;
mod personal;
mod report;
mod schedule;
mod talk;
mod template;
mod time;
mod todo;
mod told;

use serde_json::{Value, json};

use crate::world::{Fact, Kind, PEOPLE, Status, World};

pub use across::Boost;
pub use dump::{dump, kind_of};
pub use file::File;
pub use people::number_of_ping;
pub use report::{CARD_LISTS, Narrowed, TODO_LISTS};
pub use schedule::{OCCURRENCES, recurs};
pub use time::{day, live_on, moment, plus_days, time, today};
pub use told::{FEED_BASE, FEED_PAGE};

/// Renders records of one world under one address.
#[derive(Debug, Clone, Copy)]
pub struct Painter<'a> {
    /// The world.
    pub world: &'a World,
    /// The account's address.
    pub base: &'a str,
}

/// The recording's kind, as `type` says it, and its place in addresses.
fn names(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Answer => ("Question::Answer", "question_answers"),
        Kind::Approval => ("Client::Approval", "client/approvals"),
        Kind::Board => ("Message::Board", "message_boards"),
        Kind::Card => ("Kanban::Card", "card_tables/cards"),
        Kind::Chat => ("Chat::Transcript", "chats"),
        Kind::ClientBoard => ("Client::Board", "client/boards"),
        Kind::ClientReply => ("Client::Reply", "client/recordings"),
        Kind::CloudFile => ("CloudFile", "cloud_files"),
        Kind::Column => ("Kanban::Column", "card_tables/columns"),
        Kind::Comment => ("Comment", "comments"),
        Kind::Correspondence => ("Client::Correspondence", "client/correspondences"),
        Kind::Document => ("Document", "documents"),
        Kind::Door => ("Door", "dock/tools"),
        Kind::Entry => ("Schedule::Entry", "schedule_entries"),
        Kind::Forward => ("Inbox::Forward", "inbox_forwards"),
        Kind::ForwardReply => ("Inbox::Reply", "inbox_forwards"),
        Kind::Gauge => ("Gauge", "gauges"),
        Kind::GoogleDocument => ("GoogleDocument", "google_documents"),
        Kind::Inbox => ("Inbox", "inboxes"),
        Kind::Line => ("Chat::Lines::Text", "chats"),
        Kind::Message => ("Message", "messages"),
        Kind::Needle => ("Gauge::Needle", "gauge_needles"),
        Kind::OnHold => ("Kanban::OnHold", "card_tables/lists"),
        Kind::Question => ("Question", "questions"),
        Kind::Questionnaire => ("Questionnaire", "questionnaires"),
        Kind::Response => ("Client::Approval::Response", "client/approvals"),
        Kind::Schedule => ("Schedule", "schedules"),
        Kind::Step => ("Kanban::Step", "card_tables/steps"),
        Kind::Table => ("Kanban::Board", "card_tables"),
        Kind::TimeEntry => ("Timesheet::Entry", "timesheet_entries"),
        Kind::Timesheet => ("Timesheet", "timesheets"),
        Kind::Todo => ("Todo", "todos"),
        Kind::Todolist => ("Todolist", "todolists"),
        Kind::Todoset => ("Todoset", "todosets"),
        Kind::Upload => ("Upload", "uploads"),
        Kind::Vault => ("Vault", "vaults"),
        Kind::Wormhole => ("Kanban::Wormhole", "card_tables/wormholes"),
    }
}

/// The value of `type`: columns and lines are of several.
pub fn type_of(fact: &Fact) -> &'static str {
    let nth = (fact.nth as usize).saturating_sub(1);
    match fact.kind {
        Kind::Column => {
            ["Kanban::Triage", "Kanban::Column", "Kanban::NotNowColumn", "Kanban::DoneColumn"]
                [nth % 4]
        }
        Kind::Line => [
            "Chat::Lines::Text",
            "Chat::Lines::RichText",
            "Chat::Lines::Text",
            "Chat::Lines::Upload",
        ][nth % 4],
        kind => names(kind).0,
    }
}

/// The members of both, those of the second over the first's.
fn merged(mut first: Value, second: Value) -> Value {
    if let (Some(all), Value::Object(more)) = (first.as_object_mut(), second) {
        all.extend(more);
    }
    first
}

/// One of several, as the record decides.
fn pick<T: Copy>(fact: &Fact, of: &[T]) -> T {
    of[fact.serial as usize % of.len()]
}

impl Painter<'_> {
    /// A record with every member that its kind has anywhere.
    pub fn record(&self, fact: &Fact) -> Value {
        let mut record = self.envelope(fact);
        if let Value::Object(own) = self.own(fact)
            && let Some(all) = record.as_object_mut()
        {
            all.extend(own);
        }
        self.rewritten(fact, &mut record);
        record
    }

    /// Puts what was written of a record over what comes from the seed.
    fn rewritten(&self, fact: &Fact, record: &mut Value) {
        let (Some(change), Some(all)) = (self.world.change(fact), record.as_object_mut()) else {
            return;
        };
        all.extend(change.members.clone());
        // Who is subscribed is a member of few kinds.
        let shown = change.people.iter().filter(|(name, _)| all.contains_key(**name));
        for (name, places) in shown.collect::<Vec<_>>() {
            let people = places.iter().map(|place| self.person(*place, false));
            all.insert((*name).to_owned(), people.collect());
        }
    }

    /// A record as a listing shows it: approvals are without their responses there.
    pub fn listed(&self, fact: &Fact) -> Value {
        let mut record = self.record(fact);
        if fact.kind == Kind::Approval
            && let Some(members) = record.as_object_mut()
        {
            members.remove("responses");
        }
        record
    }

    /// The members that every recording has.
    pub fn envelope(&self, fact: &Fact) -> Value {
        let born = self.world.born(fact);
        let visible = !self.world.is_new(fact) && fact.serial.is_multiple_of(7);
        let mut record = json!({
            "id": fact.id, "status": fact.status.name(), "visible_to_clients": visible,
            "created_at": time(born), "updated_at": time(born + self.touched(fact)),
            "title": self.title(fact), "inherits_status": true, "type": type_of(fact),
            "url": self.url(fact), "app_url": self.app_url(fact), "bookmark_url": format!("{}/b/{}", self.base, fact.id),
            "bucket": self.bucket(fact.project as usize), "creator": self.creator(fact),
        });
        if let Some(parent) = self.world.parent(fact) {
            record["parent"] = self.brief(parent);
        }
        record
    }

    /// What a record says of its parent.
    pub fn brief(&self, fact: &Fact) -> Value {
        json!({"id": fact.id, "title": self.title(fact), "type": type_of(fact),
            "url": self.url(fact), "app_url": self.app_url(fact)})
    }

    /// What a record says of its project.
    pub fn bucket(&self, project: usize) -> Value {
        let kind = if self.world.projects[project].template { "Template" } else { "Project" };
        json!({"id": self.world.projects[project].id, "name": self.project_name(project), "type": kind})
    }

    /// The author of a record: at times an actor of Basecamp's own, whose id is a word or a string.
    fn creator(&self, fact: &Fact) -> Value {
        let chance = self.world.chance(fact.serial, 3);
        let person = self.author(fact);
        match chance % 41 {
            _ if self.world.is_new(fact) => self.person(person, false),
            7 => json!({"id": "basecamp", "name": "Basecamp", "personable_type": "LocalPerson"}),
            8 => {
                let mut person = self.person(person, false);
                person["id"] = json!(person["id"].to_string());
                person
            }
            _ => self.person(person, false),
        }
    }

    /// The place of the person who wrote a record: the caller, since the start.
    pub fn author(&self, fact: &Fact) -> usize {
        if self.world.is_new(fact) {
            return 0;
        }
        let chance = self.world.chance(fact.serial, 3);
        usize::try_from(chance % PEOPLE as u64).unwrap_or_default()
    }

    /// The address of a record; what has none of its own lies below its parent.
    fn url(&self, fact: &Fact) -> String {
        let project = self.world.projects[fact.project as usize].id;
        let bucket = format!("{}/buckets/{project}", self.base);
        let path = names(fact.kind).1;
        match (fact.kind, self.world.parent(fact)) {
            (Kind::Line, Some(room)) => {
                format!("{bucket}/chats/{}/lines/{}.json", room.id, fact.id)
            }
            (Kind::ForwardReply | Kind::ClientReply, Some(parent)) => {
                format!("{bucket}/{path}/{}/replies/{}.json", parent.id, fact.id)
            }
            // Where its own address leads to.
            (Kind::Entry, _) if recurs(fact) => self.occurrence_url(fact, 0),
            (Kind::CloudFile | Kind::GoogleDocument | Kind::Door, _) => {
                format!("https://files.example/{}?q=ü", fact.id)
            }
            _ => format!("{bucket}/{path}/{}.json", fact.id),
        }
    }

    fn app_url(&self, fact: &Fact) -> String {
        let project = self.world.projects[fact.project as usize].id;
        format!("https://3.example/{project}/{}/{}", names(fact.kind).1, fact.id)
    }

    /// The name of a record.
    pub fn title(&self, fact: &Fact) -> String {
        if let Some(title) = self.world.written(fact, "title").and_then(Value::as_str) {
            return title.to_owned();
        }
        match fact.kind {
            Kind::Todo => self.content(fact),
            Kind::Gauge => self.project_name(fact.project as usize),
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
        format!("<div>Body of <strong>{}</strong> — ünï &amp; <br>🎉</div>", fact.serial)
    }

    /// Seconds from creation to the last change.
    pub fn touched(&self, fact: &Fact) -> i64 {
        if let Some(updated) = self.world.change(fact).and_then(|change| change.updated) {
            return updated - self.world.born(fact);
        }
        i64::try_from(self.world.chance(fact.serial, 5) % 100_000).unwrap_or_default()
    }

    /// Seconds of the last change.
    pub fn updated(&self, fact: &Fact) -> i64 {
        self.world.born(fact) + self.touched(fact)
    }

    /// Active records of a kind directly under one: what counters count.
    fn count(&self, fact: &Fact, kind: Kind) -> usize {
        self.world.children(fact, kind).filter(|child| child.status == Status::Active).count()
    }

    /// Up to two people, as the record decides.
    fn people(&self, fact: &Fact) -> Vec<Value> {
        let places = self.people_of(fact);
        places.map(|place| self.person(place, false)).collect()
    }

    /// Their places.
    pub fn people_of(&self, fact: &Fact) -> impl Iterator<Item = usize> + use<> {
        let member = if fact.kind == Kind::Entry { "participants" } else { "assignees" };
        let people = match self.world.written_people(fact, member) {
            Some(people) => people.to_vec(),
            None if self.world.is_new(fact) => Vec::new(),
            None => self.seeded_people(fact).collect(),
        };
        people.into_iter()
    }

    fn seeded_people(&self, fact: &Fact) -> impl Iterator<Item = usize> + use<> {
        let chance = self.world.chance(fact.serial, 6);
        let first = usize::try_from(chance % PEOPLE as u64).unwrap_or_default();
        (0..usize::try_from(chance % 3).unwrap_or_default()).map(move |i| (first + i) % PEOPLE)
    }

    fn recording_url(&self, fact: &Fact, what: &str) -> String {
        format!("{}/recordings/{}/{what}.json", self.base, fact.id)
    }

    fn subscribable(&self, fact: &Fact) -> Value {
        json!({"subscription_url": self.recording_url(fact, "subscription")})
    }

    fn boosted(&self, fact: &Fact) -> Value {
        json!({"boosts_count": self.boosts_count(fact), "boosts_url": self.recording_url(fact, "boosts")})
    }

    /// Subscription, comments and boosts: what most content has.
    fn remarked(&self, fact: &Fact) -> Value {
        json!({"subscription_url": self.recording_url(fact, "subscription"),
            "comments_count": self.count(fact, Kind::Comment), "comments_url": self.recording_url(fact, "comments"),
            "boosts_count": self.boosts_count(fact), "boosts_url": self.recording_url(fact, "boosts")})
    }

    /// The place of a tool in the dock; nothing for one that is hidden.
    fn docked(&self, fact: &Fact) -> Value {
        match self.world.tool(fact) {
            Some((index, tool)) if tool.enabled => json!({"position": index + 1}),
            _ => json!({}),
        }
    }

    /// The members that only its kind has.
    fn own(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Board | Kind::Message | Kind::Comment => self.of_messages(fact),
            Kind::Chat | Kind::Line | Kind::Inbox | Kind::Forward | Kind::ForwardReply => {
                self.of_talk(fact)
            }
            Kind::Todoset | Kind::Todolist | Kind::Todo | Kind::Step => self.of_todos(fact),
            Kind::Vault
            | Kind::Document
            | Kind::Upload
            | Kind::CloudFile
            | Kind::GoogleDocument
            | Kind::Door => self.of_files(fact),
            Kind::Schedule | Kind::Entry | Kind::TimeEntry | Kind::Timesheet => {
                self.of_schedules(fact)
            }
            Kind::Table | Kind::Column | Kind::OnHold | Kind::Card | Kind::Wormhole => {
                self.of_cards(fact)
            }
            Kind::Questionnaire | Kind::Question | Kind::Answer => self.of_checkins(fact),
            Kind::ClientBoard
            | Kind::Approval
            | Kind::Response
            | Kind::Correspondence
            | Kind::ClientReply => self.of_clients(fact),
            Kind::Gauge | Kind::Needle => self.of_gauges(fact),
        }
    }
}

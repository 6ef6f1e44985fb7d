//! Projects, their docks, and what is kept beside them: folders, calendars, markers, webhooks.

use serde_json::{Value, json};

use super::{Painter, time};
use crate::oddity::UNLISTED_PROJECT;
use crate::world::{Family, Kind, Status};

/// Markers of the lineup.
const MARKERS: i64 = 3;
/// Message types of a project, at most; and webhooks. Ids count up in steps of this.
pub const MESSAGE_TYPES: i64 = 3;
/// Webhooks of a project, at most.
pub const WEBHOOKS: i64 = 3;
/// Ids of things that belong to a project are so far apart.
const STEP: i64 = 10;
/// Ids of the first of each.
const FIRST_MESSAGE_TYPE: i64 = 10_000_000_000;
const FIRST_WEBHOOK: i64 = 11_000_000_000;
const FIRST_FOLDER: i64 = 660_000;
const FIRST_CALENDAR: i64 = 680_000;
const FIRST_MARKER: i64 = 670_000;
/// Folders of the caller; the last is empty.
const FOLDERS: usize = 4;
/// Calendars of the account.
const CALENDARS: i64 = 2;

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or_default()
}

impl Painter<'_> {
    /// The name of a project.
    pub fn project_name(&self, place: usize) -> String {
        match self.world.put(Family::Project, number(place), "name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => format!("Project {place} — Ünïcode"),
        }
    }

    /// A project. `listed`: as the listing shows it, which alone has `bookmarked`.
    pub fn project(&self, place: usize, listed: bool) -> Value {
        let mut record = self.seeded_project(place);
        if listed {
            record["bookmarked"] = json!(self.flavour(place) % 3 == 1);
        }
        let mut record = self.world.patched(Family::Project, number(place), record);
        if let Some(members) = record.as_object_mut() {
            members.retain(|name, value| name != "wallpaper" || !value.is_null());
        }
        record
    }

    /// What decides how a project is: its place, or for one that was made nothing special.
    fn flavour(&self, place: usize) -> usize {
        if self.world.projects[place].made { 23 } else { place }
    }

    fn seeded_project(&self, place: usize) -> Value {
        let project = &self.world.projects[place];
        let serial = self.world.born(&self.world.facts[project.dock[0].place as usize]);
        let at = place;
        let place = self.flavour(at);
        let mut record = json!({
            "id": project.id, "status": project.status.name(),
            "created_at": time(serial), "updated_at": time(serial + 60),
            "name": self.project_name(at), "purpose": "topic", "clients_enabled": place.is_multiple_of(2),
            "description": if place.is_multiple_of(3) { Value::Null } else { json!("What <it> is for") },
            "bookmark_url": format!("{}/my/bookmarks/{at}.json", self.base),
            "url": format!("{}/projects/{}.json", self.base, project.id),
            "app_url": format!("https://3.example/projects/{}", project.id), "dock": self.dock(at),
            "timesheet_enabled": place.is_multiple_of(3), "color": if place.is_multiple_of(2) { json!("red") } else { Value::Null },
            "start_date": if place % 4 == 2 { json!("2026-01-05") } else { Value::Null },
            "end_date": if place % 4 == 2 { json!("2026-12-18") } else { Value::Null },
        });
        if place % 6 == 4 {
            record["client_company"] = json!({"id": 78, "name": "Cliënt & Co"});
        }
        if self.client_board(at).is_some() {
            record["clientside"] = json!({"url": format!("{}/buckets/{}/client.json", self.base, project.id),
                "app_url": format!("https://3.example/{}/client", project.id)});
        }
        if let Some(members) =
            record.as_object_mut().filter(|_| self.world.oddities.silent_projects)
        {
            members.remove("timesheet_enabled");
            members.remove("clientside");
        }
        self.gauged(at, &mut record);
        if !self.world.old {
            record["all_access"] = json!(place.is_multiple_of(5));
            record["starred"] = json!(place % 5 == 1);
            let people = self.members(at).into_iter().take(3);
            record["people"] = people.map(|person| self.person_brief(person)).collect();
            if place % 4 == 1 {
                record["wallpaper"] =
                    json!({"mode": "image", "url": "https://images.example/w.png"});
            }
            record["star_url"] = json!(format!("{}/projects/{}/star.json", self.base, project.id));
        }
        record
    }

    /// Whether a project is in no listing of projects.
    pub fn is_unlisted(&self, place: usize) -> bool {
        self.world.oddities.unlisted_project && place == UNLISTED_PROJECT
    }

    /// The tools of a project, in their order, as its dock lists them.
    pub fn dock(&self, place: usize) -> Vec<Value> {
        let tools = self.world.projects[place].dock.iter().enumerate();
        tools
            .map(|(index, tool)| {
                let fact = &self.world.facts[tool.place as usize];
                json!({"id": fact.id, "title": self.title(fact), "name": tool.name, "enabled": tool.enabled,
                    "position": if tool.enabled { json!(index + 1) } else { Value::Null },
                    "url": self.url(fact), "app_url": self.app_url(fact)})
            })
            .collect()
    }

    /// The place of a project's client board.
    pub fn client_board(&self, place: usize) -> Option<u32> {
        let place = u32::try_from(place).ok()?;
        let boards = self.world.in_project(place, Kind::ClientBoard, Status::Active);
        boards.first().copied()
    }

    /// The place of a project's gauge.
    pub fn gauge_of(&self, place: usize) -> Option<u32> {
        let place = u32::try_from(place).ok()?;
        let gauges = self.world.in_project(place, Kind::Gauge, Status::Active);
        gauges.first().copied()
    }

    /// Ids of a project's message types.
    pub fn message_types(&self, place: usize) -> Vec<i64> {
        let first = FIRST_MESSAGE_TYPE + number(place) * STEP;
        let seeded = first..first + MESSAGE_TYPES - number(place % 2);
        self.world.ids(Family::MessageType, number(place), seeded)
    }

    /// A message type.
    pub fn message_type(&self, id: i64) -> Value {
        let nth = usize::try_from(id % STEP).unwrap_or_default() % 3;
        let (name, icon) = [("News", "📢"), ("FYI", "✨"), ("Fräge", "❓")][nth];
        let record = json!({"id": id, "name": name, "icon": icon, "created_at": time(id % 1000), "updated_at": time(id % 1000 + 9)});
        self.world.patched(Family::MessageType, id, record)
    }

    /// Ids of a project's webhooks.
    pub fn webhooks(&self, place: usize) -> Vec<i64> {
        let first = FIRST_WEBHOOK + number(place) * STEP;
        let count = if self.world.projects[place].made { 0 } else { number(place) % WEBHOOKS };
        self.world.ids(Family::Webhook, number(place), first..first + count)
    }

    /// The place of the project of a webhook's id.
    pub fn webhook_of(&self, id: &str) -> Option<(i64, usize)> {
        let id = id.parse::<i64>().ok()?;
        let seeded = (id - FIRST_WEBHOOK) / STEP;
        let owner = self.world.owner(Family::Webhook, id).unwrap_or(seeded);
        let place = usize::try_from(owner).ok()?;
        let known = place < self.world.projects.len()
            && !self.world.projects[place].template
            && self.webhooks(place).contains(&id);
        known.then_some((id, place))
    }

    /// A webhook. `single`: as its own address shows it, which alone has `recent_deliveries`.
    pub fn webhook(&self, id: i64, place: usize, single: bool) -> Value {
        let types: &[&str] = if id % 2 == 0 { &["Todo", "Kanban::Card"] } else { &["all"] };
        let mut record = json!({"id": id, "active": id % STEP != 1, "created_at": time(id % 977), "updated_at": time(id % 977 + 30),
            "payload_url": format!("https://hooks.example/{id}"), "types": types,
            "url": format!("{}/buckets/{}/webhooks/{id}.json", self.base, self.world.projects[place].id),
            "app_url": format!("https://3.example/{}/webhooks/{id}", self.world.projects[place].id)});
        if single {
            record["recent_deliveries"] = Value::Array(self.deliveries(id, place));
        }
        self.world.patched(Family::Webhook, id, record)
    }

    /// The latest exchanges of a webhook: none of every other one.
    pub fn deliveries(&self, id: i64, place: usize) -> Vec<Value> {
        let fact = &self.world.facts[self.world.projects[place].dock[0].place as usize];
        let made = self.world.owner(Family::Webhook, id).is_some();
        let count = if made { 0 } else { (id + 1) % 2 * 2 };
        (0..count)
            .map(|nth| {
                json!({"id": id * STEP + nth, "created_at": time(nth * 60),
                    "request": {"headers": {"Content-Type": "application/json", "User-Agent": "Basecamp3 Webhook"},
                        "body": {"id": 9_007_199_254_741_622_i64 + nth, "kind": "todo_created", "details": {},
                            "created_at": "2026-06-01T10:00:00.000-05:00", "recording": self.base_shape(fact), "creator": self.person(1, false)}},
                    "response": if nth == 0 {
                        json!({"code": 200, "headers": {"Content-Type": "text/plain"}, "message": "OK", "body": "fïne"})
                    } else {
                        json!({"code": 500, "headers": {}, "message": "Internal Server Error", "body": ""})
                    }})
            })
            .collect()
    }

    /// A record as bookmarks and webhooks show it: without the members of its kind.
    pub fn base_shape(&self, fact: &crate::world::Fact) -> Value {
        self.envelope(fact)
    }

    /// A marker of the lineup.
    pub fn marker(&self, number: i64) -> Value {
        let record = json!({"id": FIRST_MARKER + number, "name": format!("Märk {number}"), "date": super::plus_days(number.min(99) * 30 - 30),
            "created_at": time(number.min(99)), "updated_at": time(number.min(99) + 1)});
        self.world.patched(Family::Marker, FIRST_MARKER + number, record)
    }

    /// The numbers of the markers.
    pub fn markers(&self) -> impl Iterator<Item = i64> + use<> {
        let seeded = FIRST_MARKER..FIRST_MARKER + MARKERS;
        self.world.ids(Family::Marker, 0, seeded).into_iter().map(|id| id - FIRST_MARKER)
    }

    /// Places of the projects in a folder.
    fn filed(&self, folder: usize) -> Vec<usize> {
        let written = self.world.put(Family::Folder, FIRST_FOLDER + number(folder), "bucket_ids");
        if let Some(ids) = written.and_then(Value::as_array) {
            return ids.iter().filter_map(|id| self.world.project_of(&id.to_string())).collect();
        }
        let active = (0..self.world.projects.len()).filter(|place| self.world.is_active(*place));
        active.filter(|place| folder + 1 < FOLDERS && place % FOLDERS == folder).take(12).collect()
    }

    /// A folder of the caller. `single`: as its own address shows it, which alone has `projects`.
    pub fn folder(&self, nth: usize, single: bool) -> Value {
        let id = FIRST_FOLDER + number(nth);
        let filed = self.filed(nth);
        let ids: Vec<i64> = filed.iter().map(|place| self.world.projects[*place].id).collect();
        let emoji = nth == 2;
        let mut record = json!({"id": id, "name": if emoji { "🎉".to_owned() } else { format!("Földer {nth}") }, "type": "Stack",
            "created_at": time(number(nth)), "updated_at": time(number(nth) + 7), "bucket_ids": ids, "is_emoji_only_name": emoji,
            "star_url": format!("{}/stacks/{id}/star.json", self.base),
            "gauges_url": if filed.is_empty() { Value::Null } else { json!(format!("{}/reports/gauges.json", self.base)) },
            "color": if nth == 1 { Value::Null } else { json!("blue") },
            "image_url": if nth == 0 { json!("https://images.example/f.png") } else { Value::Null },
            "url": format!("{}/stacks/{id}.json", self.base)});
        if single {
            record["projects"] =
                filed.into_iter().map(|place| self.project(place, false)).collect();
        }
        self.world.patched(Family::Folder, id, record)
    }

    /// The numbers of the caller's folders, in home order.
    pub fn folders(&self) -> impl Iterator<Item = usize> + use<> {
        let seeded = (0..FOLDERS).map(|nth| FIRST_FOLDER + number(nth));
        let mut ids = self.world.ids(Family::Folder, 0, seeded);
        // New ones come before all others.
        ids.sort_by_key(|id| std::cmp::Reverse(self.world.owner(Family::Folder, *id).map(|_| *id)));
        ids.into_iter().filter_map(|id| usize::try_from(id - FIRST_FOLDER).ok())
    }

    /// The folder of an id.
    pub fn folder_of(&self, id: &str) -> Option<usize> {
        let nth = usize::try_from(id.parse::<i64>().ok()? - FIRST_FOLDER).ok()?;
        self.folders().any(|each| each == nth).then_some(nth)
    }

    /// A calendar.
    pub fn calendar(&self, nth: i64) -> Value {
        let id = FIRST_CALENDAR + nth;
        let record = json!({"id": id, "type": "Calendar", "name": format!("Cälendar {nth}"), "color": if nth == 0 { "green" } else { "purple" },
            "created_at": time(nth), "updated_at": time(nth + 3), "url": format!("{}/calendars/{id}.json", self.base),
            "app_url": format!("https://3.example/calendars/{id}"), "schedule_url": format!("{}/buckets/{id}/schedules/{}.json", self.base, id + 100)});
        self.world.patched(Family::Calendar, id, record)
    }

    /// The ids of calendars. No address tells them.
    pub fn calendars(&self) -> std::ops::Range<i64> {
        0..CALENDARS
    }

    /// The calendar of an id.
    pub fn calendar_of(&self, id: &str) -> Option<i64> {
        let nth = id.parse::<i64>().ok()? - FIRST_CALENDAR;
        (0..CALENDARS).contains(&nth).then_some(nth)
    }
}

//! The same world as a design studio: names, texts, days and amounts that people know, for the demo and
//! the cookbook. The odd ones stay where tests want them.
//!
//! It is written over the seed as writes are, so that every listing and report follows.

mod words;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Fact, Family, Kind, Status, World};
use crate::payload::plus_days;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days before today on which the studio's first record was made.
const AGE: i64 = 180;
/// Seconds from the first record of an ordinary world to the studio's.
const OPENING: i64 = 205_027_200 - AGE * DAY;

/// Kinds that are there from the start: what others lie in.
fn is_structure(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Board
            | Kind::Chat
            | Kind::ClientBoard
            | Kind::Column
            | Kind::Inbox
            | Kind::Question
            | Kind::Questionnaire
            | Kind::Schedule
            | Kind::Table
            | Kind::Timesheet
            | Kind::Todolist
            | Kind::Todoset
            | Kind::Vault
    )
}

impl World {
    /// Makes the world a studio.
    pub(super) fn furnish(&mut self) {
        self.date();
        for (place, name) in words::PROJECTS.iter().enumerate().take(self.projects.len()) {
            let members = json!({"name": name, "description": words::PURPOSES[place % words::PURPOSES.len()]});
            self.patch(Family::Project, number(place), object(members));
        }
        for (place, name) in words::PEOPLE.iter().enumerate() {
            let (first, _) = name.split_once(' ').unwrap_or((name, ""));
            let members = json!({"name": name, "title": words::TITLES[place % words::TITLES.len()],
                "email_address": format!("{}@larkspur.example", first.to_lowercase()),
                "bio": Value::Null, "location": "Gothenburg"});
            self.patch(Family::Person, number(place), object(members));
        }
        let account = json!({"name": "Larkspur", "owner_name": words::PEOPLE[0]});
        self.patch(Family::Account, 0, object(account));
        for place in 0..self.facts.len() {
            let fact = self.facts[place];
            let members = self.told(&fact);
            self.note(fact.serial, |change| change.members = members);
        }
    }

    /// Whether the world is a studio.
    pub fn is_studio(&self) -> bool {
        !self.opened.is_empty()
    }

    /// Seconds that it took to do something: no time at all, but for the people of a studio.
    pub fn labour(&self, fact: &Fact) -> i64 {
        let days = i64::try_from(self.chance(fact.serial, 26) % 20).unwrap_or_default() + 1;
        let left = AGE * DAY + OPENING - self.born(fact);
        if self.is_studio() { (days * DAY).min(left - 3600).max(3600) } else { 5 }
    }

    /// Spreads the records of each kind over half a year, in their order; what others lie in comes in
    /// its first days.
    fn date(&mut self) {
        let mut counts: HashMap<Kind, i64> = HashMap::new();
        for fact in &self.facts {
            *counts.entry(fact.kind).or_default() += 1;
        }
        let mut ranks: HashMap<Kind, i64> = HashMap::new();
        let mut opened = Vec::with_capacity(self.facts.len());
        for fact in &self.facts {
            let rank = ranks.entry(fact.kind).or_default();
            let days = if is_structure(fact.kind) { AGE / 10 } else { AGE - 2 };
            let span = days * DAY / counts[&fact.kind];
            // In working hours: days go on, nights do not.
            let at = *rank * span;
            opened.push(OPENING + at / DAY * DAY + 8 * 3600 + at % DAY * 9 / 24);
            *rank += 1;
        }
        self.opened = opened;
    }

    /// What a record says.
    fn told(&self, fact: &Fact) -> Map<String, Value> {
        let turn =
            |purpose: u64| usize::try_from(self.chance(fact.serial, purpose) % 9973).unwrap_or(0);
        let pick = |of: &[&'static str]| of[turn(21) % of.len()];
        let html = |of: &[&'static str]| format!("<div>{}</div>", of[turn(22) % of.len()]);
        let tool = |name: &str| json!({"title": name, "name": name});
        object(match fact.kind {
            Kind::Board => json!({"title": "Message Board"}),
            Kind::Todoset => tool("To-dos"),
            Kind::Schedule => json!({"title": "Schedule"}),
            Kind::Table => json!({"title": "Card Table"}),
            Kind::Chat => json!({"title": "Chat", "topic": "Chat"}),
            Kind::Questionnaire => tool("Automatic Check-ins"),
            Kind::Inbox => json!({"title": "Email Forwards"}),
            Kind::Vault => {
                json!({"title": if self.parent(fact).is_some() { pick(words::FOLDERS) } else { "Docs & Files" }})
            }
            Kind::Column => {
                json!({"title": words::COLUMNS[(fact.nth as usize + 3) % 4], "description": Value::Null})
            }
            Kind::OnHold => json!({"title": "On hold"}),
            Kind::Todolist => {
                let name =
                    words::LISTS[(fact.nth as usize + fact.project as usize) % words::LISTS.len()];
                json!({"title": name, "name": name, "description": ""})
            }
            Kind::Todo => {
                let content = format!(
                    "{} {}",
                    words::VERBS[turn(23) % words::VERBS.len()],
                    pick(words::THINGS)
                );
                json!({"title": content, "content": content, "description": html(words::NOTES), "due_on": self.due(fact)})
            }
            Kind::Step => json!({"title": pick(words::STEPS), "due_on": self.due(fact)}),
            Kind::Card => {
                let html = html(words::NOTES);
                json!({"title": pick(words::CARDS), "content": html, "description": html, "due_on": self.due(fact)})
            }
            Kind::Message => {
                let subject = pick(words::MESSAGES);
                json!({"title": subject, "subject": subject, "content": html(words::BODIES)})
            }
            Kind::Comment | Kind::ForwardReply | Kind::ClientReply => {
                json!({"title": "Re:", "content": html(words::COMMENTS)})
            }
            Kind::Line => json!({"title": "Chat", "content": pick(words::LINES)}),
            Kind::Document => {
                json!({"title": pick(words::DOCUMENTS), "content": html(words::BODIES)})
            }
            Kind::Upload => self.upload_of(pick(words::FILES), turn(24)),
            Kind::CloudFile | Kind::GoogleDocument => json!({"title": pick(words::DOCUMENTS)}),
            Kind::Door => json!({"title": pick(words::LINKS)}),
            Kind::Entry => json!({"title": pick(words::ENTRIES), "summary": pick(words::ENTRIES)}),
            Kind::Question => {
                json!({"title": words::QUESTIONS[(fact.nth as usize + 2) % words::QUESTIONS.len()]})
            }
            Kind::Answer => json!({"title": "Answer", "content": html(words::ANSWERS)}),
            Kind::TimeEntry => json!({"title": "Time", "description": pick(words::WORK),
                "hours": words::HOURS[turn(24) % words::HOURS.len()]}),
            Kind::Forward => {
                let subject = pick(words::FORWARDS);
                json!({"title": subject, "subject": subject, "from": "Mara Lind <mara@client.example>", "content": html(words::BODIES)})
            }
            Kind::Approval | Kind::Correspondence => {
                let subject = pick(words::APPROVALS);
                json!({"title": subject, "subject": subject, "content": html(words::BODIES)})
            }
            Kind::Response => json!({"title": "Response", "content": html(words::COMMENTS)}),
            Kind::Needle => json!({"title": "Progress", "description": html(words::NOTES)}),
            Kind::Gauge | Kind::ClientBoard | Kind::Timesheet | Kind::Wormhole => json!({}),
        })
    }

    fn upload_of(&self, name: &str, turn: usize) -> Value {
        let media = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("pdf") => "application/pdf",
            Some("mp4") => "video/mp4",
            Some("zip") => "application/zip",
            _ => "image/png",
        };
        let kilobytes = 40 + turn % 9_000 * if media == "video/mp4" { 40 } else { 1 };
        json!({"title": name, "filename": name, "content_type": media, "byte_size": kilobytes * 1024,
            "description": Value::Null})
    }

    /// The day on which something is due: done things around their end, open ones around today.
    fn due(&self, fact: &Fact) -> Value {
        let chance = i64::try_from(self.chance(fact.serial, 25) % 1_000).unwrap_or_default();
        if chance % 10 < 3 || fact.status == Status::Drafted {
            return Value::Null;
        }
        if fact.completed {
            let made = (self.born(fact) - OPENING) / DAY - AGE;
            return json!(plus_days((made + chance % 15).min(-1)));
        }
        json!(plus_days(chance % 45 - 12))
    }
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or_default()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

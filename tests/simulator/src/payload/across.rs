//! What hangs on records of any kind: events, boosts, subscribers, the timeline, the event feed, hits.

use serde_json::{Value, json};

use super::{Painter, moment, time};
use crate::world::{Fact, Kind, PEOPLE, Status};

/// The id of the first boost.
const FIRST_BOOST: i64 = 50_000_000_000;
/// Ids of boosts of one record are below this; from [`ON_EVENTS`] on they are on its events.
const BOOSTS: i64 = 16;
const ON_EVENTS: i64 = 8;
/// Events of one record are fewer than this.
const EVENTS: i64 = 8;
/// The id of the first event of the timeline.
const FIRST_TIMELINE: i64 = 80_000_000_000;
/// The id of the first event of the feed, less one.
pub const FEED_BASE: i64 = 70_000_000_000;
/// Events of a page of the feed, at most.
pub const FEED_PAGE: usize = 100;

/// A boost of a record, or of one of its events.
#[derive(Debug, Clone, Copy)]
pub struct Boost {
    /// Its id.
    pub id: i64,
    /// The place of the record.
    pub place: u32,
    /// The number of the event among the record's, if it is on one.
    pub event: Option<i64>,
}

impl Painter<'_> {
    /// How many boosts a record has itself.
    pub fn boosts_count(&self, fact: &Fact) -> u32 {
        match fact.kind {
            Kind::Message
            | Kind::Todolist
            | Kind::Todo
            | Kind::Document
            | Kind::Upload
            | Kind::CloudFile
            | Kind::GoogleDocument
            | Kind::Entry
            | Kind::Answer
            | Kind::Card
            | Kind::Needle => fact.serial % 3,
            Kind::Comment | Kind::Line | Kind::ForwardReply => u32::from(fact.serial % 4 == 1),
            _ => 0,
        }
    }

    /// The boosts of a record, its events' left out.
    pub fn boosts(&self, fact: &Fact) -> Vec<Boost> {
        let boost = |nth| Boost {
            id: FIRST_BOOST + i64::from(fact.serial) * BOOSTS + nth,
            place: fact.serial,
            event: None,
        };
        (0..i64::from(self.boosts_count(fact))).map(boost).collect()
    }

    /// The boosts of an event: one, of every other one that can be boosted at all.
    pub fn event_boosts(&self, fact: &Fact, event: i64) -> Vec<Boost> {
        let action = self
            .actions(fact)
            .get(usize::try_from(event).unwrap_or(usize::MAX))
            .copied();
        let boosted =
            matches!(action, Some("completed" | "adopted")) && fact.serial.is_multiple_of(2);
        let boost = Boost {
            id: FIRST_BOOST + i64::from(fact.serial) * BOOSTS + ON_EVENTS + event,
            place: fact.serial,
            event: Some(event),
        };
        if boosted { vec![boost] } else { Vec::new() }
    }

    /// The boost of an id.
    pub fn boost_of(&self, id: &str) -> Option<Boost> {
        let number = id.parse::<i64>().ok()? - FIRST_BOOST;
        let fact = self
            .world
            .facts
            .get(usize::try_from(number / BOOSTS).ok()?)?;
        let nth = number % BOOSTS;
        let all = if nth < ON_EVENTS {
            self.boosts(fact)
        } else {
            self.event_boosts(fact, nth - ON_EVENTS)
        };
        all.into_iter()
            .find(|boost| boost.id - FIRST_BOOST == number)
    }

    /// A boost. `single`: as its own address shows it, which alone has `recording`.
    pub fn boost(&self, boost: Boost, single: bool) -> Value {
        let fact = &self.world.facts[boost.place as usize];
        let person = usize::try_from(boost.id).unwrap_or_default() % PEOPLE;
        let mut record = json!({"id": boost.id, "content": if boost.id % 2 == 0 { "🎉" } else { "Schön!" },
            "created_at": time(i64::from(fact.serial) + 90), "booster": self.person(person, false)});
        if single {
            record["recording"] = self.brief(fact);
        }
        record
    }

    /// What happened to a record, oldest first.
    fn actions(&self, fact: &Fact) -> Vec<&'static str> {
        let mut actions = vec!["created", "active"];
        if fact.serial.is_multiple_of(5)
            && matches!(fact.kind, Kind::Todo | Kind::Card | Kind::Step)
        {
            actions.push("assignment_changed");
        }
        if fact.completed {
            actions.push("completed");
        }
        if fact.kind == Kind::Card && fact.serial.is_multiple_of(2) {
            actions.push("adopted");
        }
        if fact.kind == Kind::Upload {
            actions.extend(std::iter::repeat_n(
                "blob_changed",
                fact.serial as usize % 3,
            ));
        }
        actions
    }

    /// The change log of a record, newest first.
    pub fn events(&self, fact: &Fact) -> Vec<Value> {
        let actions = self.actions(fact).into_iter().enumerate().rev();
        actions
            .map(|(index, action)| {
                let index = i64::try_from(index).unwrap_or_default();
                let details = match action {
                    "assignment_changed" => json!({"added_person_ids": [2001, 2003], "removed_person_ids": []}),
                    "created" if fact.kind == Kind::Message => json!({"notified_recipient_ids": [2001]}),
                    // Not always filled.
                    "adopted" if fact.serial.is_multiple_of(4) => json!({"new_parent_id": fact.id, "parent_id_was": fact.id - 1}),
                    _ => json!({}),
                };
                let id = fact.id * EVENTS + index;
                json!({"id": id, "recording_id": fact.id, "action": action, "details": details,
                    "created_at": time(i64::from(fact.serial) + index), "creator": self.creator(fact),
                    "boosts_count": self.event_boosts(fact, index).len(),
                    "boosts_url": format!("{}/recordings/{}/events/{id}/boosts.json", self.base, fact.id)})
            })
            .collect()
    }

    /// The number of an event among its record's.
    pub fn event_of(&self, fact: &Fact, id: &str) -> Option<i64> {
        let number = id.parse::<i64>().ok()? - fact.id * EVENTS;
        let known = i64::try_from(self.actions(fact).len()).unwrap_or_default();
        (0..known).contains(&number).then_some(number)
    }

    /// The id of an event by its number.
    pub fn event_id(&self, fact: &Fact, number: i64) -> i64 {
        fact.id * EVENTS + number
    }

    /// Whether people can subscribe to a record.
    pub fn is_subscribable(&self, fact: &Fact) -> bool {
        !matches!(
            fact.kind,
            Kind::Board
                | Kind::Comment
                | Kind::Vault
                | Kind::Schedule
                | Kind::Inbox
                | Kind::Questionnaire
                | Kind::Line
                | Kind::Step
                | Kind::OnHold
                | Kind::Response
                | Kind::ClientReply
                | Kind::ForwardReply
                | Kind::ClientBoard
                | Kind::Gauge
                | Kind::Timesheet
                | Kind::TimeEntry
                | Kind::Wormhole
        )
    }

    /// Places of the people who are subscribed to a record.
    pub fn subscribers(&self, fact: &Fact) -> impl Iterator<Item = usize> + use<> {
        let chance = usize::try_from(self.world.chance(fact.serial, 8) % 1000).unwrap_or_default();
        (0..chance % 4).map(move |nth| (chance + nth * 7) % PEOPLE)
    }

    /// Who is subscribed to a record.
    pub fn subscription(&self, fact: &Fact) -> Value {
        let people: Vec<usize> = self.subscribers(fact).collect();
        json!({"subscribed": people.contains(&0), "count": people.len(), "url": self.recording_url(fact, "subscription"),
            "subscribers": people.iter().map(|place| self.person(*place, false)).collect::<Vec<_>>()})
    }

    /// Whether the timeline tells of a record.
    pub fn is_told(&self, fact: &Fact) -> bool {
        let kind = matches!(
            fact.kind,
            Kind::Message
                | Kind::Comment
                | Kind::Todo
                | Kind::Upload
                | Kind::Document
                | Kind::GoogleDocument
                | Kind::Entry
                | Kind::Question
                | Kind::Answer
                | Kind::Card
                | Kind::Forward
                | Kind::Correspondence
                | Kind::Chat
        );
        kind && fact.status == Status::Active
            && !self.world.projects[fact.project as usize].template
    }

    /// What the timeline tells of a record: that it is there, or done.
    pub fn told(&self, fact: &Fact) -> Value {
        let (kind, action) = match (fact.kind, fact.completed) {
            (Kind::Todo, true) => ("todo_completed", "completed"),
            (Kind::Card, true) => ("kanban_card_completed", "completed"),
            (Kind::Chat, _) => ("chat_transcript_rollup", "chatted in"),
            _ => (told_kind(fact.kind), "added"),
        };
        let parent = self.world.parent(fact).unwrap_or(fact);
        let mut event = json!({"id": FIRST_TIMELINE + i64::from(fact.serial), "created_at": time(i64::from(fact.serial)), "kind": kind,
            "parent_recording_id": parent.id, "url": self.url(fact), "app_url": self.app_url(fact), "creator": self.creator(fact),
            "action": action, "target": self.title(parent), "title": format!("{action} {}", self.title(fact)),
            "summary_excerpt": if fact.kind == Kind::Chat { Value::Null } else { json!("An ëxcerpt…") },
            "bucket": self.bucket(fact.project as usize)});
        if fact.kind == Kind::Chat {
            event["avatars_sample"] =
                json!(["https://avatars.example/1", "https://avatars.example/2"]);
        }
        if fact.kind == Kind::Entry {
            let entry = self.record(fact);
            event["data"] = json!({"all_day": entry["all_day"], "starts_at": entry["starts_at"], "ends_at": entry["ends_at"]});
        }
        if self.has_attachment(fact) {
            event["attachments"] = self.attachments(fact);
        } else if fact.kind == Kind::Upload {
            event["attachments"] = json!([self.record(fact)]);
        }
        event
    }

    /// What the event feed says of a record.
    pub fn fed(&self, fact: &Fact) -> Value {
        let kind = told_kind(fact.kind);
        let mut event = json!({"id": FEED_BASE + 1 + i64::from(fact.serial), "kind": kind, "event_type": kind.replace("_created", ".created"),
            "action": "created", "details": {}, "created_at": moment(i64::from(fact.serial)),
            "bucket_id": self.world.projects[fact.project as usize].id, "creator_id": 2000 + self.author(fact), "recording_id": fact.id});
        if fact.serial % 10 == 3 {
            event["performed_by_id"] = json!(2001);
        }
        event
    }

    /// Something that addresses an agent.
    pub fn addressed(&self, fact: &Fact) -> Value {
        let reasons = [
            "mentioned",
            "assigned",
            "subscribed",
            "watched",
            "pinged",
            "boosted",
        ];
        json!({"addressing_id": FEED_BASE * 2 + i64::from(fact.serial), "addressed_at": moment(i64::from(fact.serial) + 1),
            "reason": reasons[fact.serial as usize % reasons.len()], "event": self.fed(fact)})
    }

    /// A record as a hit of a search: its text plain, and `content` and `description` always null.
    pub fn hit(&self, fact: &Fact) -> Value {
        let whole = self.record(fact);
        let mut hit = whole.clone();
        let Some(members) = hit.as_object_mut() else {
            return hit;
        };
        members.retain(|name, _| !HIDDEN.contains(&name.as_str()));
        members.insert("content".to_owned(), Value::Null);
        members.insert("description".to_owned(), Value::Null);
        if fact.kind == Kind::Upload {
            for name in ["id", "type", "title", "url", "app_url"] {
                members.remove(name);
            }
            members.insert("previewable".to_owned(), json!(true));
            members.insert(
                "preview_url".to_owned(),
                json!("https://previews.example/1"),
            );
            members.insert(
                "thumbnail_url".to_owned(),
                json!("https://previews.example/2"),
            );
        } else {
            members.insert(
                "plain_text_content".to_owned(),
                json!(format!("Body of {} — ünï & 🎉", fact.serial)),
            );
        }
        hit
    }

    /// The text that a search looks into.
    pub fn searched(&self, fact: &Fact) -> String {
        match fact.kind {
            Kind::Upload => self.media_name(fact),
            Kind::Line => self.content(fact),
            _ => self.title(fact),
        }
    }
}

/// Members that hits do not have.
const HIDDEN: [&str; 9] = [
    "assignees",
    "participants",
    "steps",
    "completion",
    "completion_subscribers",
    "lists",
    "schedule",
    "category",
    "recurrence_schedule",
];

fn told_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message_created",
        Kind::Comment => "comment_created",
        Kind::Todo => "todo_created",
        Kind::Upload => "upload_created",
        Kind::Document => "document_created",
        Kind::GoogleDocument => "google_document_created",
        Kind::Entry => "schedule_entry_created",
        Kind::Question => "question_created",
        Kind::Answer => "question_answer_created",
        Kind::Card => "kanban_card_created",
        Kind::Forward => "inbox_forward_created",
        Kind::Correspondence => "client_correspondence_created",
        _ => "dock_created",
    }
}

/// Types that a search can be narrowed to: key and name.
const SEARCH_TYPES: [(&str, &str); 8] = [
    ("Message", "Messages"),
    ("Todo", "To-dos"),
    ("Comment", "Comments"),
    ("Document", "Documents"),
    ("Kanban::Card", "Cards"),
    ("Schedule::Entry", "Events"),
    ("Chat::Lines", "Chats"),
    ("Upload", "Fïles"),
];

impl Painter<'_> {
    /// What a search can be narrowed to.
    pub fn search_metadata(&self) -> Value {
        let pairs = |of: &[(&str, &str)]| {
            of.iter()
                .map(|(key, value)| json!({"key": key, "value": value}))
                .collect::<Vec<_>>()
        };
        json!({"recording_search_types": pairs(&SEARCH_TYPES),
            "file_search_types": pairs(&[("Image", "Images"), ("Audio", "Audio"), ("Video", "Videos"), ("PDF", "PDFs")]),
            "default_bucket_label": "All projects", "default_circle_label": "All pings", "default_creator_label": "Anyone",
            "default_file_type_label": "Any file", "default_type_label": "Everything"})
    }

    /// The records that a search looks through, newest first.
    pub fn hits(&self) -> impl Iterator<Item = &Fact> {
        let facts = self.world.facts.iter().rev();
        facts.filter(|fact| {
            let kind = matches!(
                fact.kind,
                Kind::Message
                    | Kind::Comment
                    | Kind::Todo
                    | Kind::Todolist
                    | Kind::Card
                    | Kind::Column
                    | Kind::Document
                    | Kind::Upload
                    | Kind::Entry
                    | Kind::Line
                    | Kind::Answer
                    | Kind::Question
                    | Kind::Forward
            );
            kind && fact.status == Status::Active && self.world.is_active(fact.project as usize)
        })
    }

    /// The records whose making the event feed tells of, oldest first.
    pub fn feed(&self) -> impl Iterator<Item = &Fact> {
        let facts = self.world.facts.iter();
        facts.filter(|fact| {
            self.is_told(fact)
                && fact.kind != Kind::Chat
                && self.world.is_active(fact.project as usize)
        })
    }

    /// Those that address the agent.
    pub fn inbox(&self) -> impl Iterator<Item = &Fact> {
        self.feed().filter(|fact| fact.serial.is_multiple_of(6))
    }
}

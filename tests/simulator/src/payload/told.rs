//! What tells of records: the timeline, the event feed, an agent's inbox and searches.

use serde_json::{Value, json};

use super::{Painter, moment, time};
use crate::world::{Fact, Kind, Status};

/// The id of the first event of the timeline.
const FIRST_TIMELINE: i64 = 80_000_000_000;

/// The id of the first event of the feed, less one.
pub const FEED_BASE: i64 = 70_000_000_000;

/// Events of a page of the feed, at most.
pub const FEED_PAGE: usize = 100;

impl Painter<'_> {
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
        let mut event = json!({"id": FIRST_TIMELINE + i64::from(fact.serial), "created_at": time(self.world.born(fact)), "kind": kind,
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
            "action": "created", "details": {}, "created_at": moment(self.world.born(fact)),
            "bucket_id": self.world.projects[fact.project as usize].id, "creator_id": 2000 + self.author(fact), "recording_id": fact.id});
        if fact.serial % 10 == 3 {
            event["performed_by_id"] = json!(2001);
        }
        event
    }

    /// Something that addresses an agent.
    pub fn addressed(&self, fact: &Fact) -> Value {
        let reasons = ["mentioned", "assigned", "subscribed", "watched", "pinged", "boosted"];
        json!({"addressing_id": FEED_BASE * 2 + i64::from(fact.serial), "addressed_at": moment(self.world.born(fact) + 1),
            "reason": reasons[fact.serial as usize % reasons.len()], "event": self.fed(fact)})
    }

    /// A record as a hit of a search: its text plain, and `content` and `description` always null.
    pub fn hit(&self, fact: &Fact) -> Value {
        let mut hit = self.record(fact);
        let described = hit["description"].is_string();
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
            members.insert("preview_url".to_owned(), json!("https://previews.example/1"));
            members.insert("thumbnail_url".to_owned(), json!("https://previews.example/2"));
        } else {
            members.insert("plain_text_content".to_owned(), json!(self.plain_text(fact)));
            members
                .insert("bubble_up_url".to_owned(), json!(self.recording_url(fact, "bubble_up")));
            // Lines of code, pictures and sounds.
            if fact.kind == Kind::Line {
                let (name, value) = [
                    ("language", "ruby"),
                    ("image_url", "https://images.example/l"),
                    ("sound_url", "https://sounds.example/l"),
                ][fact.serial as usize % 3];
                members.insert(name.to_owned(), json!(value));
            }
        }
        if described {
            members.insert("plain_text_description".to_owned(), json!(self.plain_text(fact)));
        }
        hit
    }

    /// The text that a search looks into.
    pub fn searched(&self, fact: &Fact) -> String {
        let name = match fact.kind {
            Kind::Upload => self.media_name(fact),
            Kind::Line => self.content(fact),
            _ => self.title(fact),
        };
        format!("{name} {}", self.plain_text(fact))
    }

    fn plain_text(&self, fact: &Fact) -> String {
        format!("Body of {} — ünï & 🎉", fact.serial)
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
            of.iter().map(|(key, value)| json!({"key": key, "value": value})).collect::<Vec<_>>()
        };
        json!({"recording_search_types": pairs(&SEARCH_TYPES),
            "file_search_types": pairs(&[("Image", "Images"), ("Audio", "Audio"), ("Video", "Videos"), ("PDF", "PDFs")]),
            "default_bucket_label": "All projects", "default_circle_label": "All pings", "default_creator_label": "Anyone",
            "default_file_type_label": "Any file", "default_type_label": "Everything"})
    }

    /// The records that a search looks through, newest first.
    pub fn hits(&self) -> impl Iterator<Item = &Fact> {
        let facts = self.world.records().rev();
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
        let facts = self.world.records();
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

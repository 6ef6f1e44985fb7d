//! Notifications: what the caller has not read, has read, and asked to see again.

use serde_json::{Value, json};

use super::{Painter, plus_days, time};
use crate::world::{Fact, Kind, Status};

/// Notifications that were read: more than a page of fifty.
pub const READS: usize = 60;
/// Those that were not.
const UNREADS: usize = 7;
/// Bubble-ups that are up, and those that will come.
const BUBBLES: usize = 4;
const SCHEDULED: usize = 3;
/// What was kept before there were bubble-ups, and what an account with more of it has.
const MEMORIES: usize = 3;
const FEW_MEMORIES: usize = 2;
/// The number of the first that was asked for since the start.
const ASKED: usize = 1000;
/// The id of the first one.
const FIRST: i64 = 12_000_000_000;

/// The arrays that notifications come in, with the number of the first in each and how many.
const GROUPS: [(&str, usize, usize); 5] = [
    ("unreads", 0, UNREADS),
    ("reads", 100, READS),
    ("bubble_ups", 300, BUBBLES),
    ("scheduled_bubble_ups", 400, SCHEDULED),
    ("memories", 500, MEMORIES),
];

impl Painter<'_> {
    /// The notifications of one of the arrays. What is up again is among the read ones too.
    pub fn notices(&self, grouping: &str) -> Vec<Value> {
        let Some((_, first, count)) = GROUPS.iter().find(|(name, _, _)| *name == grouping) else {
            return Vec::new();
        };
        let few = grouping == "memories" && !self.world.oddities.memories;
        let count = if few { FEW_MEMORIES } else { *count };
        let seeded = *first..first + count;
        let numbers: Vec<usize> = match grouping {
            "unreads" => seeded.filter(|nth| !self.world.was_read(*nth)).collect(),
            "reads" => (0..UNREADS).filter(|nth| self.world.was_read(*nth)).chain(seeded).collect(),
            _ => seeded.map(|nth| if nth == 300 { 100 } else { nth }).collect(),
        };
        let notices = numbers.into_iter().map(|nth| self.notice(nth, grouping));
        notices.chain(self.bubbled(grouping)).collect()
    }

    /// What was asked to come up again since the start: at once, or some day.
    fn bubbled(&self, grouping: &str) -> Vec<Value> {
        let scheduled = match grouping {
            "bubble_ups" => false,
            "scheduled_bubble_ups" => true,
            _ => return Vec::new(),
        };
        let asked = self.world.bubbles().filter(|(_, day)| day.is_some() == scheduled);
        asked
            .map(|(place, day)| {
                let nth = ASKED + place as usize;
                let mut notice = self.notice_of(&self.world.facts[place as usize], nth, grouping);
                if let Some(day) = day {
                    notice["bubble_up_at"] = json!(format!("{day}T09:00:00.000Z"));
                }
                notice
            })
            .collect()
    }

    fn notice(&self, nth: usize, grouping: &str) -> Value {
        let messages = self.world.listed(Kind::Message, Status::Active);
        let place = messages.get(nth % messages.len().max(1)).copied().unwrap_or_default();
        self.notice_of(&self.world.facts[place as usize], nth, grouping)
    }

    fn notice_of(&self, fact: &Fact, nth: usize, grouping: &str) -> Value {
        let when = i64::try_from(nth).unwrap_or_default() * 1000;
        let read = grouping != "unreads";
        let section = ["inbox", "chats", "pings", "mentions"][nth % 4];
        let mut notice = json!({"id": FIRST + when, "created_at": time(when), "updated_at": time(when + 5),
            "section": if grouping.ends_with("bubble_ups") { "bubbles" } else { section }, "unread_count": if read { 0 } else { 1 + nth % 3 },
            "unread_at": if read { Value::Null } else { json!(time(when)) }, "read_at": if read { json!(time(when + 60)) } else { Value::Null },
            "readable_sgid": format!("sgid-r{nth}"), "readable_identifier": format!("Message/{}", fact.id), "title": self.title(fact),
            "type": super::type_of(fact), "bucket_name": self.project_name(fact.project as usize),
            "content_excerpt": if nth.is_multiple_of(5) { Value::Null } else { json!("Ëxcerpt & more") }, "app_url": self.app_url(fact),
            "unread_url": format!("{}/my/unreads/{nth}.json", self.base), "bookmark_url": format!("{}/b/{}", self.base, fact.id),
            "bubble_up_url": self.recording_url(fact, "bubble_up"), "subscription_url": self.recording_url(fact, "subscription"),
            "subscribed": nth.is_multiple_of(2), "previewable_attachments": [], "attachments_sample": [], "icon_type": "message",
            "creator": self.notifier(nth), "participants": self.participants(fact, nth)});
        if section == "pings" {
            notice["named"] = json!(nth % 8 == 2);
            notice["image_url"] = json!("https://images.example/n.png");
        }
        if nth % 6 == 1 {
            notice["memory_url"] = json!(format!("{}/my/memories/{nth}.json", self.base));
            notice["previewable_attachments"] = json!([{"id": 1, "filename": "ä.png", "content_type": "image/png", "filesize": 10,
                "width": 4, "height": 3, "url": "https://previews.example/n", "app_url": "https://3.example/n"}]);
            notice["attachments_sample"] = notice["previewable_attachments"].clone();
        }
        if grouping == "scheduled_bubble_ups" {
            notice["bubble_up_at"] = json!(format!("{}T09:00:00.000Z", plus_days(3)));
        }
        notice
    }

    /// The one who caused a notification: a person, one whose id is text, or one of Basecamp's own.
    fn notifier(&self, nth: usize) -> Value {
        let mut person = self.person(nth % 20, false);
        match nth % 5 {
            1 => person["id"] = json!(person["id"].to_string()),
            2 => {
                return json!({"id": "basecamp", "name": "Basecamp", "personable_type": "LocalPerson", "avatar_url": "https://avatars.example/b"});
            }
            _ => {}
        }
        person
    }

    fn participants(&self, fact: &Fact, nth: usize) -> Vec<Value> {
        let mut people = self.people(fact);
        if let Some(first) = people.first_mut().filter(|_| nth.is_multiple_of(2)) {
            first["id"] = json!(first["id"].to_string());
        }
        if nth % 7 == 3 {
            people.push(
                json!({"id": "campfire", "name": "Campfire", "personable_type": "LocalPerson"}),
            );
        }
        people
    }

    /// Everything but the read ones, which alone are paged. `limited`: two that are up, none to come.
    pub fn readings(&self, limited: bool) -> Value {
        let mut bubbles = self.notices("bubble_ups");
        let mut record = json!({"unreads": self.notices("unreads"), "memories": self.notices("memories"),
            "bubble_ups_count": bubbles.len(), "scheduled_bubble_ups_count": self.notices("scheduled_bubble_ups").len()});
        if limited {
            bubbles.truncate(2);
        } else {
            record["scheduled_bubble_ups"] = Value::Array(self.notices("scheduled_bubble_ups"));
        }
        record["bubble_ups"] = Value::Array(bubbles);
        record
    }
}

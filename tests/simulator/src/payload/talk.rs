//! Messages and comments, chats, and forwarded e-mail.

use serde_json::{Value, json};

use super::{Painter, merged};
use crate::world::{Fact, Kind};

impl Painter<'_> {
    pub(super) fn of_messages(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Board => merged(
                self.docked(fact),
                json!({"messages_count": self.count(fact, Kind::Message),
                    "messages_url": format!("{}/message_boards/{}/messages.json", self.base, fact.id), "app_messages_url": self.app_url(fact)}),
            ),
            Kind::Message => merged(self.remarked(fact), self.message(fact)),
            _ => merged(
                self.boosted(fact),
                json!({"content": self.html(fact), "content_attachments": self.attachments(fact)}),
            ),
        }
    }

    fn message(&self, fact: &Fact) -> Value {
        let project = fact.project as usize;
        let nth = fact.serial as usize / 2 % 2;
        let category = self.message_types(project).get(nth).copied();
        let category =
            category.filter(|_| fact.serial.is_multiple_of(2)).map(|id| self.message_type(id));
        let brief =
            category.map(|all| json!({"id": all["id"], "name": all["name"], "icon": all["icon"]}));
        json!({"subject": self.title(fact), "content": self.html(fact), "content_attachments": self.attachments(fact), "category": brief})
    }

    pub(super) fn of_talk(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Chat => merged(
                self.docked(fact),
                json!({"topic": "Chät", "lines_url": format!("{}/chats/{}/lines.json", self.base, fact.id),
                    "files_url": format!("{}/chats/{}/uploads.json", self.base, fact.id),
                    "subscription_url": self.recording_url(fact, "subscription")}),
            ),
            Kind::Line => merged(self.boosted(fact), self.line(fact)),
            Kind::Inbox => merged(
                self.docked(fact),
                json!({"forwards_count": self.count(fact, Kind::Forward),
                    "forwards_url": format!("{}/inboxes/{}/inbox_forwards.json", self.base, fact.id)}),
            ),
            Kind::Forward => merged(
                self.subscribable(fact),
                json!({"content": self.html(fact), "content_attachments": [], "subject": self.title(fact),
                    "from": if fact.nth == 2 { Value::Null } else { json!("Ålice <alice@example.com>") },
                    "replies_count": self.count(fact, Kind::ForwardReply),
                    "replies_url": format!("{}/inbox_forwards/{}/replies.json", self.base, fact.id)}),
            ),
            _ => merged(
                self.boosted(fact),
                json!({"content": self.html(fact), "content_attachments": []}),
            ),
        }
    }

    /// Whether a line of a chat is a file.
    pub fn is_upload(&self, fact: &Fact) -> bool {
        super::type_of(fact) == "Chat::Lines::Upload"
    }

    fn line(&self, fact: &Fact) -> Value {
        if !self.is_upload(fact) {
            return json!({"content": self.content(fact)});
        }
        let at = format!("{}/blobs/{}/download/line.png", self.base, fact.id);
        json!({"attachments": [{"title": format!("Bïld {}", fact.serial), "filename": "line.png", "content_type": "image/png",
            "byte_size": 4096, "url": at, "download_url": at}]})
    }
}

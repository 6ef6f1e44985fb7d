//! What clients see and say, gauges and their needles.

use serde_json::{Value, json};

use super::{Painter, merged, pick, plus_days};
use crate::world::{Fact, Kind, Status};

impl Painter<'_> {
    pub(super) fn of_clients(&self, fact: &Fact) -> Value {
        let with_replies = |own: Value| {
            let project = self.world.projects[fact.project as usize].id;
            let replies = json!({"subject": self.title(fact), "content": self.html(fact), "content_attachments": [],
                "replies_count": self.count(fact, Kind::ClientReply),
                "replies_url": format!("{}/buckets/{project}/client/recordings/{}/replies.json", self.base, fact.id)});
            merged(merged(self.subscribable(fact), replies), own)
        };
        match fact.kind {
            Kind::Approval => {
                let responses = self.world.children(fact, Kind::Response);
                with_replies(json!({
                    "due_on": if fact.nth == 2 { Value::Null } else { json!(plus_days(10)) },
                    "approval_status": if fact.nth == 1 { "approved" } else { "pending" },
                    "approver": if fact.nth == 2 { Value::Null } else { self.person(8, false) },
                    "responses": responses.map(|response| self.response(response)).collect::<Vec<_>>()}))
            }
            Kind::Correspondence => with_replies(json!({})),
            Kind::Response => json!({"content": self.html(fact), "approved": fact.nth != 2}),
            Kind::ClientReply => json!({"content": self.html(fact), "content_attachments": []}),
            _ => json!({}),
        }
    }

    /// A response, as the approval embeds it: without an address.
    pub fn response(&self, fact: &Fact) -> Value {
        let mut record = self.record(fact);
        if let Some(members) = record.as_object_mut() {
            members.remove("url");
        }
        record
    }

    pub(super) fn of_gauges(&self, fact: &Fact) -> Value {
        if fact.kind == Kind::Gauge {
            let mut own = json!({"description": if fact.project.is_multiple_of(2) { Value::Null } else { json!(self.html(fact)) },
                "description_attachments": [], "enabled": fact.project % 5 != 4});
            self.gauged(fact.project as usize, &mut own);
            return own;
        }
        merged(
            self.remarked(fact),
            json!({"description": self.html(fact), "description_attachments": [], "color": pick(fact, &["green", "yellow", "red"]),
                "position": fact.serial % 101, "comment_count": self.count(fact, Kind::Comment)}),
        )
    }

    /// The latest needles of a project's gauge, if it has one.
    pub(super) fn gauged(&self, project: usize, record: &mut Value) {
        let Some(place) = self.gauge_of(project) else {
            return;
        };
        let gauge = &self.world.facts[place as usize];
        let active = |needle: &&Fact| needle.status == Status::Active;
        let needles: Vec<&Fact> = self.world.children(gauge, Kind::Needle).filter(active).collect();
        if let Some(last) = needles.last() {
            let color = pick(last, &["green", "yellow", "red"]);
            let written = self.world.written(last, "color").cloned();
            record["last_needle_color"] = written.unwrap_or_else(|| json!(color));
            record["last_needle_position"] = self.stands_at(last);
        }
        let before = needles.len().checked_sub(2).map(|index| self.stands_at(needles[index]));
        record["previous_needle_position"] = json!(before);
    }

    /// Where a needle stands.
    fn stands_at(&self, needle: &Fact) -> Value {
        let written = self.world.written(needle, "position").cloned();
        written.unwrap_or_else(|| json!(needle.serial % 101))
    }
}

//! How topics and entries of the log look.

use serde_json::{Value, json};

use super::payload::{Painter, moment};
use super::world::{Bucket, Entry, Kind, Topic, What};

impl Painter<'_> {
    /// A topic.
    pub fn topic(&self, topic: &Topic, account_wide: bool) -> Value {
        let fact = self.world.fact(topic.fact);
        let last = self.said(fact).last();
        let speaker = last.map_or(self.updater(fact), |last| self.world.maker(last));
        let files = self.world.under(last.unwrap_or(fact), Kind::Attachment);
        let mut record = json!({
            "id": topic.id, "title": self.title(fact),
            "excerpt": last.map_or_else(|| self.title(fact), |last| self.title(last)),
            "created_at": self.born(fact), "updated_at": moment(topic.updated, fact.serial),
            "attachments": files.count(), "private": fact.private, "trashed": false,
            "last_updater": self.mentioned(speaker),
            "topicable": {"id": fact.id, "type": fact.kind.name(), "url": self.url(fact), "app_url": self.app_url(fact)},
        });
        if account_wide {
            record["bucket"] = self.bucket(fact.bucket);
        }
        record
    }

    /// An entry of the log. The listing of one person leaves the creator out.
    pub fn entry(&self, entry: &Entry, bucket: bool, creator: bool) -> Value {
        let serial = u32::try_from(entry.id % 1000).unwrap_or_default();
        let at = moment(entry.at, serial);
        let mut record =
            json!({"id": entry.id, "created_at": at, "updated_at": at, "private": false});
        let author = match entry.what {
            What::Joined(project, person) => {
                let place = self.place(Bucket::Project(project));
                record["action"] = json!("was added to the project");
                record["target"] = json!("");
                record["summary"] = json!("was added to the project");
                record["url"] = json!(format!("{}/{place}.json", self.base));
                record["html_url"] = json!(format!("{}/{place}", self.app));
                person
            }
            What::Created(fact) | What::Completed(fact) => {
                self.touched(entry.what, fact, &mut record);
                self.world.maker(self.world.fact(fact))
            }
        };
        if creator {
            record["creator"] = self.author(author);
        }
        if bucket {
            record["bucket"] = self.bucket(self.scene(entry.what));
        }
        record
    }

    /// What happened to which thing; of a comment, to the thing that was talked about.
    fn touched(&self, what: What, fact: u32, record: &mut Value) {
        let fact = self.world.fact(fact);
        let thing = match self.world.parent(fact) {
            Some(parent) if fact.kind == Kind::Comment => parent,
            _ => fact,
        };
        let action = match what {
            What::Completed(_) => "completed a to-do<span>:</span>".to_owned(),
            _ if fact.kind == Kind::Comment => "commented on".to_owned(),
            _ => format!("created a {}<span>:</span>", fact.kind.name()),
        };
        record["private"] = json!(fact.private);
        record["target"] = json!(self.title(thing));
        record["summary"] = json!(format!("{action} {}", self.title(thing)));
        record["action"] = json!(action);
        record["url"] = json!(self.url(thing));
        record["html_url"] = json!(self.app_url(fact));
        record["eventable"] = json!({"id": thing.id, "type": thing.kind.name(),
            "url": self.url(thing), "app_url": self.app_url(thing)});
        if fact.kind == Kind::Comment {
            record["excerpt"] = json!(self.title(fact));
            record["raw_excerpt"] = json!(self.content(fact));
            record["attachments"] = json!(
                self.world
                    .under(fact, Kind::Attachment)
                    .map(|file| json!({"key": self.key(file), "name": self.file_name(file)}))
                    .collect::<Vec<_>>()
            );
        }
    }
}

//! Documents, messages, uploads, comments and topics.

use serde_json::{Value, json};

use super::body::invalid;
use super::{Done, Writer, json as answer};
use crate::v2::overlay::Subject;
use crate::v2::routes::id;
use crate::v2::world::{Bucket, Fact, Kind, State};
use crate::v2::{empty, missing};

/// What each kind calls its title.
const fn title_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "subject",
        _ => "title",
    }
}

impl Writer<'_> {
    pub(super) fn new_text(&mut self, bucket: Bucket, kind: Kind) -> Done {
        // The server's own name for a message may be around the members.
        if let (Kind::Message, Some(Value::Object(inner))) = (kind, self.body.remove("post")) {
            self.body.extend(inner);
        }
        let title = if kind == Kind::Upload { None } else { Some(self.required(title_of(kind))?) };
        let content = self.text("content")?.unwrap_or_default();
        let private = self.private(bucket)?;
        let told = self.people("subscribers", bucket)?.unwrap_or_default();
        let addresses = self.addresses("new_subscriber_emails")?;
        let files = if kind == Kind::Document { Vec::new() } else { self.files_sent()? };
        if kind == Kind::Upload && files.len() != 1 {
            return Err(invalid("attachments", "must be exactly one"));
        }
        let place = self.world.create(kind, bucket, None);
        let mut told = told;
        for address in addresses {
            told.push(self.by_address(&address));
        }
        self.world.facts[place as usize].private = private == Some(true);
        let change = self.world.rewrite(Subject::Fact(place));
        change.told = Some(told);
        change.members.insert("content", json!(content));
        change.members.extend(title.map(|title| ("title", json!(title))));
        self.attach(place, files);
        Ok(self.made(place))
    }

    pub(super) fn change_text(&mut self, fact: &Fact) -> Done {
        if let (Kind::Message, Some(Value::Object(inner))) = (fact.kind, self.body.remove("post")) {
            self.body.extend(inner);
        }
        let title = self.title(title_of(fact.kind))?;
        let content = self.text("content")?;
        let private = self.private(fact.bucket)?;
        if let Some(private) = private {
            self.world.set_private(fact.serial, private);
        }
        let change = self.world.rewrite(Subject::Fact(fact.serial));
        change.members.extend(title.map(|title| ("title", json!(title))));
        change.members.extend(content.map(|content| ("content", json!(content))));
        Ok(self.changed(fact))
    }

    /// A comment: its answer says where the topic is, and no header does.
    pub(super) fn comment_on(&mut self, thing: &Fact) -> Done {
        let content = self.required("content")?;
        let told = self.people("subscribers", thing.bucket)?.unwrap_or_default();
        let addresses = self.addresses("new_subscriber_emails")?;
        let files = self.files_sent()?;
        let mut all = self.painter().told(thing);
        let new: Vec<u32> = addresses.iter().map(|address| self.by_address(address)).collect();
        for person in told.into_iter().chain(new) {
            if !all.contains(&person) {
                all.push(person);
            }
        }
        let place = self.world.create(Kind::Comment, thing.bucket, Some(thing.serial));
        let change = self.world.rewrite(Subject::Fact(place));
        change.members.insert("content", json!(content));
        self.attach(place, files);
        self.world.rewrite(Subject::Fact(thing.serial)).told = Some(all);
        let painter = self.painter();
        let mut shown = painter.single(self.world.fact(place), true);
        shown["topic_url"] = json!(painter.url(thing));
        shown["topic_app_url"] = json!(painter.app_url(thing));
        Ok(answer(201, &shown))
    }

    /// Puts a topic away or takes it out again, in a project that is in use.
    pub(super) fn put_away(&mut self, bucket: Bucket, topic: &str, archived: bool) -> Done {
        let wanted = id(topic);
        let here = |fact: u32| self.world.fact(fact).bucket == bucket;
        let found = self.world.topics.iter();
        let place = found.clone().position(|each| Some(each.id) == wanted && here(each.fact));
        let place = place.ok_or_else(|| missing("/topic"))?;
        if self.world.state(bucket) != State::Active {
            return Err(empty(403));
        }
        self.world.topics[place].archived = archived;
        Ok(empty(204))
    }
}

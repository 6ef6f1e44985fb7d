//! What changes the world: which address takes what, and what it answers.
//!
//! Each family has a file; here is what they share.

mod board;
mod card;
mod chat;
mod checkin;
mod file;
mod form;
mod gauge;
mod home;
mod library;
mod list;
mod people;
mod personal;
mod record;
mod schedule;
mod thing;
mod todo;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::payload::{Painter, time};
use crate::routes::{Query, Reply};
use crate::world::{Draft, Fact, Family, Flag, Kind, Status, World};

use form::{Form, Need, Refusal, Resource};

/// What a write answers, before headers.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The status.
    pub status: u16,
    /// The body; null for none.
    pub body: Value,
    /// Where that is, for a redirection.
    pub location: Option<String>,
}

impl Outcome {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body, location: None }
    }

    /// Done, and there is nothing to say.
    fn done() -> Self {
        Self::new(204, Value::Null)
    }

    /// Nothing there, or not for the caller.
    pub fn missing() -> Self {
        Self::new(404, json!({"status": 404, "error": "Not Found"}))
    }

    /// There, but not for the caller to change.
    fn forbidden() -> Self {
        Self::new(403, json!({"error": "You do not have access to this"}))
    }

    /// The body is understood but not accepted: messages by member.
    fn invalid(member: &str, message: &str) -> Self {
        Self::new(422, json!({"errors": {member: [message]}}))
    }
}

/// The methods that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Makes something, or does something.
    Post,
    /// Changes something.
    Put,
    /// Removes or undoes something.
    Delete,
}

impl Verb {
    /// The verb of a method.
    pub fn named(method: &str) -> Option<Self> {
        Some(match method {
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
}

/// One write, with the world that it changes.
#[derive(Debug)]
pub struct Writer<'a> {
    world: &'a mut World,
    base: &'a str,
    /// What was sent as JSON; empty without a body.
    body: &'a Map<String, Value>,
    /// What was sent otherwise.
    raw: &'a [u8],
    /// And of what media type it is.
    media: &'a str,
    query: &'a Query,
}

/// What was sent with a write.
#[derive(Debug)]
pub struct Sent<'a> {
    /// The body as JSON; empty without one.
    pub body: &'a Map<String, Value>,
    /// The body as bytes.
    pub raw: &'a [u8],
    /// Its media type.
    pub media: &'a str,
    /// The query string.
    pub query: &'a Query,
}

/// Whether an address takes the bytes of a file, and not JSON.
pub fn takes_bytes(path: &str) -> bool {
    let path = path.strip_suffix(".json").unwrap_or(path);
    let chat = path.contains("/chats/") && path.ends_with("/uploads");
    chat || ["/attachments", "/logo", "/wallpaper"].iter().any(|end| path.ends_with(end))
}

/// What every family is asked: the verb, the path below the account without the project that the
/// older form of addresses names in front, and the place of that project.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    verb: Verb,
    path: &'a [&'a str],
    bucket: Option<usize>,
}

/// Carries out a write.
pub fn write(world: &mut World, base: &str, verb: Verb, path: &str, sent: &Sent<'_>) -> Outcome {
    let Some((segments, bucket)) = crate::routes::locate(world, path) else {
        return Outcome::missing();
    };
    let target = Target { verb, path: &segments, bucket };
    let Sent { body, raw, media, query } = *sent;
    if let Some(refused) = refused(world, base, target, query) {
        return refused;
    }
    let mut writer = Writer { world, base, body, raw, media, query };
    let families = [
        todo::write,
        list::write,
        board::write,
        card::write,
        file::write,
        schedule::write,
        checkin::write,
        chat::write,
        gauge::write,
        record::write,
        home::write,
        thing::write,
        library::write,
        personal::write,
    ];
    families
        .into_iter()
        .find_map(|family| family(&mut writer, target))
        .unwrap_or_else(Outcome::missing)
}

/// What the caller, or the account, does not let be written.
fn refused(world: &World, base: &str, target: Target<'_>, query: &Query) -> Option<Outcome> {
    let painter = Painter { world, base };
    match crate::routes::closed(painter, target.path, query, target.bucket) {
        Some(Reply::Refused(status, body)) => return Some(Outcome::new(status, body)),
        Some(_) => return Some(Outcome::missing()),
        None => {}
    }
    let place = match target.path {
        ["projects", id, ..] => world.project_of(id),
        _ => None,
    };
    // Only for owners, and for those who manage the project.
    let owners = target.path.first() == Some(&"account") || place.is_some_and(|each| each % 7 == 3);
    (world.forbidden && owners).then(Outcome::forbidden)
}

/// The status that a body gives a new record: what is not said is as `otherwise`.
fn status_in(body: &Map<String, Value>, otherwise: Status) -> Status {
    match body.get("status").and_then(Value::as_str) {
        Some("active") => Status::Active,
        Some("drafted") => Status::Drafted,
        _ => otherwise,
    }
}

impl Writer<'_> {
    fn painter(&self) -> Painter<'_> {
        Painter { world: self.world, base: self.base }
    }

    fn find(&self, kind: Kind, id: &str) -> Option<Fact> {
        self.world.find(kind, id.parse().ok()?).copied()
    }

    fn any(&self, id: &str) -> Option<Fact> {
        self.world.any(id.parse().ok()?).copied()
    }

    /// The record as it is read now.
    fn shown(&self, place: u32) -> Value {
        self.painter().record(&self.world.facts[place as usize])
    }

    /// Makes a record under a parent from what was sent.
    fn create(&mut self, resource: &Resource, kind: Kind, parent: Fact, status: Status) -> Outcome {
        let made = self.created(resource, kind, parent, status);
        self.answered(201, made)
    }

    /// Makes a record under a parent from what was sent; its place.
    fn created(
        &mut self,
        resource: &Resource,
        kind: Kind,
        parent: Fact,
        status: Status,
    ) -> Result<u32, Outcome> {
        self.made(resource, kind, parent.project as usize, Some(parent.serial), status)
    }

    /// Makes a record of a project from what was sent; its place.
    fn made(
        &mut self,
        resource: &Resource,
        kind: Kind,
        project: usize,
        parent: Option<u32>,
        status: Status,
    ) -> Result<u32, Outcome> {
        let mut fresh = resource.fresh(self.body)?;
        self.keep_known(&mut fresh);
        for name in ["visible_to_clients"] {
            if let Some(Value::Bool(visible)) = self.body.get(name) {
                fresh.members.insert(name.to_owned(), json!(visible));
            }
        }
        if let Some(sent @ Value::Array(_)) = self.body.get("subscriptions") {
            let mut people: BTreeSet<usize> = people::places(sent).into_iter().collect();
            people.retain(|place| *place < self.world.people);
            people.insert(0);
            fresh.people.insert("subscribers", people.into_iter().collect());
        } else if matches!(kind, Kind::Message | Kind::Document) {
            fresh.people.insert("subscribers", self.painter().members(project));
        }
        Ok(self.world.create(Draft {
            kind,
            project: u32::try_from(project).unwrap_or(u32::MAX),
            parent,
            status,
            members: fresh.members,
            people: fresh.people,
        }))
    }

    /// People that there are not are left out without a word.
    fn keep_known(&self, written: &mut form::Written) {
        for places in written.people.values_mut() {
            places.retain(|place| *place < self.world.people);
        }
    }

    /// Changes a record as was sent.
    fn update(&mut self, resource: &Resource, fact: Fact) -> Outcome {
        let changed = self.changed(resource, fact);
        self.answered(200, changed.map(|()| fact.serial))
    }

    /// Changes a record as was sent.
    fn changed(&mut self, resource: &Resource, fact: Fact) -> Result<(), Outcome> {
        let mut changes = resource.changes(self.body, &self.shown(fact.serial))?;
        self.keep_known(&mut changes);
        self.world.rewrite(fact.serial, |change| {
            change.members.extend(changes.members);
            change.people.extend(changes.people);
        });
        Ok(())
    }

    /// The record at a place as it is now, or the refusal.
    fn answered(&self, status: u16, place: Result<u32, Outcome>) -> Outcome {
        match place {
            Ok(place) => Outcome::new(status, self.shown(place)),
            Err(refusal) => refusal,
        }
    }

    /// Makes a thing from what was sent, with more members; its id.
    fn make(
        &mut self,
        resource: &Resource,
        family: Family,
        owner: i64,
        more: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<i64, Outcome> {
        let mut members = resource.fresh(self.body)?.members;
        more(&mut members);
        let moment = self.moment();
        members.insert("created_at".to_owned(), json!(moment));
        members.insert("updated_at".to_owned(), json!(moment));
        Ok(self.world.make(family, owner, members))
    }

    /// Changes a thing, which is as `current` says, as was sent; its id.
    fn alter(
        &mut self,
        resource: &Resource,
        family: Family,
        id: i64,
        current: &Value,
    ) -> Result<i64, Outcome> {
        let mut members = resource.changes(self.body, current)?.members;
        if !current["updated_at"].is_null() || family == Family::Note {
            members.insert("updated_at".to_owned(), json!(self.moment()));
        }
        self.world.patch(family, id, members);
        Ok(id)
    }

    /// The status of a new record: what is not said is as `otherwise`.
    fn status(&self, otherwise: Status) -> Status {
        status_in(self.body, otherwise)
    }

    /// Publishes a draft if that was said.
    fn publish(&mut self, fact: Fact) {
        let said = self.body.get("status").is_some_and(|status| status == "active");
        if said && fact.status == Status::Drafted {
            self.world.set_status(fact.serial, Status::Active);
        }
    }

    /// Says what the caller has made of a record.
    fn flag(&mut self, fact: &Fact, flag: Flag, on: bool) {
        self.world.note(fact.serial, |change| {
            change.flags.insert(flag, on);
        });
    }

    /// Subscribes the caller to a record, or no more.
    fn subscribe(&mut self, fact: Fact, on: bool) {
        let mut people: Vec<usize> = self.painter().subscribers(&fact).collect();
        people.retain(|place| *place != 0);
        if on {
            people.push(0);
        }
        self.world.note(fact.serial, |change| {
            change.people.insert("subscribers", people);
        });
    }

    /// Moves a record within what holds it.
    fn moved(&mut self, fact: Fact) -> Outcome {
        match self.position() {
            Ok(position) => {
                self.world.reposition(fact.serial, fact.parent, position);
                Outcome::done()
            }
            Err(refusal) => refusal,
        }
    }

    /// The record that is to be moved.
    fn source(&self) -> Option<Fact> {
        self.world.any(self.body.get("source_id")?.as_i64()?).copied()
    }

    /// The place of the person of an id.
    fn person(&self, id: &str) -> Option<usize> {
        let place = id.parse::<usize>().ok()?.checked_sub(2000)?;
        (place < self.world.people).then_some(place)
    }

    /// A moment after all others, as it is read.
    fn moment(&mut self) -> String {
        time(self.world.now())
    }

    /// Whether a form was sent whose first part is a file of that name with something in it.
    fn is_form_of(&self, name: &str) -> bool {
        let Some(boundary) = self.media.strip_prefix("multipart/form-data; boundary=") else {
            return false;
        };
        let find = |bytes: &[u8], text: &str| {
            bytes.windows(text.len()).position(|part| part == text.as_bytes())
        };
        let start = format!("--{}\r\n", boundary.trim_matches('"'));
        let end = format!("\r\n--{}--", boundary.trim_matches('"'));
        let Some(part) = self.raw.strip_prefix(start.as_bytes()) else { return false };
        let Some(head) = find(part, "\r\n\r\n") else { return false };
        let said = String::from_utf8_lossy(&part[..head]);
        let named = said.contains(&format!("name=\"{name}\"")) && said.contains("filename=");
        named && find(&part[head + 4..], &end).is_some_and(|length| length > 0)
    }

    /// A whole number that was sent under a name, from 1 on.
    fn position(&self) -> Result<usize, Outcome> {
        self.number("position", 1)
    }

    /// A whole number that was sent under a name, from `least` on.
    fn number(&self, name: &str, least: u64) -> Result<usize, Outcome> {
        let sent = self.body.get(name).and_then(Value::as_u64).filter(|sent| *sent >= least);
        let number = sent.and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| Outcome::invalid(name, "is not a whole number that can be"))
    }
}

//! What changes the world: which address takes what, and what it answers.
//!
//! Each family has a file; here is what they share.

mod form;
mod record;
mod todo;

use serde_json::{Map, Value, json};

use crate::payload::Painter;
use crate::world::{Draft, Fact, Kind, Status, World};

pub use form::{Form, Member, Need, Resource};

/// What a write answers, before headers.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The status.
    pub status: u16,
    /// The body; null for none.
    pub body: Value,
}

impl Outcome {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    /// Done, and there is nothing to say.
    fn done() -> Self {
        Self::new(204, Value::Null)
    }

    /// Nothing there, or not for the caller.
    pub fn missing() -> Self {
        Self::new(404, json!({"status": 404, "error": "Not Found"}))
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
    /// What was sent; empty without a body.
    body: &'a Map<String, Value>,
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
pub fn write(
    world: &mut World,
    base: &str,
    verb: Verb,
    path: &str,
    body: &Map<String, Value>,
) -> Outcome {
    let Some((segments, bucket)) = crate::routes::locate(world, path) else {
        return Outcome::missing();
    };
    let target = Target { verb, path: &segments, bucket };
    let mut writer = Writer { world, base, body };
    let families = [todo::write, record::write];
    families
        .into_iter()
        .find_map(|family| family(&mut writer, target))
        .unwrap_or_else(Outcome::missing)
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
    fn create(&mut self, resource: &Resource, parent: Fact, status: Status) -> Outcome {
        let fresh = match resource.fresh(self.body) {
            Ok(fresh) => fresh,
            Err(refusal) => return refusal,
        };
        let place = self.world.create(Draft {
            kind: resource.kind,
            project: parent.project,
            parent: Some(parent.serial),
            status,
            members: fresh.members,
            people: fresh.people,
        });
        Outcome::new(201, self.shown(place))
    }

    /// Changes a record as was sent.
    fn update(&mut self, resource: &Resource, fact: Fact) -> Outcome {
        match resource.changes(self.body, &self.shown(fact.serial)) {
            Ok(changes) => {
                self.world.rewrite(fact.serial, |change| {
                    change.members.extend(changes.members);
                    change.people.extend(changes.people);
                });
                Outcome::new(200, self.shown(fact.serial))
            }
            Err(refusal) => refusal,
        }
    }

    /// A whole number that was sent under a name, from 1 on.
    fn position(&self) -> Result<usize, Outcome> {
        let sent = self.body.get("position").and_then(Value::as_u64).filter(|number| *number > 0);
        let number = sent.and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| Outcome::invalid("position", "is not a whole number from 1 on"))
    }
}

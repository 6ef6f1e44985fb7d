//! What changes the world: which address takes what, and what it answers.
//!
//! A body changes what it names and nothing else. Each family of things has a file; here is which address
//! is whose.

mod body;
mod event;
mod file;
mod people;
mod place;
mod text;
mod todo;

use serde_json::{Map, Value};

use super::payload::Painter;
use super::routes::{self, id};
use super::world::{Bucket, Fact, Kind, State, World};
use super::{Answer, empty, html, missing};

/// What was done, or why not.
pub type Done<T = Answer> = Result<T, Answer>;

/// One write, with the world that it changes.
#[derive(Debug)]
pub struct Writer<'a> {
    world: &'a mut World,
    base: &'a str,
    app: &'a str,
    body: Map<String, Value>,
}

/// A write as it was sent.
#[derive(Debug)]
pub struct Sent<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path below the version, with its ending.
    pub path: &'a str,
    /// The media type of its body.
    pub media: Option<&'a str>,
    /// Its body.
    pub body: &'a [u8],
}

/// Whether a method changes something.
pub fn is_write(method: &str) -> bool {
    ["POST", "PUT", "DELETE"].contains(&method)
}

/// Carries out a write.
pub fn write(world: &mut World, base: &str, app: &str, sent: &Sent<'_>) -> Answer {
    let Some(path) = sent.path.strip_suffix(".json") else {
        return empty(415);
    };
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if (sent.method, segments.as_slice()) == ("POST", &["attachments"]) {
        return file::take(world, sent);
    }
    let json = sent.media.is_some_and(|media| media.starts_with("application/json"));
    if !sent.body.is_empty() && !json {
        return empty(415);
    }
    let body = match serde_json::from_slice(sent.body) {
        Ok(Value::Object(body)) => body,
        _ if sent.body.is_empty() => Map::new(),
        _ => return empty(400),
    };
    let done = Writer { world, base, app, body }.write(sent.method, &segments);
    done.unwrap_or_else(|refused| refused)
}

impl Writer<'_> {
    fn write(&mut self, method: &str, path: &[&str]) -> Done {
        match (method, path) {
            ("POST", ["projects"]) => self.new_project(State::Active),
            ("POST", ["project_templates"]) => self.new_project(State::Template),
            ("POST", ["project_templates", template, "projects"]) => self.copy_template(template),
            ("POST", ["calendars"]) => self.new_calendar(),
            ("DELETE", ["people", person]) => self.remove_person(person),
            (_, ["groups", rest @ ..]) => self.group(method, rest),
            ("PUT", ["tags", label]) => self.rename_label(None, label),
            ("DELETE", ["tags", label]) => self.remove_label(None, label),
            (_, [area @ ("projects" | "calendars"), place, rest @ ..]) => {
                let bucket = routes::bucket(self.painter(), area, place);
                let bucket = bucket.ok_or_else(|| missing("/project"))?;
                self.inside(method, bucket, rest)
            }
            _ => Err(missing("/nothing")),
        }
    }

    /// What is done in a project or calendar.
    fn inside(&mut self, method: &str, bucket: Bucket, rest: &[&str]) -> Done {
        match (method, rest, bucket) {
            // Stars are personal: they need no right to change anything.
            ("POST", ["star"], Bucket::Project(place)) => return Ok(self.star(place, true)),
            ("DELETE", ["star"], Bucket::Project(place)) => return Ok(self.star(place, false)),
            _ => self.admit(method, bucket, rest)?,
        }
        match (method, rest, bucket) {
            ("POST", ["accesses"], _) => self.let_in(bucket, false),
            ("POST", ["client_accesses"], Bucket::Project(_)) => self.let_in(bucket, true),
            ("DELETE", ["accesses", person], _) => self.keep_out(bucket, person),
            (_, ["calendar_events"], _) if method == "POST" => self.new_event(bucket),
            ("PUT", ["calendar_events", event], _) => {
                let event = self.thing(bucket, Kind::CalendarEvent, event)?;
                self.change_event(&event)
            }
            ("DELETE", ["calendar_events", event], _) => {
                self.trash(bucket, Kind::CalendarEvent, event)
            }
            (_, _, Bucket::Project(place)) => self.in_project(method, place, rest),
            ("PUT", [], Bucket::Calendar(place)) => self.rename_calendar(place),
            ("DELETE", [], Bucket::Calendar(place)) => {
                self.world.deleted.insert(place);
                Ok(empty(204))
            }
            _ => Err(missing("/nothing")),
        }
    }

    fn in_project(&mut self, method: &str, place: u32, rest: &[&str]) -> Done {
        let bucket = Bucket::Project(place);
        match (method, rest) {
            ("PUT", []) => self.change_project(place),
            ("DELETE", []) => self.trash_project(place),
            ("POST", ["publish"]) => self.publish(place),
            ("POST", ["documents"]) => self.new_text(bucket, Kind::Document),
            ("POST", ["messages"]) => self.new_text(bucket, Kind::Message),
            ("POST", ["uploads"]) => self.new_text(bucket, Kind::Upload),
            ("POST", ["todolists"]) => self.new_list(bucket),
            ("POST", ["todolists", list, "todos"]) => {
                let list = self.thing(bucket, Kind::Todolist, list)?;
                self.new_todo(&list)
            }
            ("POST", [section, thing, "comments"]) => {
                let kind = Kind::addressed(section).filter(|kind| *kind != Kind::Attachment);
                let kind = kind.ok_or_else(|| missing("/nothing"))?;
                let thing = self.thing(bucket, kind, thing)?;
                self.comment_on(&thing)
            }
            ("PUT", ["topics", topic, what @ ("archive" | "activate")]) => {
                self.put_away(bucket, topic, *what == "archive")
            }
            (_, ["attachments", rest @ ..]) => self.attachment(method, bucket, rest),
            ("DELETE", ["tags", label]) => self.remove_label(Some(bucket), label),
            ("PUT", [section, thing]) => self.change(bucket, section, thing),
            ("DELETE", ["comments", comment]) => self.trash(bucket, Kind::Comment, comment),
            ("DELETE", [section, thing]) => {
                let kind = Kind::addressed(section).filter(|kind| *kind != Kind::Forward);
                self.trash(bucket, kind.ok_or_else(|| missing("/nothing"))?, thing)
            }
            _ => Err(missing("/nothing")),
        }
    }

    /// Changes a thing that an address names.
    fn change(&mut self, bucket: Bucket, section: &str, thing: &str) -> Done {
        let kind = Kind::addressed(section).ok_or_else(|| missing("/nothing"))?;
        let fact = self.thing(bucket, kind, thing)?;
        match kind {
            Kind::Document | Kind::Message => self.change_text(&fact),
            Kind::Todolist => self.change_list(&fact),
            Kind::Todo => self.change_todo(&fact),
            _ => Err(missing("/nothing")),
        }
    }

    /// Who may not change a project is refused, and nothing is made in one that is put away.
    fn admit(&self, method: &str, bucket: Bucket, rest: &[&str]) -> Done<()> {
        let closed = matches!(bucket, Bucket::Project(place) if place % 7 == 3);
        if self.world.forbidden && closed {
            return Err(empty(403));
        }
        let makes = method == "POST" && !rest.is_empty() && rest != ["publish"];
        if makes && self.world.state(bucket) == State::Archived {
            return Err(missing("/archived"));
        }
        Ok(())
    }

    fn painter(&self) -> Painter<'_> {
        Painter { world: self.world, base: self.base, app: self.app }
    }

    /// The thing of that kind and id in a place. One that has left it is said to have moved.
    fn thing(&self, bucket: Bucket, kind: Kind, text: &str) -> Done<Fact> {
        let found = id(text).and_then(|id| self.world.find(kind, id)).copied();
        let fact = found.filter(|fact| !self.world.gone(fact)).ok_or_else(|| missing("/gone"))?;
        if fact.bucket == bucket {
            return Ok(fact);
        }
        if fact.former.map(Bucket::Project) == Some(bucket) {
            let to = format!("{}?moved=true", self.painter().url(&fact));
            return Err(html(301, "<html><body>moved</body></html>").with("location", to));
        }
        Err(missing("/elsewhere"))
    }

    /// Moves a thing into the trash.
    fn trash(&mut self, bucket: Bucket, kind: Kind, text: &str) -> Done {
        let fact = self.thing(bucket, kind, text)?;
        self.world.trash(fact.serial);
        Ok(empty(204))
    }

    /// A thing that was made.
    fn made(&self, place: u32) -> Answer {
        let painter = self.painter();
        let fact = self.world.fact(place);
        json(201, &painter.single(fact, true)).with("location", painter.url(fact))
    }

    /// A thing that was changed.
    fn changed(&self, fact: &Fact) -> Answer {
        json(200, &self.painter().single(self.world.fact(fact.serial), true))
    }
}

fn json(status: u16, body: &Value) -> Answer {
    Answer { body: body.to_string().into_bytes(), ..empty(status) }
}

//! What every payload is made of: moments, addresses, mentions of people and of places.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::overlay::Subject;
use super::world::{Bucket, FIRST_PERSON, Fact, Kind, What, World};

/// Renders things of one world under one address.
#[derive(Debug, Clone, Copy)]
pub struct Painter<'a> {
    /// The world.
    pub world: &'a World,
    /// The address of the API.
    pub base: &'a str,
    /// The address of the web application.
    pub app: &'a str,
}

/// How moments are spelled: fractions of a second, offset, and hours of that offset.
const SPELLINGS: [(&str, &str, i64); 5] =
    [("", "+02:00", 2), (".250", "Z", 0), ("", "-05:00", -5), ("", "Z", 0), (".125", "+02:00", 2)];

fn spelling(serial: u32) -> (&'static str, &'static str, i64) {
    SPELLINGS[serial as usize % SPELLINGS.len()]
}

/// A moment as the thing of that serial spells it.
pub fn moment(seconds: i64, serial: u32) -> String {
    let (fraction, offset, hours) = spelling(serial);
    let local = jiff::Timestamp::from_second(seconds + hours * 3600)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string();
    format!("{}{fraction}{offset}", local.trim_end_matches('Z'))
}

/// A minute of a day as the thing of that serial spells it.
pub fn day_time(day: Date, minute: i16, serial: u32) -> String {
    let (fraction, offset, _) = spelling(serial);
    format!("{day}T{:02}:{:02}:00{fraction}{offset}", minute / 60, minute % 60)
}

impl Painter<'_> {
    /// When a thing was made.
    pub fn born(&self, fact: &Fact) -> String {
        moment(self.world.born(fact), fact.serial)
    }

    /// When a thing last changed.
    pub fn changed(&self, fact: &Fact) -> String {
        moment(self.world.changed(fact), fact.serial)
    }

    /// The part of an address that leads to a project or calendar.
    pub fn place(&self, bucket: Bucket) -> String {
        match bucket {
            Bucket::Project(place) => {
                format!("projects/{}", self.world.projects[place as usize].id)
            }
            Bucket::Calendar(place) => {
                let id = self.world.calendars[place as usize];
                format!("calendars/{id}-calendar-{place}")
            }
        }
    }

    /// The address of a thing in the API; a comment is found at what it hangs on.
    pub fn url(&self, fact: &Fact) -> String {
        self.address(fact, self.base) + ".json"
    }

    /// The address of a thing in the web application.
    pub fn app_url(&self, fact: &Fact) -> String {
        let address = self.address(fact, self.app);
        match fact.kind {
            Kind::Comment => format!("{address}#comment_{}", fact.id),
            _ => address,
        }
    }

    fn address(&self, fact: &Fact, base: &str) -> String {
        match self.world.parent(fact) {
            Some(parent) if fact.kind == Kind::Comment => self.address(parent, base),
            _ => format!("{base}/{}/{}/{}", self.place(fact.bucket), fact.kind.section(), fact.id),
        }
    }

    /// The project or calendar of a row of an account-wide listing.
    pub fn bucket(&self, bucket: Bucket) -> Value {
        let (kind, id, name, color) = match bucket {
            Bucket::Project(place) => {
                let project = &self.world.projects[place as usize];
                ("Project", project.id, self.project_name(place), color(place))
            }
            Bucket::Calendar(place) => {
                let id = self.world.calendars[place as usize];
                ("Calendar", id, self.calendar_name(place), "3185c5")
            }
        };
        let place = self.place(bucket);
        json!({"id": id, "type": kind, "name": name, "color": color,
            "url": format!("{}/{place}.json", self.base), "app_url": format!("{}/{place}", self.app)})
    }

    fn name_of(&self, person: u32) -> String {
        let written = self.world.written(Subject::Person(person), "name");
        let written = written.and_then(Value::as_str).map(str::to_owned);
        written.unwrap_or_else(|| format!("Pérson {person}"))
    }

    /// The name of the project at a place.
    pub fn project_name(&self, place: u32) -> String {
        let written = self.world.written(Subject::Project(place), "name");
        let written = written.and_then(Value::as_str).map(str::to_owned);
        written.unwrap_or_else(|| format!("Project {place} — Ünïcode"))
    }

    /// The name of the calendar at a place.
    pub fn calendar_name(&self, place: u32) -> String {
        let written = self.world.written(Subject::Calendar(place), "name");
        let written = written.and_then(Value::as_str).map(str::to_owned);
        written.unwrap_or_else(|| format!("Calendar {place}"))
    }

    /// A person where the API names one in passing.
    pub fn mentioned(&self, person: u32) -> Value {
        json!({"id": FIRST_PERSON + i64::from(person), "name": self.name_of(person)})
    }

    /// The person who made a thing.
    pub fn creator(&self, fact: &Fact) -> Value {
        self.author(self.world.maker(fact))
    }

    /// A person as the author of something.
    pub fn author(&self, person: u32) -> Value {
        let mut record = self.mentioned(person);
        record["avatar_url"] = json!(format!("https://asset0.example/{person}/avatar.96.gif?r=3"));
        record["fullsize_avatar_url"] =
            json!(format!("https://asset0.example/{person}/original.gif?r=3"));
        record
    }

    /// Where an entry of the log happened.
    pub fn scene(&self, what: What) -> Bucket {
        match what {
            What::Created(fact) | What::Completed(fact) => self.world.fact(fact).bucket,
            What::Joined(project, _) => Bucket::Project(project),
        }
    }
}

/// The colour of the project at a place.
pub fn color(place: u32) -> &'static str {
    ["3185c5", "d95b43", "53777a"][place as usize % 3]
}

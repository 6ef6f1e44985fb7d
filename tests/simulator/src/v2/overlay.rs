//! What was written since the start. The seeded world stays computed; this lies over it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calendar::Schedule;
use super::payload::moment;
use super::world::{Bucket, FIRST_PERSON, Fact, Kind, World};

/// Seconds of the first write, 2026-01-05: after everything that the seed makes.
const FIRST_WRITE: i64 = 1_767_571_200;

/// What a write changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The calendar at a place.
    Calendar(u32),
    /// The thing at a place.
    Fact(u32),
    /// The company or department of an id.
    Group(i64),
    /// The person at a place.
    Person(u32),
    /// The project at a place.
    Project(u32),
}

/// What was written of a subject.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Seconds of its creation, if a write made it: then nothing of it comes from the seed.
    pub born: Option<i64>,
    /// Seconds of the last write.
    pub updated: i64,
    /// Members as they are read.
    pub members: BTreeMap<&'static str, Value>,
    /// Places of the people who are told about it.
    pub told: Option<Vec<u32>>,
    /// The place of the person in charge, or nobody.
    pub assignee: Option<Option<u32>>,
    /// Labels of a file.
    pub labels: Option<Vec<String>>,
    /// When an event is.
    pub schedule: Option<Schedule>,
}

impl World {
    /// A moment after all others: writes are a second apart.
    pub fn now(&mut self) -> i64 {
        self.moments += 1;
        FIRST_WRITE + self.moments
    }

    /// What is written of a subject, to be changed, which is thereby touched.
    pub fn rewrite(&mut self, subject: Subject) -> &mut Change {
        let now = self.now();
        let change = self.changes.entry(subject).or_default();
        change.updated = now;
        change
    }

    /// What was written of a subject.
    pub fn change(&self, subject: Subject) -> Option<&Change> {
        self.changes.get(&subject)
    }

    /// What was written of a thing.
    pub fn change_of(&self, fact: &Fact) -> Option<&Change> {
        self.change(Subject::Fact(fact.serial))
    }

    /// Whether a write made a thing.
    pub fn is_new(&self, fact: &Fact) -> bool {
        self.change_of(fact).is_some_and(|change| change.born.is_some())
    }

    /// A member of a subject that was written.
    pub fn written(&self, subject: Subject, member: &str) -> Option<&Value> {
        self.change(subject)?.members.get(member)
    }

    /// A member of a thing that was written, as text.
    pub fn text(&self, fact: &Fact, member: &str) -> Option<String> {
        let written = self.written(Subject::Fact(fact.serial), member)?;
        Some(written.as_str().unwrap_or_default().to_owned())
    }

    /// Puts the moments of a write into a record, where it has such members.
    pub fn date(&self, subject: Subject, record: &mut Value) {
        let Some(change) = self.change(subject) else { return };
        if let Some(born) = change.born.filter(|_| record.get("created_at").is_some()) {
            record["created_at"] = json!(moment(born, 3));
        }
        if record.get("updated_at").is_some() {
            record["updated_at"] = json!(moment(change.updated, 3));
        }
    }

    /// Places of all people, those in the trash too.
    pub fn everybody(&self) -> std::ops::Range<u32> {
        0..self.people + super::world::TRASHED_PEOPLE + self.newcomers
    }

    /// Places of the people who are not in the trash.
    pub fn present(&self) -> impl Iterator<Item = u32> {
        self.everybody().filter(|person| !self.is_away(*person))
    }

    /// Whether a person is in the trash.
    pub fn is_away(&self, person: u32) -> bool {
        let seeded = self.people..self.people + super::world::TRASHED_PEOPLE;
        seeded.contains(&person) || self.removed.contains(&person)
    }

    /// The place of the person of an id who is not in the trash.
    pub fn person(&self, id: i64) -> Option<u32> {
        let place = u32::try_from(id - FIRST_PERSON).ok()?;
        self.present().find(|person| *person == place)
    }

    /// Things of the same kind beside one, in their order; those in the trash are left out.
    pub fn siblings(&self, fact: &Fact) -> Vec<u32> {
        let same = |each: &&Fact| match self.parent(fact) {
            Some(_) => each.parent == fact.parent,
            None => each.parent == each.serial,
        };
        let all = self.inside(fact.bucket, fact.kind).filter(same).filter(|each| !each.trashed);
        let mut all: Vec<&Fact> = all.collect();
        all.sort_by_key(|each| (each.position, each.serial));
        all.into_iter().map(|each| each.serial).collect()
    }

    /// Whether things in a project or calendar may be kept from clients.
    pub fn has_clients(&self, bucket: Bucket) -> bool {
        match bucket {
            Bucket::Calendar(_) => false,
            Bucket::Project(place) => self.projects[place as usize].client,
        }
    }

    /// What hangs on a thing, at any depth.
    pub fn below(&self, fact: &Fact) -> Vec<u32> {
        let mut all = vec![fact.serial];
        let mut next = 0;
        while let Some(parent) = all.get(next).map(|place| *self.fact(*place)) {
            for kind in [Kind::Attachment, Kind::Comment, Kind::Todo] {
                all.extend(self.under(&parent, kind).map(|each| each.serial));
            }
            next += 1;
        }
        all.split_off(1)
    }
}

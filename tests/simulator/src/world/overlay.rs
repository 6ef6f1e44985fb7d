//! What was written since the start. The seeded world stays computed; this lies over it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::{Fact, Status, World};

/// Seconds from the first record's creation to noon of the day on which the account is looked at.
const NOON: i64 = 205_070_400;

/// What was written of a record.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Seconds of its creation, if it was made by a write: then nothing of it comes from the seed.
    pub born: Option<i64>,
    /// Seconds of the last write that counts as a change of the record.
    pub updated: Option<i64>,
    /// Seconds of its completion, if a write completed it.
    pub completed: Option<i64>,
    /// Members as they are read.
    pub members: Map<String, Value>,
    /// Members that are lists of people: their places.
    pub people: BTreeMap<&'static str, Vec<usize>>,
    /// What the caller or the project has made of it.
    pub flags: BTreeMap<Flag, bool>,
}

/// What can be made of a record without changing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// The caller's bookmark.
    Bookmarked,
    /// At the top of its message board.
    Pinned,
    /// Among what the caller does next.
    Priority,
    /// On the home page of its project.
    Spotlit,
    /// On the hill chart.
    Tracked,
}

/// Everything that was written.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    changes: HashMap<u32, Change>,
    /// What took a status along with something above it, and the status that it had.
    along: HashMap<u32, Status>,
    moments: i64,
}

impl Overlay {
    /// A moment after all others: writes are a second apart, from noon on.
    pub(super) fn moment(&mut self) -> i64 {
        self.moments += 1;
        NOON + self.moments
    }

    pub(super) fn change(&mut self, place: u32) -> &mut Change {
        self.changes.entry(place).or_default()
    }

    /// Notes which status a record had before one above it took it along.
    pub(super) fn take_along(&mut self, place: u32, had: Status) {
        self.along.entry(place).or_insert(had);
    }

    /// The status that a record goes back to.
    pub(super) fn release(&mut self, place: u32) -> Option<Status> {
        self.along.remove(&place)
    }
}

impl World {
    /// What was written of a record; none of one that is as the seed made it.
    pub fn change(&self, fact: &Fact) -> Option<&Change> {
        // A look into an empty map hashes all the same.
        if self.overlay.changes.is_empty() {
            return None;
        }
        self.overlay.changes.get(&fact.serial)
    }

    /// A member that was written.
    pub fn written(&self, fact: &Fact, member: &str) -> Option<&Value> {
        self.change(fact)?.members.get(member)
    }

    /// The people of a member that was written.
    pub fn written_people(&self, fact: &Fact, member: &str) -> Option<&[usize]> {
        self.change(fact)?.people.get(member).map(Vec::as_slice)
    }

    /// What was made of a record by a write.
    pub fn flag(&self, fact: &Fact, flag: Flag) -> Option<bool> {
        self.change(fact)?.flags.get(&flag).copied()
    }

    /// Whether a record was made by a write, and not from the seed.
    pub fn is_new(&self, fact: &Fact) -> bool {
        self.change(fact).is_some_and(|change| change.born.is_some())
    }

    /// Seconds of a record's creation.
    pub fn born(&self, fact: &Fact) -> i64 {
        let born = self.change(fact).and_then(|change| change.born);
        born.unwrap_or_else(|| {
            let opened = self.opened.get(fact.serial as usize).copied();
            opened.unwrap_or_else(|| i64::from(fact.serial))
        })
    }
}

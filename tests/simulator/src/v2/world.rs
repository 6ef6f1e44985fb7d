//! What a Basecamp 2 account holds: a few numbers a thing, and the indexes that listings need.
//!
//! Ids of different kinds overlap on purpose, as the API allows; a thing is known by kind and id.

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use super::kind::{Kind, State};
use super::overlay::{Change, Subject};
use super::people::Group;
use super::{Readings, make};
use crate::Config;

/// Where a thing is, by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// In a calendar of its own.
    Calendar(u32),
    /// In a project.
    Project(u32),
}

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// Its state.
    pub state: State,
    /// Whether clients may come in, and things may be private.
    pub client: bool,
    /// Whether the caller has starred it.
    pub starred: bool,
}

/// What is kept of a thing. Everything else follows from `serial` and `position`.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    /// Its id among its kind.
    pub id: i64,
    /// The order of creation over all things.
    pub serial: u32,
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub bucket: Bucket,
    /// The place of the thing it hangs on; its own when that is the bucket.
    pub parent: u32,
    /// Its place among its siblings, from 1.
    pub position: u32,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Whether it is done, for to-dos and lists.
    pub completed: bool,
    /// Whether clients see it not.
    pub private: bool,
    /// The place of the project that a list has left.
    pub former: Option<u32>,
}

/// A thing that was talked about.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// Its own id.
    pub id: i64,
    /// The thing.
    pub fact: u32,
    /// Whether it was put away.
    pub archived: bool,
    /// When it last changed.
    pub updated: i64,
}

/// What an entry of the log says.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// A thing was finished.
    Completed(u32),
    /// A thing was made, a comment for example.
    Created(u32),
    /// A person was let into a project.
    Joined(u32, u32),
}

/// An entry of the log.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// When it was.
    pub at: i64,
    /// What it was.
    pub what: What,
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    pub(super) seed: u64,
    /// What is taken for true where the documentation is silent.
    pub readings: Readings,
    /// Whether some things are in no listing.
    pub unlisted: bool,
    /// People who are not in the trash; the caller is the first.
    pub people: u32,
    /// Projects in all states.
    pub projects: Vec<Project>,
    /// Calendars: their ids.
    pub calendars: Vec<i64>,
    /// Things, oldest first.
    pub facts: Vec<Fact>,
    /// Topics of every project, and of calendars.
    pub topics: Vec<Topic>,
    /// The log, newest first.
    pub log: Vec<Entry>,
    /// Companies.
    pub groups: Vec<Group>,
    /// The files that were sent, by the tokens that were given for them: media type and size.
    pub tokens: BTreeMap<String, (String, usize)>,
    /// Calendars that were deleted, by place.
    pub deleted: BTreeSet<u32>,
    /// Whether the caller may not change some projects.
    pub forbidden: bool,
    /// People that writes have put into the trash, by place.
    pub(super) removed: BTreeSet<u32>,
    /// How many people writes have added.
    pub(super) newcomers: u32,
    /// Who was let in or out by a write; and whether as a client.
    pub(super) doors: HashMap<(u32, Bucket), Option<bool>>,
    /// The place of the project in which the seed puts nothing.
    pub(super) empty: usize,
    pub(super) moments: i64,
    pub(super) changes: HashMap<Subject, Change>,
    pub(super) counts: HashMap<Kind, i64>,
    by_id: HashMap<(Kind, i64), u32>,
    pub(super) children: HashMap<(u32, Kind), Vec<u32>>,
    inside: HashMap<(Bucket, Kind), Vec<u32>>,
}

/// Seconds of the first thing's creation, 2014-01-01.
const DAWN: i64 = 1_388_534_400;
/// Seconds from one thing to the next.
const STEP: i64 = 600;
/// People in the trash.
pub const TRASHED_PEOPLE: u32 = 2;
/// The id of the first person.
pub const FIRST_PERSON: i64 = 3000;

impl World {
    /// Makes the world of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut world = Self {
            seed: config.seed,
            readings: config.v2_readings,
            unlisted: config.oddities.v2_unlisted,
            people: u32::try_from(config.v2_people.max(2)).unwrap_or(u32::MAX),
            projects: Vec::new(),
            calendars: vec![336_001, 336_002],
            facts: Vec::new(),
            topics: Vec::new(),
            log: Vec::new(),
            groups: super::people::groups(
                u32::try_from(config.v2_people.max(2)).unwrap_or(u32::MAX),
            ),
            tokens: BTreeMap::new(),
            deleted: BTreeSet::new(),
            forbidden: config.forbidden,
            removed: BTreeSet::new(),
            newcomers: 0,
            doors: HashMap::new(),
            empty: config.v2_projects.max(1) - 1,
            moments: 0,
            changes: HashMap::new(),
            counts: HashMap::new(),
            by_id: HashMap::new(),
            children: HashMap::new(),
            inside: HashMap::new(),
        };
        make::fill(&mut world, config);
        world.index();
        make::talk(&mut world);
        world
    }

    /// A number that follows from seed, thing and purpose alone.
    pub fn chance(&self, serial: u32, purpose: u64) -> u64 {
        let mut x =
            self.seed ^ (u64::from(serial) << 20) ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// The thing at a place.
    pub fn fact(&self, place: u32) -> &Fact {
        &self.facts[place as usize]
    }

    /// What a thing hangs on; nothing when that is its project or calendar.
    pub fn parent(&self, fact: &Fact) -> Option<&Fact> {
        (fact.parent != fact.serial).then(|| self.fact(fact.parent))
    }

    /// The thing of that kind and id, wherever it is.
    pub fn find(&self, kind: Kind, id: i64) -> Option<&Fact> {
        self.by_id.get(&(kind, id)).map(|place| self.fact(*place))
    }

    /// Things of a kind that hang on one.
    pub fn under(&self, fact: &Fact, kind: Kind) -> impl Iterator<Item = &Fact> {
        let places = self.children.get(&(fact.serial, kind));
        let places = places.map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| self.fact(*place))
    }

    /// Things of a kind in one project or calendar, oldest first.
    pub fn inside(&self, bucket: Bucket, kind: Kind) -> impl Iterator<Item = &Fact> {
        let places = self.inside.get(&(bucket, kind));
        let places = places.map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| self.fact(*place))
    }

    /// The state of a project; a calendar is in use.
    pub fn state(&self, bucket: Bucket) -> State {
        match bucket {
            Bucket::Calendar(_) => State::Active,
            Bucket::Project(place) => self.projects[place as usize].state,
        }
    }

    /// Whether listings of the whole account reach into a project or calendar.
    pub fn account_wide(&self, bucket: Bucket) -> bool {
        match self.state(bucket) {
            State::Active => true,
            State::Archived => self.readings.archived_account_wide,
            _ => false,
        }
    }

    /// Whether a thing is in no listing though it answers at its own address.
    pub fn is_unlisted(&self, fact: &Fact) -> bool {
        let first = fact.position == 1 && fact.bucket == Bucket::Project(0);
        match fact.kind {
            Kind::Document | Kind::Message | Kind::Todolist | Kind::Upload => {
                self.unlisted && first
            }
            Kind::Attachment => self
                .parent(fact)
                .is_some_and(|parent| parent.kind == Kind::Upload && self.is_unlisted(parent)),
            _ => false,
        }
    }

    /// Whether a project is in no listing though it answers at its own address.
    pub fn is_unlisted_project(&self, place: u32) -> bool {
        self.unlisted && place == 1
    }

    /// Whether a thing, or what it hangs on or is in, was put into the trash.
    pub fn gone(&self, fact: &Fact) -> bool {
        fact.trashed
            || self.state(fact.bucket) == State::Trashed
            || self.parent(fact).is_some_and(|parent| self.gone(parent))
    }

    /// The seconds at which a thing was made.
    pub fn born(&self, fact: &Fact) -> i64 {
        self.change_of(fact).and_then(|change| change.born).unwrap_or_else(|| birth(fact.serial))
    }

    /// The seconds at which a thing last changed.
    pub fn changed(&self, fact: &Fact) -> i64 {
        if let Some(change) = self.change_of(fact) {
            return change.updated;
        }
        self.seeded_change(fact)
    }

    /// The seconds of the last change that the seed makes.
    pub fn seeded_change(&self, fact: &Fact) -> i64 {
        let later = self.chance(fact.serial, 5) % 100_000;
        birth(fact.serial) + i64::try_from(later).unwrap_or_default()
    }

    /// The place of the person who made a thing. The last one never does anything.
    pub fn maker(&self, fact: &Fact) -> u32 {
        if self.is_new(fact) {
            return 0;
        }
        let chance = self.chance(fact.serial, 3) % u64::from(self.people - 1);
        u32::try_from(chance).unwrap_or_default()
    }

    /// The place of the person in charge of a to-do.
    pub fn assignee(&self, todo: &Fact) -> Option<u32> {
        let written = self.change_of(todo).map(|change| (change.assignee, change.born));
        match written {
            Some((Some(person), _)) => return person,
            Some((None, Some(_))) => return None,
            _ => {}
        }
        let chance = self.chance(todo.serial, 8);
        let busy = u64::from(self.people - 1);
        // Half of them are on the caller and the next two, so that some have long lists.
        let place = if chance % 4 < 2 { chance / 4 % busy.min(3) } else { chance / 4 % busy };
        (chance % 4 != 3).then(|| u32::try_from(place).ok()).flatten()
    }

    /// Whether a person may come into a project or calendar. The caller may everywhere.
    pub fn may_enter(&self, person: u32, bucket: Bucket) -> bool {
        if let Some(door) = self.doors.get(&(person, bucket)) {
            return door.is_some();
        }
        match bucket {
            _ if person == 0 => true,
            Bucket::Project(place) if place as usize >= self.seeded() => false,
            Bucket::Project(place) if place as usize == self.idle() => false,
            Bucket::Calendar(place) | Bucket::Project(place) => {
                place == 0 || person.is_multiple_of(place % 4 + 2)
            }
        }
    }

    /// The place of the project in which nothing is.
    pub const fn idle(&self) -> usize {
        self.empty
    }

    /// How many projects the seed makes: those in use and six others.
    const fn seeded(&self) -> usize {
        self.empty + 7
    }

    /// Puts a thing into the indexes.
    pub(super) fn enter(&mut self, fact: &Fact) {
        self.by_id.insert((fact.kind, fact.id), fact.serial);
        if fact.parent != fact.serial {
            self.children.entry((fact.parent, fact.kind)).or_default().push(fact.serial);
        }
        self.inside.entry((fact.bucket, fact.kind)).or_default().push(fact.serial);
    }

    fn index(&mut self) {
        let mut counts: HashMap<(Bucket, u32, Kind), u32> = HashMap::new();
        for place in 0..self.facts.len() {
            let fact = self.facts[place];
            let hangs = fact.parent != fact.serial;
            let above = if hangs { fact.parent } else { u32::MAX };
            let count = counts.entry((fact.bucket, above, fact.kind)).or_default();
            *count += 1;
            self.facts[place].position = *count;
            self.enter(&fact);
        }
    }
}

/// The seconds at which the thing of that serial was made.
pub fn birth(serial: u32) -> i64 {
    DAWN + i64::from(serial) * STEP
}

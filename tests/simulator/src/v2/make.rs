//! How the account is furnished: which sizes occur, and which oddities are where.

use super::calendar::PATTERNS;
use super::world::{Bucket, Entry, Fact, Kind, Project, State, Topic, What, World, birth};
use crate::Config;

/// Rows of a full page: a list, a project's documents and the people are exactly that many.
const PAGE: usize = 50;
/// To-dos of the list that takes several pages.
const LONG: usize = 120;
/// The upload whose file was deleted, so that only its topic tells of it.
const WITHOUT_FILE: i64 = 3;
/// The id of the first project.
const FIRST_PROJECT: i64 = 605_001;
/// The first id that does not fit into a double.
const BEYOND_DOUBLE: i64 = 9_007_199_254_740_993;
/// The first id of topics that are not messages.
const FIRST_TOPIC: i64 = 7_000_000;

/// Makes projects and all that is in them.
pub fn fill(world: &mut World, config: &Config) {
    let states = std::iter::repeat_n(State::Active, config.v2_projects.max(1)).chain([
        State::Archived,
        State::Archived,
        State::Draft,
        State::Template,
        State::Template,
        State::Trashed,
    ]);
    for (place, state) in states.enumerate() {
        let number = i64::try_from(place).unwrap_or_default();
        world.projects.push(Project {
            id: FIRST_PROJECT + number,
            state,
            client: place % 3 == 1,
            starred: place.is_multiple_of(4),
        });
    }
    // One project is empty, unless it is the only one.
    let busy = world.idle().max(1);
    lists(world, config, busy);
    documents(world, config.v2_documents, busy);
    spread(world, Kind::Message, config.v2_messages, busy);
    spread(world, Kind::Upload, config.v2_uploads, busy);
    spread(world, Kind::Forward, config.v2_forwards, busy);
    let first = bucket(0);
    for kind in [Kind::Document, Kind::Message, Kind::Upload, Kind::Forward] {
        world.add(kind, first, None).trashed = true;
    }
    events(world, config.v2_calendar_events, busy);
    for place in config.v2_projects.max(1)..world.projects.len() {
        a_little(world, bucket(place));
    }
    files(world);
    comments(world);
}

/// The id of a topic that is not that of its message, by the topics before it.
pub fn topic_id(before: usize) -> i64 {
    FIRST_TOPIC + i64::try_from(before).unwrap_or_default()
}

/// What is said and was done: topics and the log.
pub fn talk(world: &mut World) {
    let kinds = Kind::COMMENTABLE;
    let commentable = world.facts.iter().filter(|fact| kinds.contains(&fact.kind));
    let mut topics = Vec::new();
    for fact in commentable.filter(|fact| !world.gone(fact)) {
        let last = world.under(fact, Kind::Comment).last();
        if fact.kind != Kind::Message && last.is_none() {
            continue;
        }
        let same = fact.kind == Kind::Message && fact.position % 2 == 1;
        topics.push(Topic {
            id: if same { fact.id } else { topic_id(topics.len()) },
            fact: fact.serial,
            archived: fact.position % 5 == 2,
            updated: last.map_or_else(|| world.changed(fact), |last| world.born(last)),
        });
    }
    world.topics = topics;
    let mut log = Vec::new();
    for fact in &world.facts {
        // A file is part of what carries it.
        if fact.kind != Kind::Attachment {
            log.push((birth(fact.serial), What::Created(fact.serial)));
        }
        if fact.kind == Kind::Todo && fact.completed {
            log.push((world.changed(fact), What::Completed(fact.serial)));
        }
    }
    for place in (0..world.projects.len()).filter(|place| *place != world.idle()) {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        log.push((birth(place * 7), What::Joined(place, place % 2)));
    }
    log.sort_by_key(|(at, _)| *at);
    let numbered = log.into_iter().zip(1_054_000_000..);
    world.log = numbered.map(|((at, what), id)| Entry { id, at, what }).collect();
    world.log.reverse();
}

impl World {
    /// One more thing, for the maker to change.
    pub(super) fn add(&mut self, kind: Kind, bucket: Bucket, parent: Option<u32>) -> &mut Fact {
        let serial = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let id = if *count % 17 == 5 { BEYOND_DOUBLE + *count } else { 10_000 + *count };
        let private = match parent {
            Some(parent) => self.fact(parent).private,
            None => match bucket {
                Bucket::Project(place) => {
                    self.projects[place as usize].client && self.chance(serial, 2).is_multiple_of(3)
                }
                Bucket::Calendar(_) => false,
            },
        };
        self.facts.push(Fact {
            id,
            serial,
            kind,
            bucket,
            parent: parent.unwrap_or(serial),
            position: 1,
            trashed: false,
            completed: false,
            private,
            former: None,
        });
        &mut self.facts[serial as usize]
    }

    fn todo(&mut self, list: u32) {
        let list = *self.fact(list);
        let serial = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        let done = list.completed || self.chance(serial, 1).is_multiple_of(3);
        self.add(Kind::Todo, list.bucket, Some(list.serial)).completed = done;
    }
}

fn bucket(place: usize) -> Bucket {
    Bucket::Project(u32::try_from(place).unwrap_or(u32::MAX))
}

/// Things in turn over the busy projects.
fn spread(world: &mut World, kind: Kind, count: usize, busy: usize) {
    for number in 0..count {
        world.add(kind, bucket(number % busy), None);
    }
}

/// Lists: one exactly a page long, one of several pages, an empty one, done and trashed ones.
fn lists(world: &mut World, config: &Config, busy: usize) {
    let mut lists = Vec::new();
    for number in 0..config.v2_todolists {
        let place = number % busy;
        let list = world.add(Kind::Todolist, bucket(place), None);
        list.completed = number % 6 == 5;
        if number == 2 && busy > 1 {
            list.former = u32::try_from((place + 1) % busy).ok();
        }
        lists.push(list.serial);
    }
    let mut left = config.v2_todos;
    let mut others = lists.as_slice();
    if let [exact, long, rest @ .., _empty] = lists.as_slice()
        && !rest.is_empty()
        && left >= PAGE + LONG
    {
        (0..PAGE).for_each(|_| world.todo(*exact));
        (0..LONG).for_each(|_| world.todo(*long));
        left -= PAGE + LONG;
        others = rest;
    }
    for number in 0..if others.is_empty() { 0 } else { left } {
        world.todo(others[number % others.len()]);
    }
    for list in lists.iter().step_by(4) {
        for done in [false, true] {
            let bucket = world.fact(*list).bucket;
            let todo = world.add(Kind::Todo, bucket, Some(*list));
            todo.trashed = true;
            todo.completed = done;
        }
    }
    for place in (0..busy).step_by(2) {
        world.add(Kind::Todolist, bucket(place), None).trashed = true;
    }
}

/// Documents: the first project has a full page of them if there are enough.
fn documents(world: &mut World, count: usize, busy: usize) {
    let first = if busy > 1 { count.min(PAGE) } else { count };
    (0..first).for_each(|_| {
        world.add(Kind::Document, bucket(0), None);
    });
    for number in 0..count - first {
        world.add(Kind::Document, bucket(1 + number % (busy - 1)), None);
    }
}

/// Events: every kind of them everywhere, and more in turn.
fn events(world: &mut World, more: usize, busy: usize) {
    let calendars = 0..u32::try_from(world.calendars.len()).unwrap_or(u32::MAX);
    let mut buckets: Vec<Bucket> = (0..busy).map(bucket).collect();
    buckets.extend(calendars.map(Bucket::Calendar));
    for bucket in &buckets {
        for _ in 0..PATTERNS {
            world.add(Kind::CalendarEvent, *bucket, None);
        }
    }
    for number in 0..more {
        world.add(Kind::CalendarEvent, buckets[number % buckets.len()], None);
    }
}

/// What is in a project that is not in use: one of each, and a list that is done.
fn a_little(world: &mut World, bucket: Bucket) {
    for done in [false, true] {
        let list = world.add(Kind::Todolist, bucket, None);
        list.completed = done;
        let list = list.serial;
        world.todo(list);
        world.todo(list);
    }
    for kind in Kind::COMMENTABLE {
        if !matches!(kind, Kind::Todo | Kind::Todolist) {
            world.add(kind, bucket, None);
        }
    }
}

fn files(world: &mut World) {
    for place in 0..world.facts.len() {
        let fact = world.facts[place];
        let carries = match fact.kind {
            Kind::Upload => fact.id != 10_000 + WITHOUT_FILE,
            Kind::Message => world.chance(fact.serial, 4).is_multiple_of(3),
            Kind::Forward => world.chance(fact.serial, 4).is_multiple_of(2),
            Kind::Todo => world.chance(fact.serial, 4).is_multiple_of(20),
            _ => false,
        };
        if carries {
            world.add(Kind::Attachment, fact.bucket, Some(fact.serial)).trashed = fact.trashed;
        }
    }
}

fn comments(world: &mut World) {
    for place in 0..world.facts.len() {
        let fact = world.facts[place];
        let chance = world.chance(fact.serial, 6);
        let count = match fact.kind {
            Kind::Message => chance % 4,
            Kind::Document => chance % 5 / 3,
            Kind::Forward => chance % 3,
            Kind::CalendarEvent => chance % 4 / 2,
            Kind::Upload if fact.id == 10_000 + WITHOUT_FILE => 1,
            Kind::Upload => chance % 2,
            Kind::Todolist => chance % 3 / 2,
            Kind::Todo => chance % 8 / 7,
            _ => 0,
        };
        for _ in 0..if fact.trashed { 0 } else { count } {
            let comment = world.add(Kind::Comment, fact.bucket, Some(fact.serial));
            let comment = comment.serial;
            if world.chance(comment, 4).is_multiple_of(5) {
                world.add(Kind::Attachment, fact.bucket, Some(comment));
            }
        }
    }
}

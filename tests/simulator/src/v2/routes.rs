//! Which address gives what.

use std::collections::HashMap;

use serde_json::Value;

use super::calendar::Occurrence;
use super::listing;
use super::payload::Painter;
use super::world::{Bucket, FIRST_PERSON, Fact, Kind, State};

/// What a route answers, before pages and headers.
#[derive(Debug)]
pub enum Reply {
    /// A parameter is wrong.
    Bad,
    /// Rows.
    Listing(Listing),
    /// Nothing there.
    Missing,
    /// It has gone to another project.
    Moved(String),
    /// One object.
    One(Value, Validator),
    /// An address that is written nowhere, so that nobody may count on it.
    Undocumented,
}

/// How a route lets one ask whether anything changed.
#[derive(Debug, Clone, Copy)]
pub enum Validator {
    /// By a tag and a date.
    Both,
    /// By a date.
    Date,
    /// Not at all.
    Silent,
    /// By a tag.
    Tag,
}

/// What a listing does with `page`.
#[derive(Debug, Clone, Copy)]
pub enum Paging {
    /// Every page is the same.
    Ignored,
    /// 50 rows a page.
    Pages,
    /// Not documented; `mixed`: whether it has pages where some have and some have not.
    Unstated {
        /// Whether this one has.
        mixed: bool,
    },
}

/// A row, rendered only when its page is asked for.
#[derive(Debug)]
pub enum Row {
    /// The place of an entry of the log.
    Entry(u32),
    /// The place of a thing.
    Fact(u32),
    /// A time of an event.
    Occurrence(Occurrence),
    /// Anything else.
    Ready(Value),
    /// The place of a topic.
    Topic(u32),
}

/// How much of the account a listing covers, which decides its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All active projects.
    Account,
    /// One project or calendar.
    Bucket,
    /// One person.
    Person,
}

/// A listing, before pages.
#[derive(Debug)]
pub struct Listing {
    /// Its rows, all of them.
    pub rows: Vec<Row>,
    /// What `page` does.
    pub paging: Paging,
    /// What it covers.
    pub scope: Scope,
    /// How one asks whether it changed.
    pub validator: Validator,
}

impl Listing {
    /// The body of a row.
    pub fn render(&self, painter: Painter<'_>, row: &Row) -> Option<Value> {
        let wide = self.scope == Scope::Account;
        Some(match row {
            Row::Entry(place) => {
                let creator = self.scope != Scope::Person;
                let bucket = self.scope != Scope::Bucket;
                painter.entry(&painter.world.log[*place as usize], bucket, creator)
            }
            Row::Fact(place) => return painter.listed(painter.world.fact(*place), wide),
            Row::Occurrence(one) => painter.occurrence(one, wide),
            Row::Ready(value) => value.clone(),
            Row::Topic(place) => painter.topic(&painter.world.topics[*place as usize], wide),
        })
    }
}

/// The query string.
pub type Query = HashMap<String, String>;

/// An id in an address: digits, at times followed by a name.
pub fn id(segment: &str) -> Option<i64> {
    let digits = segment.find(|letter: char| !letter.is_ascii_digit());
    segment[..digits.unwrap_or(segment.len())].parse().ok()
}

/// The key of the file whose bytes an address means.
pub fn file(painter: Painter<'_>, path: &str) -> Option<String> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let [area, place, "attachments", file, key, "original", _] = segments.as_slice() else {
        return None;
    };
    let file = painter.world.find(Kind::Attachment, id(file)?)?;
    let there = bucket(painter, area, place)? == file.bucket && painter.key(file) == *key;
    there.then(|| painter.key(file))
}

/// Answers a path, without its ending, below the version.
pub fn reply(painter: Painter<'_>, path: &str, query: &Query) -> Reply {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match segments.as_slice() {
        ["projects"] => listing::projects(painter, State::Active),
        ["projects", "archived"] => listing::projects(painter, State::Archived),
        ["projects", "drafts"] => listing::projects(painter, State::Draft),
        ["project_templates"] => listing::projects(painter, State::Template),
        ["stars"] => listing::stars(painter),
        ["calendars"] => listing::calendars(painter),
        ["people", rest @ ..] => people(painter, rest, query),
        ["groups"] => listing::groups(painter),
        ["groups", group] => {
            one(id(group).and_then(|group| painter.single_group(group)), Validator::Tag)
        }
        ["groups", group, "subgroups", subgroup] => {
            let found = id(group).zip(id(subgroup));
            let found = found.and_then(|(group, id)| painter.single_subgroup(group, id));
            one(found, Validator::Silent)
        }
        ["todos"] | ["todos", "remaining" | "completed"] => Reply::Undocumented,
        ["calendar_events"] => listing::window(painter, None, query),
        ["topics"] => listing::topics(painter, None, false, query),
        ["topics", "archived"] => listing::topics(painter, None, true, query),
        ["events"] => listing::log(painter, None, query),
        ["todolists"] => listing::lists(painter, None, ""),
        ["todolists", state] => listing::lists(painter, None, state),
        ["tags", tag, "attachments"] => listing::tagged(painter, None, tag, query),
        [section @ ("documents" | "forwards" | "attachments")] => {
            listing::things(painter, None, section, query)
        }
        [area @ ("projects" | "calendars"), place, rest @ ..] => match bucket(painter, area, place)
        {
            Some(bucket) => inside(painter, bucket, rest, query),
            None => Reply::Missing,
        },
        _ => Reply::Missing,
    }
}

/// The project or calendar that two segments name, unless it is in the trash.
pub fn bucket(painter: Painter<'_>, area: &str, place: &str) -> Option<Bucket> {
    let world = painter.world;
    let wanted = id(place)?;
    let found = if area == "projects" {
        let place = world
            .projects
            .iter()
            .position(|each| each.id == wanted && each.state != State::Trashed)?;
        Bucket::Project(u32::try_from(place).ok()?)
    } else {
        let place = world.calendars.iter().position(|each| *each == wanted)?;
        let place = u32::try_from(place).ok()?;
        if world.deleted.contains(&place) {
            return None;
        }
        Bucket::Calendar(place)
    };
    Some(found)
}

fn one(found: Option<Value>, validator: Validator) -> Reply {
    found.map_or(Reply::Missing, |record| Reply::One(record, validator))
}

fn people(painter: Painter<'_>, rest: &[&str], query: &Query) -> Reply {
    let Some((first, rest)) = rest.split_first() else {
        return listing::people(painter, false);
    };
    let person = match (*first, rest) {
        ("trashed", []) => return listing::people(painter, true),
        ("me", _) => Some(0),
        _ => id(first).and_then(|id| u32::try_from(id - FIRST_PERSON).ok()),
    };
    let Some(person) = person.filter(|person| painter.world.everybody().contains(person)) else {
        return Reply::Missing;
    };
    if painter.world.is_away(person) && !(rest.is_empty() && painter.world.readings.trashed_singles)
    {
        return Reply::Missing;
    }
    match rest {
        [] => Reply::One(painter.single_person(person), Validator::Both),
        ["projects"] => listing::projects_of(painter, person),
        ["assigned_todos"] => listing::assigned(painter, person, query),
        ["events"] => listing::log_of(painter, person, query),
        _ => Reply::Missing,
    }
}

/// What is in a project or calendar.
fn inside(painter: Painter<'_>, bucket: Bucket, rest: &[&str], query: &Query) -> Reply {
    match (bucket, rest) {
        (Bucket::Project(place), []) => Reply::One(painter.single_project(place), Validator::Both),
        (Bucket::Calendar(place), []) => {
            Reply::One(painter.single_calendar(place), Validator::Silent)
        }
        (_, ["accesses"]) => listing::accesses(painter, bucket),
        (_, ["calendar_events"]) if query.contains_key("start_date") => {
            listing::window(painter, Some(bucket), query)
        }
        (_, ["calendar_events"]) => listing::half(painter, bucket, true),
        (_, ["calendar_events", "past"]) => listing::half(painter, bucket, false),
        (_, ["calendar_events", id]) => single(painter, bucket, "calendar_events", id, query),
        (Bucket::Project(_), _) => in_project(painter, bucket, rest, query),
        _ => Reply::Missing,
    }
}

fn in_project(painter: Painter<'_>, bucket: Bucket, rest: &[&str], query: &Query) -> Reply {
    match rest {
        ["topics"] => listing::topics(painter, Some(bucket), false, query),
        ["topics", "archived"] => listing::topics(painter, Some(bucket), true, query),
        ["events"] => listing::log(painter, Some(bucket), query),
        ["todolists"] => listing::lists(painter, Some(bucket), ""),
        ["todolists", state @ ("completed" | "trashed")] => {
            listing::lists(painter, Some(bucket), state)
        }
        ["todos"] => listing::todos(painter, bucket, None, "", query),
        ["todos", state @ ("remaining" | "completed")] => {
            listing::todos(painter, bucket, None, state, query)
        }
        ["todos", "trashed"] => Reply::Undocumented,
        ["todolists", list, "todos", rest @ ..] => {
            let found = find(painter, bucket, Kind::Todolist, list);
            match (found.filter(|list| !painter.world.gone(list)), rest) {
                (Some(list), []) => listing::todos(painter, bucket, Some(list), "", query),
                (Some(list), [state @ ("remaining" | "completed" | "trashed")]) => {
                    listing::todos(painter, bucket, Some(list), state, query)
                }
                _ => Reply::Missing,
            }
        }
        ["tags", tag, "attachments"] => listing::tagged(painter, Some(bucket), tag, query),
        [section @ ("documents" | "forwards" | "attachments")] => {
            listing::things(painter, Some(bucket), section, query)
        }
        [section, id] => single(painter, bucket, section, id, query),
        _ => Reply::Missing,
    }
}

fn find<'a>(painter: Painter<'a>, bucket: Bucket, kind: Kind, text: &str) -> Option<&'a Fact> {
    let found = id(text).and_then(|id| painter.world.find(kind, id));
    found.filter(|fact| fact.bucket == bucket)
}

fn single(painter: Painter<'_>, bucket: Bucket, section: &str, text: &str, query: &Query) -> Reply {
    let Some(kind) = Kind::addressed(section) else {
        return Reply::Missing;
    };
    let world = painter.world;
    let Some(fact) = id(text).and_then(|id| world.find(kind, id)) else {
        return Reply::Missing;
    };
    let shown = !world.gone(fact) || fact.trashed && world.readings.trashed_singles;
    if fact.bucket != bucket {
        let left = fact.former.map(Bucket::Project) == Some(bucket);
        return if shown && left {
            Reply::Moved(format!("{}?moved=true", painter.url(fact)))
        } else {
            Reply::Missing
        };
    }
    let validator = match kind {
        Kind::Document | Kind::Todo | Kind::Todolist => Validator::Both,
        _ => Validator::Silent,
    };
    let with_todos = query.get("exclude_todos").is_none_or(|value| value != "true");
    one(shown.then(|| painter.single(fact, with_todos)), validator)
}

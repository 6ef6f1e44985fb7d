//! Which address gives what, with the defaults that surprise.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::payload::{Painter, recurs};
use crate::world::{Fact, Kind, PEOPLE, Status};

/// What a route answers, before pages and headers.
#[derive(Debug)]
pub enum Reply {
    /// One object.
    One(Value),
    /// A listing: how many rows it has, and where they are.
    Listing(Vec<Row>),
    /// Another address.
    Redirect(String),
    /// Nothing there.
    Missing,
    /// A parameter is wrong.
    Bad(&'static str),
}

/// A row of a listing, rendered only when its page is asked for.
#[derive(Debug)]
pub enum Row {
    /// The place of a record.
    Fact(u32),
    /// The place of a project.
    Project(usize),
    /// The place of a person.
    Person(usize),
    /// An event.
    Ready(Value),
}

/// The query string.
pub type Query = HashMap<String, String>;

/// Answers a path below the account.
pub fn reply(painter: Painter<'_>, path: &str, query: &Query) -> Reply {
    // The suffix may be left out beside `Accept: application/json`, as the official SDK does.
    let path = path.strip_suffix(".json").unwrap_or(path);
    let mut segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    // The older form of an address names the project in front; a wrong one is not found.
    let bucket = match segments.as_slice() {
        ["buckets", project, ..] => {
            let id = project.parse().ok();
            segments.drain(..2);
            id
        }
        _ => None,
    };
    match segments.as_slice() {
        ["account"] => Reply::One(json!({"id": 1, "name": "Simulated"})),
        ["my", "profile"] => Reply::One(painter.person(0, true)),
        ["people"] => Reply::Listing((0..PEOPLE).map(Row::Person).collect()),
        ["people", id] => person(painter, id),
        ["projects"] => projects(painter, query),
        ["projects", "recordings"] => recordings(painter, query),
        ["projects", id] => project(painter, id),
        ["chats"] => of_kind(painter, Kind::Chat),
        ["messages"] => of_kind(painter, Kind::Message),
        ["comments"] => of_kind(painter, Kind::Comment),
        ["recordings", id, "comments"] => under(painter, None, id, Kind::Comment, query),
        ["recordings", id, "events"] => events(painter, id),
        ["message_boards", id, "messages"] => {
            under(painter, Some(Kind::Board), id, Kind::Message, query)
        }
        ["todosets", id, "todolists"] => {
            under(painter, Some(Kind::Todoset), id, Kind::Todolist, query)
        }
        ["todosets", id, "todos"] => todos(painter, Kind::Todoset, id, query),
        ["todolists", id, "groups"] => {
            under(painter, Some(Kind::Todolist), id, Kind::Todolist, query)
        }
        ["todolists", id, "todos"] => todos(painter, Kind::Todolist, id, query),
        ["vaults", id, "vaults"] => under(painter, Some(Kind::Vault), id, Kind::Vault, query),
        ["vaults", id, "documents"] => under(painter, Some(Kind::Vault), id, Kind::Document, query),
        ["vaults", id, "uploads"] => under(painter, Some(Kind::Vault), id, Kind::Upload, query),
        ["schedules", id, "entries"] => {
            under(painter, Some(Kind::Schedule), id, Kind::Entry, query)
        }
        ["schedule_entries", id, "occurrences", _] => single(painter, Kind::Entry, id, None),
        ["schedule_entries", id] => entry(painter, id, bucket),
        ["card_tables", "lists", id, "cards"] => under(painter, None, id, Kind::Card, query),
        ["card_tables", "columns", id] => single(painter, Kind::Column, id, bucket),
        ["card_tables", "cards", id] => single(painter, Kind::Card, id, bucket),
        ["card_tables", "steps" | "subtasks", id] => single(painter, Kind::Step, id, bucket),
        ["chats", id, "lines"] => lines(painter, id),
        ["chats", _, "lines", id] => single(painter, Kind::Line, id, bucket),
        [kind, id] => match plain(kind) {
            Some(kind) => single(painter, kind, id, bucket),
            None => Reply::Missing,
        },
        _ => Reply::Missing,
    }
}

fn plain(name: &str) -> Option<Kind> {
    Some(match name {
        "todos" => Kind::Todo,
        "todolists" => Kind::Todolist,
        "todosets" => Kind::Todoset,
        "messages" => Kind::Message,
        "message_boards" => Kind::Board,
        "comments" => Kind::Comment,
        "vaults" => Kind::Vault,
        "documents" => Kind::Document,
        "uploads" => Kind::Upload,
        "schedules" => Kind::Schedule,
        "card_tables" => Kind::Table,
        "chats" => Kind::Chat,
        _ => return None,
    })
}

fn single(painter: Painter<'_>, kind: Kind, id: &str, bucket: Option<i64>) -> Reply {
    let world = painter.world;
    let found = id.parse().ok().and_then(|id| world.find(kind, id));
    let inside = |fact: &Fact| {
        bucket.is_none_or(|bucket| world.projects[fact.project as usize].id == bucket)
    };
    match found.filter(|fact| inside(fact)) {
        Some(fact) => Reply::One(painter.record(fact)),
        None => Reply::Missing,
    }
}

fn entry(painter: Painter<'_>, id: &str, bucket: Option<i64>) -> Reply {
    let found = id
        .parse()
        .ok()
        .and_then(|id| painter.world.find(Kind::Entry, id));
    match found.filter(|fact| recurs(fact)) {
        Some(fact) => {
            let start = painter.record(fact)["starts_at"]
                .as_str()
                .unwrap_or_default()[..10]
                .replace('-', "");
            Reply::Redirect(format!(
                "{}/schedule_entries/{id}/occurrences/{start}.json",
                painter.base
            ))
        }
        None => single(painter, Kind::Entry, id, bucket),
    }
}

fn person(painter: Painter<'_>, id: &str) -> Reply {
    let place = id.parse::<usize>().ok().and_then(|id| id.checked_sub(2000));
    place
        .filter(|place| *place < PEOPLE)
        .map_or(Reply::Missing, |place| {
            Reply::One(painter.person(place, true))
        })
}

fn project(painter: Painter<'_>, id: &str) -> Reply {
    let place = painter
        .world
        .projects
        .iter()
        .position(|project| project.id.to_string() == id);
    place.map_or(Reply::Missing, |place| {
        Reply::One(painter.project(place, false))
    })
}

/// Newest first; active ones unless a status is asked for.
fn projects(painter: Painter<'_>, query: &Query) -> Reply {
    let Some(status) = status(query) else {
        return Reply::Bad("status");
    };
    let all = painter.world.projects.iter().enumerate().rev();
    Reply::Listing(
        all.filter(|(_, project)| project.status == status)
            .map(|(place, _)| Row::Project(place))
            .collect(),
    )
}

fn status(query: &Query) -> Option<Status> {
    query
        .get("status")
        .map_or(Some(Status::Active), |name| Status::named(name))
}

fn of_kind(painter: Painter<'_>, kind: Kind) -> Reply {
    let listed = painter.world.listed(kind, Status::Active);
    Reply::Listing(listed.iter().rev().copied().map(Row::Fact).collect())
}

/// Every record of a type: of all active projects, or of the ones named, which may be archived.
fn recordings(painter: Painter<'_>, query: &Query) -> Reply {
    let kind = match query.get("type").map(String::as_str) {
        Some("Comment") => Kind::Comment,
        Some("Document") => Kind::Document,
        Some("Kanban::Card") => Kind::Card,
        Some("Kanban::Step") => Kind::Step,
        Some("Message") => Kind::Message,
        Some("Schedule::Entry") => Kind::Entry,
        Some("Todo") => Kind::Todo,
        Some("Todolist") => Kind::Todolist,
        Some("Upload") => Kind::Upload,
        Some("Vault") => Kind::Vault,
        Some("Door" | "Question::Answer") => return Reply::Listing(Vec::new()),
        _ => return Reply::Bad("type"),
    };
    let Some(status) = status(query) else {
        return Reply::Bad("status");
    };
    let world = painter.world;
    let mut places: Vec<u32> = match query.get("bucket").filter(|bucket| !bucket.is_empty()) {
        None => world.listed(kind, status).to_vec(),
        Some(buckets) => {
            let mut all = Vec::new();
            for bucket in buckets.split(',') {
                // One project out of sight makes the whole request fail.
                let place = world
                    .projects
                    .iter()
                    .position(|each| each.id.to_string() == bucket);
                let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else {
                    return Reply::Missing;
                };
                all.extend(world.in_project(place, kind, status));
            }
            all.sort_unstable();
            all
        }
    };
    if query.get("sort").is_some_and(|sort| sort == "updated_at") {
        let fact = |place: &u32| &world.facts[*place as usize];
        places.sort_by_key(|place| i64::from(*place) + painter.touched(fact(place)));
    }
    if query
        .get("direction")
        .is_none_or(|direction| direction != "asc")
    {
        places.reverse();
    }
    Reply::Listing(places.into_iter().map(Row::Fact).collect())
}

fn parent<'a>(painter: Painter<'a>, kind: Option<Kind>, id: &str) -> Option<&'a Fact> {
    let id = id.parse().ok()?;
    kind.map_or_else(
        || painter.world.any(id),
        |kind| painter.world.find(kind, id),
    )
}

/// Direct children; active ones unless a status is asked for where that is a parameter.
fn under(painter: Painter<'_>, of: Option<Kind>, id: &str, kind: Kind, query: &Query) -> Reply {
    let Some(parent) = parent(painter, of, id) else {
        return Reply::Missing;
    };
    let asked = matches!(kind, Kind::Todolist | Kind::Entry);
    let status = if asked {
        status(query)
    } else {
        Some(Status::Active)
    };
    let Some(status) = status else {
        return Reply::Bad("status");
    };
    let children = painter
        .world
        .children(parent, kind)
        .filter(|child| child.status == status);
    Reply::Listing(children.map(|child| Row::Fact(child.serial)).collect())
}

/// Pending ones, or with `completed=true` finished ones; another status brings both.
fn todos(painter: Painter<'_>, of: Kind, id: &str, query: &Query) -> Reply {
    let Some(parent) = parent(painter, Some(of), id) else {
        return Reply::Missing;
    };
    let Some(status) = status(query) else {
        return Reply::Bad("status");
    };
    let done = query.get("completed").is_some_and(|value| value == "true");
    let shown = |todo: &&Fact| {
        todo.status == status && (status != Status::Active || todo.completed == done)
    };
    let children = painter.world.children(parent, Kind::Todo).filter(shown);
    Reply::Listing(children.map(|child| Row::Fact(child.serial)).collect())
}

fn lines(painter: Painter<'_>, id: &str) -> Reply {
    let Some(room) = parent(painter, Some(Kind::Chat), id) else {
        return Reply::Missing;
    };
    let mut lines: Vec<Row> = painter
        .world
        .children(room, Kind::Line)
        .map(|line| Row::Fact(line.serial))
        .collect();
    lines.reverse();
    Reply::Listing(lines)
}

fn events(painter: Painter<'_>, id: &str) -> Reply {
    match parent(painter, None, id) {
        Some(fact) => Reply::Listing(painter.events(fact).into_iter().map(Row::Ready).collect()),
        None => Reply::Missing,
    }
}

//! Which address gives what, with the defaults that surprise.
//!
//! Each family has a file; here is what they share, and who is let in at all.

mod content;
mod feed;
mod home;
mod listing;
mod personal;
mod record;
mod report;

use serde_json::Value;

use crate::payload::{File, Painter};
use crate::world::{Fact, Kind, Status, World};

pub use listing::recordings;

/// What a route answers, before pages and headers.
#[derive(Debug)]
pub enum Reply {
    /// One object, or an array that is not paged.
    One(Value),
    /// A listing: how many rows it has, and where they are.
    Listing(Vec<Row>),
    /// A listing in pages of a size of its own, or inside an object.
    Paged(Paged),
    /// Another address.
    Redirect(String),
    /// Nothing there.
    Missing,
    /// A parameter is wrong.
    Bad(&'static str),
    /// Any other refusal, with its body: null for none.
    Refused(u16, Value),
}

/// A listing that differs from others.
#[derive(Debug)]
pub struct Paged {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Rows of every page; none: geared, as elsewhere.
    pub size: Option<usize>,
    /// The object that the page lies in, and under which name.
    pub around: Option<(&'static str, Value)>,
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
    /// A file.
    File(File),
    /// The place of a record that the timeline tells of.
    Told(u32),
    /// The place of a record that a search found.
    Hit(u32),
    /// Something that is already rendered.
    Ready(Value),
}

impl Row {
    /// The row as it is sent.
    pub fn render(&self, painter: Painter<'_>) -> Value {
        let facts = &painter.world.facts;
        match self {
            Self::Fact(place) => painter.listed(&facts[*place as usize]),
            Self::Project(place) => painter.project(*place, true),
            Self::Person(place) => painter.person(*place, false),
            Self::File(file) => painter.file(*file),
            Self::Told(place) => painter.told(&facts[*place as usize]),
            Self::Hit(place) => painter.hit(&facts[*place as usize]),
            Self::Ready(value) => value.clone(),
        }
    }
}

/// The query string.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses a query string; names may occur more than once.
    pub fn parse(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The last value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter().rev();
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.iter();
        pairs.filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The pairs, in their order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// A request, as the families see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    painter: Painter<'a>,
    path: &'a [&'a str],
    query: &'a Query,
    /// The place of the project that the older form of addresses names in front.
    bucket: Option<usize>,
    /// Whether an agent asks, and not a person.
    agent: bool,
}

/// Answers a path below the account.
pub fn reply(painter: Painter<'_>, path: &str, query: &Query, agent: bool) -> Reply {
    let Some((segments, bucket)) = locate(painter.world, path) else {
        return Reply::Missing;
    };
    if let ["blobs", id, "download", name] = segments.as_slice() {
        return crate::files::download(painter, id, name);
    }
    let asked = Asked { painter, path: &segments, query, bucket, agent };
    if let Some(closed) = asked.closed() {
        return closed;
    }
    home::reply(asked)
        .or_else(|| personal::reply(asked))
        .or_else(|| report::reply(asked))
        .or_else(|| feed::reply(asked))
        .or_else(|| record::reply(asked))
        .or_else(|| content::reply(asked))
        .unwrap_or(Reply::Missing)
}

/// What keeps an account or its caller from an address, whatever is asked of it.
pub fn closed(
    painter: Painter<'_>,
    path: &[&str],
    query: &Query,
    bucket: Option<usize>,
) -> Option<Reply> {
    Asked { painter, path, query, bucket, agent: false }.closed()
}

/// The segments of a path below the account, without the project that the older form of addresses
/// names in front, and the place of that project. Nothing where the project is wrong.
pub fn locate<'p>(world: &World, path: &'p str) -> Option<(Vec<&'p str>, Option<usize>)> {
    // The suffix may be left out beside `Accept: application/json`, as the official SDK does.
    let path = path.strip_suffix(".json").unwrap_or(path);
    let mut segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let ["buckets", project, ..] = segments.as_slice() else {
        return Some((segments, None));
    };
    // A wrong project is not found, and neither is a record of another.
    let bucket = world.project_of(project).or_else(|| world.template_of(project))?;
    belongs(world, &segments[2..], bucket).then(|| {
        segments.drain(..2);
        (segments, Some(bucket))
    })
}

/// Whether the first record that a path names is in the project.
fn belongs(world: &World, path: &[&str], bucket: usize) -> bool {
    let mut ids = path.iter().filter_map(|segment| segment.parse().ok());
    ids.find_map(|id| world.any(id)).is_none_or(|fact| fact.project as usize == bucket)
}

impl<'a> Asked<'a> {
    fn closed(self) -> Option<Reply> {
        let world = self.painter.world;
        if world.old && self.is_new() {
            return Some(Reply::Missing);
        }
        if world.forbidden { self.refused() } else { None }
    }

    /// Whether the address came with or after 2026, so that older servers do not have it.
    fn is_new(self) -> bool {
        match self.path {
            ["todos" | "cards", list] => list.parse::<i64>().is_err(),
            [
                "messages" | "comments" | "checkins" | "forwards" | "files" | "events" | "inbox"
                | "circles",
            ] => true,
            [
                "stacks" | "calendars" | "embeds" | "template_library" | "cloud_files"
                | "google_documents" | "subtasks",
                ..,
            ] => true,
            ["my", "bookmarks" | "drafts" | "notes" | "recent_projects"]
            | ["my", "readings", _] => true,
            ["circles", what] => *what != "people",
            ["recordings", _, "bookmark" | "subtasks"]
            | ["recordings", _, "templatifications", _] => true,
            ["projects", "recordings"] => self.query.get("type") == Some("Door"),
            _ => false,
        }
    }

    /// What this user is not let see: as to a client, or to one who is not in everything.
    fn refused(self) -> Option<Reply> {
        let forbidden = |yes: bool| {
            yes.then(|| {
                Reply::Refused(403, serde_json::json!({"error": "You do not have access to this"}))
            })
        };
        let missing = |yes: bool| yes.then_some(Reply::Missing);
        let fact = |id: &str| self.any(id);
        match self.path {
            ["webhooks"] => forbidden(self.bucket? % 2 == 1),
            ["projects", id, "timesheet"] => forbidden(self.painter.world.project_of(id)? % 2 == 0),
            ["people", id, "out_of_office"] => forbidden(*id != "2000"),
            ["todosets", id, "hill"] => missing(fact(id)?.project % 3 == 0),
            ["questionnaires", id, ..] => missing(fact(id)?.project % 4 == 1),
            ["inboxes", id, "inbox_forwards"] => forbidden(fact(id)?.project % 4 == 2),
            ["chats", id, "lines"] => missing(fact(id)?.project % 5 == 4),
            ["client", "approvals" | "correspondences"] => forbidden(self.bucket? % 8 == 4),
            ["projects", id, "people"] => forbidden(self.painter.world.project_of(id)? % 7 == 3),
            _ => None,
        }
    }

    fn find(self, kind: Kind, id: &str) -> Option<&'a Fact> {
        self.painter.world.find(kind, id.parse().ok()?)
    }

    fn any(self, id: &str) -> Option<&'a Fact> {
        self.painter.world.any(id.parse().ok()?)
    }

    /// The place of the person of an id.
    fn person(self, id: &str) -> Option<usize> {
        let place = id.parse::<usize>().ok()?.checked_sub(2000)?;
        (place < self.painter.world.people).then_some(place)
    }

    /// The status asked for, active unless one is; `None` for one that there is not.
    fn status(self) -> Option<Status> {
        self.query.get("status").map_or(Some(Status::Active), Status::named)
    }

    fn fact(self, place: u32) -> &'a Fact {
        &self.painter.world.facts[place as usize]
    }

    /// One record by its id.
    fn single(self, kind: Kind, id: &str) -> Reply {
        self.find(kind, id).map_or(Reply::Missing, |fact| Reply::One(self.painter.record(fact)))
    }

    /// One record by its parent's id and its own.
    fn nested(self, kind: Kind, parent: &str, id: &str) -> Reply {
        let inside = |fact: &&Fact| {
            let parent_of = self.painter.world.parent(fact);
            parent_of.is_some_and(|found| found.id.to_string() == parent)
        };
        self.find(kind, id)
            .filter(inside)
            .map_or(Reply::Missing, |fact| Reply::One(self.painter.record(fact)))
    }

    /// Active direct children, oldest first.
    fn under(self, of: Kind, id: &str, kind: Kind) -> Reply {
        let Some(parent) = self.find(of, id) else {
            return Reply::Missing;
        };
        Reply::Listing(self.rows_under(parent, kind, Status::Active))
    }

    /// Direct children of the status asked for.
    fn under_with_status(self, of: Kind, id: &str, kind: Kind) -> Reply {
        let (Some(parent), Some(status)) = (self.find(of, id), self.status()) else {
            return if self.status().is_none() { Reply::Bad("status") } else { Reply::Missing };
        };
        Reply::Listing(self.rows_under(parent, kind, status))
    }

    /// Active direct children, newest first unless another order is asked for.
    fn under_in_order(self, of: Kind, id: &str, kind: Kind) -> Reply {
        match self.find(of, id) {
            Some(parent) => self.in_order(self.places_under(parent, kind, Status::Active)),
            None => Reply::Missing,
        }
    }

    fn places_under(self, parent: &Fact, kind: Kind, status: Status) -> Vec<u32> {
        let children = self.painter.world.children(parent, kind);
        children.filter(|child| child.status == status).map(|child| child.serial).collect()
    }

    fn rows_under(self, parent: &Fact, kind: Kind, status: Status) -> Vec<Row> {
        let places = self.places_under(parent, kind, status);
        places.into_iter().map(Row::Fact).collect()
    }

    /// Places that are in order of creation, in the order asked for: newest first by default.
    fn in_order(self, mut places: Vec<u32>) -> Reply {
        match self.query.get("sort") {
            None | Some("created_at") => {}
            Some("updated_at") => {
                places.sort_by_key(|place| self.painter.updated(self.fact(*place)))
            }
            Some(_) => return Reply::Bad("sort"),
        }
        if self.painter.world.oddities.unsorted {
            places.sort_by_key(|place| place.wrapping_mul(7) % 64);
        } else if self.query.get("direction") != Some("asc") {
            places.reverse();
        }
        Reply::Listing(places.into_iter().map(Row::Fact).collect())
    }

    /// Active records of a kind in active projects, newest first.
    fn everywhere(self, kind: Kind) -> Reply {
        let listed = self.painter.world.listed(kind, Status::Active);
        Reply::Listing(listed.iter().rev().copied().map(Row::Fact).collect())
    }

    fn project(self, id: &str) -> Option<usize> {
        self.painter.world.project_of(id)
    }
}

/// An array that is not paged.
fn whole(values: impl Iterator<Item = Value>) -> Reply {
    Reply::One(Value::Array(values.collect()))
}

fn found(value: Option<Value>) -> Reply {
    value.map_or(Reply::Missing, Reply::One)
}

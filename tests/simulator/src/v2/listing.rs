//! The rows of every listing, in its order.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::calendar;
use super::payload::Painter;
use super::routes::{Listing, Paging, Query, Reply, Row, Scope, Validator};
use super::world::{Bucket, Entry, Fact, Kind, State, World};

/// A listing of which nobody says whether it has pages; here it has none.
const UNPAGED: Paging = Paging::Unstated { mixed: false };
/// A listing of which nobody says whether it has pages; here it has some.
const PAGED: Paging = Paging::Unstated { mixed: true };

fn listing(rows: Vec<Row>, paging: Paging, scope: Scope, validator: Validator) -> Reply {
    Reply::Listing(Listing { rows, paging, scope, validator })
}

fn ready(rows: Vec<Value>, paging: Paging, validator: Validator) -> Reply {
    let rows = rows.into_iter().map(Row::Ready).collect();
    listing(rows, paging, Scope::Account, validator)
}

fn scope(bucket: Option<Bucket>) -> Scope {
    bucket.map_or(Scope::Account, |_| Scope::Bucket)
}

/// Places of the projects in a state.
fn places(world: &World, state: State) -> impl Iterator<Item = u32> {
    let all = (0..).zip(&world.projects);
    all.filter(move |(_, project)| project.state == state).map(|(place, _)| place)
}

/// Projects in one state.
pub fn projects(painter: Painter<'_>, state: State) -> Reply {
    let listed =
        places(painter.world, state).filter(|place| !painter.world.is_unlisted_project(*place));
    let rows = listed.map(|place| painter.project(place, false));
    let (paging, validator) = match state {
        State::Active => (Paging::Ignored, Validator::Tag),
        State::Archived => (Paging::Pages, Validator::Tag),
        _ => (UNPAGED, Validator::Silent),
    };
    ready(rows.collect(), paging, validator)
}

/// Projects of a person, in all states.
pub fn projects_of(painter: Painter<'_>, person: u32) -> Reply {
    let all = (0..painter.world.projects.len()).filter_map(|place| u32::try_from(place).ok());
    let rows = all
        .filter(|place| painter.world.may_enter(person, Bucket::Project(*place)))
        .map(|place| painter.project(place, true));
    ready(rows.collect(), UNPAGED, Validator::Silent)
}

/// Stars of the caller.
pub fn stars(painter: Painter<'_>) -> Reply {
    let world = painter.world;
    let starred = places(world, State::Active)
        .map(|place| &world.projects[place as usize])
        .filter(|project| project.starred);
    let rows = starred.map(|project| painter.star(project)).collect();
    ready(rows, UNPAGED, Validator::Silent)
}

/// Calendars of their own.
pub fn calendars(painter: Painter<'_>) -> Reply {
    let all = (0..painter.world.calendars.len()).filter_map(|place| u32::try_from(place).ok());
    let all = all.filter(|place| !painter.world.deleted.contains(place));
    let rows = all.map(|place| painter.calendar(place)).collect();
    ready(rows, UNPAGED, Validator::Silent)
}

/// People, in the trash or not.
pub fn people(painter: Painter<'_>, trashed: bool) -> Reply {
    let all = painter.world.everybody();
    let rows = all
        .filter(|person| painter.world.is_away(*person) == trashed)
        .map(|person| painter.person(person))
        .collect();
    if trashed {
        ready(rows, UNPAGED, Validator::Silent)
    } else {
        ready(rows, Paging::Ignored, Validator::Tag)
    }
}

/// Companies.
pub fn groups(painter: Painter<'_>) -> Reply {
    ready(painter.groups(), UNPAGED, Validator::Tag)
}

/// People with access.
pub fn accesses(painter: Painter<'_>, bucket: Bucket) -> Reply {
    ready(painter.accesses(bucket), Paging::Pages, Validator::Date)
}

/// Things of a kind in one place or in all, that are not in the trash.
fn shown(world: &World, bucket: Option<Bucket>, kind: Kind) -> Vec<&Fact> {
    let mut all: Vec<&Fact> = match bucket {
        Some(bucket) => world.inside(bucket, kind).collect(),
        None => {
            let all = world.facts.iter().filter(|fact| fact.kind == kind);
            all.filter(|fact| world.account_wide(fact.bucket)).collect()
        }
    };
    all.retain(|fact| !world.gone(fact) && !world.is_unlisted(fact));
    all
}

fn facts(all: Vec<&Fact>) -> Vec<Row> {
    all.into_iter().map(|fact| Row::Fact(fact.serial)).collect()
}

/// Documents, forwards or files.
pub fn things(painter: Painter<'_>, bucket: Option<Bucket>, section: &str, query: &Query) -> Reply {
    let (kind, paging, validator) = match section {
        "documents" => (Kind::Document, PAGED, Validator::Date),
        "forwards" => (Kind::Forward, PAGED, Validator::Silent),
        _ => (Kind::Attachment, Paging::Pages, Validator::Tag),
    };
    let mut all = shown(painter.world, bucket, kind);
    sort(painter, &mut all, query);
    // Only the listings of one project were seen with a validator.
    let validator = bucket.map_or(Validator::Silent, |_| validator);
    listing(facts(all), paging, scope(bucket), validator)
}

/// Files with a label, which is compared without case.
pub fn tagged(painter: Painter<'_>, bucket: Option<Bucket>, label: &str, query: &Query) -> Reply {
    let spelled = format!("label={}", label.replace('+', "%2B"));
    let wanted = url::form_urlencoded::parse(spelled.as_bytes())
        .next()
        .map(|(_, label)| label.to_lowercase());
    let mut all = shown(painter.world, bucket, Kind::Attachment);
    all.retain(|file| {
        let mut labels = painter.labels(file).into_iter();
        labels.any(|label| Some(label.to_lowercase()) == wanted)
    });
    sort(painter, &mut all, query);
    listing(facts(all), Paging::Pages, scope(bucket), Validator::Silent)
}

/// Newest first unless another order is asked for. Documents are new by change, others by birth.
fn sort(painter: Painter<'_>, all: &mut [&Fact], query: &Query) {
    let world = painter.world;
    let size = |file: &Fact| painter.listed(file, false).map(|file| file["byte_size"].as_i64());
    let age = |fact: &Fact| match fact.kind {
        Kind::Document => (world.changed(fact), fact.id),
        _ => (world.born(fact), fact.id),
    };
    let name = |fact: &Fact| match fact.kind {
        Kind::Attachment => painter.file_name(fact),
        _ => painter.title(fact),
    };
    match query.get("sort").map(String::as_str) {
        Some("az") => all.sort_by_key(|fact| name(fact)),
        Some("za") => all.sort_by_key(|fact| std::cmp::Reverse(name(fact))),
        Some("biggest") => all.sort_by_key(|fact| std::cmp::Reverse(size(fact))),
        Some("smallest") => all.sort_by_key(|fact| size(fact)),
        Some("oldest") => all.sort_by_key(|fact| age(fact)),
        _ => all.sort_by_key(|fact| std::cmp::Reverse(age(fact))),
    }
}

/// Lists: active ones, completed ones or trashed ones.
pub fn lists(painter: Painter<'_>, bucket: Option<Bucket>, state: &str) -> Reply {
    let world = painter.world;
    let all: Vec<&Fact> = match state {
        "trashed" => {
            let all = world.facts.iter();
            let trashed = all.filter(|fact| fact.kind == Kind::Todolist && fact.trashed);
            let inside = |fact: &&Fact| match bucket {
                Some(bucket) => fact.bucket == bucket,
                None => world.account_wide(fact.bucket),
            };
            trashed.filter(inside).collect()
        }
        "" | "completed" => {
            let mut all = shown(world, bucket, Kind::Todolist);
            all.retain(|list| list.completed != state.is_empty());
            if bucket.is_some() {
                all.sort_by_key(|list| list.position);
            }
            all
        }
        _ => return Reply::Missing,
    };
    listing(facts(all), PAGED, scope(bucket), Validator::Date)
}

/// To-dos of a list, or of all lists of a project.
pub fn todos(
    painter: Painter<'_>,
    bucket: Bucket,
    list: Option<&Fact>,
    state: &str,
    query: &Query,
) -> Reply {
    let world = painter.world;
    let Ok(since) = day(query, "due_since") else {
        return Reply::Bad;
    };
    let mut all: Vec<&Fact> = match (list, state) {
        (Some(list), "trashed") => {
            world.under(list, Kind::Todo).filter(|todo| todo.trashed).collect()
        }
        (Some(list), _) => world.under(list, Kind::Todo).filter(|todo| !world.gone(todo)).collect(),
        (None, _) => shown(world, Some(bucket), Kind::Todo),
    };
    all.retain(|todo| match state {
        "remaining" => !todo.completed,
        "completed" => todo.completed,
        _ => true,
    });
    all.retain(|todo| after(painter, todo, since));
    all.sort_by_key(|todo| (world.parent(todo).map(|list| list.position), todo.position));
    listing(facts(all), Paging::Pages, Scope::Bucket, Validator::Silent)
}

/// A day in the query; an error when it is none.
fn day(query: &Query, name: &str) -> Result<Option<Date>, ()> {
    match query.get(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(drop),
    }
}

/// Whether a to-do is due after a day: the day itself is not, so a careful client asks for one more.
fn after(painter: Painter<'_>, todo: &Fact, since: Option<Date>) -> bool {
    let Some(since) = since else { return true };
    let due = painter.due(todo).and_then(|due| due.parse::<Date>().ok());
    due.is_some_and(|due| due > since)
}

/// Lists with the open to-dos of a person in them.
pub fn assigned(painter: Painter<'_>, person: u32, query: &Query) -> Reply {
    let Ok(since) = day(query, "due_since") else {
        return Reply::Bad;
    };
    let mut todos = painter.assigned(person);
    todos.retain(|todo| after(painter, todo, since));
    let rows = assigned_lists(painter, &todos);
    ready(rows, UNPAGED, Validator::Silent)
}

/// The lists of some to-dos, each with those that are in it.
fn assigned_lists(painter: Painter<'_>, todos: &[&Fact]) -> Vec<Value> {
    let mut lists: Vec<u32> = todos.iter().map(|todo| todo.parent).collect();
    lists.sort_unstable();
    lists.dedup();
    let row = |list: u32| {
        let mut row = painter.listed(painter.world.fact(list), true)?;
        let inside = todos.iter().filter(|todo| todo.parent == list);
        let inside: Vec<Value> = inside.map(|todo| painter.assigned_todo(todo)).collect();
        row["assigned_todos"] = json!(inside);
        Some(row)
    };
    lists.into_iter().filter_map(row).collect()
}

/// Topics, put away or not, newest change first.
pub fn topics(
    painter: Painter<'_>,
    bucket: Option<Bucket>,
    archived: bool,
    query: &Query,
) -> Reply {
    let world = painter.world;
    let here = |there: Bucket| match bucket {
        Some(bucket) => there == bucket,
        None => {
            world.account_wide(there)
                && (Painter::is_project(there) || world.readings.calendar_topics)
        }
    };
    let mut all: Vec<(u32, i64)> = (0..)
        .zip(&world.topics)
        .filter(|(_, topic)| topic.archived == archived && here(world.fact(topic.fact).bucket))
        .filter(|(_, topic)| !world.is_unlisted(world.fact(topic.fact)))
        .map(|(place, topic)| (place, topic.updated))
        .collect();
    all.sort_by_key(|(place, updated)| (*updated, *place));
    if query.get("sort").is_none_or(|sort| sort != "oldest") {
        all.reverse();
    }
    let rows = all.into_iter().map(|(place, _)| Row::Topic(place)).collect();
    let validator = bucket.map_or(Validator::Silent, |_| Validator::Date);
    listing(rows, Paging::Pages, scope(bucket), validator)
}

/// The log of one project, or of all projects and calendars.
pub fn log(painter: Painter<'_>, bucket: Option<Bucket>, query: &Query) -> Reply {
    let world = painter.world;
    let here = |entry: &Entry| match bucket {
        Some(bucket) => painter.scene(entry.what) == bucket,
        None => world.account_wide(painter.scene(entry.what)),
    };
    let all = (0..).zip(&world.log).filter(|(_, entry)| here(entry));
    since(all.map(|(place, entry)| (place, entry.at)).collect(), scope(bucket), query)
}

/// What one person did.
pub fn log_of(painter: Painter<'_>, person: u32, query: &Query) -> Reply {
    since(painter.entries_by(person), Scope::Person, query)
}

/// Entries after a moment; the moment itself is not after it.
fn since(mut entries: Vec<(u32, i64)>, scope: Scope, query: &Query) -> Reply {
    if let Some(text) = query.get("since") {
        let Ok(since) = text.parse::<jiff::Timestamp>() else {
            return Reply::Bad;
        };
        entries.retain(|(_, at)| *at > since.as_second());
    }
    let rows = entries.into_iter().map(|(place, _)| Row::Entry(place));
    listing(rows.collect(), Paging::Pages, scope, Validator::Date)
}

/// Events to come, or past ones; a series is one row.
pub fn half(painter: Painter<'_>, bucket: Bucket, upcoming: bool) -> Reply {
    let today = calendar::today();
    let mut all = shown(painter.world, Some(bucket), Kind::CalendarEvent);
    all.retain(|fact| calendar::upcoming(painter.world, fact, today) == upcoming);
    listing(facts(all), PAGED, Scope::Bucket, Validator::Silent)
}

/// What touches some days, six weeks of them at most; a series is a row for each time.
pub fn window(painter: Painter<'_>, bucket: Option<Bucket>, query: &Query) -> Reply {
    let (Ok(Some(from)), Ok(until)) = (day(query, "start_date"), day(query, "end_date")) else {
        return Reply::Bad;
    };
    let longest = from.saturating_add(jiff::Span::new().days(calendar::WINDOW));
    let until = until.unwrap_or(longest);
    if until > longest {
        return Reply::Bad;
    }
    let world = painter.world;
    let buckets: Vec<Bucket> = match bucket {
        Some(bucket) => vec![bucket],
        None => {
            all_buckets(world).into_iter().filter(|bucket| world.account_wide(*bucket)).collect()
        }
    };
    let rows = calendar::window(world, &buckets, from, until);
    let rows = rows.into_iter().map(Row::Occurrence).collect();
    listing(rows, Paging::Pages, scope(bucket), Validator::Silent)
}

/// Every project and calendar.
pub fn all_buckets(world: &World) -> Vec<Bucket> {
    let projects = (0..).zip(&world.projects);
    let projects = projects.map(|(place, _)| Bucket::Project(place));
    let calendars = (0..).zip(&world.calendars);
    let calendars = calendars.filter(|(place, _)| !world.deleted.contains(place));
    projects.chain(calendars.map(|(place, _)| Bucket::Calendar(place))).collect()
}

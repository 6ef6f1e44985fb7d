//! Every row of a table that anybody could see, for comparison with what was read.
//!
//! A row has `record`: what its own address gives, or the row of the listing where there is none;
//! `asked`: what only the question tells (path, endpoint), named as the columns are; `scope`: the
//! state of its project; and where there are such, `listed`: the row of the account-wide listing,
//! `outer`: the object around it, `topic`: its topic, `bucket`: its project or calendar in full.

use serde_json::{Map, Value, json};

use super::calendar;
use super::listing::all_buckets;
use super::payload::Painter;
use super::routes::Reply;
use super::world::{Bucket, Fact, Kind, State};
use super::{listing, routes};

/// The days over which the occurrences of events are dumped; some series have no end.
const FIRST_DAY: jiff::civil::Date = jiff::civil::date(2014, 1, 1);
const LAST_DAY: jiff::civil::Date = jiff::civil::date(2036, 12, 31);

/// Every row of a table; none for a name that is no table.
pub fn dump(painter: Painter<'_>, table: &str) -> Vec<Value> {
    match table {
        "people" => people(painter),
        "my_profile" => vec![row(painter.single_person(0), json!({}))],
        "person_projects" => person_projects(painter),
        "accesses" => accesses(painter),
        "groups" => groups(painter),
        "subgroups" => subgroups(painter, false),
        "group_memberships" => subgroups(painter, true),
        "projects" => projects(painter, false),
        "project_templates" => projects(painter, true),
        "stars" => listed(painter, listing::stars(painter)),
        "calendars" => calendars(painter),
        "calendar_events" => things(painter, Kind::CalendarEvent),
        "calendar_event_occurrences" => occurrences(painter),
        "documents" => things(painter, Kind::Document),
        "topics" => topics(painter),
        "messages" => things(painter, Kind::Message),
        "comments" => embedded(painter, true),
        "subscribers" => embedded(painter, false),
        "todolists" => things(painter, Kind::Todolist),
        "todos" => things(painter, Kind::Todo),
        "assigned_todos" => assigned(painter),
        "attachments" => things(painter, Kind::Attachment),
        "attachment_tags" => labels(painter),
        "tags" => tags(painter),
        "uploads" => things(painter, Kind::Upload),
        "forwards" => things(painter, Kind::Forward),
        "events" => log(painter),
        _ => Vec::new(),
    }
}

fn row(record: Value, asked: Value) -> Value {
    json!({"record": record, "asked": asked})
}

/// A row in a project or calendar.
fn row_in(painter: Painter<'_>, bucket: Bucket, record: Value, more: Value) -> Value {
    let mut asked = Map::new();
    let shown = painter.bucket(bucket);
    let column = match bucket {
        Bucket::Project(_) => "project_id",
        Bucket::Calendar(_) => "calendar_id",
    };
    asked.insert(column.to_owned(), shown["id"].clone());
    asked.insert("bucket_type".to_owned(), shown["type"].clone());
    if let Value::Object(more) = more {
        asked.extend(more);
    }
    let mut row = row(record, Value::Object(asked));
    row["bucket"] = shown;
    row["scope"] = json!(painter.world.state(bucket).name());
    row
}

/// Rows of a listing that are all there is to say.
fn listed(painter: Painter<'_>, reply: Reply) -> Vec<Value> {
    let Reply::Listing(listing) = reply else {
        return Vec::new();
    };
    let rows = listing.rows.iter();
    rows.filter_map(|each| listing.render(painter, each))
        .map(|record| row(record, json!({})))
        .collect()
}

fn visible(painter: Painter<'_>) -> impl Iterator<Item = Bucket> {
    let all = all_buckets(painter.world).into_iter();
    all.filter(move |bucket| painter.world.state(*bucket) != State::Trashed)
}

fn people(painter: Painter<'_>) -> Vec<Value> {
    painter
        .world
        .everybody()
        .map(|person| {
            let trashed = painter.world.is_away(person);
            let shown = painter.person(person);
            let record = if trashed && !painter.world.readings.trashed_singles {
                shown.clone()
            } else {
                painter.single_person(person)
            };
            let mut row = row(record, json!({"trashed": trashed}));
            row["listed"] = shown;
            row
        })
        .collect()
}

fn person_projects(painter: Painter<'_>) -> Vec<Value> {
    let people = painter.world.present();
    people
        .flat_map(|person| {
            let mut rows = listed(painter, listing::projects_of(painter, person));
            for row in &mut rows {
                row["asked"]["person_id"] = painter.mentioned(person)["id"].clone();
            }
            rows
        })
        .collect()
}

fn accesses(painter: Painter<'_>) -> Vec<Value> {
    visible(painter)
        .flat_map(|bucket| {
            let people = painter.accesses(bucket).into_iter();
            people.map(|person| row_in(painter, bucket, person, json!({}))).collect::<Vec<_>>()
        })
        .collect()
}

fn groups(painter: Painter<'_>) -> Vec<Value> {
    let single = |group: &Value| painter.single_group(group["id"].as_i64()?);
    let groups = painter.groups().into_iter();
    groups
        .map(|group| {
            let mut row = row(single(&group).unwrap_or_default(), json!({}));
            row["listed"] = group;
            row
        })
        .collect()
}

/// Departments, or the people in companies and in departments.
fn subgroups(painter: Painter<'_>, members: bool) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut add = |record: &Value, asked: Value| {
        let people = record["memberships"].as_array().cloned();
        rows.extend(people.into_iter().flatten().map(|person| row(person, asked.clone())));
    };
    let mut departments = Vec::new();
    for group in painter.groups() {
        let Some(id) = group["id"].as_i64() else {
            continue;
        };
        let single = painter.single_group(id).unwrap_or_default();
        add(&single, json!({"group_id": id, "subgroup_id": null}));
        for department in group["subgroups"].as_array().into_iter().flatten() {
            let single = department["id"]
                .as_i64()
                .and_then(|department| painter.single_subgroup(id, department));
            let record = single.unwrap_or_default();
            add(&record, json!({"group_id": id, "subgroup_id": department["id"]}));
            let mut row = row(record, json!({"group_id": id}));
            row["listed"] = department.clone();
            row["outer"] = group.clone();
            departments.push(row);
        }
    }
    if members { rows } else { departments }
}

fn projects(painter: Painter<'_>, templates: bool) -> Vec<Value> {
    (0..)
        .zip(&painter.world.projects)
        .filter(|(_, project)| !templates || project.state == State::Template)
        .map(|(place, project)| {
            let trashed = project.state == State::Trashed;
            let shown = painter.project(place, trashed);
            let record = if trashed { shown.clone() } else { painter.single_project(place) };
            let mut row = row(record, json!({"status": project.state.name()}));
            if !painter.world.is_unlisted_project(place) {
                row["listed"] = shown;
            }
            row["scope"] = json!(project.state.name());
            row
        })
        .collect()
}

fn calendars(painter: Painter<'_>) -> Vec<Value> {
    (0..)
        .zip(&painter.world.calendars)
        .filter(|(place, _)| !painter.world.deleted.contains(place))
        .map(|(place, _)| {
            let mut row = row(painter.single_calendar(place), json!({}));
            row["listed"] = painter.calendar(place);
            row
        })
        .collect()
}

/// Whether some address shows a thing: trash is listed for lists and to-dos only.
fn shows(painter: Painter<'_>, fact: &Fact) -> bool {
    let world = painter.world;
    if !world.gone(fact) {
        return true;
    }
    let listed = matches!(fact.kind, Kind::Todo | Kind::Todolist);
    let kept = !world.parent(fact).is_some_and(|parent| world.gone(parent));
    fact.trashed && listed && kept && world.state(fact.bucket) != State::Trashed
}

fn things(painter: Painter<'_>, kind: Kind) -> Vec<Value> {
    let all = painter.world.facts.iter().filter(|fact| fact.kind == kind);
    all.filter(|fact| shows(painter, fact)).map(|fact| thing(painter, fact)).collect()
}

fn thing(painter: Painter<'_>, fact: &Fact) -> Value {
    let listed = !painter.world.is_unlisted(fact);
    let shown = painter.listed(fact, true).filter(|_| listed);
    let hidden = fact.trashed && !painter.world.readings.trashed_singles;
    let record = match &shown {
        Some(shown) if hidden => shown.clone(),
        _ => painter.single(fact, false),
    };
    let mut row = row_in(painter, fact.bucket, record, json!({}));
    if let Some(shown) = shown {
        row["listed"] = shown;
    }
    if let (Kind::Todo, Some(list)) = (fact.kind, painter.world.parent(fact)) {
        row["asked"]["todolist_id"] = json!(list.id);
    }
    let topics = &painter.world.topics;
    if let (Kind::Message | Kind::Upload, true) = (fact.kind, listed) {
        if let Some(topic) = topics.iter().find(|topic| topic.fact == fact.serial) {
            row["topic"] = painter.topic(topic, true);
            row["asked"]["archived"] = json!(topic.archived);
            row["asked"]["topic_id"] = json!(topic.id);
        }
        let mut files = painter.world.under(fact, Kind::Attachment);
        let file = files.next().and_then(|file| painter.listed(file, true));
        row["outer"] = match fact.kind {
            Kind::Message => row["topic"].clone(),
            _ => file.unwrap_or_default(),
        };
    }
    row
}

fn occurrences(painter: Painter<'_>) -> Vec<Value> {
    let buckets: Vec<Bucket> = visible(painter).collect();
    let all = calendar::window(painter.world, &buckets, FIRST_DAY, LAST_DAY);
    all.iter()
        .map(|one| {
            let bucket = painter.world.fact(one.fact).bucket;
            row_in(painter, bucket, painter.occurrence(one, true), json!({}))
        })
        .collect()
}

fn topics(painter: Painter<'_>) -> Vec<Value> {
    let world = painter.world;
    let all = world.topics.iter();
    all.filter_map(|topic| {
        let bucket = world.fact(topic.fact).bucket;
        let wide = Painter::is_project(bucket) || world.readings.calendar_topics;
        let shown = wide && !world.is_unlisted(world.fact(topic.fact));
        let asked = json!({"archived": topic.archived});
        shown.then(|| row_in(painter, bucket, painter.topic(topic, true), asked))
    })
    .collect()
}

/// Comments, or subscribers, with what they hang on.
fn embedded(painter: Painter<'_>, comments: bool) -> Vec<Value> {
    let world = painter.world;
    let all = world.facts.iter();
    all.filter(|fact| Kind::COMMENTABLE.contains(&fact.kind) && !world.gone(fact))
        .flat_map(|fact| {
            let rows = if comments { painter.comments(fact) } else { painter.subscribers(fact) };
            let asked = json!({"parent_type": fact.kind.name(), "parent_id": fact.id});
            rows.into_iter()
                .map(|each| row_in(painter, fact.bucket, each, asked.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn assigned(painter: Painter<'_>) -> Vec<Value> {
    let mut rows = Vec::new();
    for person in painter.world.present() {
        let reply = listing::assigned(painter, person, &routes::Query::new());
        for list in listed(painter, reply) {
            let mut outer = list["record"].clone();
            let todos = outer["assigned_todos"].take();
            for todo in todos.as_array().into_iter().flatten() {
                let asked = json!({"person_id": painter.mentioned(person)["id"]});
                let mut row = row(todo.clone(), asked);
                row["outer"] = outer.clone();
                rows.push(row);
            }
        }
    }
    rows
}

fn labels(painter: Painter<'_>) -> Vec<Value> {
    let files = painter.world.facts.iter().filter(|fact| fact.kind == Kind::Attachment);
    files
        .filter(|file| !painter.world.gone(file))
        .flat_map(|file| {
            painter.labels(file).into_iter().map(move |label| {
                let mut row = thing(painter, file);
                row["asked"]["tag"] = json!(label);
                row
            })
        })
        .collect()
}

/// Labels of each project, and of all calendars together, with how many files bear them in any case of
/// letters.
fn tags(painter: Painter<'_>) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    for label in labels(painter) {
        let name = label["asked"]["tag"].as_str().unwrap_or_default();
        let project = &label["asked"]["project_id"];
        let same = |row: &&mut Value| {
            let known = row["record"]["name"].as_str().unwrap_or_default();
            row["asked"]["project_id"] == *project && known.to_lowercase() == name.to_lowercase()
        };
        if let Some(row) = rows.iter_mut().find(same) {
            let count = row["record"]["attachments_count"].as_i64();
            row["record"]["attachments_count"] = json!(count.unwrap_or_default() + 1);
            if let Some(spellings) = row["record"]["spellings"].as_array_mut()
                && !spellings.iter().any(|spelling| spelling == name)
            {
                spellings.push(json!(name));
            }
            continue;
        }
        let record = json!({"name": name, "spellings": [name], "attachments_count": 1});
        let mut row = row(record, json!({"project_id": project}));
        row["scope"] = label["scope"].clone();
        rows.push(row);
    }
    rows
}

fn log(painter: Painter<'_>) -> Vec<Value> {
    let world = painter.world;
    let all = world.log.iter().map(|entry| (entry, painter.scene(entry.what)));
    all.filter(|(_, bucket)| world.state(*bucket) != State::Trashed)
        .map(|(entry, bucket)| {
            let record = painter.entry(entry, true, true);
            let asked = json!({"person_id": record["creator"]["id"]});
            row_in(painter, bucket, record, asked)
        })
        .collect()
}

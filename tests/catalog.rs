//! The catalogue says nothing that cannot be: names resolve, and every promised column is there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use basecamp_fdw::catalog::field::{Need, Seen};
use basecamp_fdw::catalog::{
    Covers, Each, Field, LAUNCHPAD, More, Parameter, RECORD, Role, Rows, Source, Table, Version,
    WAY,
};
use basecamp_fdw::reference;
use basecamp_fdw::value::{Raw, Type, Value};
use serde_json::Value as Json;

/// The versions whose lists of columns are complete.
const VERSIONS: [Version; 2] = [Version::V2, Version::V3];

fn tables() -> impl Iterator<Item = &'static Table> {
    VERSIONS.into_iter().flat_map(|version| version.tables().iter().copied())
}

/// Every source of a table, with the one of its supplement.
fn sources(table: &'static Table) -> impl Iterator<Item = &'static Source> {
    let supplement = table.supplement.as_ref();
    table.sources.iter().chain(supplement.map(|supplement| &supplement.source))
}

/// Lower-case words with underscores between them.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_sentence(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
        && text.ends_with('.')
        && !text.contains(". ")
        && !text.contains('\n')
}

#[test]
fn names_are_plain_and_there_once() {
    for table in tables() {
        assert!(is_name(table.name), "{}", table.name);
        let mut seen = BTreeSet::new();
        for column in table.columns().chain([&RECORD]) {
            let place = format!("{}.{}", table.name, column.name);
            assert!(is_name(column.name), "{place}");
            assert!(seen.insert(column.name), "{place} is there twice");
        }
    }
}

/// Tables whose rows are not things with a number, and what tells them apart instead.
const WITHOUT_ID: &[(&str, &str)] = &[
    ("accesses", "project_id or calendar_id, and person_id"),
    ("attachment_tags", "attachment_id and tag"),
    ("calendar_event_occurrences", "event_id and occurrence_number"),
    ("group_memberships", "group_id, subgroup_id where there is one, and person_id"),
    ("person_projects", "person_id and project_id"),
    ("stars", "project_id"),
    ("subscribers", "parent_type, parent_id and person_id"),
    ("tags", "project_id and name"),
    ("embeds", "sgid, a text"),
    ("hill_chart_dots", "todoset_id and todolist_id"),
    ("hill_charts", "todoset_id"),
    ("inbox_items", "addressing_id"),
    ("my_preferences", "nothing: it is one row"),
    ("out_of_office", "person_id"),
    ("project_people", "project_id and person_id"),
    ("question_answerers", "question_id and person_id"),
    ("question_reminders", "reminder_id, which may be missing"),
    ("recording_bookmarks", "recording_id"),
    ("search_types", "kind and key"),
    ("subscriptions", "recording_id and person_id"),
];

#[test]
fn every_table_has_an_id_that_is_a_number_or_a_reason_to_have_none() {
    let mut without = Vec::new();
    for table in tables() {
        match table.column("id") {
            Some(id) => assert_eq!(id.ty, Type::Bigint, "{}", table.name),
            None => without.push(table.name),
        }
    }
    let known: Vec<&str> = WITHOUT_ID.iter().map(|(table, _)| *table).collect();
    assert_eq!(without, known);
}

#[test]
fn everything_is_explained_in_one_sentence() {
    for table in tables() {
        assert!(is_sentence(table.about), "{}: {}", table.name, table.about);
        for column in table.columns().chain([&RECORD]) {
            let place = format!("{}.{}: {}", table.name, column.name, column.about);
            assert!(is_sentence(column.about), "{place}");
        }
    }
}

#[test]
fn paths_are_whole_and_their_holes_are_columns_that_can_fill_them() {
    for table in tables() {
        for source in sources(table) {
            let path = source.path.strip_prefix(LAUNCHPAD).unwrap_or(source.path);
            let place = format!("{}: {path}", table.name);
            assert!(path.starts_with('/') && path.ends_with(".json"), "{place}");
            assert!(!path.contains('?'), "{place}");
            let holes: Vec<&str> = source.holes().collect();
            for path in paths(source) {
                let filled =
                    holes.iter().fold(path, |path, hole| path.replace(&format!("{{{hole}}}"), "1"));
                assert!(!filled.contains(['{', '}']), "{place}");
            }
            for hole in &holes {
                let ty = table.column(hole).map(|column| column.ty);
                let filled_by_parents = ty.is_none() && source.each.is_some();
                assert!(
                    filled_by_parents || matches!(ty, Some(Type::Bigint | Type::Date | Type::Text)),
                    "{place}: {hole}"
                );
            }
            let by_query = source.equal().any(|column| source.needs.contains(&column));
            match source.covers {
                Covers::Holes => assert!(!holes.is_empty() || by_query, "{place}"),
                // A hole can narrow the account without being a container: a label, a person.
                Covers::Account => {}
                Covers::Projects => assert!(holes.is_empty(), "{place}"),
            }
        }
    }
}

/// The paths of a source, one for each way.
fn paths(source: &Source) -> Vec<String> {
    if source.ways.is_empty() {
        return vec![source.path.to_owned()];
    }
    let hole = format!("{{{WAY}}}");
    let ways = source.ways.iter();
    ways.map(|way| source.path.replace(&hole, way.path)).collect()
}

/// Whether every request of a source says a value of this column.
fn always_asks_by(source: &Source, column: &str) -> bool {
    let by_way =
        |way: &basecamp_fdw::catalog::Way| way.when.iter().any(|(name, _)| *name == column);
    let by_query = source.query.iter().any(|parameter| match parameter {
        Parameter::Equal { column: name, .. } => *name == column && source.needs.contains(name),
        _ => parameter.domain() == Some(column),
    });
    let by_way = !source.ways.is_empty() && source.ways.iter().all(by_way);
    source.holes().any(|hole| hole == column) || by_way || by_query
}

/// Whether a source can give a value from this place.
fn has(source: &Source, field: &Field) -> bool {
    match field {
        Field::Asked(name) => always_asks_by(source, name),
        Field::Outer(_) => {
            matches!(source.rows, Rows::Member(_) | Rows::Arrays(..) | Rows::Inside(_))
        }
        Field::Word(inner, _) => has(source, inner),
        _ => true,
    }
}

/// A column that depends on the request is there whichever source is taken, unless it says where else
/// it may be, or that it may be NULL. Tables of Basecamp 2 share columns that name more places than each
/// of them has: see `catalog_v2.rs`.
#[test]
fn what_a_column_is_asked_by_is_asked_by_every_source() {
    for table in Version::V3.tables() {
        for column in table.columns() {
            let place = format!("{}.{}", table.name, column.name);
            match &column.field {
                Field::First(places) => {
                    let anywhere = |place| sources(table).any(|source| has(source, place));
                    assert!(places.iter().all(anywhere), "{place}: a place that nothing gives");
                }
                Field::NameOfArray | Field::InArray(_) | Field::PlaceIn(_) => {
                    let arrays = |source: &Source| matches!(source.rows, Rows::Arrays(..));
                    assert!(sources(table).any(arrays), "{place}");
                }
                field => assert!(sources(table).all(|source| has(source, field)), "{place}"),
            }
        }
    }
}

/// What a source is without, some other source must ask by: otherwise nothing could answer.
#[test]
fn what_a_source_is_no_answer_for_another_source_answers() {
    for table in tables() {
        for source in sources(table) {
            for column in source.without {
                let mut others = sources(table);
                assert!(
                    others.any(|other| always_asks_by(other, column)),
                    "{}: {column}",
                    table.name
                );
            }
        }
    }
}

#[test]
fn sources_of_a_table_have_names_of_their_own() {
    for table in tables() {
        let mut seen = BTreeSet::new();
        for source in sources(table) {
            assert!(!source.name.is_empty(), "{}", table.name);
            assert!(seen.insert(source.name), "{}: {} is there twice", table.name, source.name);
        }
    }
}

#[test]
fn what_a_source_walks_fills_its_holes_with_values_of_their_type() {
    for version in VERSIONS {
        for table in version.tables() {
            for source in sources(table) {
                let Some(Each::Row { table: name, fills, when, .. }) = source.each else {
                    continue;
                };
                let parents = version.table(name).expect("the compiler checked it");
                for (hole, from) in fills {
                    let place = format!("{}: {hole} from {name}.{from}", table.name);
                    let ty = |table: &Table, column| table.column(column).map(|column| column.ty);
                    let free = ty(table, hole).is_none();
                    assert!(free || ty(table, hole) == ty(parents, from), "{place}");
                }
                assert!(
                    when.is_none_or(|when| parents.column(when).is_some()),
                    "{}: {name}.{when:?}",
                    table.name
                );
            }
        }
    }
}

#[test]
fn domains_are_of_columns_and_hold_their_defaults() {
    for table in tables() {
        for domain in table.domains {
            let place = format!("{}.{}", table.name, domain.column);
            let ty = table.column(domain.column).map(|column| column.ty);
            assert!(matches!(ty, Some(Type::Boolean | Type::Text)), "{place}");
            assert!(domain.default.iter().all(|value| domain.values.contains(value)), "{place}");
            if ty == Some(Type::Boolean) {
                assert_eq!(domain.values, ["false", "true"], "{place}");
            }
        }
    }
}

/// The members that a column may be in.
fn members(field: &Field) -> Vec<&'static str> {
    match field {
        Field::First(places) => places.iter().flat_map(members).collect(),
        other => {
            let needs = other.needs().into_iter();
            needs
                .filter_map(|need| match need {
                    Need::Member(member) => Some(member),
                    _ => None,
                })
                .collect()
        }
    }
}

/// A guard or a gap in a member that no column reads could never matter.
#[test]
fn members_that_are_guarded_or_lacking_are_read_by_a_column() {
    for table in tables() {
        let read: BTreeSet<&str> =
            table.columns().flat_map(|column| members(&column.field)).collect();
        let lacking = sources(table).flat_map(|source| source.lacks);
        let without = table.supplement.iter().map(|s| &s.without);
        for member in table.whole.iter().chain(lacking).chain(without) {
            assert!(read.contains(member), "{}: {member}", table.name);
        }
    }
}

/// A reduced row can only be noticed by a guard, and only be completed by a single record.
#[test]
fn rows_of_the_listing_across_projects_are_guarded_where_they_can_be_completed() {
    for table in tables().filter(|table| table.single().is_some()) {
        let across = |source: &Source| source.path == "/projects/recordings.json";
        assert_eq!(table.sources.iter().any(across), !table.whole.is_empty(), "{}", table.name);
    }
}

/// The listing knows twelve types, and tables that ask it for the same one tell their rows apart.
#[test]
fn the_listing_across_projects_is_asked_for_types_that_it_knows() {
    let recordings = Version::V3.table("recordings").expect("a table");
    let known = recordings.domain("type").expect("a domain").values;
    assert_eq!(known.len(), 12);
    let mut asked = BTreeSet::new();
    for table in tables() {
        for source in sources(table).filter(|s| s.path == "/projects/recordings.json") {
            for parameter in source.query {
                if let Parameter::Fixed("type", ty) = parameter {
                    assert!(known.contains(ty), "{}: {ty}", table.name);
                    let kind = (*ty, table.keep);
                    assert!(asked.insert(kind), "{}: {kind:?} is there twice", table.name);
                }
            }
            assert_eq!(source.rows, Rows::Pages, "{}", table.name);
        }
    }
    let types: BTreeSet<&str> = asked.iter().map(|(ty, _)| *ty).collect();
    assert_eq!(types, known.iter().copied().collect(), "each has a table");
}

/// `METHOD PATH` without the names of the holes and the ending.
fn shape(path: &str) -> String {
    let mut parts = path.strip_suffix(".json").unwrap_or(path).split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shape, part| {
        let rest = part.split_once('}').map_or("", |(_, rest)| rest);
        format!("{shape}{{}}{rest}")
    })
}

/// The reads of Basecamp 3 in `tests/catalog/v3-reads.txt`, whether a source uses them or not.
#[test]
fn every_read_of_the_api_is_used_or_has_a_reason() {
    let reads: BTreeSet<&str> = include_str!("catalog/v3-reads.txt").lines().collect();
    let reasons = include_str!("catalog/excluded.txt").lines();
    let excluded: Vec<(&str, &str)> = reasons
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(": ").expect("METHOD PATH: reason"))
        .collect();
    let used: BTreeSet<String> = Version::V3
        .tables()
        .iter()
        .flat_map(|table| sources(table))
        .flat_map(paths)
        .map(|path| format!("GET {}", shape(&path)))
        .collect();
    for (read, reason) in &excluded {
        assert!(reads.contains(read), "{read} is no read");
        assert!(!used.contains(*read), "{read} is used, though: {reason}");
        assert!(is_sentence(reason), "{read}: {reason}");
    }
    let left: Vec<_> = reads
        .iter()
        .filter(|read| !used.contains(**read))
        .filter(|read| excluded.iter().all(|(excluded, _)| excluded != *read))
        .collect();
    assert!(left.is_empty(), "neither used nor excluded: {left:#?}");
    let all = reads.len();
    println!("reads used: {} of {all}", all - excluded.len());
}

/// Compares the list of reads with the operations of the SDK, which are not part of the package.
#[test]
fn the_list_of_reads_is_that_of_the_sdk() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/api/v3-operations.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return;
    };
    let operations: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    let reads = operations.iter().filter(|each| each["method"] == "GET");
    let known: BTreeSet<String> = reads
        .map(|each| format!("GET {}", shape(each["path"].as_str().expect("a text"))))
        .collect();
    let kept = include_str!("catalog/v3-reads.txt").lines();
    assert_eq!(kept.map(str::to_owned).collect::<BTreeSet<_>>(), known);
}

/// `table.column type`, one line each, sorted.
fn listing(version: Version) -> String {
    let mut lines = BTreeSet::new();
    for table in version.tables() {
        for column in table.columns().chain([&RECORD]) {
            lines.insert(format!("{}.{} {}", table.name, column.name, column.ty.sql()));
        }
    }
    lines.into_iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

/// A column that disappears or changes its type breaks somebody's query: it must be on purpose.
#[test]
fn the_columns_are_those_that_are_promised() {
    let made = listing(Version::V3);
    let promised = include_str!("catalog/v3.txt");
    let (made, promised): (BTreeSet<&str>, BTreeSet<&str>) =
        (made.lines().collect(), promised.lines().collect());
    let missing: Vec<_> = promised.difference(&made).collect();
    let surplus: Vec<_> = made.difference(&promised).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing: {missing:#?}, not in the list: {surplus:#?}"
    );
}

/// The ways in which the table of facts may spell a place in the rows of a table.
fn spelled(table: &'static Table, field: &Field) -> Vec<String> {
    match field {
        Field::Asked(_) => {
            ["(request path)", "(which endpoint)", "from url"].map(str::to_owned).to_vec()
        }
        // Of Basecamp 2 alone.
        Field::Always(_)
        | Field::Around(_)
        | Field::Bucket(_)
        | Field::Count(_)
        | Field::Given(_)
        | Field::Head(..)
        | Field::Tally(_) => Vec::new(),
        Field::Day(path) => vec![format!("{path} (date part)")],
        Field::Each(path, inner) => vec![format!("{path}[*].{inner}")],
        Field::Either(path, _)
        | Field::EitherPerson(path, _)
        | Field::Member(path)
        | Field::Person(path) => {
            vec![(*path).to_owned()]
        }
        Field::First(places) => {
            let all: Vec<Vec<String>> = places.iter().map(|each| spelled(table, each)).collect();
            let firsts: Vec<&str> = all.iter().map(|each| each[0].as_str()).collect();
            let together = firsts.join(" or ");
            all.concat().into_iter().chain([together]).collect()
        }
        Field::InArray(_) => vec!["(which array)".to_owned()],
        Field::InUrl(path, after) => vec![format!("{path} after {after}")],
        Field::NameOfArray => {
            let names = sources(table).filter_map(|source| match source.rows {
                Rows::Arrays(names, _) => Some(names.join(" | ")),
                _ => None,
            });
            names.chain(["(which array)".to_owned()]).collect()
        }
        Field::Outer(path) => vec![(*path).to_owned(), format!("(project).{path}")],
        Field::PlaceIn(_) => vec!["(index)".to_owned()],
        Field::Plain => vec![String::new()],
        Field::Present(path) => vec![format!("{path} present")],
        Field::Unless(path) => vec![format!("{path} unless nothing")],
        Field::When { path, when, is } => vec![format!("{path} when {when} = {is}")],
        Field::Whole => vec!["$".to_owned()],
        Field::Word(inner, _) => spelled(table, inner),
    }
}

/// A place as the facts have it, without the array that the rows of the table are in.
fn in_row<'a>(table: &'static Table, path: &'a str) -> &'a str {
    let inside = sources(table).filter_map(|source| match source.rows {
        Rows::Member(array) | Rows::Inside(array) => Some(array),
        Rows::Arrays(..) => Some(""),
        _ => None,
    });
    let mut stripped = inside.filter_map(|array| path.strip_prefix(array)?.strip_prefix("[*]."));
    stripped.next().unwrap_or(path)
}

/// Tables of the newest operations, of which the table of facts does not know.
const NEWER: &[&str] = &[
    "assignable_people",
    "bubble_ups",
    "embeds",
    "feed_events",
    "inbox_items",
    "my_due_assignments",
    "pings",
    "recent_projects",
    "recording_bookmarks",
    "subtasks",
    "template_library_card_tables",
    "template_library_copies",
    "template_library_todolists",
    "templatifications",
];

/// Members of the newest types, of which the table of facts does not know.
const NEWER_COLUMNS: &[&str] = &[
    "performed_by_id",
    "performed_by_name",
    "starred",
    "subtasks_completed_count",
    "subtasks_count",
    "subtasks_url",
    "system_label",
    "wallpaper_mode",
    "wallpaper_url",
];

/// Members that payloads have, or that Basecamp's own clients expect, and the table of facts lacks.
const ADDED: &[(&str, &str, &str)] = &[
    ("assigned_todos", "parent_title", "parent.title"),
    ("attachments", "app_download_url", "app_download_url"),
    ("attachments", "app_url", "app_url"),
    ("attachments", "bucket_type", "bucket.type"),
    ("attachments", "created_at", "created_at"),
    ("attachments", "creator_email_address", "creator.email_address"),
    ("attachments", "creator_id", "creator.id"),
    ("attachments", "creator_name", "creator.name"),
    ("attachments", "parent_id", "parent.id"),
    ("attachments", "parent_title", "parent.title"),
    ("attachments", "parent_type", "parent.type"),
    ("attachments", "parent_url", "parent.url"),
    ("attachments", "project_id", "bucket.id"),
    ("attachments", "project_name", "bucket.name"),
    ("attachments", "title", "title"),
    ("attachments", "updated_at", "updated_at"),
    ("attachments", "url", "url"),
    ("boosts", "project_id", "recording.bucket.id"),
    ("boosts", "project_name", "recording.bucket.name"),
    ("card_steps", "completed_at", "completion.created_at"),
    ("card_steps", "completer_id", "completion.creator.id"),
    ("card_steps", "completer_name", "completion.creator.name"),
    ("everything_cards", "parent_title", "parent.title"),
    ("everything_todos", "parent_title", "parent.title"),
    ("gauge_needles", "parent_title", "parent.title"),
    ("overdue_todos", "parent_title", "parent.title"),
    ("subscriptions", "email_address", "email_address"),
    ("todo_steps", "completed_at", "completion.created_at"),
    ("todo_steps", "completer_id", "completion.creator.id"),
    ("todo_steps", "completer_name", "completion.creator.name"),
];

/// What the facts tell of the answer to an upload and no address reads back.
const NEVER_READ: &[(&str, &str)] = &[("attachments", "caption"), ("attachments", "status_url")];

/// The facts about the tables of the API, which are not part of the package.
fn facts() -> Option<Vec<Json>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/api/v3-tables.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

/// A text of the facts.
fn word(json: &Json, name: &str) -> String {
    json[name].as_str().expect("a text").to_owned()
}

/// Compares names, types and places with the facts about the API.
#[test]
fn the_columns_are_where_the_facts_say() {
    let Some(facts) = facts() else {
        return;
    };
    let known: BTreeSet<String> = facts.iter().map(|each| word(each, "table")).collect();
    let made: BTreeSet<String> = Version::V3
        .tables()
        .iter()
        .map(|table| table.name.to_owned())
        .filter(|name| !NEWER.contains(&name.as_str()))
        .collect();
    assert_eq!(made, known, "tables");
    for fact in &facts {
        let table = Version::V3.table(&word(fact, "table")).expect("a table");
        let columns = fact["columns"].as_array().expect("columns");
        let mut left: BTreeSet<&str> = table.columns().map(|column| column.name).collect();
        left.insert(RECORD.name);
        for (_, name, place) in ADDED.iter().filter(|(added, ..)| *added == table.name) {
            assert!(left.remove(name), "{}.{name} is not there", table.name);
            let column = table.column(name).expect("a column");
            let spellings = spelled(table, &column.field);
            assert!(spellings.iter().any(|each| each == place), "{}.{name}", table.name);
        }
        left.retain(|name| !NEWER_COLUMNS.contains(name));
        // What a row was asked by, where no record shows it.
        let filters = fact["filters"].as_array().expect("filters");
        for filter in filters.iter().map(|filter| word(filter, "column")) {
            let column = table.column(&filter).map(|column| &column.field);
            if matches!(column, Some(Field::Asked(_))) {
                left.remove(filter.as_str());
            }
        }
        for expected in columns {
            let name = word(expected, "name").replace("raw", RECORD.name);
            let ty = word(expected, "pg_type").replace("timestamptz", Type::Timestamptz.sql());
            let place = word(expected, "json_path");
            let found = table.column(&name);
            if NEVER_READ.contains(&(table.name, name.as_str())) {
                assert!(found.is_none(), "{}.{name} would never be filled", table.name);
                continue;
            }
            let Some(column) = found else {
                panic!("{}.{name} is not there", table.name);
            };
            assert_eq!(column.ty.sql(), ty, "{}.{name}", table.name);
            let spellings = spelled(table, &column.field);
            assert!(
                spellings.iter().any(|each| *each == in_row(table, &place)),
                "{}.{name} is at {place}, not at {spellings:?}",
                table.name
            );
            left.remove(column.name);
        }
        assert!(left.is_empty(), "{}: not in the facts: {left:?}", table.name);
    }
}

/// Parameters of listings that narrow nothing, each with the reason.
const UNUSED: &[(&str, &str)] = &[
    ("sort", "an order, of which plans make use"),
    ("direction", "an order, of which plans make use"),
    ("assignee_ids[]", "of listings that leave out what is in hidden tools"),
    ("due", "of listings that leave out what is in hidden tools"),
    ("scope", "the listings of each scope are another table"),
    ("deceased", "brings more people, and no record shows which"),
];

#[test]
fn what_listings_can_be_narrowed_by_is_asked_by_its_column() {
    let Some(facts) = facts() else {
        return;
    };
    let mut unused = Vec::new();
    for fact in &facts {
        let table = Version::V3.table(&word(fact, "table")).expect("a table");
        for filter in fact["filters"].as_array().expect("filters") {
            let (param, column) = (word(filter, "param"), word(filter, "column"));
            let known = reference::is_filterable(table, &column);
            if !known && !UNUSED.iter().any(|(name, _)| *name == param) {
                unused.push(format!("{}: {param} by {column}", table.name));
            }
        }
    }
    assert!(unused.is_empty(), "{unused:#?}");
}

/// Basecamp's own clients expect two members beside the rest where payloads have one object.
#[test]
fn a_card_or_step_is_done_by_either_spelling() {
    let creator = serde_json::json!({"id": "9", "name": "Ada"});
    let moment = "2026-07-01T10:00:00Z";
    let spellings = [
        serde_json::json!({"completion": {"created_at": moment, "creator": creator}}),
        serde_json::json!({"completed_at": moment, "completer": creator}),
    ];
    for name in ["cards", "card_steps", "todo_steps", "subtasks", "everything_cards"] {
        let table = Version::V3.table(name).expect("a table");
        for record in &spellings {
            let (text, read) = (record.to_string(), |column: &str| {
                let column = table.column(column).expect("a column");
                column.field.read(column.ty, &Seen::alone(Raw::of(&record.to_string())))
            });
            assert!(matches!(read("completed_at"), Ok(Some(_))), "{name}: {text}");
            assert_eq!(read("completer_id"), Ok(Some(Value::Bigint(9))), "{name}: {text}");
            assert_eq!(read("completer_name"), Ok(Some(Value::Text("Ada".into()))), "{name}");
        }
    }
}

#[test]
fn rule_68_every_column_is_null_where_a_reduced_shape_lacks_its_member() {
    let seen = Seen::alone(Raw::of("{}"));
    let tables = VERSIONS.iter().flat_map(|version| version.tables());
    let columns = tables.flat_map(|table| table.columns().map(move |column| (table, column)));
    // Other fields read what is around a record, or tell what follows from a missing member.
    let members = columns.filter(|(_, column)| matches!(column.field, Field::Member(_)));
    let mut read = 0;
    for (table, column) in members {
        let value = column.field.read(column.ty, &seen);
        assert_eq!(value, Ok(None), "{}.{}", table.name, column.name);
        read += 1;
    }
    assert!(read > 500, "{read}");
}

/// Servers before bubble-ups keep what is wanted again in an array of its own.
#[test]
fn memories_are_a_group_of_notifications_that_every_page_repeats() {
    let table = Version::V3.table("my_notifications").expect("notifications");
    let Rows::Arrays(groups, More::Only(paged)) = table.sources[0].rows else {
        panic!("{:?}", table.sources[0].rows);
    };
    assert!(groups.contains(&"memories") && paged != "memories", "{groups:?}");
}

/// A name means something to planning only where the table is asked by it: the status of a webhook's
/// delivery is no publication state.
#[test]
fn a_column_has_a_role_where_its_table_is_asked_by_it() {
    let todos = Version::V3.table("todos").expect("to-dos");
    let name = |column: Option<&'static basecamp_fdw::catalog::Column>| column.map(|c| c.name);
    assert_eq!(name(todos.id()), Some("id"));
    assert_eq!(name(todos.project()), Some("project_id"));
    assert_eq!(name(todos.with(Role::Status)), Some("status"));
    assert_eq!(name(todos.with(Role::Completed)), Some("completed"));
    assert_eq!(name(todos.with(Role::Created)), Some("created_at"));
    assert_eq!(name(todos.with(Role::Updated)), Some("updated_at"));
    assert_eq!((name(todos.with(Role::Trashed)), name(todos.calendar())), (None, None));
    let events = Version::V2.table("calendar_events").expect("events");
    assert_eq!(name(events.calendar()), Some("calendar_id"));
    assert_eq!(name(events.with(Role::Trashed)), Some("trashed"));
    let steps = Version::V3.table("card_steps").expect("steps");
    assert_eq!(steps.container.map(|container| container.column), Some("card_id"));
    assert_eq!((name(steps.with(Role::Completed)), steps.role("completed")), (None, None));
    for table in tables() {
        for role in [Role::Status, Role::Trashed, Role::Completed, Role::Bucket] {
            let asked_by = table.domain(role.name()).is_some();
            assert_eq!(table.with(role).is_some(), asked_by, "{}: {role:?}", table.name);
        }
    }
}

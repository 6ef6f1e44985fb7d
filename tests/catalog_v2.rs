//! The catalogue of Basecamp 2 against what is known of the API: reads, columns and their places.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use basecamp_fdw::catalog::{Column, Field, RECORD, Rows, Source, Table, Version, WAY};
use basecamp_fdw::value::Type;
use serde_json::Value as Json;

fn tables() -> impl Iterator<Item = &'static Table> {
    Version::V2.tables().iter().copied()
}

/// The facts about the API, which are not part of the package.
fn facts() -> Option<Vec<Json>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/api/v2-tables.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

fn word<'a>(json: &'a Json, name: &str) -> &'a str {
    json[name].as_str().expect("a text")
}

/// Our name of a column of the facts.
fn ours(name: &str) -> String {
    let name = if name == "raw" { RECORD.name } else { name };
    name.to_owned()
}

/// An address with every hole the same, without its query.
fn shape(path: &str) -> String {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |made, part| {
        let rest = part.split_once('}').map_or(part, |(_, rest)| rest);
        format!("{made}{{}}{rest}")
    })
}

/// The addresses of a source, one for each way.
fn addresses(source: &Source) -> Vec<String> {
    let hole = format!("{{{WAY}}}");
    let mut paths: Vec<String> =
        source.ways.iter().map(|way| source.path.replace(&hole, way.path)).collect();
    paths.push(source.path.to_owned());
    paths.iter().map(|path| format!("GET {}", shape(path))).collect()
}

#[test]
fn every_read_is_used_or_has_a_reason() {
    let reads: BTreeSet<&str> = include_str!("catalog/v2-reads.txt").lines().collect();
    let excluded: BTreeMap<&str, &str> = include_str!("catalog/v2-excluded.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(": ").expect("METHOD PATH: reason"))
        .collect();
    let used: BTreeSet<String> =
        tables().flat_map(|table| table.sources).flat_map(addresses).collect();
    for read in excluded.keys() {
        assert!(reads.contains(read), "{read} is no read");
        assert!(!used.contains(*read), "{read} is used");
    }
    let left: Vec<_> = reads
        .iter()
        .filter(|read| !used.contains(**read) && !excluded.contains_key(**read))
        .collect();
    assert!(left.is_empty(), "neither used nor excluded: {left:#?}");
    let all = reads.len();
    println!("reads of Basecamp 2 used: {} of {all}", all - excluded.len());
}

#[test]
fn the_list_of_reads_is_that_of_the_facts() {
    let Some(facts) = facts() else { return };
    let kept: BTreeSet<String> =
        include_str!("catalog/v2-reads.txt").lines().map(str::to_owned).collect();
    for table in &facts {
        let listings = table["list_paths"].as_array().expect("an array").iter();
        let paths = listings.map(|listing| word(listing, "path")).chain(table["get_path"].as_str());
        for path in paths {
            let path = path.replace("https://launchpad.37signals.com", "launchpad:");
            let read = format!("GET {}", shape(&path));
            assert!(kept.contains(&read), "{}: {read}", word(table, "table"));
        }
    }
}

/// A column that disappears or changes its type breaks somebody's query: it must be on purpose.
#[test]
fn the_columns_are_those_that_are_promised() {
    let made: BTreeSet<String> = tables()
        .flat_map(|table| {
            let columns = table.columns().chain([&RECORD]);
            columns.map(|column| format!("{}.{} {}", table.name, column.name, column.ty.sql()))
        })
        .collect();
    let promised: BTreeSet<String> =
        include_str!("catalog/v2.txt").lines().map(str::to_owned).collect();
    let missing: Vec<_> = promised.difference(&made).collect();
    let surplus: Vec<_> = made.difference(&promised).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing: {missing:#?}, not in the list: {surplus:#?}"
    );
    println!("{} tables, {} columns", tables().count(), made.len());
}

/// Columns that the table of facts does not have, each with the reason.
const MORE: &[(&str, &str)] = &[
    (
        "group_memberships.in_subgroup",
        "a condition on it chooses between the two addresses that have the people",
    ),
    ("topics.topicable_section", "the walk to the comments of a thing fills an address with it"),
];

#[test]
fn tables_columns_and_types_are_those_of_the_facts() {
    let Some(facts) = facts() else { return };
    let known: BTreeSet<&str> = facts.iter().map(|table| word(table, "table")).collect();
    let made: BTreeSet<&str> = tables().map(|table| table.name).collect();
    assert_eq!(made, known);
    for table in &facts {
        let name = word(table, "table");
        let columns = table["columns"].as_array().expect("an array").iter();
        let expected: BTreeSet<(String, String)> = columns
            .map(|column| {
                let name = ours(word(column, "name"));
                let ty = word(column, "pg_type").replace("timestamptz", Type::Timestamptz.sql());
                (name, ty)
            })
            .collect();
        let table = Version::V2.table(name).expect("compared above");
        let made: BTreeSet<(String, String)> = table
            .columns()
            .chain([&RECORD])
            .filter(|column| {
                let place = format!("{name}.{}", column.name);
                MORE.iter().all(|(more, _)| *more != place)
            })
            .map(|column| (column.name.to_owned(), column.ty.sql().to_owned()))
            .collect();
        assert_eq!(made, expected, "{name}");
    }
}

/// Every member that a place reads, and what else it goes by.
fn members(field: &Field) -> Vec<String> {
    let own = |path: &str| vec![path.to_owned()];
    match *field {
        Field::Member(path) | Field::Unless(path) | Field::Person(path) | Field::Outer(path) => {
            own(path)
        }
        Field::Count(path) => vec![format!("{path} counted")],
        Field::Day(path) => vec![format!("{path} (first 10 characters)")],
        Field::Each(path, inner) => vec![format!("{path}[*].{inner}")],
        Field::Either(path, other) => vec![path.to_owned(), other.to_owned()],
        Field::Head(path, inner) => vec![format!("{path}[0].{inner}")],
        Field::InUrl(path, after) => vec![format!("{path} after {after}")],
        Field::Present(path) => vec![format!("{path} present")],
        Field::When { path, when, is } => vec![format!("{path} when {when} = {is}")],
        Field::Asked(_) => own("(request path)"),
        Field::Plain => own("tags[*]"),
        Field::Tally(_) => own("(counted)"),
        Field::Whole => own("$"),
        Field::First(places) => places.iter().flat_map(members).collect(),
        Field::Given(places) => places.iter().flat_map(|(place, ..)| members(place)).collect(),
        Field::Around(place) | Field::Word(place, _) => members(place),
        Field::Always(_) | Field::Bucket(_) => Vec::new(),
        Field::EitherPerson(..) => own("(people of Basecamp 3)"),
        Field::InArray(_) | Field::NameOfArray | Field::PlaceIn(_) => own("(array)"),
    }
}

/// How the facts describe a place, in the words that [`members`] has for it. Rows inside of others have
/// their paths without the array; what follows "else" is looked for as well.
fn described(table: &str, path: &str) -> Vec<String> {
    let inside = match table {
        "authorized_accounts" => "accounts[*].",
        "subscribers" => "subscribers[*].",
        "assigned_todos" => "assigned_todos[*].",
        _ => "",
    };
    let path = match (table, path) {
        (_, "(which endpoint)" | "(from path)" | "(which parent)") => "(request path)",
        (_, "bucket.type, else from path or url") => "bucket.type, else request path",
        (_, "(endpoint; archived, draft, trashed, template)") => "archived, else draft",
        ("uploads", "as attachments") => "bucket.id, else attachable.url",
        (_, "as attachments") => "bucket.id when bucket.type = Project, else attachable.url",
        (_, "enclosing group, parent_id in the single shape") => "id, else parent_id",
        (_, "recurrence.number; 0 for the event itself") => "recurrence.number",
        (_, "id; topicable.id while discovering") => "id, else topicable.id",
        (_, "id; attachable.id while discovering") => "id, else attachable.id",
        (_, "subject; topics.title while discovering") => "subject, else title",
        (_, "attachable.url of its file") => "attachable.url",
        (_, "attachable.app_url of its file") => "attachable.app_url",
        ("messages", "topics.project_id") => "bucket.id",
        ("messages", "topics.bucket_name") => "bucket.name",
        ("messages", "topics.id") => "id when topicable.type = Message",
        ("messages", "topics.archived") => "(request path)",
        ("messages", "topics.topicable_url") => "topicable.url",
        ("messages", "topics.topicable_app_url") => "topicable.app_url",
        ("events", path) if path.starts_with("html_url or") => {
            "html_url after #comment_, else eventable.app_url after #comment_"
        }
        (_, path) => path,
    };
    let path = path.strip_prefix(inside).unwrap_or(path);
    path.split(", else ")
        .map(|part| match part {
            "request path" => "(request path)".to_owned(),
            "url" | "url /projects/(\\d+)" if path.contains("bucket") || path.contains("path") => {
                "url after /projects/".to_owned()
            }
            "attachable.url" if path.contains("bucket") => {
                "attachable.url after /projects/".to_owned()
            }
            other => other.to_owned(),
        })
        .collect()
}

/// Each place that the facts name is among those that are looked at.
#[test]
fn the_columns_are_where_the_facts_say() {
    let Some(facts) = facts() else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for table in &facts {
        let name = word(table, "table");
        let catalogued = Version::V2.table(name).expect("the tables are compared elsewhere");
        for column in table["columns"].as_array().expect("an array") {
            let column_name = ours(word(column, "name"));
            let place = format!("{name}.{column_name}");
            let Some(made) = catalogued.column(&column_name) else {
                continue;
            };
            let known = members(&made.field);
            let path = word(column, "json_path");
            compared += 1;
            // A calendar is in the address as a project is.
            let spelled = described(name, path);
            let all = spelled.iter().all(|part| {
                let calendar =
                    part.replace("Project", "Calendar").replace("/projects/", "/calendars/");
                known.contains(part) || known.contains(&calendar)
            });
            if !all {
                wrong.push(format!("{place}: {spelled:?} are not all in {known:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{compared} columns are where the facts say");
}

/// Whether the address of a source names a column, by a hole or by every way.
fn asks(source: &Source, name: &str) -> bool {
    let by_way =
        |way: &basecamp_fdw::catalog::Way| way.when.iter().any(|(column, _)| *column == name);
    source.holes().any(|hole| hole == name)
        || (!source.ways.is_empty() && source.ways.iter().all(by_way))
}

/// A column that only the request tells is told by every listing; a record's own address may not, and is
/// no source where it is wanted.
#[test]
fn what_only_requests_tell_is_told_by_every_listing() {
    for table in tables() {
        let asked = table.columns().filter_map(|column| match column.field {
            Field::Asked(name) => Some((column, name)),
            _ => None,
        });
        for (column, name) in asked {
            let listings = table.sources.iter().filter(|source| source.rows != Rows::One);
            for source in listings {
                assert!(asks(source, name), "{}.{}: {}", table.name, column.name, source.name);
            }
        }
    }
}

/// Members that only the single record has are completed from it, so that each table with such members
/// has one.
#[test]
fn what_listings_lack_is_in_the_single_record() {
    for table in tables() {
        for source in table.sources.iter().filter(|source| source.rows != Rows::One) {
            for member in source.lacks {
                let read = |column: &Column| {
                    members(&column.field)
                        .iter()
                        .any(|path| path.split(['.', '[', ' ']).next() == Some(member))
                };
                let place = format!("{}: {} lacks {member}", table.name, source.name);
                assert!(table.columns().any(read), "{place}, which no column reads");
                let single = table.single();
                let alone = table.name == "events";
                assert!(
                    alone || single.is_some_and(|single| !single.lacks.contains(member)),
                    "{place}, and nothing else has it"
                );
            }
        }
    }
}

/// Every table with a thing's state in it hides the trash unless it is asked for.
#[test]
fn no_table_shows_the_trash_unasked() {
    for table in tables().filter(|table| table.column("trashed").is_some()) {
        let domain = table.domain("trashed");
        let hidden = domain.is_some_and(|domain| domain.default == ["false"]);
        // Its one row is the caller, who is not in the trash.
        assert!(hidden || table.name == "my_profile", "{}", table.name);
    }
}

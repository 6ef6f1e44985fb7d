//! The catalogue says nothing that cannot be: names resolve, and every promised column is there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use basecamp_fdw::catalog::{
    Column, Covers, Each, Field, Parameter, RECORD, Rows, Source, Table, Version,
};
use basecamp_fdw::value::Type;
use serde_json::Value as Json;

/// The versions whose lists of columns are complete.
const VERSIONS: [Version; 1] = [Version::V3];

fn tables() -> impl Iterator<Item = &'static Table> {
    VERSIONS
        .into_iter()
        .flat_map(|version| version.tables().iter().copied())
}

/// Every source of a table, with the one of its supplement.
fn sources(table: &'static Table) -> impl Iterator<Item = &'static Source> {
    let supplement = table.supplement.as_ref();
    table
        .sources
        .iter()
        .chain(supplement.map(|supplement| &supplement.source))
}

/// Lower-case words with underscores between them.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
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

#[test]
fn every_table_has_an_id_that_is_a_number() {
    for table in tables() {
        let id = table.column("id");
        assert_eq!(id.map(|id| id.ty), Some(Type::Bigint), "{}", table.name);
    }
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
fn paths_are_whole_and_their_holes_are_columns_with_ids() {
    for table in tables() {
        for source in sources(table) {
            let path = source.path;
            let place = format!("{}: {path}", table.name);
            assert!(path.starts_with('/') && path.ends_with(".json"), "{place}");
            assert!(!path.contains('?'), "{place}");
            let holes: Vec<&str> = source.holes().collect();
            let filled = holes.iter().fold(path.to_owned(), |path, hole| {
                path.replace(&format!("{{{hole}}}"), "1")
            });
            assert!(!filled.contains(['{', '}']), "{place}");
            for hole in &holes {
                let column = table.column(hole);
                assert_eq!(
                    column.map(|column| column.ty),
                    Some(Type::Bigint),
                    "{place}: {hole}"
                );
            }
            let here = source.covers == Covers::Holes;
            assert_eq!(
                here,
                !holes.is_empty(),
                "{place}: covers {:?}",
                source.covers
            );
        }
    }
}

#[test]
fn sources_of_a_table_have_names_of_their_own() {
    for table in tables() {
        let mut seen = BTreeSet::new();
        for source in sources(table) {
            assert!(!source.name.is_empty(), "{}", table.name);
            assert!(
                seen.insert(source.name),
                "{}: {} is there twice",
                table.name,
                source.name
            );
        }
    }
}

#[test]
fn what_a_source_walks_exists() {
    for version in VERSIONS {
        for table in version.tables() {
            for source in sources(table) {
                if let Some(Each::Row {
                    table: name,
                    column,
                }) = source.each
                {
                    let place = format!("{}: {name}.{column}", table.name);
                    let parents = version.table(name);
                    let column = parents.and_then(|parents| parents.column(column));
                    assert_eq!(
                        column.map(|column| column.ty),
                        Some(Type::Bigint),
                        "{place}"
                    );
                }
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
            assert!(
                domain
                    .default
                    .iter()
                    .all(|value| domain.values.contains(value)),
                "{place}"
            );
            if ty == Some(Type::Boolean) {
                assert_eq!(domain.values, ["false", "true"], "{place}");
            }
        }
    }
}

/// A guard or a gap in a member that no column reads could never matter.
#[test]
fn members_that_are_guarded_or_lacking_are_read_by_a_column() {
    for table in tables() {
        let read: BTreeSet<&str> = table
            .columns()
            .filter_map(|column| column.field.member())
            .collect();
        let lacking = sources(table).flat_map(|source| source.lacks);
        let without = table.supplement.iter().map(|s| &s.without);
        let kept = table
            .keep
            .iter()
            .filter_map(|(path, _)| path.split('.').next());
        for member in table.whole.iter().chain(lacking).chain(without) {
            assert!(read.contains(member), "{}: {member}", table.name);
        }
        for member in kept {
            assert!(read.contains(member), "{}: {member}", table.name);
        }
    }
}

/// A reduced row can only be noticed by a guard, and only be completed by a single record.
#[test]
fn rows_of_the_listing_across_projects_are_guarded_where_they_can_be_completed() {
    for table in tables().filter(|table| table.single().is_some()) {
        let across = |source: &Source| source.path == "/projects/recordings.json";
        assert_eq!(
            table.sources.iter().any(across),
            !table.whole.is_empty(),
            "{}",
            table.name
        );
    }
}

/// The listing knows twelve types, and each table that asks it for one has rows of that type alone.
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
                    assert!(asked.insert(*ty), "{}: {ty} is there twice", table.name);
                }
            }
            assert_eq!(source.rows, Rows::Pages, "{}", table.name);
        }
    }
}

/// `table.column type`, one line each, sorted.
fn listing(version: Version) -> String {
    let mut lines = BTreeSet::new();
    for table in version.tables() {
        for column in table.columns().chain([&RECORD]) {
            lines.insert(format!(
                "{}.{} {}",
                table.name,
                column.name,
                column.ty.sql()
            ));
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

/// The place of a column as the table of facts spells it.
fn spelled(column: &Column) -> String {
    match column.field {
        Field::Day(path) => format!("{path} (date part)"),
        Field::Each(path, inner) => format!("{path}[*].{inner}"),
        Field::Either(path, _) | Field::Member(path) | Field::Person(path) => path.to_owned(),
        Field::Present(path) => format!("{path} present"),
        Field::When { path, when, is } => format!("{path} when {when} = {is}"),
        Field::Whole => "$".to_owned(),
    }
}

/// Compares names, types and places with the facts about the API, which are not part of the package.
#[test]
fn the_columns_are_where_the_facts_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/api/v3-tables.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return;
    };
    let facts: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    let word = |json: &Json, name: &str| json[name].as_str().expect("a text").to_owned();
    for table in Version::V3.tables() {
        let known = facts.iter().find(|each| word(each, "table") == table.name);
        let columns = known.and_then(|known| known["columns"].as_array());
        let expected: BTreeSet<(String, String, String)> = columns
            .expect("the table is known")
            .iter()
            .map(|each| {
                let name = word(each, "name").replace("raw", RECORD.name);
                let ty = word(each, "pg_type").replace("timestamptz", Type::Timestamptz.sql());
                (name, ty, word(each, "json_path"))
            })
            .collect();
        let made: BTreeSet<(String, String, String)> = table
            .columns()
            .chain([&RECORD])
            .map(|column| {
                let ty = column.ty.sql().to_owned();
                (column.name.to_owned(), ty, spelled(column))
            })
            .collect();
        assert_eq!(made, expected, "{}", table.name);
    }
}

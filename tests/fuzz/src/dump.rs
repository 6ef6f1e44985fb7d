//! The copies beside what the simulator says that it holds: the same records, and in columns that are
//! named like a member of the record the same values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::world::{Relation, Widening, World};

/// Tables of which an address shows less than there is, and why.
const LESS: [(&str, &str); 9] = [
    ("v2.comments", "those of calendars are shown where a condition names the event"),
    ("v2.uploads", "one whose file is in the trash is in no listing of files"),
    ("v3.attachments", "what the listing of files shows is not dumped under this name"),
    ("v3.card_steps", "they are dumped with the steps of to-dos"),
    ("v3.chatbots", "they belong to the account and are dumped once for every room"),
    ("v3.my_due_assignments", "one of the lists is dumped"),
    ("v3.pings", "the listing has the recent ones alone"),
    ("v3.template_library_card_tables", "the library is dumped as one object"),
    ("v3.template_library_todolists", "the library is dumped as one object"),
];

/// A record of the dump: its id and its members.
struct Record {
    id: String,
    members: BTreeMap<String, String>,
}

/// What differs, a line a table.
pub fn differences(world: &mut World, odd: bool) -> Vec<String> {
    let relations = world.relations.clone();
    // The recordings of an odd account leave out the folders that are tools.
    let whole = relations.iter().filter(|relation| {
        let known = odd && relation.foreign == "v3.recordings";
        relation.evaluated && is_compared(relation) && !known
    });
    whole.flat_map(|relation| difference(world, relation)).collect()
}

fn is_compared(relation: &Relation) -> bool {
    let listed = LESS.iter().any(|(name, _)| *name == relation.foreign);
    relation.column("id").is_some() && !listed
}

fn difference(world: &mut World, relation: &Relation) -> Vec<String> {
    let records = records(world, relation);
    let columns: Vec<&str> = relation
        .columns
        .iter()
        .filter(|column| matches!(column.ty.as_str(), "bigint" | "integer" | "text" | "boolean"))
        .map(|column| column.name.as_str())
        .collect();
    let copy = relation.copy(Widening { status: true, projects: true });
    let cells =
        columns.iter().map(|column| format!("{column}::text")).collect::<Vec<_>>().join(", ");
    let Ok(rows) = world.ask(&format!("SELECT id::text, {cells} FROM {copy}")) else {
        return Vec::new();
    };
    let dumped: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    let copied: BTreeSet<&str> = rows.iter().filter_map(|row| row[0].as_deref()).collect();
    let mut lines = Vec::new();
    for (what, ids) in [
        ("lacks", dumped.difference(&copied).collect::<Vec<_>>()),
        ("has what the dump lacks:", copied.difference(&dumped).collect()),
    ] {
        // Rows that do not tell their project are those of projects in scope.
        if !ids.is_empty() && (relation.wide || what != "lacks") {
            let (count, some) = (ids.len(), &ids[..ids.len().min(5)]);
            lines.push(format!("dump: {} {what} {count} records: {some:?}", relation.foreign));
        }
    }
    let by_id: BTreeMap<&str, &Record> =
        records.iter().map(|record| (record.id.as_str(), record)).collect();
    // Ids that several rows have say nothing about one of them.
    let unique = by_id.len() == records.len() && copied.len() == rows.len();
    for (place, column) in columns.iter().enumerate().filter(|_| unique) {
        let other = rows.iter().find_map(|row| {
            let record = by_id.get(row[0].as_deref()?)?;
            let (shown, held) = (row[place + 1].as_deref(), record.members.get(*column)?);
            (!is_same(shown?, held)).then(|| format!("{} {shown:?} and not {held:?}", record.id))
        });
        lines.extend(other.map(|other| format!("dump: {}.{column}: {other}", relation.foreign)));
    }
    lines
}

/// The records of a table that have an address: of real projects and in a state that can be asked for.
fn records(world: &World, relation: &Relation) -> Vec<Record> {
    let (version, table) = relation.foreign.split_once('.').unwrap_or_default();
    let elements = match version {
        "v3" => world.simulator.dump(table),
        _ => world.simulator.dump_v2(table),
    };
    let has_status = relation.column("status").is_some() && version == "v3";
    let named = |element: &Json| -> Option<Record> {
        let wrapped = element.get("record").filter(|_| element.get("asked").is_some());
        let record = wrapped.unwrap_or(element);
        let state = record["status"].as_str().unwrap_or("active");
        let known = !has_status || matches!(state, "active" | "archived" | "trashed");
        // A project is shown in the trash too, and what is in it is not.
        let gone = element["scope"] == "trashed" && table != "projects";
        let members = record.as_object()?.iter();
        let members = members.filter_map(|(name, value)| Some((name.clone(), text(value)?)));
        let id = text(&record["id"])?;
        (known && !gone).then(|| Record { id, members: members.collect() })
    };
    elements.iter().filter_map(named).collect()
}

/// Whether two spellings are of one value: a number may have a fraction of nothing.
fn is_same(shown: &str, held: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    shown == held || number(shown).is_some_and(|shown| number(held) == Some(shown))
}

/// A value that is no object or array, as PostgreSQL spells it.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

//! A record and its row: what tells it from others, and what two states of it differ in.

use std::collections::BTreeSet;

use basecamp_fdw::catalog::field::Need;
use basecamp_fdw::catalog::{Effect, Field, Operation, Supply, Table};
use serde_json::{Map, Value};

/// The columns that tell a row from all others: its id and what must be said beside it, or else what
/// addresses its changes.
pub fn keys(table: &'static Table) -> Vec<&'static str> {
    let changes = || table.operations.iter().filter(|each| each.effect != Effect::Insert);
    let known = changes().flat_map(|each| each.members).filter(|each| each.supply == Supply::Known);
    let mut keys: Vec<&'static str> = match table.id() {
        Some(id) => table.singles().flat_map(|each| each.holes()).chain([id.name]).collect(),
        None => changes()
            .flat_map(Operation::holes)
            .chain(table.records().flat_map(|each| each.holes()))
            .chain(known.flat_map(|member| member.columns.iter().copied()))
            .collect(),
    };
    keys.retain(|name| table.column(name).is_some());
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The condition for a row.
pub fn key(table: &'static Table, row: &Map<String, Value>) -> String {
    let conditions = keys(table).into_iter().filter(|name| !row[*name].is_null()).map(|name| {
        let text = row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
        format!("{name} = '{}'", text.replace('\'', "''"))
    });
    let all: Vec<String> = conditions.collect();
    if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
}

/// Whether an element of a dump has a value of a key; one that it does not know is not in the way.
pub fn is_of(each: &Value, table: &'static Table, name: &str, value: &Value) -> bool {
    let record = each.get("record").filter(|_| each.get("asked").is_some()).unwrap_or(each);
    let places = table.column(name).map(|column| members(&column.field)).unwrap_or_default();
    let inside = places.iter().map(|place| match &record[*place] {
        Value::Object(object) => object.get("id").unwrap_or(&Value::Null),
        plain => plain,
    });
    if let Some(asked) = each["asked"].get(name) {
        return asked == value;
    }
    if value.is_null() {
        return true;
    }
    let mut said = [&record[name]].into_iter().chain(inside);
    said.find(|said| !said.is_null()).is_none_or(|said| said == value)
}

/// What became of a member.
pub fn change(name: &str, before: &Value, after: &Value) -> String {
    let said = |record: &Value| record[name].to_string().chars().take(200).collect::<String>();
    format!("{name}: {} became {}", said(before), said(after))
}

/// The members that differ between two records.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let (Some(one), Some(other)) = (before.as_object(), after.as_object()) else {
        return if before == after { Vec::new() } else { vec!["all".to_owned()] };
    };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

/// The top-level members in which a column's value is.
pub fn members(field: &Field) -> Vec<&'static str> {
    match field {
        Field::First(places) => places.iter().flat_map(members).collect(),
        other => other
            .needs()
            .into_iter()
            .filter_map(|need| match need {
                Need::Member(name) => Some(name),
                _ => None,
            })
            .collect(),
    }
}

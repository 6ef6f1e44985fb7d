//! Whether a record is still what a statement read.

use super::Values;
use super::body::in_record;
use crate::catalog::field::Seen;
use crate::catalog::{Column, Role, Table};
use crate::error::{Error, Kind, Result};
use crate::value::Value;

/// The columns that tell whether a record changed: when it last did, or where nothing says that, all
/// that an UPDATE could have changed.
pub fn witnesses(table: &'static Table) -> Vec<&'static str> {
    match table.with(Role::Updated) {
        Some(updated) => vec![updated.name],
        None => {
            let changeable = table.columns().filter(|column| table.is_updatable(column));
            changeable.map(|column| column.name).collect()
        }
    }
}

/// Checks that a record has what a statement read of it.
///
/// # Errors
/// When it has something else, or nothing was read that could tell.
pub fn check_unchanged(table: &'static Table, read: &Values, record: &Seen<'_>) -> Result<()> {
    let witnesses = witnesses(table);
    let known = read.iter().filter(|(name, _)| witnesses.contains(name));
    let mut known = known.filter_map(|(name, value)| Some((table.column(name)?, value))).peekable();
    if known.peek().is_none() {
        return Err(unwitnessed(table));
    }
    for (column, before) in known {
        let now = in_record(column, record)?;
        if !same(before.as_ref(), now.as_ref()) {
            return Err(changed(column, before.as_ref(), now.as_ref()));
        }
    }
    Ok(())
}

/// That a record changed, or is no more, since a statement read it.
pub fn changed_meanwhile() -> Error {
    Error::new(Kind::Changed, "could not write a record that changed since the statement read it")
        .hint("Option updatecheck is set: run the statement again to see what is there now.")
}

fn changed(column: &Column, before: Option<&Value>, now: Option<&Value>) -> Error {
    changed_meanwhile().detail(format!(
        "Its {} was {} and is {} now.",
        column.name,
        shown(before),
        shown(now)
    ))
}

fn unwitnessed(table: &'static Table) -> Error {
    let message = format!("rows of \"{}\" do not tell whether they changed", table.name);
    let error = Error::new(Kind::Unsupported, message);
    match table.with(Role::Updated) {
        Some(updated) => error.detail(format!("The foreign table has no column {}.", updated.name)),
        None => error.hint("Set option updatecheck of the foreign table to false."),
    }
}

/// Whether two values are the same; the text of JSON is laid out in more than one way.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Jsonb(_)), Some(Value::Jsonb(_))) => {
            one.and_then(Value::json) == other.and_then(Value::json)
        }
        _ => one == other,
    }
}

fn shown(value: Option<&Value>) -> String {
    let mut text = value.and_then(Value::json).unwrap_or_default().to_string();
    if text.len() > 60 {
        text.truncate(text.floor_char_boundary(57));
        text.push_str("...");
    }
    text
}

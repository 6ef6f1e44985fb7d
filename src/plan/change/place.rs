//! Where a new row goes: the operation that its places choose, within what its table shows.

use super::{Values, Write, address, refused, value};
use crate::catalog::{Domain, Operation, Role, Table, Version};
use crate::error::{Error, Kind, Result};
use crate::plan::meaning::has_state;
use crate::plan::query::{Fence, Operand, PROJECTS, Projects};
use crate::plan::route::fill;
use crate::value::{Scalar, Value};

/// The request that makes a row in a table with a fence.
///
/// A row says its project itself, or is in the only one of the fence. Where the address of the
/// operation does not name it, the longer form of that address does, so that Basecamp refuses a place of
/// another project.
///
/// # Errors
/// When the row is outside of the fence, no address follows from it, a value that Basecamp needs is
/// missing, or one is given that nothing takes.
pub fn insert(
    (version, table): (Version, &'static Table),
    fence: &Fence,
    new: &Values,
) -> Result<Write> {
    let mut given: Values = new.iter().filter(|(_, value)| value.is_some()).cloned().collect();
    check_state(table, fence, &given)?;
    settle_project(table, fence, &mut given)?;
    let operation = chosen(version, table, &given)?;
    let asked = address(operation, &given).ok_or_else(|| homeless(table))?;
    let mut write = Write::new(table, operation, asked, &given, &Vec::new())?;
    if let Some(prefix) = prefix(version, table, operation)
        && let Some(project) = value(&given, Role::Project.name()).and_then(super::scalar)
    {
        write.address = fill(prefix, &[(Role::Project.name(), project.clone())]) + &write.address;
        write.asked.push((Role::Project.name().to_owned(), project));
    }
    Ok(write)
}

/// The operation that takes everything that is given, of those whose addresses the row fills.
fn chosen(version: Version, table: &'static Table, given: &Values) -> Result<&'static Operation> {
    let untaken = |operation: &'static Operation| {
        let mut names = given.iter().map(|(name, _)| *name);
        names.find(|name| !takes(version, table, operation, name))
    };
    let mut fitting = table.inserts().filter(|each| address(each, given).is_some()).peekable();
    let first = *fitting.peek().ok_or_else(|| homeless(table))?;
    let Some(name) = untaken(first) else {
        return Ok(first);
    };
    fitting.find(|each| untaken(each).is_none()).ok_or_else(|| match is_place(table, name) {
        true => unused(table, first, name),
        false => refused(table, name, "cannot be given in a new row"),
    })
}

/// Whether what a column says in a new row reaches Basecamp.
fn takes(
    version: Version,
    table: &'static Table,
    operation: &'static Operation,
    name: &str,
) -> bool {
    operation.columns().any(|column| column == name)
        || operation.holes().any(|hole| hole == name)
        || operation.when.iter().any(|(column, _)| *column == name)
        || table.is(name, Role::Project) && prefix(version, table, operation).is_some()
}

/// What goes before an address that does not say its project, to say it.
fn prefix(version: Version, table: &Table, operation: &'static Operation) -> Option<&'static str> {
    let placed = operation.holes().next().is_some();
    let says = operation.holes().any(|hole| hole == Role::Project.name());
    version.project_prefix().filter(|_| table.scoped && placed && !says)
}

/// Whether a column says where a new row goes, for one insert or another.
fn is_place(table: &'static Table, name: &str) -> bool {
    let place = |each: &'static Operation| {
        each.holes().any(|hole| hole == name) || each.when.iter().any(|(word, _)| *word == name)
    };
    table.is(name, Role::Project) || table.inserts().any(place)
}

/// Refuses a row in a publication state that the table does not show.
fn check_state(table: &'static Table, fence: &Fence, given: &Values) -> Result<()> {
    let Some(states) = &fence.statuses else {
        return Ok(());
    };
    for Domain { column, default, .. } in table.domains {
        let role = table.role(column).filter(|role| matches!(role, Role::Status | Role::Trashed));
        let said = value(given, column).and_then(Value::spelled);
        let state = said.or_else(|| default.first().map(|state| (*state).to_owned()));
        if let (Some(_), Some(state)) = (role, state)
            && !has_state(role, &state, states)
        {
            let shown = states.join(", ");
            return Err(outside(table).detail(format!(
                "It would have the {column} \"{state}\"; option statuses of the foreign table is \
                 \"{shown}\"."
            )));
        }
    }
    Ok(())
}

/// Refuses a row of a project that the table does not show, and has one that says none be in the only
/// one that it shows.
fn settle_project(table: &'static Table, fence: &Fence, given: &mut Values) -> Result<()> {
    let Some(Projects::Named(Operand::Values(shown))) = &fence.projects else {
        return Ok(());
    };
    if table.name == PROJECTS {
        return Err(outside(table).detail(format!("It would be a new project; {}", are(shown))));
    }
    let Some(project) = table.project().filter(|_| table.scoped) else {
        return Ok(());
    };
    let elsewhere = table.calendar().filter(|calendar| value(given, calendar.name).is_some());
    if let Some(calendar) = elsewhere {
        let detail = format!("It says a {}, and {}", calendar.name, are(shown));
        return Err(outside(table).detail(detail));
    }
    match (value(given, project.name).and_then(super::scalar), shown.as_slice()) {
        (Some(said), _) if shown.contains(&said) => Ok(()),
        (Some(said), _) => {
            Err(outside(table).detail(format!("Its {} is {said}; {}", project.name, are(shown))))
        }
        (None, [Scalar::Id(only)]) => {
            given.push((project.name, Some(Value::Bigint(*only))));
            Ok(())
        }
        (None, _) => Err(homeless(table).detail(format!("It must be of one: {}", are(shown)))),
    }
}

fn are(shown: &[Scalar]) -> String {
    let ids: Vec<String> = shown.iter().map(ToString::to_string).collect();
    format!("option projectid of the foreign table is \"{}\".", ids.join(","))
}

fn outside(table: &Table) -> Error {
    let message =
        format!("new row of \"{}\" is outside of what its foreign table shows", table.name);
    Error::new(Kind::OutsideTable, message)
}

/// A place that is given and says nothing, because another one says it all.
fn unused(table: &Table, operation: &'static Operation, name: &str) -> Error {
    let places = operation.holes().chain(operation.when.iter().map(|(column, _)| *column));
    let places: Vec<String> = places.map(|place| format!("\"{place}\"")).collect();
    let said = places.join(" and ");
    refused(table, name, &format!("says nothing beside {said}"))
        .detail(format!("A {} is where {said} says; nothing of it was sent.", operation.name))
        .hint(format!("Leave out \"{name}\", or {said}."))
}

/// A row that no address follows from.
pub(super) fn homeless(table: &'static Table) -> Error {
    let message =
        format!("the row of \"{}\" does not say where in Basecamp it belongs", table.name);
    let ways: Vec<String> = table.inserts().map(way).collect();
    let error = Error::new(Kind::NotNull, message);
    if ways.is_empty() { error } else { error.hint(format!("Give {}.", ways.join(", or "))) }
}

/// The columns that an address needs.
fn way(operation: &'static Operation) -> String {
    let choice = operation.when.iter().map(|(name, word)| format!("{name} = '{word}'"));
    operation.holes().map(str::to_owned).chain(choice).collect::<Vec<_>>().join(" and ")
}

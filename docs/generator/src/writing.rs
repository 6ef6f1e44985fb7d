//! How a table is written: the statements that Basecamp can carry out, and what each sends.

use std::fmt::Write as _;

use crate::page::push_permissions;
use basecamp_fdw::catalog::{Effect, Operation, Supply, Table};
use basecamp_fdw::reference::request;

/// The section of a page about writing.
pub fn push_writing(text: &mut String, table: &'static Table) {
    text.push_str("\n## Writing\n\n");
    if table.operations.is_empty() {
        text.push_str("Basecamp's API lets nobody change these rows.\n");
        return;
    }
    text.push_str("| statement | columns | request | |\n|---|---|---|---|\n");
    for operation in table.operations {
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | {} |",
            statement(operation),
            columns(operation),
            request(operation.method, operation.path),
            operation.name,
        );
    }
    text.push_str("\nColumns in bold must have a value.\n");
    let operations = table.operations.iter();
    let permissions = operations.map(|operation| (operation.name, operation.permission.about()));
    push_permissions(text, "write", "who may do it in Basecamp's own pages", permissions);
}

fn statement(operation: &Operation) -> String {
    let word = match operation.effect {
        Effect::Insert => "INSERT".to_owned(),
        Effect::Update => "UPDATE".to_owned(),
        Effect::Delete => "DELETE".to_owned(),
        Effect::Set(column, value) => format!("UPDATE SET `{column} = {value}`"),
    };
    let pairs = operation.when.iter().map(|(column, value)| format!("`{column} = {value}`"));
    let when = pairs.collect::<Vec<_>>().join(" and ");
    if when.is_empty() { word } else { format!("{word} where {when}") }
}

/// The columns that a statement may name for it: those of the address of a new row, and of the body.
fn columns(operation: &Operation) -> String {
    let mut names: Vec<String> = Vec::new();
    if operation.effect == Effect::Insert {
        names.extend(operation.holes().map(|hole| format!("**`{hole}`**")));
    }
    for member in operation.members.iter().filter(|member| member.supply != Supply::Known) {
        let marked = |name: &&str| match member.supply {
            Supply::Required => format!("**`{name}`**"),
            _ => format!("`{name}`"),
        };
        let alternatives: Vec<String> = member.columns.iter().map(marked).collect();
        if !alternatives.is_empty() {
            names.push(alternatives.join(" or "));
        }
    }
    names.join(", ")
}

/// The statements that may name a column.
pub fn named_by(table: &'static Table, name: &str) -> &'static str {
    let Some(column) = table.column(name) else { return "" };
    match (table.is_insertable(column), table.is_updatable(column)) {
        (true, true) => "INSERT, UPDATE",
        (true, false) => "INSERT",
        (false, true) => "UPDATE",
        (false, false) => "",
    }
}

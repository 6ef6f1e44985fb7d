//! What a query lacks whose rows no source enumerates.

use serde::{Deserialize, Serialize};

use crate::catalog::{Role, Table};
use crate::error::{Error, Kind};

/// A condition that would make a query one that can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// A condition that names what to ask for: these columns.
    Condition(String),
    /// One that leaves out the values of a column that no listing has.
    Listed {
        /// The column.
        column: String,
        /// The wanted values that no listing has.
        wanted: Vec<String>,
        /// Every value that no listing has.
        unlisted: Vec<String>,
        /// The values that are listed.
        listed: Vec<String>,
    },
}

impl Need {
    /// What the condition is on.
    pub fn condition(&self) -> &str {
        match self {
            Self::Condition(columns) => columns,
            Self::Listed { column, .. } => column,
        }
    }

    /// The error of a query without it.
    pub fn error(&self, table: &Table) -> Error {
        let name = table.name;
        match self {
            Self::Condition(columns) => {
                unsupported(format!("cannot read \"{name}\" without a condition on {columns}"))
                    .detail("Basecamp has no listing of all of them.")
                    .hint(format!("Say which: {}; or join by what it takes.", conditions(columns)))
            }
            Self::Listed { column, wanted, unlisted, listed } => unsupported(format!(
                "cannot read rows of \"{name}\" whose {column} is {}",
                wanted.join(" or ")
            ))
            .detail(format!(
                "Basecamp lists those whose {column} is {}, and none whose {column} is {}.",
                listed.join(" or "),
                unlisted.join(" or "),
            ))
            .hint(format!("Add WHERE {}{}.", equal(column, listed), by_id(table))),
        }
    }
}

fn unsupported(message: String) -> Error {
    Error::new(Kind::Unsupported, message)
}

/// What to write for columns as [`needed`] gives them: `a, or b and c`.
fn conditions(columns: &str) -> String {
    let ways = columns.split(", or ").map(|way| {
        let equal: Vec<String> = way.split(" and ").map(|column| format!("{column} = …")).collect();
        format!("WHERE {}", equal.join(" AND "))
    });
    ways.collect::<Vec<_>>().join(", or ")
}

/// A condition in SQL.
fn equal(column: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    match values.as_slice() {
        [one] => format!("{column} = {one}"),
        several => format!("{column} IN ({})", several.join(", ")),
    }
}

/// The condition that names single records, where they have addresses.
fn by_id(table: &Table) -> String {
    let holes = table.single().map(|single| single.holes().collect::<Vec<_>>());
    let holes = holes.filter(|holes| holes.iter().any(|hole| table.is(hole, Role::Id)));
    let named = holes.map(|holes| {
        let named: Vec<String> = holes.iter().map(|hole| format!("{hole} = …")).collect();
        format!(", or {}", named.join(" AND "))
    });
    named.unwrap_or_default()
}

/// The condition that a table without an enumerable parent needs.
pub(super) fn needed(table: &Table) -> String {
    let listings = table.sources.iter().filter(|source| source.each.is_none());
    let mut ways: Vec<String> = listings
        .map(|source| {
            let mut columns: Vec<&str> =
                source.holes().chain(source.needs.iter().copied()).collect();
            columns.dedup();
            columns.join(" and ")
        })
        .collect();
    ways.retain(|way| !way.is_empty());
    ways.sort_unstable();
    ways.dedup();
    ways.join(", or ")
}

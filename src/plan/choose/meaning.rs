//! What the conditions of a query mean, settled before any source is looked at.
//!
//! A condition on `id` names the records, whatever their project and status; one on a container or on
//! `project_id` names where to read; a domain has its default where no condition says otherwise.

use crate::catalog::{Covers, Rows, Source};
use crate::plan::{Admits, Choice, Projects, Query, Role};

/// What the conditions mean, whatever source is taken.
pub(super) struct Meaning {
    /// The ids name the records: neither status nor project limits them.
    pub(super) by_id: bool,
    /// A container is named: it says where to read.
    pub(super) by_container: bool,
    /// The projects in scope; `None` where they do not limit.
    pub(super) projects: Option<Projects>,
    /// For each column with a domain, what is admitted.
    pub(super) choices: Vec<Choice>,
}

impl Meaning {
    pub(super) fn of(query: &Query) -> Self {
        let table = query.table;
        let named = |column: &str| {
            query.bindings.iter().find(|b| b.role == Role::Names && b.column == column)
        };
        let by_id = table.sources.iter().any(|source| {
            source.rows == Rows::One
                && source.each.is_none()
                && source.holes().any(|hole| hole == "id")
                && source.holes().all(|hole| named(hole).is_some())
        });
        let choices = choices(query, by_id);
        let by_container = table.sources.iter().any(|source| {
            let mut holes = source.holes().peekable();
            source.covers == Covers::Holes
                && only_those(source, &choices)
                && holes.peek().is_some()
                && holes.all(|hole| hole != "id" && named(hole).is_some())
        });
        let projects = match named("project_id") {
            _ if by_id || !table.scoped => None,
            Some(binding) => Some(Projects::Named(binding.operand.clone())),
            None if by_container => None,
            // An id that has no address without its project: nobody asked for the first one.
            None if named("id").is_some() && query.projects == Projects::First => {
                Some(Projects::All)
            }
            None => Some(query.projects.clone()),
        };
        Self { by_id, by_container, projects, choices }
    }
}

/// The admitted values of every domain. Records named by id may have any, unless a condition limits
/// them, and then PostgreSQL checks it.
fn choices(query: &Query, by_id: bool) -> Vec<Choice> {
    let domains = query.table.domains.iter();
    domains
        .map(|domain| {
            let stated = query.choices.iter().find(|choice| choice.column == domain.column);
            stated.cloned().unwrap_or_else(|| Choice {
                column: domain.column.to_owned(),
                values: domain
                    .values
                    .iter()
                    .map(|value| {
                        let read = by_id || domain.default.contains(value);
                        ((*value).to_owned(), if read { Admits::Yes } else { Admits::No })
                    })
                    .collect(),
            })
        })
        .collect()
}

/// Whether no other values than those of the source are wanted.
pub(super) fn only_those(source: &Source, choices: &[Choice]) -> bool {
    let mut only = source.only.iter();
    only.all(|(column, value)| admits_only(choices, column, value))
}

pub(super) fn admits_only(choices: &[Choice], column: &str, only: &str) -> bool {
    let mut choices = choices.iter();
    choices.find(|choice| choice.column == column).is_none_or(|choice| {
        choice.values.iter().all(|(value, admits)| value == only || *admits == Admits::No)
    })
}

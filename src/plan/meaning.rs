//! What the conditions of a query mean, settled before any source is looked at.
//!
//! A condition on the id names the records, whatever their project and status; one on a container or
//! on the project names where to read; a domain has its default where no condition says otherwise. A
//! fence of the table is widened by none of them.

use super::query::{Admission, Binding, Choice, PROJECTS, Projects, Query};
use crate::catalog::{Covers, Domain, Role, Rows, Source};
use crate::value::Type;

/// What the conditions mean, whatever source is taken.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    /// The ids name the records: neither status nor project limits them.
    pub(super) by_id: bool,
    /// A container is named: it says where to read.
    pub(super) by_container: bool,
    /// What is in the trash of Basecamp 2 is asked for, which is listed there but has no address.
    pub(super) of_trash: bool,
    /// The projects in scope; none where they do not limit.
    pub(super) projects: Option<Projects>,
    /// The projects that rows must be in beside that: the fence, where the scope is another.
    pub(super) fence: Option<Projects>,
    /// For each column with a domain, what is admitted.
    pub(super) choices: Vec<Choice>,
}

impl Meaning {
    pub(super) fn of(query: &Query) -> Self {
        let of_trash = is_of_trash(query);
        let by_id = !of_trash && is_by_id(query);
        let choices = choices(query, by_id);
        let by_container = is_by_container(query, &choices);
        let projects = projects(query, by_id, by_container);
        let fence = query.fence.projects.clone().filter(|fence| {
            let limits = query.table.scoped || query.table.name == PROJECTS;
            limits && *fence != Projects::Every && projects.as_ref() != Some(fence)
        });
        Self { by_id, by_container, of_trash, projects, fence, choices }
    }

    /// Whether no other value of a column may be admitted.
    pub(super) fn admits_only(&self, column: &str, only: &str) -> bool {
        admits_only(&self.choices, column, only)
    }

    /// Whether no other values than those of the source are wanted.
    pub(super) fn wants_only_those_of(&self, source: &Source) -> bool {
        wants_only_those_of(&self.choices, source)
    }
}

/// The condition that names values of a column.
pub(super) fn named<'a>(query: &'a Query, column: &str) -> Option<&'a Binding> {
    query.bindings.iter().find(|binding| binding.names() && binding.column == column)
}

/// Whether what is in the trash is asked for: by a condition, or where none says, by an option.
fn is_of_trash(query: &Query) -> bool {
    choices(query, false).iter().any(|choice| {
        query.table.is(&choice.column, Role::Trashed) && choice.possible().any(|it| it == "true")
    })
}

/// Whether conditions name every hole of the address of a record.
fn is_by_id(query: &Query) -> bool {
    query.table.sources.iter().any(|source| {
        source.rows == Rows::One
            && source.each.is_none()
            && source.hole(Role::Id)
            && source.holes().all(|hole| named(query, hole).is_some())
    })
}

/// Whether conditions name every hole of the address of a container that has the wanted values.
fn is_by_container(query: &Query, choices: &[Choice]) -> bool {
    query.table.sources.iter().any(|source| {
        let mut holes = source.holes().peekable();
        source.covers == Covers::Holes
            && wants_only_those_of(choices, source)
            && holes.peek().is_some()
            && !source.hole(Role::Id)
            && holes.all(|hole| named(query, hole).is_some())
    })
}

/// Whether a condition names a container that has an address within its project alone: it says where to
/// read, whatever the project is.
fn names_container(query: &Query) -> bool {
    let is_container = |hole: &str| {
        let by_number = query.table.column(hole).is_some_and(|column| column.ty == Type::Bigint);
        by_number && !query.table.is(hole, Role::Project) && named(query, hole).is_some()
    };
    query.table.sources.iter().any(|source| {
        let within = source.covers == Covers::Holes && source.hole(Role::Project);
        within && !source.hole(Role::Id) && source.holes().any(is_container)
    })
}

fn projects(query: &Query, by_id: bool, by_container: bool) -> Option<Projects> {
    let scope = query.fence.projects.as_ref().unwrap_or(&query.projects);
    match named(query, Role::Project.name()) {
        _ if by_id || !query.table.scoped => None,
        Some(binding) => Some(Projects::Named(binding.operand.clone())),
        None if by_container => None,
        None if names_container(query) => Some(query.fence.anywhere()),
        // An id that has no address without its project: nobody asked for the first one.
        None if named(query, Role::Id.name()).is_some() && *scope == Projects::First => {
            Some(Projects::All)
        }
        None => Some(scope.clone()),
    }
}

/// The admitted values of every domain. Records named by id may have any, unless a condition limits
/// them.
fn choices(query: &Query, by_id: bool) -> Vec<Choice> {
    let domains = query.table.domains.iter();
    domains
        .map(|domain| {
            let stated = query.choices.iter().find(|choice| choice.column == domain.column);
            let choice = stated.cloned().unwrap_or_else(|| unstated(query, domain, by_id));
            fenced(query, choice)
        })
        .collect()
}

/// What is admitted where no condition says.
fn unstated(query: &Query, domain: &Domain, by_id: bool) -> Choice {
    let role = query.table.role(domain.column);
    let states = query.fence.statuses.as_ref().or(query.statuses.as_ref());
    let read = |value: &str| match (states, role) {
        _ if by_id => true,
        (Some(states), Some(Role::Status | Role::Trashed)) => has_state(role, value, states),
        _ => domain.default.contains(&value),
    };
    let admission = |value: &&str| if read(value) { Admission::Yes } else { Admission::No };
    let values = domain.values.iter().map(|value| ((*value).to_owned(), admission(value)));
    Choice { column: domain.column.to_owned(), values: values.collect(), null: Admission::Yes }
}

/// A choice within the table's fence of publication states.
fn fenced(query: &Query, mut choice: Choice) -> Choice {
    let role = query.table.role(&choice.column);
    if let (Some(states), Some(Role::Status | Role::Trashed)) = (&query.fence.statuses, role) {
        for (value, admission) in &mut choice.values {
            if !has_state(role, value, states) {
                *admission = Admission::No;
            }
        }
    }
    choice
}

/// Whether a value of a domain is one of some publication states. A draft is neither archived nor in
/// the trash; what is not in the trash of Basecamp 2 may be either of the others.
pub(super) fn has_state(role: Option<Role>, value: &str, states: &[String]) -> bool {
    let has = |state: &str| states.iter().any(|each| each == state);
    match (role, value) {
        (Some(Role::Trashed), "true") => has("trashed"),
        (Some(Role::Trashed), _) => has("active") || has("archived"),
        (_, "archived" | "trashed") => has(value),
        _ => has("active"),
    }
}

fn wants_only_those_of(choices: &[Choice], source: &Source) -> bool {
    source.only.iter().all(|(column, value)| admits_only(choices, column, value))
}

fn admits_only(choices: &[Choice], column: &str, only: &str) -> bool {
    let mut choices = choices.iter();
    choices
        .find(|choice| choice.column == column)
        .is_none_or(|choice| choice.possible().all(|value| value == only))
}

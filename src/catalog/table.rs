//! A table: its columns, the small sets of values that it is asked by, and where its rows come from.

use super::column::{Column, Domain, RECORD};
use super::operation::{Effect, Operation};
use super::role::Role;
use super::source::{Rows, Source};

/// A kind of thing in the API, shown as a table.
#[derive(Debug)]
pub struct Table {
    /// The table's name: Basecamp's own word, plural, `snake_case`.
    pub name: &'static str,
    /// What a row is, in one sentence.
    pub about: &'static str,
    /// The columns in the order of the DDL, in groups that tables share. `record` is not among
    /// them: every table has it, last.
    pub columns: &'static [&'static [Column]],
    /// Columns with a small set of values that the API's listings are asked by.
    pub domains: &'static [Domain],
    /// Where rows come from. The planner takes the cheapest that gives the answer.
    pub sources: &'static [Source],
    /// What changes rows.
    pub operations: &'static [Operation],
    /// Whether rows belong to projects, so that the scope of `project_id` applies.
    pub scoped: bool,
    /// Whether rows may be in a calendar instead of a project though no column tells in which.
    pub in_calendars: bool,
    /// Top-level members that a whole record always has. A row of a listing without one of them is
    /// a reduced shape and is fetched singly before a member it lacks is read.
    pub whole: &'static [&'static str],
    /// A member path and the value that it has in every row of this table, where a listing mixes
    /// several tables: (`parent.type`, `Kanban::Card`).
    pub keep: Option<(&'static str, &'static str)>,
    /// How to learn the project of a container column, for listings that only take projects.
    pub container: Option<Container>,
    /// Rows that the account-wide listing may leave out.
    pub supplement: Option<Supplement>,
}

/// A table with nothing in it yet, for the members that most tables leave as they are.
pub const TABLE: Table = Table {
    name: "",
    about: "",
    columns: &[],
    domains: &[],
    sources: &[],
    operations: &[],
    scoped: false,
    in_calendars: false,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

/// A container whose own record tells the project that it is in.
#[derive(Debug, Clone, Copy)]
pub struct Container {
    /// The column that names the container.
    pub column: &'static str,
    /// The container's own address, with one hole of that name.
    pub path: &'static str,
}

/// Rows that the account-wide listing may leave out: fetched from `source`, unless the listing gave
/// at least one row without the member `without`.
#[derive(Debug)]
pub struct Supplement {
    /// The member that such rows lack.
    pub without: &'static str,
    /// Where they come from.
    pub source: Source,
}

impl Table {
    /// Every column but `record`, in the order of the DDL.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        self.columns.iter().flat_map(|group| group.iter())
    }

    /// The column of that name, `record` included.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns().chain(std::iter::once(&RECORD)).find(|column| column.name == name)
    }

    /// The domain of a column, where it has one.
    pub fn domain(&self, column: &str) -> Option<&'static Domain> {
        self.domains.iter().find(|domain| domain.column == column)
    }

    /// The source that gives one record by its id, and by what else its address needs.
    pub fn single(&self) -> Option<&'static Source> {
        self.singles().next()
    }

    /// Every such source: things of projects and of calendars have addresses of two kinds.
    pub fn singles(&self) -> impl Iterator<Item = &'static Source> + use<> {
        self.records().filter(|source| source.hole(Role::Id))
    }

    /// Every source that gives one record: by its id, by what it belongs to, or by being the only one.
    pub fn records(&self) -> impl Iterator<Item = &'static Source> + use<> {
        self.sources.iter().filter(|source| source.rows == Rows::One && source.each.is_none())
    }

    /// Columns that name where to read, or the records themselves, when a condition fixes them.
    pub fn keys(&self) -> Vec<&'static str> {
        let mut keys: Vec<&'static str> =
            self.sources.iter().flat_map(|source| source.holes().chain(source.equal())).collect();
        keys.extend(self.project().filter(|_| self.scoped).map(|column| column.name));
        keys.extend(self.id().map(|column| column.name));
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| self.column(key).is_some());
        keys
    }
}

/// Columns by what they mean.
impl Table {
    /// The column of a role.
    pub fn with(&self, role: Role) -> Option<&'static Column> {
        let asked_by = !role.needs_domain() || self.domain(role.name()).is_some();
        self.columns().find(|column| column.role == Some(role)).filter(|_| asked_by)
    }

    /// The role of the column of that name in this table.
    pub fn role(&self, column: &str) -> Option<Role> {
        let role = Role::named(column)?;
        self.with(role).map(|_| role)
    }

    /// Whether a column has a role.
    pub fn is(&self, column: &str, role: Role) -> bool {
        self.role(column) == Some(role)
    }

    /// The record's own number.
    pub fn id(&self) -> Option<&'static Column> {
        self.with(Role::Id)
    }

    /// The project that a row is in.
    pub fn project(&self) -> Option<&'static Column> {
        self.with(Role::Project)
    }

    /// The calendar that a row is in.
    pub fn calendar(&self) -> Option<&'static Column> {
        self.with(Role::Calendar)
    }
}

/// What can be written, as the operations have it.
impl Table {
    /// The operations with a certain effect.
    pub fn inserts(&self) -> impl Iterator<Item = &'static Operation> + use<> {
        self.operations.iter().filter(|operation| operation.effect == Effect::Insert)
    }

    /// The operation that removes a row.
    pub fn delete(&self) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.effect == Effect::Delete)
    }

    /// The operations that an UPDATE of a column may send, by the value that it gets.
    pub fn updates(&self, column: &str) -> impl Iterator<Item = &'static Operation> {
        self.operations.iter().filter(move |operation| {
            matches!(operation.effect, Effect::Update | Effect::Set(..))
                && operation.columns().any(|name| name == column)
        })
    }

    /// Whether an INSERT may name a column: it fills a hole, is a member, or says which address is
    /// meant.
    pub fn is_insertable(&self, column: &Column) -> bool {
        self.inserts().any(|insert| {
            let choice = insert.when.iter().map(|(name, _)| *name);
            insert.holes().chain(insert.columns()).chain(choice).any(|name| name == column.name)
        })
    }

    /// Whether an UPDATE may name a column.
    pub fn is_updatable(&self, column: &Column) -> bool {
        self.updates(column.name).next().is_some()
    }
}

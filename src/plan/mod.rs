//! What to ask: bindings, wanted columns and scope become one `Scan` with its number of requests.
//!
//! Pure and synchronous: no PostgreSQL, no network, no clock. The planner of PostgreSQL calls
//! [`choose()`] for every path it considers, and what comes out is the only thing that crosses to the
//! executor, as text. May import `catalog`, `value` and `error`.

mod choose;
mod describe;
mod estimate;
pub mod route;

pub use choose::{PROJECTS, choose};
pub use estimate::{
    Counts, Estimate, NothingKnown, UNKNOWN_ACCOUNT as EXAMPLE_RECORDS,
    UNKNOWN_CHILDREN as EXAMPLE_CHILDREN, UNKNOWN_PROJECTS as EXAMPLE_PROJECTS, pages,
};

use serde::{Deserialize, Serialize};

use crate::catalog::{Field, Table, Version};
use crate::value::{Scalar, Type};

/// What a query wants of a table, in plain data.
#[derive(Debug, Clone)]
pub struct Query {
    /// The table.
    pub table: &'static Table,
    /// The cells to deliver, in the order in which rows carry them.
    pub cells: Vec<Cell>,
    /// Columns that the query fixes.
    pub bindings: Vec<Binding>,
    /// Conditions on columns with a domain, one entry for each such column that has any.
    pub choices: Vec<Choice>,
    /// Bounds of columns of days and moments.
    pub bounds: Vec<Bound>,
    /// Where to read when no condition says so: the option `projectid`.
    pub projects: Projects,
    /// How many rows the consumer takes at most, if nothing between it and the scan drops rows.
    pub limit: Option<u64>,
}

/// One value of a row: a column of the foreign table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The column's name, for error messages.
    pub name: String,
    /// Where its value is.
    pub place: Place,
    /// What it is read as.
    pub ty: Type,
}

/// Where the value of a cell is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Where the catalogue's column of that name says.
    Column(String),
    /// At a path that the user gave with the option `field`.
    Path(Field<String>),
}

/// A bound of a column, included: what is beyond it is of no interest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The column.
    pub column: String,
    /// Which end it is.
    pub side: Side,
    /// Its value; none: the condition holds for nothing.
    pub operand: Operand,
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// The lower one.
    Lower,
    /// The upper one.
    Upper,
}

/// A column fixed to certain values.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The column.
    pub column: &'static str,
    /// Its values.
    pub operand: Operand,
    /// What the condition does to the scope.
    pub role: Role,
    /// How many values it is expected to have.
    pub count: f64,
}

/// What a condition that fixes a column does to the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A constant or a parameter in WHERE: names where to read, archived projects included.
    Names,
    /// A join clause: only narrows, so that the answer does not depend on the join method.
    Narrows,
}

/// Where values come from when the plan runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operand {
    /// Known when the plan was made.
    Values(Vec<Scalar>),
    /// The expression of that number, evaluated at each start of the scan.
    Expression(usize),
}

/// Which values of a column's domain the conditions admit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The column.
    pub column: String,
    /// Each value of the domain.
    pub values: Vec<(String, Admits)>,
}

/// Whether the conditions on a column hold for one value of its domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admits {
    /// They do not.
    No,
    /// They do.
    Yes,
    /// The expression of that number tells when the plan runs.
    Expression(usize),
}

/// Which projects are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Projects {
    /// Every active one.
    All,
    /// Those that the query or an option names.
    Named(Operand),
    /// The first that the projects listing returns.
    First,
    /// The one that this container is in: its address with the hole filled by the key.
    Of {
        /// Path template of the container.
        path: String,
    },
}

/// What the planner decided: all that the executor needs, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// The API version.
    pub version: Version,
    /// The catalogue's table.
    pub table: String,
    /// The place of the source in the table's sources; `None`: its supplement.
    pub source: Option<usize>,
    /// The holes and parameters that the query binds.
    pub keys: Vec<Key>,
    /// Holes that the query binds although parents fill them: other parents are passed over.
    pub passing: Vec<Key>,
    /// The bounds that the source is asked with.
    pub bounds: Vec<Bound>,
    /// The ids of the records that a listing is read for: it ends when all have come.
    pub seek: Option<Key>,
    /// The projects to read; `None`: the keys alone say where.
    pub projects: Option<Projects>,
    /// The projects that rows must be in, where the source may bring others.
    pub within: Option<Projects>,
    /// For each column with a domain, the values that rows may have; empty: any.
    pub choices: Vec<Choice>,
    /// The cells to deliver.
    pub cells: Vec<Cell>,
    /// Wanted members that the source lacks: each row is completed by its single record.
    pub complete: bool,
    /// The cells that are in such members.
    pub late: Vec<usize>,
    /// The number of the expression that rows must satisfy before they are completed.
    pub check: Option<usize>,
    /// How many rows are wanted at most, where they are completed.
    pub at_once: Option<u64>,
    /// The scan that finds the parents, for a source that walks another table.
    pub parents: Option<Box<Self>>,
    /// The scan that gives the rest of the rows, where one source does not have all of them.
    pub then: Option<Box<Self>>,
    /// The walk whose parents the keys must be among: those come from a join, and what they point to
    /// may be outside the scope without showing it.
    pub members: Option<Box<Self>>,
    /// How many rows are wanted at most, where that is known.
    pub limit: Option<u64>,
    /// The condition to add, where the rows cannot be enumerated without one: an error when run.
    pub needs: Option<String>,
    /// What it costs.
    pub estimate: Estimate,
}

/// A hole of a path and its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The hole.
    pub column: String,
    /// Its values.
    pub operand: Operand,
    /// Whether the query named it: then a container that is missing is an error, not no rows.
    pub named: bool,
}

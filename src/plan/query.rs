//! What a statement wants of a table, in plain data.

use serde::{Deserialize, Serialize};

use crate::catalog::{Column, Field, Table};
use crate::value::{Scalar, Type};

/// The table of projects, which a walk does not read as a table: the scope says which there are.
pub const PROJECTS: &str = "projects";

/// What a scan is to answer.
#[derive(Debug, Clone)]
pub struct Query {
    /// The table.
    pub table: &'static Table,
    /// The cells to deliver, in the order in which rows carry them.
    pub cells: Vec<Cell>,
    /// Columns that conditions fix.
    pub bindings: Vec<Binding>,
    /// Conditions on columns with a domain, one entry for each such column that has any.
    pub choices: Vec<Choice>,
    /// Bounds of columns of days and moments.
    pub bounds: Vec<Bound>,
    /// Where to read when no condition says so: option `projectid` of the server.
    pub projects: Projects,
    /// Which publication states to read when no condition says so: option `statuses` of the server.
    /// None: what the table's domains have by default.
    pub statuses: Option<Vec<String>>,
    /// What no condition widens: the same options of the table.
    pub fence: Fence,
    /// How many rows the consumer takes at most, if nothing between it and the scan drops rows.
    pub limit: Option<u64>,
    /// The order in which it wants so many rows, if nothing between it and the scan drops any.
    pub order: Option<Order>,
}

/// The order of a column of moments that listings sort by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The column.
    pub column: String,
    /// Whether the newest come first.
    pub descending: bool,
    /// Which of the rows are wanted; none: those within the bounds of the column.
    pub first: Option<First>,
}

/// The first rows of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// How many.
    pub count: u64,
    /// Whether those that are as new as the last of them come, too.
    pub ties: bool,
    /// Where those without a value are; none: they are not wanted.
    pub nulls: Option<Nulls>,
}

/// Where NULL stands in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After them.
    Last,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        let known = |query: &Self| (query.limit, query.table as *const Table);
        known(self) == known(other)
            && self.bindings == other.bindings
            && self.cells == other.cells
            && self.choices == other.choices
            && self.bounds == other.bounds
            && self.projects == other.projects
            && self.statuses == other.statuses
            && self.fence == other.fence
            && self.order == other.order
    }
}

impl Query {
    /// A query of a table without conditions and, so far, without cells.
    pub fn of(table: &'static Table, projects: Projects) -> Self {
        Self {
            table,
            cells: Vec::new(),
            bindings: Vec::new(),
            choices: Vec::new(),
            bounds: Vec::new(),
            projects,
            statuses: None,
            fence: Fence::default(),
            limit: None,
            order: None,
        }
    }
}

/// The fixed meaning of a foreign table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fence {
    /// Its rows are of these projects; none: no fence.
    pub projects: Option<Projects>,
    /// Its rows have these publication states; none: no fence.
    pub statuses: Option<Vec<String>>,
}

impl Fence {
    /// Any project that it does not shut out.
    pub(super) fn anywhere(&self) -> Projects {
        self.projects.clone().unwrap_or(Projects::Every)
    }
}

/// One value of a row: a column of the foreign table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The column's name, for error messages.
    pub name: String,
    /// Where its value is.
    pub origin: Origin,
    /// What it is read as.
    pub ty: Type,
}

/// Where the value of a cell is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Where the catalogue's column of that name says.
    Column(String),
    /// At a path that the user gave with the option `field`.
    Path(Field<String>),
}

/// A column fixed to certain values: the one form that this has from the clause to the address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The column.
    pub column: String,
    /// Its values.
    pub operand: Operand,
    /// What the condition does to the scope.
    pub effect: Effect,
    /// How many values it is expected to have.
    pub count: f64,
}

impl Cell {
    /// A column of the catalogue.
    pub fn of(column: &Column) -> Self {
        let name = column.name.to_owned();
        Self { origin: Origin::Column(name.clone()), name, ty: column.ty }
    }
}

impl Binding {
    /// Whether the condition names its values, rather than narrowing to them.
    pub fn names(&self) -> bool {
        self.effect == Effect::Names
    }
}

/// What a condition that fixes a column does to the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// A constant or a parameter in WHERE: names where to read, archived projects included.
    Names,
    /// A join clause, or one that was derived from a join: only narrows, so that the answer does not
    /// depend on the join method.
    Narrows,
}

/// Where values come from when the plan runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operand {
    /// Known when the plan was made.
    Values(Vec<Scalar>),
    /// The expression of that number, evaluated at each start of the scan.
    Expression(usize),
    /// All that these have: what OR joins.
    Any(Vec<Self>),
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

/// Which values of a column's domain the conditions admit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The column.
    pub column: String,
    /// Each value of the domain.
    pub values: Vec<(String, Admission)>,
    /// NULL, which some records have in place of a value.
    pub null: Admission,
}

impl Choice {
    /// The values that may be admitted, going by what is known when the plan is made.
    pub fn possible(&self) -> impl Iterator<Item = &str> {
        let possible = self.values.iter().filter(|(_, admission)| *admission != Admission::No);
        possible.map(|(value, _)| value.as_str())
    }

    /// Whether conditions hold, for each value and for NULL.
    pub(super) fn admissions(&mut self) -> impl Iterator<Item = &mut Admission> {
        self.values.iter_mut().map(|(_, admission)| admission).chain([&mut self.null])
    }
}

/// Whether the conditions on a column hold for one value of its domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admission {
    /// They do not.
    No,
    /// They do.
    Yes,
    /// The expression of that number tells when the plan runs.
    Expression(usize),
}

/// Which projects are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Projects {
    /// Every active one.
    All,
    /// Every one, of any status.
    Every,
    /// Those that the query or an option names.
    Named(Operand),
    /// The first that the projects listing returns.
    First,
    /// None: things of calendars are in no project.
    None,
    /// Those that these containers are in.
    Of {
        /// Path template of a container, whose record tells its project.
        path: String,
        /// The column that names the containers.
        container: Binding,
    },
}
impl Eq for Projects {}

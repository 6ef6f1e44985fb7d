//! What to ask: conditions and wanted columns become one [`Plan`], a tree of steps with its price.
//!
//! Pure and synchronous: no PostgreSQL, no network, no clock. [`candidates`] builds a plan for each
//! source that gives the answer and [`choose`] takes the cheapest. A plan is made once: each of PostgreSQL's
//! paths has one, and the plan of the path that PostgreSQL picks is the one that runs. Its
//! price, its words for EXPLAIN and its addresses are folds over the same tree. May import `catalog`,
//! `value` and `error`.

pub mod bind;
mod candidate;
pub mod change;
mod estimate;
mod explain;
mod fit;
mod forecast;
mod meaning;
mod memo;
mod need;
mod price;
mod query;
pub mod route;
mod step;
pub mod verb;

pub use candidate::{
    Distinct, candidates, choose, choose_count, choose_sorted, distinct, in_calendars,
};
pub use estimate::{
    Counts, Estimate, NothingKnown, UNKNOWN_ACCOUNT as EXAMPLE_RECORDS,
    UNKNOWN_CHILDREN as EXAMPLE_CHILDREN, UNKNOWN_PROJECTS as EXAMPLE_PROJECTS, pages,
};
pub use memo::Memo;
pub use need::Need;
pub use query::{
    Admission, Binding, Bound, Cell, Choice, Effect, Fence, First, Nulls, Operand, Order, Origin,
    PROJECTS, Projects, Query, Side,
};
pub use step::{Ask, COUNT, Each, Endpoint, Parents, Plan, Step};

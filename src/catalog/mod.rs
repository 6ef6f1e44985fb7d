//! What exists: every table, its columns and where its rows come from. Literals only.
//!
//! A route is a path template with named holes, never a function, so the catalogue can be printed,
//! checked at compile time, and turned into DDL and documentation. A new resource is one declaration
//! in a family file of `v2` or `v3` and nothing else. May import `value`.

mod check;
pub(crate) mod column;
mod naming;
mod nearest;
pub(crate) mod operation;
pub mod path;
pub(crate) mod permission;
mod role;
mod source;
mod table;
mod template;
pub mod v2;
pub mod v3;
pub(crate) mod verb;
mod version;

pub use column::{COMPLETED, Column, Domain, RECORD, STATUS, TRASHED};
pub use nearest::{meant, nearest};
pub use operation::{
    ATTEMPTS, Answer, Clear, Effect, Form, Member, Method, OPERATION, Omission, Operation, Supply,
};
pub use path as field;
pub use path::Field;
pub use permission::Permission;
pub use role::Role;
pub use source::{
    Covers, Each, IDENTITY, LAUNCHPAD, More, Parameter, Rows, SOURCE, Sorts, Source, Statuses, WAY,
    Way,
};
pub use table::{Container, Supplement, TABLE, Table};
pub use verb::{Argument, Body, Place, VERB, Verb};
pub use version::Version;

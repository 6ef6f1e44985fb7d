//! The tables of Basecamp 3, 4 and 5, a file per family.

mod shared;
mod todos;

use super::Table;

/// Every table, sorted by name.
pub static TABLES: &[&Table] = &[&todos::TODOS];

//! Writes: from the rows that PostgreSQL changes to requests, one row at a time or side by side.
//!
//! A row is identified by what its addresses need, which the scan delivers beside it. What is sent is
//! decided by `plan::change` and sent by `rows::Writer`; here are the callbacks and the slots.

mod begin;
mod check;
mod columns;
mod explain;
mod planner;
mod row;
mod slot;
mod state;
mod unfinished;

pub use begin::{begin_foreign_insert, begin_foreign_modify};
pub use explain::explain_foreign_modify;
pub use planner::{
    add_foreign_update_targets, exec_foreign_truncate, is_foreign_rel_updatable,
    plan_foreign_modify,
};
pub use row::{
    end_foreign_modify, exec_foreign_batch_insert, exec_foreign_delete, exec_foreign_insert,
    exec_foreign_update, get_foreign_modify_batch_size,
};
pub use state::warn_of_transactions;

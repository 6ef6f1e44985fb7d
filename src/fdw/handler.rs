//! What PostgreSQL calls: the handler's table of callbacks, and the validator of options.

use pgrx::prelude::*;
use pgrx::{AllocatedByRust, PgBox, pg_sys};

use super::report::OrReport as _;
use super::{append, executor, explain, import, options, planner};

/// The callbacks of the foreign data wrapper.
#[pg_extern]
fn basecamp_fdw_handler() -> PgBox<pg_sys::FdwRoutine, AllocatedByRust> {
    // SAFETY: makeNode of a node type that is its own struct; zeroed memory is a valid FdwRoutine.
    let mut routine = unsafe {
        PgBox::<pg_sys::FdwRoutine, AllocatedByRust>::alloc_node(pg_sys::NodeTag::T_FdwRoutine)
    };
    routine.GetForeignRelSize = Some(planner::get_foreign_rel_size);
    routine.GetForeignPaths = Some(planner::get_foreign_paths);
    routine.GetForeignPlan = Some(planner::get_foreign_plan);
    routine.BeginForeignScan = Some(executor::begin_foreign_scan);
    routine.IterateForeignScan = Some(executor::iterate_foreign_scan);
    routine.ReScanForeignScan = Some(executor::rescan_foreign_scan);
    routine.EndForeignScan = Some(executor::end_foreign_scan);
    routine.IsForeignPathAsyncCapable = Some(append::is_foreign_path_async_capable);
    routine.ForeignAsyncRequest = Some(append::foreign_async_request);
    routine.ForeignAsyncConfigureWait = Some(append::foreign_async_configure_wait);
    routine.ForeignAsyncNotify = Some(append::foreign_async_notify);
    routine.ExplainForeignScan = Some(explain::explain_foreign_scan);
    routine.ImportForeignSchema = Some(import::import_foreign_schema);
    routine
}

/// Checks the options of a server, a user mapping, a table or a column: `text[]` of `name=value`.
#[pg_extern]
fn basecamp_fdw_validator(options: Vec<Option<String>>, catalog: pg_sys::Oid) {
    options::validate(&options, catalog).or_report();
}

//! What PostgreSQL calls: the handler's table of callbacks, and the validator of options.

use pgrx::prelude::*;
use pgrx::{AllocatedByRust, PgBox, pg_sys};

use super::encoding::Text;
use super::report::OrReport as _;
use super::{import, modify, options, scan};

/// The callbacks of the foreign data wrapper.
#[pg_extern]
fn basecamp_fdw_handler() -> PgBox<pg_sys::FdwRoutine, AllocatedByRust> {
    // SAFETY: makeNode of a node type that is its own struct; zeroed memory is a valid FdwRoutine.
    let mut routine = unsafe {
        PgBox::<pg_sys::FdwRoutine, AllocatedByRust>::alloc_node(pg_sys::NodeTag::T_FdwRoutine)
    };
    routine.GetForeignRelSize = Some(scan::get_foreign_rel_size);
    routine.GetForeignPaths = Some(scan::get_foreign_paths);
    routine.GetForeignUpperPaths = Some(scan::get_foreign_upper_paths);
    routine.GetForeignPlan = Some(scan::get_foreign_plan);
    routine.BeginForeignScan = Some(scan::begin_foreign_scan);
    routine.IterateForeignScan = Some(scan::iterate_foreign_scan);
    routine.ReScanForeignScan = Some(scan::rescan_foreign_scan);
    routine.EndForeignScan = Some(scan::end_foreign_scan);
    routine.IsForeignPathAsyncCapable = Some(scan::is_foreign_path_async_capable);
    routine.ForeignAsyncRequest = Some(scan::foreign_async_request);
    routine.ForeignAsyncConfigureWait = Some(scan::foreign_async_configure_wait);
    routine.ForeignAsyncNotify = Some(scan::foreign_async_notify);
    routine.ExplainForeignScan = Some(scan::explain_foreign_scan);
    routine.AddForeignUpdateTargets = Some(modify::add_foreign_update_targets);
    routine.PlanForeignModify = Some(modify::plan_foreign_modify);
    routine.IsForeignRelUpdatable = Some(modify::is_foreign_rel_updatable);
    routine.BeginForeignModify = Some(modify::begin_foreign_modify);
    routine.BeginForeignInsert = Some(modify::begin_foreign_insert);
    routine.ExecForeignInsert = Some(modify::exec_foreign_insert);
    routine.GetForeignModifyBatchSize = Some(modify::get_foreign_modify_batch_size);
    routine.ExecForeignBatchInsert = Some(modify::exec_foreign_batch_insert);
    routine.ExecForeignUpdate = Some(modify::exec_foreign_update);
    routine.ExecForeignDelete = Some(modify::exec_foreign_delete);
    routine.ExecForeignTruncate = Some(modify::exec_foreign_truncate);
    routine.EndForeignModify = Some(modify::end_foreign_modify);
    routine.EndForeignInsert = Some(modify::end_foreign_modify);
    routine.ExplainForeignModify = Some(modify::explain_foreign_modify);
    routine.AnalyzeForeignTable = Some(scan::analyze_foreign_table);
    routine.ImportForeignSchema = Some(import::import_foreign_schema);
    routine
}

/// Checks the options of a server, a user mapping, a table or a column: `text[]` of `name=value`.
#[pg_extern]
fn basecamp_fdw_validator(options: Vec<Option<Text>>, catalog: pg_sys::Oid) {
    options::validate(&options, catalog).or_report();
}

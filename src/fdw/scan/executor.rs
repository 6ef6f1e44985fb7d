//! Begin, iterate, rescan, end: the plan runs, one row at a time.

use pgrx::{PgMemoryContexts, pg_sys};

use super::state::State;
use crate::error::Result;
use crate::fdw::report::{OrReport as _, raise};

/// Prepares a scan; with EXPLAIN alone nothing is.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn begin_foreign_scan(
    node: *mut pg_sys::ForeignScanState,
    flags: i32,
) {
    // SAFETY: PostgreSQL passes a node that it just made; its state is ours to set.
    unsafe { begin(node, flags as u32) }.or_report();
}

/// The next row; an empty slot at the end.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn iterate_foreign_scan(
    node: *mut pg_sys::ForeignScanState,
) -> *mut pg_sys::TupleTableSlot {
    pgrx::check_for_interrupts!();
    // SAFETY: the node was begun; datums go into the per-tuple context that is current here.
    unsafe { iterate(node) }
}

/// Starts a scan again, with new parameters or with the same.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn rescan_foreign_scan(node: *mut pg_sys::ForeignScanState) {
    // SAFETY: the node was begun.
    unsafe { rescan(node) }
}

/// Ends a scan's requests early; the memory context frees the rest.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn end_foreign_scan(node: *mut pg_sys::ForeignScanState) {
    // SAFETY: the node was begun.
    unsafe { state(node) }.into_iter().for_each(State::end);
}

/// The state of a scan that was begun; none under EXPLAIN alone.
///
/// # Safety
/// A node of this wrapper's.
pub unsafe fn state<'a>(node: *mut pg_sys::ForeignScanState) -> Option<&'a mut State> {
    // SAFETY: fdw_state is null or the box that `begin` made.
    unsafe { (*node).fdw_state.cast::<State>().as_mut() }
}

unsafe fn begin(node: *mut pg_sys::ForeignScanState, flags: u32) -> Result<()> {
    if flags & pg_sys::EXEC_FLAG_EXPLAIN_ONLY != 0 {
        return Ok(());
    }
    // SAFETY: the state belongs to the query's memory context, so that an error anywhere frees it.
    unsafe {
        let state = State::new(node, flags & pg_sys::EXEC_FLAG_REWIND != 0)?;
        let context = (*(*node).ss.ps.state).es_query_cxt;
        (*node).fdw_state = PgMemoryContexts::For(context).leak_and_drop_on_delete(state).cast();
    }
    Ok(())
}

unsafe fn iterate(node: *mut pg_sys::ForeignScanState) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: the node was begun, and the slot is its own.
    unsafe {
        let slot = (*node).ss.ss_ScanTupleSlot;
        pg_sys::ExecClearTuple(slot);
        if let Some(state) = state(node) {
            match state.next(node) {
                Ok(Some(row)) => {
                    if let Err(error) = state.tuple.store(row, slot) {
                        state.stop();
                        raise(&error)
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    state.stop();
                    raise(&error.in_reading(&state.tuple.table))
                }
            }
        }
        slot
    }
}

unsafe fn rescan(node: *mut pg_sys::ForeignScanState) {
    // SAFETY: the node was begun.
    unsafe {
        if let Some(state) = state(node) {
            state.restart(!(*node).ss.ps.chgParam.is_null());
        }
    }
}

//! Rows change, one after another or some side by side.

use pgrx::pg_sys;

use super::check::{Candidate, check_changed, check_new};
use super::state::State;
use crate::error::Error;
use crate::fdw::report::OrReport as _;
use crate::fdw::shown::Shown;

/// Makes a row.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn exec_foreign_insert(
    estate: *mut pg_sys::EState,
    relation: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
    _plan_slot: *mut pg_sys::TupleTableSlot,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: the relation was begun, and the slot is a full one of it.
    unsafe {
        check_new(&Candidate { relation, estate, slot });
        state(relation).and_then(|state| state.insert(slot)).or_report();
    }
    slot
}

/// Makes rows side by side.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn exec_foreign_batch_insert(
    _estate: *mut pg_sys::EState,
    relation: *mut pg_sys::ResultRelInfo,
    slots: *mut *mut pg_sys::TupleTableSlot,
    _plan_slots: *mut *mut pg_sys::TupleTableSlot,
    count: *mut i32,
) -> *mut *mut pg_sys::TupleTableSlot {
    // SAFETY: PostgreSQL passes so many slots of the relation, which was begun.
    unsafe {
        let rows = std::slice::from_raw_parts(slots, usize::try_from(*count).unwrap_or(0));
        state(relation).and_then(|state| state.insert_all(rows)).or_report();
    }
    slots
}

/// Changes a row.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn exec_foreign_update(
    estate: *mut pg_sys::EState,
    relation: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
    plan_slot: *mut pg_sys::TupleTableSlot,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: the relation was begun, and the slots are those of one of its rows.
    unsafe {
        check_changed(&Candidate { relation, estate, slot });
        state(relation).and_then(|state| state.update(slot, plan_slot)).or_report();
    }
    slot
}

/// Removes a row.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn exec_foreign_delete(
    _estate: *mut pg_sys::EState,
    relation: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
    plan_slot: *mut pg_sys::TupleTableSlot,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: the relation was begun, and the slots are those of one of its rows.
    unsafe { state(relation).and_then(|state| state.delete(slot, plan_slot)) }.or_report();
    slot
}

/// Nothing more is written to a table; also for COPY and partitions.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn end_foreign_modify(
    _estate: *mut pg_sys::EState,
    relation: *mut pg_sys::ResultRelInfo,
) {
    // SAFETY: a relation that was begun, or of a statement that was only explained.
    if let Ok(state) = unsafe { state(relation) } {
        state.end();
    }
}

/// How many new rows are taken together: one where something looks at each, or their order matters.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_modify_batch_size(
    relation: *mut pg_sys::ResultRelInfo,
) -> i32 {
    // SAFETY: PostgreSQL passes a relation that is written to, begun or only explained.
    unsafe {
        let triggers = (*relation).ri_TrigDesc;
        let triggered = !triggers.is_null()
            && ((*triggers).trig_insert_before_row || (*triggers).trig_insert_after_row);
        let ordered = state(relation).is_ok_and(|state| state.ordered);
        let looked_at = !(*relation).ri_projectReturning.is_null()
            || !(*relation).ri_WithCheckOptions.is_null();
        if triggered || ordered || looked_at {
            return 1;
        }
        Shown::of((*(*relation).ri_RelationDesc).rd_id).or_report().settings.batch_size()
    }
}

unsafe fn state<'a>(relation: *mut pg_sys::ResultRelInfo) -> crate::error::Result<&'a mut State> {
    // SAFETY: null, or the box that `begin` made.
    let state = unsafe { (*relation).ri_FdwState.cast::<State>().as_mut() };
    state.ok_or_else(|| Error::malformed("rows are written to a table that was not begun"))
}

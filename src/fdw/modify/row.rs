//! Rows change, one after another or some side by side.

use pgrx::pg_sys;

use super::check::{Candidate, check_changed, check_new};
use super::state::State;
use crate::error::{Error, Result};
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
    unsafe { insert(&Candidate { relation, estate, slot }) }.or_report();
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
    unsafe { insert_all(relation, slots, *count) }.or_report();
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
    unsafe { update(&Candidate { relation, estate, slot }, plan_slot) }.or_report();
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
    unsafe { state(relation) }.into_iter().for_each(|state| state.end());
}

/// How many new rows are taken together: one where something looks at each, or their order matters.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_modify_batch_size(
    relation: *mut pg_sys::ResultRelInfo,
) -> i32 {
    // SAFETY: PostgreSQL passes a relation that is written to, begun or only explained.
    unsafe { batch_size(relation) }.or_report()
}

unsafe fn insert(row: &Candidate) -> Result<()> {
    // SAFETY: as the caller says.
    unsafe {
        check_new(row);
        state(row.relation)?.insert(row.slot)
    }
}

unsafe fn insert_all(
    relation: *mut pg_sys::ResultRelInfo,
    slots: *mut *mut pg_sys::TupleTableSlot,
    count: i32,
) -> Result<()> {
    // SAFETY: as the caller says.
    unsafe {
        let rows = std::slice::from_raw_parts(slots, usize::try_from(count).unwrap_or(0));
        state(relation)?.insert_all(rows)
    }
}

unsafe fn update(row: &Candidate, old: *mut pg_sys::TupleTableSlot) -> Result<()> {
    // SAFETY: as the caller says.
    unsafe {
        check_changed(row);
        state(row.relation)?.update(row.slot, old)
    }
}

unsafe fn batch_size(relation: *mut pg_sys::ResultRelInfo) -> Result<i32> {
    // SAFETY: what PostgreSQL knows of a relation that is written to.
    unsafe {
        let triggers = (*relation).ri_TrigDesc;
        let triggered = !triggers.is_null()
            && ((*triggers).trig_insert_before_row || (*triggers).trig_insert_after_row);
        let ordered = state(relation).is_ok_and(|state| state.ordered);
        let looked_at = !(*relation).ri_projectReturning.is_null()
            || !(*relation).ri_WithCheckOptions.is_null();
        if triggered || ordered || looked_at {
            return Ok(1);
        }
        Ok(Shown::of((*(*relation).ri_RelationDesc).rd_id)?.settings.batch_size())
    }
}

unsafe fn state<'a>(relation: *mut pg_sys::ResultRelInfo) -> Result<&'a mut State> {
    // SAFETY: null, or the box that `begin` made.
    let state = unsafe { (*relation).ri_FdwState.cast::<State>().as_mut() };
    state.ok_or_else(|| Error::malformed("rows are written to a table that was not begun"))
}

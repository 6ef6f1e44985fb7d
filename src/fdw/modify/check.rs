//! What views check of a row, before it is written: PostgreSQL checks it afterwards, when Basecamp has it
//! and no error takes it back.

use pgrx::pg_sys;

use super::columns::numbers;
use super::slot::attribute;
use crate::fdw::list::nodes;

/// A row that is about to be written.
pub struct Candidate {
    /// The table.
    pub relation: *mut pg_sys::ResultRelInfo,
    /// The query.
    pub estate: *mut pg_sys::EState,
    /// Its columns, as far as the statement says them.
    pub slot: *mut pg_sys::TupleTableSlot,
}

/// Has a new row checked, if the statement says every column that the checks look at. Of what Basecamp
/// decides, such as the status, nothing is known before.
///
/// # Safety
/// The pointers are those of a running statement.
pub unsafe fn check_new(row: &Candidate) {
    // SAFETY: as the caller says.
    unsafe {
        if is_said(row) {
            check_changed(row);
        }
    }
}

/// Has a changed row checked, of which the slot has every column.
///
/// # Safety
/// The pointers are those of a running statement.
pub unsafe fn check_changed(row: &Candidate) {
    let Candidate { relation, estate, slot } = *row;
    // SAFETY: as the caller says; the checks were made ready with the relation.
    unsafe {
        if !(*relation).ri_WithCheckOptions.is_null() {
            pg_sys::ExecWithCheckOptions(pg_sys::WCOKind::WCO_VIEW_CHECK, relation, slot, estate);
        }
    }
}

/// Whether the slot has a value in every column that a check looks at.
unsafe fn is_said(row: &Candidate) -> bool {
    // SAFETY: a partition that a row was routed to has no number of its own, but its root has, and the
    // checks use that; their columns are those of the slot.
    unsafe {
        let root = (*row.relation).ri_RootResultRelInfo;
        let own = (*row.relation).ri_RangeTableIndex;
        let number = if own == 0 && !root.is_null() { (*root).ri_RangeTableIndex } else { own };
        let mut set = std::ptr::null_mut();
        for check in nodes::<pg_sys::WithCheckOption>((*row.relation).ri_WithCheckOptions) {
            pg_sys::pull_varattnos((*check).qual, number, &raw mut set);
        }
        numbers(set).into_iter().all(|number| number > 0 && attribute(row.slot, number).is_some())
    }
}

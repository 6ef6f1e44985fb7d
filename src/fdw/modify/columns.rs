//! Which columns of a table count in a write: those that identify a row, that a statement names, and that
//! are wanted of a written row.

use pgrx::pg_sys;

use super::planner::{junk_name, keys};
use crate::fdw::shown::Shown;
use crate::value::Type;

/// A column that identifies a row.
pub struct Key {
    /// Its name in the catalogue.
    pub name: &'static str,
    /// Where the scan delivers it.
    pub number: i16,
    /// The declared type.
    pub oid: pg_sys::Oid,
    /// The type in the catalogue.
    pub ty: Type,
}

/// Columns by their numbers.
pub enum Wanted {
    /// Every one.
    All,
    /// Those in a set that `pull_varattnos` made.
    Of(*mut pg_sys::Bitmapset),
}

impl Wanted {
    /// Whether a column is among them.
    pub fn has(&self, number: i16) -> bool {
        let Self::Of(set) = self else {
            return true;
        };
        let offset = crate::fdw::scan::key::offset;
        // SAFETY: a set of PostgreSQL's. Number 0 is the whole row.
        unsafe {
            pg_sys::bms_is_member(offset(0), *set) || pg_sys::bms_is_member(offset(number), *set)
        }
    }
}

/// Where the scan delivers what identifies a row.
///
/// # Safety
/// The plan is null or that of a running statement.
pub unsafe fn junk(shown: &Shown, subplan: *mut pg_sys::Plan) -> Vec<Key> {
    let found = keys(shown).filter_map(|column| {
        let ours = column.ours?;
        // SAFETY: as the caller says.
        let number = unsafe { find_junk(subplan, &junk_name(column)) };
        (number > 0).then_some(Key { name: ours.name, number, oid: column.oid, ty: ours.ty })
    });
    found.collect()
}

/// Where a plan delivers the column of a name; 0: nowhere.
///
/// # Safety
/// As [`junk`].
pub unsafe fn find_junk(subplan: *mut pg_sys::Plan, name: &std::ffi::CStr) -> i16 {
    if subplan.is_null() {
        return 0;
    }
    // SAFETY: the target list of a plan.
    unsafe { pg_sys::ExecFindJunkAttributeInTlist((*subplan).targetlist, name.as_ptr()) }
}

/// The columns that an UPDATE names, and those that are computed from them.
///
/// # Safety
/// The relation is one of the query's, whose rows are changed.
pub unsafe fn named(relation: *mut pg_sys::ResultRelInfo, estate: *mut pg_sys::EState) -> Vec<i16> {
    // SAFETY: sets that PostgreSQL made for this relation.
    unsafe {
        let mut named = numbers(pg_sys::ExecGetUpdatedCols(relation, estate));
        named.extend(numbers(pg_sys::ExecGetExtraUpdatedCols(relation, estate)));
        named
    }
}

/// The columns of a set.
///
/// # Safety
/// A set of columns, which begins with those of the system.
pub unsafe fn numbers(set: *mut pg_sys::Bitmapset) -> Vec<i16> {
    let mut numbers = Vec::new();
    // SAFETY: as the caller says.
    unsafe {
        let mut member = pg_sys::bms_next_member(set, -1);
        while member >= 0 {
            let number = member + pg_sys::FirstLowInvalidHeapAttributeNumber;
            numbers.extend(i16::try_from(number));
            member = pg_sys::bms_next_member(set, member);
        }
    }
    numbers
}

/// Whether triggers may change the rows of an UPDATE before they are written.
///
/// # Safety
/// The relation is one of the query's.
pub unsafe fn has_update_trigger(relation: *mut pg_sys::ResultRelInfo) -> bool {
    // SAFETY: null, or what PostgreSQL knows of the relation's triggers.
    unsafe {
        let triggers = (*relation).ri_TrigDesc;
        !triggers.is_null() && (*triggers).trig_update_before_row
    }
}

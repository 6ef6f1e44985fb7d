//! What PostgreSQL believes of columns of tables that nobody has analyzed, which are most foreign tables.
//!
//! Without statistics it takes a column for nearly unique in a small table and for 200 values in a large
//! one, so that a join of parents and children looks like a few rows, and children are asked for parent by
//! parent. How many parents there are is known from what listings told.

use std::cell::Cell;
use std::sync::OnceLock;

use pgrx::pg_sys::SysCacheIdentifier::STATRELATTINH;
use pgrx::{PgMemoryContexts, pg_sys};

use super::planner::is_ours;
use super::relation::relation;
use crate::plan::Distinct;

/// The hook that was there before ours.
static NEXT: OnceLock<pg_sys::get_relation_stats_hook_type> = OnceLock::new();

/// The columns of `pg_statistic`.
const COLUMNS: usize = pg_sys::Natts_pg_statistic as usize;

thread_local! {
    /// What rows are copied of: planning a join asks many times.
    static EMPTY: Cell<pg_sys::HeapTuple> = const { Cell::new(std::ptr::null_mut()) };
}

/// Is asked about columns from now on; runs when the library is loaded.
pub fn listen() {
    // SAFETY: hooks are set while the library is loaded, on PostgreSQL's only thread.
    unsafe {
        let _ = NEXT.set(pg_sys::get_relation_stats_hook);
        pg_sys::get_relation_stats_hook = Some(get_relation_stats);
    }
}

/// Gives what is known of a column; false: PostgreSQL looks into the catalog.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn get_relation_stats(
    root: *mut pg_sys::PlannerInfo,
    entry: *mut pg_sys::RangeTblEntry,
    number: pg_sys::AttrNumber,
    variable: *mut pg_sys::VariableStatData,
) -> bool {
    // SAFETY: PostgreSQL's own arguments, handed on, and then looked at.
    unsafe {
        let next = NEXT.get().copied().flatten();
        if next.is_some_and(|next| next(root, entry, number, variable)) {
            return true;
        }
        let Some(distinct) = distinct(root, entry, number) else {
            return false;
        };
        (*variable).statsTuple = statistic(distinct);
        (*variable).freefunc = Some(free);
        true
    }
}

/// How many different values a column of ours has, where no ANALYZE found out.
unsafe fn distinct(
    root: *mut pg_sys::PlannerInfo,
    entry: *mut pg_sys::RangeTblEntry,
    number: pg_sys::AttrNumber,
) -> Option<Distinct> {
    // SAFETY: the planner's own structures; a catalog lookup.
    unsafe {
        let rel = planned(root, entry)?;
        let cache = STATRELATTINH as i32;
        let (table, column) = ((*entry).relid.into(), number.into());
        let (inherited, none) = ((*entry).inh.into(), pg_sys::Datum::null());
        let analyzed = pg_sys::SearchSysCacheExists(cache, table, column, inherited, none);
        if analyzed { None } else { relation(rel).distinct(root, rel, number) }
    }
}

/// The relation of a range table entry, if it is one of ours that is planned by now.
unsafe fn planned(
    root: *mut pg_sys::PlannerInfo,
    entry: *mut pg_sys::RangeTblEntry,
) -> Option<*mut pg_sys::RelOptInfo> {
    // SAFETY: both arrays have that many places; the first is not used.
    unsafe {
        let mut places = 1..usize::try_from((*root).simple_rel_array_size).ok()?;
        let place = places.find(|place| *(*root).simple_rte_array.add(*place) == entry)?;
        let rel = *(*root).simple_rel_array.add(place);
        (!rel.is_null() && is_ours(rel) && !(*rel).fdw_private.is_null()).then_some(rel)
    }
}

/// A row of `pg_statistic` that tells the number of different values and nothing else.
unsafe fn statistic(distinct: Distinct) -> pg_sys::HeapTuple {
    // SAFETY: the copy is a row of the catalog, which begins as its structure does.
    unsafe {
        if EMPTY.get().is_null() {
            EMPTY.set(PgMemoryContexts::TopMemoryContext.switch_to(|_| empty()));
        }
        let tuple = pg_sys::heap_copytuple(EMPTY.get());
        let row = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_statistic>();
        (*row).stadistinct = match distinct {
            Distinct::Rows => -1.0,
            Distinct::Values(values) => values as f32,
        };
        tuple
    }
}

/// A row of `pg_statistic` that tells nothing.
unsafe fn empty() -> pg_sys::HeapTuple {
    let mut values = [pg_sys::Datum::null(); COLUMNS];
    let mut nulls = [false; COLUMNS];
    // The last ten are arrays, of kinds of statistics that there are none of.
    nulls[pg_sys::Anum_pg_statistic_stanumbers1 as usize - 1..].fill(true);
    let lock = pg_sys::AccessShareLock as i32;
    // SAFETY: the values are as many as the catalog has columns, and 0 is one of each of their types.
    unsafe {
        let catalog = pg_sys::table_open(pg_sys::StatisticRelationId, lock);
        let descriptor = (*catalog).rd_att;
        let tuple = pg_sys::heap_form_tuple(descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
        pg_sys::table_close(catalog, lock);
        tuple
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn free(tuple: pg_sys::HeapTuple) {
    // SAFETY: `statistic` made it.
    unsafe { pg_sys::heap_freetuple(tuple) };
}

//! The hand-over of a plan to the scan: one String node with the plan as JSON, and the
//! expressions that it numbers.
//!
//! `fdw_private` may hold real nodes only, because plans are copied, cached and printed. A String node
//! survives all of it, and EXPLAIN can read it back. What is not ASCII is escaped: text in nodes is in the
//! encoding of the database.

use std::ffi::{CStr, CString};

use pgrx::{PgList, pg_sys};

use crate::error::{Error, Result};
use crate::fdw::escape::escaped;
use crate::plan::Plan;

/// Packs a plan with its expressions.
///
/// # Errors
/// When it cannot be written as text, which no plan of this version is.
pub fn pack(plan: &Plan, expressions: &[*mut pg_sys::Node]) -> Result<*mut pg_sys::List> {
    let stale = |error: String| Error::malformed("cannot store the plan").detail(error);
    let json = serde_json::to_string(plan).map_err(|error| stale(error.to_string()))?;
    let text = CString::new(escaped(&json).as_bytes()).map_err(|error| stale(error.to_string()))?;
    let mut list = PgList::<pg_sys::Node>::new();
    // SAFETY: makeString keeps the pointer, which pstrdup puts into the planner's memory context.
    list.push(unsafe { pg_sys::makeString(pg_sys::pstrdup(text.as_ptr())) }.cast());
    let mut numbered = PgList::<pg_sys::Node>::new();
    expressions.iter().for_each(|expression| numbered.push(*expression));
    list.push(numbered.into_pg().cast());
    Ok(list.into_pg())
}

/// The same for a scan whose rows are not those of its table: which table it is, what its rows are and
/// what they are checked for.
///
/// # Errors
/// As [`pack`].
///
/// # Safety
/// `targets` is a list of target entries, and `checks` one of expressions over them.
pub unsafe fn pack_with(
    plan: &Plan,
    expressions: &[*mut pg_sys::Node],
    table: pg_sys::Oid,
    targets: *mut pg_sys::List,
    checks: *mut pg_sys::List,
) -> Result<*mut pg_sys::List> {
    // SAFETY: a list of nodes; makeInteger allocates in the planner's memory context.
    unsafe {
        let mut packed = PgList::<pg_sys::Node>::from_pg(pack(plan, expressions)?);
        packed.push(pg_sys::makeInteger(table.to_u32().cast_signed()).cast());
        packed.push(targets.cast());
        packed.push(checks.cast());
        Ok(packed.into_pg())
    }
}

/// What a scan is made of, taken apart.
pub struct Packed {
    /// What the scan's node keeps.
    pub kept: *mut pg_sys::List,
    /// The plan's expressions.
    pub expressions: *mut pg_sys::List,
    /// What the rows are, where they are not those of the table.
    pub targets: *mut pg_sys::List,
    /// What these are checked for.
    pub checks: *mut pg_sys::List,
}

/// Takes apart what [`pack`] or [`pack_with`] made.
///
/// # Safety
/// The list is one of these.
pub unsafe fn split(list: *mut pg_sys::List) -> Packed {
    // SAFETY: a list of nodes, as the caller says.
    let packed = unsafe { PgList::<pg_sys::Node>::from_pg(list) };
    let at = |place| packed.get_ptr(place).unwrap_or(std::ptr::null_mut());
    let mut kept = PgList::<pg_sys::Node>::new();
    [0, 2].into_iter().filter_map(|place| packed.get_ptr(place)).for_each(|node| kept.push(node));
    let (targets, checks) = (at(3).cast(), at(4).cast());
    Packed { kept: kept.into_pg(), expressions: at(1).cast(), targets, checks }
}

/// The table that a scan reads, also where its rows are not those of it and no relation is open.
///
/// # Safety
/// The node is one of this wrapper's that was begun, for EXPLAIN alone at least.
pub unsafe fn table(node: *mut pg_sys::ForeignScanState) -> pg_sys::Oid {
    // SAFETY: as the caller says; the tag is checked before the cast.
    unsafe {
        let scan = (*node).ss.ps.plan.cast::<pg_sys::ForeignScan>();
        let kept = PgList::<pg_sys::Node>::from_pg((*scan).fdw_private);
        let number = kept.get_ptr(1).filter(|it| pgrx::is_a(*it, pg_sys::NodeTag::T_Integer));
        match number {
            Some(number) => (*number.cast::<pg_sys::Integer>()).ival.cast_unsigned().into(),
            None => (*(*node).ss.ss_currentRelation).rd_id,
        }
    }
}

/// Unpacks the plan.
///
/// # Errors
/// When the list is not one that [`pack`] made.
pub fn unpack(list: *mut pg_sys::List) -> Result<Plan> {
    let foreign = || Error::malformed("the plan was not made by this version of basecamp_fdw");
    // SAFETY: fdw_private is null or a list of nodes; the tag is checked before the cast.
    let json = unsafe {
        let node = PgList::<pg_sys::Node>::from_pg(list).get_ptr(0).ok_or_else(foreign)?;
        if !pgrx::is_a(node, pg_sys::NodeTag::T_String) {
            return Err(foreign());
        }
        CStr::from_ptr((*node.cast::<pg_sys::String>()).sval)
    };
    let text = json.to_str().map_err(|_| foreign())?;
    serde_json::from_str(text).map_err(|error| foreign().detail(error.to_string()))
}

//! The hand-over of a plan from the path to the scan: one String node with the plan as JSON, and the
//! expressions that it numbers.
//!
//! `fdw_private` may hold real nodes only, because plans are copied, cached and printed. A String node
//! survives all of it, and EXPLAIN can read it back. What is not ASCII is escaped: text in nodes is in the
//! encoding of the database.

use std::ffi::{CStr, CString};

use pgrx::{PgList, pg_sys};

use crate::error::{Error, Result};
use crate::fdw::encoding::escaped;
use crate::plan::Plan;

/// Packs a plan with its expressions, for a path.
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

/// Splits what [`pack`] made: what the scan's node keeps, and its expressions.
///
/// # Safety
/// The list is one that [`pack`] made.
pub unsafe fn split(list: *mut pg_sys::List) -> (*mut pg_sys::List, *mut pg_sys::List) {
    // SAFETY: a list of nodes, as the caller says.
    let packed = unsafe { PgList::<pg_sys::Node>::from_pg(list) };
    let mut kept = PgList::<pg_sys::Node>::new();
    if let Some(plan) = packed.get_ptr(0) {
        kept.push(plan);
    }
    let expressions = packed.get_ptr(1).unwrap_or(std::ptr::null_mut());
    (kept.into_pg(), expressions.cast())
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

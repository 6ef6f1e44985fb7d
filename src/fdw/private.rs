//! The plan's hand-over: one String node with the scan as JSON.
//!
//! `fdw_private` may hold real nodes only, because plans are copied, cached and printed. A String node
//! survives all of it, and EXPLAIN can read it back.

use std::ffi::{CStr, CString};

use pgrx::{PgList, pg_sys};

use crate::error::{Error, Result};
use crate::plan::Scan;

/// Packs a scan.
///
/// # Errors
/// When it cannot be written as text, which no scan of this version is.
pub fn pack(scan: &Scan) -> Result<*mut pg_sys::List> {
    let stale = |error: String| Error::malformed("cannot store the plan").detail(error);
    let json = serde_json::to_string(scan).map_err(|error| stale(error.to_string()))?;
    let text = CString::new(json).map_err(|error| stale(error.to_string()))?;
    let mut list = PgList::<pg_sys::Node>::new();
    // SAFETY: makeString keeps the pointer, which pstrdup puts into the plan's memory context.
    list.push(unsafe { pg_sys::makeString(pg_sys::pstrdup(text.as_ptr())) }.cast());
    Ok(list.into_pg())
}

/// Unpacks what [`pack`] made.
///
/// # Errors
/// When the list is not one that it made.
pub fn unpack(list: *mut pg_sys::List) -> Result<Scan> {
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

//! Lists of PostgreSQL's.

use pgrx::{PgList, pg_sys};

/// The nodes of a list, of our own to walk.
///
/// # Safety
/// The list is null, or its elements are of the type.
pub unsafe fn nodes<T>(list: *mut pg_sys::List) -> Vec<*mut T> {
    // SAFETY: as the caller says.
    unsafe { PgList::<T>::from_pg(list) }.iter_ptr().collect()
}

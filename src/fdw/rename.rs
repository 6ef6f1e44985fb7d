//! Tokens follow a server that gets another name: they are stored, and sealed, under its name.
//!
//! Event triggers call this before and after ALTER SERVER. For ALTER ROLE PostgreSQL has none.

use std::cell::RefCell;
use std::ffi::CString;

use pgrx::pg_sys;
use pgrx::prelude::*;

use super::options::text;
use super::report::tell;
use super::store::{self, Table};
use super::{keyring, rotation, worker};
use crate::error::Result;

thread_local! {
    /// Servers that have tokens, as they were called when ALTER SERVER began.
    static NOTED: RefCell<Vec<(pg_sys::Oid, String)>> = const { RefCell::new(Vec::new()) };
}

/// Notes the names of servers that have tokens.
///
/// # Errors
/// When the table is missing.
pub fn note() -> Result<()> {
    let rows = store::scan(Table::Tokens, None)?;
    let mut noted: Vec<(pg_sys::Oid, String)> = Vec::new();
    for row in rows {
        if noted.iter().any(|(_, name)| *name == row.server) {
            continue;
        }
        let name = CString::new(row.server.as_str()).unwrap_or_default();
        // SAFETY: looks a name up that may be missing.
        let oid = unsafe { pg_sys::get_foreign_server_oid(name.as_ptr(), true) };
        if oid != pg_sys::InvalidOid {
            noted.push((oid, row.server));
        }
    }
    NOTED.set(noted);
    Ok(())
}

/// Seals the rows of those that have another name now for that name.
///
/// # Errors
/// When the table is missing or cannot be written.
pub fn follow() -> Result<()> {
    for (oid, old) in NOTED.take() {
        let flags = pg_sys::FSV_MISSING_OK as u16;
        // SAFETY: null where the server is gone; its name is copied.
        let new = unsafe {
            let server = pg_sys::GetForeignServerExtended(oid, flags);
            if server.is_null() {
                continue;
            }
            text((*server).servername)
        };
        if new != old {
            carry(&old, &new)?;
        }
    }
    Ok(())
}

fn carry(old: &str, new: &str) -> Result<()> {
    worker::as_owner(|| {
        for row in store::scan(Table::Tokens, None)? {
            if row.server != old {
                continue;
            }
            let carried =
                keyring::present(false).and_then(|key| rotation::seal_anew(&row, &key, new));
            match carried {
                Ok(()) => {
                    store::delete(Table::Tokens, old, &row.user)?;
                    store::delete(Table::Pending, old, &row.user)?;
                }
                // The server gets its name all the same.
                Err(error) => tell(
                    PgLogLevel::WARNING,
                    format!("stored tokens stay with the name \"{old}\": {error}"),
                    "Rename the server back when they can be read, or authorize again.",
                ),
            }
        }
        Ok(())
    })
}

//! Tokens follow a server that gets another name: rows are found by its name.
//!
//! Event triggers call this before and after ALTER SERVER. A role's new name needs nothing: rows have
//! its oid.

use std::cell::RefCell;
use std::collections::HashSet;

use pgrx::pg_sys;
use pgrx::prelude::*;

use super::super::encoding;
use super::super::options::text;
use super::super::report::tell;
use super::table::{self, Table};
use super::{keyring, rotation};
use crate::error::Result;

thread_local! {
    /// Servers that have rows, as they were called when ALTER SERVER began.
    static NOTED: RefCell<Vec<(pg_sys::Oid, String)>> = const { RefCell::new(Vec::new()) };
}

/// Notes the names of servers that have tokens or a pending authorization.
///
/// # Errors
/// When a table is missing.
pub fn note() -> Result<()> {
    let mut names = HashSet::new();
    for table in [Table::Tokens, Table::Pending] {
        names.extend(table::scan(table, None)?.into_iter().map(|row| row.server));
    }
    let noted = names.into_iter().filter_map(|name| {
        let terminated = encoding::terminated(&name).ok()?;
        // SAFETY: looks a name up that may be missing.
        let oid = unsafe { pg_sys::get_foreign_server_oid(terminated.as_ptr(), true) };
        (oid != pg_sys::InvalidOid).then_some((oid, name))
    });
    NOTED.set(noted.collect());
    Ok(())
}

/// Gives the rows of those that have another name now that name.
///
/// # Errors
/// When a table is missing or cannot be written.
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
    table::as_owner(|| {
        table::rename(Table::Tokens, old, new)?;
        table::rename(Table::Pending, old, new)?;
        // They open by the server's oid; sealed for its new name, a dump can be restored too.
        for row in table::scan(Table::Tokens, None)?.iter().filter(|row| row.server == new) {
            let sealed = keyring::present().and_then(|key| rotation::seal_anew(row, &key));
            if let Err(error) = sealed {
                tell(
                    PgLogLevel::WARNING,
                    format!("stored tokens are still sealed for the name \"{old}\": {error}"),
                    "They are sealed for the new name when they are used next.",
                );
            }
        }
        Ok(())
    })
}

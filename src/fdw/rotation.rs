//! A new key for what is stored. A crash at any point leaves every row readable: both keys are in
//! files while rows change, and the key file itself changes after the commit.

use std::path::{Path, PathBuf};

use pgrx::prelude::*;
use pgrx::{PgXactCallbackEvent, pg_sys, register_xact_callback};

use super::connection::{Connection, associated};
use super::report::tell;
use super::store::{self, Row, Table};
use super::{keyring, setting, worker};
use crate::error::{Error, Kind, Result};
use crate::oauth::Stored;
use crate::seal::{self, Key, key_file};

/// What the fingerprint of options is replaced by that were changed since: no fingerprint looks so.
const CHANGED: &str = "changed";

/// Seals every row anew, and says how many.
///
/// # Errors
/// When the user is no superuser, the server a standby, or a row cannot be opened.
pub fn rotate(new_key: bool) -> Result<i64> {
    // SAFETY: reads the current role's cached flag.
    if !unsafe { pg_sys::superuser() } {
        let message = "must be superuser to rotate the encryption key";
        return Err(Error::new(Kind::Permission, message));
    }
    if store::in_recovery() {
        let message = "the encryption key cannot be rotated on a standby server";
        return Err(Error::new(Kind::ReadOnly, message));
    }
    worker::as_owner(|| {
        // Nobody stores a row with the old key meanwhile.
        Spi::run("LOCK TABLE basecamp.oauth_tokens IN EXCLUSIVE MODE")
            .map_err(|error| Error::new(Kind::Configuration, error.to_string()))?;
        let present = keyring::present(store::is_empty()?)?;
        let key = if new_key { prepare(&present)? } else { present };
        let rows = store::scan(Table::Tokens, None)?;
        for row in &rows {
            seal_anew(row, &key, &row.server)?;
        }
        Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
    })
}

/// Seals a row with a key, for a server of another name if that changed.
///
/// # Errors
/// When it cannot be opened or written.
pub(super) fn seal_anew(row: &Row, key: &Key, server: &str) -> Result<()> {
    let old = keyring::find(&row.sealed.key_id)?;
    let plain = seal::open(&old, &row.sealed, &associated(&row.server, &row.user));
    let plain = plain.map_err(|error| {
        error
            .about(format!("tokens of user \"{}\" for server \"{}\"", row.user, row.server))
            .hint("Have the user authorize again or forget the tokens, and rotate the key then.")
    })?;
    let mut stored = Stored::from_bytes(&plain)?;
    stored.options = match Connection::stored_for(server, &row.user) {
        Some(connection) => {
            let tokens = connection.tokens().bytes();
            if stored.options == old.fingerprint(&tokens) {
                key.fingerprint(&tokens)
            } else {
                CHANGED.to_owned()
            }
        }
        None => CHANGED.to_owned(),
    };
    store::write(server, &row.user, key, &stored)
}

/// Makes a key, and puts it and the present one into files of their own. The key file gets it when
/// the transaction commits.
fn prepare(present: &Key) -> Result<Key> {
    let path = setting::key_file();
    let key = Key::generate();
    let (old, new) = (beside(&path, present)?, beside(&path, &key)?);
    key_file::replace(&old, present)?;
    key_file::replace(&new, &key)?;
    let (kept, draft) = (key.clone(), new.clone());
    register_xact_callback(PgXactCallbackEvent::Commit, move || {
        install(&path, &kept, &draft);
    });
    register_xact_callback(PgXactCallbackEvent::Abort, move || {
        // Nothing is sealed with it.
        let _ = std::fs::remove_file(&new);
    });
    Ok(key)
}

fn beside(path: &Path, key: &Key) -> Result<PathBuf> {
    keyring::replaced(path, &key.id()).ok_or_else(|| {
        Error::new(Kind::Configuration, "setting basecamp_fdw.key_file does not name a file")
    })
}

/// Runs after the commit: nothing may fail here, and nothing is lost if it does.
fn install(path: &Path, key: &Key, draft: &Path) {
    match key_file::replace(path, key) {
        Ok(()) => {
            let _ = std::fs::remove_file(draft);
        }
        Err(error) => tell(
            PgLogLevel::WARNING,
            format!("the key file still has the old key: {error}"),
            "Stored tokens stay readable. Rotate the key again.",
        ),
    }
}

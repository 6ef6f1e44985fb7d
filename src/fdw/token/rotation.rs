//! A new key for what is stored. A crash at any point leaves every row readable: both keys are in
//! files while rows change, and the key file itself changes after the commit.
//!
//! One transaction of the cluster at a time changes the key, and it makes one new key however often
//! it is asked to: so what a savepoint takes back is sealed with the old key or with that one, and
//! both stay. A key that was made behind the savepoint goes with it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use pgrx::prelude::*;
use pgrx::{
    PgSubXactCallbackEvent, PgXactCallbackEvent, pg_sys, register_subxact_callback,
    register_xact_callback,
};

use super::super::connection::Connection;
use super::super::report::tell;
use super::super::setting::{self, in_recovery};
use super::super::wait;
use super::table::{self, Row, Table};
use super::{finish, keyring, lock, worker};
use crate::error::{Error, Kind, Result};
use crate::oauth::Stored;
use crate::seal::{self, Key, key_file};

/// What the fingerprint of options is replaced by that were changed since: no fingerprint looks so.
const CHANGED: &str = "changed";
/// How often it is tried to be the one who changes the key, and how long it takes in all: 10 s.
const TRIES: u32 = 200;
const TRY_EVERY: std::time::Duration = std::time::Duration::from_millis(50);

thread_local! {
    /// The key that this transaction has made.
    static MADE: RefCell<Option<Draft>> = const { RefCell::new(None) };
}

/// A key on its way.
#[derive(Clone)]
struct Draft {
    key: Key,
    /// The subtransaction that made it.
    sub: pg_sys::SubTransactionId,
    /// Its file.
    file: PathBuf,
    /// The file of the key that it replaces, if this transaction made that, and that key's id.
    copy: Option<(PathBuf, String)>,
}

impl Draft {
    /// Removes what nothing is sealed with, and the copy of what is still in the key file.
    fn discard(self) {
        let _ = std::fs::remove_file(&self.file);
        let present = key_file::read(&setting::key_file());
        if let (Some((copy, id)), Ok(present)) = (self.copy, present)
            && present.id() == id
        {
            let _ = std::fs::remove_file(copy);
        }
    }
}

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
    if in_recovery() {
        let message = "the encryption key cannot be rotated on a standby server";
        return Err(Error::new(Kind::ReadOnly, message));
    }
    table::as_owner(|| {
        // Nobody stores a row with the old key meanwhile.
        Spi::run("LOCK TABLE basecamp.oauth_tokens IN EXCLUSIVE MODE")
            .map_err(|error| Error::new(Kind::Configuration, error.to_string()))?;
        let key = if new_key { prepared()? } else { keyring::present()? };
        let rows = table::scan(Table::Tokens, None)?;
        for row in &rows {
            seal_anew(row, &key)?;
        }
        Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
    })
}

/// Seals a row with a key, for whom it is now.
///
/// # Errors
/// When it cannot be opened or written.
pub(super) fn seal_anew(row: &Row, key: &Key) -> Result<()> {
    let old = keyring::find(&row.sealed.key_id)?;
    let plain = seal::open(&old, &row.sealed, table::TOKENS);
    let user = super::super::options::user_name(row.role.into());
    let plain = plain.map_err(|error| {
        error
            .about(format!("tokens of user \"{user}\" for server \"{}\"", row.server))
            .hint("Have the user authorize again or forget the tokens, and rotate the key then.")
    })?;
    let (mut stored, mut owner) = Stored::from_bytes(&plain)?;
    let connection = Connection::stored_for(&row.server, row.role);
    let now = connection.as_ref().map(Connection::owner).filter(|now| owner.is(now));
    let tokens = connection.map(|connection| connection.tokens().bytes());
    let same = tokens.filter(|tokens| stored.options == old.fingerprint(tokens));
    stored.options = same.map_or_else(|| CHANGED.to_owned(), |tokens| key.fingerprint(&tokens));
    // A row that is nobody's, because it was moved by hand, stays so.
    owner = now.unwrap_or(owner);
    table::write((&row.server, row.role), &owner, key, &stored)
}

/// The new key: made by this transaction, which keeps others from making one meanwhile.
fn prepared() -> Result<Key> {
    if let Some(made) = MADE.with_borrow(Clone::clone) {
        return Ok(made.key);
    }
    let mut tries = 0..TRIES;
    let turn = loop {
        if let Some(turn) = lock::of_cluster(lock::Place::Key, 0, false) {
            break turn;
        }
        if tries.next().is_none() {
            let message = "another transaction is changing the encryption key";
            return Err(Error::new(Kind::Busy, message));
        }
        wait::pause(TRY_EVERY)?;
    };
    turn.keep();
    prepare(&keyring::present()?)
}

/// Makes a key, and puts it and the present one into files of their own. The key file gets it when
/// the transaction commits.
fn prepare(present: &Key) -> Result<Key> {
    let path = setting::key_file();
    let key = Key::generate();
    let (old, file) = (keyring::copy(&path, present)?, keyring::copy(&path, &key)?);
    // SAFETY: reads the number of the current subtransaction.
    let sub = unsafe { pg_sys::GetCurrentSubTransactionId() };
    let copy = (!old.exists()).then(|| (old.clone(), present.id()));
    MADE.set(Some(Draft { key: key.clone(), sub, file: file.clone(), copy }));
    await_end(path);
    key_file::replace(&old, present)?;
    key_file::replace(&file, &key)?;
    Ok(key)
}

/// Has the end of the transaction, or of the part of it that made the key, decide on it.
fn await_end(path: PathBuf) {
    finish::refuse_prepare("rotated the encryption key");
    register_subxact_callback(PgSubXactCallbackEvent::AbortSub, |aborted, _| {
        let gone = MADE.with_borrow_mut(|made| made.take_if(|made| made.sub >= aborted));
        gone.into_iter().for_each(Draft::discard);
    });
    register_xact_callback(PgXactCallbackEvent::Commit, move || {
        if let Some(made) = MADE.take() {
            install(&path, &made.key, &made.file);
        }
    });
    register_xact_callback(PgXactCallbackEvent::Abort, || {
        MADE.take().into_iter().for_each(Draft::discard);
    });
}

/// Puts the key that is in the key file now beside it, whoever put it there.
fn set_aside(path: &Path) -> Result<()> {
    let present = key_file::read(path)?;
    let copy = keyring::copy(path, &present)?;
    if copy.exists() { Ok(()) } else { key_file::replace(&copy, &present) }
}

/// Runs after the commit: nothing may fail here, and nothing is lost if it does.
fn install(path: &Path, key: &Key, draft: &Path) {
    match set_aside(path).and_then(|()| key_file::replace(path, key)) {
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

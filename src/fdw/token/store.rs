//! Where tokens rest: the table `basecamp.oauth_tokens`, a settings file, or, on a standby, a file
//! beside what its primary has stored.

use std::cell::Cell;
use std::future::{Future, ready};
use std::path::Path;
use std::time::Duration;

use super::super::connection::Connection;
use super::super::setting::in_recovery;
use super::super::wait;
use super::rescue::{self, record};
use super::table::{self, Table};
use super::{finish, keyring, lock};
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::{Contents, Entry, Record, Store};
use crate::oauth::{Owner, Pending, Stored, settings};
use crate::option::Location;
use crate::seal;

/// How often a row is read whose key is not there: it may have been sealed anew just then.
const TRIES: usize = 3;
/// How long a session waits before it looks again whether it is its turn.
const PERIOD: Duration = Duration::from_millis(25);

/// The store of a session: it reads and takes turns. What it has written, a worker writes.
#[derive(Debug)]
pub struct Shelf<'a> {
    connection: &'a Connection,
}

impl<'a> Shelf<'a> {
    /// That of a connection.
    pub fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }
}

impl Store for Shelf<'_> {
    type Turn = lock::Lock;

    fn read(&self) -> impl Future<Output = Result<Contents>> + Send {
        ready(contents(self.connection))
    }

    fn write(&self, entry: Entry<'_>) -> impl Future<Output = Result<()>> + Send {
        match entry {
            Entry::Answer(stored) | Entry::Anyway(stored) => {
                rescue::remember(self.connection, stored);
            }
            Entry::Failure(failure) => rescue::write_failure(self.connection, None, failure),
        }
        ready(Ok(()))
    }

    fn turn(&self) -> impl Future<Output = Result<Option<Self::Turn>>> + Send {
        ready(turn(self.connection))
    }
}

/// The turn of a connection, if no session has it and no worker is at it. Otherwise a moment passes.
fn turn(connection: &Connection) -> Result<Option<lock::Lock>> {
    if let Some(turn) = lock::of(lock::Place::Turn, connection)
        && lock::of(lock::Place::Tokens, connection).is_some()
    {
        return Ok(Some(turn));
    }
    wait::pause(PERIOD)?;
    Ok(None)
}

thread_local! {
    /// Whether what was read last is sealed for names that are out of date, or only rescued.
    static UNSETTLED: Cell<bool> = const { Cell::new(false) };
}

/// Whether what was read last should be written once more.
pub fn is_unsettled() -> bool {
    UNSETTLED.get() && !in_recovery()
}

/// What there is of a connection.
///
/// # Errors
/// When it cannot be read: no key, another key, or something that was changed by hand.
pub fn contents(connection: &Connection) -> Result<Contents> {
    UNSETTLED.set(false);
    let row = match connection.options.location() {
        Location::File(path) => read_file(&path, connection)?,
        Location::Catalog => read_row(connection)?,
    };
    let (rescue, failure) = (rescue::read(connection), rescue::failure(connection));
    let contents = Contents { row, rescue, failure };
    // What is superfluous is removed by a worker, whom no other is then in the way of.
    if contents.is_settled() || contents.id() != contents.base() {
        UNSETTLED.set(true);
    }
    Ok(contents)
}

/// Reads a settings file, whose own words say which key it needs.
fn read_file(path: &Path, connection: &Connection) -> Result<Option<Record>> {
    if finish::is_forgotten(connection.mapping) {
        return Ok(None);
    }
    let Some(sealed) = settings::sealed(path)? else {
        return Ok(None);
    };
    let (key, now) = (keyring::find(&sealed.key_id)?, connection.owner());
    let (stored, owner) = settings::open(path, &sealed, &key, &now)?;
    note_names(&owner, &now);
    Ok(Some(record(connection, stored, &key)))
}

fn note_names(sealed_for: &Owner, now: &Owner) {
    let names = |owner: &Owner| (owner.cluster, owner.server.clone(), owner.user.clone());
    if names(sealed_for) != names(now) {
        UNSETTLED.set(true);
    }
}

fn read_row(connection: &Connection) -> Result<Option<Record>> {
    let mut outcome = Ok(None);
    for _ in 0..TRIES {
        let Some(row) = table::rows(Table::Tokens, connection)?.pop() else {
            return Ok(None);
        };
        outcome = opened(&row, connection).map(Some);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// A row's tokens.
///
/// # Errors
/// When it cannot be opened, or is another's.
pub fn opened(row: &seal::Sealed, connection: &Connection) -> Result<Record> {
    let (key, now) = (keyring::find(&row.key_id)?, connection.owner());
    let whose =
        || format!("tokens of user \"{}\" for server \"{}\"", connection.user, connection.server);
    let (stored, owner) = seal::open(&key, row, table::TOKENS)
        .and_then(|plain| Stored::open(&plain, &now))
        .map_err(|error| error.about(whose()))?;
    note_names(&owner, &now);
    Ok(record(connection, stored, &key))
}

/// The authorizations that a connection has pending, the latest first.
///
/// # Errors
/// When the table cannot be read.
pub fn pending(connection: &Connection, now: i64) -> Result<Vec<Pending>> {
    let mut found = rescue::pending(connection);
    for row in table::rows(Table::Pending, connection)? {
        // One that cannot be opened any more is as good as expired.
        let key = keyring::find(&row.key_id).ok();
        found.extend(key.and_then(|key| table::open_pending(&key, &row, &connection.owner())));
    }
    found.retain(|pending| now.saturating_sub(pending.started_at) < table::PENDING);
    found.sort_by_key(|pending| std::cmp::Reverse(pending.started_at));
    Ok(found)
}

/// Removes what is stored, when the transaction commits; true if there was anything.
///
/// # Errors
/// When it cannot be removed, or the server is a standby.
pub fn forget(connection: &Connection) -> Result<bool> {
    if in_recovery() {
        let error = Error::new(Kind::ReadOnly, "tokens cannot be forgotten on a standby server");
        return Err(error.hint("Do it on the primary server."));
    }
    let rescued = rescue::read(connection).is_some();
    let (there, files) = match connection.options.location() {
        Location::File(path) => {
            let there = path.exists() && !finish::is_forgotten(connection.mapping);
            (there, vec![path, rescue::place(connection)])
        }
        Location::Catalog => (forget_rows(connection)?, Vec::new()),
    };
    rescue::forget(connection.mapping, files);
    Ok(there || rescued)
}

fn forget_rows(connection: &Connection) -> Result<bool> {
    let there = !table::rows(Table::Tokens, connection)?.is_empty();
    table::as_owner(|| {
        table::delete(Table::Tokens, &connection.server, connection.role)?;
        table::delete(Table::Pending, &connection.server, connection.role)
    })?;
    Ok(there)
}

//! Where tokens rest: the tables in schema `basecamp`, a settings file, or memory on a standby.
//!
//! Tables are read by the newest committed snapshot, whatever the transaction's own is, and past all
//! privileges: nothing is granted to anybody. They are written by the owner of the tables.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::path::PathBuf;

use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::{PgTupleDesc, pg_sys};

use super::connection::Connection;
use super::keyring;
use super::options::text;
use crate::error::{Error, Kind, Result};
use crate::oauth::{Pending, Stored, settings};
use crate::option::Location;
use crate::seal::{self, Key, Sealed};

/// Seconds for which an authorization may be pending.
pub const PENDING: i64 = 3600;
/// How often a row is read whose key is not there: it may have been sealed anew just then.
const TRIES: usize = 3;

const SCHEMA: &CStr = c"basecamp";

/// A table of sealed values.
#[derive(Debug, Clone, Copy)]
pub enum Table {
    /// `basecamp.oauth_tokens`.
    Tokens,
    /// `basecamp.oauth_pending`.
    Pending,
}

impl Table {
    fn names(self) -> (&'static CStr, &'static CStr) {
        match self {
            Self::Tokens => (c"oauth_tokens", c"oauth_tokens_pkey"),
            Self::Pending => (c"oauth_pending", c"oauth_pending_pkey"),
        }
    }
}

/// What is stored, with the key that opened it.
#[derive(Debug)]
pub struct Found {
    /// The tokens.
    pub stored: Stored,
    /// The key.
    pub key: Key,
}

/// What a standby, which cannot store, remembers: until the row that it replaced changes.
struct Remembered {
    row: Option<Vec<u8>>,
    stored: Vec<u8>,
    pending: Vec<Vec<u8>>,
}

thread_local! {
    static MEMORY: RefCell<HashMap<u32, Remembered>> = RefCell::default();
}

/// The tokens of a connection.
///
/// # Errors
/// When they cannot be read: no key, another key, or something that was changed by hand.
pub fn read(connection: &Connection) -> Result<Option<Found>> {
    match connection.options.location() {
        Location::File(path) => read_file(&path, connection),
        Location::Catalog => read_catalog(connection),
    }
}

/// Reads a settings file, whose own words say which key it needs.
fn read_file(path: &std::path::Path, connection: &Connection) -> Result<Option<Found>> {
    if !path.exists() {
        return Ok(None);
    }
    let key = match settings::key_id(path)? {
        Some(id) => keyring::find(&id)?,
        None => return Ok(None),
    };
    let stored = settings::read(path, &key, &connection.associated())?;
    Ok(stored.map(|stored| Found { stored, key }))
}

fn read_catalog(connection: &Connection) -> Result<Option<Found>> {
    // What a worker could not commit because the server crashed is newer than what it could.
    let rescue = rescue(connection);
    if rescue.exists()
        && let Ok(Some(found)) = read_file(&rescue, connection)
    {
        return Ok(Some(found));
    }
    let mut outcome = Ok(None);
    for _ in 0..TRIES {
        let row = rows(Table::Tokens, connection)?.pop();
        if let Some(found) = remembered(connection, row.as_ref())? {
            return Ok(Some(found));
        }
        let Some(row) = row else {
            return Ok(None);
        };
        outcome = opened(&row, connection).map(Some);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn opened(row: &Sealed, connection: &Connection) -> Result<Found> {
    let key = keyring::find(&row.key_id)?;
    let whose =
        || format!("tokens of user \"{}\" for server \"{}\"", connection.user, connection.server);
    let plain =
        seal::open(&key, row, &connection.associated()).map_err(|error| error.about(whose()))?;
    let stored = Stored::from_bytes(&plain)?;
    Ok(Found { stored, key })
}

fn remembered(connection: &Connection, row: Option<&Sealed>) -> Result<Option<Found>> {
    if !in_recovery() && MEMORY.with_borrow(HashMap::is_empty) {
        return Ok(None);
    }
    let stored = MEMORY.with_borrow(|memory| {
        let known = memory.get(&connection.mapping)?;
        let same = known.row.as_deref() == row.map(|row| &*row.nonce);
        (same && !known.stored.is_empty()).then(|| known.stored.clone())
    });
    let Some(stored) = stored else {
        return Ok(None);
    };
    let stored = Stored::from_bytes(&stored)?;
    let key = keyring::of_memory();
    Ok(Some(Found { stored, key }))
}

/// Whether the server is a standby, which cannot write.
pub fn in_recovery() -> bool {
    // SAFETY: reads a flag of shared memory.
    unsafe { pg_sys::RecoveryInProgress() }
}

/// Keeps tokens in the memory of this backend.
///
/// # Errors
/// When the row that they replace cannot be read.
pub fn remember(connection: &Connection, stored: &Stored) -> Result<()> {
    let row = rows(Table::Tokens, connection)?.pop();
    let remembered = Remembered {
        row: row.map(|row| row.nonce),
        stored: stored.to_bytes().to_vec(),
        pending: Vec::new(),
    };
    MEMORY.with_borrow_mut(|memory| memory.insert(connection.mapping, remembered));
    Ok(())
}

/// Keeps a pending authorization in the memory of this backend.
pub fn remember_pending(connection: &Connection, pending: &Pending) {
    MEMORY.with_borrow_mut(|memory| {
        let known = memory.entry(connection.mapping).or_insert_with(|| Remembered {
            row: None,
            stored: Vec::new(),
            pending: Vec::new(),
        });
        known.pending.push(pending.to_bytes().to_vec());
    });
}

/// Forgets what memory has.
pub fn forget_memory(connection: &Connection) {
    MEMORY.with_borrow_mut(|memory| memory.remove(&connection.mapping));
}

/// The authorizations that a connection has pending, the latest first.
///
/// # Errors
/// When the table cannot be read.
pub fn pending(connection: &Connection, now: i64) -> Result<Vec<Pending>> {
    let mut found: Vec<Pending> = MEMORY.with_borrow(|memory| {
        let known = memory.get(&connection.mapping);
        let pending = known.map(|known| &*known.pending).unwrap_or_default();
        pending.iter().filter_map(|bytes| Pending::from_bytes(bytes).ok()).collect()
    });
    for row in rows(Table::Pending, connection)? {
        // One that cannot be opened any more is as good as expired.
        let plain = keyring::find(&row.key_id)
            .and_then(|key| seal::open(&key, &row, &connection.associated()));
        found.extend(plain.and_then(|plain| Pending::from_bytes(&plain)));
    }
    found.retain(|pending| now.saturating_sub(pending.started_at) < PENDING);
    found.sort_by_key(|pending| std::cmp::Reverse(pending.started_at));
    Ok(found)
}

/// Where a worker puts tokens before it commits them.
pub fn rescue(connection: &Connection) -> PathBuf {
    // SAFETY: both are set once when the process starts.
    let (data, database) = unsafe { (text(pg_sys::DataDir), pg_sys::MyDatabaseId.to_u32()) };
    let name = format!("basecamp_fdw.rescue.{database}.{}", connection.mapping);
    PathBuf::from(data).join(name)
}

/// Whether nothing was ever sealed in this database: then a key may be made.
///
/// # Errors
/// When the table is missing.
pub fn is_empty() -> Result<bool> {
    Ok(scan(Table::Tokens, None)?.is_empty())
}

/// The sealed rows of a connection.
///
/// # Errors
/// When the table is missing.
pub fn rows(table: Table, connection: &Connection) -> Result<Vec<Sealed>> {
    let rows = scan(table, Some((&connection.server, &connection.user)))?;
    Ok(rows.into_iter().map(|row| row.sealed).collect())
}

/// A row of one of the tables.
#[derive(Debug)]
pub struct Row {
    /// The server's name.
    pub server: String,
    /// The user's name.
    pub user: String,
    /// What is sealed.
    pub sealed: Sealed,
}

/// The rows of a server and user, or all.
///
/// # Errors
/// When the table is missing.
pub fn scan(table: Table, whose: Option<(&str, &str)>) -> Result<Vec<Row>> {
    let (table, index) = table.names();
    let missing = || {
        let message = format!("table \"basecamp.{}\" is missing", table.to_string_lossy());
        Error::new(Kind::Configuration, message).hint("ALTER EXTENSION basecamp_fdw UPDATE.")
    };
    // SAFETY: the names are terminated; a relation that exists is opened, read and closed. A scan
    // without a snapshot of its own takes a fresh one of all that is committed, and of what this
    // transaction did.
    unsafe {
        let schema = pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true);
        let oid = pg_sys::get_relname_relid(table.as_ptr(), schema);
        let index = pg_sys::get_relname_relid(index.as_ptr(), schema);
        if oid == pg_sys::InvalidOid || index == pg_sys::InvalidOid {
            return Err(missing());
        }
        let relation = pg_sys::table_open(oid, pg_sys::AccessShareLock as i32);
        let mut keys = whose.map(|(server, user)| [key(1, server), key(2, user)]);
        let (count, keys) = match &mut keys {
            Some(keys) => (2, keys.as_mut_ptr()),
            None => (0, std::ptr::null_mut()),
        };
        let none = std::ptr::null_mut();
        let found = pg_sys::systable_beginscan(relation, index, count > 0, none, count, keys);
        let mut rows = Vec::new();
        loop {
            let tuple = pg_sys::systable_getnext(found);
            if tuple.is_null() {
                break;
            }
            rows.extend(row((*relation).rd_att, tuple));
        }
        pg_sys::systable_endscan(found);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        Ok(rows)
    }
}

unsafe fn key(column: i16, value: &str) -> pg_sys::ScanKeyData {
    let mut key = pg_sys::ScanKeyData::default();
    let value = value.into_datum().unwrap_or(pg_sys::Datum::null());
    // SAFETY: fills the key in for a column of type text, in the collation of the C locale.
    unsafe {
        pg_sys::ScanKeyInit(
            &raw mut key,
            column,
            pg_sys::BTEqualStrategyNumber as u16,
            pg_sys::F_TEXTEQ.into(),
            value,
        );
    }
    key
}

/// A row; none where a column is missing or null, which the table does not allow.
unsafe fn row(descriptor: pg_sys::TupleDesc, tuple: pg_sys::HeapTuple) -> Option<Row> {
    // SAFETY: the descriptor is the relation's own, copied; values are copied before the scan goes on.
    unsafe {
        let columns = PgTupleDesc::from_pg_copy(descriptor);
        let place = |name: &str| columns.iter().position(|column| column.name() == name);
        let count = columns.len();
        let (mut values, mut nulls) = (vec![pg_sys::Datum::null(); count], vec![true; count]);
        pg_sys::heap_deform_tuple(tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
        let word = |name| place(name).and_then(|at| String::from_datum(values[at], nulls[at]));
        let bytes = |name| place(name).and_then(|at| Vec::<u8>::from_datum(values[at], nulls[at]));
        Some(Row {
            server: word("server_name")?,
            user: word("user_name")?,
            sealed: Sealed {
                key_id: word("key_id")?,
                nonce: bytes("nonce")?,
                ciphertext: bytes("ciphertext")?,
            },
        })
    }
}

/// The owner of the tables, who alone may write them.
///
/// # Errors
/// When the table is missing.
pub fn owner() -> Result<pg_sys::Oid> {
    let (table, _) = Table::Tokens.names();
    // SAFETY: catalog lookups; the relation is closed again.
    unsafe {
        let schema = pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true);
        let oid = pg_sys::get_relname_relid(table.as_ptr(), schema);
        if oid == pg_sys::InvalidOid {
            return Err(Error::new(
                Kind::Configuration,
                "table \"basecamp.oauth_tokens\" is missing",
            ));
        }
        let relation = pg_sys::table_open(oid, pg_sys::AccessShareLock as i32);
        let owner = (*(*relation).rd_rel).relowner;
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        Ok(owner)
    }
}

/// Writes tokens; the caller's transaction commits them, and it is the owner's.
///
/// # Errors
/// When they cannot be sealed.
pub fn write(server: &str, user: &str, key: &Key, stored: &Stored) -> Result<()> {
    let associated = super::connection::associated(server, user);
    let sealed = seal::seal(key, &stored.to_bytes(), &associated)?;
    run(
        "INSERT INTO basecamp.oauth_tokens
           (server_name, user_name, key_id, nonce, ciphertext, expires_at, scope, refreshed_at, options)
         VALUES ($1, $2, $3, $4, $5, pg_catalog.to_timestamp($6), $7, pg_catalog.to_timestamp($8), $9)
         ON CONFLICT (server_name, user_name) DO UPDATE SET
           key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
           expires_at = excluded.expires_at, scope = excluded.scope,
           refreshed_at = excluded.refreshed_at, options = excluded.options",
        &[
            server.into(),
            user.into(),
            sealed.key_id.into(),
            sealed.nonce.into(),
            sealed.ciphertext.into(),
            stored.tokens.expires_at.map(seconds).into(),
            stored.tokens.scope.clone().into(),
            seconds(stored.refreshed_at).into(),
            stored.options.clone().into(),
        ],
    )
}

/// Seconds as the argument of `to_timestamp`; exact up to the year 285 million.
fn seconds(seconds: i64) -> f64 {
    seconds as f64
}

/// Writes a pending authorization, and removes those that expired.
///
/// # Errors
/// When it cannot be sealed.
pub fn write_pending(connection: &Connection, key: &Key, pending: &Pending) -> Result<()> {
    let sealed = seal::seal(key, &pending.to_bytes(), &connection.associated())?;
    run(
        "DELETE FROM basecamp.oauth_pending WHERE started_at OPERATOR(pg_catalog.<) pg_catalog.to_timestamp($1)",
        &[seconds(pending.started_at - PENDING).into()],
    )?;
    run(
        "INSERT INTO basecamp.oauth_pending
           (server_name, user_name, started_at, key_id, nonce, ciphertext)
         VALUES ($1, $2, pg_catalog.to_timestamp($3), $4, $5, $6)",
        &[
            connection.server.as_str().into(),
            connection.user.as_str().into(),
            seconds(pending.started_at).into(),
            sealed.key_id.into(),
            sealed.nonce.into(),
            sealed.ciphertext.into(),
        ],
    )
}

/// Removes the rows of a server and user.
///
/// # Errors
/// When they cannot be removed.
pub fn delete(table: Table, server: &str, user: &str) -> Result<()> {
    let statement = match table {
        Table::Tokens => {
            "DELETE FROM basecamp.oauth_tokens
              WHERE server_name OPERATOR(pg_catalog.=) $1 AND user_name OPERATOR(pg_catalog.=) $2"
        }
        Table::Pending => {
            "DELETE FROM basecamp.oauth_pending
              WHERE server_name OPERATOR(pg_catalog.=) $1 AND user_name OPERATOR(pg_catalog.=) $2"
        }
    };
    run(statement, &[server.into(), user.into()])
}

/// Removes what a worker rescued.
pub fn delete_rescue(connection: &Connection) {
    // Where there is none, which is nearly always, there is nothing to do.
    let _ = std::fs::remove_file(rescue(connection));
}

fn run(statement: &str, arguments: &[DatumWithOid<'_>]) -> Result<()> {
    Spi::run_with_args(statement, arguments).map_err(|error| {
        Error::new(Kind::Configuration, "could not write the stored tokens")
            .detail(format!("{error}."))
    })
}

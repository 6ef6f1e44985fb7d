//! The tables of sealed rows in schema `basecamp`.
//!
//! They are read by the newest committed snapshot, whatever the transaction's own is, and past all
//! privileges: nothing is granted to anybody. They are written by their owner.

use std::ffi::CStr;

use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::{PgTupleDesc, pg_sys};

use super::super::connection::Connection;
use super::super::encoding::Text;
use crate::error::{Error, Kind, Result};
use crate::oauth::{Owner, Pending, Stored};
use crate::seal::{self, Key, Sealed};

/// Seconds for which an authorization may be pending.
pub const PENDING: i64 = 3600;
/// What tokens in a row are sealed for. Whose they are is sealed with them.
pub const TOKENS: &[u8] = b"basecamp_fdw\0tokens";

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

    fn name(self) -> &'static str {
        match self {
            Self::Tokens => "basecamp.oauth_tokens",
            Self::Pending => "basecamp.oauth_pending",
        }
    }
}

/// Whether nothing is stored in this database.
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
    let rows = scan(table, Some((&connection.server, connection.role)))?;
    Ok(rows.into_iter().map(|row| row.sealed).collect())
}

/// A row of one of the tables.
#[derive(Debug)]
pub struct Row {
    /// The server's name.
    pub server: String,
    /// The role; 0: PUBLIC.
    pub role: u32,
    /// What is sealed.
    pub sealed: Sealed,
}

/// The rows of a server and role, or all.
///
/// # Errors
/// When the table is missing.
pub fn scan(table: Table, whose: Option<(&str, u32)>) -> Result<Vec<Row>> {
    let (table, index) = table.names();
    // SAFETY: the names are terminated; a relation that exists is opened, read and closed. A scan
    // without a snapshot of its own takes a fresh one of all that is committed, and of what this
    // transaction did.
    unsafe {
        let schema = pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true);
        let oid = pg_sys::get_relname_relid(table.as_ptr(), schema);
        let index = pg_sys::get_relname_relid(index.as_ptr(), schema);
        if oid == pg_sys::InvalidOid || index == pg_sys::InvalidOid {
            return Err(missing(table));
        }
        let relation = pg_sys::table_open(oid, pg_sys::AccessShareLock as i32);
        let mut keys = whose.map(|(server, role)| keys(server, role));
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

fn missing(table: &CStr) -> Error {
    let message = format!("table \"basecamp.{}\" is missing", table.to_string_lossy());
    Error::new(Kind::Configuration, message).hint("ALTER EXTENSION basecamp_fdw UPDATE.")
}

unsafe fn keys(server: &str, role: u32) -> [pg_sys::ScanKeyData; 2] {
    let mut keys = [pg_sys::ScanKeyData::default(); 2];
    let server = Text(server.to_owned()).into_datum().unwrap_or(pg_sys::Datum::null());
    let equal = pg_sys::BTEqualStrategyNumber as u16;
    // SAFETY: fills the keys in for the first columns, one of type text in the collation of the C
    // locale, one that is an oid.
    unsafe {
        pg_sys::ScanKeyInit(&raw mut keys[0], 1, equal, pg_sys::F_TEXTEQ.into(), server);
        let role = pg_sys::Datum::from(pg_sys::Oid::from(role));
        pg_sys::ScanKeyInit(&raw mut keys[1], 2, equal, pg_sys::F_OIDEQ.into(), role);
    }
    keys
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
        let word = |name| {
            place(name).and_then(|at| Text::from_datum(values[at], nulls[at]).map(|text| text.0))
        };
        let bytes = |name| place(name).and_then(|at| Vec::<u8>::from_datum(values[at], nulls[at]));
        let oid = |name| place(name).and_then(|at| pg_sys::Oid::from_datum(values[at], nulls[at]));
        Some(Row {
            server: word("server_name")?,
            role: oid("user_role")?.to_u32(),
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
fn owner() -> Result<pg_sys::Oid> {
    let (table, _) = Table::Tokens.names();
    // SAFETY: catalog lookups; the relation is closed again.
    unsafe {
        let schema = pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true);
        let oid = pg_sys::get_relname_relid(table.as_ptr(), schema);
        if oid == pg_sys::InvalidOid {
            return Err(missing(table));
        }
        let relation = pg_sys::table_open(oid, pg_sys::AccessShareLock as i32);
        let owner = (*(*relation).rd_rel).relowner;
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        Ok(owner)
    }
}

/// Does something as the owner of the tables. An error restores the role with the transaction.
///
/// # Errors
/// What it met.
pub fn as_owner<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    let owner = owner()?;
    let (mut user, mut context) = (pg_sys::InvalidOid, 0);
    // SAFETY: the role and its context are read, replaced and put back; the snapshot is popped.
    unsafe {
        pg_sys::GetUserIdAndSecContext(&raw mut user, &raw mut context);
        let local = context | pg_sys::SECURITY_LOCAL_USERID_CHANGE as i32;
        pg_sys::SetUserIdAndSecContext(owner, local);
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let outcome = action();
        pg_sys::PopActiveSnapshot();
        pg_sys::SetUserIdAndSecContext(user, context);
        outcome
    }
}

/// Waits for whoever is changing the row of a server and role, and keeps it from changing.
///
/// # Errors
/// When the table is missing.
pub fn lock_row(server: &str, role: u32) -> Result<()> {
    run(
        "SELECT FROM basecamp.oauth_tokens
          WHERE server_name OPERATOR(pg_catalog.=) $1 AND user_role::pg_catalog.oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid
            FOR UPDATE",
        &[word(server), i64::from(role).into()],
    )
}

/// Writes the row of a server and role, sealed for an owner; the caller's transaction commits it, and
/// it is the tables' owner's.
///
/// # Errors
/// When it cannot be sealed.
pub fn write((server, role): (&str, u32), owner: &Owner, key: &Key, stored: &Stored) -> Result<()> {
    let sealed = seal::seal(key, &stored.to_bytes(owner), TOKENS)?;
    run(
        "INSERT INTO basecamp.oauth_tokens
           (server_name, user_role, key_id, nonce, ciphertext, expires_at, scope, refreshed_at, options)
         VALUES ($1, $2::pg_catalog.oid::pg_catalog.regrole, $3, $4, $5, pg_catalog.to_timestamp($6), $7, pg_catalog.to_timestamp($8), $9)
         ON CONFLICT (server_name, user_role) DO UPDATE SET
           key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
           expires_at = excluded.expires_at, scope = excluded.scope,
           refreshed_at = excluded.refreshed_at, options = excluded.options",
        &[
            word(server),
            i64::from(role).into(),
            sealed.key_id.into(),
            sealed.nonce.into(),
            sealed.ciphertext.into(),
            stored.tokens.expires_at.map(seconds).into(),
            stored.tokens.scope.clone().map(Text).into(),
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
pub fn write_pending(owner: &Owner, key: &Key, pending: &Pending) -> Result<()> {
    let plain = (pending.to_bytes().to_vec(), owner);
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&plain).unwrap_or_default());
    let sealed = seal::seal(key, &plain, TOKENS)?;
    run(
        "DELETE FROM basecamp.oauth_pending WHERE started_at OPERATOR(pg_catalog.<) pg_catalog.to_timestamp($1)",
        &[seconds(pending.started_at - PENDING).into()],
    )?;
    run(
        "INSERT INTO basecamp.oauth_pending
           (server_name, user_role, started_at, key_id, nonce, ciphertext)
         VALUES ($1, $2::pg_catalog.oid::pg_catalog.regrole, pg_catalog.to_timestamp($3), $4, $5, $6)",
        &[
            word(&owner.server),
            i64::from(owner.role).into(),
            seconds(pending.started_at).into(),
            sealed.key_id.into(),
            sealed.nonce.into(),
            sealed.ciphertext.into(),
        ],
    )
}

/// A pending authorization of a row, if it can be opened and is an owner's.
pub fn open_pending(key: &Key, sealed: &Sealed, owner: &Owner) -> Option<Pending> {
    let plain = seal::open(key, sealed, TOKENS).ok()?;
    let (bytes, sealed_for) = serde_json::from_slice::<(Vec<u8>, Owner)>(&plain).ok()?;
    let bytes = zeroize::Zeroizing::new(bytes);
    sealed_for.is(owner).then(|| Pending::from_bytes(&bytes).ok()).flatten()
}

/// Removes the rows of a server and role.
///
/// # Errors
/// When they cannot be removed.
pub fn delete(table: Table, server: &str, role: u32) -> Result<()> {
    let statement = format!(
        "DELETE FROM {}
          WHERE server_name OPERATOR(pg_catalog.=) $1 AND user_role::pg_catalog.oid OPERATOR(pg_catalog.=) $2::pg_catalog.oid",
        table.name()
    );
    run(&statement, &[word(server), i64::from(role).into()])
}

/// Gives the rows of a server its new name.
///
/// # Errors
/// When they cannot be changed.
pub fn rename(table: Table, old: &str, new: &str) -> Result<()> {
    let statement = format!(
        "UPDATE {} SET server_name = $2 WHERE server_name OPERATOR(pg_catalog.=) $1",
        table.name()
    );
    run(&statement, &[word(old), word(new)])
}

/// A text as an argument of a statement.
fn word(text: &str) -> DatumWithOid<'static> {
    Text(text.to_owned()).into()
}

fn run(statement: &str, arguments: &[DatumWithOid<'_>]) -> Result<()> {
    Spi::run_with_args(statement, arguments).map_err(|error| {
        Error::new(Kind::Configuration, "could not write the stored tokens")
            .detail(format!("{error}."))
    })
}

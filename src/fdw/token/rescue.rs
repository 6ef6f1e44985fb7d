//! What is kept beside the stores, by mapping: an answer that is not stored yet, and how asking failed
//! last. Sealed, in files of the data directory; in memory where there is no key, which a standby may
//! lack.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use pgrx::pg_sys;
use zeroize::Zeroizing;

use super::super::connection::Connection;
use super::super::options::text;
use super::{finish, keyring};
use crate::error::Result;
use crate::oauth::keeper::{Failure, Record};
use crate::oauth::{Owner, Pending, Stored, settings};
use crate::option::Location;
use crate::seal::private::beside;
use crate::seal::{self, Key, Sealed};

/// What a failure is sealed for.
const FAILURE: &[u8] = b"basecamp_fdw\0failure";

/// What this process remembers of a mapping.
#[derive(Default)]
struct Memory {
    answer: Option<Zeroizing<Vec<u8>>>,
    failure: Option<Failure>,
    pending: Vec<Zeroizing<Vec<u8>>>,
}

thread_local! {
    static MEMORY: RefCell<HashMap<u32, Memory>> = RefCell::default();
}

fn path(kind: &str, mapping: u32) -> PathBuf {
    // SAFETY: both are set once when the process starts.
    let (data, database) = unsafe { (text(pg_sys::DataDir), pg_sys::MyDatabaseId.to_u32()) };
    PathBuf::from(data).join(format!("basecamp_fdw.{kind}.{database}.{mapping}"))
}

fn answer_path(mapping: u32) -> PathBuf {
    path("rescue", mapping)
}

fn failure_path(mapping: u32) -> PathBuf {
    path("refusal", mapping)
}

/// Whether there is any file of a mapping's.
pub fn has_any(mapping: u32) -> bool {
    answer_path(mapping).exists() || failure_path(mapping).exists()
}

/// Removes all of a mapping's. Never fails: it runs after a commit too.
pub fn remove_all(mapping: u32) {
    let _ = std::fs::remove_file(answer_path(mapping));
    let _ = std::fs::remove_file(failure_path(mapping));
    MEMORY.with_borrow_mut(|memory| memory.remove(&mapping));
}

/// Where an answer is rescued: beside a settings file, which other databases may use too, or in the
/// data directory.
pub fn place(connection: &Connection) -> PathBuf {
    match connection.options.location() {
        Location::File(path) => beside(&path, "rescue"),
        Location::Catalog => answer_path(connection.mapping),
    }
}

/// Writes an answer to a file.
///
/// # Errors
/// When it cannot be written.
pub fn write(connection: &Connection, key: &Key, stored: &Stored) -> Result<()> {
    settings::rescue(&place(connection), key, &connection.owner(), stored)
}

/// Shows that an answer could be written.
///
/// # Errors
/// When it could not.
pub fn rehearse(connection: &Connection, key: &Key) -> Result<()> {
    settings::rehearse(&place(connection), key, &connection.owner())
}

/// Removes a rescued answer that was stored.
pub fn remove(connection: &Connection) {
    // Where there is none, which is nearly always, there is nothing to do.
    let _ = std::fs::remove_file(place(connection));
}

/// The rescued answer, if there is one that can be read.
pub fn read(connection: &Connection) -> Option<Record> {
    if finish::is_forgotten(connection.mapping) {
        return None;
    }
    from_memory(connection).or_else(|| {
        let path = place(connection);
        let sealed = settings::sealed(&path).ok()??;
        let key = keyring::find(&sealed.key_id).ok()?;
        let (stored, _) = settings::open(&path, &sealed, &key, &connection.owner()).ok()?;
        Some(record(connection, stored, &key))
    })
}

fn from_memory(connection: &Connection) -> Option<Record> {
    let bytes = MEMORY.with_borrow(|memory| memory.get(&connection.mapping)?.answer.clone())?;
    let (stored, _) = Stored::open(&bytes, &connection.owner()).ok()?;
    Some(record(connection, stored, &keyring::of_memory()))
}

/// An answer, and whether the options are still those that it replaced.
pub fn record(connection: &Connection, stored: Stored, key: &Key) -> Record {
    let current = stored.options == key.fingerprint(&connection.tokens().bytes());
    Record { stored, current }
}

/// Keeps an answer in memory.
pub fn remember(connection: &Connection, stored: &Stored) {
    let bytes = stored.to_bytes(&connection.owner());
    with(connection, |memory| memory.answer = Some(bytes));
}

/// Keeps a pending authorization in memory.
pub fn remember_pending(connection: &Connection, pending: &Pending) {
    with(connection, |memory| memory.pending.push(pending.to_bytes()));
}

/// The pending authorizations that are in memory.
pub fn pending(connection: &Connection) -> Vec<Pending> {
    MEMORY.with_borrow(|memory| {
        let known = memory.get(&connection.mapping).map(|known| &*known.pending);
        let all = known.unwrap_or_default().iter();
        all.filter_map(|bytes| Pending::from_bytes(bytes).ok()).collect()
    })
}

fn with(connection: &Connection, change: impl FnOnce(&mut Memory)) {
    MEMORY.with_borrow_mut(|memory| change(memory.entry(connection.mapping).or_default()));
}

/// How asking failed last.
pub fn failure(connection: &Connection) -> Option<Failure> {
    if finish::is_forgotten(connection.mapping) {
        return None;
    }
    let known = MEMORY.with_borrow(|memory| memory.get(&connection.mapping)?.failure.clone());
    known.or_else(|| {
        let sealed = settings::sealed(&failure_path(connection.mapping)).ok()??;
        let plain = opened(&sealed)?;
        let (failure, owner) = serde_json::from_slice::<(Failure, Owner)>(&plain).ok()?;
        owner.is(&connection.owner()).then_some(failure)
    })
}

fn opened(sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
    seal::open(&keyring::find(&sealed.key_id).ok()?, sealed, FAILURE).ok()
}

/// Keeps how asking failed, for all sessions where there is a key.
pub fn write_failure(connection: &Connection, key: Option<&Key>, failure: &Failure) {
    let Some(key) = key else {
        with(connection, |memory| memory.failure = Some(failure.clone()));
        return;
    };
    let plain = serde_json::to_vec(&(failure, connection.owner())).unwrap_or_default();
    let path = failure_path(connection.mapping);
    // Not to know it costs a request.
    let _ = settings::write_bytes(&path, key, &plain, FAILURE);
}

/// Forgets how asking failed.
pub fn remove_failure(connection: &Connection) {
    let _ = std::fs::remove_file(failure_path(connection.mapping));
    with(connection, |memory| memory.failure = None);
}

/// Removes all of a mapping's and other files, when the transaction commits.
pub fn forget(mapping: u32, others: Vec<PathBuf>) {
    finish::forget(mapping, move || {
        remove_all(mapping);
        for path in others {
            let _ = std::fs::remove_file(path);
        }
    });
}

/// Removes the files of a mapping that was dropped, when the transaction commits: called by the event
/// trigger for that.
#[pgrx::pg_extern]
fn forget_leftovers(mapping: pg_sys::Oid) {
    let mapping = mapping.to_u32();
    if has_any(mapping) {
        forget(mapping, Vec::new());
    }
}

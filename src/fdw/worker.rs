//! What must outlive its caller: a background worker asks for tokens and commits them on its own.
//!
//! A ROLLBACK, an error, a read-only transaction or the death of the session that wanted new tokens
//! cannot take back what the authorization server already did. So the worker asks, and the session
//! only waits. The order of work and its answer travel in shared memory, the order sealed.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use pgrx::{PgTryBuilder, pg_sys};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::connection::{Connection, WrittenApp};
use super::segment::Segment;
use super::{keyring, lock, login, store, wait};
use crate::error::{Error, Kind, Result};
use crate::oauth::{self, App, Code, Pending, Stored, Tokens, settings};
use crate::seal::{self, Key, Sealed};

/// How long a session waits for a free background worker before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it tries meanwhile.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// How long a worker goes on asking after the server began to shut down: the answer may be the only
/// copy of a refresh token.
const GRACE: Duration = Duration::from_secs(5);
/// How long a worker waits for a row: a transaction that dropped the mapping and is still open has it,
/// perhaps the caller's own.
const ROW_PATIENCE: &CStr = c"10s";
/// What the order is sealed for.
const ASSOCIATED: &[u8] = b"basecamp_fdw\0order";

/// What makes a worker's session like no other: nothing that a database or role was set to must keep
/// it from committing.
const SETTINGS: [(&CStr, &CStr); 7] = [
    (c"search_path", c"pg_catalog, pg_temp"),
    (c"default_transaction_read_only", c"off"),
    (c"default_transaction_isolation", c"read committed"),
    (c"statement_timeout", c"0"),
    // Whoever has the tokens' lock asks the authorization server, in bounded time: see `perform`.
    (c"lock_timeout", c"0"),
    // On this machine's disk, whatever standbys do.
    (c"synchronous_commit", c"local"),
    (c"row_security", c"off"),
];

/// What a worker does for a connection.
#[derive(Serialize, Deserialize)]
pub enum Work {
    /// Trades a code for tokens and stores them.
    Exchange {
        /// The application.
        app: WrittenApp,
        /// The code.
        code: String,
        /// The state that came with it.
        state: Option<String>,
        /// The authorization that it ends, as bytes.
        pending: Option<Vec<u8>>,
        /// The fingerprint to store.
        options: String,
    },
    /// Remembers an authorization that was begun.
    Pend(Vec<u8>),
    /// Renews tokens and stores them.
    Refresh {
        /// The application.
        app: WrittenApp,
        /// The tokens, as bytes.
        stored: Vec<u8>,
        /// Whether tokens that came meanwhile are no reason not to.
        forced: bool,
    },
    /// Stores tokens, as bytes.
    Store(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct Order {
    connection: Connection,
    work: Work,
}

/// Has a worker do something, and waits for it. A cancel ends the wait and not the work.
///
/// # Errors
/// When there is no worker to be had, and what the work met.
pub fn run(connection: &Connection, work: Work) -> Result<()> {
    if store::in_recovery() {
        let error = Error::new(Kind::ReadOnly, "tokens cannot be stored on a standby server");
        return Err(error.hint("Do it on the primary server."));
    }
    let order = Order { connection: connection.clone(), work };
    let segment = Segment::create(&packed(&order)?)?;
    let handle = segment.handle();
    let started = Instant::now();
    let worker = loop {
        // SAFETY: the process id is set once when the session starts.
        let caller = unsafe { pg_sys::MyProcPid };
        let worker = BackgroundWorkerBuilder::new("basecamp_fdw tokens")
            .set_library("$libdir/basecamp_fdw")
            .set_function("basecamp_fdw_worker")
            .set_argument(i64::from(handle).into_datum())
            .set_notify_pid(caller)
            .enable_spi_access()
            .load_dynamic();
        match worker {
            Ok(worker) => break worker,
            Err(_) if started.elapsed() < PATIENCE => wait::pause(TRY_EVERY)?,
            Err(_) => return Err(no_worker()),
        }
    };
    // How it ended is in the segment.
    let _ = worker.wait_for_shutdown();
    segment.outcome()
}

fn no_worker() -> Error {
    Error::new(Kind::NoWorker, "no background worker is free to store tokens")
        .detail("Tokens are stored by a background worker, so that a ROLLBACK does not lose them.")
        .hint("Raise max_worker_processes, or try again.")
}

fn packed(order: &Order) -> Result<Vec<u8>> {
    let unwritable = |error: serde_json::Error| Error::malformed(error.to_string());
    let plain = Zeroizing::new(serde_json::to_vec(order).map_err(unwritable)?);
    let sealed = seal::seal(&key()?, &plain, ASSOCIATED)?;
    let written = (sealed.key_id, sealed.nonce, sealed.ciphertext);
    serde_json::to_vec(&written).map_err(unwritable)
}

fn unpacked(bytes: &[u8]) -> Result<Order> {
    let unreadable = || Error::malformed("the order to the background worker is not readable");
    let (key_id, nonce, ciphertext) = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
    let sealed = Sealed { key_id, nonce, ciphertext };
    let plain = seal::open(&keyring::find(&sealed.key_id)?, &sealed, ASSOCIATED)?;
    serde_json::from_slice(&plain).map_err(|_| unreadable())
}

/// The key to seal with; made where nothing was sealed before.
fn key() -> Result<Key> {
    keyring::present(store::is_empty()?)
}

/// The worker: PostgreSQL starts it by this name.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn basecamp_fdw_worker(argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    let Some(segment) = Segment::attach(argument.value() as pg_sys::dsm_handle) else {
        return;
    };
    // The tables' owner may be a role that cannot log in: see `as_owner`.
    BackgroundWorker::connect_worker_to_spi_by_oid(Some(segment.database()), None);
    for (name, value) in SETTINGS {
        // SAFETY: these are core settings with valid values.
        unsafe { set(name, value) };
    }
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    // SAFETY: as above; the setting is new in PostgreSQL 17.
    unsafe {
        set(c"transaction_timeout", c"0");
    }
    let order = segment.order();
    let work = AssertUnwindSafe(move || in_transaction(&order));
    let outcome = PgTryBuilder::new(work).catch_others(|error| Err(caught(&error))).execute();
    if outcome.is_err() {
        // SAFETY: ends the transaction if the error left one open.
        unsafe { pg_sys::AbortCurrentTransaction() };
    }
    segment.answer(&outcome);
}

unsafe fn set(name: &CStr, value: &CStr) {
    // SAFETY: the caller passes the name of a setting and a valid value.
    unsafe {
        pg_sys::SetConfigOption(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            pg_sys::GucSource::PGC_S_OVERRIDE,
        );
    }
}

fn caught(error: &CaughtError) -> Error {
    let (CaughtError::PostgresError(report)
    | CaughtError::ErrorReport(report)
    | CaughtError::RustPanic { ereport: report, .. }) = error;
    Error::new(Kind::Configuration, "the tokens could not be stored")
        .detail(format!("{}.", report.message()))
        .hint("Another transaction may have them: one that dropped the user mapping and is still open.")
}

fn in_transaction(order: &[u8]) -> Result<()> {
    // SAFETY: a background worker's own transaction, ended here or by its caller.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
    }
    let Order { connection, work } = unpacked(order)?;
    let stored = perform(&connection, work)?;
    // SAFETY: nothing of the transaction is used after it.
    unsafe { pg_sys::CommitTransactionCommand() };
    if stored {
        store::delete_rescue(&connection);
    }
    Ok(())
}

/// Does the work; true if tokens were stored.
fn perform(connection: &Connection, work: Work) -> Result<bool> {
    // Until the end of the transaction.
    std::mem::forget(lock::acquire(lock::Place::Tokens, connection));
    // SAFETY: a core setting with a valid value.
    unsafe { set(c"lock_timeout", ROW_PATIENCE) };
    let key = key()?;
    match work {
        Work::Pend(pending) => {
            let pending = Pending::from_bytes(&pending)?;
            as_owner(|| store::write_pending(connection, &key, &pending))?;
            Ok(false)
        }
        Work::Store(stored) => {
            save(connection, &key, &Stored::from_bytes(&stored)?)?;
            Ok(true)
        }
        Work::Refresh { app, stored, forced } => {
            let stored = Stored::from_bytes(&stored)?;
            if !forced && is_outdated(connection, &stored)? {
                return Ok(false);
            }
            refresh(connection, &key, app.into(), stored)
        }
        Work::Exchange { app, code, state, pending, options } => {
            let pending = pending.map(|bytes| Pending::from_bytes(&bytes));
            let code = Code { code: code.into(), state };
            let request = (app.into(), code, pending.transpose()?);
            let stored = exchange(connection, &key, request, options)?;
            let Connection { server, user, .. } = connection;
            as_owner(|| store::delete(store::Table::Pending, server, user))?;
            Ok(stored)
        }
    }
}

fn refresh(connection: &Connection, key: &Key, app: App, stored: Stored) -> Result<bool> {
    let asked = connection.clone();
    let quiet = Quiet::begin();
    let tokens = ask(async move {
        let (http, endpoints) = (asked.http()?, asked.endpoints()?);
        oauth::refresh(&http, &endpoints, &app, asked.dialect(), &stored.tokens).await
    })?;
    rescue_and_save(connection, key, tokens, stored.options, quiet)
}

fn exchange(
    connection: &Connection,
    key: &Key,
    (app, code, pending): (App, Code, Option<Pending>),
    options: String,
) -> Result<bool> {
    let asked = connection.clone();
    let quiet = Quiet::begin();
    let tokens = ask(async move {
        let (http, endpoints) = (asked.http()?, asked.endpoints()?);
        let (dialect, pending) = (asked.dialect(), pending.as_ref());
        oauth::exchange(&http, &endpoints, &app, dialect, &code, pending).await
    })?;
    rescue_and_save(connection, key, tokens, options, quiet)
}

/// Whether tokens came meanwhile that are newer than those to renew.
fn is_outdated(connection: &Connection, known: &Stored) -> Result<bool> {
    let Some(found) = store::read(connection)? else {
        return Ok(false);
    };
    Ok(found.stored.options == known.options
        && !login::same(&found.stored.tokens.access, &known.tokens.access))
}

fn ask(request: impl Future<Output = Result<Tokens>> + Send + 'static) -> Result<Tokens> {
    let mut shutdown = None;
    wait::run_while(request, Some(Duration::from_secs(1)), || {
        if BackgroundWorker::sigterm_received() {
            let since = *shutdown.get_or_insert_with(Instant::now);
            if since.elapsed() > GRACE {
                let message = "the server shut down while tokens were asked for";
                return Err(Error::new(Kind::ConnectionLost, message));
            }
        }
        Ok(())
    })?
}

fn rescue_and_save(
    connection: &Connection,
    key: &Key,
    tokens: Tokens,
    options: String,
    quiet: Quiet,
) -> Result<bool> {
    let stored = Stored { tokens, refreshed_at: login::now(), options };
    let path = store::rescue(connection);
    let rescued = settings::write(&path, key, &connection.associated(), &stored);
    drop(quiet);
    let saved = save(connection, key, &stored);
    // Either is enough; a commit that follows makes the first superfluous.
    saved.or(rescued)?;
    Ok(true)
}

fn save(connection: &Connection, key: &Key, stored: &Stored) -> Result<()> {
    as_owner(|| store::write(&connection.server, &connection.user, key, stored))
}

/// Keeps the order to quit at once waiting while tokens are on their way. The postmaster gives it when
/// another process was killed, and kills after 5 seconds; nothing of shared memory is touched until
/// the tokens are in a file.
struct Quiet(libc::sigset_t);

impl Quiet {
    fn begin() -> Self {
        let (mut quit, mut old) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: the calls write the sets that they are given.
        unsafe {
            libc::sigemptyset(quit.as_mut_ptr());
            libc::sigaddset(quit.as_mut_ptr(), libc::SIGQUIT);
            libc::pthread_sigmask(libc::SIG_BLOCK, quit.as_ptr(), old.as_mut_ptr());
            Self(old.assume_init())
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // SAFETY: restores the mask that was read from this thread.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut())
        };
    }
}

/// Does something as the owner of the tables. An error restores the role with the transaction.
///
/// # Errors
/// What it met.
pub fn as_owner<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    let owner = store::owner()?;
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

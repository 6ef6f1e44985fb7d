//! The background worker's own process: what it does, and what may end it.
//!
//! Its one thread does everything, so that nothing comes between an answer and its file. While it asks
//! it touches nothing that another's crash could have damaged, and a shutdown ends it after a moment.

use std::cell::Cell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use pgrx::bgworkers::{BackgroundWorker, SignalWakeFlags};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgTryBuilder, pg_sys};

use super::super::connection::Connection;
use super::super::setting::in_recovery;
use super::super::wait;
use super::bench::Bench;
use super::segment::Segment;
use super::worker::{self, Applicant, PATIENCE, Task, Work, Written};
use super::{keyring, lock, log, login, table};
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::{self, Asker, Grant};
use crate::oauth::{Pending, Stored, Tokens, settings};
use crate::option::Location;

/// How long a worker goes on asking after the server began to shut down: the answer may be the only
/// copy of a refresh token.
const GRACE: Duration = Duration::from_secs(1);
/// How often it looks meanwhile whether the server shuts down.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a worker waits for a row: a transaction that dropped or renamed something and is still
/// open has it. What came is in a file by then.
const ROW_PATIENCE: &CStr = c"1500ms";
/// What makes a worker's session like no other: nothing that a database or role was set to must keep
/// it from committing.
const SETTINGS: [(&CStr, &CStr); 7] = [
    (c"search_path", c"pg_catalog, pg_temp"),
    (c"default_transaction_read_only", c"off"),
    (c"default_transaction_isolation", c"read committed"),
    (c"statement_timeout", c"0"),
    (c"lock_timeout", ROW_PATIENCE),
    // On this machine's disk, whatever standbys do.
    (c"synchronous_commit", c"local"),
    (c"row_security", c"off"),
];

/// The worker: PostgreSQL starts it by this name.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn basecamp_fdw_worker(argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    serve(argument.value() as pg_sys::dsm_handle);
}

/// Does what the segment orders, in a session that is as it should be, and answers.
fn serve(handle: pg_sys::dsm_handle) {
    let Some(segment) = Segment::attach(handle) else {
        return;
    };
    // The tables' owner may be a role that cannot log in: see `table::as_owner`.
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
    let outcome = work(&segment);
    allow_quit();
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

fn work(segment: &Segment) -> Result<()> {
    let Written { connection, work, slot } = worker::unpacked(&segment.order())?;
    let busy = || Error::new(Kind::Busy, "another background worker was faster");
    lock::of_cluster(lock::Place::Slot, slot, true).ok_or_else(busy)?.keep();
    // What touches no tokens waits for nobody who does.
    if !matches!(work, Work::Pend(_) | Work::Log(_)) {
        lock::of_process(lock::Place::Tokens, &connection).ok_or_else(busy)?.keep();
    }
    segment.begin();
    match work {
        Work::Perform(task) => perform(&connection, task),
        Work::Store(bytes) => {
            let (stored, _) = Stored::from_bytes(&bytes)?;
            let _file = lock_file(&connection)?;
            Bench::new(&connection)?.store(stored)
        }
        Work::Settle => {
            let _file = lock_file(&connection)?;
            Bench::new(&connection)?.settle()
        }
        Work::Log(report) => {
            transaction(|| table::as_owner(|| log::write(&connection.server, &report)))
        }
        Work::Pend(bytes) => {
            let pending = Pending::from_bytes(&bytes)?;
            let key = transaction(keyring::present)?;
            transaction(|| {
                table::as_owner(|| table::write_pending(&connection.owner(), &key, &pending))
            })
        }
    }
}

/// The lock of a settings file, which other databases may use too.
fn lock_file(connection: &Connection) -> Result<Option<settings::Lock>> {
    let Location::File(path) = connection.options.location() else {
        return Ok(None);
    };
    let patience = connection.options.timeout() + PATIENCE;
    until_shutdown(async move {
        let lock = tokio::time::timeout(patience, settings::lock_patiently(&path)).await;
        lock.unwrap_or_else(|_| {
            Err(Error::new(Kind::Busy, "another server or database is using the settings file"))
        })
    })
    .map(Some)
}

fn perform(connection: &Connection, task: Task) -> Result<()> {
    let _file = lock_file(connection)?;
    let (order, applicant) = task.into_order(connection)?;
    // Before anything is asked for: what comes must be kept.
    let bench = Bench::new(connection)?;
    bench.rehearse()?;
    let rules = transaction(|| login::rules(connection))?;
    let options = bench.fingerprint();
    until_shutdown(keeper::perform(&bench, &Quietly(applicant), &rules, &order, &options))?;
    if order.code.is_some() && !in_recovery() {
        let (server, role) = (&connection.server, connection.role);
        // Without success they expire.
        let _ =
            transaction(|| table::as_owner(|| table::delete(table::Table::Pending, server, role)));
    }
    Ok(())
}

/// Asks with the order to quit at once kept waiting: the bench lets it through when what came is in a
/// file.
struct Quietly(Applicant);

impl Asker for Quietly {
    async fn ask(&self, grant: Grant) -> Result<Tokens> {
        block_quit();
        let answer = self.0.ask(grant).await;
        if answer.is_err() {
            allow_quit();
        }
        answer
    }
}

/// Runs something until it is over, or until the server has been shutting down for a moment. This
/// thread does all of it: when the answer is there, nothing comes between it and what is done next.
fn until_shutdown<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = wait::runtime_of_worker()?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            outcome = future => outcome,
            () = shutdown() => {
                let message = "the server shut down while tokens were asked for";
                Err(Error::new(Kind::ConnectionLost, message))
            }
        }
    });
    runtime.shutdown_background();
    outcome
}

async fn shutdown() {
    let mut since = None;
    loop {
        if is_ending() {
            let since: Instant = *since.get_or_insert_with(Instant::now);
            if since.elapsed() > GRACE {
                return;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Whether the server shuts down, lost its postmaster, or wants everybody to quit at once.
fn is_ending() -> bool {
    thread_local! {
        static TERMINATED: Cell<bool> = const { Cell::new(false) };
    }
    // Reading it takes it away.
    if BackgroundWorker::sigterm_received() {
        TERMINATED.set(true);
    }
    TERMINATED.get() || is_orphan() || quit_is_waiting()
}

/// Whether the postmaster is gone.
pub fn is_orphan() -> bool {
    // SAFETY: the process id is set before a worker begins; a parent that has ended is replaced.
    unsafe { libc::getppid() != pg_sys::PostmasterPid }
}

fn quit() -> libc::sigset_t {
    let mut quit = MaybeUninit::uninit();
    // SAFETY: the calls write the set that they are given.
    unsafe {
        libc::sigemptyset(quit.as_mut_ptr());
        libc::sigaddset(quit.as_mut_ptr(), libc::SIGQUIT);
        quit.assume_init()
    }
}

fn quit_is_waiting() -> bool {
    let mut waiting = MaybeUninit::uninit();
    // SAFETY: the first call writes the set, the second reads it.
    unsafe {
        libc::sigpending(waiting.as_mut_ptr()) == 0
            && libc::sigismember(waiting.as_ptr(), libc::SIGQUIT) == 1
    }
}

/// Keeps the order to quit at once waiting while tokens are on their way. The postmaster gives it when
/// another process was killed, and kills after 5 seconds; nothing of shared memory is touched until
/// the tokens are in a file.
fn block_quit() {
    let quit = quit();
    // SAFETY: changes the mask of this thread, which is the process's own.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const quit, std::ptr::null_mut()) };
}

/// Lets the order to quit at once through.
pub fn allow_quit() {
    let quit = quit();
    // SAFETY: as above.
    unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const quit, std::ptr::null_mut()) };
}

/// Does something in a transaction of the worker's own.
///
/// # Errors
/// What it met.
pub fn transaction<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    let work = AssertUnwindSafe(move || {
        // SAFETY: a background worker's own transaction, ended here or below.
        unsafe {
            pg_sys::SetCurrentStatementStartTimestamp();
            pg_sys::StartTransactionCommand();
        }
        let value = action()?;
        // SAFETY: nothing of the transaction is used after it.
        unsafe { pg_sys::CommitTransactionCommand() };
        Ok(value)
    });
    let outcome = PgTryBuilder::new(work).catch_others(|error| Err(caught(&error))).execute();
    if outcome.is_err() {
        // SAFETY: ends the transaction that the error left open.
        unsafe { pg_sys::AbortCurrentTransaction() };
    }
    outcome
}

fn caught(error: &CaughtError) -> Error {
    let (CaughtError::PostgresError(report)
    | CaughtError::ErrorReport(report)
    | CaughtError::RustPanic { ereport: report, .. }) = error;
    Error::new(Kind::Configuration, "the tokens could not be stored")
        .detail(format!("{}.", report.message()))
        .hint("Another transaction may have them: one that dropped the user mapping and is still open.")
}

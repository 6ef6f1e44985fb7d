//! What must outlive its caller: a background worker asks for tokens and stores them on its own.
//!
//! A ROLLBACK, an error, a read-only transaction or the death of the session that wanted new tokens
//! cannot take back what the authorization server already did. So the worker asks, for every store,
//! and the session only waits. The order of work and its answer travel in shared memory, the order
//! sealed. There is one worker for a connection at a time and a few for the cluster. While it asks it
//! touches nothing that another's crash could have damaged, and a shutdown ends it after a moment.

use std::cell::Cell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use pgrx::bgworkers::{
    BackgroundWorker, BackgroundWorkerBuilder, BgWorkerStartTime, DynamicBackgroundWorker,
    SignalWakeFlags,
};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use pgrx::{PgTryBuilder, pg_sys};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::connection::{Connection, WrittenApp};
use super::super::wait;
use super::bench::Bench;
use super::segment::{Progress, Segment};
use super::{keyring, lock, login, table};
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::{self, Asker, Grant, Order};
use crate::oauth::{self, App, Code, Dialect, Endpoints, Http, Pending, Stored, Tokens, settings};
use crate::option::Location;
use crate::seal::{self, Sealed};

/// How many workers the cluster has at a time: of the 8 that `max_worker_processes` allows unless it
/// was changed, some are left for others.
const WORKERS: u32 = 4;
/// How long a session waits for a free background worker before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it tries meanwhile, and looks how far its worker is.
const PERIOD: Duration = Duration::from_millis(50);
/// How long a worker goes on asking after the server began to shut down: the answer may be the only
/// copy of a refresh token.
const GRACE: Duration = Duration::from_secs(1);
/// How often it looks meanwhile whether the server shuts down.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a worker waits for a row: a transaction that dropped or renamed something and is still
/// open has it. What came is in a file by then.
const ROW_PATIENCE: &CStr = c"1500ms";
/// What the order is sealed for.
const ASSOCIATED: &[u8] = b"basecamp_fdw\0order";

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

/// What a worker does for a connection.
#[derive(Serialize, Deserialize)]
pub enum Work {
    /// Asks for tokens and stores them.
    Perform(Task),
    /// Stores tokens, as bytes.
    Store(Vec<u8>),
    /// Remembers an authorization that was begun.
    Pend(Vec<u8>),
    /// Stores what was rescued, and seals for new names what was sealed for old ones.
    Settle,
}

/// An order of the keeper's, with who presents.
#[derive(Serialize, Deserialize)]
pub struct Task {
    app: WrittenApp,
    verifier: Option<String>,
    given: Option<String>,
    known: Option<String>,
    forced: bool,
    code: Option<String>,
    pending: Option<Vec<u8>>,
}

impl Task {
    /// Writes an order down.
    pub fn new(
        app: &App,
        order: Order,
        code: Option<SecretString>,
        pending: Option<&Pending>,
    ) -> Self {
        let exposed = |secret: SecretString| secret.expose_secret().to_owned();
        Self {
            app: app.into(),
            verifier: order.code.map(exposed),
            given: order.given.map(exposed),
            known: order.known,
            forced: order.forced,
            code: code.map(exposed),
            pending: pending.map(|pending| pending.to_bytes().to_vec()),
        }
    }

    fn into_order(self, connection: &Connection) -> Result<(Order, Applicant)> {
        let pending = self.pending.map(|bytes| Pending::from_bytes(&bytes)).transpose()?;
        let code = self.code.map(Into::into);
        let applicant = Applicant::new(connection, self.app.into(), code, pending)?;
        let order = Order {
            code: self.verifier.map(Into::into),
            given: self.given.map(Into::into),
            known: self.known,
            forced: self.forced,
            works: false,
        };
        Ok((order, applicant))
    }
}

/// Who asks the authorization server, and with what.
#[derive(Clone)]
pub struct Applicant {
    http: Http,
    endpoints: Endpoints,
    dialect: Dialect,
    app: App,
    code: Option<SecretString>,
    pending: Option<Pending>,
}

impl Applicant {
    /// The application of a connection.
    ///
    /// # Errors
    /// When an option cannot be used.
    pub fn new(
        connection: &Connection,
        app: App,
        code: Option<SecretString>,
        pending: Option<Pending>,
    ) -> Result<Self> {
        let (http, endpoints) = (connection.http()?, connection.endpoints()?);
        Ok(Self { http, endpoints, dialect: connection.dialect(), app, code, pending })
    }

    async fn exchange(&self, verifier: SecretString) -> Result<Tokens> {
        let code = self.code.clone().unwrap_or(verifier);
        let (code, pending) = (Code { code, state: None }, self.pending.as_ref());
        let (http, endpoints, app) = (&self.http, &self.endpoints, &self.app);
        let tokens = oauth::exchange(http, endpoints, app, self.dialect, &code, pending).await?;
        let redirect_uri = pending.map_or(&app.callback_url, |pending| &pending.callback_url);
        Ok(Tokens { redirect_uri: Some(redirect_uri.clone()), ..tokens })
    }
}

impl Asker for Applicant {
    async fn ask(&self, grant: Grant) -> Result<Tokens> {
        match grant {
            Grant::Code(verifier) => self.exchange(verifier).await,
            Grant::Refresh(tokens) => {
                let (http, endpoints, app) = (&self.http, &self.endpoints, &self.app);
                oauth::refresh(http, endpoints, app, self.dialect, &tokens).await
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    connection: Connection,
    work: Work,
    slot: u32,
}

/// Whether the server is a standby, which cannot write.
pub fn in_recovery() -> bool {
    // SAFETY: reads a flag of shared memory.
    unsafe { pg_sys::RecoveryInProgress() }
}

/// Has a worker do something, and waits for it, for so long or until it ends. A cancel ends the wait
/// and not the work.
///
/// # Errors
/// When there is no worker to be had, and what the work met.
pub fn run(connection: &Connection, work: Work, patience: Option<Duration>) -> Result<()> {
    if in_recovery() && !matches!(work, Work::Perform(_)) {
        let error = Error::new(Kind::ReadOnly, "tokens cannot be stored on a standby server");
        return Err(error.hint("Do it on the primary server."));
    }
    let begun = Instant::now();
    let (slot, mut gate) = free_slot(begun)?;
    let order = Written { connection: connection.clone(), work, slot };
    let segment = Segment::create(&packed(&order)?)?;
    let worker = start(&segment, begun)?;
    while segment.progress() != Progress::Ended {
        // Looked at in this order: it answers before it ends.
        let over = matches!(worker.pid(), Err(status) if !status.is_starting());
        match segment.progress() {
            Progress::Ended => break,
            _ if over => break,
            Progress::Begun => gate = None,
            Progress::Ordered => {}
        }
        if patience.is_some_and(|patience| begun.elapsed() > patience) {
            let message = "the authorization server has not answered yet";
            return Err(Error::new(Kind::Busy, message));
        }
        wait::pause(PERIOD)?;
    }
    drop(gate);
    segment.outcome()
}

/// Whether a worker is on its way.
trait Starting {
    fn is_starting(&self) -> bool;
}

impl Starting for pgrx::bgworkers::BackgroundWorkerStatus {
    fn is_starting(&self) -> bool {
        matches!(self, Self::NotYetStarted)
    }
}

/// A place in the cluster where no worker is, and the right to start one there.
fn free_slot(begun: Instant) -> Result<(u32, Option<lock::Lock>)> {
    loop {
        for slot in 0..WORKERS {
            let gate = lock::of_cluster(lock::Place::Gate, slot, false);
            if gate.is_some() && lock::of_cluster(lock::Place::Slot, slot, false).is_some() {
                return Ok((slot, gate));
            }
        }
        if begun.elapsed() > PATIENCE {
            return Err(no_worker().detail(format!(
                "{WORKERS} workers, as many as there may be, are waiting for authorization servers."
            )));
        }
        wait::pause(PERIOD)?;
    }
}

fn start(segment: &Segment, begun: Instant) -> Result<DynamicBackgroundWorker> {
    loop {
        // SAFETY: the process id is set once when the session starts.
        let caller = unsafe { pg_sys::MyProcPid };
        let worker = BackgroundWorkerBuilder::new("basecamp_fdw tokens")
            .set_library("$libdir/basecamp_fdw")
            .set_function("basecamp_fdw_worker")
            .set_argument(i64::from(segment.handle()).into_datum())
            .set_notify_pid(caller)
            .enable_spi_access()
            // A standby has them too; what is above would have it wait for the end of recovery.
            .set_start_time(BgWorkerStartTime::ConsistentState)
            .load_dynamic();
        match worker {
            Ok(worker) => return Ok(worker),
            Err(_) if begun.elapsed() < PATIENCE => wait::pause(PERIOD)?,
            Err(_) => return Err(no_worker()),
        }
    }
}

fn no_worker() -> Error {
    Error::new(Kind::NoWorker, "no background worker is free to store tokens")
        .detail("Tokens are stored by a background worker, so that a ROLLBACK does not lose them.")
        .hint("Raise max_worker_processes, or try again.")
}

/// The error of a store that was emptied while tokens were asked for.
pub fn removed() -> Error {
    let message = "the stored tokens were removed while they were renewed";
    Error::new(Kind::Authentication, message)
}

fn packed(order: &Written) -> Result<Vec<u8>> {
    let unwritable = |error: serde_json::Error| Error::malformed(error.to_string());
    let plain = Zeroizing::new(serde_json::to_vec(order).map_err(unwritable)?);
    let sealed = seal::seal(&keyring::present()?, &plain, ASSOCIATED)?;
    let written = (sealed.key_id, sealed.nonce, sealed.ciphertext);
    serde_json::to_vec(&written).map_err(unwritable)
}

fn unpacked(bytes: &[u8]) -> Result<Written> {
    let unreadable = || Error::malformed("the order to the background worker is not readable");
    let (key_id, nonce, ciphertext) = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
    let sealed = Sealed { key_id, nonce, ciphertext };
    let plain = seal::open(&keyring::find(&sealed.key_id)?, &sealed, ASSOCIATED)?;
    serde_json::from_slice(&plain).map_err(|_| unreadable())
}

/// The worker: PostgreSQL starts it by this name.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn basecamp_fdw_worker(argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    let Some(segment) = Segment::attach(argument.value() as pg_sys::dsm_handle) else {
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
    let Written { connection, work, slot } = unpacked(&segment.order())?;
    let busy = || Error::new(Kind::Busy, "another background worker was faster");
    lock::of_cluster(lock::Place::Slot, slot, true).ok_or_else(busy)?.keep();
    if !matches!(work, Work::Pend(_)) {
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

//! What must outlive its caller: a background worker asks for tokens and stores them on its own.
//!
//! A ROLLBACK, an error, a read-only transaction or the death of the session that wanted new tokens
//! cannot take back what the authorization server already did. So the worker asks, for every store,
//! and the session only waits. The order of work and its answer travel in shared memory, the order
//! sealed. There is one worker for a connection at a time and a few for the cluster.

use std::time::{Duration, Instant};

use pgrx::bgworkers::{BackgroundWorkerBuilder, BgWorkerStartTime, DynamicBackgroundWorker};
use pgrx::pg_sys;
use pgrx::prelude::*;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::connection::{Connection, WrittenApp};
use super::super::setting::in_recovery;
use super::super::wait;
use super::log::Report;
use super::segment::{Progress, Segment};
use super::{keyring, lock};
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::{Asker, Grant, Order};
use crate::oauth::{self, App, Code, Dialect, Endpoints, Http, Pending, Tokens};
use crate::seal::{self, Sealed};

/// How many workers the cluster has at a time: of the 8 that `max_worker_processes` allows unless it
/// was changed, some are left for others.
const WORKERS: u32 = 4;
/// How long a session waits for a free background worker before it gives up.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How often it tries meanwhile, and looks how far its worker is.
const PERIOD: Duration = Duration::from_millis(50);
/// What the order is sealed for.
const ASSOCIATED: &[u8] = b"basecamp_fdw\0order";

/// What a worker does for a connection.
#[derive(Serialize, Deserialize)]
pub enum Work {
    /// Asks for tokens and stores them.
    Perform(Task),
    /// Stores tokens, as bytes.
    Store(Vec<u8>),
    /// Remembers an authorization that was begun.
    Pend(Vec<u8>),
    /// Writes down what was sent to Basecamp.
    Log(Report),
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

    /// Reads an order, and who asks.
    pub(super) fn into_order(self, connection: &Connection) -> Result<(Order, Applicant)> {
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

/// Work for a connection, as it travels.
#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) connection: Connection,
    pub(super) work: Work,
    pub(super) slot: u32,
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

/// Reads an order.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Written> {
    let unreadable = || Error::malformed("the order to the background worker is not readable");
    let (key_id, nonce, ciphertext) = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
    let sealed = Sealed { key_id, nonce, ciphertext };
    let plain = seal::open(&keyring::find(&sealed.key_id)?, &sealed, ASSOCIATED)?;
    serde_json::from_slice(&plain).map_err(|_| unreadable())
}

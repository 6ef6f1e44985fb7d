//! What a session writes to Basecamp is noted and handed to a background worker.
//!
//! What was sent stays sent when the transaction rolls back, so the worker writes it down in a transaction
//! of its own, as it does with tokens. A session waits for that after each row, or after each batch of
//! rows that were sent side by side.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use pgrx::prelude::*;
use pgrx::{PgTryBuilder, pg_sys};

use super::super::connection::Connection;
use super::super::options;
use super::super::report::tell;
use super::super::setting::{self, WriteLog};
use super::log::Report;
use super::worker::{self, Work};
use crate::error::{Error, Kind, Result};
use crate::rows::{Entry, Journal};

/// How long a session waits until what it sent is written down.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the requests of a statement are noted, if they are to be.
pub fn open() -> Option<Arc<Journal>> {
    match setting::write_log() {
        WriteLog::Off => None,
        WriteLog::On => Some(Journal::new(false)),
        WriteLog::Bodies => Some(Journal::new(true)),
    }
}

/// Keeps the cancel or end of a session waiting until what it did is written down.
struct Held;

impl Held {
    fn new() -> Self {
        // SAFETY: as PostgreSQL's own HOLD_INTERRUPTS does, on its only thread.
        unsafe { pg_sys::InterruptHoldoffCount += 1 };
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: as above; an error of PostgreSQL's has set it to zero.
        unsafe { pg_sys::InterruptHoldoffCount = pg_sys::InterruptHoldoffCount.saturating_sub(1) };
    }
}

/// Has everything written down that a journal has. Where that fails the session is told, and so is the
/// log of the server: what was sent cannot be taken back.
pub fn keep(server: pg_sys::Oid, user: pg_sys::Oid, journal: Option<&Arc<Journal>>) {
    let entries = journal.map(|journal| journal.take()).unwrap_or_default();
    if entries.is_empty() {
        return;
    }
    let told = lines(&entries);
    let _held = Held::new();
    let work = AssertUnwindSafe(|| write_down(server, user, entries));
    let kept = PgTryBuilder::new(work)
        .catch_others(|_| Err(Error::new(Kind::NoWorker, "the worker could not be started")))
        .execute();
    if let Err(error) = kept {
        let message = format!("could not log what was written to Basecamp: {error}");
        tell(PgLogLevel::WARNING, message, &told);
    }
}

fn write_down(server: pg_sys::Oid, user: pg_sys::Oid, entries: Vec<Entry>) -> Result<()> {
    let connection = Connection::open(server, user)?;
    // SAFETY: the role that acts, and a process id that is set once when the session starts.
    let (role, process) = unsafe { (pg_sys::GetUserId(), pg_sys::MyProcPid) };
    let report = Report { user: options::user_name(role), process, entries };
    worker::run(&connection, Work::Log(report), Some(PATIENCE))
}

/// The entries for a warning, without bodies.
fn lines(entries: &[Entry]) -> String {
    let line = |it: &Entry| format!("{} {} {}", it.method, it.path, it.fate.word());
    entries.iter().map(line).collect::<Vec<_>>().join("; ")
}

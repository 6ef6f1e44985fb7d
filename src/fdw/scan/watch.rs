//! How far a running scan has come: for `basecamp.activity`, and for the session itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::api::{Meter, Progress};
use crate::fdw::report::tell;
use crate::fdw::setting;
use crate::fdw::shared::Entry;
use crate::plan::Plan;

/// How often others are told, at most.
pub const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often the session is told.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// Looks after a scan from its first request to its end.
pub struct Watch {
    entry: Entry,
    meter: Arc<Meter>,
    table: String,
    /// What the meter had counted before.
    before: Progress,
    expected: u64,
    rows: u64,
    looked: Instant,
    told: Instant,
}

impl Watch {
    /// Begins.
    pub fn new(plan: &Plan, meter: &Arc<Meter>, server: pg_sys::Oid, table: pg_sys::Oid) -> Self {
        let expected = (plan.estimate.requests + plan.estimate.once).ceil().max(1.0);
        let now = Instant::now();
        let mut watch = Self {
            entry: Entry::new(server, table, &plan.request()),
            meter: Arc::clone(meter),
            table: plan.table.clone(),
            before: Progress::default(),
            expected: expected as u64,
            rows: 0,
            looked: now,
            told: now,
        };
        watch.before = watch.progress();
        watch.publish();
        watch
    }

    /// Rows came.
    pub fn came(&mut self, rows: usize) {
        self.rows += rows as u64;
        self.look();
    }

    /// Tells others, and the session, if it is time.
    pub fn look(&mut self) {
        if self.looked.elapsed() >= LOOK_EVERY {
            self.publish();
        }
        if self.told.elapsed() >= TELL_EVERY && setting::tells_progress() {
            self.told = Instant::now();
            tell(PgLogLevel::NOTICE, self.sentence(), "");
        }
    }

    fn publish(&mut self) {
        self.looked = Instant::now();
        self.entry.update(&self.progress());
    }

    fn progress(&self) -> Progress {
        let (reading, before) = (self.meter.read(), self.before);
        let waited = u64::try_from(reading.waited.as_millis()).unwrap_or(u64::MAX);
        let pages = reading.pages.saturating_sub(before.pages);
        Progress {
            pages,
            expected: self.expected.max(pages),
            rows: self.rows,
            requests: reading.requests.saturating_sub(before.requests),
            waited: waited.saturating_sub(before.waited),
        }
    }

    fn sentence(&self) -> String {
        let Progress { pages, expected, rows, requests, waited } = self.progress();
        let seconds = waited / 1000;
        format!(
            "reading \"{}\": {pages} of about {expected} pages, {rows} rows, {requests} requests, \
             which waited {seconds} s for the rate limit",
            self.table
        )
    }
}

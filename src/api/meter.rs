//! What a scan cost: counters that EXPLAIN ANALYZE shows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts what was asked and how long was waited. Shared by all tasks of a scan.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
    waited: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Requests sent, repeats included.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// Bytes of the bodies that came back.
    pub bytes: u64,
    /// Time that requests waited for the rate limit, summed.
    pub waited: Duration,
}

impl Meter {
    /// Reads all counters.
    pub fn read(&self) -> Reading {
        Reading {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            waited: Duration::from_micros(self.waited.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn request(&self, repeat: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u64::from(repeat), Ordering::Relaxed);
    }

    pub(super) fn bytes(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn waited(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.waited.fetch_add(micros, Ordering::Relaxed);
    }
}

//! What a scan cost, in all and for each of its steps: counters that EXPLAIN ANALYZE shows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Counts what was asked and how long was waited. Shared by all tasks of a scan.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Meter {
    requests: AtomicU64,
    retries: AtomicU64,
    not_modified: AtomicU64,
    cache_hits: AtomicU64,
    pages: AtomicU64,
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
    /// Requests answered with 304: the stored answer is still the current one.
    pub not_modified: u64,
    /// Answers that were used again without a request.
    pub cache_hits: u64,
    /// Answers that were delivered: pages of listings and single records.
    pub pages: u64,
    /// Bytes of the bodies that came back.
    pub bytes: u64,
    /// Time that requests waited for the rate limit, summed.
    pub waited: Duration,
}

/// The meters of a scan's steps by their names, in the order in which they began to ask.
#[derive(Debug, Default)]
pub struct Steps(Mutex<Vec<(String, Arc<Meter>)>>);

impl Steps {
    /// The meter of a step.
    pub(super) fn meter(&self, name: &str) -> Arc<Meter> {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, meter)) = steps.iter().find(|(known, _)| known == name) {
            return Arc::clone(meter);
        }
        let meter = Arc::<Meter>::default();
        steps.push((name.to_owned(), Arc::clone(&meter)));
        meter
    }

    /// Reads all counters of all steps.
    pub fn read(&self) -> Vec<(String, Reading)> {
        let steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        steps.iter().map(|(name, meter)| (name.clone(), meter.read())).collect()
    }
}

impl Meter {
    /// Reads all counters.
    pub fn read(&self) -> Reading {
        Reading {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            not_modified: self.not_modified.load(Ordering::Relaxed),
            cache_hits: self.cache_hits.load(Ordering::Relaxed),
            pages: self.pages.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            waited: Duration::from_micros(self.waited.load(Ordering::Relaxed)),
        }
    }

    /// Starts again from nothing.
    pub(super) fn clear(&self) {
        let Self { requests, retries, not_modified, cache_hits, pages, bytes, waited } = self;
        for counter in [requests, retries, not_modified, cache_hits, pages, bytes, waited] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn request(&self, repeat: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u64::from(repeat), Ordering::Relaxed);
    }

    pub(super) fn not_modified(&self) {
        self.not_modified.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cache_hit(&self) {
        self.cache_hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn page(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn waited(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.waited.fetch_add(micros, Ordering::Relaxed);
    }
}

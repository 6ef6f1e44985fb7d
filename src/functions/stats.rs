//! What is asked of Basecamp, by running scans and since the start, and what is kept of its answers.

use pgrx::prelude::*;

use crate::fdw::encoding::Text;
use crate::fdw::{self, shared};

/// Counts of a server.
type Stats = TableIterator<
    'static,
    (
        name!(server, Text),
        name!(requests, i64),
        name!(not_modified, i64),
        name!(cache_hits, i64),
        name!(pages, i64),
        name!(bytes, i64),
        name!(retries, i64),
        name!(seconds_waited, f64),
    ),
>;

#[pg_extern]
fn stats() -> Stats {
    TableIterator::new(shared::totals().into_iter().map(|(server, reading)| {
        (
            Text(server),
            count(reading.requests),
            count(reading.not_modified),
            count(reading.cache_hits),
            count(reading.pages),
            count(reading.bytes),
            count(reading.retries),
            reading.waited.as_secs_f64(),
        )
    }))
}

/// Scans: what they are is NULL where the user may not see it.
type Scans = TableIterator<
    'static,
    (
        name!(pid, i32),
        name!(database, i64),
        name!(role, i64),
        name!(server, Option<Text>),
        name!(table_name, Option<Text>),
        name!(step, Option<Text>),
        name!(started, Option<f64>),
        name!(pages, Option<i64>),
        name!(pages_expected, Option<i64>),
        name!(rows, Option<i64>),
        name!(requests, Option<i64>),
        name!(seconds_waited, Option<f64>),
    ),
>;

#[pg_extern]
fn running_scans() -> Scans {
    TableIterator::new(shared::running().into_iter().map(|(scan, progress)| {
        let shown = |name: String| progress.map(|_| Text(name));
        (
            scan.process.cast_signed(),
            i64::from(scan.database),
            i64::from(scan.role),
            shown(scan.server),
            shown(scan.table),
            shown(scan.step),
            progress.map(|_| scan.since as f64 / 1e6),
            progress.map(|progress| count(progress.pages)),
            progress.map(|progress| count(progress.expected)),
            progress.map(|progress| count(progress.rows)),
            progress.map(|progress| count(progress.requests)),
            progress.map(|progress| progress.waited as f64 / 1e3),
        )
    }))
}

#[pg_extern]
fn clear_cache() {
    fdw::forget_answers();
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

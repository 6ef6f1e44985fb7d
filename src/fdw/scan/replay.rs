//! Rows of a scan that may be wanted again: those of the run under way, and those of runs with other
//! parameters that came to their end.
//!
//! PostgreSQL starts a scan again for each row that it is joined with, or for each that a subquery is
//! evaluated for. A key that comes again is not asked for again. What is kept is what the statement saw
//! first, as it is in PostgreSQL, whatever was written meanwhile.

use std::collections::HashMap;

use crate::fdw::setting;
use crate::plan::bind::Argument;
use crate::rows::{Held, Row};

/// Rows that a scan keeps at most to show them again without asking; more are fetched again.
const KEPT: usize = 50_000;
/// Their part of what `basecamp_fdw.memory_limit` allows for all scans together.
const KEPT_PART: usize = 4;

/// Rows that came and were not handed out yet; those handed out too, while they may be wanted again.
#[derive(Default)]
pub struct Replay {
    /// Whether rows may be wanted again.
    repeats: bool,
    rows: Held,
    next: usize,
    /// Whether all rows of the run are here, the first ones too.
    keep: bool,
    /// The rows of other runs, by the values that they were asked with.
    runs: HashMap<Vec<Argument>, Held>,
    /// How many these are, and their bytes.
    kept: (usize, usize),
}

impl Replay {
    /// For a scan that may be started again, or not.
    pub fn new(repeats: bool) -> Self {
        Self { repeats, keep: repeats, ..Self::default() }
    }

    /// Whether all rows that came were handed out.
    pub fn is_empty(&self) -> bool {
        self.next >= self.rows.count()
    }

    /// Hands out a row.
    pub fn take(&mut self) -> Option<Row> {
        let row = self.rows.get_mut(self.next)?;
        self.next += 1;
        Some(if self.keep { row.clone() } else { std::mem::take(row) })
    }

    /// Takes rows that came.
    pub fn fill(&mut self, rows: Held) {
        let count = self.kept.0 + self.rows.count() + rows.count();
        let bytes = self.kept.1 + self.rows.bytes() + rows.bytes();
        if self.keep && count <= KEPT && bytes <= setting::memory_limit() / KEPT_PART {
            self.rows.append(rows);
            return;
        }
        self.keep = false;
        self.rows = rows;
        self.next = 0;
    }

    /// Starts the run from its first row; false if that has gone.
    pub fn rewind(&mut self) -> bool {
        if self.keep {
            self.next = 0;
        }
        self.keep
    }

    /// Hands out no more rows of the run.
    pub fn exhaust(&mut self) {
        self.next = self.rows.count();
    }

    /// Ends the run. Its rows stay if it came to its end: then the values are those that it was asked with.
    pub fn turn(&mut self, asked: Option<Vec<Argument>>) {
        let rows = std::mem::take(&mut self.rows);
        if let Some(asked) = asked.filter(|_| self.keep) {
            self.kept = (self.kept.0 + rows.count(), self.kept.1 + rows.bytes());
            self.runs.insert(asked, rows);
        }
        self.next = 0;
        self.keep = self.repeats;
    }

    /// Whether a run with these values can be shown again.
    pub fn knows(&self, asked: &[Argument]) -> bool {
        self.runs.contains_key(asked)
    }

    /// Shows the run with these values again; false if there was none, or it was not kept.
    pub fn recall(&mut self, asked: &[Argument]) -> bool {
        let Some(rows) = self.runs.remove(asked) else {
            return false;
        };
        self.kept = (self.kept.0 - rows.count(), self.kept.1 - rows.bytes());
        self.rows = rows;
        self.next = 0;
        true
    }
}

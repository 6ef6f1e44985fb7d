//! The rows of the last batch that lack members: how many of them are completed next.
//!
//! Each costs a request of its own, so that no more are completed than are likely to be wanted: one first,
//! and twice as many each time that somebody comes back.

use crate::error::Result;
use crate::fdw::wait::{Job, Waiter};
use crate::rows::{Held, Rest};

/// Rows that lack members, and those that are being completed.
pub struct Completion {
    rest: Option<Rest>,
    job: Option<Job<Result<Held>>>,
    /// How many to complete next.
    step: usize,
    /// How many were.
    completed: usize,
}

impl Default for Completion {
    fn default() -> Self {
        Self { rest: None, job: None, step: 1, completed: 0 }
    }
}

impl Completion {
    /// Takes the rows of another batch.
    pub fn fill(&mut self, rest: Option<Rest>) {
        self.rest = rest;
    }

    /// What is under way.
    pub const fn job(&self) -> Option<&Job<Result<Held>>> {
        self.job.as_ref()
    }

    /// The same, to be waited for.
    pub const fn job_mut(&mut self) -> Option<&mut Job<Result<Held>>> {
        self.job.as_mut()
    }

    /// What was under way came.
    pub fn came(&mut self) {
        self.job = None;
    }

    /// Whether no row of the last batch is left.
    pub fn is_over(&self) -> bool {
        self.job.is_none() && self.rest.as_ref().is_none_or(Rest::is_empty)
    }

    /// Ends what is under way.
    pub fn stop(&mut self) {
        self.rest = None;
        self.job = None;
    }

    /// Starts to complete further rows if some are left and none are under way: `most` at a time, and no
    /// more than will be delivered of `limit`, where that is known.
    ///
    /// # Errors
    /// When no task can be started.
    pub fn start(&mut self, limit: Option<u64>, most: usize, waiter: Waiter) -> Result<()> {
        if self.job.is_some() {
            return Ok(());
        }
        let Some(rest) = self.rest.as_mut().filter(|rest| !rest.is_empty()) else {
            self.rest = None;
            return Ok(());
        };
        let wanted = limit.and_then(|rows| usize::try_from(rows).ok());
        let wanted = wanted.map(|rows| rows.saturating_sub(self.completed).max(1));
        let next = rest.split(wanted.unwrap_or(self.step).min(most));
        self.completed += next.len();
        self.step = (self.step * 2).min(most);
        self.job = Some(Job::start(next.complete(), waiter)?);
        Ok(())
    }
}

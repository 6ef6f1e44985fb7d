//! A running scan: what it has asked for, and the rows that have come.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::task::Poll;

use pgrx::pg_sys;

use super::completion::Completion;
use super::evaluation::Evaluation;
use super::forecast::Forecast;
use super::replay::Replay;
use super::runs::Runs;
use super::tuple::Tuple;
use super::watch::{LOOK_EVERY, Watch};
use super::{notice, planner, private};
use crate::api::{Client, Meter, Steps};
use crate::error::Result;
use crate::fdw::session::{self, Share};
use crate::fdw::wait::{Fetch, Job, Waiter};
use crate::fdw::{compat, options, setting, version};
use crate::plan::Plan;
use crate::plan::bind::Argument;
use crate::rows::{Batch, Row, Rows};

/// A running scan.
pub struct State {
    /// What is read.
    pub plan: Arc<Plan>,
    /// Where its cells go.
    pub tuple: Tuple,
    forecast: Forecast,
    /// What it cost so far.
    pub meter: Arc<Meter>,
    /// What each of its steps cost.
    pub steps: Arc<Steps>,
    server: pg_sys::Oid,
    table: pg_sys::Oid,
    client: Client,
    share: Arc<Share>,
    evaluation: Evaluation,
    fetch: Option<(Fetch, Watch)>,
    /// Runs whose keys come next.
    ahead: Runs,
    ended: bool,
    completion: Completion,
    /// Who waits for what this scan has asked.
    waiter: Waiter,
    buffer: Replay,
    /// What the run under way was asked with.
    asked: Option<Vec<Argument>>,
    /// Option `maxrows`, and what is left of it.
    most: Option<u64>,
    left: Option<u64>,
}

/// How far a scan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A row is at hand.
    Ready,
    /// Something was asked that has not been answered.
    Waiting,
    /// There are no more rows.
    Ended,
}

impl State {
    /// Prepares a scan; nothing is asked yet. `repeats`: it may be wanted again from the start.
    ///
    /// # Errors
    /// When the plan is from another version, or the user cannot connect.
    ///
    /// # Safety
    /// The node and its plan are PostgreSQL's own and outlive the state.
    pub unsafe fn new(node: *mut pg_sys::ForeignScanState, repeats: bool) -> Result<Self> {
        // SAFETY: as the caller says.
        unsafe {
            let scan = (*node).ss.ps.plan.cast::<pg_sys::ForeignScan>();
            let plan = private::unpack((*scan).fdw_private)?;
            let table = private::table(node);
            let (server, settings) = options::of_table(table)?;
            let most = settings.max_rows();
            let user = planner::effective(compat::view_owner(node, scan));
            let client = session::client(server, user)?;
            let (meter, steps) = (Arc::new(Meter::default()), Arc::<Steps>::default());
            let client = client.metered(Arc::clone(&meter)).by_step(Arc::clone(&steps));
            version::compare();
            let query = (*node).ss.ps.state as usize;
            let (sizes, rate) = (session::sizes(server, user), client.config().rate);
            // What rows are checked for before they are completed may have parameters of its own.
            let varies = !(*scan).scan.plan.extParam.is_null() && plan.check.is_none();
            let ahead = Runs::new(query, (*scan).scan.scanrelid, client.concurrency());
            Ok(Self {
                forecast: Forecast::new(query, sizes, rate, Arc::clone(&meter)),
                tuple: Tuple::of(
                    table,
                    &plan.cells,
                    (*(*node).ss.ss_ScanTupleSlot).tts_tupleDescriptor,
                ),
                server,
                table,
                client: client.caching(settings.cache_ttl()),
                share: session::share(query, server, user),
                meter,
                steps,
                evaluation: Evaluation::new(node, scan, plan.check),
                plan: Arc::new(plan),
                fetch: None,
                ahead,
                ended: false,
                completion: Completion::default(),
                waiter: if (*node).ss.ps.async_capable { Waiter::Append } else { Waiter::Ours },
                buffer: Replay::new(repeats || varies),
                asked: None,
                most,
                left: most,
            })
        }
    }

    /// The next row, waiting for Basecamp if need be. Under an Append that waits itself, only a row
    /// that is at hand.
    ///
    /// # Errors
    /// Whatever reading met.
    ///
    /// # Safety
    /// The node is the state's own.
    pub unsafe fn next(&mut self, node: *mut pg_sys::ForeignScanState) -> Result<Option<Row>> {
        // SAFETY: as the caller says.
        if self.waiter == Waiter::Ours && unsafe { self.advance(node)? } != Progress::Ready {
            return Ok(None);
        }
        let row = self.buffer.take();
        Ok(row.and_then(|row| self.allow(row)))
    }

    /// Has a row at hand, if there are more: asks for it, and waits unless an Append does.
    ///
    /// # Errors
    /// Whatever reading met.
    ///
    /// # Safety
    /// The node is the state's own.
    pub unsafe fn advance(&mut self, node: *mut pg_sys::ForeignScanState) -> Result<Progress> {
        while self.buffer.is_empty() {
            let progress = match self.complete()? {
                Some(progress) => progress,
                None if self.ended => return Ok(Progress::Ended),
                // SAFETY: as the caller says.
                None => unsafe { self.receive(node)? },
            };
            if progress == Progress::Waiting {
                return Ok(progress);
            }
        }
        Ok(Progress::Ready)
    }

    /// Takes the next batch, waiting for it unless an Append does.
    unsafe fn receive(&mut self, node: *mut pg_sys::ForeignScanState) -> Result<Progress> {
        if self.fetch.is_none() {
            // SAFETY: the node that the state belongs to.
            if unsafe { self.recall(node) } {
                self.look_ahead();
                return Ok(Progress::Ready);
            }
        }
        self.forecast.look(&self.plan, &self.tuple.table)?;
        let waiter = self.waiter;
        let (fetch, watch) = self.fetch()?;
        let batch = match waiter {
            Waiter::Ours => fetch.wait_looking(LOOK_EVERY, &mut || watch.look())?,
            Waiter::Append => match fetch.poll()? {
                Poll::Ready(batch) => batch,
                Poll::Pending => {
                    watch.look();
                    return Ok(Progress::Waiting);
                }
            },
        };
        watch.came(batch.as_ref().map_or(0, |batch| batch.rows.count()));
        match batch {
            // SAFETY: the node that the state belongs to.
            Some(batch) => unsafe { self.accept(batch, node) },
            None => {
                self.fetch = None;
                self.ended = true;
            }
        }
        Ok(Progress::Ready)
    }

    /// Shows the rows again that came with the same values; false where these are new.
    unsafe fn recall(&mut self, node: *mut pg_sys::ForeignScanState) -> bool {
        // SAFETY: the node that the state belongs to.
        let asked = unsafe { self.evaluation.arguments(node) };
        let known = self.buffer.recall(&asked);
        self.asked = Some(asked);
        self.ended = known;
        if known {
            self.client.reused();
        }
        known
    }

    /// What fetches, started if it is not.
    fn fetch(&mut self) -> Result<&mut (Fetch, Watch)> {
        let begun = match self.fetch.take() {
            Some(begun) => begun,
            None => {
                let asked = self.asked.clone().unwrap_or_default();
                let begun = self.ahead.take(&asked);
                let mut fetch = begun.map_or_else(|| self.run(asked), Ok)?;
                fetch.ask();
                self.look_ahead();
                (fetch, Watch::new(&self.plan, &self.meter, self.server, self.table))
            }
        };
        Ok(self.fetch.insert(begun))
    }

    /// What fetches the rows that are asked for with these values.
    fn run(&self, asked: Vec<Argument>) -> Result<Fetch> {
        let (plan, known) = (Arc::clone(&self.plan), self.share.known());
        Fetch::start(Rows::new(plan, asked, self.client.clone(), known)?, self.waiter)
    }

    /// Begins the runs that come next, where it is known which they are.
    fn look_ahead(&mut self) {
        if Forecast::is_bounded() {
            return;
        }
        let mut ahead = std::mem::take(&mut self.ahead);
        let asked = self.asked.as_deref().unwrap_or_default();
        // Of another length: a run with them will never be wanted.
        let known =
            |key: &[Argument]| key.len() != asked.len() || key == asked || self.buffer.knows(key);
        ahead.begin(known, |key| self.run(key));
        self.ahead = ahead;
    }

    /// Readable when what the scan waits for may have come.
    pub fn descriptor(&self) -> Option<RawFd> {
        let completing = self.completion.job().map(Job::descriptor);
        completing.or_else(|| self.fetch.as_ref().map(|(fetch, _)| fetch.descriptor()))
    }

    /// Ends what is under way.
    pub fn stop(&mut self) {
        self.fetch = None;
        self.completion.stop();
    }

    /// Ends what is under way, and forgets the rows.
    pub fn end(&mut self) {
        self.stop();
        self.ahead = Runs::default();
        self.buffer = Replay::default();
    }

    /// Starts again. Rows at hand are shown again if the parameters are the same.
    pub fn restart(&mut self, changed: bool) {
        self.left = self.most;
        if !changed && self.buffer.rewind() {
            return;
        }
        let came = self.ended && self.completion.is_over();
        self.buffer.turn(self.asked.take().filter(|_| came));
        self.stop();
        self.ended = false;
        self.completion = Completion::default();
    }

    unsafe fn accept(&mut self, batch: Batch, node: *mut pg_sys::ForeignScanState) {
        for notice in batch.notices {
            notice::tell(notice, self.server, &self.plan.table);
        }
        self.buffer.fill(batch.rows);
        let passes = |row: &Row| {
            // SAFETY: the node that the state belongs to.
            unsafe { self.evaluation.passes(row.clone(), &self.tuple, node) }
        };
        let rest = batch.rest.map(|mut rest| {
            rest.retain(passes);
            rest
        });
        self.completion.fill(rest);
    }

    /// Completes further rows of the last batch, more at a time the longer they are wanted; none where
    /// all are complete.
    fn complete(&mut self) -> Result<Option<Progress>> {
        let waiter = self.waiter;
        self.completion.start(self.plan.limit(), self.client.concurrency(), waiter)?;
        let Some(job) = self.completion.job_mut() else {
            return Ok(None);
        };
        let mut watch = self.fetch.as_mut().map(|(_, watch)| watch);
        let rows = match waiter {
            Waiter::Ours => job.wait_looking(LOOK_EVERY, &mut || {
                watch.iter_mut().for_each(|watch| watch.look());
            })?,
            Waiter::Append => match job.poll()? {
                Poll::Ready(rows) => rows,
                Poll::Pending => return Ok(Some(Progress::Waiting)),
            },
        };
        self.completion.came();
        let rows = rows?;
        watch.iter_mut().for_each(|watch| watch.came(rows.count()));
        self.buffer.fill(rows);
        Ok(Some(Progress::Ready))
    }

    /// Counts a row against `maxrows`.
    fn allow(&mut self, row: Row) -> Option<Row> {
        let Some(left) = &mut self.left else {
            return Some(row);
        };
        if *left == 0 {
            notice::stopped(&self.plan.table);
            self.stop();
            self.ended = true;
            self.buffer.exhaust();
            return None;
        }
        *left -= 1;
        Some(row)
    }
}

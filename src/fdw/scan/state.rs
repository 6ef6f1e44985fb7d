//! A running scan: what it has asked for, and the rows that have come.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::task::Poll;

use pgrx::pg_sys;
use pgrx::prelude::*;

use super::datum::{nodes, scalars};
use super::forecast::Forecast;
use super::replay::Replay;
use super::tuple::Tuple;
use super::watch::{LOOK_EVERY, Watch};
use super::{planner, private};
use crate::api::{Client, Meter, Steps};
use crate::error::Result;
use crate::fdw::report::tell;
use crate::fdw::session::{self, Share};
use crate::fdw::wait::{Fetch, Job, Waiter};
use crate::fdw::{compat, options, setting, version};
use crate::plan::Plan;
use crate::plan::bind::Argument;
use crate::rows::{Batch, Held, Notice, Rest, Row, Rows};

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
    expressions: *mut pg_sys::List,
    fetch: Option<(Fetch, Watch)>,
    ended: bool,
    /// Rows of the last batch that lack members, how many of them to complete next, and how many were.
    rest: Option<Rest>,
    step: usize,
    completed: usize,
    completing: Option<Job<Result<Held>>>,
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
            let parent = &raw mut (*node).ss.ps;
            // What rows are checked for before they are completed may have parameters of its own.
            let varies = !(*scan).scan.plan.extParam.is_null() && plan.check.is_none();
            Ok(Self {
                forecast: Forecast::new(query, sizes, rate, Arc::clone(&meter)),
                tuple: Tuple::of(
                    table,
                    &plan.cells,
                    (*(*node).ss.ss_ScanTupleSlot).tts_tupleDescriptor,
                ),
                plan: Arc::new(plan),
                server,
                table,
                client: client.caching(settings.cache_ttl()),
                share: session::share(query, server, user),
                meter,
                steps,
                expressions: pg_sys::ExecInitExprList((*scan).fdw_exprs, parent),
                fetch: None,
                ended: false,
                rest: None,
                step: 1,
                completed: 0,
                completing: None,
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
        // SAFETY: the node that the state belongs to.
        if self.fetch.is_none() && unsafe { self.recall(node) } {
            return Ok(Progress::Ready);
        }
        self.forecast.look(&self.plan, &self.tuple.table)?;
        let waiter = self.waiter;
        // SAFETY: the node that the state belongs to.
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
        let asked = unsafe { self.arguments(node) };
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
        let fetch = match self.fetch.take() {
            Some(fetch) => fetch,
            None => {
                let arguments = self.asked.clone().unwrap_or_default();
                let (plan, known) = (Arc::clone(&self.plan), self.share.known());
                let rows = Rows::new(plan, arguments, self.client.clone(), known)?;
                let watch = Watch::new(&self.plan, &self.meter, self.server, self.table);
                (Fetch::start(rows, self.waiter)?, watch)
            }
        };
        Ok(self.fetch.insert(fetch))
    }

    /// Readable when what the scan waits for may have come.
    pub fn descriptor(&self) -> Option<RawFd> {
        let completing = self.completing.as_ref().map(Job::descriptor);
        completing.or_else(|| self.fetch.as_ref().map(|(fetch, _)| fetch.descriptor()))
    }

    /// Ends what is under way.
    pub fn stop(&mut self) {
        self.fetch = None;
        self.rest = None;
        self.completing = None;
    }

    /// Ends what is under way, and forgets the rows.
    pub fn end(&mut self) {
        self.stop();
        self.buffer = Replay::default();
    }

    /// Starts again. Rows at hand are shown again if the parameters are the same.
    pub fn restart(&mut self, changed: bool) {
        self.left = self.most;
        if !changed && self.buffer.rewind() {
            return;
        }
        let came = self.ended
            && self.completing.is_none()
            && self.rest.as_ref().is_none_or(Rest::is_empty);
        self.buffer.turn(self.asked.take().filter(|_| came));
        self.stop();
        self.ended = false;
        self.step = 1;
        self.completed = 0;
    }

    unsafe fn accept(&mut self, batch: Batch, node: *mut pg_sys::ForeignScanState) {
        for notice in batch.notices {
            self.tell(notice);
        }
        self.buffer.fill(batch.rows);
        self.rest = batch.rest.map(|mut rest| {
            // SAFETY: the node that the state belongs to.
            rest.retain(|row| unsafe { self.passes(row.clone(), node) });
            rest
        });
    }

    /// Completes further rows of the last batch, more at a time the longer they are wanted; none where
    /// all are complete.
    fn complete(&mut self) -> Result<Option<Progress>> {
        let waiter = self.waiter;
        self.start_completing()?;
        let Some(job) = &mut self.completing else {
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
        self.completing = None;
        let rows = rows?;
        watch.iter_mut().for_each(|watch| watch.came(rows.count()));
        self.buffer.fill(rows);
        Ok(Some(Progress::Ready))
    }

    fn start_completing(&mut self) -> Result<()> {
        if self.completing.is_none() {
            let Some(rest) = self.rest.as_mut().filter(|rest| !rest.is_empty()) else {
                self.rest = None;
                return Ok(());
            };
            let most = self.client.concurrency();
            // No more than will be delivered, where that is known.
            let wanted = self.plan.limit().and_then(|rows| usize::try_from(rows).ok());
            let wanted = wanted.map(|rows| rows.saturating_sub(self.completed).max(1));
            let next = rest.split(wanted.unwrap_or(self.step).min(most));
            self.completed += next.len();
            self.step = (self.step * 2).min(most);
            self.completing = Some(Job::start(next.complete(), self.waiter)?);
        }
        Ok(())
    }

    /// Whether a row satisfies the conditions that can be checked before it is complete.
    unsafe fn passes(&self, row: Row, node: *mut pg_sys::ForeignScanState) -> bool {
        let Some(number) = self.plan.check else {
            return true;
        };
        // SAFETY: the expression was initialized under this node and reads its scan slot, which holds
        // the row; what it allocates is in the per-tuple context, which nothing else uses meanwhile.
        unsafe {
            let expressions = nodes::<pg_sys::ExprState>(self.expressions);
            let Some(&check) = expressions.get(number) else {
                return true;
            };
            let (context, slot) = ((*node).ss.ps.ps_ExprContext, (*node).ss.ss_ScanTupleSlot);
            pg_sys::MemoryContextReset((*context).ecxt_per_tuple_memory);
            pg_sys::ExecClearTuple(slot);
            // It is reported when the row itself is stored.
            if self.tuple.store(row, slot).is_err() {
                return true;
            }
            (*context).ecxt_scantuple = slot;
            let mut null = false;
            let holds = pg_sys::ExecEvalExprSwitchContext(check, context, &raw mut null);
            pg_sys::ExecClearTuple(slot);
            !null && holds.value() != 0
        }
    }

    /// Counts a row against `maxrows`.
    fn allow(&mut self, row: Row) -> Option<Row> {
        let Some(left) = &mut self.left else {
            return Some(row);
        };
        if *left == 0 {
            let message =
                format!("reading of \"{}\" was stopped by option maxrows", self.plan.table);
            tell(PgLogLevel::WARNING, message, "There are more rows. Raise or drop the option.");
            self.stop();
            self.ended = true;
            self.buffer.exhaust();
            return None;
        }
        *left -= 1;
        Some(row)
    }

    fn tell(&self, notice: Notice) {
        match notice {
            Notice::FirstProject { id, name } => {
                if session::first_time(self.server) {
                    let server = options::server_name(self.server);
                    let message =
                        format!("server \"{server}\" reads only project {id} (\"{name}\")");
                    let hint = "Set option projectid to all, or to the ids of projects, or add a condition on project_id.";
                    tell(PgLogLevel::WARNING, message, hint);
                }
            }
            Notice::CutShort { pages } => {
                let table = &self.plan.table;
                let message = format!(
                    "reading of \"{table}\" was stopped after {pages} pages by option maxpages"
                );
                tell(PgLogLevel::WARNING, message, "There are more rows. Raise the option.");
            }
        }
    }

    /// Evaluates the plan's expressions.
    unsafe fn arguments(&self, node: *mut pg_sys::ForeignScanState) -> Vec<Argument> {
        // SAFETY: the expressions were initialized under this node, whose context is for them.
        unsafe {
            let context = (*node).ss.ps.ps_ExprContext;
            nodes::<pg_sys::ExprState>(self.expressions)
                .into_iter()
                // The check of incomplete rows is the last one, and needs a row.
                .take(self.plan.check.unwrap_or(usize::MAX))
                .map(|expression| {
                    let mut null = false;
                    let datum =
                        pg_sys::ExecEvalExprSwitchContext(expression, context, &raw mut null);
                    let oid = pg_sys::exprType((*expression).expr.cast());
                    if oid == pg_sys::BOOLOID {
                        Argument::Flag(!null && datum.value() != 0)
                    } else {
                        Argument::Values(scalars(oid, datum, null).unwrap_or_default())
                    }
                })
                .collect()
        }
    }
}

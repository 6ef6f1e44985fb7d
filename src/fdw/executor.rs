//! Begin, iterate, rescan, end: the plan runs, one row at a time.
//!
//! The state belongs to the query's memory context, so an error anywhere frees it and with it the
//! task and its requests.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::task::Poll;

use pgrx::prelude::*;
use pgrx::{PgMemoryContexts, PgRelation, PgTupleDesc, pg_sys};

use super::datum::{Target, nodes, scalars};
use super::report::{OrReport as _, raise, tell};
use super::session::Share;
use super::wait::{Fetch, Job, Waiter};
use super::{options, planner, private, session};
use crate::api::{Client, Meter};
use crate::error::Result;
use crate::plan::Scan;
use crate::rows::{Argument, Batch, Notice, Rest, Row, Rows};

/// Rows that a scan keeps at most to show them again without asking; more are fetched again.
const KEPT: usize = 50_000;

/// A running scan.
pub struct State {
    /// What is read.
    pub scan: Arc<Scan>,
    server: pg_sys::Oid,
    server_name: String,
    client: Client,
    share: Arc<Share>,
    /// What it cost so far.
    pub meter: Arc<Meter>,
    expressions: *mut pg_sys::List,
    /// For each cell: the column's place in the tuple, and how values go in.
    targets: Vec<(usize, Target)>,
    fetch: Option<Fetch>,
    ended: bool,
    /// Rows of the last page that lack members, and how many of them to complete next.
    rest: Option<Rest>,
    step: usize,
    completing: Option<Job<Result<Vec<Row>>>>,
    /// Who waits for what this scan has asked.
    waiter: Waiter,
    buffer: Buffer,
    /// Rows still allowed by `maxrows`.
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

/// Rows that came and were not handed out yet; those handed out too, while they may be wanted again.
#[derive(Default)]
struct Buffer {
    rows: Vec<Row>,
    next: usize,
    keep: bool,
}

impl Buffer {
    fn is_empty(&self) -> bool {
        self.next >= self.rows.len()
    }

    fn take(&mut self) -> Option<Row> {
        let row = self.rows.get_mut(self.next)?;
        self.next += 1;
        Some(if self.keep { row.clone() } else { std::mem::take(row) })
    }

    fn fill(&mut self, rows: Vec<Row>) {
        if self.keep && self.rows.len() + rows.len() <= KEPT {
            self.rows.extend(rows);
            return;
        }
        self.keep = false;
        self.rows = rows;
        self.next = 0;
    }
}

/// Prepares a scan; with EXPLAIN alone nothing is.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn begin_foreign_scan(
    node: *mut pg_sys::ForeignScanState,
    flags: i32,
) {
    if flags as u32 & pg_sys::EXEC_FLAG_EXPLAIN_ONLY != 0 {
        return;
    }
    // SAFETY: PostgreSQL passes a node that it just made; its state is ours to set.
    unsafe {
        let keep = flags as u32 & pg_sys::EXEC_FLAG_REWIND != 0;
        let state = State::new(node, keep).or_report();
        let context = (*(*node).ss.ps.state).es_query_cxt;
        (*node).fdw_state = PgMemoryContexts::For(context).leak_and_drop_on_delete(state).cast();
    }
}

impl State {
    unsafe fn new(node: *mut pg_sys::ForeignScanState, keep: bool) -> Result<Self> {
        // SAFETY: the node and its plan are PostgreSQL's own and outlive the state.
        unsafe {
            let plan = (*node).ss.ps.plan.cast::<pg_sys::ForeignScan>();
            let scan = private::unpack((*plan).fdw_private)?;
            let relation = (*node).ss.ss_currentRelation;
            let (server, options) = options::of_table((*relation).rd_id);
            let user = planner::effective(owner(node, plan));
            let client = session::client(server, user)?;
            let meter = Arc::new(Meter::default());
            let parent = &raw mut (*node).ss.ps;
            let expressions = pg_sys::ExecInitExprList((*plan).fdw_exprs, parent);
            Ok(Self {
                targets: targets(&scan, relation),
                scan: Arc::new(scan),
                server,
                server_name: options::text((*pg_sys::GetForeignServer(server)).servername),
                client: client.metered(Arc::clone(&meter)),
                share: session::share((*node).ss.ps.state as usize, server, user),
                meter,
                expressions,
                fetch: None,
                ended: false,
                rest: None,
                step: 1,
                completing: None,
                waiter: if (*node).ss.ps.async_capable { Waiter::Append } else { Waiter::Ours },
                buffer: Buffer { keep, ..Buffer::default() },
                left: options.max_rows(),
            })
        }
    }

    /// The next row, waiting for Basecamp if need be. Under an Append that waits itself, only a row
    /// that is at hand.
    unsafe fn next(&mut self, node: *mut pg_sys::ForeignScanState) -> Result<Option<Row>> {
        // SAFETY: the node that the state belongs to.
        if self.waiter == Waiter::Ours && unsafe { self.advance(node)? } != Progress::Ready {
            return Ok(None);
        }
        let row = self.buffer.take();
        Ok(row.and_then(|row| self.allow(row)))
    }

    /// Has a row at hand, if there are more: asks for it, and waits unless an Append does.
    pub unsafe fn advance(&mut self, node: *mut pg_sys::ForeignScanState) -> Result<Progress> {
        let waiter = self.waiter;
        while self.buffer.is_empty() {
            if let Some(job) = self.complete()? {
                let rows = match waiter {
                    Waiter::Ours => job.wait()?,
                    Waiter::Append => match job.poll()? {
                        Poll::Ready(rows) => rows,
                        Poll::Pending => return Ok(Progress::Waiting),
                    },
                };
                self.completing = None;
                self.buffer.fill(rows?);
                continue;
            }
            if self.ended {
                return Ok(Progress::Ended);
            }
            // SAFETY: the node that the state belongs to.
            let fetch = unsafe { self.fetch(node)? };
            let batch = match waiter {
                Waiter::Ours => fetch.wait()?,
                Waiter::Append => match fetch.poll()? {
                    Poll::Ready(batch) => batch,
                    Poll::Pending => return Ok(Progress::Waiting),
                },
            };
            match batch {
                // SAFETY: the node that the state belongs to.
                Some(batch) => unsafe { self.accept(batch, node) },
                None => {
                    self.fetch = None;
                    self.ended = true;
                }
            }
        }
        Ok(Progress::Ready)
    }

    /// What fetches, started if it is not.
    unsafe fn fetch(&mut self, node: *mut pg_sys::ForeignScanState) -> Result<&mut Fetch> {
        let fetch = match self.fetch.take() {
            Some(fetch) => fetch,
            None => {
                // SAFETY: the node that the state belongs to.
                let arguments = unsafe { self.arguments(node) };
                let (scan, shared) = (Arc::clone(&self.scan), self.share.shared());
                let rows = Rows::new(scan, arguments, self.client.clone(), shared);
                Fetch::start(rows, self.waiter)?
            }
        };
        Ok(self.fetch.insert(fetch))
    }

    /// Readable when what the scan waits for may have come.
    pub fn descriptor(&self) -> Option<RawFd> {
        let completing = self.completing.as_ref().map(Job::descriptor);
        completing.or_else(|| self.fetch.as_ref().map(Fetch::descriptor))
    }

    /// Ends what is under way.
    pub fn stop(&mut self) {
        self.fetch = None;
        self.rest = None;
        self.completing = None;
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

    /// What completes further rows of the last page, more at a time the longer they are wanted; none
    /// where all are complete.
    fn complete(&mut self) -> Result<Option<&mut Job<Result<Vec<Row>>>>> {
        if self.completing.is_none() {
            let Some(rest) = self.rest.as_mut().filter(|rest| !rest.is_empty()) else {
                self.rest = None;
                return Ok(None);
            };
            let most = self.client.concurrency();
            let wanted = self.scan.at_once.and_then(|rows| usize::try_from(rows).ok());
            let mut next = rest.split(wanted.unwrap_or(self.step).min(most));
            self.step = (self.step * 2).min(most);
            let job = Job::start(async move { next.take(usize::MAX).await }, self.waiter)?;
            self.completing = Some(job);
        }
        Ok(self.completing.as_mut())
    }

    /// Whether a row satisfies the conditions that can be checked before it is complete.
    unsafe fn passes(&self, row: Row, node: *mut pg_sys::ForeignScanState) -> bool {
        let Some(number) = self.scan.check else {
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
            self.store(row, slot);
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
                format!("reading of \"{}\" was stopped by option maxrows", self.scan.table);
            tell(PgLogLevel::WARNING, message, "There are more rows. Raise or drop the option.");
            self.stop();
            self.ended = true;
            self.buffer = Buffer::default();
            return None;
        }
        *left -= 1;
        Some(row)
    }

    fn tell(&self, notice: Notice) {
        match notice {
            Notice::FirstProject { id, name } => {
                if session::first_time(self.server) {
                    let server = &self.server_name;
                    let message =
                        format!("server \"{server}\" reads only project {id} (\"{name}\")");
                    let hint = "Set option projectid to all, or to the ids of projects, or add a condition on project_id.";
                    tell(PgLogLevel::NOTICE, message, hint);
                }
            }
            Notice::CutShort { pages } => {
                let table = &self.scan.table;
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
                .take(self.scan.check.unwrap_or(usize::MAX))
                .map(|expression| {
                    let mut null = false;
                    let datum =
                        pg_sys::ExecEvalExprSwitchContext(expression, context, &raw mut null);
                    let oid = pg_sys::exprType((*expression).expr.cast());
                    if oid == pg_sys::BOOLOID {
                        Argument::Flag(!null && datum.value() != 0)
                    } else {
                        Argument::Keys(scalars(oid, datum, null).unwrap_or_default())
                    }
                })
                .collect()
        }
    }

    unsafe fn store(&self, row: Row, slot: *mut pg_sys::TupleTableSlot) {
        // SAFETY: the slot is cleared; targets were made from its own descriptor.
        unsafe {
            let columns = (*(*slot).tts_tupleDescriptor).natts as usize;
            for column in 0..columns {
                *(*slot).tts_isnull.add(column) = true;
            }
            for ((column, target), value) in self.targets.iter().zip(row) {
                if let Some(datum) = value.and_then(|value| target.datum(value)) {
                    *(*slot).tts_values.add(*column) = datum;
                    *(*slot).tts_isnull.add(*column) = false;
                }
            }
            pg_sys::ExecStoreVirtualTuple(slot);
        }
    }

    /// Starts again. Rows at hand are shown again if the parameters are the same.
    fn restart(&mut self, changed: bool) {
        if !changed && self.buffer.keep {
            self.buffer.next = 0;
            return;
        }
        self.stop();
        self.ended = false;
        self.step = 1;
        self.buffer = Buffer { keep: self.buffer.keep, ..Buffer::default() };
    }
}

/// The owner of the view through which the table is read; invalid: the current user.
unsafe fn owner(
    node: *mut pg_sys::ForeignScanState,
    plan: *mut pg_sys::ForeignScan,
) -> pg_sys::Oid {
    #[cfg(feature = "pg15")]
    // SAFETY: scanrelid numbers the range table from 1.
    unsafe {
        let table = nodes::<pg_sys::RangeTblEntry>((*(*node).ss.ps.state).es_range_table);
        let place = (*plan).scan.scanrelid as usize;
        table.get(place - 1).map_or(pg_sys::InvalidOid, |entry| (**entry).checkAsUser)
    }
    #[cfg(not(feature = "pg15"))]
    // SAFETY: a field of the plan node.
    unsafe {
        let _ = node;
        (*plan).checkAsUser
    }
}

unsafe fn targets(scan: &Scan, relation: pg_sys::Relation) -> Vec<(usize, Target)> {
    // SAFETY: the relation is open for as long as the query runs.
    let relation = unsafe { PgRelation::from_pg(relation) };
    let descriptor: PgTupleDesc<'_> = relation.tuple_desc();
    let place = |name: &str| {
        descriptor.iter().enumerate().find(|(_, each)| !each.attisdropped && each.name() == name)
    };
    let cells = scan.cells.iter();
    cells
        .filter_map(|cell| {
            let (place, attribute) = place(&cell.name)?;
            Some((place, Target::new(cell.ty, attribute.atttypid, attribute.atttypmod)))
        })
        .collect()
}

/// The state of a scan that was begun; none under EXPLAIN alone.
pub unsafe fn state<'a>(node: *mut pg_sys::ForeignScanState) -> Option<&'a mut State> {
    // SAFETY: fdw_state is null or the box that begin_foreign_scan made.
    unsafe { (*node).fdw_state.cast::<State>().as_mut() }
}

/// The next row; an empty slot at the end.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn iterate_foreign_scan(
    node: *mut pg_sys::ForeignScanState,
) -> *mut pg_sys::TupleTableSlot {
    pgrx::check_for_interrupts!();
    // SAFETY: the node was begun; datums go into the per-tuple context that is current here.
    unsafe {
        let slot = (*node).ss.ss_ScanTupleSlot;
        pg_sys::ExecClearTuple(slot);
        if let Some(state) = state(node) {
            match state.next(node) {
                Ok(Some(row)) => state.store(row, slot),
                Ok(None) => {}
                Err(error) => {
                    state.stop();
                    raise(&error.in_reading(&state.scan.table))
                }
            }
        }
        slot
    }
}

/// Starts a scan again, with new parameters or with the same.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn rescan_foreign_scan(node: *mut pg_sys::ForeignScanState) {
    // SAFETY: the node was begun.
    unsafe {
        let changed = !(*node).ss.ps.chgParam.is_null();
        if let Some(state) = state(node) {
            state.restart(changed);
        }
    }
}

/// Ends a scan's requests early; the memory context frees the rest.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn end_foreign_scan(node: *mut pg_sys::ForeignScanState) {
    // SAFETY: the node was begun.
    if let Some(state) = unsafe { state(node) } {
        state.stop();
        state.buffer = Buffer::default();
    }
}

//! What a table that is written to keeps between its rows.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use pgrx::{PgTryBuilder, pg_sys};

use super::columns::{Key, Wanted, find_junk, has_update_trigger, junk, named};
use super::planner::WHOLE_ROW;
use super::slot::{attribute, composite, tuple_of};
use super::unfinished;
use crate::error::{Error, Kind, Result};
use crate::fdw::report::tell;
use crate::fdw::scan::datum;
use crate::fdw::scan::tuple::Tuple;
use crate::fdw::session::{self, Share, SharedLedger};
use crate::fdw::shown::{Column, Shown};
use crate::fdw::token::journal;
use crate::fdw::{compat, setting, wait};
use crate::plan::Cell;
use crate::plan::change::{self, Values, Write};
use crate::rows::{Changed, Failure, Journal, Manner, Outcome, Sent, Writer};

/// Requests of a rehearsal that are told one by one; of more the number is told.
const TOLD: u64 = 100;

/// A table that is written to.
pub struct State {
    /// What it shows.
    pub shown: Shown,
    /// Whether new rows keep their order.
    pub ordered: bool,
    writer: Writer,
    /// Where the cells go that are wanted of a written row; none: nothing is.
    tuple: Option<Tuple>,
    /// Columns that identify a row, and where the scan delivers them.
    keys: Vec<Key>,
    /// Where the scan delivers the old row; 0: nowhere.
    whole: i16,
    /// The columns that an UPDATE names.
    named: Vec<i16>,
    /// Whether triggers may change others.
    triggered: bool,
    ledger: SharedLedger,
    /// Where requests are noted for the log of writes, if they are.
    journal: Option<Arc<Journal>>,
    user: pg_sys::Oid,
    rehearsed: u64,
    _share: Arc<Share>,
}

/// What is begun: which rows of which statement.
pub struct Beginning {
    /// The table.
    pub relation: *mut pg_sys::ResultRelInfo,
    /// The query.
    pub estate: *mut pg_sys::EState,
    /// The node whose rows say what is changed; null for new rows.
    pub subplan: *mut pg_sys::Plan,
    /// Whether new rows keep their order.
    pub ordered: bool,
    /// The columns that are wanted of a written row.
    pub wanted: Wanted,
}

impl State {
    /// Prepares to write; nothing is sent yet.
    ///
    /// # Errors
    /// When the user may not write or cannot connect.
    ///
    /// # Safety
    /// The pointers are those of a statement that begins.
    pub unsafe fn new(begun: &Beginning) -> Result<Self> {
        setting::check_writes()?;
        // SAFETY: as the caller says.
        unsafe {
            let relation = (*begun.relation).ri_RelationDesc;
            let shown = Shown::of((*relation).rd_id)?;
            let user = compat::writer(begun.relation, begun.estate);
            let client = session::client(shown.server, user)?.caching(shown.settings.cache_ttl());
            let share = session::share(begun.estate as usize, shown.server, user);
            let cells = cells(&shown, &begun.wanted)?;
            let of_relation = || Tuple::of((*relation).rd_id, &cells, (*relation).rd_att);
            let tuple = (!cells.is_empty()).then(of_relation);
            let of = (shown.settings.version(), shown.table);
            let checks = shown.settings.checks_updates();
            let journal = journal::open();
            let manner =
                Manner { rehearses: setting::rehearses(), checks, journal: journal.clone() };
            let writer = Writer::new(client, share.known(), of, cells, manner)?;
            warn_of_transactions();
            let ledger = session::ledger(begun.estate as usize);
            unfinished::begin(&ledger);
            Ok(Self {
                ordered: begun.ordered,
                writer,
                tuple,
                keys: junk(&shown, begun.subplan),
                whole: find_junk(begun.subplan, WHOLE_ROW),
                named: match begun.subplan.is_null() {
                    true => Vec::new(),
                    false => named(begun.relation, begun.estate),
                },
                triggered: has_update_trigger(begun.relation),
                ledger,
                journal,
                user,
                rehearsed: 0,
                _share: share,
                shown,
            })
        }
    }

    /// The statement ends as it should.
    pub fn end(&self) {
        unfinished::end(&self.ledger);
    }

    /// Makes the row in a slot, which then has what Basecamp made of it.
    ///
    /// # Errors
    /// Whatever Basecamp answered, with what was written before.
    ///
    /// # Safety
    /// The slot is of the relation and full.
    pub unsafe fn insert(&mut self, slot: *mut pg_sys::TupleTableSlot) -> Result<()> {
        // SAFETY: as the caller says.
        let write = unsafe { self.new_row(slot) };
        let changed =
            self.send(write, |writer, write| async move { writer.insert(write).await })?;
        // SAFETY: as the caller says.
        unsafe { self.show(changed, slot) }
    }

    /// Makes the rows in some slots side by side.
    ///
    /// # Errors
    /// As [`Self::insert`]; of several failures one whose outcome is not known.
    ///
    /// # Safety
    /// The slots are of the relation and full.
    pub unsafe fn insert_all(&mut self, slots: &[*mut pg_sys::TupleTableSlot]) -> Result<()> {
        // SAFETY: as the caller says.
        let writes = slots.iter().map(|slot| unsafe { self.new_row(*slot) });
        let writes = writes.collect::<Result<Vec<_>>>();
        let writes = writes.map_err(|error| self.told(error.into(), slots.len()))?;
        let writer = self.writer.clone();
        let outcomes = self.wait(async move { writer.insert_all(writes).await })?;
        let left = slots.len() - outcomes.len();
        let mut failures = Vec::new();
        for (_, outcome) in outcomes {
            match outcome {
                Ok(changed) => self.note(changed),
                Err(failure) => failures.push(failure),
            }
        }
        // What may have been written and is not known is what has to be looked for.
        failures.sort_by_key(|failure| failure.error.kind() != Kind::Unresolved);
        let more = failures.len().saturating_sub(1);
        match failures.into_iter().next() {
            Some(failure) => Err(self.told(failure.with_others(more), left)),
            None => Ok(()),
        }
    }

    /// Changes the row that a scan delivered to what is in a slot.
    ///
    /// # Errors
    /// As [`Self::insert`].
    ///
    /// # Safety
    /// The slots are those of one row of an UPDATE.
    pub unsafe fn update(
        &mut self,
        slot: *mut pg_sys::TupleTableSlot,
        plan_slot: *mut pg_sys::TupleTableSlot,
    ) -> Result<()> {
        // SAFETY: as the caller says.
        let (old, new) = unsafe { (self.old(plan_slot)?, self.news(slot, plan_slot)?) };
        let writes = change::update(self.shown.table, &new, &old);
        let changed =
            self.send(writes, |writer, writes| async move { writer.change(writes, old).await })?;
        // SAFETY: as the caller says.
        unsafe { self.show(changed, slot) }
    }

    /// Removes the row that a scan delivered; the slot then has what it was, where that was delivered.
    ///
    /// # Errors
    /// As [`Self::insert`].
    ///
    /// # Safety
    /// The slots are those of one row of a DELETE.
    pub unsafe fn delete(
        &mut self,
        slot: *mut pg_sys::TupleTableSlot,
        plan_slot: *mut pg_sys::TupleTableSlot,
    ) -> Result<()> {
        // SAFETY: as the caller says.
        let old = unsafe { self.old(plan_slot)? };
        let write = change::delete(self.shown.table, &old);
        let changed =
            self.send(write, |writer, write| async move { writer.change(vec![write], old).await })?;
        self.note(changed);
        // SAFETY: the slot is the plan's.
        unsafe {
            if let Some(header) = composite(plan_slot, self.whole) {
                let mut tuple = tuple_of(header);
                let copy = pg_sys::heap_copytuple(&raw mut tuple);
                pg_sys::ExecForceStoreHeapTuple(copy, slot, true);
            }
        }
        Ok(())
    }

    /// The request for a new row.
    unsafe fn new_row(&self, slot: *mut pg_sys::TupleTableSlot) -> Result<Write> {
        // SAFETY: a slot of the relation.
        let values = unsafe { self.values(slot, |_| true)? };
        let Shown { settings, table, .. } = &self.shown;
        change::insert((settings.version(), table), &settings.fence().into(), &values)
    }

    /// The values of some columns of a slot.
    unsafe fn values(
        &self,
        slot: *mut pg_sys::TupleTableSlot,
        wanted: impl Fn(&Column) -> bool,
    ) -> Result<Values> {
        let mut values = Values::new();
        for column in self.shown.columns.iter().filter(|column| wanted(column)) {
            // SAFETY: the number of a column of the slot's relation.
            let datum = unsafe { attribute(slot, column.number) };
            match (column.ours, datum) {
                (Some(ours), Some(datum)) => {
                    // SAFETY: the datum is of the declared type.
                    let value = unsafe { datum::value(datum, column.oid, ours.ty)? };
                    values.push((ours.name, value));
                }
                (Some(ours), None) => values.push((ours.name, None)),
                (None, Some(_)) => return Err(unwritable(column)),
                (None, None) => {}
            }
        }
        Ok(values)
    }

    /// What identifies the row that a scan delivered.
    unsafe fn old(&self, plan_slot: *mut pg_sys::TupleTableSlot) -> Result<Values> {
        let keys = self.keys.iter().map(|key| {
            // SAFETY: the scan delivers this column there.
            let value = unsafe {
                attribute(plan_slot, key.number)
                    .map(|datum| datum::value(datum, key.oid, key.ty))
                    .transpose()?
            };
            Ok((key.name, value.flatten()))
        });
        keys.collect()
    }

    /// The new values: of named columns, and of those that triggers changed.
    unsafe fn news(
        &self,
        slot: *mut pg_sys::TupleTableSlot,
        plan_slot: *mut pg_sys::TupleTableSlot,
    ) -> Result<Values> {
        // SAFETY: slots of one row.
        unsafe {
            let old = if self.triggered { self.old_values(plan_slot)? } else { Values::new() };
            let mut values = self.values(slot, |column| {
                self.named.contains(&column.number) || (self.triggered && column.ours.is_some())
            })?;
            let named = |name: &str| {
                let mut columns = self.shown.columns.iter();
                let column = columns.find(|column| column.ours.is_some_and(|it| it.name == name));
                column.is_some_and(|column| self.named.contains(&column.number))
            };
            values.retain(|new| named(new.0) || !old.contains(new));
            Ok(values)
        }
    }

    /// The old row as the scan delivered it.
    unsafe fn old_values(&self, plan_slot: *mut pg_sys::TupleTableSlot) -> Result<Values> {
        // SAFETY: the whole row is a composite datum of the relation's type.
        unsafe {
            let Some(header) = composite(plan_slot, self.whole) else {
                return Ok(Values::new());
            };
            let mut values = Values::new();
            for column in &self.shown.columns {
                let Some(ours) = column.ours else { continue };
                let mut null = false;
                let datum = pg_sys::GetAttributeByNum(header, column.number, &raw mut null);
                let value = if null { None } else { datum::value(datum, column.oid, ours.ty)? };
                values.push((ours.name, value));
            }
            Ok(values)
        }
    }

    /// Waits for what is written. If a cancel comes first, what was written is told all the same.
    fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        let ledger = AssertUnwindSafe(SharedLedger::clone(&self.ledger));
        let (server, user) = (self.shown.server, self.user);
        let journal = AssertUnwindSafe(self.journal.clone());
        let waited = PgTryBuilder::new(AssertUnwindSafe(|| wait::run(future)))
            .catch_others(move |caught: CaughtError| {
                let message = "a write to Basecamp was interrupted".to_owned();
                let told = ledger.borrow().summary();
                let hint = "What was under way may have been carried out or not: look in Basecamp.";
                tell(PgLogLevel::WARNING, message, &format!("{told} {hint}"));
                journal::keep(server, user, journal.as_ref());
                caught.rethrow()
            })
            .execute();
        journal::keep(server, user, self.journal.as_ref());
        waited
    }

    /// Has the requests of one row sent, and tells of a failure what was written before.
    fn send<W, F>(&self, made: Result<W>, send: impl FnOnce(Writer, W) -> F) -> Result<Changed>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let made = made.map_err(|error| self.told(error.into(), 0))?;
        let outcome = self.wait(send(self.writer.clone(), made))?;
        outcome.map_err(|failure| self.told(failure, 0))
    }

    fn told(&self, failure: Failure, left: usize) -> Error {
        self.ledger.borrow().told(failure, left)
    }

    /// Takes note of a row that was written.
    fn note(&mut self, changed: Changed) {
        if changed.unsent.is_empty() {
            self.ledger.borrow_mut().note(changed.id);
        }
        changed.unsent.iter().for_each(|sent| self.rehearse(sent));
    }

    /// Tells what would be sent.
    fn rehearse(&mut self, sent: &Sent) {
        self.rehearsed += 1;
        if self.rehearsed <= TOLD {
            let message = format!("would send {}", sent.request);
            tell(PgLogLevel::NOTICE, message, sent.body.as_deref().unwrap_or("No body."));
        }
    }

    /// Puts a written row into its slot, where it is wanted.
    unsafe fn show(
        &mut self,
        mut changed: Changed,
        slot: *mut pg_sys::TupleTableSlot,
    ) -> Result<()> {
        let row = changed.row.take();
        self.note(changed);
        if let Some((row, tuple)) = row.zip(self.tuple.as_ref()) {
            // SAFETY: a slot of the relation; what it had is not needed any more.
            unsafe {
                pg_sys::ExecClearTuple(slot);
                tuple.store(row, slot)?;
            }
        }
        Ok(())
    }
}

/// Says once a session, inside a transaction, that Basecamp has none.
pub fn warn_of_transactions() {
    // SAFETY: reads the state of the transaction.
    if !unsafe { pg_sys::IsTransactionBlock() } || !session::first_write() {
        return;
    }
    let message = "changes of Basecamp take effect at once".to_owned();
    tell(PgLogLevel::WARNING, message, "A ROLLBACK of this transaction does not take them back.");
}

/// The cells that are wanted of a written row.
fn cells(shown: &Shown, wanted: &Wanted) -> Result<Vec<Cell>> {
    let columns = shown.columns.iter().filter(|column| wanted.has(column.number));
    columns.map(Column::cell).collect()
}

fn unwritable(column: &Column) -> Error {
    let message = format!("column \"{}\" cannot be written", column.name);
    Error::new(Kind::Unsupported, message)
        .detail("It shows a place of the record that option field names.")
}

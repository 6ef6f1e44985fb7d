//! ANALYZE: a sample of a foreign table, of a bounded number of requests.

use std::sync::Arc;

use pgrx::pg_sys;
use pgrx::prelude::*;

use super::planner::effective;
use super::relation::Relation;
use super::tuple::Tuple;
use crate::error::Result;
use crate::fdw::report::{OrReport as _, tell};
use crate::fdw::{options, session, wait};
use crate::plan::Plan;
use crate::rows::{Held, Known, Row, Rows};

/// Can it be analyzed? Not a table that needs a condition.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn analyze_foreign_table(
    relation: pg_sys::Relation,
    sample: *mut pg_sys::AcquireSampleRowsFunc,
    pages: *mut pg_sys::BlockNumber,
) -> bool {
    // SAFETY: PostgreSQL passes a relation that it has locked, and places for what it wants to know.
    unsafe { offer(relation, sample, pages) }.or_report()
}

/// Puts a sample into the array and says how many rows there are in all.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn acquire_sample_rows(
    relation: pg_sys::Relation,
    level: i32,
    places: *mut pg_sys::HeapTuple,
    most: i32,
    total: *mut f64,
    dead: *mut f64,
) -> i32 {
    // SAFETY: PostgreSQL passes a relation that it has locked, and an array of that many places.
    unsafe { sample(relation, level, places, most, (total, dead)) }.or_report()
}

/// Says who takes samples; false where the table needs a condition.
unsafe fn offer(
    relation: pg_sys::Relation,
    sample: *mut pg_sys::AcquireSampleRowsFunc,
    pages: *mut pg_sys::BlockNumber,
) -> Result<bool> {
    // SAFETY: as the caller says.
    unsafe {
        let opened = Relation::open((*relation).rd_id, effective(pg_sys::InvalidOid))?;
        let plan = opened.plan_whole()?;
        *sample = Some(acquire_sample_rows);
        // It has none; 0 would mean that it was never analyzed.
        *pages = 1;
        Ok(plan.needs().is_none())
    }
}

/// Takes a sample, and says how many rows there are: living and dead ones.
unsafe fn sample(
    relation: pg_sys::Relation,
    level: i32,
    places: *mut pg_sys::HeapTuple,
    most: i32,
    (total, dead): (*mut f64, *mut f64),
) -> Result<i32> {
    // SAFETY: as the caller says.
    unsafe {
        let most = usize::try_from(most).unwrap_or_default();
        let sample = Sample::take((*relation).rd_id, most)?;
        if level >= pg_sys::INFO as i32 {
            tell(PgLogLevel::INFO, sample.sentence(), "");
        }
        *total = sample.total;
        *dead = 0.0;
        let count = sample.rows.len();
        form(relation, &sample.plan, sample.rows, places)?;
        Ok(i32::try_from(count).unwrap_or_default())
    }
}

/// Rows of a table, and how many there are.
struct Sample {
    plan: Arc<Plan>,
    rows: Vec<Row>,
    total: f64,
    requests: u64,
    allowed: u64,
}

impl Sample {
    /// Takes the first rows that a number of requests brings.
    ///
    /// # Safety
    /// The table is locked.
    unsafe fn take(table: pg_sys::Oid, most: usize) -> Result<Self> {
        let user = effective(pg_sys::InvalidOid);
        let (server, settings) = options::of_table(table)?;
        let allowed = settings.analyze_requests();
        // SAFETY: as the caller says.
        let opened = unsafe { Relation::open(table, user)? };
        let plan = Arc::new(opened.plan_whole()?);
        let client = session::client(server, user)?.sparing(allowed);
        let known = Arc::new(Known::new(session::sizes(server, user)));
        let reading = Rows::new(Arc::clone(&plan), Vec::new(), client.clone(), known)?;
        let asking = client.clone();
        let (rows, whole) =
            wait::run(async move { read(reading, most, || asking.is_spent()).await })??;
        let mut rows = rows.into_rows();
        rows.truncate(most);
        let came = rows.len() as f64;
        // What the sample told of sizes counts by now.
        let total = if whole { came } else { opened.plan_whole()?.estimate.rows.max(came) };
        let requests = client.spent().unwrap_or_default();
        Ok(Self { plan, rows, total, requests, allowed })
    }

    fn sentence(&self) -> String {
        let Self { plan, rows, total, requests, allowed } = self;
        format!(
            "\"{}\": sampled the first {} rows of about {total} with {requests} requests of {allowed} \
             that option analyzerequests allows",
            plan.table,
            rows.len()
        )
    }
}

/// Reads until there are enough rows, there are no more, or no request is left. Whether these are all.
async fn read(mut reading: Rows, most: usize, is_spent: impl Fn() -> bool) -> Result<(Held, bool)> {
    let mut rows = Held::default();
    loop {
        let batch = match reading.next().await {
            Ok(Some(batch)) => batch,
            Ok(None) => return Ok((rows, true)),
            Err(_) if is_spent() => return Ok((rows, false)),
            Err(error) => return Err(error),
        };
        match batch.finish().await {
            Ok(batch) => rows.append(batch.rows),
            Err(_) if is_spent() => return Ok((rows, false)),
            Err(error) => return Err(error),
        }
        if rows.count() >= most {
            return Ok((rows, false));
        }
    }
}

/// Makes tuples of rows.
unsafe fn form(
    relation: pg_sys::Relation,
    plan: &Plan,
    rows: Vec<Row>,
    places: *mut pg_sys::HeapTuple,
) -> Result<()> {
    // SAFETY: the array has a place for each row; the slot is of the relation, which is open.
    unsafe {
        let descriptor = (*relation).rd_att;
        let tuple = Tuple::of((*relation).rd_id, &plan.cells, descriptor);
        let slot = pg_sys::MakeSingleTupleTableSlot(descriptor, &raw const pg_sys::TTSOpsVirtual);
        for (place, row) in rows.into_iter().enumerate() {
            pg_sys::ExecClearTuple(slot);
            tuple.store(row, slot)?;
            *places.add(place) =
                pg_sys::heap_form_tuple(descriptor, (*slot).tts_values, (*slot).tts_isnull);
        }
        pg_sys::ExecDropSingleTupleTableSlot(slot);
    }
    Ok(())
}

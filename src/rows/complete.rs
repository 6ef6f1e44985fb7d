//! Members that a listing leaves out are filled in from single records, never shown as NULL.
//!
//! A listing may lack a member by design, or give a reduced shape that nobody promises. Only wanted
//! members and only rows in the scope cost a request.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join_all;

use super::record::{Record, weight};
use super::{Context, Held, Row};
use crate::catalog::Source;
use crate::error::Result;
use crate::plan::Step;
use crate::plan::route::address;
use crate::value::{Document, Scalar, Value};

/// Finds the records that lack wanted members, and where their whole records are.
#[derive(Debug)]
pub struct Completion {
    context: Arc<Context>,
    /// Whether members are known to be missing, rather than in a reduced shape alone.
    late: bool,
    /// Members of the listing that mean something else there, because its records are of another kind.
    foreign: &'static [&'static str],
}

impl Completion {
    /// For a step that completes.
    pub fn new(context: &Arc<Context>, step: &Step) -> Self {
        let late = matches!(step, Step::Complete { late, .. } if !late.is_empty());
        let asks = step.asks();
        let source = asks.first().and_then(|ask| ask.endpoint.of(context.table));
        let mixed = context.table.keep.is_some();
        let foreign = source.filter(|_| mixed).map_or(&[][..], |source| source.lacks);
        Self { context: Arc::clone(context), late, foreign }
    }

    /// Notes where records are whole.
    ///
    /// # Errors
    /// When a column that its address needs cannot be read.
    pub fn mark(&self, mut records: Vec<Record>) -> Result<Vec<Record>> {
        for record in &mut records {
            record.single = self.address(record)?;
        }
        Ok(records)
    }

    /// Where to fetch a record that lacks a wanted member; none for one that is whole, or that has no
    /// address of its own.
    fn address(&self, record: &Record) -> Result<Option<String>> {
        let table = self.context.table;
        let reduced = || table.whole.iter().any(|member| record.document.get(member).is_none());
        if !(self.late || reduced()) || !self.context.decoder.misses(&record.document, self.foreign)
        {
            return Ok(None);
        }
        own_address(&self.context, record)
    }
}

/// Where a record is by itself, if it tells that.
fn own_address(context: &Context, record: &Record) -> Result<Option<String>> {
    for single in context.table.singles() {
        if let Some(address) = filled(context, single, record)? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

/// The address of a record, if it tells what is in the holes. Basecamp's own actors have words for
/// ids and no address of their own.
fn filled(context: &Context, single: &Source, record: &Record) -> Result<Option<String>> {
    let mut holes = Vec::new();
    for hole in single.holes() {
        let Some(Value::Bigint(id)) = context.decoder.value(hole, &record.seen())? else {
            return Ok(None);
        };
        holes.push((hole, Scalar::Id(id)));
    }
    Ok(address(single, &holes))
}

/// The project or calendar of a record as its whole record tells it, if it has one.
///
/// # Errors
/// Whatever the whole record answered but that there is none.
pub(super) async fn bucket(context: &Context, record: &Record) -> Result<Option<Document>> {
    let Some(address) = own_address(context, record)? else {
        return Ok(None);
    };
    let body = single(context, &address).await?;
    let told = body.map(Record::parse).transpose()?;
    let told = told.as_ref().and_then(|whole| whole.document.get("bucket"));
    // It was read as a part of the record.
    Ok(told.and_then(|bucket| Document::split(bucket.text().into()).ok()))
}

/// The whole record at an address, if there is one.
async fn single(context: &Context, address: &str) -> Result<Option<Bytes>> {
    let path = context.table.single().map(|single| format!("GET {}", single.path));
    let client = context.client.step(&path.unwrap_or_default());
    match context.known.single(&client, address).await {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Rows that lack wanted members, which their single records have: the consumer may want only some.
#[derive(Debug)]
pub struct Rest {
    context: Arc<Context>,
    /// Each as its listing gives it, with its cells; those in missing members are NULL.
    listed: VecDeque<(Row, Record)>,
}

impl Rest {
    /// Starts with these.
    pub(super) fn new(context: &Arc<Context>, listed: VecDeque<(Row, Record)>) -> Self {
        Self { context: Arc::clone(context), listed }
    }

    /// Forgets the rows that are not wanted, going by the cells that are there.
    pub fn retain(&mut self, mut wanted: impl FnMut(&Row) -> bool) {
        self.listed.retain(|(row, _)| wanted(row));
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Takes the next rows out, to be completed.
    #[must_use]
    pub fn split(&mut self, count: usize) -> Self {
        let count = count.min(self.listed.len());
        Self { context: Arc::clone(&self.context), listed: self.listed.drain(..count).collect() }
    }

    /// Completes all that are left, side by side.
    ///
    /// # Errors
    /// Whatever a single record answered, and values that are not what the API promises.
    pub async fn complete(self) -> Result<Held> {
        let context = &self.context;
        let whole = self.listed.into_iter().map(|(row, record)| whole(context, row, record));
        Held::new(try_join_all(whole).await?, &context.client)
    }
}

/// The row of a whole record. A record that its listing has stays a row when its own address answers
/// that there is none: it may have gone in the meantime, or is in the trash of Basecamp 2, which lists
/// what it does not show singly.
async fn whole(context: &Context, row: Row, record: Record) -> Result<Row> {
    let Some(address) = &record.single else {
        return Ok(row);
    };
    let Some(body) = single(context, address).await? else {
        return Ok(row);
    };
    let mut counted = context.client.hold();
    counted.grow(weight(&body))?;
    let whole = Record::parse(body)?;
    // What the listing tells of it stays known: its parents, and the members that it alone has.
    context.decoder.row(&record.with(&whole))
}

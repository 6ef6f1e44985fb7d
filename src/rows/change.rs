//! The requests of a write are sent: what a body repeats is read first, and what Basecamp made of it is
//! read back where it is wanted.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::Value as Json;

use super::decode::{Decoder, Row};
use super::known::Known;
use super::record::Record;
use super::{Rows, collect};
use crate::api::{Answer as Reply, Client, Method as Verb, Repeat};
use crate::catalog::{Answer, Effect as Does, Method, Role, Table, Version};
use crate::error::{Error, Kind, Result};
use crate::plan::change::{self, Values, Write};
use crate::plan::route::{Asked, address};
use crate::plan::{Binding, Cell, Effect, NothingKnown, Operand, Projects, Query, choose};
use crate::value::Scalar;

/// What writes rows of one table.
#[derive(Debug, Clone)]
pub struct Writer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    known: Arc<Known>,
    version: Version,
    table: &'static Table,
    /// What is wanted of a row once it is written; empty: nothing.
    cells: Vec<Cell>,
    decoder: Decoder,
    /// Everything is done but the writing.
    rehearses: bool,
}

/// A row that was written.
#[derive(Debug, Default)]
pub struct Changed {
    /// Its id, where it has one that is known.
    pub id: Option<i64>,
    /// The wanted cells, as Basecamp has them now; none where they are not wanted, or cannot be had.
    pub row: Option<Row>,
    /// What would have been sent, in a rehearsal.
    pub unsent: Vec<Sent>,
}

/// What became of one row.
pub type Outcome = std::result::Result<Changed, Failure>;

/// One request, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Method and address.
    pub request: String,
    /// The body, if it has one.
    pub body: Option<String>,
}

/// A row that was not written, or not all of it.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// Its id, where it has one that is known.
    pub id: Option<i64>,
    /// What was done of it before, by the names of operations.
    pub done: Vec<&'static str>,
}

impl From<Error> for Failure {
    /// A row of which nothing was sent.
    fn from(error: Error) -> Self {
        Self { error, id: None, done: Vec::new() }
    }
}

impl Failure {
    /// The same, beside so many others of which nothing else is told.
    #[must_use]
    pub fn with_others(mut self, count: usize) -> Self {
        if count > 0 {
            let rows = if count == 1 { "1 more row" } else { &format!("{count} more rows") };
            self.error = self.error.and_facts(&format!("So did {rows} that were under way fail."));
        }
        self
    }
}

impl Writer {
    /// Prepares for the rows of a table. `cells`: what is wanted of each once it is written.
    /// `rehearses`: everything is done but the writing.
    ///
    /// # Errors
    /// When a cell is none that the table has.
    pub fn new(
        client: Client,
        known: Arc<Known>,
        (version, table): (Version, &'static Table),
        cells: Vec<Cell>,
        rehearses: bool,
    ) -> Result<Self> {
        let stale = || Error::malformed(format!("\"{}\" has no such column", table.name));
        let decoder = Decoder::new(table, &cells).ok_or_else(stale)?;
        Ok(Self(Arc::new(Inner { client, known, version, table, cells, decoder, rehearses })))
    }

    /// Makes a row.
    ///
    /// # Errors
    /// Whatever Basecamp answered, with what is known of the outcome.
    pub async fn insert(&self, write: Write) -> Outcome {
        self.0.change(vec![write], &Vec::new()).await
    }

    /// Changes or removes a row that is known by these values.
    ///
    /// # Errors
    /// As [`Self::insert`].
    pub async fn change(&self, writes: Vec<Write>, row: Values) -> Outcome {
        self.0.change(writes, &row).await
    }

    /// Makes rows side by side, as many at a time as the client has places. After a failure no more
    /// are begun, and those under way are waited for. The outcomes have the numbers of the rows.
    pub async fn insert_all(
        &self,
        writes: Vec<Write>,
    ) -> Vec<(usize, Outcome)> {
        let mut waiting = writes.into_iter().enumerate();
        let begin = |(number, write)| async move { (number, self.insert(write).await) };
        let first = waiting.by_ref().take(self.0.client.concurrency()).map(begin);
        let mut running: FuturesUnordered<_> = first.collect();
        let mut outcomes = Vec::new();
        let mut failed = false;
        while let Some(outcome) = running.next().await {
            failed |= outcome.1.is_err();
            outcomes.push(outcome);
            if let Some(next) = waiting.next().filter(|_| !failed) {
                running.push(begin(next));
            }
        }
        outcomes.sort_by_key(|(number, _)| *number);
        outcomes
    }
}

impl Inner {
    async fn change(&self, writes: Vec<Write>, row: &Values) -> Outcome {
        let mut changed = Changed { id: id_of(row), ..Changed::default() };
        let mut done = Vec::new();
        match self.send_all(writes, row, &mut changed, &mut done).await {
            Ok(()) => Ok(changed),
            Err(error) => Err(Failure { error, id: changed.id, done }),
        }
    }

    async fn send_all(
        &self,
        writes: Vec<Write>,
        row: &Values,
        changed: &mut Changed,
        done: &mut Vec<&'static str>,
    ) -> Result<()> {
        let bodies = self.bodies(&writes, row).await?;
        let mut last = None;
        for (write, body) in writes.iter().zip(bodies) {
            if self.rehearses {
                changed.unsent.push(Sent::of(write, body.as_ref()));
                continue;
            }
            let sent = self.send(write, body.as_ref()).await;
            let answer = sent.map_err(|error| error.about(write.operation.name))?;
            done.push(write.operation.name);
            last = Some((write, answer));
        }
        if let Some(address) = self.single(row) {
            self.known.forget(&address);
        }
        match last {
            Some((write, answer)) => self.read_back(write, answer, row, changed).await,
            None => Ok(()),
        }
    }

    /// The bodies of all requests, before the first is sent: a record that cannot be written back stops
    /// the row before anything of it is written.
    async fn bodies(&self, writes: &[Write], row: &Values) -> Result<Vec<Option<Json>>> {
        let mut record = None;
        if writes.iter().any(|write| write.reads) {
            let address = self.single(row).ok_or_else(|| self.unaddressed())?;
            let answer = self.client.get_anew(&address).await;
            let answer = answer.map_err(|error| error.about("could not read the record"))?;
            record = Some(Record::parse(answer.body)?);
        }
        let seen = record.as_ref().map(Record::seen);
        writes.iter().map(|write| write.body(seen.as_ref())).collect()
    }

    async fn send(&self, write: &Write, body: Option<&Json>) -> Result<Reply> {
        let repeat = Repeat::AtMost(write.operation.attempts);
        let method = verb(write.operation.method);
        self.client.send(method, &write.address, body, repeat).await
    }

    /// What the row is now: by the last answer if that is the record, else by asking for it.
    async fn read_back(
        &self,
        write: &Write,
        answer: Reply,
        row: &Values,
        changed: &mut Changed,
    ) -> Result<()> {
        let inserts = write.operation.effect == Does::Insert;
        if write.operation.effect == Does::Delete || (self.cells.is_empty() && !inserts) {
            return Ok(());
        }
        let answered = write.operation.answer == Answer::Record && !answer.body.is_empty();
        if inserts {
            changed.id = answer.location.as_deref().and_then(id_in);
        }
        let record = if answered { Some(self.record(write, answer.body)?) } else { None };
        if let Some(record) = &record {
            changed.id = record.json.get(Role::Id.name()).and_then(Json::as_i64).or(changed.id);
        }
        if self.cells.is_empty() {
            return Ok(());
        }
        changed.row = match record {
            Some(record) if self.decoder.is_in(&record)? => Some(self.decoder.row(&record)?),
            _ => self.read_again(write, row, changed.id).await?,
        };
        Ok(())
    }

    fn record(&self, write: &Write, body: Bytes) -> Result<Record> {
        let parsed = Record::parse(body).map_err(|error| {
            error.and_facts("The row was written; what Basecamp answered could not be read.")
        });
        Ok(Record { asked: write.asked.clone().into(), ..parsed? })
    }

    /// The wanted cells of a row, asked for as a query by its id asks for them.
    async fn read_again(
        &self,
        write: &Write,
        row: &Values,
        id: Option<i64>,
    ) -> Result<Option<Row>> {
        let Some(id) = id.filter(|_| self.table.single().is_some()) else {
            return Ok(None);
        };
        let asked = change::asked(row).into_iter().chain(write.asked.iter().cloned());
        let keys = self.table.keys();
        let mut fixed: Vec<Asked> = vec![(Role::Id.name().to_owned(), Scalar::Id(id))];
        for (name, value) in asked.filter(|(name, _)| keys.contains(&name.as_str())) {
            // What says where a record is may have been changed by the write itself.
            let needed = self.table.singles().any(|single| single.holes().any(|hole| hole == name));
            if needed && !fixed.iter().any(|(other, _)| *other == name) {
                fixed.push((name, value));
            }
        }
        let bindings = fixed.into_iter().map(|(column, value)| Binding {
            column,
            operand: Operand::Values(vec![value]),
            effect: Effect::Names,
            count: 1.0,
        });
        let query = Query {
            cells: self.cells.clone(),
            bindings: bindings.collect(),
            ..Query::of(self.table, Projects::Every)
        };
        let plan = Arc::new(choose(self.version, &query, &NothingKnown));
        let rows = Rows::new(plan, Vec::new(), self.client.clone(), Arc::clone(&self.known))?;
        Ok(collect(rows).await?.0.into_iter().next())
    }

    /// Where the single record of a row is.
    fn single(&self, row: &Values) -> Option<String> {
        let asked = change::asked(row);
        self.table.singles().find_map(|single| {
            let value = |hole: &'static str| {
                let value = asked.iter().find(|(name, _)| name == hole)?.1.clone();
                Some((hole, value))
            };
            let holes = single.holes().map(value).collect::<Option<Vec<_>>>()?;
            address(single, &holes)
        })
    }

    fn unaddressed(&self) -> Error {
        let message = format!("a row of \"{}\" has no record of its own to read", self.table.name);
        Error::new(Kind::Unsupported, message)
    }
}

impl Sent {
    fn of(write: &Write, body: Option<&Json>) -> Self {
        let method = verb(write.operation.method);
        Self { request: format!("{method} {}", write.address), body: body.map(Json::to_string) }
    }
}

fn verb(method: Method) -> Verb {
    match method {
        Method::Delete => Verb::DELETE,
        Method::Post => Verb::POST,
        Method::Put => Verb::PUT,
    }
}

/// The id in the address of what was made: the digits that its last segment begins with.
fn id_in(location: &str) -> Option<i64> {
    let path = location.split(['?', '#']).next()?;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let end = last.find(|c: char| !c.is_ascii_digit()).unwrap_or(last.len());
    last.get(..end)?.parse().ok()
}

/// The id among the values of a row.
fn id_of(row: &Values) -> Option<i64> {
    let ids = change::asked(row);
    ids.iter().find(|(name, _)| name == Role::Id.name()).and_then(|(_, value)| value.id())
}

//! The requests of a write are sent: what a body repeats is read first, and what Basecamp made of it is
//! read back where it is wanted.

mod after;
mod before;

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::Value as Json;

use super::decode::{Decoder, Row};
use super::journal::Journal;
use super::known::Known;
use crate::api::{Answer as Reply, Client, Method as Verb, Repeat};
use crate::catalog::{Method, Role, Table, Version};
use crate::error::{Error, Result};
use crate::plan::Cell;
use crate::plan::change::{self, Values, Write};
use crate::plan::route::address;

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
    manner: Manner,
}

/// How rows are written.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Everything is done but the writing.
    pub rehearses: bool,
    /// A record that is not what the statement read is not written.
    pub checks: bool,
    /// Where requests are noted.
    pub journal: Option<Arc<Journal>>,
}

/// A request with its body, which is ready to be sent.
type Ready = (Write, Option<Json>);

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
    ///
    /// # Errors
    /// When a cell is none that the table has.
    pub fn new(
        client: Client,
        known: Arc<Known>,
        (version, table): (Version, &'static Table),
        cells: Vec<Cell>,
        manner: Manner,
    ) -> Result<Self> {
        let stale = || Error::malformed(format!("\"{}\" has no such column", table.name));
        let decoder = Decoder::new(table, &cells).ok_or_else(stale)?;
        Ok(Self(Arc::new(Inner { client, known, version, table, cells, decoder, manner })))
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
    /// are begun, and those under way are waited for. The outcomes have the numbers of the rows. None is
    /// begun before all can be sent.
    pub async fn insert_all(&self, writes: Vec<Write>) -> Vec<(usize, Outcome)> {
        let mut ready = Vec::new();
        for (number, write) in writes.into_iter().enumerate() {
            match self.0.ready(vec![write], &Values::new()).await {
                Ok(row) => ready.push(row),
                Err(error) => return vec![(number, Err(error.into()))],
            }
        }
        self.send_all(ready).await
    }

    async fn send_all(&self, ready: Vec<Vec<Ready>>) -> Vec<(usize, Outcome)> {
        let mut waiting = ready.into_iter().enumerate();
        let none = Values::new();
        let begin = |(number, row)| {
            let none = &none;
            async move { (number, self.0.send_row(row, none).await) }
        };
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
        match self.ready(writes, row).await {
            Ok(ready) => self.send_row(ready, row).await,
            Err(error) => Err(Failure { error, id: id_of(row), done: Vec::new() }),
        }
    }

    /// The requests of a row with their bodies.
    async fn ready(&self, writes: Vec<Write>, row: &Values) -> Result<Vec<Ready>> {
        let bodies = self.bodies(&writes, row).await?;
        Ok(writes.into_iter().zip(bodies).collect())
    }

    async fn send_row(&self, ready: Vec<Ready>, row: &Values) -> Outcome {
        let mut changed = Changed { id: id_of(row), ..Changed::default() };
        let mut done = Vec::new();
        match self.send_each(ready, row, &mut changed, &mut done).await {
            Ok(()) => Ok(changed),
            Err(error) => Err(Failure { error, id: changed.id, done }),
        }
    }

    async fn send_each(
        &self,
        ready: Vec<Ready>,
        row: &Values,
        changed: &mut Changed,
        done: &mut Vec<&'static str>,
    ) -> Result<()> {
        let mut last = None;
        for (write, body) in &ready {
            if self.manner.rehearses {
                changed.unsent.push(Sent::of(write, body.as_ref()));
                continue;
            }
            let sent = self.send(write, body.as_ref(), changed.id).await;
            let who = write.operation.permission.about();
            let sent = sent.map_err(|error| error.reserved_for(who));
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

    async fn send(&self, write: &Write, body: Option<&Json>, row: Option<i64>) -> Result<Reply> {
        let repeat = Repeat::AtMost(write.operation.attempts);
        let method = verb(write.operation.method);
        let line = self.manner.journal.as_ref().map(|journal| {
            let request = (method.as_str(), write.address.as_str());
            journal.begin((self.table.name, row), request, body)
        });
        let answer = self.client.send(method, &write.address, body, repeat).await;
        if let Some(line) = line {
            line.end(&answer, answer.as_ref().ok().and_then(|answer| after::made(write, answer)));
        }
        answer
    }

    /// Where the record of a row is, by its id or by what it belongs to.
    fn single(&self, row: &Values) -> Option<String> {
        let asked = change::asked(row);
        self.table.records().find_map(|single| {
            let value = |hole: &'static str| {
                let value = asked.iter().find(|(name, _)| name == hole)?.1.clone();
                Some((hole, value))
            };
            let holes = single.holes().map(value).collect::<Option<Vec<_>>>()?;
            address(single, &holes)
        })
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

/// The id among the values of a row.
fn id_of(row: &Values) -> Option<i64> {
    let ids = change::asked(row);
    ids.iter().find(|(name, _)| name == Role::Id.name()).and_then(|(_, value)| value.id())
}

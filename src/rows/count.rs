//! The reader of a count: the first page of each listing tells how many records it has.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryFutureExt as _;
use futures_util::future::try_join_all;
use serde_json::{Map, Value as Json, json};

use super::Env;
use super::answer::Answer;
use super::ask::{AskFeed, Opened};
use super::each::EachFeed;
use super::fetch::{Feed, Fetch, PORTION, Reading, Unit, listing};
use super::record::Record;
use crate::catalog::Table;
use crate::error::Result;
use crate::plan::route::Request;
use crate::plan::{COUNT, Step};
use crate::value::{Scalar, Type};

/// Listings that are asked side by side; the client has fewer requests under way.
const TOGETHER: usize = 100;

/// The number of a step's records: one row, or one for each combination of values of some columns that
/// has records.
///
/// # Errors
/// Whatever reading them met.
pub async fn of(env: &Env, by: &[String], step: &Step) -> Result<Vec<Record>> {
    let ask = step.ask().ok_or_else(|| env.context.stale())?;
    let mut numbers = Numbers::new(by);
    if let Some(opened) = Opened::of(env, ask).await? {
        let reading = Arc::new(opened.reading(ask));
        match step {
            Step::Each(each) => {
                let feed = EachFeed::new(env, each, opened).await?;
                numbers.take(env, &reading, feed).await?;
            }
            _ => numbers.take(env, &reading, AskFeed::new(opened)?).await?,
        }
    }
    numbers.records(env.context.table)
}

/// The numbers so far, by the values of the columns that they are for, in the order in which they came.
struct Numbers<'a> {
    by: &'a [String],
    places: HashMap<Vec<Scalar>, usize>,
    numbers: Vec<(Vec<Scalar>, u64)>,
}

impl<'a> Numbers<'a> {
    fn new(by: &'a [String]) -> Self {
        let mut numbers = Self { by, places: HashMap::new(), numbers: Vec::new() };
        if by.is_empty() {
            numbers.add(Vec::new(), 0);
        }
        numbers
    }

    /// Counts what a feed finds.
    async fn take(&mut self, env: &Env, reading: &Arc<Reading>, mut feed: impl Feed) -> Result<()> {
        loop {
            let mut units = Vec::new();
            while units.len() < TOGETHER
                && let Some(unit) = feed.next().await?
            {
                let values = self.values(env, reading, &unit.request)?;
                units.push(number(env, reading, unit).map_ok(|number| (values, number)));
            }
            if units.is_empty() {
                return Ok(());
            }
            for (values, number) in try_join_all(units).await? {
                self.add(values, number);
            }
        }
    }

    /// What the columns have in all records of a request.
    fn values(&self, env: &Env, reading: &Reading, request: &Request) -> Result<Vec<Scalar>> {
        let value = |column: &String| {
            let asked = request.asked.iter().find(|(name, _)| name == column);
            let only = || reading.source.only.iter().find(|(name, _)| name == column);
            let always = || only().map(|(_, value)| Scalar::Text((*value).to_owned()));
            asked.map(|(_, value)| value.clone()).or_else(always)
        };
        let values: Option<Vec<Scalar>> = self.by.iter().map(value).collect();
        values.ok_or_else(|| env.context.stale())
    }

    fn add(&mut self, values: Vec<Scalar>, number: u64) {
        let place = *self.places.entry(values.clone()).or_insert(self.numbers.len());
        match self.numbers.get_mut(place) {
            Some((_, sum)) => *sum += number,
            None => self.numbers.push((values, number)),
        }
    }

    /// The numbers as the rows that they are: a group without records is none.
    fn records(self, table: &Table) -> Result<Vec<Record>> {
        let all = self.by.is_empty();
        let numbers = self.numbers.into_iter().filter(|(_, number)| all || *number > 0);
        let record = |(values, number): (Vec<Scalar>, u64)| {
            let named = self.by.iter().zip(values);
            let mut record: Map<String, Json> =
                named.map(|(name, value)| (name.clone(), member(table, name, value))).collect();
            record.insert(COUNT.to_owned(), json!(number));
            Record::parse(Json::Object(record).to_string().into())
        };
        numbers.map(record).collect()
    }
}

/// A value that a request asks by, as a record has it.
fn member(table: &Table, column: &str, value: Scalar) -> Json {
    match (table.column(column).map(|column| column.ty), value) {
        (_, Scalar::Id(id)) => json!(id),
        (Some(Type::Boolean), value) => json!(value.to_string() == "true"),
        (_, value) => json!(value.to_string()),
    }
}

/// The number of records of one listing. Where it goes on and does not say how many it has, all are read.
async fn number(env: &Env, reading: &Arc<Reading>, unit: Unit) -> Result<u64> {
    match told(env, reading, unit.clone()).await? {
        Some(number) => Ok(number),
        None => counted(env, reading, unit).await,
    }
}

/// The number of records of one listing, as its first page tells it. A page that is all there is tells it
/// by what is on it; a header that says less than that tells nothing, and neither does one beside a record
/// that is no row.
async fn told(env: &Env, reading: &Reading, unit: Unit) -> Result<Option<u64>> {
    let (Unit { request, missing, .. }, source) = (unit, reading.source);
    // The parts of a long time share what lies across their borders.
    if request.window.is_some() {
        return Ok(None);
    }
    let mut pages = listing(&env.context.client, source, &request, None);
    let page = match pages.next().await {
        Ok(Some(page)) => page,
        Ok(None) => return Ok(Some(0)),
        Err(error) => return missing.settle(error, &env.context).await.map(|()| Some(0)),
    };
    env.context.known.learn(&request.listing, page.total);
    let goes_on = page.cut_short || !pages.is_over();
    let answer =
        Answer::split(source.rows, page.body, page.records, request.asked.as_slice().into())?;
    let here = answer.elements;
    if !all_are_rows(env, reading, answer)? {
        return Ok(None);
    }
    Ok(if goes_on { page.total.filter(|total| *total > here) } else { Some(here) })
}

/// Whether every record of a page is a row.
fn all_are_rows(env: &Env, reading: &Reading, mut page: Answer) -> Result<bool> {
    while !page.is_empty() {
        for record in page.take(PORTION, env.context.client.hold())? {
            if !reading.sieve.keeps(&env.context.decoder, &record, None, None)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The number of records of one listing, each read.
async fn counted(env: &Env, reading: &Arc<Reading>, unit: Unit) -> Result<u64> {
    let mut fetch = Fetch::start(env, Arc::clone(reading), Once(Some(unit)));
    let mut number = 0;
    while let Some(records) = fetch.next().await? {
        number += records.len() as u64;
    }
    Ok(number)
}

/// One thing to ask for.
struct Once(Option<Unit>);

impl Feed for Once {
    async fn next(&mut self) -> Result<Option<Unit>> {
        Ok(self.0.take())
    }
}

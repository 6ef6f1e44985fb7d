//! The reader of a count: the first page of each listing tells how many records it has.

use futures_util::future::try_join_all;
use serde_json::json;

use super::Env;
use super::ask::{AskFeed, Opened};
use super::fetch::{Feed as _, Unit, listing};
use super::record::{Answer, Record};
use super::step::StepReader;
use crate::catalog::Source;
use crate::error::Result;
use crate::plan::{Ask, COUNT, Step};

/// Listings that are asked side by side; the client has fewer requests under way.
const TOGETHER: usize = 100;

/// The number of an ask's records. Where a listing goes on and does not say how many it has, all are
/// read.
///
/// # Errors
/// Whatever reading them met.
pub async fn of(env: &Env, ask: &Ask) -> Result<u64> {
    let Some(opened) = Opened::of(env, ask).await? else {
        return Ok(0);
    };
    let source = opened.source;
    let mut feed = AskFeed::new(opened)?;
    let mut number = 0;
    loop {
        let mut units = Vec::new();
        while units.len() < TOGETHER
            && let Some(unit) = feed.next().await?
        {
            units.push(told(env, source, unit));
        }
        if units.is_empty() {
            return Ok(number);
        }
        for told in try_join_all(units).await? {
            let Some(told) = told else {
                return counted(env, ask).await;
            };
            number += told;
        }
    }
}

/// The number as the row that it is.
///
/// # Errors
/// None that can happen: it is an object.
pub fn record(number: u64) -> Result<Record> {
    Record::parse(json!({ COUNT: number }).to_string().into())
}

/// The number of records of one listing, as its first page tells it. A page that is all there is tells it
/// by what is on it; a header that says less than that tells nothing.
async fn told(env: &Env, source: &'static Source, unit: Unit) -> Result<Option<u64>> {
    let Unit { request, missing, .. } = unit;
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
    let here = Answer::split(source.rows, page.body, request.asked.as_slice().into())?.elements;
    Ok(if goes_on { page.total.filter(|total| *total > here) } else { Some(here) })
}

/// The number of an ask's records, each read.
async fn counted(env: &Env, ask: &Ask) -> Result<u64> {
    let mut reader = StepReader::new(&Step::Ask(ask.clone()), env);
    let mut number = 0;
    while let Some(records) = reader.next().await? {
        number += records.len() as u64;
    }
    Ok(number)
}

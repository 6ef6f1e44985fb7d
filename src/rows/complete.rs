//! Members that a listing leaves out are fetched, never shown as NULL.
//!
//! A listing may lack a member by design, or give a reduced shape that the documentation does not
//! promise (v3.md, section 1.12). Only wanted members and only rows in the scope cost a request.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::try_join_all;
use serde_json::Value as Json;

use super::decode::{Record, Row, record};
use super::{Batch, Context, Notice};
use crate::catalog::Source;
use crate::catalog::field::Seen;
use crate::error::{Error, Result};
use crate::plan::route::{Limits, Request, Where, requests};
use crate::value::{Scalar, Value};

/// Reads the rows of a page. Where members are known to be missing, the rest of the work is left to
/// the consumer, who may want only some of the rows; a reduced shape is completed at once.
///
/// # Errors
/// Whatever a single record answered, and values that are not what the API promises.
pub async fn complete(
    context: &Arc<Context>,
    request: &Request,
    records: &[Record<'_>],
    notices: Vec<Notice>,
) -> Result<Batch> {
    let mut kept = Vec::with_capacity(records.len());
    let mut missing = false;
    let asked = &request.asked;
    for each in records {
        let seen = each.seen(asked);
        let wanted = context.decoder.keeps(&seen)?
            && context.decoder.is_within(request.window.as_ref(), &seen)?;
        if wanted && context.sought(&seen)? {
            let address = address(context, &seen)?;
            missing = missing || address.is_some();
            let bucket = bucket(context, &seen).await?;
            kept.push((each, address, bucket));
        }
    }
    let mut batch = Batch { notices, ..Batch::default() };
    if !missing {
        for (record, _, bucket) in &kept {
            let seen = Seen { bucket: bucket.as_deref(), ..record.seen(asked) };
            batch.rows.push(context.decoder.row(&seen)?);
        }
        return Ok(batch);
    }
    let mut rest =
        Rest { context: Arc::clone(context), listed: VecDeque::with_capacity(kept.len()) };
    let asked: Arc<[(String, Scalar)]> = asked.as_slice().into();
    for (record, address, bucket) in kept {
        let seen = Seen { bucket: bucket.as_deref(), ..record.seen(&asked) };
        rest.listed.push_back(Listed {
            row: context.decoder.row(&seen)?,
            bucket: bucket.clone(),
            address,
            json: record.json.clone(),
            text: record.text.to_owned(),
            outer: record.outer.clone(),
            array: record.array.to_owned(),
            place: record.place,
            asked: Arc::clone(&asked),
        });
    }
    if context.scan.complete {
        batch.rest = Some(rest);
    } else {
        batch.rows = rest.take(usize::MAX).await?;
    }
    Ok(batch)
}

/// Rows of a page that lack wanted members, which their single records have.
#[derive(Debug)]
pub struct Rest {
    context: Arc<Context>,
    listed: VecDeque<Listed>,
}

/// A row as its listing gives it.
#[derive(Debug)]
struct Listed {
    /// Its cells; those in missing members are NULL.
    row: Row,
    /// Where the whole record is; none: this is all that there is.
    address: Option<String>,
    json: Json,
    text: String,
    outer: Option<Arc<Json>>,
    array: String,
    place: usize,
    asked: Arc<[(String, Scalar)]>,
    bucket: Option<Arc<Json>>,
}

impl Listed {
    fn seen(&self) -> Seen<'_> {
        Seen {
            json: &self.json,
            text: &self.text,
            outer: self.outer.as_deref(),
            asked: &self.asked,
            array: &self.array,
            place: self.place,
            bucket: self.bucket.as_deref(),
        }
    }
}

impl Rest {
    /// Forgets the rows that are not wanted, going by the cells that are there.
    pub fn retain(&mut self, mut wanted: impl FnMut(&Row) -> bool) {
        self.listed.retain(|listed| wanted(&listed.row));
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Takes the next rows out, to be completed.
    #[must_use]
    pub fn split(&mut self, count: usize) -> Self {
        let count = count.min(self.listed.len());
        Self { context: Arc::clone(&self.context), listed: self.listed.drain(..count).collect() }
    }

    /// Completes the next rows, side by side.
    ///
    /// # Errors
    /// Whatever a single record answered, and values that are not what the API promises.
    pub async fn take(&mut self, count: usize) -> Result<Vec<Row>> {
        let listed = self.split(count).listed;
        let rows = try_join_all(listed.into_iter().map(|each| whole(&self.context, each))).await?;
        Ok(rows.into_iter().flatten().collect())
    }
}

/// The project or calendar of a record, where a wanted cell is to be had from it alone.
async fn bucket(context: &Context, seen: &Seen<'_>) -> Result<Option<Arc<Json>>> {
    if !context.decoder.misses_bucket(seen)? {
        return Ok(None);
    }
    let id = |column| match context.decoder.value(column, seen) {
        Ok(Some(Value::Bigint(id))) => Ok(Some(id)),
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    };
    let buckets = context.shared.buckets();
    match (id("project_id")?, id("calendar_id")?) {
        (Some(project), _) => buckets.project(&context.client, project).await,
        (None, Some(calendar)) => buckets.calendar(&context.client, calendar).await,
        (None, None) => Ok(None),
    }
}

/// Where to fetch a record that lacks a wanted member; none for one that is whole, or that has no
/// address of its own.
fn address(context: &Context, seen: &Seen<'_>) -> Result<Option<String>> {
    let table = context.decoder.table();
    let reduced =
        context.scan.complete || table.whole.iter().any(|member| seen.json.get(member).is_none());
    if !reduced || !context.decoder.misses(seen.json) {
        return Ok(None);
    }
    for single in table.singles() {
        if let Some(address) = filled(context, single, seen)? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

/// The address of a record, if it tells what is in the holes. Basecamp's own actors have words for ids
/// and no address of their own.
fn filled(context: &Context, single: &Source, seen: &Seen<'_>) -> Result<Option<String>> {
    let mut holes = Vec::new();
    for hole in single.holes() {
        let Some(Value::Bigint(id)) = context.decoder.value(hole, seen)? else {
            return Ok(None);
        };
        holes.push((hole, Scalar::Id(id)));
    }
    let asked = requests(single, &holes, &Limits::default(), &Where::Account);
    Ok(asked.into_iter().next().map(|request| request.address))
}

/// The row of a whole record; none if it has gone in the meantime.
async fn whole(context: &Context, listed: Listed) -> Result<Option<Row>> {
    let Some(address) = &listed.address else {
        return Ok(Some(listed.row));
    };
    let body = match context.shared.single(&context.client, address).await {
        Ok(body) => body,
        // Basecamp 2 lists what is in the trash, but may not show it singly (v2.md, section 1.8).
        Err(error) if error.is_not_found() => {
            let trashed = listed.json.get("trashed").and_then(Json::as_bool);
            return Ok((trashed == Some(true)).then_some(listed.row));
        }
        Err(error) => return Err(error),
    };
    let text = std::str::from_utf8(&body)
        .map_err(|_| Error::malformed("a record in the answer is not UTF-8 text"))?;
    let fetched = record(text)?;
    // What the listing tells of it stays known: its parents, and the members that it alone has.
    let json = merged(&listed.json, &fetched.json);
    let seen = Seen { json: &json, text: fetched.text, ..listed.seen() };
    context.decoder.row(&seen).map(Some)
}

/// The single record, and what only the listing has. Each shape has members of its own (v3.md, 1.11;
/// v2.md, 1.9), and a value must not depend on the plan. The id stays that of the listed record: it is
/// the same, or that of the topic or file through which the other was found.
fn merged(listed: &Json, single: &Json) -> Json {
    let mut all = listed.clone();
    if let (Some(all), Some(single)) = (all.as_object_mut(), single.as_object()) {
        let others = single.iter().filter(|(name, _)| *name != "id");
        all.extend(others.map(|(name, value)| (name.clone(), value.clone())));
    }
    all
}

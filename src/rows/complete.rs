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
use crate::catalog::field::Seen;
use crate::error::{Error, Result};
use crate::plan::route::fill;
use crate::value::{Scalar, Value};

/// Reads the rows of a page. Where members are known to be missing, the rest of the work is left to
/// the consumer, who may want only some of the rows; a reduced shape is completed at once.
///
/// # Errors
/// Whatever a single record answered, and values that are not what the API promises.
pub async fn complete(
    context: &Arc<Context>,
    asked: &[(String, Scalar)],
    records: &[Record<'_>],
    notices: Vec<Notice>,
) -> Result<Batch> {
    let mut kept = Vec::with_capacity(records.len());
    let mut missing = false;
    for each in records {
        let seen = each.seen(asked);
        if context.decoder.keeps(&seen)? && context.sought(&seen) {
            let address = address(context, &seen)?;
            missing = missing || address.is_some();
            kept.push((seen, address, each));
        }
    }
    let mut batch = Batch {
        notices,
        ..Batch::default()
    };
    if !missing {
        for (seen, ..) in &kept {
            batch.rows.push(context.decoder.row(seen)?);
        }
        return Ok(batch);
    }
    let mut rest = Rest {
        context: Arc::clone(context),
        listed: VecDeque::with_capacity(kept.len()),
    };
    let asked: Arc<[(String, Scalar)]> = asked.into();
    for (seen, address, record) in kept {
        rest.listed.push_back(Listed {
            row: context.decoder.row(&seen)?,
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
        Self {
            context: Arc::clone(&self.context),
            listed: self.listed.drain(..count).collect(),
        }
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

/// Where to fetch a record that lacks a wanted member; none for one that is whole, or that has no
/// address of its own.
fn address(context: &Context, seen: &Seen<'_>) -> Result<Option<String>> {
    let table = context.decoder.table();
    let reduced = context.scan.complete
        || table
            .whole
            .iter()
            .any(|member| seen.json.get(member).is_none());
    let Some(single) = table.single().filter(|_| reduced) else {
        return Ok(None);
    };
    if !context.decoder.misses(seen.json) {
        return Ok(None);
    }
    let mut holes = Vec::new();
    for hole in single.holes() {
        // Basecamp's own actors have words for ids and no address of their own.
        let Some(Value::Bigint(id)) = context.decoder.value(hole, seen)? else {
            return Ok(None);
        };
        holes.push((hole, Scalar::Id(id)));
    }
    Ok(Some(fill(single.path, &holes)))
}

/// The row of a whole record; none if it has gone in the meantime.
async fn whole(context: &Context, listed: Listed) -> Result<Option<Row>> {
    let Some(address) = &listed.address else {
        return Ok(Some(listed.row));
    };
    let body = match context.shared.single(&context.client, address).await {
        Ok(body) => body,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = std::str::from_utf8(&body)
        .map_err(|_| Error::malformed("a record in the answer is not UTF-8 text"))?;
    let fetched = record(text)?;
    // What the listing tells of it stays known: its parents, and the members that it alone has.
    let json = merged(&listed.json, &fetched.json);
    let seen = Seen {
        json: &json,
        text: fetched.text,
        ..listed.seen()
    };
    context.decoder.row(&seen).map(Some)
}

/// The single record, and what only the listing has. Each shape has members of its own (v3.md, 1.11;
/// v2.md, 1.9), and a value must not depend on the plan.
fn merged(listed: &Json, single: &Json) -> Json {
    let mut all = listed.clone();
    if let (Some(all), Some(single)) = (all.as_object_mut(), single.as_object()) {
        all.extend(
            single
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    all
}

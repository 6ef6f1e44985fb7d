//! Members that a listing leaves out are fetched, never shown as NULL.
//!
//! A listing may lack a member by design, or give a reduced shape that the documentation does not
//! promise (v3.md, section 1.12). Only wanted members and only rows in the scope cost a request.

use futures_util::future::try_join_all;
use serde_json::Value as Json;

use super::Context;
use super::decode::{Record, Row, record};
use crate::catalog::field::Seen;
use crate::error::{Error, Result};
use crate::plan::route::fill;
use crate::value::{Scalar, Value};

/// Reads the rows of a page, after fetching the records that lack something.
///
/// # Errors
/// Whatever a single record answered, and values that are not what the API promises.
pub async fn complete(
    context: &Context,
    asked: &[(String, Scalar)],
    records: &[Record<'_>],
) -> Result<Vec<Row>> {
    let mut kept = Vec::with_capacity(records.len());
    for each in records {
        let seen = each.seen(asked);
        if context.decoder.keeps(&seen)? && context.sought(&seen) {
            kept.push(seen);
        }
    }
    let mut rows = Vec::with_capacity(kept.len());
    let mut missing = false;
    for seen in &kept {
        missing = missing || address(context, seen)?.is_some();
    }
    if !missing {
        for seen in &kept {
            rows.push(context.decoder.row(seen)?);
        }
        return Ok(rows);
    }
    let fetched = try_join_all(kept.iter().map(|seen| whole(context, seen))).await?;
    Ok(fetched.into_iter().flatten().collect())
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
async fn whole(context: &Context, listed: &Seen<'_>) -> Result<Option<Row>> {
    let Some(address) = address(context, listed)? else {
        return context.decoder.row(listed).map(Some);
    };
    let answer = match context.client.get_following_occurrence(&address).await {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = std::str::from_utf8(&answer.body)
        .map_err(|_| Error::malformed("a record in the answer is not UTF-8 text"))?;
    let fetched = record(text)?;
    // What the listing tells of it stays known: its parents, and the members that it alone has.
    let json = merged(listed.json, &fetched.json);
    let seen = Seen {
        json: &json,
        text: fetched.text,
        ..*listed
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

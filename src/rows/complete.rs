//! Members that a listing leaves out are fetched, never shown as NULL.
//!
//! A listing may lack a member by design, or give a reduced shape that the documentation does not
//! promise (v3.md, section 1.12). Only wanted members and only rows in the scope cost a request.

use futures_util::future::try_join_all;
use serde_json::Value as Json;

use super::Context;
use super::decode::{Record, Row, identifier, record};
use crate::error::Result;
use crate::plan::route::fill;

/// Reads the rows of a page, after fetching the records that lack something.
pub async fn complete(context: &Context, records: &[Record<'_>]) -> Result<Vec<Row>> {
    let mut kept = Vec::with_capacity(records.len());
    for each in records {
        if context.decoder.keeps(each)? {
            kept.push(each);
        }
    }
    if !kept.iter().any(|each| lacks(context, &each.json)) {
        return kept
            .into_iter()
            .map(|each| context.decoder.row(each))
            .collect();
    }
    let rows = try_join_all(kept.into_iter().map(|each| whole(context, each))).await?;
    Ok(rows.into_iter().flatten().collect())
}

/// Whether a record must be fetched singly before its wanted members can be read.
fn lacks(context: &Context, json: &Json) -> bool {
    let table = context.decoder.table();
    // Basecamp's own actors have words for ids and no address of their own.
    let addressable = json.get("id").is_some_and(Json::is_i64);
    if table.single().is_none() || !addressable || !context.decoder.misses(json) {
        return false;
    }
    context.scan.complete || table.whole.iter().any(|member| json.get(member).is_none())
}

/// The row of a whole record; none if it has gone in the meantime.
async fn whole(context: &Context, listed: &Record<'_>) -> Result<Option<Row>> {
    let single = context
        .decoder
        .table()
        .single()
        .filter(|_| lacks(context, &listed.json));
    let Some(single) = single else {
        return context.decoder.row(listed).map(Some);
    };
    let id = identifier(&listed.json, context.decoder.table().name)?;
    let address = fill(single.path, &[("id", id)]);
    let answer = match context.client.get_following_occurrence(&address).await {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = std::str::from_utf8(&answer.body)
        .map_err(|_| crate::error::Error::malformed("a record in the answer is not UTF-8 text"))?;
    context.decoder.row(&record(text)?).map(Some)
}

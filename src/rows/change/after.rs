//! What a row is once it is written, where that is wanted.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;

use super::super::decode::Row;
use super::super::record::{Record, id};
use super::super::{Rows, collect};
use super::{Changed, Inner};
use crate::api::Answer as Reply;
use crate::catalog::{Answer, Effect as Does, Role};
use crate::error::Result;
use crate::plan::change::{self, Values, Write};
use crate::plan::route::Asked;
use crate::plan::{Binding, Effect, NothingKnown, Operand, Projects, Query, choose};
use crate::value::Scalar;

impl Inner {
    /// What the row is now: by the last answer if that is the record, else by asking for it.
    pub(super) async fn read_back(
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
            changed.id = id(record.document.raw()).or(changed.id);
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
}

/// The id of what a request made, by its answer.
pub(super) fn made(write: &Write, answer: &Reply) -> Option<i64> {
    if write.operation.effect != Does::Insert {
        return None;
    }
    let told = || serde_json::from_slice::<Json>(&answer.body).ok()?.get(Role::Id.name())?.as_i64();
    let answered = write.operation.answer == Answer::Record;
    told().filter(|_| answered).or_else(|| answer.location.as_deref().and_then(id_in))
}

/// The id in the address of what was made: the digits that its last segment begins with.
fn id_in(location: &str) -> Option<i64> {
    let path = location.split(['?', '#']).next()?;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let end = last.find(|c: char| !c.is_ascii_digit()).unwrap_or(last.len());
    last.get(..end)?.parse().ok()
}

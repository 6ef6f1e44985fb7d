//! What is read before a row is written: the record, where bodies repeat some of it or it must not have
//! changed, and the people whom addresses name.

use std::sync::Arc;

use serde_json::Value as Json;

use super::super::record::Record;
use super::Inner;
use crate::catalog::Effect as Does;
use crate::error::{Error, Kind, Result};
use crate::plan::change::{self, People, Values, Write};

impl Inner {
    /// The bodies of all requests, before the first is sent: a record that cannot be written back stops
    /// the row before anything of it is written, and so does one that is not what the statement read.
    pub(super) async fn bodies(&self, writes: &[Write], row: &Values) -> Result<Vec<Option<Json>>> {
        let checks =
            self.manner.checks && writes.iter().any(|it| it.operation.effect != Does::Insert);
        let mut record = None;
        if checks || writes.iter().any(|write| write.reads) {
            record = Some(self.record_of(row).await.map_err(|error| match error.kind() {
                Kind::NotFound if checks => change::changed_meanwhile().detail("It is gone."),
                _ => error,
            })?);
        }
        let seen = record.as_ref().map(Record::seen);
        if let Some(seen) = seen.as_ref().filter(|_| checks) {
            change::check_unchanged(self.table, row, seen)?;
        }
        let people = self.people(writes).await?;
        writes.iter().map(|write| write.body(seen.as_ref(), &people)).collect()
    }

    /// The record of a row as it is now.
    async fn record_of(&self, row: &Values) -> Result<Record> {
        let address = self.single(row).ok_or_else(|| self.unaddressed())?;
        let answer = self.client.get_anew(&address).await;
        let answer = answer.map_err(|error| error.about("could not read the record"))?;
        let record = Record::parse(answer.body)?;
        Ok(Record { asked: change::asked(row).into(), ..record })
    }

    /// Everybody, where a write names people by their addresses: read once a statement.
    async fn people(&self, writes: &[Write]) -> Result<Arc<People>> {
        if !writes.iter().any(|write| write.addresses) {
            return Ok(Arc::default());
        }
        let people = self.known.people(&self.client).await;
        people.map_err(|error| error.about("could not read who the people are"))
    }

    fn unaddressed(&self) -> Error {
        let message = format!("a row of \"{}\" has no record of its own to read", self.table.name);
        Error::new(Kind::Unsupported, message)
    }
}

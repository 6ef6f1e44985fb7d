//! Pages become rows: records are parsed, kept to the scope, and only wanted members decoded.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::place::Resolved;
use super::stale;
use crate::catalog::{Field, Rows, Source, Table};
use crate::error::{Error, Result};
use crate::plan::route::Admitted;
use crate::plan::{Cell, Scan};
use crate::value::{Type, Value};

/// The values of one row, in the order of the scan's cells. `None` is NULL.
pub type Row = Vec<Option<Value>>;

/// One record of an answer.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its own text.
    pub text: &'a str,
    /// The same, parsed.
    pub json: Json,
}

/// Splits an answer into its records, as the source says that it holds them.
///
/// # Errors
/// When the answer has another shape. A missing array is malformed, never an empty result.
pub fn records<'a>(source: Option<&Source>, body: &'a [u8]) -> Result<Vec<Record<'a>>> {
    let shape = source.map_or(Rows::Pages, |source| source.rows);
    let split: serde_json::Result<Vec<&RawValue>> = match shape {
        Rows::One => serde_json::from_slice(body).map(|one| vec![one]),
        Rows::Pages => serde_json::from_slice(body),
        Rows::Member(member) => serde_json::from_slice(body).and_then(
            |mut object: std::collections::HashMap<&str, &'a RawValue>| {
                let list = object.remove(member).map_or("null", RawValue::get);
                serde_json::from_str(list)
            },
        ),
    };
    let split = split.map_err(|error| unexpected(shape, &error))?;
    split.into_iter().map(|raw| record(raw.get())).collect()
}

fn unexpected(shape: Rows, error: &serde_json::Error) -> Error {
    let promised = match shape {
        Rows::One => "the answer is not a JSON value".to_owned(),
        Rows::Pages => "the answer is not a JSON array".to_owned(),
        Rows::Member(member) => format!("the answer has no array \"{member}\""),
    };
    Error::malformed(promised).detail(error.to_string())
}

/// Parses one record.
///
/// # Errors
/// When it is not an object.
pub fn record(text: &str) -> Result<Record<'_>> {
    let parsed: serde_json::Result<Json> = serde_json::from_str(text);
    match parsed {
        Ok(json) if json.is_object() => Ok(Record { text, json }),
        Ok(_) => Err(Error::malformed(
            "a record in the answer is not a JSON object",
        )),
        Err(error) => {
            Err(Error::malformed("a record in the answer is not JSON").detail(error.to_string()))
        }
    }
}

/// The id of a record that must have one.
///
/// # Errors
/// When it has none.
pub fn identifier(record: &Json, table: &str) -> Result<i64> {
    record.get("id").and_then(Json::as_i64).ok_or_else(|| {
        Error::malformed(format!(
            "column \"id\" of table \"{table}\": a record has no id"
        ))
    })
}

/// Decides which records are rows, and reads the wanted cells.
#[derive(Debug)]
pub struct Decoder {
    table: &'static Table,
    cells: Vec<Cell>,
    admitted: Admitted,
    within: Option<Arc<HashSet<i64>>>,
    /// Whether a record without the member of the table's supplement came by.
    pub saw_unparented: AtomicBool,
}

impl Decoder {
    /// Prepares for a scan.
    ///
    /// # Errors
    /// When the plan is from another version of the catalogue.
    pub fn new(scan: &Scan, resolved: &Resolved) -> Result<Self> {
        Ok(Self {
            table: scan.table().ok_or_else(|| stale(scan))?,
            cells: scan.cells.clone(),
            admitted: resolved.admitted.clone(),
            within: resolved.within.clone(),
            saw_unparented: AtomicBool::new(false),
        })
    }

    /// The table that is read.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// Whether rows may have this value in this column.
    pub fn admits(&self, column: &str, value: &str) -> bool {
        self.admitted.admits(column, value)
    }

    /// Whether a wanted cell is in a member that a record does not have.
    pub fn misses(&self, record: &Json) -> bool {
        let mut members = self.cells.iter().filter_map(|cell| cell.field.member());
        members.any(|member| record.get(member).is_none())
    }

    /// Whether a record is a row: of this table and in the scope.
    ///
    /// # Errors
    /// When a column that decides cannot be read.
    pub fn keeps(&self, record: &Record<'_>) -> Result<bool> {
        if let Some(supplement) = &self.table.supplement
            && record
                .json
                .get(supplement.without)
                .is_none_or(Json::is_null)
        {
            self.saw_unparented.store(true, Ordering::Relaxed);
        }
        if let Some((path, value)) = self.table.keep
            && crate::catalog::field::at(&record.json, path).and_then(Json::as_str) != Some(value)
        {
            return Ok(false);
        }
        Ok(self.in_domains(record)? && self.in_projects(record)?)
    }

    fn in_domains(&self, record: &Record<'_>) -> Result<bool> {
        for (name, values) in &self.admitted.0 {
            let Some(column) = self.table.column(name) else {
                continue;
            };
            let value = self.read(name, &column.field.to_owned(), column.ty, record)?;
            let admitted = match &value {
                Some(Value::Text(text)) => values.iter().any(|each| each == text),
                Some(Value::Boolean(flag)) => values.iter().any(|each| *each == flag.to_string()),
                // Nothing to decide by: PostgreSQL checks the condition on NULL.
                _ => true,
            };
            if !admitted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn in_projects(&self, record: &Record<'_>) -> Result<bool> {
        let Some(within) = &self.within else {
            return Ok(true);
        };
        let Some(column) = self.table.column("project_id") else {
            return Ok(true);
        };
        let project = self.read("project_id", &column.field.to_owned(), Type::Bigint, record)?;
        Ok(matches!(project, Some(Value::Bigint(id)) if within.contains(&id)))
    }

    /// Reads the wanted cells of a record.
    ///
    /// # Errors
    /// When a value is not what the API promises, naming table, column and record.
    pub fn row(&self, record: &Record<'_>) -> Result<Row> {
        self.cells
            .iter()
            .map(|cell| self.read(&cell.name, &cell.field, cell.ty, record))
            .collect()
    }

    fn read(
        &self,
        name: &str,
        field: &Field<String>,
        ty: Type,
        record: &Record<'_>,
    ) -> Result<Option<Value>> {
        field
            .read(ty, &record.json, record.text)
            .map_err(|mismatch| {
                let message = format!(
                    "column \"{name}\" of table \"{}\": {mismatch}",
                    self.table.name
                );
                let id = record
                    .json
                    .get("id")
                    .map(ToString::to_string)
                    .unwrap_or_default();
                Error::malformed(message).detail(format!("In the record with id {id}."))
            })
    }
}

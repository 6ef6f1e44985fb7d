//! Pages become rows: records are parsed, kept to the scope, and only wanted members decoded.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::place::Resolved;
use super::stale;
use crate::catalog::field::{Need, Seen, at};
use crate::catalog::{Field, Rows, Table};
use crate::error::{Error, Result};
use crate::plan::route::{Admitted, Window};
use crate::plan::{Place, Scan};
use crate::value::{Read, Scalar, Type, Value};

/// The values of one row, in the order of the scan's cells. `None` is NULL.
pub type Row = Vec<Option<Value>>;

/// One record of an answer.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its own text.
    pub text: &'a str,
    /// The same, parsed.
    pub json: Json,
    /// The object that it came inside of, where its source has one.
    pub outer: Option<Arc<Json>>,
    /// The array of the answer that it was in.
    pub array: &'a str,
    /// Its place in that array, from 1.
    pub place: usize,
}

impl Record<'_> {
    /// The record with what its request asked by.
    pub fn seen<'s>(&'s self, asked: &'s [(String, Scalar)]) -> Seen<'s> {
        Seen {
            json: &self.json,
            text: self.text,
            outer: self.outer.as_deref(),
            asked,
            array: self.array,
            place: self.place,
            bucket: None,
        }
    }
}

/// The members of an object, each with its own text.
type Members<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

/// Splits an answer into its records, as the source says that it holds them.
///
/// # Errors
/// When the answer has another shape. A missing array is malformed, never an empty result.
pub fn records<'a>(shape: Rows, body: &'a [u8]) -> Result<Vec<Record<'a>>> {
    let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
    match shape {
        Rows::One => {
            let one: &RawValue = serde_json::from_slice(body).map_err(wrong)?;
            Ok(vec![record(one.get())?])
        }
        Rows::Pages => {
            let all: Vec<&RawValue> = serde_json::from_slice(body).map_err(wrong)?;
            all.into_iter().map(|raw| record(raw.get())).collect()
        }
        Rows::Member(member) | Rows::Maybe(member) => in_arrays(shape, &[member], body),
        // Some servers answer with the one array alone where others have it in an object.
        Rows::Arrays(..) if body.trim_ascii_start().starts_with(b"[") => records(Rows::Pages, body),
        Rows::Arrays(names, _) => in_arrays(shape, names, body),
        Rows::Inside(member) | Rows::Within(member) => {
            let all: Vec<&RawValue> = serde_json::from_slice(body).map_err(wrong)?;
            let mut records = Vec::new();
            for element in all {
                let members: Members<'a> = serde_json::from_str(element.get()).map_err(wrong)?;
                match members.get(member) {
                    Some(array) => inside(array.get(), "", &members, &mut records)
                        .map_err(|error| unexpected(shape, Some(&error)))?,
                    None if matches!(shape, Rows::Within(_)) => {}
                    None => records.push(record(element.get())?),
                }
            }
            Ok(records)
        }
    }
}

fn in_arrays<'a>(shape: Rows, names: &[&'a str], body: &'a [u8]) -> Result<Vec<Record<'a>>> {
    let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
    let members: Members<'a> = serde_json::from_slice(body).map_err(wrong)?;
    let mut records = Vec::new();
    let mut found = false;
    for name in names {
        let Some(array) = members.get(*name) else {
            continue;
        };
        found = true;
        inside(array.get(), name, &members, &mut records).map_err(wrong)?;
    }
    if found || matches!(shape, Rows::Maybe(_)) {
        Ok(records)
    } else {
        Err(unexpected(shape, None))
    }
}

/// The records of an array, with the other members of the object that it is in.
fn inside<'a>(
    array: &'a str,
    name: &'a str,
    members: &Members<'a>,
    records: &mut Vec<Record<'a>>,
) -> serde_json::Result<()> {
    let all: Vec<&'a RawValue> = serde_json::from_str(array)?;
    let mut outer = serde_json::Map::new();
    for (member, raw) in members {
        // Not the rows themselves: they would be copied once for each.
        if raw.get() != array {
            outer.insert(member.clone().into_owned(), serde_json::from_str(raw.get())?);
        }
    }
    let outer = Arc::new(Json::Object(outer));
    for (index, raw) in all.into_iter().enumerate() {
        records.push(Record {
            text: raw.get(),
            json: serde_json::from_str(raw.get())?,
            outer: Some(Arc::clone(&outer)),
            array: name,
            place: index + 1,
        });
    }
    Ok(())
}

fn unexpected(shape: Rows, error: Option<&serde_json::Error>) -> Error {
    let promised = match shape {
        Rows::One => "the answer is not a JSON value".to_owned(),
        Rows::Pages => "the answer is not a JSON array".to_owned(),
        Rows::Inside(_) | Rows::Within(_) => "the answer is not a JSON array of objects".to_owned(),
        Rows::Member(member) | Rows::Maybe(member) => {
            format!("the answer has no array \"{member}\"")
        }
        Rows::Arrays(names, _) => format!("the answer has no array \"{}\"", names.join("\" or \"")),
    };
    let malformed = Error::malformed(promised);
    match error {
        Some(error) => malformed.unreadable(error),
        None => malformed,
    }
}

/// Parses one record.
///
/// # Errors
/// When it is not an object.
pub fn record(text: &str) -> Result<Record<'_>> {
    let parsed: serde_json::Result<Json> = serde_json::from_str(text);
    match parsed {
        Ok(json) if json.is_object() => Ok(Record { text, json, outer: None, array: "", place: 0 }),
        Ok(_) => Err(Error::malformed("a record in the answer is not a JSON object")),
        Err(error) => Err(Error::malformed("a record in the answer is not JSON").unreadable(error)),
    }
}

/// The id of a record that must have one.
///
/// # Errors
/// When it has none.
pub fn identifier(record: &Json, table: &str) -> Result<i64> {
    record.get("id").and_then(Json::as_i64).ok_or_else(|| {
        Error::malformed(format!("column \"id\" of table \"{table}\": a record has no id"))
    })
}

/// Decides which records are rows, and reads the wanted cells.
#[derive(Debug)]
pub struct Decoder {
    table: &'static Table,
    cells: Vec<Reader>,
    /// Top-level members that some wanted cell is in.
    members: Vec<String>,
    /// Members of the listing that mean something else there, because its records are of another kind.
    foreign: &'static [&'static str],
    /// Whether the source gives the record itself.
    single: bool,
    admitted: Admitted,
    within: Option<Arc<HashSet<i64>>>,
    /// Whether a record without the member of the table's supplement came by.
    pub saw_unparented: AtomicBool,
}

/// A cell, ready to be read.
#[derive(Debug)]
struct Reader {
    name: String,
    place: Found,
    ty: Type,
}

#[derive(Debug)]
enum Found {
    Column(&'static Field),
    Path(Field<String>),
}

impl Decoder {
    /// Prepares for a scan.
    ///
    /// # Errors
    /// When the plan is from another version of the catalogue.
    pub fn new(scan: &Scan, resolved: &Resolved) -> Result<Self> {
        let table = scan.table().ok_or_else(|| stale(scan))?;
        let mut members = Vec::new();
        let mut cells = Vec::with_capacity(scan.cells.len());
        for cell in &scan.cells {
            let place = match &cell.place {
                Place::Column(name) => {
                    let column = table.column(name).ok_or_else(|| stale(scan))?;
                    members.extend(column.field.needs().iter().filter_map(|need| match need {
                        Need::Member(member) => Some((*member).to_owned()),
                        _ => None,
                    }));
                    Found::Column(&column.field)
                }
                Place::Path(field) => {
                    members.extend(field.member().map(str::to_owned));
                    Found::Path(field.clone())
                }
            };
            cells.push(Reader { name: cell.name.clone(), place, ty: cell.ty });
        }
        let source = scan.source().ok_or_else(|| stale(scan))?;
        Ok(Self {
            table,
            cells,
            members,
            foreign: table.keep.map_or(&[], |_| source.lacks),
            single: source.rows == Rows::One,
            admitted: resolved.limits.admitted.clone(),
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
        let mut members = self.members.iter();
        members
            .any(|member| record.get(member).is_none() || self.foreign.contains(&member.as_str()))
    }

    /// Whether a wanted cell may be in the project or calendar of the row.
    pub fn wants_bucket(&self) -> bool {
        let mut cells = self.cells.iter();
        cells.any(|cell| matches!(&cell.place, Found::Column(field) if field.is_of_bucket()))
    }

    /// Whether a wanted cell has no value as long as the project or calendar is not known.
    ///
    /// # Errors
    /// When a value is not what the API promises.
    pub fn misses_bucket(&self, seen: &Seen<'_>) -> Result<bool> {
        for cell in &self.cells {
            if let Found::Column(field) = &cell.place
                && field.is_of_bucket()
                && self.checked(&cell.name, seen, field.read(cell.ty, seen))?.is_none()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a record is a row: of this table and in the scope.
    ///
    /// # Errors
    /// When a column that decides cannot be read.
    pub fn keeps(&self, seen: &Seen<'_>) -> Result<bool> {
        let record = seen.json;
        if let Some(supplement) = &self.table.supplement
            && record.get(supplement.without).is_none_or(Json::is_null)
        {
            self.saw_unparented.store(true, Ordering::Relaxed);
        }
        if let Some((path, value)) = self.table.keep {
            // The record itself need not say what it is: its address did.
            let kept = match at(record, path) {
                Some(found) => found.as_str() == Some(value),
                None => self.single,
            };
            if !kept {
                return Ok(false);
            }
        }
        Ok(self.in_domains(seen)? && self.in_projects(seen)?)
    }

    /// Whether a row is of the days that its request asked for, and not of the next part, which brings it
    /// once more.
    ///
    /// # Errors
    /// When the column cannot be read.
    pub fn is_within(&self, window: Option<&Window>, seen: &Seen<'_>) -> Result<bool> {
        let Some(window) = window else {
            return Ok(true);
        };
        Ok(match self.value(window.column, seen)? {
            Some(Value::Date(day)) => (window.first..=window.last).contains(&day),
            _ => true,
        })
    }

    /// Whether a request can bring rows, going by what it asks.
    ///
    /// # Errors
    /// When a column that decides cannot be read.
    pub fn keeps_asked(&self, asked: &[(String, Scalar)]) -> Result<bool> {
        self.in_domains(&Seen { asked, ..Seen::alone(&Json::Null, "") })
    }

    fn in_domains(&self, seen: &Seen<'_>) -> Result<bool> {
        for (name, values) in &self.admitted.0 {
            let admitted = match self.value(name, seen)? {
                Some(Value::Text(text)) => values.contains(&text),
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

    fn in_projects(&self, seen: &Seen<'_>) -> Result<bool> {
        let Some(within) = &self.within else {
            return Ok(true);
        };
        if self.table.column("project_id").is_none() {
            return Ok(true);
        }
        let project = self.value("project_id", seen)?;
        Ok(matches!(project, Some(Value::Bigint(id)) if within.contains(&id)))
    }

    /// The value of a column of the catalogue; none where it has no such column.
    ///
    /// # Errors
    /// When it is not what the API promises.
    pub fn value(&self, name: &str, seen: &Seen<'_>) -> Result<Option<Value>> {
        let Some(column) = self.table.column(name) else {
            return Ok(None);
        };
        self.checked(name, seen, column.field.read(column.ty, seen))
    }

    /// Reads the wanted cells of a record.
    ///
    /// # Errors
    /// When a value is not what the API promises, naming table, column and record.
    pub fn row(&self, seen: &Seen<'_>) -> Result<Row> {
        let cells = self.cells.iter();
        cells
            .map(|cell| {
                let read = match &cell.place {
                    Found::Column(field) => field.read(cell.ty, seen),
                    Found::Path(field) => field.read(cell.ty, seen),
                };
                self.checked(&cell.name, seen, read)
            })
            .collect()
    }

    fn checked(&self, name: &str, seen: &Seen<'_>, read: Read) -> Result<Option<Value>> {
        read.map_err(|mismatch| {
            let table = self.table.name;
            let message = format!("column \"{name}\" of table \"{table}\": {mismatch}");
            let id = seen.json.get("id").map(ToString::to_string);
            Error::malformed(message)
                .detail(format!("In the record with id {}.", id.unwrap_or_default()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, records};

    #[test]
    fn rule_48_items_of_grouped_reports_come_with_the_project_around_them() {
        let body = br#"[{"id": 1, "name": "A", "todos": [{"id": 11}, {"id": 12}]},
            {"id": 2, "todos": []}, {"id": 3, "todos": [{"id": 31}]}]"#;
        let found = records(Rows::Inside("todos"), body).expect("rows");
        let ids = found.iter().map(|each| {
            let outer = each.outer.as_ref().expect("a project");
            assert!(outer.get("todos").is_none(), "the rows are not kept twice");
            (outer["id"].as_i64(), each.json["id"].as_i64(), each.place)
        });
        let expected = [(1, 11, 1), (1, 12, 2), (3, 31, 1)];
        let expected = expected.map(|(project, item, place)| (Some(project), Some(item), place));
        assert_eq!(ids.collect::<Vec<_>>(), expected);
        for wrong in ["{}", "[5]", r#"[{"todos": 5}]"#] {
            let refused = records(Rows::Inside("todos"), wrong.as_bytes());
            assert!(refused.is_err(), "{wrong}");
        }
    }
}

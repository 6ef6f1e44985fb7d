//! Records become rows: only wanted cells are read, each once.

use super::record::Record;
use crate::catalog::field::{Need, Seen};
use crate::catalog::{Field, RECORD, Role, Table};
use crate::error::{Error, Result};
use crate::plan::{Cell, Origin};
use crate::value::{Document, Read, Type, Value, beginning};

/// The values of one row, in the order of the plan's cells. `None` is NULL.
pub type Row = Vec<Option<Value>>;

/// The member that a record's own number is in.
const ID: &str = "id";

fn no_id(table: &str) -> Error {
    Error::malformed(format!("column \"{ID}\" of table \"{table}\": a record has no id"))
}

/// Reads the wanted cells, and the columns that decide.
#[derive(Debug)]
pub struct Decoder {
    table: &'static Table,
    cells: Vec<CellReader>,
    /// Top-level members that some wanted cell is in.
    members: Vec<String>,
    /// Whether the whole record is wanted.
    whole: bool,
    /// Whether a wanted cell is in what is around the record in a listing.
    around: bool,
    /// Whether each record has an id: those that have an address of their own.
    identified: bool,
}

/// A cell, ready to be read.
#[derive(Debug)]
struct CellReader {
    name: String,
    path: CellPath,
    ty: Type,
}

#[derive(Debug)]
enum CellPath {
    Catalogue(&'static Field),
    Option(Field<String>),
}

impl Decoder {
    /// Prepares for some cells. `None`: they are from another version of the catalogue.
    pub fn new(table: &'static Table, wanted: &[Cell]) -> Option<Self> {
        let (mut members, mut whole) = (Vec::new(), false);
        let mut around = false;
        let mut cells = Vec::with_capacity(wanted.len());
        for cell in wanted {
            let path = match &cell.origin {
                Origin::Column(name) => {
                    let column = table.column(name)?;
                    members.extend(column.field.needs().iter().filter_map(|need| match need {
                        Need::Member(member) => Some((*member).to_owned()),
                        _ => None,
                    }));
                    whole |= *name == RECORD.name;
                    let needs = column.field.needs();
                    around |= needs.iter().any(|need| matches!(need, Need::Array | Need::Outer));
                    CellPath::Catalogue(&column.field)
                }
                Origin::Path(field) => {
                    members.extend(field.member().map(str::to_owned));
                    whole |= *field == Field::Whole;
                    CellPath::Option(field.clone())
                }
            };
            cells.push(CellReader { name: cell.name.clone(), path, ty: cell.ty });
        }
        let identified = members.iter().any(|member| member == ID) && table.single().is_some();
        Some(Self { table, cells, members, whole, around, identified })
    }

    /// The table that is read.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// Whether a wanted cell is in a member that a record does not have. `foreign`: members of its
    /// listing that mean something else there.
    pub fn misses(&self, record: &Document, foreign: &[&str]) -> bool {
        let mut members = self.members.iter();
        self.whole
            || members
                .any(|member| record.get(member).is_none() || foreign.contains(&member.as_str()))
    }

    /// Whether the single record alone has every wanted cell.
    ///
    /// # Errors
    /// When a value is not what the API promises.
    pub fn is_in(&self, record: &Record) -> Result<bool> {
        let reduced = self.table.whole.iter().any(|member| record.document.get(member).is_none());
        Ok(!self.around && !reduced && !self.misses_bucket(&record.seen())?)
    }

    /// Whether a wanted cell has no value as long as the project or calendar is not known.
    ///
    /// # Errors
    /// When a value is not what the API promises.
    pub fn misses_bucket(&self, seen: &Seen<'_>) -> Result<bool> {
        for cell in &self.cells {
            if let CellPath::Catalogue(field) = &cell.path
                && field.is_of_bucket()
                && self.checked(&cell.name, seen, field.read(cell.ty, seen))?.is_none()
            {
                return Ok(true);
            }
        }
        Ok(false)
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

    /// The number in the column of a role; none where there is none.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub fn id(&self, role: Role, seen: &Seen<'_>) -> Result<Option<i64>> {
        let value = self.value(role.name(), seen)?;
        Ok(if let Some(Value::Bigint(id)) = value { Some(id) } else { None })
    }

    /// Reads the wanted cells of a record.
    ///
    /// # Errors
    /// When a value is not what the API promises, naming table, column and record.
    pub fn row(&self, record: &Record) -> Result<Row> {
        let seen = record.seen();
        if self.identified && record.document.is_object() {
            let id = record.document.get(ID);
            id.ok_or_else(|| no_id(self.table.name))?;
        }
        let cells = self.cells.iter();
        cells
            .map(|cell| {
                let read = match &cell.path {
                    CellPath::Catalogue(field) => field.read(cell.ty, &seen),
                    CellPath::Option(field) => field.read(cell.ty, &seen),
                };
                self.checked(&cell.name, &seen, read)
            })
            .collect()
    }

    fn checked(&self, name: &str, seen: &Seen<'_>, read: Read) -> Result<Option<Value>> {
        read.map_err(|mismatch| {
            let table = self.table.name;
            let message = format!("column \"{name}\" of table \"{table}\": {mismatch}");
            let id = seen.json.get(ID).ok().flatten().map(|id| beginning(id.text()));
            Error::malformed(message)
                .detail(format!("In the record with id {}.", id.unwrap_or_default()))
        })
    }
}

//! Rows into tuples.

use std::cell;
use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgTryBuilder, PgTupleDesc, pg_sys};

use super::datum::Target;
use crate::catalog::Role;
use crate::error::{Error, Result};
use crate::fdw::options;
use crate::fdw::report::raise_with;
use crate::plan::{Cell, Origin};
use crate::rows::Row;
use crate::value::Value;

/// Where cells go.
pub struct Tuple {
    /// The foreign table's name.
    pub table: String,
    targets: Vec<Place>,
    /// Which cell is the id of the record.
    id: Option<usize>,
}

/// The place of a cell in the tuple, and how values go in.
struct Place {
    name: String,
    number: usize,
    target: Target,
}

impl Tuple {
    /// For cells of a table.
    ///
    /// # Safety
    /// The table exists, and the descriptor is that of the slot that rows go into.
    pub unsafe fn of(oid: pg_sys::Oid, cells: &[Cell], descriptor: pg_sys::TupleDesc) -> Self {
        // SAFETY: as the caller says; the name is palloc'ed.
        let (table, descriptor) = unsafe {
            let name = pg_sys::get_rel_name(oid);
            let name = if name.is_null() { String::new() } else { options::text(name) };
            (name, PgTupleDesc::from_pg_unchecked(descriptor))
        };
        let place = |name: &str| {
            let mut columns = descriptor.iter().enumerate();
            // SAFETY: the name of a column that exists.
            let is = |name: &str, each: &pg_sys::FormData_pg_attribute| unsafe {
                options::text(each.attname.data.as_ptr()) == name
            };
            columns.find(|(_, each)| !each.attisdropped && is(name, each))
        };
        let targets = cells.iter().filter_map(|cell| {
            let (number, attribute) = place(&cell.name)?;
            let target = Target::new(cell.ty, attribute.atttypid, attribute.atttypmod);
            Some(Place { name: cell.name.clone(), number, target })
        });
        let targets: Vec<Place> = targets.collect();
        let is_id =
            |origin: &Origin| matches!(origin, Origin::Column(name) if name == Role::Id.name());
        let id = cells.iter().position(|cell| is_id(&cell.origin));
        Self { table, targets, id }
    }

    /// Stores a row, with NULL in every column that is no cell.
    ///
    /// # Errors
    /// When the encoding of the database has not got a character of it.
    ///
    /// # Safety
    /// The slot is cleared and is of the relation; datums go into the current memory context.
    pub unsafe fn store(&self, row: Row, slot: *mut pg_sys::TupleTableSlot) -> Result<()> {
        let id = match self.id.and_then(|place| row.get(place)) {
            Some(Some(Value::Bigint(id))) => Some(*id),
            _ => None,
        };
        // SAFETY: as the caller says; places were found in the slot's own descriptor.
        unsafe {
            let columns = (*(*slot).tts_tupleDescriptor).natts as usize;
            for column in 0..columns {
                *(*slot).tts_isnull.add(column) = true;
            }
            self.blaming(id, |column| {
                for (number, (place, value)) in self.targets.iter().zip(row).enumerate() {
                    let Some(value) = value else { continue };
                    column.set(number);
                    let datum = place.target.datum(value);
                    if let Some(datum) = datum.map_err(|error| self.named(place, id, error))? {
                        *(*slot).tts_values.add(place.number) = datum;
                        *(*slot).tts_isnull.add(place.number) = false;
                    }
                }
                Ok(())
            })?;
            pg_sys::ExecStoreVirtualTuple(slot);
        }
        Ok(())
    }

    /// Does something whose errors of PostgreSQL's, such as a value that a type refuses, say in which
    /// of the targets they were met.
    fn blaming(
        &self,
        id: Option<i64>,
        work: impl FnOnce(&cell::Cell<usize>) -> Result<()>,
    ) -> Result<()> {
        let column = cell::Cell::new(0);
        let work = AssertUnwindSafe(|| work(&column));
        let place = AssertUnwindSafe(|| self.targets.get(column.get()));
        let blame = |cause: CaughtError| {
            let (CaughtError::PostgresError(report), Some(place)) = (&cause, (*place)()) else {
                cause.rethrow()
            };
            let named = self.named(place, id, Error::malformed(report.message()));
            raise_with(report.sql_error_code(), &named)
        };
        PgTryBuilder::new(work).catch_others(blame).execute()
    }

    /// An error with what it was about.
    fn named(&self, place: &Place, id: Option<i64>, error: Error) -> Error {
        let error =
            error.about(format_args!("column \"{}\" of table \"{}\"", place.name, self.table));
        match id {
            Some(id) => error.detail(format!("In the record with id {id}.")),
            None => error,
        }
    }
}

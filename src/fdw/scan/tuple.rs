//! Rows into tuples.

use pgrx::{PgRelation, PgTupleDesc, pg_sys};

use super::datum::Target;
use crate::plan::Plan;
use crate::rows::Row;

/// Where the cells of a plan go: for each, the place in the tuple and how values go in.
pub struct Tuple(Vec<(usize, Target)>);

impl Tuple {
    /// For the cells of a plan.
    ///
    /// # Safety
    /// The relation is open for as long as the query runs.
    pub unsafe fn of(plan: &Plan, relation: pg_sys::Relation) -> Self {
        // SAFETY: as the caller says.
        let relation = unsafe { PgRelation::from_pg(relation) };
        let descriptor: PgTupleDesc<'_> = relation.tuple_desc();
        let place = |name: &str| {
            let mut columns = descriptor.iter().enumerate();
            columns.find(|(_, each)| !each.attisdropped && each.name() == name)
        };
        let targets = plan.cells.iter().filter_map(|cell| {
            let (place, attribute) = place(&cell.name)?;
            Some((place, Target::new(cell.ty, attribute.atttypid, attribute.atttypmod)))
        });
        Self(targets.collect())
    }

    /// Stores a row, with NULL in every column that is no cell.
    ///
    /// # Safety
    /// The slot is cleared and is of the relation; datums go into the current memory context.
    pub unsafe fn store(&self, row: Row, slot: *mut pg_sys::TupleTableSlot) {
        // SAFETY: as the caller says; places were found in the slot's own descriptor.
        unsafe {
            let columns = (*(*slot).tts_tupleDescriptor).natts as usize;
            for column in 0..columns {
                *(*slot).tts_isnull.add(column) = true;
            }
            for ((column, target), value) in self.0.iter().zip(row) {
                if let Some(datum) = value.and_then(|value| target.datum(value)) {
                    *(*slot).tts_values.add(*column) = datum;
                    *(*slot).tts_isnull.add(*column) = false;
                }
            }
            pg_sys::ExecStoreVirtualTuple(slot);
        }
    }
}

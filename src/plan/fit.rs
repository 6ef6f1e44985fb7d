//! Which columns a source carries, and which must be filled in from another.

use super::query::{Cell, Origin};
use crate::catalog::field::Need;
use crate::catalog::{Field, RECORD, Rows, Source, Table};

/// Whether a wanted cell is not in the records of a source.
pub(super) fn lacks(table: &'static Table, source: &Source, cell: &Cell) -> bool {
    match &cell.origin {
        Origin::Path(Field::Whole) => lacks_of_whole(table, source),
        Origin::Column(name) if name == RECORD.name => lacks_of_whole(table, source),
        Origin::Path(field) => field.member().is_some_and(|member| source.lacks.contains(&member)),
        Origin::Column(name) => {
            table.column(name).is_some_and(|column| lacks_field(source, &column.field))
        }
    }
}

/// Whether a cell that a source lacks is a part of the record that another source has. The whole
/// record is wanted with all that there is of it, but never makes a source unusable.
pub(super) fn is_of_whole(cell: &Cell) -> bool {
    match &cell.origin {
        Origin::Path(field) => *field == Field::Whole,
        Origin::Column(name) => name == RECORD.name,
    }
}

/// Whether a listing has a cell that the single record lacks. Of a whole record those are the members that
/// columns show: what else the listing lacks of it, the single record has.
pub(super) fn supplies(
    table: &'static Table,
    listing: &Source,
    single: &Source,
    cell: &Cell,
) -> bool {
    if is_of_whole(cell) {
        return shown_lacks(table, single).all(|member| !listing.lacks.contains(&member));
    }
    !lacks(table, listing, cell)
}

/// Whether a source lacks members that columns of the table show and that another source has.
fn lacks_of_whole(table: &'static Table, source: &Source) -> bool {
    let mut others = table.sources.iter().filter(|other| {
        (other.rows == Rows::One) != (source.rows == Rows::One) && !std::ptr::eq(*other, source)
    });
    others.any(|other| shown_lacks(table, source).any(|member| !other.lacks.contains(&member)))
}

/// The members that a source lacks and that columns of the table show.
fn shown_lacks(
    table: &'static Table,
    source: &Source,
) -> impl Iterator<Item = &'static str> + use<> {
    let shown = |member: &&str| {
        table.columns().any(|column| column.field.needs().contains(&Need::Member(member)))
    };
    source.lacks.iter().copied().filter(shown)
}

fn lacks_field(source: &Source, field: &Field) -> bool {
    lacking(field, &|need: &Need<'_>| match need {
        Need::Member(member) => source.lacks.contains(member),
        Need::Array => !matches!(source.rows, Rows::Arrays(..)),
        Need::Asked(column) => !asks(source, column),
        Need::Outer => false,
    })
}

/// Whether a value is in none of the places that it may be in. Of several places one that is not asked
/// by is passed over: that is NULL, not missing.
fn lacking(field: &Field, missing: &dyn Fn(&Need<'_>) -> bool) -> bool {
    match field {
        Field::First(places) => {
            let in_record = |place: &Field| !matches!(place, Field::Asked(_));
            places.iter().any(in_record) && places.iter().all(|place| lacking(place, missing))
        }
        other => other.needs().iter().any(missing),
    }
}

/// Whether the requests of a source say something of a column.
fn asks(source: &Source, column: &str) -> bool {
    let mut ways = source.ways.iter().flat_map(|way| way.when);
    source.holes().any(|hole| hole == column)
        || source.equal().any(|name| name == column)
        || ways.any(|(name, _)| *name == column)
        || source.query.iter().any(|parameter| parameter.domain() == Some(column))
}

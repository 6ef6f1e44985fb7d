//! Mistakes in operations that the compiler finds.

use super::{columns, has, has_type, is_value};
use crate::catalog::operation::{Effect, Form, Omission, Operation, Supply};
use crate::catalog::source::Rows;
use crate::catalog::table::Table;
use crate::catalog::template::{equal, next_hole};
use crate::value::Type;

/// Every operation of a table.
pub(super) const fn sound(table: &Table) {
    let mut rest = table.operations;
    while let [operation, after @ ..] = rest {
        one(table, operation);
        rest = after;
    }
}

/// Holes and members are columns, a state is one that the table knows, and what replaces a record can
/// read it first.
const fn one(table: &Table, operation: &Operation) {
    assert!(operation.attempts > 0, "operation: never sent");
    holes(table, operation.path);
    if let Effect::Set(column, value) = operation.effect {
        assert!(
            is_value(table, column, value) || is_flag(table, column, value),
            "operation: sets a value that is none of a domain"
        );
    }
    let mut rest = operation.when;
    while let [(column, _), after @ ..] = rest {
        assert!(has(table, column.as_bytes()), "operation: looks at a column that is not there");
        rest = after;
    }
    members(table, operation);
    if matches!(operation.omission, Omission::Cleared) {
        assert!(has_single(table), "operation: replaces a record that no source reads singly");
    }
}

/// Each hole is a column.
const fn holes(table: &Table, path: &str) {
    let mut rest = path.as_bytes();
    while let Some((hole, after)) = next_hole(rest) {
        assert!(has(table, hole), "operation: a hole that is no column");
        rest = after;
    }
}

/// Each member is of columns of the table, and of one at least where it must be sent; a state is set
/// by the address, and what it takes besides is nothing that a statement names.
const fn members(table: &Table, operation: &Operation) {
    let mut rest = operation.members;
    while let [member, after @ ..] = rest {
        columns(table, member.columns, "operation: a member of a column that is not there");
        let must = matches!(member.supply, Supply::Required | Supply::Known | Supply::Resent);
        assert!(
            !must || !member.columns.is_empty(),
            "operation: what must be sent is in no column"
        );
        assert!(
            !matches!(operation.effect, Effect::Set(..))
                || matches!(member.supply, Supply::Fixed(_) | Supply::Known),
            "operation: a state is set by what a statement names"
        );
        if let Form::DayWhere(column) = member.form {
            assert!(has(table, column.as_bytes()), "operation: asks a column that is not there");
        }
        rest = after;
    }
}

/// Whether a value is one of a boolean column.
const fn is_flag(table: &Table, column: &str, value: &str) -> bool {
    let value = value.as_bytes();
    (equal(value, b"true") || equal(value, b"false"))
        && has_type(table, column.as_bytes(), Type::Boolean)
}

/// Whether a source gives one record by its number.
const fn has_single(table: &Table) -> bool {
    let mut rest = table.sources;
    while let [source, after @ ..] = rest {
        if matches!(source.rows, Rows::One) && source.each.is_none() && by_id(source.path) {
            return true;
        }
        rest = after;
    }
    false
}

const fn by_id(path: &str) -> bool {
    let mut rest = path.as_bytes();
    while let Some((hole, after)) = next_hole(rest) {
        if equal(hole, b"id") {
            return true;
        }
        rest = after;
    }
    false
}

//! A column of a table, the one-line forms that literals write it in, and columns with few values.

use super::path::Field;
use super::role::Role;
use crate::value::Type;

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    /// The column's name.
    pub name: &'static str,
    /// Its type in SQL.
    pub ty: Type,
    /// Where in the record its value is.
    pub field: Field,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// What it means to planning, where that is more than a value.
    pub role: Option<Role>,
}

/// A column whose value is in a certain place.
pub(crate) const fn from(
    name: &'static str,
    ty: Type,
    field: Field,
    about: &'static str,
) -> Column {
    Column { name, ty, field, about, role: Role::named(name) }
}

/// A column named like its member.
pub(crate) const fn plain(name: &'static str, ty: Type, about: &'static str) -> Column {
    from(name, ty, Field::Member(name), about)
}

/// A column whose value is at a path in the record.
pub(crate) const fn at(
    name: &'static str,
    ty: Type,
    path: &'static str,
    about: &'static str,
) -> Column {
    from(name, ty, Field::Member(path), about)
}

/// A column whose value is at a path in the object that the record came inside of.
pub(crate) const fn outer(
    name: &'static str,
    ty: Type,
    path: &'static str,
    about: &'static str,
) -> Column {
    from(name, ty, Field::Outer(path), about)
}

/// A column of what the request asked it by.
pub(crate) const fn asked(name: &'static str, ty: Type, about: &'static str) -> Column {
    from(name, ty, Field::Asked(name), about)
}

/// A column of the day of a date or a timestamp at a path.
pub(crate) const fn day(
    name: &'static str,
    ty: Type,
    path: &'static str,
    about: &'static str,
) -> Column {
    from(name, ty, Field::Day(path), about)
}

/// A column of the number of a person at a path, or of an actor that has none.
pub(crate) const fn person(
    name: &'static str,
    ty: Type,
    path: &'static str,
    about: &'static str,
) -> Column {
    from(name, ty, Field::Person(path), about)
}

/// A column of the ids of what is in an array.
pub(crate) const fn ids(name: &'static str, path: &'static str, about: &'static str) -> Column {
    from(name, Type::BigintArray, Field::Each(path, "id"), about)
}

/// A column whose value is in the first place that has one.
pub(crate) const fn first(
    name: &'static str,
    ty: Type,
    places: &'static [Field],
    about: &'static str,
) -> Column {
    from(name, ty, Field::First(places), about)
}

/// The whole record: the last column of every table.
pub static RECORD: Column =
    from("record", Type::Jsonb, Field::Whole, "The whole record as Basecamp sent it.");

/// A column whose few values the API is asked by. Any condition on the column alone is evaluated over
/// them, and exactly the values it admits are read.
#[derive(Debug)]
pub struct Domain {
    /// The column.
    pub column: &'static str,
    /// Every value, as SQL text (`true`, `false` for booleans).
    pub values: &'static [&'static str],
    /// The values read where no condition says otherwise.
    pub default: &'static [&'static str],
}

/// Publication states of a record. Without a condition, tables show the active ones.
pub const STATUS: Domain =
    Domain { column: "status", values: &["active", "archived", "trashed"], default: &["active"] };

/// Whether a thing of Basecamp 2 is in the trash; never shown without a condition that asks for it.
pub const TRASHED: Domain =
    Domain { column: "trashed", values: &["false", "true"], default: &["false"] };

/// Whether a to-do is done. Listings of one list give the two kinds apart.
pub const COMPLETED: Domain =
    Domain { column: "completed", values: &["false", "true"], default: &["false", "true"] };

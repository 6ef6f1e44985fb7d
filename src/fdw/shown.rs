//! What a foreign table shows: a table of the catalogue, column by column.

use pgrx::{PgRelation, pg_sys};

use super::options;
use crate::catalog::{self, Field, Table, Version, nearest};
use crate::error::{Error, Kind, Result};
use crate::option::Settings;
use crate::plan::{Cell, Origin};
use crate::value::Type;

/// A foreign table, as the catalogue sees it.
pub struct Shown {
    /// Its server.
    pub server: pg_sys::Oid,
    /// What the options of the server and of the table say.
    pub settings: Settings,
    /// The catalogue's table.
    pub table: &'static Table,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
}

/// A column of the foreign table.
pub struct Column {
    /// Its number.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// The catalogue's column; none: a path of the record, or an error.
    pub ours: Option<&'static catalog::Column>,
    /// Where its value is; the error if the resource has no such column.
    origin: Result<(Origin, Type)>,
    /// The declared type.
    pub oid: pg_sys::Oid,
    /// Its modifier.
    pub typmod: i32,
    /// Its collation.
    pub collation: pg_sys::Oid,
}

impl Shown {
    /// Looks a foreign table up.
    ///
    /// # Errors
    /// When the catalogue has no such table.
    pub fn of(oid: pg_sys::Oid) -> Result<Self> {
        let (server, settings) = options::of_table(oid)?;
        // SAFETY: the caller holds a lock on the relation.
        let relation = unsafe { PgRelation::open(oid) };
        // SAFETY: the name of a relation that is open.
        let name = unsafe { options::name_of(relation.as_ptr()) };
        let resource = settings.resource().map_or(name, str::to_owned);
        let version = settings.version();
        let table = version.table(&resource).ok_or_else(|| no_table(&resource, version))?;
        let descriptor = relation.tuple_desc();
        let columns = descriptor.iter().filter(|each| !each.attisdropped);
        let columns = columns.map(|each| Column::of(oid, table, each)).collect();
        Ok(Self { server, settings, table, columns })
    }
}

impl Column {
    fn of(
        relation: pg_sys::Oid,
        table: &'static Table,
        attribute: &pg_sys::FormData_pg_attribute,
    ) -> Self {
        // SAFETY: the name of a column that exists.
        let name = unsafe { options::text(attribute.attname.data.as_ptr()) };
        let path = options::field_of_column(relation, attribute.attnum);
        let ours = table.column(path.as_deref().unwrap_or(&name));
        let origin = match (ours, path) {
            (Some(column), _) => Ok((Origin::Column(column.name.to_owned()), column.ty)),
            (None, Some(path)) => Field::parse(&path)
                .map(|field| (Origin::Path(field), type_for(attribute.atttypid)))
                .ok_or_else(|| no_column(&path, table)),
            (None, None) => Err(no_column(&name, table)),
        };
        Self {
            number: attribute.attnum,
            name,
            ours,
            origin,
            oid: attribute.atttypid,
            typmod: attribute.atttypmod,
            collation: attribute.attcollation,
        }
    }

    /// The cell that a row has for it.
    ///
    /// # Errors
    /// When the resource has no such column.
    pub fn cell(&self) -> Result<Cell> {
        let (origin, ty) = self.origin.clone()?;
        Ok(Cell { name: self.name.clone(), origin, ty })
    }

    /// Whether it is the id of the record.
    pub fn is_id(&self) -> bool {
        self.ours.is_some_and(|column| column.role == Some(catalog::Role::Id))
    }
}

/// A name that is none of a table of an API version.
pub fn no_table(name: &str, version: Version) -> Error {
    let error = Error::new(Kind::UnknownTable, format!("Basecamp has no resource \"{name}\""));
    let names = version.tables().iter().map(|table| table.name);
    error.hint(match nearest(name, names) {
        Some(meant) => {
            format!("Perhaps you meant \"{meant}\": the table option \"resource\" names it.")
        }
        None => {
            "Name one with the table option \"resource\". basecamp.resources(server) lists them, \
                 and basecamp.import makes tables of them all."
                .to_owned()
        }
    })
}

/// A name that is none of a column of a table.
fn no_column(name: &str, table: &Table) -> Error {
    let message = format!("resource \"{}\" has no column \"{name}\"", table.name);
    let names = table.columns().map(|column| column.name);
    let meant = nearest(name, names).map(|meant| format!("Perhaps you meant \"{meant}\". "));
    Error::new(Kind::UnknownColumn, message).hint(format!(
        "{}The column option \"field\" says which column or member of the record is shown.",
        meant.unwrap_or_default()
    ))
}

/// Our type for a column that a user declared over a path of the record.
fn type_for(oid: pg_sys::Oid) -> Type {
    match oid {
        pg_sys::INT8OID => Type::Bigint,
        pg_sys::INT4OID | pg_sys::INT2OID => Type::Integer,
        pg_sys::BOOLOID => Type::Boolean,
        pg_sys::DATEOID => Type::Date,
        pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID => Type::Timestamptz,
        pg_sys::NUMERICOID | pg_sys::FLOAT8OID | pg_sys::FLOAT4OID => Type::Numeric,
        pg_sys::JSONBOID | pg_sys::JSONOID => Type::Jsonb,
        pg_sys::INT8ARRAYOID => Type::BigintArray,
        pg_sys::INT4ARRAYOID => Type::IntegerArray,
        pg_sys::TEXTARRAYOID => Type::TextArray,
        _ => Type::Text,
    }
}

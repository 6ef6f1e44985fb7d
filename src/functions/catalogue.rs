//! Looking around: what tables there are, in rows and in comments. Asks Basecamp nothing.

use pgrx::prelude::*;
use pgrx::spi::{self, quote_literal};
use pgrx::{JsonB, Spi};

use super::required;
use crate::catalog::{Table, Version};
use crate::error::{Error, Kind, Result};
use crate::fdw::encoding::{Text, terminated};
use crate::fdw::report::OrReport as _;
use crate::fdw::{named, quoted};
use crate::reference;

/// A table of the catalogue.
type Resources = TableIterator<
    'static,
    (
        name!(name, String),
        name!(meaning, String),
        name!(sources, JsonB),
        name!(filters, Vec<String>),
        name!(needs, Option<String>),
        name!(scoped_by_project, bool),
        name!(api_version, String),
    ),
>;

#[pg_extern]
fn resources(server: Option<Text>) -> Resources {
    let version = || named::version(required("server", server.as_deref())?);
    let version = version().or_report();
    let rows = version.tables().iter().map(move |table| {
        let sources = serde_json::json!(reference::sources(table));
        let filters = reference::filters(table).into_iter().map(str::to_owned);
        (
            table.name.to_owned(),
            table.about.to_owned(),
            JsonB(sources),
            filters.collect(),
            reference::needs(version, table),
            table.scoped,
            version.name().to_owned(),
        )
    });
    TableIterator::new(rows)
}

/// A column of the catalogue.
type Columns = TableIterator<
    'static,
    (
        name!(table_name, String),
        name!(column_name, String),
        name!(type, String),
        name!(meaning, String),
        name!(filterable, bool),
        name!(sortable, bool),
        name!(writable, bool),
        name!(position, i32),
    ),
>;

#[pg_extern]
fn columns(server: Option<Text>) -> Columns {
    let version = || named::version(required("server", server.as_deref())?);
    let tables = version().or_report().tables().iter();
    let rows = tables.flat_map(|table| {
        reference::columns(table).zip(1..).map(|(column, position)| {
            (
                table.name.to_owned(),
                column.name.to_owned(),
                column.ty.sql().to_owned(),
                column.about.to_owned(),
                reference::is_filterable(table, column.name),
                // Every ORDER BY is PostgreSQL's own.
                false,
                reference::is_writable(table, column),
                position,
            )
        })
    });
    TableIterator::new(rows)
}

/// A function for what no statement can say.
type Actions = TableIterator<
    'static,
    (name!(name, String), name!(meaning, String), name!(signature, String), name!(request, String)),
>;

#[pg_extern]
fn actions(server: Option<Text>) -> Actions {
    let version = || named::version(required("server", server.as_deref())?);
    let rows = version().or_report().verbs().iter().map(|verb| {
        let request = reference::request(verb.method, verb.path);
        (verb.name.to_owned(), verb.about.to_owned(), reference::signature(verb), request)
    });
    TableIterator::new(rows)
}

#[pg_extern]
fn comment_sql(schema: Option<Text>) -> SetOfIterator<'static, Text> {
    let statements = || comments(required("schema", schema.as_deref())?, None);
    SetOfIterator::new(statements().or_report().into_iter().map(Text))
}

pub(super) fn run(statement: &str) -> Result<()> {
    let statement = terminated(statement)?;
    let done = Spi::connect_mut(|client| client.update(statement.as_c_str(), None, &[]).map(drop));
    done.map_err(|error| failed(&error))
}

pub(super) fn failed(error: &spi::Error) -> Error {
    Error::new(Kind::Configuration, "could not run a statement").detail(format!("{error}."))
}

/// Every column of the foreign tables of this extension in a schema, with the options that say what
/// it shows. Operators are PostgreSQL's own by the types of both sides, whatever the search path.
const SHOWN: &str = "\
SELECT c.relname::pg_catalog.text, a.attname::pg_catalog.text,
       (SELECT o.option_value FROM pg_catalog.pg_options_to_table(f.ftoptions) o
         WHERE o.option_name = 'resource'::pg_catalog.text),
       (SELECT o.option_value FROM pg_catalog.pg_options_to_table(a.attfdwoptions) o
         WHERE o.option_name = 'field'::pg_catalog.text),
       (SELECT o.option_value FROM pg_catalog.pg_options_to_table(s.srvoptions) o
         WHERE o.option_name = 'schema'::pg_catalog.text),
       s.srvname::pg_catalog.text
  FROM pg_catalog.pg_foreign_table f
  JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
  JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  JOIN pg_catalog.pg_depend d ON d.objid = w.fdwhandler AND d.refobjid =
       (SELECT e.oid FROM pg_catalog.pg_extension e
         WHERE e.extname = 'basecamp_fdw'::pg_catalog.name)
 WHERE n.nspname = $1::pg_catalog.name AND a.attnum > 0 AND NOT a.attisdropped
   AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
   AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid
 ORDER BY 1, a.attnum";

/// A column of a foreign table, and what it shows.
pub(super) struct Shown {
    pub table: String,
    pub column: String,
    pub resource: Option<String>,
    pub field: Option<String>,
    version: Option<String>,
    pub server: String,
}

pub(super) fn shown(schema: &str) -> Result<Vec<Shown>> {
    let read = Spi::connect(|client| {
        let there =
            "SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1::pg_catalog.name";
        if client.select(there, Some(1), &[Text(schema.to_owned()).into()])?.is_empty() {
            return Ok(None);
        }
        let rows = client.select(SHOWN, None, &[Text(schema.to_owned()).into()])?;
        let rows = rows.map(|row| {
            let word = |place| Ok::<_, spi::Error>(row.get::<Text>(place)?.map(|text| text.0));
            Ok(Shown {
                table: word(1)?.unwrap_or_default(),
                column: word(2)?.unwrap_or_default(),
                resource: word(3)?,
                field: word(4)?,
                version: word(5)?,
                server: word(6)?.unwrap_or_default(),
            })
        });
        rows.collect::<spi::Result<Vec<_>>>().map(Some)
    });
    read.map_err(|error| failed(&error))?.ok_or_else(|| {
        let message = format!("schema \"{schema}\" does not exist");
        Error::new(Kind::SchemaNotFound, message).hint("Make it first, with CREATE SCHEMA.")
    })
}

/// COMMENT ON for the foreign tables of a schema, whatever they and their columns are called.
pub(super) fn comments(schema: &str, only: Option<&[&Table]>) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let mut last = None;
    for shown in shown(schema)? {
        let Shown { table: name, column, .. } = &shown;
        let version = match &shown.version {
            Some(version) if version.eq_ignore_ascii_case("V2") => Version::V2,
            _ => Version::V3,
        };
        let wanted = only.is_none_or(|only| only.iter().any(|table| table.name == name));
        let resource = version.table(shown.resource.as_ref().unwrap_or(name));
        let Some(table) = resource.filter(|_| wanted) else {
            continue;
        };
        let place = format!("{}.{}", quoted(schema), quoted(name));
        if last.replace(place.clone()).as_ref() != Some(&place) {
            let about = quote_literal(table.about);
            statements.push(format!("COMMENT ON FOREIGN TABLE {place} IS {about};"));
        }
        let field = shown.field.as_ref().unwrap_or(column);
        if let Some(meaning) = reference::meaning(table, field) {
            let (column, meaning) = (quoted(column), quote_literal(meaning));
            statements.push(format!("COMMENT ON COLUMN {place}.{column} IS {meaning};"));
        }
    }
    Ok(statements)
}

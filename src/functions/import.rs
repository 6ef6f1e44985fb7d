//! The tables of a server into a schema, as often as one likes: what is missing is added, and what
//! somebody changed stays. Asks Basecamp nothing.

use std::collections::HashMap;

use pgrx::Spi;
use pgrx::prelude::*;

use super::catalogue::{Shown, comments, failed, run, shown};
use super::required;
use crate::catalog::{Column, Table, Version};
use crate::error::{Error, Kind, Result};
use crate::fdw::encoding::Text;
use crate::fdw::report::OrReport as _;
use crate::fdw::{named, quoted, version};
use crate::reference;

/// What became of a table.
type Imported = TableIterator<'static, (name!(table_name, String), name!(done, String))>;

#[pg_extern]
fn import_tables(
    server: Option<Text>,
    schema: Option<Text>,
    limit_to: Option<Vec<Option<Text>>>,
    excluding: Option<Vec<Option<Text>>>,
    replace: Option<bool>,
    dry_run: Option<bool>,
) -> Imported {
    let imported = || {
        let (server, schema) =
            (required("server", server.as_deref())?, required("schema", schema.as_deref())?);
        let api = named::version(server)?;
        let tables = chosen(api, limit_to, excluding)?;
        let target = Target { server, schema, version: api };
        let works = target.works(&tables, replace.unwrap_or(false))?;
        if !dry_run.unwrap_or(false) {
            target.perform(&works)?;
        }
        Ok::<_, Error>(works)
    };
    let works = imported().or_report();
    let rows = works.into_iter().map(|(table, work)| (table.name.to_owned(), work.told()));
    TableIterator::new(rows)
}

/// The function as the SQL of 0.1.0 declares it, which has other arguments.
#[pg_extern]
fn import() {
    Err::<(), _>(version::behind()).or_report();
}

/// The tables that are wanted; one that does not exist is an error, where IMPORT would say nothing.
fn chosen(
    version: Version,
    limit_to: Option<Vec<Option<Text>>>,
    excluding: Option<Vec<Option<Text>>>,
) -> Result<Vec<&'static Table>> {
    if limit_to.is_some() && excluding.is_some() {
        let message = "limit_to and excluding cannot both be given";
        return Err(Error::new(Kind::Invalid, message));
    }
    let known = |name: &Option<Text>| match name.as_deref() {
        None => Err(Error::new(Kind::Invalid, "names of tables must not be null")),
        Some(name) => version.table(name).map(|table| table.name).ok_or_else(|| {
            let message = format!("there is no table \"{name}\" in {}", version.name());
            Error::new(Kind::UnknownTable, message)
                .hint("SELECT name FROM basecamp.resources(server) lists the tables.")
        }),
    };
    let only = limit_to.is_some();
    let named = limit_to.or(excluding).unwrap_or_default();
    let named: Vec<&str> = named.iter().map(known).collect::<Result<_>>()?;
    let tables = version.tables().iter().copied();
    let wanted = tables.filter(|table| named.contains(&table.name) == only);
    Ok(wanted.collect())
}

/// What is to be done about a table.
enum Work {
    /// There is nothing of its name.
    Create,
    /// There is one of this server, which is dropped first.
    Replace,
    /// There is one of this server, which lacks these columns.
    Add(Vec<&'static Column>),
    /// There is one of this server, which has all columns.
    Nothing,
    /// There is something else of its name: what.
    Keep(&'static str),
}

impl Work {
    fn told(&self) -> String {
        match self {
            Self::Create => "created".to_owned(),
            Self::Replace => "replaced".to_owned(),
            Self::Add(columns) => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                format!("added {}", names.join(", "))
            }
            Self::Nothing => "unchanged".to_owned(),
            Self::Keep(what) => format!("kept, because it is {what}"),
        }
    }
}

/// Tables, and what is to be done about each.
type Works = Vec<(&'static Table, Work)>;

/// Where the tables go.
struct Target<'a> {
    server: &'a str,
    schema: &'a str,
    version: Version,
}

impl Target<'_> {
    fn works(&self, tables: &[&'static Table], replace: bool) -> Result<Works> {
        let shown = shown(self.schema)?;
        let there = relations(self.schema)?;
        let work = |table: &'static Table| {
            let ours = shown.iter().filter(|shown| shown.table == table.name);
            let ours: Vec<&Shown> = ours.collect();
            let work = match (there.get(table.name).copied().flatten(), ours.first()) {
                (None, _) => Work::Create,
                (Some('f'), Some(first)) if !self.shows(first, table) => {
                    Work::Keep("a foreign table of something else")
                }
                (Some('f'), Some(_)) if replace => Work::Replace,
                (Some('f'), Some(_)) => match lacking(table, &ours) {
                    columns if columns.is_empty() => Work::Nothing,
                    columns => Work::Add(columns),
                },
                (Some('f'), None) => Work::Keep("a foreign table of something else"),
                _ => Work::Keep("no foreign table"),
            };
            (table, work)
        };
        Ok(tables.iter().map(|table| work(table)).collect())
    }

    /// Whether a foreign table is one of this server and shows this resource.
    fn shows(&self, shown: &Shown, table: &Table) -> bool {
        let resource = shown.resource.as_ref().unwrap_or(&shown.table);
        shown.server == self.server && resource == table.name
    }

    /// Does it, with the caller's rights.
    fn perform(&self, works: &Works) -> Result<()> {
        let of = |wanted: fn(&Work) -> bool| -> Vec<&Table> {
            works.iter().filter(|(_, work)| wanted(work)).map(|(table, _)| *table).collect()
        };
        for table in of(|work| matches!(work, Work::Replace)) {
            run(&format!("DROP FOREIGN TABLE {}", self.place(table)))?;
        }
        self.create(&of(|work| matches!(work, Work::Create | Work::Replace)))?;
        for (table, work) in works {
            if let Work::Add(columns) = work {
                self.add(table, columns)?;
            }
        }
        Ok(())
    }

    fn place(&self, table: &Table) -> String {
        format!("{}.{}", quoted(self.schema), quoted(table.name))
    }

    /// Creates foreign tables by IMPORT FOREIGN SCHEMA, and explains them.
    fn create(&self, tables: &[&Table]) -> Result<()> {
        if tables.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = tables.iter().map(|table| quoted(table.name)).collect();
        run(&format!(
            "IMPORT FOREIGN SCHEMA {} LIMIT TO ({}) FROM SERVER {} INTO {}",
            self.version.name().to_lowercase(),
            names.join(", "),
            quoted(self.server),
            quoted(self.schema)
        ))?;
        for statement in comments(self.schema, Some(tables))? {
            run(&statement)?;
        }
        Ok(())
    }

    fn add(&self, table: &Table, columns: &[&Column]) -> Result<()> {
        let place = self.place(table);
        for column in columns {
            let (name, about) = (quoted(column.name), spi::quote_literal(column.about));
            let ty = column.ty.sql();
            run(&format!("ALTER FOREIGN TABLE {place} ADD COLUMN {name} {ty}"))?;
            run(&format!("COMMENT ON COLUMN {place}.{name} IS {about}"))?;
        }
        Ok(())
    }
}

/// The columns of a resource that no column of a foreign table shows, under whatever name.
fn lacking(table: &'static Table, shown: &[&Shown]) -> Vec<&'static Column> {
    let has = |column: &Column| {
        let field = |shown: &&Shown| shown.field.clone().unwrap_or_else(|| shown.column.clone());
        shown.iter().any(|shown| shown.column == column.name || field(shown) == column.name)
    };
    reference::columns(table).filter(|column| !has(column)).collect()
}

/// What there is in a schema, by name: the kind as `pg_class` has it.
fn relations(schema: &str) -> Result<HashMap<String, Option<char>>> {
    let sql = "SELECT c.relname::pg_catalog.text, c.relkind::pg_catalog.text
                 FROM pg_catalog.pg_class c
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1::pg_catalog.name";
    let read = Spi::connect(|client| {
        let rows = client.select(sql, None, &[Text(schema.to_owned()).into()])?;
        let rows = rows.map(|row| {
            let word = |place| row.get::<Text>(place).map(|text| text.map(|text| text.0));
            Ok((word(1)?.unwrap_or_default(), word(2)?.and_then(|kind| kind.chars().next())))
        });
        rows.collect::<spi::Result<_>>()
    });
    read.map_err(|error| failed(&error))
}

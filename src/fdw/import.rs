//! IMPORT FOREIGN SCHEMA: the catalogue as DDL. Asks Basecamp nothing.

use std::fmt::Write as _;

use pgrx::{PgList, pg_sys};

use super::encoding::terminated;
use super::list::nodes;
use super::options;
use super::report::OrReport as _;
use crate::catalog::{RECORD, Role, Table, Version};
use crate::error::{Error, Kind, Result};
use crate::option::{Pairs, Place, Settings, validate};

/// The commands that create the tables of a schema.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn import_foreign_schema(
    statement: *mut pg_sys::ImportForeignSchemaStmt,
    server: pg_sys::Oid,
) -> *mut pg_sys::List {
    // SAFETY: PostgreSQL passes its own parse tree, and a server that it just looked up.
    unsafe { Import::of(statement, server) }.or_report().commands()
}

/// Options of IMPORT FOREIGN SCHEMA, which become options of every table: its fences.
const FENCES: [&str; 2] = ["projectid", "statuses"];

/// What is imported.
struct Import {
    server: String,
    version: Version,
    options: Pairs,
    names: Vec<String>,
    kind: pg_sys::ImportForeignSchemaType::Type,
}

impl Import {
    unsafe fn of(
        statement: *mut pg_sys::ImportForeignSchemaStmt,
        server: pg_sys::Oid,
    ) -> Result<Self> {
        // SAFETY: as the caller says.
        unsafe {
            let names = nodes::<pg_sys::RangeVar>((*statement).table_list).into_iter();
            let asked = options::text((*statement).remote_schema);
            let options = options::pairs((*statement).options);
            check(&options)?;
            Ok(Self {
                server: options::server_name(server),
                version: version(&asked, server)?,
                options,
                names: names.map(|name| options::text((*name).relname)).collect(),
                kind: (*statement).list_type,
            })
        }
    }

    fn commands(&self) -> *mut pg_sys::List {
        let mut commands = PgList::<std::ffi::c_char>::new();
        for table in self.version.tables().iter().filter(|table| self.takes(table)) {
            let command = terminated(&self.command(table)).or_report();
            // SAFETY: copies into the statement's memory context.
            commands.push(unsafe { pg_sys::pstrdup(command.as_ptr()) });
        }
        commands.into_pg()
    }

    fn takes(&self, table: &Table) -> bool {
        let named = self.names.iter().any(|name| name == table.name);
        match self.kind {
            pg_sys::ImportForeignSchemaType::FDW_IMPORT_SCHEMA_LIMIT_TO => named,
            pg_sys::ImportForeignSchemaType::FDW_IMPORT_SCHEMA_EXCEPT => !named,
            _ => true,
        }
    }

    /// CREATE FOREIGN TABLE for a table. The resource is said, so that the table can be renamed.
    fn command(&self, table: &Table) -> String {
        let columns: Vec<String> = table
            .columns()
            .chain(std::iter::once(&RECORD))
            .map(|column| {
                // Other columns can be NULL for somebody: servers differ in age, viewers in rights.
                let not_null = if column.role == Some(Role::Id) { " NOT NULL" } else { "" };
                format!("  {} {}{not_null}", quoted(column.name), column.ty.sql())
            })
            .collect();
        let (name, server) = (quoted(table.name), quoted(&self.server));
        let mut command = format!("CREATE FOREIGN TABLE {name} (\n{}\n)", columns.join(",\n"));
        let _ = write!(command, " SERVER {server} OPTIONS (resource '{}'", table.name);
        for (name, value) in &self.options {
            let _ = write!(command, ", {} '{}'", quoted(name), value.replace('\'', "''"));
        }
        command.push(')');
        command
    }
}

/// Refuses what is no fence, and what the table option itself would refuse.
fn check(options: &Pairs) -> Result<()> {
    let other = options.iter().find(|(name, _)| !FENCES.contains(&name.as_str()));
    if let Some((name, _)) = other {
        return Err(Error::new(Kind::OptionName, format!("invalid option \"{name}\""))
            .hint("IMPORT FOREIGN SCHEMA takes projectid and statuses, for every table."));
    }
    validate(Place::Table, options, false)
}

/// The remote schema is the API version, which must be the server's.
fn version(asked: &str, server: pg_sys::Oid) -> Result<Version> {
    let version = Settings::new(options::of_server(server))?.version();
    if asked.eq_ignore_ascii_case(version.name()) {
        return Ok(version);
    }
    let message = format!("the server has no schema \"{asked}\"");
    let (own, other) = match version {
        Version::V2 => {
            ("IMPORT FOREIGN SCHEMA v2", "V3 if the account is one of Basecamp 3, 4 or 5")
        }
        Version::V3 => ("IMPORT FOREIGN SCHEMA v3", "V2 if the account is one of Basecamp 2"),
    };
    let hint = format!("Use {own}; or set option schema of the server to {other}.");
    Err(Error::new(Kind::SchemaNotFound, message).hint(hint))
}

/// A name as SQL writes it.
pub fn quoted(name: &str) -> String {
    let Ok(name) = terminated(name) else {
        return String::new();
    };
    // SAFETY: returns the argument or a palloc'ed copy, both terminated.
    unsafe { options::text(pg_sys::quote_identifier(name.as_ptr())) }
}

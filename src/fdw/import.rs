//! IMPORT FOREIGN SCHEMA: the catalogue as DDL. Asks Basecamp nothing.

use std::ffi::CString;
use std::fmt::Write as _;

use pgrx::{PgList, pg_sys};

use super::options;
use super::report::OrReport as _;
use super::scan::nodes;
use crate::catalog::{RECORD, Table, Version};
use crate::error::{Error, Kind, Result};
use crate::option::Settings;

/// The commands that create the tables of a schema.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn import_foreign_schema(
    statement: *mut pg_sys::ImportForeignSchemaStmt,
    server: pg_sys::Oid,
) -> *mut pg_sys::List {
    // SAFETY: PostgreSQL passes its own parse tree.
    let (asked, names, wanted) = unsafe {
        if let Some(option) = nodes::<pg_sys::DefElem>((*statement).options).first() {
            let name = options::text((**option).defname);
            Err(Error::new(Kind::OptionName, format!("invalid option \"{name}\""))
                .hint("IMPORT FOREIGN SCHEMA takes no options here."))
            .or_report()
        }
        let names = nodes::<pg_sys::RangeVar>((*statement).table_list);
        let names: Vec<String> = names.iter().map(|name| options::text((**name).relname)).collect();
        (options::text((*statement).remote_schema), names, (*statement).list_type)
    };
    // SAFETY: the server's row was just looked up by PostgreSQL.
    let name = unsafe { options::text((*pg_sys::GetForeignServer(server)).servername) };
    let version = version(&asked, server).or_report();
    let mut commands = PgList::<std::ffi::c_char>::new();
    let tables = version.tables().iter().filter(|table| match wanted {
        pg_sys::ImportForeignSchemaType::FDW_IMPORT_SCHEMA_LIMIT_TO => {
            names.iter().any(|n| n == table.name)
        }
        pg_sys::ImportForeignSchemaType::FDW_IMPORT_SCHEMA_EXCEPT => {
            !names.iter().any(|n| n == table.name)
        }
        _ => true,
    });
    for table in tables {
        if let Ok(command) = CString::new(command(table, &name)) {
            // SAFETY: copies into the statement's memory context.
            commands.push(unsafe { pg_sys::pstrdup(command.as_ptr()) });
        }
    }
    commands.into_pg()
}

/// The remote schema is the API version, which must be the server's.
fn version(asked: &str, server: pg_sys::Oid) -> Result<Version> {
    let version = Settings::new(options::of_server(server))?.version();
    if asked.eq_ignore_ascii_case(version.name()) {
        return Ok(version);
    }
    let message = format!("the server has no schema \"{asked}\"");
    let hint = format!("Use IMPORT FOREIGN SCHEMA {}.", version.name().to_lowercase());
    Err(Error::new(Kind::SchemaNotFound, message).hint(hint))
}

/// CREATE FOREIGN TABLE for a table. The resource is said, so that the table can be renamed.
fn command(table: &Table, server: &str) -> String {
    let columns: Vec<String> = table
        .columns()
        .chain(std::iter::once(&RECORD))
        .map(|column| {
            // Other columns can be NULL for somebody: servers differ in age, viewers in rights.
            let not_null = if column.name == "id" { " NOT NULL" } else { "" };
            format!("  {} {}{not_null}", quoted(column.name), column.ty.sql())
        })
        .collect();
    let mut command =
        format!("CREATE FOREIGN TABLE {} (\n{}\n)", quoted(table.name), columns.join(",\n"));
    let _ = write!(command, " SERVER {} OPTIONS (resource '{}')", quoted(server), table.name);
    command
}

fn quoted(name: &str) -> String {
    let Ok(name) = CString::new(name) else {
        return String::new();
    };
    // SAFETY: returns the argument or a palloc'ed copy, both terminated.
    unsafe { options::text(pg_sys::quote_identifier(name.as_ptr())) }
}

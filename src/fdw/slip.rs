//! Slips of the finger in the options of foreign tables, found when the tables are made.

use pgrx::{PgRelation, pg_sys};

use super::report::OrReport as _;
use super::shown::no_table;
use super::{connection, options};
use crate::catalog::{Table, meant};
use crate::error::{Error, Kind, Result};

/// Refuses a foreign table whose options name a resource that there is not, or a field that is nearly
/// one that there is: called by the event trigger for that, before the statement ends.
#[pgrx::pg_extern]
fn check_table(table: pg_sys::Oid) {
    // SAFETY: a flag that is set before any session begins.
    if unsafe { !pg_sys::IsBinaryUpgrade } {
        check(table).or_report();
    }
}

fn check(oid: pg_sys::Oid) -> Result<()> {
    // SAFETY: the statement that just made or altered the table holds a lock on it.
    let relation = unsafe { PgRelation::open(oid) };
    let (server, settings) = options::of_table(oid)?;
    if !connection::is_ours(server) {
        return Ok(());
    }
    let version = settings.version();
    let Some(resource) = settings.resource() else {
        // SAFETY: the name of a relation that is open.
        let name = unsafe { options::name_of(relation.as_ptr()) };
        // What a table of another name shows is looked for when it is read.
        return version.table(&name).map_or(Ok(()), |table| fields(&relation, table));
    };
    let table = version.table(resource).ok_or_else(|| no_table(resource, version))?;
    fields(&relation, table)
}

fn fields(relation: &PgRelation, table: &'static Table) -> Result<()> {
    for attribute in relation.tuple_desc().iter().filter(|each| !each.attisdropped) {
        let field = options::field_of_column(relation.oid(), attribute.attnum);
        let Some(field) = field else { continue };
        if let Some(right) = meant(table, &field) {
            let message = format!("resource \"{}\" has no field \"{field}\"", table.name);
            return Err(Error::new(Kind::UnknownColumn, message)
                .hint(format!("Perhaps you meant \"{right}\".")));
        }
    }
    Ok(())
}

//! Library and SQL are installed apart: one may be newer than the other.

use std::cell::Cell;

use pgrx::prelude::*;

use super::report::tell;
use crate::error::{Error, Kind};

/// The version of this library.
pub const LIBRARY: &str = env!("CARGO_PKG_VERSION");

/// What to do about it.
pub const UPDATE: &str = "Run ALTER EXTENSION basecamp_fdw UPDATE in this database.";

/// The version of the extension's SQL in this database.
pub fn of_sql() -> Option<String> {
    let sql = "SELECT extversion FROM pg_catalog.pg_extension \
                WHERE extname OPERATOR(pg_catalog.=) 'basecamp_fdw'::pg_catalog.name";
    one(sql)
}

/// The version of PostgreSQL.
pub fn of_postgresql() -> Option<String> {
    one("SELECT pg_catalog.current_setting('server_version')")
}

/// The text that a query gives, which reads alone: a standby answers it too.
fn one(sql: &str) -> Option<String> {
    Spi::connect(|client| client.select(sql, Some(1), &[])?.first().get_one::<String>())
        .ok()
        .flatten()
}

/// Says once a session that the SQL of this database is of another version than the library.
pub fn compare() {
    thread_local! {
        static COMPARED: Cell<bool> = const { Cell::new(false) };
    }
    if COMPARED.replace(true) {
        return;
    }
    if let Some(sql) = of_sql().filter(|sql| sql != LIBRARY) {
        let message = format!("the SQL of basecamp_fdw is {sql}, and its library {LIBRARY}");
        tell(PgLogLevel::WARNING, message, UPDATE);
    }
}

/// The error of a function whose SQL is of another version.
pub fn behind() -> Error {
    let sql = of_sql().unwrap_or_default();
    let message = "the SQL of the function is of another version than the library";
    Error::new(Kind::Configuration, message)
        .detail(format!("The SQL of basecamp_fdw is {sql}, and its library {LIBRARY}."))
        .hint(UPDATE)
}

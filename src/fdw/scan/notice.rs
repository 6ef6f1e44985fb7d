//! What a scan tells its user beside the rows.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::fdw::report;
use crate::fdw::{options, session};
use crate::rows::Notice;

/// Tells what was noticed while a table of a server was read.
pub fn tell(notice: Notice, server: pg_sys::Oid, table: &str) {
    match notice {
        Notice::FirstProject { id, name } if session::first_time(server) => {
            let server = options::server_name(server);
            let message = format!("server \"{server}\" reads only project {id} (\"{name}\")");
            let hint = "Set option projectid to all, or to the ids of projects, or add a condition on project_id.";
            report::tell(PgLogLevel::WARNING, message, hint);
        }
        Notice::FirstProject { .. } => {}
        Notice::CutShort { pages } => {
            let message = format!(
                "reading of \"{table}\" was stopped after {pages} pages by option maxpages"
            );
            report::tell(PgLogLevel::WARNING, message, "There are more rows. Raise the option.");
        }
    }
}

/// Tells that option `maxrows` ended the reading of a table.
pub fn stopped(table: &str) {
    let message = format!("reading of \"{table}\" was stopped by option maxrows");
    report::tell(PgLogLevel::WARNING, message, "There are more rows. Raise or drop the option.");
}

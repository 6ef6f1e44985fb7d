//! The log of what was written to Basecamp, in the table `basecamp.write_log`: its rows, as a background
//! worker writes them.

use pgrx::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::encoding::Text;
use crate::error::{Error, Kind, Result};
use crate::rows::Entry;

/// What a session sent, and who it was.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// The role.
    pub user: String,
    /// The process of its session.
    pub process: i32,
    /// The requests.
    pub entries: Vec<Entry>,
}

/// Writes the rows of a report; the caller's transaction commits it, and it is the table's owner's.
///
/// # Errors
/// When the table is missing, or takes no row.
pub fn write(server: &str, report: &Report) -> Result<()> {
    report.entries.iter().try_for_each(|entry| write_entry(server, report, entry))
}

fn write_entry(server: &str, report: &Report, entry: &Entry) -> Result<()> {
    let text = |text: &str| Text(text.to_owned());
    let arguments = [
        entry.at.clone().into(),
        text(&report.user).into(),
        report.process.into(),
        text(server).into(),
        text(&entry.what).into(),
        entry.row.into(),
        entry.method.clone().into(),
        text(&entry.path).into(),
        entry.status.map(i32::from).into(),
        entry.fate.word().into(),
        entry.body.as_deref().map(text).into(),
    ];
    Spi::run_with_args(
        "INSERT INTO basecamp.write_log
           (sent_at, user_name, process_id, server_name, resource, row_id, method, path, status, outcome, body)
         VALUES ($1::pg_catalog.timestamptz, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &arguments,
    )
    .map_err(|error| Error::new(Kind::Configuration, "could not write the log").detail(format!("{error}.")))
}

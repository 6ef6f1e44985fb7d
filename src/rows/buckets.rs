//! The projects and calendars that rows belong to, for columns that listings of one of them leave out.
//!
//! One request tells all active projects, and another all calendars; archived projects and drafts are
//! only asked for when a row belongs to none of the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;

use super::decode::identifier;
use super::shared::parse;
use crate::api::Client;
use crate::error::Result;

/// Records by their ids.
type Records = HashMap<i64, Arc<Json>>;

/// Where projects are listed, in the order in which one is looked for.
const PROJECTS: [&str; 3] = ["/projects.json", "/projects/archived.json", "/projects/drafts.json"];

/// Where calendars are listed.
const CALENDARS: &str = "/calendars.json";

/// Projects and calendars, each listing asked for once.
#[derive(Debug, Default)]
pub struct Buckets {
    /// Projects that came by otherwise.
    known: Mutex<Records>,
    projects: [OnceCell<Records>; PROJECTS.len()],
    calendars: OnceCell<Records>,
}

impl Buckets {
    /// Keeps projects that were listed to be walked.
    ///
    /// # Errors
    /// When one has no id.
    pub fn know(&self, projects: &[Json]) -> Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for project in projects {
            let id = identifier(project, "projects")?;
            known.insert(id, Arc::new(project.clone()));
        }
        Ok(())
    }

    /// A project, if some listing has it.
    ///
    /// # Errors
    /// Whatever a listing answered.
    pub async fn project(&self, client: &Client, id: i64) -> Result<Option<Arc<Json>>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        for (path, cell) in PROJECTS.into_iter().zip(&self.projects) {
            if let Some(found) = listed(client, path, cell).await?.get(&id) {
                return Ok(Some(Arc::clone(found)));
            }
        }
        Ok(None)
    }

    /// A calendar.
    ///
    /// # Errors
    /// Whatever the listing answered.
    pub async fn calendar(&self, client: &Client, id: i64) -> Result<Option<Arc<Json>>> {
        let calendars = listed(client, CALENDARS, &self.calendars).await?;
        Ok(calendars.get(&id).cloned())
    }
}

async fn listed<'a>(
    client: &Client,
    path: &str,
    cell: &'a OnceCell<Records>,
) -> Result<&'a Records> {
    let read = || async {
        let mut records = Records::new();
        let mut pages = client.pages(path, None);
        while let Some(page) = pages.next().await? {
            for record in parse(&page.body)? {
                records.insert(identifier(&record, "projects")?, Arc::new(record));
            }
        }
        Ok(records)
    };
    cell.get_or_try_init(read).await
}

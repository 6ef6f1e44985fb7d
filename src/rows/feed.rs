//! The work of a scan: the addresses to ask, found one after another as workers come for them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::try_join_all;
use serde_json::Value as Json;

use super::decode::identifier;
use super::place::{Missing, Resolved, fillings};
use super::shared::{Argument, PROJECTS, parse};
use super::{Context, Notice, Rows as Stream, stale};
use crate::api::Pages;
use crate::catalog::{Each, Rows, Source};
use crate::error::{Error, Result};
use crate::plan::Scan;
use crate::plan::route::{Where, addresses};
use crate::value::Value;

/// One thing to ask for.
#[derive(Debug)]
pub enum Unit {
    /// Something to tell the user; nothing to ask.
    Notice(Notice),
    /// A listing, page after page.
    Listing {
        /// Its address.
        address: String,
        /// What a 404 means.
        missing: Missing,
    },
    /// One answer.
    Single {
        /// Its address.
        address: String,
        /// What a 404 means.
        missing: Missing,
    },
}

/// Finds the next thing to ask for.
#[derive(Debug)]
pub struct Feed {
    context: Arc<Context>,
    source: &'static Source,
    resolved: Resolved,
    found: VecDeque<Unit>,
    parents: Parents,
}

/// Where further work comes from.
#[derive(Debug)]
enum Parents {
    /// Nowhere: everything was known at the start.
    None,
    /// The docks of every active project.
    Listing(Box<Pages>, &'static str),
    /// The docks of these projects.
    Docks(VecDeque<i64>, &'static str),
    /// The rows of another table.
    Rows(Box<Stream>),
}

impl Feed {
    /// Prepares the work; nothing is asked yet.
    ///
    /// # Errors
    /// When the plan is from another version of the catalogue.
    pub fn new(context: Arc<Context>, resolved: Resolved, arguments: &[Argument]) -> Result<Self> {
        let source = context.scan.source().ok_or_else(|| stale(&context.scan))?;
        let found = resolved.notices.iter().cloned().map(Unit::Notice).collect();
        let parents = Parents::of(source, &context, &resolved, arguments)?;
        let mut feed = Self {
            context,
            source,
            resolved,
            found,
            parents,
        };
        if feed.source.each.is_none() {
            feed.expand();
        }
        Ok(feed)
    }

    /// The next thing to ask for; `None` when all is given out.
    ///
    /// # Errors
    /// When finding the parents fails.
    pub async fn next(&mut self) -> Result<Option<Unit>> {
        loop {
            if let Some(unit) = self.found.pop_front() {
                return Ok(Some(unit));
            }
            if !self.refill().await? {
                return Ok(None);
            }
        }
    }

    /// Everything that is known from the start.
    fn expand(&mut self) {
        for filling in fillings(&self.resolved.keys) {
            let pairs: Vec<(&str, i64)> = filling
                .iter()
                .map(|(hole, value, _)| (*hole, *value))
                .collect();
            let missing = match &self.resolved.place {
                Where::Projects(ids) => Missing::Projects(ids.clone()),
                Where::Account => Missing::of_container(&filling),
            };
            let asked = addresses(
                self.source,
                &pairs,
                &self.resolved.admitted,
                &self.resolved.place,
            );
            let units = asked
                .into_iter()
                .map(|address| unit(self.source, address, missing.clone()));
            self.found.extend(units);
        }
    }

    /// Work under one parent. A parent that has gone since it was listed has no rows.
    fn under(&mut self, parent: i64) {
        let holes: Vec<(&str, i64)> = self.source.holes().map(|hole| (hole, parent)).collect();
        let asked = addresses(
            self.source,
            &holes,
            &self.resolved.admitted,
            &Where::Account,
        );
        let units = asked
            .into_iter()
            .map(|address| unit(self.source, address, Missing::NoRow));
        self.found.extend(units);
    }

    /// Finds more parents; false when there are none.
    async fn refill(&mut self) -> Result<bool> {
        let found = match &mut self.parents {
            Parents::None => return Ok(false),
            Parents::Listing(pages, tool) => match pages.next().await? {
                Some(page) => tools(&parse(&page.body)?, tool)?,
                None => return Ok(false),
            },
            Parents::Docks(ids, tool) if !ids.is_empty() => {
                let batch = ids.drain(..ids.len().min(self.context.client.concurrency().max(1)));
                let first = self.resolved.first.as_ref();
                let fetched = batch.map(|id| project(&self.context, first, id));
                tools(&try_join_all(fetched).await?, tool)?
            }
            Parents::Docks(..) => return Ok(false),
            Parents::Rows(rows) => match rows.next().await? {
                Some(batch) => {
                    self.found
                        .extend(batch.notices.into_iter().map(Unit::Notice));
                    batch.rows.iter().filter_map(|row| first_id(row)).collect()
                }
                None => return Ok(false),
            },
        };
        for parent in found {
            self.under(parent);
        }
        Ok(true)
    }
}

impl Parents {
    fn of(
        source: &Source,
        context: &Context,
        resolved: &Resolved,
        arguments: &[Argument],
    ) -> Result<Self> {
        Ok(match (source.each, &resolved.place) {
            (None, _) => Self::None,
            (Some(Each::Dock(tool)), Where::Account) => {
                Self::Listing(Box::new(context.client.pages(PROJECTS, None)), tool)
            }
            (Some(Each::Dock(tool)), Where::Projects(ids)) => {
                Self::Docks(ids.iter().copied().collect(), tool)
            }
            (Some(Each::Row { .. }), _) => {
                let parents: &Scan = context
                    .scan
                    .parents
                    .as_deref()
                    .ok_or_else(|| stale(&context.scan))?;
                let (client, shared) = (context.client.clone(), Arc::clone(&context.shared));
                let scan = Arc::new(parents.clone());
                Self::Rows(Box::new(Stream::new(
                    scan,
                    arguments.to_vec(),
                    client,
                    shared,
                )))
            }
        })
    }
}

fn unit(source: &Source, address: String, missing: Missing) -> Unit {
    match source.rows {
        Rows::Pages => Unit::Listing { address, missing },
        Rows::One | Rows::Member(_) => Unit::Single { address, missing },
    }
}

fn first_id(row: &[Option<Value>]) -> Option<i64> {
    match row.first() {
        Some(Some(Value::Bigint(id))) => Some(*id),
        _ => None,
    }
}

/// One project, for its dock. The first of the listing came with it.
async fn project(context: &Context, first: Option<&Json>, id: i64) -> Result<Json> {
    if let Some(known) = first.filter(|first| first.get("id").and_then(Json::as_i64) == Some(id)) {
        return Ok(known.clone());
    }
    let answer = match context.client.get(&format!("/projects/{id}.json")).await {
        Ok(answer) => answer,
        Err(error) => {
            Missing::Projects(vec![id])
                .settle(error, &context.client)
                .await?;
            return Ok(Json::Null);
        }
    };
    serde_json::from_slice(&answer.body)
        .map_err(|error| Error::malformed("the answer is not a project").detail(error.to_string()))
}

/// The ids of a tool in the docks of projects, which may have several of one kind. Disabled ones
/// still have content (v3.md, section 1.9).
fn tools(projects: &[Json], tool: &str) -> Result<Vec<i64>> {
    let docks = projects
        .iter()
        .filter_map(|project| project.get("dock")?.as_array())
        .flatten();
    docks
        .filter(|entry| entry.get("name").and_then(Json::as_str) == Some(tool))
        .map(|entry| identifier(entry, "projects"))
        .collect()
}

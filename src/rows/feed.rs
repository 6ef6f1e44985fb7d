//! The work of a scan: the addresses to ask, found one after another as workers come for them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::try_join_all;
use serde_json::Value as Json;

use super::decode::{Row, identifier};
use super::place::{Missing, Resolved, fillings, pairs};
use super::shared::{Argument, PROJECTS, parse};
use super::{Context, Notice, Rows as Stream, stale};
use crate::api::Pages;
use crate::catalog::field::Seen;
use crate::catalog::{Column, Each, More, Rows, Source};
use crate::error::{Error, Result};
use crate::plan;
use crate::plan::route::{Request, Where, requests};
use crate::value::{Scalar, Value};

/// One thing to ask for.
#[derive(Debug)]
pub enum Unit {
    /// Something to tell the user; nothing to ask.
    Notice(Notice),
    /// A listing, page after page.
    Listing(Request, Missing),
    /// One answer.
    Single(Request, Missing),
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
    /// Every active project.
    Listing(Box<Pages>, Walk),
    /// These projects.
    Projects(VecDeque<i64>, Walk),
    /// The rows of another table; whether the first is enough.
    Rows(Box<Stream>, bool),
}

/// What is under a project.
#[derive(Debug, Clone, Copy)]
enum Walk {
    /// The tools of a kind in its dock.
    Dock(&'static str),
    /// The project itself, if the catalogue's column has something in it.
    Project(Option<&'static Column>),
}

/// What fills the holes of an address under one parent.
pub type Filling = Vec<(&'static str, Scalar)>;

impl Feed {
    /// Prepares the work; nothing is asked yet.
    ///
    /// # Errors
    /// When the plan is from another version of the catalogue.
    pub fn new(context: Arc<Context>, resolved: Resolved, arguments: &[Argument]) -> Result<Self> {
        let source = context.scan.source().ok_or_else(|| stale(&context.scan))?;
        let found = resolved.notices.iter().cloned().map(Unit::Notice).collect();
        let parents = Parents::of(source, &context, &resolved, arguments)?;
        let mut feed = Self { context, source, resolved, found, parents };
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

    /// What fills the holes of every address, instead of asking there.
    ///
    /// # Errors
    /// When finding the parents fails.
    pub async fn parents(mut self) -> Result<Vec<Filling>> {
        let mut all = Vec::new();
        while let Some(found) = self.further().await? {
            all.extend(found);
        }
        Ok(all)
    }

    /// Everything that is known from the start.
    fn expand(&mut self) {
        for filling in fillings(&self.resolved.keys) {
            let missing = match &self.resolved.place {
                Where::Projects(ids) => Missing::Projects(ids.clone()),
                Where::Account => Missing::of_container(&filling),
            };
            let (limits, place) = (&self.resolved.limits, &self.resolved.place);
            let asked = requests(self.source, &pairs(&filling), limits, place);
            // The id of a thing whose kind is not known: one of the addresses exists, if any.
            let alternatives =
                self.source.rows != Rows::Pages && !self.source.ways.is_empty() && asked.len() > 1;
            let missing = if alternatives { Missing::NoRow } else { missing };
            let units = asked.into_iter().map(|request| {
                let missing = match &missing {
                    // Nothing in the address can be missing but the address itself.
                    Missing::NoRow if filling.is_empty() => {
                        Missing::Unserved(request.address.clone())
                    }
                    other => other.clone(),
                };
                unit(self.source, request, missing)
            });
            self.found.extend(units);
        }
    }

    /// Work under one parent. A parent that has gone since it was listed has no rows.
    ///
    /// # Errors
    /// When a column that decides whether it is wanted cannot be read.
    fn under(&mut self, parent: Filling) -> Result<()> {
        let mut passing = self.resolved.passing.iter();
        let passes = passing.all(|(hole, values, _)| {
            let mut filled = parent.iter().filter(|(name, _)| name == hole);
            filled.all(|(_, value)| values.contains(value))
        });
        if !passes {
            return Ok(());
        }
        for mut filling in fillings(&self.resolved.keys) {
            // What the query says of parameters, beside the holes that the parent fills.
            filling.retain(|(name, ..)| parent.iter().all(|(hole, _)| hole != name));
            let mut keys = pairs(&filling);
            keys.extend(parent.iter().cloned());
            let asked = requests(self.source, &keys, &self.resolved.limits, &Where::Account);
            for request in asked {
                if self.context.decoder.keeps_asked(&request.asked)? {
                    self.found.push_back(unit(self.source, request, Missing::Unseen));
                }
            }
        }
        Ok(())
    }

    /// Finds more parents; false when there are none.
    async fn refill(&mut self) -> Result<bool> {
        let Some(found) = self.further().await? else {
            return Ok(false);
        };
        for parent in found {
            self.under(parent)?;
        }
        Ok(true)
    }

    /// Some more parents; `None` when there are none.
    async fn further(&mut self) -> Result<Option<Vec<Filling>>> {
        let source = self.source;
        let found = match &mut self.parents {
            Parents::None => return Ok(None),
            Parents::Listing(pages, walk) => match pages.next().await? {
                Some(page) => {
                    let projects = parse(&page.body)?;
                    if self.context.decoder.wants_bucket() {
                        self.context.shared.buckets().know(&projects)?;
                    }
                    walk.fillings(source, &projects)?
                }
                None => return Ok(None),
            },
            Parents::Projects(ids, _) if ids.is_empty() => return Ok(None),
            Parents::Projects(ids, Walk::Project(None)) => {
                let hole = source.holes().next().unwrap_or_default();
                let filled = ids.drain(..).map(|id| vec![(hole, Scalar::Id(id))]);
                filled.collect()
            }
            Parents::Projects(ids, walk) => {
                let batch = ids.drain(..ids.len().min(self.context.client.concurrency().max(1)));
                let first = self.resolved.first.as_ref();
                let fetched = batch.map(|id| project(&self.context, first, id));
                walk.fillings(source, &try_join_all(fetched).await?)?
            }
            Parents::Rows(rows, first) => match rows.next().await? {
                Some(batch) => {
                    let batch = batch.finish().await?;
                    let notices = batch.notices.into_iter().map(Unit::Notice);
                    self.found.extend(notices);
                    let mut found = parents(source, &batch.rows);
                    if *first && !found.is_empty() {
                        found.truncate(1);
                        self.parents = Parents::None;
                    }
                    found
                }
                None => return Ok(None),
            },
        };
        Ok(Some(found))
    }
}

impl Parents {
    fn of(
        source: &Source,
        context: &Context,
        resolved: &Resolved,
        arguments: &[Argument],
    ) -> Result<Self> {
        let walk = match source.each {
            None => return Ok(Self::None),
            Some(Each::Dock(tool)) => Walk::Dock(tool),
            Some(Each::Row { table, when, .. }) if table == plan::PROJECTS => {
                let projects = context.scan.version.table(table);
                let column = projects.zip(when).and_then(|(table, when)| table.column(when));
                Walk::Project(column)
            }
            Some(Each::Row { first, .. }) => {
                let parents = context.scan.parents.as_deref();
                let parents = parents.ok_or_else(|| stale(&context.scan))?;
                let (client, shared) = (context.client.clone(), Arc::clone(&context.shared));
                let scan = Arc::new(parents.clone());
                let stream = Stream::new(scan, arguments.to_vec(), client, shared);
                return Ok(Self::Rows(Box::new(stream), first));
            }
        };
        Ok(match &resolved.place {
            Where::Account => Self::Listing(Box::new(context.client.pages(PROJECTS, None)), walk),
            Where::Projects(ids) => Self::Projects(ids.iter().copied().collect(), walk),
        })
    }
}

impl Walk {
    /// What is under some projects.
    fn fillings(self, source: &Source, projects: &[Json]) -> Result<Vec<Filling>> {
        let mut made = Vec::new();
        for project in projects.iter().filter(|project| project.is_object()) {
            let of_project = ("project_id", identifier(project, plan::PROJECTS)?);
            match self {
                Self::Dock(tool) => {
                    let (with, without): (Vec<_>, Vec<_>) =
                        source.holes().partition(|hole| *hole == of_project.0);
                    let hole = without.first().copied().unwrap_or_default();
                    for id in tools(project, tool)? {
                        let mut filling = vec![(hole, Scalar::Id(id))];
                        filling.extend(with.iter().map(|hole| (*hole, Scalar::Id(of_project.1))));
                        made.push(filling);
                    }
                }
                Self::Project(column) => {
                    let seen = Seen::alone(project, "");
                    let has = column.is_none_or(|column| {
                        let value = column.field.read(column.ty, &seen);
                        value.is_ok_and(|value| is_something(value.as_ref()))
                    });
                    let holes = source.holes().filter(|_| has);
                    let filling: Filling =
                        holes.map(|hole| (hole, Scalar::Id(of_project.1))).collect();
                    made.extend((!filling.is_empty()).then_some(filling));
                }
            }
        }
        Ok(made)
    }
}

/// The fillings by the rows of another table: the cells of its plan are those that fill the holes,
/// and one that says whether there is anything below.
fn parents(source: &Source, rows: &[Row]) -> Vec<Filling> {
    let Some(Each::Row { fills, when, .. }) = source.each else {
        return Vec::new();
    };
    let filled = rows.iter().filter_map(|row| {
        if when.is_some() && !is_something(row.get(fills.len())?.as_ref()) {
            return None;
        }
        let holes = fills.iter().zip(row);
        holes.map(|((hole, _), cell)| Some((*hole, scalar(cell.as_ref()?)?))).collect()
    });
    filled.collect()
}

fn scalar(value: &Value) -> Option<Scalar> {
    match value {
        Value::Bigint(id) => Some(Scalar::Id(*id)),
        Value::Date(days) => Some(Scalar::Date(*days)),
        Value::Text(text) => Some(Scalar::Text(text.clone())),
        _ => None,
    }
}

/// Whether a counter, a flag or an address says that there is something.
fn is_something(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Boolean(false) | Value::Integer(0) | Value::Bigint(0)))
}

fn unit(source: &Source, request: Request, missing: Missing) -> Unit {
    match source.rows {
        Rows::Pages
        | Rows::Inside(_)
        | Rows::Within(_)
        | Rows::Arrays(_, More::Link | More::Member(_) | More::Only(_)) => {
            Unit::Listing(request, missing)
        }
        Rows::One | Rows::Maybe(_) | Rows::Member(_) | Rows::Arrays(_, More::No) => {
            Unit::Single(request, missing)
        }
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
            Missing::Projects(vec![id]).settle(error, &context.client).await?;
            return Ok(Json::Null);
        }
    };
    serde_json::from_slice(&answer.body)
        .map_err(|error| Error::malformed("the answer is not a project").unreadable(error))
}

/// The ids of a tool in the dock of a project, which may have several of one kind. Disabled ones
/// still have content (v3.md, section 1.9).
fn tools(project: &Json, tool: &str) -> Result<Vec<i64>> {
    let dock = project.get("dock").and_then(Json::as_array);
    dock.into_iter()
        .flatten()
        .filter(|entry| entry.get("name").and_then(Json::as_str) == Some(tool))
        .map(|entry| identifier(entry, plan::PROJECTS))
        .collect()
}

//! The reader of a walk: what is asked of each parent, as the parents are found.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::ask::{Opened, unit};
use super::fetch::{Feed, Unit};
use super::known::{Filling, Listing};
use super::missing::Missing;
use super::record::{self, identifier};
use super::scope::pairs;
use super::sieve::Sieve;
use super::{Context, Env, Row, Rows};
use crate::catalog::field::{Seen, at};
use crate::catalog::{self, Column, Role, Source};
use crate::error::{Error, Result};
use crate::plan::bind::{Bind, fillings};
use crate::plan::route::{Scope, requests};
use crate::plan::{Each, PROJECTS, Parents, Projects};
use crate::value::{Document, Raw, Scalar, Value};

/// Finds the parents of a walk.
pub struct ParentReader {
    env: Env,
    source: &'static Source,
    passing: Vec<Bind>,
    first: Option<Arc<Document>>,
    /// Whether a project that is missing is an error.
    named: bool,
    parents: Finding,
}

/// Where parents come from.
enum Finding {
    /// Nowhere any more.
    Ended,
    /// Listings of projects, from a place on; what came already comes no second time.
    Listed(VecDeque<Arc<Listing>>, usize, HashSet<i64>, Walk),
    /// These projects.
    Ids(VecDeque<i64>, Walk),
    /// The rows of another table; whether the first is enough.
    Rows(Box<Rows>, bool),
}

/// What is under a project.
#[derive(Debug, Clone, Copy)]
enum Walk {
    /// The tools of a kind in its dock.
    Dock(&'static str),
    /// The project itself, if the catalogue's column has something in it.
    Project(Option<&'static Column>),
}

impl ParentReader {
    /// Prepares; nothing is asked yet.
    ///
    /// # Errors
    /// When the plan is from another version of the catalogue.
    pub async fn new(env: &Env, each: &Each, opened: &Opened) -> Result<Self> {
        let context = &env.context;
        let source = opened.source;
        let mut passing = Bind::all(&each.passing, &context.arguments)?;
        passing.iter_mut().for_each(|bind| env.narrow(bind));
        let walked = source.each.ok_or_else(|| context.stale())?;
        let parents = match (&each.parents, walked) {
            (Parents::Rows(plan), catalog::Each::Row { first, .. }) => {
                Finding::Rows(Box::new(context.beside(plan)?), first)
            }
            (_, walked) => {
                Finding::projects(env, walked, opened, each.ask.projects.as_ref()).await?
            }
        };
        Ok(Self {
            env: env.clone(),
            source,
            passing,
            first: opened.first.clone(),
            named: opened.named,
            parents,
        })
    }

    /// Some more parents that are wanted; none when there are no more.
    ///
    /// # Errors
    /// Whatever finding them met.
    pub async fn next(&mut self) -> Result<Option<Vec<Filling>>> {
        let Some(mut found) = self.find().await? else {
            return Ok(None);
        };
        found.retain(|filling| self.passes(filling));
        Ok(Some(found))
    }

    /// All of them.
    ///
    /// # Errors
    /// Whatever finding them met.
    pub async fn all(mut self) -> Result<Vec<Filling>> {
        let mut all = Vec::new();
        while let Some(found) = self.next().await? {
            all.extend(found);
        }
        Ok(all)
    }

    fn passes(&self, filling: &Filling) -> bool {
        self.passing.iter().all(|bind| {
            let mut filled = filling.iter().filter(|(hole, _)| *hole == bind.column);
            filled.all(|(_, value)| bind.values.contains(value))
        })
    }

    async fn find(&mut self) -> Result<Option<Vec<Filling>>> {
        let (source, context) = (self.source, &self.env.context);
        Ok(match &mut self.parents {
            Finding::Ended => None,
            Finding::Listed(listings, place, seen, walk) => loop {
                let Some(listing) = listings.front() else {
                    break None;
                };
                let found = listing.from(&context.known, &context.client, *place).await?;
                if found.is_empty() {
                    listings.pop_front();
                    *place = 0;
                    continue;
                }
                *place += found.len();
                let new = found.into_iter().filter(|project| is_new(project, seen));
                break Some(walk.fillings(source, new)?);
            },
            Finding::Ids(ids, _) if ids.is_empty() => None,
            Finding::Ids(ids, Walk::Project(None)) => {
                let hole = source.holes().next().unwrap_or_default();
                Some(ids.drain(..).map(|id| vec![(hole.to_owned(), Scalar::Id(id))]).collect())
            }
            Finding::Ids(ids, walk) => {
                let batch = ids.drain(..ids.len().min(context.client.concurrency().max(1)));
                let first = self.first.as_ref();
                let fetched = batch.map(|id| project(context, first, self.named, id));
                let found = try_join_all(fetched).await?;
                Some(walk.fillings(source, found.into_iter().flatten())?)
            }
            Finding::Rows(rows, first) => match rows.next().await? {
                Some(batch) => {
                    let batch = batch.finish().await?;
                    batch.notices.into_iter().for_each(|notice| context.tell(notice));
                    let mut found = parents(source, &batch.rows.into_rows());
                    if *first && !found.is_empty() {
                        found.truncate(1);
                        self.parents = Finding::Ended;
                    }
                    Some(found)
                }
                None => None,
            },
        })
    }
}

impl Finding {
    async fn projects(
        env: &Env,
        walked: catalog::Each,
        opened: &Opened,
        projects: Option<&Projects>,
    ) -> Result<Self> {
        let context = &env.context;
        let walk = match walked {
            catalog::Each::Dock(tool) => Walk::Dock(tool),
            catalog::Each::Row { when, .. } => {
                let table = context.plan.version.table(PROJECTS);
                Walk::Project(table.zip(when).and_then(|(table, when)| table.column(when)))
            }
        };
        Ok(match (&opened.scope, projects) {
            (Scope::Projects(ids), _) => Self::Ids(ids.iter().copied().collect(), walk),
            (Scope::Account, Some(Projects::Every)) => {
                let every = context.known.every(&context.client, context.plan.version).await?;
                Self::Listed(every.into(), 0, HashSet::new(), walk)
            }
            (Scope::Account, _) => {
                let active = context.known.active().await;
                Self::Listed([active].into(), 0, HashSet::new(), walk)
            }
        })
    }
}

impl Walk {
    /// What is under some projects.
    fn fillings(
        self,
        source: &Source,
        projects: impl Iterator<Item = Arc<Document>>,
    ) -> Result<Vec<Filling>> {
        let mut made = Vec::new();
        for project in projects {
            let id = identifier(project.raw(), PROJECTS)?;
            match self {
                Self::Dock(tool) => made.extend(in_dock(source, &project, tool, id)?),
                Self::Project(column) if column.is_none_or(|it| may_have(&project, it)) => {
                    let holes = source.holes();
                    let filling: Filling =
                        holes.map(|hole| (hole.to_owned(), Scalar::Id(id))).collect();
                    made.extend((!filling.is_empty()).then_some(filling));
                }
                Self::Project(_) => {}
            }
        }
        Ok(made)
    }
}

/// The fillings by the tools of a kind in the dock of a project, which may have several. A second hole
/// may be the project's. Tools that are switched off still have content.
fn in_dock(source: &Source, project: &Document, tool: &str, id: i64) -> Result<Vec<Filling>> {
    let is_project = |hole: &&str| Role::named(hole) == Some(Role::Project);
    let (with, without): (Vec<_>, Vec<_>) = source.holes().partition(is_project);
    let hole = without.first().copied().unwrap_or_default();
    let dock = project.get("dock").and_then(Raw::elements);
    let tools = dock.into_iter().flatten();
    tools
        .filter(|entry| at(*entry, "name").and_then(Raw::as_str).as_deref() == Some(tool))
        .map(|entry| {
            let mut filling = vec![(hole.to_owned(), Scalar::Id(identifier(entry, PROJECTS)?))];
            filling.extend(with.iter().map(|hole| ((*hole).to_owned(), Scalar::Id(id))));
            Ok(filling)
        })
        .collect()
}

fn is_new(project: &Document, seen: &mut HashSet<i64>) -> bool {
    record::id(project.raw()).is_none_or(|id| seen.insert(id))
}

/// Whether a project may have what a column tells: a flag that is absent is not false.
fn may_have(project: &Document, column: &Column) -> bool {
    let mut members = column.field.needs().into_iter().filter_map(|need| match need {
        catalog::field::Need::Member(member) => Some(member),
        _ => None,
    });
    if members.all(|member| project.get(member).is_none()) {
        return true;
    }
    let value = column.field.read(column.ty, &Seen::alone(project.raw()));
    value.is_ok_and(|value| value.is_some_and(|value| is_something(&value)))
}

/// Whether a counter, a flag or an address says that there is something.
fn is_something(value: &Value) -> bool {
    !matches!(value, Value::Boolean(false) | Value::Integer(0) | Value::Bigint(0))
}

/// The fillings by the rows of another table: the cells of its plan are those that fill the holes,
/// and one that says whether there is anything below. One that is not told may have something.
fn parents(source: &Source, rows: &[Row]) -> Vec<Filling> {
    let Some(catalog::Each::Row { fills, when, .. }) = source.each else {
        return Vec::new();
    };
    let filled = rows.iter().filter_map(|row| {
        let told = row.get(fills.len()).and_then(Option::as_ref);
        if when.is_some() && told.is_some_and(|told| !is_something(told)) {
            return None;
        }
        let holes = fills.iter().zip(row);
        holes.map(|((hole, _), cell)| Some(((*hole).to_owned(), scalar(cell.as_ref()?)?))).collect()
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

/// One project, for its dock. The first of the listing came with it.
async fn project(
    context: &Context,
    first: Option<&Arc<Document>>,
    named: bool,
    id: i64,
) -> Result<Option<Arc<Document>>> {
    if let Some(known) = first.filter(|first| record::id(first.raw()) == Some(id)) {
        return Ok(Some(Arc::clone(known)));
    }
    let missing = if named { Missing::Projects(vec![id]) } else { Missing::Unseen };
    let body = match context.known.single(&context.client, &format!("/projects/{id}.json")).await {
        Ok(body) => body,
        Err(error) => {
            missing.settle(error, context).await?;
            return Ok(None);
        }
    };
    let project = Document::parse(body)
        .map_err(|error| Error::malformed("the answer is not a project").unreadable(error))?;
    Ok(Some(Arc::new(project)))
}

/// The units of a walk, made as parents are found.
pub struct EachFeed {
    opened: Opened,
    sieve: Sieve,
    parents: ParentReader,
    units: VecDeque<Unit>,
}

impl EachFeed {
    /// For what was opened.
    ///
    /// # Errors
    /// As [`ParentReader::new`].
    pub async fn new(env: &Env, each: &Each, opened: Opened) -> Result<Self> {
        let parents = ParentReader::new(env, each, &opened).await?;
        let sieve = opened.sieve(&each.ask);
        Ok(Self { opened, sieve, parents, units: VecDeque::new() })
    }

    /// Work under one parent. A parent that has gone since it was listed has no rows.
    fn under(&mut self, parent: &Filling) -> Result<()> {
        let opened = &self.opened;
        for mut filling in fillings(&opened.binds)? {
            // What conditions say of parameters, beside the holes that the parent fills.
            filling.retain(|(name, _)| parent.iter().all(|(hole, _)| hole != name));
            filling.extend(parent.iter().cloned());
            let asked = requests(opened.source, &pairs(&filling), &opened.limits, &Scope::Account);
            for request in asked {
                let decoder = &self.parents.env.context.decoder;
                if self.sieve.keeps_request(decoder, &request.asked)? {
                    self.units.push_back(unit(opened.source, request, Missing::Unseen));
                }
            }
        }
        Ok(())
    }
}

impl Feed for EachFeed {
    async fn next(&mut self) -> Result<Option<Unit>> {
        loop {
            if let Some(unit) = self.units.pop_front() {
                return Ok(Some(unit));
            }
            let Some(found) = self.parents.next().await? else {
                return Ok(None);
            };
            for parent in &found {
                self.under(parent)?;
            }
        }
    }
}

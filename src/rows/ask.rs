//! The reader of an ask: its addresses, one filling of the keys after another.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Env;
use super::fetch::{Feed, Reading, Unit};
use super::missing::Missing;
use super::scope::{self, pairs};
use super::sieve::Sieve;
use crate::catalog::{More, Rows, Source};
use crate::error::Result;
use crate::plan::bind::{self, Bind, fillings};
use crate::plan::route::{Asked, Limits, Request, Scope, check, requests};
use crate::plan::{Ask, Projects};
use crate::value::Document;

/// An ask with every operand replaced by its values.
pub struct Opened {
    /// Which source.
    pub source: &'static Source,
    /// The values that columns with a domain may have, and bounds.
    pub limits: Limits,
    /// The holes and parameters with their values.
    pub binds: Vec<Bind>,
    /// The projects to ask for.
    pub scope: Scope,
    /// The first project's record, where that is what is read.
    pub first: Option<Arc<Document>>,
    /// Whether a project that is missing is an error: not where a join led to it.
    pub named: bool,
}

impl Opened {
    /// Gives every operand its value. None: some condition admits nothing, so nothing is asked.
    ///
    /// # Errors
    /// Whatever finding the projects met.
    pub async fn of(env: &Env, ask: &Ask) -> Result<Option<Self>> {
        let context = &env.context;
        let source = ask.endpoint.of(context.table).ok_or_else(|| context.stale())?;
        let domains = bind::domains(&ask.choices, &context.arguments)?;
        let mut binds = Bind::all(&ask.keys, &context.arguments)?;
        for bind in &mut binds {
            env.narrow(bind);
        }
        let Some(bounds) = bind::bounds(&ask.bounds, &context.arguments)? else {
            return Ok(None);
        };
        let limits = Limits { domains, bounds, order: ask.order.clone(), apart: ask.apart };
        if limits.domains.is_empty() || binds.iter().any(|bind| bind.values.is_empty()) {
            return Ok(None);
        }
        check(source, &limits)?;
        let mut opened =
            Self { source, limits, binds, scope: Scope::Account, first: None, named: true };
        Ok(opened.find_projects(env, ask).await?.then_some(opened))
    }

    /// Finds the projects to ask for; false where there are none.
    async fn find_projects(&mut self, env: &Env, ask: &Ask) -> Result<bool> {
        let together = !self.limits.apart;
        let Some(projects) =
            ask.projects.as_ref().filter(|it| !(together && **it == Projects::All))
        else {
            return Ok(true);
        };
        if *projects == Projects::Every && self.source.each.is_some() {
            return Ok(true);
        }
        let found = scope::list(&env.context, projects).await?;
        let mut ids = Vec::with_capacity(found.ids.len());
        for id in found.ids {
            if env.is_inside(id).await? {
                ids.push(id);
            }
        }
        self.first = found.first;
        // One that was listed may have gone since.
        self.named = env.within.is_empty() && *projects != Projects::All && !ask.joined;
        // A listing of several fails whole where one of them is none.
        self.limits.apart |= ask.joined && env.within.is_empty();
        let any = !ids.is_empty();
        self.scope = Scope::Projects(ids);
        Ok(any)
    }

    /// What is done with the answers.
    pub fn reading(&self, ask: &Ask) -> Reading {
        let (limit, limits) = (ask.limit, self.limits.clone());
        Reading { source: self.source, sieve: self.sieve(ask), limit, limits }
    }

    /// Which of their records are rows.
    pub fn sieve(&self, ask: &Ask) -> Sieve {
        Sieve::new(self.source, self.limits.domains.clone(), ask.seek.is_some(), &self.binds)
    }
}

/// The units of an ask, made as they are taken.
pub struct AskFeed {
    opened: Opened,
    fillings: Box<dyn Iterator<Item = Vec<Asked>> + Send>,
    units: VecDeque<Unit>,
}

impl AskFeed {
    /// For what was opened.
    ///
    /// # Errors
    /// When the keys have too many combinations.
    pub fn new(opened: Opened) -> Result<Self> {
        let fillings = Box::new(fillings(&opened.binds)?);
        Ok(Self { opened, fillings, units: VecDeque::new() })
    }

    fn expand(&mut self, filling: &[Asked]) {
        let opened = &self.opened;
        let asked = requests(opened.source, &pairs(filling), &opened.limits, &opened.scope);
        // The id of a thing whose kind is not known: one of the addresses exists, if any.
        let alternatives =
            opened.source.rows != Rows::Pages && !opened.source.ways.is_empty() && asked.len() > 1;
        let units = asked.into_iter().map(|request| {
            let missing = match &opened.scope {
                _ if alternatives => Missing::NoRow,
                Scope::Projects(ids) if opened.named => Missing::Projects(ids.clone()),
                Scope::Projects(_) => Missing::Unseen,
                Scope::Account => Missing::of(&opened.binds, filling, &request.address),
            };
            unit(opened.source, request, missing)
        });
        self.units.extend(units);
    }
}

impl Feed for AskFeed {
    async fn next(&mut self) -> Result<Option<Unit>> {
        loop {
            if let Some(unit) = self.units.pop_front() {
                return Ok(Some(unit));
            }
            let Some(filling) = self.fillings.next() else {
                return Ok(None);
            };
            self.expand(&filling);
        }
    }
}

/// One request, read as the source's answers are.
pub fn unit(source: &Source, request: Request, missing: Missing) -> Unit {
    let paged = match source.rows {
        Rows::Pages
        | Rows::Inside(_)
        | Rows::Within(_)
        | Rows::Arrays(_, More::Link | More::Member(_) | More::Only(_)) => true,
        Rows::One | Rows::Maybe(_) | Rows::Member(_) | Rows::Arrays(_, More::No) => false,
    };
    Unit { request, missing, paged }
}

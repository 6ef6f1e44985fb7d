//! What a plan costs in requests: a fold over its steps, by what is known of the sizes of listings.

use super::bind::known;
use super::estimate::{
    Counts, Estimate, UNKNOWN_ACCOUNT, UNKNOWN_CHILDREN, UNKNOWN_PROJECTS, numbered_pages, pages,
};
use super::query::{Admission, Choice, Operand, Order, Projects};
use super::route::{Admitted, Domains, Limits, Request, Scope, requests};
use super::step::{Ask, Each, Parents, Step};
use crate::catalog::{self, Covers, More, Rows, Source, Table, Version};
use crate::value::Scalar;

/// The requests of what cannot be read at all.
const IMPOSSIBLE: f64 = u16::MAX as f64;

/// The share of a listing that a bound of its order leaves: who asks for what changed asks often.
const RECENT: f64 = 0.1;

/// Where projects are listed.
const PROJECTS: &str = "/projects.json";

/// The prices of an account.
#[derive(Clone, Copy)]
pub(super) struct Prices<'a> {
    pub(super) version: Version,
    pub(super) counts: &'a dyn Counts,
}

impl Prices<'_> {
    /// What a step costs.
    pub(super) fn of(&self, table: &'static Table, step: &Step) -> Estimate {
        match step {
            Step::Needs(_) => Estimate { requests: IMPOSSIBLE, rows: UNKNOWN_CHILDREN, once: 0.0 },
            Step::Ask(ask) => self.ask(table, ask),
            Step::Each(each) => self.each(table, each),
            Step::Within { projects, inner } => {
                let mut estimate = self.of(table, inner);
                estimate.once += self.finding(projects);
                estimate
            }
            Step::Among { walk, inner, .. } => {
                let mut estimate = self.of(table, inner);
                estimate.once += self.visiting(walk);
                estimate
            }
            Step::Complete { late, inner, .. } => {
                let mut estimate = self.of(table, inner);
                estimate.requests += if late.is_empty() { 0.0 } else { estimate.rows };
                estimate
            }
            Step::Fill { listing, inner } => {
                // Others are read for records that the first one lacks.
                let first = if let Step::Then(first, _) = &**listing { first } else { listing };
                let (listing, inner) = (self.of(table, first), self.of(table, inner));
                Estimate { rows: inner.rows, ..inner.and(listing) }
            }
            Step::Unless { inner, .. } => self.of(table, inner),
            Step::Then(first, rest) => self.of(table, first).and(self.of(table, rest)),
            Step::Sorted(ask) => self.ask(table, ask),
            Step::Count { by, of } => self.count(table, by, of),
        }
    }

    /// One page of each listing.
    fn count(&self, table: &'static Table, by: &[String], of: &Step) -> Estimate {
        let Some(ask) = of.ask() else {
            return Estimate::default();
        };
        let Some(source) = ask.endpoint.of(table) else {
            return Estimate::default();
        };
        let listings = addresses(source, ask).len() as f64;
        let fillings: f64 = ask.keys.iter().map(|key| key.count).product();
        let (places, asked) = match of {
            Step::Each(each) => self.parents(source, each),
            _ if ask.apart => self.each_project(ask.projects.as_ref()),
            _ => (1.0, self.naming(ask.projects.as_ref())),
        };
        let pages = listings * fillings * places;
        Estimate {
            requests: pages + asked,
            rows: if by.is_empty() { 1.0 } else { pages },
            once: 0.0,
        }
    }

    /// How often a listing is asked for one project after another beyond what its addresses say, and the
    /// requests that find them.
    fn each_project(&self, projects: Option<&Projects>) -> (f64, f64) {
        match projects {
            Some(Projects::Named(Operand::Values(_))) => (1.0, 0.0),
            Some(projects) => (self.project_count(Some(projects)), self.finding(projects)),
            None => (1.0, 0.0),
        }
    }

    fn ask(&self, table: &'static Table, ask: &Ask) -> Estimate {
        let Some(source) = ask.endpoint.of(table) else {
            return Estimate::default();
        };
        let fillings: f64 = ask.keys.iter().map(|key| key.count).product();
        let mut estimate = match source.rows {
            Rows::One => Estimate { requests: fillings, rows: fillings, once: 0.0 },
            Rows::Maybe(_) | Rows::Member(_) | Rows::Arrays(_, More::No) => {
                Estimate { requests: fillings, rows: fillings * UNKNOWN_CHILDREN, once: 0.0 }
            }
            Rows::Pages | Rows::Arrays(..) | Rows::Inside(_) | Rows::Within(_) => {
                self.listing(table, source, ask).times(fillings)
            }
        };
        estimate.requests += self.naming(ask.projects.as_ref());
        self.sought(ask, estimate)
    }

    /// With no more rows than are sought.
    fn sought(&self, ask: &Ask, mut estimate: Estimate) -> Estimate {
        if let Some(seek) = &ask.seek {
            estimate.rows = estimate.rows.min(seek.count);
        }
        estimate
    }

    /// Requests that tell which projects are meant.
    fn naming(&self, projects: Option<&Projects>) -> f64 {
        match projects {
            Some(Projects::First) => 1.0,
            Some(Projects::Of { container, .. }) => container.count,
            Some(Projects::Every) => self.finding(&Projects::Every),
            Some(Projects::All | Projects::Named(_) | Projects::None) | None => 0.0,
        }
    }

    /// Requests that find the projects that rows are kept to.
    fn finding(&self, projects: &Projects) -> f64 {
        match projects {
            Projects::All => self.pages(self.projects_in_account()),
            Projects::Every => self.pages(self.projects_in_account()) + 2.0,
            Projects::First => 1.0,
            Projects::Named(_) | Projects::None => 0.0,
            Projects::Of { container, .. } => container.count,
        }
    }

    /// Requests that find the parents of a walk.
    fn visiting(&self, walk: &Each) -> f64 {
        match &walk.parents {
            Parents::Rows(plan) => plan.estimate.requests + plan.estimate.once,
            Parents::Projects => self.pages(self.project_count(walk.ask.projects.as_ref())),
        }
    }

    /// One filling of a listing's holes.
    fn listing(&self, table: &'static Table, source: &'static Source, ask: &Ask) -> Estimate {
        let share = self.share(ask);
        let inside = self.children(table, source);
        addresses(source, ask).iter().fold(Estimate::default(), |sum, request| {
            let rows = self.rows_at(source, &request.listing, share, inside);
            let read = rows.min(of_interest(ask, rows));
            let first = ask.order.as_ref().is_some_and(|order| order.first.is_some());
            let requests = self.pages(read);
            sum.and(Estimate { requests, rows: if first { read } else { rows }, once: 0.0 })
        })
    }

    /// Rows of one listing: as it told before, or as such a listing usually has, `inside` where it is that
    /// of a container.
    fn rows_at(&self, source: &Source, address: &str, share: f64, inside: f64) -> f64 {
        if let Some(total) = self.counts.total(address) {
            return total as f64;
        }
        if source.covers == Covers::Holes {
            return inside;
        }
        // Each way has a part of them.
        let ways = source.ways.len().max(1) as f64;
        if is_of_projects(source) {
            return self.projects_in_account() / ways;
        }
        let whole = address.split_once("&bucket=").map_or(address, |(whole, _)| whole);
        (self.counts.total(whole).map_or(UNKNOWN_ACCOUNT / ways, |total| total as f64) * share)
            .ceil()
    }

    /// Records in one listing of a container.
    fn children(&self, table: &'static Table, source: &'static Source) -> f64 {
        // Each way has a part of them.
        let usual = || UNKNOWN_CHILDREN / source.ways.len().max(1) as f64;
        self.shared_out(table, source).unwrap_or_else(usual)
    }

    /// As many as each container would have if the account's were shared out evenly, where listings told
    /// how many there are of both.
    fn shared_out(&self, table: &'static Table, source: &'static Source) -> Option<f64> {
        let hole = source.holes().last().filter(|_| source.covers == Covers::Holes)?;
        let all = self.told(table)?;
        let containers = self.told(self.version.named_by(table, hole)?)?;
        let parts = default_addresses(table, source).len().max(1) as f64;
        Some((all / containers.max(1.0) / parts).ceil())
    }

    /// Rows of a table across the account, if a listing of them was ever read.
    fn told(&self, table: &'static Table) -> Option<f64> {
        let mut listings = table.sources.iter().filter(|source| {
            source.rows == Rows::Pages && source.each.is_none() && source.holes().next().is_none()
        });
        listings.find_map(|source| {
            let totals = default_addresses(table, source).into_iter();
            let totals = totals.map(|request| self.counts.total(&request.listing));
            totals.reduce(|sum, total| Some(sum? + total?)).flatten().map(|total| total as f64)
        })
    }

    /// The share of the account's projects that is read.
    fn share(&self, ask: &Ask) -> f64 {
        (self.project_count(ask.projects.as_ref()) / self.projects_in_account()).min(1.0)
    }

    /// Requests for a listing of so many rows.
    fn pages(&self, rows: f64) -> f64 {
        match self.version {
            Version::V2 => numbered_pages(rows),
            Version::V3 => pages(rows),
        }
    }

    /// How many projects are meant.
    pub(super) fn project_count(&self, projects: Option<&Projects>) -> f64 {
        match projects {
            None | Some(Projects::All | Projects::Every) => self.projects_in_account(),
            Some(Projects::Named(Operand::Values(ids))) => ids.len() as f64,
            Some(Projects::Named(_) | Projects::First) => 1.0,
            Some(Projects::None) => 0.0,
            Some(Projects::Of { container, .. }) => container.count,
        }
    }

    fn projects_in_account(&self) -> f64 {
        self.counts.total(PROJECTS).map_or(UNKNOWN_PROJECTS, |total| total as f64).max(1.0)
    }

    fn each(&self, table: &'static Table, each: &Each) -> Estimate {
        let Some(source) = each.ask.endpoint.of(table) else {
            return Estimate::default();
        };
        let (found, asked) = self.parents(source, each);
        let parts = source.ways.len().max(1) as f64;
        let inside = match (source.rows, &each.parents) {
            (Rows::One, _) => 1.0,
            // As many in all as a listing of the account would have.
            (_, Parents::Projects) if !is_dock(source) => {
                UNKNOWN_ACCOUNT / UNKNOWN_PROJECTS / parts
            }
            _ => UNKNOWN_CHILDREN / parts,
        };
        let pages = if source.rows == Rows::Pages { self.pages(inside) } else { 1.0 };
        let domains = likely(&each.ask.choices);
        let taken = source.ways.iter().filter(|way| domains.take(way)).count();
        let ways = taken.max(usize::from(source.ways.is_empty())) as f64;
        let requests = asked + found * pages * ways;
        let estimate = Estimate { requests, rows: found * inside * ways, once: 0.0 };
        self.sought(&each.ask, estimate)
    }

    /// How many parents a walk visits, and the requests that find them.
    fn parents(&self, source: &Source, each: &Each) -> (f64, f64) {
        let (found, asked) = match &each.parents {
            Parents::Rows(plan) => (plan.estimate.rows, plan.estimate.requests),
            Parents::Projects => self.projects_walked(source, &each.ask),
        };
        (found, asked + self.naming_first(each))
    }

    /// The first project is found by a request that a walk needs none other than.
    fn naming_first(&self, each: &Each) -> f64 {
        match &each.ask.projects {
            Some(Projects::First | Projects::Of { .. }) => 1.0,
            _ => 0.0,
        }
    }

    /// How many projects a walk visits, and the requests that find them.
    fn projects_walked(&self, source: &Source, ask: &Ask) -> (f64, f64) {
        let projects = self.project_count(ask.projects.as_ref());
        let ids_alone = matches!(source.each, Some(catalog::Each::Row { when: None, .. }));
        let asked = match ask.projects {
            // Their ids are all that is needed of projects.
            Some(Projects::Named(_)) if ids_alone => 0.0,
            None | Some(Projects::All) => self.pages(projects),
            Some(Projects::Every) => self.finding(&Projects::Every),
            Some(Projects::First) => 0.0,
            Some(_) => projects,
        };
        (projects, asked)
    }
}

/// The addresses of one filling of a listing's holes, as far as they are known.
fn addresses(source: &'static Source, ask: &Ask) -> Vec<Request> {
    let limits = Limits {
        domains: likely(&ask.choices),
        bounds: known::bounds(&ask.bounds),
        order: None,
        apart: ask.apart,
    };
    let keys: Vec<(&str, Scalar)> = ask.keys.iter().filter_map(known::first).collect();
    let scope = match &ask.projects {
        Some(Projects::Named(Operand::Values(ids))) => {
            Scope::Projects(ids.iter().filter_map(Scalar::id).collect())
        }
        Some(Projects::All) | None => Scope::Account,
        Some(_) => Scope::Projects(vec![0]),
    };
    requests(source, &keys, &limits, &scope)
}

/// The addresses of a listing that no condition narrows.
fn default_addresses(table: &'static Table, source: &'static Source) -> Vec<Request> {
    let admitted = table.domains.iter().map(|domain| Admitted {
        column: domain.column.to_owned(),
        values: domain.default.iter().map(|value| (*value).to_owned()).collect(),
        null: true,
    });
    let limits = Limits { domains: Domains(admitted.collect()), ..Limits::default() };
    requests(source, &[], &limits, &Scope::Account)
}

/// How many rows of a listing are read before nothing of interest follows.
fn of_interest(ask: &Ask, rows: f64) -> f64 {
    match &ask.order {
        Some(Order { first: Some(first), .. }) => first.count as f64,
        Some(_) => (rows * RECENT).ceil(),
        None => rows,
    }
}

/// Whether a listing is that of the account's projects, or one of several that have them.
fn is_of_projects(source: &Source) -> bool {
    let rest = source.path.strip_prefix("/projects");
    rest.is_some_and(|rest| rest.starts_with(['.', '{']))
}

fn is_dock(source: &Source) -> bool {
    matches!(source.each, Some(catalog::Each::Dock(_)))
}

/// The admitted values as far as the plan knows them; a value that is told at run time counts.
fn likely(choices: &[Choice]) -> Domains {
    let admitted = choices.iter().map(|choice| {
        let values = choice.possible().map(str::to_owned).collect();
        let null = choice.null != Admission::No;
        Admitted { column: choice.column.clone(), values, null }
    });
    Domains(admitted.collect())
}

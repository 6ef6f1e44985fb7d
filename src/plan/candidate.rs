//! A source and a meaning become a step, if the source gives the answer; the cheapest plan wins.
//!
//! The meaning of a query is settled before any source is looked at, so that sources differ in cost
//! and never in rows. What a source is asked by ([`conditions`]) and where ([`place`]) makes its requests;
//! what these bring beyond the scope or leave out ([`scope`]) and which members they lack ([`members`])
//! puts further steps around them.

mod conditions;
mod distinct;
mod exact;
mod members;
mod place;
mod scope;
mod turns;
mod unread;

use super::estimate::Counts;
use super::meaning::{Meaning, named};
use super::price::Prices;
use super::query::{Binding, Projects, Query};
use super::step::{Ask, Each, Endpoint, Plan, Step};
use crate::catalog::{Rows, Source, Version};
pub use distinct::{Distinct, distinct};
use place::Place;
pub use scope::in_calendars;
pub use unread::{choose_count, choose_sorted};

/// The cheapest plan for a query.
///
/// There is always one: rows that cannot be enumerated give a plan that needs a condition.
pub fn choose(version: Version, query: &Query, counts: &dyn Counts) -> Plan {
    let maker = Maker::new(version, query, counts);
    maker.cheapest().unwrap_or_else(|| maker.impossible())
}

/// Every plan that gives the answer: one for each source that can.
#[cfg_attr(
    feature = "postgres",
    expect(
        dead_code,
        reason = "tests read every plan, to show that sources differ in cost and never in rows"
    )
)]
pub fn candidates(version: Version, query: &Query, counts: &dyn Counts) -> Vec<Plan> {
    Maker::new(version, query, counts).plans()
}

impl Plan {
    fn price(&self) -> f64 {
        self.estimate.requests + self.estimate.once
    }
}

/// The one with fewer requests; of two with as many, the one that brings fewer rows.
fn cheaper(best: Plan, plan: Plan) -> Plan {
    let cost = |plan: &Plan| (plan.price(), plan.estimate.rows);
    if cost(&plan) < cost(&best) { plan } else { best }
}

struct Maker<'a> {
    version: Version,
    query: &'a Query,
    counts: &'a dyn Counts,
    meaning: Meaning,
}

impl<'a> Maker<'a> {
    fn new(version: Version, query: &'a Query, counts: &'a dyn Counts) -> Self {
        Self { version, query, counts, meaning: Meaning::of(query) }
    }

    fn plans(&self) -> Vec<Plan> {
        let sources = self.query.table.sources.iter().enumerate();
        let steps: Vec<Step> =
            sources.filter_map(|(place, source)| self.step(place, source)).collect();
        let steps = if steps.is_empty() { self.in_turn().into_iter().collect() } else { steps };
        steps.into_iter().map(|step| self.plan(step)).collect()
    }

    fn cheapest(&self) -> Option<Plan> {
        self.plans().into_iter().reduce(cheaper)
    }

    fn prices(&self) -> Prices<'a> {
        Prices { version: self.version, counts: self.counts }
    }

    fn plan(&self, step: Step) -> Plan {
        Plan {
            version: self.version,
            table: self.query.table.name.to_owned(),
            cells: self.query.cells.clone(),
            estimate: self.prices().of(self.query.table, &step),
            step,
            check: None,
        }
    }

    /// The step of one source, if it gives the answer.
    fn step(&self, place: usize, source: &'static Source) -> Option<Step> {
        let step = self.answering(place, source)?;
        if self.meaning.by_id && source.rows == Rows::One {
            return Some(self.filled(self.within_fence(step), source));
        }
        if self.lacks_for_good(source) {
            return None;
        }
        Some(self.completed(self.in_scope(source, step), source))
    }

    /// The requests of one source, if it gives the answer but for scope and members.
    fn answering(&self, place: usize, source: &'static Source) -> Option<Step> {
        let keys = self.keys(source)?;
        let answers = self.is_usable(source) && self.answers(source, &keys);
        self.asking(Endpoint::Source(place), source, keys).filter(|_| answers)
    }

    /// The requests of a source, for what the meaning says.
    fn asking(
        &self,
        endpoint: Endpoint,
        source: &'static Source,
        keys: Vec<Binding>,
    ) -> Option<Step> {
        let projects = match self.place(source) {
            Place::Nowhere => return None,
            Place::Keys => None,
            Place::Projects(projects) => Some(projects),
        };
        let order = self.order(source);
        let named = matches!(projects, Some(Projects::Named(_)));
        let mut ask = Ask {
            endpoint,
            bounds: self.bounds_of(source, order.as_ref()),
            choices: self.choices_of(source),
            seek: self.seek(source, &keys),
            keys,
            joined: named && projects != self.meaning.projects,
            projects,
            apart: false,
            limit: None,
            order,
        };
        ask.limit = self.query.limit.filter(|_| self.counts_exactly(source, &ask));
        let Some(each) = source.each else {
            return Some(Step::Ask(ask));
        };
        let passing = source.holes().filter_map(|hole| self.key(hole).cloned()).collect();
        Some(Step::Each(Each { parents: self.parents(each)?, passing, ask }))
    }
}

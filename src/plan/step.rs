//! The tree of steps that a plan is.

use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use super::need::Need;
use super::query::{Admission, Binding, Bound, Cell, Choice, Operand, Order, Projects};
use crate::catalog::{Source, Table, Version};

/// What the planner decided for one scan: all that the executor needs, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The API version.
    pub version: Version,
    /// The catalogue's table.
    pub table: String,
    /// The cells to deliver.
    pub cells: Vec<Cell>,
    /// What is done.
    pub step: Step,
    /// The number of the expression that rows must satisfy before they are completed.
    pub check: Option<usize>,
    /// What it costs.
    pub estimate: Estimate,
}

/// One node of a plan. Each gives records; the plan's cells are read from those of the outermost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// An error when run: nothing enumerates these rows without a condition.
    Needs(Need),
    /// The requests of one source, page after page.
    Ask(Ask),
    /// The requests of one source for each parent.
    Each(Each),
    /// Only records in these projects.
    Within {
        /// The projects.
        projects: Projects,
        /// What gives the records.
        inner: Box<Self>,
    },
    /// Only records whose parents, which a join named, are among those that a walk would visit:
    /// what they point to may be outside the scope without showing it.
    Among {
        /// The walk.
        walk: Box<Each>,
        /// The columns that name the parents; the walk fills holes of these names.
        keys: Vec<Binding>,
        /// What gives the records.
        inner: Box<Self>,
    },
    /// Members that the records of a listing lack are filled in from their single records. A record
    /// whose address answers 404 stays, without them.
    Complete {
        /// The cells that are in such members; none: only a reduced shape is completed.
        late: Vec<usize>,
        /// How many rows are wanted at most.
        limit: Option<u64>,
        /// What gives the records.
        inner: Box<Self>,
    },
    /// Members that single records lack are filled in from a listing, read until it has shown them
    /// all. A record that it does not show stays, without them.
    Fill {
        /// The listing.
        listing: Box<Self>,
        /// What gives the records.
        inner: Box<Self>,
    },
    /// What a listing may leave out: the supplement is read unless the listing gave one such record.
    Unless {
        /// The listing.
        inner: Box<Self>,
        /// Where else they are.
        supplement: Box<Self>,
    },
    /// Two steps that have half of the records each.
    Then(Box<Self>, Box<Self>),
    /// The first records in the order that the ask is read in; those with the same value as the last
    /// may be among them.
    Sorted(Ask),
    /// The number of the records of an ask or a walk, as the first page of each of its listings tells
    /// it, in the cell [`COUNT`].
    Count {
        /// The columns whose values requests tell: one row for each combination that has records. None:
        /// one row for all.
        by: Vec<String>,
        /// What is counted.
        of: Box<Self>,
    },
}

/// The member that a counted number is in.
pub const COUNT: &str = "count";

/// The requests of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Which of the table's sources.
    pub endpoint: Endpoint,
    /// The holes and parameters that conditions fix.
    pub keys: Vec<Binding>,
    /// The bounds that it is asked with.
    pub bounds: Vec<Bound>,
    /// For each column with a domain, the values that records may have; empty: any.
    pub choices: Vec<Choice>,
    /// The projects that it is asked for; none: its keys alone say where.
    pub projects: Option<Projects>,
    /// Whether a join names them: one that is none has no rows.
    pub joined: bool,
    /// Whether each of them is asked for by itself, so that the request tells which one a row is of.
    pub apart: bool,
    /// The ids of the records that a listing is read for: it ends when all have come.
    pub seek: Option<Binding>,
    /// How many rows are wanted at most, where each record is a row of the result.
    pub limit: Option<u64>,
    /// The order in which its listings are read, which ends each of them where nothing of interest
    /// follows; none: as they come, to the end.
    pub order: Option<Order>,
}

/// Which source of a table is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Endpoint {
    /// The one at this place among the table's sources.
    Source(usize),
    /// The table's supplement.
    Supplement,
}

impl Endpoint {
    /// The source. None only in a plan that was not made by this version.
    pub fn of(self, table: &'static Table) -> Option<&'static Source> {
        match self {
            Self::Source(place) => table.sources.get(place),
            Self::Supplement => table.supplement.as_ref().map(|supplement| &supplement.source),
        }
    }
}

/// A source that is asked once for each parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Each {
    /// Where the parents come from.
    pub parents: Parents,
    /// Holes that conditions fix although parents fill them: other parents are passed over.
    pub passing: Vec<Binding>,
    /// What is asked of each.
    pub ask: Ask,
}

/// Where the parents of a walk come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Parents {
    /// The projects that the scope says there are.
    Projects,
    /// The rows of another table.
    Rows(Box<Plan>),
}

impl Plan {
    /// The catalogue's table. None only for a plan that was not made by this version.
    pub fn table(&self) -> Option<&'static Table> {
        self.version.table(&self.table)
    }

    /// The condition that its rows cannot be had without.
    pub fn needs(&self) -> Option<&str> {
        match &self.step {
            Step::Needs(need) => Some(need.condition()),
            _ => None,
        }
    }

    /// Changes the number of every expression that the plan uses.
    pub fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        self.step.renumber(number);
        if let Some(check) = &mut self.check {
            *check = number(*check);
        }
    }

    /// The cells that are missing until a row is completed.
    pub fn late(&self) -> Vec<usize> {
        let mut late = Vec::new();
        self.step.visit(&mut |step| {
            if let Step::Complete { late: more, .. } = step {
                late.extend(more);
            }
        });
        late.sort_unstable();
        late.dedup();
        late
    }
}

impl Step {
    /// The steps directly below, which give records to this one.
    pub fn inner(&self) -> Vec<&Self> {
        match self {
            Self::Needs(_) | Self::Ask(_) | Self::Each(_) | Self::Sorted(_) => Vec::new(),
            Self::Count { of: inner, .. }
            | Self::Within { inner, .. }
            | Self::Among { inner, .. }
            | Self::Complete { inner, .. } => {
                vec![inner]
            }
            Self::Fill { listing: second, inner: first }
            | Self::Unless { inner: first, supplement: second }
            | Self::Then(first, second) => vec![first, second],
        }
    }

    /// Visits this step and all below it, top down.
    pub fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Self)) {
        visitor(self);
        for step in self.inner() {
            step.visit(visitor);
        }
    }

    /// The ask of this step, where it is one or walks one.
    pub fn ask(&self) -> Option<&Ask> {
        match self {
            Self::Ask(ask) | Self::Sorted(ask) | Self::Each(Each { ask, .. }) => Some(ask),
            _ => None,
        }
    }

    /// Every ask, in the order in which they run.
    pub fn asks(&self) -> Vec<&Ask> {
        let mut asks = Vec::new();
        self.visit(&mut |step| asks.extend(step.ask()));
        asks
    }

    fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        match self {
            Self::Needs(_) => {}
            Self::Ask(ask) | Self::Sorted(ask) => ask.renumber(number),
            Self::Each(each) => each.renumber(number),
            Self::Within { projects, inner } => {
                projects.renumber(number);
                inner.renumber(number);
            }
            Self::Among { walk, keys, inner } => {
                walk.renumber(number);
                keys.iter_mut().for_each(|key| key.operand.renumber(number));
                inner.renumber(number);
            }
            Self::Complete { inner, .. } | Self::Count { of: inner, .. } => inner.renumber(number),
            Self::Fill { listing: second, inner: first }
            | Self::Unless { inner: first, supplement: second }
            | Self::Then(first, second) => {
                first.renumber(number);
                second.renumber(number);
            }
        }
    }
}

impl Each {
    /// The numbers of the expressions that it uses.
    pub fn expressions(&self) -> Vec<usize> {
        let mut numbers = Vec::new();
        self.clone().renumber(&mut |number| {
            numbers.push(number);
            number
        });
        numbers
    }

    fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        if let Parents::Rows(plan) = &mut self.parents {
            plan.renumber(number);
        }
        self.passing.iter_mut().for_each(|key| key.operand.renumber(number));
        self.ask.renumber(number);
    }
}

impl Ask {
    fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        let keys = self.keys.iter_mut().chain(&mut self.seek);
        keys.for_each(|key| key.operand.renumber(number));
        self.bounds.iter_mut().for_each(|bound| bound.operand.renumber(number));
        self.choices.iter_mut().for_each(|choice| choice.renumber(number));
        if let Some(projects) = &mut self.projects {
            projects.renumber(number);
        }
    }
}

impl Choice {
    pub(super) fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        for admission in self.admissions() {
            if let Admission::Expression(expression) = admission {
                *expression = number(*expression);
            }
        }
    }
}

impl Projects {
    pub(super) fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        match self {
            Self::Named(operand) => operand.renumber(number),
            Self::Of { container, .. } => container.operand.renumber(number),
            Self::All | Self::Every | Self::First | Self::None => {}
        }
    }
}

impl Operand {
    pub(super) fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        match self {
            Self::Values(_) => {}
            Self::Expression(expression) => *expression = number(*expression),
            Self::Any(operands) => operands.iter_mut().for_each(|each| each.renumber(number)),
        }
    }
}

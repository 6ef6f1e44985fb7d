//! Which members of records a source lacks, and where else they are.

use super::super::fit;
use super::super::price::Prices;
use super::super::step::{Endpoint, Step};
use super::Maker;
use crate::catalog::{Rows, Source};

impl Maker<'_> {
    /// With the members that the listing lacks and the single record has.
    pub(super) fn completed(&self, step: Step, source: &'static Source) -> Step {
        let table = self.query.table;
        let reducible = !table.whole.is_empty() && source.rows != Rows::One;
        let late = self.lacked(source);
        if source.rows == Rows::One || table.single().is_none() || (late.is_empty() && !reducible) {
            return step;
        }
        let mut step = step;
        let limit = if late.is_empty() { None } else { take_limit(&mut step) };
        Step::Complete { late, limit, inner: Box::new(step) }
    }

    /// With the members that the single record lacks and a listing has.
    pub(super) fn filled(&self, step: Step, single: &'static Source) -> Step {
        let lacked = self.lacked(single);
        if lacked.is_empty() {
            return step;
        }
        match self.listings_of(&lacked, single) {
            Some(listing) => Step::Fill { listing: Box::new(listing), inner: Box::new(step) },
            None => step,
        }
    }

    /// The listings that have some cells, which the single record lacks, of records that are named by their
    /// ids: the cheapest, and for records that only others have, those.
    fn listings_of(&self, cells: &[usize], single: &Source) -> Option<Step> {
        let table = self.query.table;
        let prices = Prices { version: self.version, counts: self.counts };
        let has = |source: &Source| {
            let cells = cells.iter().filter_map(|place| self.query.cells.get(*place));
            cells.into_iter().all(|cell| fit::supplies(table, source, single, cell))
        };
        let listings = table.sources.iter().enumerate().filter(|(_, source)| {
            let usable = source.rows != Rows::One && self.is_usable_for_all(source);
            usable && self.may_have_named(source) && has(source)
        });
        let mut steps: Vec<(bool, f64, Step)> = listings
            .filter_map(|(place, source)| {
                let keys = self.keys(source)?;
                let step = self.asking(Endpoint::Source(place), source, keys)?;
                Some((!self.is_usual(source), prices.of(table, &step).requests, step))
            })
            .collect();
        steps.sort_by(|one, other| (one.0.cmp(&other.0)).then(one.1.total_cmp(&other.1)));
        // Of listings of the same records one is enough.
        let mut seen = Vec::new();
        steps.retain(|(unusual, _, step)| {
            let source = step.ask().and_then(|ask| ask.endpoint.of(table));
            let path = source.map(|source| source.path);
            let other = seen.is_empty() || (*unusual && !seen.contains(&path));
            seen.push(path);
            other
        });
        let steps = steps.into_iter().map(|(_, _, step)| step);
        steps.rev().reduce(|rest, step| Step::Then(Box::new(step), Box::new(rest)))
    }

    /// Whether a listing may have records that are named by their ids alone, as far as it is one of a few
    /// values and conditions say which.
    fn may_have_named(&self, source: &Source) -> bool {
        source.only.iter().all(|(column, value)| {
            let choice = self.meaning.choices.iter().find(|choice| choice.column == *column);
            choice.is_none_or(|choice| choice.possible().any(|it| it == *value))
        })
    }

    /// Whether a listing has the records that are shown where no condition says which.
    fn is_usual(&self, source: &Source) -> bool {
        source.only.iter().all(|(column, value)| {
            let domain = self.query.table.domain(column);
            domain.is_none_or(|domain| domain.default.contains(value))
        })
    }

    /// The wanted cells that a source lacks, by their places.
    fn lacked(&self, source: &Source) -> Vec<usize> {
        let cells = self.query.cells.iter().enumerate();
        let lacking = cells.filter(|(_, cell)| fit::lacks(self.query.table, source, cell));
        lacking.map(|(place, _)| place).collect()
    }

    /// Whether a wanted member can be had neither from this source nor from the single record.
    pub(super) fn lacks_for_good(&self, source: &Source) -> bool {
        let single = self.query.table.single().filter(|_| source.rows != Rows::One);
        let mut cells = self.query.cells.iter();
        cells.any(|cell| {
            let lacks = |source: &Source| fit::lacks(self.query.table, source, cell);
            lacks(source) && !fit::is_of_whole(cell) && single.is_none_or(lacks)
        })
    }
}

/// Takes the limit of the listings below, which give incomplete rows, for where these are completed.
fn take_limit(step: &mut Step) -> Option<u64> {
    match step {
        Step::Ask(ask) => ask.limit.take(),
        Step::Unless { inner, .. } => take_limit(inner),
        _ => None,
    }
}

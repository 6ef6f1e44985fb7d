//! Plans that read no whole listing: numbers of rows, and the first rows of an order.

use super::super::estimate::Counts;
use super::super::query::Query;
use super::super::step::{Ask, Each, Plan, Step};
use super::{Maker, cheaper};
use crate::catalog::{Parameter, Role, Rows, Source, Statuses, Version};

/// The cheapest plan that tells numbers of a query's rows and reads none of them.
///
/// There is one number for each combination of the values of some columns. None where rows are more or
/// less than the records of listings that say how many they have, or where requests do not tell the
/// values.
pub fn choose_count(
    version: Version,
    query: &Query,
    by: &[String],
    counts: &dyn Counts,
) -> Option<Plan> {
    // Nothing of Basecamp 2 says how many there are.
    let maker = (version == Version::V3).then(|| Maker::new(version, query, counts))?;
    let sources = query.table.sources.iter().enumerate();
    let steps = sources.filter_map(|(place, source)| maker.count(place, source, by));
    steps.map(|step| maker.plan(step)).reduce(cheaper)
}

/// The cheapest plan that gives the first rows of the order that a query wants and reads no more of
/// listings than it takes to know them; none where no source sorts so.
pub fn choose_sorted(version: Version, query: &Query, counts: &dyn Counts) -> Option<Plan> {
    let maker = Maker::new(version, query, counts);
    let sources = query.table.sources.iter().enumerate();
    let steps = sources.filter_map(|(place, source)| maker.sorted(place, source));
    steps.map(|step| maker.plan(step)).reduce(cheaper)
}

/// Rows that are put in order here at most: they are all in memory.
const MOST_FIRST: u64 = 10_000;

impl Maker<'_> {
    /// The number of rows, where each record of a source's listings is one and nothing else is.
    fn count(&self, place: usize, source: &'static Source, by: &[String]) -> Option<Step> {
        let mut step = self.in_scope(source, self.answering(place, source)?);
        let (Step::Ask(ask) | Step::Each(Each { ask, .. })) = &mut step else {
            return None;
        };
        let countable = source.rows == Rows::Pages && ask.seek.is_none();
        let exact = countable
            && self.query.table.keep.is_none()
            && self.admits_all(ask, |column| {
                self.is_told_of(source, column) || self.is_active(source, column)
            })
            && self.all_are_rows(source, ask);
        if !exact || !by.iter().all(|column| self.is_apart(source, ask, column)) {
            return None;
        }
        let by_project = by.iter().any(|column| self.query.table.is(column, Role::Project));
        ask.apart = by_project && source.each.is_none() && ask.projects.is_some();
        Some(Step::Count { by: by.to_vec(), of: Box::new(step) })
    }

    /// Whether each request of a source is for one value of a column.
    fn is_apart(&self, source: &Source, ask: &Ask, column: &str) -> bool {
        let takes_projects = source.query.iter().any(|it| matches!(it, Parameter::Projects(_)));
        let of_project = self.query.table.is(column, Role::Project)
            && takes_projects
            && source.each.is_none()
            && ask.projects.is_some();
        let of_parent = source.each.is_some() && source.holes().any(|hole| hole == column);
        let in_domain = self.query.table.domain(column).is_some();
        ask.keys.iter().any(|key| key.column == column)
            || of_parent
            || of_project
            || (in_domain && self.is_told_of(source, column))
    }

    /// The first rows of the wanted order, where only records of a source's listings are rows.
    fn sorted(&self, place: usize, source: &'static Source) -> Option<Step> {
        let first = self.query.order.as_ref()?.first.as_ref()?;
        let Step::Ask(ask) = self.in_scope(source, self.answering(place, source)?) else {
            return None;
        };
        let few = first.count <= MOST_FIRST;
        let sorts = few && ask.order == self.query.order && ask.seek.is_none();
        if !sorts || self.lacks_for_good(source) || !self.has_all(source, &ask) {
            return None;
        }
        let count = first.count;
        Some(match self.completed(Step::Sorted(ask), source) {
            Step::Complete { late, inner, .. } if !late.is_empty() => {
                Step::Complete { late, limit: Some(count), inner }
            }
            step => step,
        })
    }

    /// Whether a source gives active records alone, for the column that says so. What its first page
    /// shows is checked before a number is believed.
    fn is_active(&self, source: &Source, column: &str) -> bool {
        source.statuses == Statuses::Active && self.query.table.is(column, Role::Status)
    }
}

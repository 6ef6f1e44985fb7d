//! How many different values a column has, before anybody has analyzed its table.

use super::super::estimate::Counts;
use super::super::query::Query;
use super::{Maker, named};
use crate::catalog::{Role, Version};

/// How many different values a column has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distinct {
    /// As many as there are rows.
    Rows,
    /// So many.
    Values(f64),
}

/// How many different values a column has in the rows of a query.
///
/// Ids are of one row each, and what names parents has as many values as there are parents, by what
/// listings told. None where nothing says. `rows`: how many rows a query has.
pub fn distinct(
    version: Version,
    query: &Query,
    column: &str,
    counts: &dyn Counts,
    rows: impl FnOnce(Query) -> f64,
) -> Option<Distinct> {
    if query.table.is(column, Role::Id) {
        return query.table.single().map(|_| Distinct::Rows);
    }
    let maker = Maker::new(version, query, counts);
    let values = match named(query, column) {
        Some(binding) => Some(binding.count),
        None if query.table.is(column, Role::Project) => maker.count_projects(),
        None => {
            let parents = version.named_by(query.table, column);
            parents.map(|parents| rows(maker.query_of_parents(parents, |_| true)))
        }
    };
    values.map(|values| Distinct::Values(values.max(1.0)))
}

impl Maker<'_> {
    /// The projects in scope.
    fn count_projects(&self) -> Option<f64> {
        let projects = self.meaning.projects.as_ref();
        projects.map(|projects| self.prices().project_count(Some(projects)))
    }
}

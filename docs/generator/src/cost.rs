//! What queries cost in requests, as the planner prices them.

use crate::case::{Case, Wanted};
use basecamp_fdw::catalog::{Table, Version};
use basecamp_fdw::plan::{Plan, Projects};

/// A query and its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The condition as SQL; empty: none.
    pub condition: String,
    /// Requests where the columns of the listing are enough; none: it cannot be read so.
    pub few: Option<u64>,
    /// Requests for every column.
    pub all: Option<u64>,
}

/// By id, by each container, by project, and everything.
pub fn costs(version: Version, table: &'static Table) -> Vec<Cost> {
    let mut cases: Vec<Case> = Vec::new();
    let ways = Case::single(table)
        .into_iter()
        .chain(Case::parents(table))
        .chain(Case::project(table))
        .chain([Case::default()]);
    for case in ways {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    let price = |case: &Case, wanted| requests(&case.plan(version, table, wanted, Projects::All));
    let cost = |case: &Case| Cost {
        condition: case.sql(table, ""),
        few: price(case, Wanted::Listed),
        all: price(case, Wanted::All),
    };
    cases.iter().map(cost).collect()
}

/// The number of requests of a plan; none where it needs another condition.
pub fn requests(plan: &Plan) -> Option<u64> {
    let count = (plan.estimate.requests + plan.estimate.once).ceil();
    // Estimates are small and never negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates"
    )]
    let count = count as u64;
    plan.needs().is_none().then_some(count)
}

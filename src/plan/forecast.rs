//! What a plan will cost by what is known later than when it was made.

use super::price::Prices;
use super::{Counts, Plan};
use crate::catalog::Table;

/// Columns that a hint names at most.
const NAMED: usize = 3;

impl Plan {
    /// The requests of the whole plan, by these sizes of listings.
    pub fn requests(&self, counts: &dyn Counts) -> u64 {
        let prices = Prices { version: self.version, counts };
        let estimate = self.table().map_or(self.estimate, |table| prices.of(table, &self.step));
        (estimate.requests + estimate.once).ceil().max(0.0) as u64
    }

    /// Columns on which a condition would name less to read; none where one does already.
    pub fn narrower(&self) -> Vec<&'static str> {
        let asked = self.step.asks().into_iter().any(|ask| !ask.keys.is_empty());
        self.table().filter(|_| !asked).map(holes).unwrap_or_default()
    }
}

/// The columns that fill the addresses of a table.
fn holes(table: &'static Table) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    let scoped = table.scoped.then_some("project_id");
    let sources = table.sources.iter().filter(|source| source.each.is_none());
    for hole in sources.flat_map(|source| source.holes()).chain(scoped) {
        if table.column(hole).is_some() && !names.contains(&hole) {
            names.push(hole);
        }
    }
    names.truncate(NAMED);
    names
}

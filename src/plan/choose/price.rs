//! What a scan costs in requests, by what is known of the sizes of listings.

use super::{Maker, PROJECTS};
use crate::catalog::{Covers, Each, More, Rows, Source, Version};
use crate::plan::estimate::{
    Estimate, UNKNOWN_ACCOUNT, UNKNOWN_CHILDREN, UNKNOWN_PROJECTS, numbered_pages, pages,
};
use crate::plan::route::{Admitted, Limits, Where, requests};
use crate::plan::{Admits, Bound, Key, Operand, Projects, Scan, Side};
use crate::value::Scalar;

impl Maker<'_> {
    pub(super) fn estimate(
        &self,
        source: &'static Source,
        keys: &[(Key, f64)],
        scan: &Scan,
        parents: Option<&Scan>,
    ) -> Estimate {
        let fillings: f64 = keys.iter().map(|(_, count)| count).product();
        let mut estimate = match (source.each, source.rows) {
            (Some(each), _) => self.walk(each, source, scan, parents),
            (None, Rows::One) => Estimate { requests: fillings, rows: fillings, once: 0.0 },
            (None, Rows::Maybe(_) | Rows::Member(_) | Rows::Arrays(_, More::No)) => {
                Estimate { requests: fillings, rows: fillings * UNKNOWN_CHILDREN, once: 0.0 }
            }
            (None, Rows::Pages | Rows::Arrays(..) | Rows::Inside(_) | Rows::Within(_)) => {
                self.listing(source, keys, scan).times(fillings)
            }
        };
        match scan.projects {
            Some(Projects::Of { .. }) => estimate.requests += 1.0,
            Some(Projects::First) => estimate.requests += 1.0,
            _ => {}
        }
        match scan.within {
            Some(Projects::All) => estimate.once += self.pages(self.projects_in_account()),
            Some(Projects::First) => estimate.once += 1.0,
            _ => {}
        }
        if scan.seek.is_some() {
            let sought = self.key("id").map_or(estimate.rows, |(_, count)| count);
            estimate.rows = estimate.rows.min(sought);
        }
        if scan.complete {
            estimate.requests += estimate.rows;
        }
        estimate
    }

    /// One filling of a listing's holes.
    fn listing(&self, source: &'static Source, keys: &[(Key, f64)], scan: &Scan) -> Estimate {
        let admitted = self.likely(scan);
        let limits = Limits { admitted, bounds: known_bounds(&scan.bounds) };
        let known: Vec<(&str, Scalar)> = keys
            .iter()
            .filter_map(|(key, _)| match &key.operand {
                Operand::Values(ids) => ids.first().map(|id| (key.column.as_str(), id.clone())),
                Operand::Expression(_) => None,
            })
            .collect();
        let place = match &scan.projects {
            Some(Projects::Named(Operand::Values(ids))) => {
                Where::Projects(ids.iter().filter_map(Scalar::id).collect())
            }
            Some(Projects::All) | None => Where::Account,
            Some(_) => Where::Projects(vec![0]),
        };
        let share = self.share(scan);
        let asked = requests(source, &known, &limits, &place);
        asked.iter().fold(Estimate::default(), |sum, request| {
            let rows = self.rows_at(source, &request.address, share);
            Estimate { requests: sum.requests + self.pages(rows), rows: sum.rows + rows, ..sum }
        })
    }

    /// Rows of one listing: as it told before, or as such a listing usually has.
    fn rows_at(&self, source: &Source, address: &str, share: f64) -> f64 {
        if let Some(total) = self.counts.total(address) {
            return total as f64;
        }
        // Each way has a part of them.
        let ways = source.ways.len().max(1) as f64;
        if source.covers == Covers::Holes {
            return UNKNOWN_CHILDREN / ways;
        }
        if source.path.starts_with("/projects.json") {
            return self.projects_in_account();
        }
        let whole = address.split_once("&bucket=").map_or(address, |(whole, _)| whole);
        (self.counts.total(whole).map_or(UNKNOWN_ACCOUNT / ways, |total| total as f64) * share)
            .ceil()
    }

    /// The share of the account's projects that is read.
    fn share(&self, scan: &Scan) -> f64 {
        (self.project_count(scan.projects.as_ref()) / self.projects_in_account()).min(1.0)
    }

    /// Requests for a listing of so many rows.
    pub(super) fn pages(&self, rows: f64) -> f64 {
        match self.version {
            Version::V2 => numbered_pages(rows),
            Version::V3 => pages(rows),
        }
    }

    pub(super) fn project_count(&self, projects: Option<&Projects>) -> f64 {
        match projects {
            None | Some(Projects::All) => self.projects_in_account(),
            Some(Projects::Named(Operand::Values(ids))) => ids.len() as f64,
            Some(Projects::Named(Operand::Expression(_))) => {
                let bound = self.query.bindings.iter().find(|b| b.column == "project_id");
                bound.map_or(1.0, |binding| binding.count)
            }
            Some(Projects::First | Projects::Of { .. }) => 1.0,
        }
    }

    fn projects_in_account(&self) -> f64 {
        self.counts.total("/projects.json").map_or(UNKNOWN_PROJECTS, |total| total as f64).max(1.0)
    }

    fn walk(&self, each: Each, source: &Source, scan: &Scan, parents: Option<&Scan>) -> Estimate {
        let rows = source.rows;
        let (found, asked) = match (each, parents) {
            (Each::Row { .. }, Some(parents)) => (parents.estimate.rows, parents.estimate.requests),
            _ => {
                let projects = self.project_count(scan.projects.as_ref());
                let named = matches!(each, Each::Row { when: None, .. });
                let asked = match scan.projects {
                    // Their ids are all that is needed of projects.
                    Some(Projects::Named(_)) if named => 0.0,
                    None | Some(Projects::All) => self.pages(projects),
                    Some(Projects::First) => 0.0,
                    Some(_) => projects,
                };
                (projects, asked)
            }
        };
        let all = source.ways.len().max(1) as f64;
        let inside = match (rows, each) {
            (Rows::One, _) => 1.0,
            // As many in all as a listing of the account would have.
            (_, Each::Row { table, .. }) if table == PROJECTS => {
                UNKNOWN_ACCOUNT / UNKNOWN_PROJECTS / all
            }
            _ => UNKNOWN_CHILDREN / all,
        };
        let each = if rows == Rows::Pages { self.pages(inside) } else { 1.0 };
        let admitted = self.likely(scan);
        let taken = source.ways.iter().filter(|way| admitted.takes(way));
        let ways = taken.count().max(usize::from(source.ways.is_empty())) as f64;
        Estimate { requests: asked + found * each * ways, rows: found * inside * ways, once: 0.0 }
    }

    /// The admitted values as far as the plan knows them; a value that is told at run time counts.
    fn likely(&self, scan: &Scan) -> Admitted {
        let source = if scan.choices.is_empty() { &self.meaning.choices } else { &scan.choices };
        Admitted(
            source
                .iter()
                .map(|choice| {
                    let values = choice.values.iter();
                    let admitted = values.filter(|(_, admits)| *admits != Admits::No);
                    (choice.column.clone(), admitted.map(|(value, _)| value.clone()).collect())
                })
                .collect(),
        )
    }
}

/// The bounds that are known when the plan is made.
fn known_bounds(bounds: &[Bound]) -> Vec<(String, Side, Scalar)> {
    let known = bounds.iter().filter_map(|bound| match &bound.operand {
        Operand::Values(values) => {
            let value = values.first()?.clone();
            Some((bound.column.clone(), bound.side, value))
        }
        Operand::Expression(_) => None,
    });
    known.collect()
}

impl Estimate {
    fn times(self, factor: f64) -> Self {
        Self { requests: self.requests * factor, rows: self.rows * factor, once: self.once }
    }
}

//! The plans that were made last: a query that differs from an earlier one in the numbers of its expressions
//! alone gets the same plan.
//!
//! A join asks for many such: a column of each of many tables, by each relation that may give it its value.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::candidate::choose;
use super::estimate::Counts;
use super::query::{Operand, Query};
use super::step::Plan;
use crate::catalog::Version;

/// Plans that are kept.
const KEPT: usize = 64;

/// Constants that a query may have for its plan to be kept: who writes hundreds of ids writes others next
/// time.
const FEW: usize = 16;

/// The plans that were made last.
#[derive(Debug, Default)]
pub struct Memo(RefCell<VecDeque<Rc<Made>>>);

/// A plan, and what it was made of.
#[derive(Debug)]
struct Made {
    version: Version,
    query: Query,
    /// What was asked of sizes, and what was known.
    sizes: Vec<(String, Option<u64>)>,
    plan: Rc<Plan>,
    /// The query's number of each expression of the plan.
    used: Vec<usize>,
}

impl Memo {
    /// The cheapest plan for a query, as [`choose`] makes it, but with its expressions numbered as it uses
    /// them; and the query's numbers of these.
    pub fn choose(
        &self,
        version: Version,
        mut query: Query,
        counts: &dyn Counts,
    ) -> (Rc<Plan>, Vec<usize>) {
        let mut numbers: Vec<usize> = Vec::new();
        query.renumber(&mut |number| {
            let known = numbers.iter().position(|known| *known == number);
            known.unwrap_or_else(|| {
                numbers.push(number);
                numbers.len() - 1
            })
        });
        let made = self.find(version, &query, counts);
        let made = made.unwrap_or_else(|| self.make(version, query, counts));
        let used = made.used.iter().filter_map(|place| numbers.get(*place)).copied();
        (Rc::clone(&made.plan), used.collect())
    }

    fn find(&self, version: Version, query: &Query, counts: &dyn Counts) -> Option<Rc<Made>> {
        let all = self.0.borrow();
        let same = |made: &&Rc<Made>| {
            let unchanged = |(address, total): &(String, _)| counts.total(address) == *total;
            made.version == version && made.query == *query && made.sizes.iter().all(unchanged)
        };
        all.iter().find(same).cloned()
    }

    fn make(&self, version: Version, query: Query, counts: &dyn Counts) -> Rc<Made> {
        let recorded = Recorded { counts, sizes: RefCell::default() };
        let mut plan = choose(version, &query, &recorded);
        let mut used = Vec::new();
        plan.renumber(&mut |number| {
            used.push(number);
            used.len() - 1
        });
        let (plan, sizes) = (Rc::new(plan), recorded.sizes.into_inner());
        let made = Rc::new(Made { version, query, sizes, plan, used });
        if made.query.constants() <= FEW {
            let mut all = self.0.borrow_mut();
            all.truncate(KEPT - 1);
            all.push_front(Rc::clone(&made));
        }
        made
    }
}

/// Sizes, and what was asked of them.
struct Recorded<'a> {
    counts: &'a dyn Counts,
    sizes: RefCell<Vec<(String, Option<u64>)>>,
}

impl Counts for Recorded<'_> {
    fn total(&self, address: &str) -> Option<u64> {
        let total = self.counts.total(address);
        let mut sizes = self.sizes.borrow_mut();
        if !sizes.iter().any(|(known, _)| known == address) {
            sizes.push((address.to_owned(), total));
        }
        total
    }
}

impl Query {
    /// Changes the number of every expression in it.
    fn renumber(&mut self, number: &mut dyn FnMut(usize) -> usize) {
        self.bindings.iter_mut().for_each(|binding| binding.operand.renumber(number));
        self.bounds.iter_mut().for_each(|bound| bound.operand.renumber(number));
        self.choices.iter_mut().for_each(|choice| choice.renumber(number));
        self.projects.renumber(number);
    }

    /// How many values its conditions name.
    fn constants(&self) -> usize {
        fn count(operand: &Operand) -> usize {
            match operand {
                Operand::Values(values) => values.len(),
                Operand::Expression(_) => 0,
                Operand::Any(operands) => operands.iter().map(count).sum(),
            }
        }
        self.bindings.iter().map(|binding| count(&binding.operand)).sum()
    }
}

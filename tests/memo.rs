//! Plans that are kept are those that would be made.

use std::cell::Cell;
use std::rc::Rc;

use basecamp_fdw::catalog::{Table, Version};
use basecamp_fdw::plan::{
    Binding, Cell as Column, Counts, Effect, Memo, NothingKnown, Operand, Plan, Projects, Query,
    choose,
};
use basecamp_fdw::value::Scalar;

/// A query of all that a table shows, by the value that another relation has for a column.
fn joined(table: &'static Table, column: &str, number: usize) -> Query {
    let binding = Binding {
        column: column.to_owned(),
        operand: Operand::Expression(number),
        effect: Effect::Narrows,
        count: 1.0,
    };
    let cells = table.columns().map(Column::of).collect();
    Query { cells, bindings: vec![binding], ..Query::of(table, Projects::All) }
}

fn every_join(mut see: impl FnMut(Version, &dyn Fn(usize) -> Query)) {
    for version in [Version::V2, Version::V3] {
        for table in version.tables() {
            for column in table.keys() {
                see(version, &|number| joined(table, column, number));
            }
        }
    }
}

/// A plan with the numbers that its query has for the expressions.
fn numbered((plan, used): &(Rc<Plan>, Vec<usize>)) -> Plan {
    let mut plan = Plan::clone(plan);
    plan.renumber(&mut |place| used[place]);
    plan
}

#[test]
fn a_plan_is_the_one_that_the_query_itself_would_get() {
    every_join(|version, query| {
        let memo = Memo::default();
        for number in [5, 9] {
            let kept = memo.choose(version, query(number), &NothingKnown);
            assert_eq!(numbered(&kept), choose(version, &query(number), &NothingKnown));
        }
    });
}

#[test]
fn one_plan_is_made_for_queries_that_differ_in_numbers_alone() {
    let memo = Memo::default();
    every_join(|version, query| {
        let (first, _) = memo.choose(version, query(5), &NothingKnown);
        let (second, _) = memo.choose(version, query(9), &NothingKnown);
        assert!(Rc::ptr_eq(&first, &second));
    });
}

#[test]
fn expressions_are_told_apart() {
    let memo = Memo::default();
    let table = Version::V3.table("todos").expect("a table");
    let both = |id, project| {
        let mut query = joined(table, "id", id);
        query.bindings.extend(joined(table, "project_id", project).bindings);
        query
    };
    for (id, project) in [(1, 2), (2, 1), (3, 3)] {
        let kept = memo.choose(Version::V3, both(id, project), &NothingKnown);
        assert_eq!(numbered(&kept), choose(Version::V3, &both(id, project), &NothingKnown));
    }
}

/// Every listing has so many rows.
struct All(Cell<u64>);

impl Counts for All {
    fn total(&self, _: &str) -> Option<u64> {
        Some(self.0.get())
    }
}

#[test]
fn another_size_makes_another_plan() {
    let memo = Memo::default();
    let sizes = All(Cell::new(10));
    let table = Version::V3.table("todos").expect("a table");
    let whole = || Query::of(table, Projects::All);
    for size in [10, 20_000, 10] {
        sizes.0.set(size);
        let (plan, _) = memo.choose(Version::V3, whole(), &sizes);
        assert_eq!(*plan, choose(Version::V3, &whole(), &sizes));
    }
}

#[test]
fn a_query_with_many_constants_is_not_kept() {
    let memo = Memo::default();
    let table = Version::V3.table("todos").expect("a table");
    let many = || {
        let ids = (0..1_000).map(Scalar::Id).collect();
        let mut query = joined(table, "id", 0);
        query.bindings[0].operand = Operand::Values(ids);
        query
    };
    let (first, _) = memo.choose(Version::V3, many(), &NothingKnown);
    let (second, _) = memo.choose(Version::V3, many(), &NothingKnown);
    assert!(!Rc::ptr_eq(&first, &second));
}

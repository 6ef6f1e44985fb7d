//! What is expected of tables and columns, by what listings told.

use basecamp_fdw::catalog::Version;
use basecamp_fdw::plan::{
    Binding, Cell, Counts, Distinct, Effect, NothingKnown, Operand, Plan, Projects, Query, choose,
    distinct,
};
use basecamp_fdw::value::Scalar;

/// An account of 20 projects, 100 to-do lists and 15,000 to-dos.
struct Told;

impl Counts for Told {
    fn total(&self, address: &str) -> Option<u64> {
        match address {
            "/projects.json" => Some(20),
            "/projects/recordings.json?type=Todolist" => Some(100),
            "/projects/recordings.json?type=Todo" => Some(15_000),
            _ => None,
        }
    }
}

/// A query of a table, with a condition that names one value of each of these columns.
fn query(table: &str, named: &[&str], projects: Projects) -> Query {
    let table = Version::V3.table(table).expect("a table");
    let binding = |column: &&str| Binding {
        column: (*column).to_owned(),
        operand: Operand::Values(vec![Scalar::Id(1)]),
        effect: Effect::Names,
        count: 1.0,
    };
    let cells = table.columns().map(Cell::of).collect();
    Query { cells, bindings: named.iter().map(binding).collect(), ..Query::of(table, projects) }
}

fn planned(table: &str, named: &[&str], counts: &dyn Counts) -> Plan {
    choose(Version::V3, &query(table, named, Projects::All), counts)
}

/// How many different values a column has in the rows of a query.
fn values(version: Version, query: &Query, column: &str, counts: &dyn Counts) -> Option<Distinct> {
    distinct(version, query, column, counts, |parents| {
        choose(version, &parents, counts).estimate.rows
    })
}

#[test]
fn containers_have_an_even_share_of_what_the_account_has() {
    let list = planned("todos", &["todolist_id"], &Told).estimate;
    // 75 that are done and 75 that are not, of three pages each.
    assert_eq!((list.rows, list.requests), (150.0, 6.0));
    let unknown = planned("todos", &["todolist_id"], &NothingKnown).estimate;
    assert_eq!((unknown.rows, unknown.requests), (40.0, 4.0));
}

#[test]
fn a_column_has_as_many_values_as_there_is_to_name() {
    let of = |table, named: &[&str], projects, column| {
        values(Version::V3, &query(table, named, projects), column, &Told)
    };
    let all = |table, column| of(table, &[], Projects::All, column);
    assert_eq!(all("todos", "id"), Some(Distinct::Rows));
    assert_eq!(all("todos", "todolist_id"), Some(Distinct::Values(100.0)));
    assert_eq!(all("todos", "project_id"), Some(Distinct::Values(20.0)));
    assert_eq!(all("webhooks", "project_id"), Some(Distinct::Values(20.0)));
    // Of the first project alone, or of the one that a condition names.
    assert_eq!(of("todos", &[], Projects::First, "project_id"), Some(Distinct::Values(1.0)));
    let lists = Some(Distinct::Values(5.0));
    assert_eq!(of("todos", &["project_id"], Projects::All, "todolist_id"), lists);
    assert_eq!(
        of("todos", &["todolist_id"], Projects::All, "todolist_id"),
        Some(Distinct::Values(1.0))
    );
}

#[test]
fn nothing_is_said_of_columns_that_name_no_table() {
    for (table, column) in
        [("todos", "content"), ("comments", "recording_id"), ("recording_events", "id")]
    {
        let query = query(table, &[], Projects::All);
        assert_eq!(values(Version::V3, &query, column, &Told), None, "{table}.{column}");
    }
}

#[test]
fn no_number_of_values_is_below_one() {
    struct Empty;
    impl Counts for Empty {
        fn total(&self, _: &str) -> Option<u64> {
            Some(0)
        }
    }
    for version in [Version::V2, Version::V3] {
        for table in version.tables() {
            for column in table.keys() {
                let query = Query::of(table, Projects::All);
                if let Some(Distinct::Values(number)) = values(version, &query, column, &Empty) {
                    assert!(number >= 1.0, "{}.{column}: {number}", table.name);
                }
            }
        }
    }
}

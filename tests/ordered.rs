//! What is read in an order, or counted without being read, is what a whole scan has.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use basecamp_fdw::api::Client;
use basecamp_fdw::catalog::{Role, Sorts, Table, Version};
use basecamp_fdw::plan::{
    Bound, COUNT, Cell, Fence, First, NothingKnown, Nulls, Operand, Order, Origin, Plan, Projects,
    Query, Side, Step as Walk, choose, choose_count, choose_sorted,
};
use basecamp_fdw::rows::{Known, Row, Rows, Sizes, collect};
use basecamp_fdw::value::{Scalar, Type, Value};
use simulator::{Config, Edit, Oddities, Simulator, Step};
use support::client;

const VERSION: Version = Version::V3;
const VERSIONS: [Version; 2] = [Version::V3, Version::V2];

struct Account {
    version: Version,
    simulator: Simulator,
    client: Client,
}

impl Account {
    fn new(config: Config) -> Self {
        Self::of(VERSION, config)
    }

    fn of(version: Version, config: Config) -> Self {
        let simulator = Simulator::start(config).expect("a port");
        let client = client(&simulator, version, simulator.token());
        Self { version, simulator, client }
    }

    /// The rows of a plan, and the requests that they took.
    async fn read(&self, plan: Plan) -> (Vec<Row>, usize) {
        self.simulator.clear_requests();
        let name = plan.table.clone();
        let known = Arc::new(Known::new(Sizes::default()));
        let rows = Rows::new(Arc::new(plan), Vec::new(), self.client.clone(), known);
        let read = collect(rows.expect("a plan")).await;
        let rows = read.unwrap_or_else(|error| panic!("{name}: {error:?}")).0;
        (rows, self.simulator.requests().len())
    }

    async fn whole(&self, query: &Query) -> Vec<Row> {
        let query = Query { bounds: Vec::new(), order: None, ..query.clone() };
        self.read(choose(self.version, &query, &NothingKnown)).await.0
    }
}

fn small() -> Account {
    sorting_as(VERSION, false)
}

/// A small account, whose listings keep the order that is asked for or do not.
fn sorting_as(version: Version, unsorted: bool) -> Account {
    let oddities = Oddities { unsorted, ..Oddities::default() };
    Account::of(
        version,
        Config { projects: 4, todolists: 8, todos: 120, oddities, ..Config::default() },
    )
}

fn table(name: &str) -> &'static Table {
    VERSION.table(name).expect("a table")
}

/// The id and the two moments of every row: the three cells that these tests look at.
fn query(table: &'static Table) -> Query {
    let names = [Role::Id, Role::Updated, Role::Created].map(Role::name);
    let cells = names.iter().filter_map(|name| table.column(name)).map(Cell::of).collect();
    Query { cells, ..Query::of(table, Projects::All) }
}

fn place(query: &Query, column: &str) -> usize {
    query.cells.iter().position(|cell| cell.name == column).expect("a cell")
}

fn moment(query: &Query, column: &str, row: &Row) -> i64 {
    match &row[place(query, column)] {
        Some(Value::Timestamptz(micros)) => *micros,
        other => panic!("{other:?}"),
    }
}

fn id(row: &Row) -> i64 {
    match &row[0] {
        Some(Value::Bigint(id)) => *id,
        other => panic!("{other:?}"),
    }
}

fn ids(rows: &[Row]) -> Vec<i64> {
    let mut ids: Vec<i64> = rows.iter().map(id).collect();
    ids.sort_unstable();
    ids
}

fn bound(column: &str, side: Side, micros: i64) -> Bound {
    let operand = Operand::Values(vec![Scalar::Moment(micros)]);
    Bound { column: column.to_owned(), side, operand }
}

/// A cell of a row that is a number of others.
fn told(name: &str, ty: Type) -> Cell {
    let origin = Origin::Path(basecamp_fdw::catalog::Field::Member(name.to_owned()));
    Cell { name: name.to_owned(), origin, ty }
}

/// The tables some of whose listings sort.
fn sorting(version: Version) -> Vec<&'static Table> {
    let sorts = |table: &&Table| table.sources.iter().any(|source| source.sorts != Sorts::No);
    version.tables().iter().copied().filter(sorts).collect()
}

/// Both versions, with listings that are sorted as they are asked to be and others.
fn cases() -> impl Iterator<Item = (Version, bool)> {
    VERSIONS.into_iter().flat_map(|version| [(version, false), (version, true)])
}

/// Queries of a table that read it in the ways that there are, as far as it can be read so.
fn variants(version: Version, table: &'static Table) -> Vec<Query> {
    let states = |states: &[&str]| Some(states.iter().map(|it| (*it).to_owned()).collect());
    let named = Projects::Named(Operand::Values(vec![Scalar::Id(5000), Scalar::Id(5001)]));
    let query = query(table);
    let mut all = vec![
        Query { statuses: states(&["active", "archived", "trashed"]), ..query.clone() },
        Query { projects: named.clone(), ..query.clone() },
        Query { projects: Projects::Every, ..query.clone() },
        Query { fence: Fence { projects: Some(named), statuses: None }, ..query.clone() },
        Query { fence: Fence { projects: None, statuses: states(&["archived"]) }, ..query.clone() },
        query,
    ];
    all.retain(|query| choose(version, query, &NothingKnown).needs().is_none());
    all
}

#[tokio::test]
async fn rows_within_a_bound_are_those_of_the_whole_listing_that_are() {
    for (version, unsorted) in cases() {
        let account = sorting_as(version, unsorted);
        let mut compared = 0;
        for table in sorting(version) {
            for query in variants(version, table) {
                let whole = account.whole(&query).await;
                for (column, side) in [
                    ("updated_at", Side::Lower),
                    ("created_at", Side::Lower),
                    ("created_at", Side::Upper),
                    ("updated_at", Side::Upper),
                ] {
                    let mut moments: Vec<i64> =
                        whole.iter().map(|row| moment(&query, column, row)).collect();
                    moments.sort_unstable();
                    let some = [moments.len() / 2, moments.len().saturating_sub(1)];
                    for micros in some.iter().filter_map(|place| moments.get(*place)) {
                        let inside = |row: &&Row| match side {
                            Side::Lower => moment(&query, column, row) >= *micros,
                            Side::Upper => moment(&query, column, row) <= *micros,
                        };
                        let expected: Vec<Row> = whole.iter().filter(inside).cloned().collect();
                        let bounds = vec![bound(column, side, *micros)];
                        let bounded = Query { bounds, ..query.clone() };
                        let (rows, _) =
                            account.read(choose(version, &bounded, &NothingKnown)).await;
                        let rows: Vec<Row> = rows.iter().filter(inside).cloned().collect();
                        assert_eq!(ids(&rows), ids(&expected), "{} {bounded:?}", table.name);
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > if version == VERSION { 100 } else { 5 }, "{version:?}: {compared}");
    }
}

#[tokio::test]
async fn what_did_not_change_since_is_one_request_and_what_did_is_its_pages() {
    let account = Account::new(Config { projects: 4, todos: 1_000, ..Config::default() });
    let query = query(table("todos"));
    let whole = account.whole(&query).await;
    let mut moments: Vec<i64> = whole.iter().map(|row| moment(&query, "updated_at", row)).collect();
    moments.sort_unstable_by(|one, other| other.cmp(one));
    // The page that shows where it ends, and the front once more where there were several.
    for (changed, requests) in [(0, 1), (10, 1), (20, 3), (60, 4)] {
        let micros = moments[changed] + 1;
        let bounds = vec![bound("updated_at", Side::Lower, micros)];
        let plan = choose(VERSION, &Query { bounds, ..query.clone() }, &NothingKnown);
        let (rows, made) = account.read(plan).await;
        let inside = rows.iter().filter(|row| moment(&query, "updated_at", row) >= micros);
        assert_eq!((inside.count(), made), (changed, requests));
    }
    // Nothing moves what was created.
    let oldest = whole.iter().map(|row| moment(&query, "created_at", row)).min().expect("rows");
    let bounds = vec![bound("created_at", Side::Upper, oldest)];
    let plan = choose(VERSION, &Query { bounds, ..query.clone() }, &NothingKnown);
    assert_eq!(account.read(plan).await.1, 1);
}

#[tokio::test]
async fn a_record_that_changes_while_what_changed_is_read_is_not_missed() {
    let config = || Config { projects: 2, todolists: 3, todos: 300, ..Config::default() };
    let query = query(table("todos"));
    let account = Account::new(config());
    let mut whole = account.whole(&query).await;
    whole.sort_by_key(|row| std::cmp::Reverse(moment(&query, "updated_at", row)));
    let micros = moment(&query, "updated_at", &whole[200]);
    let bounds = vec![bound("updated_at", Side::Lower, micros)];
    let bounded = Query { bounds, ..query.clone() };
    for (after, edits) in [
        // From a page that has not come to the first, which has; a removal beside it moves others back.
        (1, vec![Edit::Touch(id(&whole[120]))]),
        (2, vec![Edit::Touch(id(&whole[150])), Edit::Touch(id(&whole[3]))]),
        (1, vec![Edit::Touch(id(&whole[120])), Edit::Remove(id(&whole[5]))]),
        (2, vec![Edit::Touch(id(&whole[199])), Edit::Touch(id(&whole[198]))]),
    ] {
        let account = Account::new(config());
        let gone: Vec<i64> = edits.iter().filter_map(removed).collect();
        let step = |edit| Step {
            after_request: after,
            path_prefix: "/projects/recordings.json".to_owned(),
            query: "sort=updated_at".to_owned(),
            edit,
        };
        account.simulator.set_script(edits.into_iter().map(step).collect());
        let (rows, _) = account.read(choose(VERSION, &bounded, &NothingKnown)).await;
        assert_eq!(account.simulator.progress().pending, 0);
        let inside = |row: &&Row| moment(&query, "updated_at", row) >= micros;
        let mut expected = ids(&whole[..=200]);
        let mut found = ids(&rows.iter().filter(inside).cloned().collect::<Vec<_>>());
        // What was removed may have come before that.
        expected.retain(|id| !gone.contains(id));
        found.retain(|id| !gone.contains(id));
        assert_eq!(found, expected);
    }
}

fn removed(edit: &Edit) -> Option<i64> {
    if let Edit::Remove(id) = edit { Some(*id) } else { None }
}

#[tokio::test]
async fn the_first_rows_of_an_order_are_those_of_all_rows_in_that_order() {
    for (version, unsorted) in cases() {
        let account = sorting_as(version, unsorted);
        let mut compared = 0;
        for table in sorting(version) {
            for query in variants(version, table) {
                let whole = account.whole(&query).await;
                for (column, descending, count) in [
                    ("updated_at", true, 5),
                    ("updated_at", true, 20),
                    ("updated_at", false, 1),
                    ("created_at", true, 40),
                    ("created_at", false, 3),
                ] {
                    let first = First { count, ties: false, nulls: Some(Nulls::Last) };
                    let order = Order { column: column.to_owned(), descending, first: Some(first) };
                    let ordered = Query { order: Some(order), ..query.clone() };
                    let Some(plan) = choose_sorted(version, &ordered, &NothingKnown) else {
                        continue;
                    };
                    let moments = |rows: &[Row]| {
                        let mut all: Vec<i64> =
                            rows.iter().map(|row| moment(&query, column, row)).collect();
                        let given = all.clone();
                        all.sort_unstable();
                        if descending {
                            all.reverse();
                        }
                        (given == all, all.into_iter().take(count as usize).collect::<Vec<_>>())
                    };
                    let (rows, _) = account.read(plan).await;
                    let (in_order, found) = moments(&rows);
                    assert!(in_order, "{} {ordered:?}", table.name);
                    assert_eq!(found, moments(&whole).1, "{} {ordered:?}", table.name);
                    compared += 1;
                }
            }
        }
        assert!(compared > if version == VERSION { 50 } else { 5 }, "{version:?}: {compared}");
    }
}

#[tokio::test]
async fn a_number_of_rows_is_that_of_the_rows_and_one_request_for_each_listing() {
    let account = small();
    let mut compared = Vec::new();
    for table in VERSION.tables() {
        for query in variants(VERSION, table) {
            let Some(mut plan) = choose_count(VERSION, &query, &[], &NothingKnown) else {
                continue;
            };
            plan.cells = vec![told(COUNT, Type::Bigint)];
            let walks = plan.step.inner().iter().any(|of| matches!(of, Walk::Each(_)));
            let estimate = plan.estimate.requests;
            let whole = account.whole(&query).await;
            let (rows, requests) = account.read(plan.clone()).await;
            let number = i64::try_from(whole.len()).expect("few");
            assert_eq!(rows, [[Some(Value::Bigint(number))]], "{} {query:?}", table.name);
            if query.projects == Projects::All && query.fence == Fence::default() && !walks {
                assert_eq!(requests as f64, estimate, "{}", table.name);
            }
            // Where no header tells it, records are counted.
            account.simulator.set_faults(&["no-total"]);
            assert_eq!(account.read(plan).await.0, [[Some(Value::Bigint(number))]]);
            account.simulator.set_faults(&[]);
            compared.push(table.name);
        }
    }
    compared.dedup();
    for name in ["todos", "messages", "comments", "documents", "projects", "people"] {
        assert!(compared.contains(&name), "{name} of {compared:?}");
    }
}

/// The rows of a whole scan by the values of some cells, each with its number.
fn grouped(rows: &[Row], width: usize) -> Vec<Row> {
    let mut groups: BTreeMap<String, (Row, i64)> = BTreeMap::new();
    for row in rows {
        let key = row[..width].to_vec();
        groups.entry(format!("{key:?}")).or_insert((key, 0)).1 += 1;
    }
    let row = |(key, number): (Row, i64)| [key, vec![Some(Value::Bigint(number))]].concat();
    groups.into_values().map(row).collect()
}

#[tokio::test]
async fn a_number_for_each_value_is_that_of_the_rows_that_have_it() {
    let account = small();
    let mut compared = Vec::new();
    for table in VERSION.tables() {
        for query in
            variants(VERSION, table).into_iter().filter(|query| query.fence == Fence::default())
        {
            for column in table.columns() {
                let by = [column.name.to_owned()];
                let Some(mut plan) = choose_count(VERSION, &query, &by, &NothingKnown) else {
                    continue;
                };
                plan.cells = vec![told(column.name, column.ty), told(COUNT, Type::Bigint)];
                let cells = vec![Cell::of(column)];
                let whole = account.whole(&Query { cells, ..query.clone() }).await;
                let expected = grouped(&whole, 1);
                let sorted = |mut rows: Vec<Row>| {
                    rows.sort_by_key(|row| format!("{:?}", &row[..1]));
                    rows
                };
                let (rows, _) = account.read(plan.clone()).await;
                let why = format!("{}.{} {query:?} {:?}", table.name, column.name, plan.step);
                assert_eq!(sorted(rows), expected, "{why}");
                account.simulator.set_faults(&["no-total"]);
                assert_eq!(sorted(account.read(plan).await.0), expected, "{why}");
                account.simulator.set_faults(&[]);
                compared.push(format!("{}.{}", table.name, column.name));
            }
        }
    }
    compared.dedup();
    for name in ["todos.status", "todos.project_id", "messages.project_id", "todolists.status"] {
        assert!(compared.iter().any(|each| each == name), "{name} of {compared:?}");
    }
    println!("{compared:?}");
}

#[tokio::test]
async fn the_newest_files_of_basecamp_2_are_a_page_however_many_there_are() {
    let config = Config { projects: 4, todos: 1_000, ..Config::default() };
    let account = Account::of(Version::V2, config);
    let query = query(Version::V2.table("attachments").expect("files"));
    account.simulator.clear_requests();
    let whole = account.whole(&query).await;
    let pages = account.simulator.requests().len();
    assert!(pages > 2, "{pages}");
    let mut moments: Vec<i64> = whole.iter().map(|row| moment(&query, "created_at", row)).collect();
    moments.sort_unstable();
    let newest = moments[moments.len() - 5];
    for descending in [true, false] {
        let first = First { count: 5, ties: false, nulls: Some(Nulls::Last) };
        let order = Order { column: "created_at".to_owned(), descending, first: Some(first) };
        let ordered = Query { order: Some(order), ..query.clone() };
        let plan = choose_sorted(Version::V2, &ordered, &NothingKnown).expect("a listing sorts so");
        let (rows, made) = account.read(plan).await;
        assert_eq!((rows.len(), made), (5, 1), "{descending}");
    }
    let bounds = vec![bound("created_at", Side::Lower, newest)];
    let bounded = Query { bounds, ..query.clone() };
    let (rows, made) = account.read(choose(Version::V2, &bounded, &NothingKnown)).await;
    let wanted = moments.iter().filter(|moment| **moment >= newest).count();
    let found = rows.iter().filter(|row| moment(&query, "created_at", row) >= newest).count();
    assert_eq!((found, made), (wanted, 1));
}

//! Every candidate plan of a scan gives the same rows, not only the cheapest.
//!
//! Queries are random: some columns, conditions on those that plans are made of with values of rows
//! that there are, choices of domains, scopes and fences. Each plan is read from the simulator, and what
//! passes the conditions, which PostgreSQL would check again, is compared. What is counted without being
//! read, as a whole or by the values of a column, has the numbers of these rows.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use basecamp_fdw::api::Client;
use basecamp_fdw::catalog::{Column, Field, RECORD, Table, Version};
use basecamp_fdw::plan::{
    Admission, Binding, COUNT, Cell, Choice, Effect, Fence, NothingKnown, Operand, Origin, Plan,
    Projects, Query, candidates, choose, choose_count,
};
use basecamp_fdw::rows::{Known, Row, Rows, Sizes, collect};
use basecamp_fdw::value::{Scalar, Type, Value};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{
    Config as Cases, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner,
};
use simulator::{Config, Simulator};
use support::client;
use tokio::runtime::Runtime;

/// A simulator, and a client for each version.
struct Account {
    _simulator: Simulator,
    clients: [Client; 2],
    runtime: Runtime,
}

/// A table, the columns that conditions lead to sources by, and its rows.
struct Stock {
    version: Version,
    table: &'static Table,
    keys: Vec<&'static Column>,
    rows: Vec<Row>,
}

/// Queries of a table.
const CASES: u32 = 24;

const VERSIONS: [Version; 2] = [Version::V3, Version::V2];

impl Account {
    fn new() -> Self {
        let simulator = Simulator::start(Config {
            projects: 4,
            todolists: 10,
            todos: 40,
            v2_projects: 3,
            v2_people: 5,
            v2_todolists: 6,
            v2_todos: 20,
            v2_documents: 8,
            v2_messages: 6,
            v2_uploads: 6,
            v2_forwards: 3,
            v2_calendar_events: 5,
            ..Config::default()
        });
        let simulator = simulator.expect("a port");
        let clients = VERSIONS.map(|version| client(&simulator, version, simulator.token()));
        Self { _simulator: simulator, clients, runtime: Runtime::new().expect("threads") }
    }

    /// The rows of a plan, or what went wrong.
    fn read(&self, plan: Plan) -> Result<Vec<Row>, String> {
        let place = usize::from(plan.version == Version::V2);
        let known = Arc::new(Known::new(Sizes::default()));
        let rows = Rows::new(Arc::new(plan), Vec::new(), self.clients[place].clone(), known);
        let rows = rows.map_err(|error| error.to_string())?;
        let read = self.runtime.block_on(collect(rows));
        read.map(|(rows, _)| rows).map_err(|error| error.to_string())
    }

    /// What conditions can be made of, of every table that can be read without any.
    fn stock(&self) -> Vec<Stock> {
        let tables = VERSIONS
            .into_iter()
            .flat_map(|version| version.tables().iter().map(move |table| (version, *table)));
        tables.filter_map(|(version, table)| self.stocked(version, table)).collect()
    }

    fn stocked(&self, version: Version, table: &'static Table) -> Option<Stock> {
        let mut query = Query::of(table, Projects::Every);
        query.statuses = Some(["active", "archived", "trashed"].map(str::to_owned).to_vec());
        query.cells = table.columns().map(Cell::of).collect();
        let plan = choose(version, &query, &NothingKnown);
        if plan.needs().is_some() {
            query.statuses = None;
        }
        let rows = self.read(choose(version, &query, &NothingKnown)).ok()?;
        let asked = |column: &&Column| {
            table
                .sources
                .iter()
                .any(|source| source.holes().chain(source.equal()).any(|name| name == column.name))
        };
        let keys: Vec<&Column> = table.columns().filter(asked).collect();
        (!rows.is_empty() && !keys.is_empty()).then_some(Stock { version, table, keys, rows })
    }
}

/// A random query, by what is taken from where.
#[derive(Debug, Clone)]
struct Case {
    cells: Vec<Index>,
    conditions: Vec<Condition>,
    choices: Vec<(Index, u8)>,
    projects: u8,
    fence: u8,
    states: u8,
}

/// A condition: the key, the rows that have its values, and whether it names them.
type Condition = (Index, Vec<Index>, bool);

fn case() -> impl Strategy<Value = Case> {
    let index = any::<Index>;
    let condition = (index(), prop::collection::vec(index(), 1..3), any::<bool>());
    (
        prop::collection::vec(index(), 1..6),
        prop::collection::vec(condition, 0..3),
        prop::collection::vec((index(), any::<u8>()), 0..2),
        0..3_u8,
        0..5_u8,
        0..3_u8,
    )
        .prop_map(|(cells, conditions, choices, projects, fence, states)| Case {
            cells,
            conditions,
            choices,
            projects,
            fence,
            states,
        })
}

impl Case {
    fn query(&self, stock: &Stock) -> Query {
        let table = stock.table;
        let columns: Vec<&Column> =
            table.columns().filter(|column| column.name != RECORD.name).collect();
        let mut query =
            Query::of(table, if self.projects == 0 { Projects::Every } else { Projects::All });
        query.cells =
            self.cells.iter().map(|cell| Cell::of(columns[cell.index(columns.len())])).collect();
        for (key, rows, names) in &self.conditions {
            self.bind(&mut query, stock, stock.keys[key.index(stock.keys.len())], rows, *names);
        }
        for (domain, mask) in &self.choices {
            choose_values(&mut query, domain, *mask);
        }
        query.fence = self.fences(stock.version);
        query
    }

    fn bind(
        &self,
        query: &mut Query,
        stock: &Stock,
        key: &'static Column,
        rows: &[Index],
        names: bool,
    ) {
        let place = stock.table.columns().position(|column| column.name == key.name);
        let value = |row: &Index| row.get(&stock.rows)[place?].as_ref().and_then(scalar);
        let mut values: Vec<Scalar> = rows.iter().filter_map(value).collect();
        values.sort();
        values.dedup();
        let bound = query.bindings.iter().any(|binding| binding.column == key.name);
        if values.is_empty() || bound || stock.table.domain(key.name).is_some() {
            return;
        }
        query.cells.push(Cell::of(key));
        query.bindings.push(Binding {
            column: key.name.to_owned(),
            count: values.len() as f64,
            operand: Operand::Values(values),
            effect: if names { Effect::Names } else { Effect::Narrows },
        });
    }

    fn fences(&self, version: Version) -> Fence {
        // An active project and an archived one.
        let named = match version {
            Version::V3 => [5000, 5004],
            Version::V2 => [605_001, 605_004],
        };
        let named = Operand::Values(named.map(Scalar::Id).to_vec());
        let projects = match self.fence {
            1 => Some(Projects::All),
            2 => Some(Projects::Every),
            3 => Some(Projects::Named(named)),
            _ => None,
        };
        let states: &[&str] = match self.states {
            1 => &["active", "archived", "trashed"],
            2 => &["archived"],
            _ => return Fence { projects, statuses: None },
        };
        let states = states.iter().map(|state| (*state).to_owned());
        Fence { projects, statuses: Some(states.collect()) }
    }
}

/// A condition on a column with a domain.
fn choose_values(query: &mut Query, domain: &Index, mask: u8) {
    let Some(domain) = (!query.table.domains.is_empty()).then(|| domain.get(query.table.domains))
    else {
        return;
    };
    let Some(column) = query.table.column(domain.column) else {
        return;
    };
    let values = (0..).zip(domain.values).map(|(bit, value)| {
        let admission = if mask >> bit & 1 == 1 { Admission::Yes } else { Admission::No };
        ((*value).to_owned(), admission)
    });
    query.cells.push(Cell::of(column));
    query.choices.push(Choice {
        column: domain.column.to_owned(),
        values: values.collect(),
        null: Admission::No,
    });
}

fn scalar(value: &Value) -> Option<Scalar> {
    Some(match value {
        Value::Bigint(id) => Scalar::Id(*id),
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Date(day) => Scalar::Date(*day),
        _ => return None,
    })
}

/// Whether PostgreSQL, which checks every condition again, would let a row pass.
fn passes(query: &Query, row: &Row) -> bool {
    let value = |column: &str| {
        let place = query.cells.iter().position(|cell| cell.name == column)?;
        row[place].as_ref()
    };
    let bound = query.bindings.iter().all(|binding| {
        let Operand::Values(values) = &binding.operand else {
            return false;
        };
        value(&binding.column).and_then(scalar).is_some_and(|value| values.contains(&value))
    });
    bound
        && query.choices.iter().all(|choice| {
            let value = match value(&choice.column) {
                Some(Value::Text(text)) => text.clone(),
                Some(Value::Boolean(flag)) => flag.to_string(),
                _ => return false,
            };
            choice.possible().any(|each| each == value)
        })
}

/// The rows of a plan that pass, in an order.
fn answer(account: &Account, query: &Query, plan: Plan) -> Result<Vec<String>, String> {
    let rows = account.read(plan)?;
    let passing = rows.iter().filter(|row| passes(query, row));
    let mut passing: Vec<String> = passing.map(|row| format!("{row:?}")).collect();
    passing.sort();
    Ok(passing)
}

/// The first difference between the candidate plans of a query; counts those that were compared.
fn difference(
    account: &Account,
    stock: &Stock,
    case: &Case,
    compared: &AtomicUsize,
) -> Option<String> {
    let query = case.query(stock);
    let mut first: Option<(String, Result<Vec<String>, String>)> = None;
    for plan in candidates(stock.version, &query, &NothingKnown) {
        let (name, rows) = (format!("{:?}", plan.step), answer(account, &query, plan));
        let Some((other, expected)) = &first else {
            first = Some((name, rows));
            continue;
        };
        compared.fetch_add(1, Ordering::Relaxed);
        if rows != *expected {
            return Some(format!("{other}\n  gives {expected:?}\n{name}\n  gives {rows:?}"));
        }
    }
    None
}

/// A number of rows, by the values of some cells of a query.
fn numbers(rows: &[Row], query: &Query, by: &[String]) -> BTreeMap<String, i64> {
    let place = |name: &String| query.cells.iter().position(|cell| cell.name == *name);
    let places: Vec<usize> = by.iter().filter_map(place).collect();
    let mut numbers = BTreeMap::new();
    for row in rows {
        let values: Vec<_> = places.iter().map(|place| &row[*place]).collect();
        *numbers.entry(format!("{values:?}")).or_default() += 1;
    }
    numbers
}

/// The first number that is not that of the rows, of the whole or for a value of a cell; counts those that
/// were compared. A count stands for rows of which nothing is left to be checked, so that it has to be
/// right by itself.
fn miscount(
    account: &Account,
    stock: &Stock,
    case: &Case,
    compared: &AtomicUsize,
) -> Option<String> {
    let query = case.query(stock);
    let rows = account.read(choose(stock.version, &query, &NothingKnown)).ok()?;
    let rows: Vec<Row> = rows.into_iter().filter(|row| passes(&query, row)).collect();
    let columns = query.cells.iter().map(|cell| vec![cell.name.clone()]);
    for by in columns.chain([Vec::new()]) {
        let Some(mut plan) = choose_count(stock.version, &query, &by, &NothingKnown) else {
            continue;
        };
        let ty = |name: &String| stock.table.column(name).map(|column| column.ty);
        let mut cells: Vec<Cell> =
            by.iter().filter_map(|name| Some(told(name, ty(name)?))).collect();
        cells.push(told(COUNT, Type::Bigint));
        plan.cells = cells;
        let name = format!("{:?}", plan.step);
        let counted = account.read(plan).map(|rows| {
            let number = |row: &Row| match row.last() {
                Some(Some(Value::Bigint(number))) => *number,
                _ => -1,
            };
            let values = |row: &Row| format!("{:?}", row[..by.len()].iter().collect::<Vec<_>>());
            let numbers = rows.iter().map(|row| (values(row), number(row)));
            numbers.filter(|(_, number)| *number != 0).collect::<BTreeMap<_, _>>()
        });
        compared.fetch_add(1, Ordering::Relaxed);
        let expected = numbers(&rows, &query, &by);
        if counted.as_ref() != Ok(&expected) {
            return Some(format!("{name}\n  gives {counted:?}\n  for {expected:?}"));
        }
    }
    None
}

/// A cell of a row that is a number of others.
fn told(name: &str, ty: Type) -> Cell {
    let origin = Origin::Path(Field::Member(name.to_owned()));
    Cell { name: name.to_owned(), origin, ty }
}

/// What tests random queries of a table, and counts what it compared.
type Judge = fn(&Account, &Stock, &Case, &AtomicUsize) -> Option<String>;

/// Tests random queries of every table; gives the number of those that were compared.
fn judged(judge: Judge) -> usize {
    let account = Account::new();
    let stock = account.stock();
    assert!(stock.len() > 70, "{}", stock.len());
    let compared = AtomicUsize::new(0);
    let mut wrong = Vec::new();
    for stock in &stock {
        let cases = Cases { cases: CASES, failure_persistence: None, ..Cases::default() };
        let chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let outcome = TestRunner::new_with_rng(cases, chance).run(&case(), |case| {
            match judge(&account, stock, &case, &compared) {
                Some(difference) => Err(TestCaseError::fail(difference)),
                None => Ok(()),
            }
        });
        if let Err(TestError::Fail(reason, _)) = outcome {
            wrong.push(format!("{} {}: {reason}", stock.version.name(), stock.table.name));
        }
    }
    assert!(wrong.is_empty(), "{} tables\n{}", wrong.len(), wrong.join("\n\n"));
    compared.load(Ordering::Relaxed)
}

#[test]
fn every_candidate_plan_gives_the_same_rows() {
    let compared = judged(difference);
    assert!(compared > 500, "{compared}");
}

#[test]
fn a_number_is_that_of_the_rows_whatever_the_conditions() {
    let compared = judged(miscount);
    assert!(compared > 300, "{compared}");
}

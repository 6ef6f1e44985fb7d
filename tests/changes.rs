//! Every column that can be changed is changed, one after another, and nothing else of the record is.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use basecamp_fdw::api::Client;
use basecamp_fdw::catalog::{Effect, RECORD, Table, Version};
use basecamp_fdw::error::Kind;
use basecamp_fdw::plan::change::{self, People, Statement, Values, outline};
use basecamp_fdw::plan::{Cell, NothingKnown, Projects, Query, choose};
use basecamp_fdw::rows::{Known, Manner, Row, Rows, Sizes, Writer, collect};
use basecamp_fdw::value::Value;
use serde_json::Value as Json;
use simulator::{Config, Simulator};
use support::client;

/// What else changes with a column: where a thing is among others when it is moved, and how the bounds
/// of an entry are said.
const BESIDE: &[(&str, &str)] = &[
    ("vault_id", "position"),
    ("parent_id", "position"),
    ("todolist_id", "position"),
    ("all_day", "starts_at"),
    ("all_day", "ends_at"),
];

fn account() -> (Simulator, Client) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let client = client(&simulator, Version::V3, simulator.token());
    (simulator, client)
}

fn known() -> Arc<Known> {
    Arc::new(Known::new(Sizes::default()))
}

fn cells(table: &'static Table) -> Vec<Cell> {
    table.columns().chain([&RECORD]).map(Cell::of).collect()
}

/// The first row of a table that is active; none where nothing lists its rows.
async fn a_row(client: &Client, table: &'static Table) -> Option<Row> {
    let query = Query { cells: cells(table), ..Query::of(table, Projects::All) };
    let plan = Arc::new(choose(Version::V3, &query, &NothingKnown));
    let rows = Rows::new(plan, Vec::new(), client.clone(), known()).expect("a plan");
    collect(rows).await.ok()?.0.into_iter().next()
}

fn values(table: &'static Table, row: &Row) -> Values {
    table.columns().map(|column| column.name).zip(row.iter().cloned()).collect()
}

fn id(values: &Values) -> Option<i64> {
    match values.iter().find(|(name, _)| *name == "id") {
        Some((_, Some(Value::Bigint(id)))) => Some(*id),
        _ => None,
    }
}

/// The record as the simulator has it.
fn record(simulator: &Simulator, table: &Table, id: i64) -> Option<Json> {
    simulator.dump(table.name).into_iter().find(|record| record["id"] == id)
}

/// Another value of the same type, where one can be made up.
fn another(value: Option<&Value>) -> Option<Value> {
    Some(match value? {
        Value::Text(text) => Value::Text(format!("{text} again")),
        Value::Boolean(flag) => Value::Boolean(!flag),
        Value::Date(days) => Value::Date(days + 1),
        Value::Timestamptz(micros) => Value::Timestamptz(micros + 60_000_000),
        Value::BigintArray(ids) => Value::BigintArray(ids.iter().skip(1).copied().collect()),
        _ => return None,
    })
}

/// The members that differ, but for when it changed.
fn changed(before: &Json, after: &Json) -> BTreeSet<String> {
    let empty = serde_json::Map::new();
    let (before, after) =
        (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    differ.filter(|name| *name != "updated_at").cloned().collect()
}

/// Whether a member is the column's own, or says the same under another name.
fn is_own(table: &Table, column: &str, member: &str, before: &Json, after: &Json) -> bool {
    let needs = table.column(column).map(|column| column.field.needs()).unwrap_or_default();
    let needed: Vec<&str> = needs
        .iter()
        .filter_map(|need| match need {
            basecamp_fdw::catalog::field::Need::Member(name) => Some(*name),
            _ => None,
        })
        .collect();
    let same = |own: &&&str| before[**own] == before[member] && after[**own] == after[member];
    needed.contains(&member)
        || needed.iter().any(|own| same(&own))
        || needed.iter().any(|own| member.starts_with(&format!("{own}_")))
}

/// The columns of a table that an UPDATE says in a body.
fn said(table: &'static Table) -> Vec<&'static str> {
    let updates = table.operations.iter().filter(|each| each.effect == Effect::Update);
    let columns: BTreeSet<&str> =
        updates.flat_map(basecamp_fdw::catalog::Operation::columns).collect();
    columns.into_iter().collect()
}

/// Changes one column; whether Basecamp took another value, or at least the one that it had.
async fn change(
    writer: &Writer,
    table: &'static Table,
    row: &Values,
    column: &'static str,
) -> Result<bool, String> {
    let present = row.iter().find(|(name, _)| *name == column).and_then(|(_, value)| value.clone());
    let keys: Values =
        row.iter().filter(|(name, _)| change::keys(table).contains(name)).cloned().collect();
    for value in [another(present.as_ref()), present] {
        let Some(value) = value else { continue };
        let writes = change::update(table, &vec![(column, Some(value.clone()))], &keys);
        let Ok(writes) = writes else { continue };
        match writer.change(writes, keys.clone()).await {
            Ok(_) => return Ok(true),
            // A word that is none of theirs, a page that is none.
            // Another person's line, or a tool of another's.
            Err(failure) if matches!(failure.error.kind(), Kind::Invalid | Kind::Permission) => {}
            Err(failure) => return Err(format!("{:?}", failure.error)),
        }
    }
    Ok(false)
}

#[tokio::test]
async fn every_column_that_can_be_changed_changes_alone() {
    let (simulator, client) = account();
    let (mut tables, mut columns) = (0, 0);
    let mut wrong = Vec::new();
    for table in Version::V3.tables().iter().copied().filter(|table| !said(table).is_empty()) {
        let Some(row) = a_row(&client, table).await else { continue };
        let Some(id) = id(&values(table, &row)) else { continue };
        if record(&simulator, table, id).is_none() {
            continue;
        }
        tables += 1;
        let of = (Version::V3, table);
        let writer = Writer::new(client.clone(), known(), of, cells(table), Manner::default())
            .expect("cells");
        for column in said(table) {
            let before = record(&simulator, table, id).expect("it is there");
            let row = a_row_with(&client, table, id).await;
            let place = format!("{}.{column}", table.name);
            match change(&writer, table, &values(table, &row), column).await {
                Ok(true) => columns += 1,
                Ok(false) => continue,
                Err(error) => wrong.push(format!("{place}: {error}")),
            }
            let after = record(&simulator, table, id).expect("it is still there");
            let others: Vec<String> = changed(&before, &after)
                .into_iter()
                .filter(|member| !is_own(table, column, member, &before, &after))
                .filter(|member| !BESIDE.contains(&(column, member)))
                .collect();
            if !others.is_empty() {
                wrong.push(format!("{place} changed {others:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tables >= 15 && columns >= 40, "{columns} columns of {tables} tables");
}

/// A row by its id, or the first where it is found otherwise.
async fn a_row_with(client: &Client, table: &'static Table, sought: i64) -> Row {
    let query = Query { cells: cells(table), ..Query::of(table, Projects::Every) };
    let plan = Arc::new(choose(Version::V3, &query, &NothingKnown));
    let rows = Rows::new(plan, Vec::new(), client.clone(), known()).expect("a plan");
    let rows = collect(rows).await.expect("rows").0;
    let is = |row: &Row| id(&values(table, row)) == Some(sought);
    rows.into_iter().find(is).expect("the row is there")
}

#[test]
fn what_is_said_of_an_update_is_what_it_sends() {
    let todos = Version::V3.table("todos").expect("to-dos");
    let named = vec!["content", "position", "completed"];
    let outline = outline(todos, &Statement::Update(named), false);
    assert_eq!(
        outline.requests,
        [
            "GET /todos/{id}.json",
            "PUT /todos/{id}.json",
            "PUT /todos/{id}/position.json",
            "POST /todos/{id}/completion.json or DELETE /todos/{id}/completion.json"
        ]
    );
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let new = vec![
        ("content", text("x")),
        ("position", Some(Value::Integer(1))),
        ("completed", Some(Value::Boolean(true))),
    ];
    let old = vec![("id", Some(Value::Bigint(5)))];
    let writes = change::update(todos, &new, &old).expect("writes");
    let sent: Vec<&str> = writes.iter().map(|write| write.address.as_str()).collect();
    assert_eq!(sent, ["/todos/5.json", "/todos/5/completion.json", "/todos/5/position.json"]);
    assert_eq!(outline.most, 4);
}

#[test]
fn an_object_that_is_cleared_takes_nothing_beside_it() {
    let todos = Version::V2.table("todos").expect("to-dos");
    let old = vec![("id", Some(Value::Bigint(5))), ("project_id", Some(Value::Bigint(7)))];
    let body = |value: Option<Value>| {
        let writes = change::update(todos, &vec![("assignee_id", value)], &old).expect("writes");
        assert_eq!(writes[0].address, "/projects/7/todos/5.json");
        writes[0].body(None, &People::default()).expect("a body").expect("one").to_string()
    };
    assert_eq!(body(None), r#"{"assignee":null}"#);
    assert_eq!(body(Some(Value::Bigint(9))), r#"{"assignee":{"id":9,"type":"Person"}}"#);
}

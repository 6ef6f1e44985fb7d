//! Listings that change while they are read: a deletion between two pages loses no row.

mod support;

use std::sync::Arc;

use basecamp_fdw::api::Client;
use basecamp_fdw::catalog::{Table, Version};
use basecamp_fdw::plan::{Cell, NothingKnown, Projects, Query, choose};
use basecamp_fdw::rows::{Known, Row, Rows, Sizes, collect};
use basecamp_fdw::value::Value;
use serde_json::Value as Json;
use simulator::{Config, Edit, Request, Simulator, Step};
use support::client;

/// An account whose listings have several pages.
fn account() -> (Simulator, Client) {
    let config = Config { projects: 2, todolists: 3, todos: 300, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let client = client(&simulator, Version::V3, simulator.token());
    (simulator, client)
}

/// Every row of a table.
async fn rows(client: &Client, table: &'static Table) -> Vec<Row> {
    let cells = table.columns().map(Cell::of).collect();
    let query = Query { cells, ..Query::of(table, Projects::All) };
    let plan = Arc::new(choose(Version::V3, &query, &NothingKnown));
    let known = Arc::new(Known::new(Sizes::default()));
    let rows = Rows::new(plan, Vec::new(), client.clone(), known).expect("a plan");
    collect(rows).await.unwrap_or_else(|error| panic!("{}: {error:?}", table.name)).0
}

/// The records of a listing as its pages have them, doubles included.
async fn records(client: &Client, listing: &Request) -> Vec<Json> {
    let path = format!("{}?{}", listing.path, listing.query);
    let mut pages = client.pages(path.trim_end_matches('?'), None);
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.expect("a page") {
        all.extend(serde_json::from_slice::<Vec<Json>>(&page.body).expect("an array"));
    }
    all
}

/// The first page of the listing of a table that has at least three.
async fn listing(simulator: &Simulator, client: &Client, table: &'static Table) -> Request {
    simulator.clear_requests();
    rows(client, table).await;
    let requests = simulator.requests();
    let third = requests.iter().find(|request| request.query.contains("page=3"));
    let third = third.unwrap_or_else(|| panic!("{}: too few rows", table.name));
    let first = requests.iter().find(|request| {
        let bare = |query: &str| {
            query.split('&').filter(|part| !part.starts_with("page=")).collect::<Vec<_>>().join("&")
        };
        request.path == third.path
            && !request.query.contains("page=")
            && bare(&third.query) == request.query
    });
    first.expect("a first page").clone()
}

fn after_page(page: u32, listing: &Request, edit: Edit) -> Vec<Step> {
    let (path_prefix, query) = (listing.path.clone(), listing.query.clone());
    vec![Step { after_request: page, path_prefix, query, edit }]
}

#[tokio::test]
async fn a_deletion_while_a_listing_is_read_loses_no_row() {
    for name in ["todos", "recordings"] {
        let (simulator, client) = account();
        let table = Version::V3.table(name).expect("a table");
        let first = listing(&simulator, &client, table).await;
        let raw = records(&client, &first).await;
        let (gone, slipping) = (id(&raw[3]), id(&raw[15]));
        simulator.set_script(after_page(1, &first, Edit::Remove(gone)));
        let pages = records(&client, &first).await;
        assert!(pages.iter().all(|record| id(record) != slipping), "{name}: the pages lose it");

        let (simulator, client) = account();
        let mut before = ids(&rows(&client, table).await, table);
        simulator.set_script(after_page(1, &first, Edit::Remove(gone)));
        let mut after = ids(&rows(&client, table).await, table);
        assert_eq!(simulator.progress().done, [gone], "{name}");
        // It was on the page that had come before it was removed.
        before.retain(|id| *id != gone);
        after.retain(|id| *id != gone);
        assert_eq!(after, before, "{name}");
    }
}

fn id(record: &Json) -> i64 {
    record["id"].as_i64().expect("an id")
}

/// The ids of rows, in order.
fn ids(rows: &[Row], table: &Table) -> Vec<i64> {
    let place = table.columns().position(|column| column.name == "id").expect("a column");
    let id = |row: &Row| match &row[place] {
        Some(Value::Bigint(id)) => *id,
        other => panic!("{other:?}"),
    };
    let mut ids: Vec<i64> = rows.iter().map(id).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn an_insertion_while_a_listing_is_read_doubles_no_row() {
    // What is made appears on top of what is listed.
    for (name, made) in [("todos", "todos"), ("recordings", "todos")] {
        let (simulator, client) = account();
        let table = Version::V3.table(name).expect("a table");
        let first = listing(&simulator, &client, table).await;
        let insert = || Edit::Insert {
            table: made.to_owned(),
            parent: None,
            members: serde_json::Map::new(),
            top: true,
        };
        simulator.set_script(after_page(1, &first, insert()));
        let pages: Vec<i64> = records(&client, &first).await.iter().map(id).collect();
        let mut once = pages.clone();
        once.sort_unstable();
        once.dedup();
        assert!(once.len() < pages.len(), "{name}: the pages have it twice");

        let (simulator, client) = account();
        let before = ids(&rows(&client, table).await, table);
        simulator.set_script(after_page(1, &first, insert()));
        let mut after = ids(&rows(&client, table).await, table);
        let made = simulator.progress().done;
        assert_eq!(made.len(), 1, "{name}");
        // It went in front of the page that had come: whether it is seen is a matter of luck.
        after.retain(|id| *id != made[0]);
        assert_eq!(after, before, "{name}");
    }
}

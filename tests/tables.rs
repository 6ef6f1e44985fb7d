//! Every source of the catalogue that conditions lead to, against the simulator: each row is found by
//! every address that it has, and is the same in all of them, column by column.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use basecamp_fdw::api::{Base, Bearer, Client, Config, Paging, Rate};
use basecamp_fdw::catalog::field::Seen;
use basecamp_fdw::catalog::{Source, Table, Version};
use basecamp_fdw::plan::{
    Binding, Bound, Cell, Effect, NothingKnown, Operand, Origin, Plan, Projects, Query, Side,
    choose,
};
use basecamp_fdw::rows::{Known, Row, Rows, Sizes};
use basecamp_fdw::value::{Raw, Scalar, Value};
use jiff::civil::Date;
use serde_json::Value as Json;
use simulator::Simulator;

/// Rows of a table that each source is tried with: enough for several projects and parents.
const TRIED: usize = 12;

/// Sources whose rows the dump of the simulator does not have, or not with what to ask by.
const NOT_DUMPED: &[(&str, &str)] = &[
    ("feed_events", "events since one"),
    ("feed_events", "events after a position"),
    ("inbox_items", "items since an event"),
    ("inbox_items", "items after a position"),
];

fn client(simulator: &Simulator) -> Client {
    let base = Base::parse(&simulator.url()).expect("an address");
    let config = Config {
        base: base.clone(),
        account: simulator.account().to_string(),
        prefix: "",
        paging: Paging::Links,
        launchpad: base,
        user_agent: "basecamp_fdw (test@example.com)".to_owned(),
        timeout: Duration::from_secs(60),
        max_attempts: 1,
        max_concurrency: 8,
        rate: Rate::parse("0").expect("no limit"),
        max_pages: 10_000,
        proxy: None,
        ca_pem: None,
    };
    let token = simulator.token().to_owned();
    Client::new(config, Arc::new(Bearer(token.into()))).expect("a client")
}

/// What an element of the dump was asked by, by the names of our columns.
fn asked(element: &Json) -> Vec<(String, Scalar)> {
    let members = element["asked"].as_object().into_iter().flatten();
    members
        .filter_map(|(name, value)| {
            let name = if name == "bucket_id" { "project_id" } else { name };
            let value = match (value.as_i64(), value.as_str()) {
                (Some(id), _) => Scalar::Id(id),
                (None, Some(text)) => text
                    .parse::<Date>()
                    .map_or_else(|_| Scalar::Text(text.to_owned()), |day| Scalar::Date(days(day))),
                (None, None) => Scalar::Text(value.as_bool()?.to_string()),
            };
            Some((name.to_owned(), value))
        })
        .collect()
}

fn days(day: Date) -> i32 {
    (day - jiff::civil::date(1970, 1, 1)).get_days()
}

/// The row that an element of the dump is.
fn row_of(table: &'static Table, element: &Json) -> Row {
    let wrapped = element.get("record").filter(|_| element.get("asked").is_some());
    let record = wrapped.unwrap_or(element);
    let (text, asked) = (record.to_string(), asked(element));
    let outer = element.get("outer").map(Json::to_string);
    let outer = outer.as_deref().map(Raw::of);
    let seen = Seen { outer, asked: &asked, ..Seen::alone(Raw::of(&text)) };
    let columns = table.columns();
    columns.map(|column| column.field.read(column.ty, &seen).expect("readable")).collect()
}

/// The values of a row in the columns that a source is asked by, if it has them all.
fn keys(table: &'static Table, source: &Source, row: &Row) -> Option<Vec<(&'static str, Scalar)>> {
    let names: BTreeSet<&str> = source.holes().chain(source.needs.iter().copied()).collect();
    let found = names.into_iter().map(|name| {
        let place = table.columns().position(|column| column.name == name)?;
        let value = match row[place].as_ref()? {
            Value::Bigint(id) => Scalar::Id(*id),
            Value::Date(days) => Scalar::Date(*days),
            Value::Text(text) => Scalar::Text(text.clone()),
            _ => return None,
        };
        Some((table.column(name)?.name, value))
    });
    found.collect()
}

/// The plan for every column of a table, with these columns fixed.
fn scan(table: &'static Table, source: &Source, keys: &[(&'static str, Scalar)]) -> Plan {
    let one = |value: &Scalar| Operand::Values(vec![value.clone()]);
    let bindings = keys.iter().map(|(column, value)| Binding {
        column: (*column).to_owned(),
        operand: one(value),
        effect: Effect::Names,
        count: 1.0,
    });
    let bounded = keys.iter().filter(|(column, _)| source.bounded().any(|name| name == *column));
    let bounds = bounded.flat_map(|(column, value)| {
        [Side::Lower, Side::Upper].map(|side| Bound {
            column: (*column).to_owned(),
            side,
            operand: one(value),
        })
    });
    let cells = table.columns().map(|column| Cell {
        name: column.name.to_owned(),
        origin: Origin::Column(column.name.to_owned()),
        ty: column.ty,
    });
    let query = Query {
        cells: cells.collect(),
        bindings: bindings.collect(),
        bounds: bounds.collect(),
        ..Query::of(table, Projects::All)
    };
    choose(Version::V3, &query, &NothingKnown)
}

async fn read(scan: Plan, client: Client) -> Vec<Row> {
    let known = Arc::new(Known::new(Sizes::default()));
    let mut rows = Rows::new(Arc::new(scan), Vec::new(), client, known).expect("a plan");
    let mut all = Vec::new();
    while let Some(batch) = rows.next().await.expect("rows") {
        all.extend(batch.finish().await.expect("complete rows").rows.into_rows());
    }
    all
}

/// The columns in which the row that is most like another differs from it; `None`: there is no row.
fn differences(table: &'static Table, rows: &[Row], wanted: &Row) -> Option<Vec<&'static str>> {
    let different = |row: &Row| -> Vec<&'static str> {
        let pairs = table.columns().zip(row.iter().zip(wanted));
        pairs
            .filter(|(_, (found, wanted))| found != wanted)
            .map(|(column, _)| column.name)
            .collect()
    };
    rows.iter().map(different).min_by_key(Vec::len)
}

/// The sources of a table that conditions lead to.
fn bound(table: &'static Table) -> impl Iterator<Item = &'static Source> {
    let sources = table.sources.iter();
    sources.filter(|source| {
        source.each.is_none() && (source.holes().next().is_some() || !source.needs.is_empty())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_found_by_every_address_that_it_has() {
    let simulator = tokio::task::spawn_blocking(|| Simulator::start(simulator::Config::default()));
    let simulator = simulator.await.expect("a thread").expect("a simulator");
    let client = client(&simulator);
    let mut untried = BTreeSet::new();
    for table in Version::V3.tables() {
        let rows: Vec<Row> = simulator
            .dump(table.name)
            .iter()
            .map(|element| row_of(table, element))
            .filter(|row| is_active(table, row))
            .collect();
        for source in bound(table) {
            let tried =
                rows.iter().filter_map(|row| Some((row, keys(table, source, row)?))).take(TRIED);
            let mut count = 0;
            for (row, keys) in tried {
                let place = format!("{}, {}, {keys:?}", table.name, source.name);
                let found = read(scan(table, source, &keys), client.clone()).await;
                let differences = differences(table, &found, row);
                assert_eq!(differences, Some(Vec::new()), "{place}");
                count += 1;
            }
            if count == 0 {
                untried.insert((table.name, source.name));
            }
        }
    }
    assert_eq!(untried, NOT_DUMPED.iter().copied().collect(), "untried");
    tokio::task::spawn_blocking(move || drop(simulator)).await.expect("a thread");
}

/// Whether a row is shown without a condition on its status.
fn is_active(table: &'static Table, row: &Row) -> bool {
    let place = table.columns().position(|column| column.name == "status");
    let status = place.and_then(|place| row[place].as_ref());
    table.domain("status").is_none()
        || matches!(status, Some(Value::Text(text)) if text == "active")
}

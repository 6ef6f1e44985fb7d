//! Every table, read through the catalogue's own sources, shows what the simulator holds.
//!
//! The plan is made as PostgreSQL's planner makes it, the rows come over HTTP, and what they must be is
//! read out of the simulator's dump. That the columns are where the API has them is another test's
//! matter (`catalog.rs`); here it is about sources: that they bring every row, once, whole, and with as
//! few requests as the facts say.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use basecamp_fdw::api::Client;
use basecamp_fdw::catalog::field::Seen;
use basecamp_fdw::catalog::{Column, Each, Field, Rows as Shape, Source, Table, Version};
use basecamp_fdw::plan::{
    Admission, Binding, Bound, Cell, Choice, Effect, NothingKnown, Operand, Origin, Plan, Projects,
    Query, Side, choose,
};
use basecamp_fdw::rows::{Known, Row, Rows, Sizes, collect};
use basecamp_fdw::value::{Raw, Scalar, Type, Value};
use serde_json::Value as Json;
use simulator::{Config, Simulator};
use support::client;

/// A simulator, and a client of it.
struct Account {
    simulator: Simulator,
    client: Client,
}

impl Account {
    fn new(config: Config) -> Self {
        let simulator = Simulator::start(config).expect("a port");
        Self::of(simulator, "")
    }

    /// The account of a simulator, for one whose token ends so.
    fn of(simulator: Simulator, suffix: &str) -> Self {
        let token = format!("{}{suffix}", simulator.token());
        let client = client(&simulator, Version::V3, &token);
        Self { simulator, client }
    }

    /// The rows of a plan, and how many requests they took; or what went wrong.
    fn read(&self, scan: Plan) -> Result<(Vec<Row>, usize), String> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        self.simulator.clear_requests();
        let (table, path) = (scan.table.clone(), source_of(&scan).map(|source| source.path));
        let known = Arc::new(Known::new(Sizes::default()));
        let rows =
            Rows::new(Arc::new(scan), Vec::new(), self.client.clone(), known).expect("a plan");
        let read = runtime.block_on(async { collect(rows).await });
        let (rows, _) = read.map_err(|error| {
            let (detail, hint) = (error.detail_text(), error.hint_text());
            format!("{table} by {path:?}: {error} {detail:?} {hint:?}")
        })?;
        Ok((rows, self.simulator.requests().len()))
    }
}

/// The source that a plan reads first.
fn source_of(plan: &Plan) -> Option<&'static Source> {
    plan.step.asks().first()?.endpoint.of(plan.table()?)
}

/// A record of the dump, with what is around it.
struct Record {
    json: Json,
    text: String,
    outer: Option<Json>,
    asked: Vec<(String, Json)>,
}

fn dump(simulator: &Simulator, table: &str) -> Vec<Record> {
    let records = simulator.dump(table);
    // The library is one object with the rows in an array beside where they are.
    let inside = ["todolists", "card_tables"]
        .into_iter()
        .find(|array| table == format!("template_library_{array}"));
    let records = match inside {
        None => records,
        Some(array) => {
            let of = |library: &Json| {
                let rows = library[array].as_array().cloned().unwrap_or_default();
                let outer = library.clone();
                rows.into_iter()
                    .map(move |row| serde_json::json!({"record": row, "outer": outer, "asked": {}}))
                    .collect::<Vec<_>>()
            };
            records.iter().flat_map(of).collect()
        }
    };
    records
        .into_iter()
        .map(|element| match element.get("asked") {
            Some(Json::Object(asked)) => Record {
                json: element["record"].clone(),
                text: element["record"].to_string(),
                outer: element.get("outer").cloned(),
                asked: asked.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
            },
            _ => {
                Record { text: element.to_string(), json: element, outer: None, asked: Vec::new() }
            }
        })
        .collect()
}

impl Record {
    /// What a column of it must show.
    fn value(&self, name: &str, ty: Type, field: &Field) -> Option<Value> {
        // What the dump says outright, for columns that the record does not say.
        let told = self.asked.iter().find(|(asked, _)| asked == name);
        let around = matches!(
            field,
            Field::Asked(_)
                | Field::First(_)
                | Field::InArray(_)
                | Field::NameOfArray
                | Field::PlaceIn(_)
                | Field::Word(..)
        );
        if let Some((_, value)) = told.filter(|_| around) {
            let read = ty.read(Raw::of(&value.to_string())).expect("of the column's type");
            let Field::Word(_, words) = field else {
                return read;
            };
            // The dump says it in the API's word.
            return read.map(|read| {
                let ours =
                    words.iter().find(|(theirs, _)| read == Value::Text((*theirs).to_owned()));
                ours.map_or(read, |(_, ours)| Value::Text((*ours).to_owned()))
            });
        }
        let outer = self.outer.as_ref().map(Json::to_string);
        let outer = outer.as_deref().map(Raw::of);
        let seen = Seen { outer, ..Seen::alone(Raw::of(&self.text)) };
        field.read(ty, &seen).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

/// A query for every column.
fn query(table: &'static Table) -> Query {
    let cells = table.columns().map(|column| Cell {
        name: column.name.to_owned(),
        origin: Origin::Column(column.name.to_owned()),
        ty: column.ty,
    });
    Query { cells: cells.collect(), ..Query::of(table, Projects::All) }
}

fn bound_to(column: &'static str, values: Vec<Scalar>) -> Binding {
    Binding {
        column: column.to_owned(),
        count: values.len() as f64,
        operand: Operand::Values(values),
        effect: Effect::Names,
    }
}

fn scalar(value: &Value) -> Option<Scalar> {
    Some(match value {
        Value::Bigint(id) => Scalar::Id(*id),
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Date(day) => Scalar::Date(*day),
        _ => return None,
    })
}

/// The values of a column over the dump.
fn values(table: &Table, records: &[Record], column: &str) -> BTreeSet<Scalar> {
    let found = table.column(column).expect("a column");
    let values = records.iter().filter_map(|record| {
        record.value(column, found.ty, &found.field).as_ref().and_then(scalar)
    });
    values.collect()
}

/// A listing that conditions lead to: the columns that they must fix, and those that they must bound.
struct Way {
    keys: Vec<&'static str>,
    bounds: Vec<&'static str>,
    /// Columns that its rows have nothing in.
    without: &'static [&'static str],
}

/// How a table that cannot be read without a condition is read whole: by its first listing, or by
/// those that each have a part of it.
fn ways(table: &'static Table) -> Vec<Way> {
    let bound: Vec<&Source> = table.sources.iter().filter(|source| source.each.is_none()).collect();
    let listings: Vec<&Source> =
        bound.iter().copied().filter(|source| source.rows != Shape::One).collect();
    let parted = listings.iter().any(|source| !source.without.is_empty());
    let sources = if parted {
        listings
    } else {
        listings.first().or(bound.first()).into_iter().copied().collect()
    };
    let way = |source: &Source| {
        let needs = source.needs.iter().copied();
        let equal = needs.clone().filter(|need| source.equal().any(|column| column == *need));
        let bounded = needs.filter(|need| source.bounded().any(|column| column == *need));
        Way {
            keys: source.holes().chain(equal).collect(),
            bounds: bounded.collect(),
            without: source.without,
        }
    };
    sources.into_iter().map(way).collect()
}

/// Which records of the dump are the rows of a query without conditions, or with those on `keys`.
struct Scope<'a> {
    simulator: &'a Simulator,
    active: BTreeSet<i64>,
}

impl Scope<'_> {
    fn holds(&self, table: &'static Table, record: &Record, keys: &[&str]) -> bool {
        let kept = table.keep.is_none_or(|(path, value)| {
            let found = basecamp_fdw::catalog::field::at(Raw::of(&record.text), path);
            found.and_then(Raw::as_str).as_deref() == Some(value)
        });
        // Records that are named are shown whatever their status.
        let shown = keys.contains(&"id")
            || table.domains.iter().all(|domain| {
                let column = table.column(domain.column).expect("a column");
                match record.value(column.name, column.ty, &column.field) {
                    Some(Value::Text(text)) => domain.default.contains(&text.as_str()),
                    Some(Value::Boolean(flag)) => {
                        domain.default.contains(&flag.to_string().as_str())
                    }
                    _ => true,
                }
            });
        kept && shown && (!keys.is_empty() || self.is_inside(table, record))
    }

    /// Whether a record is in an active project, as itself or its parent tells.
    fn is_inside(&self, table: &'static Table, record: &Record) -> bool {
        if let Some(column) = table.column("project_id").filter(|_| table.scoped) {
            return match record.value(column.name, column.ty, &column.field) {
                Some(Value::Bigint(id)) => self.active.contains(&id),
                _ => true,
            };
        }
        let each = table.sources.iter().find_map(|source| Some((source, source.each?)));
        let Some((source, each)) = each else {
            return true;
        };
        let id = |name: &str| {
            let column = table.column(name)?;
            record.value(name, column.ty, &column.field)
        };
        match each {
            Each::Dock(tool) => {
                let hole = source.holes().next().expect("a hole");
                let projects = self.simulator.dump("projects");
                let inside = projects.iter().filter(|p| p["status"] == "active");
                let tools = inside.filter_map(|project| project["dock"].as_array()).flatten();
                let ids: BTreeSet<i64> = tools
                    .filter(|entry| entry["name"] == tool)
                    .filter_map(|entry| entry["id"].as_i64())
                    .collect();
                matches!(id(hole), Some(Value::Bigint(id)) if ids.contains(&id))
            }
            Each::Row { table: of, fills, .. } => {
                let parents = Version::V3.table(of).expect("a table");
                let (hole, column) = fills[0];
                let mut records = dump(self.simulator, of).into_iter();
                let column = parents.column(column).expect("a column");
                records.any(|parent| {
                    parent.value(column.name, column.ty, &column.field) == id(hole)
                        && self.holds(parents, &parent, &[])
                })
            }
        }
    }
}

fn active(simulator: &Simulator) -> BTreeSet<i64> {
    let projects = simulator.dump("projects");
    let active = projects.iter().filter(|p| p["status"] == "active");
    active.filter_map(|project| project["id"].as_i64()).collect()
}

/// The plans that bring all rows of a table: one, or one for each set of values of the conditions that
/// it cannot do without.
fn plans_for_all(table: &'static Table, records: &[Record]) -> (Vec<Plan>, Vec<&'static str>) {
    let scan = choose(Version::V3, &query(table), &NothingKnown);
    if scan.needs().is_none() {
        return (vec![scan], Vec::new());
    }
    let value = |record: &Record, name: &str| {
        let column = table.column(name).expect("a column");
        let value = record.value(name, column.ty, &column.field);
        value.as_ref().and_then(scalar)
    };
    let ways = ways(table);
    let mut scans = Vec::new();
    for way in &ways {
        let ours = records
            .iter()
            .filter(|record| way.without.iter().all(|name| value(record, name).is_none()));
        let tuples: BTreeSet<Vec<Scalar>> = ours
            .filter_map(|record| way.keys.iter().map(|key| value(record, key)).collect())
            .collect();
        for tuple in tuples {
            let mut query = query(table);
            let pairs = way.keys.iter().zip(tuple);
            query.bindings = pairs.map(|(key, value)| bound_to(key, vec![value])).collect();
            for column in &way.bounds {
                let days = values(table, records, column);
                let ends = [(Side::Lower, days.first()), (Side::Upper, days.last())];
                query.bounds.extend(ends.map(|(side, value)| Bound {
                    column: (*column).to_owned(),
                    side,
                    operand: Operand::Values(value.cloned().into_iter().collect()),
                }));
            }
            scans.push(choose(Version::V3, &query, &NothingKnown));
        }
    }
    (scans, ways.into_iter().flat_map(|way| way.keys).collect())
}

type Count = BTreeMap<String, i64>;

/// Rows as texts, counted, so that doubles show.
fn counted(rows: impl Iterator<Item = Row>) -> Count {
    let mut count = Count::new();
    for row in rows {
        *count.entry(format!("{row:?}")).or_default() += 1;
    }
    count
}

/// The columns that are compared.
fn compared(table: &'static Table) -> impl Iterator<Item = &'static Column> {
    let columns = table.columns();
    columns.filter(|column| !OF_THE_MOMENT.contains(&(table.name, column.name)))
}

/// Tables of which the simulator has no dump: what is written only, and lists of what other tables
/// have. `tables.rs` reads them by their conditions.
const NOT_DUMPED: [&str; 3] = ["attachments", "my_due_assignments", "recording_bookmarks"];

/// Columns that say where in a walk a row came or how long a token lives, which no dump does.
const OF_THE_MOMENT: [(&str, &str); 3] = [
    ("authorized_accounts", "expires_at"),
    ("feed_events", "position"),
    ("inbox_items", "position"),
];

/// What one table shows beside what it should; empty when they are the same.
fn differences(table: &'static Table, account: &Account) -> Vec<String> {
    let records = dump(&account.simulator, table.name);
    if NOT_DUMPED.contains(&table.name) {
        return Vec::new();
    }
    if records.is_empty() {
        return vec![format!("{}: the simulator has none", table.name)];
    }
    let scope = Scope { simulator: &account.simulator, active: active(&account.simulator) };
    let (scans, keys) = plans_for_all(table, &records);
    let mut rows = Vec::new();
    for mut scan in scans {
        scan.cells.retain(|cell| !OF_THE_MOMENT.contains(&(table.name, cell.name.as_str())));
        match account.read(scan) {
            Ok((more, _)) => rows.extend(more),
            Err(error) => return vec![error],
        }
    }
    let expected: Vec<Row> = records
        .iter()
        .filter(|record| scope.holds(table, record, &keys) && is_listed(table, record, &rows))
        .map(|record| {
            compared(table)
                .map(|column| record.value(column.name, column.ty, &column.field))
                .collect()
        })
        .collect();
    let mut found = Vec::new();
    if rows.len() != expected.len() {
        found.push(format!("{}: {} rows, not {}", table.name, rows.len(), expected.len()));
    }
    if counted(rows.iter().cloned()) == counted(expected.iter().cloned()) {
        return found;
    }
    for (place, column) in compared(table).enumerate() {
        let of = |rows: &[Row]| counted(rows.iter().map(|row| vec![row[place].clone()]));
        let (shown, right) = (of(&rows), of(&expected));
        if shown != right {
            let odd = |a: &Count, b: &Count| {
                let mut odd = a.iter().filter(|(k, n)| b.get(*k) != Some(*n));
                odd.next().map(|(k, n)| format!("{n} x {k}"))
            };
            found.push(format!(
                "{}.{}: shows {:?}, not {:?}",
                table.name,
                column.name,
                odd(&shown, &right),
                odd(&right, &shown)
            ));
        }
    }
    if found.is_empty() {
        found.push(format!("{}: the values are combined wrongly", table.name));
    }
    found
}

/// Which records a query without conditions shows, of tables of which the API lists less than there is.
fn is_listed(table: &'static Table, record: &Record, rows: &[Row]) -> bool {
    let same = |name: &str| {
        let place = compared(table).position(|column| column.name == name);
        let column = table.column(name).expect("a column");
        let value = record.value(name, column.ty, &column.field);
        rows.first().is_some_and(|row| row[place.expect("a column")] == value)
    };
    match table.name {
        // The listing has the recent ones only; others are found by id.
        "pings" => record.json["id"].as_i64().is_some_and(|id| id < 690_002),
        // They belong to the account, and any room lists them all with addresses of its own.
        "chatbots" => same("campfire_id"),
        _ => true,
    }
}

#[test]
fn every_table_shows_what_the_account_holds_column_by_column() {
    let account = Account::new(Config::default());
    // An inbox is an agent's.
    let agent = Account::of(Simulator::start(Config::default()).expect("a port"), "-agent");
    let mut wrong = Vec::new();
    for table in Version::V3.tables() {
        let whose = if table.name == "inbox_items" { &agent } else { &account };
        wrong.extend(differences(table, whose));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Columns that no record of the simulated account has a value of, by the reason why.
const UNFILLED: &[(&str, &[&str])] = &[
    (
        "of the newest server, the simulated one is older",
        &[
            "assignable_people.system_label",
            "inbox_items.performed_by_id",
            "my_profile.system_label",
            "people.system_label",
            "project_people.system_label",
            "question_answerers.system_label",
            "recent_projects.wallpaper_mode",
            "recent_projects.wallpaper_url",
        ],
    ),
    (
        "open to-dos alone are listed",
        &[
            "assigned_todos.completed_at",
            "assigned_todos.completer_id",
            "assigned_todos.completer_name",
            "overdue_todos.completed_at",
            "overdue_todos.completer_id",
            "overdue_todos.completer_name",
        ],
    ),
    (
        "of tokens of another authorization server",
        &["authorized_accounts.resource", "authorized_accounts.scope"],
    ),
    ("what is up again has been read", &["bubble_ups.unread_at"]),
    ("lines alone have a text", &["campfire_uploads.content"]),
    ("of a thing with a picture", &["embeds.image_url"]),
    (
        "what a condition asks by",
        &[
            "feed_events.since",
            "feed_events.from_position",
            "inbox_items.since",
            "inbox_items.from_position",
            "search_results.file_type",
        ],
    ),
    (
        "of forwards, which the listing does not know",
        &["recordings.from", "recordings.replies_count", "recordings.replies_url"],
    ),
    (
        "the library is of whole boards and lists, in nothing",
        &[
            "template_library_card_tables.subscription_url",
            "template_library_card_tables.parent_id",
            "template_library_card_tables.parent_title",
            "template_library_card_tables.parent_type",
            "template_library_card_tables.parent_url",
            "template_library_card_tables.position",
            "template_library_todolists.group_position_url",
            "template_library_todolists.color",
            "template_library_todolists.parent_todolist_id",
        ],
    ),
];

/// The columns of a table that are NULL in every row it shows.
fn unfilled(table: &'static Table, account: &Account) -> Vec<String> {
    let (scans, _) = plans_for_all(table, &dump(&account.simulator, table.name));
    let read = |scan| account.read(scan).expect("rows").0;
    let rows: Vec<Row> = scans.into_iter().flat_map(read).collect();
    let empty = |(place, _): &(usize, &Column)| rows.iter().all(|row| row[*place].is_none());
    let columns = table.columns().enumerate().filter(empty);
    columns.map(|(_, column)| format!("{}.{}", table.name, column.name)).collect()
}

#[test]
fn no_column_is_one_that_nothing_ever_fills() {
    let account = Account::new(Config::default());
    let agent = Account::of(Simulator::start(Config::default()).expect("a port"), "-agent");
    let mut empty = BTreeSet::new();
    for table in Version::V3.tables() {
        let whose = if table.name == "inbox_items" { &agent } else { &account };
        empty.extend(unfilled(table, whose));
    }
    let known = UNFILLED.iter().flat_map(|(_, columns)| *columns);
    assert_eq!(empty, known.map(|column| (*column).to_owned()).collect());
}

/// Pages of a listing of so many rows (v3.md, section 1.3).
fn pages(rows: usize) -> usize {
    match rows {
        0..=15 => 1,
        16..=45 => 2,
        46..=95 => 3,
        more => 3 + (more - 95).div_ceil(100),
    }
}

#[test]
fn a_record_by_its_id_and_a_parents_rows_take_the_least_requests() {
    let account = Account::new(Config::default());
    let mut wrong = Vec::new();
    let mut tried = 0;
    for table in Version::V3.tables() {
        let records = dump(&account.simulator, table.name);
        for source in table.sources.iter().filter(|source| source.each.is_none()) {
            let holes: Vec<&'static str> = source.holes().collect();
            let value = |record: &Record, name: &str| {
                let column = table.column(name).expect("a column");
                let value = record.value(name, column.ty, &column.field);
                value.as_ref().and_then(scalar)
            };
            let key = |record: &Record| -> Option<Vec<Scalar>> {
                holes.iter().map(|hole| value(record, hole)).collect()
            };
            let Some(tuple) = records.iter().find_map(key).filter(|tuple| !tuple.is_empty()) else {
                continue;
            };
            let mut query = query(table);
            // Columns that the source itself has, so that no row is completed from elsewhere.
            query.cells.retain(
                |cell| matches!(&cell.origin, Origin::Column(name) if holes.contains(&name.as_str())),
            );
            let pairs = holes.iter().zip(tuple);
            query.bindings = pairs.map(|(key, value)| bound_to(key, vec![value])).collect();
            let scan = choose(Version::V3, &query, &NothingKnown);
            if source_of(&scan).map(|chosen| chosen.path) != Some(source.path) {
                continue;
            }
            tried += 1;
            let kinds = source_of(&scan).map_or(0, |source| source.query.len()) > 0;
            let path = source.path;
            match account.read(scan) {
                Err(error) => wrong.push(error),
                // A recurring entry has an address of its own for its first occurrence.
                Ok((_, requests)) if source.rows == Shape::One && requests > 2 => {
                    wrong.push(format!("{}: {requests} requests for {path}", table.name));
                }
                // Pending and finished ones come apart; otherwise it is the pages of the listing.
                Ok((rows, requests)) if !kinds && requests > pages(rows.len().max(1)) + 1 => {
                    let rows = rows.len();
                    wrong.push(format!("{}: {requests} for {rows} rows of {path}", table.name));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 80, "{tried}");
}

#[test]
fn what_is_archived_of_a_named_parent_is_found_in_any_project() {
    let account = Account::new(Config { archived: true, ..Config::default() });
    let table = Version::V3.table("comments").expect("a table");
    let active = active(&account.simulator);
    let mut of_parents = BTreeMap::new();
    for comment in dump(&account.simulator, "comments") {
        let of = |path: &str| comment.json.pointer(path).and_then(Json::as_i64).expect("a number");
        let status = comment.json["status"].as_str().unwrap_or_default();
        if !active.contains(&of("/bucket/id")) && ["active", "archived"].contains(&status) {
            *of_parents.entry(of("/parent/id")).or_insert(0) += 1;
        }
    }
    let (parent, comments) = of_parents.into_iter().next().expect("a comment of such a project");
    let mut query = Query::of(table, Projects::All);
    query.cells = table.columns().take(1).map(Cell::of).collect();
    query.bindings = vec![bound_to("recording_id", vec![Scalar::Id(parent)])];
    let admitted = |value: &&str| match *value {
        "active" | "archived" => Admission::Yes,
        _ => Admission::No,
    };
    let domain = table.domain("status").expect("states");
    let values = domain.values.iter().map(|value| ((*value).to_owned(), admitted(value)));
    let (column, values) = ("status".to_owned(), values.collect());
    query.choices = vec![Choice { column, values, null: Admission::No }];
    query.cells.push(Cell::of(table.column("recording_id").expect("a column")));
    let scan = choose(Version::V3, &query, &NothingKnown);
    let (rows, _) = account.read(scan).expect("rows");
    let ours = rows.iter().filter(|row| row[1] == Some(Value::Bigint(parent))).count();
    assert_eq!(ours, comments);
}

#[test]
fn the_first_row_takes_one_request_where_a_listing_has_it() {
    let account = Account::new(Config::default());
    let mut tried = 0;
    for table in Version::V3.tables() {
        let mut query = query(table);
        query.limit = Some(1);
        // What every listing has.
        query.cells.truncate(1);
        let scan = choose(Version::V3, &query, &NothingKnown);
        let Some(source) = source_of(&scan).filter(|source| source.each.is_none()) else {
            continue;
        };
        if scan.needs().is_some() || table.name == "inbox_items" {
            continue;
        }
        tried += 1;
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        account.simulator.clear_requests();
        let known = Arc::new(Known::new(Sizes::default()));
        let mut rows =
            Rows::new(Arc::new(scan), Vec::new(), account.client.clone(), known).expect("a plan");
        let first = runtime.block_on(rows.next());
        assert!(first.is_ok(), "{}: {first:?}", table.name);
        let requests = account.simulator.requests().len();
        assert_eq!(requests, 1, "{} by {}", table.name, source.path);
    }
    assert!(tried > 40, "{tried}");
}

#[test]
fn every_table_answers_in_an_account_that_is_half_closed() {
    let account = Account::new(Config {
        disabled_tools: true,
        archived: true,
        forbidden: true,
        ..Config::default()
    });
    let mut wrong = Vec::new();
    for table in Version::V3.tables() {
        let scan = choose(Version::V3, &query(table), &NothingKnown);
        if scan.needs().is_none() && table.name != "inbox_items" {
            wrong.extend(account.read(scan).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_an_old_server_does_not_serve_is_an_error_and_never_an_empty_table() {
    let config = Config { old_server: true, ..Config::default() };
    let account = Account::new(config);
    let mut refused = Vec::new();
    for table in Version::V3.tables() {
        let scan = choose(Version::V3, &query(table), &NothingKnown);
        if scan.needs().is_some() || table.name == "inbox_items" {
            continue;
        }
        if let Err(error) = account.read(scan) {
            assert!(error.contains("Basecamp serves no "), "{error}");
            refused.push(table.name);
        }
    }
    for newer in ["folders", "my_bookmarks", "my_drafts", "files"] {
        assert!(refused.contains(&newer), "{newer}: {refused:?}");
    }
    for old in ["todos", "projects", "messages", "comments", "people"] {
        assert!(!refused.contains(&old), "{old}: {refused:?}");
    }
}

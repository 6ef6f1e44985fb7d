//! The tables of Basecamp 2, read from the simulator: every row that it has, with the fewest requests.
//!
//! What is expected comes from the simulator's dumps, whose members are flattened by their names and
//! nothing else: the places that the catalogue knows are not used.

#[path = "v2/ask.rs"]
mod ask;
#[path = "v2/dump.rs"]
mod dump;
#[path = "v2/reader.rs"]
mod reader;

use std::collections::{BTreeMap, BTreeSet};

use ask::{Ask, ask};
use basecamp_fdw::catalog::{Table, Version};
use basecamp_fdw::plan::{Admission, Operand, Projects};
use basecamp_fdw::value::{Scalar, Value};
use dump::{Dumped, dumped};
use reader::{Reader, Row};
use simulator::{Config, Readings, Unstated};

/// Tables that have a test of their own: the first is told by another host, the second needs a first
/// day, the third a thing, and the last counts.
const APART: [&str; 4] =
    ["authorized_accounts", "calendar_event_occurrences", "subscribers", "tags"];

/// What tells the rows of a table apart: columns, and the members that they come from.
fn key_of(table: &str) -> &'static [(&'static str, &'static str)] {
    match table {
        "accesses" => {
            &[("project_id", "project_id"), ("calendar_id", "calendar_id"), ("person_id", "id")]
        }
        "assigned_todos" => &[("person_id", "person_id"), ("id", "id")],
        "attachment_tags" => &[("attachment_id", "id"), ("tag", "tag")],
        "comments" => &[("parent_type", "parent_type"), ("parent_id", "parent_id"), ("id", "id")],
        "group_memberships" => {
            &[("group_id", "group_id"), ("subgroup_id", "subgroup_id"), ("person_id", "id")]
        }
        "person_projects" => &[("person_id", "person_id"), ("project_id", "id")],
        "stars" => &[("project_id", "project_id")],
        _ => &[("id", "id")],
    }
}

fn key_of_row(table: &str, row: &Row) -> Vec<String> {
    let columns = key_of(table).iter();
    columns.map(|(column, _)| row.get(*column).map(dump::spelled).unwrap_or_default()).collect()
}

fn key_of_dumped(table: &str, dumped: &Dumped) -> Vec<String> {
    let members = key_of(table).iter();
    members.map(|(_, member)| dumped.text(member)).collect()
}

/// Whether a query without conditions shows a row. An upload whose file was deleted is in no listing,
/// and of comments only those of things in projects can be found without knowing the thing.
fn is_shown(table: &str, dumped: &Dumped) -> bool {
    let found = match table {
        "uploads" => dumped.has("attachments_0_name"),
        "comments" => dumped.has("project_id"),
        _ => true,
    };
    let template = table == "projects" && dumped.text("template") == "true";
    let own = matches!(table, "projects" | "project_templates");
    found && !template && (own || dumped.is_in_scope()) && !dumped.is_trashed()
}

/// What differs between rows that were read and what the account holds.
fn differences(table: &Table, rows: &[Row], expected: &[Dumped]) -> Vec<String> {
    let mut found = Vec::new();
    let of_rows: BTreeMap<Vec<String>, &Row> =
        rows.iter().map(|row| (key_of_row(table.name, row), row)).collect();
    let of_dump: BTreeMap<Vec<String>, &Dumped> =
        expected.iter().map(|dumped| (key_of_dumped(table.name, dumped), dumped)).collect();
    if rows.len() != expected.len() || !of_rows.keys().eq(of_dump.keys()) {
        let missing: Vec<_> = of_dump.keys().filter(|key| !of_rows.contains_key(*key)).collect();
        let surplus: Vec<_> = of_rows.keys().filter(|key| !of_dump.contains_key(*key)).collect();
        found.push(format!(
            "{}: {} rows, not {}; missing {missing:?}, surplus {surplus:?}",
            table.name,
            rows.len(),
            expected.len()
        ));
    }
    for (key, row) in &of_rows {
        let Some(dumped) = of_dump.get(key) else {
            continue;
        };
        for column in table.columns() {
            let Some(right) = dumped.value(table.name, column.name, column.ty) else {
                continue;
            };
            let shown = row.get(column.name).map(dump::spelled).unwrap_or_default();
            if shown != right {
                let place = format!("{}.{} of {key:?}", table.name, column.name);
                found.push(format!("{place}: {shown}, not {right}"));
            }
        }
    }
    found
}

fn expected(reader: &Reader, table: &str) -> Vec<Dumped> {
    let all = dumped(&reader.simulator, table);
    all.into_iter().filter(|dumped| is_shown(table, dumped)).collect()
}

fn tables() -> impl Iterator<Item = &'static Table> {
    let all = Version::V2.tables().iter().copied();
    all.filter(|table| !APART.contains(&table.name))
}

/// Columns that are NULL in every row, each with the reason.
const NEVER: &[(&str, &str)] = &[
    ("comments.calendar_id", "unasked, only things in projects are found"),
    ("comments.topic_app_url", "only in the answer to a new comment"),
    ("comments.topic_url", "only in the answer to a new comment"),
    ("person_projects.app_url", "recorded once and not documented"),
    ("topics.calendar_id", "topics of calendars are not promised"),
];

#[test]
fn every_table_shows_what_the_account_holds_column_by_column() {
    let reader = Reader::start(Config::default());
    let (mut wrong, mut compared, mut empty) = (Vec::new(), 0, Vec::new());
    for table in tables() {
        let rows = reader.read(&ask(table.name)).expect(table.name);
        let expected = expected(&reader, table.name);
        assert!(!expected.is_empty(), "{}", table.name);
        wrong.extend(differences(table, &rows, &expected));
        for column in table.columns() {
            let place = format!("{}.{}", table.name, column.name);
            let value = |dumped: &Dumped| dumped.value(table.name, column.name, column.ty);
            compared += usize::from(expected.iter().any(|dumped| value(dumped).is_some()));
            if rows.iter().all(|row| !row.contains_key(column.name)) {
                empty.push(place);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    empty.sort_unstable();
    let never: Vec<String> = NEVER.iter().map(|(place, _)| (*place).to_owned()).collect();
    assert_eq!(empty, never, "always NULL");
    println!("{compared} columns were compared value by value");
    assert!(compared > 400, "{compared}");
    assert_eq!(reader.simulator.undocumented(), 0);
}

/// Everything that the documentation leaves open and that rows must not depend on.
#[test]
fn rows_are_the_same_however_the_open_points_are_read() {
    let stated = Readings::default();
    for readings in [
        Readings { unstated: Unstated::Paginated, ..stated },
        Readings { unstated: Unstated::Ignored, ..stated },
        Readings { running_series_upcoming: false, ..stated },
        Readings { trashed_singles: true, ..stated },
        Readings { attachment_buckets: false, ..stated },
    ] {
        let config = Config { v2_readings: readings, ..Config::default() };
        let reader = Reader::start(config);
        for table in tables() {
            let key: Vec<&str> = key_of(table.name).iter().map(|(column, _)| *column).collect();
            let rows = reader.read(&ask(table.name).columns(&key)).expect(table.name);
            let mut shown: Vec<_> = rows.iter().map(|row| key_of_row(table.name, row)).collect();
            let expected = expected(&reader, table.name);
            let mut right: Vec<_> =
                expected.iter().map(|dumped| key_of_dumped(table.name, dumped)).collect();
            shown.sort_unstable();
            right.sort_unstable();
            assert_eq!(shown, right, "{}: {readings:?}", table.name);
        }
    }
}

/// Requests for a listing of so many rows in pages of 50.
fn pages(rows: usize) -> usize {
    1 + rows / 50
}

#[test]
fn an_account_takes_the_requests_of_its_listings_and_no_more() {
    let reader = Reader::start(Config::default());
    let count = |table: &str| expected(&reader, table).len();
    let state = |table: &str, member: &str, value: &str| {
        let all = expected(&reader, table);
        all.iter().filter(|dumped| dumped.text(member) == value).count()
    };
    for (table, columns, requests) in [
        ("projects", &["id", "status"] as &[&str], 3),
        ("people", &["id"], pages(count("people"))),
        ("groups", &["id", "subgroup_ids"], 1),
        ("subgroups", &["id", "group_id"], 1),
        ("calendars", &["id"], 1),
        ("project_templates", &["id"], 1),
        ("stars", &["project_id"], 1),
        ("my_profile", &["id"], 1),
        ("documents", &["id", "title", "project_name"], pages(count("documents"))),
        ("forwards", &["id", "from"], 1),
        ("attachments", &["id", "bucket_name"], pages(count("attachments"))),
        ("attachment_tags", &["tag"], pages(count("attachments"))),
        ("tags", &["name", "attachments_count"], pages(count("attachments"))),
        ("uploads", &["id", "attachment_name", "creator_name"], pages(count("attachments"))),
        ("events", &["id", "creator_name"], pages(count("events"))),
        (
            "topics",
            &["id"],
            pages(state("topics", "archived", "false"))
                + pages(state("topics", "archived", "true")),
        ),
        (
            "messages",
            &["id", "subject", "archived", "url"],
            pages(state("topics", "archived", "false"))
                + pages(state("topics", "archived", "true")),
        ),
        (
            "todolists",
            &["id", "name"],
            pages(state("todolists", "completed", "false"))
                + pages(state("todolists", "completed", "true")),
        ),
        (
            "comments",
            &["id"],
            pages(state("topics", "archived", "false"))
                + pages(state("topics", "archived", "true"))
                + count("topics"),
        ),
        ("group_memberships", &["person_id"], 2 + count("groups") + count("subgroups")),
    ] {
        let rows = reader.read(&ask(table).columns(columns)).expect(table);
        assert!(!rows.is_empty(), "{table}");
        assert_eq!(reader.requests().len(), requests, "{table}: {:?}", reader.requests());
    }
}

/// A row of a table in an active project, out of the dump.
fn some(reader: &Reader, table: &str) -> (i64, i64) {
    let all = expected(reader, table);
    let in_project = all.iter().rfind(|dumped| dumped.has("project_id"));
    let found = in_project.expect(table);
    (found.id("project_id"), found.id("id"))
}

#[test]
fn project_and_id_are_one_request_and_an_id_alone_ends_its_listing() {
    let reader = Reader::start(Config::default());
    for (table, detail, most) in [
        ("attachments", "tags", pages(120)),
        ("calendar_events", "comments", 1 + 2 * 8 + 1),
        ("documents", "content", pages(60) + 1),
        ("forwards", "content", 2),
        ("messages", "content", pages(181) + 2),
        ("todolists", "comments", 3),
        ("todos", "attachments", 1 + pages(400) + 8 + 1),
        ("uploads", "content", pages(120) + 1),
    ] {
        let (project, id) = some(&reader, table);
        let record = ask(table).columns(&["id", "project_id", detail]).fixed("id", &[id]);
        let both = record.clone().fixed("project_id", &[project]);
        let rows = reader.read(&both).expect(table);
        assert_eq!(rows.len(), 1, "{table}");
        assert_eq!(reader.requests().len(), 1, "{table}: {:?}", reader.requests());
        for projects in [Projects::All, Projects::First] {
            let alone = reader.read(&record.clone().of(projects)).expect(table);
            assert_eq!(alone, rows, "{table}");
            let requests = reader.requests();
            assert!(requests.len() <= most, "{table}: {requests:?}");
        }
        let whole = ask(table).fixed("id", &[id]).fixed("project_id", &[project]);
        let rows = reader.read(&whole).expect(table);
        let right = expected(&reader, table);
        let right: Vec<Dumped> = right.into_iter().filter(|dumped| dumped.id("id") == id).collect();
        assert_eq!(differences(whole.0.table, &rows, &right), [""; 0], "{table}: every column");
        let gone = ask(table).columns(&["id"]).fixed("project_id", &[project]).fixed("id", &[1]);
        assert!(reader.read(&gone).expect(table).is_empty(), "{table}: no row and no error");
    }
}

#[test]
fn a_named_project_is_read_alone_and_an_archived_one_too() {
    let reader = Reader::start(Config::default());
    let projects = dumped(&reader.simulator, "projects");
    let archived = projects.iter().find(|dumped| dumped.text("status") == "archived");
    let archived = archived.expect("an archived project").id("id");
    for table in ["documents", "todolists", "todos", "topics", "attachments", "calendar_events"] {
        for project in [some(&reader, table).0, archived] {
            let rows = reader
                .read(&ask(table).columns(&["id", "project_id"]).fixed("project_id", &[project]))
                .expect(table);
            let all = dumped(&reader.simulator, table);
            let right = all.iter().filter(|dumped| {
                dumped.has("project_id")
                    && dumped.id("project_id") == project
                    && !dumped.is_trashed()
            });
            assert_eq!(rows.len(), right.count(), "{table} of {project}");
            let requests = reader.requests();
            let own = format!("/projects/{project}/");
            assert!(requests.iter().all(|path| path.starts_with(&own)), "{table}: {requests:?}");
        }
        let unknown = ask(table).columns(&["id"]).fixed("project_id", &[42]);
        assert!(reader.read(&unknown).is_err(), "{table}: a project that is missing is an error");
    }
}

#[test]
fn a_named_container_is_read_whatever_the_project_is() {
    let reader = Reader::start(Config::default());
    let todos = dumped(&reader.simulator, "todos");
    let projects = dumped(&reader.simulator, "projects");
    let gone = projects.iter().filter(|project| project.is_trashed());
    let gone: BTreeSet<i64> = gone.map(|project| project.id("id")).collect();
    let outside = todos.iter().filter(|dumped| {
        !dumped.is_in_scope() && !dumped.is_trashed() && !gone.contains(&dumped.id("project_id"))
    });
    let lists: BTreeSet<i64> = outside.map(|dumped| dumped.id("todolist_id")).collect();
    assert!(lists.len() > 1, "lists of projects that are not active");
    for list in lists {
        let question = ask("todos").columns(&["id", "todolist_id"]).fixed("todolist_id", &[list]);
        let rows = reader.read(&question).expect("rows");
        let right = todos.iter().filter(|dumped| dumped.id("todolist_id") == list);
        let right = right.filter(|dumped| !dumped.is_trashed()).count();
        assert_eq!(rows.len(), right, "{list}");
        let joined = ask("todos").columns(&["id", "todolist_id"]).joined("todolist_id", &[list]);
        assert_eq!(reader.read(&joined).expect("rows").len(), 0, "a join does not widen the scope");
    }
}

#[test]
fn a_project_that_only_the_callers_listing_has_shows_its_address_in_its_things() {
    let reader = Reader::start(Config::default());
    for table in ["forwards", "documents"] {
        let ask = |columns: &[&str]| {
            let mut rows =
                reader.read(&ask(table).of(Projects::Every).columns(columns)).expect(table);
            rows.sort_by_key(|row| dump::spelled(&row["id"]));
            let address =
                |row: &Row| row.get("project_app_url").map(dump::spelled).unwrap_or_default();
            rows.iter().map(address).collect::<Vec<_>>()
        };
        let whole = ask(&["id", "project_app_url", "content"]);
        assert_eq!(ask(&["id", "project_app_url"]), whole, "{table}");
        let shown = whole.iter().filter(|it| it.starts_with("http")).count();
        assert!(shown > 1 && (shown == whole.len() || table != "forwards"), "{whole:?}");
    }
}

#[test]
fn addresses_of_named_projects_are_found_wherever_these_are_listed() {
    let reader = Reader::start(Config::default());
    let projects = dumped(&reader.simulator, "projects");
    let of = |status: &str| {
        let mut those = projects.iter().filter(|project| project.text("status") == status);
        those.next().expect("one").id("id")
    };
    let (active, archived, template) = (of("active"), of("archived"), of("template"));
    // The address of the caller is asked for once, and then that of the projects.
    for (ids, requests) in [(vec![active], 2), (vec![archived], 4), (vec![active, template], 7)] {
        let rows = reader.read(&ask("projects").columns(&["id", "url"]).fixed("id", &ids));
        let rows = rows.expect("rows");
        assert_eq!(rows.len(), ids.len());
        assert!(rows.iter().all(|row| row.contains_key("url")), "{rows:?}");
        let asked = reader.requests();
        assert!(asked.len() <= requests, "{ids:?}: {asked:?}");
    }
}

#[test]
fn records_without_a_value_are_read_where_a_condition_is_for_those() {
    let reader = Reader::start(Config::default());
    let projects = ask("projects").columns(&["id", "draft", "template", "trashed"]);
    let both = &["false", "true"];
    let mut unknown = projects.is("template", both).is("trashed", both).is("draft", &[]);
    unknown.0.choices.last_mut().expect("the one of drafts").null = Admission::Yes;
    let rows = reader.read(&unknown).expect("rows");
    let without = rows.iter().filter(|row| !row.contains_key("draft")).count();
    assert_eq!(without, 2, "templates are no drafts, nor are they none: {rows:?}");
}

#[test]
fn the_trash_comes_only_when_it_is_asked_for() {
    let reader = Reader::start(Config::default());
    for table in ["people", "projects", "todolists", "todos"] {
        let all = dumped(&reader.simulator, table);
        let trashed = all
            .iter()
            .filter(|dumped| dumped.is_trashed() && (table == "projects" || dumped.is_in_scope()));
        let right: BTreeSet<String> = trashed.map(|dumped| dumped.text("id")).collect();
        assert!(!right.is_empty(), "{table}");
        for columns in [&["id", "trashed"] as &[&str], &all_columns(table)] {
            let ask = ask(table).columns(columns).is("trashed", &["true"]);
            let rows = reader.read(&ask).expect(table);
            let shown: BTreeSet<String> =
                rows.iter().map(|row| dump::spelled(&row["id"])).collect();
            assert_eq!(shown, right, "{table}");
        }
        let both = ask(table).columns(&["id", "trashed"]).is("trashed", &["false", "true"]);
        let rows = reader.read(&both).expect(table);
        assert_eq!(rows.len(), expected(&reader, table).len() + right.len(), "{table}");
    }
}

fn all_columns(table: &str) -> Vec<&'static str> {
    let table = Version::V2.table(table).expect("a table");
    table.columns().map(|column| column.name).collect()
}

#[test]
fn comments_and_subscribers_of_any_thing_are_one_request() {
    let reader = Reader::start(Config::default());
    for table in ["comments", "subscribers"] {
        let mut kinds = BTreeSet::new();
        for dumped in dumped(&reader.simulator, table) {
            let kind = dumped.text("parent_type");
            let calendar = dumped.has("calendar_id");
            if !kinds.insert((kind.clone(), calendar)) {
                continue;
            }
            let place = if calendar { "calendar_id" } else { "project_id" };
            let thing = ask(table)
                .fixed(place, &[dumped.id(place)])
                .fixed("parent_id", &[dumped.id("parent_id")]);
            let known = thing.clone().is("parent_type", &[&kind]);
            let rows = reader.read(&known).expect(table);
            assert_eq!(reader.requests().len(), 1, "{table} of {kind}: {:?}", reader.requests());
            let all = dump::dumped(&reader.simulator, table);
            let right = all.iter().filter(|each| {
                each.text("parent_type") == kind
                    && each.text("parent_id") == dumped.text("parent_id")
                    && each.text(place) == dumped.text(place)
            });
            assert_eq!(rows.len(), right.count(), "{table} of {kind}");
            // Without the kind each address is tried, and those where nothing is are no error.
            let any = reader.read(&thing).expect(table);
            assert!(any.len() >= rows.len(), "{table} of {kind}");
        }
        assert!(kinds.len() >= 7, "{table}: {kinds:?}");
        println!("{table}: {kinds:?}");
    }
    let error = reader.read(&ask("subscribers")).expect_err("nothing lists them");
    assert!(error.message().contains("project_id and parent_id"), "{}", error.message());
}

/// The number of the day of a date.
fn day(text: &str) -> i32 {
    let date: jiff::civil::Date = text.parse().expect("a date");
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(date).expect("a span").get_days()
}

#[test]
fn occurrences_come_once_however_long_the_time_is() {
    let reader = Reader::start(Config::default());
    let all = dumped(&reader.simulator, "calendar_event_occurrences");
    let identity = |dumped: &Dumped| {
        let event = ["id", "recurrence_master_id"].map(|member| dumped.text(member)).concat();
        let number = dumped.text("recurrence_number");
        (event, if number.is_empty() { "0".to_owned() } else { number })
    };
    let windows = |first: i32, last: i32| usize::try_from((last - first) / 42 + 1).expect("few");
    for (from, to) in [("2033-01-01", "2033-02-11"), ("2033-01-01", "2033-12-31")] {
        let (first, last) = (day(from), day(to));
        for projects in [Projects::All, Projects::First] {
            let question = ask("calendar_event_occurrences")
                .between("starts_on", first, Some(last))
                .of(projects.clone());
            let rows = reader.read(&question).expect("rows");
            let shown: Vec<(String, String)> = rows
                .iter()
                .map(|row| {
                    let number = dump::spelled(&row["occurrence_number"]);
                    (dump::spelled(&row["event_id"]), number)
                })
                .collect();
            let begins = |dumped: &&Dumped| {
                let starts = dumped.text("starts_at");
                let inside = (from..=to).contains(&&starts[..10]);
                let scope = projects == Projects::All
                    || dumped.has("calendar_id")
                    || dumped.text("project_id") == first_project(&reader);
                inside && scope && dumped.is_in_scope()
            };
            let mut right: Vec<_> = all.iter().filter(begins).map(identity).collect();
            let mut shown = shown;
            shown.sort_unstable();
            right.sort_unstable();
            assert_eq!(shown, right, "{from} to {to} of {projects:?}");
            let requests = reader.requests();
            let first_pages = requests.iter().filter(|path| !path.contains("page="));
            let asked = first_pages.filter(|path| path.contains("start_date=")).count();
            if projects == Projects::All {
                assert_eq!(asked, windows(first, last), "{requests:?}");
            }
        }
    }
    assert!(reader.read(&ask("calendar_event_occurrences")).is_err());
}

/// The first project that the listing returns.
fn first_project(reader: &Reader) -> String {
    let projects = dumped(&reader.simulator, "projects");
    projects.first().expect("a project").text("id")
}

#[test]
fn labels_are_counted_in_each_project_and_found_by_name() {
    let reader = Reader::start(Config::default());
    let right: BTreeMap<(String, String), String> = dumped(&reader.simulator, "tags")
        .iter()
        .filter(|dumped| dumped.is_in_scope())
        .map(|dumped| {
            let place = (dumped.text("project_id"), dumped.text("name").to_lowercase());
            (place, dumped.text("attachments_count"))
        })
        .collect();
    let rows = reader.read(&ask("tags")).expect("rows");
    let shown: BTreeMap<(String, String), String> = rows
        .iter()
        .map(|row| {
            let project = row.get("project_id").map(dump::spelled).unwrap_or_default();
            let place = (project, dump::spelled(&row["name"]).to_lowercase());
            (place, dump::spelled(&row["attachments_count"]))
        })
        .collect();
    assert_eq!(rows.len(), right.len(), "each once");
    assert_eq!(shown, right);
    let counts = reader.read(&ask("tags").columns(&["attachments_count"])).expect("rows");
    assert_eq!(counts.len(), right.len(), "however few columns are wanted");
    let labels = dumped(&reader.simulator, "attachment_tags");
    let label = labels.iter().map(|dumped| dumped.text("tag")).max().expect("a label");
    let rows = reader.read(&ask("attachment_tags").text("tag", &label)).expect("rows");
    let same = labels.iter().filter(|dumped| dumped.is_in_scope() && dumped.text("tag") == label);
    assert_eq!(rows.len(), same.count(), "{label}");
    let requests = reader.requests();
    assert!(requests.iter().all(|path| path.starts_with("/tags/")), "{requests:?}");
}

#[test]
fn bounds_are_sent_and_lose_nothing() {
    let reader = Reader::start(Config::default());
    let all = reader.read(&ask("events").columns(&["id", "created_at"])).expect("rows");
    let mut moments: Vec<i64> = all
        .iter()
        .filter_map(|row| match row.get("created_at") {
            Some(Value::Timestamptz(micros)) => Some(*micros),
            _ => None,
        })
        .collect();
    moments.sort_unstable();
    let middle = moments[moments.len() - 30];
    let since = reader
        .read(&ask("events").columns(&["id", "created_at"]).since("created_at", middle))
        .expect("rows");
    assert_eq!(since.len(), moments.iter().filter(|moment| **moment >= middle).count());
    assert!(reader.requests().len() < 3, "{:?}", reader.requests());
    let todos = reader.read(&ask("todos").columns(&["id", "due_on"])).expect("rows");
    let dates: Vec<i32> = todos
        .iter()
        .filter_map(|row| match row.get("due_on") {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        })
        .collect();
    let latest = *dates.iter().max().expect("due to-dos");
    let late = ask("todos").columns(&["id", "due_on"]).between("due_on", latest, None);
    let late = reader.read(&late).expect("rows");
    assert_eq!(late.len(), dates.iter().filter(|day| **day == latest).count());
    let sent = reader.requests().iter().any(|path| path.contains("due_since="));
    assert!(sent, "{:?}", reader.requests());
}

#[test]
fn several_named_projects_and_the_first_are_the_whole_scope() {
    let reader = Reader::start(Config::default());
    let first = first_project(&reader);
    let rows = reader.read(&ask("documents").columns(&["id", "project_id"]).of(Projects::First));
    let rows = rows.expect("rows");
    assert!(!rows.is_empty() && rows.iter().all(|row| dump::spelled(&row["project_id"]) == first));
    let projects = dumped(&reader.simulator, "projects");
    let ids: Vec<i64> = projects.iter().take(2).map(|dumped| dumped.id("id")).collect();
    let named = Projects::Named(Operand::Values(ids.iter().map(|id| Scalar::Id(*id)).collect()));
    let several: Ask = ask("todos").columns(&["id", "project_id"]).of(named);
    let rows = reader.read(&several).expect("rows");
    let right = expected(&reader, "todos");
    let right = right.iter().filter(|dumped| ids.contains(&dumped.id("project_id")));
    assert_eq!(rows.len(), right.count());
    assert!(!reader.requests().contains(&"/projects.json".to_owned()), "the ids are known");
}

#[test]
fn joins_only_narrow_and_cost_a_request_a_parent() {
    let reader = Reader::start(Config::default());
    let lists = reader.read(&ask("todolists").columns(&["id", "project_id"])).expect("rows");
    let list = lists.last().expect("a list");
    let (Value::Bigint(id), Value::Bigint(project)) = (&list["id"], &list["project_id"]) else {
        panic!("ids are numbers");
    };
    let joined = ask("todos")
        .columns(&["id", "todolist_id", "project_id"])
        .joined("todolist_id", &[*id])
        .joined("project_id", &[*project]);
    let rows = reader.read(&joined).expect("rows");
    let right = expected(&reader, "todos");
    let right = right.iter().filter(|dumped| dumped.id("todolist_id") == *id).count();
    assert_eq!(rows.len(), right);
    assert_eq!(reader.requests().len(), 1 + pages(right), "the projects in scope, and the list");
    let outside = reader.read(&joined.of(Projects::First)).expect("rows");
    let first = project.to_string() == first_project(&reader);
    assert_eq!(outside.is_empty(), !first, "a join does not widen the scope");
}

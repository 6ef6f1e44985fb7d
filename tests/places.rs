//! Where new rows go: what a row says of its place, and what its foreign table shows, agree, or nothing
//! is sent.

use basecamp_fdw::catalog::Version;
use basecamp_fdw::error::{Error, Kind};
use basecamp_fdw::plan::change::{Values, Write, insert};
use basecamp_fdw::plan::{Fence, Operand, Projects};
use basecamp_fdw::value::{Scalar, Value};

fn id(name: &'static str, id: i64) -> (&'static str, Option<Value>) {
    (name, Some(Value::Bigint(id)))
}

fn text(name: &'static str, text: &str) -> (&'static str, Option<Value>) {
    (name, Some(Value::Text(text.to_owned())))
}

/// A table of these projects.
fn of_projects(ids: &[i64]) -> Fence {
    let ids = ids.iter().copied().map(Scalar::Id).collect();
    Fence { projects: Some(Projects::Named(Operand::Values(ids))), statuses: None }
}

fn of_states(states: &[&str]) -> Fence {
    let states = states.iter().map(|state| (*state).to_owned()).collect();
    Fence { projects: None, statuses: Some(states) }
}

fn made(version: Version, table: &str, fence: &Fence, new: Values) -> Result<Write, Error> {
    insert((version, version.table(table).expect("a table")), fence, &new)
}

fn sent(version: Version, table: &str, fence: &Fence, new: Values) -> String {
    made(version, table, fence, new).expect("a request").address
}

fn refused(version: Version, table: &str, fence: &Fence, new: Values) -> Error {
    made(version, table, fence, new).expect_err("no request")
}

fn to_do(places: &[(&'static str, Option<Value>)]) -> Values {
    places.iter().cloned().chain([text("content", "x")]).collect()
}

const V3: Version = Version::V3;
const V2: Version = Version::V2;

#[test]
fn a_project_that_a_row_says_is_part_of_its_address() {
    let anywhere = Fence::default();
    let in_list = to_do(&[id("todolist_id", 7)]);
    assert_eq!(sent(V3, "todos", &anywhere, in_list), "/todolists/7/todos.json");
    let both = to_do(&[id("project_id", 5), id("todolist_id", 7)]);
    assert_eq!(sent(V3, "todos", &anywhere, both.clone()), "/buckets/5/todolists/7/todos.json");
    assert_eq!(sent(V2, "todos", &anywhere, both), "/projects/5/todolists/7/todos.json");
    let loose = to_do(&[id("project_id", 5), id("parent_id", 8), text("parent_type", "Todoset")]);
    assert_eq!(sent(V3, "todos", &anywhere, loose), "/buckets/5/todosets/8/todos.json");
    let comment = vec![id("project_id", 5), id("recording_id", 9), text("content", "x")];
    assert_eq!(sent(V3, "comments", &anywhere, comment), "/buckets/5/recordings/9/comments.json");
}

#[test]
fn a_place_that_would_be_ignored_is_refused_by_its_name() {
    let anywhere = Fence::default();
    let twice = to_do(&[id("todolist_id", 7), id("parent_id", 8)]);
    let error = refused(V3, "todos", &anywhere, twice);
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(error.message().contains("column \"parent_id\""), "{error:?}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("\"todolist_id\"")), "{error:?}");
    // An operation that takes all of it is another.
    let loose = to_do(&[
        id("project_id", 5),
        id("parent_id", 8),
        text("parent_type", "Todoset"),
        ("todolist_id", None),
    ]);
    assert_eq!(sent(V3, "todos", &anywhere, loose), "/buckets/5/todosets/8/todos.json");
    let two = vec![id("todoset_id", 1), id("parent_todolist_id", 2), text("name", "x")];
    let error = refused(V3, "todolists", &anywhere, two);
    assert!(error.message().contains("\"parent_todolist_id\""), "{error:?}");
    let event = vec![id("project_id", 5), id("calendar_id", 6), text("summary", "x")];
    let error = refused(V2, "calendar_events", &anywhere, event);
    assert!(error.message().contains("\"calendar_id\""), "{error:?}");
}

#[test]
fn a_row_of_another_project_is_refused_and_the_only_one_is_filled_in() {
    let in_list = to_do(&[id("todolist_id", 7)]);
    let of = |project: i64| to_do(&[id("project_id", project), id("todolist_id", 7)]);
    for (version, address) in
        [(V3, "/buckets/5/todolists/7/todos.json"), (V2, "/projects/5/todolists/7/todos.json")]
    {
        assert_eq!(sent(version, "todos", &of_projects(&[5]), in_list.clone()), address);
        assert_eq!(sent(version, "todos", &of_projects(&[4, 5]), of(5)), address);
        let error = refused(version, "todos", &of_projects(&[4, 5]), of(6));
        assert_eq!(error.kind(), Kind::OutsideTable, "{error:?}");
        let facts = error.detail_text().unwrap_or_default();
        assert!(facts.contains("project_id is 6") && facts.contains("\"4,5\""), "{facts}");
        let unsaid = refused(version, "todos", &of_projects(&[4, 5]), in_list.clone());
        assert_eq!(unsaid.kind(), Kind::NotNull, "{unsaid:?}");
    }
    // What is in no project is not fenced, and a new project is none of those that there are.
    let person = vec![text("name", "x")];
    assert!(made(V3, "templates", &of_projects(&[5]), person.clone()).is_ok());
    let error = refused(V3, "projects", &of_projects(&[5]), person);
    assert_eq!(error.kind(), Kind::OutsideTable, "{error:?}");
    let event = vec![
        id("calendar_id", 6),
        text("summary", "x"),
        ("all_day", Some(Value::Boolean(true))),
        ("starts_at", Some(Value::Timestamptz(0))),
    ];
    let error = refused(V2, "calendar_events", &of_projects(&[5]), event);
    assert_eq!(error.kind(), Kind::OutsideTable, "{error:?}");
}

#[test]
fn a_row_in_a_state_that_the_table_does_not_show_is_refused() {
    let in_list = to_do(&[id("todolist_id", 7)]);
    assert!(made(V3, "todos", &of_states(&["active", "archived"]), in_list.clone()).is_ok());
    let error = refused(V3, "todos", &of_states(&["archived", "trashed"]), in_list);
    assert_eq!(error.kind(), Kind::OutsideTable);
    assert!(error.detail_text().is_some_and(|it| it.contains("\"active\"")), "{error:?}");
    let draft = vec![id("message_board_id", 7), text("subject", "x"), text("status", "drafted")];
    assert!(made(V3, "messages", &of_states(&["active"]), draft.clone()).is_ok());
    let error = refused(V3, "messages", &of_states(&["trashed"]), draft);
    assert_eq!(error.kind(), Kind::OutsideTable);
}

#[test]
fn two_columns_of_one_member_that_contradict_each_other_are_refused() {
    let anywhere = Fence::default();
    let people = |ids: Vec<Option<i64>>, records: &str| {
        to_do(&[
            id("todolist_id", 7),
            ("assignee_ids", Some(Value::BigintArray(ids))),
            ("assignees", Some(Value::Jsonb(records.to_owned()))),
        ])
    };
    let error = refused(V3, "todos", &anywhere, people(vec![Some(1)], "[\"a@x.example\"]"));
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.message().contains("\"assignees\""), "{error:?}");
}

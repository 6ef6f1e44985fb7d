//! What is written is said once: every literal of an operation holds, and what can be written follows.

use std::collections::BTreeSet;

use basecamp_fdw::catalog::{
    Clear, Effect, Method, Omission, Operation, Role, Supply, Table, Version,
};

fn operations() -> impl Iterator<Item = (&'static Table, &'static Operation)> {
    let tables = [Version::V2, Version::V3].into_iter().flat_map(|version| version.tables());
    tables.flat_map(|table| table.operations.iter().map(move |operation| (*table, operation)))
}

fn todos(version: Version) -> &'static Table {
    version.table("todos").expect("to-dos")
}

/// The columns that one kind of statement may name.
fn names(table: &'static Table, may: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let names: BTreeSet<&str> =
        table.columns().map(|column| column.name).filter(|name| may(name)).collect();
    names.into_iter().collect()
}

fn updatable(table: &'static Table) -> Vec<&'static str> {
    names(table, |name| table.column(name).is_some_and(|column| table.is_updatable(column)))
}

fn insertable(table: &'static Table) -> Vec<&'static str> {
    names(table, |name| table.column(name).is_some_and(|column| table.is_insertable(column)))
}

#[test]
fn every_hole_and_every_member_that_must_be_sent_is_a_column() {
    let mut count = 0;
    for (table, operation) in operations() {
        let place = format!("{}: {}", table.name, operation.name);
        for hole in operation.holes() {
            assert!(table.column(hole).is_some(), "{place}: {hole}");
        }
        for member in operation.members {
            for column in member.columns {
                assert!(table.column(column).is_some(), "{place}: {column}");
            }
            let must = matches!(member.supply, Supply::Required | Supply::Resent);
            assert!(!must || !member.columns.is_empty(), "{place}: {}", member.path);
        }
        assert!(operation.path.starts_with('/') && operation.path.ends_with(".json"), "{place}");
        count += 1;
    }
    assert!(count >= 15, "{count} operations");
}

#[test]
fn an_insert_is_sent_once_and_everything_but_an_insert_names_the_record() {
    for (table, operation) in operations() {
        let place = format!("{}: {}", table.name, operation.name);
        let insert = operation.effect == Effect::Insert;
        assert_eq!(insert, !operation.holes().any(|hole| hole == Role::Id.name()), "{place}");
        assert!(
            !insert || (operation.attempts == 1 && operation.method == Method::Post),
            "{place}"
        );
    }
}

#[test]
fn what_replaces_a_record_reads_it_first_and_can_say_each_column_again() {
    let mut count = 0;
    for (table, operation) in operations().filter(|(_, o)| o.omission == Omission::Cleared) {
        assert!(table.single().is_some(), "{}", table.name);
        let silent = |member: &&basecamp_fdw::catalog::Member| member.supply == Supply::Named;
        for member in operation.members.iter().filter(silent) {
            assert!(member.columns.is_empty(), "{}: {} would be lost", table.name, member.path);
        }
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn what_can_be_written_of_a_to_do_follows_from_its_operations() {
    let todos = todos(Version::V3);
    let changed = [
        "assignee_ids",
        "completed",
        "completion_subscriber_ids",
        "content",
        "description",
        "due_on",
        "parent_id",
        "position",
        "starts_on",
        "status",
        "todolist_id",
    ];
    assert_eq!(updatable(todos), changed);
    let new = [
        "assignee_ids",
        "completion_subscriber_ids",
        "content",
        "description",
        "due_on",
        "parent_id",
        "parent_type",
        "project_id",
        "starts_on",
        "todolist_id",
    ];
    assert_eq!(insertable(todos), new);
}

#[test]
fn a_to_do_of_basecamp_2_is_changed_in_its_project_and_merged() {
    let todos = todos(Version::V2);
    let changed =
        ["assignee_id", "completed", "content", "due_at", "due_on", "position", "todolist_id"];
    assert_eq!(updatable(todos), changed);
    let update = todos.updates("content").next().expect("an update");
    assert_eq!((update.omission, update.method), (Omission::Kept, Method::Put));
    let due = update.members.iter().find(|member| member.columns.contains(&"due_on"));
    assert_eq!(due.map(|member| member.clear), Some(Clear::Null));
}

#[test]
fn each_value_of_a_state_is_one_request_and_completing_is_none_of_the_body() {
    let todos = todos(Version::V3);
    let requests = |column: &str| -> Vec<(Effect, Method, &str)> {
        todos.updates(column).map(|o| (o.effect, o.method, o.path)).collect()
    };
    let completion = "/todos/{id}/completion.json";
    let done = (Effect::Set("completed", "true"), Method::Post, completion);
    let open = (Effect::Set("completed", "false"), Method::Delete, completion);
    assert_eq!(requests("completed"), [done, open]);
    let values: Vec<&str> = todos.domain("status").expect("a domain").values.to_vec();
    let set: Vec<Effect> = requests("status").into_iter().map(|(effect, ..)| effect).collect();
    let each: Vec<Effect> = values.iter().map(|value| Effect::Set("status", value)).collect();
    assert_eq!(set, each);
    assert_eq!(todos.delete().map(|o| o.path), Some("/recordings/{id}/status/trashed.json"));
}

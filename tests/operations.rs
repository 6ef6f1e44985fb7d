//! What is written is said once: every literal of an operation holds, and what can be written follows.

use std::collections::BTreeSet;

use basecamp_fdw::catalog::{
    Clear, Effect, Method, Omission, Operation, Role, Supply, Table, Version,
};
use basecamp_fdw::plan::change::witnesses;

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
            let must = matches!(member.supply, Supply::Required | Supply::Known | Supply::Resent);
            assert!(!must || !member.columns.is_empty(), "{place}: {}", member.path);
        }
        assert!(operation.path.starts_with('/') && operation.path.ends_with(".json"), "{place}");
        count += 1;
    }
    assert!(count >= 150, "{count} operations");
}

/// Inserts that may be sent again, because making it twice is making it once.
const REPEATED: &[&str] = &[
    "POST /embeds.json",
    "POST /recordings/{recording_id}/bookmark.json",
    "PUT /groups/{group_id}.json",
    "PUT /groups/{group_id}/subgroups/{subgroup_id}.json",
    "PUT /projects/{project_id}/people/users.json",
    "PUT /recordings/{recording_id}/subscription.json",
    "PUT /todosets/{todoset_id}/hills/settings.json",
];

fn method(method: Method) -> &'static str {
    match method {
        Method::Delete => "DELETE",
        Method::Post => "POST",
        Method::Put => "PUT",
    }
}

#[test]
fn an_insert_is_sent_once_and_names_no_record_that_is_there() {
    for (table, operation) in operations().filter(|(_, o)| o.effect == Effect::Insert) {
        let place = format!("{}: {}", table.name, operation.name);
        assert!(!operation.holes().any(|hole| hole == Role::Id.name()), "{place}");
        let request = format!("{} {}", method(operation.method), operation.path);
        let repeated = REPEATED.contains(&request.as_str());
        assert_eq!(operation.attempts > 1, repeated, "{place}: {request}");
    }
}

/// Tables of one row, whose addresses name it without a hole.
const SINGLE: &[&str] = &["accounts", "my_notes", "my_preferences", "my_profile"];

#[test]
fn everything_but_an_insert_names_what_it_is_about() {
    for (table, operation) in operations().filter(|(_, o)| o.effect != Effect::Insert) {
        let place = format!("{}: {}", table.name, operation.name);
        let known = operation.members.iter().any(|member| member.supply == Supply::Known);
        let named = operation.holes().next().is_some() || known;
        assert!(named || SINGLE.contains(&table.name), "{place}");
    }
}

/// Members that stay as they are although the rest of what a body leaves out is cleared.
const KEPT: &[(&str, &str)] = &[
    ("projects", "wallpaper_mode"),
    ("schedule_entries", "highlighted"),
    ("schedule_entries", "participant_ids"),
    ("schedule_entries", "url"),
];

#[test]
fn what_replaces_a_record_reads_it_first_and_can_say_each_column_again() {
    let mut count = 0;
    for (table, operation) in operations().filter(|(_, o)| o.omission == Omission::Cleared) {
        assert!(table.single().is_some(), "{}", table.name);
        let silent = |member: &&basecamp_fdw::catalog::Member| {
            member.supply == Supply::Named && !KEPT.contains(&(table.name, member.path))
        };
        for member in operation.members.iter().filter(silent) {
            assert!(member.columns.is_empty(), "{}: {} would be lost", table.name, member.path);
        }
        count += 1;
    }
    // To-dos, lists, documents, entries, links of two kinds, and what may be cleared or not: columns
    // of card tables, templates, projects and their days.
    assert_eq!(count, 10);
}

#[test]
fn a_state_that_can_be_set_can_be_taken_back() {
    // An absence is set by its days, the trash of templates is for good, and a draft is published once.
    let one_way = [("out_of_office", "enabled"), ("projects", "draft"), ("templates", "status")];
    for (table, operation) in operations() {
        let Effect::Set(column, value) = operation.effect else { continue };
        let others = table.updates(column).filter(|other| match other.effect {
            Effect::Set(_, other) => other != value,
            _ => false,
        });
        let place = format!("{}.{column}", table.name);
        assert_eq!(others.count() == 0, one_way.contains(&(table.name, column)), "{place}");
    }
}

#[test]
fn what_can_be_written_of_a_to_do_follows_from_its_operations() {
    let todos = todos(Version::V3);
    let changed = [
        "assignee_ids",
        "assignees",
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
        "assignees",
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

#[test]
fn a_record_tells_when_it_changed_or_all_that_could_have() {
    let mut silent = Vec::new();
    for table in [Version::V2, Version::V3].into_iter().flat_map(|version| version.tables()) {
        let changes = table.operations.iter().any(|each| each.effect != Effect::Insert);
        if table.single().is_none() || !changes {
            continue;
        }
        let witnesses = witnesses(table);
        assert!(!witnesses.is_empty(), "{}", table.name);
        if witnesses != [Role::Updated.name()] {
            silent.push(table.name);
        }
    }
    assert_eq!(silent, ["boosts", "dock_tools"]);
}

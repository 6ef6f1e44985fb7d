//! Whether every read of the tables answers, every column has something to show, and every key is
//! one. Skipped where the facts about the API are not beside the repository.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::client::{all, get, simulator};
use crate::examples::{dumps, facts, read};

/// Columns that nothing that can be read fills at the path that is named: what only the answer to a
/// creation carries, what the listing of a person's projects lacks, what only the undocumented
/// listing of to-dos tells, and what is counted.
const UNFILLED: [&str; 5] = [
    "comments.topic_url",
    "comments.topic_app_url",
    "person_projects.app_url",
    "todos.project_name",
    "tags.name",
];

#[test]
fn every_column_has_something_to_show() {
    let Some(facts) = facts() else { return };
    let simulator = simulator();
    let tables = read(&facts.join("v2-tables.json"));
    let (mut checked, mut empty) = (0, Vec::new());
    for table in tables.as_array().unwrap() {
        let name = table["table"].as_str().unwrap();
        // That one is the launchpad's.
        if name == "authorized_accounts" {
            continue;
        }
        let rows = simulator.dump_v2(name);
        assert!(!rows.is_empty(), "{name}");
        for column in table["columns"].as_array().unwrap() {
            let path = column["json_path"].as_str().unwrap();
            let plain =
                path.chars().all(|letter| letter.is_ascii_lowercase() || "._[]*0".contains(letter));
            let about = format!("{name}.{}", column["name"].as_str().unwrap());
            if !plain || path == "$" || UNFILLED.contains(&about.as_str()) {
                continue;
            }
            checked += 1;
            // A message takes these columns from its topic.
            let path = match path.strip_prefix("topics.") {
                Some(rest) if name == "messages" => match rest {
                    "project_id" | "archived" => rest.to_owned(),
                    _ => rest.replace("topicable_", "topicable."),
                },
                _ => path.to_owned(),
            };
            if !rows.iter().any(|row| fills(row, &path)) {
                empty.push(format!("{about} from {path}"));
            }
        }
    }
    println!("{checked} columns");
    assert!(checked > 450 && empty.is_empty(), "{}", empty.join("\n"));
}

/// Whether a row of a dump has a value at a path, in any of its parts.
fn fills(row: &Value, path: &str) -> bool {
    let path = path.trim_start_matches("subscribers[*].").trim_start_matches("assigned_todos[*].");
    let path = path.replace("[*]", ".0").replace("[0]", ".0").replace('.', "/");
    let parts = ["record", "listed", "outer", "topic"];
    let found = |part: &str| row.pointer(&format!("/{part}/{path}"));
    let shown = parts.iter().filter_map(|part| found(part)).any(|value| !value.is_null());
    let bucket = row.pointer(&format!("/{}", path.replace("bucket_", "bucket/")));
    shown || bucket.is_some_and(|value| !value.is_null()) || row["asked"].get(path).is_some()
}

#[test]
fn every_documented_read_answers_and_no_other() {
    let Some(facts) = facts() else { return };
    let simulator = simulator();
    let dumps = dumps(&simulator);
    let tables = read(&facts.join("v2-tables.json"));
    let (mut answered, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for table in tables.as_array().unwrap() {
        let single = table["get_path"].as_str().map(|path| (path, "docs"));
        let listings = table["list_paths"].as_array().unwrap().iter();
        let listings =
            listings.map(|one| (one["path"].as_str().unwrap(), one["source"].as_str().unwrap()));
        for (path, source) in listings.chain(single).filter(|(path, _)| path.starts_with('/')) {
            let status = get(&simulator, &example(&dumps, path)).status;
            if source.starts_with("undocumented") {
                assert_eq!(status, 404, "{path}");
                refused.insert(path);
            } else {
                assert_eq!(status, 200, "{path} as {}", example(&dumps, path));
                answered.insert(path);
            }
        }
    }
    println!("{} reads answer, {} undocumented ones do not", answered.len(), refused.len());
    assert_eq!(refused.len() as u64, simulator.undocumented());
    assert!(answered.len() > 60);
    assert!(!all(&simulator, "/projects/605001/topics/archived.json").is_empty());
}

/// One address that a template stands for.
fn example(dumps: &BTreeMap<&str, Vec<Value>>, path: &str) -> String {
    let segments: Vec<&str> =
        path.trim_start_matches('/').trim_end_matches(".json").split('/').collect();
    let filled = |segment: &str, id: &Value| {
        segment.replace(&segment[..=segment.find('}').unwrap_or(0)], &id.to_string())
    };
    let (area, section) = (segments[0], segments.get(2).copied().unwrap_or_default());
    let section = if section == "{section}" { "messages" } else { section };
    let column = match area {
        "projects" => "project_id",
        "calendars" => "calendar_id",
        _ => "group_id",
    };
    let inside = segments.get(3).is_some_and(|segment| segment.starts_with('{'));
    let row = if inside && dumps.contains_key(section) {
        dumps[section].iter().find(|row| row["asked"].get(column).is_some())
    } else {
        None
    };
    let place = row.map_or_else(
        || dumps.get(area).map(|rows| &rows[0]["record"]["id"]),
        |row| row["asked"].get(column),
    );
    let mut filled_path = String::new();
    for (index, segment) in segments.iter().enumerate() {
        let text = match (*segment, index) {
            ("{tag}", _) => "logos".to_owned(),
            ("{section}", _) => section.to_owned(),
            (segment, 1) if segment.starts_with('{') => filled(segment, place.unwrap()),
            (segment, 3) if segment.starts_with('{') => {
                filled(segment, &row.unwrap()["record"]["id"])
            }
            (segment, _) => segment.to_owned(),
        };
        filled_path = format!("{filled_path}/{text}");
    }
    let (bare, query) = filled_path.split_once(".json?").unwrap_or((&filled_path, ""));
    match (query, bare) {
        ("", "/calendar_events") => format!("{bare}.json?start_date=2033-01-01"),
        ("", _) => format!("{bare}.json"),
        ("start_date=", _) => format!("{bare}.json?start_date=2033-01-01"),
        _ => format!("{bare}.json?{query}"),
    }
}

#[test]
fn what_a_dump_says_makes_every_key_of_every_table() {
    let Some(facts) = facts() else { return };
    let simulator = simulator();
    let tables = read(&facts.join("v2-tables.json"));
    for table in tables.as_array().unwrap() {
        let name = table["table"].as_str().unwrap();
        let keys: Vec<&str> =
            table["key"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let paths = table["columns"].as_array().unwrap().iter();
        let paths: BTreeMap<&str, &str> = paths
            .map(|column| (column["name"].as_str().unwrap(), column["json_path"].as_str().unwrap()))
            .collect();
        let mut found = BTreeSet::new();
        for row in simulator.dump_v2(name) {
            let key: Vec<Value> =
                keys.iter().map(|column| key(&row, column, paths[column])).collect();
            assert!(key.iter().any(|value| !value.is_null()), "{name}: {row}");
            assert!(found.insert(format!("{key:?}")), "{name}: {key:?} twice");
        }
    }
}

/// The value of a column of a key, from what was asked or from what was answered.
fn key(row: &Value, column: &str, path: &str) -> Value {
    if let Some(asked) = row["asked"].get(column) {
        return asked.clone();
    }
    let first = path.split([',', ';']).next().unwrap();
    let (part, path) = match (first.split_once("[*]."), first) {
        (Some((_, path)), _) => ("record", path),
        (None, "topicable.id") => ("topic", first),
        (None, "tags[*]") => ("record", "name"),
        (None, "recurrence.number") => ("record", "recurrence.number"),
        (None, path) => ("record", path),
    };
    let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
    let found = row[part].pointer(&pointer(path)).cloned();
    // A time of an event is known by the event and its number.
    let master =
        (column == "event_id").then(|| row.pointer("/record/recurrence/master/id").cloned());
    found.or(master.flatten()).unwrap_or_default()
}

//! Whether the payloads have every member of the published examples, and every column of the tables
//! something to show. Skipped where the facts about the API are not beside the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;
use simulator::Simulator;

use crate::client::{all, get, simulator};

/// The folder of the facts, beside the repository.
fn facts() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/api");
    if folder.join("v2-examples/index.json").exists() {
        return Some(folder);
    }
    println!(
        "skipped: the facts about the API are not at {}",
        folder.display()
    );
    None
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every member of a body with its type: `/bucket/name` is a text, `/comments/*/id` a number.
fn members(body: &Value, at: &str, found: &mut BTreeSet<(String, &'static str)>) {
    let kind = match body {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(rows) => {
            rows.iter()
                .for_each(|row| members(row, &format!("{at}/*"), found));
            "array"
        }
        Value::Object(all) => {
            all.iter()
                .for_each(|(name, value)| members(value, &format!("{at}/{name}"), found));
            "object"
        }
    };
    found.insert((at.to_owned(), kind));
}

/// The addresses in the simulator that an address of the examples stands for.
fn addresses(dumps: &BTreeMap<&str, Vec<Value>>, path: &str) -> Vec<String> {
    let bare = path.trim_start_matches("GET ");
    let (bare, query) = bare.split_once('?').unwrap_or((bare, ""));
    // One window has the beginning of a series with exceptions, another one with an end.
    let month = if query.contains("end_date") {
        "2033-01-1"
    } else {
        "2019-02-2"
    };
    let query = query.replace("2014-07-1", month).replace('+', "%2B");
    let segments: Vec<&str> = bare
        .trim_start_matches('/')
        .trim_end_matches(".json")
        .split('/')
        .collect();
    let ids = |table: &str| dumps[table].iter().filter(|row| row["scope"] != "trashed");
    let found: Vec<String> = match segments.as_slice() {
        ["projects" | "calendars", "1", section, "1" | "2"] => ids(section)
            .filter_map(|row| {
                let area = segments[0];
                let place = row["asked"].get(if area == "projects" {
                    "project_id"
                } else {
                    "calendar_id"
                })?;
                Some(format!("/{area}/{place}/{section}/{}", row["record"]["id"]))
            })
            .collect(),
        ["projects", "1", "todolists", "1", rest @ ..] => ids("todolists")
            .filter(|row| row["record"]["trashed"] == false)
            .map(|row| {
                format!(
                    "/projects/{}/todolists/{}/{}",
                    row["asked"]["project_id"],
                    row["record"]["id"],
                    rest.join("/")
                )
            })
            .collect(),
        ["groups", "1", "subgroups", "2"] => ids("subgroups")
            .map(|row| {
                format!(
                    "/groups/{}/subgroups/{}",
                    row["asked"]["group_id"], row["record"]["id"]
                )
            })
            .collect(),
        [area, "1", rest @ ..] => ids(area)
            .map(|row| format!("/{area}/{}/{}", row["record"]["id"], rest.join("/")))
            .map(|path| path.trim_end_matches('/').to_owned())
            .collect(),
        _ => vec![format!("/{}", segments.join("/"))],
    };
    found
        .into_iter()
        .map(|path| {
            format!("{path}.json?{query}")
                .trim_end_matches('?')
                .to_owned()
        })
        .collect()
}

fn dumps(simulator: &Simulator) -> BTreeMap<&'static str, Vec<Value>> {
    let tables = [
        "projects",
        "calendars",
        "people",
        "groups",
        "subgroups",
        "documents",
        "messages",
        "todos",
        "todolists",
        "forwards",
        "uploads",
        "attachments",
        "calendar_events",
    ];
    tables
        .into_iter()
        .map(|table| (table, simulator.dump_v2(table)))
        .collect()
}

#[test]
fn every_member_of_every_example_occurs_with_its_type() {
    let Some(facts) = facts() else { return };
    let simulator = simulator();
    let dumps = dumps(&simulator);
    let index = read(&facts.join("v2-examples/index.json"));
    let (mut bodies, mut checked, mut missing) = (0, 0, Vec::new());
    let mut seen: BTreeMap<String, BTreeSet<(String, &str)>> = BTreeMap::new();
    for (file, about) in index.as_object().unwrap() {
        let path = about["path"].as_str().unwrap();
        if about["method"] != "GET" || !path.starts_with('/') {
            continue;
        }
        let mut shown = BTreeSet::new();
        let also = about["also"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for path in std::iter::once(path).chain(also.filter(|path| path.starts_with('/'))) {
            let known = seen
                .entry(path.to_owned())
                .or_insert_with(|| shapes(&simulator, &dumps, path));
            shown.extend(known.iter().cloned());
        }
        let mut wanted = BTreeSet::new();
        let at = if about["kind"] == "element" { "/*" } else { "" };
        members(
            &read(&facts.join("v2-examples").join(file)),
            at,
            &mut wanted,
        );
        bodies += 1;
        for (member, kind) in wanted {
            checked += 1;
            // An element may be shown as a row of a listing or at its own address.
            let alone = member.strip_prefix("/*").unwrap_or(&member).to_owned();
            let as_row = shown.contains(&(member.clone(), kind));
            let as_single = at == "/*" && shown.contains(&(alone, kind));
            if !(as_row || as_single) {
                missing.push(format!("{file}: {member} is never a {kind}"));
            }
        }
    }
    println!("{bodies} examples with {checked} members");
    assert!(bodies > 35 && missing.is_empty(), "{}", missing.join("\n"));
}

fn shapes(
    simulator: &Simulator,
    dumps: &BTreeMap<&str, Vec<Value>>,
    path: &str,
) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    for address in addresses(dumps, path) {
        let answer = get(simulator, &address);
        // What is in the trash has no address.
        if answer.status != 404 {
            assert_eq!(answer.status, 200, "{address}");
            members(&answer.json(), "", &mut found);
        }
    }
    found
}

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
            let plain = path
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || "._[]*0".contains(letter));
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
    let path = path
        .trim_start_matches("subscribers[*].")
        .trim_start_matches("assigned_todos[*].");
    let path = path
        .replace("[*]", ".0")
        .replace("[0]", ".0")
        .replace('.', "/");
    let parts = ["record", "listed", "outer", "topic"];
    let found = |part: &str| row.pointer(&format!("/{part}/{path}"));
    let shown = parts
        .iter()
        .filter_map(|part| found(part))
        .any(|value| !value.is_null());
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
        let listings = listings.map(|one| {
            (
                one["path"].as_str().unwrap(),
                one["source"].as_str().unwrap(),
            )
        });
        for (path, source) in listings
            .chain(single)
            .filter(|(path, _)| path.starts_with('/'))
        {
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
    println!(
        "{} reads answer, {} undocumented ones do not",
        answered.len(),
        refused.len()
    );
    assert_eq!(refused.len() as u64, simulator.undocumented());
    assert!(answered.len() > 60);
    assert!(!all(&simulator, "/projects/605001/topics/archived.json").is_empty());
}

/// One address that a template stands for.
fn example(dumps: &BTreeMap<&str, Vec<Value>>, path: &str) -> String {
    let segments: Vec<&str> = path
        .trim_start_matches('/')
        .trim_end_matches(".json")
        .split('/')
        .collect();
    let filled = |segment: &str, id: &Value| {
        segment.replace(&segment[..=segment.find('}').unwrap_or(0)], &id.to_string())
    };
    let (area, section) = (segments[0], segments.get(2).copied().unwrap_or_default());
    let section = if section == "{section}" {
        "messages"
    } else {
        section
    };
    let column = match area {
        "projects" => "project_id",
        "calendars" => "calendar_id",
        _ => "group_id",
    };
    let inside = segments
        .get(3)
        .is_some_and(|segment| segment.starts_with('{'));
    let row = if inside && dumps.contains_key(section) {
        dumps[section]
            .iter()
            .find(|row| row["asked"].get(column).is_some())
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
    let (bare, query) = filled_path
        .split_once(".json?")
        .unwrap_or((&filled_path, ""));
    match (query, bare) {
        ("", "/calendar_events") => format!("{bare}.json?start_date=2033-01-01"),
        ("", _) => format!("{bare}.json"),
        ("start_date=", _) => format!("{bare}.json?start_date=2033-01-01"),
        _ => format!("{bare}.json?{query}"),
    }
}

//! Whether the payloads have every member of the published examples. Skipped where the facts about the
//! API are not beside the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;
use simulator::Simulator;

use crate::client::{get, simulator};

/// The folder of the facts, beside the repository.
pub fn facts() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/api");
    if folder.join("v2-examples/index.json").exists() {
        return Some(folder);
    }
    println!("skipped: the facts about the API are not at {}", folder.display());
    None
}

/// A file of the facts.
pub fn read(path: &PathBuf) -> Value {
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
            rows.iter().for_each(|row| members(row, &format!("{at}/*"), found));
            "array"
        }
        Value::Object(all) => {
            all.iter().for_each(|(name, value)| members(value, &format!("{at}/{name}"), found));
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
    let month = if query.contains("end_date") { "2033-01-1" } else { "2019-02-2" };
    let query = query.replace("2014-07-1", month).replace('+', "%2B");
    let segments: Vec<&str> =
        bare.trim_start_matches('/').trim_end_matches(".json").split('/').collect();
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
                format!("/groups/{}/subgroups/{}", row["asked"]["group_id"], row["record"]["id"])
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
        .map(|path| format!("{path}.json?{query}").trim_end_matches('?').to_owned())
        .collect()
}

/// The dumps of what has an address of its own.
pub fn dumps(simulator: &Simulator) -> BTreeMap<&'static str, Vec<Value>> {
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
    tables.into_iter().map(|table| (table, simulator.dump_v2(table))).collect()
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
        let also = about["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for path in std::iter::once(path).chain(also.filter(|path| path.starts_with('/'))) {
            let known =
                seen.entry(path.to_owned()).or_insert_with(|| shapes(&simulator, &dumps, path));
            shown.extend(known.iter().cloned());
        }
        let mut wanted = BTreeSet::new();
        let at = if about["kind"] == "element" { "/*" } else { "" };
        members(&read(&facts.join("v2-examples").join(file)), at, &mut wanted);
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

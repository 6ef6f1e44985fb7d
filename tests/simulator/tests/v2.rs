//! The rules of Basecamp 2 that the simulator enforces, asked over a plain socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "v2/client.rs"]
mod client;
#[path = "v2/examples.rs"]
mod examples;
#[path = "v2/listings.rs"]
mod listings;
#[path = "v2/shapes.rs"]
mod shapes;
#[path = "v2/tables.rs"]
mod tables;
#[path = "v2/writes.rs"]
mod writes;

use client::{all, allowed, ask, get, rows, simulator};
use serde_json::Value;
use simulator::{Config, Readings, Simulator};

/// `simulated@example.com:simulated:pass word` as a header sends it.
const BASIC: &str = "Basic c2ltdWxhdGVkQGV4YW1wbGUuY29tOnNpbXVsYXRlZDpwYXNzIHdvcmQ=";

fn reading(readings: Readings) -> Simulator {
    Simulator::start(Config { v2_readings: readings, ..Config::default() }).unwrap()
}

#[test]
fn a_user_agent_and_a_password_or_a_token_are_demanded() {
    let simulator = simulator();
    let account = simulator.account();
    let path = format!("/{account}/api/v1/projects.json");
    let status = |headers: String| ask(&simulator, &path, &headers).status;
    let agent = "User-Agent: test\r\n";
    assert_eq!(status(format!("Authorization: {BASIC}\r\n")), 400);
    assert_eq!(status(agent.to_owned()), 401);
    assert_eq!(status(format!("{agent}Authorization: Basic eDp5\r\n")), 401);
    assert_eq!(status(format!("{agent}Authorization: Bearer x\r\n")), 401);
    assert_eq!(status(format!("{agent}Authorization: {BASIC}\r\n")), 200);
    assert_eq!(status(allowed(&simulator)), 200);
    let newer = format!("/{account}/projects.json");
    let basic = format!("{agent}Authorization: {BASIC}\r\n");
    assert_eq!(ask(&simulator, &newer, &basic).status, 401);
    assert_eq!(get(&simulator, "/projects.xml").status, 415);
    assert_eq!(get(&simulator, "/projects").status, 415);
}

#[test]
fn one_rate_counts_for_both_versions_and_requests_are_recorded_alike() {
    let simulator = Simulator::start(Config { rate: Some(2), ..Config::default() }).unwrap();
    assert_eq!(get(&simulator, "/stars.json").status, 200);
    let newer = format!("/{}/people.json", simulator.account());
    assert_eq!(ask(&simulator, &newer, &allowed(&simulator)).status, 200);
    let refused = get(&simulator, "/stars.json");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    let paths: Vec<String> = simulator.requests().into_iter().map(|r| r.path).collect();
    let stars = "/api/v1/stars.json";
    assert_eq!(paths, [stars, "/people.json", stars]);
}

#[test]
fn undocumented_addresses_are_not_there_and_are_counted() {
    let simulator = simulator();
    for path in [
        "/todos.json",
        "/todos/remaining.json",
        "/todos/completed.json",
        "/projects/605001/todos/trashed.json",
    ] {
        assert_eq!(get(&simulator, path).status, 404, "{path}");
    }
    assert_eq!(simulator.undocumented(), 4);
    assert_eq!(get(&simulator, "/nonsense.json").status, 404);
    assert_eq!(simulator.undocumented(), 4);
    let shown = ask(&simulator, "/_simulator/undocumented", "");
    assert_eq!(shown.body, "4");
    simulator.clear_requests();
    assert_eq!(simulator.undocumented(), 0);
}

#[test]
fn every_route_has_the_validators_that_were_seen() {
    let simulator = simulator();
    let document = &rows(&simulator, "/projects/605001/documents.json")[0]["id"];
    let file = &rows(&simulator, "/projects/605001/attachments.json")[0]["id"];
    for (path, tag, date) in [
        ("/projects.json", true, false),
        ("/projects/archived.json", true, false),
        ("/people.json", true, false),
        ("/groups.json", true, false),
        ("/projects/605001/attachments.json", true, false),
        ("/todolists.json", false, true),
        ("/projects/605001/todolists/trashed.json", false, true),
        ("/projects/605001/topics.json", false, true),
        ("/events.json", false, true),
        ("/projects/605001/documents.json", false, true),
        ("/projects/605001/accesses.json", false, true),
        ("/projects/605001.json", true, true),
        ("/people/me.json", true, true),
        (&format!("/projects/605001/documents/{document}.json"), true, true),
        ("/projects/605001/todos.json", false, false),
        ("/calendars.json", false, false),
        ("/projects/605001/forwards.json", false, false),
        (&format!("/projects/605001/attachments/{file}.json"), false, false),
    ] {
        let answer = get(&simulator, path);
        assert_eq!(answer.status, 200, "{path}");
        let (etag, modified) = (answer.header("etag"), answer.header("last-modified"));
        assert_eq!((etag.is_some(), modified.is_some()), (tag, date), "{path}");
        let full = format!("/{}/api/v1{path}", simulator.account());
        for (name, value) in [("If-None-Match", etag), ("If-Modified-Since", modified)] {
            let Some(value) = value else { continue };
            let headers = format!("{}{name}: {value}\r\n", allowed(&simulator));
            let again = ask(&simulator, &full, &headers);
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
            let headers = headers.replace(value, "Thu, 01 Jan 1970 00:00:00 GMT");
            assert_eq!(ask(&simulator, &full, &headers).status, 200, "{path}");
        }
    }
}

#[test]
fn a_list_asked_for_in_the_project_it_has_left_is_said_to_have_moved() {
    let simulator = simulator();
    let list = &rows(&simulator, "/projects/605003/todolists.json")[0]["id"];
    let moved = get(&simulator, &format!("/projects/605004/todolists/{list}.json"));
    let right = format!("/projects/605003/todolists/{list}.json");
    assert_eq!(moved.status, 301);
    let location = moved.header("location").unwrap();
    assert!(location.ends_with(&format!("{right}?moved=true")));
    assert!(moved.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(get(&simulator, &right).status, 200);
    let wrong = format!("/projects/605005/todolists/{list}.json");
    assert_eq!(get(&simulator, &wrong).status, 404);
}

#[test]
fn what_is_in_the_trash_or_in_another_project_is_not_found() {
    let simulator = simulator();
    let list = &rows(&simulator, "/projects/605001/todolists/trashed.json")[0]["id"];
    let path = format!("/projects/605001/todolists/{list}");
    assert_eq!(get(&simulator, &format!("{path}.json")).status, 404);
    assert_eq!(get(&simulator, &format!("{path}/todos.json")).status, 404);
    let trashed = simulator.dump_v2("projects");
    let trashed = trashed.iter().find(|row| row["scope"] == "trashed").unwrap();
    let path = format!("/projects/{}", trashed["record"]["id"]);
    assert_eq!(get(&simulator, &format!("{path}.json")).status, 404);
    assert_eq!(get(&simulator, &format!("{path}/topics.json")).status, 404);
    let document = &rows(&simulator, "/projects/605001/documents.json")[0]["id"];
    let elsewhere = format!("/projects/605002/documents/{document}.json");
    assert_eq!(get(&simulator, &elsewhere).status, 404);
    let kind = format!("/projects/605001/forwards/{document}9.json");
    assert_eq!(get(&simulator, &kind).status, 404);
    let kept = reading(Readings { trashed_singles: true, ..Readings::default() });
    let path = format!("/projects/605001/todolists/{list}.json");
    assert_eq!(get(&kept, &path).status, 200);
}

#[test]
fn names_behind_ids_are_not_read() {
    let simulator = simulator();
    let calendar = &rows(&simulator, "/calendars.json")[0];
    let url = calendar["url"].as_str().unwrap();
    assert!(url.ends_with("-calendar-0.json"));
    let path = url.split_once("/api/v1").unwrap().1;
    assert_eq!(get(&simulator, path).json()["id"], calendar["id"]);
    assert_eq!(get(&simulator, "/projects/605001-any-name.json").status, 200);
    assert_eq!(get(&simulator, "/projects/any-605001.json").status, 404);
}

#[test]
fn a_person_s_projects_are_those_of_all_states() {
    let simulator = simulator();
    let me = get(&simulator, "/people/me.json").json();
    let mine = rows(&simulator, &format!("/people/{}/projects.json", me["id"]));
    let count = |member: &str| mine.iter().filter(|row| row[member] == true).count();
    assert_eq!(mine.len(), 14);
    assert_eq!(count("archived"), 2);
    assert_eq!((count("draft"), count("template"), count("trashed")), (1, 2, 1));
    assert!(mine.iter().all(|row| row.get("app_url").is_none()));
    assert_eq!(rows(&simulator, "/projects.json").len(), 8);
    assert_eq!(rows(&simulator, "/projects/archived.json").len(), 2);
    assert_eq!(rows(&simulator, "/projects/drafts.json").len(), 1);
    assert_eq!(rows(&simulator, "/project_templates.json").len(), 2);
    let other = rows(&simulator, "/people/3001/projects.json");
    assert!(other.len() < mine.len());
}

#[test]
fn faults_strike_this_version_too() {
    let simulator = simulator();
    assert_eq!(rows(&simulator, "/people/trashed.json").len(), 2);
    simulator.set_faults(&["403@/people/trashed"]);
    assert_eq!(get(&simulator, "/people/trashed.json").status, 403);
    assert_eq!(get(&simulator, "/people.json").status, 200);
    simulator.set_faults(&["account-inactive"]);
    let closed = get(&simulator, "/people.json");
    assert_eq!(closed.status, 404);
    assert_eq!(closed.header("reason"), Some("Account Inactive"));
    simulator.set_faults(&["422"]);
    let invalid = get(&simulator, "/people.json");
    assert!(invalid.json()["name"].is_array());
    simulator.set_faults(&["400"]);
    assert_eq!(get(&simulator, "/people.json").body, "");
    simulator.set_faults(&["endless@/documents"]);
    assert_eq!(rows(&simulator, "/documents.json?page=900").len(), 50);
}

#[test]
fn the_same_seed_makes_the_same_account() {
    let made = |seed| {
        let simulator = Simulator::start(Config { seed, ..Config::default() });
        let rows = simulator.unwrap().dump_v2("todos");
        // The port is part of every address.
        let contents = rows.iter().map(|row| row["record"]["content"].clone());
        contents.collect::<Vec<Value>>()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn the_smallest_account_answers_too() {
    let simulator = Simulator::start(Config {
        v2_projects: 0,
        v2_people: 0,
        v2_todolists: 0,
        v2_todos: 9,
        v2_documents: 0,
        v2_messages: 0,
        v2_uploads: 0,
        v2_forwards: 0,
        v2_calendar_events: 0,
        ..Config::default()
    })
    .unwrap();
    assert_eq!(rows(&simulator, "/projects.json").len(), 1);
    assert_eq!(rows(&simulator, "/people.json").len(), 2);
    for path in ["/documents.json", "/todolists.json", "/forwards.json"] {
        assert!(rows(&simulator, path).is_empty(), "{path}");
    }
    // What archived projects hold is there all the same.
    assert_eq!(simulator.dump_v2("documents").len(), 5);
    assert_eq!(rows(&simulator, "/projects/605001/accesses.json").len(), 1);
}

#[test]
fn a_file_lies_on_another_origin_that_wants_no_credentials() {
    let simulator = simulator();
    let files = all(&simulator, "/attachments.json");
    let file = files.iter().find(|file| file.get("url").is_some()).unwrap();
    let path = file["url"].as_str().unwrap().split_once("/api/v1").unwrap().1;
    let answer = get(&simulator, path);
    assert_eq!(answer.status, 302);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("http://localhost:"));
    let stored = &location[location.find("/_storage").unwrap()..];
    assert_eq!(ask(&simulator, stored, &allowed(&simulator)).status, 400);
    let bytes = ask(&simulator, stored, "");
    assert_eq!(bytes.status, 200);
    assert!(bytes.body.ends_with(file["key"].as_str().unwrap()));
}

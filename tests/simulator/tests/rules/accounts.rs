//! Accounts that are unlike the usual one, and answers that go wrong.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{Config, Simulator};

use super::common::{all, get, get_with, records, usual};

#[test]
fn half_of_the_tools_can_be_hidden_and_grouped_lists_leave_out_what_is_in_them() {
    let config = Config { disabled_tools: true, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let tools = records(&simulator.dump("dock_tools"));
    let hidden = tools.iter().filter(|tool| tool["enabled"] == false).count();
    assert!(
        hidden.abs_diff(tools.len() - hidden) <= tools.len() / 8,
        "{hidden} of {}",
        tools.len()
    );
    assert!(tools.iter().all(|tool| tool["position"].is_null() == (tool["enabled"] == false)));
    let listed = all(&simulator, "/projects/recordings.json?type=Todo");
    let pending = listed.iter().filter(|todo| todo["completed"] == false).count();
    let groups = all(&simulator, "/todos/open.json");
    let grouped: usize = groups.iter().map(|group| group["todos"].as_array().unwrap().len()).sum();
    assert!(0 < grouped && grouped < pending, "{grouped} of {pending}");
    assert!(groups.iter().any(|group| group["todos"].as_array().unwrap().is_empty()));
}

#[test]
fn a_third_of_the_projects_can_be_archived() {
    let config = Config { archived: true, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let shown = all(&simulator, "/projects.json").len();
    let archived = all(&simulator, "/projects.json?status=archived").len();
    assert_eq!((shown, archived), (8, 4 + 2));
    let todos = all(&simulator, "/projects/recordings.json?type=Todo");
    let usual = all(&usual(), "/projects/recordings.json?type=Todo");
    assert!(!todos.is_empty() && todos.len() < usual.len());
}

#[test]
fn a_user_can_be_refused_some_things_and_still_see_others() {
    let config = Config { forbidden: true, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    for (paths, statuses) in [
        (vec!["/buckets/5000/webhooks.json", "/buckets/5001/webhooks.json"], [200, 403]),
        (vec!["/people/2000/out_of_office.json", "/people/2001/out_of_office.json"], [200, 403]),
        (vec!["/projects/5003/timesheet.json", "/projects/5000/timesheet.json"], [200, 403]),
        (
            vec!["/buckets/5000/client/approvals.json", "/buckets/5004/client/approvals.json"],
            [200, 403],
        ),
    ] {
        let found: Vec<u16> = paths.iter().map(|path| get(&simulator, path).status).collect();
        assert_eq!(found, statuses, "{paths:?}");
    }
    let answers: Vec<u16> = simulator
        .dump("todosets")
        .iter()
        .map(|set| get(&simulator, &format!("/todosets/{}/hill.json", set["id"])).status)
        .collect();
    assert!(answers.contains(&200) && answers.contains(&404));
}

#[test]
fn an_old_server_does_not_know_what_came_in_2026() {
    let config = Config { old_server: true, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let id = |table: &str| simulator.dump(table)[0]["id"].clone();
    for path in [
        "/todos/open.json",
        "/todos/overdue.json",
        "/cards/not_now.json",
        "/cards/overdue.json",
        "/messages.json",
        "/comments.json",
        "/checkins.json",
        "/forwards.json",
        "/files.json",
        "/stacks.json",
        "/my/bookmarks.json",
        "/my/drafts.json",
        "/my/notes.json",
        "/my/readings/bubble_ups.json",
        "/my/recent_projects.json",
        "/circles.json",
        "/events.json",
        "/template_library/todolists.json",
        "/projects/recordings.json?type=Door",
        &format!("/recordings/{}/bookmark.json", id("todos")),
        &format!("/recordings/{}/subtasks.json", id("todos")),
        &format!("/cloud_files/{}.json", id("cloud_files")),
        &format!("/google_documents/{}.json", id("google_documents")),
        &format!("/calendars/{}.json", id("calendars")),
    ] {
        assert_eq!(get(&usual(), path).status, 200, "{path}");
        assert_eq!(get(&simulator, path).status, 404, "{path}");
    }
    for path in [
        "/projects.json",
        "/projects/recordings.json?type=Todo",
        "/reports/todos/overdue.json",
        "/my/readings.json",
        "/circles/people.json",
    ] {
        assert_eq!(get(&simulator, path).status, 200, "{path}");
    }
    let table = get(&simulator, &format!("/card_tables/{}.json", id("card_tables"))).json();
    assert_eq!(table.get("wormholes"), None);
    assert!(usual().dump("card_tables")[0]["wormholes"].is_array());
    let todo = get(&simulator, &format!("/todos/{}.json", id("todos"))).json();
    assert_eq!(todo.get("steps"), None);
}

#[test]
fn requests_are_told_with_method_path_query_and_status() {
    let simulator = usual();
    get(&simulator, "/projects.json?status=archived");
    get(&simulator, "/nothing.json");
    let told = get_with(&simulator, "/_simulator/requests", "").json();
    let expected = serde_json::json!([
        {"method": "GET", "path": "/projects.json", "query": "status=archived", "status": 200},
        {"method": "GET", "path": "/nothing.json", "query": "", "status": 404},
    ]);
    assert_eq!(told, expected);
    assert_eq!(get_with(&simulator, "/_simulator/dump/nonsense", "").status, 404);
    let dump: Vec<Value> = get_with(&simulator, "/_simulator/dump/pings", "").rows();
    assert_eq!(dump, simulator.dump("pings"));
}

/// What comes over a connection, and how it ends.
fn raw(simulator: &Simulator, path: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let mut socket = TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    let (account, token) = (simulator.account(), simulator.token());
    write!(socket, "GET /{account}{path} HTTP/1.0\r\nHost: x\r\nUser-Agent: test\r\nAuthorization: Bearer {token}\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let end = socket.read_to_end(&mut bytes).err().map(|error| error.kind());
    (bytes, end)
}

#[test]
fn a_connection_can_be_reset_without_an_answer_as_often_as_is_said() {
    let simulator = usual();
    simulator.set_faults(&["reset:1@/people"]);
    assert_eq!(raw(&simulator, "/people.json"), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(raw(&simulator, "/people.json").1, None);
}

#[test]
fn a_body_can_trickle_be_too_big_or_lack_its_link() {
    let simulator = usual();
    simulator.set_faults(&["slow"]);
    let start = Instant::now();
    assert_eq!(get(&simulator, "/people.json").rows().len(), 15);
    assert!(start.elapsed() > Duration::from_secs(1));
    simulator.set_faults(&["big-body"]);
    let big = get(&simulator, "/people.json");
    assert!(big.body.len() > 60 << 20);
    assert_eq!(big.rows().len(), 15);
    simulator.set_faults(&["no-link"]);
    assert_eq!(get(&simulator, "/people.json").header("link"), None);
    simulator.set_faults(&["403@/webhooks"]);
    assert_eq!(get(&simulator, "/buckets/5001/webhooks.json").status, 403);
    assert_eq!(get(&simulator, "/people.json").status, 200);
}

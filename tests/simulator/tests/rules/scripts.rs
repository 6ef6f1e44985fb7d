//! A world that changes while it is read.

use serde_json::{Value, json};
use simulator::{Edit, Simulator, Step};

use super::common::{all, get, get_with, send, usual};

const TODOS: &str = "/projects/recordings.json?type=Todo";

/// Tables whose records a script can insert, and the listing whose first row is then the new one.
const LISTED: [(&str, &str, &str); 26] = [
    ("todos", "todolists", "/todolists/{}/todos.json"),
    ("todolists", "todosets", "/todosets/{}/todolists.json"),
    ("messages", "message_boards", "/message_boards/{}/messages.json"),
    ("comments", "messages", "/recordings/{}/comments.json"),
    ("documents", "vaults", "/vaults/{}/documents.json"),
    ("uploads", "vaults", "/vaults/{}/uploads.json"),
    ("vaults", "vaults", "/vaults/{}/vaults.json"),
    ("schedule_entries", "schedules", "/schedules/{}/entries.json"),
    ("questions", "questionnaires", "/questionnaires/{}/questions.json"),
    ("question_answers", "questions", "/questions/{}/answers.json"),
    ("forwards", "inboxes", "/inboxes/{}/inbox_forwards.json"),
    ("forward_replies", "forwards", "/inbox_forwards/{}/replies.json"),
    ("cards", "card_columns", "/card_tables/lists/{}/cards.json"),
    ("subtasks", "todos", "/recordings/{}/subtasks.json"),
    ("campfire_lines", "campfires", "/chats/{}/lines.json"),
    ("timesheet_entries", "messages", "/recordings/{}/timesheet.json"),
    // Of everything, newest first.
    ("todos", "todolists", "/projects/recordings.json?type=Todo"),
    ("cards", "card_columns", "/projects/recordings.json?type=Kanban::Card"),
    ("card_steps", "cards", "/projects/recordings.json?type=Kanban::Step"),
    ("comments", "messages", "/projects/recordings.json?type=Comment"),
    ("documents", "vaults", "/projects/recordings.json?type=Document"),
    ("uploads", "vaults", "/projects/recordings.json?type=Upload"),
    ("vaults", "vaults", "/projects/recordings.json?type=Vault"),
    ("messages", "message_boards", "/messages.json"),
    ("question_answers", "questions", "/checkins.json"),
    ("forwards", "inboxes", "/forwards.json"),
];

fn insert(table: &str, parent: Option<i64>) -> Edit {
    Edit::Insert { table: table.to_owned(), parent, members: serde_json::Map::new(), top: true }
}

fn after(request: u32, path: &str, edit: Edit) -> Step {
    Step { after_request: request, path_prefix: path.to_owned(), query: String::new(), edit }
}

/// The first active record of a table whose project is active too.
fn holder(simulator: &Simulator, table: &str) -> i64 {
    let projects = simulator.dump("projects");
    let active = |record: &&Value| {
        record["status"] == "active"
            && projects.iter().any(|project| {
                project["id"] == record["bucket"]["id"] && project["status"] == "active"
            })
    };
    simulator.dump(table).iter().find(active).unwrap()["id"].as_i64().unwrap()
}

#[test]
fn every_plain_listing_takes_an_insert_at_its_top_and_a_removal() {
    for (table, holders, path) in LISTED {
        let simulator = usual();
        let parent = holder(&simulator, holders);
        let path = path.replace("{}", &parent.to_string());
        let before: Vec<Value> = all(&simulator, &path);
        let made = simulator.insert(table, Some(parent)).unwrap();
        let listed = all(&simulator, &path);
        assert_eq!(listed[0]["id"], made, "{path}");
        assert_eq!(listed.len(), before.len() + 1, "{path}");
        let dump = simulator.dump(table);
        assert_eq!(dump.iter().filter(|record| record["id"] == made).count(), 1, "{table}");
        simulator.edit(Edit::Remove(made)).unwrap();
        let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&all(&simulator, &path)), ids(&before), "{path}");
        assert!(simulator.dump(table).iter().all(|record| record["id"] != made), "{table}");
    }
}

#[test]
fn a_touched_record_is_first_by_its_last_change() {
    let simulator = usual();
    let path = format!("{TODOS}&sort=updated_at");
    let last = all(&simulator, &path).pop().unwrap();
    let id = last["id"].as_i64().unwrap();
    simulator.edit(Edit::Touch(id)).unwrap();
    let first = get(&simulator, &path).rows().remove(0);
    assert_eq!(first["id"], last["id"]);
    assert!(first["updated_at"].as_str() > last["updated_at"].as_str());
    assert_eq!(first["content"], last["content"]);
    let oldest = all(&simulator, TODOS).pop().unwrap();
    simulator
        .edit(Edit::Update { id, members: json!({"content": "New"}).as_object().unwrap().clone() })
        .unwrap();
    assert_eq!(get(&simulator, &format!("/todos/{id}.json")).json()["content"], "New");
    assert_eq!(all(&simulator, TODOS).pop().unwrap()["id"], oldest["id"], "as created it stays");
}

#[test]
fn projects_come_change_and_go_too() {
    let simulator = usual();
    let path = "/projects.json";
    let before = all(&simulator, path);
    let made = simulator.insert("projects", None).unwrap();
    let first = all(&simulator, path).remove(0);
    assert_eq!(first["id"], made);
    assert_eq!(first["dock"].as_array().unwrap().len(), 7);
    let set = first["dock"].as_array().unwrap().iter().find(|tool| tool["name"] == "todoset");
    let set = set.unwrap()["id"].as_i64().unwrap();
    let list = simulator.insert("todolists", Some(set)).unwrap();
    let todo = simulator.insert("todos", Some(list)).unwrap();
    assert_eq!(get(&simulator, TODOS).ids()[0], todo);
    simulator.edit(Edit::SetStatus(made, "archived".to_owned())).unwrap();
    assert_ne!(get(&simulator, TODOS).ids()[0], todo, "what is in archived projects is not listed");
    assert_eq!(get(&simulator, &format!("{TODOS}&bucket={made}")).ids(), [todo]);
    assert_eq!(all(&simulator, path).len(), before.len());
    simulator.edit(Edit::SetStatus(made, "active".to_owned())).unwrap();
    simulator.edit(Edit::Remove(made)).unwrap();
    assert_eq!(all(&simulator, path), before);
    assert_eq!(get(&simulator, &format!("/projects/{made}.json")).status, 404);
    assert_eq!(get(&simulator, &format!("/todos/{todo}.json")).status, 404);
    for table in ["projects", "todos", "dock_tools", "recording_events"] {
        let text = Value::from(simulator.dump(table)).to_string();
        assert!(!text.contains(&todo.to_string()) && !text.contains(&set.to_string()), "{table}");
    }
    let oldest = before.last().unwrap()["id"].as_i64().unwrap();
    simulator.edit(Edit::Touch(oldest)).unwrap();
    let touched = get(&simulator, &format!("/projects/{oldest}.json")).json();
    assert!(touched["updated_at"].as_str() > before.last().unwrap()["updated_at"].as_str());
    assert!(simulator.edit(Edit::Raise(oldest)).is_err());
}

#[test]
fn a_raised_record_is_the_first_of_its_parent() {
    let simulator = usual();
    for (table, holders, path) in [
        ("todos", "todolists", "/todolists/{}/todos.json"),
        ("messages", "message_boards", "/message_boards/{}/messages.json"),
        ("documents", "vaults", "/vaults/{}/documents.json"),
    ] {
        let path = path.replace("{}", &holder(&simulator, holders).to_string());
        let before = get(&simulator, &path).ids();
        let last = *before.last().unwrap();
        assert!(before.len() > 1, "{table}");
        simulator.edit(Edit::Raise(last)).unwrap();
        let after = get(&simulator, &path).ids();
        assert_eq!((after[0], &after[1..]), (last, &before[..before.len() - 1]), "{table}");
    }
}

#[test]
fn an_insert_between_two_pages_shows_a_row_twice_and_a_removal_hides_one() {
    let simulator = usual();
    let still = all(&simulator, TODOS);
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    let list = still[0]["parent"]["id"].as_i64().unwrap();
    simulator.set_script(vec![after(2, "/projects/", insert("todos", Some(list)))]);
    let moved = all(&simulator, TODOS);
    // 15 and 30 rows were shown; the last of them comes again at the top of the third page.
    assert_eq!(moved.len(), still.len() + 1);
    assert_eq!(ids(&moved[..45]), ids(&still[..45]));
    assert_eq!(moved[45]["id"], still[44]["id"]);
    assert_eq!(ids(&moved[46..]), ids(&still[45..]));
    let progress = simulator.progress();
    assert_eq!((progress.pending, progress.done.len(), progress.failed.len()), (0, 1, 0));
    assert_eq!(all(&simulator, TODOS)[0]["id"], progress.done[0]);

    let simulator = usual();
    let gone = still[3]["id"].as_i64().unwrap();
    simulator.set_script(vec![after(1, "/projects/", Edit::Remove(gone))]);
    let moved = all(&simulator, TODOS);
    assert_eq!(moved.len(), still.len() - 1);
    assert!(!ids(&moved).contains(&still[15]["id"]), "the first of the second page slipped away");
    assert_eq!(get(&simulator, &format!("/todos/{gone}.json")).status, 404);
}

#[test]
fn a_script_counts_only_the_requests_that_it_waits_for() {
    let simulator = usual();
    let list = holder(&simulator, "todolists");
    let path = format!("/todolists/{list}/");
    let mut step = after(2, &path, insert("todos", Some(list)));
    step.query = "completed".to_owned();
    simulator.set_script(vec![step]);
    let pending = || simulator.progress().pending;
    for (path, left) in [
        (format!("{path}todos.json"), 1),
        (format!("{path}todos.json?completed=true"), 1),
        ("/projects.json?completed=true".to_owned(), 1),
        (format!("{path}todos.json?completed=true"), 0),
    ] {
        get(&simulator, &path);
        assert_eq!(pending(), left, "{path}");
    }
}

#[test]
fn a_script_can_be_sent_over_http() {
    let simulator = usual();
    let rows = get(&simulator, TODOS).rows();
    let (list, other) = (&rows[0]["parent"]["id"], &rows[1]["id"]);
    let script = json!({"steps": [
        {"after_request": 1, "path_prefix": "/projects", "do": "insert", "table": "todos", "parent": list,
            "members": {"content": "From afar"}},
        {"after_request": 1, "path_prefix": "/projects", "do": "trash", "id": other},
        {"after_request": 1, "path_prefix": "/projects", "do": "touch", "id": 42},
    ]});
    assert_eq!(control(&simulator, &script), (200, json!({})));
    get(&simulator, TODOS);
    let after = get(&simulator, TODOS).rows();
    assert_eq!(after[0]["content"], "From afar");
    assert!(after.iter().all(|row| row["id"] != *other));
    let progress = get_with(&simulator, "/_simulator/script", "").json();
    assert_eq!(progress["pending"], 0);
    assert_eq!(progress["done"].as_array().unwrap().len(), 2);
    assert_eq!(progress["failed"], json!(["no record 42"]));
    let (status, made) = control(&simulator, &json!({"do": "insert", "table": "documents"}));
    assert_eq!((status, made["id"].is_i64()), (200, true));
    for wrong in [
        json!({"do": "dance"}),
        json!({"do": "touch"}),
        json!({"steps": [{"do": "touch", "id": 1}]}),
    ] {
        assert_eq!(control(&simulator, &wrong).0, 400, "{wrong}");
    }
}

/// Sends something to the simulator's own address for scripts.
fn control(simulator: &Simulator, body: &Value) -> (u16, Value) {
    let mut socket =
        std::net::TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    let body = body.to_string();
    use std::io::{Read as _, Write as _};
    write!(
        socket,
        "POST /_simulator/script HTTP/1.0\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

#[test]
fn writes_through_the_api_count_as_requests_of_a_script() {
    let simulator = usual();
    let list = holder(&simulator, "todolists");
    simulator.set_script(vec![after(1, "/todolists/", insert("todos", Some(list)))]);
    let path = format!("/todolists/{list}/todos.json");
    let made = send(&simulator, "POST", &path, &json!({"content": "Mine"})).json();
    let others = simulator.progress().done[0];
    let rows = get(&simulator, &path).ids();
    assert_eq!(rows[0], others);
    assert!(rows.contains(&made["id"].as_i64().unwrap()));
}

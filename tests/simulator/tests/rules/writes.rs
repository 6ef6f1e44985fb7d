//! Writing everything else: what an update leaves alone, what is refused, and what follows.

use serde_json::{Value, json};
use simulator::{Config, Simulator};

use super::common::{all, get, send, send_with, usual};
use super::dumps::counters_agree;

/// How members that are sent are read.
type Members = &'static [(&'static str, &'static str)];

/// What can be updated: its table, its address and its members.
const UPDATED: &[(&str, &str, Members)] = &[
    ("messages", "/messages/{}.json", &[("subject", "subject"), ("content", "content")]),
    ("comments", "/comments/{}.json", &[("content", "content")]),
    ("todolists", "/todolists/{}.json", &[("name", "name"), ("description", "description")]),
    ("documents", "/documents/{}.json", &[("title", "title"), ("content", "content")]),
    ("uploads", "/uploads/{}.json", &[("description", "description")]),
    ("vaults", "/vaults/{}.json", &[("title", "title")]),
    (
        "schedule_entries",
        "/schedule_entries/{}.json",
        &[
            ("summary", "summary"),
            ("description", "description"),
            ("all_day", "all_day"),
            ("starts_at", "starts_at"),
            ("ends_at", "ends_at"),
            ("participant_ids", "participants"),
            ("url", "join_url"),
            ("highlighted", "highlighted"),
        ],
    ),
    (
        "timesheet_entries",
        "/timesheet_entries/{}.json",
        &[("date", "date"), ("hours", "hours"), ("description", "description")],
    ),
    (
        "question_answers",
        "/question_answers/{}.json",
        &[("content", "content"), ("group_on", "group_on")],
    ),
    (
        "cards",
        "/card_tables/cards/{}.json",
        &[
            ("title", "title"),
            ("content", "content"),
            ("due_on", "due_on"),
            ("assignee_ids", "assignees"),
        ],
    ),
    (
        "card_steps",
        "/card_tables/steps/{}.json",
        &[("title", "title"), ("due_on", "due_on"), ("assignee_ids", "assignees")],
    ),
    (
        "card_columns",
        "/card_tables/columns/{}.json",
        &[("title", "title"), ("description", "description")],
    ),
    ("gauge_needles", "/gauge_needles/{}.json", &[("description", "description")]),
    (
        "google_documents",
        "/google_documents/{}.json",
        &[
            ("title", "title"),
            ("url", "url"),
            ("document_type", "document_type"),
            ("description", "description"),
        ],
    ),
    ("projects", "/projects/{}.json", &[("name", "name"), ("description", "description")]),
];

/// Members of two records that differ.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

fn record(simulator: &Simulator, table: &str, id: &Value) -> Value {
    simulator.dump(table).into_iter().find(|record| record["id"] == *id).unwrap()
}

/// The body that sends a record back as it was read.
fn as_read(record: &Value, members: &[(&str, &str)]) -> Value {
    let mut body = json!({});
    for (sent, shown) in members {
        let value = &record[shown];
        match value.as_array() {
            Some(people) => {
                body[sent] = people.iter().map(|person| person["id"].clone()).collect();
            }
            None if !value.is_null() => body[sent] = value.clone(),
            None => {}
        }
    }
    body
}

#[test]
fn what_is_sent_back_as_it_was_read_changes_nothing() {
    let simulator = usual();
    for (table, path, members) in UPDATED {
        let dump = simulator.dump(table);
        let plain = |record: &&Value| {
            record.get("recurrence_schedule").is_none()
                && record["status"] != "drafted"
                && (record["type"] != "Vault" || record.get("parent").is_some())
        };
        let records: Vec<&Value> = dump.iter().filter(plain).collect();
        for before in records.iter().step_by(records.len().div_ceil(8)) {
            let path = path.replace("{}", &before["id"].to_string());
            let before = &record(&simulator, table, &before["id"]);
            let answer = send(&simulator, "PUT", &path, &as_read(before, members));
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let after = record(&simulator, table, &before["id"]);
            assert_eq!(differing(before, &after), ["updated_at"], "{path}");
        }
    }
}

#[test]
fn an_update_changes_the_member_that_is_sent_and_no_other() {
    let simulator = usual();
    for (table, path, members) in UPDATED {
        let (sent, shown) = members[0];
        let found = simulator.dump(table).into_iter().find(|record| {
            record["status"] == "active" && record.get("recurrence_schedule").is_none()
        });
        let before = found.unwrap();
        let mut body = as_read(&before, members);
        let value = if table == &"timesheet_entries" { "2026-01-02" } else { "Änders" };
        body[sent] = json!(value);
        let path = path.replace("{}", &before["id"].to_string());
        let answer = send(&simulator, "PUT", &path, &body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let after = record(&simulator, table, &before["id"]);
        assert_eq!(after[shown], value, "{path}");
        let other = differing(&before, &after).into_iter().filter(|name| {
            // What shows the same once more, and when it was.
            let twins = ["title", "updated_at", "content_attachments", "description_attachments"];
            let body_of_card = *table == "cards" && (name == "description" || name == "steps");
            name != shown && !twins.contains(&name.as_str()) && !body_of_card
        });
        assert_eq!(other.collect::<Vec<_>>(), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn counters_agree_after_writes_too() {
    let simulator = usual();
    let first = |table: &str| {
        let dump = simulator.dump(table);
        let found = dump.iter().find(|record| record["status"] == "active").unwrap();
        found["id"].clone()
    };
    for (holders, path, body) in [
        (
            "message_boards",
            "/message_boards/{}/messages.json",
            json!({"subject": "S", "status": "active"}),
        ),
        ("messages", "/recordings/{}/comments.json", json!({"content": "C"})),
        ("todosets", "/todosets/{}/todolists.json", json!({"name": "L"})),
        ("todolists", "/todolists/{}/todos.json", json!({"content": "T"})),
        ("todos", "/recordings/{}/subtasks.json", json!({"title": "T"})),
        ("vaults", "/vaults/{}/vaults.json", json!({"title": "V"})),
        ("vaults", "/vaults/{}/documents.json", json!({"title": "D", "status": "active"})),
        (
            "schedules",
            "/schedules/{}/entries.json",
            json!({"summary": "E", "starts_at": "2026-07-01T10:00:00Z", "ends_at": "2026-07-01T11:00:00Z"}),
        ),
        ("questions", "/questions/{}/answers.json", json!({"content": "A"})),
        ("card_columns", "/card_tables/lists/{}/cards.json", json!({"title": "C"})),
        ("cards", "/card_tables/cards/{}/steps.json", json!({"title": "S"})),
    ] {
        let path = path.replace("{}", &first(holders).to_string());
        assert_eq!(send(&simulator, "POST", &path, &body).status, 201, "{path}");
    }
    for table in ["todolists", "messages", "card_columns", "vaults", "questions"] {
        let id = simulator.dump(table).last().unwrap()["id"].clone();
        let path = format!("/recordings/{id}/status/trashed.json");
        assert_eq!(send(&simulator, "PUT", &path, &Value::Null).status, 204);
    }
    counters_agree(&simulator);
}

#[test]
fn a_new_record_has_nothing_of_what_the_seed_gives_to_others() {
    let simulator = usual();
    let list = simulator.dump("todolists")[0]["id"].clone();
    // Every fifth has events of its own, every seventh is shown to clients, every third is boosted.
    for _ in 0..21 {
        let path = format!("/todolists/{list}/todos.json");
        let made = send(&simulator, "POST", &path, &json!({"content": "A"})).json();
        assert_eq!(
            (&made["boosts_count"], &made["visible_to_clients"]),
            (&json!(0), &json!(false))
        );
        assert_eq!((&made["due_on"], &made["assignees"]), (&Value::Null, &json!([])));
        assert_eq!(made.get("repetition_schedule"), None);
        assert_eq!(made["creator"]["id"], 2000);
        let events = get(&simulator, &format!("/recordings/{}/events.json", made["id"])).rows();
        assert_eq!(events.len(), 2);
        let who = get(&simulator, &format!("/recordings/{}/subscription.json", made["id"])).json();
        assert_eq!((&who["subscribed"], &who["count"]), (&json!(true), &json!(1)));
    }
}

#[test]
fn what_is_refused_is_refused_as_it_is_written() {
    let simulator = usual();
    let id = |table: &str| {
        let dump = simulator.dump(table);
        let row = dump.into_iter().find(|row| {
            row["status"] == "active" && row.get("recurrence_schedule").is_none()
                || row.get("record").is_some()
        });
        let row = row.unwrap();
        row.get("record").unwrap_or(&row)["id"].to_string()
    };
    let bounds = json!({"starts_at": "2026-07-01", "ends_at": "2026-07-02"});
    for (method, path, table, body, status, said) in [
        (
            "POST",
            "/message_boards/{}/messages.json",
            "message_boards",
            json!({}),
            422,
            "/errors/subject/0",
        ),
        ("PUT", "/messages/{}.json", "messages", json!({"subject": " "}), 422, "/errors/subject/0"),
        ("PUT", "/comments/{}.json", "comments", json!({}), 422, "/errors/content/0"),
        (
            "PUT",
            "/todolists/{}.json",
            "todolists",
            json!({"description": "x"}),
            422,
            "/errors/name/0",
        ),
        ("PUT", "/documents/{}.json", "documents", json!({}), 400, "/error"),
        (
            "PUT",
            "/schedule_entries/{}.json",
            "schedule_entries",
            json!({"summary": "x"}),
            422,
            "/errors/starts_at/0",
        ),
        (
            "PUT",
            "/schedule_entries/{}.json",
            "schedule_entries",
            bounds,
            422,
            "/errors/starts_at/0",
        ),
        (
            "POST",
            "/vaults/{}/uploads.json",
            "vaults",
            json!({"attachable_sgid": "x"}),
            422,
            "/errors/attachable_sgid/0",
        ),
        (
            "PUT",
            "/card_tables/columns/{}/color.json",
            "card_columns",
            json!({"color": "x"}),
            422,
            "/errors/color/0",
        ),
        (
            "PUT",
            "/gauge_needles/{}.json",
            "gauge_needles",
            json!({"description": 1}),
            422,
            "/errors/description/0",
        ),
        (
            "PUT",
            "/projects/{}.json",
            "projects",
            json!({"description": "x"}),
            422,
            "/errors/name/0",
        ),
        (
            "PUT",
            "/webhooks/{}.json",
            "webhooks",
            json!({"payload_url": "x"}),
            400,
            "/payload_url/0",
        ),
        ("PUT", "/account/name.json", "accounts", json!({"name": ""}), 400, "/error"),
        ("POST", "/lineup/markers.json", "lineup_markers", json!({"name": "x"}), 422, "/date/0"),
        ("POST", "/my/priority_moves.json", "my_profile", json!({"source_id": 1}), 404, ""),
        (
            "PUT",
            "/calendars/{}.json",
            "calendars",
            json!({"calendar": {"color": "x"}}),
            422,
            "/errors/color/0",
        ),
    ] {
        let path = if path.contains("{}") && table == "calendars" {
            path.replace("{}", "680000")
        } else if path.contains("{}") {
            path.replace("{}", &id(table))
        } else {
            path.to_owned()
        };
        let before = simulator.dump(table);
        let answer = send(&simulator, method, &path, &body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.body);
        assert!(
            answer.json().pointer(said).is_some_and(Value::is_string) || said.is_empty(),
            "{path}: {}",
            answer.body
        );
        assert_eq!(simulator.dump(table), before, "{path}");
    }
}

#[test]
fn one_who_may_not_see_all_may_not_write_all_either() {
    let forbidden = Simulator::start(Config { forbidden: true, ..Config::default() }).unwrap();
    let (usual, name) = (usual(), json!({"name": "N"}));
    let hook = json!({"payload_url": "https://hooks.example/x"});
    let line = usual.dump("campfire_lines").into_iter().find(|line| line["creator"]["id"] != 2000);
    let line = line.unwrap();
    let line = format!("/chats/{}/lines/{}.json", line["parent"]["id"], line["id"]);
    for (method, path, body, statuses) in [
        ("PUT", "/account/name.json", &name, [200, 403]),
        ("PUT", "/projects/5003.json", &name, [200, 403]),
        ("PUT", "/projects/5002.json", &name, [200, 200]),
        ("POST", "/buckets/5001/webhooks.json", &hook, [201, 403]),
        ("POST", "/buckets/5000/webhooks.json", &hook, [201, 201]),
        ("DELETE", "/people/2001/out_of_office.json", &Value::Null, [204, 403]),
        ("DELETE", &line, &Value::Null, [204, 403]),
    ] {
        let found = [&usual, &forbidden].map(|each| send(each, method, path, body).status);
        assert_eq!(found, statuses, "{method} {path}");
    }
}

#[test]
fn an_old_server_does_not_take_what_came_in_2026() {
    let old = Simulator::start(Config { old_server: true, ..Config::default() }).unwrap();
    let usual = usual();
    let id = usual.dump("todos")[0]["id"].clone();
    for (path, body) in [
        (format!("/recordings/{id}/subtasks.json"), json!({"title": "S"})),
        (format!("/recordings/{id}/bookmark.json"), Value::Null),
        ("/stacks.json".to_owned(), json!({"name": "F"})),
    ] {
        let found = [&usual, &old].map(|each| send(each, "POST", &path, &body).status);
        assert_eq!(found, [201, 404], "{path}");
    }
}

#[test]
fn an_entry_that_recurs_leads_to_an_occurrence_and_is_not_changed() {
    let simulator = usual();
    let dump = simulator.dump("schedule_entries");
    let entry = dump.iter().find(|entry| entry.get("recurrence_schedule").is_some()).unwrap();
    let body = json!({"summary": "x", "starts_at": "2026-07-01T10:00:00Z", "ends_at": "2026-07-01T11:00:00Z"});
    let answer = send(&simulator, "PUT", &format!("/schedule_entries/{}.json", entry["id"]), &body);
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").unwrap().contains("/occurrences/"));
    assert_eq!(record(&simulator, "schedule_entries", &entry["id"]), *entry);
}

#[test]
fn a_link_is_made_without_a_word_and_found_by_listing() {
    let simulator = usual();
    let body =
        json!({"door": {"service": "figma", "url": "https://www.figma.com/x", "title": "Plan"}});
    let answer = send(&simulator, "POST", "/buckets/5001/dock/doors.json", &body);
    assert_eq!((answer.status, answer.body.as_str()), (302, ""));
    let listed = all(&simulator, "/projects/recordings.json?type=Door&bucket=5001");
    assert_eq!(listed[0]["title"], "Plan");
    assert_eq!(listed[0]["url"], "https://www.figma.com/x");
    assert_eq!(listed[0]["service"]["code"], "figma");
    let path = format!("/dock/tools/{}.json", listed[0]["id"]);
    let renamed = send(&simulator, "PUT", &path, &json!({"title": "Other"}));
    assert_eq!(renamed.status, 406);
    let listed = all(&simulator, "/projects/recordings.json?type=Door&bucket=5001");
    assert_eq!(listed[0]["title"], "Other", "it was changed all the same");
}

#[test]
fn files_are_sent_as_bytes_with_a_name_and_a_media_type() {
    let simulator = usual();
    let agent = "User-Agent: test\r\n";
    let media = "Content-Type: image/png\r\n";
    for (path, headers, body, status) in [
        ("/attachments.json?name=a.png", format!("{agent}{media}"), "bytes", 201),
        ("/attachments.json", format!("{agent}{media}"), "bytes", 400),
        ("/attachments.json?name=a.png", agent.to_owned(), "bytes", 415),
        ("/attachments.json?name=a.png", format!("{agent}{media}"), "", 422),
    ] {
        let answer = send_with(&simulator, "POST", path, &headers, body);
        assert_eq!(answer.status, status, "{path} {headers}");
        assert_eq!(answer.json()["attachable_sgid"].is_string(), status == 201);
    }
}

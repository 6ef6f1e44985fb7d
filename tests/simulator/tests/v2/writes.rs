//! Every write of Basecamp 2: what it answers, what has changed then, and what is refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{Config, Simulator};

use super::client::{get, rows, send, send_as, simulator};

/// The second project, which has clients; the first has none.
const PROJECT: &str = "/projects/605002";

/// The id of the first record of a table in the second project.
fn first(simulator: &Simulator, table: &str) -> String {
    let all = simulator.dump_v2(table).into_iter();
    let mut mine = all.filter(|row| row["asked"]["project_id"] == 605_002);
    mine.next().unwrap()["record"]["id"].to_string()
}

fn token(simulator: &Simulator) -> String {
    let answer = send_as(simulator, "text/plain", "POST", "/attachments.json", "bytes");
    assert_eq!(answer.status, 200);
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn file(simulator: &Simulator) -> Value {
    json!([{"token": token(simulator), "name": "new.txt"}])
}

/// The file of the second project that is kept here and hangs on nothing that is asked for otherwise.
fn own_file(simulator: &Simulator) -> Value {
    let all = simulator.dump_v2("attachments").into_iter();
    let mut mine = all.filter(|row| {
        row["asked"]["project_id"] == 605_002 && row["record"]["linked_source"].is_null()
    });
    mine.next().unwrap()["record"].clone()
}

/// A write with the placeholders of its address filled, its body and the status that it answers.
type Case = (&'static str, String, Value, u16);

/// Every write once, in an order in which each finds what it needs.
fn cases(simulator: &Simulator) -> Vec<Case> {
    let first = |table: &str| first(simulator, table);
    let (list, todo) = (first("todolists"), first("todos"));
    let (document, message) = (first("documents"), first("messages"));
    let (upload, event, forward) = (first("uploads"), first("calendar_events"), first("forwards"));
    let topic = first("topics");
    let attachment = own_file(simulator)["id"].to_string();
    let at = |rest: &str| format!("{PROJECT}{rest}.json");
    let text = json!({"content": "Yes"});
    let mut cases = vec![
        ("POST", "/calendars.json".to_owned(), json!({"name": "New"}), 201),
        ("PUT", "/calendars/336002.json".to_owned(), json!({"name": "Changed"}), 200),
        ("POST", "/calendars/336002/accesses.json".to_owned(), json!({"ids": [3001]}), 204),
        ("DELETE", "/calendars/336002/accesses/3001.json".to_owned(), Value::Null, 204),
        (
            "POST",
            "/calendars/336002/calendar_events.json".to_owned(),
            json!({"summary": "New", "all_day": true, "starts_at": "2033-03-28"}),
            201,
        ),
        ("POST", "/groups.json".to_owned(), json!({"name": "New"}), 201),
        ("PUT", "/groups/802.json".to_owned(), json!({"memberships": [{"person_id": 3000}]}), 200),
        ("POST", "/groups/802/subgroups.json".to_owned(), json!({"name": "New"}), 201),
        (
            "PUT",
            "/groups/802/subgroups/851.json".to_owned(),
            json!({"memberships": [{"person_id": 3000}]}),
            200,
        ),
        ("DELETE", "/groups/802/subgroups/851/memberships/3000.json".to_owned(), Value::Null, 204),
        ("DELETE", "/groups/802/memberships/3000.json".to_owned(), Value::Null, 204),
        ("DELETE", "/groups/802/subgroups/851.json".to_owned(), Value::Null, 204),
        ("DELETE", "/groups/803.json".to_owned(), Value::Null, 204),
        ("POST", "/projects.json".to_owned(), json!({"name": "New"}), 201),
        ("POST", "/project_templates.json".to_owned(), json!({"name": "Mould"}), 201),
        ("PUT", "/projects/605002.json".to_owned(), json!({"description": "D"}), 200),
        ("POST", at("/star"), Value::Null, 201),
        ("DELETE", at("/star"), Value::Null, 204),
        ("POST", at("/accesses"), json!({"email_addresses": ["new@example.com"]}), 204),
        ("POST", at("/client_accesses"), json!({"ids": [3001]}), 204),
        ("DELETE", at("/accesses/3001"), Value::Null, 204),
        ("DELETE", "/people/3005.json".to_owned(), Value::Null, 204),
        ("POST", at("/documents"), json!({"title": "New", "private": true}), 201),
        ("PUT", at(&format!("/documents/{document}")), json!({"title": "Changed"}), 200),
        ("POST", at("/messages"), json!({"subject": "New", "attachments": file(simulator)}), 201),
        ("PUT", at(&format!("/messages/{message}")), json!({"subject": "Changed"}), 200),
        ("PUT", at(&format!("/topics/{topic}/archive")), Value::Null, 204),
        ("PUT", at(&format!("/topics/{topic}/activate")), Value::Null, 204),
        ("POST", at("/uploads"), json!({"attachments": file(simulator)}), 201),
        ("POST", at("/todolists"), json!({"name": "New"}), 201),
        ("PUT", at(&format!("/todolists/{list}")), json!({"position": 1}), 200),
        ("POST", at(&format!("/todolists/{list}/todos")), json!({"content": "New"}), 201),
        ("PUT", at(&format!("/todos/{todo}")), json!({"due_at": "2033-01-02"}), 200),
        (
            "POST",
            at("/calendar_events"),
            json!({"summary": "New", "starts_at": "2033-03-28T11:50:00Z"}),
            201,
        ),
        ("PUT", at(&format!("/calendar_events/{event}")), json!({"summary": "Changed"}), 200),
        ("PUT", at(&format!("/attachments/{attachment}")), json!({"name": "changed.png"}), 200),
        ("POST", at(&format!("/attachments/{attachment}/tags")), json!({"name": " blue "}), 204),
        ("PUT", at(&format!("/attachments/{attachment}/tags/blue")), json!({"name": "green"}), 204),
        ("PUT", "/tags/green.json".to_owned(), json!({"name": "red"}), 204),
        ("DELETE", at("/tags/red"), Value::Null, 204),
        ("POST", at(&format!("/attachments/{attachment}/tags")), json!({"name": "blue"}), 204),
        ("DELETE", at(&format!("/attachments/{attachment}/tags/BLUE")), Value::Null, 204),
        ("POST", at(&format!("/attachments/{attachment}/tags")), json!({"name": "blue"}), 204),
        ("DELETE", "/tags/blue.json".to_owned(), Value::Null, 204),
        ("POST", "/attachments.json".to_owned(), Value::Null, 422),
    ];
    for (section, id) in [
        ("messages", &message),
        ("documents", &document),
        ("uploads", &upload),
        ("todolists", &list),
        ("todos", &todo),
        ("calendar_events", &event),
        ("forwards", &forward),
    ] {
        cases.push(("POST", at(&format!("/{section}/{id}/comments")), text.clone(), 201));
    }
    let comment = first("comments");
    for (section, id) in [
        ("comments", &comment),
        ("attachments", &attachment),
        ("messages", &message),
        ("documents", &document),
        ("uploads", &upload),
        ("todos", &todo),
        ("todolists", &list),
        ("calendar_events", &event),
    ] {
        cases.push(("DELETE", at(&format!("/{section}/{id}")), Value::Null, 204));
    }
    cases
}

/// An address with its ids and labels left out, as the list of the facts has it.
fn shape(method: &str, path: &str) -> String {
    let path = path.trim_end_matches(".json");
    let mut label = false;
    let segments = path.split('/').map(|segment| {
        let hole = label || segment.starts_with(|letter: char| letter.is_ascii_digit());
        label = segment == "tags";
        if hole { "{}" } else { segment }
    });
    format!("{method} {}.json", segments.collect::<Vec<_>>().join("/"))
}

#[test]
fn every_write_answers_as_it_is_documented_to() {
    let simulator = simulator();
    let mut tried = BTreeSet::new();
    for (method, path, body, status) in cases(&simulator) {
        let answer = send(&simulator, method, &path, &body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.body);
        tried.insert(shape(method, &path));
    }
    let dump = simulator.dump_v2("projects");
    let of = |state: &str| {
        let mut found = dump.iter().filter(|row| row["asked"]["status"] == state);
        found.next().unwrap()["record"]["id"].to_string()
    };
    let calendar = simulator.dump_v2("calendar_events");
    let mut events = calendar.iter().filter(|row| row["asked"]["calendar_id"] == 336_002);
    let event = events.next().unwrap()["record"]["id"].to_string();
    for (method, path, body, status) in [
        ("POST", format!("/project_templates/{}/projects.json", of("template")), json!({}), 201),
        ("POST", format!("/projects/{}/publish.json", of("draft")), Value::Null, 200),
        ("PUT", format!("/calendars/336002/calendar_events/{event}.json"), json!({}), 200),
        ("DELETE", format!("/calendars/336002/calendar_events/{event}.json"), Value::Null, 204),
        ("DELETE", "/calendars/336002.json".to_owned(), Value::Null, 204),
        ("DELETE", "/projects/605003.json".to_owned(), Value::Null, 204),
    ] {
        let answer = send(&simulator, method, &path, &body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.body);
        tried.insert(shape(method, &path));
    }
    let facts = include_str!("../../../catalog/v2-writes.txt");
    let facts: BTreeSet<String> = facts.lines().map(str::to_owned).collect();
    assert_eq!(tried, facts);
}

/// What is wrong with a write, and how it is refused: the body of a 422 is a bare map of messages.
#[test]
fn what_is_missing_or_wrong_is_refused_by_its_name() {
    let simulator = simulator();
    let list = first(&simulator, "todolists");
    let todos = format!("{PROJECT}/todolists/{list}/todos.json");
    let events = format!("{PROJECT}/calendar_events.json");
    let day = "2033-03-28";
    for (path, body, status, member) in [
        ("/projects.json", json!({}), 422, "name"),
        ("/projects.json", json!({"name": "Project 1 — Ünïcode"}), 422, "name"),
        ("/projects/605001/documents.json", json!({"title": "T", "private": true}), 422, "private"),
        ("/projects/605002/documents.json", json!({"title": " "}), 422, "title"),
        ("/projects/605002/messages.json", json!({}), 422, "subject"),
        ("/projects/605002/uploads.json", json!({}), 422, "attachments"),
        (
            "/projects/605002/uploads.json",
            json!({"attachments": [{"token": "none", "name": "a.txt"}]}),
            422,
            "attachments",
        ),
        ("/projects/605001/client_accesses.json", json!({"ids": [3001]}), 422, "base"),
        ("/projects/605001/accesses.json", json!({}), 422, "ids"),
        (
            "/groups.json",
            json!({"name": "G", "memberships": [{"person_id": 1}]}),
            422,
            "memberships",
        ),
        (
            "/calendars/336001/calendar_events.json",
            json!({"summary": "S", "starts_at": day, "all_day": true, "private": true}),
            422,
            "private",
        ),
        (&*todos, json!({"due_at": "2033-01-01"}), 422, "content"),
        (&*todos, json!({"content": "C", "due_at": "soon"}), 400, ""),
        (&*todos, json!({"content": "C", "due_at": 5}), 500, ""),
        (&*todos, json!({"content": "C", "assignee": {"id": 3000, "type": "Group"}}), 400, ""),
        (&*events, json!({"starts_at": day, "all_day": true}), 422, "summary"),
        (&*events, json!({"summary": "S"}), 422, "starts_at"),
        (&*events, json!({"summary": "S", "starts_at": day}), 400, ""),
        (
            &*events,
            json!({"summary": "S", "starts_at": "2033-03-28T10:00:00Z", "ends_at": "2033-03-29T10:00:00Z"}),
            422,
            "ends_at",
        ),
        (
            &*events,
            json!({"summary": "S", "starts_at": "2033-03-28T10:00:00Z", "remind_at": "2033-03-20T10:00:00Z"}),
            422,
            "remind_at",
        ),
        ("/people/3000.json", Value::Null, 403, ""),
    ] {
        let method = if path.starts_with("/people") { "DELETE" } else { "POST" };
        let answer = send(&simulator, method, path, &body);
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.body);
        if member.is_empty() {
            assert_eq!(answer.body, "", "{path} {body}");
        } else {
            assert!(answer.json()[member].is_array(), "{path} {body}: {}", answer.body);
        }
    }
    let sent =
        |media: &str, body: &str| send_as(&simulator, media, "POST", "/projects.json", body).status;
    assert_eq!((sent("text/plain", "{}"), sent("application/json", "[")), (415, 400));
}

#[test]
fn what_has_moved_is_put_away_or_not_for_the_caller_is_not_written() {
    let simulator = Simulator::start(Config { forbidden: true, ..Config::default() }).unwrap();
    // The fourth project is one of those that this caller may not change; stars are personal.
    let refused = send(&simulator, "PUT", "/projects/605004.json", &json!({"name": "N"}));
    let starred = send(&simulator, "POST", "/projects/605004/star.json", &Value::Null);
    assert_eq!((refused.status, starred.status), (403, 201));
    let archived = json!({"archived": true});
    assert_eq!(send(&simulator, "PUT", "/projects/605002.json", &archived).status, 200);
    let made = send(&simulator, "POST", "/projects/605002/messages.json", &json!({"subject": "S"}));
    assert_eq!(made.status, 404);
    let mut topics = simulator.dump_v2("topics").into_iter();
    let topic = topics.find(|row| row["asked"]["project_id"] == 605_002).unwrap();
    let topic = format!("/projects/605002/topics/{}/archive.json", topic["record"]["id"]);
    assert_eq!(send(&simulator, "PUT", &topic, &Value::Null).status, 403);
    // The third list has left the fourth project.
    let list = rows(&simulator, "/projects/605003/todolists.json")[0]["id"].to_string();
    assert_eq!(get(&simulator, &format!("/projects/605003/todolists/{list}.json")).status, 200);
    let elsewhere = send(
        &Simulator::start(Config::default()).unwrap(),
        "PUT",
        &format!("/projects/605004/todolists/{list}.json"),
        &json!({"name": "N"}),
    );
    assert_eq!(elsewhere.status, 301);
    assert!(elsewhere.header("location").unwrap().ends_with("?moved=true"));
}

#[test]
fn what_the_documentation_says_follows_does() {
    let simulator = simulator();
    let list = first(&simulator, "todolists");
    let list_at = format!("{PROJECT}/todolists/{list}.json");
    let inside = |simulator: &Simulator| {
        let list: i64 = list.parse().unwrap();
        let all = simulator.dump_v2("todos").into_iter();
        let mine = all.filter(|row| row["asked"]["todolist_id"] == list);
        let private: Vec<bool> = mine.map(|row| row["record"]["private"] == true).collect();
        !private.is_empty() && private.into_iter().all(|private| private)
    };
    assert_eq!(send(&simulator, "PUT", &list_at, &json!({"private": true})).status, 200);
    assert!(inside(&simulator), "privacy carries over to the to-dos of a list");
    // The file of an upload that nobody has commented takes it along.
    let uploads = simulator.dump_v2("uploads");
    let bare = uploads.iter().find(|row| {
        row["record"]["comments"] == json!([])
            && row["asked"]["project_id"].is_i64()
            && row["record"]["attachments"] != json!([])
    });
    let bare = bare.unwrap();
    let (project, upload) = (bare["asked"]["project_id"].to_string(), &bare["record"]["id"]);
    let files = simulator.dump_v2("attachments");
    let file = files.iter().find(|row| {
        row["record"]["attachable"]["id"] == *upload
            && row["record"]["attachable"]["type"] == "Upload"
    });
    let file = file.unwrap()["record"]["id"].to_string();
    let path = format!("/projects/{project}/attachments/{file}.json");
    assert_eq!(send(&simulator, "DELETE", &path, &Value::Null).status, 204);
    assert_eq!(get(&simulator, &format!("/projects/{project}/uploads/{upload}.json")).status, 404);
    // Who leaves a company leaves its departments.
    let path = "/groups/802/memberships/3001.json";
    assert_eq!(send(&simulator, "DELETE", path, &Value::Null).status, 204);
    let department = get(&simulator, "/groups/802/subgroups/851.json").json();
    let members = department["memberships"].as_array().unwrap();
    assert!(members.iter().all(|person| person["id"] != 3001));
    // A token is used once.
    let token = token(&simulator);
    let body = json!({"attachments": [{"token": token, "name": "a.txt"}]});
    let path = format!("{PROJECT}/uploads.json");
    let twice = [0; 2].map(|_| send(&simulator, "POST", &path, &body).status);
    assert_eq!(twice, [201, 422]);
    // Deleted people are among the deleted.
    assert_eq!(send(&simulator, "DELETE", "/people/3004.json", &Value::Null).status, 204);
    let away = rows(&simulator, "/people/trashed.json");
    assert!(away.iter().any(|person| person["id"] == 3004));
    // A body that is wrapped in the server's own name is taken, too.
    let body = json!({"post": {"subject": "Wrapped"}});
    let made = send(&simulator, "POST", &format!("{PROJECT}/messages.json"), &body);
    assert_eq!((made.status, made.json()["subject"].clone()), (201, json!("Wrapped")));
    assert!(made.header("location").unwrap().contains("/messages/"));
}

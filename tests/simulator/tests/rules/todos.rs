//! Writing to-dos: what is read afterwards, and what is refused.

use serde_json::{Value, json};
use simulator::Simulator;

use super::common::{Answer, all, get, get_with, send, send_with, usual};

/// An active list with pending to-dos, and them.
fn a_list(simulator: &Simulator) -> (Value, Vec<Value>) {
    let lists = simulator.dump("todolists");
    let active = lists.into_iter().filter(|list| list["status"] == "active");
    let mut filled = active.map(|list| {
        let todos = get(simulator, &format!("/todolists/{}/todos.json", list["id"])).rows();
        (list, todos)
    });
    filled.find(|(_, todos)| todos.len() > 3).unwrap()
}

fn post(simulator: &Simulator, list: &Value, body: &Value) -> Answer {
    send(simulator, "POST", &format!("/todolists/{}/todos.json", list["id"]), body)
}

fn one(simulator: &Simulator, todo: &Value) -> Value {
    get(simulator, &format!("/todos/{}.json", todo["id"])).json()
}

/// The record in the simulator's own dump.
fn dumped(simulator: &Simulator, todo: &Value) -> Option<Value> {
    simulator.dump("todos").into_iter().find(|each| each["id"] == todo["id"])
}

fn total(simulator: &Simulator, path: &str) -> usize {
    get(simulator, path).header("x-total-count").unwrap().parse().unwrap()
}

/// The body that changes nothing: everything that can be written, as it was read.
fn unchanged(todo: &Value) -> Value {
    let ids = |people: &Value| -> Vec<Value> {
        people.as_array().unwrap().iter().map(|person| person["id"].clone()).collect()
    };
    let mut body = json!({"content": todo["content"], "description": todo["description"],
        "assignee_ids": ids(&todo["assignees"]),
        "completion_subscriber_ids": ids(&todo["completion_subscribers"])});
    for day in ["due_on", "starts_on"] {
        if todo[day].is_string() {
            body[day] = todo[day].clone();
        }
    }
    body
}

/// Members of two records that differ.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

#[test]
fn a_to_do_that_is_made_is_in_every_listing_count_page_and_dump() {
    let simulator = usual();
    let (list, _) = a_list(&simulator);
    let in_list = format!("/todolists/{}/todos.json", list["id"]);
    let everywhere = "/projects/recordings.json?type=Todo";
    let before = (total(&simulator, &in_list), total(&simulator, everywhere));
    let answer = post(
        &simulator,
        &list,
        &json!({"content": "Büy milk", "assignee_ids": [2001, 2003, 999], "due_on": "2026-07-09", "notify": true}),
    );
    assert_eq!(answer.status, 201, "{}", answer.body);
    let made = answer.json();
    assert_eq!((&made["title"], &made["content"]), (&json!("Büy milk"), &json!("Büy milk")));
    assert_eq!(made["description"], "");
    assert_eq!((&made["due_on"], &made["starts_on"]), (&json!("2026-07-09"), &Value::Null));
    let assignees: Vec<&Value> =
        made["assignees"].as_array().unwrap().iter().map(|each| &each["id"]).collect();
    assert_eq!(assignees, [&json!(2001), &json!(2003)], "people that there are not are left out");
    assert_eq!(made["parent"]["id"], list["id"]);
    assert_eq!(made["created_at"], made["updated_at"]);
    assert_eq!((&made["completed"], &made["comments_count"]), (&json!(false), &json!(0)));
    assert_eq!(one(&simulator, &made), made);
    assert_eq!(dumped(&simulator, &made).unwrap(), made);
    assert_eq!(all(&simulator, &in_list).last().unwrap(), &made);
    assert_eq!(all(&simulator, everywhere).first().unwrap(), &made);
    let after = (total(&simulator, &in_list), total(&simulator, everywhere));
    assert_eq!(after, (before.0 + 1, before.1 + 1));
    let theirs = get(&simulator, "/reports/todos/assigned/2001.json").json();
    assert!(theirs["todos"].as_array().unwrap().contains(&made));
    let ratio = |list: &Value| list["completed_ratio"].as_str().unwrap().to_owned();
    let reread = get(&simulator, &format!("/todolists/{}.json", list["id"])).json();
    assert_ne!(ratio(&reread), ratio(&list), "the list counts one more");
}

#[test]
fn a_to_do_can_be_made_on_the_set_with_the_project_in_front_alone() {
    let simulator = usual();
    let set = simulator.dump("todosets").remove(0);
    let (project, id) = (&set["bucket"]["id"], &set["id"]);
    let body = json!({"content": "Loose"});
    let made =
        send(&simulator, "POST", &format!("/buckets/{project}/todosets/{id}/todos.json"), &body);
    assert_eq!((made.status, &made.json()["parent"]["id"]), (201, id));
    let flat = send(&simulator, "POST", &format!("/todosets/{id}/todos.json"), &body);
    assert_eq!(flat.status, 404);
    let (list, _) = a_list(&simulator);
    for (project, status) in [(list["bucket"]["id"].clone(), 201), (json!(1), 404)] {
        let path = format!("/buckets/{project}/todolists/{}/todos.json", list["id"]);
        assert_eq!(send(&simulator, "POST", &path, &body).status, status);
    }
}

#[test]
fn replacing_a_to_do_clears_what_is_left_out() {
    let simulator = usual();
    let (list, _) = a_list(&simulator);
    let full = json!({"content": "A", "description": "<div>b</div>", "assignee_ids": [2002],
        "completion_subscriber_ids": [2004], "due_on": "2026-07-09", "starts_on": "2026-07-08"});
    let made = post(&simulator, &list, &full).json();
    let path = format!("/todos/{}.json", made["id"]);
    let answer = send(&simulator, "PUT", &path, &json!({"content": "B"}));
    assert_eq!(answer.status, 200);
    let replaced = answer.json();
    assert_eq!(replaced, one(&simulator, &made));
    assert_eq!(
        [
            &replaced["content"],
            &replaced["description"],
            &replaced["due_on"],
            &replaced["starts_on"]
        ],
        [&json!("B"), &json!(""), &Value::Null, &Value::Null]
    );
    assert_eq!(
        (&replaced["assignees"], &replaced["completion_subscribers"]),
        (&json!([]), &json!([]))
    );
    assert!(replaced["updated_at"].as_str() > made["updated_at"].as_str());
    assert_eq!(replaced["created_at"], made["created_at"]);
}

#[test]
fn what_is_sent_back_as_it_was_read_changes_only_when_it_was_changed() {
    let simulator = usual();
    for todo in simulator.dump("todos").iter().step_by(7) {
        let path = format!("/todos/{}.json", todo["id"]);
        let answer = send(&simulator, "PUT", &path, &unchanged(todo));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(differing(todo, &answer.json()), ["updated_at"], "{todo}");
        let mut body = unchanged(todo);
        body["due_on"] = json!("2031-01-01");
        send(&simulator, "PUT", &path, &body);
        let mut after = one(&simulator, todo);
        assert_eq!(after["due_on"], "2031-01-01");
        after["due_on"] = todo["due_on"].clone();
        assert_eq!(differing(todo, &after), ["updated_at"]);
    }
}

#[test]
fn what_is_wrong_with_a_body_is_said_by_member() {
    let simulator = usual();
    let (list, todos) = a_list(&simulator);
    for (body, member) in [
        (json!({}), "content"),
        (json!({"description": "x"}), "content"),
        (json!({"content": "  "}), "content"),
        (json!({"content": null}), "content"),
        (json!({"content": 5}), "content"),
        (json!({"content": "A", "due_on": ""}), "due_on"),
        (json!({"content": "A", "starts_on": "2026-02-30"}), "starts_on"),
        (json!({"content": "A", "assignee_ids": "2001"}), "assignee_ids"),
        (json!({"content": "A", "assignee_ids": ["2001"]}), "assignee_ids"),
        (json!({"content": "A", "notify": "yes"}), "notify"),
    ] {
        let before = one(&simulator, &todos[0]);
        for answer in [
            post(&simulator, &list, &body),
            send(&simulator, "PUT", &format!("/todos/{}.json", todos[0]["id"]), &body),
        ] {
            assert_eq!(answer.status, 422, "{body}");
            let errors = answer.json()["errors"].clone();
            assert!(errors[member][0].is_string(), "{body}: {errors}");
        }
        assert_eq!(one(&simulator, &todos[0]), before, "nothing was done");
    }
}

#[test]
fn headers_are_demanded_of_writes_and_bodies_are_json() {
    let simulator = usual();
    let (list, _) = a_list(&simulator);
    let path = format!("/todolists/{}/todos.json", list["id"]);
    let agent = "User-Agent: test\r\n";
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    for (headers, body, status) in [
        (agent.to_owned(), "{\"content\":\"A\"}", 415),
        (format!("{agent}Content-Type: text/plain\r\n"), "{\"content\":\"A\"}", 415),
        (json.to_owned(), "{\"content\":\"A\"}", 400),
        (format!("{agent}{json}"), "{\"content\":", 400),
        (format!("{agent}{json}"), "[1]", 400),
        (format!("{agent}{json}"), "{\"content\":\"A\"}", 201),
    ] {
        let answer = send_with(&simulator, "POST", &path, &headers, body);
        assert_eq!(answer.status, status, "{headers}{body}");
    }
    for (method, path) in [
        ("POST", "/todolists/42/todos.json".to_owned()),
        ("PUT", "/todos/42.json".to_owned()),
        ("PUT", format!("/todos/{}.json", list["id"])),
        ("DELETE", format!("/todolists/{}/todos.json", list["id"])),
        ("PATCH", path),
    ] {
        let answer = send(&simulator, method, &path, &json!({"content": "A"}));
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

#[test]
fn completing_and_opening_again_may_be_repeated() {
    let simulator = usual();
    let (list, todos) = a_list(&simulator);
    let todo = &todos[1];
    let path = format!("/todos/{}/completion.json", todo["id"]);
    let done = format!("/todolists/{}/todos.json?completed=true", list["id"]);
    for _ in 0..2 {
        let answer = send(&simulator, "POST", &path, &Value::Null);
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    }
    let completed = one(&simulator, todo);
    assert_eq!(completed["completed"], true);
    assert_eq!(completed["completion"]["creator"]["id"], 2000);
    assert_eq!(completed["completion"]["created_at"], completed["updated_at"]);
    assert_eq!(completed.get("position"), None);
    assert!(get(&simulator, &done).rows().contains(&completed));
    for _ in 0..2 {
        assert_eq!(send(&simulator, "DELETE", &path, &Value::Null).status, 204);
    }
    assert_eq!(differing(todo, &one(&simulator, todo)), ["updated_at"]);
}

#[test]
fn a_status_takes_along_what_is_below_and_gives_back_what_it_took() {
    let simulator = usual();
    let (list, todos) = a_list(&simulator);
    let put = |what: &Value, status: &str| {
        let path = format!("/recordings/{}/status/{status}.json", what["id"]);
        send(&simulator, "PUT", &path, &Value::Null).status
    };
    let status = |what: &Value| one(&simulator, what)["status"].clone();
    assert_eq!(put(&todos[0], "trashed"), 204);
    let in_list = |query: &str| {
        get(&simulator, &format!("/todolists/{}/todos.json{query}", list["id"])).ids()
    };
    let id = todos[0]["id"].as_i64().unwrap();
    assert!(!in_list("").contains(&id) && in_list("?status=trashed").contains(&id));
    assert_eq!(put(&list, "archived"), 204);
    assert_eq!((status(&todos[0]), status(&todos[1])), (json!("archived"), json!("archived")));
    assert_eq!(put(&list, "active"), 204);
    assert_eq!((status(&todos[0]), status(&todos[1])), (json!("trashed"), json!("active")));
    assert_eq!(put(&todos[0], "active"), 204);
    assert!(in_list("").contains(&id));
    assert_eq!(put(&todos[0], "nonsense"), 404);
    assert_eq!(put(&json!({"id": 42}), "trashed"), 404);
}

#[test]
fn a_to_do_is_moved_within_its_list_and_to_another() {
    let simulator = usual();
    let (list, todos) = a_list(&simulator);
    let in_list = |list: &Value| get(&simulator, &format!("/todolists/{list}/todos.json")).ids();
    let put = |todo: &Value, body: &Value| {
        send(&simulator, "PUT", &format!("/todos/{}/position.json", todo["id"]), body).status
    };
    let last = todos.last().unwrap();
    assert_eq!(put(last, &json!({"position": 1})), 204);
    assert_eq!(in_list(&list["id"])[0], last["id"].as_i64().unwrap());
    assert_eq!(one(&simulator, last)["position"], 1);
    assert_eq!(put(last, &json!({"position": 3})), 204);
    assert_eq!(in_list(&list["id"])[2], last["id"].as_i64().unwrap());
    assert_eq!(one(&simulator, last)["position"], 3);
    let others = simulator.dump("todolists");
    let other = others.iter().find(|each| {
        each["bucket"] == list["bucket"] && each["id"] != list["id"] && each["status"] == "active"
    });
    let other = &other.unwrap()["id"];
    assert_eq!(put(last, &json!({"position": 1, "parent_id": other})), 204);
    assert_eq!(in_list(other)[0], last["id"].as_i64().unwrap());
    assert!(!in_list(&list["id"]).contains(&last["id"].as_i64().unwrap()));
    assert_eq!(one(&simulator, last)["parent"]["id"], *other);
    for (body, status) in [
        (json!({}), 422),
        (json!({"position": 0}), 422),
        (json!({"position": 1, "parent_id": 42}), 404),
        (json!({"position": 1, "parent_id": others[0]["bucket"]["id"]}), 404),
    ] {
        assert_eq!(put(last, &body), status, "{body}");
    }
}

#[test]
fn tags_and_dates_of_answers_change_with_the_record() {
    let simulator = usual();
    let (list, todos) = a_list(&simulator);
    let paths = [
        format!("/todos/{}.json", todos[0]["id"]),
        format!("/todolists/{}/todos.json", list["id"]),
    ];
    let tags =
        || paths.clone().map(|path| get(&simulator, &path).header("etag").unwrap().to_owned());
    let date = || get(&simulator, &paths[0]).header("last-modified").unwrap().to_owned();
    let before = (tags(), date());
    assert_eq!(before, (tags(), date()));
    send(&simulator, "PUT", &paths[0], &json!({"content": "Changed"}));
    let after = (tags(), date());
    assert!(before.0.iter().zip(&after.0).all(|(old, new)| old != new));
    assert_eq!(after.1, "Wed, 01 Jul 2026 12:00:01 GMT");
}

#[test]
fn what_was_sent_is_told_with_its_request() {
    let simulator = usual();
    let (list, _) = a_list(&simulator);
    simulator.clear_requests();
    post(&simulator, &list, &json!({"content": "Ä"}));
    get(&simulator, "/people.json");
    let requests = simulator.requests();
    let bodies: Vec<&str> = requests.iter().map(|request| request.body.as_str()).collect();
    assert_eq!(bodies, ["{\"content\":\"Ä\"}", ""]);
    let told = get_with(&simulator, "/_simulator/requests", "").json();
    assert_eq!((&told[0]["status"], &told[0]["body"]), (&json!(201), &json!(bodies[0])));
    assert_eq!(told[1].get("body"), None);
}

#[test]
fn the_same_writes_make_the_same_world() {
    let run = || {
        let simulator = usual();
        let (list, todos) = a_list(&simulator);
        post(&simulator, &list, &json!({"content": "A"}));
        send(&simulator, "POST", &format!("/todos/{}/completion.json", todos[0]["id"]), &json!({}));
        json!([simulator.dump("todos"), simulator.dump("todolists")])
            .to_string()
            .replace(&simulator.url(), "")
    };
    assert!(run() == run());
}

#[test]
fn a_write_whose_answer_is_lost_was_carried_out_and_one_that_was_reset_early_was_not() {
    let simulator = usual();
    let (list, _) = a_list(&simulator);
    let path = format!("/todolists/{}/todos.json", list["id"]);
    for (fault, status, more) in
        [("reset-early", None, 0), ("503", Some(503), 0), ("reset", None, 1)]
    {
        let before = total(&simulator, &path);
        simulator.set_faults(&[fault]);
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            post(&simulator, &list, &json!({"content": "A"})).status
        }));
        assert_eq!(answer.ok(), status, "{fault}");
        simulator.set_faults(&[]);
        assert_eq!(total(&simulator, &path), before + more, "{fault}");
    }
}

//! The oddities of Basecamp 2's payloads: what only one shape has, how null is spelled, and when
//! events are.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::Readings;

use crate::client::{all, get, rows, simulator, sorted};

fn has(record: &Value, members: &[&str]) -> bool {
    members.iter().all(|member| record.get(member).is_some())
}

fn lacks(record: &Value, members: &[&str]) -> bool {
    members.iter().all(|member| record.get(member).is_none())
}

#[test]
fn each_shape_has_the_members_that_only_it_has() {
    let simulator = simulator();
    let addresses = ["url", "app_url"];
    for (listing, single, only_single) in [
        (
            "/projects.json",
            "/projects/ID.json",
            vec!["creator", "created_at", "accesses", "todolists", "forwards"],
        ),
        ("/people.json", "/people/ID.json", vec!["events", "assigned_todos"]),
        (
            "/calendars.json",
            "/calendars/ID.json",
            vec!["creator", "created_at", "accesses", "calendar_events"],
        ),
        (
            "/projects/605001/documents.json",
            "/projects/605001/documents/ID.json",
            vec!["content", "creator", "last_updater", "comments", "subscribers"],
        ),
        (
            "/projects/605001/todolists.json",
            "/projects/605001/todolists/ID.json",
            vec!["comments", "subscribers", "todos"],
        ),
        (
            "/projects/605001/forwards.json",
            "/projects/605001/forwards/ID.json",
            vec!["content", "content_html", "creator", "attachments", "comments"],
        ),
    ] {
        let row = &rows(&simulator, listing)[0];
        let single = get(&simulator, &single.replace("ID", &row["id"].to_string())).json();
        assert!(has(row, &addresses) && lacks(&single, &addresses), "{listing}");
        assert!(has(&single, &only_single) && lacks(row, &only_single), "{listing}");
    }
    let todo = &rows(&simulator, "/projects/605001/todos.json")[0];
    let single = get(&simulator, &format!("/projects/605001/todos/{}.json", todo["id"])).json();
    assert!(has(todo, &["todolist", "url"]) && lacks(&single, &["todolist"]));
    assert!(has(&single, &["comments", "subscribers", "attachments", "url"]));
    let list = &todo["todolist_id"];
    let path = format!("/projects/605001/todolists/{list}.json?exclude_todos=true");
    assert!(lacks(&get(&simulator, &path).json(), &["todos"]));
}

#[test]
fn the_bucket_is_told_only_where_the_listing_is_of_the_account_or_a_person() {
    let simulator = simulator();
    for (wide, narrow) in [
        ("/documents.json", "/projects/605001/documents.json"),
        ("/todolists.json", "/projects/605001/todolists.json"),
        ("/topics.json", "/projects/605001/topics.json"),
        ("/forwards.json", "/projects/605001/forwards.json"),
        ("/events.json", "/projects/605001/events.json"),
    ] {
        assert!(rows(&simulator, wide).iter().all(|row| has(&row["bucket"], &["id", "type"])));
        assert!(rows(&simulator, narrow).iter().all(|row| lacks(row, &["bucket"])));
    }
    let mine = &rows(&simulator, "/people/3000/events.json")[0];
    assert!(has(mine, &["bucket"]) && lacks(mine, &["creator"]));
}

#[test]
fn moments_have_offsets_and_fractions_or_not() {
    let simulator = simulator();
    let log = rows(&simulator, "/events.json");
    let moments = log.iter().map(|row| row["created_at"].as_str().unwrap());
    let spellings: BTreeSet<&str> = moments.map(|moment| &moment[19..]).collect();
    let expected = ["+02:00", "-05:00", ".125+02:00", ".250Z", "Z"];
    assert_eq!(spellings, BTreeSet::from(expected));
}

#[test]
fn null_has_five_spellings() {
    let simulator = simulator();
    let todos: Vec<Value> = simulator.dump_v2("todos");
    let some = |test: &dyn Fn(&Value) -> bool| todos.iter().any(|row| test(&row["record"]));
    assert!(some(&|todo| todo["assignee"] == json!({})));
    assert!(some(&|todo| todo.get("assignee") == Some(&Value::Null)));
    assert!(some(&|todo| todo.get("assignee").is_none()));
    assert!(some(&|todo| todo["completed_at"] == false));
    assert!(some(&|todo| todo.get("completed_at").is_none()));
    assert!(some(&|todo| todo["completed_at"].is_string()));
    assert!(some(&|todo| todo["due_at"].is_string() && todo.get("due_on").is_none()));
    let lists = simulator.dump_v2("todolists");
    assert!(lists.iter().any(|row| row["record"]["description"] == ""));
    assert!(lists.iter().any(|row| row["record"]["description"].is_null()));
    let idle = get(&simulator, "/projects/605008.json").json();
    assert_eq!(idle["documents"]["count"], 0);
    assert!(idle["documents"]["updated_at"].is_null());
    let last = get(&simulator, "/people/3049.json").json();
    assert!(last["events"]["updated_at"].is_null() && last["assigned_todos"]["count"] == 0);
}

#[test]
fn assigned_to_dos_are_lists_of_lists_and_topics_count_their_files() {
    let simulator = simulator();
    let lists = rows(&simulator, "/people/3000/assigned_todos.json");
    assert!(lists.len() > 1 && lists.iter().all(|list| has(list, &["bucket", "assigned_todos"])));
    let topics = all(&simulator, "/topics.json");
    assert!(topics.iter().all(|topic| topic["attachments"].is_u64()));
    let same = |topic: &&Value| topic["topicable"]["id"] == topic["id"];
    assert!(topics.iter().any(|topic| same(&topic)) && !topics.iter().all(|topic| same(&topic)));
}

#[test]
fn linked_files_have_no_key_and_embedded_ones_no_id() {
    let simulator = simulator();
    let files = all(&simulator, "/attachments.json");
    let linked = |file: &&Value| file.get("link_url").is_some();
    let absent = ["key", "url", "app_url", "thumbnail_url"];
    assert!(files.iter().any(|file| linked(&file)));
    assert!(files.iter().all(|file| linked(&file) == lacks(file, &absent)));
    let uploads = simulator.dump_v2("uploads");
    let carried = |row: &Value| row["record"]["attachments"][0].clone();
    let absent = ["id", "updated_at", "private", "trashed", "tags", "attachable"];
    assert!(uploads.iter().all(|row| lacks(&carried(row), &absent)));
    // One has lost its file, and only its topic tells of it.
    let lost = uploads.iter().filter(|row| carried(row).is_null()).count();
    assert_eq!(lost, 1);
}

#[test]
fn companies_show_departments_everywhere_and_people_only_at_their_own_address() {
    let simulator = simulator();
    let groups = rows(&simulator, "/groups.json");
    assert!(lacks(&groups[0], &["subgroups", "memberships"]) && has(&groups[0], &["updated_at"]));
    let path = format!("/groups/{}.json", groups[1]["id"]);
    let group = get(&simulator, &path).json();
    assert!(has(&group, &["memberships", "subgroups"]) && lacks(&group, &["updated_at"]));
    let department = &group["subgroups"][0]["id"];
    let path = format!("/groups/{}/subgroups/{department}.json", groups[1]["id"]);
    let department = get(&simulator, &path).json();
    assert_eq!(department["parent_id"], groups[1]["id"]);
    assert!(!department["memberships"].as_array().unwrap().is_empty());
    let wrong = path.replace("/802/", "/801/");
    assert_eq!(get(&simulator, &wrong).status, 404);
}

#[test]
fn windows_need_a_beginning_and_are_six_weeks_long_at_most() {
    let simulator = simulator();
    let status = |query: &str| get(&simulator, &format!("/calendar_events.json{query}")).status;
    assert_eq!(status(""), 400);
    assert_eq!(status("?start_date=soon"), 400);
    assert_eq!(status("?start_date=2033-01-01"), 200);
    assert_eq!(status("?start_date=2033-01-01&end_date=2033-02-12"), 200);
    assert_eq!(status("?start_date=2033-01-01&end_date=2033-02-13"), 400);
}

#[test]
fn a_window_has_the_times_of_a_series_without_ids() {
    let simulator = simulator();
    let window = "/calendar_events.json?start_date=2033-01-01&end_date=2033-02-11";
    let read = all(&simulator, window);
    let (times, events): (Vec<Value>, Vec<Value>) =
        read.into_iter().partition(|row| row.get("recurrence").is_some());
    assert!(!times.is_empty() && events.iter().all(|row| has(row, &["id", "url", "bucket"])));
    let absent = ["id", "url", "app_url", "created_at", "updated_at", "recurring"];
    assert!(
        times.iter().all(|row| lacks(row, &absent) && row["recurrence"]["master"]["id"].is_i64())
    );
    // A time that is left out is in no window, and what begins in one is in the dump.
    let dump = simulator.dump_v2("calendar_event_occurrences");
    let in_days = |row: &&Value| {
        let (from, to) = (&row["record"]["starts_at"], &row["record"]["ends_at"]);
        to.as_str().unwrap() >= "2033-01-01" && from.as_str().unwrap() < "2033-02-12"
    };
    let active = dump.iter().filter(|row| row["scope"] == "active");
    let expected: Vec<Value> = active.filter(in_days).map(|row| row["record"].clone()).collect();
    let read: Vec<Value> = times.into_iter().chain(events).collect();
    assert_eq!(sorted(&read, ""), sorted(&expected, ""));
    let excluding = simulator
        .dump_v2("calendar_events")
        .into_iter()
        .find(|row| row["listed"]["recurring"]["excluding"] == json!([7]));
    let master = &excluding.unwrap()["record"]["id"];
    let numbers: BTreeSet<i64> = dump
        .iter()
        .filter(|row| row["record"]["recurrence"]["master"]["id"] == *master)
        .filter_map(|row| row["record"]["recurrence"]["number"].as_i64())
        .collect();
    assert!(numbers.contains(&6) && !numbers.contains(&7) && numbers.contains(&800));
}

#[test]
fn halves_show_each_event_once_and_a_series_that_goes_on_by_the_reading() {
    let simulator = simulator();
    let halves = |simulator: &simulator::Simulator| {
        let upcoming = all(simulator, "/projects/605001/calendar_events.json");
        let past = all(simulator, "/projects/605001/calendar_events/past.json");
        (upcoming, past)
    };
    let (upcoming, past) = halves(&simulator);
    let both: Vec<Value> = upcoming.iter().chain(&past).cloned().collect();
    let dump = simulator.dump_v2("calendar_events");
    let inside = |row: &&Value| row["asked"]["project_id"] == 605001;
    let expected: Vec<Value> = dump.iter().filter(inside).cloned().collect();
    assert_eq!(sorted(&both, "/id"), sorted(&expected, "/record/id"));
    assert!(!past.is_empty() && both.iter().all(|row| lacks(row, &["recurrence", "bucket"])));
    let endless = |row: &Value| {
        let recurring = &row["recurring"];
        recurring.is_object() && recurring["count"].is_null() && recurring["until"].is_null()
    };
    assert!(upcoming.iter().any(endless) && !past.iter().any(endless));
    let other = simulator::Simulator::start(simulator::Config {
        v2_readings: Readings { running_series_upcoming: false, ..Readings::default() },
        ..simulator::Config::default()
    });
    let (upcoming, past) = halves(&other.unwrap());
    assert!(past.iter().any(endless) && !upcoming.iter().any(endless));
}

#[test]
fn events_of_a_day_are_dates_and_others_moments() {
    let simulator = simulator();
    let events = simulator.dump_v2("calendar_events");
    for row in &events {
        let event = &row["record"];
        let length = event["starts_at"].as_str().unwrap().len();
        assert_eq!(event["all_day"] == true, length == 10);
        assert!(lacks(event, &["comments_count"]) && has(event, &["comments", "subscribers"]));
        assert!(has(&row["listed"], &["comments_count", "bucket"]));
    }
    let calendar = &rows(&simulator, "/calendars.json")[1]["id"];
    let event = &rows(&simulator, &format!("/calendars/{calendar}/calendar_events.json"))[0]["id"];
    let path = format!("/calendars/{calendar}/calendar_events/{event}.json");
    assert_eq!(get(&simulator, &path).status, 200);
}

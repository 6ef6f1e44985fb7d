//! Oddities that are switched on for one account.

use base64::Engine as _;
use serde_json::{Value, json};
use simulator::{Bounds, Config, Oddities, Simulator};

use super::common::{Answer, all, get, ids, records, send_with};

fn odd(oddities: Oddities) -> Simulator {
    Simulator::start(Config { oddities, ..Config::default() }).unwrap()
}

#[test]
fn a_project_can_answer_at_its_address_and_be_in_no_listing() {
    let simulator = odd(Oddities { unlisted_project: true, ..Oddities::default() });
    let single = get(&simulator, "/projects/5002.json");
    assert_eq!((single.status, &single.json()["status"]), (200, &json!("active")));
    for status in ["active", "archived", "trashed"] {
        let listed = all(&simulator, &format!("/projects.json?status={status}"));
        assert!(!listed.is_empty() && !ids(&listed).contains(&5002), "{status}");
    }
    assert!(!get(&simulator, "/my/recent_projects.json").ids().contains(&5002));
    assert!(ids(&simulator.dump("projects")).contains(&5002));
}

#[test]
fn a_person_can_be_listed_without_having_an_address() {
    let simulator = odd(Oddities { lost_person: true, ..Oddities::default() });
    let listed = all(&simulator, "/people.json");
    let lost = listed.iter().find(|person| person["id"] == 2002).unwrap();
    assert_eq!(get(&simulator, "/people/2002.json").status, 404);
    assert_eq!(get(&simulator, "/people/2001.json").status, 200);
    let dump = simulator.dump("people");
    assert_eq!(dump.iter().find(|person| person["id"] == 2002), Some(lost));
    assert!(dump.iter().any(|person| person.get("out_of_office").is_some()));
}

#[test]
fn projects_can_be_silent_about_timesheets_and_clients() {
    let simulator = odd(Oddities { silent_projects: true, ..Oddities::default() });
    for project in all(&simulator, "/projects.json").iter().chain(&simulator.dump("projects")) {
        assert_eq!((project.get("timesheet_enabled"), project.get("clientside")), (None, None));
    }
    assert!(!get(&simulator, "/projects/5000/timesheet.json").rows().is_empty());
    assert!(!get(&simulator, "/buckets/5000/client/approvals.json").rows().is_empty());
}

#[test]
fn the_timesheet_report_takes_one_pair_of_bounds_and_no_notice_of_the_other() {
    let report = |bounds: Bounds, query: &str| {
        let simulator = odd(Oddities { bounds, ..Oddities::default() });
        get(&simulator, &format!("/reports/timesheet.json{query}")).rows().len()
    };
    let (documented, other) =
        ("?start_date=2000-01-01&end_date=2099-01-01", "?from=2000-01-01&to=2099-01-01");
    let both = format!("{documented}&{}", &other[1..]);
    let month = report(Bounds::Dates, "");
    let ever = report(Bounds::Dates, documented);
    assert!(month > 0 && month < ever);
    for (bounds, own, others) in
        [(Bounds::Dates, documented, other), (Bounds::Range, other, documented)]
    {
        let found = [own, &both, others, ""].map(|query| report(bounds, query));
        assert_eq!(found, [ever, ever, month, month], "{bounds:?}");
    }
}

#[test]
fn a_chatbot_can_come_as_an_array_of_one() {
    let simulator = odd(Oddities { chatbot_arrays: true, ..Oddities::default() });
    let row = simulator.dump("chatbots").remove(0);
    let asked = &row["asked"];
    let room =
        format!("/buckets/{}/chats/{}/integrations", asked["project_id"], asked["campfire_id"]);
    let single = get(&simulator, &format!("{room}/{}.json", row["record"]["id"])).json();
    assert_eq!(single, json!([row["record"]]));
    assert_eq!(get(&simulator, &format!("{room}.json")).rows()[0], row["record"]);
    assert_eq!(get(&simulator, &format!("{room}/42.json")).status, 404);
}

#[test]
fn cards_and_steps_can_say_when_they_were_done_beside_their_other_members() {
    let simulator = odd(Oddities { flat_completion: true, ..Oddities::default() });
    for (table, flat) in [("cards", true), ("card_steps", true), ("todos", false)] {
        let dump = simulator.dump(table);
        let done: Vec<&Value> = dump.iter().filter(|record| record["completed"] == true).collect();
        assert!(!done.is_empty(), "{table}");
        for record in done {
            assert_eq!(record["completed_at"].is_string(), flat, "{table}");
            assert_eq!(record["completer"]["id"].is_i64(), flat, "{table}");
            assert_eq!(record.get("completion").is_none(), flat, "{table}");
        }
    }
}

#[test]
fn notifications_have_memories_and_can_have_more() {
    let grouped = |simulator: &Simulator| -> Vec<Value> {
        let rows = simulator.dump("my_notifications");
        records(
            &rows
                .into_iter()
                .filter(|row| row["asked"]["grouping"] == "memories")
                .collect::<Vec<_>>(),
        )
    };
    for (memories, count) in [(false, 2), (true, 3)] {
        let simulator = odd(Oddities { memories, ..Oddities::default() });
        let shown = get(&simulator, "/my/readings.json").json()["memories"].clone();
        assert_eq!(shown, json!(grouped(&simulator)));
        assert_eq!(shown.as_array().unwrap().len(), count);
    }
}

/// The answer to an address of Basecamp 2.
fn get2(simulator: &Simulator, path: &str) -> Answer {
    let password = base64::engine::general_purpose::STANDARD
        .encode("simulated@example.com:simulated:pass word");
    let headers = format!("User-Agent: test\r\nAuthorization: Basic {password}\r\n");
    send_with(simulator, "GET", &format!("/api/v1{path}"), &headers, "")
}

#[test]
fn things_of_basecamp_2_can_answer_at_their_addresses_and_be_in_no_listing() {
    let simulator = odd(Oddities { v2_unlisted: true, ..Oddities::default() });
    for (table, section) in [
        ("documents", "documents"),
        ("messages", "messages"),
        ("uploads", "uploads"),
        ("todolists", "todolists"),
    ] {
        let dump = simulator.dump_v2(table);
        let listed = |row: &&Value| match table {
            "documents" | "todolists" => row.get("listed").is_some(),
            _ => row.get("outer").is_some(),
        };
        let here: Vec<&Value> =
            dump.iter().filter(|row| row["asked"]["project_id"] == 605_001).collect();
        let unlisted: Vec<&&Value> = here.iter().filter(|row| !listed(row)).collect();
        assert_eq!(unlisted.len(), 1, "{table}");
        assert!(here.len() > 1, "{table}");
        let id = &unlisted[0]["record"]["id"];
        let single = get2(&simulator, &format!("/projects/605001/{section}/{id}.json"));
        assert_eq!((single.status, &single.json()["id"]), (200, id), "{table}");
    }
    let absent = |path: &str, table: &str| {
        let dump = simulator.dump_v2(table);
        let first = dump.iter().find(|row| row["asked"]["project_id"] == 605_001).unwrap();
        let rows = get2(&simulator, path).json();
        let rows = rows.as_array().unwrap();
        !rows.is_empty() && rows.iter().all(|row| row["id"] != first["record"]["id"])
    };
    for path in ["/documents.json", "/projects/605001/documents.json"] {
        assert!(absent(path, "documents"), "{path}");
    }
    for path in ["/todolists.json", "/projects/605001/todolists.json"] {
        assert!(absent(path, "todolists"), "{path}");
    }
    let projects = get2(&simulator, "/projects.json").json();
    let unlisted = simulator.dump_v2("projects").remove(1);
    assert_eq!(unlisted.get("listed"), None);
    let id = &unlisted["record"]["id"];
    assert!(projects.as_array().unwrap().iter().all(|project| project["id"] != *id));
    assert_eq!(get2(&simulator, &format!("/projects/{id}.json")).status, 200);
}

#[test]
fn things_of_calendars_are_in_no_project_of_basecamp_2() {
    let simulator = odd(Oddities::default());
    for table in ["accesses", "calendar_events", "comments", "subscribers", "attachments", "events"]
    {
        let dump = simulator.dump_v2(table);
        let of_calendars: Vec<&Value> =
            dump.iter().filter(|row| row["asked"].get("project_id").is_none()).collect();
        assert!(!of_calendars.is_empty() && of_calendars.len() < dump.len(), "{table}");
        assert!(of_calendars.iter().all(|row| row["asked"]["calendar_id"].is_i64()), "{table}");
    }
}

#[test]
fn oddities_are_switched_on_by_name() {
    let mut oddities = Oddities::default();
    for name in [
        "unlisted-project",
        "lost-person",
        "silent-projects",
        "chatbot-arrays",
        "flat-completion",
        "memories",
        "silent-markers",
        "v2-unlisted",
        "timesheet-range",
    ] {
        let before = oddities;
        assert!(oddities.switch_on(name) && oddities != before, "{name}");
    }
    assert!(!oddities.switch_on("nonsense"));
}

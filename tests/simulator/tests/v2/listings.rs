//! Pages, orders and filters of Basecamp 2's listings, and that walking them finds everything.

use serde_json::{Value, json};
use simulator::{Config, Readings, Simulator, Unstated};

use crate::client::{all, get, rows, simulator, sorted};
use crate::reading;

#[test]
fn pages_have_fifty_rows_and_nothing_says_whether_more_follow() {
    let simulator = simulator();
    let lists = rows(&simulator, "/projects/605001/todolists.json");
    let exact = format!("/projects/605001/todolists/{}/todos.json", lists[0]["id"]);
    let lists = rows(&simulator, "/projects/605002/todolists.json");
    let long = format!("/projects/605002/todolists/{}/todos.json", lists[0]["id"]);
    let sizes = |path: &str, pages: usize| -> Vec<usize> {
        let page = |page| rows(&simulator, &format!("{path}?page={page}")).len();
        (1..=pages).map(page).collect()
    };
    assert_eq!(sizes(&exact, 2), [50, 0]);
    assert_eq!(sizes(&long, 4), [50, 50, 20, 0]);
    let documents = "/projects/605001/documents.json";
    assert_eq!(sizes(documents, 2), [50, 0]);
    assert_eq!(sizes("/documents.json", 2), [50, 10]);
    assert_eq!(sizes("/projects/605001/accesses.json", 2), [50, 0]);
    assert_eq!(sizes("/projects/605008/documents.json", 1), [0]);
    let empty = simulator.dump_v2("todolists").into_iter().find(|row| {
        let list = &row["record"];
        list["completed_count"] == 0 && list["remaining_count"] == 0 && list["trashed"] == false
    });
    let empty = empty.unwrap();
    let (project, list) = (&empty["asked"]["project_id"], &empty["record"]["id"]);
    let path = format!("/projects/{project}/todolists/{list}/todos.json");
    assert_eq!(sizes(&path, 1), [0]);
    let page = get(&simulator, &long);
    assert!(page.header("link").is_none() && page.header("x-total-count").is_none());
}

#[test]
fn people_and_active_projects_are_the_same_on_every_page() {
    let simulator = Simulator::start(Config { v2_projects: 55, ..Config::default() }).unwrap();
    for (path, count) in [("/people.json", 50), ("/projects.json", 55)] {
        let first = rows(&simulator, path);
        assert_eq!(first.len(), count);
        assert_eq!(first, rows(&simulator, &format!("{path}?page=2")), "{path}");
    }
}

#[test]
fn listings_that_are_not_said_to_have_pages_are_read_in_three_ways() {
    let count = |unstated, path: &str, page: usize| {
        let simulator = reading(Readings { unstated, ..Readings::default() });
        rows(&simulator, &format!("{path}?page={page}")).len()
    };
    for (unstated, first, second) in
        [(Unstated::Mixed, 50, 10), (Unstated::Paginated, 50, 10), (Unstated::Ignored, 60, 60)]
    {
        assert_eq!(count(unstated, "/documents.json", 1), first);
        assert_eq!(count(unstated, "/documents.json", 2), second);
    }
    assert_eq!(count(Unstated::Mixed, "/calendars.json", 2), 2);
    assert_eq!(count(Unstated::Paginated, "/calendars.json", 2), 0);
}

#[test]
fn filters_and_orders_are_the_documented_ones() {
    let simulator = simulator();
    let order = |path: &str, member: &str| -> Vec<Value> {
        let rows = rows(&simulator, path);
        rows.iter().map(|row| row[member].clone()).collect()
    };
    let documents = "/projects/605001/documents.json";
    let titles = order(&format!("{documents}?sort=az"), "title");
    assert!(titles.is_sorted_by_key(|title| title.as_str().unwrap().to_owned()));
    let mut newest = order(documents, "id");
    newest.reverse();
    assert_eq!(newest, order(&format!("{documents}?sort=oldest"), "id"));
    let sizes = order("/attachments.json?sort=smallest", "byte_size");
    assert!(sizes.is_sorted_by_key(|size| size.as_i64().unwrap()));

    let todos = all(&simulator, "/projects/605002/todos.json");
    let due = todos.iter().find_map(|todo| todo["due_at"].as_str()).unwrap();
    let later = all(&simulator, &format!("/projects/605002/todos.json?due_since={due}"));
    assert!(later.len() < todos.len() && !later.is_empty());
    assert!(later.iter().all(|todo| todo["due_at"].as_str().unwrap() > due));
    let wrong = get(&simulator, "/projects/605002/todos.json?due_since=soon");
    assert_eq!((wrong.status, wrong.body.as_str()), (400, ""));

    let log = all(&simulator, "/events.json");
    let middle = log[120]["created_at"].as_str().unwrap().replace('+', "%2B");
    let since = all(&simulator, &format!("/events.json?since={middle}"));
    assert_eq!(since, log[..since.len()]);
    assert!((100..=120).contains(&since.len()));
    assert_eq!(get(&simulator, "/events.json?since=x").status, 400);
}

#[test]
fn labels_are_compared_without_case_and_read_from_the_path() {
    let simulator = simulator();
    let logos = all(&simulator, "/tags/LOGOS/attachments.json");
    let spelled: Vec<Value> = logos.iter().map(|file| file["tags"][0].clone()).collect();
    assert!(spelled.contains(&json!("Logos")) && spelled.contains(&json!("logos")));
    let nested = all(&simulator, "/tags/reports%2F2014/attachments.json");
    assert!(!nested.is_empty());
    let one = all(&simulator, "/projects/605001/tags/%C3%9Cn%C3%AFcode/attachments.json");
    assert!(one.iter().all(|file| file["tags"] == json!(["Ünïcode"])) && !one.is_empty());
    let tags = simulator.dump_v2("tags");
    let counted: i64 = tags
        .iter()
        .filter(|row| row["record"]["name"].as_str().unwrap().eq_ignore_ascii_case("logos"))
        .filter(|row| row["scope"] == "active")
        .map(|row| row["record"]["attachments_count"].as_i64().unwrap())
        .sum();
    assert_eq!(usize::try_from(counted).unwrap(), logos.len());
}

#[test]
fn walking_the_documented_way_finds_the_dump() {
    let simulator = simulator();
    let dump = |table: &str, scopes: &[&str]| -> Vec<Value> {
        let rows = simulator.dump_v2(table).into_iter();
        rows.filter(|row| scopes.contains(&row["scope"].as_str().unwrap())).collect()
    };
    for (table, path) in [
        ("documents", "/documents.json"),
        ("forwards", "/forwards.json"),
        ("attachments", "/attachments.json"),
        ("events", "/events.json"),
    ] {
        let read = all(&simulator, path);
        let expected: Vec<Value> = dump(table, &["active"])
            .iter()
            .map(|row| row.get("listed").unwrap_or(&row["record"]).clone())
            .collect();
        assert_eq!(sorted(&read, ""), sorted(&expected, ""), "{table}");
    }
    let mut topics = all(&simulator, "/topics.json");
    topics.extend(all(&simulator, "/topics/archived.json"));
    let expected = sorted(&dump("topics", &["active"]), "/record");
    assert_eq!(sorted(&topics, ""), expected);

    let mut todos = Vec::new();
    for state in ["active", "archived", "draft", "template"] {
        for project in dump("projects", &[state]) {
            let path = format!("/projects/{}", project["record"]["id"]);
            todos.extend(all(&simulator, &format!("{path}/todos.json")));
            for lists in ["todolists", "todolists/completed"] {
                for list in all(&simulator, &format!("{path}/{lists}.json")) {
                    let list = format!("{path}/todolists/{}", list["id"]);
                    todos.extend(all(&simulator, &format!("{list}/todos/trashed.json")));
                }
            }
        }
    }
    let expected = sorted(&simulator.dump_v2("todos"), "/listed");
    let read: Vec<String> = sorted(&todos, "");
    assert_eq!(read.len(), expected.len());
    assert_eq!(sorted(&todos, "/id"), sorted(&simulator.dump_v2("todos"), "/listed/id"));
    assert_eq!(read, expected);
}

//! Who may ask, how often, and in what pages answers come.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use simulator::{Config, Simulator};

/// Status, head and body of an answer.
fn ask(simulator: &Simulator, path: &str, headers: &str) -> (u16, String, String) {
    let mut socket = TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    let account = simulator.account();
    write!(
        socket,
        "GET /{account}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_owned(), body.to_owned())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn rows(body: &str) -> usize {
    serde_json::from_str::<Vec<serde_json::Value>>(body).unwrap().len()
}

fn allowed(simulator: &Simulator) -> String {
    format!("User-Agent: test\r\nAuthorization: Bearer {}\r\n", simulator.token())
}

#[test]
fn a_user_agent_and_the_token_are_demanded() {
    let simulator = Simulator::start(Config::default()).unwrap();
    let token = format!("Authorization: Bearer {}\r\n", simulator.token());
    assert_eq!(ask(&simulator, "/projects.json", &token).0, 400);
    assert_eq!(ask(&simulator, "/projects.json", "User-Agent: test\r\n").0, 401);
    assert_eq!(ask(&simulator, "/projects.json", &allowed(&simulator)).0, 200);
}

#[test]
fn pages_are_geared_and_links_lead_through_all_of_them() {
    let simulator = Simulator::start(Config { todos: 210, ..Config::default() }).unwrap();
    let mut sizes = Vec::new();
    let mut path = "/projects/recordings.json?type=Todo".to_owned();
    loop {
        let (_, head, body) = ask(&simulator, &path, &allowed(&simulator));
        assert_eq!(header(&head, "x-total-count"), Some("210"));
        sizes.push(rows(&body));
        let Some(link) = header(&head, "link") else {
            break;
        };
        let address = link.split(['<', '>']).nth(1).unwrap();
        path = address.split_once(&format!("/{}", simulator.account())).unwrap().1.to_owned();
    }
    assert_eq!(sizes, [15, 30, 50, 100, 15]);
}

#[test]
fn a_known_etag_is_answered_with_304_and_too_many_requests_with_429() {
    let simulator = Simulator::start(Config { rate: Some(3), ..Config::default() }).unwrap();
    let headers = allowed(&simulator);
    let (_, head, _) = ask(&simulator, "/people.json", &headers);
    let etag = header(&head, "etag").unwrap();
    let (status, _, body) =
        ask(&simulator, "/people.json", &format!("{headers}If-None-Match: {etag}\r\n"));
    assert_eq!((status, body.as_str()), (304, ""));
    assert_eq!(ask(&simulator, "/people.json", &headers).0, 200);
    let (status, head, _) = ask(&simulator, "/people.json", &headers);
    assert_eq!(status, 429);
    assert!(header(&head, "retry-after").is_some());
    assert_eq!(simulator.refused(), 1);
}

#[test]
fn to_dos_are_pending_ones_unless_others_are_asked_for() {
    let simulator = Simulator::start(Config::default()).unwrap();
    let todos = simulator.dump("todos");
    let list = &todos[0]["parent"]["id"];
    let count = |status: &str, completed: Option<bool>| {
        let inside =
            todos.iter().filter(|todo| todo["parent"]["id"] == *list && todo["status"] == status);
        inside.filter(|todo| completed.is_none_or(|done| todo["completed"] == done)).count()
    };
    for (query, expected) in [
        ("", count("active", Some(false))),
        ("?completed=true", count("active", Some(true))),
        ("?status=archived", count("archived", None)),
    ] {
        let path = format!("/todolists/{list}/todos.json{query}");
        assert_eq!(rows(&ask(&simulator, &path, &allowed(&simulator)).2), expected, "{query}");
    }
}

//! Requests over a plain socket: what a test needs of a client, and nothing that hides a rule.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use simulator::{Config, Simulator};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The rows of a listing.
    pub fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json().as_array().unwrap().clone()
    }

    pub fn ids(&self) -> Vec<i64> {
        ids(&self.rows())
    }
}

/// The ids of records, in their order.
pub fn ids(records: &[Value]) -> Vec<i64> {
    let ids = records.iter().map(|record| record["id"].as_i64().unwrap());
    ids.collect()
}

/// A simulator that is as it is without being told.
pub fn usual() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

/// The answer to a path of the account, asked with the token.
pub fn get(simulator: &Simulator, path: &str) -> Answer {
    let path = format!("/{}{path}", simulator.account());
    get_with(simulator, &path, simulator.token())
}

/// The answer to a path of the server, asked with a token.
pub fn get_with(simulator: &Simulator, path: &str, token: &str) -> Answer {
    let mut socket = TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    write!(
        socket,
        "GET {path} HTTP/1.0\r\nHost: x\r\nUser-Agent: test\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    .unwrap();
    parsed(socket)
}

/// The answer to something that is sent to a path of the account, as JSON.
pub fn send(simulator: &Simulator, method: &str, path: &str, body: &Value) -> Answer {
    let headers = "User-Agent: test\r\nContent-Type: application/json\r\n";
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send_with(simulator, method, path, headers, &body)
}

/// The answer to anything that is sent to a path of the account.
pub fn send_with(
    simulator: &Simulator,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let mut socket = TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    let (account, length) = (simulator.account(), body.len());
    let token = format!("Authorization: Bearer {}\r\n", simulator.token());
    let token = if headers.contains("Authorization") { "" } else { &token };
    write!(
        socket,
        "{method} /{account}{path} HTTP/1.0\r\nHost: x\r\n{token}Content-Length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    parsed(socket)
}

fn parsed(mut socket: TcpStream) -> Answer {
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// All rows of a listing, over as many pages as its links lead to.
pub fn all(simulator: &Simulator, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let answer = get(simulator, &path);
        rows.extend(answer.rows());
        next = answer.header("link").map(|link| {
            let address = link.split(['<', '>']).nth(1).unwrap();
            let account = format!("/{}", simulator.account());
            address.split_once(&account).unwrap().1.to_owned()
        });
    }
    rows
}

/// The records of a wrapped table.
pub fn records(rows: &[Value]) -> Vec<Value> {
    rows.iter().map(|row| row["record"].clone()).collect()
}

//! Asks the simulator's Basecamp 2 over a plain socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use simulator::{Config, Simulator};

/// An answer.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The rows of a listing.
    pub fn rows(&self) -> Vec<Value> {
        self.json().as_array().unwrap().clone()
    }
}

/// A simulator with the default sizes.
pub fn simulator() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

/// Asks any path of the host with some headers.
pub fn ask(simulator: &Simulator, path: &str, headers: &str) -> Answer {
    exchange(simulator, "GET", path, headers, "")
}

fn exchange(simulator: &Simulator, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut socket = TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    let length = format!("Content-Length: {}\r\n", body.len());
    let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    write!(socket, "{head}{headers}{length}\r\n{body}").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// Sends a body of a media type to a path of the version.
pub fn send_as(simulator: &Simulator, media: &str, method: &str, path: &str, body: &str) -> Answer {
    let path = format!("/{}/api/v1{path}", simulator.account());
    let headers = format!("{}Content-Type: {media}\r\n", allowed(simulator));
    exchange(simulator, method, &path, &headers, body)
}

/// Sends a body in JSON; null is none.
pub fn send(simulator: &Simulator, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send_as(simulator, "application/json; charset=utf-8", method, path, &body)
}

/// The headers of one who may ask.
pub fn allowed(simulator: &Simulator) -> String {
    format!("User-Agent: test\r\nAuthorization: Bearer {}\r\n", simulator.token())
}

/// Asks a path of the version.
pub fn get(simulator: &Simulator, path: &str) -> Answer {
    let path = format!("/{}/api/v1{path}", simulator.account());
    ask(simulator, &path, &allowed(simulator))
}

/// The rows of a path.
pub fn rows(simulator: &Simulator, path: &str) -> Vec<Value> {
    get(simulator, path).rows()
}

/// The rows of all pages, read until one is not full or repeats the one before.
pub fn all(simulator: &Simulator, path: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for page in 1.. {
        let joint = if path.contains('?') { '&' } else { '?' };
        let rows = rows(simulator, &format!("{path}{joint}page={page}"));
        if all.len() >= rows.len() && !rows.is_empty() && all.ends_with(&rows) {
            break;
        }
        all.extend(rows.iter().cloned());
        if rows.len() != 50 {
            break;
        }
    }
    all
}

/// The sorted values of a member.
pub fn sorted(rows: &[Value], member: &str) -> Vec<String> {
    let mut all: Vec<String> =
        rows.iter().filter_map(|row| row.pointer(member)).map(Value::to_string).collect();
    all.sort();
    all
}

//! As much of a browser as the tests need: one GET, no redirects followed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// What a page was answered with.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where it leads.
    pub location: Option<String>,
    /// The page.
    pub body: String,
}

/// Opens an `http://` address.
///
/// # Panics
/// When nobody answers.
pub fn visit(url: &str) -> Page {
    visit_with(url, "")
}

/// The same with further headers, a line each.
///
/// # Panics
/// When nobody answers.
pub fn visit_with(url: &str, headers: &str) -> Page {
    let rest = url.strip_prefix("http://").expect("a plain address");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut socket = TcpStream::connect(host).expect("somebody listens");
    let most = Some(Duration::from_secs(10));
    socket.set_read_timeout(most).expect("a socket");
    let request =
        format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let location = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location").then(|| value.to_owned())
    });
    Page { status: status.unwrap_or(0), location, body: body.to_owned() }
}

/// Opens an authorization page, which agrees at once, and says where it leads.
///
/// # Panics
/// When it leads nowhere.
pub fn agree(url: &str) -> String {
    let page = visit(url);
    page.location.clone().unwrap_or_else(|| panic!("{url}: {page:?}"))
}

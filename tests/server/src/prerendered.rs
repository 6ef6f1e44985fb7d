//! A server that takes next to no time: a listing of to-dos that the simulator rendered once, page after
//! page from memory, so that what is measured is what reads them.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::value::RawValue;
use simulator::{Config, Simulator};

use crate::Session;
use crate::browser::visit_with;

/// Records of a page.
pub const PAGE: usize = 100;
/// The page of the simulator's that has so many of them first.
const FULL: usize = 4;
/// The id of the first to-do. All have as many digits, in which they can be written over each other.
const FIRST_ID: usize = 1_000_000;

/// The running server. It ends with the process.
#[derive(Debug)]
pub struct Prerendered {
    address: SocketAddr,
    page: Arc<Page>,
}

/// A page and where the ids of its records are.
#[derive(Debug)]
struct Page {
    body: Vec<u8>,
    ids: Vec<usize>,
    /// To-dos of the whole listing.
    todos: AtomicUsize,
}

impl Prerendered {
    /// Starts on a loopback port, for a listing of so many to-dos.
    pub fn start(todos: usize) -> Self {
        let simulator = Simulator::start(Config::default()).unwrap();
        let (url, account) = (simulator.url(), simulator.account());
        let listing = format!("{url}/{account}/projects/recordings.json?type=Todo&page={FULL}");
        let (token, agent) = (simulator.token(), "User-Agent: benchmark (bench@example.com)");
        let page = visit_with(&listing, &format!("Authorization: Bearer {token}\r\n{agent}\r\n"));
        assert_eq!(page.status, 200, "{}", page.body);
        let (body, ids) = with_places(page.body.as_bytes());
        assert_eq!(ids.len(), PAGE, "a page of the simulator's");
        let page = Arc::new(Page { body, ids, todos: AtomicUsize::new(todos) });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let served = Arc::clone(&page);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let page = Arc::clone(&served);
                // A client that leaves ends its connection.
                std::thread::spawn(move || page.serve(&stream, address));
            }
        });
        Self { address, page }
    }

    /// The value for the server option `url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A session that reads from here.
    pub fn session(&self) -> Session {
        let elsewhere = Simulator::start(Config::default()).unwrap();
        let mut session = Session::on(&elsewhere, ", projectid 'all', ratelimit '0'");
        session.run(&format!("ALTER SERVER bc OPTIONS (SET url '{}')", self.url()));
        session
    }

    /// Changes how many to-dos the listing has.
    pub fn set_todos(&self, todos: usize) {
        self.page.todos.store(todos, Ordering::SeqCst);
    }

    /// The body of a page, from 1.
    pub fn body(&self, number: usize) -> Vec<u8> {
        self.page.body(number)
    }

    /// Asks for every page and reads it, without looking at it: what the server and the sockets take.
    pub fn drain(&self) -> usize {
        let pages = self.page.pages();
        let mut stream = BufReader::new(TcpStream::connect(self.address).unwrap());
        let mut bytes = 0;
        for number in 1..=pages {
            let asked = format!("GET /?type=Todo&page={number} HTTP/1.1\r\n\r\n");
            stream.get_mut().write_all(asked.as_bytes()).unwrap();
            let head = head(&mut stream).unwrap();
            let length =
                head.iter().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            bytes += body.len();
        }
        bytes
    }
}

impl Page {
    fn pages(&self) -> usize {
        self.todos.load(Ordering::SeqCst).div_ceil(PAGE)
    }

    fn body(&self, number: usize) -> Vec<u8> {
        let mut body = self.body.clone();
        for (place, start) in self.ids.iter().enumerate() {
            let id = (FIRST_ID + (number - 1) * PAGE + place).to_string();
            body[*start..*start + id.len()].copy_from_slice(id.as_bytes());
        }
        body
    }

    fn serve(&self, stream: &TcpStream, address: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        loop {
            let head = head(&mut reader)?;
            let Some(target) = head.first().and_then(|line| line.split(' ').nth(1)) else {
                return Ok(());
            };
            self.answer(stream, target, address)?;
        }
    }

    fn answer(&self, mut stream: &TcpStream, target: &str, address: SocketAddr) -> io::Result<()> {
        if !target.contains("type=Todo") {
            return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (asked, others): (Vec<&str>, Vec<&str>) =
            query.split('&').partition(|parameter| parameter.starts_with("page="));
        let number = asked.first().and_then(|page| page["page=".len()..].parse().ok()).unwrap_or(1);
        let body = self.body(number);
        let link = if number < self.pages() {
            let (others, next) = (others.join("&"), number + 1);
            format!("Link: <http://{address}{path}?{others}&page={next}>; rel=\"next\"\r\n")
        } else {
            String::new()
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             X-Total-Count: {}\r\n{link}\r\n",
            body.len(),
            self.todos.load(Ordering::SeqCst)
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body)
    }
}

/// The lines in front of a body; none when the other side has left.
fn head(reader: &mut impl BufRead) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            return Ok(lines);
        }
        lines.push(line.trim_end().to_owned());
    }
}

/// A page with ids that have as many digits as ours, and where these begin.
fn with_places(body: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let records: Vec<HashMap<&str, &RawValue>> = serde_json::from_slice(body).unwrap();
    let (mut all, mut ids, mut rest) = (Vec::new(), Vec::new(), 0);
    for record in &records {
        let id = record["id"].get();
        let start = id.as_ptr() as usize - body.as_ptr() as usize;
        all.extend_from_slice(&body[rest..start]);
        ids.push(all.len());
        all.extend_from_slice(FIRST_ID.to_string().as_bytes());
        rest = start + id.len();
    }
    all.extend_from_slice(&body[rest..]);
    (all, ids)
}

//! A server that answers as it is told and remembers what it was asked, and a clock for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use basecamp_fdw::api::{Base, Bearer, Client, Config, Paging, Rate};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// The token of the clients here; in no message may it be seen.
pub const TOKEN: &str = "sesame-4711";

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(header, _)| header == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    /// The parameter `page`; 1 if it is not there.
    pub fn page(&self) -> u64 {
        let (_, query) = self.target.split_once('?').unwrap_or_default();
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page="));
        page.map_or(1, |page| page.parse().expect("a number"))
    }
}

/// What the server does about a request.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Fate {
    #[default]
    Answered,
    /// The connection is closed without a word.
    Closed,
    /// Nothing happens until the client goes.
    Hanging,
    /// The body breaks off.
    Short,
}

pub fn reply(status: u16) -> Reply {
    Reply { status, ..Reply::default() }
}

/// Closes the connection instead of answering.
pub fn closed() -> Reply {
    Reply { fate: Fate::Closed, ..Reply::default() }
}

/// Never answers.
pub fn hanging() -> Reply {
    Reply { fate: Fate::Hanging, ..Reply::default() }
}

impl Reply {
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub fn short(mut self) -> Self {
        self.fate = Fate::Short;
        self
    }
}

type Script = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

/// A running server; its script gets each request and how many came before it.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    state: Arc<State>,
}

struct State {
    script: Box<Script>,
    log: Mutex<Vec<Asked>>,
    open: AtomicUsize,
    busiest: AtomicUsize,
    left: AtomicUsize,
}

impl Server {
    pub async fn start(script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let server = Self::scripted(url, script);
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        server
    }

    /// A server whose connections are brought to it.
    pub fn scripted(
        url: String,
        script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            script: Box::new(script),
            log: Mutex::default(),
            open: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
        };
        Self { url, state: Arc::new(state) }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.log.lock().expect("no panic").clone()
    }

    pub fn count(&self) -> usize {
        self.asked().len()
    }

    /// How many requests were under way at once at most.
    pub fn busiest(&self) -> usize {
        self.state.busiest.load(Ordering::SeqCst)
    }

    /// How many clients went before they were answered.
    pub fn left(&self) -> usize {
        self.state.left.load(Ordering::SeqCst)
    }

    /// Serves one connection.
    pub async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut stream = BufReader::new(stream);
        while let Some(asked) = read(&mut stream).await {
            let before = {
                let mut log = self.state.log.lock().expect("no panic");
                log.push(asked.clone());
                log.len() - 1
            };
            let open = self.state.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.state.busiest.fetch_max(open, Ordering::SeqCst);
            let reply = (self.state.script)(&asked, before);
            tokio::time::sleep(reply.delay).await;
            let goes_on = self.answer(&mut stream, &reply).await;
            self.state.open.fetch_sub(1, Ordering::SeqCst);
            if !goes_on {
                return;
            }
        }
    }

    async fn answer(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        reply: &Reply,
    ) -> bool {
        match reply.fate {
            Fate::Closed => return false,
            Fate::Hanging => {
                let _ = stream.read(&mut [0]).await;
                self.state.left.fetch_add(1, Ordering::SeqCst);
                return false;
            }
            Fate::Answered | Fate::Short => {}
        }
        let mut head = format!("HTTP/1.1 {} Whatever\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !matches!(reply.status, 204 | 304) {
            head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        let body = match reply.fate {
            Fate::Short => &reply.body[..reply.body.len() / 2],
            _ => &reply.body[..],
        };
        bytes.extend_from_slice(body);
        let written = stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok();
        written && reply.fate == Fate::Answered
    }
}

async fn read(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut start = lines.first()?.split(' ').map(str::to_owned);
    let (method, target) = (start.next()?, start.next()?);
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut asked = Asked { method, target, headers, body: Vec::new(), at: Instant::now() };
    let length = asked.header("content-length").unwrap_or("0");
    asked.body = vec![0; length.parse().expect("a length")];
    stream.read_exact(&mut asked.body).await.ok()?;
    Some(asked)
}

/// One of three pages of a listing, which links to the next.
pub fn one_of_three(asked: &Asked) -> Reply {
    let page = asked.page();
    let answer = reply(200).body(format!("[{page}]"));
    match page {
        3 => answer,
        _ => answer.header("Link", format!("<?page={}>; rel=\"next\"", page + 1)),
    }
}

/// Reads a listing to its end.
pub async fn read_pages(client: &Client) -> Vec<u8> {
    let mut pages = client.pages("/x.json", None);
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.expect("answered") {
        all.extend_from_slice(&page.body);
    }
    all
}

/// How a client of the server is set up, unless a test says otherwise. No rate limit.
pub fn config(server: &Server) -> Config {
    config_at(&server.url)
}

/// The same, for a server elsewhere.
pub fn config_at(url: &str) -> Config {
    Config {
        base: Base::parse(url).expect("an address"),
        account: "1".to_owned(),
        prefix: "",
        paging: Paging::Links,
        launchpad: Base::parse(url).expect("an address"),
        user_agent: "basecamp_fdw (test@example.com)".to_owned(),
        // So long that no machine is slow enough for it, see `hurry`.
        timeout: Duration::from_secs(600),
        max_attempts: 3,
        max_concurrency: 8,
        rate: Rate::parse("0").expect("no limit"),
        max_pages: 10_000,
        proxy: None,
        ca_pem: None,
    }
}

pub fn client(server: &Server) -> Client {
    client_of(config(server))
}

pub fn client_of(config: Config) -> Client {
    Client::new(config, Arc::new(Bearer(TOKEN.to_owned().into()))).expect("a client")
}

/// Lets time pass fifty times faster than it does, for tests with `start_paused`.
///
/// Paused time alone would jump to the next timer, a timeout, whenever nothing is left to do but wait
/// for a socket. A blocking task keeps it from jumping; its ticks move it on evenly.
pub fn hurry() {
    let (tick, mut ticks) = tokio::sync::mpsc::unbounded_channel();
    tokio::task::spawn_blocking(move || {
        while tick.send(()).is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    tokio::spawn(async move {
        while ticks.recv().await.is_some() {
            tokio::time::advance(Duration::from_millis(50)).await;
        }
    });
}

//! A Basecamp 3 and a Basecamp 2 to test, show and measure against.
//!
//! Written from what is known of the API and nothing else: it shares no code or type with the
//! extension. Data are made from a seed; what is kept of a record is a few numbers, and its body is
//! rendered when it is asked for, so a million to-dos fit. The rules of the real service are
//! enforced: a User-Agent is demanded, tokens are checked, pages are geared, requests are counted
//! against a rate. Faults can be switched on by name. The world can change: writes lie over the
//! seeded records, and so do the edits of tests and of scripts that wait for requests.
//!
//! Tests in other processes ask addresses that no account has: `/_simulator/dump/{table}` and
//! `/_simulator/dump2/{table}` for every record, `/_simulator/requests` for what was asked,
//! `/_simulator/faults?{fault},…` to switch faults, and `/_simulator/script` for edits. One edit is
//! sent as `{"do": "insert", "table": "todos", "parent": 5, "members": {…}, "top": true}` and takes
//! place at once; what else can be done is `update` (with `members`), `touch`, `move_to_top`,
//! `remove`, `trash`, `archive`, `restore`, `complete` and `uncomplete`, each with an `id`. A script
//! is `{"steps": […]}` of such edits, each with `after_request`, the number of answered requests that
//! it waits for, and with `path_prefix` and `query`, which say what requests those are: how their
//! addresses below the account begin, and what their query strings contain. Without a body the
//! address tells how far the script is.

mod answer;
mod connection;
mod control;
mod fault;
mod files;
mod launchpad;
mod made;
mod oddity;
mod payload;
mod routes;
mod script;
mod server;
mod v2;
mod world;
mod writes;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

pub use fault::FAULTS;
pub use launchpad::{Granted, Launchpad, OAuth, Shape};
pub use oddity::{Bounds, Oddities};
pub use script::{Edit, Progress, Step};
pub use v2::{Readings, Unstated};

/// How a simulator is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Data are the same for the same seed and sizes.
    pub seed: u64,
    /// The account id, the first segment of every path.
    pub account: u64,
    /// Active projects; there are two archived and a trashed one beside them.
    pub projects: usize,
    /// Active lists and groups of active projects.
    pub todolists: usize,
    /// Active to-dos of active projects.
    pub todos: usize,
    /// Active messages of active projects, beside the two of every board.
    pub messages: usize,
    /// Comments on these messages.
    pub comments: usize,
    /// Time that every answer takes.
    pub latency: Duration,
    /// Requests in 10 seconds; more are answered with 429.
    pub rate: Option<u32>,
    /// 0: any free port.
    pub port: u16,
    /// The access token that is accepted; with `-agent` behind it, it is an agent's.
    pub token: String,
    /// Faults that are on from the start.
    pub faults: Vec<String>,
    /// How Launchpad is set up.
    pub oauth: OAuth,
    /// Half of the tools are hidden from the dock; they keep their content.
    pub disabled_tools: bool,
    /// The account is that of a design studio, with names, texts and days that people know.
    pub studio: bool,
    /// The day on which the account is looked at; all accounts of a process are on one day.
    pub today: Option<String>,
    /// A third of the projects is archived.
    pub archived: bool,
    /// Some things answer 403 or 404 to this user.
    pub forbidden: bool,
    /// What came in 2026 answers 404: everything feeds, folders, bookmarks, drafts, notes and the like.
    pub old_server: bool,
    /// What is otherwise than in most accounts.
    pub oddities: Oddities,
    /// The login name that Basecamp 2 accepts.
    pub v2_user: String,
    /// The password that goes with it.
    pub v2_password: String,
    /// Active projects of Basecamp 2, one of them empty; two archived ones, a draft, two templates
    /// and a trashed one are beside them.
    pub v2_projects: usize,
    /// People of Basecamp 2 who are not in the trash, two at least.
    pub v2_people: usize,
    /// Lists of active projects that are not in the trash.
    pub v2_todolists: usize,
    /// To-dos of them; from 170 on one list has exactly 50 and one 120.
    pub v2_todos: usize,
    /// Documents of active projects; the first has 50 of them if there are so many.
    pub v2_documents: usize,
    /// Messages of active projects.
    pub v2_messages: usize,
    /// Uploads of active projects.
    pub v2_uploads: usize,
    /// Forwards of active projects.
    pub v2_forwards: usize,
    /// Calendar events besides the ones of every kind that each busy project and calendar has.
    pub v2_calendar_events: usize,
    /// How Basecamp 2 decides what its documentation does not.
    pub v2_readings: Readings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            account: 1_234_567,
            projects: 12,
            todolists: 40,
            todos: 400,
            messages: 0,
            comments: 0,
            latency: Duration::ZERO,
            rate: None,
            port: 0,
            token: "simulated-token".to_owned(),
            faults: Vec::new(),
            oauth: OAuth::default(),
            disabled_tools: false,
            studio: false,
            today: None,
            archived: false,
            forbidden: false,
            old_server: false,
            oddities: Oddities::default(),
            v2_user: "simulated@example.com".to_owned(),
            v2_password: "simulated:pass word".to_owned(),
            v2_projects: 8,
            v2_people: 50,
            v2_todolists: 24,
            v2_todos: 400,
            v2_documents: 60,
            v2_messages: 30,
            v2_uploads: 40,
            v2_forwards: 12,
            v2_calendar_events: 40,
            v2_readings: Readings::default(),
        }
    }
}

/// A request that came, as a test wants to see it. Tokens are not kept.
#[derive(Debug, Clone)]
pub struct Request {
    /// When it came.
    pub at: Instant,
    /// Its method.
    pub method: String,
    /// Its path without the account.
    pub path: String,
    /// Its query string.
    pub query: String,
    /// What was sent, as far as it is text; empty without a body.
    pub body: String,
    /// What was answered.
    pub status: u16,
}

/// A running simulator. Dropping it stops it at once.
#[derive(Debug)]
pub struct Simulator {
    state: Arc<server::State>,
    address: std::net::SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Simulator {
    /// Starts on a loopback port.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(config: Config) -> std::io::Result<Self> {
        if let Some(today) = &config.today {
            payload::live_on(today).map_err(std::io::Error::other)?;
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let port = config.port;
        let state = Arc::new(server::State::new(config));
        // Without blocking on the runtime, so that an asynchronous test can start one too.
        let socket = std::net::TcpListener::bind(("127.0.0.1", port))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(socket)?;
        drop(entered);
        let service = server::service(Arc::clone(&state), address);
        let service = service.into_make_service_with_connect_info::<connection::Line>();
        let door = connection::Door(listener);
        runtime.spawn(async move { axum::serve(door, service).await });
        Ok(Self { state, address, runtime: Some(runtime) })
    }

    /// The value for the server option `url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The account id.
    pub fn account(&self) -> u64 {
        self.state.config.account
    }

    /// The token that is accepted.
    pub fn token(&self) -> &str {
        &self.state.config.token
    }

    /// Launchpad, which is on the same port.
    pub fn launchpad(&self) -> &Launchpad {
        &self.state.launchpad
    }

    /// Every request since the start or the last [`Simulator::clear_requests`].
    pub fn requests(&self) -> Vec<Request> {
        server::locked(&self.state.requests).clone()
    }

    /// Forgets the requests that came.
    pub fn clear_requests(&self) {
        server::locked(&self.state.requests).clear();
        self.state.v2.clear();
        self.state.peak.store(0, Ordering::SeqCst);
    }

    /// Replaces the faults that are on: `name`, `name:count`, `name@path` or `name:count@path`.
    pub fn set_faults(&self, faults: &[&str]) {
        *server::locked(&self.state.faults) =
            faults.iter().filter_map(|text| fault::Fault::parse(text)).collect();
    }

    /// Changes the time that every answer takes.
    pub fn set_latency(&self, latency: Duration) {
        let millis = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.state.latency.store(millis, Ordering::SeqCst);
    }

    /// Changes the world as other people do, past the rules of the API; the id of the record.
    ///
    /// # Errors
    /// When there is no such record, table or status.
    pub fn edit(&self, edit: Edit) -> Result<i64, String> {
        edit.apply(&mut self.state.changing())
    }

    /// Makes a record the first of its listing; its id.
    ///
    /// # Errors
    /// When there is no such table or parent.
    pub fn insert(&self, table: &str, parent: Option<i64>) -> Result<i64, String> {
        self.edit(Edit::Insert { table: table.to_owned(), parent, members: Map::new(), top: true })
    }

    /// Replaces the edits that wait for requests.
    pub fn set_script(&self, steps: Vec<Step>) {
        *server::locked(&self.state.script) = script::Script::new(steps);
    }

    /// How far the script is.
    pub fn progress(&self) -> Progress {
        server::locked(&self.state.script).progress()
    }

    /// Every record of a table, of all statuses and projects: plain, as its own address gives it, or
    /// as `{"record": …, "asked": {…}}` where the record does not say all columns. Which table has
    /// which form is said at `dump` in `payload/dump.rs`.
    pub fn dump(&self, table: &str) -> Vec<Value> {
        payload::dump(&self.state.world(), &self.url_of_account(), table).unwrap_or_default()
    }

    /// Every row of a table of Basecamp 2 that anybody could see, in the trash or archived too: an
    /// object with `record`, `asked`, and `listed`, `outer`, `topic`, `bucket`, `scope` where apt.
    pub fn dump_v2(&self, table: &str) -> Vec<Value> {
        self.state.v2.dump(&self.url(), table)
    }

    /// How often addresses of Basecamp 2 were asked that are written nowhere.
    pub fn undocumented(&self) -> u64 {
        self.state.v2.undocumented()
    }

    /// The most requests that were under way at one time.
    pub fn peak_concurrency(&self) -> u64 {
        self.state.peak.load(Ordering::SeqCst)
    }

    /// How many requests were answered with 429 for the rate's sake.
    pub fn refused(&self) -> u64 {
        self.state.refused.load(Ordering::SeqCst)
    }

    fn url_of_account(&self) -> String {
        format!("{}/{}", self.url(), self.state.config.account)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A counter that also remembers its peak, for requests under way.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn up(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

//! A throwaway PostgreSQL cluster with `basecamp_fdw` installed, for the tests of this crate.
//!
//! The installation to test is named by `BASECAMP_FDW_PG`, a prefix made by `.ci/postgres`, or found
//! under `.build/pg`. One cluster per test binary, one database per test; a test that stops the server,
//! or sets it up in its own way, has a cluster of its own. PostgreSQL refuses to run as root, so root
//! hands over to the user `postgres` or `nobody`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's set-up fails by panicking")]

pub mod account;
pub mod audit;
pub mod browser;
pub mod prerendered;
pub mod ways;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::time::{Duration, Instant};

use authority::Authority;
use postgres::{Client, NoTls, SimpleQueryMessage};
use simulator::Simulator;

/// A running cluster. Dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Cluster {
    server: Option<Child>,
    directory: PathBuf,
    /// `name=value`, beside those that every cluster of the tests has.
    settings: Vec<String>,
    /// What the server loads before the C library.
    preload: Option<PathBuf>,
}

/// The port in the name of the socket; no cluster listens on the network.
const PORT: u16 = 5432;

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The installation of PostgreSQL that is tested.
pub fn prefix() -> PathBuf {
    if let Some(named) = std::env::var_os("BASECAMP_FDW_PG") {
        return named.into();
    }
    let mut found: Vec<_> = std::fs::read_dir(root().join(".build/pg"))
        .expect("no PostgreSQL under .build/pg: run make build")
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found.into_iter().next().expect("no PostgreSQL under .build/pg: run make build")
}

/// A program of PostgreSQL's, run without this process's environment and never as root.
fn program(name: &str) -> Command {
    let path = prefix().join("bin").join(name);
    let mut command = if is_root() {
        let user = unprivileged();
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--clear-groups");
        command.arg("--pdeathsig=QUIT").arg(path);
        command
    } else {
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=QUIT").arg(path);
        command
    };
    // RUST_BACKTRACE in the server would put backtraces into every DETAIL.
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/");
    command
}

fn output(command: &str, argument: &str) -> String {
    let made = Command::new(command).args(argument.split(' ')).output().unwrap();
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn is_root() -> bool {
    output("id", "-u") == "0"
}

fn unprivileged() -> String {
    let known = output("id", "-u postgres");
    if known.is_empty() { output("id", "-u nobody") } else { known }
}

/// A folder that the server can use.
fn folder() -> PathBuf {
    let directory = tempfile::Builder::new().prefix("bcfdw").tempdir_in("/tmp").unwrap().keep();
    give_away(&directory);
    directory
}

/// Makes the server's user the owner of a file or folder.
pub fn give_away(path: &Path) {
    if is_root() {
        let mut command = Command::new("chown");
        command.arg("-R").arg(unprivileged()).arg(path);
        assert!(command.status().unwrap().success());
    }
}

impl Cluster {
    /// A new cluster with settings of its own: `name=value`.
    pub fn start(settings: &[&str]) -> Self {
        Self::made(settings, None)
    }

    /// A cluster for which the names that begin with `hanging` are looked up for ever.
    pub fn with_hanging_names() -> Self {
        let library = folder().join("hanging_names.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("hanging_names.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source);
        assert!(compiler.status().unwrap().success(), "cc");
        give_away(&library);
        Self::made(&[], Some(library))
    }

    fn made(settings: &[&str], preload: Option<PathBuf>) -> Self {
        let directory = folder();
        let made = program("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--no-sync", "--no-instructions", "-D"])
            .arg(directory.join("data"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb: {said}");
        let settings = settings.iter().map(|each| (*each).to_owned()).collect();
        let mut cluster = Self { server: None, directory, settings, preload };
        cluster.launch();
        cluster
    }

    /// Starts the server, and waits until it answers.
    pub fn launch(&mut self) {
        self.spawn();
        self.await_connections();
    }

    fn spawn(&mut self) {
        let log =
            std::fs::File::options().create(true).append(true).open(self.directory.join("log"));
        let folder = self.directory.display().to_string();
        let mut command = program("postgres");
        command.arg("-D").arg(self.data());
        let always = [
            "listen_addresses=".to_owned(),
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "jit=off".to_owned(),
            "max_connections=100".to_owned(),
            format!("unix_socket_directories={folder}"),
        ];
        for setting in always.iter().chain(&self.settings) {
            command.arg("-c").arg(setting);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(preload) = &self.preload {
            command.env("LD_PRELOAD", preload);
        }
        self.server = Some(command.stderr(log.unwrap()).spawn().unwrap());
    }

    /// Waits until the server answers, after it was started or has restarted.
    pub fn await_connections(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.config("postgres", "postgres").connect(NoTls).is_err() {
            let log = self.log();
            assert!(Instant::now() < deadline, "PostgreSQL did not start: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server as an administrator does: it finishes what it is writing.
    pub fn stop(&mut self) {
        self.end("-INT");
    }

    /// Stops the server in the middle of what it does: the next start recovers.
    pub fn crash(&mut self) {
        self.end("-QUIT");
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut server) = self.server.take() {
            let process = server.id().to_string();
            let _ = Command::new("kill").arg(signal).arg(process).status();
            let _ = server.wait();
        }
    }

    /// The postmaster's process.
    pub fn process(&self) -> u32 {
        self.server.as_ref().map_or(0, Child::id)
    }

    /// Starts the server again after its postmaster was killed, as soon as what it left has ended.
    pub fn relaunch(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        if let Some(mut server) = self.server.take() {
            let _ = server.wait();
        }
        loop {
            self.spawn();
            while self.try_connect("postgres", "postgres").is_none() {
                assert!(Instant::now() < deadline, "{}", self.log());
                std::thread::sleep(Duration::from_millis(20));
                let ended = self.server.as_mut().unwrap().try_wait().unwrap();
                if ended.is_some() {
                    break;
                }
            }
            if self.try_connect("postgres", "postgres").is_some() {
                return;
            }
        }
    }

    /// A standby of this cluster, which is stopped for it: it has the same data and takes no writes.
    pub fn standby(&mut self) -> Self {
        self.stop();
        let directory = folder();
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(self.data()).arg(&directory);
        assert!(copy.status().unwrap().success());
        let data = directory.join("data");
        std::fs::write(data.join("standby.signal"), "").unwrap();
        give_away(&directory);
        let (settings, preload) = (self.settings.clone(), self.preload.clone());
        let mut standby = Self { server: None, directory, settings, preload };
        standby.launch();
        standby
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// A folder that the server can write to.
    pub fn folder(&self) -> &Path {
        &self.directory
    }

    /// What the server logged.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.directory.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Runs a program of PostgreSQL's that connects to a database; none where the installation has
    /// not got it.
    pub fn client_program(&self, name: &str, arguments: &[&str]) -> Option<Output> {
        if !prefix().join("bin").join(name).exists() {
            return None;
        }
        let mut command = program(name);
        command.env("PGHOST", &self.directory);
        command.env("PGPORT", PORT.to_string());
        command.env("PGUSER", "postgres");
        Some(command.args(arguments).output().unwrap())
    }

    fn config(&self, database: &str, user: &str) -> postgres::Config {
        let mut config = postgres::Config::new();
        config.host_path(&self.directory).port(PORT);
        config.user(user).dbname(database);
        config
    }

    /// Connects a user to a database.
    pub fn connect(&self, database: &str, user: &str) -> Session {
        Session::new(self.config(database, user))
    }

    /// The same, if the server answers.
    pub fn try_connect(&self, database: &str, user: &str) -> Option<Session> {
        Session::try_new(self.config(database, user))
    }

    /// A new database with the extension, and nothing else.
    pub fn database(&self) -> Session {
        let mut session = self.bare_database();
        session.run("CREATE EXTENSION basecamp_fdw");
        session
    }

    /// A new database with nothing in it.
    pub fn bare_database(&self) -> Session {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("test_{number}");
        self.connect("postgres", "postgres").run(&format!("CREATE DATABASE {database}"));
        self.connect(&database, "postgres")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end("-QUIT");
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The cluster of this test binary.
pub fn cluster() -> &'static Cluster {
    extern "C" fn stop() {
        if let Some(cluster) = CLUSTER.get() {
            if let Some(server) = &cluster.server {
                let process = server.id().to_string();
                let _ = Command::new("kill").arg("-QUIT").arg(process).status();
            }
            let _ = std::fs::remove_dir_all(&cluster.directory);
        }
    }
    CLUSTER.get_or_init(|| {
        #[expect(
            unsafe_code,
            reason = "statics are not dropped; the cluster must not outlive the tests"
        )]
        // SAFETY: registers a function without arguments that only uses the static.
        unsafe {
            libc::atexit(stop);
        }
        // The server is to die with the process that tests it. Linux sends that signal when the
        // thread that started it ends, so a thread starts it that never does.
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _ = sender.send(Cluster::start(&[]));
            loop {
                std::thread::park();
            }
        });
        receiver.recv().expect("the cluster starts")
    })
}

/// A connection to a database with the extension.
pub struct Session {
    /// The connection.
    pub client: Client,
    /// The database's name.
    pub database: String,
    config: postgres::Config,
    notices: Arc<Mutex<Vec<String>>>,
}

/// An error as the user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE.
    pub code: String,
    /// The primary message.
    pub message: String,
    /// The facts.
    pub detail: String,
    /// The advice.
    pub hint: String,
}

impl Session {
    fn new(config: postgres::Config) -> Self {
        Self::try_new(config).unwrap()
    }

    fn try_new(mut config: postgres::Config) -> Option<Self> {
        let notices = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&notices);
        config.notice_callback(move |notice| {
            let text = [Some(notice.message()), notice.detail(), notice.hint(), notice.where_()];
            let text: Vec<&str> = text.into_iter().flatten().collect();
            heard.lock().unwrap().push(text.join("\n"));
        });
        Some(Self {
            client: config.connect(NoTls).ok()?,
            database: config.get_dbname().unwrap_or_default().to_owned(),
            config,
            notices,
        })
    }

    /// A new database with the extension, and nothing else.
    pub fn empty() -> Self {
        cluster().database()
    }

    /// What the server told this session beside its answers, so far.
    pub fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap().clone()
    }

    /// What the server tells this session, for another thread to look at.
    pub fn hearing(&self) -> Arc<Mutex<Vec<String>>> {
        Arc::clone(&self.notices)
    }

    /// A connection of a role to the same database.
    pub fn of_role(&self, role: &str) -> Self {
        let mut config = self.config.clone();
        config.user(role);
        Self::new(config)
    }

    /// A new database with server `bc` on a simulator, and its tables in schema `bc`.
    pub fn on(simulator: &Simulator, options: &str) -> Self {
        Self::empty().serving(simulator, options)
    }

    /// The same in a database that is new.
    pub fn serving(mut self, simulator: &Simulator, options: &str) -> Self {
        let session = &mut self;
        let (url, account, token) = (simulator.url(), simulator.account(), simulator.token());
        session.run(&format!(
            "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw \
               OPTIONS (accountid '{account}', url '{url}', oauthurl '{url}' {options}); \
             CREATE USER MAPPING FOR PUBLIC SERVER bc OPTIONS (oauthaccesstoken '{token}'); \
             CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO bc"
        ));
        simulator.clear_requests();
        self
    }

    /// Server `bc` on a simulator and its Launchpad, and a mapping for this user with options
    /// (`name 'value', …`).
    pub fn connected(&mut self, simulator: &Simulator, server: &str, mapping: &str) {
        self.connected_to(&simulator.url(), simulator.account(), server, mapping);
        simulator.clear_requests();
    }

    /// The same on a strict authorization server and its API, with its client in the mapping.
    pub fn audited(&mut self, authority: &Authority, server: &str, mapping: &str) {
        let (id, secret) = authority.client();
        let mapping = format!("oauthclientid '{id}', oauthclientsecret '{secret}'{mapping}");
        self.connected_to(&authority.url(), authority.account(), server, &mapping);
        authority.clear_requests();
    }

    fn connected_to(&mut self, url: &str, account: u64, server: &str, mapping: &str) {
        let mapping = match mapping {
            "" => String::new(),
            options => format!("OPTIONS ({options})"),
        };
        let version = if server.contains("schema 'V2'") { "v2" } else { "v3" };
        self.run(&format!(
            "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw OPTIONS \
               (accountid '{account}', url '{url}', oauthurl '{url}', ratelimit '0' {server}); \
             CREATE USER MAPPING FOR CURRENT_USER SERVER bc {mapping}; \
             CREATE SCHEMA bc; \
             IMPORT FOREIGN SCHEMA {version} LIMIT TO (people, todos) FROM SERVER bc INTO bc"
        ));
    }

    /// Another connection to the same database.
    pub fn second(&self) -> Self {
        Self::new(self.config.clone())
    }

    /// Does the same in every session at the same moment, each in a thread of its own.
    pub fn together(sessions: Vec<Self>, act: impl Fn(&mut Self) + Sync) {
        let (start, act) = (&Barrier::new(sessions.len()), &act);
        std::thread::scope(|scope| {
            for mut session in sessions {
                scope.spawn(move || {
                    start.wait();
                    act(&mut session);
                });
            }
        });
    }

    /// Runs statements that succeed.
    pub fn run(&mut self, sql: &str) {
        self.client.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Runs a query of which every row is made and none is sent.
    pub fn exhaust(&mut self, query: &str) {
        self.run(&format!("{query} OFFSET 1000000000"));
    }

    /// The rows of a query as text; `None` is NULL.
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.attempt(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The one value of a query.
    pub fn value(&mut self, sql: &str) -> String {
        self.rows(sql)[0][0].clone().unwrap_or_default()
    }

    /// The lines of a plan.
    pub fn explain(&mut self, sql: &str) -> String {
        let rows = self.rows(&format!("EXPLAIN {sql}"));
        rows.into_iter()
            .map(|row| row[0].clone().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The rows of a statement as text, or the error that it fails with.
    ///
    /// # Errors
    /// SQLSTATE, message and detail of the error.
    pub fn attempt(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
        let messages =
            self.client.simple_query(sql).map_err(|error| match error.as_db_error() {
                Some(told) => {
                    let detail = told.detail().unwrap_or_default();
                    format!("{} {} ({detail})", told.code().code(), told.message())
                }
                None => format!("{error:?}"),
            })?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    /// The error of a statement that fails.
    pub fn refusal(&mut self, sql: &str) -> Refusal {
        let error = self.client.simple_query(sql).expect_err(sql);
        let error = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error:?}"));
        Refusal {
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().unwrap_or_default().to_owned(),
            hint: error.hint().unwrap_or_default().to_owned(),
        }
    }

    /// The process of this session's backend.
    pub fn backend(&mut self) -> u32 {
        self.value("SELECT pg_backend_pid()").parse().unwrap()
    }
}

/// The most memory that a process ever had, in bytes (`VmHWM` of Linux).
pub fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

/// The time that all threads of a process had a processor.
pub fn cpu_time(process: u32) -> Duration {
    /// Milliseconds of a tick, in which Linux counts for everyone.
    const TICK: u64 = 10;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in front of the numbers may contain anything but ends with the last parenthesis.
    let numbers = stat.rsplit(')').next().unwrap().split_whitespace();
    let ticks: u64 = numbers.skip(11).take(2).map(|number| number.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * TICK)
}

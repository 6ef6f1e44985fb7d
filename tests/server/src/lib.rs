//! A throwaway PostgreSQL cluster with `basecamp_fdw` installed, for the tests of this crate.
//!
//! The installation to test is named by `BASECAMP_FDW_PG`, a prefix made by `.ci/postgres`, or found
//! under `.build/pg`. One cluster per test binary, one database per test. PostgreSQL refuses to run
//! as root, so root hands over to the user `postgres` or `nobody`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's set-up fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls, SimpleQueryMessage};
use simulator::Simulator;

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    server: Child,
    directory: PathBuf,
    port: u16,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
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
    found
        .into_iter()
        .next()
        .expect("no PostgreSQL under .build/pg: run make build")
}

/// A program of PostgreSQL's, run without this process's environment and never as root.
fn program(name: &str) -> Command {
    let path = prefix().join("bin").join(name);
    let mut command = if is_root() {
        let user = unprivileged();
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={user}"))
            .arg("--clear-groups");
        command.arg("--pdeathsig=QUIT").arg(path);
        command
    } else {
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=QUIT").arg(path);
        command
    };
    // RUST_BACKTRACE in the server would put backtraces into every DETAIL.
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/");
    command
}

fn output(command: &str, argument: &str) -> String {
    let made = Command::new(command)
        .args(argument.split(' '))
        .output()
        .unwrap();
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn is_root() -> bool {
    output("id", "-u") == "0"
}

fn unprivileged() -> String {
    let known = output("id", "-u postgres");
    if known.is_empty() {
        output("id", "-u nobody")
    } else {
        known
    }
}

impl Cluster {
    fn start() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("bcfdw")
            .tempdir_in("/tmp")
            .unwrap()
            .keep();
        if is_root() {
            assert!(
                Command::new("chown")
                    .arg(unprivileged())
                    .arg(&directory)
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let data = directory.join("data");
        let made = program("initdb")
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "--no-instructions",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = 5432;
        let log = std::fs::File::create(directory.join("log")).unwrap();
        let server = program("postgres")
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "full_page_writes=off",
            ])
            .args(["-c", "jit=off", "-c", "max_connections=100"])
            .arg("-c")
            .arg(format!("unix_socket_directories={}", directory.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let cluster = Self {
            server,
            directory,
            port,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while cluster.try_connect("postgres").is_err() {
            assert!(
                Instant::now() < deadline,
                "PostgreSQL did not start: {}",
                cluster.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        cluster
    }

    /// What the server logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    fn try_connect(&self, database: &str) -> Result<Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config
            .host_path(&self.directory)
            .port(self.port)
            .user("postgres")
            .dbname(database);
        config.connect(NoTls)
    }
}

/// The cluster of this test binary.
pub fn cluster() -> &'static Cluster {
    extern "C" fn stop() {
        if let Some(cluster) = CLUSTER.get() {
            let _ = Command::new("kill")
                .arg("-QUIT")
                .arg(cluster.server.id().to_string())
                .status();
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
            let _ = sender.send(Cluster::start());
            loop {
                std::thread::park();
            }
        });
        receiver.recv().expect("the cluster starts")
    })
}

/// A database with the extension, connected.
pub struct Session {
    /// The connection.
    pub client: Client,
    /// The database's name.
    pub database: String,
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
    /// A new database with the extension, and nothing else.
    pub fn empty() -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("test_{number}");
        let mut first = cluster().try_connect("postgres").unwrap();
        first
            .batch_execute(&format!("CREATE DATABASE {database}"))
            .unwrap();
        let mut client = cluster().try_connect(&database).unwrap();
        client
            .batch_execute("CREATE EXTENSION basecamp_fdw")
            .unwrap();
        Self { client, database }
    }

    /// A new database with server `bc` on a simulator, and its tables in schema `bc`.
    pub fn on(simulator: &Simulator, options: &str) -> Self {
        let mut session = Self::empty();
        let (url, account, token) = (simulator.url(), simulator.account(), simulator.token());
        session.run(&format!(
            "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw \
               OPTIONS (accountid '{account}', url '{url}' {options}); \
             CREATE USER MAPPING FOR PUBLIC SERVER bc OPTIONS (oauthaccesstoken '{token}'); \
             CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO bc"
        ));
        simulator.clear_requests();
        session
    }

    /// Another connection to the same database.
    pub fn second(&self) -> Self {
        Self {
            client: cluster().try_connect(&self.database).unwrap(),
            database: self.database.clone(),
        }
    }

    /// Runs statements that succeed.
    pub fn run(&mut self, sql: &str) {
        self.client
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// The rows of a query as text; `None` is NULL.
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let messages = self.client.simple_query(sql);
        let messages = messages.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|column| row.get(column).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        });
        rows.collect()
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

    /// The error of a statement that fails.
    pub fn refusal(&mut self, sql: &str) -> Refusal {
        let error = self.client.simple_query(sql).expect_err(sql);
        let error = error
            .as_db_error()
            .unwrap_or_else(|| panic!("{sql}: {error:?}"));
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
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

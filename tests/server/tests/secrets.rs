//! No secret is where somebody else could read it: log, messages, plans, views, catalogs, dumps.
//!
//! One cluster that logs as much as PostgreSQL can. Every way to connect is gone through in the way
//! that docs/keys.md recommends, where PostgreSQL itself prints no statement with a secret in it; then
//! everything that the suite knows to be secret is searched for.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use server_tests::browser::{agree, visit};
use server_tests::{Cluster, Session};
use simulator::{Config, OAuth, Simulator};

/// A query that needs a token, and what it gives.
const ASK: &str = "SELECT count(*) FROM bc.people";
const PEOPLE: &str = "25";

/// The secret of the application, which the server's configuration has.
const CLIENT_SECRET: &str = "simulated-client-secret";
/// A passphrase for tokens that are carried elsewhere.
const PASSPHRASE: &str = "correct-horse-battery";

/// Secrets and where they were found.
struct Search {
    secrets: Vec<String>,
    found: Vec<String>,
    searched: usize,
}

impl Search {
    fn look(&mut self, place: &str, text: &str) {
        assert!(!text.is_empty(), "{place}: nothing to search");
        self.searched += text.len();
        for secret in &self.secrets {
            if let Some(at) = text.find(secret.as_str()) {
                let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
                let line: String = text[start..].chars().take(200).collect();
                self.found.push(format!("{place}: {line}"));
            }
        }
    }
}

fn loud() -> Cluster {
    Cluster::start(&[
        "log_min_messages=debug5",
        "log_statement=all",
        "log_min_duration_statement=0",
        "log_error_verbosity=verbose",
        "log_lock_waits=on",
        "log_replication_commands=on",
        "session_preload_libraries=basecamp_fdw",
        "basecamp_fdw.oauth_client_id=simulated-client",
    ])
}

/// Puts the secret into the configuration file, and starts the server again: ALTER SYSTEM would print
/// it, and so does a reload of a file that changed.
fn configure(cluster: &mut Cluster) {
    cluster.stop();
    let file = cluster.data().join("postgresql.conf");
    let mut file = std::fs::File::options().append(true).open(file).expect("a file");
    writeln!(file, "basecamp_fdw.oauth_client_secret = '{CLIENT_SECRET}'").expect("written");
    cluster.launch();
}

/// Calls a function with arguments that come by COPY: they are in no statement.
fn call(session: &mut Session, call: &str, arguments: &[&str]) -> Vec<Vec<Option<String>>> {
    let columns: Vec<String> =
        (1..=arguments.len()).map(|number| format!("a{number} text")).collect();
    session.run(&format!(
        "CREATE TEMP TABLE arguments ({}) ON COMMIT PRESERVE ROWS",
        columns.join(", ")
    ));
    let mut copy = session.client.copy_in("COPY arguments FROM STDIN").expect("copies");
    let line = arguments.join("\t").replace('\n', "\\n").replace('\r', "\\r");
    copy.write_all(format!("{line}\n").as_bytes()).expect("copies");
    copy.finish().expect("copied");
    let rows = session.rows(&format!("SELECT {call} FROM arguments"));
    session.run("DROP TABLE arguments");
    rows
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

fn address(notices: &Arc<Mutex<Vec<String>>>) -> String {
    loop {
        let heard = notices.lock().expect("no panic").join("\n");
        if let Some(start) = heard.find("http://") {
            let rest = &heard[start..];
            return rest.split_whitespace().next().unwrap_or_default().to_owned();
        }
        std::thread::yield_now();
    }
}

/// The parameter of an address.
fn parameter(url: &str, name: &str) -> String {
    let found = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_default().to_owned()
}

/// Everything that is told to the client, as psql shows it with VERBOSITY verbose.
fn told(session: &Session) -> String {
    session.notices().join("\n")
}

#[test]
fn no_secret_is_in_logs_messages_plans_views_catalogs_or_dumps() {
    let simulator = Simulator::start(Config {
        oauth: OAuth { discovery: true, ..OAuth::default() },
        ..Config::default()
    })
    .expect("a port");
    let launchpad = simulator.launchpad();
    let mut cluster = loud();
    configure(&mut cluster);
    let mut session = cluster.database();
    session.run("SET client_min_messages = debug5");
    let settings = cluster.folder().join("settings").display().to_string();
    let port = free_port();
    session.connected(
        &simulator,
        &format!(", timeout '2', callbackurl 'http://127.0.0.1:{port}/', initiateoauth 'REFRESH'"),
        "",
    );
    let mut codes = Vec::new();

    // The web flow, the verifier as the whole address.
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    let back = agree(&url);
    codes.push(parameter(&back, "code"));
    call(
        &mut session,
        "g.expires_in FROM arguments a, basecamp.get_oauth_access_token('bc', a.a1) g --",
        &[&back],
    );
    assert_eq!(session.value(ASK), PEOPLE);

    // The desktop flow.
    let heard = session.hearing();
    heard.lock().expect("no panic").clear();
    let waiting = std::thread::spawn(move || {
        session.rows("SELECT basecamp.authorize('bc', 60)");
        session
    });
    let back = agree(&address(&heard));
    codes.push(parameter(&back, "code"));
    visit(&back);
    let mut session = waiting.join().expect("no panic");

    // A device.
    heard.lock().expect("no panic").clear();
    let waiting = std::thread::spawn(move || {
        session.rows("SELECT basecamp.authorize_device('bc')");
        session
    });
    address(&heard);
    launchpad.approve_devices();
    let mut session = waiting.join().expect("no panic");

    // Tokens in hand, renewed when they are refused and by hand, carried as text.
    let (access, refresh) = launchpad.issue_tokens();
    call(&mut session, "basecamp.set_oauth_tokens('bc', a1, a2)", &[&access, &refresh]);
    launchpad.expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    session.rows("SELECT expires_in FROM basecamp.refresh_oauth_access_token('bc')");
    let text = call(&mut session, "basecamp.export_oauth_settings('bc', a1)", &[PASSPHRASE]);
    let text = text[0][0].clone().expect("a text");
    call(&mut session, "basecamp.import_oauth_settings('bc', a1, a2)", &[&text, PASSPHRASE]);
    session.rows("SELECT * FROM basecamp.accounts('bc')");
    session.rows("SELECT basecamp.rotate_encryption_key()");

    // A settings file.
    let location = format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD oauthsettingslocation '{settings}')"
    );
    session.run(&location);
    let (access, refresh) = launchpad.issue_tokens();
    call(&mut session, "basecamp.set_oauth_tokens('bc', a1, a2)", &[&access, &refresh]);
    launchpad.expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    session
        .run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (DROP oauthsettingslocation)");

    // What is not sent by COPY is found: the search can fail.
    session.run("SELECT 'planted-for-the-search'");
    assert!(cluster.log().contains("planted-for-the-search"));

    // Everything that can fail, by servers that repeat what they were sent.
    let mut messages = Vec::new();
    for fault in
        ["oauth-echo", "oauth-html", "oauth-500", "oauth-redirect", "oauth-huge", "oauth-hang"]
    {
        simulator.set_faults(&[fault]);
        launchpad.expire_access_tokens();
        messages.push(format!("{:?}", session.refusal(ASK)));
        messages.push(format!(
            "{:?}",
            session.refusal("SELECT * FROM basecamp.refresh_oauth_access_token('bc')")
        ));
        messages.push(format!("{:?}", session.refusal("SELECT * FROM basecamp.accounts('bc')")));
    }
    simulator.set_faults(&["401"]);
    messages.push(format!("{:?}", session.refusal(ASK)));
    simulator.set_faults(&[]);
    // The refusal of the first fault is believed for a while, but not by hand.
    session.rows("SELECT expires_in FROM basecamp.refresh_oauth_access_token('bc')");
    assert_eq!(session.value(ASK), PEOPLE);
    let key = cluster.data().join("basecamp_fdw.key");
    let kept = std::fs::read(&key).expect("a key");
    std::fs::write(&key, b"short").expect("written");
    messages.push(format!("{:?}", session.refusal(ASK)));
    std::fs::write(&key, &kept).expect("written");

    let plan = session.explain("(VERBOSE, ANALYZE, BUFFERS, SETTINGS) SELECT * FROM bc.people");
    let activity = session.second().rows("SELECT * FROM pg_stat_activity");
    let mut search = Search { secrets: secrets(&simulator, codes), found: Vec::new(), searched: 0 };
    assert!(search.secrets.len() > 20, "{}", search.secrets.len());
    search.look("client messages", &told(&session));
    search.look("errors", &messages.join("\n"));
    search.look("EXPLAIN", &plan);
    search.look("pg_stat_activity", &format!("{activity:?}"));
    search.look("what an ordinary user can read", &readable(&cluster, &mut session));
    if let Some(dump) = cluster.client_program("pg_dump", &["-d", &session.database]) {
        search.look("pg_dump", &String::from_utf8_lossy(&dump.stdout));
    }
    if let Some(dump) = cluster.client_program("pg_dumpall", &[]) {
        search.look("pg_dumpall", &String::from_utf8_lossy(&dump.stdout));
    }
    search.look("settings file", &std::fs::read_to_string(&settings).expect("a file"));
    crash(&cluster, &mut session, &simulator);
    search.secrets.extend(secrets(&simulator, Vec::new()));
    search.look("server log", &cluster.log());
    assert!(cluster.log().contains("DEBUG:"), "the log is as loud as it was meant to be");
    assert!(search.found.is_empty(), "{:#?}", search.found);
    eprintln!("{} secrets in {} bytes", search.secrets.len(), search.searched);
}

/// What this suite knows to be secret: all that Launchpad was sent and gave out, and the rest.
fn secrets(simulator: &Simulator, codes: Vec<String>) -> Vec<String> {
    const SECRET: [&str; 5] =
        ["code", "refresh_token", "client_secret", "code_verifier", "device_code"];
    let forms = simulator.launchpad().forms();
    let sent = forms.iter().flatten();
    let sent = sent.filter(|(name, _)| SECRET.contains(&name.as_str()));
    let mut secrets: Vec<String> = sent.map(|(_, value)| value.clone()).collect();
    secrets.extend(codes);
    secrets.extend(simulator.launchpad().issued_secrets());
    secrets.extend([CLIENT_SECRET.to_owned(), PASSPHRASE.to_owned()]);
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort();
    secrets.dedup();
    secrets
}

/// Everything of every table, view and setting that a role without any privilege can read.
fn readable(cluster: &Cluster, session: &mut Session) -> String {
    session.run("CREATE ROLE ordinary LOGIN");
    let mut ordinary = cluster.connect(&session.database, "ordinary");
    let relations = ordinary.rows(
        "SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'v', 'm') AND has_table_privilege(c.oid, 'SELECT')
            AND n.nspname NOT LIKE 'pg_temp%' AND has_schema_privilege(n.oid, 'USAGE')",
    );
    let mut text = String::new();
    for relation in relations {
        let name = relation[0].clone().expect("a name");
        // Some views ask for more when they are read.
        let rows = ordinary.client.simple_query(&format!("SELECT t::text FROM {name} t"));
        for message in rows.unwrap_or_default() {
            if let postgres::SimpleQueryMessage::Row(row) = message {
                text.push_str(row.get(0).unwrap_or_default());
                text.push('\n');
            }
        }
    }
    assert!(text.contains("basecamp_fdw"), "something was read");
    for guarded in [
        "SHOW basecamp_fdw.oauth_client_secret",
        "SHOW basecamp_fdw.key_file",
        "SELECT * FROM basecamp.oauth_tokens",
    ] {
        assert_eq!(ordinary.refusal(guarded).code, "42501", "{guarded}");
    }
    text
}

/// A backend that dies while it renews tokens: what the server writes of it is in the log.
fn crash(cluster: &Cluster, session: &mut Session, simulator: &Simulator) {
    simulator.launchpad().expire_access_tokens();
    let mut victim = session.second();
    let process = victim.backend().to_string();
    let before = simulator.launchpad().refreshes();
    let outcome = std::thread::spawn(move || victim.client.simple_query(ASK).is_ok());
    while simulator.launchpad().refreshes() == before {
        std::thread::yield_now();
    }
    let kill = std::process::Command::new("kill").arg("-ABRT").arg(process).status();
    assert!(kill.is_ok());
    let _ = outcome.join();
    while !cluster.log().contains("all server processes terminated") {
        std::thread::sleep(Duration::from_millis(10));
    }
    cluster.await_connections();
}

#[test]
fn where_postgresql_itself_shows_a_secret_the_readme_is_right() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let cluster = Cluster::start(&["log_statement=all"]);
    let mut session = cluster.database();
    session.connected(&simulator, "", "oauthaccesstoken 'visible-in-options'");
    assert!(cluster.log().contains("visible-in-options"), "in the log of the statement");
    let options = "SELECT umoptions FROM pg_user_mappings WHERE srvname = 'bc'";
    assert!(session.value(options).contains("visible-in-options"), "to its owner");
    session.run("CREATE ROLE ordinary LOGIN");
    assert_eq!(session.of_role("ordinary").value(options), "", "not to others");
    if let Some(dump) = cluster.client_program("pg_dump", &["-d", &session.database]) {
        let dump = String::from_utf8_lossy(&dump.stdout).into_owned();
        assert!(dump.contains("visible-in-options"), "in a dump");
    }
    // Without tokens in options, and by COPY, nothing of it shows.
    session.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (DROP oauthaccesstoken)");
    let (access, refresh) = simulator.launchpad().issue_tokens();
    call(&mut session, "basecamp.set_oauth_tokens('bc', a1, a2)", &[&access, &refresh]);
    assert_eq!(session.value(ASK), PEOPLE);
    assert!(!cluster.log().contains(&access) && !cluster.log().contains(&refresh));
    assert_eq!(session.value(options), "");
}

//! What users read when something fails, and that nothing but the statement suffers.

use std::time::{Duration, Instant};

use server_tests::{Refusal, Session};
use simulator::{Config, Simulator};

fn all(config: Config) -> (Simulator, Session) {
    let simulator = Simulator::start(config).expect("a port");
    let session =
        Session::on(&simulator, ", projectid 'all', ratelimit '0', maxattempts '1', timeout '2'");
    (simulator, session)
}

/// Whether a failure reads as PostgreSQL's own do: a message that is no sentence, then sentences.
fn is_well_put(refused: &Refusal) -> bool {
    let message = &refused.message;
    let proper = message.starts_with("Basecamp");
    let lower = message.starts_with(|first: char| !first.is_uppercase());
    let sentence = |text: &str| {
        text.is_empty()
            || (text.ends_with(['.', '!', '?']) && !text.starts_with(char::is_lowercase))
    };
    (proper || lower)
        && !message.ends_with('.')
        && sentence(&refused.detail)
        && sentence(&refused.hint)
}

#[test]
fn every_kind_of_failure_has_its_sqlstate_facts_and_advice() {
    let (simulator, mut session) = all(Config::default());
    // Fault, SQLSTATE, and what message, DETAIL and HINT say. Statuses come with the request's id and
    // Basecamp's words.
    for (fault, code, message, detail, hint) in [
        ("401", "28000", "refused the authorization", "simulated 401", "oauthaccesstoken"),
        ("403", "42501", "permission denied", "simulated 403", "user mapping"),
        ("400", "22023", "refused the request", "simulated 400", "Change"),
        ("422", "22023", "refused the request", "Invalid (color: is not a valid color)", "Change"),
        ("429", "53400", "rate limit", "simulated 429", "try again"),
        ("429-retry-after", "53400", "rate limit", "Too Many Requests", "Retry-After 1"),
        ("507", "53100", "limit of its plan", "simulated 507", "change the plan"),
        ("500", "58000", "failed to answer", "simulated 500", "try again"),
        ("502", "58000", "failed to answer", "simulated 502", "try again"),
        ("503", "58000", "failed to answer", "simulated 503", "try again"),
        ("504", "58000", "failed to answer", "simulated 504", "try again"),
        ("account-inactive", "02000", "account is inactive", "Not Found", "accountid"),
        ("redirect", "HV000", "cannot read \"todos\": unexpected redirect", "Found", "url"),
        ("html", "HV000", "cannot read \"todos\"", "expected value", "url"),
        ("bad-json", "HV000", "cannot read \"todos\"", "EOF", "report"),
        ("not-array", "HV000", "cannot read \"todos\"", "could not be read", "report"),
        (
            "wrong-type",
            "HV000",
            "column \"title\" of table \"todos\": expected a string, found the number 5",
            "record with id",
            "report",
        ),
        ("foreign-next-link", "HV000", "another origin", "https://elsewhere.example", ""),
        ("truncated", "08006", "connection to Basecamp broke", "", "try again"),
        ("hang", "08006", "did not answer in time", "timed out", "timeout"),
    ] {
        simulator.set_faults(&[fault]);
        let refused = session.refusal("SELECT * FROM bc.todos");
        println!("{fault}: {refused:?}");
        assert_eq!(refused.code, code, "{fault}: {refused:?}");
        assert!(is_well_put(&refused), "{fault}: {refused:?}");
        assert!(refused.message.contains(message), "{fault}: {refused:?}");
        assert!(refused.detail.contains(detail), "{fault}: {refused:?}");
        assert!(refused.hint.contains(hint), "{fault}: {refused:?}");
        if let Ok(status) = fault.split('-').next().unwrap_or_default().parse::<u16>() {
            let start = format!("HTTP status {status}, request id sim-");
            assert!(refused.detail.starts_with(&start), "{fault}: {refused:?}");
        }
        let shown = format!("{refused:?}");
        assert!(!shown.contains(simulator.token()), "{fault}");
        simulator.set_faults(&[]);
        assert!(!session.rows("SELECT id FROM bc.todos LIMIT 1").is_empty(), "after {fault}");
    }
}

#[test]
fn a_container_or_project_that_is_missing_is_an_error_that_names_it() {
    let (_simulator, mut session) = all(Config::default());
    for condition in ["todolist_id = 42", "project_id = 43", "project_id IN (5000, 43)"] {
        let refused = session.refusal(&format!("SELECT * FROM bc.todos WHERE {condition}"));
        assert!(is_well_put(&refused), "{refused:?}");
        assert!(refused.detail.starts_with("HTTP status 404, request id sim-"), "{refused:?}");
        assert!(!refused.hint.is_empty(), "{refused:?}");
    }
    let refused = session.refusal("SELECT * FROM bc.todos WHERE todolist_id = 42");
    assert_eq!(refused.code, "02000");
    assert!(refused.message.contains("todolist_id = 42"), "{refused:?}");
    let refused = session.refusal("SELECT * FROM bc.todos WHERE project_id IN (5000, 43)");
    assert_eq!(refused.code, "02000");
    assert!(refused.message.contains("project 43"), "{refused:?}");
    let refused = session.refusal("SELECT * FROM bc.todosets WHERE project_id = 43");
    assert!(refused.message.contains("project 43"), "{refused:?}");
    assert!(session.rows("SELECT * FROM bc.todos WHERE id = 42").is_empty());
    let joined =
        "SELECT t.id FROM (VALUES (42::bigint), (43)) v(l) JOIN bc.todos t ON t.todolist_id = v.l";
    assert!(session.rows(joined).is_empty(), "a join only narrows");
}

#[test]
fn a_table_without_enumerable_parents_names_the_condition() {
    let (_simulator, mut session) = all(Config::default());
    let refused = session.refusal("SELECT * FROM bc.recording_events");
    assert_eq!(refused.code, "0A000");
    assert!(refused.message.contains("recording_id"), "{refused:?}");
    assert!(session.explain("SELECT * FROM bc.recording_events").contains("recording_id"));
    let todo = session.value("SELECT min(id) FROM bc.todos");
    let found = session
        .value(&format!("SELECT count(*) FROM bc.recording_events WHERE recording_id = {todo}"));
    assert_eq!(found, "2");
    let joined = "SELECT count(*) FROM (SELECT id FROM bc.messages LIMIT 3) m JOIN bc.recording_events e ON e.recording_id = m.id";
    assert_eq!(session.value(joined), "6");
}

#[test]
fn options_are_refused_with_advice() {
    let mut session = Session::empty();
    for (sql, code, hint) in [
        ("CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw", "HV00B", "web address"),
        (
            "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (acountid '1')",
            "HV00D",
            "accountid",
        ),
        ("CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid 'x')", "HV024", ""),
        (
            "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', oauthaccesstoken 's3cret')",
            "HV00D",
            "user mapping",
        ),
        (
            "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', authscheme 'Basic')",
            "HV024",
            "",
        ),
    ] {
        let refused = session.refusal(sql);
        assert_eq!(refused.code, code, "{sql}: {refused:?}");
        assert!(is_well_put(&refused), "{sql}: {refused:?}");
        assert!(refused.hint.contains(hint), "{sql}: {refused:?}");
        assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
    }
    session.run("CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1')");
    session.run("CREATE FOREIGN TABLE nonsense (id bigint) SERVER s");
    assert_eq!(session.refusal("SELECT * FROM nonsense").code, "HV00R");
    session.run("CREATE FOREIGN TABLE todos (id bigint) SERVER s");
    assert_eq!(session.refusal("SELECT * FROM todos").code, "28000");
    session.run("CREATE USER MAPPING FOR PUBLIC SERVER s");
    let refused = session.refusal("SELECT * FROM todos");
    assert_eq!(refused.code, "28000");
    assert!(refused.hint.contains("oauthaccesstoken"), "{refused:?}");
}

#[test]
fn a_service_that_is_not_there_is_a_connection_failure() {
    let (simulator, mut session) = all(Config::default());
    drop(simulator);
    let refused = session.refusal("SELECT * FROM bc.todos");
    assert_eq!(refused.code, "08001");
    assert_eq!(refused.message, "could not connect to Basecamp");
    assert!(is_well_put(&refused), "{refused:?}");
    assert!(refused.detail.contains("refused") && refused.hint.contains("proxy"), "{refused:?}");
    assert_eq!(session.value("SELECT 1"), "1");
}

#[test]
fn a_service_that_dies_in_the_middle_of_a_scan_is_a_clear_error() {
    let (simulator, mut session) = all(Config { todos: 3000, ..Config::default() });
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT id FROM bc.todos");
    assert_eq!(session.rows("FETCH 20 FROM c").len(), 20);
    drop(simulator);
    let refused = session.refusal("FETCH ALL FROM c");
    assert!(refused.code.starts_with("08"), "{refused:?}");
    session.run("ROLLBACK");
    assert_eq!(session.value("SELECT 1"), "1");
}

/// How soon a waiting backend must react: far less than the minute for which the request would hang,
/// and enough for a machine that is busy with other tests. It takes a few milliseconds.
const AT_ONCE: Duration = Duration::from_secs(1);

#[test]
fn a_statement_timeout_acts_while_a_request_hangs() {
    let (simulator, mut session) = all(Config::default());
    session.run("ALTER SERVER bc OPTIONS (SET timeout '60'); SET statement_timeout = 300");
    session.rows("SELECT id FROM bc.people LIMIT 1");
    simulator.set_faults(&["hang"]);
    let start = Instant::now();
    assert_eq!(session.refusal("SELECT * FROM bc.todos").code, "57014");
    let took = start.elapsed();
    assert!(took < Duration::from_millis(300) + AT_ONCE, "{took:?}");
    simulator.set_faults(&[]);
    session.run("RESET statement_timeout");
    assert!(!session.rows("SELECT id FROM bc.todos LIMIT 1").is_empty());
}

#[test]
fn rule_31_a_statement_timeout_acts_in_every_wait() {
    // The service takes one request in ten seconds, and says so; then the wrapper keeps to that rate
    // itself; then it waits before it asks again.
    for (rate, options, faults) in [
        (Some(1), ", ratelimit '0'", &[][..]),
        (None, ", ratelimit '1/60s'", &[]),
        (None, ", ratelimit '0', maxattempts '9'", &["503"]),
    ] {
        let config = Config { rate, ..Config::default() };
        let simulator = Simulator::start(config).expect("a port");
        let mut session = Session::on(&simulator, &format!(", projectid 'all' {options}"));
        session.rows("SELECT id FROM bc.todos LIMIT 1");
        simulator.set_faults(faults);
        session.run("SET statement_timeout = 300");
        let start = Instant::now();
        let refused = session.refusal("SELECT id FROM bc.people");
        assert_eq!(refused.code, "57014", "{options}: {refused:?}");
        let took = start.elapsed();
        assert!(took < Duration::from_millis(300) + AT_ONCE, "{options}: {took:?}");
    }
}

#[test]
fn cancel_and_terminate_act_while_a_request_hangs() {
    for (function, code) in [("pg_cancel_backend", "57014"), ("pg_terminate_backend", "57P01")] {
        let (simulator, mut session) = all(Config::default());
        session.run("ALTER SERVER bc OPTIONS (SET timeout '60')");
        session.rows("SELECT id FROM bc.people LIMIT 1");
        let (backend, mut other) = (session.backend(), session.second());
        simulator.clear_requests();
        simulator.set_faults(&["hang"]);
        let waiting = std::thread::spawn(move || {
            let error = session.client.simple_query("SELECT * FROM bc.todos");
            let error = error.expect_err("it was ended");
            let code = error.code().map(|code| code.code().to_owned());
            // The client sometimes sees the end of the connection before the message in front of it.
            let closed = error.is_closed().then(|| "57P01".to_owned());
            (code.or(closed).unwrap_or_default(), Instant::now())
        });
        while simulator.requests().is_empty() {
            std::thread::yield_now();
        }
        let start = Instant::now();
        other.rows(&format!("SELECT {function}({backend})"));
        let (refused, end) = waiting.join().expect("no panic");
        assert_eq!(refused, code);
        assert!(end.duration_since(start) < AT_ONCE, "{function}: {:?}", end.duration_since(start));
        assert_eq!(other.value("SELECT 1"), "1");
    }
}

#[test]
fn a_backend_that_is_killed_takes_nobodys_data_with_it() {
    let (simulator, mut session) = all(Config::default());
    let backend = session.backend();
    // A terminate in the middle of a scan ends the backend, and the server goes on.
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT id FROM bc.todos; FETCH 20 FROM c");
    let mut other = session.second();
    other.rows(&format!("SELECT pg_terminate_backend({backend}, 5000)"));
    assert_eq!(other.value("SELECT count(*) FROM bc.people"), "25");
    drop(simulator);
}

#[test]
fn an_error_in_the_middle_of_a_scan_leaks_nothing() {
    let (simulator, mut session) = all(Config { todos: 2000, ..Config::default() });
    let backend = session.backend();
    let sockets = || {
        let entries =
            std::fs::read_dir(format!("/proc/{backend}/fd")).expect("the backend's files");
        entries.count()
    };
    // What is open at one moment differs by what was under way when the error came: as many connections
    // as requests may be under way at once are being closed. The least of many moments does not.
    let mut least = || {
        let fail = |_| {
            let refused = session.refusal("SELECT 1 / (position - 3) FROM bc.todos");
            assert_eq!(refused.code, "22012");
            sockets()
        };
        (0..25).map(fail).min().expect("some moments")
    };
    let before = least();
    least();
    let after = least();
    // Connections are kept for the next scan, as few as one for each place; a leak would be 50 more.
    assert!(after <= before + 8, "{before} grew to {after}");
    drop(simulator);
}

#[test]
fn listings_that_are_cut_short_say_so_and_bad_links_end_the_statement() {
    let (simulator, mut session) = all(Config::default());
    simulator.set_faults(&["foreign-next-link"]);
    let refused = session.refusal("SELECT * FROM bc.todos");
    assert_eq!(refused.code, "HV000");
    assert!(refused.message.contains("origin"), "{refused:?}");
    simulator.set_faults(&["endless"]);
    session.run("ALTER SERVER bc OPTIONS (ADD maxpages '3', ADD maxrows '50')");
    simulator.clear_requests();
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
    assert_eq!(simulator.requests().len(), 3);
    simulator.set_faults(&["no-total"]);
    session.run("ALTER SERVER bc OPTIONS (DROP maxpages)");
    assert_eq!(session.value("SELECT count(*) FROM bc.todos"), "50");
}

#[test]
fn what_only_some_may_do_is_refused_with_whom() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    simulator.set_faults(&["403"]);
    for (sql, who) in [
        ("SELECT basecamp.remove_account_logo('bc')", "administrators and owners of the account"),
        (
            "INSERT INTO bc.chatbots (project_id, campfire_id, service_name) VALUES (5000, 1, 'bot')",
            "administrators and owners of the account",
        ),
        ("SELECT * FROM bc.webhooks WHERE id = 1", "everybody but clients"),
        ("SELECT * FROM bc.projects", "The Basecamp user of this user mapping may not do this"),
    ] {
        let refused = session.refusal(sql);
        assert_eq!(refused.code, "42501", "{sql}: {refused:?}");
        assert!(refused.hint.contains(who), "{sql}: {refused:?}");
    }
}

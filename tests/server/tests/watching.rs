//! What is asked of Basecamp, as it can be watched: running scans, totals, and notices of a scan's own.

use std::time::{Duration, Instant};

use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

const OPTIONS: &str = ", projectid 'all', ratelimit '0', maxconcurrency '1'";
const RUNNING: &str = "SELECT pid, role, server, table_name, step, pages > 0, pages <= pages_expected, \
     rows > 0, requests > 0, seconds_waited, estimated_end > started \
     FROM basecamp.activity WHERE pages > 0 OR server IS NULL";

/// A simulator that takes its time, and a session on a cluster that shares whatever the major is.
fn slow(cluster: &Cluster) -> (Simulator, Session) {
    let latency = Duration::from_millis(50);
    let config = Config { todos: 20_000, latency, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let session = cluster.database().serving(&simulator, OPTIONS);
    (simulator, session)
}

fn preloaded() -> Cluster {
    Cluster::start(&["shared_preload_libraries=basecamp_fdw"])
}

/// The first rows of a query that there are.
fn awaited(session: &mut Session, sql: &str) -> Vec<Vec<Option<String>>> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let rows = session.rows(sql);
        if !rows.is_empty() {
            return rows;
        }
        assert!(Instant::now() < deadline, "{sql}");
        std::thread::yield_now();
    }
}

#[test]
fn a_running_scan_is_seen_by_others_who_may_and_is_gone_with_its_end() {
    let cluster = preloaded();
    let (_simulator, mut session) = slow(&cluster);
    let db = session.database.clone();
    session.run(&format!("CREATE ROLE other_{db} LOGIN"));
    let (mut second, mut other) = (session.second(), session.of_role(&format!("other_{db}")));
    let backend = session.backend();
    let scan = std::thread::spawn(move || session.client.simple_query("SELECT * FROM bc.todos"));
    let rows = awaited(&mut second, RUNNING);
    let text = |text: &str| Some(text.to_owned());
    let step_seen = rows[0][4].clone();
    assert!(step_seen.as_deref().is_some_and(|seen| seen.starts_with("GET /")), "{rows:?}");
    let (pid, yes) = (Some(backend.to_string()), text("t"));
    let names = [pid.clone(), text("postgres"), text("bc"), text("todos"), step_seen];
    let numbers = [&yes, &yes, &yes, &yes, &text("0"), &yes].map(Clone::clone);
    assert_eq!(rows, [[names.as_slice(), numbers.as_slice()].concat()]);
    // Of the scans of others no more is seen than that they are.
    let mut hidden = vec![None; 11];
    hidden[0] = pid;
    hidden[1] = text("postgres");
    assert_eq!(other.rows(RUNNING), [hidden]);
    second.run(&format!("GRANT pg_read_all_stats TO other_{db}"));
    assert_eq!(awaited(&mut other, RUNNING)[0][2], text("bc"));
    second.rows(&format!("SELECT pg_terminate_backend({backend})"));
    assert!(scan.join().expect("no panic").is_err());
    let gone =
        format!("SELECT 1 WHERE NOT EXISTS (SELECT FROM basecamp.activity WHERE pid = {backend})");
    awaited(&mut second, &gone);
}

#[test]
fn a_session_that_ends_in_a_scan_is_gone_from_a_named_segment_too() {
    let mut session = Session::empty();
    if session.value("SELECT current_setting('server_version_num')::int >= 170000") != "t" {
        return;
    }
    let (_simulator, mut session) = slow(server_tests::cluster());
    let (backend, mut second) = (session.backend(), session.second());
    let scan = std::thread::spawn(move || session.client.simple_query("SELECT * FROM bc.todos"));
    awaited(&mut second, &format!("SELECT 1 FROM basecamp.activity WHERE pid = {backend}"));
    second.rows(&format!("SELECT pg_terminate_backend({backend})"));
    assert!(scan.join().expect("no panic").is_err());
    let listed =
        second.rows(&format!("SELECT 1 FROM basecamp.running_scans() WHERE pid = {backend}"));
    assert_eq!(listed, Vec::<Vec<_>>::new());
    assert_eq!(second.value("SELECT 1"), "1");
}

#[test]
fn totals_are_those_of_all_sessions_and_of_what_the_server_was_asked() {
    let cluster = preloaded();
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = cluster.database().serving(&simulator, ", projectid 'all', ratelimit '0'");
    let mut second = session.second();
    for _ in 0..2 {
        session.rows("SELECT id FROM bc.people");
    }
    second.rows("SELECT id FROM bc.people");
    let asked = simulator.requests();
    let same = asked.iter().filter(|request| request.status == 304).count();
    assert!(same > 0);
    let counted = second.rows("SELECT server, requests, not_modified, cache_hits, pages, bytes > 0, retries FROM basecamp.stats()");
    let expected = [
        "bc",
        &asked.len().to_string(),
        &same.to_string(),
        "0",
        &asked.len().to_string(),
        "t",
        "0",
    ];
    assert_eq!(counted, [expected.map(|text| Some(text.to_owned())).to_vec()]);
    second.run("DROP SERVER bc CASCADE");
    assert!(second.rows("SELECT * FROM basecamp.stats()").is_empty());
}

#[test]
fn a_scan_that_takes_long_tells_its_session_where_it_wants_to_know() {
    let (_simulator, mut session) = slow(server_tests::cluster());
    let read = "SELECT count(content) FROM bc.todos";
    session.run("SET basecamp_fdw.progress = on");
    assert_eq!(session.value(read), "20000");
    let notices = session.notices();
    let told = notices.iter().filter(|notice| notice.starts_with("reading \"todos\": "));
    assert!(told.count() >= 2, "{notices:?}");
}

#[test]
fn explain_analyze_shows_what_each_step_cost() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    let sql = "SELECT * FROM bc.todolists";
    let text = session.value(&format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}"));
    let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let (plan, steps) = (&plan[0]["Plan"], plan[0]["Plan"]["Steps"].as_array().expect("steps"));
    assert!(!steps.is_empty());
    for name in ["Requests", "Not Modified", "Cache Hits", "Bytes Received", "Retries"] {
        let sum: u64 = steps.iter().map(|step| step[name].as_u64().expect(name)).sum();
        assert_eq!(
            plan.get(name).map_or(0, |all| all.as_u64().expect(name)),
            sum,
            "{name}: {plan}"
        );
    }
    // A column that only single records have: the listing is a step, and completing its rows another.
    let sql = "SELECT id, out_of_office_start_date FROM bc.people";
    let lines = session.explain(&format!("(ANALYZE) {sql}"));
    let steps: Vec<&str> = lines.lines().filter(|line| line.contains("Step: GET ")).collect();
    assert_eq!(steps.len(), 2, "{lines}");
    assert!(steps[0].contains("/people.json: requests 2, bytes received "), "{lines}");
}

#[test]
fn a_session_that_waits_says_for_an_answer_or_for_the_rate_limit() {
    let wait = |config: Config, options: &str| {
        let simulator = Simulator::start(config).expect("a port");
        let mut session = Session::on(&simulator, options);
        let named =
            session.value("SELECT current_setting('server_version_num')::int >= 170000") == "t";
        let (backend, mut second) = (session.backend(), session.second());
        let scan = std::thread::spawn(move || session.client.simple_query("TABLE bc.todos"));
        let seen = move |event: &str| {
            // Before 17 extensions have no names for what they wait for.
            let event = if named { event } else { "Extension" };
            let sql = format!(
                "SELECT FROM pg_stat_activity WHERE pid = {backend} \
                    AND (wait_event_type, wait_event) = ('Extension', '{event}')"
            );
            awaited(&mut second, &sql);
            second.run(&format!("SELECT pg_cancel_backend({backend})"));
            let error = scan.join().expect("no panic").expect_err("cancelled");
            assert_eq!(error.code().map(postgres::error::SqlState::code), Some("57014"));
        };
        (simulator, seen)
    };
    let (_silent, seen) =
        wait(Config { latency: Duration::from_secs(600), ..Config::default() }, OPTIONS);
    seen("BasecampRequest");
    let (_willing, seen) = wait(Config::default(), ", projectid 'all', ratelimit '1/600s'");
    seen("BasecampRateLimit");
}

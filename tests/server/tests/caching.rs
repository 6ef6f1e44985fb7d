//! Answers that are kept: asked about by their `ETag`, and not asked for while `cachettl` lasts.

use std::time::Duration;

use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

const PEOPLE: &str = "SELECT id, name FROM bc.people ORDER BY id";
const PROJECTS: &str = "SELECT id, name FROM bc.projects ORDER BY id";

fn all(options: &str) -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(&simulator, &format!(", projectid 'all', ratelimit '0'{options}"));
    (simulator, session)
}

/// The rows of a query, and what each of its requests was answered with.
fn read(
    simulator: &Simulator,
    session: &mut Session,
    sql: &str,
) -> (Vec<Vec<Option<String>>>, Vec<u16>) {
    simulator.clear_requests();
    let rows = session.rows(sql);
    (rows, simulator.requests().iter().map(|request| request.status).collect())
}

fn counted(session: &mut Session, sql: &str) -> serde_json::Value {
    let text = session.value(&format!("EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) {sql}"));
    let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    plan[0]["Plan"].clone()
}

#[test]
fn a_second_run_asks_whether_anything_changed_and_transfers_no_body() {
    let (simulator, mut session) = all("");
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!((rows.len(), first), (25, vec![200, 200]));
    let (again, second) = read(&simulator, &mut session, PEOPLE);
    assert_eq!((again, second), (rows, vec![304, 304]));
    let plan = counted(&mut session, "SELECT id, name FROM bc.people");
    for (name, number) in [("Requests", 2), ("Cache Hits", 0), ("Bytes Received", 0)] {
        assert_eq!(plan[name], serde_json::json!(number), "{name}: {plan}");
    }
}

#[test]
fn a_listing_is_read_once_a_statement_however_many_scans_want_it() {
    let (simulator, mut session) = all("");
    let twice = "SELECT (SELECT max(name) FROM bc.people), (SELECT min(name) FROM bc.people)";
    let pages = [200, 200];
    for sql in ["SELECT max(id) FROM bc.people UNION ALL SELECT min(id) FROM bc.people", twice] {
        session.run("SELECT basecamp.clear_cache()");
        let (rows, first) = read(&simulator, &mut session, sql);
        assert_eq!(first, pages, "{sql}");
        let (again, second) = read(&simulator, &mut session, sql);
        assert_eq!((again, second), (rows, vec![304, 304]), "another statement asks: {sql}");
    }
    // Each statement of a function is one of its own.
    session.run(
        "CREATE FUNCTION looks() RETURNS bigint LANGUAGE plpgsql AS \
         'BEGIN PERFORM max(id) FROM bc.people; RETURN (SELECT max(id) FROM bc.people); END'",
    );
    assert_eq!(read(&simulator, &mut session, "SELECT looks()").1, [304, 304, 304, 304]);
    session.run("SET basecamp_fdw.cache_size = 0");
    let (_, first) = read(&simulator, &mut session, twice);
    assert_eq!(first, [200; 4], "nothing is kept");
}

#[test]
fn scans_that_run_at_the_same_time_ask_for_each_page_once() {
    let config = Config { latency: Duration::from_millis(20), ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    session.run("SET enable_nestloop = off");
    let alone = "SELECT id, content FROM bc.todos";
    let least = read(&simulator, &mut session, alone).1.len();
    let union = format!("{alone} UNION ALL {alone}");
    let join =
        format!("SELECT count(a.content) FROM ({alone} OFFSET 0) a JOIN bc.todos b USING (id)");
    let made = |session: &mut Session, sql: &str, node: &str| {
        let plan = session.explain(sql);
        assert!(plan.contains(node), "{plan}");
        read(&simulator, session, sql).1.len()
    };
    assert_eq!(made(&mut session, &join, "Hash Join"), least);
    session.run("SELECT basecamp.clear_cache()");
    assert_eq!(made(&mut session, &union, "Async Foreign Scan"), least);
    // What is under way is shared whether answers are kept or not.
    session.run("SET basecamp_fdw.cache_size = 0");
    assert!(made(&mut session, &union, "Async Foreign Scan") < least * 3 / 2);
}

#[test]
fn while_cachettl_lasts_nothing_is_asked() {
    let (simulator, mut session) = all(", cachettl '60'");
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!((rows.len(), first), (25, vec![200, 200]));
    assert_eq!(read(&simulator, &mut session, PEOPLE), (rows, vec![]));
    let plan = counted(&mut session, "SELECT id, name FROM bc.people");
    for (name, number) in [("Requests", 0), ("Cache Hits", 2), ("Bytes Received", 0)] {
        assert_eq!(plan[name], serde_json::json!(number), "{name}: {plan}");
    }
}

#[test]
fn what_was_answered_to_one_role_is_never_shown_to_another() {
    let (simulator, mut session) = all(", cachettl '60'");
    let db = session.database.clone();
    session.run(&format!(
        "CREATE ROLE other_{db} LOGIN; GRANT USAGE ON SCHEMA bc TO other_{db}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO other_{db}"
    ));
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    // In the same backend, with the same mapping and so the same token.
    session.run(&format!("SET ROLE other_{db}"));
    assert_eq!(read(&simulator, &mut session, PEOPLE), (rows.clone(), vec![200, 200]));
    session.run("RESET ROLE");
    assert_eq!(read(&simulator, &mut session, PEOPLE), (rows.clone(), vec![]));
    let mut other = session.of_role(&format!("other_{db}"));
    assert_eq!(read(&simulator, &mut other, PEOPLE), (rows, vec![200, 200]));
}

#[test]
fn a_table_has_a_cachettl_of_its_own_that_wins_over_the_servers() {
    let (simulator, mut session) = all("");
    session.run("ALTER FOREIGN TABLE bc.people OPTIONS (ADD cachettl '60')");
    for sql in [PEOPLE, PROJECTS] {
        let (_, first) = read(&simulator, &mut session, sql);
        assert!(!first.is_empty() && first.iter().all(|status| *status == 200), "{first:?}");
    }
    let (_, people) = read(&simulator, &mut session, PEOPLE);
    assert!(people.is_empty(), "{people:?}");
    let (_, projects) = read(&simulator, &mut session, PROJECTS);
    assert!(!projects.is_empty() && projects.iter().all(|status| *status == 304), "{projects:?}");
    session.run("ALTER FOREIGN TABLE bc.people OPTIONS (SET cachettl '0')");
    session.run("ALTER SERVER bc OPTIONS (ADD cachettl '60')");
    for expected in [200, 304] {
        let (_, people) = read(&simulator, &mut session, PEOPLE);
        assert_eq!(people, [expected; 2]);
    }
}

#[test]
fn cache_size_bounds_what_is_kept_and_clear_cache_forgets_it() {
    let (simulator, mut session) = all("");
    let (_, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    session.run("SELECT basecamp.clear_cache()");
    assert_eq!(read(&simulator, &mut session, PEOPLE).1, [200, 200]);
    assert_eq!(read(&simulator, &mut session, PEOPLE).1, [304, 304]);
    session.run("SET basecamp_fdw.cache_size = 0");
    for _ in 0..2 {
        assert_eq!(read(&simulator, &mut session, PEOPLE).1, [200, 200]);
    }
}

#[test]
fn the_second_run_of_a_large_scan_transfers_no_body() {
    let simulator =
        Simulator::start(Config { todos: 10_000, ..Config::default() }).expect("a port");
    // Nobody else changes catalogs meanwhile: so much of that at a time drops what sessions keep.
    let cluster = Cluster::start(&[]);
    let mut session = cluster.database().serving(&simulator, ", projectid 'all', ratelimit '0'");
    let sql = "SELECT id, content FROM bc.todos";
    session.rows(sql);
    let plan = counted(&mut session, sql);
    assert_eq!(plan["Actual Rows"].as_f64(), Some(10_000.0));
    assert_eq!(plan["Bytes Received"], serde_json::json!(0), "{plan}");
    assert_eq!(plan["Not Modified"], plan["Requests"], "{plan}");
}

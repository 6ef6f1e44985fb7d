//! Answers that are kept: asked about by their `ETag`, and not asked for while `cachettl` lasts; by a
//! session, and by all sessions together.

use std::process::Command;
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
        "CREATE ROLE other_{db}; CREATE ROLE third_{db} LOGIN; \
         GRANT USAGE ON SCHEMA bc TO other_{db}, third_{db}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO other_{db}, third_{db}"
    ));
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    // In the same backend, with the same mapping and so the same token.
    session.run(&format!("SET ROLE other_{db}"));
    assert_eq!(read(&simulator, &mut session, PEOPLE), (rows.clone(), vec![200, 200]));
    session.run("RESET ROLE");
    assert_eq!(read(&simulator, &mut session, PEOPLE), (rows.clone(), vec![]));
    let mut third = session.of_role(&format!("third_{db}"));
    assert_eq!(read(&simulator, &mut third, PEOPLE), (rows, vec![200, 200]));
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

const PRELOADED: &str = "shared_preload_libraries=basecamp_fdw";

/// The requests of who asks nothing.
const NOTHING: [u16; 0] = [];

/// A cluster whose sessions keep so much together, an account of some to-dos, and a session.
fn together(size: &str, todos: usize, options: &str) -> (Cluster, Simulator, Session) {
    let size = format!("basecamp_fdw.shared_cache_size={size}");
    let cluster = Cluster::start(&[PRELOADED, &size]);
    let simulator = Simulator::start(Config { todos, ..Config::default() }).expect("a port");
    let options = format!(", projectid 'all', ratelimit '0'{options}");
    let session = cluster.database().serving(&simulator, &options);
    (cluster, simulator, session)
}

#[test]
fn a_session_asks_about_what_another_has_read_and_transfers_no_body() {
    let (_cluster, simulator, mut session) = together("16MB", 100, "");
    let mut other = session.second();
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    assert_eq!(read(&simulator, &mut other, PEOPLE), (rows.clone(), vec![304, 304]));
    // It is kept when the session that read it has ended, and in this one when nobody shares it.
    drop(session);
    assert_eq!(read(&simulator, &mut other.second(), PEOPLE), (rows.clone(), vec![304, 304]));
    other.run("SET basecamp_fdw.cache_size = 0");
    assert_eq!(read(&simulator, &mut other, PEOPLE), (rows, vec![200, 200]));
}

#[test]
fn while_cachettl_lasts_a_session_asks_nothing_that_another_has_asked() {
    let (_cluster, simulator, mut session) = together("16MB", 100, ", cachettl '300'");
    let mut other = session.second();
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    assert_eq!(read(&simulator, &mut other, PEOPLE), (rows, vec![]));
    let plan = counted(&mut session.second(), "SELECT id, name FROM bc.people");
    for (name, number) in [("Requests", 0), ("Cache Hits", 2), ("Bytes Received", 0)] {
        assert_eq!(plan[name], serde_json::json!(number), "{name}: {plan}");
    }
    let hits = "SELECT cache_hits FROM basecamp.stats() WHERE server = 'bc'";
    assert_eq!(other.value(hits), "4");
}

#[test]
fn from_17_on_sessions_keep_answers_together_without_preloading() {
    let (simulator, mut session) = all(", cachettl '300'");
    let shared = "SELECT current_setting('server_version_num')::int >= 170000";
    let expected = if session.value(shared) == "t" { vec![] } else { vec![200, 200] };
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    assert_eq!(read(&simulator, &mut session.second(), PEOPLE), (rows, expected));
}

#[test]
fn sessions_of_another_role_or_token_are_given_nothing_of_it() {
    let (_cluster, simulator, mut session) = together("16MB", 100, ", cachettl '300'");
    session.run(
        "CREATE ROLE other LOGIN; GRANT USAGE ON SCHEMA bc TO other; \
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO other",
    );
    let (rows, first) = read(&simulator, &mut session, PEOPLE);
    assert_eq!(first, [200, 200]);
    let mut other = session.of_role("other");
    // It has the same mapping, and so the same token.
    assert_eq!(read(&simulator, &mut other, PEOPLE), (rows.clone(), vec![200, 200]));
    assert_eq!(read(&simulator, &mut session.of_role("other"), PEOPLE), (rows, vec![]));
    session.run("ALTER USER MAPPING FOR PUBLIC SERVER bc OPTIONS (SET oauthaccesstoken 'wrong')");
    simulator.clear_requests();
    for mut changed in [session.second(), session.of_role("other")] {
        assert_eq!(changed.refusal(PEOPLE).code, "28000");
    }
    assert!(simulator.requests().iter().all(|request| request.status == 401));
    session.run("CREATE USER MAPPING FOR other SERVER bc");
    let token = simulator.token();
    session.run(&format!(
        "ALTER USER MAPPING FOR other SERVER bc OPTIONS (ADD oauthaccesstoken '{token}')"
    ));
    let (_, own) = read(&simulator, &mut session.of_role("other"), PEOPLE);
    assert_eq!(own, [200, 200], "the mapping is another one");
}

#[test]
fn after_a_write_of_one_session_all_ask_again() {
    let (_cluster, simulator, mut session) = together("16MB", 100, ", cachettl '300'");
    let mut other = session.second();
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    let one = format!("SELECT content FROM bc.todos WHERE id = {id}");
    let list = format!("SELECT content FROM bc.todos WHERE id + 0 = {id}");
    for sql in [&one, &list] {
        let before = read(&simulator, &mut session, sql).0;
        assert_eq!(read(&simulator, &mut other, sql), (before.clone(), vec![]));
        assert_eq!(read(&simulator, &mut other, sql), (before, vec![]));
    }
    session.run(&format!("UPDATE bc.todos SET content = 'New' WHERE id = {id}"));
    for sql in [&one, &list] {
        let (rows, asked) = read(&simulator, &mut other, sql);
        assert_eq!(rows, [[Some("New".to_owned())]], "{sql}");
        assert!(!asked.is_empty());
        assert_eq!(
            read(&simulator, &mut session.second(), sql).1,
            NOTHING,
            "another has asked since"
        );
    }
    let (_, people) = read(&simulator, &mut other, PEOPLE);
    assert_eq!(people, [200, 200]);
    session.run(&format!("UPDATE bc.todos SET content = 'Newer' WHERE id = {id}"));
    assert_eq!(read(&simulator, &mut other, PEOPLE).1, [304, 304], "anything may show it");
}

#[test]
fn clear_cache_forgets_what_the_sessions_of_the_role_keep_together_and_nothing_of_others() {
    let (_cluster, simulator, mut session) = together("16MB", 100, ", cachettl '300'");
    session.run(
        "CREATE ROLE other LOGIN; GRANT USAGE ON SCHEMA bc, basecamp TO other; \
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO other",
    );
    for mut reader in [session.second(), session.of_role("other")] {
        assert_eq!(read(&simulator, &mut reader, PEOPLE).1, [200, 200]);
    }
    // Of a session that has read nothing itself.
    session.run("SELECT basecamp.clear_cache()");
    let mut other = session.of_role("other");
    assert_eq!(read(&simulator, &mut other, PEOPLE).1, NOTHING, "of another role");
    assert_eq!(read(&simulator, &mut session, PEOPLE).1, [200, 200]);
    assert_eq!(read(&simulator, &mut session.second(), PEOPLE).1, NOTHING);
}

#[test]
fn where_nothing_is_kept_together_a_session_reads_all_itself_and_still_hears_of_writes() {
    let (_cluster, simulator, mut session) = together("0", 100, ", cachettl '300'");
    let mut other = session.second();
    assert_eq!(read(&simulator, &mut session, PEOPLE).1, [200, 200]);
    assert_eq!(read(&simulator, &mut other, PEOPLE).1, [200, 200]);
    assert_eq!(read(&simulator, &mut other, PEOPLE).1, NOTHING);
    session.run(
        "UPDATE bc.todos SET content = 'New' WHERE id IN \
         (SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1)",
    );
    assert_eq!(read(&simulator, &mut other, PEOPLE).1, [304, 304]);
    assert_eq!(session.refusal("SET basecamp_fdw.shared_cache_size = 8").code, "55P02");
}

/// A digest of all to-dos.
const ALL: &str = "SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY id)) FROM bc.todos t";

#[test]
fn what_is_much_larger_than_its_room_is_read_right_by_all() {
    let (_cluster, _simulator, mut session) = together("1MB", 3_000, ", cachettl '300'");
    let expected = session.rows(ALL);
    assert_eq!(expected[0][0].as_deref(), Some("3000"));
    let sessions = (0..6).map(|_| session.second()).collect();
    Session::together(sessions, |session| {
        for size in ["32MB", "1MB"] {
            session.run(&format!("SET basecamp_fdw.cache_size = '{size}'"));
            assert_eq!(session.rows(ALL), expected);
        }
    });
}

#[test]
fn after_a_backend_is_killed_in_a_scan_the_server_starts_with_nothing_kept_and_works() {
    for preload in [true, false] {
        let settings: &[&str] = if preload { &[PRELOADED] } else { &[] };
        let cluster = Cluster::start(settings);
        let simulator =
            Simulator::start(Config { todos: 3_000, ..Config::default() }).expect("a port");
        let options = ", projectid 'all', ratelimit '0', cachettl '300'";
        let mut session = cluster.database().serving(&simulator, options);
        let (database, expected) = (session.database.clone(), session.rows(ALL));
        let mut scans: Vec<_> = (0..3).map(|_| session.second()).collect();
        let backend = scans[0].backend();
        session.run("SELECT basecamp.clear_cache()");
        simulator.clear_requests();
        let scans: Vec<_> = scans
            .into_iter()
            .map(|mut scan| std::thread::spawn(move || scan.client.simple_query(ALL).is_ok()))
            .collect();
        while simulator.requests().len() < 20 {
            std::thread::yield_now();
        }
        let killed = Command::new("kill").args(["-9", &backend.to_string()]).status();
        assert!(killed.expect("kill").success());
        scans.into_iter().for_each(|scan| _ = scan.join().expect("no panic"));
        // Until the postmaster has noticed.
        while session.client.simple_query("SELECT 1").is_ok() {
            std::thread::yield_now();
        }
        cluster.await_connections();
        let mut sessions = [(); 2].map(|()| cluster.connect(&database, "postgres"));
        for session in &mut sessions {
            assert_eq!(session.rows(ALL), expected);
        }
    }
}

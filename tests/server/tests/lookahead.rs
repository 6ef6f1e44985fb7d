//! The next keys of a nested loop, asked for before it comes to them: the same rows by the same requests,
//! side by side.

use std::time::Duration;

use server_tests::Session;
use server_tests::ways::Rows;
use simulator::{Config, Simulator};

/// An account with a local table of ids of to-dos, in no order, with one that comes twice, one of nobody
/// and one that is NULL.
fn account() -> (Simulator, Session) {
    let config = Config { projects: 4, todolists: 40, todos: 6_000, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    let ids: Vec<String> = simulator
        .dump("todos")
        .iter()
        .filter(|todo| todo["status"] == "active")
        .filter_map(|todo| todo["id"].as_i64())
        .enumerate()
        .filter(|(number, _)| number % 400 == 7)
        .map(|(number, id)| format!("({}, {id})", number / 57))
        .collect();
    assert!(ids.len() >= 12, "{}", ids.len());
    session.run(&format!(
        "CREATE TABLE few (n int, id bigint); INSERT INTO few VALUES {}; \
         INSERT INTO few SELECT n + 1, id FROM few WHERE n = 7; \
         INSERT INTO few VALUES (3, 77), (4, NULL); ANALYZE few; \
         CREATE TABLE names (id bigint, name text); \
         INSERT INTO names SELECT id, 'name ' || n FROM few WHERE n % 2 = 0; ANALYZE names",
        ids.join(", ")
    ));
    // So that all sessions know how many there are.
    session.run("SELECT count(*) FROM bc.todos");
    (simulator, session)
}

/// A session like this one that knows nothing yet, in which only nested loops join.
fn fresh(session: &Session, lookahead: bool) -> Session {
    let mut fresh = session.second();
    let lookahead = if lookahead { "on" } else { "off" };
    fresh.run(&format!(
        "SET enable_hashjoin = off; SET enable_mergejoin = off; \
         SET basecamp_fdw.lookahead = {lookahead}"
    ));
    fresh
}

/// The rows of a query in a session of its own, and the requests that they took, in their order by name.
fn asked(simulator: &Simulator, mut session: Session, sql: &str) -> (Rows, Vec<String>) {
    simulator.clear_requests();
    let rows = session.sorted(sql);
    let mut requests: Vec<String> = simulator
        .requests()
        .iter()
        .map(|request| format!("{}?{}", request.path, request.query))
        .collect();
    requests.sort();
    (rows, requests)
}

const JOIN: &str = "SELECT f.n, t.id, t.content FROM few f JOIN bc.todos t USING (id)";

#[test]
fn keys_are_asked_for_side_by_side() {
    let peaks = [false, true].map(|lookahead| {
        let (simulator, session) = account();
        simulator.set_latency(Duration::from_millis(40));
        let (rows, requests) = asked(&simulator, fresh(&session, lookahead), JOIN);
        assert!(rows.len() >= 12, "{rows:?}");
        (simulator.peak_concurrency(), requests.len())
    });
    let [(one, few), (many, as_few)] = peaks;
    assert!(one <= 2, "one after another: {one}");
    assert!((4..=8).contains(&many), "side by side, and no more than maxconcurrency: {many}");
    assert_eq!(few, as_few, "requests");
}

#[test]
fn a_join_means_the_same_and_asks_the_same() {
    let (simulator, session) = account();
    for sql in [
        JOIN,
        "SELECT f.n, t.content FROM few f LEFT JOIN bc.todos t USING (id)",
        "SELECT f.n, t.content FROM few f LEFT JOIN bc.todos t ON t.id = f.id AND f.n % 2 = 0",
        "SELECT f.n FROM few f WHERE EXISTS (SELECT FROM bc.todos t WHERE t.id = f.id)",
        "SELECT f.n FROM few f WHERE NOT EXISTS (SELECT FROM bc.todos t WHERE t.id = f.id)",
        "SELECT f.n, t.content FROM few f CROSS JOIN LATERAL \
         (SELECT content FROM bc.todos t WHERE t.id = f.id OFFSET 0) t",
        "SELECT n.name, t.content FROM few f LEFT JOIN names n USING (id) \
         JOIN bc.todos t ON t.id = n.id",
        "SELECT f.n, n.name, t.content FROM few f LEFT JOIN names n USING (id) \
         LEFT JOIN bc.todos t ON t.id = n.id",
        "SELECT f.n, l.name FROM few f JOIN bc.todos t USING (id) \
         JOIN bc.todolists l ON l.id = t.todolist_id",
        "SELECT f.n, (SELECT sum(o.n) FROM few o JOIN bc.todos t USING (id) WHERE o.n < f.n) \
         FROM few f WHERE f.n < 40",
        "SELECT x.n, t.content FROM (SELECT n, id + 0 AS id FROM few ORDER BY n DESC) x \
         JOIN bc.todos t ON t.id = x.id",
        "SELECT x.n, t.content FROM (SELECT n, id FROM few UNION ALL SELECT -n, id FROM names \
         JOIN few USING (id)) x JOIN bc.todos t ON t.id = x.id",
        "SELECT f, t.content FROM few f JOIN bc.todos t USING (id)",
        "SELECT sum(f.n), t.completed FROM few f JOIN bc.todos t USING (id) GROUP BY 2",
        "WITH f AS MATERIALIZED (SELECT * FROM few) SELECT f.n, t.content FROM f JOIN bc.todos t USING (id)",
    ] {
        let with = asked(&simulator, fresh(&session, true), sql);
        let without = asked(&simulator, fresh(&session, false), sql);
        let plan = fresh(&session, true).explain(sql);
        assert_eq!(with, without, "{sql}\n{plan}");
        assert!(!with.0.is_empty(), "{sql}");
    }
}

#[test]
fn a_plan_says_where_it_looks_ahead() {
    let (_simulator, session) = account();
    let mut session = fresh(&session, true);
    let plan = session.explain(JOIN);
    assert!(plan.contains("Custom Scan (Basecamp Lookahead) on todos t"), "{plan}");
    assert!(plan.contains("Keys: f.id"), "{plan}");
    let plan = session.explain(&format!("(ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {JOIN}"));
    let ahead = plan.lines().find_map(|line| line.trim().strip_prefix("Runs Ahead: "));
    let ahead: u64 = ahead.and_then(|number| number.parse().ok()).unwrap_or_default();
    assert!(ahead >= 12, "{plan}");
    session.run("SET basecamp_fdw.lookahead = off");
    assert!(!session.explain(JOIN).contains("Lookahead"));
}

#[test]
fn nothing_is_asked_for_that_may_not_be_wanted() {
    let (simulator, session) = account();
    for sql in [
        "SELECT t.content FROM few f JOIN bc.todos t USING (id) LIMIT 1",
        "SELECT EXISTS (SELECT FROM few f JOIN bc.todos t USING (id))",
    ] {
        let plan = fresh(&session, true).explain(sql);
        assert!(!plan.contains("Lookahead"), "{sql}\n{plan}");
        let (rows, requests) = asked(&simulator, fresh(&session, true), sql);
        assert!(rows.len() == 1 && requests.len() <= 3, "{sql}: {requests:?}");
    }
    // A cursor that is read row by row is ahead by no more than it has read.
    let mut cursor = fresh(&session, true);
    cursor.run(&format!("BEGIN; DECLARE c CURSOR FOR {JOIN}"));
    simulator.clear_requests();
    let first = cursor.rows("FETCH 1 FROM c");
    assert_eq!(first.len(), 1);
    assert!(simulator.requests().len() <= 3, "{:?}", simulator.requests());
    assert!(cursor.rows("FETCH ALL FROM c").len() >= 12);
    cursor.run("COMMIT");
}

#[test]
fn a_bound_on_requests_is_kept() {
    let (simulator, session) = account();
    let made = [false, true].map(|lookahead| {
        let mut session = fresh(&session, lookahead);
        session.run("SET basecamp_fdw.max_requests = 5");
        simulator.clear_requests();
        let refusal = session.refusal(JOIN);
        assert!(refusal.message.contains("would take about"), "{}", refusal.message);
        simulator.requests().len()
    });
    assert_eq!(made[0], made[1]);
}

#[test]
fn rows_that_are_locked_are_looked_at_again() {
    let (_simulator, session) = account();
    let (mut one, mut other) = (fresh(&session, true), session.second());
    let sql = format!("{JOIN} ORDER BY f.n FOR UPDATE OF f");
    assert!(one.explain(&sql).contains("Lookahead"));
    other.run("BEGIN; UPDATE few SET n = 1000 WHERE n = 0");
    let locker = one.backend();
    std::thread::scope(|scope| {
        let locking = scope.spawn(move || one.rows(&sql));
        // The other session has the lock until this one waits for it.
        let waits = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = {locker} AND wait_event_type = 'Lock'"
        );
        while other.value(&waits) != "1" {
            std::thread::yield_now();
        }
        other.run("COMMIT");
        let rows = locking.join().expect("rows");
        assert_eq!(rows.iter().filter(|row| row[0].as_deref() == Some("1000")).count(), 1);
    });
}

#[test]
fn a_plan_is_used_again_and_may_be_written_through() {
    let (simulator, session) = account();
    let mut session = fresh(&session, true);
    session.run("SET plan_cache_mode = force_generic_plan");
    session.run(
        "PREPARE joined (int) AS SELECT f.n, t.content FROM few f JOIN bc.todos t USING (id) \
         WHERE f.n < $1",
    );
    let counts =
        ["1", "50", "1", "1000"].map(|n| session.rows(&format!("EXECUTE joined ({n})")).len());
    assert!(counts[0] == 1 && counts[0] == counts[2] && counts[1] < counts[3], "{counts:?}");
    simulator.set_latency(Duration::from_millis(1));
    session.run(
        "UPDATE bc.todos t SET content = 'seen ' || f.n FROM few f WHERE t.id = f.id AND f.n < 30",
    );
    let written =
        session.rows("SELECT content FROM few f JOIN bc.todos t USING (id) WHERE f.n < 30");
    assert!(
        written.iter().all(|row| row[0].as_deref().unwrap_or_default().starts_with("seen ")),
        "{written:?}"
    );
}

#[test]
fn a_join_that_is_cancelled_leaves_nothing_under_way() {
    let (simulator, session) = account();
    simulator.set_latency(Duration::from_millis(200));
    let mut session = fresh(&session, true);
    session.run("SET statement_timeout = 700");
    let refusal = session.refusal(JOIN);
    assert_eq!(refusal.code, "57014", "{}", refusal.message);
    session.run("RESET statement_timeout");
    simulator.set_latency(Duration::ZERO);
    assert!(session.rows(JOIN).len() >= 12);
}

//! Several accounts in one query: their scans run side by side, and fail, stop and restart as one.

use std::time::{Duration, Instant};

use server_tests::Session;
use simulator::{Config, Simulator};

/// Two accounts and a database with both: schemas `bc` and `other`, and parents of their tables.
fn two(options: &str) -> ([Simulator; 2], Session) {
    let start = |seed, account| {
        let config = Config { seed, account, ..Config::default() };
        Simulator::start(config).expect("a port")
    };
    let (one, other) = (start(1, 1_234_567), start(2, 7_654_321));
    let options = format!(", projectid 'all', ratelimit '0' {options}");
    let mut session = Session::on(&one, &options);
    let (url, account, token) = (other.url(), other.account(), other.token());
    session.run(&format!(
        "CREATE SERVER other FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', url '{url}' {options}); \
         CREATE USER MAPPING FOR PUBLIC SERVER other OPTIONS (oauthaccesstoken '{token}'); \
         CREATE SCHEMA other; IMPORT FOREIGN SCHEMA v3 FROM SERVER other INTO other; \
         CREATE TABLE people (id bigint, name text, out_of_office_start_date text); \
         CREATE FOREIGN TABLE people_bc () INHERITS (people) SERVER bc OPTIONS (resource 'people'); \
         CREATE FOREIGN TABLE people_other () INHERITS (people) SERVER other OPTIONS (resource 'people'); \
         CREATE TABLE todos (url text, id bigint, todolist_id bigint, content text) PARTITION BY RANGE (url)"
    ));
    for (name, simulator) in [("bc", &one), ("other", &other)] {
        // An address tells the account; every one in it begins so.
        let own = format!("{}/{}", simulator.url(), simulator.account());
        session.run(&format!(
            "CREATE FOREIGN TABLE todos_{name} PARTITION OF todos FOR VALUES FROM ('{own}/') TO ('{own}0') SERVER {name} OPTIONS (resource 'todos')"
        ));
    }
    ([one, other], session)
}

/// People of both accounts, through their parent, which is empty itself.
const EVERYBODY: &str = "SELECT tableoid::regclass, id, name FROM people";

fn sorted(mut rows: Vec<Vec<Option<String>>>) -> Vec<Vec<Option<String>>> {
    rows.sort();
    rows
}

/// Whether the first request to each account came before the other had answered its first.
fn overlapped(accounts: &[Simulator; 2], latency: Duration) -> bool {
    let first = |simulator: &Simulator| simulator.requests().iter().map(|each| each.at).min();
    let (one, other) = (first(&accounts[0]), first(&accounts[1]));
    one.zip(other).is_some_and(|(one, other)| {
        let apart = one.max(other).duration_since(one.min(other));
        apart < latency
    })
}

#[test]
fn scans_of_several_accounts_run_side_by_side() {
    let (accounts, mut session) = two("");
    session.run("ALTER FOREIGN TABLE people_bc OPTIONS (ADD async_capable 'true')");
    for table in
        ["people", "(SELECT * FROM bc.todos UNION ALL SELECT * FROM other.todos) both_accounts"]
    {
        let sql = format!("SELECT * FROM {table}");
        session.run("SET enable_async_append = off");
        let plan = session.explain(&sql);
        assert!(plan.contains("Foreign Scan") && !plan.contains("Async"), "{plan}");
        let expected = sorted(session.rows(&sql));
        session.run("RESET enable_async_append");
        let plan = session.explain(&sql);
        assert_eq!(plan.matches("Async Foreign Scan").count(), 2, "{plan}");
        // Each answer is held back long enough that one request after another cannot overlap.
        let latency = Duration::from_millis(500);
        accounts.iter().for_each(|each| {
            each.set_latency(latency);
            each.clear_requests();
        });
        assert_eq!(sorted(session.rows(&sql)), expected, "{table}");
        assert!(overlapped(&accounts, latency), "{table}");
        accounts.iter().for_each(|each| each.set_latency(Duration::ZERO));
    }
}

#[test]
fn without_the_option_one_scan_follows_another() {
    let (_accounts, mut session) = two(", async_capable 'false'");
    let expected = sorted(session.rows(EVERYBODY));
    assert_eq!(expected.len(), 50);
    assert!(!session.explain(EVERYBODY).contains("Async"));
    // The table's own option decides.
    session.run("ALTER FOREIGN TABLE people_bc OPTIONS (ADD async_capable 'true')");
    let plan = session.explain(EVERYBODY);
    assert_eq!(plan.matches("Async Foreign Scan").count(), 1, "{plan}");
    assert_eq!(sorted(session.rows(EVERYBODY)), expected, "one of each kind");
}

#[test]
fn conditions_projections_and_limits_hold_above_and_below() {
    let (accounts, mut session) = two("");
    let count = |session: &mut Session, sql: &str| session.rows(sql).len();
    let some = format!("{EVERYBODY} WHERE name LIKE '%2'");
    assert!(session.explain(&some).contains("Async"));
    let both = sorted(session.rows(&some));
    let rows: Vec<_> = sorted(session.rows(EVERYBODY));
    let expected: Vec<_> = rows
        .into_iter()
        .filter(|row| row[2].as_deref().is_some_and(|name| name.ends_with('2')))
        .collect();
    assert_eq!(both, expected);
    assert_eq!(count(&mut session, &format!("{EVERYBODY} WHERE name = 'nobody'")), 0);
    let union =
        "SELECT upper(content) FROM bc.todos UNION ALL SELECT content || '!' FROM other.todos";
    assert_eq!(count(&mut session, union), 800);
    for limit in [1, 30, 60, 799] {
        accounts.iter().for_each(Simulator::clear_requests);
        assert_eq!(count(&mut session, &format!("{union} LIMIT {limit}")), limit);
    }
    // A cursor that is closed early has asked for a page or a few of each.
    accounts.iter().for_each(Simulator::clear_requests);
    assert_eq!(count(&mut session, &format!("{union} LIMIT 1")), 1);
    let asked: usize = accounts.iter().map(|each| each.requests().len()).sum();
    assert!(asked <= 2, "{asked}");
}

#[test]
fn members_that_only_single_records_have_are_fetched_without_waiting_too() {
    let (accounts, mut session) = two("");
    let sql = "SELECT tableoid, id, out_of_office_start_date FROM people WHERE name LIKE '%1%'";
    session.run("SET enable_async_append = off");
    let expected = sorted(session.rows(sql));
    session.run("RESET enable_async_append");
    assert!(session.explain(sql).contains("Async"));
    accounts.iter().for_each(Simulator::clear_requests);
    assert_eq!(sorted(session.rows(sql)), expected);
    for account in &accounts {
        let single =
            account.requests().iter().filter(|each| each.path.starts_with("/people/")).count();
        assert_eq!(2 * single, expected.len());
    }
}

#[test]
fn a_rescan_starts_all_of_them_again() {
    let (_accounts, mut session) = two("");
    session.run("SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off");
    for (sql, expected) in [
        (
            "SELECT count(*) FROM generate_series(1, 3) g CROSS JOIN LATERAL (SELECT * FROM people p WHERE g < 100 + length(p.name)) s",
            "150",
        ),
        // Stopped in the middle each time.
        (
            "SELECT count(*) FROM generate_series(1, 3) g CROSS JOIN LATERAL (SELECT * FROM people p WHERE g < 100 + length(p.name) LIMIT 20) s",
            "60",
        ),
        (
            "SELECT sum(n) FROM generate_series(1, 3) g CROSS JOIN LATERAL (SELECT count(*) AS n FROM people p WHERE p.tableoid::regclass::text = CASE g WHEN 1 THEN 'people_bc' WHEN 2 THEN 'people_other' ELSE 'none' END) s",
            "50",
        ),
        // By the outer row's key.
        (
            "SELECT count(*) FROM (SELECT id FROM bc.todolists ORDER BY id LIMIT 3) l JOIN todos t ON t.todolist_id = l.id",
            "",
        ),
    ] {
        let plan = session.explain(sql);
        assert!(plan.contains("Async"), "{plan}");
        session.run("SET enable_async_append = off");
        let alone = session.value(sql);
        session.run("RESET enable_async_append");
        assert_eq!(session.value(sql), alone, "{sql}");
        assert!(expected.is_empty() || alone == expected, "{alone}: {sql}");
    }
    session.run("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT tableoid, id FROM people");
    let forward = session.rows("FETCH ALL FROM c");
    session.run("MOVE ABSOLUTE 0 IN c");
    assert_eq!(session.rows("FETCH ALL FROM c"), forward);
    session.run("COMMIT");
}

#[test]
fn an_error_of_one_ends_all() {
    let (accounts, mut session) = two(", maxattempts '1'");
    let expected = sorted(session.rows(EVERYBODY));
    for account in &accounts {
        account.set_faults(&["403"]);
        assert_eq!(session.refusal(EVERYBODY).code, "42501");
        account.set_faults(&[]);
        assert_eq!(sorted(session.rows(EVERYBODY)), expected);
    }
    session.run("ALTER FOREIGN TABLE people_bc OPTIONS (ADD maxrows '5')");
    assert_eq!(session.rows(EVERYBODY).len(), 30);
}

/// How soon a waiting backend must react: far less than the minute for which the request would hang.
const AT_ONCE: Duration = Duration::from_secs(1);

#[test]
fn cancel_and_timeout_act_while_one_of_them_hangs() {
    let (accounts, mut session) = two(", timeout '60'");
    let expected = sorted(session.rows(EVERYBODY));
    assert!(session.explain(EVERYBODY).contains("Async"));
    for hanging in &accounts {
        hanging.set_faults(&["hang"]);
        session.run("SET statement_timeout = 300");
        let start = Instant::now();
        assert_eq!(session.refusal(EVERYBODY).code, "57014");
        let took = start.elapsed();
        assert!(took < Duration::from_millis(300) + AT_ONCE, "{took:?}");
        session.run("RESET statement_timeout");
        hanging.set_faults(&[]);
        assert_eq!(sorted(session.rows(EVERYBODY)), expected);
    }
}

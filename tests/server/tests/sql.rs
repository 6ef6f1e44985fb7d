//! The SQL around a scan: whatever PostgreSQL makes of a query, its rows are the same, and what cannot
//! be done is refused in PostgreSQL's own words.

use std::io::Read as _;

use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

type Table = Vec<Vec<Option<String>>>;

fn all() -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    (simulator, session)
}

/// The same tables as local copies: what PostgreSQL itself makes of a query on them is right.
fn copied(session: &mut Session) {
    session.run("CREATE SCHEMA local");
    for table in ["projects", "people", "todolists", "todos", "messages", "comments"] {
        session.run(&format!("CREATE TABLE local.{table} AS SELECT * FROM bc.{table}"));
    }
}

/// Runs a query on Basecamp's tables and on the copies.
fn both(session: &mut Session, sql: &str) -> (Table, Table) {
    let mut rows = |schema: &str| {
        let mut rows = session.rows(&sql.replace("{}", schema));
        rows.sort();
        rows
    };
    (rows("bc"), rows("local"))
}

/// Ways of joining that are switched off, one setting after another.
const PLANS: [&str; 7] = [
    "",
    "SET enable_hashjoin = off; SET enable_mergejoin = off",
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off",
    "SET enable_nestloop = off; SET enable_mergejoin = off",
    "SET enable_hashjoin = off; SET enable_nestloop = off",
    "SET basecamp_fdw.request_cost = 0; SET enable_hashjoin = off; SET enable_mergejoin = off",
    "SET basecamp_fdw.request_cost = 10000000000",
];

#[test]
fn every_kind_of_join_gives_the_rows_that_local_tables_give() {
    let (_simulator, mut session) = all();
    copied(&mut session);
    for sql in [
        "SELECT t.id, l.name FROM {}.todolists l JOIN {}.todos t ON t.todolist_id = l.id",
        "SELECT l.id, t.id FROM {}.todolists l LEFT JOIN {}.todos t ON t.todolist_id = l.id AND t.completed",
        "SELECT l.id, t.id FROM {}.todos t RIGHT JOIN {}.todolists l ON t.todolist_id = l.id AND t.position = 1",
        "SELECT p.id, m.id FROM {}.people p FULL JOIN {}.messages m ON m.creator_id = p.id",
        "SELECT m.id, c.id FROM {}.messages m JOIN {}.comments c ON c.recording_id = m.id JOIN {}.people p ON p.id = c.creator_id",
        "SELECT a.id, b.id FROM {}.todos a JOIN {}.todos b ON b.todolist_id = a.todolist_id AND b.position = a.position + 1",
        // Semi and anti joins.
        "SELECT id FROM {}.todolists l WHERE EXISTS (SELECT 1 FROM {}.todos t WHERE t.todolist_id = l.id AND NOT t.completed)",
        "SELECT id FROM {}.messages m WHERE NOT EXISTS (SELECT 1 FROM {}.comments c WHERE c.recording_id = m.id)",
        "SELECT id FROM {}.todos WHERE todolist_id IN (SELECT id FROM {}.todolists WHERE is_group)",
        "SELECT id FROM {}.messages WHERE id NOT IN (SELECT recording_id FROM {}.comments WHERE recording_id IS NOT NULL)",
        // Keys that are NULL, and keys of another integer type.
        "SELECT v.k, t.id FROM (VALUES (NULL::bigint), ((SELECT min(id) FROM {}.todolists))) v(k) LEFT JOIN {}.todos t ON t.todolist_id = v.k",
        "SELECT v.k, p.name FROM (VALUES (2001::int), (NULL), (2002)) v(k) LEFT JOIN {}.people p ON p.id = v.k",
        "SELECT v.k, p.name FROM (VALUES (2001::numeric), (2002.5)) v(k) LEFT JOIN {}.people p ON p.id = v.k",
        // LATERAL and correlated subqueries.
        "SELECT l.id, s.id FROM {}.todolists l CROSS JOIN LATERAL (SELECT t.id FROM {}.todos t WHERE t.todolist_id = l.id ORDER BY t.id DESC LIMIT 2) s",
        "SELECT l.id, s.n FROM {}.todolists l LEFT JOIN LATERAL (SELECT count(*) AS n FROM {}.todos t WHERE t.todolist_id = l.id) s ON true",
        "SELECT l.id, (SELECT max(t.id) FROM {}.todos t WHERE t.todolist_id = l.id) FROM {}.todolists l",
        "SELECT p.id, (SELECT count(*) FROM {}.messages m WHERE m.project_id = p.id AND EXISTS (SELECT 1 FROM {}.comments c WHERE c.recording_id = m.id)) FROM {}.projects p",
        "SELECT id FROM {}.todos t WHERE position = (SELECT max(position) FROM {}.todos u WHERE u.todolist_id = t.todolist_id)",
    ] {
        let (_, expected) = both(&mut session, sql);
        assert!(!expected.is_empty(), "{sql}");
        for plan in PLANS {
            session.run(plan);
            let (found, _) = both(&mut session, sql);
            let shown = session.explain(&sql.replace("{}", "bc"));
            assert_eq!(found, expected, "{sql} with {plan:?}\n{shown}");
            session.run("RESET ALL");
        }
    }
}

#[test]
fn what_stands_above_a_scan_sees_all_of_its_rows() {
    let (_simulator, mut session) = all();
    copied(&mut session);
    for sql in [
        "SELECT id, generate_series(1, 2) FROM {}.todos",
        "SELECT count(*) FROM (SELECT generate_series(1, 2) FROM {}.todos LIMIT 777) s",
        "SELECT count(*) FROM (SELECT unnest(assignee_ids) FROM {}.todos LIMIT 60) s",
        "SELECT DISTINCT completed FROM {}.todos LIMIT 2",
        "SELECT count(*) FROM (SELECT DISTINCT ON (todolist_id) id FROM {}.todos ORDER BY todolist_id, id LIMIT 30) s",
        "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM {}.todos) s WHERE place <= 3",
        "SELECT todolist_id, count(*) FROM {}.todos GROUP BY GROUPING SETS ((todolist_id), ())",
        "SELECT creator_name FROM {}.todos GROUP BY 1 HAVING count(*) > 3 ORDER BY 1 LIMIT 2",
        "SELECT id FROM {}.todos ORDER BY id OFFSET 395",
        "SELECT id FROM {}.todos ORDER BY id LIMIT 0",
        "SELECT id FROM {}.todos EXCEPT SELECT id FROM {}.todos WHERE completed",
        "WITH RECURSIVE tree(id) AS (SELECT id FROM {}.todolists WHERE NOT is_group UNION SELECT g.id FROM {}.todolists g JOIN tree ON g.parent_id = tree.id) SELECT id FROM tree",
        "WITH done AS MATERIALIZED (SELECT * FROM {}.todos WHERE completed) SELECT a.id FROM done a JOIN done b USING (id)",
        "SELECT id FROM {}.todos WHERE completed IS NOT TRUE AND (todolist_id IS NULL OR position > 2)",
        "SELECT t FROM {}.todolists t",
        "SELECT count(t), count(DISTINCT t.id) FROM {}.todos t",
        "SELECT to_jsonb(t) -> 'content' FROM {}.todos t WHERE (t).completed",
        "SELECT (t).id FROM (SELECT t FROM {}.todos t OFFSET 0) s",
    ] {
        let (found, expected) = both(&mut session, sql);
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn rows_can_be_marked_but_not_locked_or_sampled() {
    let (_simulator, mut session) = all();
    copied(&mut session);
    let marked =
        "SELECT t.id FROM {}.todos t JOIN {}.todolists l ON l.id = t.todolist_id FOR UPDATE OF t";
    let (found, expected) = both(&mut session, marked);
    assert_eq!(found, expected, "as those of postgres_fdw's tables, but nobody locks Basecamp");
    assert_eq!(session.rows("SELECT id FROM bc.todos LIMIT 3 FOR SHARE").len(), 3);
    let refused = session.refusal("SELECT id FROM bc.todos TABLESAMPLE SYSTEM (10)");
    assert_eq!(refused.code, "0A000");
    assert!(refused.message.contains("TABLESAMPLE"), "{refused:?}");
}

#[test]
fn system_columns_say_the_table_and_no_more() {
    let (_simulator, mut session) = all();
    let table = session.rows("SELECT DISTINCT tableoid::regclass FROM bc.todos");
    assert_eq!(table, [[Some("bc.todos".to_owned())]]);
    assert_eq!(session.value("SELECT count(ctid) FROM bc.people"), "25");
    assert_eq!(session.refusal("SELECT xmin FROM bc.people").code, "0A000");
}

#[test]
fn tables_may_lose_columns_and_have_generated_ones_defaults_and_checks() {
    let (_simulator, mut session) = all();
    let expected = session.rows("SELECT id, name, email_address FROM bc.people ORDER BY 1");
    session.run(
        "CREATE FOREIGN TABLE folk (gone text OPTIONS (field 'title'), id bigint NOT NULL DEFAULT 7, also_gone text, \
           name text CHECK (name <> ''), email_address text) SERVER bc OPTIONS (resource 'people'); \
         ALTER FOREIGN TABLE folk DROP COLUMN gone, DROP COLUMN also_gone",
    );
    assert_eq!(session.rows("SELECT * FROM folk ORDER BY id"), expected);
    assert_eq!(session.value("SELECT count(f) FROM folk f"), "25");
    // A column that is renamed needs to say its field, and is found again.
    session.run("ALTER FOREIGN TABLE folk RENAME COLUMN email_address TO mail");
    assert_eq!(session.refusal("SELECT mail FROM folk").code, "HV005");
    session.run("ALTER FOREIGN TABLE folk ALTER COLUMN mail OPTIONS (ADD field 'email_address'), ADD COLUMN title text");
    assert_eq!(session.rows("SELECT id, name, mail FROM folk ORDER BY id"), expected);
    assert_eq!(session.value("SELECT count(*) FROM folk f JOIN bc.people p USING (id) WHERE f.title IS DISTINCT FROM p.title"), "0");
    // What a foreign table generates is up to its wrapper, which has only what Basecamp has.
    session.run("ALTER FOREIGN TABLE folk ADD COLUMN upper_name text GENERATED ALWAYS AS (upper(name)) STORED");
    let refused = session.refusal("SELECT * FROM folk");
    assert_eq!(refused.code, "HV005");
    assert!(
        refused.message.contains("upper_name") && refused.hint.contains("field"),
        "{refused:?}"
    );
    assert_eq!(session.rows("SELECT id, name, mail FROM folk ORDER BY id"), expected);
}

#[test]
fn rows_can_be_copied_out() {
    let (_simulator, mut session) = all();
    let mut text = String::new();
    session
        .client
        .copy_out("COPY (SELECT id, name FROM bc.people ORDER BY id) TO STDOUT (FORMAT csv)")
        .expect("rows")
        .read_to_string(&mut text)
        .expect("text");
    assert_eq!(text.lines().count(), 25);
    assert!(text.starts_with("2000,"), "{text}");
    session.run("CREATE TABLE kept AS TABLE bc.people");
    assert_eq!(session.value("SELECT count(*) FROM kept"), "25");
    session.run(
        "CREATE MATERIALIZED VIEW seen AS SELECT * FROM bc.people; REFRESH MATERIALIZED VIEW seen",
    );
    assert_eq!(session.value("SELECT count(*) FROM seen"), "25");
}

#[test]
fn cursors_scroll_and_outlive_their_transaction() {
    let (_simulator, mut session) = all();
    let expected = session.rows("SELECT id FROM bc.todos ORDER BY id");
    session.run("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT id FROM bc.todos ORDER BY id");
    assert_eq!(session.rows("FETCH 30 FROM c"), expected[..30]);
    let mut back = session.rows("FETCH BACKWARD 10 FROM c");
    back.reverse();
    assert_eq!(back, expected[19..29]);
    assert_eq!(session.rows("FETCH LAST FROM c")[0], expected[expected.len() - 1]);
    assert_eq!(session.rows("FETCH ABSOLUTE 5 FROM c")[0], expected[4]);
    session.run("COMMIT; BEGIN; DECLARE u SCROLL CURSOR FOR SELECT id FROM bc.todos");
    let forward = session.rows("FETCH 50 FROM u");
    session.run("MOVE ABSOLUTE 0 IN u");
    assert_eq!(session.rows("FETCH 50 FROM u"), forward, "without a sort above");
    session.run(
        "COMMIT; BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT id FROM bc.todos ORDER BY id; COMMIT",
    );
    assert_eq!(session.rows("FETCH ALL FROM h"), expected);
    session.run("CLOSE h; BEGIN; DECLARE a CURSOR FOR SELECT id FROM bc.todos; DECLARE b CURSOR FOR SELECT id FROM bc.todos");
    // Two scans in turn, neither of which waits for the other.
    let mut found = [Vec::new(), Vec::new()];
    for _ in 0..8 {
        found[0].extend(session.rows("FETCH 50 FROM a"));
        found[1].extend(session.rows("FETCH 50 FROM b"));
    }
    session.run("COMMIT");
    for mut rows in found {
        rows.sort();
        let mut expected = expected.clone();
        expected.sort();
        assert_eq!(rows, expected);
    }
}

#[test]
fn functions_loop_over_scans_and_catch_their_errors() {
    let (simulator, mut session) = all();
    session.run(
        "CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS $$ \
         DECLARE list record; entry record; n bigint := 0; \
         BEGIN \
           FOR list IN SELECT id FROM bc.todolists LOOP \
             FOR entry IN SELECT id FROM bc.todos WHERE todolist_id = list.id LOOP n := n + 1; END LOOP; \
           END LOOP; \
           RETURN n; \
         END $$; \
         CREATE FUNCTION guarded() RETURNS text LANGUAGE plpgsql AS $$ \
         DECLARE n bigint; \
         BEGIN \
           FOR i IN 1..3 LOOP \
             BEGIN SELECT count(*) INTO n FROM bc.todos; RETURN n; \
             EXCEPTION WHEN insufficient_privilege THEN NULL; END; \
           END LOOP; \
           RETURN 'refused'; \
         END $$",
    );
    let expected = session.value("SELECT count(*) FROM bc.todos WHERE todolist_id IS NOT NULL");
    for mode in ["auto", "force_generic_plan", "force_custom_plan"] {
        session.run(&format!("SET plan_cache_mode = {mode}"));
        assert_eq!(session.value("SELECT total()"), expected, "{mode}");
    }
    let count = session.value("SELECT count(*) FROM bc.todos");
    simulator.set_faults(&["403"]);
    assert_eq!(session.value("SELECT guarded()"), "refused");
    simulator.set_faults(&["403:2"]);
    assert_eq!(session.value("SELECT guarded()"), count, "a subtransaction's end harms nothing");
}

#[test]
fn no_worker_of_a_parallel_plan_reads_basecamp() {
    let (simulator, mut session) = all();
    session.run(
        "CREATE TABLE big AS SELECT g AS id, 2000 + g % 30 AS person FROM generate_series(1, 50000) g; ANALYZE big; \
         ALTER TABLE big SET (parallel_workers = 2); \
         SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0",
    );
    let forced = session.value("SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')");
    let expected = session.value("SELECT count(*) FROM big WHERE person < 2025");
    let alone = session.explain("SELECT count(*) FROM big");
    assert!(alone.contains("Workers Planned"), "{alone}");
    for setting in ["off", "on"] {
        session.run(&format!("SET {forced} = {setting}"));
        let joined = "SELECT count(*) FROM big b JOIN bc.people p ON p.id = b.person";
        simulator.clear_requests();
        assert_eq!(session.value(joined), expected);
        assert!(simulator.requests().len() <= 2, "read once");
        assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
        for sql in [joined, "SELECT count(*) FROM bc.people"] {
            let plan = session.explain(sql);
            let indent = |line: &str| line.len() - line.trim_start().len();
            // The lines below a Gather are deeper than it.
            let mut gather = None;
            for line in plan.lines() {
                gather = gather.filter(|depth| indent(line) > *depth);
                assert!(gather.is_none() || !line.contains("Foreign Scan"), "{plan}");
                if line.contains("Gather") {
                    gather = Some(indent(line));
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_in_postgresqls_words() {
    let (simulator, mut session) = all();
    session.run("ANALYZE bc.recording_events");
    let told = session.notices().join("\n");
    assert!(told.contains("cannot analyze this foreign table"), "{told}");
    // 55000 is PostgreSQL's own for a table that some statements cannot change.
    for (sql, code) in [
        ("TRUNCATE bc.recording_events", "0A000"),
        ("INSERT INTO bc.recording_events (id) VALUES (1)", "55000"),
        ("UPDATE bc.recording_events SET action = 'x'", "55000"),
        ("DELETE FROM bc.recording_events", "55000"),
    ] {
        let refused = session.refusal(sql);
        assert_eq!(refused.code, code, "{sql}: {refused:?}");
        assert!(refused.message.contains("recording_events"), "{refused:?}");
    }
    assert_eq!(session.refusal("CREATE INDEX ON bc.people (id)").code, "42809");
    assert!(simulator.requests().is_empty(), "none of them asks anything");
}

#[test]
fn rule_69_a_group_is_a_list_that_has_a_place_among_its_siblings() {
    let (simulator, mut session) = all();
    for record in simulator.dump("todolists") {
        let group = record.get("group_position_url").is_some();
        assert_ne!(group, record.get("groups_url").is_some(), "{record}");
        let id = &record["id"];
        let sql = format!(
            "SELECT is_group, parent_todolist_id IS NOT NULL, todoset_id IS NULL FROM bc.todolists WHERE id = {id}"
        );
        let expected = Some(if group { "t" } else { "f" }.to_owned());
        assert_eq!(session.rows(&sql), [[expected.clone(), expected.clone(), expected]], "{id}");
    }
    let grouped = "SELECT count(*) FROM bc.todos t JOIN bc.todolists l ON l.id = t.todolist_id WHERE l.is_group";
    assert_ne!(session.value(grouped), "0");
}

#[test]
fn a_hot_standby_reads_as_well() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut cluster = Cluster::start(&[]);
    let mut session = cluster.database();
    let token = format!("oauthaccesstoken '{}'", simulator.token());
    session.connected(&simulator, ", projectid 'all'", &token);
    let expected = session.rows("SELECT id FROM bc.todos ORDER BY id");
    let standby = cluster.standby();
    let mut reader = standby.connect(&session.database, "postgres");
    assert_eq!(reader.value("SELECT pg_is_in_recovery()"), "t");
    assert_eq!(reader.rows("SELECT id FROM bc.todos ORDER BY id"), expected);
}

//! What is known of tables before they are read: by ANALYZE, and by what any session has read.

use server_tests::account::known_sizes;
use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

fn all(options: &str) -> (Simulator, Session) {
    let config = Config { todos: 5_000, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let session = Session::on(&simulator, &format!(", projectid 'all', ratelimit '0'{options}"));
    (simulator, session)
}

fn statistics(session: &mut Session, column: &str) -> Vec<Vec<Option<String>>> {
    session.rows(&format!(
        "SELECT null_frac, n_distinct FROM pg_stats WHERE schemaname = 'bc' AND attname = '{column}'"
    ))
}

/// The rows that the planner expects of a query's scan.
fn expected(session: &mut Session, sql: &str) -> f64 {
    let text = session.value(&format!("EXPLAIN (FORMAT JSON) {sql}"));
    let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    plan[0]["Plan"]["Plan Rows"].as_f64().expect("a number")
}

#[test]
fn analyze_samples_a_few_pages_and_knows_the_whole_by_its_header() {
    let (simulator, mut session) = all("");
    session.run("ANALYZE VERBOSE bc.todos");
    assert_eq!(simulator.requests().len(), 10, "{:?}", simulator.requests());
    let said = session.notices().join("\n");
    let words = "10 requests of 10 that option analyzerequests allows";
    assert!(said.contains(words), "{said}");
    let rows = session.value("SELECT reltuples FROM pg_class WHERE oid = 'bc.todos'::regclass");
    assert_eq!(rows, "5000");
    assert_eq!(statistics(&mut session, "content").len(), 1);
    let [seen, distinct] = &*statistics(&mut session, "completed")[0] else {
        panic!("two columns");
    };
    assert_eq!((seen.as_deref(), distinct.as_deref()), (Some("0"), Some("2")));
}

#[test]
fn its_requests_are_an_option_of_server_and_table() {
    let (simulator, mut session) = all(", analyzerequests '3'");
    session.run("ANALYZE bc.todos");
    assert_eq!(simulator.requests().len(), 3);
    simulator.clear_requests();
    session.run("ALTER FOREIGN TABLE bc.todos OPTIONS (ADD analyzerequests '2'); ANALYZE bc.todos");
    assert_eq!(simulator.requests().len(), 2);
}

#[test]
fn columns_that_cost_a_request_a_row_and_walks_are_sampled_within_the_same_bound() {
    let (simulator, mut session) = all("");
    for table in ["people", "todolists", "comments", "documents", "projects"] {
        simulator.clear_requests();
        session.run(&format!("ANALYZE bc.{table}"));
        let asked = simulator.requests().len();
        assert!((1..=10).contains(&asked), "{table}: {asked}");
        let rows = session
            .value(&format!("SELECT reltuples FROM pg_class WHERE oid = 'bc.{table}'::regclass"));
        assert!(rows.parse::<f64>().expect("a number") >= 0.0, "{table}: {rows}");
    }
}

#[test]
fn every_table_can_be_analyzed_or_is_skipped_with_a_warning() {
    let (_simulator, mut session) = all(", analyzerequests '2'");
    let tables = session.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'f' AND relnamespace = 'bc'::regnamespace",
    );
    assert!(tables.len() > 80);
    for table in tables {
        let name = table[0].clone().expect("a name");
        let analyzed = session.client.batch_execute(&format!("ANALYZE bc.\"{name}\""));
        // The simulator's user may not see some of them.
        let code = analyzed.err().and_then(|error| error.code().cloned());
        assert!(code.as_ref().is_none_or(|code| code.code() == "42501"), "{name}: {code:?}");
    }
    let skipped = session.notices();
    let only = |notice: &&String| !notice.contains("cannot analyze this foreign table");
    assert!(skipped.iter().filter(only).count() <= 1, "{skipped:?}");
}

#[test]
fn a_failure_of_basecamps_is_an_error_of_analyze() {
    let (simulator, mut session) = all(", maxattempts '1'");
    simulator.set_faults(&["500"]);
    assert_eq!(session.refusal("ANALYZE bc.todos").code, "58000");
}

#[test]
fn what_one_session_has_seen_is_known_to_the_planner_of_another() {
    let cluster = Cluster::start(&["shared_preload_libraries=basecamp_fdw"]);
    let config = Config { todos: 5_000, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = cluster.database().serving(&simulator, ", projectid 'all', ratelimit '0'");
    let mut second = session.second();
    let sql = "SELECT id FROM bc.todos";
    assert_ne!(expected(&mut second, sql), 5_000.0);
    session.rows("SELECT id FROM bc.todos LIMIT 1");
    assert_eq!(expected(&mut second, sql), 5_000.0);
    // Another mapping may see something else.
    let db = session.database.clone();
    session.run(&format!(
        "CREATE ROLE other_{db} LOGIN; GRANT USAGE ON SCHEMA bc TO other_{db}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO other_{db}; \
         CREATE USER MAPPING FOR other_{db} SERVER bc OPTIONS (oauthaccesstoken 'other')"
    ));
    let mut other = session.of_role(&format!("other_{db}"));
    assert_ne!(expected(&mut other, sql), 5_000.0);
}

const FAMILIES: &str = "SELECT p.name, l.name, t.content FROM bc.projects p \
    JOIN bc.todolists l ON l.project_id = p.id JOIN bc.todos t ON t.todolist_id = l.id";

/// What it takes to read 20 projects, 100 lists and 15,000 to-dos, each listing once.
const ONCE: usize = 2 + 4 + 153;

#[test]
fn parents_and_children_that_nobody_analyzed_are_read_once() {
    let (simulator, _cluster, mut session) = known_sizes();
    // Before anything is known, and when all is. 300 to-dos are in no list.
    for known in ["nothing", "all"] {
        session.run("DISCARD ALL");
        simulator.clear_requests();
        assert_eq!(session.rows(FAMILIES).len(), 14_700, "{known}");
        assert_eq!(simulator.requests().len(), ONCE, "{known}");
    }
}

#[test]
fn containers_are_asked_one_by_one_where_that_takes_less_than_all_of_them() {
    let (simulator, _cluster, mut session) = known_sizes();
    session.rows(FAMILIES);
    session.run(
        "CREATE TABLE lists AS SELECT id, row_number() OVER (ORDER BY id) n FROM bc.todolists; \
         ANALYZE lists",
    );
    // A list has about 150 to-dos: six pages, and one request that asks for its project.
    for (lists, most) in [(10, 10 * 7), (30, 153)] {
        simulator.clear_requests();
        session.rows(&format!(
            "SELECT t.content FROM lists l JOIN bc.todos t ON t.todolist_id = l.id WHERE l.n <= {lists}"
        ));
        let made = simulator.requests().len();
        assert!(made <= most, "{lists}: {made}");
    }
}

#[test]
fn a_column_of_parents_has_as_many_values_as_there_are_parents() {
    let (_simulator, _cluster, mut session) = known_sizes();
    session.rows(FAMILIES);
    let groups = |session: &mut Session, table: &str, column: &str, condition: &str| {
        let sql = format!("SELECT {column}, max(title) FROM bc.{table} {condition} GROUP BY 1");
        expected(session, &sql.replace("title", "created_at"))
    };
    assert_eq!(groups(&mut session, "todolists", "project_id", ""), 20.0);
    assert_eq!(groups(&mut session, "todos", "todolist_id", ""), 100.0);
    assert_eq!(groups(&mut session, "todos", "id", ""), 15_000.0);
    // Within a project, those of the project.
    let condition = "WHERE project_id = 5000";
    assert_eq!(groups(&mut session, "todos", "project_id", condition), 1.0);
    assert_eq!(groups(&mut session, "todos", "todolist_id", condition), 5.0);
    // What ANALYZE found is believed instead.
    session.run("ALTER FOREIGN TABLE bc.todolists ALTER project_id SET (n_distinct = 7)");
    assert_eq!(groups(&mut session, "todolists", "project_id", ""), 20.0);
    session.run("ANALYZE bc.todolists");
    assert_eq!(groups(&mut session, "todolists", "project_id", ""), 7.0);
}

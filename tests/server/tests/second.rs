//! Basecamp 2 through PostgreSQL: conditions become the fewest requests, and rows are the right ones.

use server_tests::Session;
use simulator::{Config, Simulator};

/// Tables that show something without a condition; the other three need one or another host.
const TABLES: [&str; 25] = [
    "accesses",
    "assigned_todos",
    "attachment_tags",
    "attachments",
    "calendar_events",
    "calendars",
    "comments",
    "documents",
    "events",
    "forwards",
    "group_memberships",
    "groups",
    "messages",
    "my_profile",
    "people",
    "person_projects",
    "project_templates",
    "projects",
    "stars",
    "subgroups",
    "tags",
    "todolists",
    "todos",
    "topics",
    "uploads",
];

fn all() -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = on(&simulator, ", projectid 'all'");
    (simulator, session)
}

/// A server for Basecamp 2, with a login name and a password.
fn on(simulator: &Simulator, options: &str) -> Session {
    let mut session = Session::empty();
    let (url, account, config) = (simulator.url(), simulator.account(), Config::default());
    session.run(&format!(
        "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw \
           OPTIONS (accountid '{account}', url '{url}', schema 'V2', ratelimit '0' {options}); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER bc \
           OPTIONS (\"user\" '{}', password '{}'); \
         CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v2 FROM SERVER bc INTO bc",
        config.v2_user, config.v2_password
    ));
    assert!(simulator.requests().is_empty(), "importing asks nothing");
    session
}

#[test]
fn every_table_answers() {
    let (simulator, mut session) = all();
    let imported = session.value("SELECT count(*) FROM pg_class WHERE relkind = 'f'");
    assert_eq!(imported, "28");
    for table in TABLES {
        let rows = session.rows(&format!("SELECT * FROM bc.{table}"));
        assert!(!rows.is_empty(), "{table}");
        let count = session.value(&format!("SELECT count(*) FROM bc.{table}"));
        assert_eq!(count, rows.len().to_string(), "{table}");
    }
    let occurrences = session.value(
        "SELECT count(*) FROM bc.calendar_event_occurrences \
          WHERE starts_on BETWEEN '2033-01-01' AND '2033-06-30'",
    );
    assert_ne!(occurrences, "0");
    let refused = session.refusal("SELECT * FROM bc.subscribers");
    assert_eq!(refused.code, "0A000");
    assert!(refused.message.contains("parent_id"), "{refused:?}");
    assert_eq!(simulator.undocumented(), 0);
}

#[test]
fn project_and_id_are_one_request_and_details_are_for_rows_that_pass() {
    let (simulator, mut session) = all();
    let found = session.rows("SELECT project_id, id FROM bc.documents ORDER BY id LIMIT 1");
    let (project, id) = (found[0][0].clone().expect("an id"), found[0][1].clone().expect("an id"));
    simulator.clear_requests();
    let one =
        format!("SELECT content FROM bc.documents WHERE project_id = {project} AND id = {id}");
    assert_eq!(session.rows(&one).len(), 1);
    assert_eq!(simulator.requests().len(), 1, "{:?}", simulator.requests());
    simulator.clear_requests();
    let few =
        format!("SELECT content FROM bc.documents WHERE project_id = {project} AND id < {id} + 3");
    let rows = session.rows(&few).len();
    let listed: usize = 2; // 50 documents: a full page, and the empty one after it
    assert!(rows < 50 && simulator.requests().len() <= listed + rows, "{rows}");
    let gone = format!("SELECT content FROM bc.documents WHERE project_id = {project} AND id = 1");
    assert!(session.rows(&gone).is_empty());
}

#[test]
fn the_trash_is_shown_on_demand_alone() {
    let (_simulator, mut session) = all();
    for table in ["todolists", "todos", "people", "projects"] {
        let kept = session.value(&format!("SELECT count(*) FROM bc.{table}"));
        let not = session.value(&format!("SELECT count(*) FROM bc.{table} WHERE NOT trashed"));
        let trashed = session.value(&format!("SELECT count(*) FROM bc.{table} WHERE trashed"));
        let both = format!("SELECT count(*) FROM bc.{table} WHERE trashed IS NOT NULL");
        assert_eq!(kept, not, "{table}");
        assert_ne!(trashed, "0", "{table}");
        let sum =
            kept.parse::<u32>().expect("a number") + trashed.parse::<u32>().expect("a number");
        assert_eq!(session.value(&both), sum.to_string(), "{table}");
    }
    let plan = session.explain("SELECT id FROM bc.todos WHERE trashed IS NOT NULL");
    assert!(plan.contains(", then GET"), "{plan}");
}

#[test]
fn one_record_serves_the_tables_that_are_made_of_it() {
    let (simulator, mut session) = all();
    let joined = "SELECT m.content, c.id, s.person_id \
         FROM (SELECT * FROM bc.messages LIMIT 1) m \
         JOIN bc.comments c ON c.project_id = m.project_id AND c.parent_id = m.id \
          AND c.parent_type = 'Message' \
         JOIN bc.subscribers s ON s.project_id = m.project_id AND s.parent_id = m.id \
          AND s.parent_type = 'Message'";
    session.run("SET enable_hashjoin = off; SET enable_mergejoin = off");
    session.rows(joined);
    let requests = simulator.requests();
    let singles: Vec<_> = requests.iter().filter(|each| each.path.contains("/messages/")).collect();
    let mut distinct: Vec<&str> = singles.iter().map(|each| each.path.as_str()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(singles.len(), distinct.len(), "each message is asked for once: {singles:?}");
}

#[test]
fn without_a_project_the_first_is_read() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = on(&simulator, "");
    let projects = session.value("SELECT count(DISTINCT project_id) FROM bc.todos");
    assert_eq!(projects, "1");
    let named = session.value(
        "SELECT count(DISTINCT project_id) FROM bc.todos \
          WHERE project_id IN (SELECT id FROM bc.projects WHERE status = 'archived')",
    );
    assert_eq!(named, "0", "a join does not widen the scope");
    let archived = session.value("SELECT min(id) FROM bc.projects WHERE archived");
    let inside =
        session.value(&format!("SELECT count(*) FROM bc.todos WHERE project_id = {archived}"));
    assert_ne!(inside, "0", "a constant names where to read");
    let refused = session.refusal("SELECT * FROM bc.todos WHERE project_id = 42");
    assert_eq!(refused.code, "02000");
    assert!(refused.message.contains("42"), "{refused:?}");
}

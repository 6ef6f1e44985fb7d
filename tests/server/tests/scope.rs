//! Where a query reads: defaults of a server, fences of a table, and what conditions and joins do to
//! them.

use server_tests::Session;
use server_tests::ways::Rows;
use simulator::{Config, Simulator};

/// The archived projects of the default account, and what is in the trash.
const ARCHIVED: i64 = 5012;
const TRASHED: i64 = 5014;

fn on(options: &str) -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(&simulator, &format!(", ratelimit '0' {options}"));
    (simulator, session)
}

fn all() -> (Simulator, Session) {
    on(", projectid 'all'")
}

/// The ids of a dump that pass, as rows.
fn ids(simulator: &Simulator, table: &str, keep: impl Fn(i64, &str) -> bool) -> Rows {
    let dump = simulator.dump(table);
    let passing = dump.iter().filter(|record| {
        let project = record["bucket"]["id"].as_i64().unwrap_or_default();
        keep(project, record["status"].as_str().unwrap_or_default())
    });
    let mut rows: Rows = passing.map(|record| vec![Some(record["id"].to_string())]).collect();
    rows.sort();
    rows
}

fn of_the_account(project: i64) -> bool {
    project < ARCHIVED
}

#[test]
fn a_projectid_of_a_server_is_a_default_and_one_of_a_table_is_a_fence() {
    let (simulator, mut session) = on(", projectid '5001'");
    session.run(
        "CREATE FOREIGN TABLE fenced (id bigint, project_id bigint, status text) SERVER bc \
           OPTIONS (resource 'todos', projectid '5002,5003')",
    );
    let of = |project: i64| {
        ids(&simulator, "todos", move |it, status| it == project && status == "active")
    };
    assert_eq!(session.joined("SELECT id FROM bc.todos"), of(5001));
    let named = session.spelled("bigint", "SELECT id FROM bc.todos WHERE project_id = $1", "5004");
    assert_eq!(named, of(5004));
    let both =
        ids(&simulator, "todos", |it, status| [5002, 5003].contains(&it) && status == "active");
    assert_eq!(session.joined("SELECT id FROM fenced"), both);
    let inside = session.spelled("bigint", "SELECT id FROM fenced WHERE project_id = $1", "5002");
    assert_eq!(inside, of(5002));
    for condition in
        ["project_id = $1", "project_id IN ($1, 5005)", "project_id = $1 OR project_id = 5005"]
    {
        let sql = format!("SELECT id FROM fenced WHERE {condition}");
        assert!(session.spelled("bigint", &sql, "5004").is_empty(), "{condition}");
    }
    let outside = of(5004)[0][0].clone().unwrap_or_default();
    assert!(session.spelled("bigint", "SELECT id FROM fenced WHERE id = $1", &outside).is_empty());
    let within = both[0][0].clone().unwrap_or_default();
    assert_eq!(session.spelled("bigint", "SELECT id FROM fenced WHERE id = $1", &within).len(), 1);
}

#[test]
fn statuses_of_a_server_are_a_default_and_those_of_a_table_a_fence() {
    let (simulator, mut session) = on(", projectid 'all', statuses 'active,archived'");
    session.run(
        "CREATE FOREIGN TABLE old (id bigint, project_id bigint, status text) SERVER bc \
           OPTIONS (resource 'todos', statuses 'archived'); \
         CREATE FOREIGN TABLE whole (id bigint, project_id bigint, status text) SERVER bc \
           OPTIONS (resource 'todos', statuses 'all')",
    );
    let of = |statuses: &'static [&'static str]| {
        ids(&simulator, "todos", move |it, status| of_the_account(it) && statuses.contains(&status))
    };
    let trashed = of(&["trashed"]);
    assert_eq!(session.joined("SELECT id FROM bc.todos"), of(&["active", "archived"]));
    let only = session.spelled("text", "SELECT id FROM bc.todos WHERE status = $1", "'trashed'");
    assert_eq!(only, trashed);
    assert_eq!(session.joined("SELECT id FROM old"), of(&["archived"]));
    for condition in
        ["status = $1", "status <> 'archived' AND status = $1", "status IN ($1, 'trashed')"]
    {
        let sql = format!("SELECT id FROM old WHERE {condition}");
        assert!(session.spelled("text", &sql, "'active'").is_empty(), "{condition}");
    }
    let gone = trashed[0][0].clone().unwrap_or_default();
    assert!(session.spelled("bigint", "SELECT id FROM old WHERE id = $1", &gone).is_empty());
    assert_eq!(session.joined("SELECT id FROM whole"), of(&["active", "archived", "trashed"]));
}

#[test]
fn import_sets_fences_on_every_table() {
    let (simulator, mut session) = all();
    session.run(
        "CREATE SCHEMA own; IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO own \
           OPTIONS (projectid '5001', statuses 'active,archived')",
    );
    let expected = ids(&simulator, "todos", |it, status| {
        it == 5001 && ["active", "archived"].contains(&status)
    });
    assert_eq!(session.joined("SELECT id FROM own.todos"), expected);
    assert!(session.rows("SELECT 1 FROM own.todos WHERE project_id = 5002").is_empty());
    assert!(session.rows("SELECT 1 FROM own.todos WHERE status = 'trashed'").is_empty());
    let one = "SELECT id FROM own.projects";
    assert_eq!(session.joined(one), [[Some("5001".to_owned())]]);
    assert!(session.rows("SELECT 1 FROM own.projects WHERE id = 5002").is_empty());
    assert!(session.rows("SELECT 1 FROM own.cards WHERE project_id = 5002").is_empty());
}

#[test]
fn partitions_with_a_project_each_give_a_row_once() {
    let (simulator, mut session) = all();
    session.run(
        "CREATE TABLE parts (id bigint, project_id bigint, status text) PARTITION BY LIST (project_id); \
         CREATE FOREIGN TABLE parts_1 PARTITION OF parts FOR VALUES IN (5001) SERVER bc \
           OPTIONS (resource 'todos', projectid '5001'); \
         CREATE FOREIGN TABLE parts_2 PARTITION OF parts FOR VALUES IN (5002) SERVER bc \
           OPTIONS (resource 'todos', projectid '5002'); \
         CREATE FOREIGN TABLE parts_3 PARTITION OF parts FOR VALUES IN (5012) SERVER bc \
           OPTIONS (resource 'todos', projectid '5012'); \
         CREATE VIEW either AS SELECT * FROM parts_1 UNION ALL SELECT * FROM parts_2 \
           UNION ALL SELECT * FROM parts_3",
    );
    let each = ids(&simulator, "todos", |it, status| {
        [5001, 5002, 5012].contains(&it) && status == "active"
    });
    session.run("ANALYZE");
    let rows = session.agreed(&["SELECT id FROM parts", "SELECT id FROM either"]);
    assert_eq!(rows, each);
    for condition in [
        "project_id = 5002",
        "project_id IN (5001, 5003)",
        "status = 'archived'",
        "status <> 'active' AND project_id <> 5001",
        "id > 0",
    ] {
        let of_parts = format!("SELECT id FROM parts WHERE {condition}");
        let of_view = format!("SELECT id FROM either WHERE {condition}");
        let rows = session.agreed(&[&of_parts, &of_view]);
        let mut once = rows.clone();
        once.dedup();
        assert_eq!(once, rows, "{condition}");
    }
    let one = each[0][0].clone().unwrap_or_default();
    let by_id = session.spelled("bigint", "SELECT id FROM either WHERE id = $1", &one);
    assert_eq!(by_id.len(), 1, "a row by its id is in one of them");
}

#[test]
fn every_reads_projects_of_any_status() {
    let (simulator, mut session) = on(", projectid 'every'");
    let expected = ids(&simulator, "todos", |_, status| status == "active");
    assert_eq!(session.joined("SELECT id FROM bc.todos"), expected);
    assert!(
        expected.len()
            > ids(&simulator, "todos", |it, s| of_the_account(it) && s == "active").len()
    );
    let projects = session.joined("SELECT DISTINCT project_id FROM bc.todos");
    assert!(projects.contains(&vec![Some(ARCHIVED.to_string())]), "{projects:?}");
    assert!(session.rows(&format!("SELECT 1 FROM bc.projects WHERE id = {TRASHED}")).len() == 1);
}

#[test]
fn a_constant_that_postgresql_derived_from_a_join_does_not_widen() {
    let (_simulator, mut session) = all();
    let asked = format!("p.id = {ARCHIVED}");
    let rows = session.agreed(&[
        &format!("SELECT t.id FROM bc.todos t JOIN bc.projects p ON t.project_id = p.id WHERE {asked}"),
        &format!("SELECT t.id FROM bc.projects p JOIN bc.todos t ON t.project_id = p.id WHERE {asked}"),
        &format!("SELECT t.id FROM bc.todos t, bc.projects p WHERE t.project_id + 0 = p.id AND {asked}"),
        &format!(
            "SELECT t.id FROM bc.todos t \
              WHERE EXISTS (SELECT FROM bc.projects p WHERE t.project_id = p.id AND {asked})"
        ),
        &format!("SELECT t.id FROM bc.todos t WHERE t.project_id = (SELECT {ARCHIVED}::bigint OFFSET 0)"),
        &format!(
            "SELECT t.id FROM (VALUES ({ARCHIVED}::bigint)) v(id) JOIN bc.todos t ON t.project_id = v.id + 0 * length(t.status)"
        ),
    ]);
    assert!(rows.is_empty(), "{rows:?}");
    let named = format!("SELECT t.id FROM bc.todos t WHERE t.project_id = {ARCHIVED}");
    let named = session.joined(&named);
    assert!(!named.is_empty(), "the same condition on the table itself names the project");
    let whole = "(SELECT * FROM bc.projects WHERE status IS NOT NULL)";
    let both = session.agreed(&[
        &format!(
            "SELECT t.id FROM bc.todos t JOIN {whole} p ON t.project_id = p.id \
              WHERE t.project_id = {ARCHIVED}"
        ),
        &format!(
            "SELECT t.id FROM {whole} p JOIN bc.todos t ON t.project_id = p.id \
              WHERE t.project_id = {ARCHIVED} AND p.id > 0"
        ),
    ]);
    assert_eq!(both, named);
}

#[test]
fn an_or_that_postgresql_derived_from_a_join_only_narrows() {
    let (_simulator, mut session) = all();
    let rows = session.agreed(&[
        "SELECT t.id FROM bc.todos t JOIN bc.people p ON t.creator_id = p.id \
          WHERE (t.status = 'archived' AND p.name < 'M') OR (t.status = 'active' AND p.name >= 'M')",
        "SELECT t.id FROM (SELECT * FROM bc.todos OFFSET 0) t JOIN bc.people p ON t.creator_id = p.id \
          WHERE (t.status = 'archived' AND p.name < 'M') OR (t.status = 'active' AND p.name >= 'M')",
    ]);
    assert!(!rows.is_empty());
}

#[test]
fn an_or_of_parameters_is_the_same_in_a_custom_and_a_generic_plan() {
    let (simulator, mut session) = all();
    let expected =
        ids(&simulator, "todos", |it, status| [5001, ARCHIVED].contains(&it) && status == "active");
    for condition in [
        "project_id = $1 OR project_id = $2",
        "project_id IN ($1, $2)",
        "project_id = ANY (ARRAY[$1, $2])",
        "(project_id = $1 OR project_id = $2) AND status = 'active'",
    ] {
        let sql = format!("SELECT id FROM bc.todos WHERE {condition}");
        let rows = session.prepared("bigint, bigint", &sql, &format!("5001, {ARCHIVED}"));
        assert_eq!(rows, expected, "{condition}");
    }
    let by_status = "SELECT id FROM bc.todos WHERE status = $1 OR status = $2";
    let rows = session.prepared("text, text", by_status, "'archived', 'trashed'");
    let expected = ids(&simulator, "todos", |it, s| {
        of_the_account(it) && ["archived", "trashed"].contains(&s)
    });
    assert_eq!(rows, expected);
}

#[test]
fn a_walk_and_a_correlated_subquery_give_the_same_rows() {
    let (_simulator, mut session) = all();
    for (table, parents, key) in [
        ("comments", "messages", "recording_id"),
        ("card_steps", "cards", "card_id"),
        ("question_answers", "questions", "question_id"),
        ("timesheet_entries", "projects", "project_id"),
        ("client_approvals", "projects", "project_id"),
    ] {
        let rows = session.agreed(&[
            &format!("SELECT p.id, count(c.id) FROM bc.{parents} p LEFT JOIN bc.{table} c ON c.{key} = p.id GROUP BY 1"),
            &format!("SELECT p.id, (SELECT count(*) FROM bc.{table} c WHERE c.{key} = p.id) FROM bc.{parents} p"),
            &format!(
                "SELECT p.id, count(c.id) FROM bc.{parents} p \
                   LEFT JOIN (SELECT * FROM bc.{table} OFFSET 0) c ON c.{key} = p.id GROUP BY 1"
            ),
        ]);
        assert!(rows.iter().any(|row| row[1].as_deref() != Some("0")), "{table}");
    }
}

#[test]
fn a_parent_that_may_not_be_seen_has_no_rows_unless_the_query_names_it() {
    let config = Config { forbidden: true, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    let rows = session.agreed(&[
        "SELECT l.id FROM bc.todolists l JOIN bc.todos t ON t.todolist_id = l.id",
        "SELECT l.id FROM bc.todolists l, LATERAL (SELECT * FROM bc.todos t WHERE t.todolist_id = l.id OFFSET 0) t",
    ]);
    assert!(!rows.is_empty());
    let refused = session.refusal("SELECT id FROM bc.todos WHERE todolist_id = 42");
    assert_eq!(refused.code, "02000", "{refused:?}");
    let refused = session.refusal("SELECT id FROM bc.todos WHERE project_id = 42");
    assert_eq!(refused.code, "02000", "{refused:?}");
}

#[test]
fn a_project_that_exists_without_the_tool_has_no_rows() {
    let (_simulator, mut session) = all();
    for (table, project) in
        [("gauge_needles", "5000"), ("client_approvals", "5001"), ("timesheet_entries", "5001")]
    {
        let sql = format!("SELECT id FROM bc.{table} WHERE project_id = $1");
        let rows = session.spelled("bigint", &sql, project);
        assert!(rows.is_empty(), "{table}");
        let refused = session.refusal(&format!("SELECT id FROM bc.{table} WHERE project_id = 42"));
        assert_eq!(refused.code, "02000", "{table}: {refused:?}");
    }
}

#[test]
fn statuses_that_no_listing_gives_are_refused_with_the_way_that_there_is() {
    let (_simulator, mut session) = all();
    for (table, condition) in [
        ("gauges", "status = 'archived'"),
        ("questions", "status IS NOT NULL"),
        ("questions", "status <> 'active'"),
    ] {
        let refused = session.refusal(&format!("SELECT id FROM bc.{table} WHERE {condition}"));
        assert_eq!(refused.code, "0A000", "{refused:?}");
        assert!(refused.message.contains(table), "{refused:?}");
        assert!(refused.detail.contains("none whose status is archived or trashed"), "{refused:?}");
        assert!(refused.hint.contains("status = 'active'"), "{refused:?}");
        let has_address = table != "gauges";
        assert_eq!(refused.hint.contains("or id = …"), has_address, "{refused:?}");
        assert!(
            !session.rows(&format!("SELECT id FROM bc.{table} WHERE status = 'active'")).is_empty()
        );
    }
    let id = session.value("SELECT min(id) FROM bc.questions");
    let by_id = format!("SELECT id FROM bc.questions WHERE status IS NOT NULL AND id = {id}");
    assert_eq!(session.rows(&by_id).len(), 1);
    let refused = session.refusal("SELECT id FROM bc.recording_events");
    assert_eq!(refused.code, "0A000");
    assert!(refused.message.contains("without a condition on recording_id"), "{refused:?}");
}

#[test]
fn a_join_by_what_is_no_project_has_no_rows_whatever_the_scope() {
    let (_simulator, mut session) = on(", projectid 'every'");
    session.run(
        "CREATE SCHEMA fenced; IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO fenced \
           OPTIONS (projectid 'every', statuses 'all'); \
         CREATE TABLE places AS VALUES (5000::bigint), (2001), (5001); \
         CREATE TABLE several AS VALUES ('{5000,2001,5001}'::bigint[]); \
         ANALYZE places; ANALYZE several",
    );
    let schemas = ["bc", "fenced"].into_iter();
    let tables = ["todos", "todosets", "webhooks", "question_answers"];
    for table in schemas.flat_map(|schema| tables.map(|table| format!("{schema}.{table}"))) {
        let joined = format!("SELECT t.id FROM places JOIN {table} t ON t.project_id = column1");
        let ways = [
            ("hashjoin", joined.clone()),
            ("nestloop", joined),
            (
                "nestloop",
                format!("SELECT t.id FROM several JOIN {table} t ON t.project_id = ANY (column1)"),
            ),
        ];
        let mut found = ways.into_iter().map(|(method, sql)| {
            for other in ["hashjoin", "mergejoin", "nestloop"] {
                session.run(&format!("SET enable_{other} = {}", other == method));
            }
            let sql = format!("{sql} WHERE t.project_id < 5002");
            session.run("SET enable_material = off");
            session.sorted(&sql)
        });
        let first = found.next().expect("a way");
        assert!(!first.is_empty(), "{table}");
        assert!(found.all(|rows| rows == first), "{table}");
    }
}

//! What reading promises: few requests, the same rows whatever the plan, and the rows that are there.

use server_tests::Session;
use simulator::{Config, Simulator};

fn all(config: Config) -> (Simulator, Session) {
    let simulator = Simulator::start(config).expect("a port");
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    (simulator, session)
}

fn asked(simulator: &Simulator) -> Vec<String> {
    let requests = simulator.requests();
    simulator.clear_requests();
    requests.iter().map(|each| format!("{}?{}", each.path, each.query)).collect()
}

/// The ids that a table should show: those of a dump that pass.
fn ids(
    simulator: &Simulator,
    table: &str,
    keep: impl Fn(&serde_json::Value) -> bool,
) -> Vec<String> {
    let dump = simulator.dump(table);
    let mut ids: Vec<i64> = dump
        .iter()
        .filter(|record| keep(record))
        .filter_map(|record| record["id"].as_i64())
        .collect();
    ids.sort_unstable();
    ids.iter().map(ToString::to_string).collect()
}

fn column(session: &mut Session, sql: &str) -> Vec<String> {
    session.rows(sql).into_iter().map(|row| row[0].clone().unwrap_or_default()).collect()
}

/// The ids of active projects.
fn active(simulator: &Simulator) -> Vec<i64> {
    let projects = simulator.dump("projects");
    let active = projects.iter().filter(|project| project["status"] == "active");
    active.filter_map(|project| project["id"].as_i64()).collect()
}

#[test]
fn every_table_shows_the_active_records_of_active_projects() {
    let (simulator, mut session) = all(Config::default());
    let active = active(&simulator);
    for table in [
        "message_boards",
        "messages",
        "comments",
        "todosets",
        "todolists",
        "todos",
        "vaults",
        "documents",
        "uploads",
        "schedules",
        "schedule_entries",
        "card_tables",
        "card_columns",
        "cards",
        "campfires",
        "campfire_lines",
    ] {
        let expected = ids(&simulator, table, |record| {
            record["status"] == "active"
                && active.contains(&record["bucket"]["id"].as_i64().unwrap_or(0))
        });
        assert!(!expected.is_empty(), "{table}");
        let found = column(&mut session, &format!("SELECT id FROM bc.{table} ORDER BY id"));
        assert_eq!(found, expected, "{table}");
    }
    let steps = ids(&simulator, "card_steps", |record| {
        record["parent"]["type"] == "Kanban::Card"
            && record["status"] == "active"
            && active.contains(&record["bucket"]["id"].as_i64().unwrap_or(0))
    });
    assert_eq!(column(&mut session, "SELECT id FROM bc.card_steps ORDER BY id"), steps);
    let projects = ids(&simulator, "projects", |record| record["status"] == "active");
    assert_eq!(column(&mut session, "SELECT id FROM bc.projects ORDER BY id"), projects);
    let people = ids(&simulator, "people", |_| true);
    assert_eq!(column(&mut session, "SELECT id FROM bc.people ORDER BY id"), people);
}

#[test]
fn every_column_of_every_table_can_be_read() {
    let (_simulator, mut session) = all(Config::default());
    let tables = session.rows("SELECT name, needs FROM basecamp.resources('bc') ORDER BY 1");
    assert!(tables.len() >= 94, "{}", tables.len());
    for row in tables {
        let table = row[0].clone().unwrap_or_default();
        let all = format!("SELECT * FROM bc.{table}");
        match (&row[1], table.as_str()) {
            // What a table cannot be read without is named.
            (Some(needs), _) => {
                let refused = session.refusal(&all);
                assert_eq!(refused.code, "0A000", "{table}: {refused:?}");
                assert!(refused.message.contains(needs), "{table}: {refused:?}");
            }
            // An agent's alone, and the simulated user is none.
            (None, "inbox_items") => assert_eq!(session.refusal(&all).code, "42501"),
            (None, _) => assert!(!session.rows(&all).is_empty(), "{table}"),
        }
    }
}

#[test]
fn the_record_is_the_one_that_the_service_has() {
    let (simulator, mut session) = all(Config::default());
    for table in ["todos", "messages", "uploads", "cards", "schedule_entries"] {
        for record in
            simulator.dump(table).iter().filter(|record| record["status"] == "active").take(5)
        {
            let id = &record["id"];
            let same = format!(
                "SELECT record = $json${record}$json$::jsonb FROM bc.{table} WHERE id = {id}"
            );
            assert_eq!(column(&mut session, &same), ["t"], "{table} {id}");
        }
    }
}

#[test]
fn a_record_by_its_id_is_one_request_whatever_its_status() {
    let (simulator, mut session) = all(Config::default());
    let trashed = ids(&simulator, "todos", |record| record["status"] == "trashed");
    let rows = session.rows(&format!("SELECT status FROM bc.todos WHERE id = {}", trashed[0]));
    assert_eq!(rows, [[Some("trashed".to_owned())]]);
    assert_eq!(asked(&simulator), [format!("/todos/{}.json?", trashed[0])]);
    assert!(session.rows("SELECT id FROM bc.todos WHERE id = 42").is_empty());
    assert_eq!(asked(&simulator).len(), 1);
    let (a, b) = (&trashed[0], &trashed[1]);
    for condition in [
        format!("id IN ({a}, {b})"),
        format!("id = {a} OR id = {b}"),
        format!("id = ANY ('{{{a},{b}}}')"),
    ] {
        assert_eq!(session.rows(&format!("SELECT 1 FROM bc.todos WHERE {condition}")).len(), 2);
        assert_eq!(asked(&simulator).len(), 2, "{condition}");
    }
}

#[test]
fn a_limit_of_ten_is_one_request() {
    let (simulator, mut session) = all(Config::default());
    for table in ["todos", "comments", "people", "projects", "vaults"] {
        assert_eq!(session.rows(&format!("SELECT id FROM bc.{table} LIMIT 10")).len(), 10);
        assert_eq!(asked(&simulator).len(), 1, "{table}");
    }
    // Exactly two pages of 15 and 30: no third is asked for.
    assert_eq!(session.rows("SELECT id FROM bc.todos LIMIT 45").len(), 45);
    assert_eq!(asked(&simulator).len(), 2);
}

#[test]
fn a_limit_does_not_stop_before_a_filter_a_sort_or_a_join() {
    let (simulator, mut session) = all(Config::default());
    let content =
        simulator.dump("todos")[0]["content"].as_str().unwrap_or_default().replace('\'', "''");
    let found =
        session.rows(&format!("SELECT 1 FROM bc.todos WHERE content = '{content}' LIMIT 1"));
    assert_eq!(found.len(), 1);
    let first = session.value("SELECT min(id) FROM bc.todos");
    assert_eq!(session.value("SELECT id FROM bc.todos ORDER BY id LIMIT 1"), first);
    let joined = "SELECT count(*) FROM (SELECT t.id FROM bc.todos t JOIN (VALUES (1)) v(n) ON t.id % 97 = v.n LIMIT 3) s";
    assert_eq!(session.value(joined), "3");
    // The listing across projects gives pending and finished ones together, so that a limit on one
    // kind is none on the pages.
    let finished = ids(&simulator, "todos", |record| {
        record["status"] == "active" && record["completed"] == true
    });
    let some = finished.len().min(60);
    assert!(some > 45);
    let rows = session.rows(&format!("SELECT 1 FROM bc.todos WHERE completed LIMIT {some}"));
    assert_eq!(rows.len(), some);
}

#[test]
fn what_only_a_single_record_has_is_fetched_for_rows_that_pass_the_other_conditions() {
    let (simulator, mut session) = all(Config::default());
    let listed =
        |requests: &[String]| requests.iter().filter(|r| r.starts_with("/people.")).count();
    let away = "SELECT name, out_of_office_start_date FROM bc.people";
    let everybody = session.rows(away);
    let requests = asked(&simulator);
    assert_eq!(requests.len() - listed(&requests), everybody.len());
    // Conditions that are pushed nowhere, with a constant, a parameter and a function.
    let some = session.rows(&format!("{away} WHERE name LIKE '%2' AND length(name) > 0"));
    assert!(!some.is_empty() && some.len() < everybody.len());
    let requests = asked(&simulator);
    assert_eq!(requests.len() - listed(&requests), some.len(), "{requests:?}");
    let expected: Vec<_> = everybody
        .iter()
        .filter(|row| row[0].as_deref().is_some_and(|name| name.ends_with('2')))
        .cloned()
        .collect();
    assert_eq!(some, expected);
    // A condition on the member itself needs it of every row that passes the others.
    session.rows(&format!("{away} WHERE name LIKE '%2' AND out_of_office_start_date IS NOT NULL"));
    let requests = asked(&simulator);
    assert_eq!(requests.len() - listed(&requests), some.len());
    // A join gives its values to the condition.
    session.run("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off");
    let joined = session.rows(
        "SELECT p.out_of_office_start_date FROM (VALUES ('Pérsön 3')) v(n) JOIN bc.people p ON p.name = v.n",
    );
    assert_eq!(joined.len(), 1);
    session.run("RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_material");
    asked(&simulator);
    assert_eq!(session.rows(&format!("{away} LIMIT 3")).len(), 3);
    let requests = asked(&simulator);
    assert_eq!(requests.len() - listed(&requests), 3, "{requests:?}");
}

#[test]
fn a_list_is_read_by_its_own_pages() {
    let (simulator, mut session) = all(Config::default());
    let list = ids(&simulator, "todolists", |record| record["status"] == "active")[0].clone();
    let expected = ids(&simulator, "todos", |record| {
        record["status"] == "active" && record["parent"]["id"].as_i64() == list.parse().ok()
    });
    let sql = format!("SELECT id FROM bc.todos WHERE todolist_id = {list}");
    assert_eq!(column(&mut session, &format!("{sql} ORDER BY id")), expected);
    assert!(
        asked(&simulator)
            .iter()
            .all(|path| path.starts_with(&format!("/todolists/{list}/todos.json")))
    );
    session.rows(&format!("{sql} AND completed"));
    assert_eq!(asked(&simulator), [format!("/todolists/{list}/todos.json?completed=true")]);
    session.rows(&format!("{sql} AND completed IS NOT TRUE"));
    assert_eq!(asked(&simulator), [format!("/todolists/{list}/todos.json?")]);
    session.rows(&format!("{sql} AND status = 'archived'"));
    assert_eq!(asked(&simulator), [format!("/todolists/{list}/todos.json?status=archived")]);
}

#[test]
fn rule_49_any_condition_on_status_replaces_the_default() {
    let (simulator, mut session) = all(Config::default());
    let active = active(&simulator);
    for (condition, statuses) in [
        ("status = 'archived'", &["archived"][..]),
        ("status <> 'active'", &["archived", "trashed"]),
        ("status IS NOT NULL", &["active", "archived", "trashed"]),
        ("status IN ('trashed', 'nonsense')", &["trashed"]),
        ("status LIKE 'a%'", &["active", "archived"]),
        ("upper(status) = 'TRASHED'", &["trashed"]),
        ("status = 'drafted'", &[]),
    ] {
        let expected = ids(&simulator, "todos", |record| {
            statuses.iter().any(|status| record["status"] == *status)
                && active.contains(&record["bucket"]["id"].as_i64().unwrap_or(0))
        });
        let found =
            column(&mut session, &format!("SELECT id FROM bc.todos WHERE {condition} ORDER BY id"));
        assert_eq!(found, expected, "{condition}");
        if statuses.is_empty() {
            assert!(asked(&simulator).is_empty(), "{condition}");
        }
        simulator.clear_requests();
    }
}

#[test]
fn a_project_is_read_alone_archived_ones_too() {
    let (simulator, mut session) = all(Config::default());
    let archived = ids(&simulator, "projects", |record| record["status"] == "archived")[0].clone();
    let expected = ids(&simulator, "todos", |record| {
        record["status"] == "active" && record["bucket"]["id"].as_i64() == archived.parse().ok()
    });
    assert!(!expected.is_empty());
    let sql = format!("SELECT id FROM bc.todos WHERE project_id = {archived} ORDER BY id");
    assert_eq!(column(&mut session, &sql), expected);
    assert_eq!(
        asked(&simulator),
        [format!("/projects/recordings.json?type=Todo&bucket={archived}")]
    );
    let joined = format!(
        "SELECT t.id FROM bc.todos t JOIN (VALUES ({archived}::bigint)) c(id) ON t.project_id = c.id WHERE c.id = {archived} ORDER BY 1"
    );
    assert_eq!(column(&mut session, &joined), expected);
    assert!(asked(&simulator).iter().all(|path| path.contains(&format!("bucket={archived}"))));
}

#[test]
fn the_rows_are_the_same_under_every_join_method() {
    let (_simulator, mut session) = all(Config::default());
    session.run("CREATE TABLE customers AS SELECT id AS project_id, name FROM bc.projects WHERE status IS NOT NULL");
    session.run("ANALYZE customers");
    let query = "SELECT t.id, c.name FROM customers c JOIN bc.todos t ON t.project_id = c.project_id ORDER BY 1";
    let lists = "SELECT t.id FROM bc.todolists l JOIN bc.todos t ON t.todolist_id = l.id WHERE l.status IS NOT NULL ORDER BY 1";
    let outer = "SELECT c.project_id, count(t.id) FROM customers c LEFT JOIN bc.messages t USING (project_id) GROUP BY 1 ORDER BY 1";
    for sql in [query, lists, outer] {
        let expected = session.rows(sql);
        assert!(expected.len() > 10, "{sql}");
        for off in [["hashjoin", "mergejoin"], ["nestloop", "mergejoin"], ["hashjoin", "nestloop"]]
        {
            for memoize in ["on", "off"] {
                session.run(&format!(
                    "SET enable_{} = off; SET enable_{} = off; SET enable_memoize = {memoize}; SET basecamp_fdw.request_cost = 0",
                    off[0], off[1]
                ));
                assert_eq!(session.rows(sql), expected, "{sql} without {off:?}");
                session.run("RESET ALL");
            }
        }
    }
}

#[test]
fn a_prepared_statement_runs_again_and_again() {
    let (simulator, mut session) = all(Config::default());
    let lists = ids(&simulator, "todolists", |record| record["status"] == "active");
    let sql = "SELECT id FROM bc.todos WHERE todolist_id = $1 AND status = $2";
    session.run(&format!("PREPARE q(bigint, text) AS {sql}"));
    for mode in ["auto", "force_generic_plan", "force_custom_plan"] {
        session.run(&format!("SET plan_cache_mode = {mode}"));
        for list in lists.iter().cycle().take(8) {
            let expected = session.rows(&format!(
                "SELECT id FROM bc.todos WHERE todolist_id = {list} AND status = 'archived'"
            ));
            simulator.clear_requests();
            assert_eq!(session.rows(&format!("EXECUTE q({list}, 'archived')")), expected, "{mode}");
            assert_eq!(
                asked(&simulator),
                [format!("/todolists/{list}/todos.json?status=archived")]
            );
        }
    }
    session.run("PREPARE many(bigint[]) AS SELECT count(*) FROM bc.todos WHERE id = ANY ($1)");
    let todos = ids(&simulator, "todos", |_| true);
    for _ in 0..7 {
        assert_eq!(session.value(&format!("EXECUTE many('{{{},{}}}')", todos[0], todos[1])), "2");
    }
}

#[test]
fn cursors_subqueries_and_rescans_give_the_same_rows() {
    let (_simulator, mut session) = all(Config::default());
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT id FROM bc.todos");
    assert_eq!(session.rows("FETCH 20 FROM c").len(), 20);
    assert_eq!(session.rows("FETCH 7 FROM c").len(), 7);
    session.run("CLOSE c; COMMIT");
    let correlated = "SELECT p.id, (SELECT count(*) FROM bc.messages m WHERE m.project_id = p.id) FROM bc.projects p ORDER BY 1";
    let joined = "SELECT p.id, count(m.id) FROM bc.projects p LEFT JOIN bc.messages m ON m.project_id = p.id GROUP BY 1 ORDER BY 1";
    assert_eq!(session.rows(correlated), session.rows(joined));
    session.run("SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
    let crossed = "SELECT count(*) FROM generate_series(1, 3) g CROSS JOIN bc.people p WHERE g < 100 + length(p.name)";
    assert_eq!(session.value(crossed), "75");
}

#[test]
fn the_first_project_is_read_when_none_is_named_and_the_user_is_told() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = Session::on(&simulator, ", ratelimit '0'");
    let projects = simulator.dump("projects");
    let newest =
        projects.iter().rev().find(|project| project["status"] == "active").expect("a project");
    let found = column(&mut session, "SELECT DISTINCT project_id FROM bc.todos");
    assert_eq!(found, [newest["id"].to_string()]);
    session.run("ALTER SERVER bc OPTIONS (ADD projectid '5000,5001')");
    assert_eq!(
        column(&mut session, "SELECT DISTINCT project_id FROM bc.todos ORDER BY 1"),
        ["5000", "5001"]
    );
    session.run("ALTER FOREIGN TABLE bc.todos OPTIONS (ADD projectid '5002')");
    assert_eq!(column(&mut session, "SELECT DISTINCT project_id FROM bc.todos"), ["5002"]);
}

#[test]
fn tables_written_by_hand_may_rename_reorder_and_add_columns() {
    let (simulator, mut session) = all(Config::default());
    session.run(
        "CREATE FOREIGN TABLE mine (what varchar(200) OPTIONS (field 'content'), id numeric, list bigint OPTIONS (field 'todolist_id'), \
           author text OPTIONS (field 'creator.name'), people bigint[] OPTIONS (field 'assignees[*].id'), due text OPTIONS (field 'due_on')) \
         SERVER bc OPTIONS (resource 'todos')",
    );
    let same = "SELECT count(*) FROM mine m JOIN bc.todos t ON t.id = m.id \
        WHERE (m.what, m.author, m.people, m.due) IS NOT DISTINCT FROM (t.content, t.creator_name, t.assignee_ids, t.due_on::text) \
          AND m.list IS NOT DISTINCT FROM t.todolist_id";
    assert_eq!(session.value(same), session.value("SELECT count(*) FROM bc.todos"));
    let list = ids(&simulator, "todolists", |record| record["status"] == "active")[0].clone();
    simulator.clear_requests();
    session.rows(&format!("SELECT what FROM mine WHERE list = {list}"));
    assert!(asked(&simulator).iter().all(|path| path.starts_with("/todolists/")));
    session.run("CREATE FOREIGN TABLE wrong (id bigint, nonsense text) SERVER bc OPTIONS (resource 'todos')");
    assert_eq!(session.refusal("SELECT * FROM wrong").code, "HV005");
    assert!(!session.rows("SELECT id FROM wrong LIMIT 1").is_empty());
}

#[test]
fn root_folders_come_even_where_the_listing_leaves_them_out() {
    let (simulator, mut session) = all(Config::default());
    let expected = column(&mut session, "SELECT id FROM bc.vaults ORDER BY id");
    simulator.set_faults(&["recordings-omit-root-vaults"]);
    assert_eq!(column(&mut session, "SELECT id FROM bc.vaults ORDER BY id"), expected);
}

#[test]
fn members_that_a_listing_leaves_out_are_fetched_and_never_null() {
    let (simulator, mut session) = all(Config { todos: 20, ..Config::default() });
    let expected = session.rows("SELECT id, content, completed FROM bc.todos ORDER BY 1");
    simulator.set_faults(&["missing-member@/recordings.json"]);
    assert_eq!(session.rows("SELECT id, content, completed FROM bc.todos ORDER BY 1"), expected);
    simulator.clear_requests();
    session.rows("SELECT id, created_at FROM bc.todos");
    assert!(
        asked(&simulator).iter().all(|path| path.contains("recordings.json")),
        "not fetched when not wanted"
    );
}

#[test]
fn import_limits_excepts_and_asks_nothing() {
    let (simulator, mut session) = all(Config::default());
    session.run(
        "CREATE SCHEMA a; IMPORT FOREIGN SCHEMA v3 LIMIT TO (todos, people) FROM SERVER bc INTO a",
    );
    session
        .run("CREATE SCHEMA b; IMPORT FOREIGN SCHEMA \"V3\" EXCEPT (todos) FROM SERVER bc INTO b");
    let count = |schema| {
        format!(
            "SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = '{schema}'"
        )
    };
    assert_eq!(session.value(&count("a")), "2");
    let all = session.value("SELECT count(*) - 1 FROM basecamp.resources('bc')");
    assert_eq!(session.value(&count("b")), all);
    assert_eq!(session.refusal("IMPORT FOREIGN SCHEMA v2 FROM SERVER bc INTO a").code, "HV00P");
    assert!(simulator.requests().is_empty());
}

#[test]
fn explain_says_what_will_be_asked_and_analyze_what_was() {
    let (simulator, mut session) = all(Config::default());
    let plan = session.explain("SELECT * FROM bc.todos WHERE todolist_id = 5 AND NOT completed");
    for line in [
        "Request: GET /todolists/{todolist_id}/todos.json",
        "todolist_id = 5",
        "completed = false",
        "Estimated Requests:",
    ] {
        assert!(plan.contains(line), "{line} in\n{plan}");
    }
    assert!(simulator.requests().is_empty(), "EXPLAIN asks nothing");
    let plan = session.rows("EXPLAIN (ANALYZE, COSTS OFF) SELECT id FROM bc.people");
    assert!(
        plan.iter().any(|row| row[0].as_deref().is_some_and(|line| line.trim() == "Requests: 2")),
        "{plan:?}"
    );
}

/// The lines that a scan adds to a plan, in the order in which they come.
fn lines(session: &mut Session, explain: &str) -> Vec<String> {
    let plan = column(session, explain);
    let trimmed = plan.iter().map(|line| line.trim().to_owned());
    trimmed.filter(|line| !line.starts_with("Output:")).collect()
}

#[test]
fn the_lines_of_explain_are_those_that_the_readme_promises() {
    let (_simulator, mut session) = all(Config::default());
    let scan = "SELECT content FROM bc.todos WHERE todolist_id = 5 AND NOT completed LIMIT 3";
    let plan = lines(&mut session, &format!("EXPLAIN (VERBOSE, COSTS OFF) {scan}"));
    assert_eq!(
        plan,
        [
            "Limit",
            "->  Foreign Scan on bc.todos",
            "Filter: ((NOT todos.completed) AND (todos.todolist_id = 5))",
            "Source: to-dos of a list",
            "Request: GET /todolists/{todolist_id}/todos.json",
            "Bindings: todolist_id = 5; status = active; completed = false",
            "Row Limit: 3",
        ]
    );
    let node = |session: &mut Session, options: &str, sql: &str| -> serde_json::Value {
        let text = session.value(&format!("EXPLAIN (FORMAT JSON, {options}) {sql}"));
        let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        plan[0]["Plan"].clone()
    };
    let people = "SELECT id, name FROM bc.people";
    // From the second time on the size of the listing is known.
    assert_eq!(session.rows(people).len(), 25);
    let plan = node(&mut session, "COSTS ON", people);
    assert_eq!(plan["Node Type"], "Foreign Scan");
    assert_eq!(plan["Source"], "people of the account");
    assert_eq!(plan["Request"], "GET /people.json");
    assert_eq!(plan["Estimated Requests"], serde_json::json!(2));
    assert!(plan["Bindings"].is_string(), "{plan}");
    assert!(plan["Requests"].is_null(), "{plan}");
    // A session that finds no answer kept: the bodies come.
    session.run("SELECT basecamp.clear_cache()");
    let plan = node(&mut session.second(), "ANALYZE, VERBOSE", people);
    for (name, value) in [("Requests", Some(2)), ("Retries", Some(0)), ("Cache Hits", None)] {
        let number = plan[name].as_u64();
        assert!(number.is_some() && value.is_none_or(|value| number == Some(value)), "{plan}");
    }
    assert!(plan["Bytes Received"].as_u64() > Some(1_000), "{plan}");
    assert!(plan["Rate Limit Wait"].is_u64(), "{plan}");
}

#[test]
fn a_view_reads_with_its_owners_mapping() {
    let (simulator, mut session) = all(Config::default());
    let (db, token) = (session.database.clone(), simulator.token().to_owned());
    session.run("DROP USER MAPPING FOR PUBLIC SERVER bc");
    session.run(&format!(
        "CREATE ROLE owner_{db}; CREATE ROLE reader_{db}; GRANT USAGE ON FOREIGN SERVER bc TO owner_{db}, reader_{db}; \
         GRANT USAGE, CREATE ON SCHEMA bc TO owner_{db}, reader_{db}; GRANT SELECT ON ALL TABLES IN SCHEMA bc TO owner_{db}, reader_{db}; \
         CREATE USER MAPPING FOR owner_{db} SERVER bc OPTIONS (oauthaccesstoken '{token}'); \
         SET ROLE owner_{db}; CREATE VIEW bc.seen AS SELECT id FROM bc.people; GRANT SELECT ON bc.seen TO reader_{db}; \
         SET ROLE reader_{db}"
    ));
    assert_eq!(session.value("SELECT count(*) FROM bc.seen"), "25");
    let refused = session.refusal("SELECT count(*) FROM bc.people");
    assert_eq!(refused.code, "28000");
    session.run(&format!("SET ROLE owner_{db}"));
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
}

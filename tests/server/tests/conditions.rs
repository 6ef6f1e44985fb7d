//! Values, limits and bounds that a plan knows, or learns only when it runs: the rows are the same.

use server_tests::Session;
use simulator::{Config, Oddities, Simulator};

fn with(config: Config, options: &str) -> (Simulator, Session) {
    let simulator = Simulator::start(config).expect("a port");
    let session = Session::on(&simulator, &format!(", projectid 'all', ratelimit '0' {options}"));
    (simulator, session)
}

fn all() -> (Simulator, Session) {
    with(Config::default(), "")
}

/// The ids of the first records of a table that pass.
fn some(simulator: &Simulator, table: &str, keep: impl Fn(&serde_json::Value) -> bool) -> Vec<i64> {
    let dump = simulator.dump(table);
    dump.iter().filter(|record| keep(record)).filter_map(|record| record["id"].as_i64()).collect()
}

fn list(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[test]
fn rows_of_several_containers_and_statuses_come_once_each() {
    let (simulator, mut session) = all();
    for (table, container, parents) in [
        ("cards", "column_id", "card_columns"),
        ("documents", "vault_id", "vaults"),
        ("uploads", "vault_id", "vaults"),
        ("todos", "todolist_id", "todolists"),
        ("todolists", "todoset_id", "todosets"),
        ("messages", "message_board_id", "message_boards"),
        ("schedule_entries", "schedule_id", "schedules"),
    ] {
        let dump = simulator.dump(table);
        let archived = |record: &&serde_json::Value| record["status"] == "archived";
        let project =
            dump.iter().find(archived).map_or(5002.into(), |it| it["bucket"]["id"].clone());
        let ids = list(&some(&simulator, parents, |record| record["bucket"]["id"] == project));
        for status in
            ["status <> 'active'", "status IN ('active', 'archived')", "status IS NOT NULL"]
        {
            let select = format!("SELECT id FROM bc.{table} WHERE {status} AND {container}");
            let rows = session.sorted(&format!("{select} IN ({ids})"));
            let array = format!("{select} = ANY ('{{{ids}}}')");
            assert_eq!(session.sorted(&array), rows, "{table} {status}");
            let filtered = format!("{select} + 0 IN ({ids}) AND project_id = {project}");
            assert_eq!(session.sorted(&filtered), rows, "{table} {status}");
            let mut once = rows.clone();
            once.dedup();
            assert_eq!(once, rows, "{table} {status}");
            assert!(!rows.is_empty() || status != "status IS NOT NULL", "{table} {status}");
        }
    }
}

#[test]
fn a_limit_that_is_known_at_run_time_is_that_of_each_run() {
    let (_simulator, mut session) = all();
    session.run(
        "PREPARE q AS SELECT count(*) FROM \
           (SELECT id FROM bc.todos LIMIT current_setting('my.lim')::int) s; \
         PREPARE n (int) AS SELECT count(*) FROM (SELECT id FROM bc.todos LIMIT $1) s; \
         CREATE FUNCTION few() RETURNS int STABLE LANGUAGE plpgsql \
           AS 'BEGIN RETURN current_setting(''my.lim'')::int; END'; \
         PREPARE f AS SELECT count(*) FROM (SELECT id FROM bc.todos OFFSET 1 LIMIT few()) s; \
         SET my.lim = 3",
    );
    for mode in ["auto", "force_custom_plan", "force_generic_plan"] {
        session.run(&format!("SET plan_cache_mode = {mode}"));
        for limit in ["3", "100", "3"] {
            session.run(&format!("SET my.lim = {limit}"));
            assert_eq!(session.value("EXECUTE q"), limit, "{mode}");
            assert_eq!(session.value(&format!("EXECUTE n ({limit})")), limit, "{mode}");
            assert_eq!(session.value("EXECUTE f"), limit, "{mode}");
        }
        assert_eq!(
            session.value("EXECUTE n (NULL)"),
            session.value("SELECT count(*) FROM bc.todos")
        );
    }
}

#[test]
fn a_condition_on_a_status_that_is_known_at_run_time_is_evaluated_for_each_value_and_for_null() {
    let (_simulator, mut session) = all();
    let count = |session: &mut Session, condition: &str| {
        session.value(&format!("SELECT count(*) FROM bc.todos WHERE {condition}"))
    };
    let archived = count(&mut session, "status = 'archived'");
    let others = count(&mut session, "status <> 'trashed'");
    assert!(archived != "0" && archived != others);
    session.run(
        "SET plan_cache_mode = force_generic_plan; \
         PREPARE same(text) AS SELECT count(*) FROM bc.todos WHERE status IS NOT DISTINCT FROM $1; \
         PREPARE below(text) AS SELECT count(*) FROM bc.todos WHERE (status, status) < ($1, $1)",
    );
    assert_eq!(session.value("EXECUTE same('archived')"), archived);
    assert_eq!(session.value("EXECUTE same(NULL)"), "0");
    assert_eq!(session.value("EXECUTE below('trashed')"), others);
    assert_eq!(count(&mut session, "(status, status) < ('trashed', 'trashed')"), others);
    assert_eq!(count(&mut session, "status IS NULL"), "0");
}

#[test]
fn a_column_declared_with_another_type_gives_the_same_rows() {
    let (simulator, mut session) = all();
    let archived = some(&simulator, "todos", |todo| todo["status"] == "archived").len();
    assert!(archived > 0);
    let id = simulator.dump("todos")[0]["id"].to_string();
    session.run(
        "CREATE TYPE state AS ENUM ('active', 'archived', 'trashed'); \
         CREATE DOMAIN number AS bigint; CREATE DOMAIN word AS text",
    );
    for (key, status) in [
        ("text", "char(8)"),
        ("varchar", "varchar(20)"),
        ("numeric", "state"),
        ("number", "word"),
        ("int", "name"),
        ("word", "text"),
    ] {
        session.run(&format!(
            "DROP FOREIGN TABLE IF EXISTS t; \
             CREATE FOREIGN TABLE t (id {key}, project_id {key}, status {status}, content text) \
               SERVER bc OPTIONS (resource 'todos')"
        ));
        for condition in [
            format!("id = '{id}'"),
            format!("id IN ('{id}', '12')"),
            "project_id = '5000'".to_owned(),
            "status = 'archived'".to_owned(),
            "status <> 'active'".to_owned(),
            "status IS NOT NULL AND project_id = '5001'".to_owned(),
        ] {
            let declared = session.sorted(&format!("SELECT content FROM t WHERE {condition}"));
            let own = session.sorted(&format!("SELECT content FROM bc.todos WHERE {condition}"));
            assert_eq!(declared, own, "{key}, {status}: {condition}");
            assert!(!declared.is_empty(), "{key}, {status}: {condition}");
        }
        let joined = "SELECT t.content FROM t JOIN bc.projects p ON p.id::text = t.project_id::text \
                       WHERE p.id = 5002";
        let own = session.sorted("SELECT content FROM bc.todos WHERE project_id = 5002");
        assert_eq!(session.joined(joined), own, "{key}, {status}");
    }
}

#[test]
fn infinite_and_distant_bounds_hold_for_all_rows() {
    let (_simulator, mut session) = all();
    let every = session.sorted("SELECT id FROM bc.timesheet_entries");
    assert!(!every.is_empty());
    for (from, to) in [
        ("-infinity", "infinity"),
        ("-infinity", "12000-01-01"),
        ("4000-01-01 BC", "infinity"),
        ("0001-01-01", "5874897-12-31"),
    ] {
        let sql = "SELECT id FROM bc.timesheet_entries WHERE date BETWEEN $1 AND $2";
        let values = format!("'{from}', '{to}'");
        assert_eq!(session.prepared("date, date", sql, &values), every, "{values}");
        let literal = sql.replace("$1", &format!("'{from}'")).replace("$2", &format!("'{to}'"));
        assert_eq!(session.joined(&literal), every, "{literal}");
        let joined = format!(
            "SELECT id FROM bc.timesheet_entries \
               JOIN (VALUES ('{from}'::date, '{to}'::date)) v(a, z) ON date BETWEEN a AND z"
        );
        assert_eq!(session.joined(&joined), every, "{joined}");
    }
    let sql = "SELECT id FROM bc.timesheet_entries WHERE date BETWEEN $1 AND $2";
    for values in ["'infinity', '-infinity'", "NULL, 'infinity'", "'12000-01-01', 'infinity'"] {
        assert!(session.prepared("date, date", sql, values).is_empty(), "{values}");
    }
}

#[test]
fn rows_at_most_are_counted_anew_when_a_scan_starts_again() {
    let (_simulator, mut session) = with(Config::default(), ", maxrows '5'");
    let again = "SELECT (SELECT count(*) FROM bc.todos t WHERE t.id > v.n) \
                   FROM (VALUES (0), (1), (2), (3)) v(n)";
    let counts: Vec<_> = session.rows(again).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(counts, vec![Some("5".to_owned()); 4]);
    // A limit that is just met cuts nothing, and says nothing.
    session.run("ALTER SERVER bc OPTIONS (SET maxrows '12')");
    let told = session.notices().len();
    assert_eq!(session.rows("SELECT id FROM bc.projects").len(), 12);
    let again = "SELECT (SELECT count(*) FROM bc.projects p WHERE p.id > v.n) \
                   FROM (VALUES (0), (1)) v(n)";
    let counts: Vec<_> = session.rows(again).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(counts, vec![Some("12".to_owned()); 2]);
    assert_eq!(session.notices().len(), told, "{:?}", session.notices());
}

#[test]
fn the_record_is_the_same_whatever_else_is_selected() {
    let (_simulator, mut session) = all();
    for (table, others) in [
        ("people", ["id", "name", "out_of_office_start_date"]),
        ("projects", ["id", "name", "bookmarked"]),
        ("todos", ["id", "content", "completed_at"]),
        ("client_approvals", ["id", "subject", "responses"]),
        ("documents", ["id", "title", "content"]),
    ] {
        let alone = session.sorted(&format!("SELECT record FROM bc.{table}"));
        assert!(!alone.is_empty(), "{table}");
        for other in others.iter().chain(&["t"]) {
            let sql = format!(
                "SELECT record FROM (SELECT record, {other} FROM bc.{table} t OFFSET 0) s \
                  WHERE s IS NOT NULL OR true"
            );
            assert_eq!(session.sorted(&sql), alone, "{table} with {other}");
        }
    }
    let person = session.value("SELECT min(id) FROM bc.people");
    session.agreed(&[
        &format!("SELECT record FROM bc.people WHERE id = {person}"),
        &format!("SELECT record FROM bc.people WHERE id + 0 = {person}"),
    ]);
}

#[test]
fn a_member_that_only_one_source_has_is_filled_and_never_null() {
    for flat_completion in [false, true] {
        let oddities = Oddities { flat_completion, memories: true, ..Oddities::default() };
        let (_simulator, mut session) = with(Config { oddities, ..Config::default() }, "");
        for table in ["cards", "card_steps", "todo_steps"] {
            let sql = format!(
                "SELECT count(*) FILTER (WHERE completed) > 0, \
                        bool_and((completed_at IS NOT NULL) = completed), \
                        bool_and((completer_id IS NOT NULL) = completed) FROM bc.{table}"
            );
            let yes = Some("t".to_owned());
            assert_eq!(session.rows(&sql), [[yes.clone(), yes.clone(), yes]], "{table}");
        }
        let groups = session.sorted("SELECT DISTINCT grouping FROM bc.my_notifications");
        assert!(groups.contains(&vec![Some("memories".to_owned())]), "{groups:?}");
    }
    let (_simulator, mut session) = all();
    let message = session.value("SELECT id FROM bc.messages WHERE boosts_count > 0 LIMIT 1");
    let of_it = format!("WHERE recording_id = {message}");
    for (table, condition, columns) in [
        ("attachments", "", "sgid, created_at, creator_id, project_id, parent_id, title"),
        ("gauge_needles", "", "parent_title, project_id, creator_id"),
        ("everything_cards", "", "parent_title"),
        ("assigned_todos", "", "parent_title"),
        ("subscriptions", &of_it, "email_address"),
        ("boosts", &of_it, "project_id"),
    ] {
        for column in columns.split(", ") {
            let sql = format!("SELECT count({column}) > 0 FROM bc.{table} {condition}");
            assert_eq!(session.value(&sql), "t", "{table}.{column}");
        }
    }
}

//! What was written to Basecamp is kept in a table, whatever becomes of the transaction.

use server_tests::Session;
use server_tests::account::account_with_list;
use std::collections::BTreeSet;
use std::time::Duration;

fn insert(list: &str, content: &str) -> String {
    format!("INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, '{content}') RETURNING id")
}

fn told(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| Some((*cell).to_owned()).filter(|cell| cell != "NULL")).collect()
}

/// The log in its order; a fresh session looks, so that no transaction is in the way.
fn log(session: &Session, columns: &str) -> Vec<Vec<Option<String>>> {
    session.second().rows(&format!("SELECT {columns} FROM basecamp.write_log ORDER BY id"))
}

#[test]
fn what_was_written_stays_in_the_log_when_the_transaction_rolls_back() {
    let (_simulator, mut session, list) = account_with_list("");
    session.run(&insert(&list, "unlogged"));
    assert!(log(&session, "*").is_empty(), "off by default");
    session.run("SET basecamp_fdw.write_log = on; BEGIN");
    let id = session.value(&insert(&list, "logged"));
    session.run(&format!(
        "UPDATE bc.todos SET content = 'again', completed = true WHERE id = {id}; \
         DELETE FROM bc.todos WHERE id = {id}; ROLLBACK"
    ));
    let backend = session.backend().to_string();
    let columns = "method, path, resource, row_id, status, outcome, body, server_name, user_name, \
                   process_id, sent_at BETWEEN now() - interval '1 minute' AND now()";
    let line = |method: &str, path: &str, status: &str| {
        let rest = ["written", "NULL", "bc", "postgres", &backend, "t"];
        told(&[&[method, path, "todos", &id, status][..], &rest].concat())
    };
    assert_eq!(
        log(&session, columns),
        [
            line("POST", &format!("/todolists/{list}/todos.json"), "201"),
            line("PUT", &format!("/todos/{id}.json"), "200"),
            line("POST", &format!("/todos/{id}/completion.json"), "204"),
            line("PUT", &format!("/recordings/{id}/status/trashed.json"), "204"),
        ]
    );
}

#[test]
fn bodies_are_kept_on_demand_and_rehearsals_and_tokens_never() {
    let (simulator, mut session, list) = account_with_list("");
    session.run("SET basecamp_fdw.write_log = bodies");
    session.run(&insert(&list, "with ä body"));
    session.run(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, 'side ' || n FROM generate_series(1, 9) n"
    ));
    session.run(&format!("SELECT basecamp.subscribe('bc', {list})"));
    session.run("SET basecamp_fdw.dry_run = on");
    session.run(&insert(&list, "rehearsed"));
    let rows = log(&session, "resource, body");
    assert_eq!(rows.len(), 11);
    assert_eq!(rows[0], told(&["todos", "{\"content\":\"with ä body\"}"]));
    let sides: BTreeSet<&Vec<Option<String>>> = rows[1..10].iter().collect();
    assert_eq!(sides.len(), 9);
    assert_eq!(rows[10][0].as_deref(), Some("subscribe"));
    let token = simulator.token();
    let with_token =
        format!("SELECT count(*) FROM basecamp.write_log w WHERE strpos(w::text, '{token}') > 0");
    assert_eq!(session.value(&with_token), "0");
}

#[test]
fn what_was_refused_and_what_nobody_knows_are_told_apart() {
    let (simulator, mut session, list) = account_with_list("");
    session.run("SET basecamp_fdw.write_log = on");
    for fault in ["422", "503", "reset", "reset-early"] {
        simulator.set_faults(&[&format!("{fault}:1@/todolists/")]);
        session.refusal(&insert(&list, fault));
        simulator.set_faults(&[]);
    }
    assert_eq!(
        log(&session, "status, outcome"),
        [
            told(&["422", "refused"]),
            told(&["503", "refused"]),
            told(&["NULL", "unknown"]),
            told(&["NULL", "unknown"]),
        ]
    );
}

#[test]
fn a_cancelled_statement_leaves_every_request_in_the_log() {
    let (simulator, mut session, list) = account_with_list("");
    simulator.set_latency(Duration::from_millis(40));
    session.run(
        "SET basecamp_fdw.write_log = bodies; SET statement_timeout = '1s'; \
         ALTER SERVER bc OPTIONS (ADD batch_size '10')",
    );
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, 'late ' || n FROM generate_series(1, 1000) n"
    ));
    assert_eq!(refused.code, "57014", "{refused:?}");
    let rows = log(&session, "(body::json) ->> 'content', outcome");
    let of = |fate: &str| -> BTreeSet<String> {
        let rows = rows.iter().filter(|row| row[1].as_deref() == Some(fate));
        rows.filter_map(|row| row[0].clone()).collect()
    };
    let (written, unknown) = (of("written"), of("unknown"));
    let todos = simulator.dump("todos");
    let contents = todos.iter().filter_map(|todo| todo["content"].as_str());
    let there: BTreeSet<String> =
        contents.filter(|it| it.starts_with("late ")).map(str::to_owned).collect();
    assert!(written.is_subset(&there) && written.len() >= 10, "{} written", written.len());
    let either: BTreeSet<String> = written.union(&unknown).cloned().collect();
    assert!(there.is_subset(&either), "{:?} is in no line", there.difference(&either));
    assert!(unknown.len() <= 8, "option maxconcurrency");
}

#[test]
fn whoever_is_watched_neither_reads_the_log_nor_switches_it_off() {
    let (_simulator, mut session, list) = account_with_list("");
    let db = session.database.clone();
    session.run(&format!(
        "CREATE ROLE watched_{db} LOGIN; GRANT USAGE ON SCHEMA bc TO watched_{db}; \
         GRANT SELECT, INSERT ON bc.todos TO watched_{db}; \
         ALTER DATABASE {db} SET basecamp_fdw.write_log = on"
    ));
    let mut watched = session.of_role(&format!("watched_{db}"));
    watched.run(&insert(&list, "watched"));
    assert_eq!(watched.refusal("SET basecamp_fdw.write_log = off").code, "42501");
    for statement in [
        "SELECT count(*) FROM basecamp.write_log",
        "DELETE FROM basecamp.write_log",
        "INSERT INTO basecamp.write_log (user_name) VALUES ('somebody')",
    ] {
        assert_eq!(watched.refusal(statement).code, "42501", "{statement}");
    }
    let name = format!("watched_{db}");
    assert_eq!(log(&session, "user_name, outcome"), [told(&[&name, "written"])]);
    // A log that cannot be written stops nothing, and is told.
    session.run("SET basecamp_fdw.write_log = on");
    session.run("ALTER TABLE basecamp.write_log ADD CHECK (resource <> 'todos') NOT VALID");
    session.run(&insert(&list, "told"));
    let notices = session.notices().join("\n");
    assert!(notices.contains("could not log what was written to Basecamp"), "{notices}");
    assert!(notices.contains(&format!("POST /todolists/{list}/todos.json written")), "{notices}");
}

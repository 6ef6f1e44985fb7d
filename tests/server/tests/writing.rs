//! INSERT, UPDATE and DELETE change Basecamp, a row at a time: what is sent, and what is there then.

use serde_json::{Value, json};
use server_tests::Session;
use server_tests::account::{account, sent, writes};
use simulator::Simulator;

/// Every to-do in the simulator, whatever its state, by its id.
fn todo(simulator: &Simulator, id: i64) -> Value {
    let all = simulator.dump("todos");
    all.into_iter().find(|todo| todo["id"] == id).unwrap_or_else(|| panic!("no to-do {id}"))
}

/// A list and an open to-do in it that has everything.
fn a_list(session: &mut Session) -> i64 {
    session.value("SELECT id FROM bc.todolists ORDER BY id LIMIT 1").parse().expect("an id")
}

#[test]
fn a_row_is_made_and_returned_as_basecamp_made_it() {
    let (simulator, mut session) = account("");
    let list = a_list(&mut session);
    let person = session.value("SELECT id FROM bc.people ORDER BY id LIMIT 1");
    simulator.clear_requests();
    let rows = session.rows(&format!(
        "INSERT INTO bc.todos (todolist_id, content, due_on, assignee_ids) \
         VALUES ({list}, 'Buy milk', '2026-12-01', ARRAY[{person}]) \
         RETURNING id, content, due_on, assignee_ids, completed, status, parent_type, project_id"
    ));
    assert_eq!(sent(&simulator), [format!("POST /todolists/{list}/todos.json")]);
    let id: i64 = rows[0][0].as_deref().expect("an id").parse().expect("a number");
    let there = todo(&simulator, id);
    let project = there["bucket"]["id"].to_string();
    let told: Vec<_> = rows[0][1..].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
    let people = format!("{{{person}}}");
    assert_eq!(told, ["Buy milk", "2026-12-01", &people, "f", "active", "Todolist", &project]);
    assert_eq!(there["content"], "Buy milk");
}

#[test]
fn an_update_sends_what_it_names_and_nothing_else_of_the_record_changes() {
    let (simulator, mut session) = account("");
    let list = a_list(&mut session);
    let id = session.value(&format!(
        "INSERT INTO bc.todos (todolist_id, content, description, due_on, starts_on) \
         VALUES ({list}, 'One', '<div>as <b>it</b> is</div>', '2026-12-02', '2026-12-01') \
         RETURNING id"
    ));
    let id: i64 = id.parse().expect("a number");
    let before = todo(&simulator, id);
    simulator.clear_requests();
    session.run(&format!("UPDATE bc.todos SET content = 'Two' WHERE id = {id}"));
    // One request of the scan, one before the body is made, one that writes.
    let single = format!("GET /todos/{id}.json");
    assert_eq!(sent(&simulator), [single.clone(), single, format!("PUT /todos/{id}.json")]);
    let mut expected = before.clone();
    let after = todo(&simulator, id);
    for member in ["content", "title", "updated_at"] {
        expected[member] = after[member].clone();
    }
    assert_eq!((after["content"].clone(), after.clone()), (json!("Two"), expected));

    // A date is cleared by leaving it out of a body that replaces the record.
    session.run(&format!("UPDATE bc.todos SET due_on = NULL, description = NULL WHERE id = {id}"));
    let after = todo(&simulator, id);
    assert_eq!((&after["due_on"], &after["description"]), (&Value::Null, &json!("")));
    assert_eq!(after["starts_on"], before["starts_on"]);
}

#[test]
fn null_where_basecamp_has_none_is_an_error_before_any_request() {
    let (simulator, mut session) = account("");
    let list = a_list(&mut session);
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    simulator.clear_requests();
    let refused = session.refusal(&format!("UPDATE bc.todos SET content = NULL WHERE id = {id}"));
    assert_eq!(refused.code, "23502", "{refused:?}");
    let refused = session.refusal(&format!("INSERT INTO bc.todos (todolist_id) VALUES ({list})"));
    assert_eq!(refused.code, "23502", "{refused:?}");
    let refused = session.refusal("INSERT INTO bc.todos (content) VALUES ('where?')");
    assert_eq!(refused.code, "23502", "{refused:?}");
    assert!(refused.hint.contains("todolist_id"), "{refused:?}");
    let refused =
        session.refusal(&format!("UPDATE bc.todos SET comments_count = 5 WHERE id = {id}"));
    assert_eq!(refused.code, "0A000", "{refused:?}");
    assert_eq!(writes(&simulator), Vec::<String>::new());
}

#[test]
fn completing_is_no_change_of_the_body() {
    let (simulator, mut session) = account("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    simulator.clear_requests();
    let done = session.value(&format!(
        "UPDATE bc.todos SET completed = true WHERE id = {id} RETURNING completed"
    ));
    assert_eq!(
        (&*done, writes(&simulator)),
        ("t", vec![format!("POST /todos/{id}/completion.json")])
    );
    let open = session.value(&format!(
        "UPDATE bc.todos SET completed = false WHERE id = {id} RETURNING completed"
    ));
    let reopened = vec![format!("DELETE /todos/{id}/completion.json")];
    assert_eq!((&*open, writes(&simulator)), ("f", reopened));
}

#[test]
fn a_row_goes_to_the_trash_and_comes_back() {
    let (simulator, mut session) = account("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    let content = session.value(&format!("SELECT content FROM bc.todos WHERE id = {id}"));
    let returned =
        session.rows(&format!("DELETE FROM bc.todos WHERE id = {id} RETURNING id, content"));
    assert_eq!(returned, [[Some(id.clone()), Some(content)]]);
    let status = format!("SELECT status FROM bc.todos WHERE id = {id}");
    assert_eq!(session.value(&status), "trashed");
    simulator.clear_requests();
    session
        .run(&format!("UPDATE bc.todos SET content = 'Back', status = 'active' WHERE id = {id}"));
    let restored = format!("PUT /recordings/{id}/status/active.json");
    assert_eq!(writes(&simulator), [restored, format!("PUT /todos/{id}.json")]);
    assert_eq!(session.value(&status), "active");
    let refused =
        session.refusal(&format!("UPDATE bc.todos SET status = 'deleted' WHERE id = {id}"));
    assert_eq!(refused.code, "0A000", "{refused:?}");
    session.run(&format!("UPDATE bc.todos SET status = 'archived' WHERE id = {id}"));
    assert_eq!(session.value(&status), "archived");
    let refused = session.refusal("TRUNCATE bc.todos");
    assert!(refused.code == "0A000" && refused.hint.contains("DELETE"), "{refused:?}");
}

#[test]
fn whoever_may_not_write_is_refused_before_any_request() {
    let (simulator, mut session) = account("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    simulator.clear_requests();
    let write = format!("UPDATE bc.todos SET content = 'No' WHERE id = {id}");
    let codes: Vec<String> = [
        ("BEGIN READ ONLY", "ROLLBACK"),
        ("SET basecamp_fdw.allow_writes = off", "RESET basecamp_fdw.allow_writes"),
        (
            "ALTER FOREIGN TABLE bc.todos OPTIONS (ADD updatable 'false')",
            "ALTER FOREIGN TABLE bc.todos OPTIONS (DROP updatable)",
        ),
    ]
    .into_iter()
    .map(|(before, after)| {
        session.run(before);
        let code = session.refusal(&write).code;
        session.run(after);
        code
    })
    .collect();
    assert_eq!(codes, ["25006", "42501", "55000"]);
    assert_eq!(writes(&simulator), Vec::<String>::new());
    let db = session.database.clone();
    session.run(&format!(
        "CREATE ROLE reader_{db} LOGIN; GRANT USAGE ON SCHEMA bc TO reader_{db}; \
         GRANT SELECT, UPDATE (content) ON bc.todos TO reader_{db}; \
         ALTER ROLE reader_{db} SET basecamp_fdw.allow_writes = off"
    ));
    let mut reader = session.of_role(&format!("reader_{db}"));
    assert_eq!(reader.refusal(&write).code, "42501");
    assert_eq!(reader.refusal("SET basecamp_fdw.allow_writes = on").code, "42501");
    session.run(&format!("ALTER ROLE reader_{db} RESET basecamp_fdw.allow_writes"));
    let mut writer = session.of_role(&format!("reader_{db}"));
    writer.run(&write);
    let other = format!("UPDATE bc.todos SET due_on = NULL WHERE id = {id}");
    assert_eq!(writer.refusal(&other).code, "42501");
    assert_eq!(writes(&simulator), [format!("PUT /todos/{id}.json")]);
}

#[test]
fn inside_a_transaction_a_session_is_warned_once() {
    let (_simulator, mut session) = account("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    let write = format!("UPDATE bc.todos SET content = 'At once' WHERE id = {id}");
    let warned = |session: &Session| {
        session.notices().iter().filter(|notice| notice.contains("take effect at once")).count()
    };
    session.run(&write);
    assert_eq!(warned(&session), 0);
    session.run("BEGIN");
    session.run(&write);
    session.run(&write);
    session.run("ROLLBACK");
    assert_eq!(warned(&session), 1);
    let content = session.value(&format!("SELECT content FROM bc.todos WHERE id = {id}"));
    assert_eq!(content, "At once");
}

#[test]
fn no_kept_answer_survives_a_write_of_the_same_session() {
    let (_simulator, mut session) = account(", cachettl '3600'");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    let db = session.database.clone();
    session.run(&format!(
        "CREATE ROLE other_{db}; GRANT USAGE ON SCHEMA bc TO other_{db}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO other_{db}"
    ));
    let read = format!("SELECT content FROM bc.todos WHERE id = {id}");
    let list = format!("SELECT count(*) FROM bc.todos WHERE content = 'New' AND id + 0 = {id}");
    session.run(&format!("SET ROLE other_{db}"));
    session.value(&read);
    assert_eq!(session.value(&list), "0");
    session.run("RESET ROLE");
    session.value(&read);
    assert_eq!(session.value(&list), "0");
    session.run(&format!("UPDATE bc.todos SET content = 'New' WHERE id = {id}"));
    assert_eq!((&*session.value(&read), &*session.value(&list)), ("New", "1"));
    // Another role of the same session has answers of its own, and they are not used unasked either.
    session.run(&format!("SET ROLE other_{db}"));
    assert_eq!((&*session.value(&read), &*session.value(&list)), ("New", "1"));
}

#[test]
fn triggers_views_and_partitions_write_as_they_do_with_any_table() {
    let (simulator, mut session) = account("");
    let list = a_list(&mut session);
    session.run(
        "CREATE TABLE log (what text, old text, new text, author bigint); \
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           INSERT INTO log VALUES (TG_OP, CASE WHEN TG_OP <> 'INSERT' THEN OLD.content END, \
             CASE WHEN TG_OP <> 'DELETE' THEN NEW.content END, \
             CASE WHEN TG_OP <> 'DELETE' THEN NEW.creator_id END); \
           RETURN NULL; END $$; \
         CREATE FUNCTION dress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           NEW.content := upper(NEW.content); \
           IF TG_OP = 'UPDATE' THEN NEW.due_on := '2027-01-01'; END IF; \
           RETURN NEW; END $$; \
         CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON bc.todos \
           FOR EACH ROW EXECUTE FUNCTION note(); \
         CREATE TRIGGER dress BEFORE INSERT OR UPDATE ON bc.todos \
           FOR EACH ROW EXECUTE FUNCTION dress(); \
         CREATE VIEW mine AS SELECT id, todolist_id, content FROM bc.todos",
    );
    let made = format!("INSERT INTO mine (todolist_id, content) VALUES ({list}, 'a') RETURNING id");
    let id: i64 = session.value(&made).parse().expect("an id");
    session.run(&format!("UPDATE mine SET content = 'b' WHERE id = {id}"));
    let there = todo(&simulator, id);
    assert_eq!((&there["content"], &there["due_on"]), (&json!("B"), &json!("2027-01-01")));
    session.run(&format!("DELETE FROM mine WHERE id = {id}"));
    let author = there["creator"]["id"].to_string();
    let log = session.rows("SELECT * FROM log");
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        log,
        [
            [some("INSERT"), None, some("A"), some(&author)],
            [some("UPDATE"), some("A"), some("B"), some(&author)],
            [some("DELETE"), some("B"), None, None],
        ]
    );
}

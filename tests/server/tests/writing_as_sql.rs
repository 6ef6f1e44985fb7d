//! Writes through everything that PostgreSQL has around a table: privileges, triggers, views, computed
//! columns, partitions, cursors and MERGE.

use serde_json::{Value, json};
use server_tests::Session;
use server_tests::account::{account_with_list, count_writes};
use simulator::Simulator;

/// The to-dos whose content begins with a word.
fn there(simulator: &Simulator, word: &str) -> Vec<Value> {
    let mut all = simulator.dump("todos");
    all.retain(|todo| todo["content"].as_str().is_some_and(|it| it.starts_with(word)));
    all
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn privileges_on_columns_hold_for_new_rows() {
    let (simulator, mut session, list) = account_with_list("");
    let db = session.database.clone();
    session.run(&format!(
        "CREATE ROLE clerk_{db} LOGIN; GRANT USAGE ON SCHEMA bc TO clerk_{db}; \
         GRANT INSERT (todolist_id, content), SELECT (id) ON bc.todos TO clerk_{db}"
    ));
    let mut clerk = session.of_role(&format!("clerk_{db}"));
    let due =
        format!("INSERT INTO bc.todos (todolist_id, content, due_on) VALUES ({list}, 'a', now())");
    assert_eq!(clerk.refusal(&due).code, "42501");
    let told = format!(
        "INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, 'a') RETURNING content"
    );
    assert_eq!(clerk.refusal(&told).code, "42501");
    assert_eq!(clerk.refusal("DELETE FROM bc.todos WHERE id = 1").code, "42501");
    assert_eq!(count_writes(&simulator), 0);
    let made = format!(
        "INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, 'clerk') RETURNING id"
    );
    assert_ne!(clerk.value(&made), "");
}

#[test]
fn a_trigger_before_a_row_may_change_it_or_leave_it_out() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(
        "CREATE FUNCTION sift() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF (CASE TG_OP WHEN 'DELETE' THEN OLD.content ELSE NEW.content END) LIKE '%skip%' THEN \
             RETURN NULL; \
           END IF; \
           IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; \
           NEW.content := NEW.content || '!'; RETURN NEW; END $$; \
         CREATE TRIGGER sift BEFORE INSERT OR UPDATE OR DELETE ON bc.todos \
           FOR EACH ROW EXECUTE FUNCTION sift()",
    );
    let rows = session.rows(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         VALUES ({list}, 'sifted'), ({list}, 'sifted skip') RETURNING content"
    ));
    assert_eq!(rows, [[some("sifted!")]]);
    assert_eq!(there(&simulator, "sifted").len(), 1);
    let id = there(&simulator, "sifted")[0]["id"].to_string();
    session.run(&format!("UPDATE bc.todos SET content = 'sifted skip' WHERE id = {id}"));
    session.run(&format!("UPDATE bc.todos SET content = 'sifted on' WHERE id = {id}"));
    assert_eq!(there(&simulator, "sifted")[0]["content"], "sifted on!");
    let before = count_writes(&simulator);
    session.run("ALTER TABLE bc.todos DISABLE TRIGGER sift");
    session.run(&format!("UPDATE bc.todos SET content = 'sifted skip' WHERE id = {id}"));
    session.run("ALTER TABLE bc.todos ENABLE TRIGGER sift");
    session.run(&format!("DELETE FROM bc.todos WHERE id = {id}"));
    assert_eq!(
        (count_writes(&simulator) - before, &there(&simulator, "sifted")[0]["status"]),
        (1, &json!("active"))
    );
    let refused = session.refusal(
        "CREATE TRIGGER counts AFTER INSERT ON bc.todos REFERENCING NEW TABLE AS added \
         FOR EACH STATEMENT EXECUTE FUNCTION sift()",
    );
    assert_eq!(refused.code, "42809", "{refused:?}");
}

#[test]
fn a_view_checks_its_rows_before_they_are_written() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(
        "CREATE VIEW urgent AS SELECT id, todolist_id, content, due_on FROM bc.todos \
           WHERE content LIKE 'urgent%' WITH CHECK OPTION; \
         CREATE VIEW soon AS SELECT * FROM urgent WHERE due_on < '2030-01-01' \
           WITH CASCADED CHECK OPTION",
    );
    let into = |view: &str, content: &str, due: &str| {
        format!(
            "INSERT INTO {view} (todolist_id, content, due_on) VALUES ({list}, '{content}', '{due}')"
        )
    };
    let refused = session.refusal(&into("urgent", "can wait", "2027-01-01"));
    assert_eq!((refused.code.as_str(), count_writes(&simulator)), ("44000", 0), "{refused:?}");
    assert_eq!(session.refusal(&into("soon", "can wait", "2027-01-01")).code, "44000");
    assert_eq!(session.refusal(&into("soon", "urgent", "2031-01-01")).code, "44000");
    assert_eq!(count_writes(&simulator), 0);
    session.run(&into("soon", "urgent one", "2027-01-01"));
    let id = there(&simulator, "urgent one")[0]["id"].to_string();
    let before = count_writes(&simulator);
    let away = format!("UPDATE soon SET content = 'can wait' WHERE id = {id}");
    assert_eq!(session.refusal(&away).code, "44000");
    let late = format!("UPDATE soon SET due_on = '2031-01-01' WHERE id = {id}");
    assert_eq!(session.refusal(&late).code, "44000");
    assert_eq!(count_writes(&simulator), before);
    session.run(&format!("UPDATE soon SET content = 'urgent two' WHERE id = {id}"));
    session.run(&format!("DELETE FROM soon WHERE id = {id}"));
    assert_eq!(there(&simulator, "urgent two")[0]["status"], "trashed");
    // What Basecamp decides is checked when it is known.
    session.run(
        "CREATE VIEW open AS SELECT todolist_id, content, status FROM bc.todos \
           WHERE status = 'active' WITH CHECK OPTION",
    );
    session.run(&format!("INSERT INTO open (todolist_id, content) VALUES ({list}, 'open one')"));
    assert_eq!(there(&simulator, "open one").len(), 1);
}

#[test]
fn a_view_with_triggers_in_place_of_statements_writes_what_they_say() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(&format!(
        "CREATE VIEW calls AS SELECT id, content AS whom FROM bc.todos WHERE content LIKE 'Call %'; \
         CREATE FUNCTION call() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF TG_OP = 'INSERT' THEN \
             INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, 'Call ' || NEW.whom) \
               RETURNING id INTO NEW.id; \
             RETURN NEW; \
           END IF; \
           UPDATE bc.todos SET completed = true WHERE id = OLD.id; RETURN OLD; END $$; \
         CREATE TRIGGER call INSTEAD OF INSERT OR DELETE ON calls \
           FOR EACH ROW EXECUTE FUNCTION call()"
    ));
    let id = session.value("INSERT INTO calls (whom) VALUES ('Ann') RETURNING id");
    assert_eq!(there(&simulator, "Call Ann")[0]["id"].to_string(), id);
    session.run(&format!("DELETE FROM calls WHERE id = {id}"));
    assert_eq!(there(&simulator, "Call Ann")[0]["completed"], true);
}

#[test]
fn a_computed_column_is_computed_whenever_what_it_is_of_changes() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(
        "CREATE FOREIGN TABLE computed (id bigint, todolist_id bigint, description text, \
           content text GENERATED ALWAYS AS ('about ' || description) STORED) \
           SERVER bc OPTIONS (resource 'todos')",
    );
    let row = session.rows(&format!(
        "INSERT INTO computed (todolist_id, description) VALUES ({list}, 'ants') \
         RETURNING id, content"
    ));
    assert_eq!(row[0][1], some("about ants"));
    let id = row[0][0].clone().expect("an id");
    session.run(&format!("UPDATE computed SET description = 'bees' WHERE id = {id}"));
    let made = there(&simulator, "about bees");
    assert_eq!(made[0]["description"], "bees");
    let refused = session.refusal(&format!("UPDATE computed SET content = 'x' WHERE id = {id}"));
    assert_eq!(refused.code, "428C9", "{refused:?}");
}

#[test]
fn merge_and_current_of_are_refused_before_any_request() {
    let (simulator, mut session, list) = account_with_list("");
    let refused = session.refusal(&format!(
        "MERGE INTO bc.todos t USING (VALUES (1)) AS v(id) ON t.id = v.id \
         WHEN NOT MATCHED THEN INSERT (todolist_id, content) VALUES ({list}, 'merged')"
    ));
    assert_eq!(refused.code, "0A000", "{refused:?}");
    assert!(refused.message.contains("MERGE"), "{refused:?}");
    session.run(&format!(
        "BEGIN; DECLARE each CURSOR FOR SELECT id FROM bc.todos WHERE todolist_id = {list}; \
         FETCH 1 FROM each"
    ));
    let refused = session.refusal("UPDATE bc.todos SET content = 'x' WHERE CURRENT OF each");
    assert_eq!(refused.code, "0A000", "{refused:?}");
    session.run("ROLLBACK");
    assert_eq!(count_writes(&simulator), 0);
}

#[test]
fn rows_are_changed_from_local_ones_and_in_the_loop_of_a_cursor() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         VALUES ({list}, 'from 1'), ({list}, 'from 2'), ({list}, 'from 3'); \
         CREATE TABLE dates AS SELECT content, date '2027-01-01' + right(content, 1)::integer AS due \
           FROM bc.todos WHERE todolist_id = {list} AND content LIKE 'from _'; \
         UPDATE bc.todos t SET due_on = d.due FROM dates d \
          WHERE d.content = t.content AND t.todolist_id = {list}"
    ));
    let mut dues: Vec<String> =
        there(&simulator, "from ").iter().map(|it| it["due_on"].to_string()).collect();
    dues.sort();
    assert_eq!(dues, ["\"2027-01-02\"", "\"2027-01-03\"", "\"2027-01-04\""]);
    session.run(&format!(
        "DO $$ DECLARE task record; BEGIN \
           FOR task IN SELECT id FROM bc.todos WHERE todolist_id = {list} AND content LIKE 'from _' LOOP \
             UPDATE bc.todos SET completed = true WHERE id = task.id; \
           END LOOP; END $$; \
         DELETE FROM bc.todos t USING dates d \
          WHERE d.content = t.content AND t.todolist_id = {list} AND d.due > '2027-01-02'"
    ));
    let state: Vec<(bool, bool)> = there(&simulator, "from ")
        .iter()
        .map(|it| (it["completed"] == true, it["status"] == "trashed"))
        .collect();
    assert_eq!(state.iter().filter(|(done, _)| *done).count(), 3);
    assert_eq!(state.iter().filter(|(_, gone)| *gone).count(), 2);
}

#[test]
fn rows_move_into_a_partition_in_basecamp_once() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(&format!(
        "CREATE TABLE tasks (id bigint, todolist_id bigint, content text) \
           PARTITION BY LIST (todolist_id); \
         CREATE TABLE drafts PARTITION OF tasks DEFAULT; \
         CREATE FOREIGN TABLE away PARTITION OF tasks FOR VALUES IN ({list}) \
           SERVER bc OPTIONS (resource 'todos'); \
         INSERT INTO tasks VALUES (NULL, 0, 'moving a'), (NULL, 0, 'moving b'), (NULL, 0, 'stays')"
    ));
    let moved = "WHERE todolist_id = 0 AND content LIKE 'moving%'";
    let rows = session.rows(&format!(
        "UPDATE tasks SET todolist_id = {list} {moved} RETURNING tableoid::regclass"
    ));
    assert_eq!(rows, [[some("away")], [some("away")]]);
    assert_eq!(there(&simulator, "moving").len(), 2);
    assert_eq!(session.value("SELECT string_agg(content, ',') FROM drafts"), "stays");
    // It would be found there, and changed once more.
    let before = count_writes(&simulator);
    let refused =
        session.refusal(&format!("UPDATE tasks SET todolist_id = {list} WHERE content = 'stays'"));
    assert_eq!((refused.code.as_str(), count_writes(&simulator)), ("0A000", before), "{refused:?}");
    assert_eq!(session.value("SELECT count(*) FROM drafts"), "1");
    let mut copy =
        session.client.copy_in("COPY tasks (todolist_id, content) FROM STDIN").expect("COPY");
    let lines: String = (1..=6)
        .map(|n| format!("{}\tcopied {n}\n", if n % 2 == 0 { &list } else { "0" }))
        .collect();
    std::io::Write::write_all(&mut copy, lines.as_bytes()).expect("rows");
    assert_eq!(copy.finish().expect("COPY ends"), 6);
    assert_eq!(there(&simulator, "copied").len(), 3);
    assert_eq!(session.value("SELECT count(*) FROM drafts WHERE content LIKE 'copied%'"), "3");
}

#[test]
fn rows_that_an_error_of_something_else_leaves_behind_are_told() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(
        "CREATE FUNCTION third() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF NEW.content LIKE '%3' THEN RAISE EXCEPTION 'no third'; END IF; RETURN NEW; END $$; \
         CREATE VIEW few AS SELECT todolist_id, content FROM bc.todos \
           WHERE content !~ '3' WITH CHECK OPTION",
    );
    let rows =
        |word: &str| format!("({list}, '{word} 1'), ({list}, '{word} 2'), ({list}, '{word} 3')");
    let told = |session: &mut Session, word: &str| {
        // It comes behind the error, and so with the next answer.
        session.run("SELECT 1");
        let ids: Vec<String> =
            there(&simulator, word).iter().map(|todo| todo["id"].to_string()).collect();
        let notices = session.notices();
        let said = format!("2 rows were written, with the ids {}.", ids.join(", "));
        let telling = notices.iter().filter(|notice| notice.contains(&said));
        assert_eq!((ids.len(), telling.count()), (2, 1), "{said} {notices:?}");
    };
    let into = |table: &str, word: &str| {
        format!("INSERT INTO {table} (todolist_id, content) VALUES {}", rows(word))
    };
    assert_eq!(session.refusal(&into("few", "view")).code, "44000");
    told(&mut session, "view");
    session.run(
        "CREATE TRIGGER third BEFORE INSERT ON bc.todos FOR EACH ROW EXECUTE FUNCTION third()",
    );
    assert_eq!(session.refusal(&into("bc.todos", "trigger")).code, "P0001");
    told(&mut session, "trigger");
    // Inside of a block that goes on after it, too, and once.
    let caught = format!(
        "DO $$ BEGIN {}; EXCEPTION WHEN raise_exception THEN NULL; END $$",
        into("bc.todos", "block")
    );
    session.run(&caught);
    told(&mut session, "block");
    session.run("DROP TRIGGER third ON bc.todos");
    let divides = format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, 'division ' || 6 / (3 - n) FROM generate_series(1, 3) n ORDER BY n"
    );
    session.run("BEGIN");
    session.run(&into("bc.todos", "before"));
    assert_eq!(session.refusal(&divides).code, "22012");
    session.run("ROLLBACK");
    // What ended well before is not the statement's that failed.
    let notices = session.notices().join("\n");
    assert!(!notices.contains("3 rows were written"), "{notices}");
}

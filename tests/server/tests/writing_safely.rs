//! What a statement says of a row and what is there agree, or nothing is written: places, what a table
//! shows, records that others change meanwhile, and people by their addresses.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use server_tests::account::{account, sent, writes};
use server_tests::{Refusal, Session};
use simulator::{Edit, Simulator, Step};

fn todo(simulator: &Simulator, id: &str) -> Value {
    let (all, id) = (simulator.dump("todos"), id.parse::<i64>().expect("a number"));
    all.into_iter().find(|todo| todo["id"] == id).expect("it is there")
}

/// A list with its project, and one of another project.
fn two_lists(session: &mut Session) -> [(String, String); 2] {
    let rows = session.rows(
        "SELECT DISTINCT ON (project_id) id, project_id FROM bc.todolists \
         ORDER BY project_id, id LIMIT 2",
    );
    let cell = |row: &Vec<Option<String>>, n: usize| row[n].clone().expect("an id");
    [(cell(&rows[0], 0), cell(&rows[0], 1)), (cell(&rows[1], 0), cell(&rows[1], 1))]
}

/// Foreign tables of to-dos with options, in schema `public`.
fn table(session: &mut Session, name: &str, options: &str) {
    session.run(&format!(
        "CREATE FOREIGN TABLE {name} (id bigint, project_id bigint, todolist_id bigint, \
           content text, status text, updated_at timestamptz) \
           SERVER bc OPTIONS (resource 'todos' {options})"
    ));
}

fn is(refused: &Refusal, code: &str, names: &str) {
    let told = format!("{} {} {}", refused.message, refused.detail, refused.hint);
    assert!(refused.code == code && told.contains(names), "{code} {names}: {refused:?}");
}

#[test]
fn a_row_that_its_table_would_not_show_is_refused_before_any_request() {
    let (simulator, mut session) = account("");
    let [(list, project), (_, other)] = two_lists(&mut session);
    table(&mut session, "two", &format!(", projectid '{project},{other}'"));
    table(&mut session, "trash", ", statuses 'trashed'");
    session.run(
        "CREATE FOREIGN TABLE theirs (id bigint, name text) SERVER bc \
           OPTIONS (resource 'projects', projectid '1')",
    );
    simulator.clear_requests();
    let into = |table: &str, project: &str| {
        format!(
            "INSERT INTO {table} (project_id, todolist_id, content) VALUES ({project}, {list}, 'x')"
        )
    };
    is(&session.refusal(&into("two", "3")), "44000", "project_id is 3");
    is(&session.refusal(&into("two", "NULL")), "23502", "projectid");
    is(&session.refusal(&into("trash", &project)), "44000", "statuses");
    is(&session.refusal("INSERT INTO theirs (name) VALUES ('x')"), "44000", "projectid");
    assert_eq!(sent(&simulator), Vec::<String>::new());
    session.run(&into("two", &project));
    assert_eq!(sent(&simulator), [format!("POST /buckets/{project}/todolists/{list}/todos.json")]);
}

#[test]
fn the_only_project_of_a_table_is_filled_in_and_basecamp_refuses_places_of_others() {
    let (simulator, mut session) = account("");
    let [(list, project), (elsewhere, _)] = two_lists(&mut session);
    table(&mut session, "ours", &format!(", projectid '{project}'"));
    simulator.clear_requests();
    let into =
        |list: &str| format!("INSERT INTO ours (todolist_id, content) VALUES ({list}, 'ours')");
    let rows = session.rows(&format!("{} RETURNING project_id, todolist_id", into(&list)));
    assert_eq!(rows, [[Some(project.clone()), Some(list.clone())]]);
    let before = simulator.dump("todos").len();
    is(&session.refusal(&into(&elsewhere)), "02000", "Nothing was written.");
    assert_eq!(simulator.dump("todos").len(), before);
    assert_eq!(session.value("SELECT count(*) FROM ours WHERE content = 'ours'"), "1");
}

#[test]
fn a_place_that_would_be_ignored_is_refused_by_its_name() {
    let (simulator, mut session) = account("");
    let [(list, project), _] = two_lists(&mut session);
    simulator.clear_requests();
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, parent_id, content) VALUES ({list}, {list}, 'x')"
    ));
    is(&refused, "0A000", "\"parent_id\"");
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, project_id, creator_id, content) \
         VALUES ({list}, {project}, 1, 'x')"
    ));
    is(&refused, "0A000", "\"creator_id\"");
    assert_eq!(sent(&simulator), Vec::<String>::new());
}

#[test]
fn a_list_of_values_keeps_its_order_in_each_partition() {
    let (simulator, mut session) = account("");
    let [(one, _), (two, _)] = two_lists(&mut session);
    session.run(&format!(
        "CREATE TABLE tasks (todolist_id bigint, content text) PARTITION BY LIST (todolist_id); \
         CREATE FOREIGN TABLE first PARTITION OF tasks FOR VALUES IN ({one}) \
           SERVER bc OPTIONS (resource 'todos'); \
         CREATE FOREIGN TABLE second PARTITION OF tasks FOR VALUES IN ({two}) \
           SERVER bc OPTIONS (resource 'todos'); \
         CREATE TABLE plan AS SELECT n, CASE WHEN n % 2 = 0 THEN {one} ELSE {two} END AS l \
           FROM generate_series(1, 12) n"
    ));
    let values: Vec<String> = (1..=12)
        .map(|n| format!("({}, 'task {n:02}')", if n % 2 == 0 { &one } else { &two }))
        .collect();
    for statement in [
        format!("INSERT INTO tasks VALUES {}", values.join(", ")),
        "INSERT INTO tasks SELECT l, 'task ' || lpad(n::text, 2, '0') FROM plan ORDER BY n".into(),
    ] {
        simulator.clear_requests();
        session.run(&statement);
        let mut contents: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for request in simulator.requests() {
            let body: Value = serde_json::from_str(&request.body).expect("JSON");
            let content = body["content"].as_str().unwrap_or_default().to_owned();
            contents.entry(request.path).or_default().push(content);
        }
        assert_eq!(contents.len(), 2, "{statement}");
        for (path, contents) in contents {
            assert!(contents.is_sorted() && contents.len() == 6, "{path}: {contents:?}");
        }
    }
    assert_eq!(simulator.peak_concurrency(), 1);
}

/// A record that somebody else changes after so many requests to its address.
fn changed_after(simulator: &Simulator, request: u32, id: &str, edit: Edit) {
    let path_prefix = format!("/todos/{id}.json");
    let step = Step { after_request: request, path_prefix, query: String::new(), edit };
    simulator.set_script(vec![step]);
}

fn another_title(id: &str) -> Edit {
    let members: Map<String, Value> =
        [("content".to_owned(), json!("Theirs"))].into_iter().collect();
    Edit::Update { id: id.parse().expect("a number"), members }
}

#[test]
fn with_updatecheck_a_record_that_changed_meanwhile_is_left_alone() {
    let (simulator, mut session) = account(", updatecheck 'true'");
    let ids = session.rows("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 3");
    let ids: Vec<String> = ids.into_iter().map(|row| row[0].clone().expect("an id")).collect();
    let id = &ids[0];
    for statement in [
        format!("UPDATE bc.todos SET due_on = '2027-01-01' WHERE id = {id}"),
        format!("UPDATE bc.todos SET completed = true WHERE id = {id}"),
        format!("DELETE FROM bc.todos WHERE id = {id}"),
    ] {
        changed_after(&simulator, 1, id, another_title(id));
        simulator.clear_requests();
        is(&session.refusal(&statement), "40001", "updated_at");
        assert_eq!(writes(&simulator), Vec::<String>::new(), "{statement}");
        assert_eq!(simulator.progress().pending, 0);
        // Once more, on what is there now.
        let there = todo(&simulator, id);
        assert_eq!((&there["content"], &there["completed"]), (&json!("Theirs"), &json!(false)));
    }
    session.run(&format!("UPDATE bc.todos SET completed = true WHERE id = {id}"));
    assert_eq!(todo(&simulator, id)["completed"], true);
    let plan = session.explain(&format!("DELETE FROM bc.todos WHERE id = {id}"));
    assert!(plan.contains("Write: GET /todos/{id}.json; PUT /recordings/"), "{plan}");

    let gone = &ids[1];
    changed_after(&simulator, 1, gone, Edit::Remove(gone.parse().expect("a number")));
    let refused = session.refusal(&format!("UPDATE bc.todos SET content = 'x' WHERE id = {gone}"));
    is(&refused, "40001", "gone");

    // Of several rows those before it are written, and told.
    let (first, second) = (&ids[0], &ids[2]);
    changed_after(&simulator, 1, second, another_title(second));
    let refused = session.refusal(&format!(
        "UPDATE bc.todos SET content = 'Ours' WHERE id IN ({first}, {second}) AND id > 0"
    ));
    assert_eq!(refused.code, "40001", "{refused:?}");
    assert!(refused.detail.contains(&format!("the row with the id {second}")), "{refused:?}");
}

#[test]
fn without_updatecheck_the_record_is_read_again_and_merged() {
    let (simulator, mut session) = account("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    changed_after(&simulator, 1, &id, another_title(&id));
    session.run(&format!("UPDATE bc.todos SET due_on = '2027-01-01' WHERE id = {id}"));
    let there = todo(&simulator, &id);
    assert_eq!((&there["content"], &there["due_on"]), (&json!("Theirs"), &json!("2027-01-01")));
}

#[test]
fn updatecheck_of_a_table_needs_what_tells_a_change() {
    let (simulator, mut session) = account("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    table(&mut session, "watched", ", updatecheck 'true'");
    let update = format!("UPDATE watched SET content = 'x' WHERE id = {id}");
    changed_after(&simulator, 1, &id, another_title(&id));
    is(&session.refusal(&update), "40001", "updated_at");
    session.run("ALTER FOREIGN TABLE watched DROP COLUMN updated_at");
    simulator.clear_requests();
    is(&session.refusal(&update), "0A000", "updated_at");
    assert_eq!(writes(&simulator), Vec::<String>::new());
    // Where nothing says when a record changed, what could have changed does.
    session.run("ALTER FOREIGN TABLE bc.dock_tools OPTIONS (ADD updatecheck 'true')");
    let tool = session.value("SELECT id FROM bc.dock_tools WHERE name = 'todoset' LIMIT 1");
    session.run(&format!("UPDATE bc.dock_tools SET title = 'Work' WHERE id = {tool}"));
    let title = session.value(&format!("SELECT title FROM bc.dock_tools WHERE id = {tool}"));
    assert_eq!(title, "Work");
}

/// Somebody with an address, and somebody else.
fn two_people(session: &mut Session) -> [(String, String); 2] {
    let rows = session.rows(
        "SELECT id, email_address FROM bc.people WHERE email_address LIKE '%@example.com' \
         ORDER BY id LIMIT 2",
    );
    let cell = |row: usize, n: usize| rows[row][n].clone().expect("a value");
    [(cell(0, 0), cell(0, 1)), (cell(1, 0), cell(1, 1))]
}

#[test]
fn people_are_assigned_by_their_addresses() {
    let (simulator, mut session) = account("");
    let [(list, _), _] = two_lists(&mut session);
    let [(ann, at_ann), (bo, at_bo)] = two_people(&mut session);
    let at_ann = at_ann.to_uppercase();
    simulator.clear_requests();
    let row = session.rows(&format!(
        "INSERT INTO bc.todos (todolist_id, content, assignees) \
         VALUES ({list}, 'By address', '[\"{at_ann}\"]') RETURNING id, assignee_ids"
    ));
    let people = "GET /people.json".to_owned();
    let post = format!("POST /todolists/{list}/todos.json");
    let mut asked = sent(&simulator);
    let pages = asked.iter().filter(|request| **request == people).count();
    asked.dedup();
    assert_eq!(asked, [people.clone(), post]);
    let id = row[0][0].clone().expect("an id");
    assert_eq!(row[0][1], Some(format!("{{{ann}}}")));
    session.run(&format!(
        "UPDATE bc.todos SET assignees = '[{{\"email_address\": \"{at_bo}\"}}, {ann}]' WHERE id = {id}"
    ));
    let assigned = format!("SELECT assignee_ids FROM bc.todos WHERE id = {id}");
    assert_eq!(session.value(&assigned), format!("{{{bo},{ann}}}"));
    // What a query showed can be written as it is, and asks for nobody.
    simulator.clear_requests();
    session.run(&format!("UPDATE bc.todos SET assignees = assignees WHERE id = {id}"));
    assert!(!sent(&simulator).contains(&people));
    assert_eq!(session.value(&assigned), format!("{{{bo},{ann}}}"));
    session.run(&format!("UPDATE bc.todos SET assignees = '[]' WHERE id = {id}"));
    assert_eq!(session.value(&assigned), "{}");
    // Many rows read who there is once.
    simulator.clear_requests();
    session.run(&format!(
        "INSERT INTO bc.todos (todolist_id, content, assignees) \
         SELECT {list}, 'many ' || n, jsonb_build_array('{at_bo}') FROM generate_series(1, 5) n"
    ));
    let asked = sent(&simulator).into_iter().filter(|request| *request == people).count();
    assert_eq!(asked, pages);
    let column = session.value("SELECT id FROM bc.card_columns ORDER BY id LIMIT 1");
    let card = session.value(&format!(
        "INSERT INTO bc.cards (column_id, title) VALUES ({column}, 'Card') RETURNING id"
    ));
    let shown = session.value(&format!(
        "UPDATE bc.cards SET assignees = '\"{at_bo}\"' WHERE id = {card} RETURNING assignee_ids"
    ));
    assert_eq!(shown, format!("{{{bo}}}"));
}

#[test]
fn an_address_that_is_nobodys_stops_every_row_before_the_first_is_written() {
    let (simulator, mut session) = account("");
    let [(list, _), _] = two_lists(&mut session);
    let [(_, at_ann), _] = two_people(&mut session);
    session.run(
        "CREATE TABLE asked AS SELECT n, CASE n WHEN 9 THEN 'nobody@example.com' END AS who \
           FROM generate_series(1, 9) n",
    );
    simulator.clear_requests();
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, content, assignees) \
         SELECT {list}, 'x', jsonb_build_array(coalesce(who, '{at_ann}')) FROM asked"
    ));
    is(&refused, "22023", "\"nobody@example.com\"");
    is(&refused, "22023", "Nothing was written.");
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, content, assignees) VALUES ({list}, 'x', '[\"Ann\"]')"
    ));
    is(&refused, "22023", "Ann");
    // Hidden addresses look all the same.
    let hidden =
        session.rows("SELECT email_address FROM bc.people WHERE email_address !~ 'example'");
    let hidden = hidden[0][0].clone().expect("an address");
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, content, assignees) \
         VALUES ({list}, 'x', jsonb_build_array('{hidden}'))"
    ));
    is(&refused, "22023", "several people");
    assert_eq!(writes(&simulator), Vec::<String>::new());
}

#[test]
fn plain_text_is_written_as_rich_text_that_shows_it() {
    let (_simulator, mut session) = account("");
    let [(list, _), _] = two_lists(&mut session);
    let id = session.value(&format!(
        "INSERT INTO bc.todos (todolist_id, content, description) \
         VALUES ({list}, 'x', basecamp.text_to_html(E'1 < 2\\nand\\n\\nmore')) RETURNING id"
    ));
    let row = session.rows(&format!(
        "SELECT description, basecamp.html_to_text(description) FROM bc.todos WHERE id = {id}"
    ));
    let html = "<div>1 &lt; 2<br>and</div><div><br></div><div>more</div>";
    assert_eq!(row, [[Some(html.to_owned()), Some("1 < 2\nand\n\nmore".to_owned())]]);
    let facts = session.rows(
        "SELECT provolatile, proisstrict, basecamp.text_to_html(NULL) FROM pg_proc \
         WHERE oid = 'basecamp.text_to_html(text)'::regprocedure",
    );
    assert_eq!(facts, [[Some("i".to_owned()), Some("t".to_owned()), None]]);
}

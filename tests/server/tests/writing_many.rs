//! Many rows at a time, rehearsals, plans, and statements that fail half way.

use std::collections::BTreeSet;
use std::time::Duration;

use server_tests::account::{account_with_list, count_writes, told};
use simulator::Simulator;

/// The contents of the to-dos that are there and begin with a word, by their ids.
fn there(simulator: &Simulator, word: &str) -> Vec<(i64, String)> {
    let all = simulator.dump("todos").into_iter();
    let said = all.filter_map(|todo| {
        let content = todo["content"].as_str().filter(|content| content.starts_with(word));
        Some((todo["id"].as_i64()?, content?.to_owned()))
    });
    said.collect()
}

#[test]
fn rows_without_an_order_are_sent_side_by_side_and_each_once() {
    let (simulator, mut session, list) = account_with_list("");
    simulator.set_latency(Duration::from_millis(20));
    session.run(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, 'side ' || n FROM generate_series(1, 120) n"
    ));
    assert_eq!(simulator.peak_concurrency(), 8, "option maxconcurrency");
    let contents: BTreeSet<String> =
        there(&simulator, "side ").into_iter().map(|(_, content)| content).collect();
    assert_eq!((contents.len(), count_writes(&simulator)), (120, 120));
}

#[test]
fn rows_that_have_an_order_keep_it() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(&format!(
        "CREATE TABLE onboarding AS SELECT n, 'task ' || lpad(n::text, 2, '0') AS what \
           FROM generate_series(1, 20) n; \
         INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, what FROM onboarding ORDER BY n"
    ));
    session.run(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         VALUES ({list}, 'task 21'), ({list}, 'task 22'), ({list}, 'task 23')"
    ));
    let requests = simulator.requests();
    let bodies = requests.iter().filter(|request| request.method == "POST");
    let contents: Vec<String> = bodies
        .map(|request| serde_json::from_str::<serde_json::Value>(&request.body).expect("JSON"))
        .map(|body| body["content"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(simulator.peak_concurrency(), 1);
    let expected: Vec<String> = (1..=23).map(|n| format!("task {n:02}")).collect();
    assert_eq!(contents, expected);
}

#[test]
fn copy_and_partitions_route_rows_to_basecamp() {
    let (simulator, mut session, list) = account_with_list("");
    let mut copy = session
        .client
        .copy_in("COPY bc.todos (todolist_id, content, due_on) FROM STDIN")
        .expect("COPY begins");
    for n in 1..=30 {
        std::io::Write::write_all(&mut copy, format!("{list}\tcopied {n}\t\\N\n").as_bytes())
            .expect("a row");
    }
    assert_eq!(copy.finish().expect("COPY ends"), 30);
    assert_eq!(there(&simulator, "copied ").len(), 30);
    let other = session
        .value(&format!("SELECT id FROM bc.todolists WHERE id <> {list} ORDER BY id LIMIT 1"));
    session.run(&format!(
        "CREATE TABLE tasks (id bigint, todolist_id bigint, content text) \
           PARTITION BY LIST (todolist_id); \
         CREATE TABLE here PARTITION OF tasks DEFAULT; \
         CREATE FOREIGN TABLE away PARTITION OF tasks FOR VALUES IN ({list}, {other}) \
           SERVER bc OPTIONS (resource 'todos')"
    ));
    let routed = session.rows(&format!(
        "INSERT INTO tasks (todolist_id, content) \
         SELECT l, 'routed' FROM unnest(ARRAY[{list}, 5, {other}]) l RETURNING id IS NULL"
    ));
    let some = |text: &str| vec![Some(text.to_owned())];
    assert_eq!(routed, [some("f"), some("t"), some("f")]);
    assert_eq!(there(&simulator, "routed").len(), 2);
    assert_eq!(session.value("SELECT count(*) FROM here"), "1");
    session.run(&format!(
        "UPDATE tasks SET content = 'routed on' WHERE content = 'routed' \
           AND todolist_id IN ({list}, {other})"
    ));
    assert_eq!(there(&simulator, "routed on").len(), 2);
}

#[test]
fn a_rehearsal_checks_and_shows_everything_and_sends_nothing() {
    let (simulator, mut session, list) = account_with_list("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    session.run("SET basecamp_fdw.dry_run = on");
    let rows = session.rows(&format!(
        "INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, 'dry') RETURNING content"
    ));
    assert_eq!(rows, [[Some("dry".to_owned())]]);
    session.run(&format!("UPDATE bc.todos SET content = 'dry', completed = true WHERE id = {id}"));
    session.run(&format!("DELETE FROM bc.todos WHERE id = {id}"));
    let refused = session.refusal(&format!("UPDATE bc.todos SET content = NULL WHERE id = {id}"));
    assert_eq!(refused.code, "23502");
    assert_eq!((count_writes(&simulator), there(&simulator, "dry").len()), (0, 0));
    let notices = session.notices().join("\n");
    for said in [
        format!("would send POST /todolists/{list}/todos.json\n{{\"content\":\"dry\"}}"),
        format!("would send PUT /todos/{id}.json\n"),
        format!("would send POST /todos/{id}/completion.json\nNo body."),
        format!("would send PUT /recordings/{id}/status/trashed.json"),
    ] {
        assert!(notices.contains(&said), "{said}: {notices}");
    }
}

#[test]
fn explain_shows_the_requests_of_each_row_and_sends_none() {
    let (simulator, mut session, list) = account_with_list("");
    let plan = session.explain("UPDATE bc.todos SET content = 'x', completed = true WHERE id = 5");
    let requests = "Write: GET /todos/{id}.json; PUT /todos/{id}.json; \
                    POST /todos/{id}/completion.json or DELETE /todos/{id}/completion.json";
    assert!(plan.contains(requests) && plan.contains("Requests per Row: 3"), "{plan}");
    let plan = session.explain("DELETE FROM bc.todos WHERE id = 5");
    assert!(plan.contains("Write: PUT /recordings/{id}/status/trashed.json"), "{plan}");
    let insert = format!("INSERT INTO bc.todos (todolist_id, content) SELECT {list}, 'x'");
    let plan = session.explain(&format!("{insert} FROM generate_series(1, 3)"));
    assert!(plan.contains("Write: POST /todolists/{todolist_id}/todos.json or POST "), "{plan}");
    assert!(plan.contains("Batch Size: 100"), "{plan}");
    let plan = session.explain(&format!("{insert} FROM generate_series(1, 3) n ORDER BY n"));
    assert!(!plan.contains("Batch Size"), "{plan}");
    assert_eq!(count_writes(&simulator), 0);
    let refused = session.refusal(&format!(
        "INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, 'x') ON CONFLICT DO NOTHING"
    ));
    assert_eq!(refused.code, "0A000", "{refused:?}");
}

#[test]
fn a_create_is_sent_once_whatever_happens_to_it() {
    let (simulator, mut session, list) = account_with_list("");
    for (fault, code, made) in [
        ("429", "53400", 0),
        ("503", "58000", 0),
        ("500", "58000", 0),
        ("502", "08007", 0),
        ("422", "22023", 0),
        ("403", "42501", 0),
        ("reset", "08007", 1),
        ("reset-early", "08007", 0),
        ("bad-json", "HV000", 0),
    ] {
        simulator.clear_requests();
        simulator.set_faults(&[&format!("{fault}:1@/todolists/")]);
        let word = format!("once {fault}");
        let refused = session.refusal(&format!(
            "INSERT INTO bc.todos (todolist_id, content) VALUES ({list}, '{word} ')"
        ));
        simulator.set_faults(&[]);
        assert_eq!(refused.code, code, "{fault}: {refused:?}");
        let is_there = there(&simulator, &format!("{word} ")).len();
        assert_eq!((count_writes(&simulator), is_there), (1, made), "{fault}");
        if code == "08007" {
            assert!(refused.hint.contains("may have carried the request out"), "{refused:?}");
        }
    }
}

#[test]
fn a_batch_with_faults_tells_exactly_what_is_there() {
    let (simulator, mut session, list) = account_with_list("");
    simulator.set_latency(Duration::from_millis(5));
    for (fault, unknown) in [("429", false), ("503", false), ("reset-early", true), ("reset", true)]
    {
        // Of the eight that are sent first, one fails.
        session.run("ALTER SERVER bc OPTIONS (ADD batch_size '40')");
        let word = format!("batch {fault} ");
        simulator.set_faults(&[&format!("{fault}:1@/todolists/")]);
        let refused = session.refusal(&format!(
            "INSERT INTO bc.todos (todolist_id, content) \
             SELECT {list}, '{word}' || n FROM generate_series(1, 100) n"
        ));
        simulator.set_faults(&[]);
        session.run("ALTER SERVER bc OPTIONS (DROP batch_size)");
        let code = match fault {
            "429" => "53400",
            "503" => "58000",
            _ => "08007",
        };
        assert_eq!(refused.code, code, "{refused:?}");
        let made = there(&simulator, &word);
        let ids: BTreeSet<i64> = made.iter().map(|(id, _)| *id).collect();
        let contents: BTreeSet<&String> = made.iter().map(|(_, content)| content).collect();
        assert_eq!(ids.len(), contents.len(), "none twice");
        let told = told(&refused);
        assert!(told.is_subset(&ids), "{fault}: what is told is there: {refused:?}");
        let more = ids.len() - told.len();
        assert!(more == 0 || (unknown && more == 1), "{fault}: {more} more: {refused:?}");
        assert!(!told.is_empty() && refused.detail.contains("were not sent"), "{refused:?}");
    }
}

#[test]
fn an_update_of_many_rows_tells_what_was_done_and_is_repeated_where_that_is_safe() {
    let (simulator, mut session, list) = account_with_list("");
    session.run(&format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, 'row ' || n FROM generate_series(1, 5) n ORDER BY n"
    ));
    let update = format!(
        "UPDATE bc.todos SET content = 'changed ' || content \
         WHERE todolist_id = {list} AND content LIKE 'row %'"
    );
    let mut ids: Vec<i64> = there(&simulator, "row ").into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    session.run(&update);
    // To complete twice is to complete once, though it is a POST.
    simulator.set_faults(&[&format!("503:1@/todos/{}/completion.json", ids[2])]);
    session.run(&format!("UPDATE bc.todos SET completed = true WHERE id = {}", ids[2]));
    assert_eq!(there(&simulator, "changed row ").len(), 5);
    simulator.set_faults(&[&format!("422@/todos/{}.json", ids[3])]);
    let refused = session.refusal(&format!(
        "UPDATE bc.todos SET content = 'again' WHERE todolist_id = {list} \
           AND content LIKE 'changed %'"
    ));
    simulator.set_faults(&[]);
    let done: BTreeSet<i64> = there(&simulator, "again").into_iter().map(|(id, _)| id).collect();
    assert_eq!((told(&refused), refused.code.as_str()), (done, "22023"), "{refused:?}");
}

#[test]
fn a_record_that_cannot_be_written_back_stops_the_write() {
    let (simulator, mut session, _) = account_with_list("");
    let id = session.value("SELECT id FROM bc.todos WHERE NOT completed ORDER BY id LIMIT 1");
    simulator.clear_requests();
    simulator.set_faults(&["bad-json@/todos/"]);
    let refused = session.refusal(&format!("UPDATE bc.todos SET content = 'x' WHERE id = {id}"));
    simulator.set_faults(&[]);
    assert_eq!((refused.code.as_str(), count_writes(&simulator)), ("HV000", 0), "{refused:?}");
}

#[test]
fn a_cancel_tells_what_was_written_and_a_kill_leaves_no_row_twice() {
    let (simulator, mut session, list) = account_with_list("");
    simulator.set_latency(Duration::from_millis(40));
    let many = |word: &str| {
        format!(
            "INSERT INTO bc.todos (todolist_id, content) \
             SELECT {list}, '{word}' || n FROM generate_series(1, 500) n"
        )
    };
    session.run("ALTER SERVER bc OPTIONS (ADD batch_size '10'); SET statement_timeout = '1s'");
    assert_eq!(session.refusal(&many("late ")).code, "57014");
    session.run("RESET statement_timeout");
    let notices = session.notices().join("\n");
    assert!(notices.contains("a write to Basecamp was interrupted"), "{notices}");
    let told = notices.split("rows were written, with the ids ").nth(1).unwrap_or_default();
    let told = told.split('.').next().unwrap_or_default().split(", ").count();
    let made = there(&simulator, "late ").len();
    // What is told is there; what was under way may be there too.
    assert!(told >= 10 && told <= made && made <= told + 10, "{told} told, {made} there");

    let mut victim = session.second();
    let backend = victim.backend();
    let insert = many("killed ");
    let sent = std::thread::spawn(move || victim.client.batch_execute(&insert).is_err());
    while there(&simulator, "killed ").len() < 20 {
        std::thread::yield_now();
    }
    session.run(&format!("SELECT pg_terminate_backend({backend})"));
    assert!(sent.join().expect("no panic"));
    let made = there(&simulator, "killed ");
    let contents: BTreeSet<&String> = made.iter().map(|(_, content)| content).collect();
    assert!(made.len() < 500 && contents.len() == made.len(), "{} rows", made.len());
}

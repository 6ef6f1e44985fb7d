//! Many rows, and something goes wrong: what is told as written is there, nothing is there twice, and
//! what nobody can know is said to be unknown.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use server_tests::account::{account_with_list, told};
use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

fn a_list(session: &mut Session) -> String {
    session.value("SELECT id FROM bc.todolists ORDER BY id LIMIT 1")
}

fn many(list: &str, word: &str, count: u32) -> String {
    format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, '{word} ' || n FROM generate_series(1, {count}) n"
    )
}

/// The to-dos that are there and begin with a word: their ids and contents.
fn there(simulator: &Simulator, word: &str) -> (BTreeSet<i64>, Vec<String>) {
    let all = simulator.dump("todos");
    let all = all.iter().filter_map(|todo| Some((todo["id"].as_i64()?, todo["content"].as_str()?)));
    all.filter(|(_, content)| content.starts_with(&format!("{word} ")))
        .map(|(id, content)| (id, content.to_owned()))
        .unzip()
}

fn is_distinct(contents: &[String]) -> bool {
    contents.iter().collect::<BTreeSet<_>>().len() == contents.len()
}

#[test]
fn whatever_fails_what_is_told_as_written_is_there_and_nothing_twice() {
    let (simulator, mut session, list) = account_with_list(", batch_size '20', timeout '1'");
    for (fault, code, unknown) in [
        ("429", "53400", false),
        ("500", "58000", false),
        ("503", "58000", false),
        ("504", "08007", true),
        ("hang", "08007", true),
        ("hang-late", "08007", true),
        ("reset", "08007", true),
        ("reset-early", "08007", true),
        ("truncated", "08007", true),
    ] {
        simulator.set_faults(&[&format!("{fault}:1@/todolists/")]);
        let refused = session.refusal(&many(&list, fault, 40));
        simulator.set_faults(&[]);
        assert_eq!(refused.code, code, "{fault}: {refused:?}");
        let (ids, contents) = there(&simulator, fault);
        assert!(is_distinct(&contents), "{fault}: {contents:?}");
        let told = told(&refused);
        assert!(told.is_subset(&ids) && !told.is_empty(), "{fault}: {refused:?}");
        let more = ids.len() - told.len();
        assert!(more == 0 || (unknown && more == 1), "{fault}: {more} more: {refused:?}");
        assert_eq!(
            refused.hint.contains("may have carried the request out"),
            unknown,
            "{refused:?}"
        );
    }
}

#[test]
fn an_update_and_a_delete_that_break_off_tell_which_rows_they_changed() {
    let (simulator, mut session, list) = account_with_list(", timeout '1'");
    session.run(&many(&list, "row", 6));
    let (ids, _) = there(&simulator, "row");
    let fourth = ids.iter().nth(3).expect("six");
    let of = format!("WHERE todolist_id = {list} AND content LIKE 'row %'");
    let completion = format!("@/todos/{fourth}/completion.json");
    // To complete twice is to complete once: where the connection breaks it is sent again.
    simulator.set_faults(&[&format!("reset:1{completion}")]);
    session.run(&format!("UPDATE bc.todos SET completed = true {of}"));
    simulator.set_faults(&[&format!("hang-late:1{completion}")]);
    let refused = session.refusal(&format!("UPDATE bc.todos SET completed = false {of}"));
    assert_eq!(refused.code, "08007", "{refused:?}");
    assert!(refused.detail.contains(&format!("the row with the id {fourth}")), "{refused:?}");
    let all = simulator.dump("todos");
    let open = all.iter().filter(|it| it["completed"] == false);
    let open: BTreeSet<i64> =
        open.filter_map(|it| it["id"].as_i64()).filter(|id| ids.contains(id)).collect();
    assert_eq!(open.difference(&told(&refused)).collect::<Vec<_>>(), [fourth], "{refused:?}");
    simulator.set_faults(&[&format!("503@/recordings/{fourth}/status/")]);
    let refused = session.refusal(&format!("DELETE FROM bc.todos {of}"));
    simulator.set_faults(&[]);
    assert_eq!(refused.code, "58000", "{refused:?}");
    let all = simulator.dump("todos");
    let trashed = all.iter().filter(|it| it["status"] == "trashed");
    let trashed: BTreeSet<i64> =
        trashed.filter_map(|it| it["id"].as_i64()).filter(|id| ids.contains(id)).collect();
    assert_eq!(told(&refused), trashed, "{refused:?}");
    assert!(!trashed.contains(fourth), "{refused:?}");
}

#[test]
fn a_backend_that_is_killed_leaves_no_row_twice_and_its_log() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let cluster = Cluster::start(&["basecamp_fdw.write_log=on"]);
    let options = ", projectid 'all', ratelimit '0', batch_size '10'";
    let mut session = cluster.database().serving(&simulator, options);
    let list = a_list(&mut session);
    simulator.clear_requests();
    simulator.set_latency(Duration::from_millis(20));
    let backend = session.backend().to_string();
    let (database, insert) = (session.database.clone(), many(&list, "killed", 1_000));
    let sent = std::thread::spawn(move || session.client.batch_execute(&insert).is_err());
    while there(&simulator, "killed").1.len() < 30 {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-KILL", &backend]).status().expect("kill").success());
    assert!(sent.join().expect("no panic"));
    cluster.await_connections();
    let mut session = cluster.connect(&database, "postgres");
    let logged = session.rows("SELECT row_id FROM basecamp.write_log WHERE outcome = 'written'");
    let logged: BTreeSet<i64> =
        logged.iter().filter_map(|row| row[0].as_deref()?.parse().ok()).collect();
    // What was under way when it died has arrived.
    simulator.set_latency(Duration::ZERO);
    session.run(&many(&list, "after", 5));
    let (ids, contents) = there(&simulator, "killed");
    assert!(is_distinct(&contents) && contents.len() < 1_000, "{} rows", contents.len());
    assert!(logged.is_subset(&ids) && logged.len() >= 10, "{} of {}", logged.len(), ids.len());
    assert_eq!(there(&simulator, "after").1.len(), 5);
}

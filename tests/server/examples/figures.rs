//! The benchmark: requests made beside the least possible, and wall time beside asking one after
//! another. Prints a table; times are ratios of one run, because machines are noisy.
#![expect(clippy::print_stdout, reason = "a benchmark prints, and stops when it fails")]

use std::time::{Duration, Instant};

use server_tests::Session;
use server_tests::account::many_projects;
use simulator::Simulator;

/// Time that every answer takes: what a request costs at best across the Atlantic's half.
const LATENCY: Duration = Duration::from_millis(40);

/// The same of writes.
const WRITE_LATENCY: Duration = Duration::from_millis(60);

fn main() {
    let simulator = many_projects(LATENCY);
    let mut session =
        Session::on(&simulator, ", projectid 'all', ratelimit '0', maxconcurrency '8'");
    let list = session.value("SELECT min(id) FROM bc.todolists");
    let todo = session.value("SELECT id FROM bc.todos LIMIT 1");
    println!(
        "{:<50} {:>8} {:>6} {:>8} {:>10} {:>6}",
        "query", "requests", "least", "seconds", "sequential", "ratio"
    );
    for (query, least) in [
        ("SELECT * FROM bc.todos".to_owned(), 203),
        (format!("SELECT * FROM bc.todos WHERE id = {todo}"), 1),
        ("SELECT id FROM bc.todos LIMIT 10".to_owned(), 1),
        (format!("SELECT * FROM bc.todos WHERE todolist_id = {list}"), 2),
        ("SELECT * FROM bc.todos WHERE project_id = 5000".to_owned(), 4),
        ("SELECT * FROM bc.todosets".to_owned(), 205),
    ] {
        let (requests, together) = run(&simulator, &mut session, &query, 8);
        let (_, sequential) = run(&simulator, &mut session, &query, 1);
        println!(
            "{query:<50.50} {requests:>8} {least:>6} {together:>8.2} {sequential:>10.2} {:>6.2}",
            together / sequential
        );
    }
    writes(&simulator, &mut session, &list);
    session.run("CREATE SCHEMA everything");
    simulator.clear_requests();
    let start = Instant::now();
    let tables = session.value("SELECT count(*) FROM basecamp.import('bc', 'everything')");
    let (asked, seconds) = (simulator.requests().len(), start.elapsed().as_secs_f64());
    println!("importing {tables} tables with comments: {asked} requests, {seconds:.2} seconds");
}

/// A thousand rows made side by side, and one after another.
fn writes(simulator: &Simulator, session: &mut Session, list: &str) {
    simulator.set_latency(WRITE_LATENCY);
    let insert = format!(
        "INSERT INTO bc.todos (todolist_id, content) \
         SELECT {list}, 'row ' || n FROM generate_series(1, 1000) n"
    );
    let (requests, together) = run(simulator, session, &insert, 8);
    let (_, sequential) = run(simulator, session, &insert, 1);
    println!(
        "{:<50} {requests:>8} {:>6} {together:>8.2} {sequential:>10.2} {:>6.2}",
        "INSERT INTO bc.todos SELECT ... (1000 rows, 60 ms)",
        1000,
        together / sequential
    );
    simulator.set_latency(LATENCY);
}

/// Requests and seconds of a query with so many requests side by side.
fn run(
    simulator: &Simulator,
    session: &mut Session,
    query: &str,
    concurrency: u32,
) -> (usize, f64) {
    session.run(&format!("ALTER SERVER bc OPTIONS (SET maxconcurrency '{concurrency}')"));
    // The connection is made before the clock starts.
    session.rows("SELECT id FROM bc.people LIMIT 1");
    simulator.clear_requests();
    let start = Instant::now();
    session.rows(query);
    (simulator.requests().len(), start.elapsed().as_secs_f64())
}

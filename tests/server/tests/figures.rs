//! What few requests means in figures: counts, concurrency and memory. Times are in the benchmark.

use std::time::Duration;

use server_tests::account::many_projects;
use server_tests::{Session, peak_memory};
use simulator::{Config, Simulator};

#[test]
fn twenty_thousand_todos_are_203_requests_several_at_a_time() {
    let simulator = many_projects(Duration::from_millis(40));
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    assert_eq!(session.value("SELECT count(content) FROM bc.todos"), "20000");
    let requests = simulator.requests().len();
    assert!(requests <= 205, "{requests} requests");
    assert!(simulator.peak_concurrency() > 4, "{} at a time", simulator.peak_concurrency());
}

#[test]
fn the_real_rate_limit_is_never_exceeded() {
    let config = Config { todos: 9_000, rate: Some(50), ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all'");
    assert_eq!(session.value("SELECT count(content) FROM bc.todos"), "9000");
    assert_eq!(simulator.refused(), 0);
    assert!(simulator.requests().len() > 90);
}

#[test]
fn a_million_rows_pass_through_bounded_memory() {
    let config = Config { projects: 20, todolists: 200, todos: 1_000_000, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session =
        Session::on(&simulator, ", projectid 'all', ratelimit '0', maxpages '100000'");
    // What is kept of answers has a bound of its own.
    session.run("SET basecamp_fdw.cache_size = '8MB'");
    // What any scan costs once: library, threads, TLS roots.
    session.rows("SELECT count(content) FROM bc.todos WHERE project_id = 5000");
    let backend = session.backend();
    let before = peak_memory(backend);
    assert_eq!(session.value("SELECT count(content) FROM bc.todos"), "1000000");
    let grown = peak_memory(backend) - before;
    assert!(grown < 32 << 20, "grew by {} KiB", grown >> 10);
}

//! The benchmark under the limit that Basecamp has: two scans that would take more than a minute, and a
//! short query every second beside them. Prints the share of the permitted requests that was used, how
//! many were refused, and how long the short queries took.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it fails"
)]

use std::time::{Duration, Instant};

use server_tests::Cluster;
use simulator::{Config, Simulator};

/// Requests that are permitted in [`WINDOW`].
const PERMITTED: u32 = 50;
const WINDOW: Duration = Duration::from_secs(10);
/// How long it is measured.
const MEASURED: Duration = Duration::from_secs(60);

fn main() {
    let latency = Duration::from_millis(60);
    let config = Config { todos: 40_000, latency, rate: Some(PERMITTED), ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let cluster = Cluster::start(&["shared_preload_libraries=basecamp_fdw"]);
    let session = cluster.database().serving(&simulator, ", projectid 'all'");
    let (scans, mut short) = ([session.second(), session.second()], session.second());
    let mut took = Vec::new();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for mut scan in scans {
            scope.spawn(move || {
                scan.run(&format!("SET statement_timeout = {}", MEASURED.as_millis()));
                scan.client.simple_query("SELECT count(content) FROM bc.todos").unwrap_err();
            });
        }
        for second in 0..MEASURED.as_secs() {
            let due = start + Duration::from_secs(second);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let asked = Instant::now();
            short.rows("SELECT id FROM bc.people LIMIT 1");
            took.push(asked.elapsed().as_secs_f64());
        }
    });
    let windows = start.elapsed().as_secs_f64() / WINDOW.as_secs_f64();
    let requests = simulator.requests().len() as f64;
    let used = 100.0 * requests / (f64::from(PERMITTED) * windows);
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[(took.len() as f64 * share) as usize];
    println!("{:<50} {:>8}", "two scans and a short query a second, 60 s", "");
    println!("{:<50} {:>8.1}", "  permitted requests used, in percent", used);
    println!("{:<50} {:>8}", "  requests refused with 429", simulator.refused());
    println!("{:<50} {:>8.2}", "  short query, median, in seconds", at(0.5));
    println!("{:<50} {:>8.2}", "  short query, 95th percentile, in seconds", at(0.95));
    println!("{:<50} {:>8.2}", "  short query, longest, in seconds", at(0.999));
}

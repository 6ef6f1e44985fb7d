//! What looking ahead for the keys of a join saves: a section of docs/benchmarks.md.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::time::{Duration, Instant};

use server_tests::Session;
use server_tests::account::many_projects;

/// Time that every answer takes.
const LATENCY: Duration = Duration::from_millis(60);

const JOIN: &str = "SELECT t.content FROM few JOIN bc.todos t USING (id)";

fn main() {
    let simulator = many_projects(LATENCY);
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    session.run("CREATE TABLE few AS SELECT id FROM bc.todos LIMIT 15; ANALYZE few");
    println!("## Keys of a join\n");
    println!("Every answer takes 60 ms, and no rate limit holds.\n");
    println!("| `{JOIN}`, 15 ids of a local table | rows | requests | seconds |");
    println!("| --- | ---: | ---: | ---: |");
    for (lookahead, name) in [("off", "one key after another"), ("on", "keys looked ahead for")] {
        let mut fresh = session.second();
        fresh.run(&format!(
            "SELECT basecamp.clear_cache(); SET basecamp_fdw.lookahead = {lookahead}"
        ));
        simulator.clear_requests();
        let start = Instant::now();
        let rows = fresh.rows(JOIN).len();
        let (seconds, requests) = (start.elapsed().as_secs_f64(), simulator.requests().len());
        println!("| {name} | {rows} | {requests} | {seconds:.2} |");
    }
}

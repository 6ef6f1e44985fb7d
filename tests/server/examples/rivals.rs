//! Time beside other clients that read the same: a table of docs/benchmarks.md.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it fails"
)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use server_tests::Session;
use server_tests::account::many_projects;
use simulator::Simulator;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Time that every answer takes.
const LATENCY: Duration = Duration::from_millis(60);

/// Requests that are under way together, here and elsewhere.
const SIDE_BY_SIDE: usize = 8;

fn main() {
    // The library was built to be told, although no TLS is spoken here.
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let simulator = many_projects(LATENCY);
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    println!(
        "| every record of 200 projects and 1,000 lists | records | requests | seconds | ratio |"
    );
    println!("| --- | ---: | ---: | ---: | ---: |");
    let ours = |columns: &str, table: &str| {
        let sql = format!("SELECT {columns} FROM bc.{table}");
        (format!("`{sql}`"), timed(&simulator, || fresh(&session).rows(&sql).len()))
    };
    let bare = |ty| timed(&simulator, || bare(&simulator, ty));
    let python = |way, ty| timed(&simulator, || python(&simulator, way, ty));
    for (table, ty) in [("todos", "Todo"), ("messages", "Message"), ("comments", "Comment")] {
        let mut took = vec![
            ours("*", table),
            (format!("{table}: a bare asynchronous client in Rust"), bare(ty)),
            (
                format!("{table}: the official Python SDK, one listing of all"),
                python("listing", ty),
            ),
        ];
        if ty == "Todo" {
            took.extend([
                ours("id, content", table),
                (format!("{table}: a bare asynchronous client in Python"), python("bare", ty)),
                (format!("{table}: the official Python SDK, list by list"), python("lists", ty)),
            ]);
        }
        let first = took[0].1.seconds;
        for (name, Took { records, requests, seconds }) in took {
            let ratio = seconds / first;
            println!("| {name} | {records} | {requests} | {seconds:.2} | {ratio:.1} |");
        }
    }
}

/// A session that finds nothing kept.
fn fresh(session: &Session) -> Session {
    let mut fresh = session.second();
    fresh.run("SELECT basecamp.clear_cache()");
    fresh
}

struct Took {
    records: usize,
    requests: usize,
    seconds: f64,
}

fn timed(simulator: &Simulator, read: impl FnOnce() -> usize) -> Took {
    simulator.clear_requests();
    let start = Instant::now();
    let records = read();
    let seconds = start.elapsed().as_secs_f64();
    Took { records, requests: simulator.requests().len(), seconds }
}

/// Reads the first page and then the others, several at a time, and parses them: no more than it takes.
fn bare(simulator: &Simulator, ty: &str) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = reqwest::Client::builder().user_agent("rival (test@example.com)").build().unwrap();
    let (url, account) = (simulator.url(), simulator.account());
    let listing = format!("{url}/{account}/projects/recordings.json?type={ty}");
    let token = simulator.token().to_owned();
    let page = move |number: usize| {
        let (client, token) = (client.clone(), token.clone());
        let address = format!("{listing}&page={number}");
        async move {
            let answer = client.get(address).bearer_auth(token).send().await.unwrap();
            let total = answer.headers()["x-total-count"].to_str().unwrap().parse().unwrap();
            let records: Vec<Json> =
                serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            (total, records)
        }
    };
    runtime.block_on(async {
        let (total, mut records): (usize, _) = page(1).await;
        // Pages have 15, 30, 50 and then 100 records.
        let pages = 3 + (total - 95).div_ceil(100);
        let (turns, mut tasks) = (Arc::new(Semaphore::new(SIDE_BY_SIDE)), JoinSet::new());
        for number in 2..=pages {
            let (turns, page) = (Arc::clone(&turns), page(number));
            tasks.spawn(async move {
                let _turn = turns.acquire_owned().await.unwrap();
                page.await.1
            });
        }
        for more in tasks.join_all().await {
            records.extend(more);
        }
        records.len()
    })
}

/// The same in Python, with what `tests/sdk/environment` made.
fn python(simulator: &Simulator, way: &str, ty: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let account = simulator.account().to_string();
    let output = Command::new(root.join(".build/sdk-venv/bin/python"))
        .arg(root.join("tests/sdk/clock.py"))
        .args([&simulator.url(), &account, simulator.token(), way, ty])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

//! A simulated account that a session writes to, and what came of it.

use std::collections::BTreeSet;
use std::time::Duration;

use simulator::{Config, Simulator};

use crate::{Cluster, Refusal, Session};

/// An account of 200 projects with 1,000 lists, 20,000 to-dos, 5,000 messages and 10,000 comments, each of
/// whose answers takes so long.
pub fn many_projects(latency: Duration) -> Simulator {
    // With what every project has.
    let config = Config {
        projects: 200,
        todolists: 1000,
        todos: 20_000,
        messages: 4_600,
        comments: 7_499,
        latency,
        ..Config::default()
    };
    Simulator::start(config).expect("a port")
}

/// An account of 20 projects with 100 lists and 15,000 to-dos, and a session that reads all of it. On every
/// major the sessions of its cluster know what the others have seen of sizes.
pub fn known_sizes() -> (Simulator, Cluster, Session) {
    let config = Config { projects: 20, todolists: 100, todos: 15_000, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let cluster = Cluster::start(&["shared_preload_libraries=basecamp_fdw"]);
    let session = cluster.database().serving(&simulator, ", projectid 'all', ratelimit '0'");
    (simulator, cluster, session)
}

/// An account, and a session that reads and writes all of it as fast as it can.
pub fn account(options: &str) -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(&simulator, &format!(", projectid 'all', ratelimit '0'{options}"));
    (simulator, session)
}

/// The same with the id of a to-do list.
pub fn account_with_list(options: &str) -> (Simulator, Session, String) {
    let (simulator, mut session) = account(options);
    let list = session.value("SELECT id FROM bc.todolists ORDER BY id LIMIT 1");
    simulator.clear_requests();
    (simulator, session, list)
}

/// The requests since somebody last looked, as method and path below the account.
pub fn sent(simulator: &Simulator) -> Vec<String> {
    let prefix = format!("/{}", simulator.account());
    let requests = simulator.requests();
    simulator.clear_requests();
    let path = |path: &str| path.trim_start_matches(&prefix).to_owned();
    requests.iter().map(|it| format!("{} {}", it.method, path(&it.path))).collect()
}

/// Those that change something.
pub fn writes(simulator: &Simulator) -> Vec<String> {
    sent(simulator).into_iter().filter(|request| !request.starts_with("GET")).collect()
}

/// How many requests have changed something; nobody looked.
pub fn count_writes(simulator: &Simulator) -> usize {
    simulator.requests().iter().filter(|request| request.method != "GET").count()
}

/// The ids that an error tells as written.
pub fn told(refused: &Refusal) -> BTreeSet<i64> {
    let after = refused.detail.split("written, with the id").nth(1).unwrap_or_default();
    let list = after.trim_start_matches('s').split('.').next().unwrap_or_default();
    list.split(',').filter_map(|id| id.trim().parse().ok()).collect()
}

//! What the sessions of a cluster share: the rate that Basecamp permits, and the pauses that it asks for.

use std::time::{Duration, Instant};

use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

const PRELOADED: &str = "shared_preload_libraries=basecamp_fdw";

/// Requests that the simulator permits in ten seconds.
const PERMITTED: u32 = 50;

fn limited() -> Simulator {
    let config = Config { todos: 5_000, rate: Some(PERMITTED), ..Config::default() };
    Simulator::start(config).expect("a port")
}

fn is_shared_without_preloading(session: &mut Session) -> bool {
    session.value("SELECT current_setting('server_version_num')::int >= 170000") == "t"
}

/// Two scans at once, and a short query every second as long as they run: how long each of those took.
fn beside_two_scans(session: &Session) -> Vec<Duration> {
    let (scans, mut short) = ([session.second(), session.second()], session.second());
    let (ended, both) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for mut scan in scans {
            let ended = ended.clone();
            scope.spawn(move || {
                assert_eq!(scan.value("SELECT count(content) FROM bc.todos"), "5000");
                ended.send(()).expect("somebody listens");
            });
        }
        let mut took = Vec::new();
        let mut running = 2;
        while running > 0 {
            let start = Instant::now();
            short.rows("SELECT id FROM bc.people LIMIT 1");
            took.push(start.elapsed());
            running -= usize::from(both.recv_timeout(Duration::from_secs(1)).is_ok());
        }
        took
    })
}

fn the_rate_is_kept_to_together(simulator: &Simulator, session: &Session) {
    let mut took = beside_two_scans(session);
    assert_eq!(simulator.refused(), 0, "of {} requests", simulator.requests().len());
    assert!(simulator.requests().len() > 2 * PERMITTED as usize);
    took.sort_unstable();
    let most = took[took.len() * 9 / 10];
    assert!(most < Duration::from_millis(1500), "{took:?}");
}

#[test]
fn preloaded_sessions_keep_to_one_rate_and_a_short_query_finds_a_place() {
    let cluster = Cluster::start(&[PRELOADED]);
    let simulator = limited();
    let session = cluster.database().serving(&simulator, ", projectid 'all'");
    the_rate_is_kept_to_together(&simulator, &session);
}

#[test]
fn sessions_of_17_and_later_keep_to_one_rate_without_that() {
    let simulator = limited();
    let mut session = Session::on(&simulator, ", projectid 'all'");
    if is_shared_without_preloading(&mut session) {
        the_rate_is_kept_to_together(&simulator, &session);
    }
}

#[test]
fn a_pause_that_one_session_is_asked_for_is_obeyed_by_all() {
    let cluster = Cluster::start(&[PRELOADED]);
    let simulator = Simulator::start(Config::default()).expect("a port");
    let options = ", projectid 'all', ratelimit '0', maxattempts '1'";
    let mut session = cluster.database().serving(&simulator, options);
    let mut other = session.second();
    other.rows("SELECT id FROM bc.people LIMIT 1");
    simulator.set_faults(&["429-retry-after"]);
    assert_eq!(session.refusal("SELECT id FROM bc.people").code, "53400");
    let paused = Instant::now();
    simulator.set_faults(&[]);
    other.rows("SELECT id FROM bc.people LIMIT 1");
    assert!(paused.elapsed() > Duration::from_millis(800), "{:?}", paused.elapsed());
}

#[test]
fn a_session_that_is_killed_in_a_scan_leaves_nothing_that_stops_others() {
    let cluster = Cluster::start(&[PRELOADED]);
    let simulator = Simulator::start(Config { todos: 5_000, ..Config::default() }).expect("a port");
    let options = ", projectid 'all', ratelimit '5/1s', timeout '1'";
    let mut session = cluster.database().serving(&simulator, options);
    let (backend, mut other) = (session.backend(), session.second());
    simulator.set_faults(&["hang"]);
    let scan = std::thread::spawn(move || session.client.simple_query("SELECT * FROM bc.todos"));
    while simulator.requests().is_empty() {
        std::thread::yield_now();
    }
    other.rows(&format!("SELECT pg_terminate_backend({backend})"));
    assert!(scan.join().expect("no panic").is_err());
    simulator.set_faults(&[]);
    let start = Instant::now();
    let counted = other.value("SELECT count(content) > 0 FROM bc.todos WHERE project_id = 5000");
    assert_eq!(counted, "t");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

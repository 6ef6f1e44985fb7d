//! The keeper's rules, over a store in memory: fresh tokens for the client of the API, once for all
//! who need them, and never in a loop.

use std::sync::Arc;
use std::time::Duration;

use basecamp_fdw::api::{Client, OAuth as Credentials};
use basecamp_fdw::error::Kind;
use basecamp_fdw::oauth::{Dialect, Stored, TokenSource, Tokens};
use secrecy::ExposeSecret as _;
use simulator::{OAuth, Simulator};

use super::server;
use super::support::{Holder, endpoints, exposed, http, obtain, simulator};

/// Callers at a time.
const MANY: usize = 50;

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Tokens that came `age` seconds ago and have `left` seconds left by the clock of this machine.
fn held(simulator: &Simulator, mut tokens: Tokens, age: i64, left: i64) -> Arc<Holder> {
    tokens.expires_at = Some(now() + left);
    let stored = Stored::new(tokens, now() - age, String::new());
    Arc::new(Holder::new(endpoints(simulator), stored))
}

fn client(simulator: &Simulator, held: &Arc<Holder>) -> Client {
    let mut config = server::config_at(&simulator.url());
    config.account = simulator.account().to_string();
    config.max_concurrency = MANY;
    let source: Arc<dyn TokenSource> = Arc::clone(held) as _;
    Client::new(config, Arc::new(Credentials(source))).expect("a client")
}

async fn all_present(held: &Arc<Holder>) -> Vec<String> {
    let tasks = (0..MANY).map(|_| {
        let held = Arc::clone(held);
        tokio::spawn(async move { held.present().await })
    });
    let mut tokens = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        let token = task.await.expect("no panic").expect("a token");
        tokens.push(token.expose_secret().to_owned());
    }
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_36_fifty_callers_who_notice_the_end_together_refresh_once() {
    let simulator = simulator(OAuth::default());
    let old = obtain(&simulator, Dialect::V3).await;
    let held = held(&simulator, old.clone(), 10_000, 299);
    simulator.set_latency(Duration::from_millis(50));
    let given = all_present(&held).await;
    assert!(given.iter().all(|token| *token == given[0] && *token != exposed(&old).0));
    assert_eq!(simulator.launchpad().refreshes(), 1);
    assert_eq!(all_present(&held).await[0], given[0]);
    assert_eq!(simulator.launchpad().refreshes(), 1, "the new one is fresh");
}

#[tokio::test]
async fn rule_36_a_token_with_more_than_the_margin_left_is_used() {
    let simulator = simulator(OAuth::default());
    let old = obtain(&simulator, Dialect::V3).await;
    let held = held(&simulator, old.clone(), 10_000, 310);
    let token = held.present().await.expect("a token");
    assert_eq!(token.expose_secret(), exposed(&old).0);
    assert_eq!(simulator.launchpad().refreshes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_33_fifty_requests_that_are_refused_refresh_once_and_succeed() {
    let simulator = simulator(OAuth::default());
    let held = held(&simulator, obtain(&simulator, Dialect::V3).await, 0, 100_000);
    let client = client(&simulator, &held);
    client.get("/projects.json").await.expect("200");
    simulator.launchpad().expire_access_tokens();
    simulator.set_latency(Duration::from_millis(50));
    simulator.clear_requests();
    let tasks = (0..MANY).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.get("/projects.json").await.map(|answer| answer.status) })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.expect("no panic").expect("200"), 200);
    }
    assert_eq!(simulator.launchpad().refreshes(), 1);
    let refused = simulator.requests().iter().filter(|one| one.status == 401).count();
    assert!((1..=MANY).contains(&refused), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_37_a_refused_refresh_is_an_authentication_error_with_what_to_do() {
    let simulator = simulator(OAuth::default());
    let held = held(&simulator, obtain(&simulator, Dialect::V3).await, 0, 100_000);
    let client = client(&simulator, &held);
    simulator.launchpad().revoke_everything();
    simulator.set_latency(Duration::from_millis(50));
    let tasks = (0..MANY).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.get("/projects.json").await })
    });
    for task in tasks.collect::<Vec<_>>() {
        let error = task.await.expect("no panic").expect_err("revoked");
        assert_eq!(error.kind(), Kind::Authentication);
        assert!(error.hint_text().is_some_and(|hint| hint.contains("basecamp.authorize")));
    }
    assert_eq!(simulator.launchpad().refused(), 1, "asked once for all");
}

#[tokio::test]
async fn rule_33_without_a_refresh_token_the_401_is_reported() {
    let simulator = simulator(OAuth::default());
    let mut tokens = obtain(&simulator, Dialect::V3).await;
    tokens.refresh = None;
    let held = held(&simulator, tokens, 0, 100_000);
    let client = client(&simulator, &held);
    simulator.launchpad().expire_access_tokens();
    let error = client.get("/projects.json").await.expect_err("expired");
    assert_eq!((error.kind(), error.http_status()), (Kind::Authentication, Some(401)));
    assert_eq!(simulator.launchpad().forms().len(), 1, "nothing after the exchange");
}

#[tokio::test]
async fn a_clock_that_was_set_back_leads_to_one_refresh_and_not_to_a_loop() {
    let simulator = simulator(OAuth::default());
    // By the clock of today the tokens come from the day after tomorrow.
    let held = held(&simulator, obtain(&simulator, Dialect::V3).await, -172_800, 172_900);
    let client = client(&simulator, &held);
    for _ in 0..5 {
        client.get("/projects.json").await.expect("200");
    }
    assert_eq!(simulator.launchpad().refreshes(), 0, "nothing can be told from that clock");
    simulator.launchpad().expire_access_tokens();
    for _ in 0..5 {
        client.get("/projects.json").await.expect("200");
    }
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

#[tokio::test]
async fn a_clock_that_was_set_forward_leads_to_one_refresh() {
    let simulator = simulator(OAuth::default());
    let held = held(&simulator, obtain(&simulator, Dialect::V3).await, 9_000_000, -1_000_000);
    let client = client(&simulator, &held);
    for _ in 0..5 {
        client.get("/projects.json").await.expect("200");
    }
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

#[tokio::test]
async fn tokens_that_live_for_less_than_the_margin_are_not_renewed_at_every_request() {
    let simulator = simulator(OAuth { lifetime: Duration::from_secs(120), ..OAuth::default() });
    let held = held(&simulator, obtain(&simulator, Dialect::V3).await, 10_000, 0);
    let client = client(&simulator, &held);
    for _ in 0..5 {
        client.get("/projects.json").await.expect("200");
    }
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

#[tokio::test]
async fn a_token_that_still_works_is_used_while_it_cannot_be_renewed() {
    let simulator = simulator(OAuth::default());
    let old = obtain(&simulator, Dialect::V3).await;
    let held = held(&simulator, old.clone(), 10_000, 200);
    simulator.set_faults(&["oauth-authorization-expired"]);
    for _ in 0..5 {
        let token = held.present().await.expect("the old one");
        assert_eq!(token.expose_secret(), exposed(&old).0);
    }
    assert_eq!(simulator.launchpad().refused(), 1, "not asked again and again");
    simulator.launchpad().expire_access_tokens();
    let client = client(&simulator, &held);
    let error = client.get("/projects.json").await.expect_err("now it is over");
    assert_eq!(error.kind(), Kind::Authentication);
}

#[tokio::test]
async fn an_ended_token_that_cannot_be_renewed_is_an_error() {
    let simulator = simulator(OAuth::default());
    let held = held(&simulator, obtain(&simulator, Dialect::V3).await, 10_000, -1);
    simulator.set_faults(&["oauth-500"]);
    assert_eq!(held.present().await.expect_err("ended").kind(), Kind::Server);
    simulator.set_faults(&[]);
    held.present().await.expect("the server is back");
}

#[tokio::test]
async fn a_source_prints_no_secret() {
    let simulator = simulator(OAuth::default());
    let tokens = obtain(&simulator, Dialect::V3).await;
    let (access, refresh) = exposed(&tokens);
    let printed = format!("{:?} {:?}", held(&simulator, tokens, 0, 9), http());
    for secret in [&*access, &refresh.expect("a token"), "simulated-client-secret"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

//! The device flow: what is asked, how often, and what ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use basecamp_fdw::error::{Error, Kind};
use basecamp_fdw::oauth::device::{self, Started};
use basecamp_fdw::oauth::discovery::Options;
use basecamp_fdw::oauth::{App, Dialect, Tokens, identity, refresh};
use serde_json::{Value, json};
use simulator::OAuth;

use super::server::{Asked, Reply, Server, hanging, hurry, reply};
use super::support::{app, assert_discreet, browser, endpoints, exposed, http, patient, simulator};

/// A server with metadata and a device endpoint; the token endpoint is the script's.
async fn serving(issued: Value, script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    let polls = Arc::new(AtomicUsize::new(0));
    Server::start(move |asked, _| match &*asked.target {
        "/token" => script(polls.fetch_add(1, Ordering::SeqCst)),
        "/device" => reply(200).body(issued.to_string()),
        _ => metadata(asked, &json!({})),
    })
    .await
}

fn metadata(asked: &Asked, more: &Value) -> Reply {
    let base = format!("http://{}", asked.header("host").expect("a host"));
    if asked.target.ends_with("protected-resource") {
        let body = json!({"resource": base, "authorization_servers": [base]});
        return reply(200).body(body.to_string());
    }
    let mut body = json!({
        "issuer": base,
        "token_endpoint": format!("{base}/token"),
        "device_authorization_endpoint": format!("{base}/device"),
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:device_code"],
    });
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    reply(200).body(body.to_string())
}

fn issued() -> Value {
    json!({
        "device_code": "device-4711", "user_code": "ABCD-EFGH",
        "verification_uri": "https://x.example/device", "expires_in": 900, "interval": 5,
    })
}

fn said(status: u16, code: &str) -> Reply {
    reply(status).body(json!({"error": code}).to_string())
}

fn tokens() -> Reply {
    reply(200).body(r#"{"access_token":"a","refresh_token":"r","expires_in":3600}"#)
}

async fn start(server: &Server) -> Result<Started, Error> {
    let http = patient(Duration::from_secs(600));
    device::start(&http, &server.url, &app(), &Options::default()).await
}

/// Runs a flow; the times between the questions, in seconds.
async fn run(server: &Server) -> (Result<Tokens, Error>, Vec<u64>) {
    let started = start(server).await.expect("started");
    let outcome = device::wait(&started).await;
    let asked = server.asked();
    let from = asked.iter().position(|one| one.target == "/device");
    let times = &asked[from.expect("asked")..];
    let pairs = times.windows(2);
    let seconds = pairs.map(|pair| pair[1].at.duration_since(pair[0].at).as_secs());
    (outcome, seconds.collect())
}

#[tokio::test]
async fn a_device_gets_tokens_when_the_user_has_typed_the_code_elsewhere() {
    let simulator = simulator(OAuth { discovery: true, ..OAuth::default() });
    let asking = App { scope: Some("read".to_owned()), ..app() };
    let begun = device::start(&http(), &simulator.url(), &asking, &Options::default()).await;
    let started = begun.expect("a code");
    assert!(started.verification_uri.starts_with(&simulator.url()));
    let typed = format!("{}?user_code={}", started.verification_uri, started.user_code);
    browser().get(typed).send().await.expect("typed");
    let tokens = device::wait(&started).await.expect("tokens");
    assert_eq!(tokens.scope.as_deref(), Some("read"));
    let home = tokens.endpoints.clone().expect("where it came from");
    identity(&http(), &home, &tokens.access).await.expect("a good token");
    let new = refresh(&http(), &endpoints(&simulator), &app(), Dialect::V3, &tokens).await;
    assert_ne!(exposed(&new.expect("renewed")), exposed(&tokens));
    let forms = simulator.launchpad().forms();
    assert!(forms.iter().flatten().all(|(name, _)| name != "client_secret"), "rule 109");
}

#[tokio::test]
async fn a_device_hears_that_the_user_refused() {
    let simulator = simulator(OAuth { discovery: true, ..OAuth::default() });
    let begun = device::start(&http(), &simulator.url(), &app(), &Options::default()).await;
    let started = begun.expect("a code");
    simulator.launchpad().deny_devices();
    let error = device::wait(&started).await.expect_err("refused");
    assert_eq!(error.kind(), Kind::Authentication);
    assert!(error.message().contains("the user refused"), "{error}");
}

#[tokio::test]
async fn rule_108_a_server_without_the_flow_says_so() {
    let simulator = simulator(OAuth::default());
    let error = device::start(&http(), &simulator.url(), &app(), &Options::default()).await;
    let error = error.expect_err("Launchpad");
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("get_oauth_authorization_url")));
    for missing in [
        json!({"grant_types_supported": ["authorization_code"]}),
        json!({"grant_types_supported": []}),
    ] {
        let server = Server::start(move |asked, _| metadata(asked, &missing)).await;
        let error = start(&server).await.expect_err("no such grant");
        assert_eq!(error.kind(), Kind::Unsupported);
        assert!(server.asked().iter().all(|asked| asked.method == "GET"));
    }
}

#[tokio::test]
async fn rule_109_the_request_is_client_id_and_scope_and_503_means_not_switched_on() {
    let server = serving(issued(), |_| tokens()).await;
    start(&server).await.expect("started");
    let form = |server: &Server| {
        let asked = server.asked();
        let posted = asked.iter().find(|asked| asked.target == "/device").expect("asked");
        String::from_utf8_lossy(&posted.body).into_owned()
    };
    assert_eq!(form(&server), "client_id=simulated-client");
    let server = serving(issued(), |_| tokens()).await;
    let scoped = App { scope: Some("read write".to_owned()), ..app() };
    let begun = device::start(&http(), &server.url, &scoped, &Options::default()).await;
    begun.expect("started");
    assert_eq!(form(&server), "client_id=simulated-client&scope=read+write");
    let simulator = simulator(OAuth { discovery: true, ..OAuth::default() });
    simulator.set_faults(&["oauth-device-503"]);
    let error = device::start(&http(), &simulator.url(), &app(), &Options::default()).await;
    let error = error.expect_err("off");
    assert_eq!((error.kind(), error.http_status()), (Kind::Unsupported, Some(503)));
}

#[tokio::test]
async fn rule_110_what_the_server_gives_is_checked() {
    for (name, wrong) in [
        ("device_code", json!("")),
        ("user_code", json!(null)),
        ("verification_uri", json!(5)),
        ("expires_in", json!(null)),
        ("expires_in", json!(0)),
        ("expires_in", json!(2_147_484)),
        ("interval", json!(0)),
        ("interval", json!(1.5)),
        ("interval", json!("5")),
    ] {
        let mut body = issued();
        body[name] = wrong.clone();
        let server = serving(body, |_| tokens()).await;
        let error = start(&server).await.expect_err(name);
        assert_eq!(error.kind(), Kind::Malformed, "{name} {wrong}");
        assert!(error.detail_text().is_some_and(|detail| detail.contains(name)), "{error:?}");
        assert_discreet(&error, &["device-4711"]);
    }
    let mut fine = issued();
    fine["expires_in"] = json!(900.0);
    let started = start(&serving(fine, |_| tokens()).await).await.expect("whole");
    assert_eq!(started.expires_in, Duration::from_secs(900));
    assert!(!format!("{started:?}").contains("device-4711"));
}

#[tokio::test(start_paused = true)]
async fn rules_110_112_and_113_the_interval_is_kept_and_slowed_for_good() {
    hurry();
    let mut without = issued();
    without["interval"] = json!(null);
    let server = serving(without, |poll| match poll {
        0 => said(400, "authorization_pending"),
        1 => said(400, "slow_down"),
        2 => said(403, "slow_down"),
        3 => said(400, "authorization_pending"),
        _ => tokens(),
    })
    .await;
    let (outcome, times) = run(&server).await;
    assert_eq!(exposed(&outcome.expect("tokens")).0, "a");
    for (time, least) in times.iter().zip([5, 5, 10, 15, 15]) {
        assert!((least..least + 3).contains(time), "{times:?}");
    }
    assert_eq!(times.len(), 5);
    let asked = server.asked();
    let body = String::from_utf8_lossy(&asked.last().expect("asked").body).into_owned();
    assert_eq!(
        body,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
         &device_code=device-4711&client_id=simulated-client"
    );
}

#[tokio::test(start_paused = true)]
async fn rule_111_the_deadline_counts_from_the_start() {
    hurry();
    let mut short = issued();
    short["expires_in"] = json!(17);
    let server = serving(short, |_| said(400, "authorization_pending")).await;
    let started = start(&server).await.expect("started");
    // The user reads the code for a while: that counts.
    tokio::time::sleep(Duration::from_secs(9)).await;
    let error = device::wait(&started).await.expect_err("late");
    assert_eq!(error.kind(), Kind::Authentication);
    assert!(error.message().contains("has expired"), "{error}");
    let polls = server.asked().iter().filter(|asked| asked.target == "/token").count();
    assert_eq!(polls, 1, "one interval of 5 s fits in the 8 s that were left");
}

#[tokio::test(start_paused = true)]
async fn rule_113_codes_count_on_4xx_alone_and_all_else_ends_it() {
    hurry();
    for (answer, kind) in [
        (said(400, "access_denied"), Kind::Authentication),
        (said(400, "expired_token"), Kind::Authentication),
        (said(400, "invalid_grant"), Kind::Authentication),
        (said(500, "authorization_pending"), Kind::Server),
        (said(503, "slow_down"), Kind::Server),
        (said(302, "authorization_pending"), Kind::Malformed),
        (said(202, "authorization_pending"), Kind::Malformed),
        (said(200, "authorization_pending"), Kind::Malformed),
        (reply(200).body("<html>"), Kind::Malformed),
        (said(429, "authorization_pending"), Kind::RateLimited),
        (reply(429), Kind::RateLimited),
        (said(400, "too_many_requests"), Kind::Authentication),
    ] {
        let answer = std::sync::Mutex::new(answer);
        let server = serving(issued(), move |_| answer.lock().expect("no panic").clone()).await;
        let (outcome, times) = run(&server).await;
        let error = outcome.expect_err("an end");
        assert_eq!((error.kind(), times.len()), (kind, 1), "{error:?}");
        assert_discreet(&error, &["device-4711"]);
    }
}

#[tokio::test(start_paused = true)]
async fn rule_114_too_many_requests_waits_once_as_long_as_asked() {
    hurry();
    let server = serving(issued(), |poll| match poll {
        0 => said(429, "too_many_requests").header("Retry-After", "40"),
        1 => said(429, "too_many_requests").header("Retry-After", "1"),
        2 => said(429, "too_many_requests").header("Retry-After", "Fri, 31 Dec 2999 23:59:59 GMT"),
        3 => said(429, "too_many_requests").header("Retry-After", "-1"),
        _ => tokens(),
    })
    .await;
    let (outcome, times) = run(&server).await;
    outcome.expect("tokens");
    for (time, least) in times.iter().zip([5, 40, 5, 5, 5]) {
        assert!((least..least + 3).contains(time), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_115_a_timeout_doubles_the_wait_and_an_answer_resets_it() {
    hurry();
    let mut long = issued();
    long["expires_in"] = json!(2000);
    let server = serving(long, |poll| match poll {
        0..=4 => hanging(),
        5 => said(400, "authorization_pending"),
        _ => tokens(),
    })
    .await;
    // Each of the first questions takes this long until it is given up.
    let http = patient(Duration::from_secs(20));
    let started = device::start(&http, &server.url, &app(), &Options::default()).await;
    device::wait(&started.expect("started")).await.expect("tokens");
    let asked = server.asked();
    let polls: Vec<_> = asked.iter().filter(|asked| asked.target == "/token").collect();
    let pairs = polls.windows(2);
    let times: Vec<u64> =
        pairs.map(|pair| pair[1].at.duration_since(pair[0].at).as_secs()).collect();
    for (time, wait) in times.iter().zip([30, 40, 60, 80, 80, 5]) {
        // Seen by the server, whose clock runs in jumps here.
        assert!((wait - 2..wait + 5).contains(time), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_112_a_question_takes_no_longer_than_what_is_left() {
    hurry();
    let mut short = issued();
    short["expires_in"] = json!(12);
    let server = serving(short, |_| hanging()).await;
    let begun = tokio::time::Instant::now();
    let started = start(&server).await.expect("started");
    let error = device::wait(&started).await.expect_err("late");
    assert!(error.message().contains("has expired"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(16), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn rule_116_a_cancel_ends_it_at_once() {
    let server = serving(issued(), |_| said(400, "authorization_pending")).await;
    let started = start(&server).await.expect("started");
    let begun = std::time::Instant::now();
    let waiting = tokio::time::timeout(Duration::from_millis(100), device::wait(&started));
    assert!(waiting.await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(3));
    let polls = server.asked().iter().filter(|asked| asked.target == "/token").count();
    assert_eq!(polls, 0);
}

//! The table of bad input: whatever the other side does, there is one clear error and no secret in it.

use std::time::{Duration, Instant};

use basecamp_fdw::error::{Error, Kind};
use basecamp_fdw::oauth::{
    App, Code, Dialect, Endpoints, exchange, identity, read_verifier, refresh,
};
use secrecy::ExposeSecret as _;
use simulator::{OAuth, Simulator};

use super::server::{Server, reply};
use super::support::{
    agree, app, assert_discreet, code, endpoints, exposed, http, obtain, patient, simulator,
};

/// Each fault, what kind of error it becomes, and a word that the user must find in it.
const TABLE: [(&str, Kind, &str); 12] = [
    ("oauth-html", Kind::Malformed, "text/html"),
    ("oauth-500", Kind::Server, "500"),
    ("oauth-503", Kind::Server, "503"),
    ("oauth-429", Kind::RateLimited, "Retry-After 7"),
    ("oauth-redirect", Kind::Malformed, "redirect"),
    ("oauth-bad-json", Kind::Malformed, "not a JSON object"),
    ("oauth-bad-token", Kind::Malformed, "access_token"),
    ("oauth-huge", Kind::Malformed, "too large"),
    ("oauth-slow", Kind::ConnectionLost, "in time"),
    ("oauth-hang", Kind::ConnectionLost, "in time"),
    ("oauth-echo", Kind::Authentication, "[REDACTED]"),
    ("oauth-authorization-expired", Kind::Authentication, "Basecamp ID"),
];

/// So short that a server which never ends is given up soon, and long enough for one that answers.
const SHORT: Duration = Duration::from_secs(3);

/// A fault that is only the token endpoint's does not touch the identity.
fn spares_identity(fault: &str) -> bool {
    ["oauth-echo", "oauth-authorization-expired", "oauth-bad-token"].contains(&fault)
}

fn check(error: &Error, (fault, kind, word): (&str, Kind, &str), secrets: &[&str]) {
    assert_eq!(error.kind(), kind, "{fault}: {error:?}");
    let said = super::support::everything(error);
    assert!(said.contains(word), "{fault}: no {word} in {said}");
    assert_discreet(error, secrets);
}

async fn exchange_under(simulator: &Simulator, row: (&str, Kind, &str)) {
    let (code, pending) = code(simulator, &app(), Dialect::V3).await;
    simulator.set_faults(&[row.0]);
    let (http, endpoints) = (patient(SHORT), endpoints(simulator));
    let done = exchange(&http, &endpoints, &app(), Dialect::V3, &code, Some(&pending)).await;
    simulator.set_faults(&[]);
    let secrets =
        [code.code.expose_secret(), pending.verifier.expose_secret(), "simulated-client-secret"];
    check(&done.expect_err(row.0), row, &secrets);
}

#[tokio::test]
async fn rules_61_96_and_106_an_exchange_ends_in_one_clear_error_whatever_is_answered() {
    let simulator = simulator(OAuth::default());
    for row in TABLE {
        let begun = Instant::now();
        exchange_under(&simulator, row).await;
        assert!(begun.elapsed() < 4 * SHORT, "{} took {:?}", row.0, begun.elapsed());
    }
}

#[tokio::test]
async fn rules_37_61_and_96_a_refresh_ends_in_one_clear_error_whatever_is_answered() {
    let simulator = simulator(OAuth::default());
    let tokens = obtain(&simulator, Dialect::V3).await;
    let (access, renewing) = exposed(&tokens);
    let secrets = [&*access, &renewing.expect("a token"), "simulated-client-secret"];
    let (http, endpoints) = (patient(SHORT), endpoints(&simulator));
    for row in TABLE {
        simulator.set_faults(&[row.0]);
        let done = refresh(&http, &endpoints, &app(), Dialect::V3, &tokens).await;
        check(&done.expect_err(row.0), row, &secrets);
    }
    simulator.set_faults(&[]);
    let done = refresh(&http, &endpoints, &app(), Dialect::V3, &tokens).await;
    done.expect("nothing was used up by the faults");
}

#[tokio::test]
async fn asking_whose_a_token_is_ends_in_one_clear_error_whatever_is_answered() {
    let simulator = simulator(OAuth::default());
    let tokens = obtain(&simulator, Dialect::V3).await;
    let (http, endpoints) = (patient(SHORT), endpoints(&simulator));
    for row in TABLE.iter().filter(|row| !spares_identity(row.0)) {
        simulator.set_faults(&[row.0]);
        let done = identity(&http, &endpoints, &tokens.access).await;
        check(&done.expect_err(row.0), *row, &[&exposed(&tokens).0]);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_lost_connection() {
    let simulator = simulator(OAuth::default());
    let tokens = obtain(&simulator, Dialect::V3).await;
    simulator.set_faults(&["oauth-cut"]);
    let done = refresh(&http(), &endpoints(&simulator), &app(), Dialect::V3, &tokens).await;
    assert_eq!(done.expect_err("cut").kind(), Kind::ConnectionLost);
}

#[tokio::test]
async fn nobody_there_is_a_failed_connection() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", taken.local_addr().expect("bound"));
    drop(taken);
    let endpoints = Endpoints::launchpad(Some(&url)).expect("an address");
    let error = identity(&http(), &endpoints, &"t".to_owned().into()).await;
    let error = error.expect_err("nobody");
    assert_eq!(error.kind(), Kind::Connect);
    assert!(error.message().contains("the authorization server"), "{error}");
}

#[tokio::test]
async fn rule_95_redirects_are_refused_and_nobody_else_is_asked() {
    let elsewhere = Server::start(|_, _| reply(200).body(r#"{"access_token":"a"}"#)).await;
    let to = elsewhere.url.clone();
    for status in [301, 302, 303, 307, 308] {
        let to = to.clone();
        let server = Server::start(move |_, _| reply(status).header("Location", &*to)).await;
        let endpoints = Endpoints::launchpad(Some(&server.url)).expect("an address");
        let code = read_verifier("4711").expect("a code");
        let done = exchange(&http(), &endpoints, &app(), Dialect::V3, &code, None).await;
        let error = done.expect_err("a redirect");
        assert_eq!((error.kind(), error.http_status()), (Kind::Malformed, Some(status)));
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_code_works_once_and_not_for_long() {
    let simulator =
        simulator(OAuth { code_lifetime: Duration::from_millis(200), ..OAuth::default() });
    let (http, endpoints) = (http(), endpoints(&simulator));
    let app = app();
    let (code, pending) = code(&simulator, &app, Dialect::V3).await;
    let trade = || exchange(&http, &endpoints, &app, Dialect::V3, &code, Some(&pending));
    trade().await.expect("the first time");
    let error = trade().await.expect_err("used");
    assert_eq!((error.kind(), error.http_status()), (Kind::Authentication, Some(400)));
    assert!(error.detail_text().is_some_and(|detail| detail.contains("was used")));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("A code works once")));
    let late = simulator.launchpad().issue_code(super::support::CALLBACK);
    tokio::time::sleep(Duration::from_millis(250)).await;
    let late = read_verifier(&late).expect("a code");
    let error = exchange(&http, &endpoints, &app, Dialect::V3, &late, None).await;
    let error = error.expect_err("expired");
    assert!(error.detail_text().is_some_and(|detail| detail.contains("has expired")));
    assert_eq!(simulator.launchpad().exchanges(), 1);
}

#[tokio::test]
async fn rule_100_a_code_without_its_verifier_is_worth_nothing() {
    let simulator = simulator(OAuth::default());
    let (stolen, _) = code(&simulator, &app(), Dialect::V3).await;
    let endpoints = endpoints(&simulator);
    let error = exchange(&http(), &endpoints, &app(), Dialect::V3, &stolen, None).await;
    let error = error.expect_err("no verifier");
    assert!(error.detail_text().is_some_and(|detail| detail.contains("code_verifier")));
}

#[tokio::test]
async fn rule_100_another_state_is_refused_before_anything_is_sent() {
    let simulator = simulator(OAuth::default());
    simulator.set_faults(&["oauth-wrong-state"]);
    let (code, pending) = code(&simulator, &app(), Dialect::V3).await;
    let endpoints = endpoints(&simulator);
    let done = exchange(&http(), &endpoints, &app(), Dialect::V3, &code, Some(&pending)).await;
    let error = done.expect_err("another state");
    assert_eq!(error.kind(), Kind::Authentication);
    assert!(simulator.launchpad().forms().is_empty());
    assert_discreet(&error, &[&pending.state, code.code.expose_secret()]);
    let bare = Code { state: None, ..code };
    let done = exchange(&http(), &endpoints, &app(), Dialect::V3, &bare, Some(&pending)).await;
    done.expect("a bare code has no state to compare");
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_from_a_wrong_code() {
    let simulator = simulator(OAuth::default());
    let wrong = App { client_secret: Some("guessed-secret".to_owned().into()), ..app() };
    let (code, pending) = code(&simulator, &wrong, Dialect::V3).await;
    let endpoints = endpoints(&simulator);
    let done = exchange(&http(), &endpoints, &wrong, Dialect::V3, &code, Some(&pending)).await;
    let error = done.expect_err("refused");
    assert_eq!((error.kind(), error.http_status()), (Kind::Authentication, Some(401)));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("oauthclientsecret")));
    assert_discreet(&error, &["guessed-secret", code.code.expose_secret()]);
}

#[tokio::test]
async fn a_refusal_on_the_authorization_page_is_read_from_the_pasted_address() {
    let simulator = simulator(OAuth::default());
    simulator.set_faults(&["oauth-denied"]);
    let made = basecamp_fdw::oauth::authorization_url(
        &endpoints(&simulator),
        &app(),
        Dialect::V3,
        Some("s"),
    );
    let (url, _) = made.expect("a URL");
    let error = read_verifier(&agree(url.as_str()).await).expect_err("denied");
    assert_eq!(error.kind(), Kind::Authentication);
    assert!(error.detail_text().is_some_and(|detail| detail.contains("access_denied")));
}

#[tokio::test]
async fn without_a_refresh_token_nothing_is_asked() {
    let simulator = simulator(OAuth::default());
    let mut tokens = obtain(&simulator, Dialect::V3).await;
    tokens.refresh = None;
    let done = refresh(&http(), &endpoints(&simulator), &app(), Dialect::V3, &tokens).await;
    let error = done.expect_err("none");
    assert_eq!(error.kind(), Kind::Authentication);
    assert_eq!(simulator.launchpad().forms().len(), 1);
}

//! What one request carries, and what its answer comes to.

use std::sync::Arc;

use basecamp_fdw::api::{Basic, Client, Method, Repeat};
use basecamp_fdw::error::Kind;
use serde_json::json;

use super::server::{Server, TOKEN, client, client_of, closed, config, hanging, hurry, reply};

#[tokio::test]
async fn rules_2_and_7_a_request_names_account_credential_format_and_contact() {
    let server = Server::start(|_, _| reply(200).body("[]").header("X-Total-Count", "7")).await;
    let answer = client(&server).get("/todos/2.json?a=b").await.expect("200");
    assert_eq!((answer.status, &answer.body[..]), (200, &b"[]"[..]));
    assert_eq!((answer.total, answer.link), (Some(7), None));
    let asked = &server.asked()[0];
    assert_eq!((&*asked.method, &*asked.target), ("GET", "/1/todos/2.json?a=b"));
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(asked.header("authorization"), Some(bearer.as_str()));
    assert_eq!(asked.header("accept"), Some("application/json"));
    let agent = Some("basecamp_fdw (test@example.com)");
    assert_eq!(asked.header("user-agent"), agent);
    assert_eq!(asked.header("content-type"), None);
    assert_eq!(asked.header("if-none-match"), None);
}

#[tokio::test]
async fn basic_credentials_are_encoded() {
    let server = Server::start(|_, _| reply(200)).await;
    let basic = Basic { user: "Aladdin".to_owned(), password: "open sesame".to_owned().into() };
    let client = Client::new(config(&server), Arc::new(basic)).expect("a client");
    client.get("/people/me.json").await.expect("200");
    let header = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert_eq!(server.asked()[0].header("authorization"), Some(header));
}

#[tokio::test]
async fn rules_8_and_62_a_body_is_json_and_any_2xx_is_success() {
    let server = Server::start(|asked, _| match &*asked.method {
        "POST" => reply(201).body(r#"{"id":9}"#).header("Location", "/9.json"),
        "DELETE" => reply(204),
        _ => reply(200).body("{}"),
    })
    .await;
    let client = client(&server);
    let body = json!({"content": "Milk"});
    let send = |method, body| client.send(method, "/x.json", body, Repeat::ByMethod);
    let made = send(Method::POST, Some(&body)).await.expect("201");
    assert_eq!((made.status, &made.body[..]), (201, &br#"{"id":9}"#[..]));
    assert_eq!(made.location.as_deref(), Some("/9.json"));
    let gone = send(Method::DELETE, None).await.expect("204");
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    let asked = server.asked();
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].body, body.to_string().as_bytes());
    assert_eq!(asked[1].header("content-type"), None);
}

#[tokio::test]
async fn rules_11_and_12_redirects_are_errors_and_not_followed() {
    let elsewhere = Server::start(|_, _| reply(200)).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/1/x.json", elsewhere.url);
        let server = Server::start(move |_, _| reply(status).header("Location", &*to)).await;
        let error = client(&server).get("/x.json").await.expect_err("redirect");
        assert_eq!(error.http_status(), Some(status));
        assert!(error.message().contains(&status.to_string()), "{error}");
        assert_eq!(server.count(), 1);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn rule_13_only_the_redirect_to_an_occurrence_is_followed_on_request() {
    let good = "/1/schedule_entries/5/occurrences/20260131.json";
    let server = Server::start(move |asked, _| match &*asked.target {
        "/1/schedule_entries/5.json" => reply(302).header("Location", good),
        target if target == good => reply(200).body("{}"),
        _ => reply(500),
    })
    .await;
    let client = client(&server);
    let path = "/schedule_entries/5.json";
    let answer = client.get_following_occurrence(path).await.expect("found");
    assert_eq!(answer.status, 200);
    let error = client.get(path).await.expect_err("not asked to follow");
    assert_eq!(error.http_status(), Some(302));
    for other in [
        "/1/schedule_entries/5/occurrences/2026013.json",
        "/1/schedule_entries/5/occurrences/20260131.json?x=y",
        "/1/schedule_entries/x/occurrences/20260131.json",
        "/1/schedule_entries/5/occurrences/20260131",
        "/1/todos/5.json",
        "http://localhost:1/1/schedule_entries/5/occurrences/20260131.json",
    ] {
        let server = Server::start(move |_, _| reply(302).header("Location", other)).await;
        let client = super::server::client(&server);
        let error = client.get_following_occurrence(path).await;
        assert_eq!(error.expect_err(other).http_status(), Some(302));
        assert_eq!(server.count(), 1, "{other}");
    }
}

#[tokio::test]
async fn rule_51_bodies_are_read_up_to_their_caps() {
    const CAP: usize = 52_428_800;
    let server = Server::start(|asked, _| match &*asked.target {
        "/1/full" => reply(200).body(vec![b' '; CAP]),
        "/1/over" => reply(200).body(vec![b' '; CAP + 1]),
        _ => reply(403).body(vec![b' '; 1_048_577]),
    })
    .await;
    let client = client(&server);
    assert_eq!(client.get("/full").await.expect("fits").body.len(), CAP);
    let error = client.get("/over").await.expect_err("too large");
    assert_eq!((error.kind(), error.http_status()), (Kind::Malformed, None));
    // What an error says of itself is cut off; what it is stays known.
    let error = client.get("/error").await.expect_err("forbidden");
    assert_eq!(error.kind(), Kind::Permission);
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked() {
    // "[1,2,3]" through gzip.
    const PACKED: [u8; 27] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 139, 54, 212, 49, 210, 49, 142, 5, 0, 233, 179, 109, 253,
        7, 0, 0, 0,
    ];
    let server = Server::start(|_, _| reply(200).body(PACKED).header("Content-Encoding", "gzip"));
    let server = server.await;
    let answer = client(&server).get("/x.json").await.expect("200");
    assert_eq!(&answer.body[..], b"[1,2,3]");
    let accepted = server.asked()[0].header("accept-encoding").map(str::to_owned);
    assert_eq!(accepted.as_deref(), Some("gzip"));
}

#[tokio::test]
async fn rules_52_and_54_an_error_carries_status_request_id_and_basecamps_words() {
    let server = Server::start(|_, _| {
        reply(422)
            .header("X-Request-Id", "r-1")
            .body(r#"{"error":"Not saved","errors":{"due_on":["is no date"]}}"#)
    })
    .await;
    let body = json!({});
    let client = client(&server);
    let sent = client.send(Method::PUT, "/x.json", Some(&body), Repeat::ByMethod);
    let error = sent.await.expect_err("422");
    assert_eq!((error.kind(), error.http_status()), (Kind::Invalid, Some(422)));
    let detail = "HTTP status 422, request id r-1: Not saved (due_on: is no date).";
    assert_eq!(error.detail_text(), Some(detail));
}

#[tokio::test]
async fn rule_55_an_inactive_account_is_told_apart() {
    let server = Server::start(|_, _| reply(404).header("Reason", "Account Inactive")).await;
    let error = client(&server).get("/x.json").await.expect_err("404");
    assert_eq!(error.kind(), Kind::AccountInactive);
    assert!(!error.is_not_found());
}

#[tokio::test]
async fn rules_117_and_118_no_message_shows_a_secret() {
    let secret = "signed-9f3";
    let path = format!("/x.json?token={secret}");
    for answer in [closed(), reply(401), reply(500), reply(302), reply(200).short().body("[1]")] {
        let server = Server::start(move |_, _| {
            let to = format!("https://evil.example/{secret}");
            answer.clone().header("Location", to)
        })
        .await;
        let mut config = config(&server);
        config.max_attempts = 1;
        let client = client_of(config);
        let error = client.get(&path).await.expect_err("fails");
        let shown = format!("{error} {error:?} {client:?}");
        assert!(!shown.contains(secret) && !shown.contains(TOKEN), "{shown}");
        let first = error.message().chars().next();
        assert!(!error.message().ends_with('.') && first.is_some(), "{error}");
    }
    let server = Server::start(|_, _| reply(200)).await;
    let mut config = config(&server);
    config.proxy = Some(format!("http://user:{secret}@127.0.0.1:1"));
    config.max_attempts = 1;
    let shown = format!("{config:?}");
    let client = client_of(config);
    let error = client.get("/x.json").await.expect_err("no proxy there");
    let shown = format!("{shown} {error:?} {client:?}");
    assert!(!shown.contains(secret), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn rule_10_an_attempt_ends_after_its_time_and_not_before() {
    hurry();
    let server = Server::start(|_, _| hanging()).await;
    for timeout in [1, 30, 60].map(std::time::Duration::from_secs) {
        let mut config = config(&server);
        config.timeout = timeout;
        config.max_attempts = 1;
        let start = tokio::time::Instant::now();
        let error = client_of(config).get("/x.json").await.expect_err("no answer");
        assert_eq!(error.kind(), Kind::ConnectionLost);
        let took = start.elapsed();
        assert!(took >= timeout && took < timeout * 2, "{took:?}");
    }
}

#[tokio::test]
async fn rule_10_and_other_configurations_that_cannot_work_are_refused() {
    let server = Server::start(|_, _| reply(200)).await;
    let refused = |change: &dyn Fn(&mut basecamp_fdw::api::Config)| {
        let mut config = config(&server);
        change(&mut config);
        let bearer = basecamp_fdw::api::Bearer(TOKEN.to_owned().into());
        let error = Client::new(config, Arc::new(bearer)).expect_err("refused");
        error.kind()
    };
    assert_eq!(refused(&|c| c.account = "1/2".to_owned()), Kind::OptionValue);
    assert_eq!(refused(&|c| c.account.clear()), Kind::OptionValue);
    // Rule 7: without it the API answers 400 to everything.
    assert_eq!(refused(&|c| c.user_agent.clear()), Kind::OptionValue);
    assert_eq!(refused(&|c| c.user_agent = "a\nb".to_owned()), Kind::OptionValue);
    // Rule 10.
    assert_eq!(refused(&|c| c.timeout = std::time::Duration::ZERO), Kind::OptionValue);
    let nothing = || Some(b"no certificate".to_vec());
    assert_eq!(refused(&|c| c.ca_pem = nothing()), Kind::Configuration);
    assert_eq!(server.count(), 0);
}

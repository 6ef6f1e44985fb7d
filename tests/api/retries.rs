//! What is asked again, when, and what stops everybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use basecamp_fdw::api::{Boxed, Client, Credentials, Meter, Method, Rate, Repeat};
use basecamp_fdw::error::{Kind, Result};
use secrecy::SecretString;

use super::server::{
    Asked, Reply, Server, client, client_of, closed, config, hanging, hurry, reply,
};

/// Answers these in turn, then 200.
async fn in_turn(replies: Vec<Reply>) -> Server {
    Server::start(move |_, before| {
        let next = replies.get(before).cloned();
        next.unwrap_or_else(|| reply(200).body("[]"))
    })
    .await
}

/// The time between two requests.
fn gap(asked: &[Asked], first: usize) -> Duration {
    asked[first + 1].at - asked[first].at
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test(start_paused = true)]
async fn rules_17_and_19_a_get_is_asked_again_after_what_may_pass() {
    hurry();
    for passing in
        [reply(408), reply(425), reply(429), reply(502), reply(503), reply(504), closed()]
    {
        let server = in_turn(vec![passing.clone()]).await;
        let answer = client(&server).get("/x.json").await;
        assert_eq!(answer.expect("the second time").status, 200, "{passing:?}");
        assert_eq!(server.count(), 2, "{passing:?}");
    }
    let server = in_turn(vec![reply(200).body("[1, 2]").short()]).await;
    let answer = client(&server).get("/x.json").await.expect("whole");
    assert_eq!((&answer.body[..], server.count()), (&b"[]"[..], 2));
}

#[tokio::test(start_paused = true)]
async fn rules_17_and_18_everything_else_is_final() {
    hurry();
    for status in [400, 401, 403, 404, 418, 422, 500, 501, 507] {
        let server = in_turn(vec![reply(status)]).await;
        let error = client(&server).get("/x.json").await.expect_err("final");
        assert_eq!((error.http_status(), server.count()), (Some(status), 1));
    }
    // The design widens rule 17 for a GET alone.
    for status in [408, 425, 502, 504] {
        let server = in_turn(vec![reply(status)]).await;
        let client = client(&server);
        let sent = client.send(Method::PUT, "/x.json", None, Repeat::ByMethod);
        // What a gateway says of a write leaves open whether it was carried out.
        let kind = if status >= 500 { Kind::Unresolved } else { Kind::Server };
        assert_eq!(sent.await.expect_err("final").kind(), kind);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn rule_14_a_request_is_repeated_only_if_method_operation_and_failure_allow_it() {
    hurry();
    for (method, repeat, status, repeated) in [
        (Method::PUT, Repeat::ByMethod, 503, true),
        (Method::DELETE, Repeat::ByMethod, 503, true),
        (Method::POST, Repeat::AtMost(3), 503, true),
        (Method::POST, Repeat::ByMethod, 503, false),
        (Method::PUT, Repeat::AtMost(1), 503, false),
        (Method::PUT, Repeat::ByMethod, 500, false),
        (Method::POST, Repeat::AtMost(3), 500, false),
    ] {
        let server = in_turn(vec![reply(status)]).await;
        let case = format!("{method} {repeat:?} {status}");
        let client = client(&server);
        let sent = client.send(method, "/x.json", None, repeat).await;
        assert_eq!((sent.is_ok(), server.count() == 2), (repeated, repeated), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn rules_15_and_16_a_post_is_sent_once_unless_it_is_harmless() {
    hurry();
    for failure in [reply(429), reply(503), closed()] {
        let post = async |repeat| {
            let server = in_turn(vec![failure.clone()]).await;
            let client = client(&server);
            let sent = client.send(Method::POST, "/x.json", None, repeat).await;
            (sent.is_ok(), server.count())
        };
        assert_eq!(post(Repeat::ByMethod).await, (false, 1), "{failure:?}");
        assert_eq!(post(Repeat::AtMost(1)).await, (false, 1), "{failure:?}");
        assert_eq!(post(Repeat::AtMost(3)).await, (true, 2), "{failure:?}");
        let server = in_turn(vec![failure.clone()]).await;
        let put = client(&server);
        let put = put.send(Method::PUT, "/x.json", None, Repeat::ByMethod);
        assert_eq!((put.await.is_ok(), server.count()), (true, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn rules_16_and_19_a_timeout_is_final_and_a_writes_outcome_is_then_unknown() {
    hurry();
    let server = Server::start(|_, _| hanging()).await;
    let mut config = config(&server);
    config.timeout = seconds(20);
    let client = client_of(config);
    let error = client.get("/x.json").await.expect_err("no answer");
    assert_eq!((error.kind(), server.count()), (Kind::ConnectionLost, 1));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("timeout")));
    let sent = client.send(Method::POST, "/x.json", None, Repeat::AtMost(1));
    let error = sent.await.expect_err("no answer");
    assert_eq!((error.kind(), server.count()), (Kind::Unresolved, 2));
    // Rule 84.
    let hint = error.hint_text().expect("advice");
    assert!(hint.contains("may have carried the request out"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn rules_19_and_20_a_refused_connection_is_tried_as_often_as_configured() {
    hurry();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let nobody = Server::scripted(format!("http://{address}"), |_, _| reply(200));
    for (configured, made) in [(0, 1), (1, 1), (2, 2), (3, 3)] {
        let mut config = config(&nobody);
        config.max_attempts = configured;
        let meter = Arc::new(Meter::default());
        let client = client_of(config).metered(Arc::clone(&meter));
        let error = client.get("/x.json").await.expect_err("nobody there");
        assert_eq!(error.kind(), Kind::Connect);
        let reading = meter.read();
        assert_eq!((reading.requests, reading.retries), (made, made - 1));
    }
    // Nothing was sent, so nothing is unknown.
    let sent = client(&nobody).send(Method::POST, "/x.json", None, Repeat::AtMost(1)).await;
    let error = sent.expect_err("nobody there");
    let hint = error.hint_text().expect("advice");
    assert!(!hint.contains("may have carried"), "{hint}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_lost_once_stays_unresolved_whatever_its_repeats_are_answered() {
    hurry();
    let server = in_turn(vec![closed(), reply(503), reply(422)]).await;
    let client = client(&server);
    let sent = client.send(Method::PUT, "/x.json", None, Repeat::ByMethod).await;
    let error = sent.expect_err("refused in the end");
    assert_eq!((error.kind(), error.http_status()), (Kind::Unresolved, Some(422)));
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn rules_20_and_22_the_last_failure_is_reported_as_it_was() {
    hurry();
    let last = reply(429).header("X-Request-Id", "last").header("Retry-After", "7");
    let server = in_turn(vec![reply(503), closed(), last]).await;
    let error = client(&server).get("/x.json").await.expect_err("used up");
    assert_eq!((error.kind(), server.count()), (Kind::RateLimited, 3));
    assert!(error.detail_text().is_some_and(|detail| detail.contains("last")));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("Retry-After 7")));
}

#[tokio::test(start_paused = true)]
async fn rules_25_and_29_waits_double_and_a_bad_retry_after_does_not_shorten_them() {
    hurry();
    for bad in ["0", "-5", "1.5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"] {
        let failure = reply(503).header("Retry-After", bad);
        let server = in_turn(vec![failure.clone(), failure]).await;
        client(&server).get("/x.json").await.expect("the third time");
        let asked = server.asked();
        assert!(gap(&asked, 0) >= seconds(1), "{bad}: {:?}", gap(&asked, 0));
        assert!(gap(&asked, 1) >= seconds(2), "{bad}: {:?}", gap(&asked, 1));
        assert!(gap(&asked, 1) < seconds(20), "{bad}: {:?}", gap(&asked, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn rules_27_and_28_a_valid_retry_after_is_waited_out_whatever_its_length() {
    hurry();
    let date = httpdate::fmt_http_date(SystemTime::now() + seconds(50));
    for value in ["45", date.as_str()] {
        let server = in_turn(vec![reply(429).header("Retry-After", value)]).await;
        client(&server).get("/x.json").await.expect("the second time");
        // The date has whole seconds, and real ones pass beside the paused clock's.
        assert!(gap(&server.asked(), 0) >= seconds(45), "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_a_statement_waits_is_an_error_at_once_and_outlives_nothing() {
    hurry();
    let date = httpdate::fmt_http_date(SystemTime::now() + seconds(86_400));
    for (status, value) in
        [(429, "1000000000"), (502, "1201"), (503, "18446744073709551615"), (429, date.as_str())]
    {
        let server = in_turn(vec![reply(status).header("Retry-After", value)]).await;
        let meter = Arc::new(Meter::default());
        let client = client(&server).metered(Arc::clone(&meter));
        let error = client.get("/x.json").await.expect_err("at once");
        assert_eq!((error.kind(), error.kind().sqlstate()), (Kind::RateLimited, "53400"));
        assert_eq!((error.http_status(), server.count()), (Some(status), 1));
        let detail = error.detail_text().unwrap_or_default();
        assert!(detail.contains(value) && detail.contains("waits 1200 s"), "{detail}");
        client.get("/x.json").await.expect("the next statement asks again");
        assert_eq!(meter.read().waited, seconds(0));
    }
    // Twice the timeout is waited out.
    let server = in_turn(vec![reply(429).header("Retry-After", "1200")]).await;
    client(&server).get("/x.json").await.expect("the second time");
    assert!(gap(&server.asked(), 0) >= seconds(1_200));
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_stops_every_request_of_the_client_even_if_it_is_not_repeated() {
    hurry();
    let server = in_turn(vec![reply(429).header("Retry-After", "30")]).await;
    let meter = Arc::new(Meter::default());
    let client = client(&server);
    let sent = client.send(Method::POST, "/x.json", None, Repeat::AtMost(1));
    let error = sent.await.expect_err("sent once");
    // Rule 32.
    let hint = "Basecamp asks to wait: Retry-After 30.";
    assert_eq!((error.kind(), error.hint_text()), (Kind::RateLimited, Some(hint)));
    let other = client.clone().metered(Arc::clone(&meter));
    other.get("/y.json").await.expect("in its time");
    assert!(gap(&server.asked(), 0) >= seconds(30));
    let waited = meter.read().waited;
    assert!(waited >= seconds(25), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_within_the_rate_sends_less_for_a_while() {
    hurry();
    for (replies, requests) in
        [(vec![], 8), (vec![reply(429).header("Retry-After", "10")], 6), (vec![reply(503)], 8)]
    {
        let server = in_turn(replies).await;
        let mut config = config(&server);
        config.rate = Rate::parse("8/10s").expect("valid");
        let client = client_of(config);
        client.get("/x.json").await.expect("the second time");
        let before = server.count();
        // Nobody else keeps to a pace with it: what may go at once does.
        let start = tokio::time::Instant::now();
        tokio::time::advance(seconds(11)).await;
        let all = (0..8).map(|id| {
            let (client, address) = (client.clone(), format!("/{id}.json"));
            tokio::spawn(async move { client.get(&address).await.expect("in its time") })
        });
        for each in all.collect::<Vec<_>>() {
            each.await.expect("no panic");
        }
        let sent = server.asked().split_off(before);
        let at_once = sent.iter().filter(|asked| asked.at < start + seconds(15)).count();
        assert_eq!((sent.len(), at_once), (8, requests));
    }
}

#[tokio::test(start_paused = true)]
async fn rule_50_the_server_sees_no_more_than_the_rate_in_any_window() {
    hurry();
    let slow = |_: &Asked, before| reply(200).after(Duration::from_millis(before as u64 % 7 * 40));
    let server = Server::start(slow).await;
    let mut config = config(&server);
    config.rate = Rate::parse("5/10s").expect("valid");
    let meter = Arc::new(Meter::default());
    let client = client_of(config).metered(Arc::clone(&meter));
    let all = (0..23).map(|id| {
        let client = client.clone();
        tokio::spawn(async move { client.get(&format!("/{id}.json")).await.map(drop) })
    });
    for task in all.collect::<Vec<_>>() {
        task.await.expect("no panic").expect("200");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 23);
    for window in asked.windows(6) {
        assert!(window[5].at - window[0].at >= seconds(10));
    }
    assert!(meter.read().waited >= seconds(10));
    assert!(server.busiest() <= 5);
}

#[tokio::test(start_paused = true)]
async fn clones_share_the_places() {
    hurry();
    let server = Server::start(|_, _| reply(200).after(seconds(1))).await;
    let mut config = config(&server);
    config.max_concurrency = 3;
    let client = client_of(config);
    let all = (0..12).map(|_| {
        let client = client.metered(Arc::default());
        tokio::spawn(async move { client.get("/x.json").await.map(drop) })
    });
    for task in all.collect::<Vec<_>>() {
        task.await.expect("no panic").expect("200");
    }
    assert_eq!((server.count(), server.busiest()), (12, 3));
}

#[tokio::test]
async fn dropping_a_request_hangs_up() {
    let server = Server::start(|_, _| hanging()).await;
    let client = client(&server);
    let task = tokio::spawn(async move { client.get("/x.json").await.map(drop) });
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    task.abort();
    while server.left() == 0 {
        tokio::task::yield_now().await;
    }
}

/// Tokens that are used up one after another.
#[derive(Debug, Default)]
struct Rotating {
    last: usize,
    present: AtomicUsize,
    refreshes: AtomicUsize,
}

impl Credentials for Rotating {
    fn header(&self) -> Boxed<'_, Result<SecretString>> {
        let value = format!("Bearer {}", self.present.load(Ordering::SeqCst));
        Box::pin(async move { Ok(value.into()) })
    }

    fn refused(&self, _: &SecretString) -> Boxed<'_, Result<bool>> {
        Box::pin(async move {
            self.refreshes.fetch_add(1, Ordering::SeqCst);
            // A refresh takes a while: others come meanwhile.
            tokio::task::yield_now().await;
            let another = self.present.load(Ordering::SeqCst) < self.last;
            self.present.fetch_add(usize::from(another), Ordering::SeqCst);
            Ok(another)
        })
    }
}

/// Refuses all tokens but this.
async fn admits(token: &'static str) -> Server {
    Server::start(move |asked, _| {
        let good = asked.header("authorization") == Some(token);
        reply(if good { 200 } else { 401 })
    })
    .await
}

fn rotating(server: &Server, last: usize, attempts: u32) -> (Client, Arc<Rotating>) {
    let credentials = Arc::new(Rotating { last, ..Rotating::default() });
    let mut config = config(server);
    config.max_attempts = attempts;
    let shared: Arc<dyn Credentials> = Arc::<Rotating>::clone(&credentials);
    (Client::new(config, shared).expect("a client"), credentials)
}

#[tokio::test]
async fn rules_24_and_33_a_401_leads_to_one_refresh_and_one_repeat() {
    let server = admits("Bearer 1").await;
    let (client, credentials) = rotating(&server, 1, 3);
    client.get("/x.json").await.expect("with the new token");
    client.get("/x.json").await.expect("with the same");
    assert_eq!(server.count(), 3);
    assert_eq!(credentials.refreshes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn rules_33_and_37_a_second_401_is_reported() {
    let server = admits("Bearer 5").await;
    for (last, requests) in [(5, 2), (0, 1)] {
        let (client, credentials) = rotating(&server, last, 3);
        let before = server.count();
        let error = client.get("/x.json").await.expect_err("refused");
        assert_eq!(error.kind(), Kind::Authentication);
        assert_eq!(server.count() - before, requests);
        assert_eq!(credentials.refreshes.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn rule_34_no_refresh_when_no_attempt_is_left() {
    let server = admits("Bearer 1").await;
    let (client, credentials) = rotating(&server, 1, 1);
    let error = client.get("/x.json").await.expect_err("refused");
    assert_eq!((error.kind(), server.count()), (Kind::Authentication, 1));
    assert_eq!(credentials.refreshes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn rule_35_a_creation_is_repeated_once_after_a_refresh() {
    let server = admits("Bearer 1").await;
    let (client, _) = rotating(&server, 1, 3);
    let sent = client.send(Method::POST, "/x.json", None, Repeat::ByMethod);
    sent.await.expect("with the new token");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn requests_that_were_refused_together_refresh_once() {
    let server = admits("Bearer 1").await;
    let (client, credentials) = rotating(&server, 5, 3);
    let all = (0..8).map(|_| client.get("/x.json"));
    let answers = futures_util::future::join_all(all).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(credentials.refreshes.load(Ordering::SeqCst), 1);
}

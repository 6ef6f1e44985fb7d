//! Conditional requests: answers that are kept (section K of the rules).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use basecamp_fdw::api::{Boxed, Client, Credentials, Meter, Method, Repeat};
use basecamp_fdw::error::{Kind, Result};
use secrecy::SecretString;
use tokio::time::advance;

use super::server::{
    Asked, Reply, Server, client, config, hurry, one_of_three, read_pages as read, reply,
};

/// Answers with an `ETag`, and with 304 where it came back.
fn tagged(asked: &Asked, fresh: Reply) -> Reply {
    match asked.header("if-none-match") {
        Some("\"e\"") => reply(304),
        Some(other) => panic!("{other} was never given out"),
        None => fresh.header("ETag", "\"e\""),
    }
}

fn listing(asked: &Asked) -> Reply {
    one_of_three(asked).header("X-Total-Count", "3")
}

#[tokio::test]
async fn rule_85_nothing_is_kept_unless_asked_for() {
    let server = Server::start(|asked, _| tagged(asked, reply(200))).await;
    let client = client(&server);
    for _ in 0..2 {
        client.get("/x.json").await.expect("200");
    }
    assert!(server.asked().iter().all(|asked| asked.header("if-none-match").is_none()));
}

#[tokio::test]
async fn rules_87_and_89_each_page_is_asked_about_and_a_304_keeps_its_link() {
    let server = Server::start(|asked, _| tagged(asked, listing(asked))).await;
    let meter = Arc::new(Meter::default());
    let client = client(&server).caching(Duration::ZERO).metered(Arc::clone(&meter));
    assert_eq!(read(&client).await, b"[1][2][3]");
    let bytes = meter.read().bytes;
    let next = client.caching(Duration::ZERO);
    assert_eq!(read(&next).await, b"[1][2][3]");
    let reading = meter.read();
    assert_eq!((reading.requests, reading.not_modified), (6, 3));
    assert_eq!((reading.bytes, reading.cache_hits), (bytes, 0));
}

#[tokio::test]
async fn rule_87_a_304_to_nothing_kept_is_an_error() {
    let server = Server::start(|_, _| reply(304)).await;
    for client in [client(&server), client(&server).caching(Duration::ZERO)] {
        let error = client.get("/x.json").await.expect_err("of what?");
        assert_eq!((error.kind(), error.http_status()), (Kind::Malformed, Some(304)));
    }
}

#[tokio::test]
async fn rule_88_answers_without_an_etag_are_not_kept() {
    let server = Server::start(|_, _| reply(200)).await;
    let client = client(&server).caching(Duration::from_secs(60));
    for _ in 0..2 {
        client.get("/x.json").await.expect("200");
    }
    assert_eq!(server.count(), 2);
    assert!(server.asked().iter().all(|asked| asked.header("if-none-match").is_none()));
}

#[tokio::test]
async fn a_listing_that_grew_behind_an_unchanged_page_is_read_on() {
    let grown = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&grown);
    let server = Server::start(move |asked, _| {
        let more = flag.load(Ordering::SeqCst) && asked.page() == 1;
        let answer = tagged(asked, reply(200).body(format!("[{}]", asked.page())));
        if more { answer.header("Link", "<?page=2>; rel=\"next\"") } else { answer }
    })
    .await;
    let client = client(&server).caching(Duration::ZERO);
    assert_eq!(read(&client).await, b"[1]");
    grown.store(true, Ordering::SeqCst);
    assert_eq!(read(&client).await, b"[1]", "the statement's own");
    assert_eq!(read(&client.caching(Duration::ZERO)).await, b"[1][2]");
}

#[tokio::test(start_paused = true)]
async fn within_their_time_kept_answers_take_no_request() {
    hurry();
    let server = Server::start(|asked, _| tagged(asked, listing(asked))).await;
    let meter = Arc::new(Meter::default());
    let client = client(&server).caching(Duration::from_secs(3_600)).metered(Arc::clone(&meter));
    for _ in 0..3 {
        assert_eq!(read(&client).await, b"[1][2][3]");
    }
    let reading = meter.read();
    assert_eq!((reading.requests, reading.cache_hits, reading.pages), (3, 6, 9));
    advance(Duration::from_secs(3_600)).await;
    let later = client.caching(Duration::from_secs(3_600));
    assert_eq!(read(&later).await, b"[1][2][3]");
    assert_eq!(read(&later).await, b"[1][2][3]");
    let reading = meter.read();
    assert_eq!((reading.requests, reading.not_modified, reading.cache_hits), (6, 3, 9));
}

#[tokio::test(start_paused = true)]
async fn a_statement_sees_one_state_however_long_it_takes() {
    hurry();
    let server = Server::start(|asked, _| tagged(asked, listing(asked))).await;
    let hour = Duration::from_secs(3_600);
    let client = client(&server).caching(hour);
    let mut pages = client.pages("/x.json", None);
    pages.next().await.expect("answered");
    advance(hour / 2).await;
    while pages.next().await.expect("answered").is_some() {}
    assert_eq!(server.count(), 3);
    let early = client.caching(hour);
    advance(hour).await;
    read(&early).await;
    assert_eq!(server.count(), 3, "what was young enough when it began is to its end");
    // The first page is too old, so that those kept behind it are not used either.
    read(&client.caching(hour * 5 / 4)).await;
    assert_eq!(server.count(), 6);
}

#[tokio::test]
async fn a_listing_goes_on_with_pages_that_came_for_another_after_its_first() {
    let server = Server::start(|asked, _| tagged(asked, listing(asked))).await;
    let client = client(&server).caching(Duration::ZERO);
    let mut early = client.pages("/x.json", None);
    early.next().await.expect("answered");
    assert_eq!(read(&client).await, b"[1][2][3]");
    assert_eq!(server.count(), 3, "the first page had come");
    while early.next().await.expect("answered").is_some() {}
    assert_eq!(server.count(), 3);
    let mut anew = client.pages("/x.json", None).anew();
    while anew.next().await.expect("answered").is_some() {}
    assert_eq!(server.count(), 6, "as it is now");
}

#[tokio::test]
async fn rule_89_after_a_write_everything_is_asked_about_and_what_was_written_anew() {
    let server = Server::start(|asked, _| match &*asked.method {
        "GET" => tagged(asked, listing(asked)),
        _ => reply(503),
    })
    .await;
    let plain = client(&server);
    let client = plain.caching(Duration::from_secs(3_600));
    read(&client).await;
    client.get("/todos/5.json").await.expect("200");
    assert_eq!(server.count(), 4);
    // It failed, but may have been carried out; and the client that wrote keeps nothing itself.
    let sent = plain.send(Method::POST, "/todos/5.json", None, Repeat::AtMost(1));
    assert!(sent.await.is_err());
    assert_eq!(read(&client).await, b"[1][2][3]");
    client.get("/todos/5.json").await.expect("200");
    let asked = server.asked();
    assert_eq!(asked.len(), 9);
    assert!(asked[5..8].iter().all(|asked| asked.header("if-none-match").is_some()));
    assert_eq!(asked[8].header("if-none-match"), None);
}

/// A new token for every request.
#[derive(Debug, Default)]
struct Changing(AtomicUsize);

impl Credentials for Changing {
    fn header(&self) -> Boxed<'_, Result<SecretString>> {
        let value = format!("Bearer {}", self.0.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move { Ok(value.into()) })
    }
}

#[tokio::test]
async fn rule_86_two_tokens_share_nothing() {
    let server = Server::start(|asked, _| tagged(asked, reply(200))).await;
    let client = Client::new(config(&server), Arc::new(Changing::default())).expect("a client");
    let client = client.caching(Duration::from_secs(3_600));
    for _ in 0..3 {
        client.get("/x.json").await.expect("200");
    }
    assert_eq!(server.count(), 3);
    assert!(server.asked().iter().all(|asked| asked.header("if-none-match").is_none()));
}

/// A client that keeps answers, and its meter.
fn keeping(server: &Server) -> (Client, Arc<Meter>) {
    let meter = Arc::new(Meter::default());
    (client(server).caching(Duration::ZERO).metered(Arc::clone(&meter)), meter)
}

const MOMENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn what_two_want_at_the_same_moment_is_asked_for_once() {
    // No server says that its answers may be kept.
    let server = Server::start(|asked, _| listing(asked).after(MOMENT)).await;
    let (client, meter) = keeping(&server);
    let (one, other) = tokio::join!(read(&client), read(&client));
    assert_eq!((one.as_slice(), other.as_slice()), (&b"[1][2][3]"[..], &b"[1][2][3]"[..]));
    let reading = meter.read();
    assert_eq!((reading.requests, reading.cache_hits, reading.pages), (3, 3, 6));
    // Nothing was kept of it.
    assert_eq!(read(&client).await, b"[1][2][3]");
    assert_eq!(server.count(), 6);
}

#[tokio::test]
async fn who_waits_with_another_gets_its_refusal_and_goes_on_without_it() {
    let server = Server::start(|_, _| reply(404).after(MOMENT)).await;
    let (client, _) = keeping(&server);
    let (one, other) = tokio::join!(client.get("/x.json"), client.get("/x.json"));
    for refused in [one, other] {
        assert_eq!(refused.expect_err("404").kind(), Kind::NotFound);
    }
    assert_eq!(server.count(), 1);
    // The first gives up half way.
    let first = client.get("/x.json");
    let second = async {
        tokio::task::yield_now().await;
        client.get("/x.json").await
    };
    let given_up = async {
        let _ = tokio::time::timeout(MOMENT / 5, first).await;
    };
    let (refused, ()) = tokio::join!(second, given_up);
    assert_eq!(refused.expect_err("404").kind(), Kind::NotFound);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn what_was_sent_before_a_statement_or_a_write_is_not_for_who_comes_after() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "GET" => reply(200).body("[]").after(MOMENT * 4),
        _ => reply(201).body("{}"),
    })
    .await;
    let (client, meter) = keeping(&server);
    let before = client.get("/x.json");
    let later = async {
        tokio::task::yield_now().await;
        let next = client.caching(Duration::ZERO);
        let (_, written) = tokio::join!(next.get("/x.json"), async {
            let body = serde_json::json!({});
            client.send(Method::POST, "/y.json", Some(&body), Repeat::ByMethod).await?;
            next.get("/x.json").await
        });
        written
    };
    let (before, written) = tokio::join!(before, later);
    assert!(before.is_ok() && written.is_ok());
    assert_eq!((server.count(), meter.read().cache_hits), (4, 0));
}

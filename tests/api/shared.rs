//! Answers that sessions share: two clients of one memory, as two sessions have it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use basecamp_fdw::api::{
    Bearer, Board, Client, Common, Meter, Method, Reader, Repeat, Shelf, Turnstile,
};
use tokio::time::advance;

use super::server::{
    Asked, Reply, Server, TOKEN, config, hurry, one_of_three, read_pages as read, reply,
};

const MINUTE: Duration = Duration::from_secs(60);
/// What the second a request is made in may still count for.
const MOMENT: Duration = Duration::from_millis(20);

/// Memory that sessions share, with answers of so many bytes.
fn memory(bytes: usize) -> Turnstile {
    let words: Vec<AtomicU64> = (0..bytes / 8).map(|_| AtomicU64::new(0)).collect();
    let (board, words): (&'static Board, _) = (Box::leak(Box::default()), words.leak());
    Turnstile { common: Common::mapped(board, Shelf::new(words)), ..Turnstile::own() }
}

/// A session of a role with a token.
fn session_of(role: u64, token: &str, memory: &Turnstile, server: &Server) -> Client {
    let turnstile = Turnstile { reader: Some(Reader::new(role, b"c")), ..memory.clone() };
    let credentials = Arc::new(Bearer(token.to_owned().into()));
    Client::sharing(config(server), credentials, turnstile).expect("a client")
}

fn session(memory: &Turnstile, server: &Server) -> Client {
    session_of(1, TOKEN, memory, server)
}

/// Three pages, each of which says by its `ETag` what it is.
fn listing(asked: &Asked) -> Reply {
    let etag = format!("\"{}\"", asked.page());
    if asked.method == "GET" && asked.header("if-none-match") == Some(&etag) {
        return reply(304);
    }
    one_of_three(asked).header("ETag", etag)
}

/// How many requests a statement of a client makes, and how many transfer no body; it reads all.
async fn requests(client: &Client, ttl: Duration) -> (u64, u64) {
    let meter = Arc::new(Meter::default());
    let statement = client.metered(Arc::clone(&meter)).caching(ttl);
    assert_eq!(read(&statement).await, b"[1][2][3]");
    let reading = meter.read();
    assert_eq!(reading.requests + reading.cache_hits, 3);
    (reading.requests, reading.not_modified)
}

#[tokio::test(start_paused = true)]
async fn a_session_asks_about_what_another_of_its_role_has_read() {
    hurry();
    let server = Server::start(|asked, _| listing(asked)).await;
    let memory = memory(65_536);
    let [one, other] = [session(&memory, &server), session(&memory, &server)];
    assert_eq!(requests(&one, Duration::ZERO).await, (3, 0));
    advance(MOMENT).await;
    assert_eq!(requests(&other, Duration::ZERO).await, (3, 3));
    advance(MOMENT).await;
    assert_eq!(requests(&one, Duration::ZERO).await, (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_session_asks_nothing_as_long_as_another_has_asked() {
    hurry();
    let server = Server::start(|asked, _| listing(asked)).await;
    let memory = memory(65_536);
    let [one, other] = [session(&memory, &server), session(&memory, &server)];
    assert_eq!(requests(&one, MINUTE).await, (3, 0));
    advance(MINUTE / 2).await;
    assert_eq!(requests(&other, MINUTE).await, (0, 0));
    // It counts from when Basecamp said so, and not from when somebody took it over.
    advance(MINUTE / 2).await;
    assert_eq!(requests(&other, MINUTE).await, (3, 3));
    advance(MINUTE / 2).await;
    assert_eq!(requests(&one, MINUTE).await, (0, 0), "another has asked about it");
}

#[tokio::test(start_paused = true)]
async fn neither_roles_nor_tokens_get_what_another_has_read() {
    hurry();
    let server = Server::start(|asked, _| listing(asked)).await;
    let memory = memory(65_536);
    assert_eq!(requests(&session(&memory, &server), MINUTE).await, (3, 0));
    for (role, token) in [(2, TOKEN), (1, "another")] {
        let other = session_of(role, token, &memory, &server);
        assert_eq!(requests(&other, MINUTE).await, (3, 0), "{role} {token}");
    }
    let nobody = Client::sharing(
        config(&server),
        Arc::new(Bearer(TOKEN.to_owned().into())),
        Turnstile { reader: None, ..memory },
    );
    assert_eq!(requests(&nobody.expect("a client"), MINUTE).await, (3, 0));
}

#[tokio::test(start_paused = true)]
async fn after_a_write_every_session_asks_and_reads_what_was_written_anew() {
    hurry();
    let server = Server::start(|asked, _| listing(asked)).await;
    let memory = memory(65_536);
    let [one, other] = [session(&memory, &server), session(&memory, &server)];
    assert_eq!(requests(&one, MINUTE).await, (3, 0));
    assert_eq!(requests(&other, MINUTE).await, (0, 0));
    let written = one.send(Method::PUT, "/x.json?page=2", None, Repeat::ByMethod).await;
    assert!(written.is_ok());
    assert_eq!(requests(&other, MINUTE).await, (3, 2), "the second page was written");
    advance(MOMENT).await;
    assert_eq!(requests(&one, MINUTE).await, (0, 0), "another has asked since");
    // Of another role, which keeps its own.
    let third = session_of(2, TOKEN, &memory, &server);
    assert_eq!(requests(&third, MINUTE).await, (3, 0));
    assert!(one.send(Method::POST, "/y.json", None, Repeat::ByMethod).await.is_ok());
    assert_eq!(requests(&third, MINUTE).await, (3, 3));
}

#[tokio::test(start_paused = true)]
async fn what_another_asked_for_before_a_statement_is_not_taken_for_what_came_in_it() {
    hurry();
    let server = Server::start(|asked, _| listing(asked).after(MINUTE)).await;
    let memory = memory(65_536);
    let [one, other] = [session(&memory, &server), session(&memory, &server)];
    let early = one.caching(Duration::ZERO);
    let asking = tokio::spawn(async move { early.get("/x.json").await });
    tokio::time::sleep(MINUTE / 4).await;
    let meter = Arc::new(Meter::default());
    let statement = other.metered(Arc::clone(&meter)).caching(Duration::ZERO);
    asking.await.expect("no panic").expect("200");
    statement.get("/x.json").await.expect("200");
    assert_eq!((meter.read().requests, meter.read().cache_hits), (1, 0));
    // What was asked for since is of the statement.
    let (late, late_meter) = (one.caching(Duration::ZERO), Arc::new(Meter::default()));
    let another = session(&memory, &server).metered(Arc::clone(&late_meter));
    let another = another.caching(Duration::ZERO);
    advance(MOMENT).await;
    late.get("/x.json?page=3").await.expect("200");
    another.get("/x.json?page=3").await.expect("200");
    assert_eq!((late_meter.read().requests, late_meter.read().cache_hits), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn who_keeps_nothing_takes_nothing_and_gives_nothing() {
    hurry();
    let server = Server::start(|asked, _| listing(asked)).await;
    let memory = memory(65_536);
    let [one, other] = [session(&memory, &server), session(&memory, &server)];
    one.keep_at_most(0);
    assert_eq!(requests(&one, MINUTE).await, (3, 0));
    assert_eq!(requests(&other, MINUTE).await, (3, 0));
    assert_eq!(requests(&one, MINUTE).await, (3, 0));
}

#[tokio::test(start_paused = true)]
async fn what_a_role_has_forgotten_is_forgotten_for_its_sessions_and_for_no_other_role() {
    hurry();
    let server = Server::start(|asked, _| listing(asked)).await;
    let memory = memory(65_536);
    let of_other_role = || session_of(2, TOKEN, &memory, &server);
    let one = session(&memory, &server);
    assert_eq!(requests(&one, MINUTE).await, (3, 0));
    assert_eq!(requests(&of_other_role(), MINUTE).await, (3, 0));
    one.forget_answers();
    assert_eq!(requests(&session(&memory, &server), MINUTE).await, (3, 0));
    assert_eq!(requests(&one, MINUTE).await, (0, 0), "it was read again since");
    assert_eq!(requests(&of_other_role(), MINUTE).await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_grew_behind_an_unchanged_page_is_read_on_by_all() {
    hurry();
    let grown = Arc::new(AtomicU64::new(1));
    let last = Arc::clone(&grown);
    let server = Server::start(move |asked, _| {
        let (page, last) = (asked.page(), last.load(Ordering::SeqCst));
        let answer = match asked.header("if-none-match") {
            Some(_) => reply(304),
            None => reply(200).body(format!("[{page}]")).header("ETag", "\"e\""),
        };
        let more = page < last;
        if more { answer.header("Link", "<?page=2>; rel=\"next\"") } else { answer }
    })
    .await;
    let memory = memory(65_536);
    let [one, other] = [session(&memory, &server), session(&memory, &server)];
    assert_eq!(read(&one.caching(MINUTE)).await, b"[1]");
    grown.store(2, Ordering::SeqCst);
    advance(MINUTE).await;
    assert_eq!(read(&one.caching(MINUTE)).await, b"[1][2]");
    advance(MOMENT).await;
    let asked = server.count();
    assert_eq!(read(&other.caching(MINUTE)).await, b"[1][2]");
    assert_eq!(server.count(), asked);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_room_for_few_everything_is_read_all_the_same() {
    hurry();
    let server = Server::start(|asked, _| {
        let path = asked.target.clone();
        let body = format!("{path} {}", "x".repeat(path.len() * 40));
        reply(200).body(body).header("ETag", format!("\"{path}\""))
    })
    .await;
    let memory = memory(16_384);
    let sessions = [session(&memory, &server), session(&memory, &server)];
    for round in 0..3 {
        for page in 0..40 {
            let path = format!("/{}.json", "y".repeat(page));
            let client = sessions[(round + page) % 2].caching(MINUTE);
            let answer = client.get(&path).await.expect("200");
            let said = String::from_utf8(answer.body.to_vec()).expect("text");
            assert!(said.starts_with(&format!("/1{path} x")), "{said}");
        }
    }
}

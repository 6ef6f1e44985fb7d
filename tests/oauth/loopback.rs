//! The listener on the callback URL, asked as browsers ask: too early, twice, for an icon, from afar.

use std::time::Duration;

use basecamp_fdw::error::{Kind, Result};
use basecamp_fdw::oauth::loopback::Listener;
use basecamp_fdw::oauth::{App, Code, Dialect, Pending, authorization_url, exchange};
use secrecy::ExposeSecret as _;
use simulator::{OAuth, Simulator};
use tokio::task::JoinHandle;

use super::support::{agree, app, browser, endpoints, http, simulator};

/// Longer than any of these takes; nothing here waits for it.
const LONG: Duration = Duration::from_secs(60);

/// A flow that waits for a browser.
struct Waiting {
    app: App,
    /// Where the user is sent to agree.
    url: String,
    pending: Pending,
    code: JoinHandle<Result<Code>>,
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    taken.local_addr().expect("bound").port()
}

async fn waiting(simulator: &Simulator, host: &str, path: &str) -> Waiting {
    let app = App { callback_url: format!("http://{host}:{}{path}", free_port()), ..app() };
    let made = authorization_url(&endpoints(simulator), &app, Dialect::V3, None);
    let (url, pending) = made.expect("a URL");
    let listener = Listener::bind(&app.callback_url).await.expect("a listener");
    let waiting = pending.clone();
    let code = tokio::spawn(async move { listener.code(&waiting, LONG).await });
    Waiting { app, url: url.into(), pending, code }
}

/// A page and its headers.
async fn page(url: &str) -> (u16, String, reqwest::header::HeaderMap) {
    let answer = browser().get(url).send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, answer.text().await.expect("a body"), headers)
}

#[tokio::test]
async fn the_code_comes_by_the_browser_and_is_good_for_tokens() {
    let simulator = simulator(OAuth::default());
    for host in ["127.0.0.1", "localhost"] {
        let flow = waiting(&simulator, host, "/back?from=us").await;
        let (status, body, headers) = page(&agree(&flow.url).await).await;
        assert_eq!(status, 200);
        assert!(body.contains("You can close this tab."), "{body}");
        let header = |name: &str| headers[name].to_str().expect("text").to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        let code = flow.code.await.expect("no panic").expect("a code");
        assert!(!body.contains(code.code.expose_secret()));
        let (app, pending) = (&flow.app, Some(&flow.pending));
        let endpoints = endpoints(&simulator);
        let tokens = exchange(&http(), &endpoints, app, Dialect::V3, &code, pending).await;
        tokens.expect("tokens");
    }
    assert_eq!(simulator.launchpad().exchanges(), 2);
}

#[tokio::test]
async fn icons_other_paths_and_other_methods_are_no_answer() {
    let simulator = simulator(OAuth::default());
    let flow = waiting(&simulator, "127.0.0.1", "/back").await;
    let callback = agree(&flow.url).await;
    let elsewhere = callback.replace("/back", "/favicon.ico");
    assert_eq!(page(&elsewhere).await.0, 404);
    assert_eq!(page(&callback.replace("/back", "/")).await.0, 404);
    let posted = browser().post(&callback).send().await.expect("an answer");
    assert_eq!(posted.status().as_u16(), 404);
    assert!(!flow.code.is_finished());
    assert_eq!(page(&callback).await.0, 200);
    flow.code.await.expect("no panic").expect("a code");
}

#[tokio::test]
async fn a_wrong_state_is_told_to_the_browser_and_waiting_goes_on() {
    let simulator = simulator(OAuth::default());
    let flow = waiting(&simulator, "127.0.0.1", "/").await;
    let callback = agree(&flow.url).await;
    let (address, _) = callback.split_once('?').expect("a query");
    for forged in [
        callback.replace(&flow.pending.state, "another"),
        format!("{address}?code=forged"),
        format!("{address}?error=access_denied"),
        format!("{address}?error=access_denied&state=another"),
        address.to_owned(),
    ] {
        let (status, body, _) = page(&forged).await;
        assert_eq!(status, 400, "{forged}");
        assert!(body.contains("belongs to another request"), "{body}");
        assert!(body.contains("still waiting"), "{body}");
    }
    let without = format!("{address}?state={}", flow.pending.state);
    let (status, body, _) = page(&without).await;
    assert_eq!((status, body.contains("has no code")), (400, true), "{body}");
    assert!(!flow.code.is_finished());
    assert_eq!(page(&callback).await.0, 200);
    let code = flow.code.await.expect("no panic").expect("a code");
    assert_ne!(code.code.expose_secret(), "forged");
}

#[tokio::test]
async fn a_refusal_reaches_the_statement_and_the_browser_with_its_words_escaped() {
    let simulator = simulator(OAuth::default());
    simulator.set_faults(&["oauth-denied"]);
    let flow = waiting(&simulator, "127.0.0.1", "/").await;
    let (status, body, _) = page(&agree(&flow.url).await).await;
    assert_eq!(status, 200);
    assert!(body.contains("The user refused to authorize the application"), "{body}");
    assert!(body.contains("The user &lt;b&gt;said&lt;&#x2F;b&gt; no &amp; left"), "{body}");
    assert!(!body.contains("<b>"), "{body}");
    let error = flow.code.await.expect("no panic").expect_err("denied");
    assert_eq!(error.kind(), Kind::Authentication);
    let detail = error.detail_text().expect("a detail");
    assert!(detail.contains("access_denied") && detail.contains("<b>said</b> no & left"));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    for host in ["127.0.0.1", "localhost"] {
        let error = Listener::bind(&format!("http://{host}:{port}/")).await;
        let error = error.expect_err("taken");
        assert_eq!(error.kind(), Kind::Configuration);
        assert!(error.message().contains(&format!("port {port} ")), "{error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("callbackurl")));
    }
}

#[tokio::test]
async fn a_port_is_free_again_when_nobody_waits_any_more() {
    let simulator = simulator(OAuth::default());
    let flow = waiting(&simulator, "127.0.0.1", "/").await;
    let callback = flow.app.callback_url.clone();
    assert!(Listener::bind(&callback).await.is_err());
    flow.code.abort();
    assert!(flow.code.await.expect_err("aborted").is_cancelled());
    Listener::bind(&callback).await.expect("free");
}

#[tokio::test]
async fn a_browser_that_connects_and_says_nothing_does_not_stop_another() {
    let simulator = simulator(OAuth::default());
    let flow = waiting(&simulator, "127.0.0.1", "/").await;
    let address = flow.app.callback_url.trim_start_matches("http://").trim_end_matches('/');
    let silent = tokio::net::TcpStream::connect(address).await.expect("connected");
    let mut half = tokio::net::TcpStream::connect(address).await.expect("connected");
    tokio::io::AsyncWriteExt::write_all(&mut half, b"GET / HT").await.expect("sent");
    assert_eq!(page(&agree(&flow.url).await).await.0, 200);
    flow.code.await.expect("no panic").expect("a code");
    drop((silent, half));
}

#[tokio::test]
async fn waiting_ends_in_time() {
    let simulator = simulator(OAuth::default());
    let flow = waiting(&simulator, "127.0.0.1", "/").await;
    flow.code.abort();
    let _ = flow.code.await;
    let listener = Listener::bind(&flow.app.callback_url).await.expect("free");
    let error = listener.code(&flow.pending, Duration::from_millis(100)).await;
    let error = error.expect_err("nobody came");
    assert_eq!(error.kind(), Kind::Authentication);
    assert!(error.message().contains("nobody authorized"), "{error}");
}

#[tokio::test]
async fn nothing_is_listened_on_but_this_machine() {
    for elsewhere in ["http://0.0.0.0:33333/", "https://127.0.0.1/", "https://app.example/cb"] {
        let error = Listener::bind(elsewhere).await.expect_err(elsewhere);
        assert_eq!(error.kind(), Kind::OptionValue, "{elsewhere}");
    }
}

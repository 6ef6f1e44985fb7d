//! The loopback flow in a real browser: it opens the authorization page, is sent back to the
//! listener, and shows a sentence. Skipped, with the reason, where Chromium is not installed:
//!
//! ```text
//! cargo test --no-default-features --test browser -- --nocapture
//! ```

use std::process::Output;
use std::time::Duration;

use basecamp_fdw::error::Result;
use basecamp_fdw::oauth::loopback::Listener;
use basecamp_fdw::oauth::{App, Code, Dialect, Endpoints, authorization_url};
use simulator::{Config, Simulator};

/// What the script says where there is no browser.
const NO_BROWSER: i32 = 77;
/// More than a browser on a busy machine takes to start and load one page.
const PATIENCE: Duration = Duration::from_secs(150);

/// What the browser showed and complained about, and what came of the flow; nothing where there is
/// no browser. A wrong state leaves the flow waiting: it is ended then, with nothing.
async fn browse(fault: Option<&str>) -> Option<(String, String, Option<Result<Code>>)> {
    let simulator = Simulator::start(Config::default()).expect("a simulator");
    simulator.set_faults(fault.as_slice());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    drop(taken);
    let app = App {
        client_id: simulator.launchpad().config().client_id.clone(),
        client_secret: None,
        callback_url: format!("http://localhost:{port}/callback"),
        scope: None,
    };
    let endpoints = Endpoints::launchpad(Some(&simulator.url())).expect("an address");
    let made = authorization_url(&endpoints, &app, Dialect::V3, None);
    let (url, pending) = made.expect("a URL");
    let listener = Listener::bind(&app.callback_url).await.expect("a listener");
    let flow = tokio::spawn(async move { listener.code(&pending, PATIENCE).await });
    let shown = open(url.as_str()).await;
    if shown.status.code() == Some(NO_BROWSER) {
        println!("skipped: {}", String::from_utf8_lossy(&shown.stderr).trim());
        return None;
    }
    assert!(shown.status.success(), "{shown:?}");
    let outcome = if fault == Some("oauth-wrong-state") {
        assert!(!flow.is_finished());
        flow.abort();
        None
    } else {
        Some(flow.await.expect("no panic"))
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((text(&shown.stdout), text(&shown.stderr), outcome))
}

async fn open(url: &str) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/open");
    let run = tokio::process::Command::new(script).arg(url).output();
    run.await.expect("the script runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_says_that_the_tab_can_be_closed() {
    let Some((page, complaints, outcome)) = browse(None).await else {
        return;
    };
    assert!(page.contains("<h1>Basecamp is connected</h1>"), "{page}");
    assert!(page.contains("You can close this tab."), "{page}");
    // The style is let through by its hash: a wrong one would be complained about.
    assert!(!complaints.contains("Content Security Policy"), "{complaints}");
    outcome.expect("an end").expect("a code");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_shows_a_refusal_as_text_and_not_as_markup() {
    let Some((page, _, outcome)) = browse(Some("oauth-denied")).await else {
        return;
    };
    assert!(page.contains("<h1>Basecamp was not connected</h1>"), "{page}");
    assert!(page.contains("The user refused to authorize the application"), "{page}");
    assert!(page.contains("The user &lt;b&gt;said&lt;/b&gt; no &amp; left"), "{page}");
    outcome.expect("an end").expect_err("denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_tells_of_an_answer_to_another_request() {
    let Some((page, _, _)) = browse(Some("oauth-wrong-state")).await else {
        return;
    };
    assert!(page.contains("This answer belongs to another request"), "{page}");
    assert!(page.contains("The database is still waiting"), "{page}");
}

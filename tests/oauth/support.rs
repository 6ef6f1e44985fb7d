//! What the tests here begin with: a Launchpad, an application, and a browser of sorts.

use std::time::Duration;

use basecamp_fdw::error::Error;
use basecamp_fdw::oauth::{
    App, Code, Dialect, Endpoints, Http, Pending, Tokens, authorization_url, exchange,
    read_verifier,
};
use secrecy::ExposeSecret as _;
use simulator::{Config, OAuth, Simulator};

/// Where codes are sent when nobody listens.
pub const CALLBACK: &str = "http://127.0.0.1:33333/";

pub fn simulator(oauth: OAuth) -> Simulator {
    let config = Config { oauth, ..Config::default() };
    Simulator::start(config).expect("a simulator")
}

pub fn http() -> Http {
    patient(Duration::from_secs(60))
}

pub fn patient(timeout: Duration) -> Http {
    Http::new(timeout, "basecamp_fdw (test@example.com)", None, None).expect("a client")
}

pub fn app() -> App {
    let registered = OAuth::default();
    App {
        client_id: registered.client_id,
        client_secret: Some(registered.client_secret.into()),
        callback_url: CALLBACK.to_owned(),
        scope: None,
    }
}

pub fn endpoints(simulator: &Simulator) -> Endpoints {
    Endpoints::launchpad(Some(&simulator.url())).expect("an address")
}

/// A browser that shows where it is sent and does not go there.
pub fn browser() -> reqwest::Client {
    // The extension's own client installs the provider of TLS; a browser alone must too.
    drop(http());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

/// The user agrees: the address that the browser ends on.
pub async fn agree(url: &str) -> String {
    let answer = browser().get(url).send().await.expect("an answer");
    let to = answer.headers().get("location").expect("a way back");
    to.to_str().expect("text").to_owned()
}

/// Everything up to the code.
pub async fn code(simulator: &Simulator, app: &App, dialect: Dialect) -> (Code, Pending) {
    let (url, pending) =
        authorization_url(&endpoints(simulator), app, dialect, None).expect("a URL");
    let code = read_verifier(&agree(url.as_str()).await).expect("a code");
    (code, pending)
}

/// The whole web flow.
pub async fn obtain(simulator: &Simulator, dialect: Dialect) -> Tokens {
    let app = app();
    let (code, pending) = code(simulator, &app, dialect).await;
    let endpoints = endpoints(simulator);
    let tokens = exchange(&http(), &endpoints, &app, dialect, &code, Some(&pending)).await;
    tokens.expect("tokens")
}

/// All that an error says, to look for secrets in it.
pub fn everything(error: &Error) -> String {
    format!(
        "{error} | {error:?} | {} | {}",
        error.detail_text().unwrap_or_default(),
        error.hint_text().unwrap_or_default()
    )
}

/// Fails if an error tells a secret.
pub fn assert_discreet(error: &Error, secrets: &[&str]) {
    let said = everything(error);
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

/// What the access and the refresh token are.
pub fn exposed(tokens: &Tokens) -> (String, Option<String>) {
    let exposed = |secret: &secrecy::SecretString| secret.expose_secret().to_owned();
    (exposed(&tokens.access), tokens.refresh.as_ref().map(exposed))
}

//! What the tests here begin with: a Launchpad, an application, and a browser of sorts.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use basecamp_fdw::error::{Error, Result};
use basecamp_fdw::oauth::keeper::{
    self, Asker, Contents, Entry, Grant, Order, Presenter, Readiness, Record, Rules, Store,
};
use basecamp_fdw::oauth::{
    App, Boxed, Code, Dialect, Endpoints, Http, Pending, Stored, TokenSource, Tokens,
    authorization_url, exchange, read_verifier, refresh,
};
use secrecy::{ExposeSecret as _, SecretString};
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
    let exposed = |secret: &SecretString| secret.expose_secret().to_owned();
    (exposed(&tokens.access), tokens.refresh.as_ref().map(exposed))
}

/// A store in memory.
#[derive(Default)]
pub struct Memory {
    contents: Mutex<Contents>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Store for Memory {
    type Turn = tokio::sync::OwnedMutexGuard<()>;

    async fn read(&self) -> Result<Contents> {
        Ok(self.contents.lock().expect("no panic").clone())
    }

    async fn write(&self, entry: Entry<'_>) -> Result<()> {
        let mut contents = self.contents.lock().expect("no panic");
        match entry {
            Entry::Answer(stored) | Entry::Anyway(stored) => {
                contents.row = Some(Record { stored: stored.clone(), current: true });
                contents.failure = None;
            }
            Entry::Failure(failure) => contents.failure = Some(failure.clone()),
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Self::Turn>> {
        let turn = Arc::clone(&self.turn).lock_owned();
        Ok(tokio::time::timeout(Duration::from_millis(20), turn).await.ok())
    }
}

/// Who asks the authorization server.
struct Applicant {
    endpoints: Endpoints,
}

impl Asker for Applicant {
    async fn ask(&self, grant: Grant) -> Result<Tokens> {
        let Grant::Refresh(tokens) = grant else { panic!("nothing here has a code") };
        refresh(&http(), &self.endpoints, &app(), Dialect::V3, &tokens).await
    }
}

/// Tokens that are kept in memory by the keeper's rules, for the client of the API.
pub struct Holder {
    store: Memory,
    applicant: Applicant,
    rules: Rules,
}

impl Holder {
    /// Holds tokens.
    pub fn new(endpoints: Endpoints, stored: Stored) -> Self {
        let store = Memory::default();
        store.contents.lock().expect("no panic").row = Some(Record { stored, current: true });
        let patience = Duration::from_secs(30);
        let rules = Rules { renews: true, patience, ..Rules::default() };
        Self { store, applicant: Applicant { endpoints }, rules }
    }

    async fn ready(&self) -> Result<SecretString> {
        match keeper::ready(&self.store, self, &self.rules).await? {
            Readiness::Tokens(stored) => Ok(stored.tokens.access),
            other => panic!("{other:?}"),
        }
    }

    async fn replaced(&self, refused: SecretString) -> Result<bool> {
        let renewed = keeper::replace(&self.store, self, &self.rules, &refused).await?;
        Ok(renewed.is_some())
    }
}

impl Presenter for Holder {
    async fn present(&self, order: Order) -> Result<Stored> {
        keeper::perform(&self.store, &self.applicant, &self.rules, &order, "").await
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contents = self.store.contents.lock().expect("no panic").clone();
        f.debug_struct("Holder").field("contents", &contents).field("rules", &self.rules).finish()
    }
}

impl TokenSource for Holder {
    fn present(&self) -> Boxed<'_, Result<SecretString>> {
        Box::pin(self.ready())
    }

    fn refused(&self, refused: &SecretString) -> Boxed<'_, Result<bool>> {
        Box::pin(self.replaced(refused.clone()))
    }
}

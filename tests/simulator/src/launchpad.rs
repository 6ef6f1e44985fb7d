//! Launchpad, where users let applications act for them: codes, tokens, and who a token belongs to.
//!
//! It is on the simulator's own port, so that the server option `oauthurl` is the simulator's URL.
//! Whoever opens the authorization page has agreed: the answer is the way back at once. Refresh
//! tokens rotate: the old one dies when a new one is given. Discovery and the device flow, which the
//! real service does not have yet, are off until they are switched on.

mod answer;
mod device;
mod token;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::server::locked;

pub(crate) use answer::{handle, serves};

/// How Launchpad is set up.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// The registered application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The redirect URIs that it is registered with; none: any.
    pub redirect_uris: Vec<String>,
    /// How long an access token works.
    pub lifetime: Duration,
    /// How long a code works.
    pub code_lifetime: Duration,
    /// Whether the old refresh token dies when a new one is given.
    pub rotates: bool,
    /// Whether the API names this server as its own authorization server, with the device flow.
    pub discovery: bool,
    /// How long a device code works.
    pub device_lifetime: Duration,
    /// Seconds between two questions of a device.
    pub device_interval: u64,
    /// What tells whose a token is.
    pub shape: Shape,
}

impl Default for OAuth {
    fn default() -> Self {
        Self {
            client_id: "simulated-client".to_owned(),
            client_secret: "simulated-client-secret".to_owned(),
            redirect_uris: Vec::new(),
            lifetime: Duration::from_secs(1_209_600),
            code_lifetime: Duration::from_secs(600),
            rotates: true,
            discovery: false,
            device_lifetime: Duration::from_secs(900),
            device_interval: 1,
            shape: Shape::Launchpad,
        }
    }
}

/// The two shapes of `authorization.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Names, products, and the end of the token in ISO 8601.
    Launchpad,
    /// Ids, resources, a scope, and the end of the token in seconds.
    Basecamp,
}

/// What a user agreed to, or a test granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The application.
    pub client_id: String,
    /// Where its code was sent; empty for a device.
    pub redirect_uri: String,
    /// What it asked for.
    pub scope: Option<String>,
    /// Whether the code is bound to a PKCE verifier.
    pub pkce: bool,
    /// Whether the application has no secret.
    pub public: bool,
}

#[derive(Debug)]
struct Code {
    granted: Granted,
    challenge: Option<String>,
    made: Instant,
}

#[derive(Debug)]
struct Device {
    device_code: String,
    user_code: String,
    scope: Option<String>,
    made: Instant,
    asked: Option<Instant>,
    interval: Duration,
    decision: Option<bool>,
}

#[derive(Debug, Default)]
struct Books {
    codes: HashMap<String, Code>,
    /// Access tokens and when they end.
    access: HashMap<String, Instant>,
    refresh: HashMap<String, Granted>,
    devices: Vec<Device>,
    granted: Vec<Granted>,
    forms: Vec<Vec<(String, String)>>,
}

/// The service's state, and what a test may do to it.
#[derive(Debug)]
pub struct Launchpad {
    config: OAuth,
    books: Mutex<Books>,
    random: RandomState,
    number: AtomicU64,
    exchanges: AtomicU64,
    refreshes: AtomicU64,
    refused: AtomicU64,
}

impl Launchpad {
    pub(crate) fn new(config: OAuth) -> Self {
        Self {
            config,
            books: Mutex::default(),
            random: RandomState::new(),
            number: AtomicU64::new(1),
            exchanges: AtomicU64::new(0),
            refreshes: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// How it was set up.
    pub fn config(&self) -> &OAuth {
        &self.config
    }

    /// A code, as the way back to `redirect_uri` would bring it; not bound to a verifier.
    pub fn issue_code(&self, redirect_uri: &str) -> String {
        let granted = Granted {
            client_id: self.config.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scope: None,
            pkce: false,
            public: false,
        };
        self.grant_code(granted, None)
    }

    /// An access token and its refresh token, as if exchanged.
    pub fn issue_tokens(&self) -> (String, String) {
        let granted = Granted {
            client_id: self.config.client_id.clone(),
            redirect_uri: String::new(),
            scope: None,
            pkce: false,
            public: false,
        };
        self.grant_tokens(granted)
    }

    /// Ends every access token now.
    pub fn expire_access_tokens(&self) {
        let now = Instant::now();
        for end in locked(&self.books).access.values_mut() {
            *end = now;
        }
    }

    /// Forgets a refresh token, as if the user had withdrawn it.
    pub fn revoke_refresh_token(&self, token: &str) {
        locked(&self.books).refresh.remove(token);
    }

    /// Forgets everything that was given out, as a change of the password does.
    pub fn revoke_everything(&self) {
        let mut books = locked(&self.books);
        books.codes.clear();
        books.access.clear();
        books.refresh.clear();
    }

    /// Every token that works or worked until it was renewed, for a search: access tokens are kept
    /// after their end.
    pub fn issued_secrets(&self) -> Vec<String> {
        let books = locked(&self.books);
        let access = books.access.keys().cloned();
        access.chain(books.refresh.keys().cloned()).collect()
    }

    /// The refresh tokens that work.
    pub fn live_refresh_tokens(&self) -> Vec<String> {
        locked(&self.books).refresh.keys().cloned().collect()
    }

    /// How many codes were exchanged for tokens.
    pub fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::SeqCst)
    }

    /// How many times tokens were renewed.
    pub fn refreshes(&self) -> u64 {
        self.refreshes.load(Ordering::SeqCst)
    }

    /// How many requests to the token endpoint were refused.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Every authorization that was granted, oldest first.
    pub fn granted(&self) -> Vec<Granted> {
        locked(&self.books).granted.clone()
    }

    /// Every form that the token endpoint was sent, secrets and all.
    pub fn forms(&self) -> Vec<Vec<(String, String)>> {
        locked(&self.books).forms.clone()
    }

    /// Says yes for every device that waits.
    pub fn approve_devices(&self) {
        self.decide(true);
    }

    /// Says no to every device that waits.
    pub fn deny_devices(&self) {
        self.decide(false);
    }

    /// How many devices have asked for a code.
    pub fn devices(&self) -> usize {
        locked(&self.books).devices.len()
    }

    /// Whether an Authorization header has a token that was given out here and works.
    pub(crate) fn accepts(&self, authorization: &str) -> bool {
        let Some(token) = authorization.strip_prefix("Bearer ") else {
            return false;
        };
        let books = locked(&self.books);
        let end = books.access.get(token);
        end.is_some_and(|end| Instant::now() < *end)
    }

    fn decide(&self, decision: bool) {
        for device in &mut locked(&self.books).devices {
            device.decision.get_or_insert(decision);
        }
    }

    fn grant_code(&self, granted: Granted, challenge: Option<String>) -> String {
        let code = self.secret("code");
        let mut books = locked(&self.books);
        books.granted.push(granted.clone());
        let made = Instant::now();
        let entry = Code { granted, challenge, made };
        books.codes.insert(code.clone(), entry);
        code
    }

    fn grant_tokens(&self, granted: Granted) -> (String, String) {
        let (access, refresh) = (self.secret("access"), self.secret("refresh"));
        let mut books = locked(&self.books);
        let end = Instant::now() + self.config.lifetime;
        books.access.insert(access.clone(), end);
        books.refresh.insert(refresh.clone(), granted);
        (access, refresh)
    }

    /// A text that nobody can guess and a search finds.
    fn secret(&self, kind: &str) -> String {
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let (one, other) = (self.random.hash_one((number, 0)), self.random.hash_one((number, 1)));
        format!("{kind}-{number}-{one:016x}{other:016x}")
    }
}

//! A strict authorization server, to see what becomes of the tokens that it gives.
//!
//! Written from what is known of Launchpad and of OAuth and nothing else: it shares no code with the
//! extension, nor with the simulator. It is as unforgiving as a server may be: a redirect URI must be
//! equal to the letter, a code works once, a refresh token works once, and whoever presents a used one
//! loses the whole grant for ever. Every connection carries one answer and is then watched until the
//! client closes it, so that the journal can tell an answer that was read to its end from one that was
//! not. Rules delay, replace, bend or withhold answers. Beside the authorization server there is just
//! enough of an API for a table to be read with a token that is good.

mod admin;
mod api;
mod books;
mod exchange;
mod listener;
mod metadata;
mod page;
mod rule;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use books::{End, Grant, Issue, Receipt, Seen};
pub use rule::{Act, Rule};

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port to listen on; 0: any that is free.
    pub port: u16,
    /// The account of the API.
    pub account: u64,
    /// The registered application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The redirect URIs that it is registered with, compared to the letter; none: any.
    pub redirect_uris: Vec<String>,
    /// How long an access token works.
    pub lifetime: Duration,
    /// Whether a refresh must repeat the redirect URI of its authorization, as that of Basecamp 2.
    pub refresh_repeats_redirect: bool,
    /// The servers that the API names as its own; none: it does not describe itself.
    pub issuers: Option<Vec<String>>,
    /// Whether `authorization.json` gives `expires_at` as a number.
    pub numeric_expiry: bool,
    /// Whether whoever opens the authorization page refuses.
    pub denies: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            account: 4711,
            client_id: "audited-client".to_owned(),
            client_secret: "audited-client-secret".to_owned(),
            redirect_uris: Vec::new(),
            lifetime: Duration::from_secs(1_209_600),
            refresh_repeats_redirect: false,
            issuers: None,
            numeric_expiry: false,
            denies: false,
        }
    }
}

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct Authority {
    state: Arc<State>,
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

/// What the tasks of the server share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Mutex<Config>,
    pub(crate) base: String,
    pub(crate) books: Mutex<books::Books>,
    pub(crate) rules: Mutex<Vec<rule::Entry>>,
}

/// A lock whose holder never panics half way.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Authority {
    /// Starts a server on 127.0.0.1.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub fn start(config: Config) -> std::io::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let at = SocketAddr::from(([127, 0, 0, 1], config.port));
        let socket = runtime.block_on(tokio::net::TcpListener::bind(at))?;
        let address = socket.local_addr()?;
        let state = Arc::new(State {
            config: Mutex::new(config),
            base: format!("http://{address}"),
            books: Mutex::default(),
            rules: Mutex::default(),
        });
        runtime.spawn(listener::accept(socket, Arc::clone(&state)));
        Ok(Self { state, address, runtime: Some(runtime) })
    }

    /// Where it listens: what the server options `url` and `oauthurl` name.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The account of the API.
    pub fn account(&self) -> u64 {
        locked(&self.state.config).account
    }

    /// The client id and its secret.
    pub fn client(&self) -> (String, String) {
        let config = locked(&self.state.config);
        (config.client_id.clone(), config.client_secret.clone())
    }

    /// Changes the setup while it runs.
    pub fn set(&self, change: impl FnOnce(&mut Config)) {
        change(&mut locked(&self.state.config));
    }

    /// Replaces the rules: the first that fits a request bends its answer.
    pub fn set_rules(&self, rules: impl IntoIterator<Item = Rule>) {
        *locked(&self.state.rules) = rules.into_iter().map(rule::Entry::new).collect();
    }

    /// A new grant with its first tokens, as if a user had agreed; they count as received.
    pub fn grant(&self) -> Issue {
        let config = locked(&self.state.config).clone();
        locked(&self.state.books).give(&config)
    }

    /// A code for a redirect URI, as if a user had agreed elsewhere, without PKCE.
    pub fn code(&self, redirect_uri: &str) -> String {
        locked(&self.state.books).code(redirect_uri, None, None)
    }

    /// The grant of a number.
    ///
    /// # Panics
    /// When there is none.
    pub fn grant_of(&self, number: usize) -> Grant {
        locked(&self.state.books).grants[number].clone()
    }

    /// Every grant, oldest first.
    pub fn grants(&self) -> Vec<Grant> {
        locked(&self.state.books).grants.clone()
    }

    /// What was issued for a grant, oldest first.
    pub fn issued(&self, grant: usize) -> Vec<Issue> {
        let books = locked(&self.state.books);
        books.issues.iter().filter(|issue| issue.grant == grant).cloned().collect()
    }

    /// Every secret that was issued, for a search in places where none belongs.
    pub fn secrets(&self) -> Vec<String> {
        let books = locked(&self.state.books);
        let tokens = books.issues.iter().flat_map(|issue| [&issue.access, &issue.refresh]);
        tokens.cloned().collect()
    }

    /// Every request, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        locked(&self.state.books).seen.clone()
    }

    /// The requests to paths that begin like this.
    pub fn requests_to(&self, path: &str) -> Vec<Seen> {
        let all = self.requests();
        all.into_iter().filter(|seen| seen.path.starts_with(path)).collect()
    }

    /// How many requests to the token endpoint presented a token or code of a grant.
    pub fn asked_for(&self, grant: usize) -> usize {
        let books = locked(&self.state.books);
        books.seen.iter().filter(|seen| seen.grant == Some(grant)).count()
    }

    /// Forgets the requests that came.
    pub fn clear_requests(&self) {
        locked(&self.state.books).seen.clear();
    }

    /// Ends every access token now.
    pub fn expire(&self) {
        locked(&self.state.books).live.clear();
    }

    /// Withdraws a grant, as its user can.
    pub fn withdraw(&self, grant: usize) {
        locked(&self.state.books).end(grant, End::Withdrawn);
    }

    /// Says yes to every device that waits.
    pub fn approve_devices(&self) {
        locked(&self.state.books).decide(true);
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

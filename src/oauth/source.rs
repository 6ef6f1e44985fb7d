//! Where the HTTP client gets its token: a trait, and the plain case of tokens held in memory.
//!
//! May import `error`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::tokens::now;
use super::{App, Dialect, Endpoints, Http, Stored, Tokens, refresh};
use crate::error::{Error, Kind, Result};

/// How long a failure to renew a token is believed before it is tried again: long enough for all
/// requests that are under way to hear of it.
const REST: Duration = Duration::from_secs(30);

/// A future that a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Gives out the access token and hears when it was refused.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// The token to use now, renewed ahead of its end (rule 36). Called for each attempt.
    fn present(&self) -> Boxed<'_, Result<SecretString>>;

    /// Told that a token was refused; true when another is there to try (rule 33).
    fn refused(&self, refused: &SecretString) -> Boxed<'_, Result<bool>>;

    /// What to do when the service refuses a token for good, if more than the usual is known.
    fn advice(&self) -> Option<String> {
        None
    }

    /// Where the token came from tells whose it is, unless that is Launchpad.
    fn issuer(&self) -> Option<Url> {
        None
    }
}

/// Tokens in memory: renewed once for all who notice together, and stored nowhere.
pub struct Held {
    http: Http,
    endpoints: Endpoints,
    app: App,
    dialect: Dialect,
    /// Held over a refresh, so that whoever comes meanwhile waits for its outcome.
    state: Mutex<State>,
}

struct State {
    stored: Stored,
    /// When renewing them failed last, and how.
    failed: Option<(Instant, Error)>,
}

impl State {
    /// The failure that is not to be tried again yet. What passes by itself is tried again at once
    /// when the token has ended; a refusal stays one, however many requests run into it.
    fn resting(&self, ended: bool) -> Option<Error> {
        let (when, error) = self.failed.as_ref()?;
        let refused = error.kind() == Kind::Authentication;
        (when.elapsed() < REST && (refused || !ended)).then(|| error.clone())
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("app", &self.app).finish_non_exhaustive()
    }
}

impl Held {
    /// Holds tokens that came at a time, in seconds since 1970.
    pub fn new(
        http: Http,
        endpoints: Endpoints,
        app: App,
        dialect: Dialect,
        stored: Stored,
    ) -> Self {
        Self { http, endpoints, app, dialect, state: Mutex::new(State { stored, failed: None }) }
    }

    /// The tokens as they are now.
    pub async fn tokens(&self) -> Tokens {
        self.state.lock().await.stored.tokens.clone()
    }

    async fn renew(&self, state: &mut State, ended: bool) -> Result<()> {
        if let Some(error) = state.resting(ended) {
            return Err(error);
        }
        let (http, endpoints) = (&self.http, &self.endpoints);
        let old = &state.stored.tokens;
        match refresh(http, endpoints, &self.app, self.dialect, old).await {
            Ok(tokens) => {
                state.stored.tokens = tokens;
                state.stored.refreshed_at = now();
                state.failed = None;
                Ok(())
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn presented(&self) -> Result<SecretString> {
        let mut state = self.state.lock().await;
        let ended = state.stored.tokens.expires_within(1, now());
        if state.stored.tokens.refresh.is_some() && state.stored.is_due(now()) {
            match self.renew(&mut state, ended).await {
                // Still good: the server that renews it may be back before it ends.
                Err(_) if !ended => {}
                outcome => outcome?,
            }
        }
        Ok(state.stored.tokens.access.clone())
    }

    async fn replaced(&self, refused: SecretString) -> Result<bool> {
        let mut state = self.state.lock().await;
        let tokens = &state.stored.tokens;
        if tokens.access.expose_secret() != refused.expose_secret() {
            return Ok(true);
        }
        if tokens.refresh.is_none() {
            return Ok(false);
        }
        self.renew(&mut state, true).await?;
        Ok(true)
    }
}

impl TokenSource for Held {
    fn present(&self) -> Boxed<'_, Result<SecretString>> {
        Box::pin(self.presented())
    }

    fn refused(&self, refused: &SecretString) -> Boxed<'_, Result<bool>> {
        Box::pin(self.replaced(refused.clone()))
    }
}

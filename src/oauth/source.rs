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

use super::tokens::now;
use super::{App, Dialect, Endpoints, Http, Stored, Tokens, refresh};
use crate::error::Result;

/// How long a token that still works is used after renewing it failed, before that is tried again.
const REST: Duration = Duration::from_secs(30);

/// A future that a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Gives out the access token and hears when it was refused.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// The token to use now, renewed ahead of its end (rule 36). Called for each attempt.
    fn present(&self) -> Boxed<'_, Result<SecretString>>;

    /// Told that a token was refused; true when another is there to try (rule 33).
    fn refused(&self, refused: &SecretString) -> Boxed<'_, Result<bool>>;
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
    /// When a refresh ahead of time failed last.
    failed: Option<Instant>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("app", &self.app)
            .finish_non_exhaustive()
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
        Self {
            http,
            endpoints,
            app,
            dialect,
            state: Mutex::new(State {
                stored,
                failed: None,
            }),
        }
    }

    /// The tokens as they are now.
    pub async fn tokens(&self) -> Tokens {
        self.state.lock().await.stored.tokens.clone()
    }

    async fn renew(&self, stored: &mut Stored) -> Result<()> {
        let (http, endpoints) = (&self.http, &self.endpoints);
        let tokens = refresh(http, endpoints, &self.app, self.dialect, &stored.tokens).await?;
        stored.tokens = tokens;
        stored.refreshed_at = now();
        Ok(())
    }

    async fn presented(&self) -> Result<SecretString> {
        let mut state = self.state.lock().await;
        let rests = state.failed.is_some_and(|failed| failed.elapsed() < REST);
        let ended = state.stored.tokens.expires_within(1, now());
        let renewable = state.stored.tokens.refresh.is_some();
        if renewable && state.stored.is_due(now()) && (ended || !rests) {
            match self.renew(&mut state.stored).await {
                Ok(()) => state.failed = None,
                // Still good: the server that renews it may be back before it ends.
                Err(_) if !ended => state.failed = Some(Instant::now()),
                Err(error) => return Err(error),
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
        self.renew(&mut state.stored).await?;
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

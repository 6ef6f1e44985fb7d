//! Who the client is to Basecamp.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use secrecy::{ExposeSecret, SecretString};

use crate::error::Result;

/// A future that a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes the Authorization header, anew for each attempt (rule 24).
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// The header's value.
    fn header(&self) -> Boxed<'_, Result<SecretString>>;

    /// Told that Basecamp refused the header last made; true when another is there to try (rule 33).
    ///
    /// Called once for all requests that one header was refused to, and never twice at a time.
    fn refused(&self) -> Boxed<'_, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    /// Tells kept answers apart where the header does not. Kept answers are never shared between
    /// headers (rule 86), so that most need not say anything.
    fn cache_key(&self) -> u64 {
        0
    }
}

/// An access token.
#[derive(Debug, Clone)]
pub struct Bearer(pub SecretString);

impl Credentials for Bearer {
    fn header(&self) -> Boxed<'_, Result<SecretString>> {
        let value = format!("Bearer {}", self.0.expose_secret());
        Box::pin(async move { Ok(value.into()) })
    }
}

/// A user name and a password: Basecamp 2 only.
#[derive(Debug, Clone)]
pub struct Basic {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

impl Credentials for Basic {
    fn header(&self) -> Boxed<'_, Result<SecretString>> {
        use base64::Engine as _;
        let pair = format!("{}:{}", self.user, self.password.expose_secret());
        let value = format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair)
        );
        Box::pin(async move { Ok(value.into()) })
    }
}

//! Who the client is to Basecamp. May import `oauth` and `error`.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::error::Result;
pub use crate::oauth::Boxed;
use crate::oauth::TokenSource;

/// What an Authorization header with a token starts with.
const BEARER: &str = "Bearer ";

/// Makes the Authorization header, anew for each attempt (rule 24).
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// The header's value.
    fn header(&self) -> Boxed<'_, Result<SecretString>>;

    /// Told that Basecamp refused a header; true when another is there to try (rule 33).
    ///
    /// Called once for all requests that one header was refused to, and never twice at a time.
    fn refused(&self, header: &SecretString) -> Boxed<'_, Result<bool>> {
        let _ = header;
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
        let header = bearer(&self.0);
        Box::pin(async move { Ok(header) })
    }
}

fn bearer(token: &SecretString) -> SecretString {
    format!("{BEARER}{}", token.expose_secret()).into()
}

/// Tokens that are renewed: ahead of their end, and when Basecamp refuses one (rules 33 to 36).
#[derive(Debug, Clone)]
pub struct OAuth(pub Arc<dyn TokenSource>);

impl Credentials for OAuth {
    fn header(&self) -> Boxed<'_, Result<SecretString>> {
        Box::pin(async move { Ok(bearer(&self.0.present().await?)) })
    }

    fn refused(&self, header: &SecretString) -> Boxed<'_, Result<bool>> {
        let token =
            header.expose_secret().strip_prefix(BEARER).map(|token| token.to_owned().into());
        Box::pin(async move {
            match token {
                Some(token) => self.0.refused(&token).await,
                None => Ok(false),
            }
        })
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
        let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        Box::pin(async move { Ok(value.into()) })
    }
}

//! Who the client is to Basecamp. May import `oauth` and `error`.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::{Error, Kind, Result};
pub use crate::oauth::Boxed;
use crate::oauth::TokenSource;
use crate::refusal::Secrets;

/// What an Authorization header with a token starts with.
const BEARER: &str = "Bearer ";

/// What to do about an access token that is refused, where nothing else is known.
const RENEW: &str = "The access token may have expired or been revoked: set a new \
                     oauthaccesstoken in the user mapping.";

/// Makes the Authorization header, anew for each attempt.
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// The header's value.
    fn header(&self) -> Boxed<'_, Result<SecretString>>;

    /// Told that Basecamp refused a header; true when another is there to try.
    ///
    /// Called once for all requests that one header was refused to, and never twice at a time.
    fn refused(&self, header: &SecretString) -> Boxed<'_, Result<bool>> {
        let _ = header;
        Box::pin(async { Ok(false) })
    }

    /// What of a header no message may repeat.
    fn secrets(&self, header: &SecretString) -> Secrets {
        let header = header.expose_secret();
        Secrets::new([header.split_once(' ').map_or(header, |(_, secret)| secret)])
    }

    /// What to do when Basecamp does not accept it.
    fn advice(&self) -> String {
        RENEW.to_owned()
    }

    /// Where to ask who it belongs to, instead of at Launchpad.
    ///
    /// # Errors
    /// When nobody but the API may be shown it.
    fn issuer(&self) -> Result<Option<Url>> {
        Ok(None)
    }

    /// Tells kept answers apart where the header does not. Kept answers are never shared between
    /// headers, so that most need not say anything.
    fn cache_key(&self) -> u64 {
        0
    }
}

/// An access token.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "postgres",
    expect(dead_code, reason = "tests and tools show one token with it to the client that ships")
)]
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

/// Tokens that are renewed: ahead of their end, and when Basecamp refuses one.
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

    fn advice(&self) -> String {
        self.0.advice().unwrap_or_else(|| RENEW.to_owned())
    }

    fn issuer(&self) -> Result<Option<Url>> {
        Ok(self.0.issuer())
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

    fn secrets(&self, header: &SecretString) -> Secrets {
        let header = header.expose_secret();
        let pair = header.split_once(' ').map_or(header, |(_, pair)| pair);
        Secrets::new([pair, self.password.expose_secret()])
    }

    fn advice(&self) -> String {
        "Check the options user and password of the user mapping: the user is the one that logs in to \
         Basecamp 2."
            .to_owned()
    }

    fn issuer(&self) -> Result<Option<Url>> {
        let message = "a user name and password cannot be shown to Launchpad";
        Err(Error::new(Kind::Unsupported, message)
            .detail(
                "They are for Basecamp 2 alone; Launchpad, which knows the accounts, takes tokens.",
            )
            .hint("Use authscheme OAuth to read this table."))
    }
}

//! Where the HTTP client gets its token. May import `error`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use secrecy::SecretString;
use url::Url;

use crate::error::Result;

/// A future that a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Gives out the access token and hears when it was refused.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// The token to use now, renewed ahead of its end. Called for each attempt.
    fn present(&self) -> Boxed<'_, Result<SecretString>>;

    /// Told that a token was refused; true when another is there to try.
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

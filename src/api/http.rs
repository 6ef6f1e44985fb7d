//! The HTTP library for the API: limits of its own on top of `transport`. May import `error`.

use bytes::Bytes;
use reqwest::Response;

use super::client::Config;
use crate::error::Result;
use crate::transport::{self, Setup};

pub use crate::transport::BodyError;

/// A success body is read up to this size (rule 51).
const LARGEST_BODY: usize = 52_428_800;
/// An error body is read up to this size (rule 51).
const LARGEST_ERROR: usize = 1_048_576;

/// Makes the client that keeps the connections.
///
/// # Errors
/// When a value of the configuration cannot be used.
pub fn build(config: &Config) -> Result<reqwest::Client> {
    let builder = transport::builder(Setup {
        timeout: config.timeout,
        user_agent: Some(&config.user_agent),
        proxy: config.proxy.as_deref(),
        ca_pem: config.ca_pem.as_deref(),
    })?;
    transport::build(builder.pool_max_idle_per_host(config.max_concurrency.max(1)))
}

/// Reads a body as it comes, and stops where it passes the cap (rule 51).
///
/// # Errors
/// When it breaks off, or is too large.
pub async fn read_body(response: Response) -> std::result::Result<Bytes, BodyError> {
    let most = if response.status().is_success() { LARGEST_BODY } else { LARGEST_ERROR };
    transport::read_body(response, most).await
}

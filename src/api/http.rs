//! The HTTP library, set up so that it does nothing by itself: no redirects, no repeats, no proxy
//! from the environment. May import `error`.

use std::sync::Once;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Certificate, Proxy, Response};

use super::client::Config;
use crate::error::{Error, Kind, Result};

/// Time to establish a connection (rule 10); a shorter time for the whole attempt shortens it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A success body is read up to this size (rule 51).
const LARGEST_BODY: usize = 52_428_800;
/// An error body is read up to this size (rule 51).
const LARGEST_ERROR: usize = 1_048_576;

/// Makes the client that keeps the connections.
///
/// # Errors
/// When a value of the configuration cannot be used.
pub fn build(config: &Config) -> Result<reqwest::Client> {
    static PROVIDER: Once = Once::new();
    // Fails only where somebody else installed one first, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    if config.timeout.is_zero() {
        let error = Error::new(
            Kind::OptionValue,
            "option \"timeout\" must be greater than zero",
        );
        return Err(error);
    }
    let mut builder = reqwest::Client::builder()
        .default_headers(default_headers(config)?)
        .redirect(reqwest::redirect::Policy::none())
        // What is repeated, and when, is decided in `attempt` alone.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
        .timeout(config.timeout)
        .no_proxy()
        .pool_max_idle_per_host(config.max_concurrency.max(1));
    if let Some(proxy) = &config.proxy {
        let proxy = Proxy::all(proxy).map_err(|_| {
            Error::new(Kind::OptionValue, "option \"proxy\" is not a proxy URL")
                .hint("Use http://host:port.")
        })?;
        builder = builder.proxy(proxy);
    }
    if let Some(pem) = &config.ca_pem {
        builder = builder.tls_certs_merge(certificates(pem)?);
    }
    builder.build().map_err(|error| {
        Error::new(Kind::Configuration, "could not set up the HTTP client")
            .detail(format!("{}.", error.without_url()))
    })
}

fn default_headers(config: &Config) -> Result<HeaderMap> {
    let agent = HeaderValue::from_str(&config.user_agent)
        .ok()
        .filter(|agent| !agent.is_empty())
        .ok_or_else(|| {
            Error::new(
                Kind::OptionValue,
                "option \"useragent\" has characters that no header may have",
            )
        })?;
    Ok(HeaderMap::from_iter([(USER_AGENT, agent)]))
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>> {
    Certificate::from_pem_bundle(pem)
        .ok()
        .filter(|certificates| !certificates.is_empty())
        .ok_or_else(|| {
            Error::new(
                Kind::Configuration,
                "the file of option \"cacert\" has no PEM certificates",
            )
        })
}

/// Why a body could not be read.
#[derive(Debug)]
pub enum BodyError {
    /// The connection broke, or time was up.
    Lost(reqwest::Error),
    /// It is larger than this.
    TooLarge(usize),
}

/// Reads a body as it comes, and stops where it passes the cap (rule 51). Counted after
/// decompression, so that a small answer cannot become a large one.
///
/// # Errors
/// When it breaks off, or is too large.
pub async fn read_body(mut response: Response) -> std::result::Result<Bytes, BodyError> {
    let most = if response.status().is_success() {
        LARGEST_BODY
    } else {
        LARGEST_ERROR
    };
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Lost)? {
        if body.len() + chunk.len() > most {
            return Err(BodyError::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

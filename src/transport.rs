//! The HTTP library, set up so that it does nothing by itself: no redirects, no repeats, no proxy
//! from the environment; bodies are read under a cap. May import `error`, `names`.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::{Arc, Once};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Certificate, ClientBuilder, Proxy, Response};

use crate::error::{Error, Kind, Result};
use crate::names::SystemNames;

/// Time to establish a connection; a shorter time for the whole attempt shortens it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How the library is set up.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// Time for one request, its body included.
    pub timeout: Duration,
    /// Who asks, and whom to contact; none: nothing is said of it.
    pub user_agent: Option<&'a str>,
    /// Through which proxy; its address may have a password in it.
    pub proxy: Option<&'a str>,
    /// Certificates that are trusted beside the system's, as PEM.
    pub ca_pem: Option<&'a [u8]>,
}

/// The builder of a client that keeps connections and decides nothing.
///
/// # Errors
/// When a value of the setup cannot be used.
pub fn builder(setup: Setup<'_>) -> Result<ClientBuilder> {
    static PROVIDER: Once = Once::new();
    // Fails only where somebody else installed one first, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    if setup.timeout.is_zero() {
        let error = Error::new(Kind::OptionValue, "option \"timeout\" must be greater than zero");
        return Err(error);
    }
    let mut builder = reqwest::Client::builder()
        .default_headers(default_headers(setup.user_agent)?)
        .redirect(reqwest::redirect::Policy::none())
        // What is repeated, and when, is decided by those who ask.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT.min(setup.timeout))
        .dns_resolver(Arc::new(names(setup.timeout)))
        .timeout(setup.timeout)
        .no_proxy();
    if let Some(proxy) = setup.proxy {
        let proxy = Proxy::all(proxy).map_err(|_| {
            Error::new(Kind::OptionValue, "option \"proxy\" is not a proxy URL")
                .hint("Use http://host:port.")
        })?;
        builder = builder.proxy(proxy);
    }
    if let Some(pem) = setup.ca_pem {
        builder = builder.tls_certs_merge(certificates(pem)?);
    }
    Ok(builder)
}

/// The resolver of a client with this time for a request. It gives up a little before the connection
/// does, so that the error tells a name that was not resolved from an address that does not answer.
pub fn names(timeout: Duration) -> SystemNames {
    SystemNames { patience: CONNECT_TIMEOUT.min(timeout).mul_f64(0.9) }
}

/// Builds the client.
///
/// # Errors
/// When the system lacks something that it needs.
pub fn build(builder: ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| {
        Error::new(Kind::Configuration, "could not set up the HTTP client")
            .detail(format!("{}.", error.without_url()))
    })
}

fn default_headers(user_agent: Option<&str>) -> Result<HeaderMap> {
    let Some(user_agent) = user_agent else {
        return Ok(HeaderMap::new());
    };
    let agent = HeaderValue::from_str(user_agent)
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
            Error::new(Kind::Configuration, "the file of option \"cacert\" has no PEM certificates")
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

/// Reads a body as it comes, and stops where it passes the cap. Counted after
/// decompression, so that a small answer cannot become a large one.
///
/// # Errors
/// When it breaks off, or is too large.
pub async fn read_body(
    mut response: Response,
    most: usize,
) -> std::result::Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Lost)? {
        if body.len() + chunk.len() > most {
            return Err(BodyError::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A request to somebody that got no answer. The address is left out: it may be signed.
pub fn unanswered(whom: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let (kind, message) = if error.is_timeout() && !error.is_connect() {
        (Kind::ConnectionLost, format!("{whom} did not answer in time"))
    } else if error.is_connect() {
        (Kind::Connect, format!("could not connect to {whom}"))
    } else {
        (Kind::ConnectionLost, format!("the connection to {whom} broke"))
    };
    let causes = causes(&error);
    let untrusted = causes.contains("certificate");
    let error = Error::new(kind, message).detail(causes);
    if untrusted {
        return error.hint(
            "If the certificate is from an authority of your own, name its PEM file in the option \
             cacert.",
        );
    }
    error
}

/// The chain of causes in one sentence.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        cause = inner.source();
    }
    text.push('.');
    text
}

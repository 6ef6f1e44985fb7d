//! Requests to an authorization server: one try each, bounded in time and size, no redirects.
//!
//! May import `address`, `transport` and `error`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::guard::{self, PublicOnly};
use crate::address;
use crate::error::{Error, Kind, Result};
use crate::transport::{self, BodyError, Setup};

/// The largest answer that is read: no token or metadata comes near it.
const LARGEST_BODY: usize = 1_048_576;
/// What messages call the other side.
pub const SERVER: &str = "the authorization server";

/// What asks the authorization server.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    made_of: Arc<MadeOf>,
    /// Whether private and special addresses are refused.
    public_only: bool,
}

/// The setup, to make a client that refuses private addresses when one is needed.
struct MadeOf {
    timeout: Duration,
    user_agent: String,
    proxy: Option<String>,
    ca_pem: Option<Vec<u8>>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address of a proxy may have a password in it.
        f.debug_struct("Http")
            .field("timeout", &self.made_of.timeout)
            .field("public_only", &self.public_only)
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The Retry-After header.
    pub retry_after: Option<String>,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Lost {
    /// What to report.
    pub error: Error,
    /// Whether time was up, which a device may try again after.
    pub timed_out: bool,
}

impl From<Lost> for Error {
    fn from(lost: Lost) -> Self {
        lost.error
    }
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self { error, timed_out: false }
    }
}

impl Http {
    /// Sets up what asks; nothing is sent yet. `timeout` bounds each request, its body included.
    ///
    /// # Errors
    /// When a value cannot be used.
    pub fn new(
        timeout: Duration,
        user_agent: &str,
        proxy: Option<&str>,
        ca_pem: Option<&[u8]>,
    ) -> Result<Self> {
        let made_of = MadeOf {
            timeout,
            user_agent: user_agent.to_owned(),
            proxy: proxy.map(str::to_owned),
            ca_pem: ca_pem.map(<[u8]>::to_vec),
        };
        Self::make(Arc::new(made_of), false)
    }

    /// The same, with private and special addresses, or refusing them where a server named them.
    pub(super) fn reaching(&self, private: bool) -> Result<Self> {
        if private || self.public_only {
            return Ok(self.clone());
        }
        Self::make(Arc::clone(&self.made_of), true)
    }

    fn make(made_of: Arc<MadeOf>, public_only: bool) -> Result<Self> {
        let mut builder = transport::builder(Setup {
            timeout: made_of.timeout,
            user_agent: Some(&made_of.user_agent),
            proxy: made_of.proxy.as_deref(),
            ca_pem: made_of.ca_pem.as_deref(),
        })?;
        if public_only {
            let names = transport::names(made_of.timeout);
            builder = builder.dns_resolver(Arc::new(PublicOnly(names)));
        }
        Ok(Self { client: transport::build(builder)?, made_of, public_only })
    }

    /// GET, with a token or without.
    pub(super) async fn get(
        &self,
        url: &Url,
        bearer: Option<&SecretString>,
    ) -> std::result::Result<Answer, Lost> {
        let mut request = self.client.get(url.clone());
        if let Some(bearer) = bearer {
            request = request.header(AUTHORIZATION, authorization(bearer)?);
        }
        self.send(url, request).await
    }

    /// POST of a form.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: Vec<u8>,
        most: Option<Duration>,
    ) -> std::result::Result<Answer, Lost> {
        let mut request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        if let Some(most) = most {
            request = request.timeout(most.min(self.made_of.timeout));
        }
        self.send(url, request).await
    }

    async fn send(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
    ) -> std::result::Result<Answer, Lost> {
        // Rule 95. Checked here, because some addresses come from servers and from stored settings.
        if !address::is_safe(url) {
            let error = Error::malformed("the authorization server's address is not https");
            return Err(error.into());
        }
        if self.public_only {
            guard::check_literal(url)?;
        }
        let sent = request.header(ACCEPT, "application/json").send().await;
        let response = sent.map_err(lost)?;
        let status = response.status().as_u16();
        let retry_after = text(response.headers(), RETRY_AFTER.as_str());
        let content_type = text(response.headers(), CONTENT_TYPE.as_str());
        let body = match transport::read_body(response, LARGEST_BODY).await {
            Ok(body) => body,
            Err(BodyError::Lost(error)) => return Err(lost(error)),
            Err(BodyError::TooLarge(most)) => {
                let error = Error::malformed(format!("the answer of {SERVER} is too large"));
                let detail = format!("HTTP status {status}, more than {most} bytes.");
                return Err(error.status(status).detail(detail).into());
            }
        };
        Ok(Answer { status, retry_after, content_type, body })
    }
}

fn authorization(bearer: &SecretString) -> Result<HeaderValue> {
    let value = format!("Bearer {}", bearer.expose_secret());
    let mut value = HeaderValue::from_str(&value).map_err(|_| {
        Error::new(Kind::Authentication, "the access token has characters that no token has")
    })?;
    // Shown as `Sensitive` wherever the library shows headers.
    value.set_sensitive(true);
    Ok(value)
}

fn lost(error: reqwest::Error) -> Lost {
    Lost { timed_out: error.is_timeout(), error: transport::unanswered(SERVER, error) }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Http;
    use crate::error::Kind;

    fn http(proxy: Option<&str>) -> Http {
        Http::new(Duration::from_secs(9), "test (t@example.com)", proxy, None).expect("a client")
    }

    #[tokio::test]
    async fn rule_107_names_and_addresses_of_this_network_are_refused_when_connecting() {
        // Somebody listens: what refuses is not the absence of a server.
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let port = server.expect("a port").local_addr().expect("bound").port();
        let public = http(None).reaching(false).expect("a client");
        for host in ["localhost", "127.0.0.1", "[::1]", "10.0.0.1"] {
            let url = format!("https://{host}:{port}/").parse().expect("a URL");
            let error = public.get(&url, None).await.expect_err(host).error;
            assert_eq!(error.kind(), Kind::Connect, "{host}");
            let said = format!("{error} {}", error.detail_text().unwrap_or_default());
            assert!(said.contains("private or special"), "{host}: {said}");
        }
    }

    #[tokio::test]
    async fn rule_95_nothing_is_sent_in_the_clear_to_another_machine() {
        let url = "http://launchpad.example/authorization/token".parse().expect("a URL");
        let error = http(None).post(&url, Vec::new(), None).await.expect_err("plain");
        assert_eq!(error.error.kind(), Kind::Malformed);
    }

    #[test]
    fn a_client_prints_without_the_password_of_its_proxy() {
        let printed = format!("{:?}", http(Some("http://user:hush@proxy.example:3128")));
        assert!(!printed.contains("hush"), "{printed}");
    }
}

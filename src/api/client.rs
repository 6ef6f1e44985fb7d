//! One request: authenticated, bounded, in turn, and repeated where that is safe.

use std::sync::{Arc, Once};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT,
};
use reqwest::{Method, Proxy, Response};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use url::Url;

use super::failure::{Headers, answered, unanswered};
use super::meter::Meter;
use super::pages::Pages;
use super::rate::{Limiter, Rate};
use super::{Base, Credentials, retry};
use crate::error::{Error, Kind, Result};

/// Time to establish a connection (rule 10).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A success body is read up to this size (rule 51).
const LARGEST_BODY: usize = 52_428_800;
/// An error body is read up to this size (rule 51).
const LARGEST_ERROR: usize = 1_048_576;

/// How a client is set up: the options of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the API is.
    pub base: Base,
    /// The account: the first segment of every path, digits.
    pub account: String,
    /// What Basecamp demands to know of the caller: product and contact.
    pub user_agent: String,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Attempts in all; 0 means one (rule 20).
    pub max_attempts: u32,
    /// Requests side by side.
    pub max_concurrency: usize,
    /// Requests in a window of time.
    pub rate: Rate,
    /// Pages of one listing (rule 42).
    pub max_pages: u32,
    /// Through which proxy.
    pub proxy: Option<String>,
    /// Certificates that are trusted beside the system's, as PEM.
    pub ca_pem: Option<Vec<u8>>,
}

/// A client of one account with one user's credentials. Clones share connections and limits.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
    meter: Arc<Meter>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    config: Config,
    credentials: Arc<dyn Credentials>,
    limiter: Limiter,
    places: Semaphore,
}

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// The Link header.
    pub link: Option<String>,
    /// `X-Total-Count`: the size of the whole collection; planner material (rule 44).
    pub total: Option<u64>,
}

/// What one attempt came to.
enum Attempt {
    Success(Answer),
    /// A redirect, with its target.
    Redirect(Error, Option<String>),
    /// Final, or to be repeated after the time that the server asked for.
    Failure {
        error: Error,
        passing: bool,
        after: Option<Duration>,
    },
}

impl Client {
    /// Sets a client up; nothing is sent yet.
    ///
    /// # Errors
    /// When proxy, certificates or the user agent cannot be used.
    pub fn new(config: Config, credentials: Arc<dyn Credentials>) -> Result<Self> {
        let http = build(&config)?;
        let limiter = Limiter::new(config.rate);
        let places = Semaphore::new(config.max_concurrency.max(1));
        let inner = Inner {
            http,
            config,
            credentials,
            limiter,
            places,
        };
        Ok(Self {
            inner: Arc::new(inner),
            meter: Arc::default(),
        })
    }

    /// The same client, counting into another meter.
    #[must_use]
    pub fn metered(&self, meter: Arc<Meter>) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            meter,
        }
    }

    /// Requests side by side at most.
    pub fn concurrency(&self) -> usize {
        self.inner.config.max_concurrency.max(1)
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Reads a path below the account.
    ///
    /// # Errors
    /// Everything but a success, sorted by kind.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.read(self.address(path)?).await
    }

    /// Reads one record. A recurring schedule entry answers with a redirect to its first occurrence,
    /// which is the only one that is followed (rule 13; v3.md, section 4.6).
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_following_occurrence(&self, path: &str) -> Result<Answer> {
        let url = self.address(path)?;
        match self.attempts(&Method::GET, &url, None).await? {
            Ok(answer) => Ok(answer),
            Err((error, location)) => {
                let target = location.and_then(|location| url.join(&location).ok());
                match target.filter(|target| self.is_occurrence(target)) {
                    Some(target) => self.read(target).await,
                    None => Err(error),
                }
            }
        }
    }

    /// Starts reading a listing. `limit`: rows that are wanted at most, if that is known.
    pub fn pages(&self, path: &str, limit: Option<u64>) -> Pages {
        Pages::new(self.clone(), self.address(path), limit)
    }

    pub(super) async fn read(&self, url: Url) -> Result<Answer> {
        self.attempts(&Method::GET, &url, None)
            .await?
            .map_err(|(error, _)| error)
    }

    fn address(&self, path: &str) -> Result<Url> {
        let Config { base, account, .. } = &self.inner.config;
        base.join(&format!("/{account}{path}"))
    }

    fn is_occurrence(&self, url: &Url) -> bool {
        let mut segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
        let day = segments.pop().and_then(|last| last.strip_suffix(".json"));
        let dated =
            day.is_some_and(|day| day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()));
        let named = segments.pop() == Some("occurrences") && segments.pop().is_some_and(is_id);
        self.inner.config.base.is_origin_of(url)
            && dated
            && named
            && segments.pop() == Some("schedule_entries")
    }

    /// Asks until there is an answer worth reporting. The inner error is a redirect.
    async fn attempts(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&serde_json::Value>,
    ) -> Result<std::result::Result<Answer, (Error, Option<String>)>> {
        let most = if retry::repeatable(method) {
            self.inner.config.max_attempts.max(1)
        } else {
            1
        };
        let mut refreshed = false;
        let mut attempt = 0;
        loop {
            let failed = match self.attempt(method, url, body, attempt > 0).await? {
                Attempt::Success(answer) => return Ok(Ok(answer)),
                Attempt::Redirect(error, location) => return Ok(Err((error, location))),
                Attempt::Failure {
                    error,
                    passing,
                    after,
                } => (error, passing, after),
            };
            let (error, passing, after) = failed;
            attempt += 1;
            let left = attempt < most;
            if error.kind() == Kind::Authentication && left && !refreshed {
                refreshed = true;
                if self.inner.credentials.refused().await? {
                    continue;
                }
            }
            if !passing || !left {
                return Err(error);
            }
            match after {
                // Everybody waits, not only this request (DESIGN, section 5.5).
                Some(wait) => self.inner.limiter.pause(wait),
                None => tokio::time::sleep(retry::backoff(attempt - 1)).await,
            }
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&serde_json::Value>,
        repeat: bool,
    ) -> Result<Attempt> {
        let header = self.inner.credentials.header().await?;
        let mut authorization = HeaderValue::from_str(header.expose_secret()).map_err(|_| {
            Error::new(
                Kind::Authentication,
                "the access token has characters that no token has",
            )
        })?;
        authorization.set_sensitive(true);
        let closed = |_| Error::new(Kind::ConnectionLost, "the client was shut down");
        let _place = self.inner.places.acquire().await.map_err(closed)?;
        let (_slot, waited) = self.inner.limiter.slot().await;
        self.meter.waited(waited);
        self.meter.request(repeat);
        let mut request = self
            .inner
            .http
            .request(method.clone(), url.clone())
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json");
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        match request.send().await {
            Ok(response) => Ok(self.received(method, response).await),
            Err(error) => Ok(lost(method, error)),
        }
    }

    async fn received(&self, method: &Method, response: Response) -> Attempt {
        let status = response.status();
        let headers = response.headers().clone();
        let most = if status.is_success() {
            LARGEST_BODY
        } else {
            LARGEST_ERROR
        };
        let body = match read_body(response, most).await {
            Ok(body) => body,
            Err(BodyError::Lost(error)) => return lost(method, error),
            Err(BodyError::TooLarge) if status.is_success() => {
                let error = Error::malformed("the answer is too large")
                    .detail(format!("It has more than {most} bytes."));
                return Attempt::Failure {
                    error,
                    passing: false,
                    after: None,
                };
            }
            Err(BodyError::TooLarge) => Bytes::new(),
        };
        self.meter.bytes(body.len());
        if status.is_success() {
            let total = text(&headers, "x-total-count").and_then(|total| total.parse().ok());
            return Attempt::Success(Answer {
                body,
                link: text(&headers, "link"),
                total,
            });
        }
        let said = Headers {
            request_id: text(&headers, "x-request-id"),
            retry_after: text(&headers, "retry-after"),
            reason: text(&headers, "reason"),
        };
        let error = answered(status.as_u16(), &said, &body);
        if status.is_redirection() {
            return Attempt::Redirect(error, text(&headers, LOCATION.as_str()));
        }
        let passing = retry::passing(method, status.as_u16());
        let after = said.retry_after.filter(|_| passing);
        let after = after.and_then(|value| retry::retry_after(&value, SystemTime::now()));
        Attempt::Failure {
            error,
            passing,
            after,
        }
    }
}

/// A failure without an answer is repeated where the method allows it; one that used up its whole
/// time is not, since a repeat would only wait as long again (rule 19).
fn lost(method: &Method, error: reqwest::Error) -> Attempt {
    let passing = retry::repeatable(method) && (!error.is_timeout() || error.is_connect());
    Attempt::Failure {
        error: unanswered(error),
        passing,
        after: None,
    }
}

fn is_id(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

enum BodyError {
    Lost(reqwest::Error),
    TooLarge,
}

/// Reads a body and stops when it passes the cap.
async fn read_body(mut response: Response, most: usize) -> std::result::Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Lost)? {
        if body.len() + chunk.len() > most {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn build(config: &Config) -> Result<reqwest::Client> {
    static PROVIDER: Once = Once::new();
    // Fails only where somebody else installed one first, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let agent = HeaderValue::from_str(&config.user_agent).map_err(|_| {
        Error::new(
            Kind::OptionValue,
            "option \"useragent\" has characters that no header may have",
        )
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, agent);
    let mut builder = reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
        .timeout(config.timeout)
        .no_proxy();
    if let Some(proxy) = &config.proxy {
        let proxy = Proxy::all(proxy).map_err(|error| {
            Error::new(Kind::OptionValue, "option \"proxy\" is not a proxy URL")
                .detail(error.without_url().to_string())
        })?;
        builder = builder.proxy(proxy);
    }
    if let Some(pem) = &config.ca_pem {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| {
            Error::new(
                Kind::Configuration,
                "the file of option \"cacert\" has no PEM certificates",
            )
        })?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| {
        Error::new(Kind::Configuration, "could not set up the HTTP client")
            .detail(error.without_url().to_string())
    })
}

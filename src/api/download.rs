//! Files: two hops, the first with credentials at the API, the second without at a storage host.
//!
//! Section L of the rules. May import the rest of `api`, and `error`.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Response};
use url::{Host, Url};

use super::answer::Outcome;
use super::client::Client;
use super::config::Config;
use super::http;
use super::request::Request;
use super::retry::Repeat;
use crate::error::{Error, Kind, Result};
use crate::transport::{self, Setup};

/// Basecamp gives addresses of files on hosts below these; what is asked is always the API's origin.
const DOMAINS: [&str; 3] = ["basecamp.com", "basecamp-static.com", "basecampapi.com"];
/// A file may take its time as long as its bytes keep coming; a statement's own timeout still holds.
const WHOLE_FILE: Duration = Duration::from_secs(60 * 60 * 24);

impl Client {
    /// The bytes of a file by an address that the API gave, such as `download_url`; `largest`: how
    /// many there may be.
    ///
    /// # Errors
    /// When the address is not one of Basecamp's and this account's, and for everything but the file.
    pub async fn download(&self, address: &str, largest: usize) -> Result<Bytes> {
        let url = self.file_address(address)?;
        let most = Repeat::ByMethod.attempts(&Method::GET, self.inner.config.max_attempts);
        let request = Request::file(url.clone(), most, largest);
        let (error, location) = match self.run(&request).await? {
            Outcome::Success(answer) => return Ok(answer.body),
            Outcome::Redirect(error, location) => (error, location),
        };
        let moved = matches!(error.http_status(), Some(301 | 302 | 303 | 307 | 308));
        match location.filter(|_| moved) {
            Some(location) => self.fetch_stored(&url, &location, largest).await,
            None => Err(error.hint("The redirect does not say where the file is.")),
        }
    }

    /// The same path and query on the origin that credentials may go to.
    fn file_address(&self, address: &str) -> Result<Url> {
        let refuse = |why: String| {
            Error::new(Kind::Invalid, format!("cannot download: {why}"))
                .hint("Use an address that Basecamp gave, such as that in column download_url.")
        };
        let strange = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        if address.is_empty() || address.contains(strange) {
            return Err(refuse("the address is empty or has blanks in it".to_owned()));
        }
        let url = Url::parse(address)
            .map_err(|error| refuse(format!("the address is invalid, {error}")))?;
        let Config { base, account, .. } = &self.inner.config;
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || !(base.is_origin_of(&url) || is_basecamps(&url)) {
            return Err(refuse("the address is not one of Basecamp's files".to_owned()));
        }
        let first = url.path_segments().and_then(|mut segments| segments.next());
        if first != Some(account.as_str()) {
            return Err(refuse(format!("the address is not one of account {account}")));
        }
        if leads_up(url.path()) {
            return Err(refuse("the address has dot segments in it".to_owned()));
        }
        Ok(base.with_path_of(&url))
    }

    /// The second hop. Its address is signed, so no error shows it.
    async fn fetch_stored(&self, first: &Url, location: &str, largest: usize) -> Result<Bytes> {
        let target = first.join(location).ok().filter(|url| self.may_be_storage(url));
        let Some(target) = target else {
            return Err(Error::malformed(
                "the redirect to the file leads to no address of a storage",
            ));
        };
        self.count(|meter| meter.request(false));
        let response = self.files()?.get(target).send().await;
        let response = response.map_err(|error| transport::unanswered(STORAGE, error))?;
        let status = response.status();
        if !http::is_whole(status) {
            return Err(refused_by_storage(status.as_u16()));
        }
        let body = read_file(response, largest).await.map_err(|broken| match broken {
            Broken::Lost(error) => transport::unanswered(STORAGE, error),
            Broken::Refused(error) => error,
        })?;
        self.count(|meter| meter.bytes(body.len()));
        Ok(body)
    }

    /// Encrypted, or on this machine as the API is; no user, who would be sent along.
    fn may_be_storage(&self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        let scheme = match url.scheme() {
            "https" => true,
            "http" => self.inner.config.base.is_plain_http() && is_loopback(url),
            _ => false,
        };
        plain && scheme && url.has_host()
    }

    /// What fetches files: sends no header of its own, and keeps bytes as they are stored.
    pub(super) fn files(&self) -> Result<&reqwest::Client> {
        if let Some(made) = self.inner.files.get() {
            return Ok(made);
        }
        let made = library(&self.inner.config)?;
        Ok(self.inner.files.get_or_init(|| made))
    }
}

/// Whom errors of the second hop speak of.
const STORAGE: &str = "Basecamp's storage";

fn library(config: &Config) -> Result<reqwest::Client> {
    let builder = transport::builder(Setup {
        timeout: config.timeout,
        user_agent: None,
        proxy: config.proxy.as_deref(),
        ca_pem: config.ca_pem.as_deref(),
    })?;
    let builder = builder
        .timeout(WHOLE_FILE)
        .read_timeout(config.timeout)
        // A compressed file is to stay one.
        .gzip(false);
    transport::build(builder)
}

/// Whether a server that decodes the path before it looks at its segments would leave the account: the
/// parser resolves `..` and `%2e%2e`, and knows nothing of separators that are written as `%2f`.
fn leads_up(path: &str) -> bool {
    let mut path = path.to_ascii_lowercase();
    // What was encoded twice is decoded by whoever decodes twice.
    while path.contains("%25") {
        path = path.replace("%25", "%");
    }
    let path = path.replace("%2f", "/").replace("%5c", "/").replace("%2e", ".");
    path.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."))
}

fn is_basecamps(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    let below = |domain: &&str| {
        let rest = host.strip_suffix(*domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    url.scheme() == "https" && url.port().is_none() && DOMAINS.iter().any(below)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn refused_by_storage(status: u16) -> Error {
    let (kind, message) = match status {
        300..400 => (Kind::Malformed, "unexpected redirect from Basecamp's storage"),
        404 | 410 => (Kind::NotFound, "Basecamp's storage has no such file"),
        500.. => (Kind::Server, "Basecamp's storage failed to answer"),
        _ => (Kind::Malformed, "Basecamp's storage did not give the file"),
    };
    Error::new(kind, format!("{message}, HTTP status {status}")).status(status)
}

/// Why a file could not be read.
pub enum Broken {
    /// The connection broke, or nothing came for too long.
    Lost(reqwest::Error),
    /// It is larger than allowed, or than there is memory.
    Refused(Error),
}

/// Reads a file as it comes. A size that is told ahead is refused ahead.
///
/// # Errors
/// When it breaks off, or is too large.
pub async fn read_file(
    mut response: Response,
    largest: usize,
) -> std::result::Result<Bytes, Broken> {
    let told = response.content_length().unwrap_or_default();
    let told = usize::try_from(told).unwrap_or(usize::MAX);
    let mut file = Vec::new();
    reserve(&mut file, told, largest)?;
    while let Some(chunk) = response.chunk().await.map_err(Broken::Lost)? {
        reserve(&mut file, chunk.len(), largest)?;
        file.extend_from_slice(&chunk);
    }
    Ok(file.into())
}

/// Running out of memory is an error of the statement, not the end of the server.
fn reserve(file: &mut Vec<u8>, more: usize, largest: usize) -> std::result::Result<(), Broken> {
    if file.len().saturating_add(more) > largest {
        let error = Error::new(Kind::TooLarge, "the file is too large")
            .detail(format!("It has more than {largest} bytes."));
        return Err(Broken::Refused(error));
    }
    file.try_reserve(more).map_err(|_| {
        let error = Error::new(Kind::TooLarge, "there is not enough memory for the file")
            .detail(format!("It has at least {} bytes.", file.len().saturating_add(more)));
        Broken::Refused(error)
    })
}

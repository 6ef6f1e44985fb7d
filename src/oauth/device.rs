//! The device flow (RFC 8628): a code that the user types into a browser anywhere.
//!
//! May import `error`.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value as Json};
use tokio::time::Instant;

use super::answer::{self, TokenAnswer};
use super::discovery::{self, DEVICE_GRANT, Found, Issuer, Options};
use super::grant::{self, Asked, nonsense};
use super::http::Answer;
use super::tokens::now;
use super::{App, Http, Tokens};
use crate::error::{Error, Kind, Result};
use crate::refusal::{Secrets, Words};

/// Time between questions, unless the server says otherwise.
const INTERVAL: u64 = 5;
/// What a `slow_down` adds, for good.
const SLOWER: Duration = Duration::from_secs(5);
/// The longest time between questions after timeouts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The longest duration that a server may name, in seconds.
const LONGEST: u64 = 2_147_483;

/// A device flow that waits for the user.
pub struct Started {
    /// What the user types.
    pub user_code: String,
    /// Where the user types it.
    pub verification_uri: String,
    /// Time that the user has, from the start.
    pub expires_in: Duration,
    device_code: SecretString,
    interval: Duration,
    /// By a clock that nobody sets.
    issued: Instant,
    client_id: String,
    issuer: Box<Issuer>,
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started")
            .field("verification_uri", &self.verification_uri)
            .field("expires_in", &self.expires_in)
            .field("issuer", &self.issuer.issuer)
            .finish_non_exhaustive()
    }
}

/// Finds the account's authorization server and asks it for a code. `resource_origin` is the origin
/// of the API, such as `https://3.basecampapi.com`.
///
/// # Errors
/// When the account's server does not serve devices, or refuses, or cannot be asked.
pub async fn start(
    http: &Http,
    resource_origin: &str,
    app: &App,
    options: &Options,
) -> Result<Started> {
    let issuer = match discovery::find(http, resource_origin, options).await? {
        (Found::Issuer(issuer), _) => issuer,
        // A server that does not describe itself is one of those that Launchpad speaks for.
        (Found::Launchpad, Some(error)) if error.http_status() != Some(404) => {
            return Err(undiscovered(&error));
        }
        (Found::Launchpad, _) => {
            let why = "The account is served by Launchpad, which has no device flow.";
            return Err(unavailable(why));
        }
    };
    let Some(device) = issuer.endpoints.device.clone().filter(|_| issuer.serves_devices) else {
        return Err(unavailable("The account's authorization server does not offer it."));
    };
    let form = request(app);
    let asked = Instant::now();
    let answer = issuer.http.post(&device, form.into_bytes(), None).await?;
    match answer.status {
        200 => {}
        503 => return Err(unavailable("It is not switched on.").status(503)),
        _ => return Err(grant::refused(&answer, Asked::Device, &Secrets::default())),
    }
    let body = grant::check_json(&answer, &Secrets::default())?;
    read(body, asked, &app.client_id, issuer).map_err(|why| nonsense(answer.status, &why))
}

/// The form of the request. A serializer must not be held while its answer is waited for: it is not
/// for other threads.
fn request(app: &App) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &app.client_id);
    if let Some(scope) = &app.scope {
        form.append_pair("scope", scope);
    }
    form.finish()
}

fn unavailable(why: &str) -> Error {
    Error::new(Kind::Unsupported, "this Basecamp account cannot authorize a device")
        .detail(why)
        .hint("Use basecamp.get_oauth_authorization_url, or basecamp.authorize on this machine.")
}

/// The server of the API did not say who authorizes devices.
fn undiscovered(error: &Error) -> Error {
    let message = "could not find the authorization server of the account";
    let mut detail = format!("The server of the API was asked: {error}.");
    if let Some(cause) = error.detail_text() {
        detail.push(' ');
        detail.push_str(cause);
    }
    Error::new(error.kind(), message).detail(detail).hint(
        "Check the option url, and proxy and cacert where they are set; or try again later. \
         basecamp.get_oauth_authorization_url does not need it.",
    )
}

fn read(
    mut body: Map<String, Json>,
    asked: Instant,
    client_id: &str,
    issuer: Box<Issuer>,
) -> std::result::Result<Started, String> {
    let expires_in = duration(&body, "expires_in")?.ok_or("\"expires_in\" is missing")?;
    let interval = duration(&body, "interval")?.unwrap_or(Duration::from_secs(INTERVAL));
    let mut text = |name: &str| answer::text(&mut body, name);
    let needed = |name: &str, text: Option<String>| {
        let text = text.filter(|text| !text.is_empty());
        text.ok_or_else(|| format!("\"{name}\" is missing or empty"))
    };
    Ok(Started {
        device_code: needed("device_code", text("device_code")?)?.into(),
        user_code: needed("user_code", text("user_code")?)?,
        verification_uri: needed("verification_uri", text("verification_uri")?)?,
        expires_in,
        interval,
        issued: asked,
        client_id: client_id.to_owned(),
        issuer,
    })
}

fn duration(body: &Map<String, Json>, name: &str) -> std::result::Result<Option<Duration>, String> {
    let seconds = answer::seconds(body.get(name), LONGEST);
    let seconds = seconds.map_err(|why| format!("\"{name}\" {why}"))?;
    Ok(seconds.map(Duration::from_secs))
}

/// Waits until the user has typed the code. Dropping the future ends it at once.
///
/// # Errors
/// When the user refuses, time is up, or the server does not answer as it should.
pub async fn wait(started: &Started) -> Result<Tokens> {
    let mut pace =
        Pace { interval: started.interval, backoff: Duration::ZERO, once: Duration::ZERO };
    loop {
        let left = started.left().ok_or_else(expired)?;
        tokio::time::sleep(pace.next().min(left)).await;
        let left = started.left().ok_or_else(expired)?;
        match started.ask(left).await {
            Ok(answer) => {
                pace.backoff = Duration::ZERO;
                if let Some(tokens) = started.judge(&answer, &mut pace)? {
                    return Ok(tokens);
                }
            }
            Err(lost) if lost.timed_out => pace.back_off(),
            Err(lost) => return Err(lost.error),
        }
    }
}

/// How long to wait before the next question.
struct Pace {
    interval: Duration,
    backoff: Duration,
    once: Duration,
}

impl Pace {
    fn next(&mut self) -> Duration {
        let once = std::mem::take(&mut self.once);
        self.interval.max(self.backoff).max(once)
    }

    /// Rule 115: twice as long each time; never shorter than the interval, which rules anyway.
    fn back_off(&mut self) {
        let before = self.backoff.max(self.interval);
        self.backoff = before.saturating_mul(2).min(LONGEST_BACKOFF);
    }
}

impl Started {
    /// Time that is left; nothing when it is up.
    fn left(&self) -> Option<Duration> {
        let left = self.expires_in.saturating_sub(self.issued.elapsed());
        (!left.is_zero()).then_some(left)
    }

    async fn ask(&self, left: Duration) -> std::result::Result<Answer, super::http::Lost> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", DEVICE_GRANT)
            .append_pair("device_code", self.device_code.expose_secret())
            .append_pair("client_id", &self.client_id)
            .finish();
        let (http, token) = (&self.issuer.http, &self.issuer.endpoints.token);
        http.post(token, form.into_bytes(), Some(left)).await
    }

    /// Rules 113 and 114: tokens, an error, or nothing yet.
    fn judge(&self, answer: &Answer, pace: &mut Pace) -> Result<Option<Tokens>> {
        let secrets = Secrets::new([self.device_code.expose_secret()]);
        if answer.status == 200 {
            return self.tokens(answer).map(Some);
        }
        let words = Words::parse(&answer.body, &secrets);
        let client_error = (400..500).contains(&answer.status);
        match words.error.as_deref().filter(|_| client_error) {
            Some("authorization_pending") if answer.status != 429 => {}
            Some("slow_down") if answer.status != 429 => pace.interval += SLOWER,
            Some("too_many_requests") if answer.status == 429 => pace.once = after(answer),
            Some("expired_token") if answer.status != 429 => return Err(expired()),
            Some("access_denied") if answer.status != 429 => {
                let error = grant::refused(answer, Asked::Device, &secrets);
                let detail = error.detail_text().unwrap_or_default().to_owned();
                return Err(Error::new(
                    Kind::Authentication,
                    "the user refused to authorize the application",
                )
                .status(answer.status)
                .detail(detail));
            }
            _ => return Err(grant::refused(answer, Asked::Device, &secrets)),
        }
        Ok(None)
    }

    fn tokens(&self, answer: &Answer) -> Result<Tokens> {
        let body = grant::check_json(answer, &Secrets::new([self.device_code.expose_secret()]))?;
        let read = TokenAnswer::try_from(Json::Object(body));
        let mut tokens = read.map_err(|why| nonsense(answer.status, &why))?.tokens(None, now());
        tokens.endpoints = Some(self.issuer.endpoints.clone());
        Ok(tokens)
    }
}

/// Whole positive seconds and no date.
fn after(answer: &Answer) -> Duration {
    let text = answer.retry_after.as_deref().unwrap_or_default();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten();
    Duration::from_secs(seconds.unwrap_or_default())
}

fn expired() -> Error {
    Error::new(Kind::Authentication, "the code for the device has expired before it was entered")
        .hint("Run basecamp.authorize_device again and enter the code in time.")
}

//! One request: authenticated, bounded, in turn, and repeated where that is safe.
//!
//! Sections B to D and K of the rules. May import the rest of `api`, and `error`.

use std::time::SystemTime;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, LOCATION, RETRY_AFTER, USER_AGENT,
};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::answer::{Answer, Outcome, text};
use super::client::Client;
use super::config::{Config, Paging};
use super::download::{Broken, read_file};
use super::failure::{self, Headers, Presented};
use super::http::{BodyError, Room, is_whole, read_body};
use super::keep::Conditional;
use super::request::Request;
use super::retry;
use crate::error::{Error, Kind, Result};

/// What one attempt came to.
enum Attempt {
    Done(Outcome),
    Failed {
        error: Error,
        /// Whether it may be otherwise the next time.
        passing: bool,
        /// Whether the server said how long to wait, which the turnstile now sees to.
        paused: bool,
        /// What the server refused, if it was that.
        refused: Option<SecretString>,
    },
}

impl Client {
    /// Asks until there is an answer worth reporting, or the attempts are used up.
    pub(super) async fn run(&self, request: &Request) -> Result<Outcome> {
        let mut replaced = false;
        let mut made = 0;
        let mut unresolved = false;
        loop {
            let attempt = self.attempt(request, made > 0).await?;
            let (error, passing, paused, refused) = match attempt {
                Attempt::Done(outcome) => return Ok(outcome),
                Attempt::Failed { error, passing, paused, refused } => {
                    (error, passing, paused, refused)
                }
            };
            made += 1;
            // A repeat that is refused says nothing of an attempt that was lost.
            unresolved |= error.kind() == Kind::Unresolved;
            let error = if unresolved { failure::uncertain(error) } else { error };
            let left = made < request.most;
            if let Some(refused) = refused.filter(|_| !replaced && self.may_replace(request, left))
            {
                replaced = true;
                if self.replace(&refused).await? {
                    continue;
                }
            }
            if !passing || !left {
                return Err(error);
            }
            let wait = retry::backoff(made - 1);
            match error.kind() {
                _ if paused => {}
                // Who exceeds the rate is not only this request, nor perhaps this session.
                Kind::RateLimited => self.inner.turnstile.pause(wait),
                _ => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Whether a 401 may lead to one more attempt: if one is left, and for a request that
    /// has just one because it must not be carried out twice, since 401 says it was not.
    fn may_replace(&self, request: &Request, left: bool) -> bool {
        left || (request.most == 1 && self.inner.config.max_attempts > 1)
    }

    /// Has the refused credential replaced, once for all requests that it was refused to.
    async fn replace(&self, refused: &SecretString) -> Result<bool> {
        let _one = self.inner.replacing.lock().await;
        let present = self.inner.credentials.header().await?;
        if present.expose_secret() != refused.expose_secret() {
            return Ok(true);
        }
        self.inner.credentials.refused(refused).await
    }

    fn conditional(&self, header: &SecretString, request: &Request) -> Option<Conditional> {
        self.keeping.filter(|_| request.is_read() && request.file.is_none())?;
        let asked = self.inner.turnstile.stamp(&request.url)?;
        let spot = self.spot(header, &request.url);
        let entry = self.entry(&spot, asked.moment);
        Some(Conditional { spot, entry, asked })
    }

    async fn attempt(&self, request: &Request, repeat: bool) -> Result<Attempt> {
        let closed = |_| Error::new(Kind::ConnectionLost, "the client was shut down");
        let _place = self.inner.places.acquire().await.map_err(closed)?;
        // Held until the body is read: see `rate`.
        if let Some(allowance) = &self.allowance {
            allowance.spend()?;
        }
        let Config { rate, timeout, .. } = self.inner.config;
        let (_slot, waited) = self.inner.turnstile.slot(rate, timeout.saturating_mul(2)).await;
        self.count(|meter| meter.waited(waited));
        // Made after the wait, so that it has not expired in the meantime.
        let header = self.inner.credentials.header().await?;
        let conditional = self.conditional(&header, request);
        let message = self.message(request, &header, conditional.as_ref())?;
        self.count(|meter| meter.request(repeat));
        match message.send().await {
            Ok(response) => Ok(self.received(request, response, header, conditional).await),
            Err(error) => Ok(lost(request, error)),
        }
    }

    fn message(
        &self,
        request: &Request,
        header: &SecretString,
        conditional: Option<&Conditional>,
    ) -> Result<reqwest::RequestBuilder> {
        let mut authorization = HeaderValue::from_str(header.expose_secret()).map_err(|_| {
            Error::new(Kind::Authentication, "the access token has characters that no token has")
        })?;
        // Shown as `Sensitive` wherever the library shows headers.
        authorization.set_sensitive(true);
        let (method, url) = (request.method.clone(), request.url.clone());
        if request.file.is_some() {
            // No word of JSON.
            let message = self.files()?.request(method, url);
            return Ok(message
                .header(USER_AGENT, &self.inner.config.user_agent)
                .header(AUTHORIZATION, authorization));
        }
        let mut message = self
            .inner
            .http
            .request(method, url)
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "gzip");
        if let Some(entry) = conditional.and_then(|conditional| conditional.entry.as_ref()) {
            message = message.header(IF_NONE_MATCH, &entry.etag);
        }
        if let Some(body) = &request.body {
            message = message.header(CONTENT_TYPE, &body.media).body(body.bytes.clone());
        }
        Ok(message)
    }

    async fn received(
        &self,
        request: &Request,
        response: Response,
        header: SecretString,
        conditional: Option<Conditional>,
    ) -> Attempt {
        let status = response.status();
        let headers = response.headers().clone();
        let whole = is_whole(status);
        if let Some(largest) = request.file.filter(|_| whole) {
            return match read_file(response, largest).await {
                Ok(body) => {
                    self.count(|meter| meter.bytes(body.len()));
                    Attempt::Done(Outcome::Success(Answer::new(status, &headers, body)))
                }
                Err(Broken::Lost(error)) => lost(request, error),
                Err(Broken::Refused(error)) => failed(error, false),
            };
        }
        let room = Room { memory: &self.memory, kept: &self.inner.cache };
        let body = match read_body(response, room).await {
            Ok(body) => body,
            Err(BodyError::Lost(error)) if whole => return lost(request, error),
            Err(BodyError::Refused(error)) if whole => return failed(error, false),
            // The status alone says what is wrong.
            Err(_) => Bytes::new(),
        };
        self.count(|meter| meter.bytes(body.len()));
        if whole {
            let answer = Answer::new(status, &headers, body);
            if let Some((conditional, etag)) = conditional.zip(text(&headers, ETAG.as_str())) {
                self.keep(conditional.spot, etag, answer.clone(), conditional.asked);
            }
            return Attempt::Done(Outcome::Success(answer));
        }
        let known = conditional.filter(|_| status == StatusCode::NOT_MODIFIED);
        if let Some(answer) = known.and_then(|known| self.confirmed(known, &headers)) {
            return Attempt::Done(Outcome::Success(answer));
        }
        self.refused(request, status, &headers, &body, header)
    }

    /// Whether an address is that of the projects, which every account has.
    fn lists_projects(&self, url: &Url) -> bool {
        let Config { account, prefix, .. } = &self.inner.config;
        url.path().ends_with(&format!("/{account}{prefix}/projects.json"))
    }

    fn refused(
        &self,
        request: &Request,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        header: SecretString,
    ) -> Attempt {
        let said = Headers {
            request_id: text(headers, "x-request-id"),
            retry_after: text(headers, RETRY_AFTER.as_str()),
            reason: text(headers, "reason"),
        };
        let presented = Presented {
            secrets: self.inner.credentials.secrets(&header),
            advice: self.inner.credentials.advice(),
        };
        let mut error = failure::answered(status.as_u16(), &said, body, &presented);
        if error.is_not_found() && self.lists_projects(&request.url) {
            error = failure::no_account(&error, &self.inner.config.account);
        }
        if status == StatusCode::MOVED_PERMANENTLY && self.inner.config.paging == Paging::Numbers {
            // Basecamp 2 says so of a thing that is asked for under a project that it has left: under
            // this project there is none.
            return failed(error.of_kind(Kind::NotFound), false);
        }
        if status.is_redirection() {
            return Attempt::Done(Outcome::Redirect(error, text(headers, LOCATION.as_str())));
        }
        let gateway = matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT);
        let unknown = gateway && !request.is_read();
        let error = if unknown { failure::uncertain(error) } else { error };
        if error.kind() == Kind::RateLimited {
            self.inner.turnstile.refused(self.inner.config.rate);
        }
        let passing = retry::passing(&request.method, status.as_u16());
        let wait = said.retry_after.as_deref().filter(|_| passing);
        let wait = wait.and_then(|value| retry::retry_after(value, SystemTime::now()));
        let longest = self.inner.config.timeout.saturating_mul(2);
        if wait.is_some_and(|wait| wait > longest) {
            // Nobody waits: the next statement may ask whether the pause still holds.
            return failed(failure::too_long(&error, &said, longest), false);
        }
        if let Some(wait) = wait {
            // Everybody waits, not only this request, and even if it is not repeated.
            self.inner.turnstile.pause(wait);
        }
        Attempt::Failed {
            error,
            passing,
            paused: wait.is_some(),
            refused: (status == StatusCode::UNAUTHORIZED).then_some(header),
        }
    }
}

/// A failure without an answer is repeated where the request allows it; one that used up its whole
/// time is not, since a repeat would only wait as long again.
fn lost(request: &Request, error: reqwest::Error) -> Attempt {
    let sent = !error.is_connect();
    let passing = !error.is_timeout() || error.is_connect();
    let error = failure::advised(failure::unanswered(error));
    // A request that never left did nothing; any other write may have been carried out.
    let error = if sent && !request.is_read() { failure::uncertain(error) } else { error };
    failed(error, passing)
}

fn failed(error: Error, passing: bool) -> Attempt {
    Attempt::Failed { error, passing, paused: false, refused: None }
}

//! The client: what can be asked, with which limits. How one request runs is in `attempt`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Method;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::allowance::Allowance;
use super::answer::{Answer, Outcome};
use super::cache::{Cache, Keeping};
use super::config::Config;
use super::flight::Flights;
use super::memory::{Hold, Memory};
use super::meter::{Meter, Steps};
use super::rate::Turnstile;
use super::request::{Body, Request};
use super::retry::Repeat;
use super::{Credentials, http};
use crate::error::{Error, Kind, Result};
use crate::oauth;

/// Requests side by side at most, whatever is configured: more than any rate allows.
const MOST_CONCURRENT: usize = 1_000;

/// A client of one account with one user's credentials. Clones share connections, limits and the
/// answers that are kept.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
    pub(super) meter: Arc<Meter>,
    /// Where each step of a scan has a meter of its own.
    pub(super) steps: Option<Arc<Steps>>,
    /// That of the step which this client asks for.
    pub(super) step: Option<Arc<Meter>>,
    /// Whether answers are kept, and which are used unasked.
    pub(super) keeping: Option<Keeping>,
    /// What bodies count against.
    pub(super) memory: Memory,
    /// How many requests may be sent, if that is bounded.
    pub(super) allowance: Option<Arc<Allowance>>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) http: reqwest::Client,
    /// What fetches files, from the first one on.
    pub(super) files: OnceLock<reqwest::Client>,
    pub(super) config: Config,
    pub(super) credentials: Arc<dyn Credentials>,
    pub(super) turnstile: Turnstile,
    pub(super) places: Semaphore,
    pub(super) cache: Cache,
    pub(super) flights: Flights,
    /// Held by the one request that has a refused credential replaced.
    pub(super) replacing: Mutex<()>,
}

impl Client {
    /// Sets a client up that shares its rate with nobody; nothing is sent yet.
    ///
    /// # Errors
    /// When a value of the configuration cannot be used.
    #[cfg_attr(feature = "postgres", expect(dead_code, reason = "sessions share their rate"))]
    pub fn new(config: Config, credentials: Arc<dyn Credentials>) -> Result<Self> {
        Self::sharing(config, credentials, Turnstile::own())
    }

    /// Sets a client up whose requests are counted with those of others; nothing is sent yet.
    ///
    /// # Errors
    /// When a value of the configuration cannot be used.
    pub fn sharing(
        config: Config,
        credentials: Arc<dyn Credentials>,
        turnstile: Turnstile,
    ) -> Result<Self> {
        if !is_id(&config.account) {
            return Err(Error::new(Kind::OptionValue, "option \"accountid\" is not a number"));
        }
        let inner = Inner {
            http: http::build(&config)?,
            files: OnceLock::new(),
            turnstile,
            places: Semaphore::new(config.max_concurrency.clamp(1, MOST_CONCURRENT)),
            config,
            credentials,
            cache: Cache::default(),
            flights: Flights::default(),
            replacing: Mutex::new(()),
        };
        let memory = Memory::default();
        Ok(Self {
            inner: Arc::new(inner),
            meter: Arc::default(),
            steps: None,
            step: None,
            keeping: None,
            memory,
            allowance: None,
        })
    }

    /// The same client, counting into another meter.
    #[must_use]
    pub fn metered(&self, meter: Arc<Meter>) -> Self {
        Self { meter, ..self.clone() }
    }

    /// The same client, counting what each step asks for apart, too.
    #[must_use]
    pub fn by_step(&self, steps: Arc<Steps>) -> Self {
        Self { steps: Some(steps), ..self.clone() }
    }

    /// The same client, asking for a step.
    #[must_use]
    pub fn step(&self, name: &str) -> Self {
        let step = self.steps.as_ref().map(|steps| steps.meter(name));
        Self { step, ..self.clone() }
    }

    /// The same client, whose bodies count against a bound that others may share.
    #[must_use]
    pub fn within(&self, memory: &Memory) -> Self {
        Self { memory: memory.clone(), ..self.clone() }
    }

    /// The same client for one statement, keeping what it reads, which is off by default. An answer
    /// that came in the statement, or was current less than `ttl` before it, which may be zero, is used
    /// without asking, as long as the statement takes; of others the `ETag` is sent along.
    #[must_use]
    pub fn caching(&self, ttl: Duration) -> Self {
        Self { keeping: Some(Keeping { ttl, since: Instant::now() }), ..self.clone() }
    }

    /// The same client, using no answer unasked that came before a moment.
    pub(super) fn asking(&self, since: Instant) -> Self {
        let keeping = Keeping { ttl: Duration::ZERO, since };
        Self { keeping: self.keeping.and(Some(keeping)), ..self.clone() }
    }

    /// Bytes of answers that are kept at most.
    pub fn keep_at_most(&self, bytes: usize) {
        self.inner.cache.set_limit(bytes);
    }

    /// Forgets every answer that is kept, and those that sessions keep together for its role.
    pub fn forget_answers(&self) {
        self.inner.cache.clear();
        self.inner.turnstile.forget();
    }

    /// The same client, which sends so many requests at most, one after the other; those beyond them are
    /// errors.
    #[must_use]
    pub fn sparing(&self, requests: u64) -> Self {
        Self { allowance: Some(Arc::new(Allowance::new(requests))), ..self.clone() }
    }

    /// How many of the requests that a sparing client may send were sent.
    pub fn spent(&self) -> Option<u64> {
        self.allowance.as_ref().map(|allowance| allowance.spent())
    }

    /// Whether a request was not sent because it was one too many.
    pub fn is_spent(&self) -> bool {
        self.allowance.as_ref().is_some_and(|allowance| allowance.is_exceeded())
    }

    /// A count of what is made of bodies, against the same bound as they.
    pub fn hold(&self) -> Hold {
        self.memory.hold()
    }

    /// Requests side by side at most.
    pub fn concurrency(&self) -> usize {
        if self.allowance.is_some() {
            return 1;
        }
        self.inner.config.max_concurrency.clamp(1, MOST_CONCURRENT)
    }

    /// How many requests the rate limit lets through now.
    pub fn requests_left(&self) -> usize {
        self.inner.turnstile.left(self.inner.config.rate).unwrap_or_default()
    }

    /// Whether other sessions keep to the same limit together with this one.
    pub fn is_sharing(&self) -> bool {
        self.inner.turnstile.common.is_mapped()
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
        let answer = self.read(self.address(path)?).await;
        self.delivered(answer)
    }

    /// Counts an answer that is delivered.
    fn delivered(&self, answer: Result<Answer>) -> Result<Answer> {
        if answer.is_ok() {
            self.count(Meter::page);
        }
        answer
    }

    /// Asks who the credentials belong to: at Launchpad, or where they came from instead.
    ///
    /// # Errors
    /// As [`Client::get`], and when the credentials are for the API alone.
    pub async fn get_from_launchpad(&self, path: &str) -> Result<Answer> {
        let url = match self.inner.credentials.issuer()? {
            Some(issuer) => issuer,
            None => self.inner.config.launchpad.beside(path)?,
        };
        let answer = self.read(url).await;
        let mut answer = self.delivered(answer)?;
        if let Some(body) = oauth::with_end_as_text(&answer.body) {
            answer.body = body.into();
        }
        Ok(answer)
    }

    /// Counts an answer that was used again without asking.
    pub fn reused(&self) {
        self.count(Meter::cache_hit);
    }

    /// Counts something for the scan, and in the totals of the server.
    pub(super) fn count(&self, count: impl Fn(&Meter)) {
        count(&self.meter);
        self.step.iter().for_each(|meter| count(meter));
        self.inner.turnstile.count(count);
    }

    /// Reads what is about to be written back: no kept answer is used unasked.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_anew(&self, path: &str) -> Result<Answer> {
        self.read_anew(self.address(path)?).await
    }

    /// Reads one record. A recurring schedule entry answers with a redirect to its first occurrence,
    /// which is the only one that is followed.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_following_occurrence(&self, path: &str) -> Result<Answer> {
        let answer = self.following(self.address(path)?).await;
        self.delivered(answer)
    }

    async fn following(&self, url: Url) -> Result<Answer> {
        match self.run_or_kept(self.reading(url.clone())).await?.0 {
            Outcome::Success(answer) => Ok(answer),
            Outcome::Redirect(error, location) => {
                let target = location.and_then(|location| url.join(&location).ok());
                match target.filter(|target| self.is_occurrence(target)) {
                    Some(target) => self.read(target).await,
                    None => Err(error),
                }
            }
        }
    }

    /// Writes. Answers that anybody keeps of the server must be asked about again from here on: listings
    /// anywhere may show what was written. Those of the address itself are dropped.
    ///
    /// # Errors
    /// Everything but a success, sorted by kind. Where it is not known whether Basecamp carried the
    /// request out, the error says so.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
        repeat: Repeat,
    ) -> Result<Answer> {
        self.send_body(method, path, body.map(Body::json), repeat).await
    }

    /// The same with a body of any kind.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_body(
        &self,
        method: Method,
        path: &str,
        body: Option<Body>,
        repeat: Repeat,
    ) -> Result<Answer> {
        let url = self.address(path)?;
        let _counts = self.inner.turnstile.writing(&url);
        let most = repeat.attempts(&method, self.inner.config.max_attempts);
        let request = Request::write(method, url.clone(), body, most);
        self.run(&request).await?.success()
    }

    pub(super) async fn read(&self, url: Url) -> Result<Answer> {
        self.read_or_kept(url).await.map(|(answer, _)| answer)
    }

    /// The same, with when it came; none where it was kept, or another asked.
    pub(super) async fn read_or_kept(&self, url: Url) -> Result<(Answer, Option<Instant>)> {
        let (outcome, came) = self.run_or_kept(self.reading(url)).await?;
        Ok((outcome.success()?, came))
    }

    /// Reads what may have changed since, however short ago: no kept answer is used unasked.
    pub(super) async fn read_anew(&self, url: Url) -> Result<Answer> {
        self.run(&self.reading(url)).await?.success()
    }

    fn reading(&self, url: Url) -> Request {
        let most = Repeat::ByMethod.attempts(&Method::GET, self.inner.config.max_attempts);
        Request::read(url, most)
    }

    /// Asks, unless an answer is kept or on its way that may be used; with when it came, if not.
    async fn run_or_kept(&self, request: Request) -> Result<(Outcome, Option<Instant>)> {
        let Some(keeping) = self.keeping else {
            return Ok((self.run(&request).await?, Some(Instant::now())));
        };
        let Inner { credentials, turnstile, flights, .. } = &*self.inner;
        let spot = self.spot(&credentials.header().await?, &request.url);
        let moment = turnstile.moment(&request.url);
        if let Some(answer) = moment.and_then(|now| self.fresh(&spot, keeping, now)) {
            self.reused();
            return Ok((Outcome::Success(answer), None));
        }
        if self.allowance.is_some() {
            // Of so many requests it counts each.
            return Ok((self.run(&request).await?, Some(Instant::now())));
        }
        let client = self.clone();
        let ask = async move { client.run(&request).await };
        let (answered, joined) = flights.join(spot.key, keeping.since, moment, ask);
        let (outcome, came) = answered.await;
        if joined {
            self.reused();
        }
        Ok((outcome?, (!joined).then_some(came)))
    }

    pub(super) fn address(&self, path: &str) -> Result<Url> {
        let Config { base, account, prefix, .. } = &self.inner.config;
        base.address(&format!("{account}{prefix}"), path)
    }

    /// `…/schedule_entries/{id}/occurrences/{yyyymmdd}.json` on the API's origin, and nothing else.
    fn is_occurrence(&self, url: &Url) -> bool {
        let mut segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
        let day = segments.pop().and_then(|last| last.strip_suffix(".json"));
        let dated = day.is_some_and(|day| day.len() == 8 && is_id(day));
        let named = segments.pop() == Some("occurrences") && segments.pop().is_some_and(is_id);
        let plain = url.query().is_none() && url.fragment().is_none();
        self.inner.config.base.admits(url)
            && plain
            && dated
            && named
            && segments.pop() == Some("schedule_entries")
    }
}

fn is_id(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

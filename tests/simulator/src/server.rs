//! The rules around every answer: who may ask, how often, in what pages, and what goes wrong.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request as Incoming, Response};
use serde_json::json;

use crate::answer::{Sending, answer, written};
use crate::connection::Line;
use crate::control::control;
use crate::fault::{Fault, failed};
use crate::files;
use crate::launchpad::{self, Launchpad};
use crate::made::{Made, Sent, missing, tagged};
use crate::script::Script;
use crate::v2::{self, V2};
use crate::world::World;
use crate::writes::Verb;
use crate::{Config, Gauge, Request};

/// What follows the token when an agent asks, and not a person.
const AGENT: &str = "-agent";
/// Bytes of a body that are read.
const MOST_SENT: usize = 64 << 20;
/// The window of the rate limit.
const WINDOW: Duration = Duration::from_secs(10);

/// What the server knows.
#[derive(Debug)]
pub struct State {
    pub(crate) config: Config,
    world: RwLock<World>,
    pub(crate) script: Mutex<Script>,
    pub(crate) v2: V2,
    pub(crate) requests: Mutex<Vec<Request>>,
    pub(crate) faults: Mutex<Vec<Fault>>,
    pub(crate) latency: AtomicU64,
    pub(crate) peak: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) launchpad: Launchpad,
    under_way: Gauge,
    arrivals: Mutex<VecDeque<Instant>>,
    number: AtomicU64,
}

/// A lock whose holder never panics half way.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        let faults = config.faults.iter().filter_map(|text| Fault::parse(text)).collect();
        let latency = u64::try_from(config.latency.as_millis()).unwrap_or(u64::MAX);
        Self {
            world: RwLock::new(World::new(&config)),
            script: Mutex::default(),
            launchpad: Launchpad::new(config.oauth.clone()),
            v2: V2::new(&config),
            config,
            requests: Mutex::default(),
            faults: Mutex::new(faults),
            latency: AtomicU64::new(latency),
            peak: AtomicU64::default(),
            refused: AtomicU64::default(),
            under_way: Gauge::default(),
            arrivals: Mutex::default(),
            number: AtomicU64::default(),
        }
    }

    /// The world as it is now.
    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world, to be changed.
    pub(crate) fn changing(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the faults that apply to a path, of Launchpad or of the API; counted ones are used
    /// up.
    pub(crate) fn faults(&self, path: &str, launchpad: bool) -> Vec<String> {
        let mut on = Vec::new();
        for fault in locked(&self.faults).iter_mut() {
            if fault.name.starts_with("oauth-") != launchpad {
                continue;
            }
            if fault.left == Some(0) || fault.path.as_ref().is_some_and(|part| !path.contains(part))
            {
                continue;
            }
            fault.left = fault.left.map(|left| left - 1);
            on.push(fault.name.clone());
        }
        on
    }

    /// Whether one more request exceeds the rate; seconds to wait if so.
    fn exceeds_rate(&self) -> Option<u64> {
        let rate = self.config.rate? as usize;
        let now = Instant::now();
        let mut arrivals = locked(&self.arrivals);
        while arrivals.front().is_some_and(|first| now.duration_since(*first) > WINDOW) {
            arrivals.pop_front();
        }
        if arrivals.len() < rate {
            arrivals.push_back(now);
            return None;
        }
        self.refused.fetch_add(1, Ordering::SeqCst);
        let left = arrivals
            .front()
            .map_or(WINDOW, |first| WINDOW.saturating_sub(now.duration_since(*first)));
        Some(left.as_secs() + 1)
    }
}

/// The service: every request comes here.
pub fn service(state: Arc<State>, address: SocketAddr) -> Router {
    Router::new().fallback(move |request: Incoming<Body>| {
        let state = Arc::clone(&state);
        async move {
            if launchpad::serves(request.uri().path()) {
                return Ok(launchpad::handle(&state, address, request).await);
            }
            let (mut head, body) = request.into_parts();
            let line = head.extensions.remove::<ConnectInfo<Line>>();
            let body = axum::body::to_bytes(body, MOST_SENT).await.unwrap_or_default();
            let (response, reset) = handle(&state, address, &head, &body).await;
            if let Some(ConnectInfo(line)) = line.filter(|_| reset) {
                line.reset();
            }
            Ok::<_, Infallible>(response)
        }
    })
}

/// Counts a request as under way until it is answered, or dropped by the one who asked.
struct UnderWay<'a>(&'a State);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.down();
    }
}

/// Answers a request; the second is whether the connection is to be reset instead.
async fn handle(
    state: &State,
    address: SocketAddr,
    head: &Parts,
    body: &[u8],
) -> (Response<Body>, bool) {
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    if let Some(control) = control(state, address, &path, &query, body) {
        return (control.respond(), false);
    }
    state.peak.fetch_max(state.under_way.up(), Ordering::SeqCst);
    let _under_way = UnderWay(state);
    let at = Instant::now();
    let prefix = format!("/{}", state.config.account);
    let below = path.strip_prefix(&prefix).unwrap_or(&path).to_owned();
    let faults = state.faults(&format!("{below}?{query}"), false);
    let mut record = Request {
        at,
        method: head.method.to_string(),
        path: below.clone(),
        query: query.clone(),
        body: String::from_utf8_lossy(body).into_owned(),
        status: 0,
    };
    if faults.iter().any(|fault| fault == "hang") {
        locked(&state.requests).push(record);
        return std::future::pending().await;
    }
    let latency = Duration::from_millis(state.latency.load(Ordering::SeqCst));
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let known = path.starts_with(&prefix);
    let second = v2::below(&below).filter(|_| known);
    let stored = v2::stored(&path, &head.headers)
        .or_else(|| files::stored(&path, &head.headers))
        .map(Made::from);
    let admitted = || gate(state, &head.headers, second.is_some());
    let older = || older(state, address, second?, head, body, &faults);
    let admitted = stored.or_else(admitted).or_else(older);
    let mut made = admitted.unwrap_or_else(|| {
        let base = format!("http://{address}{prefix}");
        failed(&faults).unwrap_or_else(|| {
            if known { below_account(state, &base, head, body, &faults) } else { missing() }
        })
    });
    if faults.iter().any(|fault| fault == "hang-late") {
        locked(&state.requests).push(record);
        return std::future::pending().await;
    }
    let number = state.number.fetch_add(1, Ordering::SeqCst);
    made = made.header("x-request-id", format!("sim-{number}"));
    // What arrives broken or late is told from what arrives whole: it cannot be unchanged.
    let whole = made.status == 200 && made.sent == Sent::Whole;
    if whole && second.is_none() && Verb::named(head.method.as_str()).is_none() {
        made = tagged(made, &head.headers);
    }
    record.status = made.status;
    locked(&state.requests).push(record);
    let reset = faults.iter().any(|fault| fault == "reset" || fault == "reset-early");
    (made.respond(), reset)
}

/// What the account answers. While there is a script, one request is answered at a time.
fn below_account(state: &State, base: &str, head: &Parts, body: &[u8], faults: &[String]) -> Made {
    let query = head.uri.query().unwrap_or_default();
    let prefix = format!("/{}", state.config.account);
    let path = head.uri.path().strip_prefix(&prefix).unwrap_or_default();
    let mut turn = Some(locked(&state.script)).filter(|script| !script.is_over());
    let media = head.headers.get("content-type").and_then(|value| value.to_str().ok());
    let made = match (head.method.as_str(), Verb::named(head.method.as_str())) {
        (_, Some(verb)) => {
            let made = written(state, base, verb, path, &Sending { media, body, query });
            Made { sent: Sent::by(faults), ..made }
        }
        ("GET" | "HEAD", None) => answer(state, base, path, query, faults, is_agent(state, head)),
        _ => missing(),
    };
    if let Some(script) = &mut turn {
        script.answered(&mut state.changing(), path, query);
    }
    made
}

/// Whether the token is an agent's.
fn is_agent(state: &State, head: &Parts) -> bool {
    let expected = format!("Bearer {}{AGENT}", state.config.token);
    head.headers.get("authorization").is_some_and(|sent| sent.as_bytes() == expected.as_bytes())
}

/// What Basecamp 2 answers.
fn older(
    state: &State,
    address: SocketAddr,
    path: &str,
    head: &Parts,
    body: &[u8],
    faults: &[String],
) -> Option<Made> {
    let replaced = v2::failed(faults, path).map(Made::from);
    replaced.or_else(|| failed(faults)).or_else(|| {
        let origin = format!("http://{address}");
        let (method, query) = (head.method.as_str(), head.uri.query().unwrap_or_default());
        let media = head.headers.get("content-type").and_then(|value| value.to_str().ok());
        let answer = if v2::is_write(method) {
            state.v2.write(&origin, &v2::Sent { method, path, media, body })
        } else {
            state.v2.answer(&origin, path, query, &head.headers, faults)
        };
        Some(Made { sent: Sent::by(faults), ..Made::from(answer) })
    })
}

/// Who may not ask at all.
fn gate(state: &State, headers: &HeaderMap, basic: bool) -> Option<Made> {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text("user-agent").trim().is_empty() {
        return Some(Made::new(
            400,
            &json!({"error": "Please send a User-Agent with contact information"}),
        ));
    }
    let authorization = text("authorization");
    let named = basic && state.v2.knows(authorization);
    let configured = format!("Bearer {}", state.config.token);
    let known = authorization.strip_suffix(AGENT).unwrap_or(authorization) == configured
        || state.launchpad.accepts(authorization);
    if !named && !known {
        let made = Made::new(401, &json!({"error": "OAuth token expired or not recognized"}));
        return Some(made.header("www-authenticate", "Bearer"));
    }
    let seconds = state.exceeds_rate()?;
    Some(
        Made::new(429, &json!({"error": "Rate limited"}))
            .header("retry-after", seconds.to_string()),
    )
}

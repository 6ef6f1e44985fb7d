//! The rules around every answer: who may ask, how often, in what pages, and what goes wrong.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as Incoming, Response, StatusCode};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::answer::{Sending, answer, written};
use crate::connection::Line;
use crate::files;
use crate::launchpad::{self, Launchpad};
use crate::payload;
use crate::script::{self, Script};
use crate::v2::{self, V2};
use crate::world::World;
use crate::writes::Verb;
use crate::{Config, Gauge, Request};

/// Every fault, and what it does.
pub const FAULTS: &[(&str, &str)] = &[
    ("400", "400 with a message"),
    ("401", "401"),
    ("403", "403"),
    ("404", "404"),
    ("409", "409, as of a position with other filters"),
    ("410", "410, as of a position whose history is gone"),
    ("422", "422 with messages about fields"),
    ("429", "429 without Retry-After"),
    ("429-retry-after", "429 with Retry-After of one second"),
    ("500", "500"),
    ("502", "502"),
    ("503", "503"),
    ("503-retry-after", "503 with Retry-After of one second"),
    ("504", "504"),
    ("507", "507"),
    ("account-inactive", "404 with Reason: Account Inactive"),
    ("bad-json", "200 with a body that ends too early but whole by its length"),
    ("big-body", "a body of more than any client should take, most of it blanks"),
    ("endless", "a next link on every page"),
    ("foreign-next-link", "a next link to another origin"),
    ("hang", "no answer, ever"),
    ("hang-late", "what is asked is done, but no answer comes, ever"),
    ("html", "200 with HTML"),
    ("missing-member", "rows of a listing without content, completed and the like"),
    ("no-link", "no next link on any page"),
    ("no-total", "no X-Total-Count"),
    ("not-array", "200 with an object where a listing belongs"),
    ("oauth-429", "Launchpad answers 429 with Retry-After of 7 seconds"),
    ("oauth-500", "Launchpad answers 500 with HTML"),
    ("oauth-503", "Launchpad answers 503"),
    ("oauth-authorization-expired", "the token endpoint answers as after a change of the password"),
    ("oauth-bad-json", "Launchpad answers 200 with JSON that ends early"),
    ("oauth-bad-token", "Launchpad answers 200 with an empty access token"),
    ("oauth-cut", "the token endpoint does its work, but the answer breaks off"),
    ("oauth-denied", "the user refuses on the authorization page"),
    ("oauth-device-503", "the device flow is not switched on"),
    ("oauth-echo", "the token endpoint refuses and repeats all it was sent"),
    ("oauth-hang", "Launchpad does not answer, ever"),
    ("oauth-html", "Launchpad answers 200 with HTML"),
    ("oauth-huge", "Launchpad answers 200 with more than 1 MB"),
    ("oauth-no-refresh-token", "tokens come without a refresh token"),
    ("oauth-redirect", "Launchpad answers 302 to elsewhere"),
    ("oauth-slow", "Launchpad sends a byte now and then, for ever"),
    ("oauth-wrong-state", "the authorization page sends another state back"),
    ("recordings-omit-root-vaults", "root folders are not among recordings"),
    ("redirect", "302 to elsewhere"),
    ("reset", "the connection is reset instead of an answer"),
    ("reset-early", "the connection is reset, and nothing of what is asked is done"),
    ("slow", "a body that comes in small pieces, with pauses"),
    ("truncated", "a body that is cut while it is sent"),
    ("wrong-type", "rows whose title is a number"),
];

/// Pieces in which a slow body comes, and the pause before each.
const PIECES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);
/// Blanks before a big body, in so many pieces of this size: 64 MiB, beyond the 50 that clients take.
const BLANKS: usize = 64;
static BLANK: [u8; 1 << 20] = [b' '; 1 << 20];
/// What follows the token when an agent asks, and not a person.
const AGENT: &str = "-agent";
/// Bytes of a body that are read.
const MOST_SENT: usize = 64 << 20;
/// The window of the rate limit.
const WINDOW: Duration = Duration::from_secs(10);

/// A fault that is on.
#[derive(Debug, Clone)]
pub struct Fault {
    name: String,
    left: Option<u32>,
    path: Option<String>,
}

impl Fault {
    /// Parses `name`, `name:count`, `name@path` or `name:count@path`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, path) =
            text.split_once('@').map_or((text, None), |(name, path)| (name, Some(path)));
        let (name, left) = match name.split_once(':') {
            Some((name, count)) => (name, Some(count.parse().ok()?)),
            None => (name, None),
        };
        let known = FAULTS.iter().any(|(fault, _)| *fault == name);
        known.then(|| Self { name: name.to_owned(), left, path: path.map(str::to_owned) })
    }
}

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

/// How a body is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sent {
    /// At once.
    #[default]
    Whole,
    /// Half of it; then the connection ends.
    Cut,
    /// In pieces, with pauses.
    Slowly,
    /// Behind very many blanks.
    Padded,
}

impl Sent {
    /// As the faults that are on have it.
    pub fn by(faults: &[String]) -> Self {
        let on = |name: &str| faults.iter().any(|fault| fault == name);
        if on("truncated") {
            Self::Cut
        } else if on("slow") {
            Self::Slowly
        } else if on("big-body") {
            Self::Padded
        } else {
            Self::Whole
        }
    }
}

/// An answer that is being put together.
#[derive(Debug)]
pub struct Made {
    pub(crate) status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    pub(crate) sent: Sent,
}

impl Made {
    pub(crate) fn new(status: u16, body: &Value) -> Self {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body,
            sent: Sent::Whole,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn respond(self) -> Response<Body> {
        let body = match self.sent {
            Sent::Whole => Body::from(self.body),
            Sent::Cut => {
                let half = Bytes::from(self.body[..self.body.len() / 2].to_vec());
                Body::from_stream(stream::iter([Ok(half), Err(std::io::Error::other("cut"))]))
            }
            Sent::Slowly => {
                let size = self.body.len().div_ceil(PIECES).max(1);
                let pieces: Vec<Bytes> =
                    self.body.chunks(size).map(Bytes::copy_from_slice).collect();
                Body::from_stream(stream::iter(pieces).then(|piece| async move {
                    tokio::time::sleep(PAUSE).await;
                    Ok::<_, Infallible>(piece)
                }))
            }
            Sent::Padded => {
                let blanks = std::iter::repeat_n(Bytes::from_static(&BLANK), BLANKS);
                let all = blanks.chain([Bytes::from(self.body)]);
                Body::from_stream(stream::iter(all.map(Ok::<_, Infallible>)))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl From<v2::Answer> for Made {
    fn from(answer: v2::Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            sent: Sent::Whole,
        }
    }
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
    let older = || older(state, address, second?, &query, &head.headers, &faults);
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
    if made.status == 200 && second.is_none() && Verb::named(head.method.as_str()).is_none() {
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
            let made = written(state, base, verb, path, &Sending { media, body });
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
    query: &str,
    headers: &HeaderMap,
    faults: &[String],
) -> Option<Made> {
    let replaced = v2::failed(faults, path).map(Made::from);
    replaced.or_else(|| failed(faults)).or_else(|| {
        let origin = format!("http://{address}");
        let answer = state.v2.answer(&origin, path, query, headers, faults);
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

pub(crate) fn missing() -> Made {
    Made::new(404, &json!({"status": 404, "error": "Not Found"}))
}

/// Faults that replace the answer.
fn failed(faults: &[String]) -> Option<Made> {
    faults.iter().find_map(|fault| {
        Some(match fault.as_str() {
            "400" | "401" | "403" | "404" | "409" | "410" | "429" | "500" | "502" | "503"
            | "504" | "507" => {
                Made::new(fault.parse().ok()?, &json!({"error": format!("simulated {fault}")}))
            }
            "422" => Made::new(
                422,
                &json!({"error": "Invalid", "errors": {"color": ["is not a valid color"]}}),
            ),
            "429-retry-after" => Made::new(429, &Value::Null).header("retry-after", "1"),
            "503-retry-after" => Made::new(503, &Value::Null).header("retry-after", "1"),
            "account-inactive" => missing().header("reason", "Account Inactive"),
            "html" => {
                Made { body: b"<html>maintenance</html>".to_vec(), ..Made::new(200, &Value::Null) }
            }
            "bad-json" => Made { body: b"[{\"id\": 1".to_vec(), ..Made::new(200, &Value::Null) },
            "not-array" => Made::new(200, &json!({"id": 1})),
            "reset-early" => Made::new(500, &Value::Null),
            "redirect" => {
                Made::new(302, &Value::Null).header("location", "https://elsewhere.example/")
            }
            _ => return None,
        })
    })
}

/// Adds an `ETag`, and answers 304 to one who has that already.
fn tagged(made: Made, headers: &HeaderMap) -> Made {
    let mut hasher = DefaultHasher::new();
    made.body.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let same = headers.get("if-none-match").is_some_and(|sent| sent.as_bytes() == tag.as_bytes());
    let made = made.header("etag", tag);
    if same { Made { status: 304, body: Vec::new(), ..made } } else { made }
}

/// Addresses of the simulator's own, for tests in other processes.
fn control(
    state: &State,
    address: SocketAddr,
    path: &str,
    query: &str,
    body: &[u8],
) -> Option<Made> {
    match path.strip_prefix("/_simulator/")?.split_once('/').unwrap_or_else(|| (&path[12..], "")) {
        ("faults", _) => {
            *locked(&state.faults) = query.split(',').filter_map(Fault::parse).collect();
            Some(Made::new(200, &json!({})))
        }
        ("requests", _) => {
            let requests = locked(&state.requests);
            let told = requests.iter().map(|each| {
                json!({"method": each.method, "path": each.path, "query": each.query, "status": each.status})
            });
            Some(Made::new(200, &told.collect()))
        }
        ("script", _) if body.is_empty() => {
            let progress = locked(&state.script).progress();
            Some(Made::new(
                200,
                &json!({"pending": progress.pending, "done": progress.done, "failed": progress.failed}),
            ))
        }
        ("script", _) => Some(scripted(state, body)),
        ("undocumented", _) => Some(Made::new(200, &json!(state.v2.undocumented()))),
        ("dump2", table) => {
            let origin = format!("http://{address}");
            Some(Made::new(200, &Value::Array(state.v2.dump(&origin, table))))
        }
        ("dump", table) => {
            let base = format!("http://{address}/{}", state.config.account);
            let dump = payload::dump(&state.world(), &base, table);
            Some(dump.map_or_else(missing, |rows| Made::new(200, &Value::Array(rows))))
        }
        _ => Some(missing()),
    }
}

/// Takes a script; one step without `steps` around it takes place at once.
fn scripted(state: &State, body: &[u8]) -> Made {
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let done = if sent.get("steps").is_some() {
        script::parse(&sent).map(|steps| {
            *locked(&state.script) = Script::new(steps);
            json!({})
        })
    } else {
        let edit = script::parse_edit(&sent);
        edit.and_then(|edit| edit.apply(&mut state.changing())).map(|id| json!({"id": id}))
    };
    match done {
        Ok(body) => Made::new(200, &body),
        Err(error) => Made::new(400, &json!({"error": error})),
    }
}

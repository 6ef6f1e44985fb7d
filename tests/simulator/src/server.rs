//! The rules around every answer: who may ask, how often, in what pages, and what goes wrong.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as Incoming, Response, StatusCode};
use futures_util::stream;
use serde_json::{Value, json};

use crate::launchpad::{self, Launchpad};
use crate::payload::{self, Painter};
use crate::routes::{Query, Reply, Row, reply};
use crate::world::World;
use crate::{Config, Gauge, Request};

/// Every fault, and what it does.
pub const FAULTS: &[(&str, &str)] = &[
    ("400", "400 with a message"),
    ("401", "401"),
    ("403", "403"),
    ("404", "404"),
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
    (
        "bad-json",
        "200 with a body that ends too early but whole by its length",
    ),
    ("endless", "a next link on every page"),
    ("foreign-next-link", "a next link to another origin"),
    ("hang", "no answer, ever"),
    ("html", "200 with HTML"),
    (
        "missing-member",
        "rows of a listing without content, completed and the like",
    ),
    ("no-total", "no X-Total-Count"),
    ("not-array", "200 with an object where a listing belongs"),
    (
        "oauth-429",
        "Launchpad answers 429 with Retry-After of 7 seconds",
    ),
    ("oauth-500", "Launchpad answers 500 with HTML"),
    ("oauth-503", "Launchpad answers 503"),
    (
        "oauth-authorization-expired",
        "the token endpoint answers as after a change of the password",
    ),
    (
        "oauth-bad-json",
        "Launchpad answers 200 with JSON that ends early",
    ),
    (
        "oauth-bad-token",
        "Launchpad answers 200 with an empty access token",
    ),
    (
        "oauth-cut",
        "the token endpoint does its work, but the answer breaks off",
    ),
    ("oauth-denied", "the user refuses on the authorization page"),
    ("oauth-device-503", "the device flow is not switched on"),
    (
        "oauth-echo",
        "the token endpoint refuses and repeats all it was sent",
    ),
    ("oauth-hang", "Launchpad does not answer, ever"),
    ("oauth-html", "Launchpad answers 200 with HTML"),
    ("oauth-huge", "Launchpad answers 200 with more than 1 MB"),
    (
        "oauth-no-refresh-token",
        "tokens come without a refresh token",
    ),
    ("oauth-redirect", "Launchpad answers 302 to elsewhere"),
    (
        "oauth-slow",
        "Launchpad sends a byte now and then, for ever",
    ),
    (
        "oauth-wrong-state",
        "the authorization page sends another state back",
    ),
    (
        "recordings-omit-root-vaults",
        "root folders are not among recordings",
    ),
    ("redirect", "302 to elsewhere"),
    ("truncated", "a body that is cut while it is sent"),
    ("wrong-type", "rows whose title is a number"),
];

/// Members that the fault `missing-member` leaves out of rows.
const TYPE_SPECIFIC: [&str; 4] = ["content", "completed", "name", "starts_at"];

/// Sizes of the first pages; then 100 rows each.
const GEARS: [usize; 3] = [15, 30, 50];
/// Rows of every further page.
const TOP_GEAR: usize = 100;
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
        let (name, path) = text
            .split_once('@')
            .map_or((text, None), |(name, path)| (name, Some(path)));
        let (name, left) = match name.split_once(':') {
            Some((name, count)) => (name, Some(count.parse().ok()?)),
            None => (name, None),
        };
        let known = FAULTS.iter().any(|(fault, _)| *fault == name);
        known.then(|| Self {
            name: name.to_owned(),
            left,
            path: path.map(str::to_owned),
        })
    }
}

/// What the server knows.
#[derive(Debug)]
pub struct State {
    pub(crate) config: Config,
    pub(crate) world: World,
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
        let faults = config
            .faults
            .iter()
            .filter_map(|text| Fault::parse(text))
            .collect();
        let latency = u64::try_from(config.latency.as_millis()).unwrap_or(u64::MAX);
        Self {
            world: World::new(&config),
            launchpad: Launchpad::new(config.oauth.clone()),
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
        while arrivals
            .front()
            .is_some_and(|first| now.duration_since(*first) > WINDOW)
        {
            arrivals.pop_front();
        }
        if arrivals.len() < rate {
            arrivals.push_back(now);
            return None;
        }
        self.refused.fetch_add(1, Ordering::SeqCst);
        let left = arrivals.front().map_or(WINDOW, |first| {
            WINDOW.saturating_sub(now.duration_since(*first))
        });
        Some(left.as_secs() + 1)
    }
}

/// The service: every request comes here.
pub fn service(state: Arc<State>, address: SocketAddr) -> Router {
    Router::new().fallback(move |request: Incoming<Body>| {
        let state = Arc::clone(&state);
        async move {
            if launchpad::serves(request.uri().path()) {
                return Ok::<_, Infallible>(launchpad::handle(&state, address, request).await);
            }
            // The body is not read: the simulator takes no writes yet.
            let (head, _) = request.into_parts();
            Ok(handle(&state, address, &head).await)
        }
    })
}

/// An answer that is being put together.
struct Made {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: bool,
}

impl Made {
    fn new(status: u16, body: &Value) -> Self {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        Self {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body,
            cut: false,
        }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn respond(self) -> Response<Body> {
        let body = if self.cut {
            let half = Bytes::from(self.body[..self.body.len() / 2].to_vec());
            Body::from_stream(stream::iter([Ok(half), Err(std::io::Error::other("cut"))]))
        } else {
            Body::from(self.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response
                    .headers_mut()
                    .append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Counts a request as under way until it is answered, or dropped by the one who asked.
struct UnderWay<'a>(&'a State);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.down();
    }
}

async fn handle(state: &State, address: SocketAddr, head: &Parts) -> Response<Body> {
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    if let Some(control) = control(state, address, &path, &query) {
        return control.respond();
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
    let mut made = gate(state, &head.headers).unwrap_or_else(|| {
        let base = format!("http://{address}{prefix}");
        failed(&faults).unwrap_or_else(|| {
            if known {
                answer(state, &base, &below, &query, &faults)
            } else {
                missing()
            }
        })
    });
    let number = state.number.fetch_add(1, Ordering::SeqCst);
    made = made.header("x-request-id", format!("sim-{number}"));
    if made.status == 200 {
        made = tagged(made, &head.headers);
    }
    record.status = made.status;
    locked(&state.requests).push(record);
    made.respond()
}

/// Who may not ask at all.
fn gate(state: &State, headers: &HeaderMap) -> Option<Made> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if text("user-agent").trim().is_empty() {
        return Some(Made::new(
            400,
            &json!({"error": "Please send a User-Agent with contact information"}),
        ));
    }
    let authorization = text("authorization");
    let configured = authorization == format!("Bearer {}", state.config.token);
    if !configured && !state.launchpad.accepts(authorization) {
        let made = Made::new(
            401,
            &json!({"error": "OAuth token expired or not recognized"}),
        );
        return Some(made.header("www-authenticate", "Bearer"));
    }
    let seconds = state.exceeds_rate()?;
    Some(
        Made::new(429, &json!({"error": "Rate limited"}))
            .header("retry-after", seconds.to_string()),
    )
}

fn missing() -> Made {
    Made::new(404, &json!({"status": 404, "error": "Not Found"}))
}

/// Faults that replace the answer.
fn failed(faults: &[String]) -> Option<Made> {
    faults.iter().find_map(|fault| {
        Some(match fault.as_str() {
            "400" | "401" | "403" | "404" | "429" | "500" | "502" | "503" | "504" | "507" => {
                Made::new(
                    fault.parse().ok()?,
                    &json!({"error": format!("simulated {fault}")}),
                )
            }
            "422" => Made::new(
                422,
                &json!({"error": "Invalid", "errors": {"color": ["is not a valid color"]}}),
            ),
            "429-retry-after" => Made::new(429, &Value::Null).header("retry-after", "1"),
            "503-retry-after" => Made::new(503, &Value::Null).header("retry-after", "1"),
            "account-inactive" => missing().header("reason", "Account Inactive"),
            "html" => Made {
                body: b"<html>maintenance</html>".to_vec(),
                ..Made::new(200, &Value::Null)
            },
            "bad-json" => Made {
                body: b"[{\"id\": 1".to_vec(),
                ..Made::new(200, &Value::Null)
            },
            "not-array" => Made::new(200, &json!({"id": 1})),
            "redirect" => {
                Made::new(302, &Value::Null).header("location", "https://elsewhere.example/")
            }
            _ => return None,
        })
    })
}

fn answer(state: &State, base: &str, path: &str, query: &str, faults: &[String]) -> Made {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    let pairs: Query = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let painter = Painter {
        world: &state.world,
        base,
    };
    let mut made = match reply(painter, path, &pairs) {
        Reply::One(record) => Made::new(200, &record),
        Reply::Redirect(to) => Made::new(302, &Value::Null).header("location", to),
        Reply::Missing => missing(),
        Reply::Bad(what) => Made::new(
            400,
            &json!({"error": format!("{what} is missing or not valid")}),
        ),
        Reply::Listing(mut rows) => {
            if on("recordings-omit-root-vaults")
                && pairs.get("type").is_some_and(|kind| kind == "Vault")
            {
                let facts = &state.world.facts;
                rows.retain(|row| matches!(row, Row::Fact(place) if facts[*place as usize].parent != *place));
            }
            listing(painter, path, &pairs, &rows, faults)
        }
    };
    made.cut = on("truncated");
    made
}

/// One page of a listing.
fn listing(
    painter: Painter<'_>,
    path: &str,
    query: &Query,
    rows: &[Row],
    faults: &[String],
) -> Made {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    let page = query
        .get("page")
        .and_then(|page| page.parse::<usize>().ok())
        .filter(|page| *page > 0)
        .unwrap_or(1);
    let start: usize = (1..page).map(gear).sum();
    let end = (start + gear(page)).min(rows.len());
    let shown = rows.get(start..end).unwrap_or_default();
    let mut bodies: Vec<Value> = shown.iter().map(|row| rendered(painter, row)).collect();
    for body in &mut bodies {
        if on("wrong-type") {
            body["title"] = json!(5);
        }
        if on("missing-member")
            && let Some(members) = body.as_object_mut()
        {
            members.retain(|name, _| !TYPE_SPECIFIC.contains(&name.as_str()));
        }
    }
    let mut made = Made::new(200, &Value::Array(bodies));
    if !on("no-total") {
        made = made.header("x-total-count", rows.len().to_string());
    }
    if on("foreign-next-link") {
        made = made.header("link", "<https://elsewhere.example/?page=2>; rel=\"next\"");
    } else if end < rows.len() || on("endless") {
        let mut pairs: Vec<(&String, &String)> =
            query.iter().filter(|(name, _)| *name != "page").collect();
        pairs.sort();
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        let query = encoded
            .extend_pairs(pairs)
            .append_pair("page", &(page + 1).to_string())
            .finish();
        made = made.header(
            "link",
            format!("<{}{path}?{query}>; rel=\"next\"", painter.base),
        );
    }
    made
}

fn rendered(painter: Painter<'_>, row: &Row) -> Value {
    match row {
        Row::Fact(place) => painter.record(&painter.world.facts[*place as usize]),
        Row::Project(place) => painter.project(*place, true),
        Row::Person(place) => painter.person(*place, false),
        Row::Ready(value) => value.clone(),
    }
}

fn gear(page: usize) -> usize {
    GEARS.get(page - 1).copied().unwrap_or(TOP_GEAR)
}

/// Adds an `ETag`, and answers 304 to one who has that already.
fn tagged(made: Made, headers: &HeaderMap) -> Made {
    let mut hasher = DefaultHasher::new();
    made.body.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let same = headers
        .get("if-none-match")
        .is_some_and(|sent| sent.as_bytes() == tag.as_bytes());
    let made = made.header("etag", tag);
    if same {
        Made {
            status: 304,
            body: Vec::new(),
            ..made
        }
    } else {
        made
    }
}

/// Addresses of the simulator's own, for tests in other processes.
fn control(state: &State, address: SocketAddr, path: &str, query: &str) -> Option<Made> {
    match path
        .strip_prefix("/_simulator/")?
        .split_once('/')
        .unwrap_or_else(|| (&path[12..], ""))
    {
        ("faults", _) => {
            *locked(&state.faults) = query.split(',').filter_map(Fault::parse).collect();
            Some(Made::new(200, &json!({})))
        }
        ("requests", _) => Some(Made::new(200, &json!(locked(&state.requests).len()))),
        ("dump", table) => {
            let base = format!("http://{address}/{}", state.config.account);
            Some(Made::new(
                200,
                &Value::Array(payload::dump(&state.world, &base, table)),
            ))
        }
        _ => Some(missing()),
    }
}

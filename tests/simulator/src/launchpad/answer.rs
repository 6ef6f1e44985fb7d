//! Launchpad's addresses, and what each of them answers.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use futures_util::stream;
use serde_json::{Value, json};

use super::{Granted, Launchpad, Shape, device, token};
use crate::payload::Painter;
use crate::server::{State, locked};

/// A form is no larger than this.
const LARGEST_FORM: usize = 65_536;
/// Just more than what a careful client reads.
const HUGE: usize = 1_100_000;

/// Parameters of a query or form, in order.
pub type Pairs = Vec<(String, String)>;

/// The first value of a parameter.
pub fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// Whether a path is Launchpad's.
pub fn serves(path: &str) -> bool {
    matches!(
        path,
        "/authorization/new"
            | "/authorization/token"
            | "/authorization.json"
            | "/device"
            | "/device/code"
            | "/.well-known/oauth-protected-resource"
            | "/.well-known/oauth-authorization-server"
    )
}

/// Answers a request to one of those paths.
pub async fn handle(state: &State, address: SocketAddr, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default();
    let latency = state.latency.load(Ordering::SeqCst);
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let faults = state.faults(&format!("{path}?{query}"), true);
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    if on("oauth-hang") {
        return std::future::pending().await;
    }
    if let Some(response) = replaced(&faults) {
        return response;
    }
    let mut pairs = parse(query.as_bytes());
    let form = axum::body::to_bytes(body, LARGEST_FORM).await;
    pairs.extend(parse(&form.unwrap_or_default()));
    let base = format!("http://{address}");
    let launchpad = &state.launchpad;
    let authorization = head.headers.get("authorization");
    let authorization = authorization.and_then(|header| header.to_str().ok());
    match (head.method.as_str(), path.as_str()) {
        ("GET", "/authorization/new") => authorize(launchpad, &pairs, &faults),
        ("POST", "/authorization/token") => token::answer(launchpad, &pairs, &faults),
        ("GET", "/authorization.json") => {
            let response = identity(state, &base, authorization.unwrap_or_default());
            // A table is read from here too: it counts like the requests of the other tables.
            locked(&state.requests).push(crate::Request {
                at: Instant::now(),
                method: "GET".to_owned(),
                path,
                query: query.to_owned(),
                body: String::new(),
                status: response.status().as_u16(),
            });
            response
        }
        ("GET", "/device") => device::approve(launchpad, &pairs),
        ("POST", "/device/code") => device::start(launchpad, &base, &pairs, &faults),
        ("GET", _) if launchpad.config.discovery => json(200, &metadata(&path, &base)),
        _ => json(404, &json!({"status": 404, "error": "Not Found"})),
    }
}

/// Faults that answer in place of everything.
fn replaced(faults: &[String]) -> Option<Response<Body>> {
    faults.iter().find_map(|fault| {
        Some(match fault.as_str() {
            "oauth-html" => {
                html(200, "<html><h1>Please sign in to the hotel's network</h1></html>")
            }
            "oauth-500" => html(500, "<html>We're sorry, but something went wrong.</html>"),
            "oauth-503" => json(503, &json!({"error": "temporarily_unavailable"})),
            "oauth-429" => {
                let mut response = json(429, &json!({"error": "slow down"}));
                let after = HeaderValue::from_static("7");
                response.headers_mut().insert("retry-after", after);
                response
            }
            "oauth-redirect" => redirect("https://elsewhere.example/authorization/token"),
            "oauth-bad-json" => with_type(200, "application/json", "{\"access_token\": \"half"),
            "oauth-bad-token" => json(200, &json!({"access_token": "", "expires_in": 3600})),
            "oauth-huge" => {
                let padding = "x".repeat(HUGE);
                json(200, &json!({"access_token": "huge", "padding": padding}))
            }
            "oauth-slow" => slow(),
            _ => return None,
        })
    })
}

/// A body that never ends, a byte at a time.
fn slow() -> Response<Body> {
    let bytes = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let mut response = Response::new(Body::from_stream(bytes));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", kind);
    response
}

/// The page where the user agrees; here at once.
fn authorize(launchpad: &Launchpad, pairs: &Pairs, faults: &[String]) -> Response<Body> {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    let config = &launchpad.config;
    let asked =
        value(pairs, "response_type") == Some("code") || value(pairs, "type") == Some("web_server");
    if !asked || value(pairs, "client_id") != Some(&config.client_id) {
        return html(400, "<html>There is no such application.</html>");
    }
    let Some(redirect_uri) = value(pairs, "redirect_uri") else {
        return html(400, "<html>The redirect_uri is missing.</html>");
    };
    let registered = &config.redirect_uris;
    if !registered.is_empty() && !registered.iter().any(|one| one == redirect_uri) {
        return html(400, "<html>The redirect_uri is not registered.</html>");
    }
    let Ok(mut back) = url::Url::parse(redirect_uri) else {
        return html(400, "<html>The redirect_uri is no URL.</html>");
    };
    let challenge = value(pairs, "code_challenge").map(str::to_owned);
    if challenge.is_some() && value(pairs, "code_challenge_method") != Some("S256") {
        return html(400, "<html>The code_challenge_method is not S256.</html>");
    }
    if on("oauth-denied") {
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_description", "The user <b>said</b> no & left");
    } else {
        let granted = Granted {
            client_id: config.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scope: value(pairs, "scope").map(str::to_owned),
            pkce: challenge.is_some(),
            public: false,
        };
        let code = launchpad.grant_code(granted, challenge);
        back.query_pairs_mut().append_pair("code", &code);
    }
    if let Some(state) = value(pairs, "state") {
        let state = if on("oauth-wrong-state") { "another" } else { state };
        back.query_pairs_mut().append_pair("state", state);
    }
    redirect(back.as_str())
}

/// Whose a token is.
fn identity(state: &State, base: &str, authorization: &str) -> Response<Body> {
    let configured = format!("Bearer {}", state.config.token);
    let launchpad = &state.launchpad;
    if authorization != configured && !launchpad.accepts(authorization) {
        let mut response = json(401, &json!({"error": "OAuth token expired or not recognized"}));
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert("www-authenticate", challenge);
        return response;
    }
    let token = authorization.trim_start_matches("Bearer ");
    let left = locked(&launchpad.books)
        .access
        .get(token)
        .map_or(launchpad.config.lifetime, |end| end.saturating_duration_since(Instant::now()));
    let end = jiff::Timestamp::now().as_second() + i64::try_from(left.as_secs()).unwrap_or(0);
    let id = state.config.account;
    let account = format!("{base}/{id}");
    let world = state.world();
    let painter = Painter { world: &world, base: &account };
    let mut body = painter.authorization();
    body["expires_at"] = match launchpad.config.shape {
        Shape::Launchpad => {
            let end = jiff::Timestamp::from_second(end);
            json!(end.map(|end| end.to_string()).unwrap_or_default())
        }
        Shape::Basecamp => json!(end),
    };
    if launchpad.config.shape == Shape::Basecamp {
        body["scope"] = json!("read");
        body["identity"] = json!({"id": body["identity"]["id"]});
        body["accounts"] = json!([{
            "id": id, "name": body["accounts"][0]["name"], "href": account,
            "resource": format!("urn:bc:account:{id}"),
        }]);
    }
    json(200, &body)
}

/// RFC 9728 and RFC 8414.
fn metadata(path: &str, base: &str) -> Value {
    if path.ends_with("oauth-protected-resource") {
        return json!({"resource": base, "authorization_servers": [base]});
    }
    json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorization/new"),
        "token_endpoint": format!("{base}/authorization/token"),
        "device_authorization_endpoint": format!("{base}/device/code"),
        "grant_types_supported": ["authorization_code", "refresh_token", token::DEVICE_GRANT],
    })
}

fn parse(text: &[u8]) -> Pairs {
    url::form_urlencoded::parse(text).into_owned().collect()
}

pub fn json(status: u16, body: &Value) -> Response<Body> {
    with_type(status, "application/json; charset=utf-8", &body.to_string())
}

pub fn html(status: u16, body: &str) -> Response<Body> {
    with_type(status, "text/html; charset=utf-8", body)
}

fn with_type(status: u16, kind: &'static str, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert("content-type", kind);
    response
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = html(302, "");
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert("location", to);
    }
    response
}

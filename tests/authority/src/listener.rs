//! Connections: one request, one answer, and then a look at how the client ends it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::books::{Receipt, Seen};
use crate::rule::{self, Act};
use crate::{State, admin, api, exchange, locked, metadata, page};

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The issue of tokens that is in it.
    pub(crate) issue: Option<usize>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), issue: None }
    }

    pub(crate) fn json(status: u16, body: &Json) -> Self {
        Self::new(status, body.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request, read to its end.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) authorization: Option<String>,
}

impl Asked {
    /// A parameter of the query or form.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut all = self.query.iter().chain(&self.form);
        all.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Serves connections for ever.
pub(crate) async fn accept(socket: TcpListener, state: Arc<State>) {
    loop {
        if let Ok((stream, _)) = socket.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&state)));
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let issue = Arc::<Slot>::default();
    let service = hyper::service::service_fn(|request| {
        let (state, issue) = (Arc::clone(&state), Arc::clone(&issue));
        async move { Ok::<_, Infallible>(response(answer(&state, request, &issue).await)) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), service);
    let stream = connection.without_shutdown().await.map(|parts| parts.io.into_inner());
    let issued = locked(&issue).take();
    let read = match stream {
        Ok(stream) => was_read(stream).await,
        Err(_) => false,
    };
    if let Some(issued) = issued {
        let receipt = if read { Receipt::Read } else { Receipt::Lost };
        locked(&state.books).receipt(issued, receipt);
    }
}

/// Whether the client reads everything. A process that ends, or closes the connection, with something
/// unread makes the kernel send a reset; otherwise it sends an orderly end.
async fn was_read(mut stream: TcpStream) -> bool {
    if stream.shutdown().await.is_err() {
        return false;
    }
    let mut rest = [0; 1024];
    loop {
        match stream.read(&mut rest).await {
            Ok(0) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// The issue of tokens that is on its way over a connection. Known before the answer is, so that a
/// client that does not wait for it is seen to have lost it.
type Slot = Mutex<Option<usize>>;

async fn answer(state: &Arc<State>, request: Request<Incoming>, issue: &Slot) -> Answer {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let header = head.headers.get("authorization");
    let query = head.uri.query().unwrap_or_default();
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: parse(query.as_bytes()),
        form: parse(&body),
        body,
        authorization: header.and_then(|value| value.to_str().ok()).map(str::to_owned),
    };
    if asked.path.starts_with("/admin/") {
        return admin::answer(state, &asked);
    }
    let number = note(state, &asked, query);
    let act = rule::of(state, &asked.path);
    let answer = bent(state, &asked, act, issue).await;
    if let Some(seen) = locked(&state.books).seen.get_mut(number) {
        seen.status = Some(answer.status);
    }
    answer
}

fn note(state: &State, asked: &Asked, query: &str) -> usize {
    let mut books = locked(&state.books);
    let grant =
        (asked.path == "/authorization/token").then(|| exchange::grant_of(&books, asked)).flatten();
    books.seen.push(Seen {
        method: asked.method.clone(),
        path: asked.path.clone(),
        query: query.to_owned(),
        authorization: asked.authorization.clone(),
        form: asked.form.clone(),
        grant,
        status: None,
        at: Instant::now(),
    });
    books.seen.len() - 1
}

async fn bent(state: &State, asked: &Asked, act: Option<Act>, issue: &Slot) -> Answer {
    let plain = |state, asked| {
        let answer = plain(state, asked);
        *locked(issue) = answer.issue;
        answer
    };
    match act {
        None => plain(state, asked),
        Some(Act::Late(milliseconds)) => {
            let answer = plain(state, asked);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            answer
        }
        Some(Act::Hang) => std::future::pending().await,
        Some(Act::Swallow) => {
            let _ = plain(state, asked);
            std::future::pending().await
        }
        Some(Act::Answer { status, body, headers }) => {
            Answer { headers, ..Answer::new(status, body) }
        }
        Some(Act::Bend(members)) => {
            let mut answer = plain(state, asked);
            if answer.status == 200
                && let Ok(Json::Object(mut body)) = serde_json::from_str(&answer.body)
            {
                body.extend(members);
                body.retain(|_, value| !value.is_null());
                answer.body = Json::Object(body).to_string();
            }
            answer
        }
        Some(Act::Echo(status)) => echo(asked, status),
    }
}

/// Everything that was sent, in the members that clients show.
fn echo(asked: &Asked, status: u16) -> Answer {
    let values = asked.form.iter().map(|(_, value)| value.as_str());
    let all: Vec<&str> = asked.authorization.as_deref().into_iter().chain(values).collect();
    let all = all.join(" ");
    let body = serde_json::json!({
        "error": format!("cannot accept {all}"),
        "error_description": format!("{all} is not good"),
        "message": all,
    });
    Answer::json(status, &body).header("x-request-id", &all).header("retry-after", &all)
}

fn plain(state: &State, asked: &Asked) -> Answer {
    match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/authorization/new") => page::authorize(state, asked),
        ("POST", "/authorization/token") => exchange::answer(state, asked),
        ("GET", "/authorization.json") => api::identity(state, asked),
        ("POST", "/device/code") => page::device(state, asked),
        ("GET", path) if path.starts_with("/.well-known/") => metadata::answer(state, path),
        ("GET", _) => api::answer(state, asked),
        _ => Answer::json(404, &serde_json::json!({"error": "Not Found"})),
    }
}

fn parse(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(answer.status);
    if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        response = response.header("content-type", "application/json; charset=utf-8");
    }
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::from(answer.body)).unwrap_or_default()
}

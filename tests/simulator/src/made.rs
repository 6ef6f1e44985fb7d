//! Answers that are being put together, and how they are sent.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::v2;

/// Pieces in which a slow body comes, and the pause before each.
const PIECES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);
/// Blanks before a big body, in so many pieces of this size: 64 MiB, beyond the 50 that clients take.
const BLANKS: usize = 64;
static BLANK: [u8; 1 << 20] = [b' '; 1 << 20];

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
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
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

    pub(crate) fn respond(self) -> Response<Body> {
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

/// Nothing there.
pub(crate) fn missing() -> Made {
    Made::new(404, &json!({"status": 404, "error": "Not Found"}))
}

/// Adds an `ETag`, and answers 304 to one who has that already.
pub fn tagged(made: Made, headers: &HeaderMap) -> Made {
    let mut hasher = DefaultHasher::new();
    made.body.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let same = headers.get("if-none-match").is_some_and(|sent| sent.as_bytes() == tag.as_bytes());
    let made = made.header("etag", tag);
    if same { Made { status: 304, body: Vec::new(), ..made } } else { made }
}

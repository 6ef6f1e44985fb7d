//! What a request came to.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, LINK, LOCATION};

use crate::error::{Error, Result};

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status: 200, 201 or 204. 200 too where Basecamp confirmed a kept answer.
    pub status: u16,
    /// The body; empty with 204.
    pub body: Bytes,
    /// The Link header.
    pub link: Option<String>,
    /// `X-Total-Count`: the size of the whole collection; planner material.
    pub total: Option<u64>,
    /// The Date header: what time it is there.
    pub date: Option<String>,
    /// The Location header, which some creations answer with.
    pub location: Option<String>,
}

/// What a request came to in the end.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// 2xx.
    Success(Answer),
    /// 3xx: the error that this is, and the target for the one caller that may follow it.
    Redirect(Error, Option<String>),
}

impl Answer {
    /// A status, its headers and a body.
    pub fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        Self {
            status: status.as_u16(),
            body,
            link: links(headers),
            total: text(headers, "x-total-count").and_then(|total| total.trim().parse().ok()),
            location: text(headers, LOCATION.as_str()),
            date: text(headers, DATE.as_str()),
        }
    }
}

impl Outcome {
    /// The answer; a redirect is an error.
    pub fn success(self) -> Result<Answer> {
        match self {
            Self::Success(answer) => Ok(answer),
            Self::Redirect(error, _) => Err(error),
        }
    }
}

/// The Link header, which may come in several lines and have titles in any encoding.
fn links(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(LINK).iter();
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// A header's text, if it has one that is text.
pub fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

//! The HTTP library for the API: limits of its own on top of `transport`. May import `error`.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use reqwest::{Response, StatusCode};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::StreamReader;

use super::cache::Cache;
use super::config::Config;
use super::memory::{Body, Memory};
use crate::error::{Error, Result};
use crate::transport::{self, Setup};

/// A success body is read up to this size.
const LARGEST_BODY: usize = 52_428_800;
/// An error body is read up to this size.
const LARGEST_ERROR: usize = 1_048_576;
/// Unpacked bytes that are taken at a time.
const CHUNK: usize = 65_536;

/// Makes the client that keeps the connections.
///
/// # Errors
/// When a value of the configuration cannot be used.
pub fn build(config: &Config) -> Result<reqwest::Client> {
    let builder = transport::builder(Setup {
        timeout: config.timeout,
        user_agent: Some(&config.user_agent),
        proxy: config.proxy.as_deref(),
        ca_pem: config.ca_pem.as_deref(),
    })?;
    // Unpacked here: the library stops behind the first of several gzip members.
    let builder = builder.gzip(false);
    transport::build(builder.pool_max_idle_per_host(config.max_concurrency.max(1)))
}

/// Whether an answer has all that was asked for: 206 has a part.
pub fn is_whole(status: StatusCode) -> bool {
    status.is_success() && status != StatusCode::PARTIAL_CONTENT
}

/// Why a body could not be read.
#[derive(Debug)]
pub enum BodyError {
    /// The connection broke, or time was up.
    Lost(reqwest::Error),
    /// It came, and cannot be used.
    Refused(Error),
}

/// Where bodies go: what is kept of others gives way to them.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    /// What counts them.
    pub memory: &'a Memory,
    /// Answers that can be asked for again.
    pub kept: &'a Cache,
}

/// Reads a body as it comes, and stops where it passes the cap. Counted after
/// decompression, so that a small answer cannot become a large one.
///
/// # Errors
/// When it breaks off, is too large, or is packed as nobody asked for.
pub async fn read_body(
    response: Response,
    room: Room<'_>,
) -> std::result::Result<Bytes, BodyError> {
    let most = if response.status().is_success() { LARGEST_BODY } else { LARGEST_ERROR };
    let mut sink = Sink { body: Body::new(room.memory), most, kept: room.kept };
    if is_packed(response.headers()).map_err(BodyError::Refused)? {
        unpack(response, &mut sink).await?;
    } else {
        let mut response = response;
        while let Some(chunk) = response.chunk().await.map_err(BodyError::Lost)? {
            sink.take(&chunk)?;
        }
    }
    Ok(sink.body.finish())
}

struct Sink<'a> {
    body: Body,
    most: usize,
    kept: &'a Cache,
}

impl Sink<'_> {
    fn take(&mut self, chunk: &[u8]) -> std::result::Result<(), BodyError> {
        if self.body.len() + chunk.len() > self.most {
            let error = Error::malformed("the answer is too large")
                .detail(format!("It has more than {} bytes.", self.most));
            return Err(BodyError::Refused(error));
        }
        let taken = self.body.extend(chunk).or_else(|_| {
            self.kept.clear();
            self.body.extend(chunk)
        });
        taken.map_err(BodyError::Refused)
    }
}

/// Whether a body is packed as was asked for.
fn is_packed(headers: &HeaderMap) -> Result<bool> {
    let mut packed = false;
    for value in headers.get_all(CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let gzip = match value.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => false,
            "gzip" | "x-gzip" => true,
            _ => return Err(unknown(&value)),
        };
        if packed && gzip {
            return Err(unknown("gzip, gzip"));
        }
        packed |= gzip;
    }
    Ok(packed)
}

fn unknown(encoding: &str) -> Error {
    Error::malformed("the answer has an encoding that was not asked for")
        .detail(format!("Its Content-Encoding is {encoding}."))
}

/// Unpacks one gzip member after another (RFC 1952, section 2.2).
async fn unpack(response: Response, sink: &mut Sink<'_>) -> std::result::Result<(), BodyError> {
    let stream = response.bytes_stream().map_err(io::Error::other);
    let mut decoder = GzipDecoder::new(StreamReader::new(stream));
    decoder.multiple_members(true);
    let mut chunk = vec![0; CHUNK];
    loop {
        match decoder.read(&mut chunk).await.map_err(undone)? {
            0 => return Ok(()),
            came => sink.take(&chunk[..came])?,
        }
    }
}

fn undone(error: io::Error) -> BodyError {
    let text = error.to_string();
    match error.into_inner().map(|cause| cause.downcast::<reqwest::Error>()) {
        Some(Ok(lost)) => BodyError::Lost(*lost),
        _ => BodyError::Refused(Error::malformed("the answer is not gzip").unreadable(text)),
    }
}

//! A request, before it is sent.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderValue;
use url::Url;

use crate::error::{Error, Kind, Result};

/// A request, before it is sent.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Body>,
    /// Attempts in all.
    pub(super) most: u32,
    /// It is for a file, of so many bytes at most, and not for JSON.
    pub(super) file: Option<usize>,
}

/// What is sent with a request.
#[derive(Debug, Clone)]
pub struct Body {
    pub(super) bytes: Bytes,
    pub(super) media: HeaderValue,
}

impl Body {
    /// JSON.
    pub fn json(value: &serde_json::Value) -> Self {
        let media = HeaderValue::from_static("application/json");
        Self { bytes: Bytes::from(value.to_string()), media }
    }

    /// Bytes of a media type.
    ///
    /// # Errors
    /// When the media type is nothing that a header can say.
    pub fn bytes(bytes: impl Into<Bytes>, media: &str) -> Result<Self> {
        let wrong =
            |_| Error::new(Kind::Invalid, "a media type has characters that it cannot have");
        Ok(Self { bytes: bytes.into(), media: HeaderValue::from_str(media).map_err(wrong)? })
    }
}

impl Request {
    /// A GET.
    pub fn read(url: Url, most: u32) -> Self {
        Self { method: Method::GET, url, body: None, most, file: None }
    }

    /// A GET of a file of so many bytes at most.
    pub fn file(url: Url, most: u32, largest: usize) -> Self {
        Self { file: Some(largest), ..Self::read(url, most) }
    }

    /// Anything else.
    pub fn write(method: Method, url: Url, body: Option<Body>, most: u32) -> Self {
        Self { method, url, body, most, file: None }
    }

    /// Whether it changes nothing.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

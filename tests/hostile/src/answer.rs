//! A request and its answer, as they go over the wire.

use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The path with its query.
    pub target: String,
    /// The lines of the head but the first, as they came.
    pub headers: Vec<String>,
    /// How many requests came before since the fault was switched on.
    pub before: usize,
}

impl Asked {
    /// The parameter `page`, or 1.
    pub fn page(&self) -> u64 {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page="));
        page.and_then(|page| page.parse().ok()).unwrap_or(1)
    }

    /// The same target with a parameter, in place of one of its name.
    pub fn with(&self, name: &str, value: impl std::fmt::Display) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let others = query.split('&').filter(|pair| {
            !pair.is_empty() && pair.split('=').next().is_some_and(|other| other != name)
        });
        let others: String = others.map(|pair| format!("{pair}&")).collect();
        format!("{path}?{others}{name}={value}")
    }
}

/// How an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As it is.
    Whole,
    /// These bytes and nothing else, head included: the body of the answer.
    Raw,
    /// The connection is closed before anything is sent.
    Closed,
    /// The connection is reset after half of the body.
    Reset,
    /// The connection is closed after half of the body.
    Short,
    /// Nothing comes, ever.
    Hanging,
    /// A byte at a time, with this in between.
    Drip(Duration),
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers; values are bytes, because a hostile server's need not be text.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it is sent.
    pub delivery: Delivery,
}

impl Answer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_slice())
    }

    /// Sets a header, in place of those of its name.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Takes a header away.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
    }

    /// The address in the Link header, if there is a next page.
    pub fn next(&self) -> Option<String> {
        let link = String::from_utf8_lossy(self.header("link")?).into_owned();
        let (target, _) = link.split_once("rel=\"next\"")?;
        let (_, opened) = target.rsplit_once('<')?;
        opened.split_once('>').map(|(address, _)| address.to_owned())
    }

    /// The answer as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        if self.delivery == Delivery::Raw {
            return self.body.clone();
        }
        let mut bytes = format!("HTTP/1.1 {} Whatever\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if !matches!(self.status, 204 | 304) {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

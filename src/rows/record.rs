//! One record of an answer, split once, with what is known around it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::api::Hold;
use crate::catalog::field::{Seen, at};
use crate::error::{Error, Result};
use crate::plan::route::Asked;
use crate::value::{Document, Element, PER_ELEMENT, PER_MEMBER, Raw};

/// One record of an answer, with what is known around it.
#[derive(Debug, Clone)]
pub struct Record {
    /// Itself.
    pub document: Document,
    /// The object that it came inside of, where its source has one.
    pub outer: Option<Arc<Document>>,
    /// The array of the answer that it was in.
    pub array: &'static str,
    /// Its place in that array, from 1.
    pub place: usize,
    /// What its request asked by.
    pub asked: Arc<[Asked]>,
    /// The project or calendar that it belongs to, where that is wanted.
    pub bucket: Option<Arc<Document>>,
    /// Where the whole record is, where this one lacks wanted members.
    pub single: Option<String>,
    /// The count of what the records that were parsed with it take up.
    pub(super) _counted: Option<Arc<Hold>>,
    /// Whether it is a row for certain; else PostgreSQL decides.
    pub certain: bool,
}

impl Record {
    /// Parses the text of a record.
    ///
    /// # Errors
    /// When it is not an object.
    pub fn parse(text: Bytes) -> Result<Self> {
        Self::object(Document::parse(text))
    }

    /// A record that was found in an answer.
    ///
    /// # Errors
    /// When it is not an object.
    pub(super) fn object(document: serde_json::Result<Document>) -> Result<Self> {
        let record = Self::any(document)?;
        if record.document.is_object() {
            return Ok(record);
        }
        Err(Error::malformed("a record in the answer is not a JSON object"))
    }

    /// The same of one that may be a text or a number, as labels are.
    pub(super) fn any(document: serde_json::Result<Document>) -> Result<Self> {
        let document = document.map_err(|error| {
            Error::malformed("a record in the answer is not JSON").unreadable(error)
        })?;
        if document.raw().is_null() {
            return Err(Error::malformed("a record in the answer is null"));
        }
        Ok(Self {
            document,
            outer: None,
            array: "",
            place: 0,
            asked: Arc::default(),
            bucket: None,
            single: None,
            _counted: None,
            certain: true,
        })
    }

    /// How its columns see it.
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            json: self.document.raw(),
            outer: self.outer.as_deref().map(Document::raw),
            asked: &self.asked,
            array: self.array,
            place: self.place,
            bucket: self.bucket.as_deref().map(Document::raw),
        }
    }

    /// The same record with the members that another source gives of it, which win. Each shape has
    /// members of its own, and a value must not depend on the plan. The id stays: it is the same, or
    /// that of the topic or file through which the other was found.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        let both = merged(self.document.text(), other.document.text());
        if let Some(Ok(both)) = both.map(|both| Document::split(both.into())) {
            self.document = both;
        }
        self.single = None;
        self
    }
}

/// Fills an object in, and the objects inside of it, as texts: no number loses a digit.
fn merged(one: &str, other: &str) -> Option<String> {
    let mut all: BTreeMap<Cow<'_, str>, Box<RawValue>> = serde_json::from_str(one).ok()?;
    let more: BTreeMap<Cow<'_, str>, Box<RawValue>> = serde_json::from_str(other).ok()?;
    for (name, value) in more.into_iter().filter(|(name, _)| name != "id") {
        let both = all.get(&name).and_then(|known| merged(known.get(), value.get()));
        let both = both.map_or(Ok(value), RawValue::from_string).ok()?;
        all.insert(name, both);
    }
    serde_json::to_string(&all).ok()
}

/// The bytes that the text of a record takes up once it is split and while it is read, rather more than
/// less: only its own members have a place of their own, and a vector has room for as many again.
pub fn weight(text: &[u8]) -> usize {
    weighed(text, bytecount::count(text, b':'))
}

/// The same of an element of a page, whose members may be known.
pub fn weight_of(element: &Element) -> usize {
    let text = element.text().as_bytes();
    match element {
        Element::Document(document) => weighed(text, document.count()),
        Element::Text(_) => weight(text),
    }
}

fn weighed(text: &[u8], members: usize) -> usize {
    let elements = bytecount::count(text, b',');
    size_of::<Record>() + text.len() + 2 * members * PER_MEMBER + elements * PER_ELEMENT
}

/// The id of a record, if it has one that is a number: Basecamp's own actors have words for ids.
pub fn id(record: Raw<'_>) -> Option<i64> {
    at(record, "id").and_then(Raw::as_i64)
}

/// The id of a record that must have one.
///
/// # Errors
/// When it has none.
pub fn identifier(record: Raw<'_>, table: &str) -> Result<i64> {
    id(record).ok_or_else(|| {
        Error::malformed(format!("column \"id\" of table \"{table}\": a record has no id"))
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Record, weight};
    use crate::value::PER_ELEMENT;

    #[test]
    fn what_reading_a_giant_array_takes_is_counted_before_it_is_read() {
        let text = format!("{{\"id\": 1, \"assignees\": [1{}]}}", ",1".repeat(1_000_000));
        assert!(weight(text.as_bytes()) > text.len() + 1_000_000 * PER_ELEMENT);
    }

    #[test]
    fn a_record_keeps_every_digit_when_another_source_fills_it_in() {
        let parse = |text: &'static str| Record::parse(Bytes::from_static(text.as_bytes()));
        let listed =
            parse(r#"{"id": 9, "sum": 0.10000000000000000001, "a": 1}"#).expect("an object");
        let single =
            parse(r#"{"id": 8, "a": 2, "b": 12345678901234567890123}"#).expect("an object");
        let both = listed.with(&single);
        let expected = r#"{"a":2,"b":12345678901234567890123,"id":9,"sum":0.10000000000000000001}"#;
        assert_eq!(both.document.text(), expected);
    }
}

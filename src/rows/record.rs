//! One record of an answer, parsed once, with what is known around it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::api::Hold;
use crate::catalog::field::Seen;
use crate::error::{Error, Result};
use crate::plan::route::Asked;

/// One record of an answer, with what is known around it.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its own text.
    pub text: Bytes,
    /// The same, parsed.
    pub json: Json,
    /// The object that it came inside of, where its source has one.
    pub outer: Option<Arc<Json>>,
    /// The array of the answer that it was in.
    pub array: &'static str,
    /// Its place in that array, from 1.
    pub place: usize,
    /// What its request asked by.
    pub asked: Arc<[Asked]>,
    /// The project or calendar that it belongs to, where that is wanted.
    pub bucket: Option<Arc<Json>>,
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
        let record = Self::parse_any(text)?;
        if record.json.is_object() {
            return Ok(record);
        }
        Err(Error::malformed("a record in the answer is not a JSON object"))
    }

    /// Parses the text of a record that may be a text or a number, as labels are.
    pub(super) fn parse_any(text: Bytes) -> Result<Self> {
        let json: Json = serde_json::from_slice(&text).map_err(|error| {
            Error::malformed("a record in the answer is not JSON").unreadable(error)
        })?;
        if json.is_null() {
            return Err(Error::malformed("a record in the answer is null"));
        }
        Ok(Self {
            text,
            json,
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
            json: &self.json,
            text: &self.text,
            outer: self.outer.as_deref(),
            asked: &self.asked,
            array: self.array,
            place: self.place,
            bucket: self.bucket.as_deref(),
        }
    }

    /// The same record with the members that another source gives of it, which win. Each shape has
    /// members of its own, and a value must not depend on the plan. The id stays: it is the same, or
    /// that of the topic or file through which the other was found.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        merge(&mut self.json, &other.json);
        let texts = (std::str::from_utf8(&self.text), std::str::from_utf8(&other.text));
        if let (Ok(ours), Ok(theirs)) = texts
            && let Some(both) = merged(ours, theirs)
        {
            self.text = both.into();
        }
        self.single = None;
        self
    }
}

/// Fills an object in, and the objects inside of it.
fn merge(all: &mut Json, more: &Json) {
    let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) else {
        return;
    };
    for (name, value) in more.iter().filter(|(name, _)| *name != "id") {
        match all.get_mut(name) {
            Some(known) if known.is_object() && value.is_object() => merge(known, value),
            _ => {
                all.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The same for their texts, without a number losing a digit.
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

/// What a value of parsed JSON takes up beside its text, and what an object or array does: a map
/// begins with room for eleven members.
const PER_VALUE: usize = size_of::<Json>();
const PER_NEST: usize = 11 * (PER_VALUE + size_of::<String>());

/// The bytes that a text takes up once it is parsed, a little more rather than less.
pub fn parsed(text: &[u8]) -> usize {
    let count = |wanted| bytecount::count(text, wanted);
    let values = count(b',') + count(b':') + count(b'[');
    size_of::<Record>() + text.len() + values * PER_VALUE + count(b'{') * PER_NEST
}

/// The id of a record that must have one.
///
/// # Errors
/// When it has none.
pub fn identifier(record: &Json, table: &str) -> Result<i64> {
    record.get("id").and_then(Json::as_i64).ok_or_else(|| {
        Error::malformed(format!("column \"id\" of table \"{table}\": a record has no id"))
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Record;

    #[test]
    fn a_record_keeps_every_digit_when_another_source_fills_it_in() {
        let parse = |text: &'static str| Record::parse(Bytes::from_static(text.as_bytes()));
        let listed =
            parse(r#"{"id": 9, "sum": 0.10000000000000000001, "a": 1}"#).expect("an object");
        let single =
            parse(r#"{"id": 8, "a": 2, "b": 12345678901234567890123}"#).expect("an object");
        let both = listed.with(&single);
        let expected = r#"{"a":2,"b":12345678901234567890123,"id":9,"sum":0.10000000000000000001}"#;
        assert_eq!(both.text, expected.as_bytes());
    }
}

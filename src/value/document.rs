//! JSON that is looked into no further than somebody asks.
//!
//! Of a record with forty members a query wants a few. The members of the record itself are found once
//! and kept; what is inside of them is read again by whoever asks, because that is rare and a tree of
//! all of it costs more than everything else that becomes of a row.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Mismatch;

/// A JSON text, with the places of its members where it is an object.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is part of, and where in it.
    whole: ByteString,
    at: Range<usize>,
    /// The members of all objects that were found together, and which are its own.
    members: Arc<Vec<Member>>,
    own: Range<usize>,
}

/// A member of an object: where in the whole text its name and its value are.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) value: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Name {
    /// It is in the text as it is.
    At(Range<usize>),
    /// The text has escapes in place of some of it.
    Spelled(Box<str>),
}

/// The room that one member takes up beside the text.
pub const PER_MEMBER: usize = size_of::<Member>();

/// The room that one element of an array takes up while it is read.
pub const PER_ELEMENT: usize = size_of::<&RawValue>() + size_of::<Raw<'_>>();

impl Document {
    /// Finds the members.
    ///
    /// # Errors
    /// When the text is not one JSON value, or is not UTF-8.
    pub fn parse(text: Bytes) -> serde_json::Result<Self> {
        let text =
            ByteString::try_from(text).map_err(|_| serde_json::Error::custom("it is not UTF-8"))?;
        let raw: &RawValue = serde_json::from_str(&text)?;
        Self::split(text.slice_ref(raw.get()))
    }

    /// Finds the members of a text that is known to be one value without anything around it.
    ///
    /// # Errors
    /// When the name of a member is not Unicode.
    pub fn split(text: ByteString) -> serde_json::Result<Self> {
        let mut members = Vec::new();
        if text.starts_with('{') {
            let mut reader = serde_json::Deserializer::from_str(&text);
            // About as many as there are, without more room than the text itself takes.
            members = Vec::with_capacity((text.len() / 64).min(48));
            Members { text: &text, found: &mut members }.deserialize(&mut reader)?;
        }
        let (at, own) = (0..text.len(), 0..members.len());
        Ok(Self { whole: text, at, members: Arc::new(members), own })
    }

    /// Part of a text, with members that were found.
    pub(super) fn part(
        whole: &ByteString,
        at: Range<usize>,
        members: &Arc<Vec<Member>>,
        own: Range<usize>,
    ) -> Self {
        Self { whole: whole.clone(), at, members: Arc::clone(members), own }
    }

    /// The whole text, without white space around it.
    pub fn text(&self) -> &str {
        self.whole.get(self.at.clone()).unwrap_or_default()
    }

    /// The whole of it, to be read.
    pub fn raw(&self) -> Raw<'_> {
        Raw { text: self.text(), document: Some(self) }
    }

    /// How many members it has.
    pub fn count(&self) -> usize {
        self.own.len()
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.text().starts_with('{')
    }

    /// A member of the object. Of several with one name the last counts, as in PostgreSQL's `jsonb`.
    pub fn get(&self, name: &str) -> Option<Raw<'_>> {
        let is_it = |member: &&Member| match &member.name {
            // Most names differ in their length or in how they begin.
            Name::At(at) => {
                let (whole, name) = (self.whole.as_bytes(), name.as_bytes());
                at.len() == name.len()
                    && name.first().is_none_or(|first| whole.get(at.start) == Some(first))
                    && whole.get(at.clone()) == Some(name)
            }
            Name::Spelled(spelled) => **spelled == *name,
        };
        let members = self.members.get(self.own.clone()).unwrap_or_default();
        let member = members.iter().rev().find(is_it)?;
        self.whole.get(member.value.clone()).map(Raw::of)
    }
}

/// Where in a text a part of it is.
fn place(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// Finds the members of an object that is part of a text.
pub(super) struct Members<'a, 'b> {
    pub(super) text: &'a str,
    pub(super) found: &'b mut Vec<Member>,
}

/// The name of a member.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Members<'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            self.found.push(Member::of(self.text, name, value));
        }
        Ok(())
    }
}

impl Member {
    fn of(text: &str, name: Cow<'_, str>, value: &RawValue) -> Self {
        let name = match name {
            Cow::Borrowed(name) => Name::At(place(text, name)),
            Cow::Owned(name) => Name::Spelled(name.into()),
        };
        Self { name, value: place(text, value.get()) }
    }
}

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A JSON value as it is spelled, without white space around it.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    text: &'a str,
    /// Where its members are known.
    document: Option<&'a Document>,
}

impl<'a> From<&'a RawValue> for Raw<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self { text: raw.get(), document: None }
    }
}

impl<'a> Raw<'a> {
    /// A text that is one JSON value.
    pub const fn of(text: &'a str) -> Self {
        Self { text, document: None }
    }

    /// `null`
    pub const NULL: Self = Self { text: "null", document: None };

    /// How it is spelled.
    pub const fn text(self) -> &'a str {
        self.text
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't') => Kind::Flag(true),
            Some(b'f') => Kind::Flag(false),
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Null,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The string that it is, if it is one that can be told: escapes may stand for half of a character.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let is_string = self.kind() == Kind::String;
        is_string.then(|| serde_json::from_str::<Key<'a>>(self.text).ok()).flatten().map(|it| it.0)
    }

    /// The integer that it is, if it is one without a point or an exponent.
    pub fn as_i64(self) -> Option<i64> {
        if self.kind() == Kind::Number { self.text.parse().ok() } else { None }
    }

    /// The number that it is, rounded as a double is.
    pub fn as_f64(self) -> Option<f64> {
        if self.kind() == Kind::Number { self.text.parse().ok() } else { None }
    }

    /// A member, if this is an object that has it.
    ///
    /// # Errors
    /// When the name of one cannot be told.
    pub fn get(self, name: &str) -> Result<Option<Self>, Mismatch> {
        match self.document {
            Some(document) => Ok(document.get(name)),
            None if self.kind() != Kind::Object => Ok(None),
            None => {
                let mut reader = serde_json::Deserializer::from_str(self.text);
                let found = Sought(name).deserialize(&mut reader);
                found.map(|raw| raw.map(Self::from)).map_err(|_| Mismatch::unreadable(self))
            }
        }
    }

    /// The elements, if this is an array.
    pub fn elements(self) -> Option<Vec<Self>> {
        if self.kind() != Kind::Array {
            return None;
        }
        let elements: Vec<&RawValue> = serde_json::from_str(self.text).ok()?;
        Some(elements.into_iter().map(Self::from).collect())
    }
}

/// The last member of an object that has a name.
struct Sought<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Sought<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Sought<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Key(name)) = map.next_key::<Key<'de>>()? {
            if name == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Raw};

    fn document(text: &'static str) -> Document {
        Document::parse(text.into()).expect("JSON")
    }

    #[test]
    fn members_are_found_whatever_stands_around_them_and_however_they_are_spelled() {
        let object = document(
            " {\"a\" : 1 ,\n\"b\":{ \"a\": [2, \"x\"] }, \"c\\u0061\" :null, \"\":true}\n",
        );
        let spelled = |name| object.get(name).map(Raw::text);
        assert_eq!(spelled("a"), Some("1"));
        assert_eq!(spelled("b"), Some("{ \"a\": [2, \"x\"] }"));
        assert_eq!(spelled("ca"), Some("null"));
        assert_eq!(spelled(""), Some("true"));
        assert_eq!(spelled("c\\u0061"), None);
        let inner = object.get("b").and_then(|it| it.get("a").expect("an object"));
        let elements = inner.and_then(Raw::elements).expect("an array");
        assert_eq!(elements.iter().map(|it| it.text()).collect::<Vec<_>>(), ["2", "\"x\""]);
        assert_eq!(elements[1].as_str().as_deref(), Some("x"));
        assert!(object.text().starts_with('{') && object.text().ends_with('}'));
    }

    #[test]
    fn the_last_of_several_members_of_one_name_counts_at_every_depth() {
        let object = document(r#"{"a": 1, "b": {"a": 1, "\u0061": 2}, "a": 3}"#);
        assert_eq!(object.get("a").map(Raw::text), Some("3"));
        let inner = object.get("b").and_then(|it| it.get("a").expect("an object"));
        assert_eq!(inner.map(Raw::text), Some("2"));
    }

    #[test]
    fn what_is_not_one_value_or_not_text_is_refused() {
        for text in
            [&b"{\"a\":}"[..], b"{} {}", b"", b"{\"a\": \"\xff\"}", b"[1,]", b"{\"\\ud800\": 1}"]
        {
            let refused = Document::parse(text.into()).is_err();
            assert!(refused, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn what_nobody_asks_for_may_be_as_deep_as_it_likes() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let object = Document::parse(format!("{{\"a\": {deep}, \"b\": 1}}").into()).expect("JSON");
        assert_eq!(object.get("b").and_then(Raw::as_i64), Some(1));
    }
}

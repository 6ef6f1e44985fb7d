//! The elements of an array, and the members of those that are objects, in one pass.
//!
//! A page of a listing is an array of objects. Each is gone through once: what its members are is found
//! on the way to its end. Any other array is split first, and looked into by whoever takes an element.

use std::ops::Range;
use std::sync::Arc;

use bytestring::ByteString;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::document::{Document, Member, Members, Name, PER_MEMBER};

/// An element of an array.
#[derive(Debug, Clone)]
pub enum Element {
    /// Any value.
    Text(ByteString),
    /// An object whose members are known.
    Document(Document),
}

impl Element {
    /// How it is spelled.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Document(document) => document.text(),
        }
    }

    /// Finds its members.
    ///
    /// # Errors
    /// As [`Document::split`].
    pub fn document(self) -> serde_json::Result<Document> {
        match self {
            Self::Text(text) => Document::split(text),
            Self::Document(document) => Ok(document),
        }
    }
}

/// The first elements of a text that is an array, `most` of them at most, and how many it has.
///
/// # Errors
/// When it is no array.
pub fn elements(text: &ByteString, most: usize) -> serde_json::Result<(Vec<Element>, u64)> {
    if let Some(documents) = objects(text, most) {
        let count = documents.len() as u64;
        return Ok((documents.into_iter().map(Element::Document).collect(), count));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let (first, count) = Texts { most }.deserialize(&mut reader)?;
    reader.end()?;
    let element = |raw: &RawValue| Element::Text(text.slice_ref(raw.get()));
    Ok((first.into_iter().map(element).collect(), count))
}

/// The elements with their members, where all are objects that have some.
fn objects(text: &ByteString, most: usize) -> Option<Vec<Document>> {
    // About as many as there are, within the room that they may take.
    let members = Vec::with_capacity(text.len() / 64);
    let mut found = Objects { text, most, members, places: Vec::new() };
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_seq(&mut found).and_then(|()| reader.end()).ok()?;
    let members = Arc::new(found.members);
    let document = |(at, own)| Document::part(text, at, &members, own);
    Some(found.places.into_iter().map(document).collect())
}

/// Objects, as they are found.
struct Objects<'a> {
    text: &'a str,
    most: usize,
    members: Vec<Member>,
    /// Where each is in the text, and which members are its own.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl<'de> Visitor<'de> for &mut Objects<'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Object(&mut *self))?.is_some() {
            // The places of members take no more room than the text does.
            let room = self.members.len() * PER_MEMBER;
            if self.places.len() > self.most || room > self.text.len() {
                return Err(A::Error::custom("too many"));
            }
        }
        Ok(())
    }
}

/// One of them.
struct Object<'a, 'b>(&'b mut Objects<'a>);

impl<'de> DeserializeSeed<'de> for Object<'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Objects { text, members, places, .. } = self.0;
        let before = members.len();
        Members { text, found: members }.visit_map(map)?;
        let at = around(text, &members[before..]);
        places.push((at.ok_or_else(|| A::Error::custom("no place"))?, before..members.len()));
        Ok(())
    }
}

/// Where the object with these members is: from the brace before the first to the one behind the last.
fn around(text: &str, members: &[Member]) -> Option<Range<usize>> {
    let Name::At(name) = &members.first()?.name else {
        return None;
    };
    let before = text.get(..name.start.checked_sub(1)?)?.trim_end();
    let behind = text.get(members.last()?.value.end..)?;
    let end = text.len() - behind.trim_start().len() + 1;
    (before.ends_with('{') && text.get(..end)?.ends_with('}')).then(|| before.len() - 1..end)
}

/// Elements of any kind. Of those that are too many the number alone is told.
struct Texts {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = (Vec<&'de RawValue>, u64);

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = (Vec<&'de RawValue>, u64);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut first = Vec::new();
        while first.len() < self.most {
            let Some(element) = seq.next_element()? else {
                let count = first.len() as u64;
                return Ok((first, count));
            };
            first.push(element);
        }
        let mut count = first.len() as u64;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((first, count))
    }
}

#[cfg(test)]
mod tests {
    use super::{Element, elements};
    use crate::value::Raw;

    /// The elements as they are spelled, and whether their members were found on the way.
    fn spelled(text: &'static str) -> (Vec<String>, bool) {
        let (found, count) = elements(&text.into(), 100).expect("an array");
        assert_eq!(count, found.len() as u64);
        let known = found.iter().all(|each| matches!(each, Element::Document(_)));
        for each in &found {
            let document = each.clone().document().expect("a value");
            assert_eq!(document.text(), each.text());
        }
        (found.iter().map(|each| each.text().to_owned()).collect(), known)
    }

    #[test]
    fn objects_are_found_with_their_members_whatever_stands_around_them() {
        // Long enough for the places of its members.
        let text = concat!(
            " [{\"a\":1} ,\n{ \"b\" : [{\"a\": \"}{\"}]\t} , {\"c\":{} ,\"a\\u0061\":2}\n",
            "                                                                                ",
            "                                                                                ] "
        );
        let (found, known) = spelled(text);
        assert!(known);
        let expected =
            ["{\"a\":1}", "{ \"b\" : [{\"a\": \"}{\"}]\t}", "{\"c\":{} ,\"a\\u0061\":2}"];
        assert_eq!(found, expected);
        let (found, _) = elements(&text.into(), 100).expect("an array");
        let last = found[2].clone().document().expect("an object");
        let members = ["c", "aa", "a", "b"].map(|name| last.get(name).map(Raw::text));
        assert_eq!(members, [Some("{}"), Some("2"), None, None]);
    }

    #[test]
    fn any_other_array_is_split() {
        for (text, expected) in [
            ("[]", &[][..]),
            ("[{}]", &["{}"]),
            (
                "[{\"abcdefghijklmnopqrstuvwxyz1234567890\":1}, {}]",
                &["{\"abcdefghijklmnopqrstuvwxyz1234567890\":1}", "{}"],
            ),
            ("[{\"\\u0061\": 1}]", &["{\"\\u0061\": 1}"]),
            ("[1, \"x\", [2], null]", &["1", "\"x\"", "[2]", "null"]),
        ] {
            assert_eq!(spelled(text).0, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for text in ["", "{}", "null", "[1", "[1] 2", "[{\"a\":1}", "[{\"a\":1}] 2", "[{\"a\"}]"] {
            assert!(elements(&text.into(), 100).is_err(), "{text}");
        }
    }

    #[test]
    fn places_of_members_take_no_more_room_than_the_text() {
        let small = format!("[{{{}}}]", vec!["\"a\":1"; 1_000].join(","));
        let (found, _) = elements(&small.into(), 100).expect("an array");
        assert!(matches!(found[..], [Element::Text(_)]));
    }

    #[test]
    fn of_too_many_the_number_is_told() {
        for element in ["0", "{\"a\":1}"] {
            let text = format!("[{}]", vec![element; 105].join(","));
            let (found, count) = elements(&text.into(), 100).expect("an array");
            assert_eq!((found.len(), count), (100, 105));
        }
    }
}

//! An answer becomes records: split once, each parsed once.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::api::{Hold, check_records};
use crate::catalog::Rows;
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
    fn parse_any(text: Bytes) -> Result<Self> {
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
            // The text of parsed JSON is UTF-8.
            text: std::str::from_utf8(&self.text).unwrap_or_default(),
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

/// The members of an object, each with its own text.
type Members<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

/// The records of one answer, parsed as they are taken.
#[derive(Debug, Default)]
pub struct Answer {
    body: Bytes,
    asked: Arc<[Asked]>,
    left: VecDeque<Slice>,
    /// How many elements the listing itself has on this page: records, or groups of them.
    pub elements: u64,
}

/// Where in its answer a record is.
#[derive(Debug)]
struct Slice {
    range: Range<usize>,
    outer: Option<Arc<Json>>,
    array: &'static str,
    place: usize,
}

impl Answer {
    /// Splits an answer into its records, as the source says that it holds them.
    ///
    /// # Errors
    /// When the answer has another shape. A missing array is malformed, never an empty result.
    pub fn split(shape: Rows, body: Bytes, asked: Arc<[Asked]>) -> Result<Self> {
        let body = without_mark(body);
        let mut splitter = Splitter { body: &body, slices: VecDeque::new(), groups: None };
        splitter.split(shape).map_err(|error| refusal(&body, error))?;
        check_records(splitter.slices.len() as u64)?;
        let (left, groups) = (splitter.slices, splitter.groups);
        let elements = groups.unwrap_or(left.len()) as u64;
        Ok(Self { body, asked, left, elements })
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The next records, so many at most and fewer of giant ones, counted by `hold` as long as one of
    /// them is there.
    ///
    /// # Errors
    /// When one is not an object, or they take up too much.
    pub fn take(&mut self, most: usize, mut hold: Hold) -> Result<Vec<Record>> {
        let count = self.portion(most, &mut hold)?;
        let counted = Arc::new(hold);
        let taken: Vec<Slice> = self.left.drain(..count).collect();
        let records = taken.into_iter().map(|slice| {
            let text = self.body.slice(slice.range);
            let nested = slice.outer.is_some();
            let record = if nested { Record::parse_any(text)? } else { Record::parse(text)? };
            Ok(Record {
                outer: slice.outer,
                array: slice.array,
                place: slice.place,
                asked: Arc::clone(&self.asked),
                _counted: Some(Arc::clone(&counted)),
                ..record
            })
        });
        records.collect()
    }

    /// How many records to parse together.
    fn portion(&self, most: usize, hold: &mut Hold) -> Result<usize> {
        let mut count = 0;
        for slice in self.left.iter().take(most) {
            let weight = parsed(&self.body[slice.range.clone()]);
            if count > 0 && hold.bytes() + weight > PORTION_BYTES {
                break;
            }
            hold.grow(weight)?;
            count += 1;
        }
        Ok(count)
    }
}

/// Bytes that the records of one portion take up about, if there are several.
const PORTION_BYTES: usize = 4 * 1024 * 1024;
/// What a value of parsed JSON takes up beside its text, and what an object or array does: a map
/// begins with room for eleven members.
const PER_VALUE: usize = size_of::<Json>();
const PER_NEST: usize = 11 * (PER_VALUE + size_of::<String>());

/// The bytes that a text takes up once it is parsed, a little more rather than less.
pub fn parsed(text: &[u8]) -> usize {
    let count = |wanted: &[u8]| text.iter().filter(|byte| wanted.contains(byte)).count();
    size_of::<Record>() + text.len() + count(b",:[") * PER_VALUE + count(b"{") * PER_NEST
}

/// Some servers put a byte order mark in front.
fn without_mark(body: Bytes) -> Bytes {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    if body.starts_with(MARK) { body.slice(MARK.len()..) } else { body }
}

/// An answer that says what is wrong instead of what was promised.
fn refusal(body: &[u8], error: Error) -> Error {
    let said: Option<HashMap<String, Json>> = serde_json::from_slice(body).ok();
    let words = said.as_ref().and_then(|said| said.get("error")).and_then(Json::as_str);
    match words {
        Some(words) => error.detail(format!("Basecamp said: {words}")),
        None => error,
    }
}

struct Splitter<'a> {
    body: &'a Bytes,
    slices: VecDeque<Slice>,
    /// How many elements with records in them there are.
    groups: Option<usize>,
}

impl<'a> Splitter<'a> {
    fn split(&mut self, shape: Rows) -> Result<()> {
        let body: &'a [u8] = self.body;
        let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
        match shape {
            // The answer is an array of one on some servers.
            Rows::One if is_array(body) => {
                let all: Vec<&RawValue> = serde_json::from_slice(body).map_err(wrong)?;
                let [one] = all.as_slice() else {
                    return Err(unexpected(shape, None));
                };
                self.push(one.get(), None, "", 0);
                Ok(())
            }
            Rows::One => {
                let one: &RawValue = serde_json::from_slice(body).map_err(wrong)?;
                if says_error(one) {
                    return Err(unexpected(shape, None));
                }
                self.push(one.get(), None, "", 0);
                Ok(())
            }
            Rows::Pages => {
                let all: Vec<&RawValue> = serde_json::from_slice(body).map_err(wrong)?;
                all.into_iter().for_each(|raw| self.push(raw.get(), None, "", 0));
                Ok(())
            }
            Rows::Member(member) | Rows::Maybe(member) => self.in_arrays(shape, &[member]),
            // Some servers answer with the one array alone where others have it in an object.
            Rows::Arrays(..) if is_array(body) => self.split(Rows::Pages),
            Rows::Arrays(names, _) => self.in_arrays(shape, names),
            Rows::Inside(member) | Rows::Within(member) => self.in_elements(shape, member),
        }
    }

    fn in_elements(&mut self, shape: Rows, member: &'static str) -> Result<()> {
        let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
        let body: &'a [u8] = self.body;
        let all: Vec<&RawValue> = serde_json::from_slice(body).map_err(wrong)?;
        self.groups = Some(all.len());
        for element in all {
            let members: Members<'a> = serde_json::from_str(element.get()).map_err(wrong)?;
            match members.get(member) {
                Some(array) => self.inside(array.get(), "", &members).map_err(wrong)?,
                None if matches!(shape, Rows::Within(_)) => {}
                None => self.push(element.get(), None, "", 0),
            }
        }
        Ok(())
    }

    fn in_arrays(&mut self, shape: Rows, names: &[&'static str]) -> Result<()> {
        let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
        let body: &'a [u8] = self.body;
        let members: Members<'a> = serde_json::from_slice(body).map_err(wrong)?;
        let mut found = false;
        for name in names {
            if let Some(array) = members.get(*name) {
                found = true;
                self.inside(array.get(), name, &members).map_err(wrong)?;
            }
        }
        let says = members.contains_key("error");
        if found || (matches!(shape, Rows::Maybe(_)) && !says) {
            Ok(())
        } else {
            Err(unexpected(shape, None))
        }
    }

    /// The records of an array, with the other members of the object that it is in.
    fn inside(
        &mut self,
        array: &'a str,
        name: &'static str,
        members: &Members<'a>,
    ) -> serde_json::Result<()> {
        let all: Vec<&'a RawValue> = serde_json::from_str(array)?;
        let mut outer = serde_json::Map::new();
        for (member, raw) in members {
            // Not the rows themselves: they would be copied once for each.
            if raw.get() != array {
                outer.insert(member.clone().into_owned(), serde_json::from_str(raw.get())?);
            }
        }
        let outer = Arc::new(Json::Object(outer));
        for (index, raw) in all.into_iter().enumerate() {
            self.push(raw.get(), Some(Arc::clone(&outer)), name, index + 1);
        }
        Ok(())
    }

    fn push(&mut self, text: &str, outer: Option<Arc<Json>>, array: &'static str, place: usize) {
        let start = text.as_ptr() as usize - self.body.as_ptr() as usize;
        self.slices.push_back(Slice { range: start..start + text.len(), outer, array, place });
    }
}

fn is_array(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"[")
}

/// Whether an object says an error and has nothing else that a record has.
fn says_error(one: &RawValue) -> bool {
    let members: Option<HashMap<Cow<'_, str>, &RawValue>> = serde_json::from_str(one.get()).ok();
    members.is_some_and(|members| {
        members.len() <= 2 && members.get("error").is_some_and(|it| it.get().starts_with('"'))
    })
}

fn unexpected(shape: Rows, error: Option<&serde_json::Error>) -> Error {
    let promised = match shape {
        Rows::One => "the answer is not the record that was asked for".to_owned(),
        Rows::Pages => "the answer is not a JSON array".to_owned(),
        Rows::Inside(_) | Rows::Within(_) => "the answer is not a JSON array of objects".to_owned(),
        Rows::Member(member) | Rows::Maybe(member) => {
            format!("the answer has no array \"{member}\"")
        }
        Rows::Arrays(names, _) => format!("the answer has no array \"{}\"", names.join("\" or \"")),
    };
    let malformed = Error::malformed(promised);
    match error {
        Some(error) => malformed.unreadable(error),
        None => malformed,
    }
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
    use std::sync::Arc;

    use bytes::Bytes;

    use super::{Answer, Record};
    use crate::api::Memory;
    use crate::catalog::Rows;
    use crate::error::Result;

    fn records(shape: Rows, body: &str) -> Result<Vec<Record>> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let mut answer = Answer::split(shape, body, Arc::default())?;
        answer.take(usize::MAX, Memory::default().hold())
    }

    #[test]
    fn rule_48_items_of_grouped_reports_come_with_the_project_around_them() {
        let body = r#"[{"id": 1, "name": "A", "todos": [{"id": 11}, {"id": 12}]},
            {"id": 2, "todos": []}, {"id": 3, "todos": [{"id": 31}]}]"#;
        let found = records(Rows::Inside("todos"), body).expect("rows");
        let ids = found.iter().map(|each| {
            let outer = each.outer.as_ref().expect("a project");
            assert!(outer.get("todos").is_none(), "the rows are not kept twice");
            (outer["id"].as_i64(), each.json["id"].as_i64(), each.place)
        });
        let expected = [(1, 11, 1), (1, 12, 2), (3, 31, 1)];
        let expected = expected.map(|(project, item, place)| (Some(project), Some(item), place));
        assert_eq!(ids.collect::<Vec<_>>(), expected);
        for wrong in ["{}", "[5]", r#"[{"todos": 5}]"#] {
            assert!(records(Rows::Inside("todos"), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_record_is_refused_with_the_words_of_an_error() {
        for (shape, body) in [
            (Rows::Pages, "[null]"),
            (Rows::Pages, "[5]"),
            (Rows::Member("a"), r#"{"a": [null]}"#),
            (Rows::Pages, "{}"),
        ] {
            assert!(records(shape, body).is_err(), "{body}");
        }
        for shape in [Rows::One, Rows::Pages, Rows::Maybe("a")] {
            let refused = records(shape, r#"{"error": "Not today"}"#).expect_err("no record");
            assert_eq!(refused.detail_text(), Some("Basecamp said: Not today"), "{shape:?}");
        }
    }

    #[test]
    fn one_record_may_come_as_an_array_of_one() {
        let found = records(Rows::One, r#"[{"id": 7}]"#).expect("a record");
        assert_eq!(found.first().and_then(|it| it.json["id"].as_i64()), Some(7));
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
        assert_eq!(both.text, expected.as_bytes());
    }
}

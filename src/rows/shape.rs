//! Where in an answer its records are, by the shape that its source promises.
//!
//! Apart, because it knows shapes and places and no record: what is cut out here may be anything.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::catalog::Rows;
use crate::error::{Error, Result};
use crate::value::{Document, Element};

/// Where in its answer a record is.
#[derive(Debug)]
pub struct Slice {
    /// Itself.
    pub element: Element,
    /// The object that it is inside of.
    pub outer: Option<Arc<Document>>,
    /// The array that it is in.
    pub array: &'static str,
    /// Its place in that array, from 1.
    pub place: usize,
}

/// Where the records of an answer are, and how many elements the listing itself has: records, or groups
/// of them. `elements`: those of the array that it is, where they are known.
///
/// # Errors
/// When the answer has another shape. A missing array is malformed, never an empty result.
pub fn slices(
    shape: Rows,
    body: Bytes,
    elements: Option<Vec<Element>>,
) -> Result<(VecDeque<Slice>, u64)> {
    if let Some(elements) = elements.filter(|_| matches!(shape, Rows::Pages)) {
        let count = elements.len() as u64;
        let slice = |element| Slice { element, outer: None, array: "", place: 0 };
        return Ok((elements.into_iter().map(slice).collect(), count));
    }
    let body = ByteString::try_from(body)
        .map_err(|error| unexpected(shape, None).detail(format!("It is not UTF-8: {error}.")))?;
    let mut splitter = Splitter { body: &body, slices: VecDeque::new(), groups: None };
    splitter.split(shape).map_err(|error| refusal(&body, error))?;
    let elements = splitter.groups.unwrap_or(splitter.slices.len());
    Ok((splitter.slices, elements as u64))
}

/// The members of an object, each with its own text.
type Members<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

struct Splitter<'a> {
    body: &'a ByteString,
    slices: VecDeque<Slice>,
    /// How many elements with records in them there are.
    groups: Option<usize>,
}

impl<'a> Splitter<'a> {
    fn split(&mut self, shape: Rows) -> Result<()> {
        let body: &'a str = self.body;
        let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
        match shape {
            // The answer is an array of one on some servers.
            Rows::One if is_array(body) => {
                let all: Vec<&RawValue> = serde_json::from_str(body).map_err(wrong)?;
                let [one] = all.as_slice() else {
                    return Err(unexpected(shape, None));
                };
                self.push(one.get(), None, "", 0);
            }
            Rows::One => {
                let one: &RawValue = serde_json::from_str(body).map_err(wrong)?;
                if says_error(one) {
                    return Err(unexpected(shape, None));
                }
                self.push(one.get(), None, "", 0);
            }
            Rows::Pages => {
                let all: Vec<&RawValue> = serde_json::from_str(body).map_err(wrong)?;
                all.into_iter().for_each(|raw| self.push(raw.get(), None, "", 0));
            }
            Rows::Member(member) | Rows::Maybe(member) => self.in_arrays(shape, &[member])?,
            // Some servers answer with the one array alone where others have it in an object.
            Rows::Arrays(..) if is_array(body) => self.split(Rows::Pages)?,
            Rows::Arrays(names, _) => self.in_arrays(shape, names)?,
            Rows::Inside(member) | Rows::Within(member) => self.in_elements(shape, member)?,
        }
        Ok(())
    }

    fn in_elements(&mut self, shape: Rows, member: &'static str) -> Result<()> {
        let wrong = |error: serde_json::Error| unexpected(shape, Some(&error));
        let body: &'a str = self.body;
        let all: Vec<&RawValue> = serde_json::from_str(body).map_err(wrong)?;
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
        let body: &'a str = self.body;
        let members: Members<'a> = serde_json::from_str(body).map_err(wrong)?;
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
        // Not the rows themselves: they would be kept once more.
        let others: HashMap<_, _> = members.iter().filter(|(_, raw)| raw.get() != array).collect();
        let outer = Arc::new(Document::split(serde_json::to_string(&others)?.into())?);
        for (index, raw) in all.into_iter().enumerate() {
            self.push(raw.get(), Some(Arc::clone(&outer)), name, index + 1);
        }
        Ok(())
    }

    fn push(
        &mut self,
        text: &str,
        outer: Option<Arc<Document>>,
        array: &'static str,
        place: usize,
    ) {
        let element = Element::Text(self.body.slice_ref(text));
        self.slices.push_back(Slice { element, outer, array, place });
    }
}

fn is_array(body: &str) -> bool {
    body.trim_ascii_start().starts_with('[')
}

/// Whether an object says an error and has nothing else that a record has.
fn says_error(one: &RawValue) -> bool {
    let members: Option<HashMap<Cow<'_, str>, &RawValue>> = serde_json::from_str(one.get()).ok();
    members.is_some_and(|members| {
        members.len() <= 2 && members.get("error").is_some_and(|it| it.get().starts_with('"'))
    })
}

/// An answer that says what is wrong instead of what was promised.
fn refusal(body: &str, error: Error) -> Error {
    let said: Option<HashMap<String, Json>> = serde_json::from_str(body).ok();
    let words = said.as_ref().and_then(|said| said.get("error")).and_then(Json::as_str);
    match words {
        Some(words) => error.detail(format!("Basecamp said: {words}")),
        None => error,
    }
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

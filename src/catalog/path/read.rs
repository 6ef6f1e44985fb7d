//! A value is read out of a record from where its path says.

use serde_json::Value as Json;

use super::Field;
use crate::value::{Read, Scalar, Type, Value};

/// A record, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The record.
    pub json: &'a Json,
    /// Its own text.
    pub text: &'a str,
    /// The object that it came inside of, where its source says so.
    pub outer: Option<&'a Json>,
    /// What its request asked by: holes, parameters and ways, by the names of columns.
    pub asked: &'a [(String, Scalar)],
    /// The array of the answer that it was in, where there are several.
    pub array: &'a str,
    /// Its place in that array, from 1.
    pub place: usize,
    /// The project or calendar that it belongs to, where that is wanted.
    pub bucket: Option<&'a Json>,
}

impl<'a> Seen<'a> {
    /// A record with nothing around it.
    pub const fn alone(json: &'a Json, text: &'a str) -> Self {
        Self { json, text, outer: None, asked: &[], array: "", place: 0, bucket: None }
    }
}

impl<P: AsRef<str>> Field<P> {
    /// Reads the value out of a record.
    ///
    /// # Errors
    /// When the value is not of the type.
    pub fn read(&self, ty: Type, seen: &Seen<'_>) -> Read {
        let record = seen.json;
        let member = |json: Option<&Json>| json.map_or(Ok(None), |value| ty.read(value));
        match self {
            Self::Always(value) => constant(ty, value.as_ref()),
            Self::Around(field) => match seen.outer {
                Some(json) => field.read(ty, &Seen { json, ..*seen }),
                None => Ok(None),
            },
            Self::Count(path) => {
                let count = at(record, path).and_then(Json::as_array).map(Vec::len);
                count.map_or(Ok(None), |count| ty.read(&Json::from(count)))
            }
            Self::Given(places) => {
                for (place, read_as, word) in *places {
                    let given = place.read(*read_as, seen)?;
                    if given.is_some_and(|value| value != Value::Boolean(false)) {
                        return constant(ty, word);
                    }
                }
                Ok(None)
            }
            Self::Head(path, inner) => {
                let first = at(record, path).and_then(|list| list.get(0));
                member(first.and_then(|first| at(first, inner)))
            }
            Self::Bucket(path) => member(seen.bucket.and_then(|bucket| at(bucket, path))),
            Self::Day(path) | Self::Member(path) => member(at(record, path)),
            Self::Unless(path) => {
                let nothing = |value: &&Json| {
                    let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                    !empty && **value != Json::Bool(false)
                };
                member(at(record, path).filter(nothing))
            }
            Self::Outer(path) => member(seen.outer.and_then(|outer| at(outer, path))),
            Self::Person(path) => at(record, path).map_or(Ok(None), Type::read_person_id),
            Self::EitherPerson(first, second) => at(record, first)
                .or_else(|| at(record, second))
                .map_or(Ok(None), Type::read_person_id),
            Self::Present(path) => {
                Ok(Some(Value::Boolean(at(record, path).is_some_and(|value| !value.is_null()))))
            }
            Self::Each(path, inner) => each(record, path.as_ref(), inner.as_ref(), ty),
            Self::When { path, when, is } => {
                let applies = at(record, when).and_then(Json::as_str) == Some(is.as_ref());
                member(at(record, path).filter(|_| applies))
            }
            Self::Either(first, second) => member(at(record, first).or_else(|| at(record, second))),
            Self::First(places) => {
                for place in *places {
                    if let Some(value) = place.read(ty, seen)? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            }
            Self::InUrl(path, after) => Ok(at(record, path)
                .and_then(Json::as_str)
                .and_then(|url| digits_after(url, after.as_ref()))
                .map(Value::Bigint)),
            Self::Asked(name) => {
                let asked = seen.asked.iter().find(|(asked, _)| asked == name.as_ref());
                asked.map_or(Ok(None), |(_, value)| ty.read_scalar(value))
            }
            Self::NameOfArray => Ok(Some(Value::Text(seen.array.to_owned()))),
            Self::InArray(name) => Ok(Some(Value::Boolean(seen.array == name.as_ref()))),
            Self::PlaceIn(name) => {
                let place = i32::try_from(seen.place).ok().map(Value::Integer);
                Ok(place.filter(|_| seen.array == name.as_ref()))
            }
            Self::Plain => ty.read(record),
            Self::Tally(_) => Ok(None),
            Self::Whole => ty.read_whole(seen.text),
            Self::Word(place, words) => Ok(place.read(ty, seen)?.map(|read| word(read, words))),
        }
    }
}

/// A value that the catalogue gives.
fn constant(ty: Type, value: &str) -> Read {
    let json = match ty {
        Type::Boolean | Type::Integer | Type::Bigint => value.parse().unwrap_or(Json::Null),
        _ => Json::from(value),
    };
    ty.read(&json)
}

/// The word that stands for a text.
fn word(read: Value, words: &[(&str, &str)]) -> Value {
    let Value::Text(text) = read else {
        return read;
    };
    let ours = words.iter().find(|(theirs, _)| *theirs == text);
    Value::Text(ours.map_or(text, |(_, ours)| (*ours).to_owned()))
}

/// The number that follows a text in an address; a slug may follow it in turn.
fn digits_after(url: &str, after: &str) -> Option<i64> {
    let (_, rest) = url.split_once(after)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
}

/// Follows a dotted path through objects.
pub fn at<'a>(record: &'a Json, path: &(impl AsRef<str> + ?Sized)) -> Option<&'a Json> {
    path.as_ref().split('.').try_fold(record, |value, name| value.get(name))
}

/// Collects one member of each element. Ids of people may be words, which have no number.
fn each(record: &Json, path: &str, inner: &str, ty: Type) -> Read {
    let Some(list) = at(record, path) else {
        return Ok(None);
    };
    let Some(items) = list.as_array() else {
        return ty.read(list);
    };
    let picked: Vec<Json> = items
        .iter()
        .map(|item| {
            let value = if inner.is_empty() { Some(item) } else { at(item, inner) };
            value.map_or(Json::Null, |value| numbered(ty, value))
        })
        .collect();
    ty.read(&Json::Array(picked))
}

fn numbered(ty: Type, value: &Json) -> Json {
    match (ty, value.as_str()) {
        (Type::BigintArray, Some(spelled)) => spelled.parse::<i64>().map_or(Json::Null, Json::from),
        _ => value.clone(),
    }
}

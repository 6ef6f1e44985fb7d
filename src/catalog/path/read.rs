//! A value is read out of a record from where its path says.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::Field;
use crate::value::{Kind, Mismatch, Raw, Read, Scalar, Type, Value};

/// A record, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The record.
    pub json: Raw<'a>,
    /// The object that it came inside of, where its source says so.
    pub outer: Option<Raw<'a>>,
    /// What its request asked by: holes, parameters and ways, by the names of columns.
    pub asked: &'a [(String, Scalar)],
    /// The array of the answer that it was in, where there are several.
    pub array: &'a str,
    /// Its place in that array, from 1.
    pub place: usize,
    /// The project or calendar that it belongs to, where that is wanted.
    pub bucket: Option<Raw<'a>>,
}

impl<'a> Seen<'a> {
    /// A record with nothing around it.
    pub const fn alone(json: Raw<'a>) -> Self {
        Self { json, outer: None, asked: &[], array: "", place: 0, bucket: None }
    }
}

impl<P: AsRef<str>> Field<P> {
    /// Reads the value out of a record.
    ///
    /// # Errors
    /// When the value is not of the type.
    pub fn read(&self, ty: Type, seen: &Seen<'_>) -> Read {
        match self {
            Self::Always(value) => constant(ty, value.as_ref()),
            Self::Around(field) => match seen.outer {
                Some(json) => field.read(ty, &Seen { json, ..*seen }),
                None => Ok(None),
            },
            Self::First(places) => first(places, ty, seen),
            Self::Given(places) => given(places, ty, seen),
            Self::Plain => ty.read(seen.json),
            Self::Whole => ty.read_whole(seen.json),
            Self::Word(place, words) => Ok(place.read(ty, seen)?.map(|read| word(read, words))),
            Self::Asked(_)
            | Self::Bucket(_)
            | Self::InArray(_)
            | Self::NameOfArray
            | Self::Outer(_)
            | Self::PlaceIn(_)
            | Self::Tally(_) => self.read_around(ty, seen),
            _ => self.read_member(ty, seen.json),
        }
    }

    /// What is not in the record but known of it.
    fn read_around(&self, ty: Type, seen: &Seen<'_>) -> Read {
        match self {
            Self::Asked(name) => {
                let asked = seen.asked.iter().find(|(asked, _)| asked == name.as_ref());
                asked.map_or(Ok(None), |(_, value)| ty.read_scalar(value))
            }
            Self::Bucket(path) => member(ty, seen.bucket.and_then(|bucket| at(bucket, path))),
            Self::InArray(name) => Ok(Some(Value::Boolean(seen.array == name.as_ref()))),
            Self::NameOfArray => Ok(Some(Value::Text(seen.array.to_owned()))),
            Self::Outer(path) => member(ty, seen.outer.and_then(|outer| at(outer, path))),
            Self::PlaceIn(name) => {
                let place = i32::try_from(seen.place).ok().map(Value::Integer);
                Ok(place.filter(|_| seen.array == name.as_ref()))
            }
            _ => Ok(None),
        }
    }

    /// What a member of the record says, alone or with another.
    fn read_member(&self, ty: Type, record: Raw<'_>) -> Read {
        match self {
            Self::Count(path) => {
                let elements = inside(record, path)?.and_then(Raw::elements);
                elements.map_or(Ok(None), |all| ty.read(Raw::of(&all.len().to_string())))
            }
            Self::Day(path) | Self::Member(path) => member(ty, inside(record, path)?),
            Self::Each(path, inner) => each(record, path.as_ref(), inner.as_ref(), ty),
            Self::Either(first, second) => member(ty, either(record, first, second)?),
            Self::EitherPerson(first, second) => person(either(record, first, second)?),
            Self::Head(path, inner) => {
                let elements = inside(record, path)?.and_then(Raw::elements).unwrap_or_default();
                elements.first().map_or(Ok(None), |first| member(ty, inside(*first, inner)?))
            }
            Self::InUrl(path, after) => Ok(id_in(inside(record, path)?, after.as_ref())),
            Self::Person(path) => person(inside(record, path)?),
            Self::Present(path) => {
                let present = inside(record, path)?.is_some_and(|value| !value.is_null());
                Ok(Some(Value::Boolean(present)))
            }
            Self::Unless(path) => {
                member(ty, inside(record, path)?.filter(|value| !is_nothing(*value)))
            }
            Self::When { path, when, is } => {
                let told = inside(record, when)?.and_then(Raw::as_str);
                let applies = told.as_deref() == Some(is.as_ref());
                member(ty, inside(record, path)?.filter(|_| applies))
            }
            _ => Ok(None),
        }
    }
}

/// Follows a dotted path through objects. What is absent, or nothing in a server's way, leads nowhere;
/// what should be an object and is something else is refused.
fn inside<'a>(
    record: Raw<'a>,
    path: &(impl AsRef<str> + ?Sized),
) -> Result<Option<Raw<'a>>, Mismatch> {
    let mut value = record;
    let mut before: Option<&str> = None;
    for name in path.as_ref().split('.') {
        let next = match value.kind() {
            Kind::Object => value.get(name)?,
            Kind::Null | Kind::Flag(false) => None,
            _ => return Err(Mismatch::no_object(value, before.unwrap_or("record"))),
        };
        let Some(next) = next else {
            return Ok(None);
        };
        (value, before) = (next, Some(name));
    }
    Ok(Some(value))
}

/// The first of two paths that leads somewhere.
fn either<'a, P: AsRef<str>>(
    record: Raw<'a>,
    first: &P,
    second: &P,
) -> Result<Option<Raw<'a>>, Mismatch> {
    match inside(record, first)? {
        Some(value) => Ok(Some(value)),
        None => inside(record, second),
    }
}

/// A value that may be missing.
fn member(ty: Type, json: Option<Raw<'_>>) -> Read {
    json.map_or(Ok(None), |value| ty.read(value))
}

/// The id of a person that may be missing.
fn person(json: Option<Raw<'_>>) -> Read {
    json.map_or(Ok(None), Type::read_person_id)
}

/// The value of the first place that has one.
fn first(places: &[Field], ty: Type, seen: &Seen<'_>) -> Read {
    for place in places {
        if let Some(value) = place.read(ty, seen)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The word of the first place that has a value other than false.
fn given(places: &[(Field, Type, &str)], ty: Type, seen: &Seen<'_>) -> Read {
    for (place, read_as, word) in places {
        let given = place.read(*read_as, seen)?;
        if given.is_some_and(|value| value != Value::Boolean(false)) {
            return constant(ty, word);
        }
    }
    Ok(None)
}

/// Whether a value is a server's `false` or `{}` for none.
fn is_nothing(value: Raw<'_>) -> bool {
    let is_empty = || value.text()[1..].trim_start() == "}";
    value.kind() == Kind::Flag(false) || (value.kind() == Kind::Object && is_empty())
}

/// The id that follows a text in an address.
fn id_in(url: Option<Raw<'_>>, after: &str) -> Option<Value> {
    url.and_then(Raw::as_str).and_then(|url| digits_after(&url, after)).map(Value::Bigint)
}

/// A value that the catalogue gives.
fn constant(ty: Type, value: &str) -> Read {
    let json = match ty {
        Type::Boolean | Type::Integer | Type::Bigint => Cow::Borrowed(value),
        _ => Cow::Owned(Json::from(value).to_string()),
    };
    ty.read(Raw::of(&json))
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
pub fn at<'a>(record: Raw<'a>, path: &(impl AsRef<str> + ?Sized)) -> Option<Raw<'a>> {
    path.as_ref().split('.').try_fold(record, |value, name| value.get(name).ok().flatten())
}

/// Collects one member of each element. Ids of people may be words, which have no number.
fn each(record: Raw<'_>, path: &str, inner: &str, ty: Type) -> Read {
    let Some(list) = inside(record, path)? else {
        return Ok(None);
    };
    let Some(items) = list.elements() else {
        return ty.read(list);
    };
    let mut picked = String::from("[");
    for item in items {
        let value = if inner.is_empty() { Some(item) } else { inside(item, inner)? };
        if picked.len() > 1 {
            picked.push(',');
        }
        picked.push_str(&numbered(ty, value.unwrap_or(Raw::NULL)));
    }
    picked.push(']');
    ty.read(Raw::of(&picked))
}

fn numbered(ty: Type, value: Raw<'_>) -> Cow<'_, str> {
    match (ty, value.as_str()) {
        (Type::BigintArray, Some(spelled)) => match spelled.parse::<i64>() {
            Ok(number) => Cow::Owned(number.to_string()),
            Err(_) => Cow::Borrowed(Raw::NULL.text()),
        },
        _ => Cow::Borrowed(value.text()),
    }
}

//! JSON of the API becomes typed values, strictly.
//!
//! A value of the wrong JSON type is refused, never converted, because it may be written back one day.

use std::borrow::Cow;
use std::fmt;

use super::document::{Kind, Raw};
use super::flaw::flaw;
use super::number::{beginning, numeric};
use super::time::{day, moment};
use super::{Scalar, Type, Value};

/// A JSON value that is not what the column's type says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    expected: &'static str,
    found: String,
}

impl Mismatch {
    /// A member that must be an object, to have further members, and is something else.
    pub fn no_object(found: Raw<'_>, member: &str) -> Self {
        Self { expected: "an object", found: format!("{} in \"{member}\"", describe(found)) }
    }

    /// An object or array that nobody can look into.
    pub fn unreadable(found: Raw<'_>) -> Self {
        Self { expected: "JSON that PostgreSQL can store", found: describe(found) }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// The result of reading one JSON value.
pub type Read = Result<Option<Value>, Mismatch>;

impl Type {
    /// Reads a JSON value as this type. `null` is NULL for every type.
    pub fn read(self, json: Raw<'_>) -> Read {
        if json.is_null() {
            return Ok(None);
        }
        let value = match self {
            Self::Bigint => integer(json).map(Value::Bigint),
            Self::Integer => {
                integer(json).and_then(|wide| i32::try_from(wide).ok()).map(Value::Integer)
            }
            Self::Boolean => match json.kind() {
                Kind::Flag(flag) => Some(Value::Boolean(flag)),
                _ => None,
            },
            Self::Text => text(json).map(Value::Text),
            Self::Numeric => numeric(json).map(Value::Numeric),
            Self::Date => json.as_str().and_then(|text| day(&text)).map(Value::Date),
            Self::Timestamptz => {
                json.as_str().and_then(|text| moment(&text)).map(Value::Timestamptz)
            }
            Self::Jsonb => return self.read_whole(json),
            Self::BigintArray => array(json, integer).map(Value::BigintArray),
            Self::IntegerArray => {
                array(json, |each| i32::try_from(integer(each)?).ok()).map(Value::IntegerArray)
            }
            Self::TextArray => array(json, text).map(Value::TextArray),
        };
        value.map(Some).ok_or_else(|| Mismatch { expected: self.expects(), found: describe(json) })
    }

    /// Reads the id of a person, which around system actors is a numeric string or a word.
    ///
    /// A word has no number, so it is NULL: the one sanctioned exception to strict types.
    pub fn read_person_id(json: Raw<'_>) -> Read {
        match json.as_str() {
            Some(spelled) => Ok(spelled.parse().ok().map(Value::Bigint)),
            None => Self::Bigint.read(json),
        }
    }

    /// Takes what a request was asked by as this type.
    ///
    /// # Errors
    /// When it cannot be of the type, which is a mistake of the catalogue.
    pub fn read_scalar(self, scalar: &Scalar) -> Read {
        let value = match (self, scalar) {
            (Self::Bigint, Scalar::Id(id)) => Some(Value::Bigint(*id)),
            (Self::Boolean, Scalar::Text(text)) => text.parse().ok().map(Value::Boolean),
            (Self::Date, Scalar::Date(days)) => Some(Value::Date(*days)),
            (Self::Text, Scalar::Text(text)) => Some(Value::Text(text.clone())),
            _ => None,
        };
        value
            .map(Some)
            .ok_or_else(|| Mismatch { expected: self.expects(), found: format!("{scalar}") })
    }

    /// Takes JSON as it is spelled, with every digit.
    ///
    /// # Errors
    /// When PostgreSQL could not store it.
    pub fn read_whole(self, json: Raw<'_>) -> Read {
        let text = json.text();
        if let Some(found) = flaw(text) {
            return Err(Mismatch { expected: self.expects(), found });
        }
        Ok(Some(match self {
            Self::Text => Value::Text(text.to_owned()),
            _ => Value::Jsonb(text.to_owned()),
        }))
    }

    const fn expects(self) -> &'static str {
        match self {
            Self::Bigint => "a 64-bit integer",
            Self::BigintArray => "an array of 64-bit integers",
            Self::Boolean => "a boolean",
            Self::Date => "a date",
            Self::Integer => "a 32-bit integer",
            Self::IntegerArray => "an array of 32-bit integers",
            Self::Jsonb => "JSON that PostgreSQL can store",
            Self::Numeric => "a number",
            Self::Text => "a string",
            Self::TextArray => "an array of strings",
            Self::Timestamptz => "a timestamp",
        }
    }
}

/// Integers that are whole in floating point are spelled `1024.0` at times; only those that
/// a double holds exactly are taken, so an id is never rounded.
fn integer(json: Raw<'_>) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    json.as_i64().or_else(|| {
        let float = json.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, checked here")]
        (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64)
    })
}

fn text(json: Raw<'_>) -> Option<String> {
    json.as_str().filter(|text| !text.contains('\0')).map(Cow::into_owned)
}

fn array<T>(json: Raw<'_>, each: impl Fn(Raw<'_>) -> Option<T>) -> Option<Vec<Option<T>>> {
    json.elements()?
        .into_iter()
        .map(|item| if item.is_null() { Some(None) } else { each(item).map(Some) })
        .collect()
}

fn describe(json: Raw<'_>) -> String {
    match json.kind() {
        Kind::Null => "null".to_owned(),
        Kind::Flag(flag) => flag.to_string(),
        Kind::Number => format!("the number {}", beginning(json.text())),
        Kind::String => match json.as_str() {
            Some(text) if text.contains('\0') => "a string with a NUL character".to_owned(),
            Some(_) => "a string".to_owned(),
            None => "a string with half of a character".to_owned(),
        },
        Kind::Array => "an array".to_owned(),
        Kind::Object => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::value::{Raw, Read, Type, Value};

    fn read(ty: Type, json: &serde_json::Value) -> Read {
        ty.read(Raw::of(&json.to_string()))
    }

    #[test]
    fn rule_63_ids_above_two_to_the_53rd_stay_exact() {
        let id = json!(9_007_199_254_741_622_i64);
        assert_eq!(read(Type::Bigint, &id), Ok(Some(Value::Bigint(9_007_199_254_741_622))));
    }

    #[test]
    fn rule_64_a_whole_float_is_the_integer_and_a_fraction_is_refused() {
        assert_eq!(read(Type::Integer, &json!(1024.0)), Ok(Some(Value::Integer(1024))));
        assert!(read(Type::Integer, &json!(1024.5)).is_err());
        assert!(read(Type::Bigint, &json!(1e300)).is_err());
    }

    #[test]
    fn rule_66_wrong_types_are_refused_and_not_converted() {
        for (ty, json) in [
            (Type::Text, json!(5)),
            (Type::Text, json!(["a"])),
            (Type::Boolean, json!("true")),
            (Type::Bigint, json!("5")),
            (Type::Date, json!("yesterday")),
            (Type::Timestamptz, json!(1_700_000_000)),
            (Type::Integer, json!(4_294_967_296_i64)),
            (Type::BigintArray, json!({"id": 1})),
        ] {
            assert!(read(ty, &json).is_err(), "{ty:?} took {json}");
        }
    }

    #[test]
    fn person_ids_may_be_words_and_numeric_strings() {
        let person = |json: &serde_json::Value| Type::read_person_id(Raw::of(&json.to_string()));
        assert_eq!(person(&json!("basecamp")), Ok(None));
        assert_eq!(person(&json!("12")), Ok(Some(Value::Bigint(12))));
        assert_eq!(person(&json!(12)), Ok(Some(Value::Bigint(12))));
        assert!(person(&json!({})).is_err());
    }

    #[test]
    fn nul_characters_are_refused_where_postgresql_cannot_store_them() {
        assert!(read(Type::Text, &json!("a\u{0}b")).is_err());
        assert!(read(Type::Jsonb, &json!({"a": "\u{0}"})).is_err());
        for half in [r#""\ud800""#, r#"["\udc00"]"#] {
            assert!(Type::Jsonb.read(Raw::of(half)).is_err(), "{half}");
            assert!(Type::Text.read(Raw::of(half)).is_err(), "{half}");
        }
        // An escaped backslash before u0000 is text, not a NUL.
        assert!(read(Type::Jsonb, &json!({"a": "\\u0000"})).is_ok());
    }
}

//! JSON of the API becomes typed values, strictly.
//!
//! A value of the wrong JSON type is refused, never converted, because it may be written back one day.

use std::fmt;

use serde_json::Value as Json;

use super::number::{beginning, fits_numeric, numbers, numeric};
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
    pub fn no_object(found: &Json, member: &str) -> Self {
        Self { expected: "an object", found: format!("{} in \"{member}\"", describe(found)) }
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
    pub fn read(self, json: &Json) -> Read {
        if json.is_null() {
            return Ok(None);
        }
        let value = match self {
            Self::Bigint => integer(json).map(Value::Bigint),
            Self::Integer => {
                integer(json).and_then(|wide| i32::try_from(wide).ok()).map(Value::Integer)
            }
            Self::Boolean => json.as_bool().map(Value::Boolean),
            Self::Text => text(json).map(Value::Text),
            Self::Numeric => numeric(json).map(Value::Numeric),
            Self::Date => json.as_str().and_then(day).map(Value::Date),
            Self::Timestamptz => json.as_str().and_then(moment).map(Value::Timestamptz),
            Self::Jsonb => jsonb(json).map(Value::Jsonb),
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
    pub fn read_person_id(json: &Json) -> Read {
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

    /// Takes a record's own text, for a column that shows it whole.
    ///
    /// # Errors
    /// When PostgreSQL could not store it.
    pub fn read_whole(self, text: &str) -> Read {
        let refuse = |found: &str| Mismatch { expected: self.expects(), found: found.to_owned() };
        if escapes_nul(text) {
            return Err(refuse("a string with a NUL character"));
        }
        if let Some(number) = numbers(text).find(|number| !fits_numeric(number)) {
            return Err(refuse(&format!("the number {}", beginning(number))));
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
fn integer(json: &Json) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    json.as_i64().or_else(|| {
        let float = json.as_f64().filter(|_| json.is_f64())?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, checked here")]
        (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64)
    })
}

fn text(json: &Json) -> Option<String> {
    json.as_str().filter(|text| !text.contains('\0')).map(str::to_owned)
}

fn jsonb(json: &Json) -> Option<String> {
    let text = json.to_string();
    (!escapes_nul(&text)).then_some(text)
}

/// Whether JSON text has an escaped U+0000, which `jsonb` refuses. Backslashes pair up, so only an
/// odd run of them before `u0000` is an escape.
fn escapes_nul(text: &str) -> bool {
    text.match_indices("u0000").any(|(at, _)| {
        let run = text.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        run % 2 == 1
    })
}

fn array<T>(json: &Json, each: impl Fn(&Json) -> Option<T>) -> Option<Vec<Option<T>>> {
    json.as_array()?
        .iter()
        .map(|item| if item.is_null() { Some(None) } else { each(item).map(Some) })
        .collect()
}

fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(flag) => flag.to_string(),
        Json::Number(number) => format!("the number {number}"),
        Json::String(text) if text.contains('\0') => "a string with a NUL character".to_owned(),
        Json::String(_) => "a string".to_owned(),
        Json::Array(_) => "an array".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::value::{Type, Value};

    #[test]
    fn rule_63_ids_above_two_to_the_53rd_stay_exact() {
        let id = json!(9_007_199_254_741_622_i64);
        assert_eq!(Type::Bigint.read(&id), Ok(Some(Value::Bigint(9_007_199_254_741_622))));
    }

    #[test]
    fn rule_64_a_whole_float_is_the_integer_and_a_fraction_is_refused() {
        assert_eq!(Type::Integer.read(&json!(1024.0)), Ok(Some(Value::Integer(1024))));
        assert!(Type::Integer.read(&json!(1024.5)).is_err());
        assert!(Type::Bigint.read(&json!(1e300)).is_err());
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
            assert!(ty.read(&json).is_err(), "{ty:?} took {json}");
        }
    }

    #[test]
    fn person_ids_may_be_words_and_numeric_strings() {
        assert_eq!(Type::read_person_id(&json!("basecamp")), Ok(None));
        assert_eq!(Type::read_person_id(&json!("12")), Ok(Some(Value::Bigint(12))));
        assert_eq!(Type::read_person_id(&json!(12)), Ok(Some(Value::Bigint(12))));
        assert!(Type::read_person_id(&json!({})).is_err());
    }

    #[test]
    fn nul_characters_are_refused_where_postgresql_cannot_store_them() {
        assert!(Type::Text.read(&json!("a\u{0}b")).is_err());
        assert!(Type::Jsonb.read(&json!({"a": "\u{0}"})).is_err());
        // An escaped backslash before u0000 is text, not a NUL.
        assert!(Type::Jsonb.read(&json!({"a": "\\u0000"})).is_ok());
    }
}

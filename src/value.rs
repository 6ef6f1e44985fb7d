//! What a column is and what a cell holds: JSON of the API becomes typed values, strictly.
//!
//! A value of the wrong JSON type is refused, never converted, because it may be written back one day.
//! Imports only `serde_json` and `jiff`.

mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// What a column is, in the few types that the API needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Type {
    /// Ids and byte sizes.
    Bigint,
    /// Ids of several people or projects.
    BigintArray,
    /// A flag.
    Boolean,
    /// A day without a time.
    Date,
    /// Counts and positions.
    Integer,
    /// Days of a week and the like.
    IntegerArray,
    /// Nested objects and arrays.
    Jsonb,
    /// Decimal fractions.
    Numeric,
    /// Everything textual; rich text is the HTML that it is.
    Text,
    /// Several texts.
    TextArray,
    /// A moment.
    Timestamptz,
}

/// What a cell holds. NULL is the absence of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A 64-bit integer.
    Bigint(i64),
    /// 64-bit integers, some of which may be NULL.
    BigintArray(Vec<Option<i64>>),
    /// A flag.
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// A 32-bit integer.
    Integer(i32),
    /// 32-bit integers, some of which may be NULL.
    IntegerArray(Vec<Option<i32>>),
    /// JSON text.
    Jsonb(String),
    /// A decimal number as it was spelled.
    Numeric(String),
    /// Text without U+0000, which PostgreSQL cannot store.
    Text(String),
    /// Texts, some of which may be NULL.
    TextArray(Vec<Option<String>>),
    /// Microseconds since 1970-01-01 00:00 UTC.
    Timestamptz(i64),
}

impl Value {
    /// The bytes that it points to.
    pub fn weight(&self) -> usize {
        match self {
            Self::Jsonb(text) | Self::Numeric(text) | Self::Text(text) => text.len(),
            Self::BigintArray(values) => size_of_val(values.as_slice()),
            Self::IntegerArray(values) => size_of_val(values.as_slice()),
            Self::TextArray(values) => {
                let texts = values.iter().flatten().map(String::len);
                size_of_val(values.as_slice()) + texts.sum::<usize>()
            }
            Self::Bigint(_)
            | Self::Boolean(_)
            | Self::Date(_)
            | Self::Integer(_)
            | Self::Timestamptz(_) => 0,
        }
    }
}

/// A value that a request is asked by: of a hole in a path or a parameter.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Scalar {
    /// Days since 1970-01-01.
    Date(i32),
    /// An id.
    Id(i64),
    /// Microseconds since 1970-01-01 00:00 UTC.
    Moment(i64),
    /// A text.
    Text(String),
}

impl Scalar {
    /// The id that it is.
    pub const fn id(&self) -> Option<i64> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }
}

impl Scalar {
    /// Whether a time is one that the calendar has: PostgreSQL has times without end.
    pub fn is_finite(&self) -> bool {
        match self {
            Self::Date(days) => civil(*days).is_some(),
            Self::Moment(micros) => Timestamp::from_microsecond(*micros).is_ok(),
            Self::Id(_) | Self::Text(_) => true,
        }
    }
}

impl fmt::Display for Scalar {
    /// A date is written with dashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Text(text) => f.write_str(text),
            Self::Date(days) => match civil(*days) {
                Some(date) => write!(f, "{date}"),
                None => write!(f, "{days}"),
            },
            Self::Moment(micros) => match Timestamp::from_microsecond(*micros) {
                Ok(moment) => write!(f, "{moment}"),
                Err(_) => write!(f, "{micros}"),
            },
        }
    }
}

/// The date of a number of days; none where the calendar ends.
pub fn civil(days: i32) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    EPOCH.checked_add(span).ok()
}

/// The day from which dates are counted.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// The ids of people in the JSON text of an array of them, or of one.
///
/// Basecamp's own actors have words for ids, which are left out, and some ids come as texts of digits
/// Text may be nested as deep as it likes: what is not looked at is passed over.
pub fn person_ids(people: &str) -> Vec<i64> {
    let people: Vec<&RawValue> = match serde_json::from_str(people) {
        Ok(people) => people,
        Err(_) => serde_json::from_str(people).into_iter().collect(),
    };
    people.into_iter().filter_map(person_id).collect()
}

fn person_id(person: &RawValue) -> Option<i64> {
    let members: Option<HashMap<Cow<'_, str>, &RawValue>> = serde_json::from_str(person.get()).ok();
    let id = members.and_then(|members| members.get("id").copied()).unwrap_or(person);
    match serde_json::from_str(id.get()).ok()? {
        Json::Number(number) => number.as_i64(),
        Json::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

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
    /// The type's name in SQL.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Bigint => "bigint",
            Self::BigintArray => "bigint[]",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::IntegerArray => "integer[]",
            Self::Jsonb => "jsonb",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::TextArray => "text[]",
            Self::Timestamptz => "timestamp with time zone",
        }
    }

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

fn numeric(json: &Json) -> Option<String> {
    match json {
        Json::Number(number) => Some(number.to_string()),
        Json::String(spelled) => {
            let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
            let number = spelled.chars().all(plain) && spelled.parse::<f64>().is_ok();
            (number && fits_numeric(spelled)).then(|| spelled.clone())
        }
        _ => None,
    }
}

/// Days since 1970-01-01. Of a timestamp the day as it is written counts, as Basecamp shows it.
fn day(text: &str) -> Option<i32> {
    let date: Date = text.get(..10)?.parse().ok()?;
    (text.len() == 10 || text.as_bytes().get(10) == Some(&b'T'))
        .then(|| EPOCH.until(date).ok().map(|span| span.get_days()))
        .flatten()
}

/// Microseconds since 1970-01-01 00:00 UTC, in what PostgreSQL can store. A bare date, as the bounds of
/// an all-day entry are, is its midnight in UTC.
fn moment(text: &str) -> Option<i64> {
    /// 24 November 4714 BC, with which PostgreSQL's times begin.
    const FIRST: i64 = -210_866_803_200_000_000;
    let micros = match text.parse::<Timestamp>() {
        Ok(timestamp) => timestamp.as_microsecond(),
        Err(_) if text.len() == 10 => day(text).map(|days| i64::from(days) * DAY)?,
        Err(_) => at_the_end(text)?,
    };
    (micros >= FIRST).then_some(micros)
}

/// Microseconds in a day of UTC, which has no leap seconds here.
const DAY: i64 = 86_400_000_000;

/// A time of the last days of the year 9999, which people write for "never": the calendar has them, but
/// not every place on earth does, so that they are no `Timestamp`.
fn at_the_end(text: &str) -> Option<i64> {
    let pieces =
        Pieces::parse(text).ok().filter(|pieces| pieces.time_zone_annotation().is_none())?;
    let offset = pieces.to_numeric_offset()?;
    let days = EPOCH.until(pieces.date()).ok()?.get_days();
    let time = pieces.time()?.duration_since(Time::midnight()).as_micros();
    let local = i64::from(days).checked_mul(DAY)?.checked_add(i64::try_from(time).ok()?)?;
    local.checked_sub(i64::from(offset.seconds()) * 1_000_000)
}

/// The numbers in JSON text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            rest = &rest[start..];
            if let Some(string) = rest.strip_prefix('"') {
                rest = behind(string);
                continue;
            }
            let in_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            let end = rest.find(|c| !in_number(c)).unwrap_or(rest.len());
            let (number, left) = rest.split_at(end);
            rest = left;
            return Some(number);
        }
    })
}

/// What follows a string of JSON, of which the opening quote is gone.
fn behind(string: &str) -> &str {
    let mut escaped = false;
    let end = string.bytes().position(|byte| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => byte == b'"',
    });
    end.map_or("", |end| &string[end + 1..])
}

/// Whether PostgreSQL's `numeric` has room for a number: 131,072 digits before the point and 16,383
/// behind it.
fn fits_numeric(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (whole.len() as i64, fraction.len() as i64);
    whole.saturating_add(exponent) <= 131_072 && fraction.saturating_sub(exponent) <= 16_383
}

/// As much of a number as one can read.
fn beginning(number: &str) -> String {
    const SHOWN: usize = 40;
    match number.get(..SHOWN) {
        Some(start) if number.len() > SHOWN => format!("{start}..."),
        _ => number.to_owned(),
    }
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

    use super::{Type, Value, person_ids};

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
    fn rule_67_bounds_of_an_entry_are_dates_or_timestamps() {
        let midnight = Value::Timestamptz(86_400_000_000);
        for spelled in ["1970-01-02", "1970-01-02T00:00:00.000Z", "1970-01-01T19:00:00-05:00"] {
            let read = Type::Timestamptz.read(&json!(spelled));
            assert_eq!(read, Ok(Some(midnight.clone())), "{spelled}");
        }
        let dated = Type::Date.read(&json!("1970-01-02T23:00:00Z"));
        assert_eq!(dated, Ok(Some(Value::Date(1))));
    }

    #[test]
    fn dates_far_apart_count_in_days() {
        assert_eq!(Type::Date.read(&json!("2026-11-23")), Ok(Some(Value::Date(20_780))));
        assert_eq!(Type::Date.read(&json!("1969-12-31")), Ok(Some(Value::Date(-1))));
    }

    #[test]
    fn times_are_those_that_postgresql_can_store() {
        let read = |text: &str| match Type::Timestamptz.read(&json!(text)) {
            Ok(Some(Value::Timestamptz(micros))) => Some(micros),
            _ => None,
        };
        // The last second of the last year, which is no moment in every time zone.
        let end = 253_402_300_799_000_000;
        assert_eq!(read("9999-12-31T23:59:59Z"), Some(end));
        assert_eq!(read("9999-12-31T23:59:59.999999Z"), Some(end + 999_999));
        assert_eq!(read("9999-12-31T23:59:59-05:00"), Some(end + 5 * 3_600_000_000));
        assert_eq!(read("9999-12-31T23:59:59+05:00"), Some(end - 5 * 3_600_000_000));
        assert_eq!(read("9999-12-31"), Some(end - 86_399_000_000));
        assert_eq!(read("-004713-11-24T00:00:00Z"), Some(-210_866_803_200_000_000));
        for beyond in [
            "-004713-11-23T23:59:59Z",
            "-005000-01-01T00:00:00Z",
            "-005000-01-01",
            "+010000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "294277-01-01T00:00:00Z",
            "9999-12-31T24:00:01Z",
            "9999-12-31T23:59:59",
            "infinity",
            "",
        ] {
            assert_eq!(read(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn numbers_are_those_that_postgresql_can_store() {
        for fits in ["1e-16383", "1e131071", "-0.5", "1.5E+3", "0e5"] {
            let record = format!(r#"{{"a \" 1e-20000": [true, {fits}]}}"#);
            assert!(Type::Jsonb.read_whole(&record).is_ok(), "{fits}");
            assert!(Type::Numeric.read(&json!(fits)).is_ok(), "{fits}");
        }
        for beyond in ["1e-20000", "1E131072", "0.1e-16383", "1e99999999999999999999"] {
            let record = format!(r#"{{"a": [{{"b": {beyond}}}]}}"#);
            let error = Type::Jsonb.read_whole(&record).expect_err(beyond).to_string();
            assert!(error.contains(beyond), "{error}");
            assert!(Type::Numeric.read(&json!(beyond)).is_err(), "{beyond}");
        }
        let long = format!("{{\"a\": 1{}}}", "0".repeat(140_000));
        let error = Type::Jsonb.read_whole(&long).expect_err("long").to_string();
        assert!(error.len() < 120, "{error}");
    }

    #[test]
    fn person_ids_are_found_in_text_of_any_depth() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let people = format!(
            r#"[{{"id": 1, "x": {deep}}}, {{"id": "22"}}, {{"id": "basecamp"}}, 3, {deep}]"#
        );
        assert_eq!(person_ids(&people), [1, 22, 3]);
        assert_eq!(person_ids(&deep), [0_i64; 0]);
        for (people, ids) in [
            (r#"{"id": 7}"#, vec![7]),
            ("7", vec![7]),
            (r#""7""#, vec![7]),
            ("null", vec![]),
            (r#"[{"id": 1e30}, {"id": null}, {"id": {"id": 1}}, {}]"#, vec![]),
            (r#"{"name": "a"}"#, vec![]),
        ] {
            assert_eq!(person_ids(people), ids, "{people}");
        }
    }

    #[test]
    fn nul_characters_are_refused_where_postgresql_cannot_store_them() {
        assert!(Type::Text.read(&json!("a\u{0}b")).is_err());
        assert!(Type::Jsonb.read(&json!({"a": "\u{0}"})).is_err());
        // An escaped backslash before u0000 is text, not a NUL.
        assert!(Type::Jsonb.read(&json!({"a": "\\u0000"})).is_ok());
    }
}

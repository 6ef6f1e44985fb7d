//! Values on their way back: as JSON of a body, and as the text that SQL shows.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{Type, Value, civil};

impl Value {
    /// The value as a member of a body; none for a time that no calendar has, or for JSON that is none.
    pub fn json(&self) -> Option<Json> {
        Some(match self {
            Self::Bigint(number) => Json::from(*number),
            // People without a number cannot be named.
            Self::BigintArray(numbers) => numbers.iter().flatten().copied().collect(),
            Self::Boolean(flag) => Json::from(*flag),
            Self::Date(days) => Json::from(civil(*days)?.to_string()),
            Self::Integer(number) => Json::from(*number),
            Self::IntegerArray(numbers) => numbers.iter().flatten().copied().collect(),
            Self::Jsonb(text) => serde_json::from_str(text).ok()?,
            Self::Numeric(text) => text.parse().map_or_else(|_| Json::from(&**text), Json::Number),
            Self::Text(text) => Json::from(&**text),
            Self::TextArray(texts) => texts.iter().flatten().map(|text| &**text).collect(),
            Self::Timestamptz(micros) => {
                Json::from(Timestamp::from_microsecond(*micros).ok()?.to_string())
            }
        })
    }

    /// The day of a moment in UTC, where one moment stands for a whole day.
    #[must_use]
    pub fn day(&self) -> Option<Self> {
        const DAY: i64 = 86_400_000_000;
        match self {
            Self::Timestamptz(micros) => i32::try_from(micros.div_euclid(DAY)).ok().map(Self::Date),
            other => Some(other.clone()),
        }
    }

    /// The value as SQL shows it, for those that are compared with words of the catalogue.
    pub fn spelled(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Numeric(text) => Some(text.clone()),
            Self::Bigint(number) => Some(number.to_string()),
            Self::Boolean(flag) => Some(flag.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl Type {
    /// What stands for no value in a body.
    pub fn empty(self) -> Json {
        match self {
            Self::BigintArray | Self::IntegerArray | Self::TextArray => Json::Array(Vec::new()),
            Self::Boolean => Json::from(false),
            _ => Json::from(""),
        }
    }

    /// A value that the catalogue gives as text, as this type has it in a body.
    pub fn spelled(self, text: &str) -> Json {
        match self {
            Self::Boolean | Self::Integer | Self::Bigint => {
                text.parse().unwrap_or_else(|_| Json::from(text))
            }
            _ => Json::from(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::value::{Raw, Type, Value};

    #[test]
    fn what_was_read_is_written_as_it_was() {
        for (ty, written) in [
            (Type::Bigint, json!(9_007_199_254_741_622_i64)),
            (Type::BigintArray, json!([1, 2])),
            (Type::Boolean, json!(true)),
            (Type::Date, json!("2026-11-23")),
            (Type::Integer, json!(-5)),
            (Type::Jsonb, json!({"a": [1, null]})),
            (Type::Numeric, json!(1.5)),
            (Type::Text, json!("<div>ä</div>")),
            (Type::TextArray, json!(["a", ""])),
            (Type::Timestamptz, json!("2026-11-23T10:00:00Z")),
        ] {
            let value =
                ty.read(Raw::of(&written.to_string())).expect("of the type").expect("no null");
            assert_eq!(value.json(), Some(written), "{ty:?}");
        }
    }

    #[test]
    fn a_person_without_a_number_is_left_out_and_no_calendar_has_infinity() {
        assert_eq!(Value::BigintArray(vec![Some(1), None]).json(), Some(json!([1])));
        assert_eq!(Value::Date(i32::MAX).json(), None);
        assert_eq!(Value::Timestamptz(i64::MAX).json(), None);
    }

    #[test]
    fn the_day_of_a_moment_is_that_of_utc() {
        let moment = |text| {
            Type::Timestamptz.read(Raw::of(&json!(text).to_string())).expect("a time").expect("one")
        };
        let day = moment("2026-11-23T23:59:59Z").day().and_then(|day| day.json());
        assert_eq!(day, Some(json!("2026-11-23")));
        let before = moment("1969-12-31T00:00:00Z").day().and_then(|day| day.json());
        assert_eq!(before, Some(json!("1969-12-31")));
    }
}

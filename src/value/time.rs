//! Days and moments: how Basecamp spells them, and which of them PostgreSQL can store.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;

/// The date of a number of days; none where the calendar ends.
pub fn civil(days: i32) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    EPOCH.checked_add(span).ok()
}

/// The day from which dates are counted.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01. Of a timestamp the day as it is written counts, as Basecamp shows it.
pub fn day(text: &str) -> Option<i32> {
    let date: Date = text.get(..10)?.parse().ok()?;
    (text.len() == 10 || text.as_bytes().get(10) == Some(&b'T'))
        .then(|| EPOCH.until(date).ok().map(|span| span.get_days()))
        .flatten()
}

/// Microseconds since 1970-01-01 00:00 UTC, in what PostgreSQL can store. A bare date, as the bounds of
/// an all-day entry are, is its midnight in UTC.
pub fn moment(text: &str) -> Option<i64> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::value::{Raw, Type, Value};

    #[test]
    fn dates_far_apart_count_in_days() {
        assert_eq!(
            Type::Date.read(Raw::of(&json!("2026-11-23").to_string())),
            Ok(Some(Value::Date(20_780)))
        );
        assert_eq!(
            Type::Date.read(Raw::of(&json!("1969-12-31").to_string())),
            Ok(Some(Value::Date(-1)))
        );
    }

    #[test]
    fn times_are_those_that_postgresql_can_store() {
        let read = |text: &str| match Type::Timestamptz.read(Raw::of(&json!(text).to_string())) {
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
    fn rule_67_bounds_of_an_entry_are_dates_or_timestamps() {
        let midnight = Value::Timestamptz(86_400_000_000);
        for spelled in ["1970-01-02", "1970-01-02T00:00:00.000Z", "1970-01-01T19:00:00-05:00"] {
            let read = Type::Timestamptz.read(Raw::of(&json!(spelled).to_string()));
            assert_eq!(read, Ok(Some(midnight.clone())), "{spelled}");
        }
        let dated = Type::Date.read(Raw::of(&json!("1970-01-02T23:00:00Z").to_string()));
        assert_eq!(dated, Ok(Some(Value::Date(1))));
    }
}

//! Times and days. Nothing here asks the clock: the account lives on one day for good.

/// The day on which the simulated account is looked at.
pub const TODAY: &str = "2026-07-01";
/// Seconds of the first record's creation, 2020-01-01.
const DAWN: i64 = 1_577_836_800;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// A moment, so many seconds after the first record's creation.
pub fn time(seconds: i64) -> String {
    format!("{}.123Z", moment(seconds).trim_end_matches('Z'))
}

/// The same without fractions of seconds.
pub fn moment(seconds: i64) -> String {
    let moment =
        jiff::Timestamp::from_second(DAWN + seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_string()
}

/// The day of a moment.
pub fn day(seconds: i64) -> String {
    time(seconds)[..10].to_owned()
}

/// A day so many days after today, or before.
pub fn plus_days(days: i64) -> String {
    let today: jiff::civil::Date = TODAY.parse().unwrap_or(jiff::civil::Date::ZERO);
    let shifted = today.checked_add(jiff::Span::new().days(days));
    shifted.unwrap_or(today).to_string()
}

/// Seconds from the first record's creation to so many days after today.
pub fn seconds_of(days: i64) -> i64 {
    let midnight: Result<jiff::Timestamp, _> = format!("{TODAY}T00:00:00Z").parse();
    let start = midnight.map_or(DAWN, jiff::Timestamp::as_second);
    start - DAWN + days * DAY
}

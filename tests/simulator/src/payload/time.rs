//! Times and days. Nothing here asks the clock: the account lives on one day for good, which is another
//! where the program was told so.

use std::sync::atomic::{AtomicI64, Ordering};

/// The day on which the simulated account is looked at, unless it is told another.
const TODAY: &str = "2026-07-01";
/// Days from there to the day on which all accounts of this process are looked at.
static LATER: AtomicI64 = AtomicI64::new(0);
/// Seconds of the first record's creation, 2020-01-01.
const DAWN: i64 = 1_577_836_800;
/// Seconds of the start of [`TODAY`].
const MIDNIGHT: i64 = 1_782_864_000;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Moves all accounts of this process to another day, with all their times.
///
/// # Errors
/// When it is no day.
pub fn live_on(day: &str) -> Result<(), jiff::Error> {
    let [today, day] = [TODAY.parse::<jiff::civil::Date>()?, day.parse()?];
    LATER.store(i64::from(today.until(day)?.get_days()), Ordering::Relaxed);
    Ok(())
}

/// The day on which the account is looked at.
pub fn today() -> String {
    plus_days(0)
}

/// A moment, so many seconds after the first record's creation.
pub fn time(seconds: i64) -> String {
    format!("{}.123Z", moment(seconds).trim_end_matches('Z'))
}

/// The same without fractions of seconds.
pub fn moment(seconds: i64) -> String {
    let seconds = seconds + LATER.load(Ordering::Relaxed) * DAY;
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
    day(seconds_of(days))
}

/// Seconds from the first record's creation to so many days after today.
pub fn seconds_of(days: i64) -> i64 {
    MIDNIGHT - DAWN + days * DAY
}

#[cfg(test)]
mod tests {
    use super::{TODAY, plus_days};

    #[test]
    fn today_is_the_day_that_days_are_counted_from() {
        assert_eq!(plus_days(0), TODAY);
    }
}

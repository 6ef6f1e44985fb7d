//! The days that listings of a time are asked for, as many at a time as Basecamp takes.

use super::limits::Limits;
use crate::catalog::{Parameter, Source};
use crate::error::{Error, Kind, Result};
use crate::plan::query::Side;
use crate::value::Scalar;

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// Windows of days that one scan asks for at most: more than a century.
const MOST_WINDOWS: i64 = 1_000;

/// Some days of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The column.
    pub column: &'static str,
    /// The first day, as days since 1970-01-01.
    pub first: i32,
    /// The last day, which is part of it.
    pub last: i32,
}

/// The times to ask for, first and last day of each; `None`: the bounds do not say.
pub fn windows(limits: &Limits, column: &str, days: i32) -> Option<Vec<(i32, i32)>> {
    let first = day(limits, column, Side::Lower)?;
    let last = day(limits, column, Side::Upper);
    if days <= 0 {
        let last = last?;
        return Some(if first <= last { vec![(first, last)] } else { Vec::new() });
    }
    let last = last.unwrap_or_else(|| first.saturating_add(days - 1));
    let mut made = Vec::new();
    let mut from = first;
    while from <= last {
        let to = from.saturating_add(days - 1).min(last);
        made.push((from, to));
        if to == i32::MAX {
            break;
        }
        from = to + 1;
    }
    Some(made)
}

/// Whether the bounds of a source can be asked for.
///
/// # Errors
/// When they are too far apart.
pub fn check(source: &Source, limits: &Limits) -> Result<()> {
    for parameter in source.query {
        let Parameter::Between { column, days, .. } = parameter else {
            continue;
        };
        let beyond = |length: i64| length / i64::from((*days).max(1)) > MOST_WINDOWS;
        if *days > 0 && length(limits, column).is_some_and(beyond) {
            return Err(Error::new(
                Kind::TooLarge,
                format!("the bounds of {column} are too far apart"),
            )
            .detail(format!("Basecamp is asked for {days} days at a time."))
            .hint(format!("Narrow the condition on {column}.")));
        }
    }
    Ok(())
}

/// The days between the bounds of a column, where it has both.
fn length(limits: &Limits, column: &str) -> Option<i64> {
    let day = |side| day(limits, column, side).map(i64::from);
    Some(day(Side::Upper)? - day(Side::Lower)?)
}

/// The day of the narrowest bound of a column on one side.
fn day(limits: &Limits, column: &str, side: Side) -> Option<i32> {
    match limits.bound(column, side)? {
        Scalar::Date(day) => Some(*day),
        Scalar::Moment(micros) => i32::try_from(micros.div_euclid(DAY_MICROS)).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::windows;
    use crate::plan::Side;
    use crate::plan::route::Limits;
    use crate::value::Scalar;

    #[test]
    fn a_long_time_is_cut_into_windows_and_an_open_one_is_one() {
        let limits = |bounds: &[(Side, i32)]| Limits {
            bounds: bounds
                .iter()
                .map(|(side, day)| ("on".to_owned(), *side, Scalar::Date(*day)))
                .collect(),
            ..Limits::default()
        };
        let both = limits(&[(Side::Lower, 10), (Side::Upper, 99), (Side::Lower, 5)]);
        assert_eq!(
            windows(&both, "on", 42),
            Some(vec![(10, 51), (52, 93), (94, 99)]),
            "from the narrowest bound"
        );
        assert_eq!(windows(&both, "on", 0), Some(vec![(10, 99)]));
        let open = limits(&[(Side::Lower, 10)]);
        assert_eq!(windows(&open, "on", 42), Some(vec![(10, 51)]));
        assert_eq!(windows(&open, "on", 0), None);
        let nothing = limits(&[(Side::Lower, 10), (Side::Upper, 9)]);
        assert_eq!(windows(&nothing, "on", 42), Some(Vec::new()));
    }
}

//! Whether to ask again, and how long to wait before (sections C and D of the rules).

use std::time::{Duration, SystemTime};

use reqwest::Method;

/// The wait before the first repeat.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No computed wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// At most this much is added at random, so that clients do not repeat in step.
const JITTER_MILLIS: u64 = 100;
/// What a timer can express without overflow: longer waits are cut to it.
const TIMER_LIMIT: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// Whether a request may be sent a second time when the first failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// At most so many attempts in all, whatever the method: an operation with a lower ceiling, which
    /// may be carried out twice.
    AtMost(u32),
    /// As the method says: everything but a POST.
    ByMethod,
}

impl Repeat {
    /// Attempts in all, of those that are configured.
    pub fn attempts(self, method: &Method, configured: u32) -> u32 {
        let most = match self {
            Self::AtMost(ceiling) => configured.min(ceiling),
            Self::ByMethod if repeatable(method) => configured,
            Self::ByMethod => 1,
        };
        most.max(1)
    }
}

/// Whether a method may be repeated at all.
pub fn repeatable(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE)
}

/// Whether a status may pass by itself. For a GET also those of a gateway, and 408 and 425,
/// which say that the request was not carried out.
pub fn passing(method: &Method, status: u16) -> bool {
    matches!(status, 429 | 503)
        || (*method == Method::GET && matches!(status, 408 | 425 | 502 | 504))
}

/// The wait before repeat number `repeat`, counted from 0, without what the server asks for.
pub fn backoff(repeat: u32) -> Duration {
    let doubled = 1_u32.checked_shl(repeat).filter(|factor| *factor != 0);
    // Saturates instead of wrapping to no wait at all.
    let wait = doubled.and_then(|factor| FIRST_WAIT.checked_mul(factor)).unwrap_or(LONGEST_WAIT);
    wait.min(LONGEST_WAIT) + Duration::from_millis(fastrand::u64(0..=JITTER_MILLIS))
}

/// The wait that a Retry-After header asks for, if it is valid.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: u64 = value.parse().ok().filter(|seconds| *seconds > 0)?;
        return Some(Duration::from_secs(seconds).min(TIMER_LIMIT));
    }
    let left = httpdate::parse_http_date(value).ok()?.duration_since(now).ok()?;
    let whole = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    (whole > 0).then(|| Duration::from_secs(whole).min(TIMER_LIMIT))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::Method;

    use super::{Repeat, backoff, passing, repeatable, retry_after};

    #[test]
    fn rule_15_a_post_is_never_repeated_by_its_method() {
        assert!(
            repeatable(&Method::GET) && repeatable(&Method::PUT) && repeatable(&Method::DELETE)
        );
        assert!(!repeatable(&Method::POST));
    }

    #[test]
    fn rules_16_20_and_21_attempts_are_counted_and_never_raised() {
        let attempts = |repeat: Repeat, method, configured| repeat.attempts(&method, configured);
        for (configured, made) in [(0, 1), (1, 1), (3, 3)] {
            assert_eq!(attempts(Repeat::ByMethod, Method::GET, configured), made);
            assert_eq!(attempts(Repeat::ByMethod, Method::POST, configured), 1);
            assert_eq!(attempts(Repeat::AtMost(3), Method::POST, configured), made);
            assert_eq!(attempts(Repeat::AtMost(1), Method::PUT, configured), 1);
        }
        assert_eq!(attempts(Repeat::AtMost(2), Method::POST, 3), 2);
        assert_eq!(attempts(Repeat::AtMost(2), Method::PUT, 1), 1);
        assert_eq!(attempts(Repeat::AtMost(0), Method::PUT, 3), 1);
    }

    #[test]
    fn rules_17_and_18_which_statuses_pass() {
        let get: Vec<u16> = (400..600).filter(|status| passing(&Method::GET, *status)).collect();
        assert_eq!(get, [408, 425, 429, 502, 503, 504]);
        let put: Vec<u16> = (400..600).filter(|status| passing(&Method::PUT, *status)).collect();
        assert_eq!(put, [429, 503]);
    }

    #[test]
    fn rules_25_and_26_waits_double_and_saturate() {
        for (repeat, seconds) in
            [(0, 1), (1, 2), (4, 16), (5, 30), (31, 30), (32, 30), (u32::MAX, 30)]
        {
            let wait = backoff(repeat);
            let least = Duration::from_secs(seconds);
            assert!(
                wait >= least && wait <= least + Duration::from_millis(100),
                "{repeat}: {wait:?}"
            );
        }
    }

    #[test]
    fn rules_28_to_30_retry_after_is_seconds_or_a_date_or_nothing() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_799);
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("Sat, 01 Jan 2000 00:00:09 GMT"), Some(10));
        for invalid in [
            "",
            "0",
            "-1",
            "1.5",
            "5 s",
            "soon",
            "Fri, 31 Dec 1999 23:59:00 GMT",
            "99999999999999999999999",
        ] {
            assert_eq!(seconds(invalid), None, "{invalid}");
        }
        assert_eq!(seconds("9999999999999999"), Some(60 * 60 * 24 * 365));
    }
}

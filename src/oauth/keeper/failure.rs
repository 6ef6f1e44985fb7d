//! What a failure means, and for how long it is believed. May import `error`.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Kind};

/// How long a refusal of a refresh token is believed without asking again, in seconds: a mistake on
/// the other side does not last for ever. Doubled with each further one.
const REFUSAL: i64 = 60;
/// How long a second failure in a row to renew a token that still works is believed, in seconds.
/// Doubled with each further one; a first may have been an accident.
const FAILURE: i64 = 30;
/// The longest that a refusal or failure is believed while the token works, in seconds.
const LONGEST: i64 = 600;
/// The same where no token works: somebody waits for it.
const LONGEST_ENDED: i64 = 60;
/// How asking for tokens failed: kept, so that all who come after know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// Names what was presented, and by whom, without telling it.
    pub mark: String,
    /// How many times in a row.
    pub count: u32,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What it was.
    pub error: Error,
}

impl Failure {
    /// One more failure.
    pub(super) fn after(before: Option<&Self>, mark: String, error: Error, now: i64) -> Self {
        let before = before.filter(|before| before.mark == mark);
        let count = before.map_or(0, |before| before.count).saturating_add(1);
        Self { mark, count, at: now, error }
    }

    /// Whether it is not asked again yet. What passes by itself is asked again at once, and then at
    /// growing intervals, shorter where the token has ended; a refusal stays one for a while.
    pub(super) fn is_believed(&self, now: i64, ended: bool) -> bool {
        let since = now.saturating_sub(self.at);
        // A clock that was set back tells nothing.
        (0..self.rest(ended)).contains(&since)
    }

    /// Seconds.
    fn rest(&self, ended: bool) -> i64 {
        let refused = self.error.kind() == Kind::Authentication;
        let (first, longest) = match (refused, ended) {
            (true, true) => (REFUSAL, LONGEST_ENDED),
            (true, false) => (REFUSAL, LONGEST),
            (false, _) if self.count < 2 => (0, 0),
            (false, true) => (1, LONGEST_ENDED),
            (false, false) => (FAILURE, LONGEST),
        };
        let doublings = self.count.saturating_sub(if refused { 1 } else { 2 }).min(20);
        let asked = self.error.wait().map_or(0, |wait| i64::try_from(wait).unwrap_or(LONGEST));
        (first << doublings).min(longest).max(asked.min(LONGEST))
    }
}

/// A hash that tells secrets apart.
pub fn hash(secret: &SecretString) -> String {
    mark("", secret)
}

/// A hash that tells secrets, and who presents them, apart.
pub fn mark(who: &str, secret: &SecretString) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::new().chain_update(who).chain_update([0]);
    let digest = digest.chain_update(secret.expose_secret()).finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::Failure;
    use crate::error::{Error, Kind};

    #[test]
    fn a_failure_is_believed_for_longer_and_longer() {
        let failing = |kind, count: u32| {
            let mut failure = None;
            for _ in 0..count {
                let error = Error::new(kind, "no");
                failure = Some(Failure::after(failure.as_ref(), "m".to_owned(), error, 100));
            }
            failure.expect("one")
        };
        let rest = |kind, count, ended| failing(kind, count).rest(ended);
        let working: Vec<i64> = (1..8).map(|count| rest(Kind::Server, count, false)).collect();
        assert_eq!(working, [0, 30, 60, 120, 240, 480, 600]);
        let ended: Vec<i64> = (1..6).map(|count| rest(Kind::Server, count, true)).collect();
        assert_eq!(ended, [0, 1, 2, 4, 8], "somebody waits for it");
        assert_eq!(rest(Kind::Authentication, 1, true), 60);
        let failure = failing(Kind::Server, 2);
        assert!(failure.is_believed(129, false) && !failure.is_believed(130, false));
        assert!(!failure.is_believed(99, false), "the clock was set back");
        let asked = Failure { error: Error::new(Kind::RateLimited, "no").wait_for(90), ..failure };
        assert_eq!((asked.rest(false), asked.rest(true)), (90, 90), "Retry-After");
    }
}

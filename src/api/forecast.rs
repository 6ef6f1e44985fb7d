//! How long requests wait for the rate limit, before they do.

use std::time::Duration;

use super::Rate;

impl Rate {
    /// How long so many requests wait, if none were made before: those of the first window go at once.
    pub fn wait_for(self, requests: u64) -> Duration {
        let windows = match u64::try_from(self.requests) {
            Ok(window) if window > 0 => requests.saturating_sub(1) / window,
            _ => 0,
        };
        self.per.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX))
    }
}

/// A time as people say it, in the unit that suits it: `40 s`, `7 min`, `3 h`, `12 days`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        7_200..=172_799 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, in_words};

    #[test]
    fn the_first_window_goes_at_once_and_each_further_one_takes_its_time() {
        let rate = Rate::parse("50/10s").expect("a rate");
        let waits =
            [0, 1, 50, 51, 100, 101, 203, 2_000].map(|count| rate.wait_for(count).as_secs());
        assert_eq!(waits, [0, 0, 0, 10, 10, 20, 40, 390]);
        let unlimited = Rate::parse("0").expect("a rate");
        assert_eq!(unlimited.wait_for(u64::MAX).as_secs(), 0);
        assert!(rate.wait_for(u64::MAX).as_secs() > 1_000_000);
    }

    #[test]
    fn times_are_told_in_the_unit_that_suits_them() {
        let told = [0, 40, 119, 120, 390, 7_200, 200_000]
            .map(|seconds| in_words(std::time::Duration::from_secs(seconds)));
        assert_eq!(told, ["0 s", "40 s", "119 s", "2 min", "7 min", "2 h", "2 days"]);
    }
}

//! What refusals leave of a rate: a quarter less after each, and a little more in each window without one.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Claim;

/// The part of the requests that a refusal takes away, as a divisor: somebody else sends some of them.
const REFUSED: usize = 4;
/// The part of the rate that comes back in each window, as a divisor.
const REGAINED: u64 = 20;
/// The bits that a number of requests has.
const REQUESTS: u32 = 16;

/// How many requests the last refusal left of a window, and before that when it was; 0: there was none.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Narrowing(AtomicU64);

impl Narrowing {
    /// What is allowed of `all` requests; one at least.
    pub fn allowed(&self, all: usize, claim: &Claim) -> usize {
        allowed(self.0.load(Ordering::Relaxed), all, claim)
    }

    /// A request was refused. Those of one window count once: they were under way together.
    pub fn refused(&self, all: usize, claim: &Claim) {
        let last = self.0.load(Ordering::Relaxed);
        if last != 0 && (last >> REQUESTS) + claim.window > claim.now {
            return;
        }
        let allowed = allowed(last, all, claim);
        let left = (allowed - allowed.div_ceil(REFUSED)) as u64;
        let next = (claim.now << REQUESTS) | left;
        // Who was faster said the same.
        let _ = self.0.compare_exchange(last, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

fn allowed(last: u64, all: usize, claim: &Claim) -> usize {
    if last == 0 {
        return all;
    }
    let windows = claim.now.saturating_sub(last >> REQUESTS) / claim.window.max(1);
    let left = last & ((1 << REQUESTS) - 1);
    let allowed = left.saturating_add((all as u64).saturating_mul(windows) / REGAINED);
    usize::try_from(allowed).unwrap_or(all).clamp(1, all.max(1)).min(all)
}

#[cfg(test)]
mod tests {
    use super::{Claim, Narrowing};

    const WINDOW: u64 = 10_000;

    fn at(now: u64) -> Claim {
        Claim { now, owner: 1, fair: true, requests: 50, window: WINDOW, most: WINDOW }
    }

    #[test]
    fn what_a_refusal_takes_away_comes_back() {
        let narrowing = Narrowing::default();
        let left = |now| narrowing.allowed(50, &at(now));
        assert_eq!(left(1), 50);
        narrowing.refused(50, &at(WINDOW));
        narrowing.refused(50, &at(WINDOW + 1));
        assert_eq!(left(WINDOW + 2), 37, "two of one window count once");
        assert_eq!([2, 3, 6, 9].map(|nth| left(nth * WINDOW)), [39, 42, 49, 50]);
        assert_eq!(left(u64::MAX), 50);
    }

    #[test]
    fn one_request_is_always_allowed() {
        let narrowing = Narrowing::default();
        for nth in 1..100 {
            narrowing.refused(50, &at(nth * WINDOW));
            assert!(narrowing.allowed(50, &at(nth * WINDOW)) >= 1);
            assert_eq!(narrowing.allowed(1, &at(nth * WINDOW)), 1);
        }
        assert!(narrowing.allowed(50, &at(100 * WINDOW)) < 15);
    }
}

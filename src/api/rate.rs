//! At most so many requests in any window of time.
//!
//! The server counts arrivals by its own clock. A slot is therefore freed one window after the
//! *answer* came: by then the request had certainly arrived, so no window of the server's sees more
//! than allowed, whatever the network did to single requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::error::{Error, Kind, Result};

/// A rate: requests per time. `50/10s` is what Basecamp 3 allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests in one window; 0: no limit.
    pub requests: usize,
    /// The length of the window.
    pub per: Duration,
}

impl Rate {
    /// Parses `50/10s`; `0` switches the limit off.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = || {
            Error::new(Kind::OptionValue, format!("invalid rate \"{text}\""))
                .hint("Use requests per seconds, such as 50/10s, or 0 for no limit.")
        };
        if text == "0" {
            return Ok(Self { requests: 0, per: Duration::ZERO });
        }
        let (requests, per) = text.split_once('/').ok_or_else(refuse)?;
        let seconds = per.strip_suffix('s').ok_or_else(refuse)?;
        let requests = requests.parse().ok().filter(|count| (1..=1_000_000).contains(count));
        let seconds = seconds.parse().ok().filter(|count| (1..=86_400).contains(count));
        match (requests, seconds) {
            (Some(requests), Some(seconds)) => {
                Ok(Self { requests, per: Duration::from_secs(seconds) })
            }
            _ => Err(refuse()),
        }
    }
}

/// Keeps to a rate. Clones share it.
#[derive(Debug, Clone)]
pub struct Limiter {
    rate: Rate,
    state: Arc<Mutex<State>>,
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// When the answers of the window came, oldest first.
    answered: VecDeque<Instant>,
    /// Requests without an answer yet.
    under_way: usize,
    /// Nothing is sent before this moment: the server asked for a pause.
    paused_until: Option<Instant>,
}

/// The right to send one request; its slot is freed one window after it is dropped.
#[derive(Debug)]
pub struct Slot<'a>(&'a Limiter);

impl Limiter {
    /// Starts with an empty window.
    pub fn new(rate: Rate) -> Self {
        Self { rate, state: Arc::default(), freed: Arc::default() }
    }

    /// Waits until one more request fits. Returns how long that took.
    pub async fn slot(&self) -> (Slot<'_>, Duration) {
        let start = Instant::now();
        loop {
            // Registered before the look, so that a slot freed in between is not missed.
            let freed = self.freed.notified();
            match self.look() {
                None => return (Slot(self), start.elapsed()),
                Some(Some(when)) => tokio::select! {
                    () = tokio::time::sleep_until(when) => {}
                    () = freed => {}
                },
                Some(None) => freed.await,
            }
        }
    }

    /// Sends nothing for a while: the server answered 429 or 503 with Retry-After.
    pub fn pause(&self, time: Duration) {
        let until = Instant::now().checked_add(time);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.paused_until = state.paused_until.max(until);
    }

    /// Takes a slot (`None`), or says when to look again; without a time: when one is freed.
    #[expect(clippy::option_option, reason = "taken, wait until, wait for another's answer")]
    fn look(&self) -> Option<Option<Instant>> {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            return Some(Some(until));
        }
        while state.answered.front().is_some_and(|answer| *answer + self.rate.per <= now) {
            state.answered.pop_front();
        }
        if self.rate.requests == 0 || state.answered.len() + state.under_way < self.rate.requests {
            state.under_way += 1;
            return None;
        }
        Some(state.answered.front().map(|oldest| *oldest + self.rate.per))
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.under_way -= 1;
        if self.0.rate.requests > 0 {
            state.answered.push_back(Instant::now());
        }
        self.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{Limiter, Rate};

    #[test]
    fn rates_are_parsed_and_nonsense_is_refused() {
        let rate = Rate::parse("50/10s").expect("valid");
        assert_eq!(rate, Rate { requests: 50, per: Duration::from_secs(10) });
        assert_eq!(Rate::parse("0").expect("valid").requests, 0);
        for nonsense in ["", "50", "50/10", "0/10s", "-1/10s", "50/0s", "a/bs", "50/10m"] {
            assert!(Rate::parse(nonsense).is_err(), "{nonsense}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rule_50_no_window_sees_more_than_allowed() {
        let limiter = Limiter::new(Rate { requests: 5, per: Duration::from_secs(10) });
        let mut sent = Vec::new();
        for _ in 0..17 {
            let (slot, _) = limiter.slot().await;
            sent.push(Instant::now());
            advance(Duration::from_millis(40)).await;
            drop(slot);
        }
        for window in sent.windows(6) {
            assert!(window[5] - window[0] > Duration::from_secs(10), "{window:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_without_an_answer_hold_their_slots() {
        let limiter = Limiter::new(Rate { requests: 1, per: Duration::from_secs(1) });
        let (slot, _) = limiter.slot().await;
        let other = limiter.clone();
        let second = tokio::spawn(async move {
            let (slot, waited) = other.slot().await;
            drop(slot);
            waited
        });
        // Lets the other task come to its wait before time passes.
        tokio::task::yield_now().await;
        advance(Duration::from_secs(5)).await;
        drop(slot);
        assert!(second.await.expect("no panic") >= Duration::from_secs(6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_stops_everybody() {
        let limiter = Limiter::new(Rate { requests: 0, per: Duration::ZERO });
        limiter.pause(Duration::from_secs(7));
        let (_slot, waited) = limiter.slot().await;
        assert!(waited >= Duration::from_secs(7));
    }
}

//! Requests that are under way, for others who want the same meanwhile.
//!
//! Two scans of one statement come to the same page at the same moment: both sides of a self-join, the
//! branches of a union. Keeping answers does not help there, because none has come yet. May import
//! `answer`, `cache`, `writes` and `error`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::Instant;

use super::answer::Outcome;
use super::cache::Key;
use super::writes::Moment;
use crate::error::Result;

/// What everybody who waits for a request gets. Whoever waits drives it, and it ends with the last.
type Answered = Shared<Landing>;

/// It says when it came, too.
type Landing = BoxFuture<'static, (Result<Outcome>, Instant)>;

/// The requests under way, by what they ask for.
#[derive(Default, Clone)]
pub struct Flights(Arc<Mutex<HashMap<Key, Flight>>>);

struct Flight {
    /// When it was asked for: its answer is of no earlier moment.
    since: Instant,
    /// The writes that had been then.
    moment: Option<Moment>,
    answered: WeakShared<Landing>,
}

impl Flights {
    /// What a request comes to, and whether another waits for it already: for one that was not sent
    /// before `since`, nor before the last write. Otherwise `ask` is asked.
    pub fn join<F>(
        &self,
        key: Key,
        since: Instant,
        moment: Option<Moment>,
        ask: F,
    ) -> (Answered, bool)
    where
        F: Future<Output = Result<Outcome>> + Send + 'static,
    {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody waited for any more.
        flights.retain(|_, flight| flight.answered.upgrade().is_some());
        let under_way = flights.get(&key).filter(|it| it.since >= since && it.moment == moment);
        if let Some(answered) = under_way.and_then(|flight| flight.answered.upgrade()) {
            return (answered, true);
        }
        let (all, own) = (self.clone(), key.clone());
        let landing = async move {
            let outcome = ask.await;
            // Who comes from now on would get an answer from before.
            all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&own);
            (outcome, Instant::now())
        };
        let answered = landing.boxed().shared();
        if let Some(weak) = answered.downgrade() {
            flights.insert(key, Flight { since: Instant::now(), moment, answered: weak });
        }
        (answered, false)
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

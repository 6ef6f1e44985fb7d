//! What the requests of one process wait for: their turn, or an answer.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The requests of one process that wait, and who is told when what all of them wait for changes.
pub struct Queue {
    counts: Mutex<Counts>,
    changed: Box<dyn Fn() + Send + Sync>,
}

/// How many there are of each.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    /// Those that the rate limit, or a pause that the server asked for, holds back.
    held: usize,
    /// Those that are sent and not answered.
    sent: usize,
}

impl Counts {
    const fn are_held(self) -> bool {
        self.held > 0 && self.sent == 0
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// One request's part in the counts, until it is dropped.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    queue: &'a Queue,
    count: fn(&mut Counts) -> &mut usize,
}

impl Queue {
    /// One that nothing waits in. `changed` is called by whatever thread changes it.
    pub fn new(changed: impl Fn() + Send + Sync + 'static) -> Self {
        Self { counts: Mutex::default(), changed: Box::new(changed) }
    }

    /// Whether requests wait for their turn, and none for an answer.
    pub fn is_held(&self) -> bool {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).are_held()
    }

    /// A request waits for its turn.
    pub(super) fn hold(&self) -> Waiting<'_> {
        self.enter(|counts| &mut counts.held)
    }

    /// A request has its turn.
    pub(super) fn send(&self) -> Waiting<'_> {
        self.enter(|counts| &mut counts.sent)
    }

    fn enter(&self, count: fn(&mut Counts) -> &mut usize) -> Waiting<'_> {
        self.change(|counts| *count(counts) += 1);
        Waiting { queue: self, count }
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = counts.are_held();
        change(&mut counts);
        let has_changed = counts.are_held() != before;
        drop(counts);
        if has_changed {
            (self.changed)();
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.change(|counts| *(self.count)(counts) -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Queue;

    #[test]
    fn a_change_is_told_only_where_all_wait_for_something_else_than_before() {
        let told = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&told);
        let queue = Queue::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let is = |held, times| {
            assert_eq!((queue.is_held(), told.load(Ordering::Relaxed)), (held, times));
        };
        let first = queue.send();
        let second = queue.hold();
        is(false, 0);
        drop(first);
        is(true, 1);
        let third = queue.hold();
        is(true, 1);
        let sent = queue.send();
        drop(second);
        is(false, 2);
        drop(sent);
        is(true, 3);
        drop(third);
        is(false, 4);
    }
}

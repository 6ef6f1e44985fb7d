//! What is kept for later statements: bounded in number, and given up when nobody asked for it for long.
//!
//! A client has connections, threads' work and kept answers of its own; a session that speaks for a
//! hundred users must not hold a hundred for ever. Imports nothing of ours.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Values by key; the one that was not used for longest goes first.
#[derive(Debug)]
pub struct Pool<K, V> {
    entries: HashMap<K, (V, Instant)>,
    most: usize,
    age: Duration,
}

impl<K: Eq + Hash + Clone, V> Pool<K, V> {
    /// An empty one, of so many values, each kept so long after its last use.
    pub fn new(most: usize, age: Duration) -> Self {
        Self { entries: HashMap::new(), most: most.max(1), age }
    }

    /// A value, used now. Values that are too old go first.
    pub fn get(&mut self, key: &K, now: Instant) -> Option<&V> {
        self.expire(now);
        let (value, used) = self.entries.get_mut(key)?;
        *used = now;
        Some(value)
    }

    /// Keeps a value, used now, in place of what was under its key.
    pub fn put(&mut self, key: K, value: V, now: Instant) {
        self.expire(now);
        self.entries.remove(&key);
        while self.entries.len() >= self.most {
            let oldest = self.entries.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.entries.remove(&oldest);
        }
        self.entries.insert(key, (value, now));
    }

    /// Gives up what is not to be kept.
    pub fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.entries.retain(|_, (value, _)| keep(value));
    }

    /// Everything that is kept.
    pub fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, (value, _))| (key, value))
    }

    /// Gives up what was not used for too long.
    pub fn expire(&mut self, now: Instant) {
        let age = self.age;
        self.entries.retain(|_, (_, used)| now.saturating_duration_since(*used) < age);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pool;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_value_that_was_not_used_for_longest_goes_first() {
        let start = Instant::now();
        let mut pool = Pool::new(3, 60 * MINUTE);
        for key in 0..100 {
            pool.put(key, key, start + MINUTE * key / 100);
            assert!(pool.get(&0, start + MINUTE * key / 100).is_some(), "used again and again");
            assert!(pool.entries.len() <= 3);
        }
        assert!(pool.get(&99, start + MINUTE).is_some() && pool.get(&1, start + MINUTE).is_none());
    }

    #[test]
    fn a_value_is_given_up_when_nobody_asked_for_it_for_long() {
        let start = Instant::now();
        let mut pool = Pool::new(9, MINUTE);
        pool.put("a", (), start);
        pool.put("b", (), start);
        assert!(pool.get(&"a", start + MINUTE / 2).is_some());
        assert!(pool.get(&"a", start + MINUTE).is_some(), "used since");
        assert_eq!(pool.entries.len(), 1, "b went");
        assert!(pool.get(&"a", start + 2 * MINUTE).is_none());
        for key in ["c", "d"] {
            pool.put(key, (), start + 2 * MINUTE);
        }
        pool.retain(|()| false);
        assert!(pool.entries.is_empty());
    }
}

//! Sizes of listings, as `X-Total-Count` told them.
//!
//! They lie on a board: see there. A line is found by a number that two addresses may have in common:
//! what is read here is for estimates alone. May import nothing of ours.

use std::sync::atomic::{AtomicU64, Ordering};

/// Sizes that are remembered at most; further ones take the place of the oldest.
const SIZES: usize = 8192;
/// Lines in which a size may be.
const BESIDE: usize = 8;

/// The sizes that are remembered.
#[derive(Debug)]
#[repr(C)]
pub struct Sizes([Line; SIZES]);

/// Whose size, and what it is. The first is kept mixed with the second, so that nobody takes halves of
/// two that are written at a time for one.
#[derive(Debug, Default)]
#[repr(C)]
struct Line {
    mixed: AtomicU64,
    fact: AtomicU64,
}

/// A size and when it was told, in one word.
#[derive(Debug, Clone, Copy)]
struct Fact(u64);

impl Fact {
    fn new(size: u64, seconds: u64) -> Self {
        let half = |number: u64| u64::from(u32::try_from(number).unwrap_or(u32::MAX));
        Self((half(seconds.max(1)) << 32) | half(size))
    }

    fn size(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }

    fn seconds(self) -> u64 {
        self.0 >> 32
    }
}

impl Default for Sizes {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Line::default()))
    }
}

impl Line {
    fn read(&self) -> (u64, Fact) {
        let fact = self.fact.load(Ordering::Relaxed);
        (self.mixed.load(Ordering::Relaxed) ^ fact, Fact(fact))
    }

    fn write(&self, number: u64, fact: Fact) {
        self.fact.store(fact.0, Ordering::Relaxed);
        self.mixed.store(number ^ fact.0, Ordering::Relaxed);
    }
}

impl Sizes {
    fn beside(&self, number: u64) -> &[Line] {
        let start = number as usize % (SIZES / BESIDE) * BESIDE;
        &self.0[start..start + BESIDE]
    }

    /// The size that was told last.
    pub fn find(&self, number: u64) -> Option<u64> {
        let read = self.beside(number).iter().map(Line::read);
        let mut found = read.filter(|(whose, fact)| *whose == number && fact.0 != 0);
        found.next().map(|(_, fact)| fact.size())
    }

    /// Remembers a size that was told at a time in seconds.
    pub fn learn(&self, number: u64, size: u64, seconds: u64) {
        let lines = self.beside(number);
        let same = lines.iter().find(|line| line.read().0 == number);
        let oldest = || lines.iter().min_by_key(|line| line.read().1.seconds());
        if let Some(line) = same.or_else(oldest) {
            line.write(number, Fact::new(size, seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BESIDE, SIZES, Sizes};

    #[test]
    fn the_last_word_counts() {
        let sizes = Sizes::default();
        assert_eq!(sizes.find(7), None);
        for (size, seconds) in [(3, 1), (0, 2), (15_000, 2)] {
            sizes.learn(7, size, seconds);
            assert_eq!((sizes.find(7), sizes.find(8)), (Some(size), None));
        }
        sizes.learn(7, u64::MAX, 3);
        assert_eq!(sizes.find(7), Some(u64::from(u32::MAX)));
    }

    #[test]
    fn where_there_is_no_room_the_oldest_goes() {
        let sizes = Sizes::default();
        let number = |nth: usize| (nth * (SIZES / BESIDE) + 5) as u64;
        for nth in 0..=BESIDE {
            sizes.learn(number(nth), 1, 10 + nth as u64);
        }
        let left = (0..=BESIDE).filter(|nth| sizes.find(number(*nth)).is_some());
        assert_eq!(left.collect::<Vec<_>>(), (1..=BESIDE).collect::<Vec<_>>());
    }
}

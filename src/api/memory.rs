//! How much of what servers sent is in memory at a time, counted and bounded.
//!
//! An allocation that fails would end the process, and all of PostgreSQL with it: a bound that is met
//! first is an error of one statement. May import `error`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::error::{Error, Kind, Result};

/// Bytes that answers may take up unless a setting says otherwise.
const LIMIT: usize = 256 * 1024 * 1024;

/// A count of bytes with a bound. Clones share it: one for all clients of a process.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: AtomicUsize,
    used: AtomicUsize,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(LIMIT)
    }
}

impl Memory {
    /// A count of nothing yet, of `limit` bytes at most.
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Account { limit: AtomicUsize::new(limit), used: AtomicUsize::new(0) }))
    }

    /// Sets another bound. What is held stays held.
    pub fn set_limit(&self, limit: usize) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// Bytes that are held now.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// A count within this one, of nothing yet.
    pub fn hold(&self) -> Hold {
        Hold { memory: self.clone(), bytes: 0 }
    }

    fn full(&self, more: usize) -> Error {
        let (used, limit) = (self.used(), self.0.limit.load(Ordering::Relaxed));
        Error::new(Kind::OutOfMemory, "Basecamp's answers take up too much memory")
            .detail(format!("{used} bytes are held, {more} more came, and {limit} are allowed."))
            .hint(
                "Read less at a time: fewer columns, a narrower condition, a lower option \
                 maxconcurrency. The setting basecamp_fdw.memory_limit is the bound.",
            )
    }
}

/// Bytes that are counted as long as this lives.
#[derive(Debug)]
pub struct Hold {
    memory: Memory,
    bytes: usize,
}

impl Hold {
    /// Counts some more.
    ///
    /// # Errors
    /// When the bound is met; what was held before still is.
    pub fn grow(&mut self, more: usize) -> Result<()> {
        let Account { limit, used } = &*self.memory.0;
        let limit = limit.load(Ordering::Relaxed);
        let fits = |used: usize| used.checked_add(more).filter(|sum| *sum <= limit);
        match used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => {
                self.bytes += more;
                Ok(())
            }
            Err(_) => Err(self.memory.full(more)),
        }
    }

    /// Takes over what another one of the same memory counts.
    pub fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// How many are counted.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.memory.0.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A body that is being read, counted while it grows and as long as any part of it lives.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    hold: Hold,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Body {
    /// An empty one.
    pub fn new(memory: &Memory) -> Self {
        Self { bytes: Vec::new(), hold: memory.hold() }
    }

    /// How many bytes came.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds what came.
    ///
    /// # Errors
    /// When the bound is met, or the machine has no more memory.
    pub fn extend(&mut self, chunk: &[u8]) -> Result<()> {
        self.hold.grow(chunk.len())?;
        if self.bytes.try_reserve(chunk.len()).is_err() {
            return Err(self.hold.memory.full(chunk.len()));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Makes room for bytes that are there already, to be pushed.
    ///
    /// # Errors
    /// As [`Self::extend`].
    pub fn reserve(&mut self, size: usize) -> Result<()> {
        self.hold.grow(size)?;
        let reserved = self.bytes.try_reserve_exact(size);
        reserved.map_err(|_| self.hold.memory.full(size))
    }

    /// Adds a word for which there is room.
    pub fn push(&mut self, word: [u8; 8]) {
        self.bytes.extend_from_slice(&word);
    }

    /// Leaves out what only fills the last word.
    pub fn truncate(&mut self, size: usize) {
        self.bytes.truncate(size);
    }

    /// The whole, without the byte order mark that some servers send.
    pub fn finish(mut self) -> Bytes {
        self.bytes.shrink_to_fit();
        let marked = self.bytes.starts_with(b"\xef\xbb\xbf");
        let whole = Bytes::from_owner(self);
        if marked { whole.slice(3..) } else { whole }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Hold, Memory};
    use crate::error::{Kind, Result};

    fn hold(memory: &Memory, bytes: usize) -> Result<Hold> {
        let mut hold = memory.hold();
        hold.grow(bytes)?;
        Ok(hold)
    }

    #[test]
    fn bytes_count_until_the_last_part_of_a_body_is_dropped() {
        let memory = Memory::new(10);
        let mut body = Body::new(&memory);
        body.extend(b"\xef\xbb\xbf12345").expect("room");
        let error = body.extend(b"678").expect_err("11 bytes");
        assert_eq!(error.kind(), Kind::OutOfMemory);
        let whole = body.finish();
        assert_eq!((&whole[..], memory.used()), (&b"12345"[..], 8));
        let part = whole.slice(4..);
        drop(whole);
        assert_eq!(memory.used(), 8);
        assert!(hold(&memory, 3).is_err());
        drop(part);
        assert_eq!(memory.used(), 0);
        let held = hold(&memory, 10).expect("room");
        memory.set_limit(5);
        let mut other = memory.hold();
        other.absorb(held);
        assert_eq!((other.bytes(), memory.used()), (10, 10));
        drop(other);
        assert!(hold(&memory, 6).is_err() && hold(&memory, 5).is_ok());
        assert!(hold(&memory, usize::MAX).is_err());
    }
}

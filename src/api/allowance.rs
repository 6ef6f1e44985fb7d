//! A bound on the requests of one reading. May import `error`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Kind, Result};

/// Requests that may be sent.
#[derive(Debug)]
pub struct Allowance {
    most: u64,
    /// Those that were wanted, also the ones that were too many.
    wanted: AtomicU64,
}

impl Allowance {
    /// So many, none of them sent.
    pub const fn new(most: u64) -> Self {
        Self { most, wanted: AtomicU64::new(0) }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When none is left.
    pub fn spend(&self) -> Result<()> {
        if self.wanted.fetch_add(1, Ordering::Relaxed) < self.most {
            return Ok(());
        }
        let message = format!("more than {} requests are needed", self.most);
        Err(Error::new(Kind::Configuration, message))
    }

    /// Those that were sent.
    pub fn spent(&self) -> u64 {
        self.wanted.load(Ordering::Relaxed).min(self.most)
    }

    /// Whether more were wanted.
    pub fn is_exceeded(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > self.most
    }
}

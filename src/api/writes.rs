//! How often something was written, as far as answers from before it must know.
//!
//! The counts lie on a board, where a write of one session is seen by all. They are found by hash and
//! never given to another server: who shares one with others asks once more than needed, and nobody
//! takes an answer from before a write for one from after it. May import nothing of ours.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use url::Url;

/// Counts for servers, and for roles.
const LINES: usize = 256;
/// Counts for addresses: who shares one with what was written has its body sent again.
const ADDRESSES: usize = 2048;

/// The counts.
#[derive(Debug)]
#[repr(C)]
pub struct Writes {
    servers: [AtomicU64; LINES],
    addresses: [AtomicU64; ADDRESSES],
    /// How often each role had its answers forgotten.
    clearings: [AtomicU64; LINES],
}

/// How many writes had been when a request was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// To anything on the server.
    pub(super) server: u64,
    /// To what the request asked for.
    pub(super) address: u64,
}

/// Where a write is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    server: usize,
    address: usize,
}

impl Target {
    /// An address of a server, which has a number.
    pub fn new(server: u64, url: &Url) -> Self {
        Self { server: line(server, LINES), address: line((server, url.as_str()), ADDRESSES) }
    }
}

impl Default for Writes {
    fn default() -> Self {
        let (servers, addresses) = (zeros(), zeros());
        Self { servers, addresses, clearings: zeros() }
    }
}

impl Writes {
    /// To be taken before a request is made.
    pub fn moment(&self, of: Target) -> Moment {
        let read = |counts: &[AtomicU64], line: usize| {
            counts.get(line).map(|count| count.load(Ordering::Acquire)).unwrap_or_default()
        };
        Moment {
            server: read(&self.servers, of.server),
            address: read(&self.addresses, of.address),
        }
    }

    /// A write is over, however it ended.
    pub fn count(&self, of: Target) {
        let counts = [self.servers.get(of.server), self.addresses.get(of.address)];
        for count in counts.into_iter().flatten() {
            count.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// How often a role had its answers forgotten.
    pub fn clearings(&self, role: u64) -> u64 {
        let count = self.clearings.get(line(role, LINES));
        count.map(|count| count.load(Ordering::Acquire)).unwrap_or_default()
    }

    /// A role has its answers forgotten.
    pub fn clear(&self, role: u64) {
        if let Some(count) = self.clearings.get(line(role, LINES)) {
            count.fetch_add(1, Ordering::AcqRel);
        }
    }
}

fn zeros<const COUNT: usize>() -> [AtomicU64; COUNT] {
    std::array::from_fn(|_| AtomicU64::new(0))
}

/// The same in every process.
fn line(of: impl Hash, lines: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish() as usize % lines
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Target, Writes};

    #[test]
    fn a_write_is_counted_for_its_address_and_its_server_and_for_no_other() {
        let writes = Writes::default();
        let url = |path: &str| Url::parse(&format!("https://a.example{path}")).expect("valid");
        let [written, beside, elsewhere] =
            [(1, "/1"), (1, "/2"), (2, "/1")].map(|(server, path)| Target::new(server, &url(path)));
        let before = [written, beside, elsewhere].map(|target| writes.moment(target));
        writes.count(written);
        let after = [written, beside, elsewhere].map(|target| writes.moment(target));
        assert!(after[0].server > before[0].server && after[0].address > before[0].address);
        assert!(after[1].server > before[1].server);
        assert_eq!(after[1].address, before[1].address);
        assert_eq!(after[2], before[2]);
    }
}

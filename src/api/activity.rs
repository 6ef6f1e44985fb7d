//! Scans that are running, as every session sees them.
//!
//! They lie on a board: see there. A line is written by the process that runs its scan alone. May
//! import nothing of ours.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Scans that are shown at a time; further ones are not.
const SCANS: usize = 128;
/// Bytes of a name, in words of 8.
const WORDS: usize = 8;

/// What a scan reads, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The process that runs it.
    pub process: u32,
    /// Its database.
    pub database: u32,
    /// Its role.
    pub role: u32,
    /// Microseconds of Unix time when it began.
    pub since: u64,
    /// The server's name; a long one is cut.
    pub server: String,
    /// The foreign table's name; a long one is cut.
    pub table: String,
    /// What is asked.
    pub step: String,
}

/// How far a scan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Answers that were read: pages and single records.
    pub pages: u64,
    /// Answers that there are expected to be.
    pub expected: u64,
    /// Rows that came.
    pub rows: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Milliseconds that requests have waited for the rate limit, summed.
    pub waited: u64,
}

/// The lines of running scans.
#[derive(Debug)]
#[repr(C)]
pub struct Activity([Line; SCANS]);

impl Default for Activity {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Line::default()))
    }
}

#[derive(Debug, Default)]
#[repr(C)]
struct Line {
    /// 0: nobody's.
    process: AtomicU32,
    database: AtomicU32,
    role: AtomicU32,
    /// 0 while it is being written.
    since: AtomicU64,
    server: Name,
    table: Name,
    step: Name,
    pages: AtomicU64,
    expected: AtomicU64,
    rows: AtomicU64,
    requests: AtomicU64,
    waited: AtomicU64,
}

#[derive(Debug, Default)]
#[repr(C)]
struct Name([AtomicU64; WORDS]);

impl Name {
    fn write(&self, name: &str) {
        let cut = &name[..name.floor_char_boundary(WORDS * size_of::<u64>())];
        let mut bytes = [0; WORDS * size_of::<u64>()];
        bytes[..cut.len()].copy_from_slice(cut.as_bytes());
        let (words, _) = bytes.as_chunks();
        for (place, word) in self.0.iter().zip(words) {
            place.store(u64::from_ne_bytes(*word), Ordering::Relaxed);
        }
    }

    fn read(&self) -> String {
        let bytes = self.0.iter().flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes());
        let bytes: Vec<u8> = bytes.take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Activity {
    /// Enters a scan; none where all lines are taken.
    pub fn enter(&self, scan: &Scan) -> Option<usize> {
        let place = self.0.iter().position(|line| {
            let (old, new) = (0, scan.process);
            line.process.compare_exchange(old, new, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })?;
        let line = &self.0[place];
        line.database.store(scan.database, Ordering::Relaxed);
        line.role.store(scan.role, Ordering::Relaxed);
        line.server.write(&scan.server);
        line.table.write(&scan.table);
        line.step.write(&scan.step);
        line.write(&Progress::default());
        line.since.store(scan.since, Ordering::Release);
        Some(place)
    }

    /// Says how far a scan has come.
    pub fn update(&self, place: usize, progress: &Progress) {
        self.0[place].write(progress);
    }

    /// A scan is over.
    pub fn leave(&self, place: usize) {
        self.0[place].leave();
    }

    /// All scans of a process are over.
    pub fn leave_all(&self, process: u32) {
        let lines = self.0.iter();
        lines.filter(|line| line.process.load(Ordering::Relaxed) == process).for_each(Line::leave);
    }

    /// The scans that are running.
    pub fn read(&self) -> Vec<(Scan, Progress)> {
        self.0.iter().filter_map(Line::read).collect()
    }
}

impl Line {
    fn leave(&self) {
        self.since.store(0, Ordering::Release);
        self.process.store(0, Ordering::Release);
    }

    fn write(&self, progress: &Progress) {
        let Progress { pages, expected, rows, requests, waited } = *progress;
        self.pages.store(pages, Ordering::Relaxed);
        self.expected.store(expected, Ordering::Relaxed);
        self.rows.store(rows, Ordering::Relaxed);
        self.requests.store(requests, Ordering::Relaxed);
        self.waited.store(waited, Ordering::Relaxed);
    }

    /// None where nobody has it, or it changed hands meanwhile.
    fn read(&self) -> Option<(Scan, Progress)> {
        let since = self.since.load(Ordering::Acquire);
        let number = |number: &AtomicU32| number.load(Ordering::Relaxed);
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let scan = Scan {
            process: number(&self.process),
            database: number(&self.database),
            role: number(&self.role),
            since,
            server: self.server.read(),
            table: self.table.read(),
            step: self.step.read(),
        };
        let progress = Progress {
            pages: count(&self.pages),
            expected: count(&self.expected),
            rows: count(&self.rows),
            requests: count(&self.requests),
            waited: count(&self.waited),
        };
        let same = since != 0 && self.since.load(Ordering::Acquire) == since;
        same.then_some((scan, progress))
    }
}

#[cfg(test)]
mod tests {
    use super::{Activity, Progress, SCANS, Scan};

    fn scan(process: u32) -> Scan {
        let text = str::to_owned;
        let (server, table, step) = (text("bc"), text("to-dos"), "ü".repeat(100));
        Scan { process, database: 1, role: 10, since: 7, server, table, step }
    }

    #[test]
    fn a_scan_is_seen_until_it_is_over_with_long_names_cut_between_characters() {
        let activity = Activity::default();
        let place = activity.enter(&scan(5)).expect("a line");
        let progress = Progress { pages: 3, expected: 10, rows: 80, requests: 4, waited: 20 };
        activity.update(place, &progress);
        let seen = Scan { step: "ü".repeat(32), ..scan(5) };
        assert_eq!(activity.read(), [(seen, progress)]);
        activity.leave(place);
        assert_eq!(activity.read(), []);
    }

    #[test]
    fn a_full_board_shows_no_more_and_a_process_takes_all_of_its_own_away() {
        let activity = Activity::default();
        for process in 1..=SCANS as u32 {
            assert!(activity.enter(&scan(process % 2 + 1)).is_some());
        }
        assert!(activity.enter(&scan(9)).is_none());
        activity.leave_all(1);
        let left = activity.read();
        assert_eq!(left.len(), SCANS / 2);
        assert!(left.iter().all(|(scan, _)| scan.process == 2));
    }
}

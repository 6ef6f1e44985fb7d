//! What all who ask share: what each server was asked, a budget for each credential, the scans that
//! are running, the sizes of listings, how often was written, and answers.
//!
//! It may lie in memory that several processes map, where it starts as zeros; whoever reads it sees
//! numbers of the same moment only one by one. Answers lie beside it: see `shelf`. May import
//! `activity`, `budget`, `meter`, `shelf`, `sizes` and `writes`.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::activity::Activity;
use super::budget::Budget;
use super::meter::{Meter, Reading};
use super::shelf::Shelf;
use super::sizes::Sizes;
use super::writes::{Target, Writes};

/// Servers that are counted apart; beyond that some are counted together.
const SERVERS: usize = 64;
/// Credentials with a budget of their own; beyond that some have one together, which is slower and
/// never too fast.
const CREDENTIALS: usize = 32;
/// Milliseconds after which a line that nobody used is given to another, if there is no free one.
const IDLE: u64 = 3_600_000;

/// What is shared.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Board {
    servers: Lines<Server, SERVERS>,
    credentials: Lines<Budget, CREDENTIALS>,
    /// The scans that are running.
    pub activity: Activity,
    pub(super) sizes: Sizes,
    pub(super) writes: Writes,
    /// How large the memory for answers is that goes with it; 0: nobody has made it.
    shelf: AtomicU64,
}

/// What is known of a server.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Server {
    /// Until when nothing is sent, because the server asked for a pause: of one, and obeyed by all.
    paused_until: AtomicU64,
    /// What it was asked since the start.
    pub(super) totals: Meter,
}

impl Server {
    pub(super) fn pause(&self, until: u64) {
        self.paused_until.fetch_max(until, Ordering::Relaxed);
    }

    fn clear(&self) {
        self.paused_until.store(0, Ordering::Relaxed);
        self.totals.clear();
    }

    pub(super) fn paused_until(&self) -> u64 {
        self.paused_until.load(Ordering::Relaxed)
    }
}

impl Board {
    /// The line of a server, by a number that is not 0.
    pub(super) fn server(&self, number: u64, now: u64) -> &Server {
        self.servers.find(number, now, Server::clear)
    }

    /// What each server was asked since the start, by its number.
    pub fn totals(&self) -> Vec<(u64, Reading)> {
        let lines = self.servers.0.iter();
        lines
            .map(|line| (line.number.load(Ordering::Relaxed), line.value.totals.read()))
            .filter(|(number, _)| *number != 0)
            .collect()
    }

    /// Has the answers that sessions keep together for a role not found any more.
    pub fn forget(&self, role: u64) {
        self.writes.clear(role);
    }

    /// How large the memory for answers is, for all who look for it: as large as it was made, whatever a
    /// setting says by now.
    pub fn shelf(&self) -> Option<usize> {
        let made = self.shelf.load(Ordering::Acquire);
        usize::try_from(made).ok().filter(|size| *size != 0)
    }

    /// Somebody has made it.
    pub fn set_shelf(&self, size: usize) {
        let size = size as u64;
        let _ = self.shelf.compare_exchange(0, size, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The budget of a credential, by a number that is not 0.
    pub(super) fn budget(&self, number: u64, now: u64) -> &Budget {
        self.credentials.find(number, now, |_| ())
    }
}

/// Lines by their number; 0: none has it.
#[derive(Debug)]
#[repr(C)]
struct Lines<T, const COUNT: usize>([Line<T>; COUNT]);

#[derive(Debug, Default)]
#[repr(C)]
struct Line<T> {
    number: AtomicU64,
    used: AtomicU64,
    value: T,
}

impl<T: Default, const COUNT: usize> Default for Lines<T, COUNT> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Line::default()))
    }
}

impl<T, const COUNT: usize> Lines<T, COUNT> {
    /// The line with a number; a free one gets it, or one that nobody used for long, cleared. Lines
    /// fill up in order and are never emptied, so that two who look for one find the same.
    fn find(&self, number: u64, now: u64, clear: impl Fn(&T)) -> &T {
        let mut idle = None;
        for line in &self.0 {
            let taken = line.number.load(Ordering::Acquire);
            if taken == number || (taken == 0 && line.rename(0, number)) {
                return line.use_now(now);
            }
            let used = line.used.load(Ordering::Relaxed);
            if used + IDLE < now && idle.is_none_or(|(_, before, _)| used < before) {
                idle = Some((line, used, taken));
            }
        }
        if let Some((line, _, taken)) = idle
            && line.rename(taken, number)
        {
            clear(&line.value);
            return line.use_now(now);
        }
        self.0[number as usize % COUNT].use_now(now)
    }
}

impl<T> Line<T> {
    /// Whether it has the new number now, whoever gave it.
    fn rename(&self, from: u64, to: u64) -> bool {
        let renamed = self.number.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
        renamed.is_ok() || renamed == Err(to)
    }

    fn use_now(&self, now: u64) -> &T {
        self.used.fetch_max(now, Ordering::Relaxed);
        &self.value
    }
}

/// A board that can be looked at, wherever it lies. Clones are of the same.
#[derive(Clone)]
pub struct Common(Arc<Inner>);

struct Inner {
    home: RwLock<Option<Home>>,
    /// The writes of this process that are under way.
    writing: Mutex<Vec<Target>>,
}

/// Where a board lies.
enum Home {
    Own(Box<Board>),
    Mapped(&'static Board, Option<Shelf<'static>>),
}

impl Home {
    fn board(&self) -> &Board {
        match self {
            Self::Own(board) => board,
            Self::Mapped(board, _) => board,
        }
    }
}

impl fmt::Debug for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Common")
    }
}

impl Common {
    /// One of this process alone.
    pub fn own() -> Self {
        Self::at(Home::Own(Box::default()))
    }

    /// One in memory that other processes map too, perhaps with answers.
    pub fn mapped(board: &'static Board, shelf: Option<Shelf<'static>>) -> Self {
        Self::at(Home::Mapped(board, shelf))
    }

    fn at(home: Home) -> Self {
        Self(Arc::new(Inner { home: RwLock::new(Some(home)), writing: Mutex::default() }))
    }

    /// Whether other processes may use it too.
    pub fn is_mapped(&self) -> bool {
        let home = self.0.home.read().unwrap_or_else(PoisonError::into_inner);
        matches!(*home, Some(Home::Mapped(..)))
    }

    /// Looks at it; none once it is closed. Nobody waits in there.
    pub fn with<T>(&self, look: impl FnOnce(&Board) -> T) -> Option<T> {
        let home = self.0.home.read().unwrap_or_else(PoisonError::into_inner);
        home.as_ref().map(|home| look(home.board()))
    }

    /// Looks for answers, where there may be any.
    pub fn with_shelf<T>(&self, look: impl FnOnce(&Board, &Shelf<'_>) -> Option<T>) -> Option<T> {
        match &*self.0.home.read().unwrap_or_else(PoisonError::into_inner) {
            Some(Home::Mapped(board, Some(shelf))) => look(board, shelf),
            _ => None,
        }
    }

    /// A write is sent, which counts when this is dropped: also when the request is given up half way.
    pub fn writing(&self, target: Target) -> Writing {
        self.targets().push(target);
        Writing { common: self.clone(), target }
    }

    fn targets(&self) -> MutexGuard<'_, Vec<Target>> {
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody looks at it any more when this returns: its memory is about to be taken away. Writes that
    /// are under way count as over, because nobody will say how they ended.
    pub fn close(&self) {
        let mut home = self.0.home.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(home) = home.take() {
            let under_way = std::mem::take(&mut *self.targets());
            under_way.into_iter().for_each(|target| home.board().writes.count(target));
        }
    }
}

/// A write that is under way.
#[derive(Debug)]
pub struct Writing {
    common: Common,
    target: Target,
}

impl Drop for Writing {
    fn drop(&mut self) {
        // First, so that who closes the board meanwhile counts it if this does not.
        self.common.with(|board| board.writes.count(self.target));
        let mut targets = self.common.targets();
        if let Some(place) = targets.iter().position(|target| *target == self.target) {
            targets.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Board, Common, IDLE, SERVERS};
    use crate::api::writes::Target;

    #[test]
    fn a_write_that_is_under_way_when_the_process_ends_counts() {
        let board: &'static Board = Box::leak(Box::default());
        let url = Url::parse("https://a.example/1").expect("valid");
        let target = Target::new(1, &url);
        let before = board.writes.moment(target);
        let common = Common::mapped(board, None);
        drop(common.writing(target));
        let after = board.writes.moment(target);
        assert_ne!(after, before);
        let under_way = common.writing(target);
        common.close();
        assert_ne!(board.writes.moment(target), after);
        drop(under_way);
        assert!(common.with(|_| ()).is_none());
    }

    #[test]
    fn a_number_finds_its_line_again_and_no_other() {
        let board = Board::default();
        let place = |number| std::ptr::from_ref(board.budget(number, 1)) as usize;
        assert_eq!(place(7), place(7));
        assert_ne!(place(7), place(8));
    }

    #[test]
    fn where_there_is_no_free_line_one_that_was_idle_is_cleared_and_given_away() {
        let board = Board::default();
        let first = board.server(1, 1);
        first.totals.request(false);
        for number in 2..=SERVERS as u64 {
            board.server(number, IDLE);
        }
        board.server(1_000, IDLE);
        assert_eq!(first.totals.read().requests, 1, "none was idle");
        let taken = board.server(2_000, IDLE + 10);
        assert!(std::ptr::eq(taken, first));
        assert_eq!(taken.totals.read().requests, 0);
    }
}

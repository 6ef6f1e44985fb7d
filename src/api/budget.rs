//! How many requests may be sent: at most so many in any window of time, by everybody together.
//!
//! The server counts arrivals by its own clock. A place is therefore freed one window after the
//! *answer* came: by then the request had certainly arrived, so no window of the server's sees more
//! than allowed, whatever the network did to single requests.
//!
//! A budget may lie in memory that several processes map, and starts as zeros. There is no lock in it
//! that a killed process could leave held: a place is taken by one exchange, and what was taken falls
//! free by itself.
//!
//! Who has had less than a fair share of the window is let through at once; who has had more keeps to
//! a pace at which the free places last until others are freed, so that somebody who comes with a
//! single request finds one, or waits for the next alone. May import nothing of ours but `narrowing`.

mod narrowing;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use narrowing::Narrowing;

/// Requests that are counted in one window at most: a rate of more is kept to in shorter ones.
pub const PLACES: usize = 512;
/// The part of a window that is left to whoever comes next, as a divisor.
const LEFT: usize = 5;
/// How many milliseconds longer than needed a freed place is kept for those who wait for it.
const HELD: u64 = 20;

/// The places of one window, of those who share a rate.
#[derive(Debug)]
#[repr(C)]
pub struct Budget {
    places: [AtomicU64; PLACES],
    /// When the last request was let through.
    last: AtomicU64,
    /// Until when what falls free is for those below their share.
    held: AtomicU64,
    narrowing: Narrowing,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            places: [const { AtomicU64::new(0) }; PLACES],
            last: AtomicU64::new(0),
            held: AtomicU64::new(0),
            narrowing: Narrowing::default(),
        }
    }
}

/// Somebody who wants to send a request. Times are in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The clock that all who share the budget read.
    pub now: u64,
    /// Whose it is: a process, of which numbers have 22 bits.
    pub owner: u32,
    /// Whether there may be others, to whom something is left.
    pub fair: bool,
    /// Requests in a window; [`PLACES`] at most.
    pub requests: usize,
    /// The length of a window.
    pub window: u64,
    /// When it is over at the latest, whatever becomes of its owner.
    pub most: u64,
}

/// What becomes of a claim.
#[derive(Debug)]
pub enum Turn {
    /// It may be sent.
    Now(Place),
    /// It is to ask again then.
    At(u64),
}

/// A place that was taken.
#[derive(Debug)]
pub struct Place {
    index: usize,
    mark: u64,
}

/// What is written of a place: until when it is taken, whether its request is under way, by whom.
#[derive(Debug, Clone, Copy)]
struct Mark(u64);

impl Mark {
    const OWNER: u32 = 22;

    fn new(until: u64, under_way: bool, owner: u32) -> Self {
        let owner = u64::from(owner) & ((1 << Self::OWNER) - 1);
        Self((until << (Self::OWNER + 1)) | (u64::from(under_way) << Self::OWNER) | owner)
    }

    fn until(self) -> u64 {
        self.0 >> (Self::OWNER + 1)
    }

    fn is_under_way(self) -> bool {
        self.0 & (1 << Self::OWNER) != 0
    }

    fn owner(self) -> u64 {
        self.0 & ((1 << Self::OWNER) - 1)
    }
}

/// A window as it is now.
struct Window {
    free: usize,
    /// When the others fall free at the earliest, in order.
    freed: Vec<u64>,
    /// How many of them are the claimant's.
    own: usize,
    /// How many have some, with the claimant.
    owners: usize,
}

impl Window {
    fn read(places: &[AtomicU64], claim: &Claim) -> Self {
        let own = Mark::new(0, false, claim.owner).owner();
        let mut owners = HashSet::from([own]);
        let mut window = Self { free: 0, freed: Vec::new(), own: 0, owners: 1 };
        for place in places {
            let mark = Mark(place.load(Ordering::Relaxed));
            if mark.until() <= claim.now {
                window.free += 1;
                continue;
            }
            let answered = claim.now + claim.window;
            let earliest = if mark.is_under_way() { answered } else { mark.until() };
            window.freed.push(earliest.min(mark.until()));
            window.own += usize::from(mark.owner() == own);
            owners.insert(mark.owner());
        }
        window.freed.sort_unstable();
        window.owners = owners.len();
        window
    }

    /// Whether the claimant has had its share of what is not left to whoever comes next.
    fn is_used_up(&self, requests: usize) -> bool {
        self.own * self.owners >= requests - requests / LEFT
    }

    /// How much more than an equal part the claimant has: of those who keep to a pace, who has less
    /// goes first.
    fn excess(&self, requests: usize) -> u64 {
        self.own.saturating_sub(requests / self.owners) as u64
    }

    /// Milliseconds from one request to the next at which the free places last: at no later moment
    /// have more been taken than were free until then.
    fn pace(&self, now: u64) -> u64 {
        let due = self.freed.iter().zip(1_u64..);
        due.map(|(freed, nth)| (freed - now) / (self.free as u64 + nth)).max().unwrap_or(0)
    }
}

impl Budget {
    /// How many requests could be sent now, one right after the other.
    pub fn left(&self, claim: &Claim) -> usize {
        Window::read(self.places(claim), claim).free
    }

    /// The places that may be taken.
    fn places(&self, claim: &Claim) -> &[AtomicU64] {
        let allowed = self.narrowing.allowed(claim.requests.min(PLACES), claim);
        &self.places[..allowed]
    }

    /// The server refused a request although a place was free for it: others send with the same
    /// credential, or the rate is lower than was said. Less is sent for a while.
    pub fn refused(&self, claim: &Claim) {
        self.narrowing.refused(claim.requests.min(PLACES), claim);
    }

    /// Takes a place, or says when to ask again.
    pub fn claim(&self, claim: &Claim) -> Turn {
        let places = self.places(claim);
        let window = Window::read(places, claim);
        let patient = claim.fair && window.is_used_up(places.len());
        let soon = claim.now + 1;
        let next = window.freed.first().copied().unwrap_or(soon).max(soon);
        if window.free == 0 {
            if !patient {
                self.held.fetch_max(next + HELD, Ordering::Relaxed);
            }
            return Turn::At(next);
        }
        let last = self.last.load(Ordering::Relaxed);
        if patient {
            let due = last + window.pace(claim.now) + window.excess(places.len());
            let due = due.max(self.held.load(Ordering::Relaxed));
            if due > claim.now {
                return Turn::At(due.min(next));
            }
            // Of those who keep to the pace, one is next.
            let turn =
                self.last.compare_exchange(last, claim.now, Ordering::Relaxed, Ordering::Relaxed);
            if turn.is_err() {
                return Turn::At(soon);
            }
        } else {
            self.last.fetch_max(claim.now, Ordering::Relaxed);
            self.held.store(0, Ordering::Relaxed);
        }
        take(places, claim).map_or(Turn::At(soon), Turn::Now)
    }

    /// Says that the answer came, or that none will: the place falls free one window later.
    pub fn answered(&self, place: &Place, claim: &Claim) {
        // One more, because clocks were rounded down.
        let freed = Mark::new(claim.now + claim.window + 1, false, claim.owner);
        // Another has it if this took longer than anything should.
        let _ = self.places[place.index].compare_exchange(
            place.mark,
            freed.0,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }
}

/// Takes the first place that is free, if none was faster.
fn take(places: &[AtomicU64], claim: &Claim) -> Option<Place> {
    let taken = Mark::new(claim.now + claim.most, true, claim.owner);
    let mut numbered = places.iter().enumerate();
    numbered.find_map(|(index, place)| {
        let seen = place.load(Ordering::Relaxed);
        let free = Mark(seen).until() <= claim.now;
        let exchange =
            || place.compare_exchange(seen, taken.0, Ordering::Relaxed, Ordering::Relaxed);
        (free && exchange().is_ok()).then_some(Place { index, mark: taken.0 })
    })
}

#[cfg(test)]
mod tests {
    use super::{Budget, Claim, PLACES, Turn};

    const WINDOW: u64 = 10_000;
    const LATENCY: u64 = 60;

    fn claim(now: u64, owner: u32) -> Claim {
        Claim { now, owner, fair: true, requests: 50, window: WINDOW, most: 3 * WINDOW }
    }

    /// Somebody who sends requests, one after the other or several at a time.
    struct Sender {
        owner: u32,
        /// Requests at a time.
        width: usize,
        /// Milliseconds from one statement to the next, of one request each; none: it goes on and on.
        every: Option<u64>,
        /// When each of those that wait began to.
        waiting: Vec<u64>,
        ask_at: u64,
        under_way: Vec<(u64, super::Place)>,
        sent: Vec<u64>,
        waits: Vec<u64>,
    }

    impl Sender {
        fn new(owner: u32, width: usize, every: Option<u64>) -> Self {
            let (waiting, under_way) = (Vec::new(), Vec::new());
            let (sent, waits) = (Vec::new(), Vec::new());
            Self { owner, width, every, waiting, ask_at: 0, under_way, sent, waits }
        }

        fn step(&mut self, budget: &Budget, now: u64) {
            let over = self.under_way.extract_if(.., |(until, _)| *until <= now);
            over.for_each(|(_, place)| budget.answered(&place, &claim(now, self.owner)));
            match self.every {
                Some(every) if now.is_multiple_of(every) => self.waiting.push(now),
                Some(_) => {}
                None => {
                    let idle = self.width - self.under_way.len();
                    self.waiting.resize(idle, now);
                }
            }
            while now >= self.ask_at && !self.waiting.is_empty() {
                match budget.claim(&claim(now, self.owner)) {
                    Turn::Now(place) => {
                        self.waits.push(now - self.waiting.remove(0));
                        self.sent.push(now);
                        self.under_way.push((now + LATENCY, place));
                    }
                    Turn::At(when) => self.ask_at = when,
                }
            }
            self.ask_at = if self.waiting.is_empty() { now } else { self.ask_at };
        }
    }

    /// Lets senders send for so many milliseconds; gives the budget's use as a share of the permitted.
    fn run(senders: &mut [Sender], until: u64) -> f64 {
        let budget = Budget::default();
        for now in 1..until {
            senders.iter_mut().for_each(|sender| sender.step(&budget, now));
        }
        let mut sent: Vec<u64> =
            senders.iter().flat_map(|sender| sender.sent.iter().copied()).collect();
        sent.sort_unstable();
        for window in sent.windows(51) {
            assert!(window[50] - window[0] > WINDOW, "{window:?}");
        }
        sent.len() as f64 / (50.0 * until as f64 / WINDOW as f64)
    }

    #[test]
    fn two_scans_use_the_whole_rate_and_a_short_query_beside_them_does_not_wait() {
        let mut senders =
            [Sender::new(1, 8, None), Sender::new(2, 8, None), Sender::new(3, 1, Some(1_000))];
        let used = run(&mut senders, 60_000);
        assert!(used >= 0.97, "{used}");
        let [first, second, short] = &mut senders;
        short.waits.sort_unstable();
        let p95 = short.waits[short.waits.len() * 95 / 100];
        assert!(short.waits.len() >= 59 && p95 < 500, "{:?}", short.waits);
        let (one, other) = (first.sent.len() as f64, second.sent.len() as f64);
        assert!(one / other < 1.5 && other / one < 1.5, "{one} beside {other}");
    }

    #[test]
    fn who_comes_while_a_scan_has_used_the_window_up_finds_a_place() {
        for after in [500, 3_000, 9_000, 15_000] {
            let mut senders = [Sender::new(1, 8, None), Sender::new(2, 1, Some(after))];
            run(&mut senders, after + 1_000);
            assert!(senders[1].waits.iter().all(|wait| *wait < 500), "{:?}", senders[1].waits);
        }
    }

    #[test]
    fn a_scan_alone_is_not_slowed_down_before_most_of_the_window_is_used() {
        let mut senders = [Sender::new(1, 8, None)];
        run(&mut senders, 1_000);
        assert!(senders[0].sent.len() >= 40, "{}", senders[0].sent.len());
        let used = run(&mut [Sender::new(1, 8, None)], 60_000);
        assert!(used >= 0.97, "{used}");
    }

    /// The refusals of a server that counts somebody else's requests, 20 in a window, in the same rate;
    /// and the requests that it let through. `heeds`: whether refusals are told to the budget.
    fn beside_another(heeds: bool) -> (usize, usize) {
        let (budget, mut sender) = (Budget::default(), Sender::new(1, 8, None));
        let (mut seen, mut counted, mut refusals): (_, Vec<u64>, _) = (0, Vec::new(), 0);
        let mut now = 1_u64;
        while now < 300_000 {
            if now.is_multiple_of(WINDOW / 20) {
                counted.push(now);
            }
            sender.step(&budget, now);
            for sent in sender.sent.split_off(seen) {
                counted.retain(|before| before + WINDOW > sent);
                if counted.len() < 50 {
                    counted.push(sent);
                    seen += 1;
                    sender.sent.push(sent);
                    continue;
                }
                refusals += 1;
                // As after Retry-After: nothing is sent for a window.
                sender.ask_at = now + WINDOW;
                if heeds {
                    budget.refused(&claim(now, 1));
                }
            }
            now += 1;
        }
        (refusals, seen)
    }

    #[test]
    fn refusals_make_it_send_less_until_there_are_few() {
        let ((many, _), (few, through)) = (beside_another(false), beside_another(true));
        assert!(few * 4 < many, "{few} instead of {many}");
        // 30 in each of 30 windows are what the other leaves.
        assert!(through > 30 * 30 * 6 / 10, "{through}");
    }

    #[test]
    fn what_a_killed_process_had_taken_falls_free_by_itself() {
        let budget = Budget::default();
        let alone = |now| Claim { fair: false, ..claim(now, 7) };
        for _ in 0..50 {
            assert!(matches!(budget.claim(&alone(1)), Turn::Now(_)));
        }
        assert!(matches!(budget.claim(&alone(2)), Turn::At(_)));
        assert!(matches!(budget.claim(&alone(2 + 3 * WINDOW)), Turn::Now(_)));
    }

    #[test]
    fn no_more_places_are_taken_than_there_are() {
        let budget = Budget::default();
        let many = Claim { fair: false, requests: usize::MAX, ..claim(1, 7) };
        for _ in 0..PLACES {
            assert!(matches!(budget.claim(&many), Turn::Now(_)));
        }
        assert!(matches!(budget.claim(&many), Turn::At(_)));
    }
}

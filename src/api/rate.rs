//! Keeps requests to a rate, and counts them, on a board that others may share.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::board::{Common, Server, Writing};
use super::budget::{Claim, PLACES, Place, Turn};
use super::mark::{Mark, Reader};
use super::meter::Meter;
use super::queue::{Queue, Waiting};
use super::shelf::Stamp;
use super::writes::{Moment, Target};
use crate::error::{Error, Kind, Result};

/// A rate: requests per time. `50/10s` is what Basecamp 3 allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests in one window; 0: no limit.
    pub requests: usize,
    /// The length of the window.
    pub per: Duration,
}

impl Rate {
    /// Parses `50/10s`; `0` switches the limit off.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = || {
            Error::new(Kind::OptionValue, format!("invalid rate \"{text}\""))
                .hint("Use requests per seconds, such as 50/10s, or 0 for no limit.")
        };
        if text == "0" {
            return Ok(Self { requests: 0, per: Duration::ZERO });
        }
        let (requests, per) = text.split_once('/').ok_or_else(refuse)?;
        let seconds = per.strip_suffix('s').ok_or_else(refuse)?;
        let requests = requests.parse().ok().filter(|count| (1..=1_000_000).contains(count));
        let seconds = seconds.parse().ok().filter(|count| (1..=86_400).contains(count));
        match (requests, seconds) {
            (Some(requests), Some(seconds)) => {
                Ok(Self { requests, per: Duration::from_secs(seconds) })
            }
            _ => Err(refuse()),
        }
    }

    /// The places of a window and its milliseconds: what a budget counts. More than it has places for
    /// are kept to in shorter windows, which is never more in a long one.
    fn places(self) -> (usize, u64) {
        let millis = u64::try_from(self.per.as_millis()).unwrap_or(u64::MAX);
        match self.requests.div_ceil(PLACES) {
            0 | 1 => (self.requests, millis),
            parts => (self.requests / parts, millis.div_ceil(parts as u64)),
        }
    }
}

/// A clock that all processes of a machine read.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    then: Instant,
    millis: u64,
    /// How much earlier it may have shown that already.
    slack: Duration,
}

impl Clock {
    /// One that goes on from the milliseconds that are read now.
    pub fn reading(millis: impl FnOnce() -> u64) -> Self {
        let before = Instant::now();
        let millis = millis();
        let then = Instant::now();
        Self { then, millis, slack: then - before + Duration::from_millis(1) }
    }

    fn now(self) -> u64 {
        self.millis + u64::try_from(self.then.elapsed().as_millis()).unwrap_or_default()
    }

    /// When another process read so many milliseconds from its clock, or a little before: what came then
    /// must not pass for something that came later.
    pub(super) fn instant(self, millis: u64) -> Option<Instant> {
        let then = match millis.checked_sub(self.millis) {
            Some(since) => self.then.checked_add(Duration::from_millis(since)),
            None => self.then.checked_sub(Duration::from_millis(self.millis - millis)),
        };
        then?.checked_sub(self.slack)
    }
}

/// Where a client's requests are counted: on a board, under the numbers of its server and credential.
#[derive(Debug, Clone)]
pub struct Turnstile {
    /// The board.
    pub common: Common,
    /// The server's number on it: not 0.
    pub server: u64,
    /// The credential's number on it: not 0.
    pub credential: u64,
    /// Whom answers are for that sessions share; none: it takes none and gives none.
    pub reader: Option<Reader>,
    /// The number of this process.
    pub owner: u32,
    /// What its times are read from.
    pub clock: Clock,
    /// What the requests of this process wait for.
    pub queue: Arc<Queue>,
}

/// The right to send one request; its place is freed one window after it is dropped.
#[derive(Debug)]
pub struct Slot<'a> {
    turnstile: &'a Turnstile,
    rate: Rate,
    place: Option<Place>,
    _sent: Waiting<'a>,
}

impl Turnstile {
    /// One of this client alone.
    pub fn own() -> Self {
        let (common, clock) = (Common::own(), Clock::reading(|| 1));
        let queue = Arc::new(Queue::new(|| ()));
        Self { common, server: 1, credential: 1, reader: None, owner: 1, clock, queue }
    }

    /// Waits until one more request fits, which is over after `most`. Returns how long that took.
    pub async fn slot(&self, rate: Rate, most: Duration) -> (Slot<'_>, Duration) {
        let start = Instant::now();
        let mut held = None;
        loop {
            let claim = self.claim(rate, most);
            match self.look(&claim) {
                Ok(place) => {
                    let slot = Slot { turnstile: self, rate, place, _sent: self.queue.send() };
                    return (slot, start.elapsed());
                }
                Err(when) => {
                    held.get_or_insert_with(|| self.queue.hold());
                    tokio::time::sleep(Duration::from_millis(when - claim.now)).await;
                }
            }
        }
    }

    /// Sends nothing for a while, whoever asks this server: it answered 429 or 503 with Retry-After.
    pub fn pause(&self, time: Duration) {
        // One more, because the clock was rounded down.
        let until = self.clock.now().saturating_add(millis(time)).saturating_add(1);
        self.with_server(|server| server.pause(until));
    }

    /// The server answered 429: sends less for a while, with this credential.
    pub fn refused(&self, rate: Rate) {
        let claim = self.claim(rate, Duration::ZERO);
        if claim.requests > 0 {
            self.common.with(|board| board.budget(self.credential, claim.now).refused(&claim));
        }
    }

    /// How many requests could be sent now, whoever sends them; none where nobody looks any more.
    pub fn left(&self, rate: Rate) -> Option<usize> {
        let claim = self.claim(rate, Duration::ZERO);
        self.common.with(|board| {
            let paused = board.server(self.server, claim.now).paused_until() > claim.now;
            if paused { 0 } else { board.budget(self.credential, claim.now).left(&claim) }
        })
    }

    /// Counts something in the totals of the server.
    pub fn count(&self, count: impl FnOnce(&Meter)) {
        self.with_server(|server| count(&server.totals));
    }

    /// Remembers the size of a listing of this server and credential.
    pub fn learn(&self, address: &str, size: u64) {
        let (number, seconds) = (self.number(address), self.clock.now() / 1000);
        self.common.with(|board| board.sizes.learn(number, size, seconds));
    }

    /// The size that a listing had when anybody last read it with this credential.
    pub fn size(&self, address: &str) -> Option<u64> {
        self.common.with(|board| board.sizes.find(self.number(address))).flatten()
    }

    /// The writes that have been, as far as a request for an address must know; none where nobody looks
    /// any more.
    pub fn moment(&self, url: &Url) -> Option<Moment> {
        let target = Target::new(self.server, url);
        self.common.with(|board| board.writes.moment(target))
    }

    /// The same with the time: to be taken before a request is made.
    pub(super) fn stamp(&self, url: &Url) -> Option<Stamp> {
        let at = self.clock.now();
        Some(Stamp { at, moment: self.moment(url)? })
    }

    /// A write to an address is sent, and over when this is dropped.
    pub(super) fn writing(&self, url: &Url) -> Writing {
        self.common.writing(Target::new(self.server, url))
    }

    /// The key, for all sessions, of the answer to whoever sends a header; `beside` tells apart what it
    /// cannot.
    pub(super) fn mark(&self, header: &str, beside: u64, url: &Url) -> Option<Mark> {
        let reader = self.reader.as_ref()?;
        self.common.with_shelf(|board, shelf| {
            let clearings = board.writes.clearings(reader.role);
            let numbers = [reader.role, self.server, self.credential, clearings, beside];
            let numbers = numbers.map(u64::to_le_bytes).concat();
            let address = url.as_str().as_bytes();
            shelf.mark(&[&numbers, &reader.connection, header.as_bytes(), address])
        })
    }

    /// Has the answers of its reader, in whatever session, not found any more.
    pub fn forget(&self) {
        if let Some(reader) = &self.reader {
            self.common.with(|board| board.forget(reader.role));
        }
    }

    /// The same in every process.
    fn number(&self, address: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.server, self.credential, address).hash(&mut hasher);
        hasher.finish()
    }

    fn with_server(&self, use_it: impl FnOnce(&Server)) {
        self.common.with(|board| use_it(board.server(self.server, self.clock.now())));
    }

    fn claim(&self, rate: Rate, most: Duration) -> Claim {
        let (requests, window) = rate.places();
        let (now, owner, fair) = (self.clock.now(), self.owner, self.common.is_mapped());
        Claim { now, owner, fair, requests, window, most: millis(most) + window }
    }

    /// Takes a place, where places are counted, or says when to look again.
    fn look(&self, claim: &Claim) -> std::result::Result<Option<Place>, u64> {
        let looked = self.common.with(|board| {
            let paused_until = board.server(self.server, claim.now).paused_until();
            if paused_until > claim.now {
                return Err(paused_until);
            }
            if claim.requests == 0 {
                return Ok(None);
            }
            match board.budget(self.credential, claim.now).claim(claim) {
                Turn::Now(place) => Ok(Some(place)),
                Turn::At(when) => Err(when),
            }
        });
        // A process that ends sends nothing more.
        looked.unwrap_or(Err(u64::MAX))
    }

    fn free(&self, place: &Place, rate: Rate) {
        let claim = self.claim(rate, Duration::ZERO);
        self.common.with(|board| board.budget(self.credential, claim.now).answered(place, &claim));
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            self.turnstile.free(place, self.rate);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use url::Url;

    use super::{Clock, Common, PLACES, Rate, Reader, Turnstile};
    use crate::api::{Board, Shelf};

    const MOST: Duration = Duration::from_secs(60);

    #[test]
    fn a_rate_of_many_is_kept_to_in_shorter_windows() {
        for text in ["50/10s", "512/1s", "513/1s", "1000/10s", "1000000/1s", "1000000/86400s"] {
            let rate = Rate::parse(text).expect("valid");
            let (requests, window) = rate.places();
            assert!((1..=PLACES).contains(&requests), "{text}: {requests}");
            let windows = rate.per.as_millis() as f64 / window as f64;
            let sent = requests as f64 * windows / rate.requests as f64;
            assert!(sent <= 1.0 && sent > 0.5, "{text}: {sent}");
        }
    }

    #[test]
    fn rates_are_parsed_and_nonsense_is_refused() {
        let rate = Rate::parse("50/10s").expect("valid");
        assert_eq!(rate, Rate { requests: 50, per: Duration::from_secs(10) });
        assert_eq!(Rate::parse("0").expect("valid").requests, 0);
        for nonsense in ["", "50", "50/10", "0/10s", "-1/10s", "50/0s", "a/bs", "50/10m"] {
            assert!(Rate::parse(nonsense).is_err(), "{nonsense}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rule_50_no_window_sees_more_than_allowed() {
        let (turnstile, rate) =
            (Turnstile::own(), Rate { requests: 5, per: Duration::from_secs(10) });
        let mut sent = Vec::new();
        for _ in 0..17 {
            let (slot, _) = turnstile.slot(rate, MOST).await;
            sent.push(Instant::now());
            advance(Duration::from_millis(40)).await;
            drop(slot);
        }
        for window in sent.windows(6) {
            assert!(window[5] - window[0] > Duration::from_secs(10), "{window:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_without_an_answer_hold_their_slots() {
        let (turnstile, rate) =
            (Turnstile::own(), Rate { requests: 1, per: Duration::from_secs(1) });
        let (slot, _) = turnstile.slot(rate, MOST).await;
        let other = turnstile.clone();
        let second = tokio::spawn(async move {
            let (slot, waited) = other.slot(rate, MOST).await;
            drop(slot);
            waited
        });
        // Lets the other task come to its wait before time passes.
        tokio::task::yield_now().await;
        advance(Duration::from_secs(5)).await;
        drop(slot);
        assert!(second.await.expect("no panic") >= Duration::from_secs(6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_stops_everybody() {
        let (turnstile, rate) = (Turnstile::own(), Rate { requests: 0, per: Duration::ZERO });
        turnstile.pause(Duration::from_secs(7));
        let (_slot, waited) = turnstile.slot(rate, MOST).await;
        assert!(waited >= Duration::from_secs(7));
    }

    #[test]
    fn neither_roles_nor_connections_nor_tokens_nor_addresses_share_an_answer() {
        let words: Vec<AtomicU64> = (0..4096).map(|_| AtomicU64::new(0)).collect();
        let (board, words): (&'static Board, _) = (Box::leak(Box::default()), words.leak());
        let common = Common::mapped(board, Shelf::new(words));
        let url = Url::parse("https://a.example/1/x.json").expect("valid");
        let turnstile = |role, connection: &[u8]| {
            let reader = Some(Reader::new(role, connection));
            Turnstile { common: common.clone(), reader, ..Turnstile::own() }
        };
        let one = turnstile(5, b"c");
        let mark = one.mark("Bearer a", 0, &url);
        assert!(mark.is_some());
        assert_eq!(turnstile(5, b"c").mark("Bearer a", 0, &url), mark, "another session");
        let page = Url::parse("https://a.example/1/x.json?page=2").expect("valid");
        for other in [
            turnstile(6, b"c").mark("Bearer a", 0, &url),
            turnstile(5, b"d").mark("Bearer a", 0, &url),
            Turnstile { server: 2, ..one.clone() }.mark("Bearer a", 0, &url),
            Turnstile { credential: 2, ..one.clone() }.mark("Bearer a", 0, &url),
            one.mark("Bearer b", 0, &url),
            one.mark("Bearer a", 1, &url),
            one.mark("Bearer a", 0, &page),
        ] {
            assert!(other.is_some() && other != mark);
        }
        let other = turnstile(6, b"c").mark("Bearer a", 0, &url);
        one.forget();
        assert_ne!(one.mark("Bearer a", 0, &url), mark);
        assert_eq!(turnstile(6, b"c").mark("Bearer a", 0, &url), other);
        assert_eq!(Turnstile { reader: None, ..one }.mark("Bearer a", 0, &url), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_clock_showed_is_put_no_later_than_it_was() {
        let clock = Clock::reading(|| 5_000);
        let now = Instant::now();
        assert_eq!(clock.now(), 5_000);
        for (millis, expected) in [(5_000, now), (4_000, now - Duration::from_secs(1))] {
            let instant = clock.instant(millis).expect("in range");
            assert!(instant < expected && expected - instant <= Duration::from_millis(2));
        }
        assert!(clock.instant(6_000).expect("in range") > now);
    }
}

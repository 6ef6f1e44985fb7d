//! Answers that all sessions keep together, in memory that all of them map.
//!
//! No lock is taken: the memory is words that change one by one, so that worker threads may use it and
//! a process that is killed leaves nothing behind that another waits for. Answers lie in a ring. Who
//! stores one reserves its place by moving the head, which only grows, writes it, and enters it in an
//! index last; the oldest goes first, because it is written over. Who reads copies an answer out and
//! believes the copy only if the head has not come round to it meanwhile, and its digest is that of the
//! key and of every byte. Whatever is half written, written over or otherwise broken is an answer that
//! nobody has kept, and never a wrong one.
//!
//! A key is a keyed hash of everything that makes an answer somebody's: the shelf cannot tell whose it is,
//! and finds it only for who asks in the same way. May import `answer`, `mark`, `memory` and `writes`.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::mark::{Digest, Mark, Secret};
use super::memory::{Body, Memory};
use super::writes::Moment;

/// Places of the index in which a key may be.
const BESIDE: usize = 8;
/// Words of answers for each place of the index: 1 KB, less than most answers have.
const WORDS_PER_PLACE: usize = 128;
/// Words in front of an answer: its sizes, its key, its digest, and when it was current.
const HEADER: usize = 13;
/// Where in the header the time is that it was current at.
const STAMP: usize = 9;
/// Bits of a position in a place of the index; the others are of the key.
const POSITION: u32 = 48;
/// An answer takes no more than this part of the ring: one must not drive out all others.
const LARGEST: usize = 4;

/// The words, by what they are for.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a> {
    secret: Secret<'a>,
    /// Where the next answer goes: words that were ever reserved.
    head: &'a AtomicU64,
    /// Where each answer begins, plus one, with a part of its key; 0: nothing.
    places: &'a [AtomicU64],
    ring: &'a [AtomicU64],
}

/// When an answer was current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When it was asked for, in milliseconds of the clock that all processes have: it is of no
    /// earlier moment, though it came later.
    pub at: u64,
    /// The writes that had been then.
    pub moment: Moment,
}

/// An answer that is there, to be copied out.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Of its key and content.
    pub digest: Digest,
    /// When it was current.
    pub stamp: Stamp,
    position: u64,
    sizes: Sizes,
}

/// Bytes of an answer: what is known of it, and its body.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    label: u32,
    body: u32,
}

/// What is known of an answer beside its body.
#[derive(Debug, Serialize, Deserialize)]
struct Label {
    etag: String,
    status: u16,
    link: Option<String>,
    total: Option<u64>,
    date: Option<String>,
    location: Option<String>,
}

impl Found {
    /// How large it is.
    pub fn bytes(&self) -> usize {
        self.sizes.bytes()
    }
}

impl Sizes {
    fn new(label: usize, body: usize) -> Option<Self> {
        Some(Self { label: u32::try_from(label).ok()?, body: u32::try_from(body).ok()? })
    }

    const fn of(word: u64) -> Self {
        Self { label: (word >> 32) as u32, body: word as u32 }
    }

    fn word(self) -> u64 {
        u64::from(self.label) << 32 | u64::from(self.body)
    }

    fn bytes(self) -> usize {
        self.label as usize + self.body as usize
    }

    fn words(self) -> usize {
        self.bytes().div_ceil(size_of::<u64>())
    }
}

impl Label {
    fn of(etag: &str, answer: &Answer) -> Self {
        let Answer { status, link, total, date, location, .. } = answer.clone();
        Self { etag: etag.to_owned(), status, link, total, date, location }
    }

    fn with(self, body: Bytes) -> (String, Answer) {
        let Self { etag, status, link, total, date, location } = self;
        (etag, Answer { status, body, link, total, date, location })
    }

    /// As whole words, so that the body begins with one.
    fn bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self).ok()?;
        bytes.resize(bytes.len().next_multiple_of(size_of::<u64>()), b' ');
        Some(bytes)
    }
}

impl<'a> Shelf<'a> {
    /// One in these words, which at first are zeros as far as [`Shelf::reserved`] says; none if they are
    /// too few for any.
    pub fn new(words: &'a [AtomicU64]) -> Option<Self> {
        let (front, ring) = words.split_at_checked(Self::reserved(words.len()))?;
        let (secret, rest) = front.split_at_checked(Secret::WORDS)?;
        let (head, places) = rest.split_first()?;
        let fits = places.len() >= BESIDE && ring.len() / LARGEST > HEADER;
        fits.then_some(Self { secret: Secret(secret), head, places, ring })
    }

    /// How many of so many words no answer lies in.
    pub const fn reserved(words: usize) -> usize {
        Secret::WORDS + 1 + words / WORDS_PER_PLACE / BESIDE * BESIDE
    }

    /// The key of everything that makes an answer somebody's.
    pub fn mark(&self, parts: &[&[u8]]) -> Option<Mark> {
        self.secret.mark(parts)
    }

    /// What is there under a key: the newest, if there are several.
    pub fn find(&self, mark: &Mark) -> Option<Found> {
        let places = self.beside(mark).iter();
        let positions = places.filter_map(|place| position(place.load(Ordering::Acquire), mark));
        let mut positions: Vec<u64> = positions.collect();
        positions.sort_unstable();
        positions.into_iter().rev().find_map(|position| self.look(position, mark))
    }

    /// Copies an answer out, with its `ETag`, if it is whole and there is room for it.
    pub fn take(&self, found: &Found, mark: &Mark, memory: &Memory) -> Option<(String, Answer)> {
        let Found { sizes, position, .. } = *found;
        let mut body = Body::new(memory);
        body.reserve(sizes.words() * size_of::<u64>()).ok()?;
        for word in self.words(position + HEADER as u64, sizes.words()) {
            body.push(word.load(Ordering::Relaxed).to_le_bytes());
        }
        body.truncate(sizes.bytes());
        let whole = mark.digest(sizes.word(), &[body.as_ref()]) == found.digest;
        if !whole || !self.has(position, HEADER + sizes.words()) {
            return None;
        }
        let label = body.as_ref().get(..sizes.label as usize)?;
        let label: Label = serde_json::from_slice(label).ok()?;
        Some(label.with(Bytes::from_owner(body).slice(sizes.label as usize..)))
    }

    /// Stores an answer. Its digest, unless it is too large.
    pub fn put(&self, mark: &Mark, etag: &str, answer: &Answer, stamp: Stamp) -> Option<Digest> {
        let label = Label::of(etag, answer).bytes()?;
        let sizes = Sizes::new(label.len(), answer.body.len())?;
        let count = HEADER + sizes.words();
        if count > self.ring.len() / LARGEST {
            return None;
        }
        let digest = mark.digest(sizes.word(), &[&label, &answer.body]);
        let position = self.head.fetch_add(count as u64, Ordering::Relaxed);
        if (position + 1) >> POSITION != 0 {
            return None;
        }
        // Who copies a word of this sees, before it believes it, that the head has moved.
        fence(Ordering::Release);
        let header = [sizes.word()].into_iter().chain(mark.words()).chain(digest.words());
        let content = words_of(&label).chain(words_of(&answer.body));
        let words = header.chain(stamp.words(&digest)).chain(content);
        for (place, word) in self.words(position, count).zip(words) {
            place.store(word, Ordering::Relaxed);
        }
        self.enter(mark, position);
        Some(digest)
    }

    /// Basecamp said that an answer is still current. Whether it is there, with that digest.
    ///
    /// The words of a stamp are written one by one, too, perhaps over another's and perhaps into what
    /// another has just put there: a seal tells whether they belong together, and to what.
    pub fn confirm(&self, mark: &Mark, digest: &Digest, stamp: Stamp) -> bool {
        let Some(found) = self.find(mark).filter(|found| found.digest == *digest) else {
            return false;
        };
        if found.stamp.at < stamp.at {
            let position = found.position + STAMP as u64;
            let words = stamp.words(digest);
            for (place, word) in self.words(position, words.len()).zip(words) {
                place.store(word, Ordering::Relaxed);
            }
        }
        self.has(found.position, HEADER + found.sizes.words())
    }

    /// The header of an answer, if it is one of this key.
    fn look(&self, position: u64, mark: &Mark) -> Option<Found> {
        let mut words = [0; HEADER];
        for (word, place) in words.iter_mut().zip(self.words(position, HEADER)) {
            *word = place.load(Ordering::Relaxed);
        }
        let [sizes, m0, m1, m2, m3, d0, d1, d2, d3, at, server, address, seal] = words;
        let sizes = Sizes::of(sizes);
        let digest = Digest::of([d0, d1, d2, d3]);
        let stamp = Stamp { at, moment: Moment { server, address } };
        let count = HEADER + sizes.words();
        let whole = [m0, m1, m2, m3] == mark.words()
            && stamp.words(&digest) == [at, server, address, seal]
            && count <= self.ring.len() / LARGEST
            && self.has(position, count);
        whole.then_some(Found { digest, stamp, position, sizes })
    }

    /// Whether what was read of these words is what was written there: their place was reserved, and
    /// nobody has reserved it again.
    fn has(&self, position: u64, count: usize) -> bool {
        // Behind everything that was read.
        fence(Ordering::Acquire);
        let head = self.head.load(Ordering::Relaxed);
        let end = position.saturating_add(count as u64);
        end <= head && head - position <= self.ring.len() as u64
    }

    /// Some words of the ring, from a position on.
    fn words(&self, position: u64, count: usize) -> impl Iterator<Item = &'a AtomicU64> + use<'a> {
        let start = (position % self.ring.len() as u64) as usize;
        let (before, after) = self.ring.split_at_checked(start).unwrap_or_default();
        after.iter().chain(before).take(count)
    }

    /// Enters a position: in the place of the same key, or of the oldest.
    fn enter(&self, mark: &Mark, new: u64) {
        let places = self.beside(mark).iter();
        let oldest = places.min_by_key(|place| {
            let word = place.load(Ordering::Relaxed);
            position(word, mark).map_or(word & MASK, |_| 0)
        });
        if let Some(place) = oldest {
            place.store(mark.tag() << POSITION | (new + 1), Ordering::Release);
        }
    }

    fn beside(&self, mark: &Mark) -> &'a [AtomicU64] {
        let buckets = self.places.len() / BESIDE;
        let start = (mark.number() % buckets as u64) as usize * BESIDE;
        self.places.get(start..start + BESIDE).unwrap_or_default()
    }
}

/// The bits of a position.
const MASK: u64 = (1 << POSITION) - 1;

/// The position in a place of the index, if it may be that of a key.
fn position(place: u64, mark: &Mark) -> Option<u64> {
    (place & MASK).checked_sub(1).filter(|_| place >> POSITION == mark.tag())
}

/// Bytes as words, the last one filled up with zeros.
fn words_of(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (whole, rest) = bytes.as_chunks();
    let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let last = (!rest.is_empty()).then_some(last);
    whole.iter().copied().map(u64::from_le_bytes).chain(last)
}

impl Stamp {
    /// With a seal.
    fn words(self, digest: &Digest) -> [u64; 4] {
        let Self { at, moment: Moment { server, address } } = self;
        [at, server, address, digest.seal([at, server, address])]
    }
}

#[cfg(test)]
mod tests;

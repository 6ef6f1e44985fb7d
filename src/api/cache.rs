//! Answers that are kept: used again without asking for a while, or asked about with their `ETag`.
//!
//! An entry belongs to one address and one Authorization header. Kept in memory only, as
//! large as its two bounds allow; the oldest stored goes first. May import `answer`
//! and nothing else of ours.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::answer::Answer;

/// Answers that are kept at most.
const MOST_ENTRIES: usize = 5_000;
/// Bytes of bodies and addresses that one client keeps at most, unless a setting says otherwise: every
/// scan fills it, also one that is too large for it to be of use.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What a statement makes of kept answers.
#[derive(Debug, Clone, Copy)]
pub struct Keeping {
    /// How long an answer is used unasked.
    pub ttl: Duration,
    /// When the statement began: what was young enough then, and what came since, is for all of it.
    pub since: Instant,
}

/// Whose answer, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    who: u64,
    address: String,
}

/// What is kept of an answer.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The `ETag` to ask about it with.
    pub etag: String,
    /// The answer with its Link header, without which a 304 would end a listing early.
    pub answer: Answer,
    /// When Basecamp last said that this is current; `None` after a write.
    current: Option<Instant>,
}

/// The answers that one client keeps.
#[derive(Debug, Default)]
pub struct Cache {
    /// Keyed anew in each process, so that nobody can find two headers with one hash.
    hasher: RandomState,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    most: usize,
    entries: HashMap<Key, Entry>,
    order: VecDeque<Key>,
    bytes: usize,
    /// Counts writes: an answer asked for before one does not count as current after it.
    writes: u64,
}

/// How many writes had been when a request was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(u64);

impl Cache {
    /// The key of an address for the sender of a header; `beside` tells apart what it cannot.
    pub fn key(&self, header: &str, beside: u64, url: &Url) -> Key {
        Key { who: self.hasher.hash_one((header, beside)), address: url.as_str().to_owned() }
    }

    /// The entry of a key.
    pub fn entry(&self, key: &Key) -> Option<Entry> {
        self.lock().entries.get(key).cloned()
    }

    /// An answer that came in a statement or was current not too long before it, and since when no write
    /// was made.
    pub fn fresh(&self, key: &Key, keeping: Keeping) -> Option<Answer> {
        let Keeping { ttl, since } = keeping;
        let kept = self.lock();
        let entry = kept.entries.get(key)?;
        let current = entry.current?;
        let young = current > since || since.duration_since(current) < ttl;
        young.then(|| entry.answer.clone())
    }

    /// To be taken before a request is made.
    pub fn moment(&self) -> Moment {
        Moment(self.lock().writes)
    }

    /// Keeps an answer, in place of what was kept.
    pub fn store(&self, key: Key, etag: String, answer: Answer, asked: Moment) {
        let mut kept = self.lock();
        kept.remove(&key);
        let size = size(&key, &answer);
        if size > kept.most {
            return;
        }
        let current = (kept.writes == asked.0).then(Instant::now);
        let entry = Entry { etag, answer, current };
        kept.bytes += size;
        kept.order.push_back(key.clone());
        kept.entries.insert(key, entry);
        kept.shrink();
    }

    /// Sets how many bytes are kept at most.
    pub fn set_limit(&self, bytes: usize) {
        let mut kept = self.lock();
        kept.most = bytes;
        kept.shrink();
    }

    /// Basecamp said that an answer is still the current one, with what its headers now say.
    pub fn confirm(&self, key: &Key, answer: &Answer, asked: Moment) {
        let mut kept = self.lock();
        let current = (kept.writes == asked.0).then(Instant::now);
        if let Some(entry) = kept.entries.get_mut(key) {
            entry.answer = answer.clone();
            entry.current = current;
        }
    }

    /// A write was sent: what it wrote is dropped, and everything else must be asked about again,
    /// because listings anywhere may show it.
    pub fn wrote(&self, url: &Url) {
        self.distrust();
        let mut kept = self.lock();
        let written = url.as_str();
        let gone: Vec<Key> =
            kept.order.iter().filter(|key| key.address == written).cloned().collect();
        for key in gone {
            kept.remove(&key);
        }
    }

    /// Somebody wrote: everything must be asked about again.
    pub fn distrust(&self) {
        let mut kept = self.lock();
        kept.writes += 1;
        for entry in kept.entries.values_mut() {
            entry.current = None;
        }
    }

    /// Forgets every answer: memory is wanted for others.
    pub fn clear(&self) {
        let mut kept = self.lock();
        *kept = Kept { writes: kept.writes, most: kept.most, ..Kept::default() };
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Kept {
    fn default() -> Self {
        let (entries, order) = Default::default();
        Self { most: MOST_BYTES, entries, order, bytes: 0, writes: 0 }
    }
}

impl Kept {
    /// Lets the oldest go as long as there are too many.
    fn shrink(&mut self) {
        while self.bytes > self.most || self.order.len() > MOST_ENTRIES {
            let Some(oldest) = self.order.front().cloned() else {
                break;
            };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= size(key, &entry.answer);
            self.order.retain(|other| other != key);
        }
    }
}

/// The parts of an entry that can be large.
fn size(key: &Key, answer: &Answer) -> usize {
    key.address.len() + answer.body.len()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use tokio::time::{Instant, advance};
    use url::Url;

    use super::{Answer, Cache, Keeping, Key, MOST_BYTES, MOST_ENTRIES};

    const MINUTE: Duration = Duration::from_secs(60);

    fn now(ttl: Duration) -> Keeping {
        Keeping { ttl, since: Instant::now() }
    }

    fn url(page: usize) -> Url {
        Url::parse(&format!("https://a.example/1/x.json?page={page}")).expect("valid")
    }

    fn key(cache: &Cache, page: usize) -> Key {
        cache.key("Bearer a", 0, &url(page))
    }

    fn answer(size: usize) -> Answer {
        Answer {
            status: 200,
            body: Bytes::from(vec![b' '; size]),
            link: None,
            total: None,
            date: None,
            location: None,
        }
    }

    fn keep(cache: &Cache, page: usize, size: usize) {
        let asked = cache.moment();
        cache.store(key(cache, page), "\"e\"".to_owned(), answer(size), asked);
    }

    #[tokio::test]
    async fn rule_86_neither_users_nor_tokens_nor_addresses_share_an_entry() {
        let cache = Cache::default();
        keep(&cache, 1, 5);
        assert!(cache.entry(&key(&cache, 1)).is_some());
        for other in [
            cache.key("Bearer b", 0, &url(1)),
            cache.key("Bearer a", 1, &url(1)),
            cache.key("Bearer a", 0, &url(2)),
        ] {
            assert!(cache.entry(&other).is_none(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn rule_88_the_oldest_stored_goes_first() {
        let cache = Cache::default();
        for page in 0..MOST_ENTRIES {
            keep(&cache, page, 1);
        }
        keep(&cache, 0, 1);
        keep(&cache, MOST_ENTRIES, 1);
        assert!(cache.entry(&key(&cache, 0)).is_some(), "stored again");
        assert!(cache.entry(&key(&cache, 1)).is_none(), "the oldest");
        assert_eq!(cache.lock().entries.len(), MOST_ENTRIES);
    }

    #[tokio::test]
    async fn rule_88_bytes_are_bounded_and_add_up() {
        let cache = Cache::default();
        for page in 0..10 {
            keep(&cache, page, MOST_BYTES / 4);
        }
        assert!(cache.lock().bytes <= MOST_BYTES);
        keep(&cache, 11, MOST_BYTES + 1);
        assert!(cache.entry(&key(&cache, 11)).is_none());
        for page in 0..10 {
            cache.wrote(&url(page));
        }
        assert_eq!(cache.lock().bytes, 0);
    }

    #[tokio::test]
    async fn another_bound_is_kept_to_at_once() {
        let cache = Cache::default();
        for page in 0..4 {
            keep(&cache, page, 1_000);
        }
        cache.set_limit(2_500);
        let kept = |page| cache.entry(&key(&cache, page)).is_some();
        assert_eq!([0, 1, 2, 3].map(kept), [false, false, true, true]);
        cache.clear();
        keep(&cache, 0, 3_000);
        assert!(!kept(0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_fresh_for_its_time() {
        let cache = Cache::default();
        keep(&cache, 1, 5);
        let fresh = |ttl| cache.fresh(&key(&cache, 1), now(ttl)).is_some();
        assert!(fresh(MINUTE) && !fresh(Duration::ZERO));
        advance(MINUTE).await;
        assert!(!fresh(MINUTE));
        cache.confirm(&key(&cache, 1), &answer(5), cache.moment());
        assert!(fresh(MINUTE));
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_in_a_statement_is_for_all_of_it() {
        let cache = Cache::default();
        let keeping = now(Duration::ZERO);
        advance(MINUTE).await;
        keep(&cache, 1, 5);
        advance(MINUTE).await;
        assert!(cache.fresh(&key(&cache, 1), keeping).is_some());
        assert!(cache.fresh(&key(&cache, 1), now(Duration::ZERO)).is_none(), "the next statement");
        cache.distrust();
        assert!(cache.fresh(&key(&cache, 1), keeping).is_none(), "somebody wrote");
    }

    #[tokio::test(start_paused = true)]
    async fn rule_89_a_write_drops_its_resource_and_makes_all_else_be_asked_about() {
        let cache = Cache::default();
        let before = cache.moment();
        keep(&cache, 1, 5);
        keep(&cache, 2, 5);
        cache.wrote(&url(1));
        assert!(cache.entry(&key(&cache, 1)).is_none());
        assert!(cache.entry(&key(&cache, 2)).is_some());
        assert!(cache.fresh(&key(&cache, 2), now(MINUTE)).is_none());
        // An answer that was under way during the write may be from before it.
        cache.store(key(&cache, 3), "\"e\"".to_owned(), answer(5), before);
        assert!(cache.fresh(&key(&cache, 3), now(MINUTE)).is_none());
    }
}

//! Answers that are kept: used again without asking for a while, or asked about with their `ETag`.
//!
//! An entry belongs to one address and one Authorization header. Kept in memory only, as
//! large as its two bounds allow; the oldest stored goes first. What sessions keep together is in
//! `shelf`. May import `answer`, `mark` and `writes`.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::answer::Answer;
use super::mark::Digest;
use super::writes::Moment;

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
    /// When Basecamp last said that this is current.
    pub current: Instant,
    /// The writes that had been when it was asked then: after another it must be asked again.
    pub moment: Moment,
    /// By which sessions know it as the one that they share.
    pub digest: Option<Digest>,
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
}

impl Entry {
    /// Which of two has been current later: a write lies between those of different counts.
    const fn rank(&self) -> (u64, Instant) {
        (self.moment.server, self.current)
    }
}

impl Cache {
    /// The key of an address for the sender of a header; `beside` tells apart what it cannot.
    pub fn key(&self, header: &str, beside: u64, url: &Url) -> Key {
        Key { who: self.hasher.hash_one((header, beside)), address: url.as_str().to_owned() }
    }

    /// The entry of a key, unless it was written since. `now`: the writes that have been.
    pub fn entry(&self, key: &Key, now: Moment) -> Option<Entry> {
        let kept = self.lock();
        kept.entries.get(key).filter(|entry| entry.moment.address == now.address).cloned()
    }

    /// An answer that came in a statement or was current not too long before it, and since when no write
    /// was made.
    pub fn fresh(&self, key: &Key, keeping: Keeping, now: Moment) -> Option<Answer> {
        let Keeping { ttl, since } = keeping;
        let kept = self.lock();
        let entry = kept.entries.get(key).filter(|entry| entry.moment == now)?;
        let young = entry.current > since || since.duration_since(entry.current) < ttl;
        young.then(|| entry.answer.clone())
    }

    /// Whether so large an answer to a key is kept at all.
    pub fn admits(&self, key: &Key, size: usize) -> bool {
        key.address.len() + size <= self.lock().most
    }

    /// Keeps an answer, in place of what was kept.
    pub fn store(&self, key: Key, entry: Entry) {
        let mut kept = self.lock();
        kept.remove(&key);
        let size = size(&key, &entry.answer);
        if size > kept.most {
            return;
        }
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

    /// Whether there is nothing to take over of an answer that sessions share: what is kept was current
    /// later, or is the same one, which then counts as current as that.
    pub fn knows(&self, key: &Key, digest: Digest, moment: Moment, current: Instant) -> bool {
        let mut kept = self.lock();
        let Some(entry) = kept.entries.get_mut(key) else {
            return false;
        };
        if entry.rank() >= (moment.server, current) {
            return true;
        }
        let same = entry.digest == Some(digest);
        if same {
            (entry.moment, entry.current) = (moment, current);
        }
        same
    }

    /// Basecamp said that an answer is still the current one, with what its headers now say.
    pub fn confirm(&self, key: &Key, entry: Entry) {
        let kept = &mut *self.lock();
        if let Some(known) = kept.entries.get_mut(key).filter(|it| it.rank() <= entry.rank()) {
            kept.bytes -= size(key, &known.answer);
            kept.bytes += size(key, &entry.answer);
            *known = entry;
        }
    }

    /// Forgets every answer: memory is wanted for others.
    pub fn clear(&self) {
        let mut kept = self.lock();
        *kept = Kept { most: kept.most, ..Kept::default() };
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Kept {
    fn default() -> Self {
        let (entries, order) = Default::default();
        Self { most: MOST_BYTES, entries, order, bytes: 0 }
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

    use super::{Answer, Cache, Entry, Keeping, Key, MOST_BYTES, MOST_ENTRIES, Moment};

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

    const BEFORE: Moment = Moment { server: 3, address: 0 };

    fn entry(size: usize) -> Entry {
        let (etag, current) = ("\"e\"".to_owned(), Instant::now());
        Entry { etag, answer: answer(size), current, moment: BEFORE, digest: None }
    }

    fn keep(cache: &Cache, page: usize, size: usize) {
        cache.store(key(cache, page), entry(size));
    }

    fn has(cache: &Cache, key: &Key) -> bool {
        cache.entry(key, BEFORE).is_some()
    }

    #[tokio::test]
    async fn rule_86_neither_users_nor_tokens_nor_addresses_share_an_entry() {
        let cache = Cache::default();
        keep(&cache, 1, 5);
        assert!(has(&cache, &key(&cache, 1)));
        for other in [
            cache.key("Bearer b", 0, &url(1)),
            cache.key("Bearer a", 1, &url(1)),
            cache.key("Bearer a", 0, &url(2)),
        ] {
            assert!(!has(&cache, &other), "{other:?}");
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
        assert!(has(&cache, &key(&cache, 0)), "stored again");
        assert!(!has(&cache, &key(&cache, 1)), "the oldest");
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
        assert!(!has(&cache, &key(&cache, 11)));
        for page in 0..10 {
            cache.lock().remove(&key(&cache, page));
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
        let kept = |page| has(&cache, &key(&cache, page));
        assert_eq!([0, 1, 2, 3].map(kept), [false, false, true, true]);
        cache.clear();
        keep(&cache, 0, 3_000);
        assert!(!kept(0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_fresh_for_its_time() {
        let cache = Cache::default();
        keep(&cache, 1, 5);
        let fresh = |ttl| cache.fresh(&key(&cache, 1), now(ttl), BEFORE).is_some();
        assert!(fresh(MINUTE) && !fresh(Duration::ZERO));
        advance(MINUTE).await;
        assert!(!fresh(MINUTE));
        cache.confirm(&key(&cache, 1), entry(5));
        assert!(fresh(MINUTE));
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_in_a_statement_is_for_all_of_it() {
        let cache = Cache::default();
        let keeping = now(Duration::ZERO);
        advance(MINUTE).await;
        keep(&cache, 1, 5);
        advance(MINUTE).await;
        let fresh = |keeping, now| cache.fresh(&key(&cache, 1), keeping, now).is_some();
        assert!(fresh(keeping, BEFORE));
        assert!(!fresh(now(Duration::ZERO), BEFORE), "the next statement");
        let written = Moment { server: 4, address: 0 };
        assert!(!fresh(keeping, written), "somebody wrote");
        assert!(cache.entry(&key(&cache, 1), written).is_some(), "to be asked about");
        let itself = Moment { server: 4, address: 1 };
        assert!(cache.entry(&key(&cache, 1), itself).is_none(), "what was written is dropped");
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_answers_that_sessions_share_the_one_that_was_current_later_stays() {
        let cache = Cache::default();
        let [same, other] = [1, 2].map(|word| super::Digest::of([word; 4]));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!cache.knows(&key(&cache, 1), same, BEFORE, at(0)), "nothing is kept");
        cache.store(key(&cache, 1), Entry { current: at(5), digest: Some(same), ..entry(5) });
        assert!(cache.knows(&key(&cache, 1), other, BEFORE, at(4)), "it is older");
        assert!(!cache.knows(&key(&cache, 1), other, BEFORE, at(6)), "it is newer");
        let after = Moment { server: 4, address: 0 };
        assert!(
            !cache.knows(&key(&cache, 1), other, after, at(4)),
            "it was asked for after a write"
        );
        assert!(cache.knows(&key(&cache, 1), same, after, at(6)));
        let kept = cache.entry(&key(&cache, 1), after).expect("kept");
        assert_eq!((kept.current, kept.moment), (at(6), after), "another session confirmed it");
    }
}

//! What a client makes of the answers that it keeps, and of those that all sessions keep.
//!
//! What sessions share is never used as it lies there: it is copied into the client's own cache with its
//! age, and judged by the same rule as what the client asked for itself. So a statement sees what it
//! would have seen had its own session asked when the other did. That moment is the one before the
//! other's request was made and not that of its answer, and it is put earlier by what two clocks may
//! differ: an answer that another asked for before a statement began does not pass for one that came in it.
//! May import the rest of `api`.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use url::Url;

use super::answer::Answer;
use super::cache::{Entry, Keeping, Key};
use super::client::{Client, Inner};
use super::mark::{Digest, Mark};
use super::meter::Meter;
use super::shelf::Stamp;
use super::writes::Moment;

/// Where an answer is kept: by the client, and for all sessions if they share any.
#[derive(Debug)]
pub struct Spot {
    pub key: Key,
    mark: Option<Mark>,
}

/// What is kept of an answer to the request under way, and where a new one goes.
#[derive(Debug)]
pub struct Conditional {
    pub spot: Spot,
    pub entry: Option<Entry>,
    pub asked: Stamp,
}

impl Client {
    /// Where the answer to whoever sends a header is kept.
    pub(super) fn spot(&self, header: &SecretString, url: &Url) -> Spot {
        let Inner { credentials, cache, turnstile, .. } = &*self.inner;
        let (header, beside) = (header.expose_secret(), credentials.cache_key());
        let key = cache.key(header, beside, url);
        Spot { key, mark: turnstile.mark(header, beside, url) }
    }

    /// A kept answer that is used without asking.
    pub(super) fn fresh(&self, spot: &Spot, keeping: Keeping, now: Moment) -> Option<Answer> {
        let cache = &self.inner.cache;
        cache.fresh(&spot.key, keeping, now).or_else(|| {
            self.borrow(spot);
            cache.fresh(&spot.key, keeping, now)
        })
    }

    /// A kept answer to ask about.
    pub(super) fn entry(&self, spot: &Spot, now: Moment) -> Option<Entry> {
        self.borrow(spot);
        self.inner.cache.entry(&spot.key, now)
    }

    /// Takes over what another session has, if it is newer than what is kept and would be kept.
    fn borrow(&self, spot: &Spot) {
        let Inner { cache, turnstile, .. } = &*self.inner;
        let Some(mark) = &spot.mark else {
            return;
        };
        let taken = turnstile.common.with_shelf(|_, shelf| {
            let found = shelf.find(mark)?;
            let (digest, moment) = (found.digest, found.stamp.moment);
            let current = turnstile.clock.instant(found.stamp.at)?;
            let wanted = cache.admits(&spot.key, found.bytes())
                && !cache.knows(&spot.key, digest, moment, current);
            let (etag, answer) =
                wanted.then(|| shelf.take(&found, mark, &self.memory)).flatten()?;
            Some(Entry { etag, answer, current, moment, digest: Some(digest) })
        });
        if let Some(entry) = taken {
            cache.store(spot.key.clone(), entry);
        }
    }

    /// Keeps an answer, for other sessions too.
    pub(super) fn keep(&self, spot: Spot, etag: String, answer: Answer, asked: Stamp) {
        let digest = self.share(&spot, &etag, &answer, asked);
        let (current, moment) = (Instant::now(), asked.moment);
        self.inner.cache.store(spot.key, Entry { etag, answer, current, moment, digest });
    }

    fn share(&self, spot: &Spot, etag: &str, answer: &Answer, asked: Stamp) -> Option<Digest> {
        let Inner { cache, turnstile, .. } = &*self.inner;
        let mark = spot.mark.filter(|_| cache.admits(&spot.key, answer.body.len()))?;
        turnstile.common.with_shelf(|_, shelf| shelf.put(&mark, etag, answer, asked))
    }

    /// The kept answer that a 304 stands for. Its headers are of now: a listing that has
    /// grown may have a next page where it had none, with its first page unchanged.
    pub(super) fn confirmed(&self, known: Conditional, headers: &HeaderMap) -> Option<Answer> {
        let Conditional { spot, entry, asked } = known;
        let mut entry = entry?;
        let now = Answer::new(StatusCode::OK, headers, Bytes::new());
        let before = (entry.answer.link.clone(), entry.answer.total);
        entry.answer.link = now.link.or(entry.answer.link);
        entry.answer.total = now.total.or(entry.answer.total);
        let same = before == (entry.answer.link.clone(), entry.answer.total);
        let known = entry.digest.filter(|digest| same && self.confirm(&spot, digest, asked));
        entry.digest = known.or_else(|| self.share(&spot, &entry.etag, &entry.answer, asked));
        (entry.current, entry.moment) = (Instant::now(), asked.moment);
        let answer = entry.answer.clone();
        self.inner.cache.confirm(&spot.key, entry);
        self.count(Meter::not_modified);
        Some(answer)
    }

    /// Whether sessions share that answer, which is current.
    fn confirm(&self, spot: &Spot, digest: &Digest, asked: Stamp) -> bool {
        let confirmed = self.inner.turnstile.common.with_shelf(|_, shelf| {
            let mark = spot.mark.as_ref()?;
            Some(shelf.confirm(mark, digest, asked))
        });
        confirmed.unwrap_or_default()
    }
}

//! Where a listing has been: addresses and pages do not come twice, and records that were deleted while
//! it was read move others to a page that was read already.

use std::collections::HashSet;
use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use url::Url;

use super::answer::Answer;
use super::link;
use crate::error::{Error, Result};

/// Pages that are read again at most when records moved.
const MOST_AGAIN: usize = 4;

/// What is remembered of the pages of a listing.
#[derive(Debug, Default)]
pub struct Trail {
    addresses: HashSet<String>,
    /// Hashes of whole pages, keyed anew for each listing.
    bodies: HashSet<u64>,
    hasher: RandomState,
    /// The last pages and how many records they had, the newest last.
    last: Vec<(Url, u64)>,
    /// `X-Total-Count` of the last page.
    total: Option<u64>,
    /// Whether `X-Total-Count` changed.
    moved: bool,
}

impl Trail {
    /// Goes to an address.
    ///
    /// # Errors
    /// When the listing was there before: it would never end.
    pub fn visit(&mut self, url: &Url) -> Result<()> {
        if self.addresses.insert(link::key(url)) {
            return Ok(());
        }
        Err(circle().detail(format!("A page of it leads to {}.", url.path())))
    }

    /// Takes note of a page with so many records.
    ///
    /// # Errors
    /// When the whole page came before, at another address.
    pub fn note(&mut self, url: &Url, answer: &Answer, records: Option<u64>) -> Result<()> {
        let first = self.last.is_empty();
        let grew = !first && answer.total > self.total;
        self.moved |= !first && answer.total != self.total;
        self.total = answer.total;
        let records = records.unwrap_or(0);
        if self.last.len() == MOST_AGAIN {
            self.last.remove(0);
        }
        self.last.push((url.clone(), records));
        let new = records == 0 || self.bodies.insert(self.hasher.hash_one(&answer.body));
        // Where exactly a page of records came in, all others moved by a page.
        if new || grew { Ok(()) } else { Err(circle().detail("A page of it came twice.")) }
    }

    /// The pages to read again before a page with this `X-Total-Count`, first to last: as many records as
    /// were deleted may have moved onto them after they were read.
    ///
    /// # Errors
    /// When more were deleted than these pages have.
    pub fn again(&self, total: Option<u64>) -> Result<Vec<Url>> {
        let deleted = match (self.total, total) {
            (Some(before), Some(now)) => before.saturating_sub(now),
            _ => 0,
        };
        let (mut covered, mut pages) = (0, Vec::new());
        for (url, records) in self.last.iter().rev() {
            if covered >= deleted {
                break;
            }
            covered = covered.saturating_add(*records);
            pages.push(url.clone());
        }
        if covered < deleted && pages.len() == MOST_AGAIN {
            return Err(Error::malformed("too many records were deleted while a listing was read")
                .detail(format!("X-Total-Count fell by {deleted} between two pages."))
                .hint("Repeat the statement."));
        }
        pages.reverse();
        Ok(pages)
    }

    /// How many records the listing has by its own word, if it said the same all the time.
    pub fn promised(&self) -> Option<u64> {
        self.total.filter(|_| !self.moved)
    }
}

fn circle() -> Error {
    Error::malformed("the pages of a listing lead in a circle")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use url::Url;

    use super::Trail;
    use crate::api::answer::Answer;

    fn url(page: u64) -> Url {
        Url::parse(&format!("https://a.example/1/x.json?page={page}")).expect("valid")
    }

    fn answer(page: u64, total: u64) -> Answer {
        Answer {
            status: 200,
            body: Bytes::from(format!("[{page}]")),
            link: None,
            total: Some(total),
            date: None,
            location: None,
        }
    }

    #[test]
    fn as_many_pages_are_read_again_as_records_were_deleted() {
        let mut trail = Trail::default();
        for page in 1..=6 {
            trail.note(&url(page), &answer(page, 1_000), Some(50)).expect("new");
        }
        let again = |total| trail.again(Some(total)).map(|pages| pages.len());
        for (total, pages) in [(1_000, 0), (1_001, 0), (999, 1), (950, 1), (949, 2), (800, 4)] {
            assert_eq!(again(total).expect("few"), pages, "{total}");
        }
        assert_eq!(trail.again(Some(949)).expect("few"), [url(5), url(6)]);
        assert!(again(799).is_err(), "more than can be read again");
        assert!(trail.again(None).expect("unknown").is_empty());
        assert_eq!(trail.promised(), Some(1_000));
        trail.note(&url(7), &answer(7, 999), Some(50)).expect("new");
        assert_eq!(trail.promised(), None, "it moved");
    }

    #[test]
    fn a_page_may_come_again_only_where_records_came_in() {
        let mut trail = Trail::default();
        trail.note(&url(1), &answer(1, 10), Some(1)).expect("new");
        trail.note(&url(2), &answer(1, 11), Some(1)).expect("moved by a page");
        trail.note(&url(3), &answer(1, 11), Some(1)).expect_err("came before");
        trail.note(&url(4), &answer(1, 11), Some(0)).expect("no records");
    }
}

//! A listing, page after page in order; several at a time once more than the first is wanted.
//!
//! The first page comes alone: a consumer that needs no more has caused one request. From then on
//! two, four, up to the client's concurrency are under way, if page 1's own next link shows how pages
//! are addressed and `X-Total-Count` how many to expect at most. Whether there *is* a further page
//! each page's link decides, never arithmetic (rule 38).

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::task::JoinHandle;
use url::Url;

use super::client::{Answer, Client};
use super::link;
use crate::error::{Error, Kind, Result};

/// Sizes of the first pages, then 100 rows each (v3.md, section 1.3). Only used to guess how many
/// pages to expect.
const GEARS: [u64; 3] = [15, 30, 50];
/// The largest page that was ever seen: a page under way may bring this many rows.
const LARGEST_PAGE: u64 = 100;

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The body as it came.
    pub body: Bytes,
    /// `X-Total-Count`.
    pub total: Option<u64>,
    /// The page's number, from 1.
    pub number: u32,
    /// Whether the listing goes on, but the cap on pages ends it here (rule 42).
    pub cut_short: bool,
}

/// A listing that is being read. Dropping it ends its requests.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    first: Result<Url>,
    limit: Option<u64>,
    delivered: u32,
    rows: u64,
    window: usize,
    next: Next,
    under_way: VecDeque<Task>,
}

#[derive(Debug)]
enum Next {
    Start,
    /// The next page's address, and how pages are numbered if that is known.
    Page(Url, Option<Numbering>),
    End,
}

#[derive(Debug, Clone)]
struct Numbering {
    shown: Url,
    /// The last page that is expected.
    expected: u32,
    /// The last page that was asked for.
    asked: u32,
}

/// A request on its own task, ended when dropped.
#[derive(Debug)]
struct Task(JoinHandle<Result<Answer>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pages {
    pub(super) fn new(client: Client, first: Result<Url>, limit: Option<u64>) -> Self {
        let under_way = VecDeque::new();
        Self {
            client,
            first,
            limit,
            delivered: 0,
            rows: 0,
            window: 1,
            next: Next::Start,
            under_way,
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// Whatever the page answered, and a next link that leaves the origin.
    pub async fn next(&mut self) -> Result<Option<Page>> {
        let answer = match &self.next {
            Next::End => return Ok(None),
            Next::Start => self.client.read(self.first.clone()?).await?,
            Next::Page(..) if self.enough() => return Ok(None),
            Next::Page(url, _) => {
                let url = url.clone();
                self.go_ahead(&url);
                self.oldest().await?
            }
        };
        self.delivered += 1;
        self.deliver(answer).map(Some)
    }

    fn enough(&self) -> bool {
        self.limit.is_some_and(|limit| self.rows >= limit)
    }

    /// Puts requests under way: the next page always, further ones as far as they are expected.
    fn go_ahead(&mut self, next: &Url) {
        if self.under_way.is_empty() {
            self.spawn(next.clone());
            if let Next::Page(_, Some(numbering)) = &mut self.next {
                numbering.asked = self.delivered + 1;
            }
        }
        self.window = (self.window * 2).min(self.client.concurrency());
        while let Some(url) = self.further() {
            self.spawn(url);
        }
    }

    /// The address of a further page to ask for now, if one is expected and wanted.
    fn further(&mut self) -> Option<Url> {
        let under_way = self.under_way.len();
        let coming = self.rows + under_way as u64 * LARGEST_PAGE;
        if under_way >= self.window || self.limit.is_some_and(|limit| coming >= limit) {
            return None;
        }
        let most = self.client.config().max_pages;
        let first = self.first.as_ref().ok()?;
        let Next::Page(_, Some(numbering)) = &mut self.next else {
            return None;
        };
        if numbering.asked >= numbering.expected.min(most) {
            return None;
        }
        numbering.asked += 1;
        link::numbered(first, &numbering.shown, numbering.asked)
    }

    fn spawn(&mut self, url: Url) {
        let client = self.client.clone();
        self.under_way
            .push_back(Task(tokio::spawn(async move { client.read(url).await })));
    }

    async fn oldest(&mut self) -> Result<Answer> {
        let Some(mut task) = self.under_way.pop_front() else {
            return Err(Error::new(
                Kind::ConnectionLost,
                "no page of the listing is under way",
            ));
        };
        (&mut task.0).await.map_err(|_| {
            Error::new(
                Kind::ConnectionLost,
                "the task that read a page of a listing ended early",
            )
        })?
    }

    fn deliver(&mut self, answer: Answer) -> Result<Page> {
        let page = self.first.clone()?;
        let target = answer.link.as_deref().and_then(link::next);
        let next = target
            .map(|target| link::resolve(&self.client.config().base, &page, target))
            .transpose()?;
        let count = count(&answer.body);
        self.rows += count;
        let cut_short = next.is_some() && self.delivered >= self.client.config().max_pages;
        self.next = match next.filter(|_| !cut_short) {
            Some(next) => self.following(next, answer.total, count),
            None => {
                self.under_way.clear();
                Next::End
            }
        };
        Ok(Page {
            body: answer.body,
            total: answer.total,
            number: self.delivered,
            cut_short,
        })
    }

    fn following(&mut self, next: Url, total: Option<u64>, count: u64) -> Next {
        let known = match std::mem::replace(&mut self.next, Next::End) {
            Next::Start => self
                .first
                .as_ref()
                .ok()
                .zip(total)
                .and_then(|(first, total)| {
                    link::numbered(first, &next, 2)?;
                    let expected = expected(total, count);
                    Some(Numbering {
                        shown: next.clone(),
                        expected,
                        asked: 1,
                    })
                }),
            Next::Page(_, known) => known,
            Next::End => None,
        };
        Next::Page(next, known)
    }
}

/// How many pages a listing of `total` rows has, going by its first page.
fn expected(total: u64, first: u64) -> u32 {
    let pages = if first == GEARS[0] {
        let mut left = total;
        let mut pages = 0;
        for gear in GEARS {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(gear);
            pages += 1;
        }
        pages + left.div_ceil(LARGEST_PAGE)
    } else {
        total.div_ceil(first.max(1))
    };
    u32::try_from(pages).unwrap_or(u32::MAX)
}

/// Rows of a page: elements of the array. 0 where it is none, which the reader of rows reports.
fn count(body: &[u8]) -> u64 {
    serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(body).map_or(0, |rows| rows.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::expected;

    #[test]
    fn expected_pages_follow_the_first_pages_size() {
        assert_eq!(
            [15, 16, 45, 46, 95, 96, 20_000].map(|n| expected(n, 15)),
            [1, 2, 2, 3, 3, 4, 203]
        );
        assert_eq!(expected(101, 50), 3);
        assert_eq!(expected(3, 0), 3);
    }
}

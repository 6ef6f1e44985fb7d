//! A listing, page after page in order; several at a time once more than the first is wanted.
//!
//! The first page comes alone: a consumer that needs no more has caused one request. From then on
//! two, four, up to the client's concurrency are under way, if page 1's own next link shows how pages
//! are addressed and `X-Total-Count` how many to expect at most. Whether there *is* a further page
//! each page's link decides, never arithmetic: pages asked ahead are used as long as the
//! links lead to them, and dropped where they do not.

use std::collections::VecDeque;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

use super::ahead::{Ahead, LARGEST_PAGE};
use super::answer::Answer;
use super::client::Client;
use super::link;
use super::meter::Meter;
use super::page::{Content, Page};
use super::succession::{Arrived, Succession};
use super::trail::Trail;
use crate::error::{Error, Kind, Result};

/// So many pages were wanted for each that is asked for ahead, where reading may end with any.
const SPARING: usize = 8;

/// A listing that is being read. Dropping it ends its requests.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    first: Result<Url>,
    limit: Option<u64>,
    member: Option<String>,
    succession: Succession,
    delivered: u32,
    rows: u64,
    window: usize,
    next: Next,
    trail: Trail,
    /// Whether few pages are asked for ahead, because reading may end with any.
    sparing: bool,
    /// Whether pages are read again from which records may have moved away.
    mended: bool,
    /// Those to read again, and the page that comes behind them.
    again: VecDeque<Url>,
    behind: Option<Fetched>,
    /// Whether all pages came, and nothing but their number ended the listing.
    complete: bool,
    /// How to go ahead of the links, if page 1 showed it.
    ahead: Option<Ahead>,
    under_way: VecDeque<Task>,
}

/// An answer with what is in it, which was found where it was read: several are at a time.
#[derive(Debug)]
struct Fetched {
    url: Url,
    answer: Answer,
    content: Content,
}

#[derive(Debug)]
enum Next {
    Start,
    Page(Url),
    End,
}

/// A request on its own task, ended when dropped.
#[derive(Debug)]
struct Task {
    url: Url,
    handle: JoinHandle<Result<(Answer, Content)>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl Client {
    /// Starts reading a listing. `limit`: rows that are wanted at most, if that is known.
    pub fn pages(&self, path: &str, limit: Option<u64>) -> Pages {
        Pages::new(self.clone(), self.address(path), limit)
    }
}

impl Pages {
    pub(super) fn new(client: Client, first: Result<Url>, limit: Option<u64>) -> Self {
        Self {
            client,
            first,
            limit,
            member: None,
            succession: Succession::default(),
            delivered: 0,
            rows: 0,
            window: 1,
            next: Next::Start,
            trail: Trail::default(),
            sparing: false,
            mended: false,
            again: VecDeque::new(),
            behind: None,
            complete: false,
            ahead: None,
            under_way: VecDeque::new(),
        }
    }

    /// The same listing, whose pages are objects with the rows under this member. Without
    /// it the rows of such pages are not counted: no limit holds, and no page is asked ahead.
    #[must_use]
    pub fn under(mut self, member: &str) -> Self {
        self.member = Some(member.to_owned());
        self
    }

    /// The same listing, whose pages are objects that say under this member where the next one is.
    #[must_use]
    pub fn continued_by(mut self, member: &str) -> Self {
        self.succession.continued = Some(member.to_owned());
        self
    }

    /// The same listing, whose pages are objects of which one array goes on, until it is empty: whether
    /// such pages are linked is not known.
    #[must_use]
    pub fn until_empty(mut self, member: &str) -> Self {
        self.succession.until_empty = true;
        self.under(member)
    }

    /// The same listing, of which pages are delivered again where `X-Total-Count` fell
    /// between two: a deletion moved records onto a page that was read already. For a reader who drops
    /// doubles. What no header tells stays unseen: a deletion beside an insertion, and any in a listing
    /// without `X-Total-Count`.
    #[must_use]
    pub fn mended(mut self) -> Self {
        self.mended = true;
        self
    }

    /// The same listing, of which reading may end with any page: no more pages are asked for ahead than
    /// a small part of those that were wanted.
    #[must_use]
    pub fn sparing(mut self) -> Self {
        self.sparing = true;
        self
    }

    /// The same listing as it is now: no kept answer is used without asking.
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.client = self.client.asking(Instant::now());
        self
    }

    /// Whether a listing that was read to its end had fewer records than it said: `records`, those of
    /// all pages, doubles and those that nobody wanted included; of grouped pages the groups. Nothing is
    /// said of a listing that was cut short, had a limit, or whose `X-Total-Count` changed meanwhile.
    ///
    /// # Errors
    /// When records are missing.
    pub fn check_complete(&self, records: u64) -> Result<()> {
        let promised = self.trail.promised().filter(|_| self.complete).unwrap_or(0);
        if records >= promised {
            return Ok(());
        }
        let pages = self.delivered;
        Err(Error::malformed("a listing ended early")
            .detail(format!(
                "X-Total-Count says that it has {promised} records; {records} came on {pages} pages."
            ))
            .hint(
                "Something between Basecamp and here may drop or change the header Link: check the \
                 options url and proxy. If they are right, please report it.",
            ))
    }

    /// Whether there is no page after those that came.
    pub const fn is_over(&self) -> bool {
        matches!(self.next, Next::End)
    }

    /// The next page; `None` after the last, and after an error.
    ///
    /// # Errors
    /// Whatever the page answered, a next link that leaves the origin, and an address or a page that
    /// comes a second time.
    pub async fn next(&mut self) -> Result<Option<Page>> {
        let page = self.following().await;
        if !matches!(page, Ok(Some(_))) {
            self.end();
        }
        page
    }

    async fn following(&mut self) -> Result<Option<Page>> {
        // What was fetched is left in place while anything is awaited: dropping that future and asking
        // again is safe.
        if self.behind.is_none() {
            let Some(fetched) = self.fetched().await? else {
                return Ok(None);
            };
            let first = self.delivered == 0;
            if self.succession.repeats(self.client.config(), &fetched.answer, first) {
                return Ok(None);
            }
            if self.mended && self.delivered > 0 {
                self.again = self.trail.again(fetched.answer.total)?.into();
            }
            self.behind = Some(fetched);
        }
        if let Some(page) = self.returned().await? {
            return Ok(Some(page));
        }
        let page = self.behind.take();
        page.map(|fetched| self.deliver(fetched)).transpose()
    }

    /// The answer with the next page.
    async fn fetched(&mut self) -> Result<Option<Fetched>> {
        match &self.next {
            Next::End => Ok(None),
            Next::Start | Next::Page(_) if self.enough() => Ok(None),
            Next::Start => {
                let url = self.first.clone()?;
                let (answer, came) = self.client.read_or_kept(url.clone()).await?;
                if let Some(came) = came {
                    // All pages are of one state: none that was kept goes on what was just asked.
                    self.client = self.client.asking(came);
                }
                let content = Content::of(&answer.body, self.member.as_deref())?;
                Ok(Some(Fetched { url, answer, content }))
            }
            Next::Page(url) => {
                let url = url.clone();
                self.go_ahead(&url);
                let (answer, content) = self.oldest().await?;
                Ok(Some(Fetched { url, answer, content }))
            }
        }
    }

    /// The next of the pages that are read again.
    async fn returned(&mut self) -> Result<Option<Page>> {
        let Some(url) = self.again.front() else {
            return Ok(None);
        };
        let answer = self.client.read_anew(url.clone()).await?;
        let number = self.delivered + 1 - u32::try_from(self.again.len()).unwrap_or(0);
        self.again.pop_front();
        let records = Content::of(&answer.body, self.member.as_deref())?.records;
        let (body, total) = (answer.body, answer.total);
        Ok(Some(Page { body, records, total, number, cut_short: false }))
    }

    fn enough(&self) -> bool {
        self.limit.is_some_and(|limit| self.rows >= limit)
    }

    fn end(&mut self) {
        self.next = Next::End;
        self.under_way.clear();
        self.again.clear();
        self.behind = None;
    }

    /// Puts requests under way: the next page always, further ones as far as they are expected.
    fn go_ahead(&mut self, next: &Url) {
        let front = self.under_way.front();
        if front.is_some_and(|task| !link::same(&task.url, next)) {
            // The links lead elsewhere than was expected: from here on they alone are followed.
            self.under_way.clear();
            self.ahead = None;
        }
        if self.under_way.is_empty() {
            self.spawn(next.clone());
        }
        let window =
            if self.sparing { 1 + self.delivered as usize / SPARING } else { self.window * 2 };
        self.window = window.min(self.client.concurrency());
        while let Some(url) = self.further() {
            self.spawn(url);
        }
    }

    /// The address of a further page to ask for now, if one is expected and wanted.
    fn further(&self) -> Option<Url> {
        let under_way = self.under_way.len();
        let coming = self.rows + under_way as u64 * LARGEST_PAGE;
        if under_way >= self.window || self.limit.is_some_and(|limit| coming >= limit) {
            return None;
        }
        let ahead = self.ahead.as_ref()?;
        let number = self.delivered + u32::try_from(under_way).ok()? + 1;
        let last = ahead.expected.min(self.most());
        (number <= last).then(|| ahead.numbering.address(number))
    }

    fn most(&self) -> u32 {
        self.client.config().max_pages.max(1)
    }

    fn spawn(&mut self, url: Url) {
        let (client, member, asked) = (self.client.clone(), self.member.clone(), url.clone());
        let handle = tokio::spawn(async move {
            let answer = client.read(asked).await?;
            let content = Content::of(&answer.body, member.as_deref())?;
            Ok((answer, content))
        });
        self.under_way.push_back(Task { url, handle });
    }

    async fn oldest(&mut self) -> Result<(Answer, Content)> {
        let ended = || {
            Error::new(Kind::ConnectionLost, "the task that read a page of a listing ended early")
        };
        // Taken out only when it is done, so that a cancelled wait loses nothing.
        let task = self.under_way.front_mut().ok_or_else(ended)?;
        let answer = (&mut task.handle).await;
        self.under_way.pop_front();
        answer.map_err(|_| ended())?
    }

    fn deliver(&mut self, fetched: Fetched) -> Result<Page> {
        let Fetched { url, answer, content: Content { count: rows, records } } = fetched;
        let url = &url;
        self.delivered += 1;
        self.client.count(Meter::page);
        let first = self.delivered == 1;
        if first {
            self.trail.visit(url)?;
        }
        self.trail.note(url, &answer, rows)?;
        self.rows += rows.unwrap_or(0);
        let next = self.after(&Arrived { url, answer: &answer, rows, number: self.delivered })?;
        let cut_short = next.is_some() && self.delivered >= self.most();
        match next.filter(|_| !cut_short) {
            Some(next) => {
                self.trail.visit(&next)?;
                self.next = Next::Page(next);
            }
            None => self.end(),
        }
        let (body, total, number) = (answer.body, answer.total, self.delivered);
        Ok(Page { body, records, total, number, cut_short })
    }

    /// The page after one, and what this tells of the whole listing.
    fn after(&mut self, page: &Arrived<'_>) -> Result<Option<Url>> {
        let config = self.client.config();
        let next = self.succession.next(config, page)?;
        self.complete = next.is_none() && !page.is_pinned() && !self.succession.by_number(config);
        if let (1, Some(next)) = (page.number, &next) {
            self.ahead = Ahead::shown(page.url, next, page.answer.total, page.rows);
        }
        Ok(next)
    }
}

//! Which page comes after one: where it says that the next one is, or, where pages do not say so, the
//! next by number.
//!
//! Apart, because it looks at one page that came and knows nothing of those under way.

use bytes::Bytes;
use url::Url;

use super::answer::Answer;
use super::config::{Config, Paging};
use super::link;
use crate::error::Result;

/// Rows of a full page of Basecamp 2. A listing that has more on one page is not
/// paginated at all.
const FULL_PAGE: u64 = 50;

/// How the pages of a listing follow each other.
#[derive(Debug, Default)]
pub struct Succession {
    /// The member of a page that says where the next one is, where no Link header does.
    pub continued: Option<String>,
    /// Whether there may be a further page, by number, where no Link header says so.
    pub until_empty: bool,
    /// The page before, where a listing may repeat its pages for ever.
    before: Bytes,
}

/// A page that came.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// What came.
    pub answer: &'a Answer,
    /// How many rows are on it, if that can be told.
    pub rows: Option<u64>,
    /// Its number, from 1.
    pub number: u32,
}

impl Arrived<'_> {
    /// Whether nothing but this page was asked for.
    pub fn is_pinned(&self) -> bool {
        self.number == 1 && link::number(self.url).is_some()
    }
}

impl Succession {
    /// The page after one that came.
    ///
    /// # Errors
    /// When its link leaves the origin.
    pub fn next(&self, config: &Config, page: &Arrived<'_>) -> Result<Option<Url>> {
        Ok(match config.paging {
            Paging::Links => self.linked(config, page)?.or_else(|| self.unlinked(page)),
            Paging::Numbers => (page.rows == Some(FULL_PAGE)).then(|| numbered(page)),
        })
    }

    /// Whether nothing but the pages themselves tells which is the last.
    pub fn by_number(&self, config: &Config) -> bool {
        config.paging == Paging::Numbers || self.until_empty
    }

    /// Some listings of Basecamp 2 ignore the page that they are asked for, and give the first one for
    /// ever.
    pub fn repeats(&mut self, config: &Config, answer: &Answer, is_first: bool) -> bool {
        if !self.by_number(config) {
            return false;
        }
        let repeated = !is_first && self.before == answer.body;
        self.before = answer.body.clone();
        repeated
    }

    /// Where a page says that the next one is.
    fn linked(&self, config: &Config, page: &Arrived<'_>) -> Result<Option<Url>> {
        if page.is_pinned() {
            return Ok(None);
        }
        let under = |member: &String| {
            let body: serde_json::Value = serde_json::from_slice(&page.answer.body).ok()?;
            let target = body.get(member)?.as_str()?;
            (!target.is_empty()).then(|| target.to_owned())
        };
        let continued = self.continued.as_ref().and_then(under);
        let linked = || page.answer.link.as_deref().and_then(link::next);
        let target = continued.as_deref().or_else(linked);
        target.map(|target| link::resolve(&config.base, page.url, target)).transpose()
    }

    /// The page after one with rows, where links do not tell.
    fn unlinked(&self, page: &Arrived<'_>) -> Option<Url> {
        let more = self.until_empty && page.rows.is_some_and(|rows| rows > 0);
        more.then(|| numbered(page))
    }
}

/// The page after one by its number. There may be none, or it may repeat that one: see
/// [`Succession::repeats`].
fn numbered(page: &Arrived<'_>) -> Url {
    let number = page.number + 1;
    let mut next = page.url.clone();
    let others: Vec<(String, String)> = next
        .query_pairs()
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    next.query_pairs_mut().clear().extend_pairs(others).append_pair("page", &number.to_string());
    next
}

//! What the scans of one query share: the projects in scope and single records, asked for once
//! however often a join starts a scan again, and the sizes of listings that are remembered for later
//! plans.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value as Json;
use tokio::sync::OnceCell;

use super::buckets::Buckets;
use super::decode::identifier;
use super::feed::Filling;
use crate::api::Client;
use crate::catalog::LAUNCHPAD;
use crate::error::{Error, Kind, Result};
use crate::plan::Counts;
use crate::value::Scalar;

/// The listing of projects; active ones unless a status is asked for.
pub const PROJECTS: &str = "/projects.json";

/// Listings that are remembered at most; beyond that all are forgotten, they come back soon.
const REMEMBERED: usize = 10_000;

/// A value of an expression of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// Whether a value of a domain is admitted.
    Flag(bool),
    /// Ids, texts or times; NULL is none.
    Keys(Vec<Scalar>),
}

/// Sizes of listings by their address, as `X-Total-Count` told them. One per server and user.
#[derive(Debug, Clone, Default)]
pub struct Sizes(Arc<Mutex<HashMap<String, u64>>>);

impl Sizes {
    /// Remembers a size.
    pub fn learn(&self, address: &str, total: u64) {
        let mut sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sizes.len() >= REMEMBERED {
            sizes.clear();
        }
        sizes.insert(address.to_owned(), total);
    }
}

impl Counts for Sizes {
    fn total(&self, address: &str) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).copied()
    }
}

/// Bytes of single answers that a query keeps at most.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Single answers of one query by their address. One record can be the source of several tables, as
/// the comments, subscribers and files of a message of Basecamp 2 are, and a join may come back to it;
/// within one query it is asked for once.
#[derive(Debug, Default)]
struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bodies: HashMap<String, Bytes>,
    order: VecDeque<String>,
    bytes: usize,
}

impl Answers {
    fn find(&self, address: &str) -> Option<Bytes> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bodies.get(address).cloned()
    }

    /// Keeps an answer; the oldest go where there is no room.
    fn keep(&self, address: &str, body: &Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if body.len() > KEPT_BYTES || kept.bodies.contains_key(address) {
            return;
        }
        kept.bytes += body.len();
        kept.order.push_back(address.to_owned());
        kept.bodies.insert(address.to_owned(), body.clone());
        while kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            let gone = kept.bodies.remove(&oldest);
            kept.bytes -= gone.map_or(0, |body| body.len());
        }
    }
}

/// What the scans of one query share, of one server and user.
#[derive(Debug, Default)]
pub struct Shared {
    sizes: Sizes,
    answers: Answers,
    active: OnceCell<Arc<HashSet<i64>>>,
    first: OnceCell<Option<Json>>,
    buckets: Buckets,
    /// The parents in scope of tables that are found by walking, by the table's name.
    members: tokio::sync::Mutex<HashMap<String, Arc<Vec<Filling>>>>,
}

impl Shared {
    /// The projects and calendars that rows belong to.
    pub(super) fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// Starts with nothing asked, learning into `sizes`.
    pub fn new(sizes: Sizes) -> Self {
        Self { sizes, ..Self::default() }
    }

    pub(super) fn learn(&self, address: &str, total: u64) {
        self.sizes.learn(address, total);
    }

    /// The record, or the object with rows, at an address of its own.
    pub(super) async fn single(&self, client: &Client, address: &str) -> Result<Bytes> {
        if let Some(body) = self.answers.find(address) {
            client.reused();
            return Ok(body);
        }
        let answer = match address.strip_prefix(LAUNCHPAD) {
            Some(path) => client.get_from_launchpad(path).await?,
            None => client.get_following_occurrence(address).await?,
        };
        self.answers.keep(address, &answer.body);
        Ok(answer.body)
    }

    /// The parents in scope of a table, found by `find` if they are not known.
    pub(super) async fn members(
        &self,
        table: &str,
        find: impl Future<Output = Result<Vec<Filling>>>,
    ) -> Result<Arc<Vec<Filling>>> {
        let mut members = self.members.lock().await;
        if let Some(known) = members.get(table) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(find.await?);
        members.insert(table.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    /// The ids of every active project.
    pub(super) async fn active(&self, client: &Client) -> Result<Arc<HashSet<i64>>> {
        let read = || async {
            let mut ids = HashSet::new();
            let mut listing = client.pages(PROJECTS, None);
            while let Some(page) = listing.next().await? {
                if let Some(total) = page.total {
                    self.learn(PROJECTS, total);
                }
                for project in parse(&page.body)? {
                    ids.insert(identifier(&project, "projects")?);
                }
            }
            Ok(Arc::new(ids))
        };
        self.active.get_or_try_init(read).await.map(Arc::clone)
    }

    /// The first project that the listing returns, if there is any.
    pub(super) async fn first(&self, client: &Client) -> Result<Option<&Json>> {
        let read = || async {
            let page = client.pages(PROJECTS, Some(1)).next().await?;
            let projects = page.map_or(Ok(Vec::new()), |page| parse(&page.body))?;
            Ok::<_, Error>(projects.into_iter().next())
        };
        self.first.get_or_try_init(read).await.map(Option::as_ref)
    }
}

/// A page of projects.
pub(super) fn parse(body: &[u8]) -> Result<Vec<Json>> {
    serde_json::from_slice(body).map_err(|error| {
        Error::malformed("the listing of projects is not an array").unreadable(error)
    })
}

/// The error of a table whose rows cannot be enumerated.
pub(super) fn needs(table: &str, condition: &str) -> Error {
    Error::new(
        Kind::Unsupported,
        format!("cannot read \"{table}\" without a condition on {condition}"),
    )
    .detail("Basecamp has no listing of all of them.")
    .hint(format!("Add WHERE {condition} = …, or join on it."))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Answers, KEPT_BYTES};

    #[test]
    fn answers_are_kept_within_bounds_and_the_oldest_go_first() {
        let answers = Answers::default();
        let body = Bytes::from(vec![b' '; KEPT_BYTES / 2]);
        for address in ["/a", "/b", "/b", "/c"] {
            answers.keep(address, &body);
        }
        assert!(answers.find("/a").is_none());
        assert!(answers.find("/b").is_some() && answers.find("/c").is_some());
        answers.keep("/d", &Bytes::from(vec![b' '; KEPT_BYTES + 1]));
        assert!(answers.find("/d").is_none() && answers.find("/c").is_some());
    }
}

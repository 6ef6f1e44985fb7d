//! What the runs of one scan share: the projects in scope, asked for once however often a join
//! starts the scan again, and the sizes of listings that are remembered for later plans.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;

use super::buckets::Buckets;
use super::decode::identifier;
use crate::api::Client;
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
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(address)
            .copied()
    }
}

/// What the runs of one scan share.
#[derive(Debug, Default)]
pub struct Shared {
    sizes: Sizes,
    active: OnceCell<Arc<HashSet<i64>>>,
    first: OnceCell<Option<Json>>,
    buckets: Buckets,
}

impl Shared {
    /// The projects and calendars that rows belong to.
    pub(super) fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// Starts with nothing asked, learning into `sizes`.
    pub fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            ..Self::default()
        }
    }

    pub(super) fn learn(&self, address: &str, total: u64) {
        self.sizes.learn(address, total);
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
        Error::malformed("the listing of projects is not an array").detail(error.to_string())
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

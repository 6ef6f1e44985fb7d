//! What the scans of one statement have read already: each listing of projects, each walk of parents
//! and each single record is asked for once, however often a join starts a scan again. The sizes of
//! listings are remembered beyond that, for later plans.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;

use super::record::{Record, identifier, weight};
use crate::api::{Client, Hold, Page, Pages, Turnstile};
use crate::catalog::{LAUNCHPAD, Version};
use crate::error::{Error, Result};
use crate::plan::Counts;
use crate::plan::change::People;
use crate::plan::route::Asked;
use crate::value::{Document, Element};

/// The listing of active projects.
pub const ACTIVE: &str = "/projects.json";

/// Listings that have every project together. Those in the trash of Basecamp 2, and templates, are
/// only in the listing of the caller's own.
const fn every(version: Version) -> &'static [&'static str] {
    match version {
        Version::V2 => &[ACTIVE, "/projects/archived.json", "/projects/drafts.json"],
        Version::V3 => &[ACTIVE, "/projects.json?status=archived", "/projects.json?status=trashed"],
    }
}

/// Who asks, in Basecamp 2.
const CALLER: &str = "/people/me.json";

/// Where calendars are listed.
const CALENDARS: &str = "/calendars.json";

/// Sizes of listings by their address, as `X-Total-Count` told them: to anybody with whom the turnstile is
/// shared.
#[derive(Debug, Clone)]
pub struct Sizes(Turnstile);

impl Default for Sizes {
    fn default() -> Self {
        Self(Turnstile::own())
    }
}

impl Sizes {
    /// Those of a server and credential.
    pub const fn of(turnstile: Turnstile) -> Self {
        Self(turnstile)
    }

    /// Remembers a size.
    pub fn learn(&self, address: &str, total: u64) {
        self.0.learn(address, total);
    }
}

impl Counts for Sizes {
    fn total(&self, address: &str) -> Option<u64> {
        self.0.size(address)
    }
}

/// What fills the holes of an address under one parent.
pub type Filling = Vec<Asked>;

/// The parents of walks, by the walk with everything that it is asked with.
type Walks = HashMap<String, Arc<OnceCell<Arc<Vec<Filling>>>>>;

/// What the scans of one statement share, of one server and user.
#[derive(Debug)]
pub struct Known {
    sizes: Sizes,
    singles: Singles,
    listings: tokio::sync::Mutex<HashMap<String, Arc<Listing>>>,
    walks: tokio::sync::Mutex<Walks>,
    people: OnceCell<Arc<People>>,
}

impl Known {
    /// Starts with nothing asked, learning into `sizes`.
    pub fn new(sizes: Sizes) -> Self {
        let (singles, listings, walks, people) = Default::default();
        Self { sizes, singles, listings, walks, people }
    }

    /// Remembers the size of a listing, if the answer told it.
    pub(super) fn learn(&self, address: &str, total: Option<u64>) {
        if let Some(total) = total {
            self.sizes.learn(address, total);
        }
    }

    /// The record, or the object with rows, at an address of its own.
    pub(super) async fn single(&self, client: &Client, address: &str) -> Result<Bytes> {
        if let Some(body) = self.singles.find(address) {
            client.reused();
            return Ok(body);
        }
        let answer = match address.strip_prefix(LAUNCHPAD) {
            Some(path) => client.get_from_launchpad(path).await?,
            None => client.get_following_occurrence(address).await?,
        };
        self.singles.keep(address, &answer.body);
        Ok(answer.body)
    }

    /// Forgets the record at an address: it was written to.
    pub(super) fn forget(&self, address: &str) {
        self.singles.forget(address);
    }

    /// Everybody in the account.
    pub(super) async fn people(&self, client: &Client) -> Result<Arc<People>> {
        let read = || async { super::people::read(client).await.map(Arc::new) };
        self.people.get_or_try_init(read).await.map(Arc::clone)
    }

    /// The parents that a walk visits, found by `find` if it was not made.
    pub(super) async fn walk(
        &self,
        walk: String,
        find: impl Future<Output = Result<Vec<Filling>>>,
    ) -> Result<Arc<Vec<Filling>>> {
        let cell = Arc::clone(self.walks.lock().await.entry(walk).or_default());
        let found = cell.get_or_try_init(|| async { find.await.map(Arc::new) }).await?;
        Ok(Arc::clone(found))
    }

    async fn listing(&self, address: &str) -> Arc<Listing> {
        let mut listings = self.listings.lock().await;
        let listing = listings.entry(address.to_owned());
        Arc::clone(listing.or_insert_with(|| Arc::new(Listing::new(address.to_owned()))))
    }

    /// The listing of active projects.
    pub(super) async fn active(&self) -> Arc<Listing> {
        self.listing(ACTIVE).await
    }

    /// The listings that have every project together. One may be in several.
    pub(super) async fn every(
        &self,
        client: &Client,
        version: Version,
    ) -> Result<Vec<Arc<Listing>>> {
        let mut listings = Vec::new();
        for address in every(version) {
            listings.push(self.listing(address).await);
        }
        if version == Version::V2 {
            listings.push(self.own(client).await?);
        }
        Ok(listings)
    }

    /// The listing of the caller's own projects, in Basecamp 2.
    async fn own(&self, client: &Client) -> Result<Arc<Listing>> {
        let caller = Record::parse(self.single(client, CALLER).await?)?;
        let id = identifier(caller.document.raw(), "my_profile")?;
        Ok(self.listing(&format!("/people/{id}/projects.json")).await)
    }

    /// A project that was listed, or is listed somewhere.
    pub(super) async fn project(
        &self,
        client: &Client,
        version: Version,
        id: i64,
    ) -> Result<Option<Arc<Document>>> {
        for address in every(version) {
            let listing = self.listing(address).await;
            if let Some(project) = listing.find(self, client, id).await? {
                return Ok(Some(project));
            }
        }
        match version {
            Version::V2 => self.own(client).await?.find(self, client, id).await,
            Version::V3 => Ok(None),
        }
    }

    /// A calendar.
    pub(super) async fn calendar(&self, client: &Client, id: i64) -> Result<Option<Arc<Document>>> {
        self.listing(CALENDARS).await.find(self, client, id).await
    }
}

/// A listing that is read once in a statement, as far as it is wanted.
#[derive(Debug)]
pub(super) struct Listing {
    address: String,
    state: tokio::sync::Mutex<ListingState>,
}

#[derive(Debug, Default)]
struct ListingState {
    pages: Option<Pages>,
    ended: bool,
    records: Vec<Arc<Document>>,
    places: HashMap<i64, usize>,
    /// Records that came, doubles included.
    came: u64,
    /// The count of what they take up.
    counted: Option<Hold>,
}

impl Listing {
    fn new(address: String) -> Self {
        Self { address, state: tokio::sync::Mutex::default() }
    }

    /// The records from a place on, as many as a page has; none at the end.
    pub(super) async fn from(
        &self,
        known: &Known,
        client: &Client,
        place: usize,
    ) -> Result<Vec<Arc<Document>>> {
        let mut state = self.state.lock().await;
        while state.records.len() <= place && !state.ended {
            self.read(&mut state, known, client).await?;
        }
        Ok(state.records.get(place..).unwrap_or_default().to_vec())
    }

    /// The ids of all records.
    pub(super) async fn ids(&self, known: &Known, client: &Client) -> Result<HashSet<i64>> {
        let mut state = self.state.lock().await;
        while !state.ended {
            self.read(&mut state, known, client).await?;
        }
        Ok(state.places.keys().copied().collect())
    }

    /// The record of an id: it is read no further than to it.
    pub(super) async fn find(
        &self,
        known: &Known,
        client: &Client,
        id: i64,
    ) -> Result<Option<Arc<Document>>> {
        let mut state = self.state.lock().await;
        while !state.places.contains_key(&id) && !state.ended {
            self.read(&mut state, known, client).await?;
        }
        let place = state.places.get(&id).copied();
        Ok(place.and_then(|place| state.records.get(place)).map(Arc::clone))
    }

    /// Reads one page more.
    async fn read(&self, state: &mut ListingState, known: &Known, client: &Client) -> Result<()> {
        let pages = state.pages.get_or_insert_with(|| {
            client.step(&format!("GET {}", self.address)).pages(&self.address, None).mended()
        });
        let Some(page) = pages.next().await? else {
            pages.check_complete(state.came)?;
            state.ended = true;
            state.pages = None;
            return Ok(());
        };
        known.learn(&self.address, page.total);
        let counted = state.counted.get_or_insert_with(|| client.hold());
        counted.grow(weight(&page.body))?;
        let records = parse(page)?;
        state.came += records.len() as u64;
        for record in records {
            let id = identifier(record.raw(), "projects")?;
            // A page that moved repeats some.
            if !state.places.contains_key(&id) {
                let place = state.records.len();
                state.places.insert(id, place);
                state.records.push(Arc::new(record));
            }
        }
        Ok(())
    }
}

/// A page of projects.
fn parse(page: Page) -> Result<Vec<Document>> {
    let refused = || Error::malformed("the listing of projects is not an array");
    let records = page.records.ok_or_else(refused)?;
    let split = records.into_iter().map(Element::document).collect::<serde_json::Result<_>>();
    split.map_err(|error| refused().unreadable(error))
}

/// Bytes of single answers that a statement keeps at most.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Single answers by their address. One record can be the source of several tables, as the comments,
/// subscribers and files of a message of Basecamp 2 are, and a join may come back to it.
#[derive(Debug, Default)]
struct Singles(Mutex<Bodies>);

#[derive(Debug, Default)]
struct Bodies {
    bodies: HashMap<String, Bytes>,
    order: VecDeque<String>,
    bytes: usize,
}

impl Singles {
    fn find(&self, address: &str) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bodies.get(address).cloned()
    }

    fn forget(&self, address: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gone) = kept.bodies.remove(address) {
            kept.bytes -= gone.len();
            kept.order.retain(|other| other != address);
        }
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{KEPT_BYTES, Singles};

    #[test]
    fn answers_are_kept_within_bounds_and_the_oldest_go_first() {
        let answers = Singles::default();
        let body = Bytes::from(vec![b' '; KEPT_BYTES / 2]);
        for address in ["/a", "/b", "/b", "/c"] {
            answers.keep(address, &body);
        }
        assert!(answers.find("/a").is_none());
        assert!(answers.find("/b").is_some() && answers.find("/c").is_some());
        answers.forget("/b");
        assert!(answers.find("/b").is_none(), "it was written to");
        answers.keep("/b", &body);
        answers.keep("/d", &Bytes::from(vec![b' '; KEPT_BYTES + 1]));
        assert!(answers.find("/d").is_none() && answers.find("/c").is_some());
    }
}

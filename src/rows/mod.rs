//! The joint: a `Scan` and a client become a stream of rows.
//!
//! Rows are pulled. One page is asked for when the consumer wants its first row; only when it comes
//! back for more does the scan widen to several pages and parents at a time. A consumer that stops
//! costs nothing more, and dropping the stream drops its requests. The only place, beside `change`,
//! where a decision meets the network. May import `plan`, `catalog`, `value`, `api` and `error`.

mod buckets;
mod complete;
mod decode;
mod feed;
mod place;
mod shared;
mod tally;
mod worker;

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;

pub use complete::Rest;
pub use decode::Row;
pub use shared::{Argument, Shared, Sizes};

use crate::api::{Client, Pages};
use crate::catalog;
use crate::catalog::field::Seen;
use crate::error::{Error, Result};
use crate::plan::Scan;
use crate::plan::route::Request;
use crate::value::{Scalar, Value};
use decode::Decoder;
use feed::Feed;
use place::Resolved;
use tally::Tally;
use worker::{Reading, Worker};

/// Rows of one page, with what is to be said about them.
#[derive(Debug, Default)]
pub struct Batch {
    /// The rows that passed the scope.
    pub rows: Vec<Row>,
    /// What the user is told beside them.
    pub notices: Vec<Notice>,
    /// Further rows, which lack members that are wanted.
    pub rest: Option<Rest>,
}

impl Batch {
    /// Completes all rows.
    ///
    /// # Errors
    /// As [`Rest::take`].
    pub async fn finish(mut self) -> Result<Self> {
        if let Some(mut rest) = self.rest.take() {
            self.rows.extend(rest.take(usize::MAX).await?);
        }
        Ok(self)
    }
}

/// Something that the user is told beside the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// `projectid` is unset, so only the first project is read.
    FirstProject {
        /// Its id.
        id: i64,
        /// Its name.
        name: String,
    },
    /// A listing has more pages than `maxpages` allows.
    CutShort {
        /// The pages that were read.
        pages: u32,
    },
}

/// A running scan.
#[derive(Debug)]
pub struct Rows {
    scan: Arc<Scan>,
    arguments: Arc<[Argument]>,
    client: Client,
    shared: Arc<Shared>,
    running: Option<Running>,
    state: State,
    /// For a table that counts records: they are read to the end before the first row.
    tally: Option<Tally>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Main,
    Supplement,
    Done,
}

/// The workers of a scan. Dropping it ends them.
#[derive(Debug)]
struct Running {
    batches: mpsc::Receiver<Result<Option<Batch>>>,
    demand: Arc<Semaphore>,
    context: Arc<Context>,
    /// How many permits were given for which no answer came yet.
    outstanding: usize,
    /// How many permits may be out at once: 1, then 2, 4, up to the client's concurrency.
    window: usize,
    _workers: JoinSet<()>,
}

/// What every worker of a scan needs.
#[derive(Debug)]
struct Context {
    client: Client,
    scan: Arc<Scan>,
    decoder: Decoder,
    shared: Arc<Shared>,
    /// The ids that are still sought; `None`: every record is wanted.
    sought: Option<std::sync::Mutex<HashSet<i64>>>,
}

impl Rows {
    /// Prepares a scan; nothing is asked before [`Rows::next`].
    ///
    /// `arguments` are the values of the scan's expressions, in their order.
    pub fn new(
        scan: Arc<Scan>,
        arguments: Vec<Argument>,
        client: Client,
        shared: Arc<Shared>,
    ) -> Self {
        let arguments = arguments.into();
        let (tally, scan) = match Tally::of(&scan) {
            Some((tally, longer)) => (Some(tally), Arc::new(longer)),
            None => (None, scan),
        };
        Self { scan, arguments, client, shared, running: None, state: State::Fresh, tally }
    }

    /// The next rows, in pages; `None` at the end. A batch may be empty.
    ///
    /// # Errors
    /// Whatever the API answered that is not rows, and answers that are not what it promises.
    pub async fn next(&mut self) -> Result<Option<Batch>> {
        if self.tally.is_none() {
            return self.following().await;
        }
        let mut counted = Batch::default();
        while let Some(batch) = self.following().await? {
            let batch = batch.finish().await?;
            counted.notices.extend(batch.notices);
            if let Some(tally) = &mut self.tally {
                batch.rows.into_iter().for_each(|row| tally.add(row));
            }
        }
        counted.rows = self.tally.take().map(Tally::rows).unwrap_or_default();
        Ok(Some(counted))
    }

    async fn following(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(running) = &mut self.running
                && let Some(batch) = running.next().await?
            {
                return Ok(Some(batch));
            }
            if !self.advance().await? {
                self.running = None;
                return Ok(None);
            }
        }
    }

    /// Starts the next stage of the scan; false when there is none.
    async fn advance(&mut self) -> Result<bool> {
        match self.state {
            State::Fresh => {
                self.state = State::Main;
                self.start(Arc::clone(&self.scan)).await
            }
            State::Main => {
                self.state = State::Supplement;
                if let Some(scan) = self.supplement() {
                    self.start(Arc::new(scan)).await?;
                }
                Ok(true)
            }
            State::Supplement => {
                let found = self.running.as_ref().is_some_and(|it| it.context.found_all());
                match self.scan.then.as_deref().filter(|_| !found) {
                    Some(rest) => {
                        self.scan = Arc::new(rest.clone());
                        self.state = State::Main;
                        self.start(Arc::clone(&self.scan)).await
                    }
                    None => {
                        self.state = State::Done;
                        Ok(false)
                    }
                }
            }
            State::Done => Ok(false),
        }
    }

    async fn start(&mut self, scan: Arc<Scan>) -> Result<bool> {
        if let Some(needs) = &scan.needs {
            return Err(shared::needs(&scan.table, needs));
        }
        self.running = None;
        let resolved = Resolved::of(&scan, &self.arguments, &self.client, &self.shared).await?;
        let Some(mut resolved) = resolved else {
            return Ok(true);
        };
        if let Some(walk) = &scan.members {
            let members = self.members(walk).await?;
            let inside = |hole: &str, value: &Scalar| {
                let filled = members.iter().flatten();
                filled.into_iter().any(|(name, member)| *name == hole && member == value)
            };
            for (hole, values, _) in resolved.keys.iter_mut().filter(|(hole, ..)| hole != "id") {
                values.retain(|value| inside(hole, value));
                if values.is_empty() {
                    return Ok(true);
                }
            }
        }
        let context = Context {
            client: self.client.clone(),
            decoder: Decoder::new(&scan, &resolved)?,
            shared: Arc::clone(&self.shared),
            sought: resolved
                .seek
                .as_ref()
                .map(|ids| std::sync::Mutex::new(ids.iter().copied().collect())),
            scan,
        };
        let context = Arc::new(context);
        let feed = Feed::new(Arc::clone(&context), resolved, &self.arguments)?;
        self.running = Some(Running::start(context, feed));
        Ok(true)
    }

    /// The parents that a walk would visit, found once in a query.
    async fn members(&self, walk: &Scan) -> Result<Arc<Vec<feed::Filling>>> {
        let find = async {
            let scan = Arc::new(walk.clone());
            let resolved = Resolved::of(&scan, &self.arguments, &self.client, &self.shared).await?;
            let Some(resolved) = resolved else {
                return Ok(Vec::new());
            };
            let context = Arc::new(Context {
                client: self.client.clone(),
                decoder: Decoder::new(&scan, &resolved)?,
                shared: Arc::clone(&self.shared),
                sought: None,
                scan,
            });
            Feed::new(context, resolved, &self.arguments)?.parents().await
        };
        let which = format!("{} {:?}", walk.table, walk.source);
        self.shared.members(&which, Box::pin(find)).await
    }

    /// The scan for rows that the account-wide listing left out, where it showed none of them.
    ///
    /// Whether the listing of folders has the root vaults is not documented (v3.md, section 4.9):
    /// if one came it does, else they are fetched through the docks.
    fn supplement(&self) -> Option<Scan> {
        let context = &self.running.as_ref()?.context;
        let source = self.scan.source()?;
        self.scan.table()?.supplement.as_ref()?;
        let active = context.decoder.admits("status", "active");
        let listed = source.covers == catalog::Covers::Projects;
        if !listed || !active || context.decoder.saw_unparented.load(Ordering::Relaxed) {
            return None;
        }
        Some(Scan { source: None, keys: Vec::new(), ..Scan::clone(&self.scan) })
    }
}

impl Running {
    fn start(context: Arc<Context>, feed: Feed) -> Self {
        let concurrency = context.client.concurrency().max(1);
        let demand = Arc::new(Semaphore::new(0));
        let (sender, batches) = mpsc::channel(concurrency);
        let feed = Arc::new(Mutex::new(feed));
        let mut workers = JoinSet::new();
        for _ in 0..concurrency {
            let worker = Worker {
                context: Arc::clone(&context),
                feed: Arc::clone(&feed),
                demand: Arc::clone(&demand),
                sender: sender.clone(),
            };
            workers.spawn(worker.run());
        }
        Self { batches, demand, context, outstanding: 0, window: 1, _workers: workers }
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        let mut missing = self.window.saturating_sub(self.outstanding);
        loop {
            self.demand.add_permits(missing);
            self.outstanding += missing;
            let Some(answer) = self.batches.recv().await else {
                return Ok(None);
            };
            self.outstanding -= 1;
            match answer? {
                Some(batch) => {
                    self.window = (self.window * 2).min(self.context.client.concurrency().max(1));
                    return Ok(Some(batch));
                }
                // A worker found no more work: its permit passes to one that may have some.
                None => missing = usize::from(self.outstanding == 0),
            }
        }
    }
}

impl Context {
    fn learn(&self, address: &str, total: Option<u64>) {
        if let Some(total) = total {
            self.shared.learn(address, total);
        }
    }

    /// The shape of the source's answers.
    fn shape(&self) -> catalog::Rows {
        self.scan.source().map_or(catalog::Rows::Pages, |source| source.rows)
    }

    /// The shape of one page: where one array alone goes on, the others are read once.
    fn shape_of(&self, page: u32) -> catalog::Rows {
        match self.shape() {
            catalog::Rows::Arrays(names, more @ catalog::More::Only(only)) if page > 1 => {
                let place = names.iter().position(|name| *name == only);
                let names = place.map_or(&names[..0], |place| &names[place..=place]);
                catalog::Rows::Arrays(names, more)
            }
            shape => shape,
        }
    }

    fn listing(&self, address: &str) -> Pages {
        let pages = self.client.pages(address, self.scan.limit);
        match self.shape() {
            catalog::Rows::Arrays(&[only], catalog::More::Link) => pages.under(only),
            catalog::Rows::Arrays(_, catalog::More::Member(member)) => pages.continued_by(member),
            catalog::Rows::Arrays(_, catalog::More::Only(member)) => pages.until_empty(member),
            _ => pages,
        }
    }

    /// Whether a record is one of those that are sought. Each is found once.
    fn sought(&self, seen: &Seen<'_>) -> Result<bool> {
        let Some(sought) = &self.sought else {
            return Ok(true);
        };
        let Some(Value::Bigint(id)) = self.decoder.value("id", seen)? else {
            return Ok(false);
        };
        let mut sought = sought.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sought.remove(&id))
    }

    fn found_all(&self) -> bool {
        self.sought.as_ref().is_some_and(|sought| {
            let sought = sought.lock().unwrap_or_else(PoisonError::into_inner);
            sought.is_empty()
        })
    }

    async fn page(
        self: &Arc<Self>,
        page: crate::api::Page,
        reading: &mut Reading,
    ) -> Result<Batch> {
        let mut notices = Vec::new();
        if page.cut_short {
            notices.push(Notice::CutShort { pages: page.number });
        }
        let mut records = decode::records(self.shape_of(page.number), &page.body)?;
        // Elsewhere several rows can have one id.
        if self.decoder.table().single().is_some() && self.shape() == catalog::Rows::Pages {
            reading.came.turn();
            records.retain(|record| {
                let id = record.json.get("id").and_then(serde_json::Value::as_i64);
                id.is_none_or(|id| reading.came.first(id))
            });
        }
        complete::complete(self, &reading.request, &records, notices).await
    }

    async fn single(
        self: &Arc<Self>,
        request: &Request,
        missing: place::Missing,
    ) -> Result<Option<Batch>> {
        let body = match self.shared.single(&self.client, &request.address).await {
            Ok(body) => body,
            Err(error) => return missing.settle(error, &self.client).await.map(|()| None),
        };
        let records = decode::records(self.shape(), &body)?;
        let batch = complete::complete(self, request, &records, Vec::new()).await?;
        Ok(Some(batch))
    }
}

/// Reads a scan to its end: for tests and for small questions.
///
/// # Errors
/// As [`Rows::next`].
pub async fn collect(mut rows: Rows) -> Result<(Vec<Row>, Vec<Notice>)> {
    let (mut all, mut notices) = (Vec::new(), Vec::new());
    while let Some(batch) = rows.next().await? {
        let batch = batch.finish().await?;
        all.extend(batch.rows);
        notices.extend(batch.notices);
    }
    Ok((all, notices))
}

/// A scan that this version's catalogue does not know: a plan from another version.
fn stale(scan: &Scan) -> Error {
    Error::malformed(format!("the plan names the table \"{}\", which does not exist", scan.table))
}

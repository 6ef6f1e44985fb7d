//! Requests side by side, and the one place that decides how far to read ahead.
//!
//! Workers wait for permits, and each permit is answered by exactly one message. One permit is out
//! when the consumer wants its first rows; only when it comes back for more are there several.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::answer::Answer;
use super::missing::Missing;
use super::reach::Reach;
use super::record::Record;
use super::sieve::{Recent, Sieve};
use super::{Env, Notice, complete};
use crate::api::{Client, Page, Pages};
use crate::catalog::{More, Role, Rows, Source};
use crate::error::Result;
use crate::plan::route::{Limits, Request};
use crate::value::Element;

/// Records that are parsed and handed on together.
pub const PORTION: usize = 500;

/// One thing to ask for.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The address.
    pub request: Request,
    /// What it means when there is nothing.
    pub missing: Missing,
    /// Whether it is a listing, page after page.
    pub paged: bool,
}

/// Finds the next thing to ask for.
pub trait Feed: Send + 'static {
    /// The next one; none when all are given out.
    fn next(&mut self) -> impl Future<Output = Result<Option<Unit>>> + Send;
}

/// What is done with the answers of one source.
#[derive(Debug)]
pub struct Reading {
    /// The source.
    pub source: &'static Source,
    /// Which records are rows.
    pub sieve: Sieve,
    /// How many rows are wanted of a listing.
    pub limit: Option<u64>,
    /// What it is asked by, and the order in which it is read.
    pub limits: Limits,
}

/// The workers of a source. Dropping it ends them.
#[derive(Debug)]
pub struct Fetch {
    portions: mpsc::Receiver<Result<Option<Vec<Record>>>>,
    demand: Arc<Semaphore>,
    /// How many permits were given for which no answer came yet.
    outstanding: usize,
    /// How many permits may be out at once: 1, then 2, 4, up to the client's concurrency.
    window: usize,
    most: usize,
    _workers: JoinSet<()>,
}

impl Fetch {
    /// Starts workers; they ask for nothing yet.
    pub fn start<F: Feed>(env: &Env, reading: Arc<Reading>, feed: F) -> Self {
        let most = env.context.client.concurrency().max(1);
        let demand = Arc::new(Semaphore::new(0));
        let (sender, portions) = mpsc::channel(most);
        let feed = Arc::new(Mutex::new(feed));
        let mut workers = JoinSet::new();
        for _ in 0..most {
            let worker = Worker {
                env: env.clone(),
                reading: Arc::clone(&reading),
                feed: Arc::clone(&feed),
                demand: Arc::clone(&demand),
                sender: sender.clone(),
            };
            workers.spawn(worker.run());
        }
        Self { portions, demand, outstanding: 0, window: 1, most, _workers: workers }
    }

    /// The next records; none at the end. There may be none of a page that are rows.
    ///
    /// # Errors
    /// Whatever a request met.
    pub async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        let mut missing = self.window.saturating_sub(self.outstanding);
        loop {
            self.demand.add_permits(missing);
            self.outstanding += missing;
            let Some(answer) = self.portions.recv().await else {
                return Ok(None);
            };
            self.outstanding -= 1;
            match answer? {
                Some(portion) => {
                    self.window = (self.window * 2).min(self.most);
                    return Ok(Some(portion));
                }
                // A worker found no more work: its permit passes to one that may have some.
                None => missing = usize::from(self.outstanding == 0),
            }
        }
    }
}

/// One of several that fetch side by side.
struct Worker<F> {
    env: Env,
    reading: Arc<Reading>,
    feed: Arc<Mutex<F>>,
    demand: Arc<Semaphore>,
    sender: mpsc::Sender<Result<Option<Vec<Record>>>>,
}

impl<F: Feed> Worker<F> {
    async fn run(self) {
        let mut current: Option<Current> = None;
        loop {
            let Ok(permit) = self.demand.acquire().await else {
                return;
            };
            permit.forget();
            let answer = self.portion(&mut current).await;
            let last = !matches!(answer, Ok(Some(_)));
            if self.sender.send(answer).await.is_err() || last {
                return;
            }
        }
    }

    /// The next portion of what this worker reads, or of the next unit of work.
    async fn portion(&self, current: &mut Option<Current>) -> Result<Option<Vec<Record>>> {
        loop {
            if self.env.sought.as_ref().is_some_and(|sought| sought.is_empty()) {
                return Ok(None);
            }
            if let Some(reading) = current {
                if let Some(records) = reading.next(&self.env, &self.reading).await? {
                    return Ok(Some(records));
                }
                *current = None;
            }
            let unit = self.feed.lock().await.next().await?;
            let Some(unit) = unit else {
                return Ok(None);
            };
            *current = self.open(unit).await?;
        }
    }

    /// Makes the first request of a unit; none where there is nothing.
    async fn open(&self, unit: Unit) -> Result<Option<Current>> {
        let context = &self.env.context;
        let reach = self.reading.limits.order.as_ref();
        let reach = reach.map(|order| Reach::new(order, &self.reading.limits));
        let mut current = Current { reach, ..Current::new(unit.request) };
        let client = context.client.step(&format!("GET {}", self.reading.source.path));
        let found = if unit.paged {
            let (source, limit) = (self.reading.source, self.reading.limit);
            let pages = listing(&client, source, &current.request, limit);
            current.turn(&self.env, self.reading.source, pages).await
        } else {
            let body = context.known.single(&client, &current.request.address).await;
            body.and_then(|body| current.answer(self.reading.source.rows, body, None))
                .map(|()| true)
        };
        match found {
            Ok(true) => Ok(Some(current)),
            Ok(false) => Ok(None),
            Err(error) => {
                let error = error.reserved_for(self.reading.source.permission.about());
                unit.missing.settle(error, context).await.map(|()| None)
            }
        }
    }
}

/// What a worker is reading.
struct Current {
    request: Request,
    /// Further pages, where it is a listing.
    pages: Option<Pages>,
    recent: Recent,
    /// How far it is read, where it has an order.
    reach: Option<Reach>,
    answer: Answer,
    /// Whether anything of the request was handed on.
    handed: bool,
    /// Elements of the listing that came, wanted or not.
    came: u64,
}

impl Current {
    fn new(request: Request) -> Self {
        Self {
            request,
            pages: None,
            recent: Recent::default(),
            reach: None,
            answer: Answer::default(),
            handed: false,
            came: 0,
        }
    }

    /// The next rows; none at the end.
    async fn next(&mut self, env: &Env, reading: &Reading) -> Result<Option<Vec<Record>>> {
        if self.answer.is_empty() && self.handed {
            let Some(pages) = self.pages.take() else {
                return Ok(None);
            };
            let enough = self.reach.as_ref().is_some_and(Reach::is_enough);
            let more = !enough && self.turn(env, reading.source, pages).await?;
            if !more && !self.turn_back(env, reading.source).await? {
                return Ok(None);
            }
        }
        self.handed = true;
        self.rows(env, reading).await.map(Some)
    }

    /// Reads the front of the listing again, where records may have moved to it; false if none may have.
    async fn turn_back(&mut self, env: &Env, source: &Source) -> Result<bool> {
        let Some(true) = self.reach.as_mut().map(Reach::returns).transpose()? else {
            return Ok(false);
        };
        self.came = 0;
        let client = env.context.client.step(&format!("GET {}", source.path));
        let pages = listing(&client, source, &self.request, None).anew();
        self.turn(env, source, pages).await
    }

    /// Reads the next page; false at the end.
    async fn turn(&mut self, env: &Env, source: &Source, mut pages: Pages) -> Result<bool> {
        let Some(page) = pages.next().await? else {
            if is_counted(source.rows) {
                pages.check_complete(self.came)?;
            }
            return Ok(false);
        };
        if page.number == 1 {
            env.context.known.learn(&self.request.listing, page.total);
        }
        if page.cut_short {
            env.context.tell(Notice::CutShort { pages: page.number });
        }
        self.recent.turn();
        self.reach.iter_mut().for_each(Reach::turn);
        self.answer(shape(source, &page), page.body, page.records)?;
        self.pages = Some(pages);
        Ok(true)
    }

    fn answer(&mut self, shape: Rows, body: Bytes, elements: Option<Vec<Element>>) -> Result<()> {
        let asked = self.request.asked.as_slice().into();
        self.answer = Answer::split(shape, body, elements, asked)?;
        self.came += self.answer.elements;
        Ok(())
    }

    /// The rows among the next records.
    async fn rows(&mut self, env: &Env, reading: &Reading) -> Result<Vec<Record>> {
        let decoder = &env.context.decoder;
        let paged = self.pages.is_some() && reading.source.rows == Rows::Pages;
        let by_id = decoder.table().single().is_some();
        let mut rows = Vec::new();
        for mut record in self.answer.take(PORTION, env.context.client.hold())? {
            let window = self.request.window.as_ref();
            let new = (!paged || self.recent.is_new(&record, by_id))
                && self.reach.as_mut().is_none_or(|reach| reach.is_new(&record));
            let kept =
                new && reading.sieve.keeps(decoder, &record, window, env.sought.as_deref())?;
            if let Some(reach) = &mut self.reach {
                record.certain = reading.sieve.is_certain(decoder, &record)?;
                reach.note(env, &record, kept && record.certain)?;
            }
            if kept {
                bucket(env, &mut record).await?;
                rows.push(record);
            }
        }
        Ok(rows)
    }
}

/// The shape of one page: where one array alone goes on, the others are read once.
fn shape(source: &Source, page: &Page) -> Rows {
    match source.rows {
        Rows::Arrays(names, more @ More::Only(only)) if page.number > 1 => {
            let place = names.iter().position(|name| *name == only);
            let names = place.map_or(&names[..0], |place| &names[place..=place]);
            Rows::Arrays(names, more)
        }
        shape => shape,
    }
}

/// Whether the total of a listing counts what is on its pages.
const fn is_counted(shape: Rows) -> bool {
    matches!(
        shape,
        Rows::Pages | Rows::Inside(_) | Rows::Within(_) | Rows::Arrays(&[_], More::Link)
    )
}

/// The pages of one listing, as its source has them.
pub fn listing(client: &Client, source: &Source, request: &Request, limit: Option<u64>) -> Pages {
    let pages = client.pages(&request.address, limit);
    let pages = if request.address == request.listing { pages } else { pages.sparing() };
    match source.rows {
        Rows::Arrays(&[only], More::Link) => pages.under(only),
        Rows::Arrays(_, More::Member(member)) => pages.continued_by(member),
        Rows::Arrays(_, More::Only(member)) => pages.until_empty(member),
        // Doubles are dropped by what was remembered of the last pages.
        Rows::Pages => pages.mended(),
        _ => pages,
    }
}

/// Adds the project or calendar of a record, where a wanted cell is to be had from it alone.
async fn bucket(env: &Env, record: &mut Record) -> Result<()> {
    let context = &env.context;
    let seen = record.seen();
    if !context.decoder.misses_bucket(&seen)? {
        return Ok(());
    }
    let project = context.decoder.id(Role::Project, &seen)?;
    let calendar = context.decoder.id(Role::Calendar, &seen)?;
    let (known, client) = (&context.known, &context.client);
    record.bucket = match (project, calendar) {
        (Some(id), _) => known.project(client, context.plan.version, id).await?,
        (None, Some(id)) => known.calendar(client, id).await?,
        (None, None) => None,
    };
    if record.bucket.is_some() && context.decoder.misses_bucket(&record.seen())? {
        // Projects that only the caller's own listing has come without their web address. The whole
        // record may tell it.
        let told = complete::bucket(context, record).await?;
        record.bucket = told.map(Arc::new).or(record.bucket.take());
    }
    Ok(())
}

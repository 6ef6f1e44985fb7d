//! One of several workers that fetch side by side, and the listing that it is reading.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore, mpsc};

use super::feed::{Feed, Unit};
use super::{Batch, Context};
use crate::api::Pages;
use crate::error::Result;
use crate::plan::route::Request;

/// One of several that fetch side by side. Each permit is answered by exactly one message.
pub struct Worker {
    pub context: Arc<Context>,
    pub feed: Arc<Mutex<Feed>>,
    pub demand: Arc<Semaphore>,
    pub sender: mpsc::Sender<Result<Option<Batch>>>,
}

impl Worker {
    pub async fn run(self) {
        let mut pages: Option<Reading> = None;
        loop {
            let Ok(permit) = self.demand.acquire().await else {
                return;
            };
            permit.forget();
            let answer = self.batch(&mut pages).await;
            let last = !matches!(answer, Ok(Some(_)));
            if self.sender.send(answer).await.is_err() || last {
                return;
            }
        }
    }

    /// The next batch of this worker's listing, or of the next unit of work.
    async fn batch(&self, pages: &mut Option<Reading>) -> Result<Option<Batch>> {
        let context = &self.context;
        loop {
            if context.found_all() {
                return Ok(None);
            }
            if let Some(reading) = pages {
                if let Some(page) = reading.listing.next().await? {
                    return context.page(page, reading).await.map(Some);
                }
                *pages = None;
            }
            let unit = self.feed.lock().await.next().await?;
            match unit {
                None => return Ok(None),
                Some(Unit::Notice(notice)) => {
                    return Ok(Some(Batch { notices: vec![notice], ..Batch::default() }));
                }
                Some(Unit::Listing(request, missing)) => {
                    let mut reading = Reading {
                        listing: context.listing(&request.address),
                        request,
                        came: Came::default(),
                    };
                    match reading.listing.next().await {
                        Ok(Some(page)) => {
                            context.learn(&reading.request.address, page.total);
                            let batch = context.page(page, &mut reading).await?;
                            *pages = Some(reading);
                            return Ok(Some(batch));
                        }
                        Ok(None) => {}
                        Err(error) => missing.settle(error, &context.client).await?,
                    }
                }
                Some(Unit::Single(request, missing)) => {
                    if let Some(batch) = context.single(&request, missing).await? {
                        return Ok(Some(batch));
                    }
                }
            }
        }
    }
}

/// A listing that is being read.
pub struct Reading {
    pub listing: Pages,
    /// How it was asked for.
    pub request: Request,
    pub came: Came,
}

/// Ids that came with the last pages of a listing. A record that is inserted meanwhile shifts others
/// to the next page, where they come a second time.
#[derive(Default)]
pub struct Came {
    ids: HashSet<i64>,
    pages: VecDeque<Vec<i64>>,
}

/// Pages whose ids are remembered: more than can shift past while one is read.
const REMEMBERED_PAGES: usize = 4;

impl Came {
    /// Whether a record comes for the first time, as far as is remembered.
    pub fn first(&mut self, id: i64) -> bool {
        let new = self.ids.insert(id);
        if let (true, Some(page)) = (new, self.pages.back_mut()) {
            page.push(id);
        }
        new
    }

    /// The next page begins.
    pub fn turn(&mut self) {
        self.pages.push_back(Vec::new());
        if self.pages.len() > REMEMBERED_PAGES {
            for id in self.pages.pop_front().unwrap_or_default() {
                self.ids.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Came, REMEMBERED_PAGES};

    #[test]
    fn a_record_that_slips_to_the_next_page_comes_once_and_memory_stays_bounded() {
        let mut came = Came::default();
        let pages = 100_i64;
        for page in 0..pages {
            came.turn();
            // Each page repeats the last record of the one before.
            let slipped = page * 10 - 1;
            assert_eq!(came.first(slipped), page == 0, "page {page}");
            for id in page * 10..(page + 1) * 10 {
                assert!(came.first(id), "{id}");
            }
        }
        assert!(came.ids.len() <= (REMEMBERED_PAGES + 1) * 11);
    }
}

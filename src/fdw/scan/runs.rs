//! The runs of a scan that were begun before their keys came.

use std::collections::HashMap;
use std::rc::Rc;

use super::upcoming::{Upcoming, of};
use crate::error::Result;
use crate::fdw::wait::Fetch;
use crate::plan::bind::Argument;

/// The runs of one scan, by the values that they are asked with. Those that nobody wants any more end
/// with their requests.
#[derive(Default)]
pub struct Runs {
    /// None where nothing reads ahead.
    upcoming: Option<Rc<Upcoming>>,
    begun: HashMap<Vec<Argument>, Fetch>,
}

impl Runs {
    /// Of a scan that begins: of a query, at a place of its range table, with so many runs at a time.
    pub fn new(query: usize, place: u32, most: usize) -> Self {
        let upcoming = of(query, place);
        if let Some(upcoming) = &upcoming {
            upcoming.listen(most);
        }
        Self { upcoming, begun: HashMap::new() }
    }

    /// The run with these values, if it was begun.
    pub fn take(&mut self, asked: &[Argument]) -> Option<Fetch> {
        self.begun.remove(asked)
    }

    /// Begins those that are upcoming and not `known`. One that cannot be begun is left to its turn,
    /// when whatever is wrong is said.
    pub fn begin(
        &mut self,
        known: impl Fn(&[Argument]) -> bool,
        start: impl Fn(Vec<Argument>) -> Result<Fetch>,
    ) {
        let Some(upcoming) = &self.upcoming else {
            return;
        };
        let keys = upcoming.keys();
        self.begun.retain(|key, _| keys.contains(key));
        for key in keys {
            if known(&key) || self.begun.contains_key(&key) {
                continue;
            }
            let Ok(mut fetch) = start(key.clone()) else {
                return;
            };
            fetch.ask();
            upcoming.begin();
            self.begun.insert(key, fetch);
        }
    }
}

//! How far a listing that is read in an order is read: to the page that ends beyond what is wanted.
//!
//! A change moves a record to the front of those that changed last, and with it past a reader who has
//! come further. So a listing that was read newest change first, and took more than a page, is read
//! again from its front to where that was, until a page is all that this takes. What came before stays
//! as it came; what a listing keeps in another order than it was told is read to its end, once.

use std::collections::HashSet;

use super::Env;
use super::record::{Record, id};
use crate::catalog::Role;
use crate::error::{Error, Result};
use crate::plan::route::Limits;
use crate::plan::{Order, Side};
use crate::value::{Scalar, Value};

/// Times that the front of a listing is read again at most.
const MOST_TURNS: usize = 10;

/// How far one listing was read, and whether that is enough.
#[derive(Debug)]
pub struct Reach {
    order: Order,
    /// What is beyond it is of no interest.
    bound: Option<i64>,
    /// Whether changes move records.
    moves: bool,
    /// The first value of the first page, and those of the page that is read.
    front: Option<i64>,
    last: Option<i64>,
    /// Whether every page so far was in order.
    ordered: bool,
    /// How many rows came, and the value of the last one that is wanted.
    rows: u64,
    least: Option<i64>,
    pages: usize,
    turns: usize,
    /// Ids of what came, where the front is read again.
    came: HashSet<i64>,
}

impl Reach {
    /// For a listing that is read in an order, within limits.
    pub fn new(order: &Order, limits: &Limits) -> Self {
        let side = if order.descending { Side::Lower } else { Side::Upper };
        let bound = match limits.bound(&order.column, side) {
            Some(Scalar::Moment(micros)) => Some(*micros),
            _ => None,
        };
        Self {
            order: order.clone(),
            bound,
            moves: order.descending && Role::named(&order.column) == Some(Role::Updated),
            front: None,
            last: None,
            ordered: true,
            rows: 0,
            least: None,
            pages: 0,
            turns: 0,
            came: HashSet::new(),
        }
    }

    /// A page begins.
    pub fn turn(&mut self) {
        self.pages += 1;
        self.last = None;
    }

    /// Whether a record comes for the first time, as far as that is not told otherwise.
    pub fn is_new(&mut self, record: &Record) -> bool {
        let id = id(record.document.raw());
        !self.moves || id.is_none_or(|id| self.came.insert(id))
    }

    /// Takes note of a record; `row`: whether it is one of the rows that are wanted.
    ///
    /// # Errors
    /// When its value is not what the API promises.
    pub fn note(&mut self, env: &Env, record: &Record, row: bool) -> Result<()> {
        let value = moment(env, &self.order, record)?;
        let follows = |last: i64| value.is_some_and(|value| !self.is_before(value, last));
        self.ordered &= value.is_some() && self.last.is_none_or(follows);
        self.last = value;
        self.front = self.front.or(value);
        if row && self.turns == 0 {
            self.rows += 1;
            let first = self.order.first.as_ref();
            if first.is_some_and(|first| first.count == self.rows) {
                self.least = value;
            }
        }
        Ok(())
    }

    /// Whether nothing of interest follows the page that was read.
    pub fn is_enough(&self) -> bool {
        let Some(last) = self.last.filter(|_| self.ordered) else {
            return false;
        };
        let beyond = |value: i64| self.is_before(value, last);
        let first = self.order.first.as_ref().filter(|_| self.turns == 0);
        let tied = first.is_some_and(|first| first.ties);
        self.bound.is_some_and(beyond)
            || (first.is_some() && self.least.is_some_and(|least| !tied || beyond(least)))
    }

    /// Whether the front must be read again: then what was at the front is where reading ends.
    ///
    /// # Errors
    /// When it was read again too often.
    pub fn returns(&mut self) -> Result<bool> {
        if !self.moves || !self.ordered || self.pages < 2 {
            return Ok(false);
        }
        if self.turns == MOST_TURNS {
            let message = "too many records were changed while a listing was read";
            return Err(Error::malformed(message).hint("Repeat the statement."));
        }
        self.turns += 1;
        self.bound = self.front.take();
        self.pages = 0;
        Ok(true)
    }

    /// Whether one value comes before another.
    fn is_before(&self, one: i64, other: i64) -> bool {
        if self.order.descending { one > other } else { one < other }
    }
}

/// The value of a record that it is ordered by.
pub fn moment(env: &Env, order: &Order, record: &Record) -> Result<Option<i64>> {
    let value = env.context.decoder.value(&order.column, &record.seen())?;
    Ok(if let Some(Value::Timestamptz(micros)) = value { Some(micros) } else { None })
}

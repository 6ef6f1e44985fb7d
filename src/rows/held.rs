//! Rows that wait for PostgreSQL. What they take up is counted as what servers send is: it came from
//! there, and nobody bounds a row otherwise.

use super::Row;
use crate::api::{Client, Hold};
use crate::error::Result;
use crate::value::Value;

/// Rows with a count of their bytes, which lasts as long as they are together.
#[derive(Debug, Default)]
pub struct Held {
    rows: Vec<Row>,
    hold: Option<Hold>,
}

impl Held {
    /// Some rows, counted against a client's bound.
    ///
    /// # Errors
    /// When the bound is met.
    pub fn new(rows: Vec<Row>, client: &Client) -> Result<Self> {
        let mut hold = client.hold();
        hold.grow(rows.iter().map(weight).sum())?;
        Ok(Self { rows, hold: Some(hold) })
    }

    /// Puts others behind them.
    pub fn append(&mut self, others: Self) {
        self.rows.extend(others.rows);
        match (&mut self.hold, others.hold) {
            (Some(hold), Some(other)) => hold.absorb(other),
            (hold, other) => *hold = hold.take().or(other),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The bytes that are counted.
    pub fn bytes(&self) -> usize {
        self.hold.as_ref().map_or(0, Hold::bytes)
    }

    /// The row at a place.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Row> {
        self.rows.get_mut(place)
    }

    /// The rows, from here on uncounted.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }
}

/// The bytes of a row: its cells, and what they point to.
fn weight(row: &Row) -> usize {
    size_of::<Row>()
        + size_of_val(row.as_slice())
        + row.iter().flatten().map(Value::weight).sum::<usize>()
}

//! Which records of an answer are rows of the table, by what the plan says of its source.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use super::decode::Decoder;
use super::record::{Record, id};
use crate::catalog::field::{Seen, at};
use crate::catalog::{IDENTITY, Role, Rows, Source};
use crate::error::Result;
use crate::plan::bind::Bind;
use crate::plan::route::{Admitted, Asked, Domains, Window};
use crate::value::{Kind, Raw, Scalar, Value};

/// The ids of the records that a scan is for, as long as they have not come.
#[derive(Debug)]
pub struct Sought(Mutex<HashSet<i64>>);

impl Sought {
    /// Looks for these.
    pub fn new(ids: impl IntoIterator<Item = i64>) -> Self {
        Self(Mutex::new(ids.into_iter().collect()))
    }

    /// Whether all have come.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether this one was still missing.
    fn remove(&self, id: i64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }
}

/// Keeps the records of one source that are rows.
#[derive(Debug)]
pub struct Sieve {
    source: &'static Source,
    domains: Domains,
    /// Whether only sought records are rows.
    seeks: bool,
    /// Columns that several requests fix to one value each.
    shared: Vec<String>,
}

impl Sieve {
    /// For what a source is asked.
    pub fn new(source: &'static Source, domains: Domains, seeks: bool, binds: &[Bind]) -> Self {
        let shared = binds.iter().filter(|bind| bind.values.len() > 1);
        let shared = shared.map(|bind| bind.column.clone()).collect();
        Self { source, domains, seeks, shared }
    }

    /// Whether a record is a row of this table, has admitted values, is of the days that its request
    /// asked for and not of the next part, which brings it once more, and is one that is sought.
    ///
    /// # Errors
    /// When a column that decides cannot be read.
    pub fn keeps(
        &self,
        decoder: &Decoder,
        record: &Record,
        window: Option<&Window>,
        sought: Option<&Sought>,
    ) -> Result<bool> {
        let seen = record.seen();
        Ok(self.is_of_table(decoder, seen.json)
            && self.is_admitted(decoder, &seen)?
            && is_within(decoder, window, &seen)?
            && self.is_asked_here(decoder, &seen)?
            && self.is_sought(decoder, &seen, sought)?)
    }

    /// Whether a request can bring rows, going by what it asks.
    ///
    /// # Errors
    /// When a column that decides cannot be read.
    pub fn keeps_request(&self, decoder: &Decoder, asked: &[Asked]) -> Result<bool> {
        self.is_admitted(decoder, &Seen { asked, ..Seen::alone(Raw::NULL) })
    }

    /// Whether every column with a domain tells that a record is a row: NULL is for PostgreSQL to judge.
    ///
    /// # Errors
    /// When a column that decides cannot be read.
    pub fn is_certain(&self, decoder: &Decoder, record: &Record) -> Result<bool> {
        for admitted in &self.domains.0 {
            if decoder.value(&admitted.column, &record.seen())?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_of_table(&self, decoder: &Decoder, record: Raw<'_>) -> bool {
        let Some((path, value)) = decoder.table().keep else {
            return true;
        };
        match at(record, path) {
            Some(found) if matches!(found.kind(), Kind::Flag(_)) => found.text() == value,
            Some(found) => found.as_str().as_deref() == Some(value),
            // The record itself need not say what it is: its address did.
            None => self.source.rows == Rows::One,
        }
    }

    fn is_admitted(&self, decoder: &Decoder, seen: &Seen<'_>) -> Result<bool> {
        for Admitted { column, values, .. } in &self.domains.0 {
            let is_one = match decoder.value(column, seen)? {
                Some(Value::Text(text)) => values.contains(&text),
                Some(Value::Boolean(flag)) => values.iter().any(|each| *each == flag.to_string()),
                // Nothing to decide by: PostgreSQL checks the condition on NULL.
                _ => true,
            };
            if !is_one {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a record is of the value that its request fixes a column to. The answer may have those
    /// of another request too: labels are found in any case.
    fn is_asked_here(&self, decoder: &Decoder, seen: &Seen<'_>) -> Result<bool> {
        let shared = seen.asked.iter().filter(|(column, _)| self.shared.contains(column));
        for (column, asked) in shared {
            let same = match (decoder.value(column, seen)?, asked) {
                (Some(Value::Text(text)), Scalar::Text(asked)) => text == *asked,
                (Some(Value::Bigint(id)), Scalar::Id(asked)) => id == *asked,
                (Some(Value::Date(day)), Scalar::Date(asked)) => day == *asked,
                _ => true,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_sought(
        &self,
        decoder: &Decoder,
        seen: &Seen<'_>,
        sought: Option<&Sought>,
    ) -> Result<bool> {
        let Some(sought) = sought else {
            return Ok(true);
        };
        let missing = decoder.id(Role::Id, seen)?.is_some_and(|id| sought.remove(id));
        Ok(missing || !self.seeks)
    }
}

fn is_within(decoder: &Decoder, window: Option<&Window>, seen: &Seen<'_>) -> Result<bool> {
    let Some(window) = window else {
        return Ok(true);
    };
    Ok(match decoder.value(window.column, seen)? {
        Some(Value::Date(day)) => (window.first..=window.last).contains(&day),
        _ => true,
    })
}

/// What tells the records of the last pages of a listing apart. A record that is inserted meanwhile
/// shifts others to the next page, where they come a second time.
#[derive(Debug, Default)]
pub struct Recent {
    /// The page on which each mark came.
    marks: HashMap<u64, u64>,
    pages: VecDeque<Vec<u64>>,
    turned: u64,
}

/// Pages whose records are remembered: more than can shift past while one is read.
const REMEMBERED_PAGES: usize = 4;

impl Recent {
    /// Whether a record comes for the first time, as far as is remembered: by its id, where records of
    /// the table have one of their own; else by what tells it apart, which several records of one page
    /// may have alike.
    pub fn is_new(&mut self, record: &Record, by_id: bool) -> bool {
        let mark = mark(record, by_id);
        let by_id = by_id && id(record.document.raw()).is_some();
        match self.marks.get(&mark) {
            Some(page) => !by_id && *page == self.turned,
            None => {
                self.marks.insert(mark, self.turned);
                if let Some(page) = self.pages.back_mut() {
                    page.push(mark);
                }
                true
            }
        }
    }

    /// The next page begins.
    pub fn turn(&mut self) {
        self.turned += 1;
        self.pages.push_back(Vec::new());
        if self.pages.len() > REMEMBERED_PAGES {
            for mark in self.pages.pop_front().unwrap_or_default() {
                self.marks.remove(&mark);
            }
        }
    }
}

fn mark(record: &Record, by_id: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Several of Basecamp's own actors share a word.
    match id(record.document.raw()) {
        Some(id) if by_id => id.hash(&mut hasher),
        // What else it says may change when it moves: its position does.
        Some(_) => {
            IDENTITY.map(|member| record.document.get(member).map(Raw::text)).hash(&mut hasher)
        }
        None => record.document.text().hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{REMEMBERED_PAGES, Recent};
    use crate::rows::record::Record;

    fn record(id: i64) -> Record {
        Record::parse(Bytes::from(format!("{{\"id\": {id}}}"))).expect("an object")
    }

    #[test]
    fn a_record_is_known_again_although_its_place_changed_and_a_repeated_entry_is_another() {
        let record = |text: &'static str| Record::parse(text.into()).expect("an object");
        let mut recent = Recent::default();
        recent.turn();
        assert!(recent.is_new(&record(r#"{"id": 1, "type": "Todo", "position": 1}"#), false));
        recent.turn();
        assert!(!recent.is_new(&record(r#"{"id": 1, "type": "Todo", "position": 2}"#), false));
        for other in [
            r#"{"id": 1, "type": "Todolist", "position": 1}"#,
            r#"{"id": 1, "type": "Todo", "starts_at": "2026-01-02"}"#,
            r#"{"id": 2, "type": "Todo", "position": 1}"#,
        ] {
            assert!(recent.is_new(&record(other), false), "{other}");
        }
    }

    #[test]
    fn a_record_that_slips_to_the_next_page_comes_once_and_memory_stays_bounded() {
        for by_id in [true, false] {
            let mut recent = Recent::default();
            for page in 0..100_i64 {
                recent.turn();
                // Each page repeats the last record of the one before.
                let slipped = record(page * 10 - 1);
                assert_eq!(recent.is_new(&slipped, by_id), page == 0, "page {page}");
                for id in page * 10..(page + 1) * 10 {
                    assert!(recent.is_new(&record(id), by_id), "{id}");
                }
            }
            assert!(recent.marks.len() <= (REMEMBERED_PAGES + 1) * 11);
        }
    }
}

//! What was sent that changes something, request by request, for whoever keeps a log of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::api::Answer;
use crate::error::{Error, Kind, Result};

/// One request that changes something, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was sent, in RFC 3339.
    pub at: String,
    /// The resource that it writes to, or the function that sends it.
    pub what: String,
    /// The id of the row, where it is known.
    pub row: Option<i64>,
    /// Its method.
    pub method: String,
    /// Its path below the account.
    pub path: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What became of it.
    pub fate: Fate,
    /// Its body, where bodies are kept.
    pub body: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Basecamp carried it out.
    Written,
    /// Basecamp did not.
    Refused,
    /// Nobody knows: no answer came, or nobody waited for it.
    Unknown,
}

impl Fate {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// The requests of a statement that nobody has written down yet.
#[derive(Debug)]
pub struct Journal {
    with_bodies: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    entries: Vec<(u64, Entry)>,
}

/// A request that is under way.
#[derive(Debug)]
pub struct Line {
    journal: Arc<Journal>,
    number: u64,
}

impl Journal {
    /// One with nothing in it.
    pub fn new(with_bodies: bool) -> Arc<Self> {
        Arc::new(Self { with_bodies, state: Mutex::default() })
    }

    /// A request is about to be sent. Until its line is ended nobody knows what becomes of it.
    pub fn begin(
        self: &Arc<Self>,
        (what, row): (&str, Option<i64>),
        (method, path): (&str, &str),
        body: Option<&Json>,
    ) -> Line {
        let entry = Entry {
            at: Timestamp::now().to_string(),
            what: what.to_owned(),
            row,
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
            fate: Fate::Unknown,
            body: body.filter(|_| self.with_bodies).map(Json::to_string),
        };
        let mut state = self.state();
        state.begun += 1;
        let number = state.begun;
        state.entries.push((number, entry));
        Line { journal: Arc::clone(self), number }
    }

    /// Everything so far; it is forgotten here.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.state().entries).into_iter().map(|(_, entry)| entry).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// What became of the request. `made`: the id of what it made, where that is told.
    pub fn end(self, outcome: &Result<Answer>, made: Option<i64>) {
        let mut state = self.journal.state();
        let line = state.entries.iter_mut().find(|(number, _)| *number == self.number);
        // None where somebody has taken it, who did not wait.
        if let Some((_, entry)) = line {
            entry.row = entry.row.or(made);
            (entry.status, entry.fate) = match outcome {
                Ok(answer) => (Some(answer.status), Fate::Written),
                Err(error) => (error.http_status(), fate(error)),
            };
        }
    }
}

fn fate(error: &Error) -> Fate {
    if error.kind() == Kind::Unresolved { Fate::Unknown } else { Fate::Refused }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Fate, Journal};
    use crate::error::{Error, Kind};

    #[test]
    fn what_nobody_waited_for_is_unknown_and_bodies_are_kept_on_demand() {
        for with_bodies in [false, true] {
            let journal = Journal::new(with_bodies);
            let body = json!({"content": "x"});
            let sent = |path| journal.begin(("todos", Some(5)), ("PUT", path), Some(&body));
            let (first, second) = (sent("/todos/5.json"), sent("/todos/6.json"));
            second.end(&Err(Error::new(Kind::Invalid, "no").status(422)), None);
            let entries = journal.take();
            let told: Vec<_> = entries.iter().map(|it| (it.status, it.fate.word())).collect();
            assert_eq!(told, [(None, "unknown"), (Some(422), "refused")]);
            assert_eq!(entries[0].body.is_some(), with_bodies);
            // It comes too late, and is nobody else's.
            let third = sent("/todos/7.json");
            first.end(&Err(Error::new(Kind::Unresolved, "?")), Some(9));
            drop(third);
            let late = journal.take();
            assert_eq!((late.len(), late[0].row, late[0].fate), (1, Some(5), Fate::Unknown));
        }
    }
}

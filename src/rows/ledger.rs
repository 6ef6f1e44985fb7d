//! What a statement has written so far, so that one that fails can say it. May import `error`.

use std::cell::Cell;
use std::fmt::Write as _;

use super::change::Failure;
use crate::error::Error;

/// Ids that are told one by one at most; of more the number is told.
const TOLD: usize = 1_000;

/// The rows that a statement has written.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The newest last; none: a row that has no id, or whose id was not told.
    written: Vec<Option<i64>>,
    /// Whether it was told.
    told: Cell<bool>,
}

impl Ledger {
    /// A row was written.
    pub fn note(&mut self, id: Option<i64>) {
        self.written.push(id);
    }

    /// What is known when something else ends the statement and nobody has told it.
    pub fn untold(&self) -> Option<String> {
        (!self.told.get() && !self.written.is_empty()).then(|| self.summary())
    }

    /// What is known when something else ends the statement.
    pub fn summary(&self) -> String {
        self.told.set(true);
        let ids: Vec<i64> = self.written.iter().flatten().copied().collect();
        let mut text = match self.written.len() {
            0 => return "Nothing was written.".to_owned(),
            1 => "1 row was written".to_owned(),
            count => format!("{count} rows were written"),
        };
        let skipped = ids.len().saturating_sub(TOLD);
        let ids: Vec<String> = ids.iter().skip(skipped).map(ToString::to_string).collect();
        if !ids.is_empty() {
            let last = if skipped > 0 { ", the last with the ids" } else { ", with the ids" };
            let last = if ids.len() == 1 { ", with the id" } else { last };
            let _ = write!(text, "{last} {}", ids.join(", "));
        }
        text.push('.');
        text
    }

    /// A failure with what was done before it and what was not. `left`: rows that were not sent.
    pub fn told(&self, failure: Failure, left: usize) -> Error {
        let Failure { error, id, done } = failure;
        let mut facts = Vec::new();
        let row = id.map_or_else(|| "the row".to_owned(), |id| format!("the row with the id {id}"));
        if !done.is_empty() {
            facts.push(format!("Of {row} was done: {}.", done.join(", ")));
        } else if id.is_some() {
            facts.push(format!("It was about {row}."));
        }
        facts.push(self.summary());
        match left {
            0 => {}
            1 => facts.push("1 row was not sent.".to_owned()),
            count => facts.push(format!("{count} rows were not sent.")),
        }
        error.and_facts(&facts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Ledger};
    use crate::error::{Error, Kind};

    fn failure(id: Option<i64>, done: &[&'static str]) -> Failure {
        let error = Error::new(Kind::Server, "no").detail("HTTP status 500.");
        Failure { error, id, done: done.to_vec() }
    }

    fn detail(ledger: &Ledger, failure: Failure, left: usize) -> String {
        ledger.told(failure, left).detail_text().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_failure_tells_what_was_done_and_what_was_not() {
        let mut ledger = Ledger::default();
        let first = detail(&ledger, failure(Some(5), &[]), 0);
        assert_eq!(
            first,
            "HTTP status 500. It was about the row with the id 5. Nothing was written."
        );
        ledger.note(Some(7));
        ledger.note(None);
        let half = detail(&ledger, failure(Some(5), &["changed to-do"]), 3);
        let of_row = "Of the row with the id 5 was done: changed to-do.";
        let rest = "2 rows were written, with the id 7. 3 rows were not sent.";
        assert_eq!(half, format!("HTTP status 500. {of_row} {rest}"));
        assert_eq!(ledger.untold(), None, "once is enough");
    }

    #[test]
    fn what_was_written_is_told_unless_it_was_and_nothing_is_not() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.untold(), None);
        ledger.note(Some(7));
        assert_eq!(ledger.untold().as_deref(), Some("1 row was written, with the id 7."));
        assert_eq!(ledger.untold(), None);
    }

    #[test]
    fn a_thousand_ids_are_told_and_the_number_of_more() {
        let mut ledger = Ledger::default();
        (1..=1_001).for_each(|id| ledger.note(Some(id)));
        let told = detail(&ledger, failure(None, &[]), 0);
        assert!(told.contains("1001 rows were written, the last with the ids 2, 3,"), "{told}");
        assert!(told.ends_with(", 1001."), "nothing is cut");
    }
}

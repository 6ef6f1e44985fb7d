//! Rules that bend answers.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::{State, locked};

/// Which answers are bent, and how.
#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    /// What the path begins with; empty: every path.
    #[serde(default)]
    pub path: String,
    /// How many fitting requests pass before.
    #[serde(default)]
    pub after: u32,
    /// How many are bent then; unset: all.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens to them.
    pub act: Act,
}

/// What happens to an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// It comes so many milliseconds late. What was asked for is done at once.
    Late(u64),
    /// Nothing is done, and nothing is ever answered.
    Hang,
    /// What was asked for is done, and nothing is ever answered.
    Swallow,
    /// Nothing is done, and this is answered.
    Answer {
        /// The status.
        status: u16,
        /// The body.
        body: String,
        /// Headers beside the type, which is JSON.
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    /// Members of a successful answer get these values; null removes one.
    Bend(Map<String, Json>),
    /// Nothing is done; the answer has this status and repeats everything that was sent.
    Echo(u16),
}

impl Rule {
    /// Bends every answer of the token endpoint.
    pub fn token(act: Act) -> Self {
        Self::at("/authorization/token", act)
    }

    /// Bends every answer of the paths that begin like this.
    pub fn at(path: &str, act: Act) -> Self {
        Self { path: path.to_owned(), after: 0, times: None, act }
    }

    /// Only so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }
}

impl Act {
    /// An error of the token endpoint.
    pub fn refusal(status: u16, code: &str) -> Self {
        let body = format!("{{\"error\": \"{code}\"}}");
        Self::Answer { status, body, headers: Vec::new() }
    }

    /// Other values of members of an answer.
    pub fn bend(members: &Json) -> Self {
        Self::Bend(members.as_object().cloned().unwrap_or_default())
    }
}

/// A rule and how often it fitted.
#[derive(Debug)]
pub(crate) struct Entry {
    rule: Rule,
    fitted: u32,
}

impl Entry {
    pub(crate) fn new(rule: Rule) -> Self {
        Self { rule, fitted: 0 }
    }

    fn applies(&mut self, path: &str) -> bool {
        if !path.starts_with(&self.rule.path) {
            return false;
        }
        self.fitted += 1;
        let bent = self.fitted.saturating_sub(self.rule.after);
        bent > 0 && self.rule.times.is_none_or(|times| bent <= times)
    }
}

/// What happens to the answer of this request.
pub(crate) fn of(state: &State, path: &str) -> Option<Act> {
    let mut rules = locked(&state.rules);
    let entry = rules.iter_mut().find_map(|entry| entry.applies(path).then_some(&*entry));
    entry.map(|entry| entry.rule.act.clone())
}

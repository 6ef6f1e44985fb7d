//! What the parameters of a source say in the query string of an address, and how many addresses they
//! make of one.

use url::form_urlencoded;

use super::Asked;
use super::days::{Window, windows};
use super::limits::{Domains, Limits, Scope};
use crate::catalog::{Parameter, Role, Source};
use crate::plan::query::Side;
use crate::value::Scalar;

/// What some parameters say together.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Its part of the query string.
    pub text: String,
    /// The days that it asks for, where others are asked for too.
    pub window: Option<Window>,
    /// What it asks by.
    pub asked: Vec<Asked>,
}

impl Part {
    fn text(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// What asks for one value of a column.
    fn of(column: &str, value: &str, text: String) -> Self {
        let asked = vec![(column.to_owned(), Scalar::Text(value.to_owned()))];
        Self { asked, ..Self::text(text) }
    }

    /// Both of them.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            text: joined(&self.text, &other.text),
            window: other.window.clone().or_else(|| self.window.clone()),
            asked: self.asked.iter().chain(&other.asked).cloned().collect(),
        }
    }
}

/// What one parameter says, once for each series of requests that it makes.
pub fn parts(
    parameter: Parameter,
    source: &Source,
    keys: &[(&str, Scalar)],
    limits: &Limits,
    scope: &Scope,
) -> Vec<Part> {
    let one = |text| vec![Part::text(text)];
    let admitted = &limits.domains;
    match parameter {
        Parameter::Fixed(name, value) => one(pair(name, value)),
        Parameter::Domain(column) => domain(column, admitted),
        Parameter::Said { column, unasked, words } => said(column, unasked, words, admitted),
        Parameter::Status => statuses(source, admitted),
        // Said beside the status, because it only counts for active ones.
        Parameter::Completed => one(String::new()),
        Parameter::Projects(name) => match scope {
            Scope::Account => one(String::new()),
            Scope::Projects(ids) => projects(name, ids, limits.apart),
        },
        Parameter::Equal { name, column } | Parameter::OneOf { name, column, .. } => {
            let bound = keys.iter().find(|(key, _)| *key == column);
            one(bound.map_or_else(String::new, |(_, value)| pair(name, &value.to_string())))
        }
        Parameter::AtLeast { name, column, back } => {
            let lower = limits.bound(column, Side::Lower);
            one(lower.map_or_else(String::new, |value| pair(name, &lessened(value, back))))
        }
        Parameter::Between { from, to, also, column, days } => {
            let names = std::iter::once((from, to)).chain(also);
            windows(limits, column, days)
                .map_or_else(|| one(String::new()), |windows| times(column, &windows, names))
        }
    }
}

/// The values that a column with a domain may have, one at a time.
fn domain(column: &str, admitted: &Domains) -> Vec<Part> {
    let values = admitted.values(column).unwrap_or_default().iter();
    values.map(|value| Part::of(column, value, pair(column, value))).collect()
}

/// The same, where nothing is said for one of them or for NULL.
fn said(
    column: &str,
    unasked: Option<&str>,
    words: &[(&str, &str)],
    admitted: &Domains,
) -> Vec<Part> {
    let text = |value: &str| {
        let word = words.iter().find(|(known, _)| *known == value).map_or(value, |(_, word)| *word);
        if unasked == Some(value) { String::new() } else { pair(column, word) }
    };
    let values = admitted.values(column).unwrap_or_default().iter();
    let values = values.map(|value| Part::of(column, value, text(value)));
    let null = (unasked.is_none() && admitted.admits_null(column)).then(Part::default);
    null.into_iter().chain(values).collect()
}

fn statuses(source: &Source, admitted: &Domains) -> Vec<Part> {
    let splits = source.query.iter().any(|each| matches!(each, Parameter::Completed));
    let values = admitted.values(Role::Status.name()).unwrap_or_default();
    values
        .iter()
        .flat_map(|status| match status.as_str() {
            "active" if splits => completions(admitted),
            "active" => vec![Part::of(Role::Status.name(), status, String::new())],
            other => vec![Part::of(Role::Status.name(), other, pair("status", other))],
        })
        .collect()
}

/// Both halves of what is active, as far as they are admitted.
fn completions(admitted: &Domains) -> Vec<Part> {
    let halves = [("false", String::new()), ("true", pair("completed", "true"))];
    let halves =
        halves.into_iter().filter(|(value, _)| admitted.admits(Role::Completed.name(), value));
    let part = |(value, text)| {
        let status = Part::of(Role::Status.name(), "active", String::new());
        status.and(&Part::of(Role::Completed.name(), value, text))
    };
    halves.map(part).collect()
}

/// Project ids in one address, which stays under 2 kB.
const PROJECTS_PER_REQUEST: usize = 100;

/// The projects that requests name, as many together as an address holds or each by itself.
fn projects(name: &str, ids: &[i64], apart: bool) -> Vec<Part> {
    let together = if apart { 1 } else { PROJECTS_PER_REQUEST };
    let part = |ids: &[i64]| {
        let only = ids.iter().filter(|_| apart);
        let asked = only.map(|id| (Role::Project.name().to_owned(), Scalar::Id(*id)));
        Part { asked: asked.collect(), ..Part::text(format!("{name}={}", commas(ids))) }
    };
    ids.chunks(together).map(part).collect()
}

/// Some windows of days, each under all names of the first and the last one.
fn times(
    column: &'static str,
    windows: &[(i32, i32)],
    names: impl Iterator<Item = (&'static str, &'static str)> + Clone,
) -> Vec<Part> {
    // One request for all that is wanted needs no border.
    let several = windows.len() > 1;
    let part = |&(first, last): &(i32, i32)| {
        let text = names.clone().map(|names| between(names, first, last));
        Part {
            window: several.then_some(Window { column, first, last }),
            ..Part::text(text.fold(String::new(), |text, part| joined(&text, &part)))
        }
    };
    windows.iter().map(part).collect()
}

/// Two days under their names.
fn between((from, to): (&str, &str), first: i32, last: i32) -> String {
    joined(
        &pair(from, &Scalar::Date(first).to_string()),
        &pair(to, &Scalar::Date(last).to_string()),
    )
}

/// A bound moved back by days, or by seconds for a moment.
fn lessened(value: &Scalar, back: i32) -> String {
    const MICROS: i64 = 1_000_000;
    match value {
        Scalar::Date(days) => Scalar::Date(days.saturating_sub(back)).to_string(),
        Scalar::Moment(micros) => {
            Scalar::Moment(micros.saturating_sub(i64::from(back) * MICROS)).to_string()
        }
        other => other.to_string(),
    }
}

fn commas(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A name with its value.
pub fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// Two parts of a query string.
pub fn joined(query: &str, part: &str) -> String {
    match (query, part) {
        (query, "") => query.to_owned(),
        ("", part) => part.to_owned(),
        (query, part) => format!("{query}&{part}"),
    }
}

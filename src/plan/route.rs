//! Addresses: a source with its holes and parameters filled in.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use super::query::{Order, Side};
use crate::catalog::{Parameter, Role, Source, WAY, Way};
use crate::error::{Error, Kind, Result};
use crate::value::Scalar;

/// Microseconds of a day.
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

/// Project ids in one address, which stays under 2 kB.
const PROJECTS_PER_REQUEST: usize = 100;

/// The projects to ask for, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every active project.
    Account,
    /// These, whatever their status.
    Projects(Vec<i64>),
}

/// The values that each column with a domain may have, decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains(pub Vec<(String, Vec<String>)>);

impl Domains {
    /// The values of a column; `None`: it is not limited.
    pub fn values(&self, column: &str) -> Option<&[String]> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, values)| values.as_slice())
    }

    /// Whether a column may have a value.
    pub fn admits(&self, column: &str, value: &str) -> bool {
        self.values(column).is_none_or(|values| values.iter().any(|each| each == value))
    }

    /// Whether all values that a way stands for are admitted.
    pub fn take(&self, way: &Way) -> bool {
        let mut pairs = way.when.iter();
        pairs.all(|(column, value)| self.admits(column, value))
    }

    /// Whether some column may have no value at all, so that there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.0.iter().any(|(_, values)| values.is_empty())
    }
}

/// What a scan is asked by, decided.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The values that columns with a domain may have.
    pub domains: Domains,
    /// The bounds of columns.
    pub bounds: Vec<(String, Side, Scalar)>,
    /// The order in which listings that sort are read.
    pub order: Option<Order>,
    /// Whether each project is asked for by itself.
    pub apart: bool,
}

impl Limits {
    /// The narrowest bound of a column on one side.
    pub fn bound(&self, column: &str, side: Side) -> Option<&Scalar> {
        let ours = self.bounds.iter().filter(|(name, end, _)| name == column && *end == side);
        let values = ours.map(|(_, _, value)| value);
        match side {
            Side::Lower => values.max(),
            Side::Upper => values.min(),
        }
    }
}

/// What a request asks one column by, under the column's name.
pub type Asked = (String, Scalar);

/// One address, and what it asks by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The address below the account.
    pub address: String,
    /// The same without an order, by which the size of the listing is known.
    pub listing: String,
    /// Holes, parameters and ways, by the names of columns.
    pub asked: Vec<Asked>,
    /// The days of a column that it asks for, where they are a part of those that are wanted. What lies
    /// across the border of two parts may come with both.
    pub window: Option<Window>,
}

/// Some days of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The column.
    pub column: &'static str,
    /// The first day, as days since 1970-01-01.
    pub first: i32,
    /// The last day, which is part of it.
    pub last: i32,
}

/// Fills the holes of a path. A hole without a value stays as it is. A text is encoded, so that it
/// can be no more than one segment; a date has no dashes in a path.
pub fn fill(path: &str, keys: &[(&str, Scalar)]) -> String {
    keys.iter().fold(path.to_owned(), |path, (hole, value)| {
        let text = match value {
            Scalar::Date(_) => value.to_string().replace('-', ""),
            Scalar::Text(text) => segment(text),
            _ => value.to_string(),
        };
        path.replace(&format!("{{{hole}}}"), &text)
    })
}

/// A text as one segment of a path: everything but letters, digits and what RFC 3986 leaves as it is
/// is encoded, and so are dots, which could name a folder.
fn segment(text: &str) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');
    utf8_percent_encode(text, ENCODED).to_string()
}

/// The address of one record, by the values of the holes.
pub fn address(single: &Source, holes: &[(&str, Scalar)]) -> Option<String> {
    let made = requests(single, holes, &Limits::default(), &Scope::Account);
    made.into_iter().next().map(|request| request.address)
}

/// Every address to ask, for one filling of the holes and parameters.
pub fn requests(
    source: &Source,
    keys: &[(&str, Scalar)],
    limits: &Limits,
    scope: &Scope,
) -> Vec<Request> {
    let mut queries = vec![Part::default()];
    for parameter in source.query {
        let parts = parts(*parameter, source, keys, limits, scope);
        queries =
            queries.iter().flat_map(|before| parts.iter().map(|part| before.and(part))).collect();
    }
    let asked: Vec<(String, Scalar)> =
        keys.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut made = Vec::new();
    for (path, by_way) in paths(source, &limits.domains) {
        let path = fill(&path, keys);
        for query in &queries {
            let asked = asked.iter().chain(&by_way).chain(&query.asked);
            let order = limits.order.as_ref().map(sorting).unwrap_or_default();
            made.push(Request {
                address: with(&path, &joined(&query.text, &order)),
                listing: with(&path, &query.text),
                asked: asked.cloned().collect(),
                window: query.window.clone(),
            });
        }
    }
    made
}

/// How a listing is told the order in which it is to be read.
pub fn sorting(order: &Order) -> String {
    let direction = if order.descending { "desc" } else { "asc" };
    joined(&pair("sort", &order.column), &pair("direction", direction))
}

/// A path with a query string.
fn with(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The path by each way whose values are admitted, with these values.
fn paths(source: &Source, admitted: &Domains) -> Vec<(String, Vec<(String, Scalar)>)> {
    if source.ways.is_empty() {
        return vec![(source.path.to_owned(), Vec::new())];
    }
    let taken = source.ways.iter().filter(|way| admitted.take(way));
    taken
        .map(|way| {
            let values = way.when.iter();
            let asked = values
                .map(|(column, value)| ((*column).to_owned(), Scalar::Text((*value).to_owned())));
            let path = source.path.replace(&format!("{{{WAY}}}"), way.path);
            (path, asked.collect())
        })
        .collect()
}

/// What some parameters say together.
#[derive(Debug, Clone, Default)]
struct Part {
    text: String,
    window: Option<Window>,
    asked: Vec<(String, Scalar)>,
}

impl Part {
    fn text(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// What asks for one value of a domain.
    fn of(role: Role, value: &str, text: String) -> Self {
        let asked = vec![(role.name().to_owned(), Scalar::Text(value.to_owned()))];
        Self { asked, ..Self::text(text) }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            text: joined(&self.text, &other.text),
            window: other.window.clone().or_else(|| self.window.clone()),
            asked: self.asked.iter().chain(&other.asked).cloned().collect(),
        }
    }
}

/// What one parameter says, once for each series of requests that it makes.
fn parts(
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
        Parameter::Domain(column) => {
            let values = admitted.values(column).unwrap_or_default().iter();
            let part = |value: &String| Part {
                asked: vec![(column.to_owned(), Scalar::Text(value.clone()))],
                ..Part::text(pair(column, value))
            };
            values.map(part).collect()
        }
        Parameter::Status => statuses(source, admitted),
        // Said beside the status, because it only counts for active ones.
        Parameter::Completed => one(String::new()),
        Parameter::Projects(name) => match scope {
            Scope::Account => one(String::new()),
            Scope::Projects(ids) => projects(name, ids, limits.apart),
        },
        Parameter::Equal { name, column } => {
            let bound = keys.iter().find(|(key, _)| *key == column);
            one(bound.map_or_else(String::new, |(_, value)| pair(name, &value.to_string())))
        }
        Parameter::AtLeast { name, column, back } => {
            let lower = limits.bound(column, Side::Lower);
            one(lower.map_or_else(String::new, |value| pair(name, &lessened(value, back))))
        }
        Parameter::Between { from, to, also, column, days } => {
            match windows(limits, column, days) {
                None => one(String::new()),
                Some(windows) => {
                    let several = windows.len() > 1;
                    let part = |(first, last)| Part {
                        // One request for all that is wanted needs no border.
                        window: several.then_some(Window { column, first, last }),
                        ..Part::text(
                            also.into_iter()
                                .fold(between((from, to), first, last), |text, names| {
                                    joined(&text, &between(names, first, last))
                                }),
                        )
                    };
                    windows.into_iter().map(part).collect()
                }
            }
        }
    }
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

/// The times to ask for, first and last day of each; `None`: the bounds do not say.
fn windows(limits: &Limits, column: &str, days: i32) -> Option<Vec<(i32, i32)>> {
    let bound = |side| match limits.bound(column, side) {
        Some(Scalar::Date(day)) => Some(*day),
        Some(Scalar::Moment(micros)) => i32::try_from(micros.div_euclid(DAY_MICROS)).ok(),
        _ => None,
    };
    let first = bound(Side::Lower)?;
    let last = bound(Side::Upper);
    if days <= 0 {
        let last = last?;
        return Some(if first <= last { vec![(first, last)] } else { Vec::new() });
    }
    let last = last.unwrap_or_else(|| first.saturating_add(days - 1));
    let mut made = Vec::new();
    let mut from = first;
    while from <= last {
        let to = from.saturating_add(days - 1).min(last);
        made.push((from, to));
        if to == i32::MAX {
            break;
        }
        from = to + 1;
    }
    Some(made)
}

/// Windows of days that one scan asks for at most: more than a century.
const MOST_WINDOWS: usize = 1_000;

/// Whether the bounds of a source can be asked for.
///
/// # Errors
/// When they are too far apart.
pub fn check(source: &Source, limits: &Limits) -> Result<()> {
    for parameter in source.query {
        let Parameter::Between { column, days, .. } = parameter else {
            continue;
        };
        let spans = |(first, last): (i32, i32)| {
            let span = i64::from(last) - i64::from(first);
            span / i64::from((*days).max(1)) > MOST_WINDOWS as i64
        };
        if *days > 0 && ends(limits, column).is_some_and(spans) {
            return Err(Error::new(
                Kind::TooLarge,
                format!("the bounds of {column} are too far apart"),
            )
            .detail(format!("Basecamp is asked for {days} days at a time."))
            .hint(format!("Narrow the condition on {column}.")));
        }
    }
    Ok(())
}

/// The first and the last day that the bounds of a column have.
fn ends(limits: &Limits, column: &str) -> Option<(i32, i32)> {
    let bound = |side| match limits.bound(column, side) {
        Some(Scalar::Date(day)) => Some(*day),
        Some(Scalar::Moment(micros)) => i32::try_from(micros.div_euclid(DAY_MICROS)).ok(),
        _ => None,
    };
    Some((bound(Side::Lower)?, bound(Side::Upper)?))
}

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

fn statuses(source: &Source, admitted: &Domains) -> Vec<Part> {
    let splits = source.query.iter().any(|each| matches!(each, Parameter::Completed));
    let values = admitted.values(Role::Status.name()).unwrap_or_default();
    values
        .iter()
        .flat_map(|status| match status.as_str() {
            "active" if splits => completions(admitted),
            "active" => vec![Part::of(Role::Status, status, String::new())],
            other => vec![Part::of(Role::Status, other, pair("status", other))],
        })
        .collect()
}

/// Both halves of what is active, as far as they are admitted.
fn completions(admitted: &Domains) -> Vec<Part> {
    let halves = [("false", String::new()), ("true", pair("completed", "true"))];
    let halves =
        halves.into_iter().filter(|(value, _)| admitted.admits(Role::Completed.name(), value));
    let part = |(value, text)| {
        let status = Part::of(Role::Status, "active", String::new());
        status.and(&Part::of(Role::Completed, value, text))
    };
    halves.map(part).collect()
}

fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn joined(query: &str, part: &str) -> String {
    match (query, part) {
        (query, "") => query.to_owned(),
        ("", part) => part.to_owned(),
        (query, part) => format!("{query}&{part}"),
    }
}

fn commas(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{Domains, Limits, Scope, fill, requests, windows};
    use crate::catalog::{Source, Version};
    use crate::plan::Side;
    use crate::value::Scalar;

    fn source(table: &str, name: &str) -> &'static Source {
        let table = Version::V3.table(table).expect("a table");
        table.sources.iter().find(|source| source.name == name).expect("a source")
    }

    fn admitted(status: &[&str], completed: &[&str]) -> Domains {
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        Domains(vec![
            ("status".to_owned(), owned(status)),
            ("completed".to_owned(), owned(completed)),
        ])
    }

    fn addresses(
        source: &Source,
        keys: &[(&str, Scalar)],
        admitted: &Domains,
        scope: &Scope,
    ) -> Vec<String> {
        let limits = Limits { domains: admitted.clone(), ..Limits::default() };
        let made = requests(source, keys, &limits, scope);
        made.into_iter().map(|request| request.address).collect()
    }

    #[test]
    fn nothing_of_a_text_leaves_its_segment_and_dates_have_no_dashes() {
        let keys = [("tag", Scalar::Text("../a b/ü".to_owned())), ("day", Scalar::Date(20_000))];
        assert_eq!(
            fill("/tags/{tag}/{day}.json", &keys),
            "/tags/%2E%2E%2Fa%20b%2F%C3%BC/20241004.json"
        );
    }

    #[test]
    fn a_long_time_is_cut_into_windows_and_an_open_one_is_one() {
        let limits = |bounds: &[(Side, i32)]| Limits {
            bounds: bounds
                .iter()
                .map(|(side, day)| ("on".to_owned(), *side, Scalar::Date(*day)))
                .collect(),
            ..Limits::default()
        };
        let both = limits(&[(Side::Lower, 10), (Side::Upper, 99), (Side::Lower, 5)]);
        assert_eq!(
            windows(&both, "on", 42),
            Some(vec![(10, 51), (52, 93), (94, 99)]),
            "from the narrowest bound"
        );
        assert_eq!(windows(&both, "on", 0), Some(vec![(10, 99)]));
        let open = limits(&[(Side::Lower, 10)]);
        assert_eq!(windows(&open, "on", 42), Some(vec![(10, 51)]));
        assert_eq!(windows(&open, "on", 0), None);
        let nothing = limits(&[(Side::Lower, 10), (Side::Upper, 9)]);
        assert_eq!(windows(&nothing, "on", 42), Some(Vec::new()));
    }

    #[test]
    fn each_part_of_a_long_time_knows_which_days_it_is_for() {
        let table = Version::V2.table("calendar_event_occurrences").expect("a table");
        let source = table.sources.iter().find(|source| source.path == "/calendar_events.json");
        let limits = |last: i32| Limits {
            bounds: vec![
                ("starts_on".to_owned(), Side::Lower, Scalar::Date(10)),
                ("starts_on".to_owned(), Side::Upper, Scalar::Date(last)),
            ],
            ..Limits::default()
        };
        let made = |last| requests(source.expect("a source"), &[], &limits(last), &Scope::Account);
        let days = |last| -> Vec<Option<(i32, i32)>> {
            let windows = made(last).into_iter().map(|request| request.window);
            windows.map(|window| window.map(|window| (window.first, window.last))).collect()
        };
        assert_eq!(days(60), [Some((10, 51)), Some((52, 60))]);
        assert_eq!(days(51), [None], "one request has all that is wanted");
        assert_eq!(
            made(60)[1].address,
            "/calendar_events.json?start_date=1970-02-22&end_date=1970-03-02"
        );
    }

    #[test]
    fn a_list_is_asked_for_pending_and_finished_and_other_statuses_bring_both() {
        let list = source("todos", "to-dos of a list");
        let all = admitted(&["active", "archived"], &["false", "true"]);
        assert_eq!(
            addresses(list, &[("todolist_id", Scalar::Id(5))], &all, &Scope::Account),
            [
                "/todolists/5/todos.json",
                "/todolists/5/todos.json?completed=true",
                "/todolists/5/todos.json?status=archived"
            ]
        );
        let done = admitted(&["active"], &["true"]);
        assert_eq!(
            addresses(list, &[("todolist_id", Scalar::Id(5))], &done, &Scope::Account),
            ["/todolists/5/todos.json?completed=true"]
        );
    }

    #[test]
    fn projects_are_asked_for_a_hundred_at_a_time() {
        let recordings = source("todos", "recordings of the account");
        let ids: Vec<i64> = (1..=150).collect();
        let active = admitted(&["active"], &["false", "true"]);
        let made = addresses(recordings, &[], &active, &Scope::Projects(ids));
        assert_eq!(made.len(), 2);
        assert!(made[1].ends_with("type=Todo&bucket=101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150"));
    }
}

//! Addresses: a source with its holes and parameters filled in.

mod days;
mod limits;
mod parameter;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::query::Order;
use crate::catalog::{Sorts, Source, WAY};
use crate::value::Scalar;
pub(super) use days::DAY_MICROS;
pub use days::{Window, check};
pub use limits::{Admitted, Domains, Limits, Scope};
use parameter::{Part, joined, pair, parts};

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
    let asked: Vec<Asked> =
        keys.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut made = Vec::new();
    for (path, by_way) in paths(source, &limits.domains) {
        let path = fill(&path, keys);
        for query in &queries {
            let asked = asked.iter().chain(&by_way).chain(&query.asked);
            let order = limits.order.as_ref().map(|order| sorting(source.sorts, order));
            let order = order.unwrap_or_default();
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
pub fn sorting(sorts: Sorts, order: &Order) -> String {
    match (sorts, order.descending) {
        (Sorts::No, _) => String::new(),
        (Sorts::Age, true) => pair("sort", "newest"),
        (Sorts::Age, false) => pair("sort", "oldest"),
        (Sorts::Moment, descending) => {
            let direction = if descending { "desc" } else { "asc" };
            joined(&pair("sort", &order.column), &pair("direction", direction))
        }
    }
}

/// A path with a query string.
fn with(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The path by each way whose values are admitted, with these values.
fn paths(source: &Source, admitted: &Domains) -> Vec<(String, Vec<Asked>)> {
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

#[cfg(test)]
mod tests {
    use super::{Admitted, Domains, Limits, Scope, fill, requests};
    use crate::catalog::{Source, Version};
    use crate::plan::Side;
    use crate::value::Scalar;

    fn source(table: &str, name: &str) -> &'static Source {
        let table = Version::V3.table(table).expect("a table");
        table.sources.iter().find(|source| source.name == name).expect("a source")
    }

    fn admitted(status: &[&str], completed: &[&str]) -> Domains {
        let of = |column: &str, values: &[&str]| Admitted {
            column: column.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            null: false,
        };
        Domains(vec![of("status", status), of("completed", completed)])
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

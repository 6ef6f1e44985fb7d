//! Addresses: a source with its holes and parameters filled in.

use url::form_urlencoded;

use crate::catalog::{Parameter, Source};

/// Project ids in one address: it stays under 2 kB (v3.md, section 4.1).
const PROJECTS_PER_REQUEST: usize = 100;

/// The projects to ask for, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// Every active project.
    Account,
    /// These, whatever their status.
    Projects(Vec<i64>),
}

/// The values that each column with a domain may have, decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted(pub Vec<(String, Vec<String>)>);

impl Admitted {
    /// The values of a column; `None`: it is not limited.
    pub fn values(&self, column: &str) -> Option<&[String]> {
        self.0
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, values)| values.as_slice())
    }

    /// Whether a column may have a value.
    pub fn admits(&self, column: &str, value: &str) -> bool {
        self.values(column)
            .is_none_or(|values| values.iter().any(|each| each == value))
    }

    /// Whether some column may have no value at all, so that there is nothing to ask.
    pub fn nothing(&self) -> bool {
        self.0.iter().any(|(_, values)| values.is_empty())
    }
}

/// Fills the holes of a path with ids. A hole without a value stays as it is.
pub fn fill(path: &str, keys: &[(&str, i64)]) -> String {
    keys.iter().fold(path.to_owned(), |path, (hole, value)| {
        path.replace(&format!("{{{hole}}}"), &value.to_string())
    })
}

/// Every address to ask, for one filling of the holes.
pub fn addresses(
    source: &Source,
    keys: &[(&str, i64)],
    admitted: &Admitted,
    place: &Where,
) -> Vec<String> {
    let path = fill(source.path, keys);
    let mut queries = vec![String::new()];
    for parameter in source.query {
        let parts = parts(*parameter, source, admitted, place);
        queries = queries
            .iter()
            .flat_map(|query| parts.iter().map(move |part| joined(query, part)))
            .collect();
    }
    queries
        .into_iter()
        .map(|query| {
            if query.is_empty() {
                path.clone()
            } else {
                format!("{path}?{query}")
            }
        })
        .collect()
}

/// What one parameter says, once for each series of requests that it makes.
fn parts(parameter: Parameter, source: &Source, admitted: &Admitted, place: &Where) -> Vec<String> {
    match parameter {
        Parameter::Fixed(name, value) => vec![pair(name, value)],
        Parameter::Domain(column) => {
            let values = admitted.values(column).unwrap_or_default();
            values.iter().map(|value| pair(column, value)).collect()
        }
        Parameter::Status => statuses(source, admitted),
        // Said beside the status, because it only counts for active ones.
        Parameter::Completed => vec![String::new()],
        Parameter::Projects(name) => match place {
            Where::Account => vec![String::new()],
            Where::Projects(ids) => ids
                .chunks(PROJECTS_PER_REQUEST)
                .map(|ids| format!("{name}={}", commas(ids)))
                .collect(),
        },
    }
}

fn statuses(source: &Source, admitted: &Admitted) -> Vec<String> {
    let splits = source
        .query
        .iter()
        .any(|each| matches!(each, Parameter::Completed));
    let values = admitted.values("status").unwrap_or_default();
    values
        .iter()
        .flat_map(|status| match status.as_str() {
            "active" if splits => completions(admitted),
            "active" => vec![String::new()],
            other => vec![pair("status", other)],
        })
        .collect()
}

fn completions(admitted: &Admitted) -> Vec<String> {
    let pending = admitted.admits("completed", "false").then(String::new);
    let finished = admitted
        .admits("completed", "true")
        .then(|| pair("completed", "true"));
    pending.into_iter().chain(finished).collect()
}

fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish()
}

fn joined(query: &str, part: &str) -> String {
    match (query, part) {
        (query, "") => query.to_owned(),
        ("", part) => part.to_owned(),
        (query, part) => format!("{query}&{part}"),
    }
}

fn commas(ids: &[i64]) -> String {
    ids.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::{Admitted, Where, addresses};
    use crate::catalog::{Source, Version};

    fn source(table: &str, name: &str) -> &'static Source {
        let table = Version::V3.table(table).expect("a table");
        table
            .sources
            .iter()
            .find(|source| source.name == name)
            .expect("a source")
    }

    fn admitted(status: &[&str], completed: &[&str]) -> Admitted {
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        Admitted(vec![
            ("status".to_owned(), owned(status)),
            ("completed".to_owned(), owned(completed)),
        ])
    }

    #[test]
    fn a_list_is_asked_for_pending_and_finished_and_other_statuses_bring_both() {
        let list = source("todos", "to-dos of a list");
        let all = admitted(&["active", "archived"], &["false", "true"]);
        assert_eq!(
            addresses(list, &[("todolist_id", 5)], &all, &Where::Account),
            [
                "/todolists/5/todos.json",
                "/todolists/5/todos.json?completed=true",
                "/todolists/5/todos.json?status=archived"
            ]
        );
        let done = admitted(&["active"], &["true"]);
        assert_eq!(
            addresses(list, &[("todolist_id", 5)], &done, &Where::Account),
            ["/todolists/5/todos.json?completed=true"]
        );
    }

    #[test]
    fn projects_are_asked_for_a_hundred_at_a_time() {
        let recordings = source("todos", "recordings of the account");
        let ids: Vec<i64> = (1..=150).collect();
        let active = admitted(&["active"], &["false", "true"]);
        let made = addresses(recordings, &[], &active, &Where::Projects(ids));
        assert_eq!(made.len(), 2);
        assert!(made[1].ends_with("type=Todo&bucket=101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150"));
    }
}

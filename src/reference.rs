//! The catalogue in words: what tables there are, where their rows come from and which conditions save
//! requests, for the functions that look around and for the pages of documentation.
//!
//! Sentences are the catalogue's own. May import `catalog` and `plan`.

use crate::catalog::{
    Argument, Column, Covers, Field, Method, More, Parameter, RECORD, Rows, Source, Table, Verb,
    Version,
};
use crate::plan::{NothingKnown, Projects, Query, choose};

/// One source of a table, in words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// What EXPLAIN calls it.
    pub name: &'static str,
    /// Method, path and query string, with columns in braces.
    pub request: String,
    /// Columns that a condition must fix or bound before it can be asked.
    pub needs: Vec<&'static str>,
    /// What is walked to find the values of its holes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_each: Option<String>,
    /// How much one answer brings.
    pub pages: &'static str,
    /// Whom Basecamp lets ask it, where that is not everybody who sees the things.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<&'static str>,
}

/// The sources of a table, with the one of its supplement, in the order of the catalogue.
pub fn sources(table: &'static Table) -> Vec<Told> {
    let supplement = table.supplement.as_ref().map(|rest| &rest.source);
    let all = table.sources.iter().chain(supplement);
    all.map(told).collect()
}

fn told(source: &'static Source) -> Told {
    let holes = source.holes().filter(|_| source.each.is_none());
    let mut needs: Vec<&str> = Vec::new();
    for column in holes.chain(source.needs.iter().copied()) {
        if !needs.contains(&column) {
            needs.push(column);
        }
    }
    Told {
        name: source.name,
        request: asked(source),
        needs,
        for_each: source.each.map(for_each),
        pages: match source.rows {
            Rows::One => "one record",
            Rows::Member(_) | Rows::Maybe(_) | Rows::Arrays(_, More::No) => "one answer",
            Rows::Pages | Rows::Inside(_) | Rows::Within(_) | Rows::Arrays(..) => "page after page",
        },
        permission: source.permission.about(),
    }
}

fn for_each(each: crate::catalog::Each) -> String {
    use crate::catalog::Each;
    match each {
        Each::Dock(tool) => format!("{tool} in the dock of a project"),
        Each::Row { table, first: true, .. } => format!("the first of {table}"),
        Each::Row { table, .. } => table.to_owned(),
    }
}

/// A request as a template: `{column}` stands for its value, `(a|b)` for one of several words.
fn asked(source: &Source) -> String {
    let ways: Vec<&str> = source.ways.iter().map(|way| way.path).collect();
    let path = source.path.replace("{way}", &format!("({})", ways.join("|")));
    let mut pairs = Vec::new();
    for parameter in source.query {
        match parameter {
            Parameter::AtLeast { name, column, .. }
            | Parameter::Equal { name, column }
            | Parameter::OneOf { name, column, .. } => {
                pairs.push(format!("{name}={{{column}}}"));
            }
            Parameter::Between { from, to, column, .. } => {
                pairs.push(format!("{from}={{{column}}}"));
                pairs.push(format!("{to}={{{column}}}"));
            }
            Parameter::Fixed(name, value) => pairs.push(format!("{name}={value}")),
            Parameter::Domain(column) | Parameter::Said { column, .. } => {
                pairs.push(format!("{column}={{{column}}}"));
            }
            Parameter::Status => pairs.push("status={status}".to_owned()),
            Parameter::Completed => pairs.push("completed={completed}".to_owned()),
            Parameter::Projects(name) => pairs.push(format!("{name}={{project_id}}")),
        }
    }
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("GET {path}{mark}{}", pairs.join("&"))
}

/// Every column of a table with the record, in the order of the DDL.
pub fn columns(table: &'static Table) -> impl Iterator<Item = &'static Column> {
    table.columns().chain([&RECORD])
}

/// What the option `field` of a column of a foreign table shows, where the catalogue knows it: a
/// column, or the place in the record that a column is read from.
pub fn meaning(table: &'static Table, field: &str) -> Option<&'static str> {
    let at = |column: &&'static Column| match column.field {
        Field::Member(path) => path == field,
        Field::Each(path, inner) => {
            let rest = field.strip_prefix(path);
            rest.and_then(|rest| rest.strip_prefix("[*].")) == Some(inner)
        }
        _ => false,
    };
    let column = table.column(field).or_else(|| table.columns().find(at));
    column.map(|column| column.about)
}

/// Whether a condition on a column decides what is asked, so that it saves requests.
pub fn is_filterable(table: &'static Table, column: &str) -> bool {
    let supplement = table.supplement.as_ref().map(|rest| &rest.source);
    let mut sources = table.sources.iter().chain(supplement);
    sources.any(|source| says(table, source, column))
}

/// Whether an INSERT or an UPDATE may name a column.
pub fn is_writable(table: &'static Table, column: &Column) -> bool {
    table.is_insertable(column) || table.is_updatable(column)
}

/// Whether what a source is asked, or whether it is asked at all, depends on a column.
fn says(table: &Table, source: &Source, column: &str) -> bool {
    let scope = column == "project_id"
        && table.scoped
        && (source.covers == Covers::Projects || source.each.is_some());
    let domain = table.domain(column).is_some() && by_domain(source, column);
    let bound = source.bounded().chain(source.needs.iter().copied());
    scope || domain || source.holes().chain(source.equal()).chain(bound).any(|name| name == column)
}

fn by_domain(source: &Source, column: &str) -> bool {
    let parameter = source.query.iter().any(|parameter| match parameter {
        Parameter::Status => column == "status",
        Parameter::Completed => column == "completed",
        _ => parameter.domain() == Some(column),
    });
    let mut ways = source.ways.iter().flat_map(|way| way.when);
    let active = column == "status" && source.statuses == crate::catalog::Statuses::Active;
    parameter
        || active
        || ways.any(|(name, _)| *name == column)
        || source.only.iter().any(|(name, _)| *name == column)
}

/// The columns on which conditions save requests, in the order of the DDL.
pub fn filters(table: &'static Table) -> Vec<&'static str> {
    let names = columns(table).map(|column| column.name);
    names.filter(|name| is_filterable(table, name)).collect()
}

/// The condition without which a table cannot be read, if there is one.
pub fn needs(version: Version, table: &'static Table) -> Option<String> {
    let everything = Query::of(table, Projects::All);
    choose(version, &everything, &NothingKnown).needs().map(str::to_owned)
}

/// What is sent, as method and path: `{column}` stands for its value.
pub fn request(method: Method, path: &str) -> String {
    let method = match method {
        Method::Delete => "DELETE",
        Method::Post => "POST",
        Method::Put => "PUT",
    };
    format!("{method} {path}")
}

/// The parameters of the function of a verb, as SQL: name and type of each, and whether it must be
/// given. Those that may be left out come last.
pub fn parameters(verb: &Verb) -> Vec<(String, bool)> {
    let named = |argument: &Argument| {
        (format!("{} {}", argument.name, argument.ty.sql()), argument.required)
    };
    let mut all = vec![("server text".to_owned(), true)];
    all.extend(verb.arguments.iter().filter(|argument| argument.required).map(named));
    if verb.takes_file() {
        all.extend([("content bytea".to_owned(), true), ("content_type text".to_owned(), true)]);
    }
    all.extend(verb.arguments.iter().filter(|argument| !argument.required).map(named));
    all
}

/// The function of a verb with what it takes and returns, as its declaration begins.
pub fn signature(verb: &Verb) -> String {
    let parameters = parameters(verb).into_iter().map(|(parameter, required)| {
        if required { parameter } else { format!("{parameter} DEFAULT NULL") }
    });
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let returned = if verb.answers { "jsonb" } else { "void" };
    format!("{}({parameters}) RETURNS {returned}", verb.name)
}

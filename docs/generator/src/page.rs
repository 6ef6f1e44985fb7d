//! The pages of the reference, as Markdown.

use std::fmt::Write as _;

use crate::cost::{Cost, costs};
use crate::query::worked;
use crate::verb::functions;
use crate::writing::{named_by, push_writing};
use basecamp_fdw::catalog::{Table, Version};
use basecamp_fdw::plan::{EXAMPLE_CHILDREN, EXAMPLE_PROJECTS, EXAMPLE_RECORDS};
use basecamp_fdw::reference::{columns, filters, is_filterable, needs, sources};

/// A file of the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path below `docs/reference`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// At the top of each, so that nobody edits them.
const MADE: &str = "<!-- Made from the catalogue by `make reference`; edits are lost. -->\n";

/// Every page of a version: one for each table, the index, and the functions.
pub fn pages(version: Version) -> Vec<Page> {
    let folder = version.name().to_lowercase();
    let tables = version.tables().iter();
    let mut pages: Vec<Page> = tables
        .map(|table| Page {
            path: format!("{folder}/{}.md", table.name),
            text: page(version, table),
        })
        .collect();
    pages.push(Page { path: format!("{folder}/README.md"), text: index(version) });
    let title = format!("Functions of {}", products(version));
    pages.push(Page {
        path: format!("{folder}/functions.md"),
        text: functions(version, &title, MADE),
    });
    pages
}

fn products(version: Version) -> &'static str {
    match version {
        Version::V2 => "Basecamp 2",
        Version::V3 => "Basecamp 3, 4 and 5",
    }
}

fn index(version: Version) -> String {
    let mut text = format!("# Tables of {}\n\n{MADE}\n", products(version));
    let _ = writeln!(
        text,
        "{} tables under `schema '{}'`. {}\n",
        version.tables().len(),
        version.name(),
        example()
    );
    text.push_str("What no statement can say is said by [functions](functions.md).\n\n");
    text.push_str("| table | a row is | whole account, requests | needs |\n|---|---|---:|---|\n");
    for table in version.tables() {
        let costs = costs(version, table);
        let all = costs.iter().find(|cost| cost.condition.is_empty());
        let needs = needs(version, table).map(|needs| condition_on(&needs));
        let _ = writeln!(
            text,
            "| [`{name}`]({name}.md) | {} | {} | {} |",
            cell(table.about),
            number(all.and_then(|all| all.few)),
            needs.unwrap_or_default(),
            name = table.name,
        );
    }
    text
}

/// The account that numbers are for.
fn example() -> String {
    format!(
        "Numbers of requests are the planner's, for an account with {EXAMPLE_PROJECTS} projects, \
         {EXAMPLE_RECORDS} records in a listing across the account and {EXAMPLE_CHILDREN} in each \
         container, of which nothing was read before."
    )
}

fn page(version: Version, table: &'static Table) -> String {
    let mut text = format!("# {}\n\n{MADE}\n{}\n", table.name, table.about);
    let _ = writeln!(text, "\n{}.{}", products(version), scope(table));
    push_columns(&mut text, table);
    push_conditions(&mut text, version, table);
    push_costs(&mut text, &costs(version, table));
    push_sources(&mut text, table);
    push_writing(&mut text, table);
    text.push_str("\n## Queries\n");
    for query in worked(version, table) {
        let _ = write!(text, "\n{}\n\n```sql\n{}\n```\n", query.about, query.sql);
    }
    text
}

fn scope(table: &Table) -> &'static str {
    if table.scoped {
        " Rows belong to projects: without a condition, those of option `projectid` are read."
    } else {
        ""
    }
}

fn push_columns(text: &mut String, table: &'static Table) {
    text.push_str("\n## Columns\n\n| column | type | written by | meaning |\n|---|---|---|---|\n");
    for column in columns(table) {
        let written = named_by(table, column.name);
        let name = column.name;
        let name =
            if is_filterable(table, name) { format!("**`{name}`**") } else { format!("`{name}`") };
        let (ty, about) = (column.ty.sql(), cell(column.about));
        let _ = writeln!(text, "| {name} | {ty} | {written} | {about} |");
    }
}

fn push_conditions(text: &mut String, version: Version, table: &'static Table) {
    text.push_str("\n## Conditions that save requests\n\n");
    let names: Vec<String> = filters(table).iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        text.push_str("None: conditions only choose among the rows that were read.\n");
    } else {
        let _ = writeln!(
            text,
            "Those on {}. Others only choose among the rows that were read.",
            names.join(", ")
        );
    }
    if let Some(needs) = needs(version, table) {
        let _ = writeln!(
            text,
            "\nThe table cannot be read without a condition on, or a join by, {}.",
            condition_on(&needs)
        );
    }
    for domain in table.domains {
        let values: Vec<String> = domain.values.iter().map(|value| format!("`{value}`")).collect();
        let _ = writeln!(
            text,
            "\n`{}` is one of {}; without a condition on it, {}.",
            domain.column,
            values.join(", "),
            defaults(domain)
        );
    }
}

fn defaults(domain: &basecamp_fdw::catalog::Domain) -> String {
    if domain.default.len() == domain.values.len() {
        return "rows with any of them are read".to_owned();
    }
    let values: Vec<String> = domain.default.iter().map(|value| format!("`{value}`")).collect();
    let values = if values.is_empty() { "NULL".to_owned() } else { values.join(" or ") };
    format!("rows with {values} are read")
}

fn push_costs(text: &mut String, costs: &[Cost]) {
    let _ = write!(text, "\n## Requests\n\n{}\n\n", example());
    let two = costs.iter().any(|cost| cost.few != cost.all);
    let head = if two {
        "| condition | requests | with every column |\n|---|---:|---:|\n"
    } else {
        "| condition | requests |\n|---|---:|\n"
    };
    text.push_str(head);
    for cost in costs {
        let condition = if cost.condition.is_empty() {
            "none".to_owned()
        } else {
            format!("`{}`", cost.condition)
        };
        let _ = write!(text, "| {condition} | {} |", number(cost.few));
        if two {
            let _ = write!(text, " {} |", number(cost.all));
        }
        text.push('\n');
    }
}

fn push_sources(text: &mut String, table: &'static Table) {
    text.push_str("\n## Where rows come from\n\n| source | request | once for each | an answer |\n|---|---|---|---|\n");
    for source in sources(table) {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} |",
            source.name,
            cell(&source.request),
            source.for_each.unwrap_or_default(),
            source.pages,
        );
    }
    let all = sources(table);
    let permissions = all.iter().map(|source| (source.name, source.permission));
    push_permissions(text, "ask", "who sees the rows in Basecamp", permissions);
}

/// Whom Basecamp lets send the requests of a table: the others, and some of certain requests.
pub fn push_permissions<'a>(
    text: &mut String,
    verb: &str,
    others: &str,
    requests: impl Iterator<Item = (&'a str, Option<&'static str>)>,
) {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, who) in requests {
        let who = who.unwrap_or(others);
        match groups.iter_mut().find(|(known, _)| *known == who) {
            Some((_, names)) => names.push(name),
            None => groups.push((who, vec![name])),
        }
    }
    groups.sort_by_key(|(who, _)| *who != others);
    let alone = groups.len() == 1;
    let parts = groups.iter().map(|(who, names)| {
        if alone || *who == others {
            (*who).to_owned()
        } else {
            format!("*{}*: {who}", names.join("*, *"))
        }
    });
    let _ = writeln!(text, "\nWho may {verb}: {}.", parts.collect::<Vec<_>>().join("; "));
}

fn number(count: Option<u64>) -> String {
    count.map_or_else(|| "not possible".to_owned(), |count| count.to_string())
}

/// Names of columns among words, as code.
fn condition_on(needs: &str) -> String {
    let words = needs.split(' ').map(|word| {
        let name = word.trim_end_matches(',');
        match name {
            "and" | "or" | "" => word.to_owned(),
            _ => format!("`{name}`{}", &word[name.len()..]),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

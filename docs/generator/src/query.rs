//! Worked queries that make sense for a table, from what columns it has.

use crate::case::{Case, Wanted};
use crate::cost::requests;
use basecamp_fdw::catalog::{Column, Field, Rows, Table, Version};
use basecamp_fdw::plan::Projects;
use basecamp_fdw::value::Type;

/// A query, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked {
    /// One sentence.
    pub about: String,
    /// The statement.
    pub sql: String,
}

/// Columns that people want to see behind the name of a row, in the order in which they are shown.
const SHOWN: [&str; 16] = [
    "status",
    "completed",
    "due_on",
    "date",
    "starts_at",
    "hours",
    "action",
    "question",
    "email_address",
    "company_name",
    "person_name",
    "creator_name",
    "created_at",
    "updated_at",
    "position",
    "project_id",
];
/// As many fit a line.
const FIT: usize = 5;
/// Columns that name a row, the best first.
const NAMES: [&str; 6] = ["name", "title", "subject", "filename", "summary", "content"];
/// Members that are told of a record, the best first.
const MEMBERS: [&str; 6] = ["app_url", "url", "type", "name", "title", "content"];
/// A statement over the whole account that takes more requests is no example.
const DEAREST: u64 = 200;

/// Three of them: rows of one place, a count that means something, and the whole record.
pub fn worked(version: Version, table: &'static Table) -> Vec<Worked> {
    let place = place(table, version);
    vec![rows(version, table, &place), counted(version, table, &place), record(table, &place)]
}

/// Where the examples read: a container, a project or everything, whichever can be read.
fn place(table: &'static Table, version: Version) -> Case {
    let single = Case::single(table);
    let cases = Case::parents(table).into_iter().chain(Case::project(table));
    let mut cases = cases.chain([Case::default()]).chain(single);
    cases
        .find(|case| case.plan(version, table, Wanted::Listed, Projects::All).needs().is_none())
        .unwrap_or_default()
}

fn rows(version: Version, table: &'static Table, place: &Case) -> Worked {
    let mut shown: Vec<&'static str> = Vec::new();
    let plain = |column: &&Column| column.ty != Type::Jsonb && !column.name.ends_with("url");
    let rest = table.columns().filter(plain).map(|column| column.name);
    let wanted = ["id"].into_iter().chain(naming(table)).chain(SHOWN);
    for name in wanted.filter(|name| table.column(name).is_some()).chain(rest) {
        let known = shown.contains(&name) || place.0.contains(&name) || NAMES[1..].contains(&name);
        let named = Some(name) == naming(table) && !shown.contains(&name);
        if shown.len() < FIT && (!known || named) && !is_dear(version, table, place, name) {
            shown.push(name);
        }
    }
    if shown.is_empty() {
        shown.push("record");
    }
    let names: Vec<String> = shown.iter().map(|name| quoted(name)).collect();
    let mut sql = format!("SELECT {}\n  FROM bc.{}", names.join(", "), quoted(table.name));
    push_where(&mut sql, &place.sql(table, ""));
    let plan = place.plan(version, table, Wanted::Named(&shown), Projects::All);
    if place.0.is_empty() && !is_small(table) {
        sql.push_str("\n LIMIT 20");
    }
    sql.push(';');
    let what = match (place.0.as_slice(), requests(&plan)) {
        _ if is_one_row(table, place) => "One row, in one request".to_owned(),
        ([], _) => "Rows of the whole account".to_owned(),
        (_, Some(1)) => "Rows of one place, in one request".to_owned(),
        (_, _) => "Rows of one place".to_owned(),
    };
    Worked { about: format!("{what}."), sql }
}

/// Whether each row would have to be fetched singly for a column.
fn is_dear(version: Version, table: &'static Table, place: &Case, name: &'static str) -> bool {
    let plan = place.plan(version, table, Wanted::Named(&[name]), Projects::All);
    !plan.late().is_empty() || plan.needs().is_some()
}

/// Whether an example reads one record.
fn is_one_row(table: &'static Table, place: &Case) -> bool {
    let single = Case::single(table).is_some_and(|single| single == *place);
    let mut sources = table.sources.iter();
    single
        || (place.0.is_empty()
            && sources.all(|source| source.rows == Rows::One && source.each.is_none()))
}

/// Tables that one answer gives whole.
fn is_small(table: &Table) -> bool {
    table.sources.iter().all(|source| !matches!(source.rows, Rows::Pages))
}

fn counted(version: Version, table: &'static Table, place: &Case) -> Worked {
    if is_one_row(table, place) {
        let mut sql = format!("SELECT *\n  FROM bc.{}", quoted(table.name));
        push_where(&mut sql, &place.sql(table, ""));
        return Worked {
            about: "Everything that is known of it.".to_owned(),
            sql: format!("{sql};"),
        };
    }
    by_project(version, table)
        .or_else(|| by_parent(version, table, place))
        .or_else(|| by_value(version, table, place))
        .unwrap_or_else(|| {
            let mut sql = format!("SELECT count(*)\n  FROM bc.{}", quoted(table.name));
            push_where(&mut sql, &place.sql(table, ""));
            Worked { about: "How many there are.".to_owned(), sql: format!("{sql};") }
        })
}

/// How many each project has, where reading them all is no great matter.
fn by_project(version: Version, table: &'static Table) -> Option<Worked> {
    let projects = version.table("projects")?;
    let fits = table.scoped && table.column("project_id")?.ty == Type::Bigint;
    let name = naming(projects)?;
    let all = requests(&Case::default().plan(
        version,
        table,
        Wanted::Named(&["project_id"]),
        Projects::All,
    ))?;
    if !fits || table.name == "projects" || all > DEAREST {
        return None;
    }
    Some(Worked {
        about: "How many each project has.".to_owned(),
        sql: format!(
            "SELECT p.{name}, count(*)\n  FROM bc.{table} t\n  JOIN bc.projects p ON p.id = t.project_id\n \
             GROUP BY p.id, p.{name}\n ORDER BY count(*) DESC;",
            table = quoted(table.name)
        ),
    })
}

/// How many each of the parents has that some project has, where parents must be named.
fn by_parent(version: Version, table: &'static Table, place: &Case) -> Option<Worked> {
    let (column, parent) = place.0.iter().find_map(|column| {
        let parent = version.table(&plural(column.strip_suffix("_id")?))?;
        let bigint = table.column(column).is_some_and(|column| column.ty == Type::Bigint);
        (bigint && parent.name != table.name).then_some((*column, parent))
    })?;
    let name = naming(parent)?;
    parent.column("id")?;
    let scope = Case::project(parent).unwrap_or_default();
    let readable = scope.plan(version, parent, Wanted::Named(&["id"]), Projects::All);
    if readable.needs().is_some() {
        return None;
    }
    // One container of one kind under several others says nothing.
    let is_id = |name: &str| table.column(name).is_some_and(|found| found.ty == Type::Bigint);
    if place.0.iter().any(|name| *name != column && is_id(name)) {
        return None;
    }
    let rest = Case(place.0.iter().copied().filter(|other| *other != column).collect());
    let conditions: Vec<String> = [scope.sql(parent, "p."), rest.sql(table, "t.")]
        .into_iter()
        .filter(|sql| !sql.is_empty())
        .collect();
    let mut sql = format!(
        "SELECT p.id, p.{name}, count(*)\n  FROM bc.{parent} p\n  JOIN bc.{table} t ON t.{column} = p.id",
        parent = quoted(parent.name),
        table = quoted(table.name),
        column = quoted(column),
    );
    push_where(&mut sql, &conditions.join(" AND "));
    sql.push_str(&format!("\n GROUP BY p.id, p.{name}\n ORDER BY count(*) DESC;"));
    Some(Worked {
        about: format!("How many each of the {} has.", parent.name.replace('_', " ")),
        sql,
    })
}

/// How many rows share a value that several rows can have.
fn by_value(version: Version, table: &'static Table, place: &Case) -> Option<Worked> {
    let cheap = |name: &'static str| !is_dear(version, table, place, name);
    let free = |name: &&&'static str| {
        table.column(name).is_some() && !place.0.contains(*name) && cheap(name)
    };
    let names = ["creator_name", "person_name", "status", "kind", "type", "company_name", "action"];
    let (what, about) = if let Some(name) = names.iter().find(free) {
        ((*name).to_owned(), format!("How many there are of each {}.", name.replace('_', " ")))
    } else {
        let flag = table.columns().find(|column| column.ty == Type::Boolean);
        let flag = flag.filter(|column| !place.0.contains(&column.name) && cheap(column.name));
        let moment = ["created_at", "updated_at"].iter().find(free);
        match (flag, moment) {
            (Some(flag), _) => (
                quoted(flag.name),
                format!("How many there are of each {}.", flag.name.replace('_', " ")),
            ),
            (None, Some(moment)) => (
                format!("date_trunc('month', {moment})"),
                "How many there are of each month, by when they were made or changed.".to_owned(),
            ),
            (None, None) => return None,
        }
    };
    let mut sql = format!("SELECT {what}, count(*)\n  FROM bc.{}", quoted(table.name));
    push_where(&mut sql, &place.sql(table, ""));
    sql.push_str("\n GROUP BY 1\n ORDER BY 2 DESC;");
    Some(Worked { about, sql })
}

/// The record as it came, with a member of it as text.
fn record(table: &'static Table, place: &Case) -> Worked {
    let case = Case::single(table).unwrap_or_else(|| place.clone());
    let shown = member(table).map_or_else(
        || "jsonb_pretty(record)".to_owned(),
        |member| format!("record ->> '{member}' AS {}, jsonb_pretty(record)", quoted(member)),
    );
    let mut sql = format!("SELECT {shown}\n  FROM bc.{}", quoted(table.name));
    push_where(&mut sql, &case.sql(table, ""));
    if Case::single(table).is_none() && !is_one_row(table, place) {
        sql.push_str("\n LIMIT 1");
    }
    Worked {
        about: "A record as Basecamp sent it, for members that are no column.".to_owned(),
        sql: format!("{sql};"),
    }
}

/// A member at the top of the records, one with a text if there is any.
fn member(table: &'static Table) -> Option<&'static str> {
    let top = |column: &'static Column| match column.field {
        Field::Member(path) if !path.contains('.') => Some((path, column.ty)),
        _ => None,
    };
    let members: Vec<(&str, Type)> = table.columns().filter_map(top).collect();
    let named = MEMBERS.iter().find(|name| members.iter().any(|(path, _)| path == *name));
    let text = || members.iter().find(|(_, ty)| *ty == Type::Text).map(|(path, _)| *path);
    let any = || members.iter().find(|(path, _)| *path != "id").map(|(path, _)| *path);
    named.copied().or_else(text).or_else(any)
}

fn naming(table: &'static Table) -> Option<&'static str> {
    NAMES.into_iter().find(|name| table.column(name).is_some())
}

fn push_where(sql: &mut String, conditions: &str) {
    if !conditions.is_empty() {
        sql.push_str("\n WHERE ");
        sql.push_str(conditions);
    }
}

/// The table that a column such as `todolist_id` points to.
fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word == "person" => "people".to_owned(),
        _ => format!("{word}s"),
    }
}

/// Names of columns that SQL keeps for itself.
const RESERVED: [&str; 12] = [
    "all",
    "default",
    "desc",
    "end",
    "from",
    "group",
    "limit",
    "order",
    "references",
    "to",
    "user",
    "when",
];

/// A name as SQL takes it.
pub fn quoted(name: &str) -> String {
    if RESERVED.contains(&name) { format!("\"{name}\"") } else { name.to_owned() }
}

//! A query as a tree that can be taken apart, and its text for either side.
//!
//! Text carries marks where the two sides, or the ways to hand over a value, differ: a table has a
//! name on each side, and a value is a literal or a parameter.

use std::fmt::Write as _;

/// Which tables a query is put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The tables of Basecamp.
    Foreign,
    /// The copies.
    Local,
}

/// Between the marks: the name of a table on both sides.
const TABLE: char = '\u{1}';
/// Between the marks: a type and two values, as texts; the word `NULL` is none.
const VALUE: char = '\u{2}';
/// Between the parts of a mark.
const PART: char = '\u{3}';

/// A table, by its names on both sides.
pub fn table(foreign: &str, local: &str) -> String {
    format!("{TABLE}{foreign}{PART}{local}{TABLE}")
}

/// A value of a type, and another that it has when a prepared statement is executed again.
pub fn value(ty: &str, first: Option<&str>, again: Option<&str>) -> String {
    let literal = |value: Option<&str>| {
        value.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
    };
    format!("{VALUE}{ty}{PART}{}{PART}{}{VALUE}", literal(first), literal(again))
}

/// A query and how it is put.
#[derive(Debug, Clone)]
pub struct Query {
    /// Settings of the session, for the foreign side.
    pub settings: Vec<(String, String)>,
    /// WITH.
    pub with: Vec<With>,
    /// What is selected.
    pub body: Body,
    /// ORDER BY and what follows.
    pub tail: Tail,
    /// How it reaches the server.
    pub mode: Mode,
    /// What is compared.
    pub check: Check,
}

/// A query with a name.
#[derive(Debug, Clone)]
pub struct With {
    /// Its name.
    pub name: String,
    /// MATERIALIZED or not, or nothing.
    pub kind: &'static str,
    /// What it selects.
    pub select: Select,
}

/// One SELECT, or two and how they are put together.
#[derive(Debug, Clone)]
pub enum Body {
    /// One.
    One(Select),
    /// Two with the same columns.
    Two(&'static str, Select, Select),
}

/// The order and part of the rows that is wanted.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    /// ORDER BY, an entry a column of the output.
    pub order: Vec<String>,
    /// LIMIT.
    pub limit: Option<usize>,
    /// OFFSET.
    pub offset: Option<usize>,
}

/// How a query is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// As it is.
    Plain,
    /// Prepared with its values as parameters, and executed twice; the plan is generic or not.
    Prepared(bool),
    /// Through a cursor that goes forward and back in steps.
    Cursor(Vec<&'static str>),
    /// In a loop of a PL/pgSQL function.
    Loop,
    /// As a view.
    View,
}

/// What is compared.
#[derive(Debug, Clone)]
pub enum Check {
    /// The rows with those over the copies.
    Copy,
    /// The rows where a condition is true, false and NULL with the whole.
    Parts(Condition),
    /// `count(*)` with the number of rows.
    Count,
    /// The rows with those of the same query with another column at the end.
    Added(String),
}

/// A SELECT.
#[derive(Debug, Clone)]
pub struct Select {
    /// DISTINCT, DISTINCT ON, or nothing.
    pub distinct: String,
    /// What is shown, as `c1` and so on; what is empty is not.
    pub output: Vec<String>,
    /// Where from.
    pub from: Vec<Item>,
    /// WHERE: all of these.
    pub filter: Vec<Condition>,
    /// How many of the output the rows are grouped by; the others are aggregates.
    pub group: Option<usize>,
    /// HAVING: all of these.
    pub having: Vec<Condition>,
}

/// What a join brings.
#[derive(Debug, Clone)]
pub struct Item {
    /// `JOIN`, `LEFT JOIN`, …; of the first item nothing.
    pub join: &'static str,
    /// ON: all of these.
    pub on: Vec<Condition>,
    /// The table or query.
    pub source: Source,
    /// Its name.
    pub alias: String,
}

/// What stands in FROM.
#[derive(Debug, Clone)]
pub enum Source {
    /// A table or other text.
    Text(String),
    /// A query; LATERAL or not, with something behind it that keeps it whole, or not.
    Query(Box<Select>, bool, String),
}

/// A condition.
#[derive(Debug, Clone)]
pub enum Condition {
    /// Anything.
    Text(String),
    /// What decides which copy is right; it stays.
    Fixed(String),
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    Any(Vec<Self>),
    /// What is in front of a condition, and what is behind it.
    Around(&'static str, Box<Self>, &'static str),
    /// What is in front of a query in parentheses, and what is behind it.
    Query(String, Box<Select>, String),
}

impl Query {
    /// The text for a side with its values in it.
    pub fn text(&self, side: Side) -> String {
        finished(&self.marked(), side, &mut None)
    }

    /// The text with `$1` for the first value, and the values: their type, and two literals.
    pub fn prepared(&self, side: Side) -> (String, Vec<[String; 3]>) {
        let mut values = Some(Vec::new());
        let text = finished(&self.marked(), side, &mut values);
        (text, values.unwrap_or_default())
    }

    /// Takes out of the queries in FROM and WITH what nothing mentions.
    pub fn pruned(&self) -> Self {
        let mut pruned = self.clone();
        let added = if let Check::Added(text) = &self.check { text.as_str() } else { "" };
        let mut text = self.marked() + " " + added + " ";
        if let Check::Parts(condition) = &self.check {
            text += &condition.marked();
        }
        let mentioned: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '"'))
            .map(str::to_owned)
            .collect();
        let aliased: Vec<(String, String)> = mentioned
            .iter()
            .filter_map(|word| word.split_once('.'))
            .map(|(alias, column)| (alias.to_owned(), column.to_owned()))
            .collect();
        match &mut pruned.body {
            Body::One(select) => select.prune(&aliased),
            Body::Two(_, first, second) => {
                first.prune(&aliased);
                second.prune(&aliased);
            }
        }
        for with in &mut pruned.with {
            with.select.prune(&aliased);
        }
        pruned
    }

    fn marked(&self) -> String {
        let mut text = String::new();
        for (place, with) in self.with.iter().enumerate() {
            let word = if place == 0 { "WITH" } else { "," };
            let _ =
                write!(text, "{word} {} AS {} ({}) ", with.name, with.kind, with.select.marked());
        }
        match &self.body {
            Body::One(select) => text += &select.marked(),
            Body::Two(word, first, second) => {
                let _ = write!(text, "{} {word} {}", first.marked(), second.marked());
            }
        }
        text + &self.tail.text()
    }
}

impl Tail {
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.order.is_empty() {
            let _ = write!(text, " ORDER BY {}", self.order.join(", "));
        }
        if let Some(limit) = self.limit {
            let _ = write!(text, " LIMIT {limit}");
        }
        if let Some(offset) = self.offset {
            let _ = write!(text, " OFFSET {offset}");
        }
        text
    }
}

impl Select {
    fn prune(&mut self, mentioned: &[(String, String)]) {
        for item in &mut self.from {
            let Source::Query(select, ..) = &mut item.source else {
                continue;
            };
            for (place, text) in (1..).zip(&mut select.output) {
                let column = format!("c{place}");
                if !mentioned.iter().any(|(alias, name)| *alias == item.alias && *name == column) {
                    text.clear();
                }
            }
            select.prune(mentioned);
        }
    }

    fn marked(&self) -> String {
        let output = self.output.iter().zip(1..).filter(|(text, _)| !text.is_empty());
        let output: Vec<String> =
            output.map(|(text, place)| format!("{text} AS c{place}")).collect();
        let mut text = format!("SELECT {} {}", self.distinct, output.join(", "));
        for (place, item) in self.from.iter().enumerate() {
            text += if place == 0 { " FROM" } else { " " };
            text += &item.marked();
        }
        text += &all(" WHERE ", &self.filter);
        if let Some(columns) = self.group.filter(|columns| *columns > 0) {
            let columns: Vec<String> = (1..=columns).map(|place| place.to_string()).collect();
            let _ = write!(text, " GROUP BY {}", columns.join(", "));
        }
        text + &all(" HAVING ", &self.having)
    }
}

impl Item {
    fn marked(&self) -> String {
        let source = match &self.source {
            Source::Text(text) => text.clone(),
            Source::Query(select, lateral, behind) => {
                let lateral = if *lateral { "LATERAL " } else { "" };
                format!("{lateral}({}{behind})", select.marked())
            }
        };
        let on = match (self.join, self.on.as_slice()) {
            ("" | "CROSS JOIN" | ",", _) => String::new(),
            (_, []) => " ON true".to_owned(),
            (_, conditions) => all(" ON ", conditions),
        };
        format!("{} {source} {}{on}", self.join, self.alias)
    }
}

impl Condition {
    fn marked(&self) -> String {
        let joined = |parts: &[Self], word: &str| {
            let parts: Vec<String> = parts.iter().map(Self::marked).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Self::Text(text) | Self::Fixed(text) => text.clone(),
            Self::All(parts) => joined(parts, " AND "),
            Self::Any(parts) => joined(parts, " OR "),
            Self::Around(before, inner, behind) => format!("{before}({}){behind}", inner.marked()),
            Self::Query(before, select, behind) => format!("{before}({}){behind}", select.marked()),
        }
    }
}

fn all(word: &str, conditions: &[Condition]) -> String {
    let conditions: Vec<String> = conditions.iter().map(Condition::marked).collect();
    if conditions.is_empty() { String::new() } else { word.to_owned() + &conditions.join(" AND ") }
}

/// Puts in what the marks stand for.
fn finished(marked: &str, side: Side, values: &mut Option<Vec<[String; 3]>>) -> String {
    let mut text = String::new();
    for (place, part) in marked.split(TABLE).enumerate() {
        match (place % 2, part.split_once(PART)) {
            (1, Some((foreign, local))) => {
                text += if side == Side::Foreign { foreign } else { local };
            }
            _ => text += &valued(part, values),
        }
    }
    text
}

fn valued(marked: &str, values: &mut Option<Vec<[String; 3]>>) -> String {
    let mut text = String::new();
    for (place, part) in marked.split(VALUE).enumerate() {
        let parts: Vec<&str> = part.split(PART).collect();
        match (place % 2, parts.as_slice(), &mut *values) {
            (1, [ty, first, again], Some(values)) => {
                values.push([*ty, *first, *again].map(str::to_owned));
                let _ = write!(text, "${}", values.len());
            }
            (1, [ty, first, _], None) => text += &literal(ty, first),
            _ => text += part,
        }
    }
    text
}

/// A literal of a type, bare where that is the type that it has.
fn literal(ty: &str, quoted: &str) -> String {
    let bare = quoted.trim_matches('\'');
    let number = matches!(ty, "bigint" | "integer") && bare.parse::<i64>().is_ok_and(|it| it >= 0);
    match ty {
        _ if number => bare.to_owned(),
        "boolean" if quoted != "NULL" => bare.to_owned(),
        "text" if quoted != "NULL" => quoted.to_owned(),
        _ => format!("{quoted}::{ty}"),
    }
}

//! What a statement will ask, before its rows are known.

use super::candidates;
use crate::catalog::{Effect, Form, Member, Method, Operation, Supply, Table};

/// A statement that changes rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// INSERT.
    Insert,
    /// UPDATE of these columns.
    Update(Vec<&'static str>),
    /// DELETE.
    Delete,
}

/// The requests that each row takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// As methods and path templates; alternatives have an "or" between them.
    pub requests: Vec<String>,
    /// How many each row takes at most.
    pub most: u64,
}

/// What a statement will ask for each row. `checks`: whether it looks first if the record changed.
pub fn outline(table: &'static Table, statement: &Statement, checks: bool) -> Outline {
    let (mut outline, reads) = match statement {
        Statement::Insert => (alternatives(table.inserts()), false),
        Statement::Delete => {
            let deletes = table.operations.iter().filter(|each| each.effect == Effect::Delete);
            (alternatives(deletes), checks)
        }
        Statement::Update(named) => {
            let (outline, reads) = of_update(table, named);
            (outline, reads || checks)
        }
    };
    if reads && let Some(single) = table.single() {
        outline.requests.insert(0, format!("GET {}", single.path));
        outline.most += 1;
    }
    outline
}

/// One of these.
fn alternatives<'a>(operations: impl Iterator<Item = &'a Operation>) -> Outline {
    let requests: Vec<String> = operations.map(request).collect();
    Outline { requests: vec![requests.join(" or ")], most: 1 }
}

/// The requests that write, and whether bodies repeat some of the record.
fn of_update(table: &'static Table, named: &[&'static str]) -> (Outline, bool) {
    let mut outline = Outline { requests: Vec::new(), most: 0 };
    let (sets, updates): (Vec<_>, Vec<_>) =
        candidates(table, named).partition(|each| matches!(each.effect, Effect::Set(..)));
    let mut said: Vec<&str> = Vec::new();
    let mut reads = false;
    for update in updates {
        let news: Vec<_> = update
            .columns()
            .filter(|column| named.contains(column) && !said.contains(column))
            .collect();
        if news.is_empty() {
            continue;
        }
        said.extend(news);
        reads |= update.members.iter().any(|member| repeats(table, update, member, named));
        outline.requests.push(request(update));
    }
    for column in named.iter().filter(|column| !said.contains(*column)) {
        let of_column = sets.iter().filter(|set| set.columns().any(|each| each == *column));
        let states: Vec<String> = of_column.map(|each| request(each)).collect();
        if !states.is_empty() {
            outline.requests.push(states.join(" or "));
        }
    }
    outline.most = outline.requests.len() as u64;
    (outline, reads)
}

/// Whether a member is taken from the record.
fn repeats(table: &'static Table, operation: &Operation, member: &Member, named: &[&str]) -> bool {
    let is_named = member.columns.iter().any(|column| named.contains(column));
    let keys = super::keys(table);
    let is_key = || member.columns.iter().any(|column| keys.contains(column));
    match member.supply {
        Supply::Required | Supply::Resent if !is_named => true,
        Supply::Known if !is_named && !is_key() => true,
        _ => match member.form {
            Form::DayWhere(flag) => {
                is_named && operation.effect != Effect::Insert && !named.contains(&flag)
            }
            _ => false,
        },
    }
}

fn request(operation: &Operation) -> String {
    let method = match operation.method {
        Method::Delete => "DELETE",
        Method::Post => "POST",
        Method::Put => "PUT",
    };
    format!("{method} {}", operation.path)
}

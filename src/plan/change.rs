//! A changed row becomes the requests that change it.
//!
//! Only what the statement names is sent. Of several operations that could say a column the first is
//! taken whose address the row fills, so that alternatives stand one after another in the catalogue.
//! What a body must repeat is taken from the record as it is when the request is made.

mod body;
mod outline;
mod people;
mod place;
mod witness;

use super::route::{Asked, fill};
use crate::catalog::{Effect, Operation, Role, Supply, Table};
use crate::error::{Error, Kind, Result};
use crate::value::{Scalar, Type, Value};
use body::Part;
pub use outline::{Outline, Statement, outline};
pub use people::People;
use place::homeless;
pub use place::insert;
pub use witness::{changed_meanwhile, check_unchanged, witnesses};

/// Columns of a row with their values; what is not among them is not known, or not named.
pub type Values = Vec<(&'static str, Option<Value>)>;

/// One request of a write, made as far as the record is not needed for it.
#[derive(Debug)]
pub struct Write {
    /// What it does.
    pub operation: &'static Operation,
    /// Its address below the account.
    pub address: String,
    /// What fills the holes of the address.
    pub asked: Vec<Asked>,
    /// Whether the record must be read first, because the body repeats some of it.
    pub reads: bool,
    /// Whether it names people by their addresses.
    pub addresses: bool,
    parts: Vec<Part>,
}

/// The requests that give named columns new values, in the order in which they are sent.
///
/// # Errors
/// When nothing gives a column that value, or NULL is what Basecamp does not take.
pub fn update(table: &'static Table, named: &Values, old: &Values) -> Result<Vec<Write>> {
    let mut said: Vec<&'static str> = Vec::new();
    let mut writes = Vec::new();
    for operation in table.operations {
        let news: Vec<_> = said_by(operation, named).filter(|name| !said.contains(name)).collect();
        let Some(asked) = address(operation, old).filter(|_| !news.is_empty()) else {
            continue;
        };
        said.extend(news);
        writes.push(Write::new(table, operation, asked, named, old)?);
    }
    if let Some((name, value)) = named.iter().find(|(name, _)| !said.contains(name)) {
        return Err(unsaid(table, name, value.as_ref()));
    }
    // What brings a record back comes first: one in the trash cannot be changed.
    writes.sort_by_key(|write| !restores(table, write.operation));
    Ok(writes)
}

/// The request that removes a row.
///
/// # Errors
/// When no address follows from the row.
pub fn delete(table: &'static Table, old: &Values) -> Result<Write> {
    let mut deletes = table.operations.iter().filter(|each| each.effect == Effect::Delete);
    let chosen = deletes.find_map(|each| Some((each, address(each, old)?)));
    let (operation, asked) = chosen.ok_or_else(|| homeless(table))?;
    Write::new(table, operation, asked, &Vec::new(), old)
}

/// The columns that must be known of a row to change or to remove it: those that address it, and the
/// ids that bodies repeat.
pub fn keys(table: &'static Table) -> Vec<&'static str> {
    let changes = || table.operations.iter().filter(|each| each.effect != Effect::Insert);
    let known = changes().flat_map(|each| each.members).filter(|each| each.supply == Supply::Known);
    let ids = known
        .flat_map(|member| member.columns.iter().copied())
        .filter(|name| table.column(name).is_some_and(|column| column.ty == Type::Bigint));
    let holes = changes().flat_map(Operation::holes);
    let choices = changes().flat_map(|each| each.when.iter().map(|(name, _)| *name));
    let singles = table.singles().flat_map(crate::catalog::Source::holes);
    let mut keys: Vec<&'static str> = holes.chain(choices).chain(ids).chain(singles).collect();
    keys.retain(|name| table.column(name).is_some());
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The operations that an UPDATE of some columns may send.
pub fn candidates(
    table: &'static Table,
    named: &[&str],
) -> impl Iterator<Item = &'static Operation> {
    table.operations.iter().filter(|operation| {
        matches!(operation.effect, Effect::Update | Effect::Set(..))
            && operation.columns().any(|column| named.contains(&column))
    })
}

impl Write {
    fn new(
        table: &'static Table,
        operation: &'static Operation,
        asked: Vec<Asked>,
        new: &Values,
        old: &Values,
    ) -> Result<Self> {
        let members = operation.members.iter();
        let parts = members.map(|member| body::part(table, operation, member, new, old));
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let reads = parts.iter().any(Part::reads);
        let addresses = parts.iter().any(Part::names_addresses);
        let keys: Vec<(&str, Scalar)> =
            asked.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let address = fill(operation.path, &keys);
        Ok(Self { operation, address, asked, reads, addresses, parts })
    }
}

/// The named columns to whose new values an operation leads.
fn said_by<'a>(
    operation: &'static Operation,
    named: &'a Values,
) -> impl Iterator<Item = &'static str> + use<'a> {
    named.iter().filter_map(move |(name, value)| {
        let says = match operation.effect {
            Effect::Update => operation.columns().any(|column| column == *name),
            Effect::Set(column, word) => column == *name && is_word(value.as_ref(), word),
            _ => false,
        };
        says.then_some(*name)
    })
}

/// What fills the address of an operation, if the row does and is one that it is for.
fn address(operation: &Operation, row: &Values) -> Option<Vec<Asked>> {
    let mut choice = operation.when.iter();
    let meant = choice.all(|(name, word)| is_word(value(row, name), word));
    let hole = |hole: &'static str| Some((hole.to_owned(), scalar(value(row, hole)?)?));
    operation.holes().map(hole).collect::<Option<Vec<_>>>().filter(|_| meant)
}

/// The values of a row that addresses can say.
pub fn asked(row: &Values) -> Vec<Asked> {
    let said =
        row.iter().filter_map(|(name, value)| Some(((*name).to_owned(), scalar(value.as_ref()?)?)));
    said.collect()
}

/// The value of a column.
fn value<'a>(row: &'a Values, name: &str) -> Option<&'a Value> {
    row.iter().find(|(column, _)| *column == name)?.1.as_ref()
}

fn is_word(value: Option<&Value>, word: &str) -> bool {
    value.and_then(Value::spelled).is_some_and(|spelled| spelled == word)
}

/// A value as an address says it.
fn scalar(value: &Value) -> Option<Scalar> {
    Some(match value {
        Value::Bigint(id) => Scalar::Id(*id),
        Value::Integer(id) => Scalar::Id(i64::from(*id)),
        Value::Date(days) => Scalar::Date(*days),
        Value::Text(text) => Scalar::Text(text.clone()),
        _ => return None,
    })
}

/// Whether an operation makes a record one that is shown by default.
fn restores(table: &Table, operation: &Operation) -> bool {
    let Effect::Set(column, value) = operation.effect else {
        return false;
    };
    let shown = || table.domain(column).is_some_and(|domain| domain.default.contains(&value));
    table.is(column, Role::Status) && shown()
}

fn refused(table: &Table, column: &str, what: &str) -> Error {
    let message = format!("column \"{column}\" of resource \"{}\" {what}", table.name);
    Error::new(Kind::Unsupported, message)
}

fn unsaid(table: &'static Table, name: &str, value: Option<&Value>) -> Error {
    if table.updates(name).next().is_none() {
        return refused(table, name, "cannot be changed")
            .hint("basecamp.columns() tells which columns can be.");
    }
    match value.map(|value| value.spelled()) {
        None => refused(table, name, "cannot be set to NULL").of_kind(Kind::NotNull),
        Some(Some(word)) => refused(table, name, &format!("cannot be set to \"{word}\"")),
        Some(None) => refused(table, name, "cannot be changed in this row"),
    }
}

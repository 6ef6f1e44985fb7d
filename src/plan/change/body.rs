//! The body of a request that changes something: its members, and what they are when nothing is said.

use serde_json::{Map, Value as Json};

use super::people::{self, People, Person};
use super::{Values, Write};
use crate::catalog::field::Seen;
use crate::catalog::{Clear, Column, Effect, Form, Member, Operation, Supply, Table};
use crate::error::{Error, Kind, Result};
use crate::value::{Type, Value};

/// One member of a body.
#[derive(Debug)]
pub(super) struct Part {
    member: &'static Member,
    content: Content,
    /// For a member that is a day in some rows.
    whole_days: Days,
}

/// Where the value of a member comes from.
#[derive(Debug)]
enum Content {
    /// It is not sent.
    Nothing,
    /// This, whatever the row has.
    Word(Json),
    /// This value.
    Value(Value),
    /// The numbers of these people.
    People(Vec<Person>),
    /// The record, in whose column it must be.
    Record(&'static Column),
    /// The record, where it may be missing.
    Optional(&'static Column),
    /// JSON's null, in place of the object that it is in.
    Null,
}

/// Whether moments stand for whole days.
#[derive(Debug)]
enum Days {
    No,
    Yes,
    /// As the record has it in this column.
    Record(&'static Column),
}

impl Part {
    /// Whether the record must be read for it.
    pub(super) fn reads(&self) -> bool {
        let sent = !matches!(self.content, Content::Nothing | Content::Null | Content::Word(_));
        matches!(self.content, Content::Record(_) | Content::Optional(_))
            || sent && matches!(self.whole_days, Days::Record(_))
    }

    /// Whether it names people otherwise than by their numbers.
    pub(super) fn names_addresses(&self) -> bool {
        let is_address = |person: &Person| matches!(person, Person::Address(_));
        matches!(&self.content, Content::People(people) if people.iter().any(is_address))
    }
}

/// What a member of an operation says of a row.
pub(super) fn part(
    table: &'static Table,
    operation: &Operation,
    member: &'static Member,
    new: &Values,
    old: &Values,
) -> Result<Part> {
    let content = match (named(table, member, new)?, member.supply) {
        (_, Supply::Fixed(word)) => Content::Word(Json::from(word)),
        (Some((_, Some(Value::Jsonb(text)))), _) if member.form == Form::People => {
            Content::People(people::named(text)?)
        }
        (Some((_, Some(value))), _) => Content::Value(value.clone()),
        (Some((name, None)), _) => cleared(table, operation, member, name)?,
        (None, _) => unnamed(table, operation, member, old)?,
    };
    let whole_days = match member.form {
        Form::DayWhere(flag) => days(table, operation, flag, new),
        _ => Days::No,
    };
    Ok(Part { member, content, whole_days })
}

/// The column that says a member, with its new value. Where the statement names several, they say the
/// same.
fn named<'a>(
    table: &Table,
    member: &Member,
    new: &'a Values,
) -> Result<Option<&'a (&'static str, Option<Value>)>> {
    let columns = member.columns.iter();
    let mut named = columns.filter_map(|name| new.iter().find(|(column, _)| column == name));
    let first = named.next();
    match (first, named.next()) {
        (Some((one, value)), Some((other, another))) if value != another => {
            let message = format!(
                "columns \"{one}\" and \"{other}\" of resource \"{}\" contradict each other",
                table.name
            );
            let hint = format!("Basecamp takes one value for both: leave out \"{other}\".");
            Err(Error::new(Kind::Invalid, message).hint(hint))
        }
        _ => Ok(first),
    }
}

/// What a member says that the statement sets to NULL.
fn cleared(
    table: &'static Table,
    operation: &Operation,
    member: &Member,
    name: &'static str,
) -> Result<Content> {
    // Whichever of its columns is named, what is empty is the member.
    let own = member.columns.iter().find_map(|name| table.column(name));
    let ty = own.map_or(Type::Text, |column| column.ty);
    match member.clear {
        Clear::Empty => Ok(Content::Word(ty.empty())),
        Clear::Null => Ok(Content::Null),
        Clear::Omitted => Ok(Content::Nothing),
        Clear::Never => Err(missing(table, operation, name)),
    }
}

/// What a member says that the statement does not name.
fn unnamed(
    table: &'static Table,
    operation: &Operation,
    member: &Member,
    old: &Values,
) -> Result<Content> {
    let column = member.columns.iter().find_map(|name| table.column(name));
    let insert = operation.effect == Effect::Insert;
    // What may be empty may be missing, too.
    let must = member.clear == Clear::Never;
    let of_record = |column| if must { Content::Record(column) } else { Content::Optional(column) };
    Ok(match (member.supply, column) {
        (Supply::Otherwise(word), column) => {
            Content::Word(column.map_or(Type::Text, |column| column.ty).spelled(word))
        }
        (Supply::Required | Supply::Known, Some(column)) if insert && must => {
            return Err(missing(table, operation, column.name));
        }
        (Supply::Required | Supply::Resent | Supply::Known, _) if insert => Content::Nothing,
        (Supply::Known, Some(column)) => super::value(old, column.name)
            .map_or_else(|| of_record(column), |value| Content::Value(value.clone())),
        (Supply::Required, Some(column)) => of_record(column),
        (Supply::Resent, Some(column)) => Content::Optional(column),
        _ => Content::Nothing,
    })
}

fn days(table: &'static Table, operation: &Operation, flag: &str, new: &Values) -> Days {
    let named = new.iter().find(|(name, _)| *name == flag);
    match (named, table.column(flag)) {
        (Some((_, value)), _) if *value == Some(Value::Boolean(true)) => Days::Yes,
        (None, Some(column)) if operation.effect != Effect::Insert => Days::Record(column),
        _ => Days::No,
    }
}

fn missing(table: &Table, operation: &Operation, column: &str) -> Error {
    let table = table.name;
    let message = format!("null value in column \"{column}\" of resource \"{table}\"");
    Error::new(Kind::NotNull, message)
        .detail(format!("Basecamp takes no {} without it.", operation.name))
}

impl Write {
    /// The body, with what it repeats of the record; none for an operation that has none. `people`:
    /// everybody, where the write names people by their addresses.
    ///
    /// # Errors
    /// When the record is not what the API promises, a value is one that JSON has not got, or an address
    /// is nobody's, or that of several people.
    pub fn body(&self, record: Option<&Seen<'_>>, people: &People) -> Result<Option<Json>> {
        if self.parts.is_empty() {
            return Ok(None);
        }
        let mut body = Json::Object(Map::new());
        let (fixed, others): (Vec<_>, Vec<_>) =
            self.parts.iter().partition(|part| matches!(part.member.supply, Supply::Fixed(_)));
        for part in others {
            part.put(&mut body, record, people)?;
        }
        for part in fixed {
            // Only beside another member of the same object.
            let object = part.member.path.rsplit_once('.').map(|(object, _)| object);
            if object.is_none_or(|path| is_object(&body, path)) {
                part.put(&mut body, record, people)?;
            }
        }
        Ok(Some(body))
    }
}

impl Part {
    fn put(&self, body: &mut Json, record: Option<&Seen<'_>>, people: &People) -> Result<()> {
        let path = self.member.path;
        match &self.content {
            Content::Nothing => {}
            Content::Null => put(body, path.split('.').next().unwrap_or(path), Json::Null),
            Content::Word(word) => put(body, path, word.clone()),
            Content::Value(value) => put(body, path, self.formed(value, record)?),
            Content::People(named) => put(body, path, people.ids(named)?),
            Content::Record(column) => {
                let value = read(column, record)?.ok_or_else(|| lacking(column))?;
                put(body, path, self.formed(&value, record)?);
            }
            Content::Optional(column) => match read(column, record)? {
                Some(value) => put(body, path, self.formed(&value, record)?),
                None if self.member.clear == Clear::Empty => put(body, path, column.ty.empty()),
                None => {}
            },
        }
        Ok(())
    }

    /// A value in the form that the member has.
    fn formed(&self, value: &Value, record: Option<&Seen<'_>>) -> Result<Json> {
        let is_day = match self.whole_days {
            Days::No => false,
            Days::Yes => true,
            Days::Record(column) => read(column, record)? == Some(Value::Boolean(true)),
        };
        let formed = match self.member.form {
            Form::Plain | Form::People => value.json(),
            Form::DayWhere(_) if is_day => value.day().and_then(|day| day.json()),
            Form::DayWhere(_) => value.json(),
            Form::Text => value.spelled().map(Json::from).or_else(|| value.json()),
            Form::Words(pairs) => value.spelled().map(|word| {
                let theirs =
                    pairs.iter().find(|(_, ours)| *ours == word).map(|(theirs, _)| *theirs);
                Json::from(theirs.unwrap_or(&word))
            }),
        };
        formed.ok_or_else(|| {
            let message =
                format!("the value of \"{}\" cannot be sent to Basecamp", self.member.path);
            Error::new(Kind::Invalid, message).detail("It is no time of a calendar.")
        })
    }
}

/// The value that a record has in a column.
fn read(column: &Column, record: Option<&Seen<'_>>) -> Result<Option<Value>> {
    let seen = record.ok_or_else(|| lacking(column))?;
    in_record(column, seen)
        .map_err(|error| error.detail("It would have been written back, so nothing was written."))
}

/// What a column has in a record that was read before it is written.
pub(super) fn in_record(column: &Column, record: &Seen<'_>) -> Result<Option<Value>> {
    column.field.read(column.ty, record).map_err(|mismatch| {
        Error::malformed(format!("column \"{}\" of the record: {mismatch}", column.name))
    })
}

/// A record without what must be said again beside a change.
fn lacking(column: &Column) -> Error {
    let message = format!("null value in column \"{}\" of the record", column.name);
    Error::new(Kind::NotNull, message)
        .detail("Basecamp wants it again beside the change, so nothing was written.")
        .hint("Set it in the same statement.")
}

/// Puts a value where a path of names says; `name[]` is the only element of an array.
fn put(body: &mut Json, path: &str, value: Json) {
    let (first, rest) =
        path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (name, in_array) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    let Some(members) = body.as_object_mut() else {
        return;
    };
    let mut place = members.entry(name.to_owned()).or_insert(Json::Null);
    if in_array {
        if !place.is_array() {
            *place = Json::Array(vec![Json::Null]);
        }
        let Some(element) = place.get_mut(0) else {
            return;
        };
        place = element;
    }
    match rest {
        None => *place = value,
        Some(rest) => {
            if !place.is_object() {
                *place = Json::Object(Map::new());
            }
            put(place, rest, value);
        }
    }
}

/// Whether there is an object at a path.
fn is_object(body: &Json, path: &str) -> bool {
    let found = path.split('.').try_fold(body, |object, name| match name.strip_suffix("[]") {
        Some(name) => object.get(name)?.get(0),
        None => object.get(name),
    });
    found.is_some_and(Json::is_object)
}

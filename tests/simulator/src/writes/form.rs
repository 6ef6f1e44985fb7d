//! What a body may hold: which members, in which form, and what their absence means.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Outcome;
use crate::world::{Kind, PEOPLE};

/// The form that a member is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// HTML, with a member beside it for the files in it.
    Html,
    /// A day.
    Day,
    /// Ids of people; those that there are not are left out without a word.
    People,
    /// Yes or no.
    Flag,
}

/// What the absence of a member means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Refused, but for an update that merges; blank is always refused.
    Required,
    /// Empty in a new record and after an update that replaces.
    Optional,
    /// Nothing: what is sent is obeyed and not kept.
    Directive,
}

/// A member of a body.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Its form.
    pub form: Form,
    /// Whether it must be there.
    pub need: Need,
    /// The members of the record that show it.
    pub shown: &'static [&'static str],
}

/// What can be sent of a kind of record.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Whether an update clears what it leaves out.
    pub replaces: bool,
    /// Its members.
    pub members: &'static [Member],
}

/// What a body does to a record, as it is read.
#[derive(Debug, Default)]
pub struct Written {
    /// Members.
    pub members: Map<String, Value>,
    /// Members that are lists of people: their places.
    pub people: BTreeMap<&'static str, Vec<usize>>,
}

impl Resource {
    /// A new record's members: those that the body lacks are empty.
    pub fn fresh(&self, body: &Map<String, Value>) -> Result<Written, Outcome> {
        let mut written = Written::default();
        for member in self.members {
            member.put(member.sent(body, true)?, &Value::Null, &mut written)?;
        }
        Ok(written)
    }

    /// What a body changes of a record, which is as `current` says.
    pub fn changes(&self, body: &Map<String, Value>, current: &Value) -> Result<Written, Outcome> {
        let mut written = Written::default();
        for member in self.members {
            let sent = member.sent(body, self.replaces)?;
            if sent.is_some() || self.replaces {
                member.put(sent, current, &mut written)?;
            }
        }
        Ok(written)
    }
}

impl Member {
    /// What was sent of it: null counts as absent. `whole`: the body must hold what is required.
    fn sent<'a>(
        &self,
        body: &'a Map<String, Value>,
        whole: bool,
    ) -> Result<Option<&'a Value>, Outcome> {
        let sent = body.get(self.name).filter(|value| !value.is_null());
        let blank = sent.is_some_and(|value| value.as_str().is_some_and(|s| s.trim().is_empty()));
        if self.need == Need::Required && (blank || whole && sent.is_none()) {
            return Err(Outcome::invalid(self.name, "can't be blank"));
        }
        Ok(sent)
    }

    fn put(
        &self,
        sent: Option<&Value>,
        current: &Value,
        written: &mut Written,
    ) -> Result<(), Outcome> {
        let value = match sent {
            Some(value) => self.checked(value)?,
            None => self.empty(),
        };
        if self.need == Need::Directive {
            return Ok(());
        }
        for name in self.shown {
            if self.form == Form::People {
                let places = places(&value);
                if current.is_null() || ids(&current[name]) != ids_of(&places) {
                    written.people.insert(name, places);
                }
            } else if current.is_null() || !is_same(&current[name], &value) {
                written.members.insert((*name).to_owned(), value.clone());
                if self.form == Form::Html {
                    written.members.insert(format!("{name}_attachments"), json!([]));
                }
            }
        }
        Ok(())
    }

    fn empty(&self) -> Value {
        match self.form {
            Form::Text | Form::Html => json!(""),
            Form::Day => Value::Null,
            Form::People => json!([]),
            Form::Flag => json!(false),
        }
    }

    fn checked(&self, value: &Value) -> Result<Value, Outcome> {
        let day = |value: &Value| {
            value.as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok())
        };
        let (right, message) = match self.form {
            Form::Text | Form::Html => (value.is_string(), "is not text"),
            Form::Day => (day(value), "is not a valid date"),
            Form::Flag => (value.is_boolean(), "is not true or false"),
            Form::People => (
                value.as_array().is_some_and(|ids| ids.iter().all(Value::is_i64)),
                "is not a list of ids",
            ),
        };
        if right { Ok(value.clone()) } else { Err(Outcome::invalid(self.name, message)) }
    }
}

/// Nothing and empty text are one to a client that sends back what it has read.
fn is_same(current: &Value, value: &Value) -> bool {
    current == value || current.is_null() && value == ""
}

/// The places of the people of ids.
fn places(ids: &Value) -> Vec<usize> {
    let ids = ids.as_array().into_iter().flatten().filter_map(Value::as_u64);
    let places = ids.filter_map(|id| usize::try_from(id).ok()?.checked_sub(2000));
    let mut known = Vec::new();
    for place in places.filter(|place| *place < PEOPLE) {
        if !known.contains(&place) {
            known.push(place);
        }
    }
    known
}

fn ids_of(places: &[usize]) -> Vec<Value> {
    places.iter().map(|place| json!(2000 + place)).collect()
}

fn ids(people: &Value) -> Vec<Value> {
    people.as_array().into_iter().flatten().map(|person| person["id"].clone()).collect()
}

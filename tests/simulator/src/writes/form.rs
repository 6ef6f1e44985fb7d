//! What a body may hold: which members, in which form, and what their absence means.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Outcome;

/// The form that a member is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// Plain text that reads back as `Untitled` when it is blank.
    Title,
    /// HTML, with a member beside it for the files in it.
    Html,
    /// A day.
    Day,
    /// A day; empty text and null clear it.
    Blank,
    /// A day of what lasts all day, a time otherwise.
    Bound,
    /// Ids of people; those that there are not are left out without a word.
    People,
    /// Yes or no.
    Flag,
    /// A whole number from 0 to 100.
    Percent,
    /// One of some words; the first where none is sent.
    Choice(&'static [&'static str]),
    /// Some texts.
    Texts,
    /// An address on the web.
    Address,
    /// Anything.
    Any,
}

/// What the absence of a member means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Refused, but for an update that merges; blank is always refused.
    Required,
    /// Empty in a new record and after an update that replaces.
    Optional,
    /// Empty in a new record; an update keeps what there is.
    Kept,
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

/// How a refusal names the members that are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 422, in the member `errors`.
    Errors,
    /// So many hundred and the bare map.
    Bare(u16),
}

/// What can be sent of something.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// Its members.
    pub members: &'static [Member],
    /// Whether an update clears what it leaves out.
    pub replaces: bool,
    /// The name of the object that the members may be wrapped in; empty for none.
    pub wrapper: &'static str,
    /// How a refusal looks.
    pub refusal: Refusal,
}

/// What a body does to a record, as it is read.
#[derive(Debug, Default)]
pub struct Written {
    /// Members.
    pub members: Map<String, Value>,
    /// Members that are lists of people: their places.
    pub people: BTreeMap<&'static str, Vec<usize>>,
}

/// A member that is shown under its own name.
pub const fn member(
    name: &'static str,
    form: Form,
    need: Need,
    shown: &'static [&'static str],
) -> Member {
    Member { name, form, need, shown }
}

impl Resource {
    /// Members of which an update changes those that it names.
    pub const fn merging(members: &'static [Member]) -> Self {
        Self { members, replaces: false, wrapper: "", refusal: Refusal::Errors }
    }

    /// Members of which an update clears those that it leaves out.
    pub const fn replacing(members: &'static [Member]) -> Self {
        Self { members, replaces: true, wrapper: "", refusal: Refusal::Errors }
    }

    /// The same, in an object of that name.
    pub const fn within(self, wrapper: &'static str) -> Self {
        Self { wrapper, ..self }
    }

    /// The same, refused otherwise.
    pub const fn refused(self, refusal: Refusal) -> Self {
        Self { refusal, ..self }
    }

    /// A new record's members: those that the body lacks are empty.
    pub fn fresh(&self, body: &Map<String, Value>) -> Result<Written, Outcome> {
        let body = unwrapped(body, self.wrapper);
        let mut written = Written::default();
        for member in self.members {
            let done = member
                .sent(&body, true)
                .and_then(|sent| member.put(sent, &Value::Null, &mut written));
            done.map_err(|message| self.refuse(member, message))?;
        }
        Ok(written)
    }

    /// What a body changes of a record, which is as `current` says.
    pub fn changes(&self, body: &Map<String, Value>, current: &Value) -> Result<Written, Outcome> {
        let body = unwrapped(body, self.wrapper);
        let mut written = Written::default();
        for member in self.members {
            let done = member.sent(&body, self.replaces).and_then(|sent| {
                let cleared = self.replaces && member.need != Need::Kept;
                if sent.is_some() || cleared {
                    member.put(sent, current, &mut written)?;
                }
                Ok(())
            });
            done.map_err(|message| self.refuse(member, message))?;
        }
        Ok(written)
    }

    fn refuse(&self, member: &Member, message: &str) -> Outcome {
        let map = json!({member.name: [message]});
        match self.refusal {
            Refusal::Errors => Outcome::new(422, json!({"errors": map})),
            Refusal::Bare(status) => Outcome::new(status, map),
        }
    }
}

/// The members of the wrapper, if there is one, over those beside it.
pub fn unwrapped(body: &Map<String, Value>, wrapper: &str) -> Map<String, Value> {
    let mut all = body.clone();
    if let Some(Value::Object(inner)) = all.remove(wrapper) {
        all.extend(inner);
    }
    all
}

impl Member {
    /// What was sent of it: null counts as absent. `whole`: the body must hold what is required.
    fn sent<'a>(
        &self,
        body: &'a Map<String, Value>,
        whole: bool,
    ) -> Result<Option<&'a Value>, &'static str> {
        let clears = self.form == Form::Blank;
        let sent = body.get(self.name).filter(|value| clears || !value.is_null());
        let blank = sent.is_some_and(|value| value.as_str().is_some_and(|s| s.trim().is_empty()));
        if self.need == Need::Required && (blank || whole && sent.is_none()) {
            return Err("can't be blank");
        }
        Ok(sent)
    }

    fn put(
        &self,
        sent: Option<&Value>,
        current: &Value,
        written: &mut Written,
    ) -> Result<(), &'static str> {
        let value = match sent {
            Some(value) => self.checked(value)?,
            None => self.empty(),
        };
        if self.need == Need::Directive {
            return Ok(());
        }
        for name in self.shown {
            if self.form == Form::People {
                let places = super::people::places(&value);
                if current.is_null() || super::people::ids(&current[name]) != places {
                    written.people.insert(name, places);
                }
            } else if current.is_null() || !is_same(&current[name], &value) {
                written.members.insert((*name).to_owned(), value.clone());
                // The files that were in the text before are not in it now.
                let files = format!("{name}_attachments");
                if self.form == Form::Html && current[&files].is_array() {
                    written.members.insert(files, json!([]));
                }
            }
        }
        Ok(())
    }

    fn empty(&self) -> Value {
        match self.form {
            Form::Text | Form::Html => json!(""),
            Form::Title => json!("Untitled"),
            Form::Day | Form::Blank | Form::Bound | Form::Any | Form::Address => Value::Null,
            Form::People | Form::Texts => json!([]),
            Form::Flag => json!(false),
            Form::Percent => json!(0),
            Form::Choice(words) => json!(words.first()),
        }
    }

    fn checked(&self, value: &Value) -> Result<Value, &'static str> {
        let text = value.as_str();
        let list = |is: fn(&Value) -> bool| value.as_array().is_some_and(|all| all.iter().all(is));
        let (right, message) = match self.form {
            Form::Text | Form::Html => (text.is_some(), "is not text"),
            Form::Title if text.is_some_and(|text| text.trim().is_empty()) => {
                return Ok(self.empty());
            }
            Form::Title => (text.is_some(), "is not text"),
            Form::Blank if value.is_null() || value == "" => return Ok(Value::Null),
            Form::Day | Form::Blank => (text.is_some_and(is_day), "is not a valid date"),
            Form::Bound => (text.is_some_and(is_bound), "is not a valid date or time"),
            Form::Flag => (value.is_boolean(), "is not true or false"),
            Form::People => (list(Value::is_i64), "is not a list of ids"),
            Form::Texts => (list(Value::is_string), "is not a list of texts"),
            Form::Percent => {
                (value.as_u64().is_some_and(|number| number <= 100), "is not a number up to 100")
            }
            Form::Choice(words) => {
                (text.is_some_and(|text| words.contains(&text)), "is not one of those there are")
            }
            Form::Address => (
                text.and_then(|text| url::Url::parse(text).ok())
                    .is_some_and(|address| address.has_host()),
                "is not a valid URL",
            ),
            Form::Any => (true, ""),
        };
        if right { Ok(value.clone()) } else { Err(message) }
    }
}

fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok()
}

fn is_bound(text: &str) -> bool {
    if text.len() == 10 { is_day(text) } else { text.parse::<jiff::Timestamp>().is_ok() }
}

/// Nothing and empty text are one to a client that sends back what it has read.
fn is_same(current: &Value, value: &Value) -> bool {
    current == value || current.is_null() && value == ""
}

//! What a body says, and how it is refused.

use serde_json::{Value, json};

use super::{Done, Writer};
use crate::v2::world::{Bucket, FIRST_PERSON};
use crate::v2::{Answer, empty};

/// Understood and not accepted: messages by member, with nothing around them.
pub fn invalid(member: &str, message: &str) -> Answer {
    super::json(422, &json!({member: [message]}))
}

impl Writer<'_> {
    /// A member that must be there and must not be blank.
    pub fn required(&self, member: &str) -> Done<String> {
        self.title(member)?.ok_or_else(|| invalid(member, "can't be blank"))
    }

    /// A member that must not be blank where it is there.
    pub fn title(&self, member: &str) -> Done<Option<String>> {
        let text = self.text(member)?;
        match text {
            Some(text) if text.trim().is_empty() => Err(invalid(member, "can't be blank")),
            other => Ok(other),
        }
    }

    /// A text; null is an empty one.
    pub fn text(&self, member: &str) -> Done<Option<String>> {
        match self.body.get(member) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(String::new())),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(member, "is not text")),
        }
    }

    /// Yes or no.
    pub fn flag(&self, member: &str) -> Done<Option<bool>> {
        match self.body.get(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(invalid(member, "is not true or false")),
        }
    }

    /// Whether clients are to see it not, which only a project with clients can have.
    pub fn private(&self, bucket: Bucket) -> Done<Option<bool>> {
        let private = self.flag("private")?;
        if private == Some(true) && !self.world.has_clients(bucket) {
            return Err(invalid("private", "is not allowed"));
        }
        Ok(private)
    }

    /// A place among siblings, from 1 on.
    pub fn position(&self) -> Done<Option<usize>> {
        let Some(sent) = self.body.get("position") else { return Ok(None) };
        let number = sent.as_u64().filter(|number| *number > 0);
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.map(Some).ok_or_else(|| invalid("position", "is not a place"))
    }

    /// Places of people by their ids, or of everyone who may come in; unknown ones are left out.
    pub fn people(&self, member: &str, bucket: Bucket) -> Done<Option<Vec<u32>>> {
        match self.body.get(member) {
            None => Ok(None),
            Some(Value::String(all)) if all == "all" => {
                let present = self.world.present();
                Ok(Some(present.filter(|each| self.world.may_enter(*each, bucket)).collect()))
            }
            Some(Value::Array(ids)) => {
                let known = ids.iter().filter_map(|id| self.world.person(id.as_i64()?));
                Ok(Some(known.collect()))
            }
            Some(_) => Err(invalid(member, "is not a list of ids")),
        }
    }

    /// The place of the person whom an object names: none for null, a bad request for what is no person.
    pub fn in_charge(&self) -> Done<Option<Option<u32>>> {
        let Some(sent) = self.body.get("assignee") else { return Ok(None) };
        if sent.is_null() {
            return Ok(Some(None));
        }
        let id = sent["id"].as_i64().filter(|_| sent["type"] == "Person");
        let person = id.and_then(|id| self.world.person(id)).ok_or_else(|| empty(400))?;
        Ok(Some(Some(person)))
    }

    /// A day; none for null. The server breaks at a number, and calls any other text a bad request.
    pub fn due(&self) -> Done<Option<Option<String>>> {
        match self.body.get("due_at") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) if text.parse::<jiff::civil::Date>().is_ok() => {
                Ok(Some(Some(text.chars().take(10).collect())))
            }
            Some(Value::Number(_)) => Err(empty(500)),
            Some(_) => Err(empty(400)),
        }
    }

    /// People of the ids in a list of objects, all of whom must be on the account.
    pub fn memberships(&self) -> Done<Vec<u32>> {
        let sent = self.body.get("memberships").and_then(Value::as_array);
        let people = sent.into_iter().flatten();
        people
            .map(|each| {
                let person = each["person_id"].as_i64().and_then(|id| self.world.person(id));
                person.ok_or_else(|| invalid("memberships", "name nobody on the account"))
            })
            .collect()
    }

    /// The person of an address, who is made where there is none.
    pub fn by_address(&mut self, address: &str) -> u32 {
        let known = self
            .world
            .present()
            .find(|person| self.painter().person(*person)["email_address"] == address);
        known.unwrap_or_else(|| {
            let person = self.world.welcome();
            let change = self.world.rewrite(crate::v2::overlay::Subject::Person(person));
            let name = address.split('@').next().unwrap_or(address);
            change.members.insert("name", json!(name));
            change.members.insert("email_address", json!(address));
            person
        })
    }

    /// The addresses in a list of texts.
    pub fn addresses(&self, member: &str) -> Done<Vec<String>> {
        let sent = self.body.get(member).and_then(Value::as_array);
        let texts = sent.into_iter().flatten().map(|each| {
            let text = each.as_str().filter(|text| text.contains('@')).map(str::to_owned);
            text.ok_or_else(|| invalid(member, "are not all addresses"))
        });
        texts.collect()
    }
}

/// The id of the person at a place.
pub fn id_of(person: u32) -> i64 {
    FIRST_PERSON + i64::from(person)
}

//! People as a statement names them: by number, by e-mail address, or as records have them.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::error::{Error, Kind, Result};

/// The people of an account, by their e-mail addresses in lower case.
#[derive(Debug, Default)]
pub struct People(HashMap<String, Vec<i64>>);

/// A person whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Person {
    Id(i64),
    Address(String),
}

impl People {
    /// Those of a listing: numbers and addresses.
    pub fn new(listed: impl IntoIterator<Item = (i64, String)>) -> Self {
        let mut people = Self::default();
        for (id, address) in listed {
            let known = people.0.entry(folded(&address)).or_default();
            if !known.contains(&id) {
                known.push(id);
            }
        }
        people
    }

    fn id(&self, person: &Person) -> Result<i64> {
        let address = match person {
            Person::Id(id) => return Ok(*id),
            Person::Address(address) => address,
        };
        match self.0.get(&folded(address)).map(Vec::as_slice) {
            Some([id]) => Ok(*id),
            None | Some([]) => Err(Error::new(
                Kind::Invalid,
                format!("nobody in the account has the e-mail address \"{address}\""),
            )
            .hint("The resource people lists who is there, as far as you may see them.")),
            Some(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                let message = format!("the e-mail address \"{address}\" is that of several people");
                let error = Error::new(Kind::Invalid, message).hint("Name the person by the id.");
                Err(error.detail(format!("They have the ids {}.", ids.join(", "))))
            }
        }
    }

    /// The numbers of people, each once.
    pub(super) fn ids(&self, named: &[Person]) -> Result<Json> {
        let mut ids: Vec<i64> = Vec::new();
        for person in named {
            let id = self.id(person)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids.into())
    }
}

fn folded(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The people in JSON text: an array of numbers, addresses and records of people, or one of them.
pub(super) fn named(text: &str) -> Result<Vec<Person>> {
    match serde_json::from_str(text).unwrap_or_default() {
        Json::Array(people) => people.iter().map(one).collect(),
        Json::Null => Ok(Vec::new()),
        person => Ok(vec![one(&person)?]),
    }
}

/// A number, an address, or an object that has either; the number counts where it has both.
fn one(json: &Json) -> Result<Person> {
    let person = match json {
        Json::Object(members) => {
            let known = |name| members.get(name).and_then(plain);
            known("id").filter(|id| matches!(id, Person::Id(_))).or_else(|| known("email_address"))
        }
        other => plain(other),
    };
    person.ok_or_else(|| {
        let mut shown = json.to_string();
        shown.truncate(shown.floor_char_boundary(80));
        Error::new(Kind::Invalid, format!("{shown} names no person"))
            .hint("A person is named by an id, an e-mail address, or an object with either.")
    })
}

fn plain(json: &Json) -> Option<Person> {
    match json {
        Json::Number(id) => id.as_i64().map(Person::Id),
        Json::String(text) => match text.trim().parse() {
            Ok(id) => Some(Person::Id(id)),
            Err(_) => Some(Person::Address(text.clone())).filter(|_| text.contains('@')),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{People, Person, named};
    use crate::error::Kind;

    #[test]
    fn a_person_is_a_number_an_address_or_a_record() {
        let people = json!([5, "6", " Ann@X.example", {"id": 7, "email_address": "other"}, {"email_address": "b@x.example"}]);
        let people = named(&people.to_string()).expect("people");
        let address = |text: &str| Person::Address(text.to_owned());
        let ids = [Person::Id(5), Person::Id(6)];
        let others = [address(" Ann@X.example"), Person::Id(7), address("b@x.example")];
        assert_eq!(people, [&ids[..], &others[..]].concat());
        assert_eq!(named("null").expect("nobody"), []);
        assert_eq!(named("[]").expect("nobody"), []);
        assert_eq!(named("\"a@x\"").expect("one"), [address("a@x")]);
        for none in ["[null]", "[true]", "[\"Ann\"]", "[{\"name\": \"Ann\"}]", "[1.5]", "[[1]]"] {
            assert_eq!(named(none).expect_err(none).kind(), Kind::Invalid, "{none}");
        }
    }

    #[test]
    fn an_address_is_somebodys_whatever_its_case_and_only_one_persons() {
        let listed =
            [(1, "ann@x.example"), (2, "Bo@x.example"), (3, "bo@X.example"), (1, "ANN@x.example")];
        let people = People::new(listed.map(|(id, address)| (id, address.to_owned())));
        let ids = |text: &str| people.ids(&named(text).expect("people"));
        assert_eq!(ids(r#"["ANN@x.example ", 1, 9]"#).expect("ids"), json!([1, 9]));
        let several = ids(r#"["bo@x.example"]"#).expect_err("two");
        assert!(several.message().contains("\"bo@x.example\""), "{several:?}");
        assert_eq!(several.detail_text(), Some("They have the ids 2, 3."));
        let nobody = ids(r#"["cy@x.example"]"#).expect_err("nobody");
        assert_eq!(nobody.kind(), Kind::Invalid);
        assert!(nobody.message().contains("\"cy@x.example\""), "{nobody:?}");
    }
}

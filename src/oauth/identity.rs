//! Whose a token is, and which accounts it opens: `authorization.json` in both its shapes.
//!
//! Launchpad names people and products; Basecamp's own server has resources and a scope in their place
//!. May import `error`.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::answer;
use super::grant::{self, Asked, nonsense};
use super::{Endpoints, Http};
use crate::error::Result;
use crate::refusal::Secrets;

/// Later times than this, in seconds since 1970, are none.
const LATEST: f64 = 253_402_300_800.0;

/// An account that a token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What the server option `accountid` takes.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// `bc3`, `bcx` and others; not said by Basecamp's own server.
    pub product: Option<String>,
    /// Where its API is; may be on the web's origin.
    pub href: String,
    /// Where people see it.
    pub app_href: Option<String>,
    /// What binds a token to it; not said by Launchpad.
    pub resource: Option<String>,
}

/// The person behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Not the id of a person in any account.
    pub id: i64,
    /// First name; not said by Basecamp's own server, as the two below.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The address, which nobody has verified.
    pub email_address: Option<String>,
    /// When the token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// Every account.
    pub accounts: Vec<Account>,
}

/// Asks whose a token is.
///
/// # Errors
/// When the server refuses the token, cannot be asked, or answers something else.
pub async fn identity(
    http: &Http,
    endpoints: &Endpoints,
    access: &SecretString,
) -> Result<Identity> {
    let http = http.reaching(endpoints.private)?;
    let found = http.get(&endpoints.identity, Some(access)).await?;
    let secrets = Secrets::new([access.expose_secret()]);
    if found.status != 200 {
        return Err(grant::refused(&found, Asked::Identity, &secrets));
    }
    let body = grant::check_json(&found, &secrets)?;
    read(body).map_err(|why| nonsense(found.status, &why))
}

fn read(mut body: Map<String, Json>) -> std::result::Result<Identity, String> {
    let Some(Json::Object(mut person)) = body.remove("identity") else {
        return Err("\"identity\" is not an object".to_owned());
    };
    let Some(Json::Array(accounts)) = body.remove("accounts") else {
        return Err("\"accounts\" is not an array".to_owned());
    };
    Ok(Identity {
        id: number(&person, "id")?,
        first_name: text(&mut person, "first_name")?,
        last_name: text(&mut person, "last_name")?,
        email_address: text(&mut person, "email_address")?,
        expires_at: moment(body.get("expires_at"))?,
        accounts: accounts.into_iter().map(account).collect::<std::result::Result<_, _>>()?,
    })
}

fn account(json: Json) -> std::result::Result<Account, String> {
    let Json::Object(mut json) = json else {
        return Err("an account is not an object".to_owned());
    };
    Ok(Account {
        id: number(&json, "id")?,
        name: text(&mut json, "name")?.unwrap_or_default(),
        product: text(&mut json, "product")?,
        href: text(&mut json, "href")?.unwrap_or_default(),
        app_href: text(&mut json, "app_href")?,
        resource: text(&mut json, "resource")?,
    })
}

fn number(json: &Map<String, Json>, name: &str) -> std::result::Result<i64, String> {
    let number = json.get(name).and_then(Json::as_i64);
    number.ok_or_else(|| format!("\"{name}\" is not a whole number"))
}

/// A member that is text, or unset; one with a NUL could not be stored.
fn text(json: &mut Map<String, Json>, name: &str) -> std::result::Result<Option<String>, String> {
    let text = answer::text(json, name)?;
    match text {
        Some(text) if text.contains('\0') => Err(format!("\"{name}\" has a NUL character")),
        text => Ok(text),
    }
}

/// ISO 8601, or the seconds since 1970 that it was before.
fn moment(json: Option<&Json>) -> std::result::Result<Option<i64>, String> {
    let moment = match json {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(text)) => text.parse().ok().map(jiff::Timestamp::as_second),
        Some(number) => seconds(number),
    };
    moment.map(Some).ok_or_else(|| "\"expires_at\" is not a time".to_owned())
}

/// Seconds since 1970; a part of a second does not count.
fn seconds(json: &Json) -> Option<i64> {
    let rounded = || {
        let float = json.as_f64().filter(|float| float.abs() < LATEST)?;
        // Within that range nothing is lost but the fraction.
        Some(float as i64)
    };
    json.as_i64().or_else(rounded)
}

/// The same body with `expires_at` as text, where it is a number: the table of accounts reads times as
/// all tables do. Nothing where it need not or cannot be changed.
pub fn with_end_as_text(body: &[u8]) -> Option<Vec<u8>> {
    let mut body: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
    let end: Json = serde_json::from_str(body.get("expires_at")?.get()).ok()?;
    let end = jiff::Timestamp::from_second(seconds(&end)?).ok()?;
    body.insert("expires_at".to_owned(), RawValue::from_string(format!("\"{end}\"")).ok()?);
    serde_json::to_vec(&body).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value as Json, json};

    use super::{Identity, read, with_end_as_text};

    fn object(json: Json) -> Map<String, Json> {
        json.as_object().expect("an object").clone()
    }

    fn launchpad() -> Json {
        json!({
            "expires_at": "2026-03-22T16:56:48-05:00",
            "identity": {"id": 9, "first_name": "Jason", "last_name": "F", "email_address": "j@x"},
            "accounts": [{"product": "bcx", "id": 8, "name": "One", "href": "https://basecamp.com/8/api/v1",
                          "app_href": "https://basecamp.com/8"}],
        })
    }

    #[test]
    fn both_shapes_of_the_answer_are_read() {
        let read_launchpad = read(object(launchpad())).expect("Launchpad's");
        assert_eq!(read_launchpad.expires_at, Some(1_774_216_608));
        assert_eq!(read_launchpad.first_name.as_deref(), Some("Jason"));
        assert_eq!(read_launchpad.accounts[0].product.as_deref(), Some("bcx"));
        let own = json!({
            "expires_at": 1_774_216_608, "scope": "read", "identity": {"id": 9},
            "accounts": [{"id": 8, "name": "One", "href": "https://3.basecamp.com/8",
                          "resource": "urn:bc:account:8"}],
        });
        let Identity { expires_at, accounts, first_name, .. } =
            read(object(own)).expect("Basecamp's");
        assert_eq!((expires_at, first_name), (Some(1_774_216_608), None));
        assert_eq!(accounts[0].resource.as_deref(), Some("urn:bc:account:8"));
        assert_eq!((accounts[0].product.as_deref(), accounts[0].id), (None, 8));
    }

    #[test]
    fn the_end_may_be_a_number_a_fraction_or_a_text() {
        for (spelled, end) in [
            (json!(1_774_216_608), 1_774_216_608),
            (json!(1_774_216_608.75), 1_774_216_608),
            (json!("2026-03-22T21:56:48Z"), 1_774_216_608),
        ] {
            let mut body = launchpad();
            body["expires_at"] = spelled.clone();
            let read_end = read(object(body.clone())).expect("read").expires_at;
            assert_eq!(read_end, Some(end), "{spelled}");
            let text = with_end_as_text(&serde_json::to_vec(&body).expect("JSON"));
            assert_eq!(text.is_some(), spelled.is_number(), "{spelled}");
            if let Some(text) = text {
                let text: Json = serde_json::from_slice(&text).expect("JSON");
                assert_eq!(text["expires_at"], "2026-03-22T21:56:48Z");
                assert_eq!(text["accounts"], body["accounts"]);
            }
        }
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_named() {
        for (pointer, wrong, named) in [
            ("/identity", json!(1), "identity"),
            ("/identity/id", json!("9"), "id"),
            ("/accounts", json!({}), "accounts"),
            ("/accounts/0/id", Json::Null, "id"),
            ("/accounts/0/name", json!("a\0b"), "name"),
            ("/identity/email_address", json!("a\0b"), "email_address"),
            ("/expires_at", json!("tomorrow"), "expires_at"),
        ] {
            let mut body = launchpad();
            *body.pointer_mut(pointer).expect("there") = wrong;
            let why = read(object(body)).expect_err(pointer);
            assert!(why.contains(named), "{why}");
        }
    }
}

//! What a server says when it refuses: sorted by kind, bounded, and without what it was told in
//! confidence. The API and the authorization server are read by the same rules. May import `error`.

use std::fmt;

use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

use crate::error::Kind;

/// The longest text of a server's that a message carries, in bytes.
const LONGEST: usize = 500;
/// What is looked at of a text, in bytes: nothing behind it is shown.
const LOOKED_AT: usize = 8 * LONGEST;
/// So many bytes of a secret give it away, wherever they stand: servers shorten what they repeat.
const GIVEAWAY: usize = 12;
/// What stands in place of a secret.
const REDACTED: &str = "[REDACTED]";

/// What a request carried that no message may repeat, though the server does.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Zeroizing<String>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.len()).finish()
    }
}

impl Secrets {
    /// Secrets as they are, and as a form or an address spells them.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let spelled: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            if spelled != secret {
                all.push(Zeroizing::new(spelled));
            }
            all.push(Zeroizing::new(secret.to_owned()));
        }
        Self(all)
    }

    /// The text without them, and without longer parts of them.
    fn redacted(&self, text: &str) -> String {
        let mut hidden = vec![false; text.len()];
        for secret in &self.0 {
            for part in secret.as_bytes().windows(secret.len().clamp(1, GIVEAWAY)) {
                hide(text.as_bytes(), part, &mut hidden);
            }
        }
        let mut shown = String::with_capacity(text.len());
        let mut hiding = false;
        for (place, character) in text.char_indices() {
            let hide = hidden[place..place + character.len_utf8()].contains(&true);
            match (hide, hiding) {
                (true, false) => shown.push_str(REDACTED),
                (true, true) => {}
                (false, _) => shown.push(character),
            }
            hiding = hide;
        }
        shown
    }
}

/// Marks every occurrence of a part.
fn hide(text: &[u8], part: &[u8], hidden: &mut [bool]) {
    for (place, window) in text.windows(part.len()).enumerate() {
        if window == part {
            hidden[place..place + part.len()].fill(true);
        }
    }
}

/// A text of the server's, fit for a message: within its length, on one line, without the NUL that
/// ends a string in PostgreSQL, and without secrets.
pub fn quoted(text: &str, secrets: &Secrets) -> String {
    let looked_at = &text[..text.floor_char_boundary(LOOKED_AT)];
    let mut quoted = secrets.redacted(looked_at).replace(char::is_control, " ");
    if quoted.len() > LONGEST {
        quoted.truncate(quoted.floor_char_boundary(LONGEST - "...".len()));
        quoted.push_str("...");
    }
    quoted
}

/// Who refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The API.
    Api,
    /// An authorization server, with the code of its error.
    Grants,
}

/// What kind of failure a status is, and at an authorization server its code.
pub fn kind(side: Side, status: u16, code: Option<&str>) -> Kind {
    match (side, status, code) {
        (_, 429, _) => Kind::RateLimited,
        (Side::Grants, 400..=499, Some("temporarily_unavailable" | "server_error")) => Kind::Server,
        (Side::Grants, 400..=499, Some(_)) | (Side::Grants, 400 | 401 | 403, None) => {
            Kind::Authentication
        }
        (Side::Api, 401, _) => Kind::Authentication,
        (Side::Api, 403, _) => Kind::Permission,
        (Side::Api, 404, _) => Kind::NotFound,
        (Side::Api, 400 | 422, _) => Kind::Invalid,
        (Side::Api, 507, _) => Kind::AccountLimit,
        // The server was too slow to take the request, or too early to trust it: both pass.
        (Side::Api, 408 | 425, _) => Kind::Server,
        (_, 500..=599, _) => Kind::Server,
        _ => Kind::Malformed,
    }
}

/// The words of a refusal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// `error`: a sentence of the API's, or a code of RFC 6749.
    pub error: Option<String>,
    /// `error_description`.
    pub description: Option<String>,
    /// `message`.
    pub message: Option<String>,
    /// Messages about fields, in one text.
    pub fields: Option<String>,
}

impl Words {
    /// Reads a body; members of a wrong type are ignored, and empty ones are none.
    pub fn parse(body: &[u8], secrets: &Secrets) -> Self {
        let Ok(Json::Object(body)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let text = |name: &str| {
            let text = body.get(name).and_then(Json::as_str)?;
            (!text.is_empty()).then(|| quoted(text, secrets))
        };
        Self {
            error: text("error"),
            description: text("error_description"),
            message: text("message"),
            fields: fields(&body).map(|fields| quoted(&fields, secrets)),
        }
    }
}

/// Messages about fields, sorted by field.
fn fields(body: &Map<String, Json>) -> Option<String> {
    let of = |map: &Map<String, Json>| -> Vec<(String, Vec<String>)> {
        let pairs = map.iter().filter_map(|(name, value)| {
            let texts: Vec<String> =
                value.as_array()?.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            (!texts.is_empty()).then(|| (name.clone(), texts))
        });
        pairs.collect()
    };
    let mut named = match body.get("errors") {
        Some(Json::Object(errors)) => of(errors),
        Some(_) => return None,
        None if body.values().all(is_messages) => of(body),
        None => return None,
    };
    named.sort();
    let shown: Vec<String> =
        named.iter().map(|(name, texts)| format!("{name}: {}", texts.join("; "))).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn is_messages(value: &Json) -> bool {
    value.as_array().is_some_and(|texts| {
        !texts.is_empty() && texts.iter().all(|text| text.as_str().is_some_and(|t| !t.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Secrets, quoted};

    #[test]
    fn what_a_server_says_is_bounded_and_without_our_secrets() {
        let said = quoted("code hush\r\nis gone\u{7}", &Secrets::new(["hush", ""]));
        assert_eq!(said, "code [REDACTED]  is gone ");
        let long = quoted(&"ä".repeat(LONGEST), &Secrets::default());
        assert!(long.len() <= LONGEST && long.ends_with("..."));
    }

    #[test]
    fn a_secret_is_known_in_other_spellings_and_in_longer_parts() {
        let secrets = Secrets::new(["tok/en+0123456789abcdef="]);
        for echoed in [
            "bad tok/en+0123456789abcdef= here",
            "bad tok%2Fen%2B0123456789abcdef%3D here",
            "bad tok/en+0123456789 here",
            "bad 456789abcdef= here",
        ] {
            assert_eq!(quoted(echoed, &secrets), "bad [REDACTED] here");
        }
        assert_eq!(quoted("tok/en is fine", &secrets), "tok/en is fine");
        // Cut where a secret stands, its beginning is not shown either.
        let cut = format!("{}tok/en+0123456789abcdef=", "x".repeat(LONGEST - 8));
        assert!(!quoted(&cut, &secrets).contains("tok/"));
        let other = Secrets::new(["geheim-äöü-ßßßß"]);
        assert_eq!(quoted("ä geheim-äöü-ßßßß ö", &other), "ä [REDACTED] ö");
    }
}

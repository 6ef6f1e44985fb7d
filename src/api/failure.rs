//! What a failed request means: status and body become one error (section H of the rules).

use std::fmt::Write as _;
use std::time::Duration;

use reqwest::StatusCode;

use crate::error::{Error, Kind};
use crate::refusal::{self, Secrets, Side, Words, quoted};
use crate::transport;

/// What the headers of a failed answer said.
#[derive(Debug, Default)]
pub struct Headers {
    /// `X-Request-Id`.
    pub request_id: Option<String>,
    /// `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// `Reason`: `Account Inactive` beside a 404.
    pub reason: Option<String>,
}

/// Who was refused.
#[derive(Debug, Default)]
pub struct Presented {
    /// What the request carried in confidence.
    pub secrets: Secrets,
    /// What to do when Basecamp does not accept it.
    pub advice: String,
}

/// The error of an answer that is not a success.
pub fn answered(status: u16, headers: &Headers, body: &[u8], presented: &Presented) -> Error {
    let inactive = headers.reason.as_deref() == Some("Account Inactive");
    let kind =
        if inactive { Kind::AccountInactive } else { refusal::kind(Side::Api, status, None) };
    let words = Words::parse(body, &presented.secrets);
    let mut detail = format!("HTTP status {status}");
    if let Some(id) = &headers.request_id {
        let _ = write!(detail, ", request id {}", quoted(id, &presented.secrets));
    }
    let description = words.description.clone();
    let phrase = || StatusCode::from_u16(status).ok()?.canonical_reason().map(str::to_owned);
    if let Some(text) = message_of(status, words, &presented.secrets).or_else(phrase) {
        let _ = write!(detail, ": {text}");
    }
    if !detail.ends_with(['.', '!', '?']) {
        detail.push('.');
    }
    let error = Error::new(kind, message(kind, status)).status(status).detail(detail);
    // Rule 56: Basecamp's own description comes first.
    let hints: Vec<String> =
        description.into_iter().chain(hint(kind, headers, presented)).collect();
    if hints.is_empty() {
        return error;
    }
    error.hint(hints.join(" "))
}

/// Basecamp's message; messages about fields belong to refused values only.
fn message_of(status: u16, words: Words, secrets: &Secrets) -> Option<String> {
    let message = words.error.or(words.message);
    let fields = words.fields.filter(|_| matches!(status, 400 | 422));
    match (message, fields) {
        (Some(message), Some(fields)) => Some(quoted(&format!("{message} ({fields})"), secrets)),
        (message, fields) => message.or(fields),
    }
}

fn message(kind: Kind, status: u16) -> String {
    match kind {
        Kind::AccountInactive => "the Basecamp account is inactive".to_owned(),
        Kind::AccountLimit => "the Basecamp account has reached a limit of its plan".to_owned(),
        Kind::Authentication => "Basecamp refused the authorization".to_owned(),
        Kind::Invalid => "Basecamp refused the request".to_owned(),
        Kind::NotFound => "Basecamp has no such record".to_owned(),
        Kind::Permission => "permission denied by Basecamp".to_owned(),
        Kind::RateLimited => "Basecamp's rate limit was exceeded".to_owned(),
        Kind::Server => "Basecamp failed to answer".to_owned(),
        _ if (300..400).contains(&status) => {
            format!("unexpected redirect from Basecamp, HTTP status {status}")
        }
        _ => format!("unexpected HTTP status {status} from Basecamp"),
    }
}

fn hint(kind: Kind, headers: &Headers, presented: &Presented) -> Option<String> {
    let advice = match kind {
        Kind::Authentication => &presented.advice,
        Kind::AccountLimit => {
            "Somebody with access to the billing of the account has to make room or change the plan."
        }
        Kind::Invalid => {
            "Change what Basecamp refuses: a value, or the condition that it comes from."
        }
        Kind::Permission => "The Basecamp user of this user mapping may not do this.",
        Kind::AccountInactive => "Check the option accountid, or the subscription of the account.",
        Kind::Server => "This usually passes: try again later.",
        Kind::RateLimited => {
            if let Some(after) = &headers.retry_after {
                let after = quoted(after, &presented.secrets);
                return Some(format!("Basecamp asks to wait: Retry-After {after}."));
            }
            "This passes: try again in a moment. A lower option ratelimit leaves room for others."
        }
        _ => return None,
    };
    Some(advice.to_owned()).filter(|advice| !advice.is_empty())
}

/// Not even the projects of an account are there, so that it is the account that is missing.
pub fn no_account(error: &Error, account: &str) -> Error {
    let message = format!("Basecamp shows no account {account} to this user");
    let detail = error.detail_text().unwrap_or_default();
    Error::new(Kind::NoAccount, message)
        .status(error.http_status().unwrap_or_default())
        .detail(detail)
        .hint(
            "Check the option accountid of the server: basecamp.accounts(server) lists the accounts \
             that the token can see.",
        )
}

/// A pause that is asked for and longer than a statement waits.
pub fn too_long(error: &Error, headers: &Headers, longest: Duration) -> Error {
    let after = headers.retry_after.as_deref().unwrap_or_default();
    let after = quoted(after, &Secrets::default());
    let (said, longest) = (error.detail_text().unwrap_or_default(), longest.as_secs());
    let status = error.http_status().unwrap_or_default();
    Error::new(Kind::RateLimited, "Basecamp asks for a long pause")
        .status(status)
        .detail(format!("Retry-After is {after}; a statement waits {longest} s. {said}"))
        .hint("Repeat the statement then. Statements wait twice the option timeout at most.")
}

/// A request that got no answer.
pub fn unanswered(error: reqwest::Error) -> Error {
    transport::unanswered("Basecamp", error)
}

/// Advice for a request that got no answer, where the cause gave none: all of these may pass.
pub fn advised(error: Error) -> Error {
    let detail = error.detail_text().map(sentence).unwrap_or_default();
    let error = error.detail(detail);
    if error.hint_text().is_some() {
        return error;
    }
    match error.kind() {
        Kind::Connect => error.hint(
            "Check that this machine reaches Basecamp, and the options url, proxy and cacert; \
             or try again later.",
        ),
        Kind::ConnectionLost => error.hint(
            "This usually passes: try again later. Option timeout is the time for one request.",
        ),
        _ => error,
    }
}

/// The same text, beginning as sentences do.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The failure of a write whose answer did not come.
pub fn uncertain(error: Error) -> Error {
    error.of_kind(Kind::Unresolved).hint(
        "Basecamp may have carried the request out or not: look there before you repeat the \
         statement.",
    )
}

#[cfg(test)]
mod tests {
    use super::{Headers, Presented, advised};
    use crate::error::{Error, Kind};

    fn answered(status: u16, headers: &Headers, body: &[u8]) -> Error {
        super::answered(status, headers, body, &Presented::default())
    }

    fn detail(status: u16, body: &str) -> String {
        let error = answered(status, &Headers::default(), body.as_bytes());
        error.detail_text().unwrap_or_default().to_owned()
    }

    #[test]
    fn rules_52_and_54_every_status_has_its_kind_and_its_request_id() {
        for (status, kind) in [
            (401, Kind::Authentication),
            (403, Kind::Permission),
            (404, Kind::NotFound),
            (429, Kind::RateLimited),
            (400, Kind::Invalid),
            (422, Kind::Invalid),
            (507, Kind::AccountLimit),
            (500, Kind::Server),
            (502, Kind::Server),
            (408, Kind::Server),
            (425, Kind::Server),
            (302, Kind::Malformed),
            (418, Kind::Malformed),
        ] {
            let headers = Headers { request_id: Some("abc".to_owned()), ..Headers::default() };
            let error = answered(status, &headers, b"");
            assert_eq!(error.kind(), kind, "{status}");
            let detail = error.detail_text().unwrap_or_default();
            let start = format!("HTTP status {status}, request id abc: ");
            assert!(detail.starts_with(&start), "{detail}");
        }
    }

    #[test]
    fn rule_32_retry_after_is_reported() {
        let headers = Headers { retry_after: Some("7".to_owned()), ..Headers::default() };
        let error = answered(429, &headers, b"");
        assert_eq!(error.hint_text(), Some("Basecamp asks to wait: Retry-After 7."));
    }

    #[test]
    fn rule_53_only_what_may_pass_is_to_be_tried_again() {
        let advice = |status| {
            let error = answered(status, &Headers::default(), b"");
            error.hint_text().unwrap_or_default().to_owned()
        };
        for temporary in [429, 500, 502, 503, 504, 599] {
            assert!(advice(temporary).contains("try again"), "{temporary}");
        }
        for permanent in [302, 400, 401, 403, 404, 418, 422, 507] {
            assert!(!advice(permanent).contains("try again"), "{permanent}");
        }
        for lost in [Kind::Connect, Kind::ConnectionLost] {
            let error = advised(Error::new(lost, "no answer").detail("it broke."));
            assert_eq!(error.detail_text(), Some("It broke."));
            assert!(error.hint_text().is_some_and(|hint| hint.contains("try again")));
        }
    }

    #[test]
    fn rule_55_an_inactive_account_is_not_a_missing_row() {
        let headers = Headers { reason: Some("Account Inactive".to_owned()), ..Headers::default() };
        assert_eq!(answered(404, &headers, b"").kind(), Kind::AccountInactive);
    }

    #[test]
    fn rule_56_the_message_is_error_then_message() {
        assert_eq!(detail(500, r#"{"error":"Oops"}"#), "HTTP status 500: Oops.");
        assert_eq!(detail(500, r#"{"error":5,"message":"Well"}"#), "HTTP status 500: Well.");
        // The status's own phrase, where Basecamp has no words.
        for silent in ["", "<html>", "{}", r#"{"error":null}"#] {
            let phrase = "HTTP status 500: Internal Server Error.";
            assert_eq!(detail(500, silent), phrase, "{silent}");
        }
        assert_eq!(detail(599, ""), "HTTP status 599.");
    }

    #[test]
    fn rules_57_to_59_field_messages_come_in_two_forms() {
        let errors = r#"{"error":"Bad","errors":{"b":["x","y"],"a":["z"],"c":"no","d":[5]}}"#;
        assert_eq!(detail(422, errors), "HTTP status 422: Bad (a: z, b: x; y).");
        assert_eq!(
            detail(400, r#"{"payload_url":["is bad"]}"#),
            "HTTP status 400: payload_url: is bad."
        );
        let without = "HTTP status 400: Bad Request.";
        for other in [r#"{"a":["x"],"b":"y"}"#, r#"{"a":["x",""]}"#, r#"{"a":[]}"#] {
            assert_eq!(detail(400, other), without, "{other}");
        }
        assert_eq!(detail(400, r#"{"errors":"x","a":["y"]}"#), without);
        let phrase = "HTTP status 500: Internal Server Error.";
        assert_eq!(detail(500, r#"{"a":["x"]}"#), phrase);
        assert_eq!(
            detail(422, r#"{"__proto__":["x"],"message":["y"]}"#),
            "HTTP status 422: __proto__: x, message: y."
        );
        assert_eq!(
            detail(422, r#"{"error":["?"],"errors":{"base":["x"]}}"#),
            "HTTP status 422: base: x."
        );
    }

    #[test]
    fn rule_56_a_description_becomes_the_hint() {
        let body = br#"{"error":"teapot","error_description":"Use the kettle."}"#;
        let error = answered(418, &Headers::default(), body);
        assert_eq!(error.hint_text(), Some("Use the kettle."));
    }

    #[test]
    fn control_characters_do_not_reach_the_message() {
        let body = r#"{"error":"a\u0000b\nc"}"#;
        assert_eq!(detail(500, body), "HTTP status 500: a b c.");
    }

    #[test]
    fn rule_60_long_messages_are_cut_on_a_character() {
        let body = format!(r#"{{"error":"{}"}}"#, "ä".repeat(400));
        let detail = detail(500, &body);
        assert!(detail.len() <= 500 + "HTTP status 500: .".len());
        assert!(detail.ends_with("..."), "{detail}");
    }
}

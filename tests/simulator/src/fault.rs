//! What can go wrong on purpose.

use serde_json::{Value, json};

use crate::made::{Made, missing};

/// Every fault, and what it does.
pub const FAULTS: &[(&str, &str)] = &[
    ("400", "400 with a message"),
    ("401", "401"),
    ("403", "403"),
    ("404", "404"),
    ("409", "409, as of a position with other filters"),
    ("410", "410, as of a position whose history is gone"),
    ("422", "422 with messages about fields"),
    ("429", "429 without Retry-After"),
    ("429-retry-after", "429 with Retry-After of one second"),
    ("500", "500"),
    ("502", "502"),
    ("503", "503"),
    ("503-retry-after", "503 with Retry-After of one second"),
    ("504", "504"),
    ("507", "507"),
    ("account-inactive", "404 with Reason: Account Inactive"),
    ("bad-json", "200 with a body that ends too early but whole by its length"),
    ("big-body", "a body of more than any client should take, most of it blanks"),
    ("endless", "a next link on every page"),
    ("foreign-next-link", "a next link to another origin"),
    ("hang", "no answer, ever"),
    ("hang-late", "what is asked is done, but no answer comes, ever"),
    ("html", "200 with HTML"),
    ("missing-member", "rows of a listing without content, completed and the like"),
    ("no-link", "no next link on any page"),
    ("no-total", "no X-Total-Count"),
    ("not-array", "200 with an object where a listing belongs"),
    ("oauth-429", "Launchpad answers 429 with Retry-After of 7 seconds"),
    ("oauth-500", "Launchpad answers 500 with HTML"),
    ("oauth-503", "Launchpad answers 503"),
    ("oauth-authorization-expired", "the token endpoint answers as after a change of the password"),
    ("oauth-bad-json", "Launchpad answers 200 with JSON that ends early"),
    ("oauth-bad-token", "Launchpad answers 200 with an empty access token"),
    ("oauth-cut", "the token endpoint does its work, but the answer breaks off"),
    ("oauth-denied", "the user refuses on the authorization page"),
    ("oauth-device-503", "the device flow is not switched on"),
    ("oauth-echo", "the token endpoint refuses and repeats all it was sent"),
    ("oauth-hang", "Launchpad does not answer, ever"),
    ("oauth-html", "Launchpad answers 200 with HTML"),
    ("oauth-huge", "Launchpad answers 200 with more than 1 MB"),
    ("oauth-no-refresh-token", "tokens come without a refresh token"),
    ("oauth-redirect", "Launchpad answers 302 to elsewhere"),
    ("oauth-slow", "Launchpad sends a byte now and then, for ever"),
    ("oauth-wrong-state", "the authorization page sends another state back"),
    ("recordings-omit-root-vaults", "root folders are not among recordings"),
    ("redirect", "302 to elsewhere"),
    ("reset", "the connection is reset instead of an answer"),
    ("reset-early", "the connection is reset, and nothing of what is asked is done"),
    ("slow", "a body that comes in small pieces, with pauses"),
    ("truncated", "a body that is cut while it is sent"),
    ("wrong-type", "rows whose title is a number"),
];

/// A fault that is on.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) name: String,
    pub(crate) left: Option<u32>,
    pub(crate) path: Option<String>,
}

impl Fault {
    /// Parses `name`, `name:count`, `name@path` or `name:count@path`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, path) =
            text.split_once('@').map_or((text, None), |(name, path)| (name, Some(path)));
        let (name, left) = match name.split_once(':') {
            Some((name, count)) => (name, Some(count.parse().ok()?)),
            None => (name, None),
        };
        let known = FAULTS.iter().any(|(fault, _)| *fault == name);
        known.then(|| Self { name: name.to_owned(), left, path: path.map(str::to_owned) })
    }
}

/// Faults that replace the answer.
pub fn failed(faults: &[String]) -> Option<Made> {
    faults.iter().find_map(|fault| {
        Some(match fault.as_str() {
            "400" | "401" | "403" | "404" | "409" | "410" | "429" | "500" | "502" | "503"
            | "504" | "507" => {
                Made::new(fault.parse().ok()?, &json!({"error": format!("simulated {fault}")}))
            }
            "422" => Made::new(
                422,
                &json!({"error": "Invalid", "errors": {"color": ["is not a valid color"]}}),
            ),
            "429-retry-after" => Made::new(429, &Value::Null).header("retry-after", "1"),
            "503-retry-after" => Made::new(503, &Value::Null).header("retry-after", "1"),
            "account-inactive" => missing().header("reason", "Account Inactive"),
            "html" => {
                Made { body: b"<html>maintenance</html>".to_vec(), ..Made::new(200, &Value::Null) }
            }
            "bad-json" => Made { body: b"[{\"id\": 1".to_vec(), ..Made::new(200, &Value::Null) },
            "not-array" => Made::new(200, &json!({"id": 1})),
            "reset-early" => Made::new(500, &Value::Null),
            "redirect" => {
                Made::new(302, &Value::Null).header("location", "https://elsewhere.example/")
            }
            _ => return None,
        })
    })
}

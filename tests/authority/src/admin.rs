//! What a test in another process may do, under `/admin/`.

use serde_json::{Value as Json, json};

use crate::books::End;
use crate::listener::{Answer, Asked};
use crate::rule::{Entry, Rule};
use crate::{State, locked};

/// Answers a request of an administrator.
pub(crate) fn answer(state: &State, asked: &Asked) -> Answer {
    match (asked.method.as_str(), asked.path.as_str()) {
        // A list of rules in place of those that were.
        ("PUT", "/admin/rules") => match serde_json::from_slice::<Vec<Rule>>(&asked.body) {
            Ok(rules) => {
                *locked(&state.rules) = rules.into_iter().map(Entry::new).collect();
                done()
            }
            Err(error) => Answer::json(400, &json!({"error": error.to_string()})),
        },
        ("POST", "/admin/grants") => {
            let config = locked(&state.config).clone();
            shown(&locked(&state.books).give(&config))
        }
        ("GET", "/admin/grants") => shown(&locked(&state.books).grants),
        ("GET", "/admin/issues") => shown(&locked(&state.books).issues),
        ("GET", "/admin/requests") => shown(&locked(&state.books).seen),
        ("POST", "/admin/expire") => {
            locked(&state.books).live.clear();
            done()
        }
        ("POST", "/admin/approve") => {
            locked(&state.books).decide(true);
            done()
        }
        ("DELETE", path) => withdraw(state, path),
        _ => Answer::json(404, &json!({"error": "Not Found"})),
    }
}

fn withdraw(state: &State, path: &str) -> Answer {
    let number = path.strip_prefix("/admin/grants/").and_then(|number| number.parse().ok());
    let mut books = locked(&state.books);
    match number.filter(|number| *number < books.grants.len()) {
        Some(number) => {
            books.end(number, End::Withdrawn);
            done()
        }
        None => Answer::json(404, &json!({"error": "no such grant"})),
    }
}

fn done() -> Answer {
    Answer::json(200, &Json::Null)
}

fn shown(value: &impl serde::Serialize) -> Answer {
    match serde_json::to_value(value) {
        Ok(value) => Answer::json(200, &value),
        Err(error) => Answer::json(500, &json!({"error": error.to_string()})),
    }
}

//! Just enough of the API: three people, for a token that works.

use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::listener::{Answer, Asked};
use crate::{State, locked};

/// How many people there are.
const PEOPLE: u64 = 3;

/// A listing of the API.
pub(crate) fn answer(state: &State, asked: &Asked) -> Answer {
    if !locked(&state.books).accepts(asked.authorization.as_deref()) {
        return unknown();
    }
    if asked.path.ends_with("/people.json") {
        let people: Vec<Json> = (1..=PEOPLE).map(person).collect();
        return Answer::json(200, &Json::Array(people))
            .header("x-total-count", &PEOPLE.to_string());
    }
    Answer::json(404, &json!({"error": "Not Found"}))
}

fn person(number: u64) -> Json {
    json!({
        "id": number,
        "attachable_sgid": "sgid",
        "name": format!("Person {number}"),
        "email_address": format!("person{number}@example.com"),
        "personable_type": "User",
        "title": "",
        "bio": null,
        "location": null,
        "created_at": "2024-01-01T00:00:00.000Z",
        "updated_at": "2024-01-01T00:00:00.000Z",
        "admin": false,
        "owner": false,
        "client": false,
        "employee": true,
        "time_zone": "Etc/UTC",
        "avatar_url": "https://example.com/avatar",
        "can_manage_projects": true,
        "can_manage_people": true,
    })
}

fn unknown() -> Answer {
    let body = json!({"error": "OAuth token expired or not recognized"});
    Answer::json(401, &body).header("www-authenticate", "Bearer")
}

/// Whose a token is.
pub(crate) fn identity(state: &State, asked: &Asked) -> Answer {
    let config = locked(&state.config).clone();
    let books = locked(&state.books);
    if !books.accepts(asked.authorization.as_deref()) {
        return unknown();
    }
    let token = asked.authorization.as_deref().unwrap_or_default().trim_start_matches("Bearer ");
    let left = books.live.get(token).map(|end| end.saturating_duration_since(Instant::now()));
    let left = left.and_then(|left| jiff::SignedDuration::try_from(left).ok()).unwrap_or_default();
    let end = jiff::Timestamp::now().checked_add(left).unwrap_or(jiff::Timestamp::MAX);
    let expires_at = match config.numeric_expiry {
        true => json!(end.as_second()),
        false => json!(end.to_string()),
    };
    let account = config.account;
    let body = json!({
        "expires_at": expires_at,
        "identity": {"id": 1, "first_name": "Ann", "last_name": "Other", "email_address": "a@example.com"},
        "accounts": [{
            "product": "bc3", "id": account, "name": "Audited",
            "href": format!("{}/{account}", state.base),
            "app_href": format!("{}/{account}", state.base),
        }],
    });
    Answer::json(200, &body)
}

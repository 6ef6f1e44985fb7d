//! What the server says of itself: RFC 9728 and RFC 8414.

use serde_json::json;

use crate::exchange::DEVICE_GRANT;
use crate::listener::Answer;
use crate::{State, locked};

/// The two documents; none where the server does not describe itself.
pub(crate) fn answer(state: &State, path: &str) -> Answer {
    let base = &state.base;
    let issuers = locked(&state.config).issuers.clone();
    match (path, issuers) {
        ("/.well-known/oauth-protected-resource", Some(issuers)) => {
            Answer::json(200, &json!({"resource": base, "authorization_servers": issuers}))
        }
        ("/.well-known/oauth-authorization-server", Some(_)) => {
            let body = json!({
                "issuer": base,
                "authorization_endpoint": format!("{base}/authorization/new"),
                "token_endpoint": format!("{base}/authorization/token"),
                "device_authorization_endpoint": format!("{base}/device/code"),
                "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_GRANT],
            });
            Answer::json(200, &body)
        }
        _ => Answer::json(404, &json!({"error": "Not Found"})),
    }
}

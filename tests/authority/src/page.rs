//! Where people agree: the authorization page, and the codes of devices.

use serde_json::json;
use url::Url;

use crate::books::Device;
use crate::listener::{Answer, Asked};
use crate::{State, locked};

/// The page on which the user agrees, here at once: the way back with a code.
pub(crate) fn authorize(state: &State, asked: &Asked) -> Answer {
    let config = locked(&state.config).clone();
    let wrong = |words: &str| Answer::new(400, words).header("content-type", "text/plain");
    let code = asked.value("response_type") == Some("code");
    if !code && asked.value("type") != Some("web_server") {
        return wrong("the response_type is not code");
    }
    if asked.value("client_id") != Some(&config.client_id) {
        return wrong("the client_id is not known");
    }
    let redirect_uri = asked.value("redirect_uri").unwrap_or_default();
    let registered = &config.redirect_uris;
    if !registered.is_empty() && !registered.iter().any(|one| one == redirect_uri) {
        return wrong("the redirect_uri is not registered");
    }
    let Ok(mut back) = Url::parse(redirect_uri) else {
        return wrong("the redirect_uri is no address");
    };
    let challenge = asked.value("code_challenge");
    if challenge.is_some() && asked.value("code_challenge_method") != Some("S256") {
        return wrong("the code_challenge_method is not S256");
    }
    if config.denies {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let code = locked(&state.books).code(redirect_uri, asked.value("scope"), challenge);
        back.query_pairs_mut().append_pair("code", &code);
    }
    if let Some(state) = asked.value("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    Answer::new(302, "").header("location", back.as_str())
}

/// A code for a device.
pub(crate) fn device(state: &State, asked: &Asked) -> Answer {
    if asked.value("client_id") != Some(&locked(&state.config).client_id) {
        return Answer::json(401, &json!({"error": "invalid_client"}));
    }
    let mut books = locked(&state.books);
    let (code, user_code) = (books.secret("device"), format!("CODE-{}", books.devices.len()));
    books.devices.push(Device {
        code: code.clone(),
        scope: asked.value("scope").map(str::to_owned),
        decision: None,
        used: false,
    });
    let body = json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": format!("{}/device", state.base),
        "expires_in": 900,
        "interval": 1,
    });
    Answer::json(200, &body)
}

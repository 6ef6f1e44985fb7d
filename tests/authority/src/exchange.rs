//! The token endpoint: codes, refresh tokens and device codes for tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::books::{Books, End};
use crate::listener::{Answer, Asked};
use crate::{Config, State, locked};

/// The grant of RFC 8628.
pub(crate) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A code of RFC 6749 and a sentence.
type Refusal = (u16, &'static str, &'static str);

/// The grant that a request to the token endpoint is about.
pub(crate) fn grant_of(books: &Books, asked: &Asked) -> Option<usize> {
    let token = asked.value("refresh_token");
    let of_token = books.issues.iter().find(|issue| Some(&*issue.refresh) == token);
    let of_code = || books.codes.get(asked.value("code")?).map(|code| code.grant);
    of_token.map(|issue| issue.grant).or_else(of_code)
}

/// Answers the form.
pub(crate) fn answer(state: &State, asked: &Asked) -> Answer {
    let config = locked(&state.config).clone();
    let mut books = locked(&state.books);
    let kind = asked.value("grant_type").or_else(|| asked.value("type"));
    let granted = match kind {
        Some("authorization_code" | "web_server") => of_code(&mut books, &config, asked),
        Some("refresh_token" | "refresh") => of_refresh(&mut books, &config, asked),
        Some(DEVICE_GRANT) => of_device(&mut books, &config, asked),
        _ => Err((400, "unsupported_grant_type", "The grant type is not known")),
    };
    match granted {
        Ok(grant) => issued(&mut books, &config, grant),
        Err((status, code, words)) => {
            Answer::json(status, &json!({"error": code, "error_description": words}))
        }
    }
}

fn issued(books: &mut Books, config: &Config, grant: usize) -> Answer {
    let number = books.issue(grant, config);
    let issue = &books.issues[number];
    let mut body = json!({
        "access_token": issue.access,
        "token_type": "Bearer",
        "expires_in": config.lifetime.as_secs().max(1),
        "refresh_token": issue.refresh,
    });
    if let Some(scope) = &books.grants[grant].scope {
        body["scope"] = json!(scope);
    }
    Answer { issue: Some(number), ..Answer::json(200, &body) }
}

fn of_code(books: &mut Books, config: &Config, asked: &Asked) -> Result<usize, Refusal> {
    check_client(config, asked, false)?;
    let wrong = |words| (400, "invalid_grant", words);
    let Some(code) = books.codes.get_mut(asked.value("code").unwrap_or_default()) else {
        return Err(wrong("The code is not known"));
    };
    let (grant, challenge) = (code.grant, code.challenge.clone());
    if std::mem::replace(&mut code.used, true) {
        books.end(grant, End::CodeReuse);
        return Err(wrong("The code was used before: everything that it gave is revoked"));
    }
    if asked.value("redirect_uri") != Some(&books.grants[grant].redirect_uri) {
        return Err(wrong("The redirect_uri is not that of the authorization"));
    }
    let verifier = asked.value("code_verifier");
    match (challenge, verifier) {
        (None, None) => Ok(grant),
        (Some(challenge), Some(verifier))
            if challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) =>
        {
            Ok(grant)
        }
        _ => Err(wrong("The code_verifier does not fit the code_challenge")),
    }
}

fn of_refresh(books: &mut Books, config: &Config, asked: &Asked) -> Result<usize, Refusal> {
    let presented = asked.value("refresh_token").unwrap_or_default();
    let place = books.issues.iter().position(|issue| issue.refresh == presented);
    let grant = place.map(|place| books.issues[place].grant);
    let public = grant.is_some_and(|grant| books.grants[grant].public);
    check_client(config, asked, public)?;
    let wrong = |words| (400, "invalid_grant", words);
    let (Some(place), Some(grant)) = (place, grant) else {
        return Err(wrong("The refresh token is not known"));
    };
    if books.grants[grant].end.is_some() {
        return Err(wrong("The grant was revoked"));
    }
    if books.issues[place + 1..].iter().any(|issue| issue.grant == grant) {
        books.end(grant, End::Reuse);
        return Err(wrong("The refresh token was used before: its whole grant is revoked"));
    }
    if config.refresh_repeats_redirect
        && asked.value("redirect_uri") != Some(&books.grants[grant].redirect_uri)
    {
        return Err(wrong("The redirect_uri is not that of the authorization"));
    }
    Ok(grant)
}

fn of_device(books: &mut Books, config: &Config, asked: &Asked) -> Result<usize, Refusal> {
    check_client(config, asked, true)?;
    let presented = asked.value("device_code").unwrap_or_default();
    let device = books.devices.iter_mut().find(|device| device.code == presented);
    let scope = match device {
        None => return Err((400, "invalid_grant", "The device code is not known")),
        Some(device) if device.used => {
            return Err((400, "invalid_grant", "The device code was used"));
        }
        Some(device) => match device.decision {
            None => return Err((400, "authorization_pending", "Nobody has decided yet")),
            Some(false) => return Err((400, "access_denied", "Somebody said no")),
            Some(true) => {
                device.used = true;
                device.scope.clone()
            }
        },
    };
    Ok(books.open("", scope.as_deref(), true))
}

fn check_client(config: &Config, asked: &Asked, public: bool) -> Result<(), Refusal> {
    let id = asked.value("client_id") == Some(&config.client_id);
    let secret = asked.value("client_secret") == Some(&config.client_secret);
    if id && (secret || public) {
        return Ok(());
    }
    Err((401, "invalid_client", "The client id or secret is wrong"))
}

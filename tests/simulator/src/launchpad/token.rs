//! The token endpoint: codes, refresh tokens and device codes for tokens.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{self, Pairs, value};
use super::{Granted, Launchpad, device};
use crate::server::locked;

/// The grant of RFC 8628.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A refusal: a status, a code and a sentence.
pub type Refusal = (u16, &'static str, String);

/// Answers a form; the parameters may be in the query as well.
pub fn answer(launchpad: &Launchpad, pairs: &Pairs, faults: &[String]) -> Response<Body> {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    locked(&launchpad.books).forms.push(pairs.clone());
    if on("oauth-echo") {
        let all: Vec<&str> = pairs.iter().map(|(_, value)| value.as_str()).collect();
        return refuse(launchpad, (400, "invalid_grant", all.join(" ")));
    }
    if on("oauth-authorization-expired") {
        let words = "Your Basecamp ID was changed".to_owned();
        return refuse(launchpad, (400, "authorization_expired", words));
    }
    let kind = value(pairs, "grant_type").or_else(|| value(pairs, "type"));
    let (given, counter) = match kind {
        Some("authorization_code" | "web_server") => {
            (exchange(launchpad, pairs), &launchpad.exchanges)
        }
        Some("refresh_token" | "refresh") => (refresh(launchpad, pairs), &launchpad.refreshes),
        Some(DEVICE_GRANT) if launchpad.config.discovery => {
            (device::poll(launchpad, pairs), &launchpad.exchanges)
        }
        _ => {
            let words = "The grant type is not supported".to_owned();
            return refuse(launchpad, (400, "unsupported_grant_type", words));
        }
    };
    match given {
        Ok(granted) => given_out(launchpad, granted, counter, faults),
        Err(refusal) => refuse(launchpad, refusal),
    }
}

fn given_out(
    launchpad: &Launchpad,
    granted: Granted,
    counter: &AtomicU64,
    faults: &[String],
) -> Response<Body> {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    counter.fetch_add(1, Ordering::SeqCst);
    let scope = granted.scope.clone();
    let (access, refresh) = launchpad.grant_tokens(granted);
    let mut body = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": launchpad.config.lifetime.as_secs().max(1),
        "refresh_token": refresh,
    });
    if let Some(scope) = scope {
        body["scope"] = Value::String(scope);
    }
    if on("oauth-no-refresh-token")
        && let Some(members) = body.as_object_mut()
    {
        members.remove("refresh_token");
    }
    if on("oauth-cut") {
        // Carried out, but the answer is lost on its way.
        let half = Bytes::from_static(b"{\"access_");
        let cut = stream::iter([Ok(half), Err(std::io::Error::other("cut"))]);
        return Response::new(Body::from_stream(cut));
    }
    answer::json(200, &body)
}

fn refuse(launchpad: &Launchpad, (status, code, words): Refusal) -> Response<Body> {
    // A device that asks too early was not refused.
    if !matches!(code, "authorization_pending" | "slow_down") {
        launchpad.refused.fetch_add(1, Ordering::SeqCst);
    }
    let body = json!({"error": code, "error_description": words});
    answer::json(status, &body)
}

fn exchange(launchpad: &Launchpad, pairs: &Pairs) -> Result<Granted, Refusal> {
    check_client(launchpad, pairs, false)?;
    let wrong = |words: &str| (400, "invalid_grant", words.to_owned());
    let presented = value(pairs, "code").unwrap_or_default();
    // Taken out whatever comes of it: a code works once.
    let Some(code) = locked(&launchpad.books).codes.remove(presented) else {
        return Err(wrong("The code is not known, or was used"));
    };
    if code.made.elapsed() > launchpad.config.code_lifetime {
        return Err(wrong("The code has expired"));
    }
    if value(pairs, "redirect_uri") != Some(&code.granted.redirect_uri) {
        return Err(wrong("The redirect_uri is another than before"));
    }
    match (&code.challenge, value(pairs, "code_verifier")) {
        (Some(challenge), Some(verifier)) if *challenge == challenge_of(verifier) => {}
        (None, _) => {}
        (Some(_), _) => return Err(wrong("The code_verifier is missing or wrong")),
    }
    Ok(code.granted)
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn refresh(launchpad: &Launchpad, pairs: &Pairs) -> Result<Granted, Refusal> {
    let presented = value(pairs, "refresh_token").unwrap_or_default();
    let known = locked(&launchpad.books).refresh.get(presented).cloned();
    let public = known.as_ref().is_some_and(|granted| granted.public);
    check_client(launchpad, pairs, public)?;
    let Some(granted) = known else {
        let words = "The refresh token is not known, or was replaced";
        return Err((400, "invalid_grant", words.to_owned()));
    };
    if launchpad.config.rotates {
        locked(&launchpad.books).refresh.remove(presented);
    }
    Ok(granted)
}

fn check_client(launchpad: &Launchpad, pairs: &Pairs, public: bool) -> Result<(), Refusal> {
    let config = &launchpad.config;
    let id = value(pairs, "client_id") == Some(&config.client_id);
    let secret = value(pairs, "client_secret") == Some(&config.client_secret);
    if id && (secret || public) {
        return Ok(());
    }
    let words = "The client id or secret is wrong".to_owned();
    Err((401, "invalid_client", words))
}

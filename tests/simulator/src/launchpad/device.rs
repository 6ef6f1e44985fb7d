//! The device flow (RFC 8628).

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Response;
use serde_json::json;

use super::answer::{self, Pairs, value};
use super::token::Refusal;
use super::{Device, Granted, Launchpad};
use crate::server::locked;

/// What asking too early adds to the interval.
const SLOWER: Duration = Duration::from_secs(5);

/// Gives a device its codes.
pub fn start(
    launchpad: &Launchpad,
    base: &str,
    pairs: &Pairs,
    faults: &[String],
) -> Response<Body> {
    let config = &launchpad.config;
    if !config.discovery || faults.iter().any(|fault| fault == "oauth-device-503") {
        return answer::json(503, &json!({"error": "temporarily_unavailable"}));
    }
    if value(pairs, "client_id") != Some(&config.client_id) {
        return answer::json(401, &json!({"error": "invalid_client"}));
    }
    let device = Device {
        device_code: launchpad.secret("device"),
        user_code: launchpad.secret("u")[..14].to_uppercase(),
        scope: value(pairs, "scope").map(str::to_owned),
        made: Instant::now(),
        asked: None,
        interval: Duration::from_secs(config.device_interval),
        decision: None,
    };
    let body = json!({
        "device_code": device.device_code,
        "user_code": device.user_code,
        "verification_uri": format!("{base}/device"),
        "verification_uri_complete": format!("{base}/device?user_code={}", device.user_code),
        "expires_in": config.device_lifetime.as_secs().max(1),
        "interval": config.device_interval,
    });
    locked(&launchpad.books).devices.push(device);
    answer::json(200, &body)
}

/// The page where the user types the code; here it has agreed at once.
pub fn approve(launchpad: &Launchpad, pairs: &Pairs) -> Response<Body> {
    let typed = value(pairs, "user_code").unwrap_or_default();
    let mut books = locked(&launchpad.books);
    let mut devices = books.devices.iter_mut();
    match devices.find(|device| device.user_code == typed) {
        Some(device) => {
            device.decision.get_or_insert(true);
            answer::html(200, "<html>The device is connected.</html>")
        }
        None => answer::html(404, "<html>There is no such code.</html>"),
    }
}

/// A device asks whether the user has agreed.
pub fn poll(launchpad: &Launchpad, pairs: &Pairs) -> Result<Granted, Refusal> {
    let refusal = |code: &'static str| Err((400, code, String::new()));
    let presented = value(pairs, "device_code").unwrap_or_default();
    let mut books = locked(&launchpad.books);
    let mut devices = books.devices.iter_mut();
    let found = devices.find(|device| device.device_code == presented);
    let Some(device) =
        found.filter(|_| value(pairs, "client_id") == Some(&launchpad.config.client_id))
    else {
        return refusal("invalid_grant");
    };
    if device.made.elapsed() > launchpad.config.device_lifetime {
        return refusal("expired_token");
    }
    let early = device.asked.is_some_and(|asked| asked.elapsed() < device.interval);
    device.asked = Some(Instant::now());
    match device.decision {
        _ if early => {
            device.interval += SLOWER;
            refusal("slow_down")
        }
        None => refusal("authorization_pending"),
        Some(false) => refusal("access_denied"),
        Some(true) => {
            // The code works once.
            device.device_code.clear();
            let granted = Granted {
                client_id: launchpad.config.client_id.clone(),
                redirect_uri: String::new(),
                scope: device.scope.clone(),
                pkce: false,
                public: true,
            };
            books.granted.push(granted.clone());
            Ok(granted)
        }
    }
}

//! Addresses that credentials may be sent to: https, or http on this machine for tests.
//!
//! What a URL parser would silently repair is refused on the raw text, for the options
//! that name an origin and for the origins that a server names alike. May import `error`.

use url::{Host, Url};

use crate::error::{Error, Kind, Result};

/// Parses the value of an option such as `url` or `oauthurl`.
///
/// # Errors
/// When it is not an absolute https URL without user, query and fragment.
pub fn parse(text: &str) -> Result<Url> {
    let refuse = |why: &str| {
        Error::new(Kind::OptionValue, format!("invalid URL: {why}"))
            .hint("Use https://host, or http on a loopback address.")
    };
    check_text(text).map_err(refuse)?;
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if is_local(&url) => Ok(url),
        "http" => Err(refuse("plain http is for loopback addresses only")),
        other => Err(refuse(&format!("the scheme \"{other}\" is not https"))),
    }
}

/// Parses an origin: as [`parse`], and with nothing behind the host but perhaps a slash.
///
/// # Errors
/// When it is anything else.
pub fn parse_origin(text: &str) -> Result<Url> {
    let url = parse(text)?;
    // `///` and the like are paths too, which is why the parsed path is looked at.
    if url.path() == "/" {
        return Ok(url);
    }
    Err(Error::new(Kind::OptionValue, "invalid URL: it must not have a path"))
}

/// Whether a request with a secret may go to a URL: https, or http to this machine.
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_local(url),
        _ => false,
    }
}

/// Rule 6: `localhost`, names that end in `.localhost`, and loopback addresses.
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn check_text(text: &str) -> std::result::Result<(), &'static str> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) || text.contains('\\') {
        return Err("it must not contain spaces, control characters or backslashes");
    }
    if text.contains('@') {
        return Err("it must not contain a user or a password");
    }
    if text.contains(['?', '#']) {
        return Err("it must not contain a query or a fragment");
    }
    let (_, rest) = text.split_once("://").ok_or("it is not absolute")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let dotted = |segment: &str| matches!(segment.replace("%2e", ".").as_str(), "." | "..");
    if path.to_ascii_lowercase().split('/').any(dotted) {
        return Err("it must not contain dot segments");
    }
    // The colons of an IPv6 address are inside its brackets.
    let behind = authority.rsplit_once(']').map_or(authority, |(_, port)| port);
    if authority.is_empty() || authority.starts_with(':') {
        return Err("it has no host");
    }
    match behind.split_once(':') {
        Some((_, port)) if !is_port(port) => Err("the port is not a number from 1 to 65535"),
        _ => Ok(()),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse().is_ok_and(|port: u16| port > 0)
}

//! Which authorization server an account uses, found by asking the account's API.
//!
//! May import `address` and `error`.

use serde_json::{Map, Value as Json};
use url::Url;

use super::grant::{self, Asked};
use super::{Endpoints, Http};
use crate::address;
use crate::error::{Error, Kind, Result};
use crate::refusal::{Secrets, quoted};

/// The issuer that is served the old way, and not an issuer in the sense of discovery.
const LAUNCHPAD: &str = "https://launchpad.37signals.com";
/// The grant of RFC 8628.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What the caller knows beforehand.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The one issuer to use.
    pub expected_issuer: Option<String>,
    /// Whether an issuer may have a private address: for installations that need it.
    pub private_addresses: bool,
}

/// What discovery found.
#[derive(Debug, Clone)]
pub enum Found {
    /// The account is served by Launchpad.
    Launchpad,
    /// The account has an authorization server of its own.
    Issuer(Box<Issuer>),
}

/// An authorization server that described itself.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its name, which is its origin.
    pub issuer: String,
    /// Its addresses.
    pub endpoints: Endpoints,
    /// Whether it says that it serves devices.
    pub serves_devices: bool,
    /// What to ask it with: with or without private addresses.
    pub http: Http,
}

/// Finds the authorization server of a resource, which is the origin of an API; and why the resource
/// did not say anything, for callers that Launchpad does not serve.
///
/// # Errors
/// When the origin is none, when several servers could be meant, or when the chosen one fails. That
/// the resource says nothing of servers is no error: it means Launchpad.
pub async fn find(
    http: &Http,
    resource: &str,
    options: &Options,
) -> Result<(Found, Option<Error>)> {
    let origin = address::parse_origin(resource)?;
    let expected = options.expected_issuer.as_deref();
    let listed = match listed(http, resource, &origin).await {
        Ok(listed) => listed,
        // With an expectation there is nothing to fall back to.
        Err(error) if expected.is_some() => return Err(error),
        Err(error) => return Ok((Found::Launchpad, Some(error))),
    };
    let Some(issuer) = select(&listed, expected)? else {
        return Ok((Found::Launchpad, None));
    };
    // From here on every failure is final.
    let private = options.private_addresses || address::is_local(&origin);
    let issuer = described(http.reaching(private)?, issuer, private).await?;
    Ok((Found::Issuer(Box::new(issuer)), None))
}

/// A document that is none.
fn nonsense(status: u16, why: &str) -> Error {
    grant::nonsense(status, why).hint(
        "Check the option url, whose server names the authorization server of the account, and \
         whether a proxy or a login page answers in its place.",
    )
}

/// Step 1: what the resource lists.
async fn listed(http: &Http, resource: &str, origin: &Url) -> Result<Vec<String>> {
    let mut body = metadata(http, origin, "/.well-known/oauth-protected-resource").await?;
    if body.get("resource").and_then(Json::as_str) != Some(resource) {
        return Err(nonsense(200, "\"resource\" is not the resource that was asked"));
    }
    let listed = match body.remove("authorization_servers") {
        None => return Ok(Vec::new()),
        Some(Json::Array(listed)) => listed,
        Some(_) => return Err(nonsense(200, "\"authorization_servers\" is not an array")),
    };
    let texts = listed.into_iter().map(|server| match server {
        Json::String(server) => Ok(server),
        _ => Err(nonsense(200, "an authorization server is not text")),
    });
    texts.collect()
}

/// Rule 103. Nothing means Launchpad.
fn select<'a>(listed: &'a [String], expected: Option<&str>) -> Result<Option<&'a str>> {
    if let Some(expected) = expected {
        let found = listed.iter().find(|issuer| *issuer == expected);
        return found.map(|issuer| Some(issuer.as_str())).ok_or_else(|| {
            Error::new(
                Kind::Configuration,
                "the expected authorization server is not among those of the account",
            )
        });
    }
    let mut others: Vec<&str> = Vec::new();
    for issuer in listed {
        if !is_launchpad(issuer) && !others.contains(&issuer.as_str()) {
            others.push(issuer);
        }
    }
    match others[..] {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        _ => Err(Error::new(Kind::Configuration, "the account has several authorization servers")
            .detail(format!("There are {}.", others.len()))),
    }
}

fn is_launchpad(issuer: &str) -> bool {
    let launchpad = Url::parse(LAUNCHPAD).map(|url| url.origin());
    let origin = address::parse_origin(issuer).map(|url| url.origin());
    matches!((launchpad, origin), (Ok(one), Ok(other)) if one == other)
}

/// Step 2: what the chosen server says of itself.
async fn described(http: Http, issuer: &str, private: bool) -> Result<Issuer> {
    let wrong = |error: Error| error.about("authorization server of the account");
    let origin =
        address::parse_origin(issuer).map_err(|error| wrong(Error::malformed(error.message())))?;
    let body = metadata(&http, &origin, "/.well-known/oauth-authorization-server").await;
    let body = body.map_err(wrong)?;
    if body.get("issuer").and_then(Json::as_str) != Some(issuer) {
        return Err(wrong(nonsense(200, "\"issuer\" is another than the account lists")));
    }
    check_endpoints(&body).map_err(|why| wrong(nonsense(200, &why)))?;
    let grants = match body.get("grant_types_supported") {
        None => &[][..],
        Some(Json::Array(grants)) => grants,
        Some(_) => {
            return Err(wrong(nonsense(200, "\"grant_types_supported\" is not an array")));
        }
    };
    let endpoint = |name: &str| endpoint(&body, name).map_err(|why| wrong(nonsense(200, &why)));
    let token = endpoint("token_endpoint")?
        .ok_or_else(|| wrong(nonsense(200, "\"token_endpoint\" is missing")))?;
    let mut identity = origin.clone();
    identity.set_path("/authorization.json");
    let device = endpoint("device_authorization_endpoint")?;
    Ok(Issuer {
        issuer: issuer.to_owned(),
        serves_devices: device.is_some() && grants.iter().any(|grant| grant == DEVICE_GRANT),
        endpoints: Endpoints {
            authorization: endpoint("authorization_endpoint")?,
            token,
            identity,
            device,
            private,
        },
        http,
    })
}

fn check_endpoints(body: &Map<String, Json>) -> std::result::Result<(), String> {
    let mut endpoints = body.iter().filter(|(name, _)| name.ends_with("_endpoint"));
    let text = |value: &Json| value.as_str().is_some_and(|text| !text.is_empty());
    match endpoints.find(|(_, value)| !text(value)) {
        Some((name, _)) => {
            Err(format!("\"{}\" is not an address", quoted(name, &Secrets::default())))
        }
        None => Ok(()),
    }
}

fn endpoint(body: &Map<String, Json>, name: &str) -> std::result::Result<Option<Url>, String> {
    let Some(text) = body.get(name).and_then(Json::as_str) else {
        return Ok(None);
    };
    let url = Url::parse(text).ok().filter(address::is_safe);
    url.map(Some).ok_or_else(|| format!("\"{name}\" is not an https URL"))
}

async fn metadata(http: &Http, origin: &Url, path: &str) -> Result<Map<String, Json>> {
    let mut url = origin.clone();
    url.set_path(path);
    let answer = http.get(&url, None).await?;
    if (200..300).contains(&answer.status) {
        return grant::check_json(&answer, &Secrets::default());
    }
    Err(grant::refused(&answer, Asked::Metadata, &Secrets::default()))
}

#[cfg(test)]
mod tests {
    use super::{is_launchpad, select};

    fn listed(issuers: &[&str]) -> Vec<String> {
        issuers.iter().map(|&issuer| issuer.to_owned()).collect()
    }

    #[test]
    fn rule_103_launchpad_is_an_origin_and_not_a_prefix() {
        for same in [
            "https://launchpad.37signals.com",
            "https://launchpad.37signals.com/",
            "https://LAUNCHPAD.37signals.com:443",
        ] {
            assert!(is_launchpad(same), "{same}");
        }
        for other in [
            "https://launchpad.37signals.com/tenant",
            "http://launchpad.37signals.com",
            "https://launchpad.37signals.com.example",
        ] {
            assert!(!is_launchpad(other), "{other}");
        }
    }

    #[test]
    fn rule_103_one_server_is_chosen_none_is_launchpad_and_several_are_an_error() {
        let launchpad = "https://launchpad.37signals.com";
        let app = "https://app.basecamp.com";
        assert_eq!(select(&listed(&[]), None).expect("none"), None);
        assert_eq!(select(&listed(&[launchpad]), None).expect("none"), None);
        let chosen = select(&listed(&[launchpad, app, app]), None).expect("one").map(str::to_owned);
        assert_eq!(chosen.as_deref(), Some(app));
        assert!(select(&listed(&[app, "https://other.example"]), None).is_err());
    }

    #[test]
    fn rule_103_an_expected_server_must_be_listed_to_the_letter() {
        let all = listed(&["https://a.example", "https://b.example"]);
        let chosen = select(&all, Some("https://b.example")).expect("listed");
        assert_eq!(chosen, Some("https://b.example"));
        assert!(select(&all, Some("https://b.example/")).is_err());
        assert!(select(&[], Some("https://b.example")).is_err());
    }
}

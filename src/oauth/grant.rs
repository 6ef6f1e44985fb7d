//! The token endpoint: what it is asked, and what its answers mean (rules 95 to 99).
//!
//! Requests are built by the `oauth2` crate; answers are judged here, because the rules are stricter
//! and the errors more telling than the crate's. May import `error`.

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, RefreshToken, RequestTokenError, Scope, StandardRevocableToken, TokenResponse,
    TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use url::Url;

use super::http::{Answer, Http, SERVER};
use super::{App, Boxed, Tokens};
use crate::error::{Error, Kind, Result};

/// The longest text of the server's that an error carries, in bytes (rule 60).
const LONGEST: usize = 500;
/// The longest life that a token may claim, in seconds (rule 97).
const LONGEST_LIFE: u64 = 2_147_483_647;

/// The crate's client, with our token answer.
pub type Client = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The crate's client for an app; everything it knows travels in the form (rule 95).
pub fn client(app: &App, token: &Url, with_secret: bool) -> Client {
    let client = oauth2::Client::new(ClientId::new(app.client_id.clone()))
        .set_token_uri(TokenUrl::from_url(token.clone()))
        .set_auth_type(AuthType::RequestBody);
    match app.client_secret.as_ref().filter(|_| with_secret) {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().into())),
        None => client,
    }
}

/// What was asked for, to give the right advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Tokens for a code.
    Exchange,
    /// New tokens for old ones.
    Refresh,
    /// Whose a token is.
    Identity,
    /// Tokens for a device, or the code for one.
    Device,
    /// What a server says of itself.
    Metadata,
}

/// What sends the requests that the crate builds. `secrets` are in them, and are not repeated.
///
/// Owns what it needs: a future that borrows would not be `Send` for every lifetime, as the client of
/// the API needs it.
pub fn sender(
    http: &Http,
    asked: Asked,
    secrets: Vec<SecretString>,
) -> impl Fn(HttpRequest) -> Boxed<'static, Result<HttpResponse>> + Send + Sync + use<> {
    let http = http.clone();
    move |request| Box::pin(send(http.clone(), request, asked, secrets.clone()))
}

/// Sends a request. Only a 200 goes back to the crate; all else is an error here.
async fn send(
    http: Http,
    request: HttpRequest,
    asked: Asked,
    secrets: Vec<SecretString>,
) -> Result<HttpResponse> {
    let unmade = || Error::malformed(format!("cannot make a request to {SERVER}"));
    let url = Url::parse(&request.uri().to_string()).map_err(|_| unmade())?;
    let answer = http.post(&url, request.into_body(), None).await?;
    if answer.status != 200 {
        let secrets: Vec<&str> = secrets
            .iter()
            .map(|secret| secret.expose_secret())
            .collect();
        return Err(refused(&answer, asked, &secrets));
    }
    check_json(&answer)?;
    oauth2::http::Response::builder()
        .status(answer.status)
        .body(answer.body.to_vec())
        .map_err(|_| unmade())
}

/// What the crate made of an answer, as our error.
pub fn failed<T: oauth2::ErrorResponse>(error: RequestTokenError<Error, T>) -> Error {
    match error {
        RequestTokenError::Request(error) => error,
        // Ours, from `TokenAnswer`; it names a member and never shows a value.
        RequestTokenError::Parse(error, _) => nonsense(200, &format!("{}", error.inner())),
        _ => nonsense(200, "it is empty"),
    }
}

/// Refuses an answer that is not a JSON object, before anybody quotes from it.
pub fn check_json(answer: &Answer) -> Result<Map<String, Json>> {
    match serde_json::from_slice(&answer.body) {
        Ok(Json::Object(object)) => Ok(object),
        _ => {
            let kind = answer.content_type.as_deref().unwrap_or("no content type");
            let what = format!("it is not a JSON object ({})", shortened(kind, &[]));
            Err(nonsense(answer.status, &what))
        }
    }
}

/// A success that is none (rule 61).
pub fn nonsense(status: u16, why: &str) -> Error {
    Error::malformed(format!("unexpected answer from {SERVER}"))
        .status(status)
        .detail(format!("HTTP status {status}: {why}."))
        .hint(
            "Check the option oauthurl, and whether a proxy or a login page answers in its place.",
        )
}

/// The error of an answer that is not a success. `secrets` are what the request carried: the server
/// may repeat them, we do not.
pub fn refused(answer: &Answer, asked: Asked, secrets: &[&str]) -> Error {
    let status = answer.status;
    let said = Said::parse(&answer.body, secrets);
    let kind = kind(status, said.code.as_deref());
    let mut detail = format!("HTTP status {status}");
    if let Some(code) = &said.code {
        detail.push_str(&format!(", error \"{code}\""));
    }
    if let Some(description) = &said.description {
        detail.push_str(&format!(": {description}"));
    }
    if !detail.ends_with(['.', '!', '?']) {
        detail.push('.');
    }
    let error = Error::new(kind, message(kind, status, asked))
        .status(status)
        .detail(detail);
    match hint(kind, said.code.as_deref(), asked, answer) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn kind(status: u16, code: Option<&str>) -> Kind {
    match (status, code) {
        (429, _) => Kind::RateLimited,
        (400..=499, Some("temporarily_unavailable" | "server_error")) => Kind::Server,
        (400..=499, Some(_)) | (400 | 401 | 403, None) => Kind::Authentication,
        (500..=599, _) => Kind::Server,
        _ => Kind::Malformed,
    }
}

fn message(kind: Kind, status: u16, asked: Asked) -> String {
    match (kind, asked) {
        (Kind::Authentication, Asked::Exchange) => format!("{SERVER} refused the code"),
        (Kind::Authentication, Asked::Refresh) => format!("{SERVER} refused the refresh token"),
        (Kind::Authentication, Asked::Identity) => format!("{SERVER} refused the access token"),
        (Kind::Authentication, _) => format!("{SERVER} refused the request"),
        (Kind::RateLimited, _) => format!("{SERVER} was asked too often"),
        (Kind::Server, _) => format!("{SERVER} failed to answer"),
        _ if (300..400).contains(&status) => {
            format!("unexpected redirect from {SERVER}, HTTP status {status}")
        }
        _ => format!("unexpected HTTP status {status} from {SERVER}"),
    }
}

fn hint(kind: Kind, code: Option<&str>, asked: Asked, answer: &Answer) -> Option<String> {
    let advice = match (kind, code, asked) {
        (Kind::Authentication, Some("invalid_client" | "unauthorized_client"), _) => {
            "Check oauthclientid and oauthclientsecret against the application's registration at \
             launchpad.37signals.com/integrations."
        }
        (Kind::Authentication, _, Asked::Exchange) => {
            "A code works once, for a few minutes, with the callback URL that it was asked for \
             with. Get a new one with basecamp.get_oauth_authorization_url."
        }
        (Kind::Authentication, _, Asked::Refresh | Asked::Identity) => AGAIN,
        (Kind::RateLimited, _, _) => {
            let after = shortened(answer.retry_after.as_ref()?, &[]);
            return Some(format!("It asks to wait: Retry-After {after}."));
        }
        (Kind::Server, _, _) => "This usually passes: try again later.",
        (Kind::Malformed, _, _) => "Check the option oauthurl.",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What to do when tokens are no good any more.
pub const AGAIN: &str = "Authorize again with basecamp.get_oauth_authorization_url and \
                         basecamp.get_oauth_access_token, or with basecamp.authorize.";

/// The server's own words.
#[derive(Debug, Default)]
pub struct Said {
    /// The code of RFC 6749.
    pub code: Option<String>,
    /// The sentence beside it.
    pub description: Option<String>,
}

impl Said {
    /// Reads a body of an error; members of a wrong type are ignored (rule 56).
    pub fn parse(body: &[u8], secrets: &[&str]) -> Self {
        let Ok(Json::Object(body)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let text = |name: &str| {
            let text = body.get(name).and_then(Json::as_str)?;
            (!text.is_empty()).then(|| shortened(text, secrets))
        };
        Self {
            code: text("error"),
            description: text("error_description").or_else(|| text("message")),
        }
    }
}

/// A text of the server's on one line, bounded, and without what we told it in confidence.
pub fn shortened(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[REDACTED]");
    }
    let mut text = text.replace(char::is_control, " ");
    if text.len() > LONGEST {
        let end = text.floor_char_boundary(LONGEST - "...".len());
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// The answer of the token endpoint, checked while it is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Json")]
pub struct TokenAnswer {
    access_token: AccessToken,
    token_type: BasicTokenType,
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    scope: Option<String>,
    resource: Option<String>,
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<std::time::Duration> {
        self.expires_in.map(std::time::Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        // Kept as the one text that it is: nobody here looks at parts of it.
        None
    }
}

impl TryFrom<Json> for TokenAnswer {
    type Error = String;

    fn try_from(json: Json) -> std::result::Result<Self, String> {
        let Json::Object(mut json) = json else {
            return Err("it is not a JSON object".to_owned());
        };
        let access = text(&mut json, "access_token")?.filter(|token| !token.is_empty());
        let token_type = match text(&mut json, "token_type")? {
            None => BasicTokenType::Bearer,
            Some(kind) if kind.is_empty() => return Err("\"token_type\" is empty".to_owned()),
            Some(kind) if kind.eq_ignore_ascii_case("bearer") => BasicTokenType::Bearer,
            Some(_) => return Err("\"token_type\" is not Bearer".to_owned()),
        };
        let resource = text(&mut json, "resource")?;
        if resource.as_ref().is_some_and(String::is_empty) {
            return Err("\"resource\" is empty".to_owned());
        }
        Ok(Self {
            access_token: AccessToken::new(access.ok_or("\"access_token\" is missing or empty")?),
            token_type,
            expires_in: seconds(json.get("expires_in"), LONGEST_LIFE)
                .map_err(|why| format!("\"expires_in\" {why}"))?,
            refresh_token: text(&mut json, "refresh_token")?
                .filter(|token| !token.is_empty())
                .map(RefreshToken::new),
            scope: text(&mut json, "scope")?,
            resource,
        })
    }
}

impl TokenAnswer {
    /// The tokens; what the answer does not mention stays as it was (rule 99).
    pub fn tokens(self, before: Option<&Tokens>, now: i64) -> Tokens {
        let life = self.expires_in.and_then(|life| i64::try_from(life).ok());
        let refresh = self.refresh_token.map(|token| token.into_secret().into());
        Tokens {
            access: self.access_token.into_secret().into(),
            refresh: refresh.or_else(|| before?.refresh.clone()),
            expires_at: life.map(|life| now.saturating_add(life)),
            scope: self.scope.or_else(|| before?.scope.clone()),
            resource: self.resource.or_else(|| before?.resource.clone()),
            endpoints: before.and_then(|before| before.endpoints.clone()),
        }
    }
}

/// Takes a member that is text; absent and null mean unset (rule 98).
pub fn text(
    json: &mut Map<String, Json>,
    name: &str,
) -> std::result::Result<Option<String>, String> {
    match json.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("\"{name}\" is not text")),
    }
}

/// Reads whole seconds from 1 to `most`; `3600.0` counts as whole (rules 97 and 110).
pub fn seconds(json: Option<&Json>, most: u64) -> std::result::Result<Option<u64>, &'static str> {
    let number = match json {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Number(number)) => number,
        Some(_) => return Err("is not a number"),
    };
    let whole = number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        // Beyond `most` nothing is allowed anyway, so that the cast is exact where it matters.
        (float.fract() == 0.0 && float >= 1.0 && float <= most as f64).then_some(float as u64)
    });
    whole
        .filter(|whole| (1..=most).contains(whole))
        .map(Some)
        .ok_or("is not a whole number of seconds in range")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;
    use serde_json::{Value as Json, json};

    use super::{LONGEST, LONGEST_LIFE, TokenAnswer, seconds, shortened};
    use crate::oauth::Tokens;

    fn read(json: Json) -> Result<Tokens, String> {
        TokenAnswer::try_from(json).map(|answer| answer.tokens(None, 1_000))
    }

    #[test]
    fn rule_96_an_access_token_is_text_and_not_empty() {
        let tokens = read(json!({"access_token": "a"})).expect("enough");
        assert_eq!(tokens.access.expose_secret(), "a");
        for wrong in [
            json!({}),
            json!([]),
            json!("a"),
            json!({"access_token": ""}),
        ] {
            assert!(read(wrong).is_err());
        }
        let error = read(json!({"access_token": 4711})).expect_err("a number");
        assert!(!error.contains("4711"), "{error}");
    }

    #[test]
    fn rule_97_a_life_is_whole_seconds_in_range_or_unset() {
        for (value, read) in [
            (Json::Null, Ok(None)),
            (json!(1), Ok(Some(1))),
            (json!(3600.0), Ok(Some(3600))),
            (json!(2_147_483_647_i64), Ok(Some(2_147_483_647))),
        ] {
            assert_eq!(seconds(Some(&value), LONGEST_LIFE), read, "{value}");
        }
        let wrong = [
            json!(0),
            json!(-1),
            json!(1.5),
            json!(2_147_483_648_i64),
            json!(1e300),
            json!("3600"),
            json!(true),
            json!([]),
        ];
        for value in wrong {
            assert!(seconds(Some(&value), LONGEST_LIFE).is_err(), "{value}");
        }
        let tokens = read(json!({"access_token": "a", "expires_in": 60})).expect("tokens");
        assert_eq!(tokens.expires_at, Some(1_060));
        assert_eq!(
            read(json!({"access_token": "a"}))
                .expect("tokens")
                .expires_at,
            None
        );
    }

    #[test]
    fn rule_98_members_are_unset_or_text_and_never_converted() {
        for name in ["refresh_token", "scope", "token_type", "resource"] {
            assert!(
                read(json!({"access_token": "a", name: null})).is_ok(),
                "{name}"
            );
            for wrong in [json!(1), json!(true), json!(["x"]), json!({})] {
                assert!(
                    read(json!({"access_token": "a", name: wrong})).is_err(),
                    "{name}"
                );
            }
        }
        for name in ["token_type", "resource"] {
            assert!(
                read(json!({"access_token": "a", name: ""})).is_err(),
                "{name}"
            );
        }
        assert!(read(json!({"access_token": "a", "token_type": "bEARER"})).is_ok());
        assert!(read(json!({"access_token": "a", "token_type": "DPoP"})).is_err());
    }

    #[test]
    fn what_a_server_says_is_bounded_and_without_our_secrets() {
        let said = shortened("code hush\r\nis gone\u{7}", &["hush", ""]);
        assert_eq!(said, "code [REDACTED]  is gone ");
        let long = shortened(&"ä".repeat(LONGEST), &[]);
        assert!(long.len() <= LONGEST && long.ends_with("..."));
    }
}

//! The token endpoint: how it is asked, and what its refusals mean.
//!
//! Requests are built by the `oauth2` crate; answers are judged here, because the rules are stricter
//! and the errors more telling than the crate's. May import `error`.

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    RequestTokenError, StandardRevocableToken, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value as Json};
use url::Url;

use super::answer::TokenAnswer;
use super::http::{Answer, Http, SERVER};
use super::{App, Boxed};
use crate::error::{Error, Kind, Result};
use crate::refusal::{self, Secrets, Side, Words, quoted};

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

/// The crate's client for an app; everything it knows travels in the form.
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
    let secrets = Secrets::new(secrets.iter().map(|secret| secret.expose_secret()));
    if answer.status != 200 {
        return Err(refused(&answer, asked, &secrets));
    }
    check_json(&answer, &secrets)?;
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
pub fn check_json(answer: &Answer, secrets: &Secrets) -> Result<Map<String, Json>> {
    match serde_json::from_slice(&answer.body) {
        Ok(Json::Object(object)) => Ok(object),
        _ => {
            let kind = answer.content_type.as_deref().unwrap_or("no content type");
            let what = format!("it is not a JSON object ({})", quoted(kind, secrets));
            Err(nonsense(answer.status, &what))
        }
    }
}

/// A success that is none.
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
pub fn refused(answer: &Answer, asked: Asked, secrets: &Secrets) -> Error {
    let status = answer.status;
    let words = Words::parse(&answer.body, secrets);
    let kind = refusal::kind(Side::Grants, status, words.error.as_deref());
    let mut detail = format!("HTTP status {status}");
    if let Some(code) = &words.error {
        detail.push_str(&format!(", error \"{code}\""));
    }
    if let Some(description) = words.description.or(words.message) {
        detail.push_str(&format!(": {description}"));
    }
    if !detail.ends_with(['.', '!', '?']) {
        detail.push('.');
    }
    let code = words.error.as_deref();
    let mut error = Error::new(kind, message(kind, status, asked)).status(status).detail(detail);
    if let Some(seconds) = answer.retry_after.as_deref().and_then(seconds) {
        error = error.wait_for(seconds);
    }
    match hint(kind, code, asked, answer, secrets) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Retry-After in seconds.
fn seconds(value: &str) -> Option<u64> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(seconds);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    date.duration_since(std::time::SystemTime::now()).ok().map(|left| left.as_secs())
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

fn hint(
    kind: Kind,
    code: Option<&str>,
    asked: Asked,
    answer: &Answer,
    secrets: &Secrets,
) -> Option<String> {
    let advice = match (kind, asked) {
        (Kind::Authentication, _)
            if matches!(code, Some("invalid_client" | "unauthorized_client")) =>
        {
            "Check oauthclientid and oauthclientsecret against the application's registration at \
             launchpad.37signals.com/integrations."
        }
        (Kind::Authentication, Asked::Exchange) => {
            "A code works once, for a few minutes, with the callback URL that it was asked for \
             with. Get a new one with basecamp.get_oauth_authorization_url."
        }
        (Kind::Authentication, Asked::Refresh | Asked::Identity) => AGAIN,
        (Kind::RateLimited, _) => {
            let after = quoted(answer.retry_after.as_ref()?, secrets);
            return Some(format!("It asks to wait: Retry-After {after}."));
        }
        (Kind::Server, _) => "This usually passes: try again later.",
        (Kind::Malformed, Asked::Metadata) => {
            "Check the option url: its server says which authorization server the account has."
        }
        (Kind::Malformed, _) => "Check the option oauthurl.",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What to do when tokens are no good any more.
pub const AGAIN: &str = "Authorize again with basecamp.get_oauth_authorization_url and \
                         basecamp.get_oauth_access_token, or with basecamp.authorize.";

//! The web flow: an address for the browser, and tokens for the code that it comes back with.
//!
//! May import `error`.

use std::fmt;

use oauth2::{
    AuthUrl, AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::Url;
use zeroize::Zeroizing;

use super::grant::{self, Asked};
use super::tokens::now;
use super::{App, Code, Dialect, Endpoints, Http, Tokens, plain};
use crate::error::{Error, Kind, Result};

/// What must be remembered between the authorization URL and the exchange.
#[derive(Clone)]
pub struct Pending {
    /// What the callback must repeat.
    pub state: String,
    /// The secret half of PKCE.
    pub verifier: SecretString,
    /// Where the browser is sent back to.
    pub callback_url: String,
    /// What was asked for.
    pub scope: Option<String>,
    /// When the URL was made, in seconds since 1970.
    pub started_at: i64,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever knows the state can pass a code of their own.
        f.debug_struct("Pending")
            .field("callback_url", &self.callback_url)
            .field("scope", &self.scope)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    state: String,
    verifier: String,
    callback_url: String,
    scope: Option<String>,
    started_at: i64,
}

impl Pending {
    /// Everything as bytes, to be sealed.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        use zeroize::Zeroize as _;
        let mut written = Written {
            state: self.state.clone(),
            verifier: self.verifier.expose_secret().to_owned(),
            callback_url: self.callback_url.clone(),
            scope: self.scope.clone(),
            started_at: self.started_at,
        };
        let bytes = plain::to_bytes(&written);
        written.verifier.zeroize();
        bytes
    }

    /// Reads what [`Pending::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is not that.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let written: Written = plain::from_bytes("authorization request", bytes)?;
        Ok(Self {
            state: written.state,
            verifier: written.verifier.into(),
            callback_url: written.callback_url,
            scope: written.scope,
            started_at: written.started_at,
        })
    }

    /// Whether a state that came back is ours; takes as long for any wrong one.
    pub fn knows(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }
}

/// Makes the address that the user's browser is to open, and what to remember of it.
///
/// `state` is for applications that route callbacks by it; without one it is random.
///
/// # Errors
/// When the callback URL is none, or the server has no page to authorize on.
pub fn authorization_url(
    endpoints: &Endpoints,
    app: &App,
    dialect: Dialect,
    state: Option<&str>,
) -> Result<(Url, Pending)> {
    let Some(page) = &endpoints.authorization else {
        return Err(Error::new(
            Kind::Unsupported,
            "the authorization server has no page to authorize on",
        ));
    };
    if state.is_some_and(str::is_empty) {
        return Err(Error::new(Kind::Invalid, "the state must not be empty"));
    }
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let client = grant::client(app, &endpoints.token, false)
        .set_auth_uri(AuthUrl::from_url(page.clone()))
        .set_redirect_uri(callback(&app.callback_url)?);
    let mut request = client
        .authorize_url(|| {
            state.map_or_else(CsrfToken::new_random, |own| CsrfToken::new(own.into()))
        })
        .set_pkce_challenge(challenge);
    if let Some(scope) = &app.scope {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if dialect == Dialect::V2 {
        request = request.add_extra_param("type", "web_server");
    }
    let (url, state) = request.url();
    let pending = Pending {
        state: state.into_secret(),
        verifier: verifier.into_secret().into(),
        callback_url: app.callback_url.clone(),
        scope: app.scope.clone(),
        started_at: now(),
    };
    Ok((url, pending))
}

fn callback(text: &str) -> Result<RedirectUrl> {
    RedirectUrl::new(text.to_owned()).map_err(|error| {
        Error::new(Kind::OptionValue, "the callback URL is not a URL")
            .detail(format!("{error}."))
            .hint("It must be exactly the redirect URI that the application was registered with.")
    })
}

/// Trades a code for tokens.
///
/// # Errors
/// When the state is another than was given out, or the server refuses the code or cannot be asked.
pub async fn exchange(
    http: &Http,
    endpoints: &Endpoints,
    app: &App,
    dialect: Dialect,
    code: &Code,
    pending: Option<&Pending>,
) -> Result<Tokens> {
    check_state(code, pending)?;
    // The callback URL of the request counts, whatever the options say by now.
    let callback_url = pending.map_or(&app.callback_url, |pending| &pending.callback_url);
    let client =
        grant::client(app, &endpoints.token, true).set_redirect_uri(callback(callback_url)?);
    let mut request =
        client.exchange_code(AuthorizationCode::new(code.code.expose_secret().into()));
    if let Some(pending) = pending {
        let verifier = pending.verifier.expose_secret().to_owned();
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
    }
    if dialect == Dialect::V2 {
        request = request.add_extra_param("type", "web_server");
    }
    let http = http.reaching(endpoints.private)?;
    let ask = grant::sender(&http, Asked::Exchange, secrets(app, code, pending));
    let answer = request.request_async(&ask).await.map_err(grant::failed)?;
    Ok(answer.tokens(None, now()))
}

/// What the request has in it that no error may repeat.
fn secrets(app: &App, code: &Code, pending: Option<&Pending>) -> Vec<SecretString> {
    let verifier = pending.map(|pending| pending.verifier.clone());
    let all = [Some(code.code.clone()), app.client_secret.clone(), verifier];
    all.into_iter().flatten().collect()
}

fn check_state(code: &Code, pending: Option<&Pending>) -> Result<()> {
    match (&code.state, pending) {
        (Some(state), Some(pending)) if !pending.knows(state) => Err(Error::new(
            Kind::Authentication,
            "the callback belongs to another authorization request",
        )
        .detail("Its state is not the one of the latest authorization URL.")
        .hint(
            "Open the URL that basecamp.get_oauth_authorization_url gave last, or get a new one.",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use secrecy::ExposeSecret as _;
    use sha2::{Digest as _, Sha256};

    use super::{App, Dialect, Endpoints, Pending, authorization_url};
    use crate::error::Kind;

    fn app() -> App {
        App {
            client_id: "app 1".to_owned(),
            client_secret: Some("hush".to_owned().into()),
            callback_url: "http://127.0.0.1:33333/?from=us".to_owned(),
            scope: None,
        }
    }

    fn asked(
        app: &App,
        dialect: Dialect,
        state: Option<&str>,
    ) -> (HashMap<String, String>, Pending) {
        let endpoints = Endpoints::launchpad(None).expect("ours");
        let (url, pending) = authorization_url(&endpoints, app, dialect, state).expect("a URL");
        assert!(url.as_str().starts_with("https://launchpad.37signals.com/authorization/new?"));
        assert!(!url.as_str().contains("hush"));
        (url.query_pairs().into_owned().collect(), pending)
    }

    #[test]
    fn rule_100_the_challenge_is_the_verifiers_sha_256_and_the_state_random() {
        let (query, pending) = asked(&app(), Dialect::V3, None);
        let verifier = pending.verifier.expose_secret();
        assert_eq!(URL_SAFE_NO_PAD.decode(verifier).expect("base64url").len(), 32);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        assert_eq!(query["code_challenge"], challenge);
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(URL_SAFE_NO_PAD.decode(&pending.state).expect("base64url").len(), 16);
        assert_eq!(query["state"], pending.state);
        let (_, other) = asked(&app(), Dialect::V3, None);
        assert_ne!(other.state, pending.state);
        assert_ne!(other.verifier.expose_secret(), verifier);
    }

    #[test]
    fn the_url_names_app_callback_and_scope_as_they_are() {
        let (query, _) = asked(&app(), Dialect::V3, None);
        assert_eq!((&*query["client_id"], &*query["response_type"]), ("app 1", "code"));
        assert_eq!(query["redirect_uri"], "http://127.0.0.1:33333/?from=us");
        assert!(!query.contains_key("scope") && !query.contains_key("type"));
        // Registered without the slash that a URL parser adds.
        let bare = App { callback_url: "https://app.example".to_owned(), ..app() };
        let (query, _) = asked(&bare, Dialect::V3, None);
        assert_eq!(query["redirect_uri"], "https://app.example");
        let scoped = App { scope: Some("read write".to_owned()), ..app() };
        let (query, pending) = asked(&scoped, Dialect::V2, Some("mine"));
        assert_eq!((&*query["scope"], &*query["type"]), ("read write", "web_server"));
        assert_eq!((&*query["state"], &*pending.state), ("mine", "mine"));
    }

    #[test]
    fn a_callback_url_that_is_none_and_an_empty_state_are_refused() {
        let endpoints = Endpoints::launchpad(None).expect("ours");
        let wrong = App { callback_url: "nowhere".to_owned(), ..app() };
        let error = authorization_url(&endpoints, &wrong, Dialect::V3, None).expect_err("no URL");
        assert_eq!(error.kind(), Kind::OptionValue);
        assert!(authorization_url(&endpoints, &app(), Dialect::V3, Some("")).is_err());
    }

    #[test]
    fn a_pending_request_survives_being_written_and_prints_no_secret() {
        let (_, pending) = asked(&app(), Dialect::V3, None);
        let read = Pending::from_bytes(&pending.to_bytes()).expect("read");
        assert_eq!(read.state, pending.state);
        assert_eq!(read.verifier.expose_secret(), pending.verifier.expose_secret());
        assert_eq!(read.started_at, pending.started_at);
        let printed = format!("{pending:?}");
        assert!(!printed.contains(pending.verifier.expose_secret()), "{printed}");
        assert!(!printed.contains(&pending.state), "{printed}");
    }

    #[test]
    fn only_the_very_state_is_known() {
        let (_, pending) = asked(&app(), Dialect::V3, Some("abc"));
        assert!(pending.knows("abc"));
        for other in ["", "ab", "abcd", "abd", "ABC"] {
            assert!(!pending.knows(other), "{other}");
        }
    }
}

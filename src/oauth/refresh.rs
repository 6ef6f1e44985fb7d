//! New tokens for old ones. May import `error`.

use secrecy::ExposeSecret as _;

use super::grant::{self, AGAIN, Asked};
use super::tokens::now;
use super::{App, Dialect, Endpoints, Http, Tokens};
use crate::error::{Error, Kind, Result};

/// Renews tokens. What the answer does not mention is kept. The old refresh token may be dead
/// afterwards: whoever calls this stores what it gives before anything else.
///
/// # Errors
/// When there is no refresh token, or the server refuses it or cannot be asked.
pub async fn refresh(
    http: &Http,
    endpoints: &Endpoints,
    app: &App,
    dialect: Dialect,
    tokens: &Tokens,
) -> Result<Tokens> {
    let Some(token) = &tokens.refresh else {
        let error = Error::new(Kind::Authentication, "no refresh token for Basecamp");
        return Err(error.hint(AGAIN));
    };
    // The client's secret is for the server that the options name, and for no other: tokens that
    // came from elsewhere came to a client without a secret.
    let (endpoints, ours) = match &tokens.endpoints {
        Some(endpoints) => (endpoints, false),
        None => (endpoints, true),
    };
    let client = grant::client(app, &endpoints.token, ours);
    let presented = oauth2::RefreshToken::new(token.expose_secret().to_owned());
    let mut request = client.exchange_refresh_token(&presented);
    if let Some(resource) = &tokens.resource {
        request = request.add_extra_param("resource", resource);
    }
    if dialect == Dialect::V2 {
        request = request.add_extra_param("type", "refresh");
        let redirect_uri = tokens.redirect_uri.as_ref().unwrap_or(&app.callback_url);
        request = request.add_extra_param("redirect_uri", redirect_uri);
    }
    let mut secrets = vec![token.clone(), tokens.access.clone()];
    secrets.extend(app.client_secret.clone());
    let ask = grant::sender(&http.reaching(endpoints.private)?, Asked::Refresh, secrets);
    let answer = request.request_async(&ask).await.map_err(grant::failed)?;
    Ok(answer.tokens(Some(tokens), now()))
}

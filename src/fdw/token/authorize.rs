//! How a person lets a connection act for them: the address, the wait for the browser, the code.

use std::time::Duration;

use pgrx::prelude::*;

use super::super::connection::Connection;
use super::super::report::tell;
use super::super::setting::in_recovery;
use super::super::wait;
use super::login::Exchange;
use super::worker::{self, Work};
use super::{login, rescue, store};
use crate::error::{Error, Kind, Result};
use crate::oauth::{self, App, Code, Pending, Stored, loopback};

/// How long a statement waits for the browser where nobody said otherwise.
pub const BROWSER: Duration = Duration::from_secs(300);

/// The address at which a person allows access. What belongs to it is remembered.
///
/// # Errors
/// When there is no application, or the store cannot be written.
pub fn begin(connection: &Connection, app: &App, state: Option<&str>) -> Result<String> {
    let endpoints = connection.endpoints()?;
    let (url, pending) = oauth::authorization_url(&endpoints, app, connection.dialect(), state)?;
    if in_recovery() {
        rescue::remember_pending(connection, &pending);
    } else {
        worker::run(connection, Work::Pend(pending.to_bytes().to_vec()), None)?;
    }
    Ok(url.into())
}

/// Trades a code, or the address with it, for tokens, and stores them. `explicit`: whether the caller
/// said which callback URL the code came by; a code that came by another than the address given out
/// last has nothing to do with it.
///
/// # Errors
/// When the server refuses it, or it belongs to no pending authorization.
pub fn finish(
    connection: &Connection,
    app: &App,
    verifier: &str,
    explicit: bool,
) -> Result<Stored> {
    let code = oauth::read_verifier(verifier)?;
    let pending = match code.state {
        Some(_) => known(connection, &code)?,
        None => {
            let latest = store::pending(connection, login::now())?.into_iter().next();
            latest.filter(|latest| !explicit || latest.callback_url == app.callback_url)
        }
    };
    login::trade(connection, Exchange { app: app.clone(), code: code.code, pending })
}

/// The pending authorization that a code's address names, or none where it names none.
///
/// # Errors
/// When it is none that was given out to this user.
pub(super) fn known(connection: &Connection, code: &Code) -> Result<Option<Pending>> {
    let Some(state) = &code.state else {
        return Ok(None);
    };
    let mut pending = store::pending(connection, login::now())?.into_iter();
    let known = pending.find(|pending| pending.knows(state));
    known.map(Some).ok_or_else(|| {
        Error::new(Kind::Authentication, "the callback belongs to another authorization request")
            .detail("Its state is none that was given out to this user in the last hour.")
            .hint("Get a new address from basecamp.get_oauth_authorization_url.")
    })
}

/// Shows the address at which a person allows access, waits for the browser, and stores the tokens.
/// Nobody is kept from renewing tokens meanwhile.
///
/// # Errors
/// When nobody comes in time, access is refused, or the callback address cannot be listened on.
pub fn authorize(
    connection: &Connection,
    callback_url: Option<&str>,
    scope: Option<&str>,
    timeout: Duration,
) -> Result<Stored> {
    browse(connection, callback_url, scope, timeout)
}

/// The same for a statement that has no tokens.
///
/// # Errors
/// As [`authorize`].
pub(super) fn browse(
    connection: &Connection,
    callback_url: Option<&str>,
    scope: Option<&str>,
    timeout: Duration,
) -> Result<Stored> {
    let app = connection.app(callback_url, scope)?;
    let endpoints = connection.endpoints()?;
    let (url, pending) = oauth::authorization_url(&endpoints, &app, connection.dialect(), None)?;
    let callback = app.callback_url.clone();
    let listener = wait::run(async move { loopback::Listener::bind(&callback).await })??;
    tell(
        PgLogLevel::NOTICE,
        format!("open this address in a browser on this server's machine: {url}"),
        "The statement goes on when access was allowed. Cancel it to give up.",
    );
    let known = pending.clone();
    let code = wait::run(async move { listener.code(&known, timeout).await })??;
    login::trade(connection, Exchange { app, code: code.code, pending: Some(pending) })
}

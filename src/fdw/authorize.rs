//! How a person lets a connection act for them: the address, the wait for the browser, the code.

use std::time::Duration;

use pgrx::prelude::*;
use secrecy::ExposeSecret as _;

use super::connection::Connection;
use super::report::tell;
use super::worker::{self, Work};
use super::{lock, login, store, wait};
use crate::error::{Error, Kind, Result};
use crate::oauth::{self, App, Code, Pending, Stored, loopback};
use crate::option::Location;

/// How long a statement waits for the browser where nobody said otherwise.
pub const BROWSER: Duration = Duration::from_secs(300);

/// The address at which a person allows access. What belongs to it is remembered.
///
/// # Errors
/// When there is no application, or the store cannot be written.
pub fn begin(connection: &Connection, app: &App, state: Option<&str>) -> Result<String> {
    let endpoints = connection.endpoints()?;
    let (url, pending) = oauth::authorization_url(&endpoints, app, connection.dialect(), state)?;
    if store::in_recovery() {
        store::remember_pending(connection, &pending);
    } else {
        worker::run(connection, Work::Pend(pending.to_bytes().to_vec()))?;
    }
    Ok(url.into())
}

/// Trades a code, or the address with it, for tokens, and stores them.
///
/// # Errors
/// When the server refuses it, or it belongs to no pending authorization.
pub fn finish(connection: &Connection, app: &App, verifier: &str) -> Result<Stored> {
    let _turn = lock::acquire(lock::Place::Turn, connection);
    let options = login::fingerprint(connection)?;
    exchange(connection, app, verifier, options)
}

/// Trades a code for tokens, whose turn the caller has.
///
/// # Errors
/// As [`finish`].
pub(super) fn exchange(
    connection: &Connection,
    app: &App,
    verifier: &str,
    options: String,
) -> Result<Stored> {
    let code = oauth::read_verifier(verifier)?;
    let mut pending = store::pending(connection, login::now())?;
    let known = code.state.as_ref().and_then(|state| {
        let place = pending.iter().position(|pending| pending.knows(state))?;
        Some(pending.swap_remove(place))
    });
    if code.state.is_some() && known.is_none() {
        return Err(Error::new(
            Kind::Authentication,
            "the callback belongs to another authorization request",
        )
        .detail("Its state is none that was given out to this user in the last hour.")
        .hint("Get a new address from basecamp.get_oauth_authorization_url."));
    }
    let latest = || (!pending.is_empty()).then(|| pending.swap_remove(0));
    let pending = known.or_else(latest);
    trade(connection, app, code, pending, options)
}

fn trade(
    connection: &Connection,
    app: &App,
    code: Code,
    pending: Option<Pending>,
    options: String,
) -> Result<Stored> {
    if connection.options.location() == Location::Catalog && !store::in_recovery() {
        let work = Work::Exchange {
            app: app.into(),
            code: code.code.expose_secret().to_owned(),
            state: code.state,
            pending: pending.map(|pending| pending.to_bytes().to_vec()),
            options,
        };
        worker::run(connection, work)?;
        return login::stored_now(connection);
    }
    let (http, endpoints) = (connection.http()?, connection.endpoints()?);
    let (app, dialect) = (app.clone(), connection.dialect());
    let tokens = wait::run(async move {
        oauth::exchange(&http, &endpoints, &app, dialect, &code, pending.as_ref()).await
    })??;
    login::keep_as(connection, tokens, options)
}

/// Shows the address at which a person allows access, waits for the browser, and stores the tokens.
///
/// # Errors
/// When nobody comes in time, access is refused, or the callback address cannot be listened on.
pub fn authorize(
    connection: &Connection,
    callback_url: Option<&str>,
    scope: Option<&str>,
    timeout: Duration,
) -> Result<Stored> {
    let _turn = lock::acquire(lock::Place::Turn, connection);
    browse(connection, callback_url, scope, timeout)
}

/// The same for a caller that has the turn.
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
    let options = login::fingerprint(connection)?;
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
    trade(connection, &app, code, Some(pending), options)
}

//! Which tokens a connection presents, and how it comes by others.
//!
//! What is stored wins over the options that it replaced; options that were changed since win again.
//! Tokens are renewed once for all who notice together: whoever gets the turn looks first whether
//! somebody was faster.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

use super::connection::{Connection, OptionTokens};
use super::store::{self, Found};
use super::worker::{self, Work};
use super::{authorize, keyring, lock, wait};
use crate::error::{Error, Kind, Result};
use crate::oauth::{self, App, Stored, Tokens, settings};
use crate::option::{Initiate, Location};

/// How long a refusal of a refresh token is believed without asking again: a mistake on the other side
/// does not last for ever.
const BELIEVED: Duration = Duration::from_secs(60);

/// The time, in seconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().try_into().unwrap_or(i64::MAX))
}

/// Whether two secrets are the same.
pub fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// What a connection has.
enum Hand {
    /// Tokens. Without an access token there is at least one to renew with.
    Tokens(Box<Stored>),
    /// A code that was not exchanged yet, and the fingerprint of the options that it is from.
    Verifier(SecretString, String),
    /// Nothing.
    Nothing,
}

impl Hand {
    fn of(stored: Stored) -> Self {
        Self::Tokens(Box::new(stored))
    }
}

/// What a connection has: the stored tokens, or those of the options if they were replaced since.
fn hand(connection: &Connection) -> Result<Hand> {
    let found = store::read(connection)?;
    let options = connection.tokens();
    if options.is_empty() {
        return Ok(found.map_or(Hand::Nothing, |found| Hand::of(found.stored)));
    }
    match found {
        Some(Found { stored, key }) if stored.options == key.fingerprint(&options.bytes()) => {
            Ok(Hand::of(stored))
        }
        _ => of_options(connection, options),
    }
}

fn of_options(connection: &Connection, options: OptionTokens) -> Result<Hand> {
    // A verifier is asked for once; what it gives is stored with this fingerprint.
    if let Some(verifier) = options.verifier.clone()
        && options.access.is_none()
    {
        return Ok(Hand::Verifier(verifier, fingerprint(connection)?));
    }
    let access = options.access.clone().unwrap_or_default();
    let renews = options.refresh.is_some() && connection.options.initiate() != Initiate::Off;
    let stored = Stored {
        tokens: Tokens { refresh: options.refresh.clone(), ..Tokens::of_access(access) },
        refreshed_at: now(),
        // Only what is going to be stored needs a key.
        options: if renews { fingerprint(connection)? } else { String::new() },
    };
    Ok(Hand::of(stored))
}

/// The fingerprint of a connection's options, under the present key.
///
/// # Errors
/// When there is no key.
pub(super) fn fingerprint(connection: &Connection) -> Result<String> {
    let key = if store::in_recovery() && connection.options.location() == Location::Catalog {
        keyring::of_memory()
    } else {
        keyring::present(store::is_empty()?)?
    };
    Ok(key.fingerprint(&connection.tokens().bytes()))
}

fn renewable(connection: &Connection, stored: &Stored) -> bool {
    stored.tokens.refresh.is_some() && connection.options.initiate() != Initiate::Off
}

fn usable(stored: &Stored) -> bool {
    !stored.tokens.access.expose_secret().is_empty()
}

/// The tokens to begin a statement with: renewed ahead of their end, or asked for if there are none.
///
/// # Errors
/// When there are none to be had.
pub fn ready(connection: &Connection) -> Result<Stored> {
    if let Hand::Tokens(stored) = hand(connection)?
        && is_ready(connection, &stored)
    {
        return Ok(*stored);
    }
    let _turn = lock::acquire(lock::Place::Turn, connection);
    match hand(connection)? {
        Hand::Tokens(stored) if is_ready(connection, &stored) => Ok(*stored),
        Hand::Tokens(stored) if renewable(connection, &stored) => {
            match refresh(connection, (*stored).clone(), false) {
                // Still good: the authorization server may be back before it ends.
                Err(_) if usable(&stored) && !stored.tokens.expires_within(1, now()) => Ok(*stored),
                outcome => outcome,
            }
        }
        Hand::Verifier(verifier, options) if connection.options.initiate() != Initiate::Off => {
            let app = connection.app(None, None)?;
            authorize::exchange(connection, &app, verifier.expose_secret(), options)
        }
        Hand::Nothing if connection.options.initiate() == Initiate::GetAndRefresh => {
            authorize::browse(connection, None, None, authorize::BROWSER)
        }
        hand => Err(no_token(connection, &hand)),
    }
}

/// The tokens at hand, good or not, to carry them elsewhere.
///
/// # Errors
/// When there are none.
pub fn tokens(connection: &Connection) -> Result<Tokens> {
    match hand(connection)? {
        Hand::Tokens(stored) => Ok(stored.tokens),
        hand => Err(no_token(connection, &hand)),
    }
}

fn is_ready(connection: &Connection, stored: &Stored) -> bool {
    usable(stored) && !(renewable(connection, stored) && stored.is_due(now()))
}

fn no_token(connection: &Connection, hand: &Hand) -> Error {
    let server = &connection.server;
    let hint = match hand {
        Hand::Nothing => format!(
            "SELECT basecamp.authorize('{server}'), or basecamp.get_oauth_authorization_url and \
             basecamp.get_oauth_access_token, or set oauthaccesstoken in the user mapping."
        ),
        Hand::Tokens(_) | Hand::Verifier(..) => {
            "Set option initiateoauth to REFRESH, so that the refresh token or verifier is used."
                .to_owned()
        }
    };
    let detail = format!(
        "None is stored for user \"{}\" and server \"{server}\". Stored tokens are kept under these \
         names; they are not found after ALTER ROLE or ALTER SERVER RENAME.",
        connection.user
    );
    Error::new(Kind::Authentication, "no access token for Basecamp").detail(detail).hint(hint)
}

/// Other tokens than one that was refused; none where there is nothing to renew with.
///
/// # Errors
/// When they cannot be had.
pub fn renew(connection: &Connection, refused: &SecretString) -> Result<Option<Stored>> {
    let _turn = lock::acquire(lock::Place::Turn, connection);
    match hand(connection)? {
        Hand::Tokens(stored) if usable(&stored) && !same(&stored.tokens.access, refused) => {
            Ok(Some(*stored))
        }
        Hand::Tokens(stored) if renewable(connection, &stored) => {
            refresh(connection, *stored, false).map(Some)
        }
        _ => Ok(None),
    }
}

/// Renews by hand, with a refresh token that is given or the one at hand.
///
/// # Errors
/// When there is none, or it is refused.
pub fn renew_by_hand(connection: &Connection, given: Option<SecretString>) -> Result<Stored> {
    let _turn = lock::acquire(lock::Place::Turn, connection);
    let mut stored = match (hand(connection)?, &given) {
        (Hand::Tokens(stored), _) => *stored,
        (_, Some(_)) => Stored {
            tokens: Tokens::of_access(SecretString::default()),
            refreshed_at: now(),
            options: String::new(),
        },
        (hand, None) => return Err(no_token(connection, &hand)),
    };
    if let Some(given) = given {
        stored.tokens.refresh = Some(given);
    }
    stored.options = fingerprint(connection)?;
    refresh(connection, stored, true)
}

fn refresh(connection: &Connection, stored: Stored, forced: bool) -> Result<Stored> {
    if !forced && let Some(error) = refused_before(connection, &stored) {
        return Err(error);
    }
    let token = stored.tokens.refresh.clone();
    let outcome = refresh_once(connection, stored, forced);
    if let (Err(error), Some(token)) = (&outcome, token)
        && error.kind() == Kind::Authentication
    {
        let refusal = Refusal {
            connection: connection.clone(),
            token,
            at: Instant::now(),
            error: error.clone(),
        };
        REFUSED.with_borrow_mut(|refused| refused.insert(connection.mapping, refusal));
    }
    outcome
}

/// A refresh token that was refused will be again: the service is not asked at every statement.
struct Refusal {
    connection: Connection,
    token: SecretString,
    at: Instant,
    error: Error,
}

thread_local! {
    static REFUSED: RefCell<HashMap<u32, Refusal>> = RefCell::default();
}

/// The refusal of this very token, with these very options, not long ago.
fn refused_before(connection: &Connection, stored: &Stored) -> Option<Error> {
    let token = stored.tokens.refresh.as_ref()?;
    REFUSED.with_borrow(|refused| {
        let refusal = refused.get(&connection.mapping)?;
        let again = refusal.connection == *connection && same(&refusal.token, token);
        (again && refusal.at.elapsed() < BELIEVED).then(|| refusal.error.clone())
    })
}

fn refresh_once(connection: &Connection, stored: Stored, forced: bool) -> Result<Stored> {
    let app = connection.app(None, None)?;
    match connection.options.location() {
        Location::File(path) => refresh_file(connection, &path, app, stored, forced),
        Location::Catalog if store::in_recovery() => {
            let renewed = asked(connection, app, stored)?;
            store::remember(connection, &renewed)?;
            Ok(renewed)
        }
        Location::Catalog => {
            let work =
                Work::Refresh { app: (&app).into(), stored: stored.to_bytes().to_vec(), forced };
            worker::run(connection, work).map_err(|error| refused(connection, error))?;
            stored_now(connection)
        }
    }
}

/// Asks for new tokens in this process.
fn asked(connection: &Connection, app: App, stored: Stored) -> Result<Stored> {
    let (http, endpoints) = (connection.http()?, connection.endpoints()?);
    let dialect = connection.dialect();
    let options = stored.options.clone();
    let request =
        async move { oauth::refresh(&http, &endpoints, &app, dialect, &stored.tokens).await };
    let tokens = wait::run(request)?.map_err(|error| refused(connection, error))?;
    Ok(Stored { tokens, refreshed_at: now(), options })
}

fn refresh_file(
    connection: &Connection,
    path: &std::path::Path,
    app: App,
    stored: Stored,
    forced: bool,
) -> Result<Stored> {
    let lock_path = path.to_owned();
    let _lock = wait::run(async move { settings::lock_patiently(&lock_path).await })??;
    if let Some(found) = store::read(connection)?
        && !forced
        && found.stored.options == stored.options
        && !same(&found.stored.tokens.access, &stored.tokens.access)
    {
        return Ok(found.stored);
    }
    // Before anything is asked for: what comes must be kept.
    let key = keyring::present(!path.exists() && store::is_empty()?)?;
    let (kept, associated) = (path.to_owned(), connection.associated());
    let (http, endpoints) = (connection.http()?, connection.endpoints()?);
    let dialect = connection.dialect();
    // Written by the thread that got it: a cancel of the statement does not lose it.
    let request = async move {
        let tokens = oauth::refresh(&http, &endpoints, &app, dialect, &stored.tokens).await?;
        let renewed = Stored { tokens, refreshed_at: now(), options: stored.options };
        settings::write(&kept, &key, &associated, &renewed)?;
        Ok(renewed)
    };
    wait::run(request)?.map_err(|error| refused(connection, error))
}

/// What the store has after a worker put it there.
///
/// # Errors
/// When it is gone.
pub(super) fn stored_now(connection: &Connection) -> Result<Stored> {
    let found = store::read(connection)?;
    found.map(|found| found.stored).ok_or_else(|| {
        let message = "the stored tokens were removed while they were renewed";
        Error::new(Kind::Authentication, message)
    })
}

/// Says what to do about tokens that are refused for good.
fn refused(connection: &Connection, error: Error) -> Error {
    if error.kind() != Kind::Authentication {
        return error;
    }
    let server = &connection.server;
    error.hint(format!(
        "Authorize again: SELECT basecamp.authorize('{server}'), or basecamp.get_oauth_authorization_url \
         and basecamp.get_oauth_access_token."
    ))
}

/// Stores tokens that came to this process.
///
/// # Errors
/// When the store cannot be written.
pub fn keep(connection: &Connection, tokens: Tokens) -> Result<Stored> {
    let _turn = lock::acquire(lock::Place::Turn, connection);
    let options = fingerprint(connection)?;
    keep_as(connection, tokens, options)
}

/// Stores tokens with a fingerprint of the options that they replace.
///
/// # Errors
/// When the store cannot be written.
pub(super) fn keep_as(connection: &Connection, tokens: Tokens, options: String) -> Result<Stored> {
    let stored = Stored { tokens, refreshed_at: now(), options };
    match connection.options.location() {
        Location::File(path) => {
            let lock_path = path.clone();
            let _lock = wait::run(async move { settings::lock_patiently(&lock_path).await })??;
            let key = keyring::present(!path.exists() && store::is_empty()?)?;
            settings::write(&path, &key, &connection.associated(), &stored)?;
        }
        Location::Catalog if store::in_recovery() => store::remember(connection, &stored)?,
        Location::Catalog => {
            worker::run(connection, Work::Store(stored.to_bytes().to_vec()))?;
        }
    }
    Ok(stored)
}

/// Removes what is stored; true if there was anything.
///
/// # Errors
/// When it cannot be removed.
pub fn forget(connection: &Connection) -> Result<bool> {
    store::forget_memory(connection);
    match connection.options.location() {
        Location::File(path) => match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::new(
                Kind::Configuration,
                format!("could not remove settings file \"{}\"", path.display()),
            )
            .detail(format!("{error}."))),
        },
        Location::Catalog => {
            let there = !store::rows(store::Table::Tokens, connection)?.is_empty();
            let Connection { server, user, .. } = connection;
            worker::as_owner(|| {
                store::delete(store::Table::Tokens, server, user)?;
                store::delete(store::Table::Pending, server, user)
            })?;
            store::delete_rescue(connection);
            Ok(there)
        }
    }
}

//! Which tokens a connection presents, and how it comes by others: the keeper of a session.

use std::future::{Future, ready as at_once};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use pgrx::prelude::*;
use secrecy::{ExposeSecret as _, SecretString};

use super::super::connection::Connection;
use super::super::report::tell;
use super::super::setting::{self, in_recovery};
use super::super::wait;
use super::store::{self, Shelf};
use super::worker::{self, Applicant, Task, Work};
use super::{authorize, lock, rescue};
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::{self, Asker, Grant, Hand, Order, Presenter, Readiness, Rules};
use crate::oauth::{self, App, Pending, Stored, Tokens};
use crate::option::Initiate;
use crate::seal::key_file;

pub use crate::oauth::now;

/// How much longer than one request anybody waits for others of the same mapping.
const SLACK: Duration = Duration::from_secs(10);
/// How often it is looked whether another session's browser has come.
const PERIOD: Duration = Duration::from_millis(100);

/// Whether two secrets are the same.
pub fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// What the options say of keeping tokens.
///
/// # Errors
/// When they name no authorization server that may be used.
pub(super) fn rules(connection: &Connection) -> Result<Rules> {
    let initiate = connection.options.initiate();
    // Without an application nothing is presented, so that its name does not matter.
    let app = connection.app(None, None).ok();
    let secret = app.as_ref().and_then(|app| app.client_secret.clone()).unwrap_or_default();
    let id = app.map(|app| app.client_id).unwrap_or_default();
    let who = format!("{id}\0{}", connection.endpoints()?.token);
    Ok(Rules {
        options: connection.tokens(),
        renews: initiate != Initiate::Off,
        // The tokens of all users are asked for by who decides for them.
        begins: initiate == Initiate::GetAndRefresh && connection.is_own(),
        waits_for_refusal: in_recovery(),
        who: keeper::mark(&who, &secret),
        patience: connection.options.timeout() + SLACK,
    })
}

/// A session's orders are performed by a worker, which outlives it.
struct Session<'a> {
    connection: &'a Connection,
    /// What a person wants exchanged, if this is that.
    exchange: Option<Exchange>,
}

/// A code, for whom it is, and the authorization that it ends.
pub(super) struct Exchange {
    /// The application.
    pub app: App,
    /// The code alone.
    pub code: SecretString,
    /// What was remembered when its address was made.
    pub pending: Option<Pending>,
}

impl<'a> Session<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self { connection, exchange: None }
    }

    fn perform(&self, order: Order) -> Result<Stored> {
        let connection = self.connection;
        if in_recovery() {
            check_standby(connection, &order)?;
        }
        let (app, code, pending) = self.parties(&order)?;
        // A standby may lack its primary's key, and then cannot keep anything.
        if in_recovery() && key_file::read(&setting::key_file()).is_err() {
            let applicant = Applicant::new(connection, app, code, pending)?;
            return here(connection, applicant, &order).and_then(judged);
        }
        let patience = order.works.then_some(keeper::COURTESY);
        let task = Task::new(&app, order, code, pending.as_ref());
        worker::run(connection, Work::Perform(task), patience)
            .map_err(|error| refused(connection, error))?;
        stored_now(connection).and_then(judged)
    }

    /// Who presents what.
    fn parties(&self, order: &Order) -> Result<(App, Option<SecretString>, Option<Pending>)> {
        if let Some(Exchange { app, code, pending }) = &self.exchange {
            return Ok((app.clone(), Some(code.clone()), pending.clone()));
        }
        let app = self.connection.app(None, None)?;
        let Some(verifier) = &order.code else {
            return Ok((app, None, None));
        };
        let code = oauth::read_verifier(verifier.expose_secret())?;
        let pending = authorize::known(self.connection, &code)?;
        Ok((app, Some(code.code), pending))
    }
}

impl Presenter for Session<'_> {
    fn present(&self, order: Order) -> impl Future<Output = Result<Stored>> + Send {
        at_once(self.perform(order))
    }
}

/// Performs an order in this process: what comes is in its memory alone.
fn here(connection: &Connection, applicant: Applicant, order: &Order) -> Result<Stored> {
    struct Here(Applicant);
    impl Asker for Here {
        fn ask(&self, grant: Grant) -> impl Future<Output = Result<Tokens>> + Send {
            let applicant = self.0.clone();
            at_once(wait::run(async move { applicant.ask(grant).await }).flatten())
        }
    }
    let fingerprint = super::keyring::of_memory().fingerprint(&connection.tokens().bytes());
    let (shelf, rules) = (Shelf::new(connection), rules(connection)?);
    drive(keeper::perform(&shelf, &Here(applicant), &rules, order, &fingerprint))?
        .map_err(|error| refused(connection, error))
}

/// A standby cannot store what it gets, and what it presents may be the primary's.
fn check_standby(connection: &Connection, order: &Order) -> Result<()> {
    let server = &connection.server;
    if order.code.is_none() && !setting::renews_on_standby() {
        let message = "tokens are not renewed on a standby server";
        return Err(Error::new(Kind::ReadOnly, message)
            .detail("What is renewed here cannot be stored, and may end the primary server's tokens.")
            .hint(format!(
                "Renew them on the primary server: SELECT FROM \
                 basecamp.refresh_oauth_access_token('{server}'). A superuser can allow it here with \
                 the setting basecamp_fdw.renew_on_standby."
            )));
    }
    tell(
        PgLogLevel::WARNING,
        format!("new tokens for server \"{server}\" cannot be stored on a standby server"),
        "They are kept on this machine. The primary server's may have ended: renew them there.",
    );
    Ok(())
}

/// Drives the keeper over a session's store, which never waits in the way of a future.
fn drive<T>(future: impl Future<Output = T>) -> Result<T> {
    let unfinished = || Error::new(Kind::Configuration, "the store of a session was not ready");
    future.now_or_never().ok_or_else(unfinished)
}

/// The tokens to begin a statement with: renewed ahead of their end, or asked for if there are none.
///
/// # Errors
/// When there are none to be had.
pub fn ready(connection: &Connection) -> Result<Stored> {
    let (shelf, session, rules) =
        (Shelf::new(connection), Session::of(connection), rules(connection)?);
    let readiness = drive(keeper::ready(&shelf, &session, &rules))??;
    let unsettled = store::is_unsettled();
    match readiness {
        Readiness::Tokens(stored) => {
            if unsettled {
                settle(connection);
            }
            Ok(*stored)
        }
        Readiness::Begin => begin(connection),
        Readiness::Missing(hand) => Err(no_token(connection, &hand)),
    }
}

/// Has what was rescued stored, and what is sealed for old names sealed for the new ones. If that is
/// not to be had, the next session tries again.
fn settle(connection: &Connection) {
    thread_local! {
        static TRIED: std::cell::RefCell<std::collections::HashSet<u32>> =
            std::cell::RefCell::default();
    }
    if TRIED.with_borrow_mut(|tried| tried.insert(connection.mapping)) {
        let turn = drive(keeper::Store::turn(&Shelf::new(connection)));
        if let Ok(Ok(Some(_turn))) = turn {
            let _ = worker::run(connection, Work::Settle, Some(keeper::COURTESY));
        }
    }
}

/// Asks for the browser, once for all sessions that have nothing.
fn begin(connection: &Connection) -> Result<Stored> {
    let begun = Instant::now();
    let _browser = loop {
        if let Some(browser) = lock::of(lock::Place::Browser, connection) {
            break browser;
        }
        if begun.elapsed() > authorize::BROWSER {
            let message = "another session is still waiting for the browser";
            return Err(Error::new(Kind::Busy, message));
        }
        wait::pause(PERIOD)?;
    };
    match store::contents(connection)?.hand(&connection.tokens()) {
        Hand::Tokens(stored) => Ok(*stored),
        _ => authorize::browse(connection, None, None, authorize::BROWSER),
    }
}

/// The tokens at hand, good or not, to carry them elsewhere.
///
/// # Errors
/// When there are none.
pub fn tokens(connection: &Connection) -> Result<Tokens> {
    match store::contents(connection)?.hand(&connection.tokens()) {
        Hand::Tokens(stored) => Ok(stored.tokens),
        hand => Err(no_token(connection, &hand)),
    }
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
    let detail =
        format!("None is stored for user \"{}\" and server \"{server}\".", connection.user);
    Error::new(Kind::Authentication, "no access token for Basecamp").detail(detail).hint(hint)
}

/// Other tokens than one that was refused; none where there is nothing to renew with.
///
/// # Errors
/// When they cannot be had.
pub fn renew(connection: &Connection, refused: &SecretString) -> Result<Option<Stored>> {
    let (shelf, session) = (Shelf::new(connection), Session::of(connection));
    drive(keeper::replace(&shelf, &session, &rules(connection)?, refused))?
}

/// Renews by hand, with a refresh token that is given or the one at hand.
///
/// # Errors
/// When there is none, or it is refused.
pub fn renew_by_hand(connection: &Connection, given: Option<SecretString>) -> Result<Stored> {
    let contents = store::contents(connection)?;
    let hand = contents.hand(&connection.tokens());
    if given.is_none() && !matches!(hand, Hand::Tokens(_)) {
        return Err(no_token(connection, &hand));
    }
    let known = contents.id().map(str::to_owned);
    let order = Order { given, known, ..Order::default() };
    by_hand(connection, &Session::of(connection), order)
}

/// Trades a code, of a pending authorization or another, for tokens.
///
/// # Errors
/// When it is refused.
pub(super) fn trade(connection: &Connection, exchange: Exchange) -> Result<Stored> {
    let code = Some(exchange.code.clone());
    let session = Session { connection, exchange: Some(exchange) };
    by_hand(connection, &session, Order { code, ..Order::default() })
}

fn by_hand(connection: &Connection, presenter: &impl Presenter, order: Order) -> Result<Stored> {
    drive(keeper::by_hand(&Shelf::new(connection), presenter, &rules(connection)?, order))?
}

/// What the store has after a worker put it there.
///
/// # Errors
/// When it is gone.
fn stored_now(connection: &Connection) -> Result<Stored> {
    // Under another name, if it got one meanwhile.
    let connection = Connection::of_mapping(connection.mapping);
    let contents = connection.as_ref().map(store::contents).transpose()?;
    let newest = contents.and_then(|contents| contents.newest().cloned());
    newest.map(|record| record.stored).ok_or_else(worker::removed)
}

/// Judges an answer, now that it is kept.
fn judged(stored: Stored) -> Result<Stored> {
    for remark in &stored.tokens.remarks {
        let message = format!("unusual answer from the authorization server: {remark}");
        tell(PgLogLevel::WARNING, message, "The tokens in it were stored.");
    }
    if !stored.tokens.access.expose_secret().is_empty() {
        return Ok(stored);
    }
    Err(Error::malformed("unexpected answer from the authorization server")
        .detail("It has a refresh token, which was stored, but no access token.")
        .hint("Try again: the new refresh token is used then."))
}

/// Says what to do about tokens that are refused for good.
fn refused(connection: &Connection, error: Error) -> Error {
    if error.kind() != Kind::Authentication || error.hint_text() != Some(oauth::AGAIN) {
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
    struct Storing<'a>(&'a Connection, Stored);
    impl Presenter for Storing<'_> {
        fn present(&self, _order: Order) -> impl Future<Output = Result<Stored>> + Send {
            let bytes = self.1.to_bytes(&self.0.owner()).to_vec();
            at_once(worker::run(self.0, Work::Store(bytes), None).map(|()| self.1.clone()))
        }
    }
    let fingerprint = super::keyring::of_memory().fingerprint(&connection.tokens().bytes());
    let stored = Stored::new(tokens, now(), fingerprint);
    if !in_recovery() {
        return by_hand(connection, &Storing(connection, stored), Order::default())
            .and_then(judged);
    }
    let base = store::contents(connection)?.base().map(str::to_owned);
    let stored = Stored { replaces: base, ..stored };
    match key_file::read(&setting::key_file()) {
        Ok(key) => rescue::write(connection, &key, &stored)?,
        Err(_) => rescue::remember(connection, &stored),
    }
    Ok(stored)
}

/// Removes what is stored; true if there was anything.
///
/// # Errors
/// When it cannot be removed.
pub fn forget(connection: &Connection) -> Result<bool> {
    store::forget(connection)
}

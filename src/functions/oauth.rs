//! Getting, storing, moving and looking at tokens.

use std::time::Duration;

use pgrx::prelude::*;
use secrecy::{ExposeSecret as _, SecretString};

use super::required;
use crate::error::{Error, Kind, Result};
use crate::fdw::connection::Connection;
use crate::fdw::encoding::Text;
use crate::fdw::report::{OrReport as _, tell};
use crate::fdw::{authorize, login, rename, rotation, wait};
use crate::oauth::{self, Identity, Stored, Tokens, device, discovery};
use crate::option::Initiate;
use crate::seal;

/// Where the API of Basecamp 3 is, whose server is asked for an authorization server of devices.
const API: &str = "https://3.basecampapi.com";
/// The longest exported text that is looked at, in bytes: many times what an export has.
const LONGEST_SETTINGS: usize = 1_048_576;

/// Access token, refresh token, and seconds until the first expires.
type Grant = TableIterator<
    'static,
    (
        name!(access_token, Option<Text>),
        name!(refresh_token, Option<Text>),
        name!(expires_in, Option<i64>),
    ),
>;

fn grant(stored: &Stored) -> Grant {
    let Tokens { access, refresh, expires_at, .. } = &stored.tokens;
    let exposed = |secret: &SecretString| Text(secret.expose_secret().to_owned());
    let expires_in = expires_at.map(|end| end.saturating_sub(login::now()).max(0));
    let refresh = refresh.as_ref().map(exposed);
    TableIterator::once((Some(exposed(access)), refresh, expires_in))
}

#[pg_extern]
fn get_oauth_authorization_url(
    server: Option<Text>,
    callback_url: Option<Text>,
    scope: Option<Text>,
    state: Option<Text>,
) -> String {
    let url = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let app = connection.app(callback_url.as_deref(), scope.as_deref())?;
        authorize::begin(&connection, &app, state.as_deref())
    };
    url().or_report()
}

#[pg_extern]
fn get_oauth_access_token(
    server: Option<Text>,
    verifier: Option<Text>,
    callback_url: Option<Text>,
    scope: Option<Text>,
    auth_mode: Option<Text>,
) -> Grant {
    let stored = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let (callback_url, scope) = (callback_url.as_deref(), scope.as_deref());
        match (auth_mode.as_deref().unwrap_or("WEB"), verifier.as_deref()) {
            (mode, None) if mode.eq_ignore_ascii_case("APP") => {
                authorize::authorize(&connection, callback_url, scope, authorize::BROWSER)
            }
            (mode, Some(verifier))
                if mode.eq_ignore_ascii_case("APP") || mode.eq_ignore_ascii_case("WEB") =>
            {
                if scope.is_some() {
                    return Err(scope_is_late());
                }
                let app = connection.app(callback_url, None)?;
                authorize::finish(&connection, &app, verifier, callback_url.is_some())
            }
            (mode, None) if mode.eq_ignore_ascii_case("WEB") => Err(Error::new(
                Kind::Invalid,
                "argument \"verifier\" is required with auth_mode WEB",
            )
            .hint("It is the code, or the whole address, that the browser was sent to.")),
            (mode, _) => Err(Error::new(Kind::Invalid, format!("invalid auth_mode \"{mode}\""))
                .hint("Valid values are: APP, WEB.")),
        }
    };
    grant(&stored().or_report())
}

/// What a code is good for was decided when it was asked for.
fn scope_is_late() -> Error {
    Error::new(Kind::Invalid, "argument \"scope\" cannot be used with a verifier")
        .detail("What was asked for, and allowed, is fixed in the code.")
        .hint("Give the scope to basecamp.get_oauth_authorization_url, or set option scope before it.")
}

#[pg_extern]
fn refresh_oauth_access_token(server: Option<Text>, refresh_token: Option<Text>) -> Grant {
    let stored = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let given = refresh_token.as_deref().map(|token| token.to_owned().into());
        login::renew_by_hand(&connection, given)
    };
    grant(&stored().or_report())
}

#[pg_extern]
fn set_oauth_tokens(
    server: Option<Text>,
    access_token: Option<Text>,
    refresh_token: Option<Text>,
    expires_in: Option<i64>,
) {
    let set = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let access = required("access_token", access_token.as_deref())?;
        if access.is_empty() || expires_in.is_some_and(|seconds| seconds <= 0) {
            let message = "the access token must not be empty, and expires_in must be positive";
            return Err(Error::new(Kind::Invalid, message));
        }
        let expires_at = expires_in.map(|seconds| login::now().saturating_add(seconds));
        let tokens = Tokens {
            refresh: refresh_token.as_deref().map(|token| token.to_owned().into()),
            expires_at,
            ..Tokens::of_access(access.to_owned().into())
        };
        login::keep(&connection, tokens).map(drop)
    };
    set().or_report();
}

#[pg_extern]
fn authorize(server: Option<Text>, timeout: Option<i32>) {
    let authorized = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let timeout = match timeout {
            None => authorize::BROWSER,
            Some(seconds) => u64::try_from(seconds)
                .ok()
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs)
                .ok_or_else(|| Error::new(Kind::Invalid, "the timeout must be positive"))?,
        };
        authorize::authorize(&connection, None, None, timeout).map(drop)
    };
    authorized().or_report();
}

#[pg_extern]
fn authorize_device(server: Option<Text>) {
    let authorized = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let app = connection.app(None, None)?;
        let (origin, options) = whereabouts(&connection);
        let http = connection.http()?;
        let started =
            wait::run(async move { device::start(&http, &origin, &app, &options).await })??;
        tell(
            PgLogLevel::NOTICE,
            format!(
                "open {} on any device and enter the code {}",
                started.verification_uri, started.user_code
            ),
            "The statement goes on when access was allowed. Cancel it to give up.",
        );
        let tokens = wait::run(async move { device::wait(&started).await })??;
        login::keep(&connection, tokens).map(drop)
    };
    authorized().or_report();
}

/// Whom to ask for the authorization server of a connection. That is no argument of any function: a
/// user could make the server look around in its own network.
fn whereabouts(connection: &Connection) -> (String, discovery::Options) {
    let url = connection.options.url();
    let options = discovery::Options {
        expected_issuer: None,
        // Where the API itself is on this machine, by a superuser's option, so may the rest be.
        private_addresses: url.is_some_and(is_loopback),
    };
    (url.unwrap_or(API).to_owned(), options)
}

fn is_loopback(url: &str) -> bool {
    let host = url::Url::parse(url).ok().and_then(|url| {
        let host = url.host()?;
        Some(match host {
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
            url::Host::Domain(name) => name == "localhost",
        })
    });
    host.unwrap_or(false)
}

#[pg_extern]
fn export_oauth_settings(server: Option<Text>, passphrase: Option<Text>) -> String {
    let exported = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let passphrase = required("passphrase", passphrase.as_deref())?.to_owned().into();
        let tokens = login::tokens(&connection)?;
        seal::seal_with_passphrase(&tokens.to_bytes(), &passphrase)
    };
    exported().or_report()
}

#[pg_extern]
fn import_oauth_settings(server: Option<Text>, settings: Option<Text>, passphrase: Option<Text>) {
    let imported = || {
        let connection = Connection::of_owner(required("server", server.as_deref())?)?;
        let settings = required("settings", settings.as_deref())?;
        let passphrase = required("passphrase", passphrase.as_deref())?.to_owned().into();
        if settings.len() > LONGEST_SETTINGS {
            return Err(Error::new(Kind::Invalid, "the exported settings are too long"));
        }
        let bytes = seal::open_with_passphrase(settings, &passphrase)?;
        let tokens = trusted(&connection, Tokens::from_bytes(&bytes)?)?;
        login::keep(&connection, tokens).map(drop)
    };
    imported().or_report();
}

/// Tokens out of a text that anybody may have made. Addresses in it would have this server send
/// requests, and tokens, wherever its maker wants: the account's own server is asked for them instead.
fn trusted(connection: &Connection, tokens: Tokens) -> Result<Tokens> {
    let tokens = Tokens { remarks: Vec::new(), ..tokens };
    let Some(named) = &tokens.endpoints else {
        return Ok(tokens);
    };
    let ((origin, options), http) = (whereabouts(connection), connection.http()?);
    let found = wait::run(async move { discovery::find(&http, &origin, &options).await })??;
    match found {
        (discovery::Found::Issuer(issuer), _) if issuer.endpoints.token == named.token => {
            Ok(Tokens { endpoints: Some(issuer.endpoints), ..tokens })
        }
        (_, why) => {
            let message = "the settings name an authorization server that is not the account's";
            let error = Error::new(Kind::Invalid, message);
            Err(match why {
                Some(why) => error.detail(format!("The account's could not be found: {why}.")),
                None => error,
            }
            .hint("Export them from a server of the same account, or authorize here."))
        }
    }
}

#[pg_extern]
fn forget_oauth_tokens(server: Option<Text>) -> bool {
    let forgotten =
        || login::forget(&Connection::of_owner(required("server", server.as_deref())?)?);
    forgotten().or_report()
}

#[pg_extern]
fn rotate_encryption_key(new_key: Option<bool>) -> i64 {
    rotation::rotate(new_key.unwrap_or(true)).or_report()
}

/// Called before ALTER SERVER.
#[pg_extern]
fn note_server_names() {
    rename::note().or_report();
}

/// Called after ALTER SERVER.
#[pg_extern]
fn follow_server_names() {
    rename::follow().or_report();
}

/// One account that the token can see.
type Accounts = TableIterator<
    'static,
    (
        name!(identity_id, i64),
        name!(identity_name, Option<Text>),
        name!(email_address, Option<Text>),
        name!(id, i64),
        name!(name, Text),
        name!(product, Option<Text>),
        name!(href, Text),
    ),
>;

#[pg_extern]
fn accounts(server: Option<Text>) -> Accounts {
    let found = || whoami(&Connection::named(required("server", server.as_deref())?)?);
    let identity = found().or_report();
    let names = [identity.first_name, identity.last_name];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = (!name.is_empty()).then_some(Text(name));
    let (id, email) = (identity.id, identity.email_address.map(Text));
    let rows = identity.accounts.into_iter().map(move |account| {
        let (title, product) = (Text(account.name), account.product.map(Text));
        (id, name.clone(), email.clone(), account.id, title, product, Text(account.href))
    });
    TableIterator::new(rows.collect::<Vec<_>>())
}

/// Asks whose the token is; once more with another one if it is refused.
pub(super) fn whoami(connection: &Connection) -> Result<Identity> {
    let stored = login::ready(connection)?;
    match ask_identity(connection, &stored) {
        Err(error) if error.kind() == Kind::Authentication => {
            if connection.options.initiate() == Initiate::Off {
                return Err(error);
            }
            match login::renew(connection, &stored.tokens.access)? {
                Some(renewed) => ask_identity(connection, &renewed),
                None => Err(error),
            }
        }
        outcome => outcome,
    }
}

fn ask_identity(connection: &Connection, stored: &Stored) -> Result<Identity> {
    let http = connection.http()?;
    // A token that discovery led to is known where it came from.
    let own = stored.tokens.endpoints.clone();
    let endpoints = own.map_or_else(|| connection.endpoints(), Ok)?;
    let access = stored.tokens.access.clone();
    wait::run(async move { oauth::identity(&http, &endpoints, &access).await })?
}

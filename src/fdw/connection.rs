//! A connection: a server as one local user sees it, with everything that its options say of logging in.
//!
//! Which mapping counts is PostgreSQL's rule: the user's own, or PUBLIC's. The stored tokens belong to
//! whoever the mapping belongs to: see [`crate::oauth::Owner`]. A settings file that is named on the
//! server is that of its owner and of PUBLIC's mapping; other users with mappings of their own have
//! nothing to do with it.

use std::ffi::c_int;
use std::fmt;

use pgrx::pg_sys;
use pgrx::pg_sys::SysCacheIdentifier::{FOREIGNSERVEROID, USERMAPPINGOID};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::compat::{may_use, owns};
use super::encoding::terminated;
use super::{options, setting};
use crate::catalog::Version;
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::OptionTokens;
use crate::oauth::{App, Dialect, Endpoints, Http, Owner};
use crate::option::Settings;

/// What the row of PUBLIC's mapping has for a user: no role can have this name.
const PUBLIC: &str = "public";
/// Where the browser is sent back to, unless an option says otherwise.
const CALLBACK: &str = "http://127.0.0.1:33333/";

/// A server, as one local user sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The server's oid.
    pub(super) server_oid: u32,
    /// The mapping's oid: another one after DROP and CREATE.
    pub(super) mapping: u32,
    /// The oid of whoever the mapping belongs to; 0: PUBLIC.
    pub(super) role: u32,
    /// The server's name.
    pub server: String,
    /// The name of whoever the mapping belongs to.
    pub user: String,
    /// The options of the server and of the mapping; the mapping's win.
    pub options: Settings,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.server)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A server and a user mapping, and what invalidations call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    server: Mark,
    mapping: Mark,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    cache: c_int,
    oid: u32,
    hash: u32,
}

impl Marks {
    /// Those of a server and a mapping, by their oids.
    fn of(server: u32, mapping: u32) -> Self {
        let server = Mark::of(FOREIGNSERVEROID as c_int, server);
        Self { server, mapping: Mark::of(USERMAPPINGOID as c_int, mapping) }
    }

    /// Whether an invalidation means either.
    pub fn has(self, cache: c_int, hash: u32) -> bool {
        [self.server, self.mapping].iter().any(|mark| mark.cache == cache && mark.hash == hash)
    }

    /// Whether both are still there.
    pub fn exist(self) -> bool {
        self.server.exists() && self.mapping.exists()
    }
}

impl Mark {
    fn of(cache: c_int, oid: u32) -> Self {
        let (key, none) = (pg_sys::Oid::from(oid).into(), pg_sys::Datum::null());
        // SAFETY: both caches have the oid as their only key.
        let hash = unsafe { pg_sys::GetSysCacheHashValue(cache, key, none, none, none) };
        Self { cache, oid, hash }
    }

    fn exists(self) -> bool {
        let (key, none) = (pg_sys::Oid::from(self.oid).into(), pg_sys::Datum::null());
        // SAFETY: as above; called inside a transaction.
        unsafe { pg_sys::SearchSysCacheExists(self.cache, key, none, none, none) }
    }
}

/// The application, as it travels to a background worker.
#[derive(Serialize, Deserialize)]
pub struct WrittenApp {
    client_id: String,
    client_secret: Option<String>,
    callback_url: String,
    scope: Option<String>,
}

impl From<&App> for WrittenApp {
    fn from(app: &App) -> Self {
        let secret = app.client_secret.as_ref();
        Self {
            client_id: app.client_id.clone(),
            client_secret: secret.map(|secret| secret.expose_secret().to_owned()),
            callback_url: app.callback_url.clone(),
            scope: app.scope.clone(),
        }
    }
}

impl From<WrittenApp> for App {
    fn from(app: WrittenApp) -> Self {
        Self {
            client_id: app.client_id,
            client_secret: app.client_secret.map(Into::into),
            callback_url: app.callback_url,
            scope: app.scope,
        }
    }
}

impl Connection {
    /// What invalidations call its server and its mapping.
    pub fn marks(&self) -> Marks {
        Marks::of(self.server_oid, self.mapping)
    }

    /// The connection of a user to a server.
    ///
    /// # Errors
    /// When the user has no mapping.
    pub fn open(server: pg_sys::Oid, user: pg_sys::Oid) -> Result<Self> {
        let mapping = options::mapping(user, server)?;
        let mut shared = options::of_server(server);
        if mapping.user != pg_sys::InvalidOid && !owns(server, mapping.user) {
            shared.retain(|(name, _)| name != "oauthsettingslocation");
        }
        let pairs = shared.into_iter().chain(mapping.options);
        let role = mapping.user.to_u32();
        let user = match mapping.user {
            pg_sys::InvalidOid => PUBLIC.to_owned(),
            user => options::user_name(user),
        };
        Ok(Self {
            server_oid: server.to_u32(),
            mapping: mapping.oid.to_u32(),
            role,
            server: options::server_name(server),
            user,
            options: Settings::new(pairs)?,
        })
    }

    /// The connection of a mapping as it is now, under names that may be new; none if it was dropped.
    pub(super) fn of_mapping(mapping: u32) -> Option<Self> {
        let (user, server) = options::whose(mapping.into())?;
        let connection = Self::open(server, user).ok()?;
        (connection.mapping == mapping).then_some(connection)
    }

    /// The connection that a stored row belongs to, by the name and oid that it has.
    pub(super) fn stored_for(server: &str, role: u32) -> Option<Self> {
        let name = terminated(server).ok()?;
        // SAFETY: a lookup of a name that may be missing.
        let server = unsafe { pg_sys::get_foreign_server_oid(name.as_ptr(), true) };
        if server == pg_sys::InvalidOid {
            return None;
        }
        let connection = Self::open(server, role.into()).ok()?;
        (connection.role == role).then_some(connection)
    }

    /// Whose its tokens are: they open for no other server or user.
    pub(super) fn owner(&self) -> Owner {
        // SAFETY: both are set before any session or worker begins.
        let (cluster, database) =
            unsafe { (pg_sys::GetSystemIdentifier(), pg_sys::MyDatabaseId.to_u32()) };
        Owner {
            cluster,
            database,
            server_oid: self.server_oid,
            role: self.role,
            server: self.server.clone(),
            user: self.user.clone(),
        }
    }

    /// Whether the current user may decide for everybody whose connection this is.
    pub(super) fn is_own(&self) -> bool {
        // SAFETY: reads the current role.
        self.user != PUBLIC || owns(self.server_oid.into(), unsafe { pg_sys::GetUserId() })
    }

    /// The connection of the current user to a server that is named in a function call.
    ///
    /// # Errors
    /// When there is no such server, it is another wrapper's, or the user may not use it.
    pub fn named(server: &str) -> Result<Self> {
        let (server, user) = usable(server)?;
        Self::open(server, user)
    }

    /// The same, to show or to replace its tokens: those of PUBLIC are the server owner's business.
    ///
    /// # Errors
    /// As [`Connection::named`], and when the tokens are everybody's and the server another's.
    pub fn of_owner(server: &str) -> Result<Self> {
        let connection = Self::named(server)?;
        if !connection.is_own() {
            return Err(Error::new(
                Kind::Permission,
                format!("must be owner of foreign server {server}"),
            )
            .detail("The tokens are those of the user mapping of PUBLIC, which all users share.")
            .hint("CREATE USER MAPPING FOR CURRENT_USER to connect as yourself."));
        }
        Ok(connection)
    }

    /// The tokens that the options have: access token, refresh token and verifier.
    pub fn tokens(&self) -> OptionTokens {
        OptionTokens {
            access: self.options.access_token(),
            refresh: self.options.refresh_token(),
            verifier: self.options.verifier(),
        }
    }

    /// The application: that of the options, or that of the installation.
    ///
    /// # Errors
    /// When there is none.
    pub fn app(&self, callback_url: Option<&str>, scope: Option<&str>) -> Result<App> {
        let own = self.options.client_id().map(str::to_owned);
        let own = own.map(|id| (id, self.options.client_secret()));
        let app = own.map_or_else(setting::application, |own| Ok(Some(own)))?;
        let Some((client_id, client_secret)) = app else {
            return Err(Error::new(Kind::OptionMissing, "no OAuth application is set").hint(
                "Set oauthclientid and oauthclientsecret in the user mapping, or have a superuser \
                     set basecamp_fdw.oauth_client_id and basecamp_fdw.oauth_client_secret.",
            ));
        };
        let callback_url = callback_url.or_else(|| self.options.callback_url());
        Ok(App {
            client_id,
            client_secret,
            callback_url: callback_url.unwrap_or(CALLBACK).to_owned(),
            scope: scope.or_else(|| self.options.scope()).map(str::to_owned),
        })
    }

    /// Which words the authorization server expects.
    pub fn dialect(&self) -> Dialect {
        match self.options.version() {
            Version::V2 => Dialect::V2,
            Version::V3 => Dialect::V3,
        }
    }

    /// Where the authorization server is.
    ///
    /// # Errors
    /// When option `oauthurl` is not a URL that may be used.
    pub fn endpoints(&self) -> Result<Endpoints> {
        Endpoints::launchpad(self.options.oauth_url())
    }

    /// What asks the authorization server.
    ///
    /// # Errors
    /// When an option cannot be used.
    pub fn http(&self) -> Result<Http> {
        let pem = self.ca_pem()?;
        Http::new(
            self.options.timeout(),
            &self.options.user_agent(),
            self.options.proxy().as_deref(),
            pem.as_deref(),
        )
    }

    /// The content of the file that option `cacert` names.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ca_pem(&self) -> Result<Option<Vec<u8>>> {
        let path = self.options.authorities();
        path.map(|path| {
            std::fs::read(path).map_err(|error| {
                let path = path.display();
                let message = format!("could not read file \"{path}\" of option \"cacert\"");
                Error::new(Kind::Configuration, message).detail(format!("{error}."))
            })
        })
        .transpose()
    }
}

/// The server of a name, which the current user may use, and that user.
///
/// # Errors
/// When there is no such server, it is another wrapper's, or the user may not use it.
pub(super) fn usable(server: &str) -> Result<(pg_sys::Oid, pg_sys::Oid)> {
    let name = terminated(server).unwrap_or_default();
    // SAFETY: reads the current role, and looks a name up that may be missing.
    let (user, oid) = unsafe {
        let oid = pg_sys::get_foreign_server_oid(name.as_ptr(), true);
        (pg_sys::GetUserId(), oid)
    };
    if oid == pg_sys::InvalidOid {
        let message = format!("server \"{server}\" does not exist");
        return Err(Error::new(Kind::ServerName, message));
    }
    if !is_ours(oid) {
        let message = format!("server \"{server}\" is not a server of basecamp_fdw");
        return Err(Error::new(Kind::ServerName, message));
    }
    if !may_use(oid, user) {
        let message = format!("permission denied for foreign server {server}");
        return Err(Error::new(Kind::Permission, message)
            .hint("Its owner can GRANT USAGE ON FOREIGN SERVER."));
    }
    Ok((oid, user))
}

/// Whether a server's wrapper has this extension's handler.
pub(super) fn is_ours(server: pg_sys::Oid) -> bool {
    // SAFETY: the server exists, and so does its wrapper; the rest are catalog lookups.
    unsafe {
        let wrapper = (*pg_sys::GetForeignServer(server)).fdwid;
        let handler = (*pg_sys::GetForeignDataWrapper(wrapper)).fdwhandler;
        let extension = pg_sys::getExtensionOfObject(pg_sys::ProcedureRelationId, handler);
        extension != pg_sys::InvalidOid
            && extension == pg_sys::get_extension_oid(c"basecamp_fdw".as_ptr(), true)
    }
}

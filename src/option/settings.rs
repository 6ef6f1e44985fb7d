//! The table of options, and what it makes: the settings of a connection or of a table on it.

use std::fmt;
use std::path::Path as FilePath;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::declare::{
    choice, digits, entry, flag, location, maximum, number, or_else, project_ids, requests, secret,
    states, text, url,
};
use super::entry::{Declared, Pairs, Place, Scope, Take as _, Texts};
use super::shape::{Host, Path, Proxy};
use super::values::{
    AUTHENTICATION, Authentication, Fence, INITIATE, Initiate, Location, ProjectSet, Scheme,
    VERSIONS,
};
use crate::api::{Base, Paging, Rate};
use crate::catalog::Version;
use crate::error::{Error, Kind, Result};

const SERVER: &[Place] = &[Place::Server];
const MAPPING: &[Place] = &[Place::Mapping];
const TABLE: &[Place] = &[Place::Table];
const COLUMN: &[Place] = &[Place::Column];
const SERVER_MAPPING: &[Place] = &[Place::Server, Place::Mapping];
const SERVER_TABLE: &[Place] = &[Place::Server, Place::Table];

/// Each line of the table is a field of the settings, or is only checked: then one value is all that
/// this version acts on, or the planner asks the column for it.
macro_rules! options {
    (
        settings { $($field:ident: $ty:ty = $entry:expr;)* }
        checked { $($checked:expr;)* }
    ) => {
        /// Every option.
        pub static OPTIONS: &[&(dyn Declared + Sync)] = &[$(&$entry,)* $(&$checked,)*];

        /// The options of a server and a user mapping, or of a server and a table on it, read once.
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "Texts", into = "Texts")]
        pub struct Settings {
            texts: Texts,
            $($field: $ty,)*
        }

        impl TryFrom<Texts> for Settings {
            type Error = Error;

            fn try_from(texts: Texts) -> Result<Self> {
                Ok(Self { $($field: $entry.take(&texts)?,)* texts })
            }
        }
    };
}

options! {
    settings {
        account: Option<String> = digits("accountid", SERVER, "The number in the web address of the account.").unset("required").required();
        projects: Scope<ProjectSet> = project_ids("projectid", SERVER_TABLE, "The projects that are read; on a table nothing widens them.");
        statuses: Scope<Vec<&'static str>> = states("statuses", SERVER_TABLE, "The publication states that are read; on a table nothing widens them.");
        version: Version = choice("schema", SERVER, VERSIONS, Version::V3, "The API that the server speaks.");
        authentication: Authentication = choice("authscheme", SERVER, AUTHENTICATION, Authentication::Default, "What Basecamp is shown; `Basic`, for `V2` only, is the default there where the mapping has a `user`.");
        user: Option<String> = text("user", MAPPING, "Who logs in with Basic authentication.");
        password: Option<String> = secret("password", "The password for Basic authentication.");
        initiate: Initiate = choice("initiateoauth", SERVER_MAPPING, INITIATE, Initiate::Off, "How much of OAuth happens by itself: `REFRESH` renews tokens, `GETANDREFRESH` also opens the desktop flow.");
        client_id: Option<String> = text("oauthclientid", SERVER_MAPPING, "The registered application.");
        client_secret: Option<String> = secret("oauthclientsecret", "The secret of the application.");
        access_token: Option<String> = secret("oauthaccesstoken", "An access token that you have.");
        refresh_token: Option<String> = secret("oauthrefreshtoken", "A refresh token that you have.");
        verifier: Option<String> = secret("oauthverifier", "A code or the address with it, exchanged once.");
        location: Location = location("oauthsettingslocation", SERVER_MAPPING, "Where tokens rest: in the table of tokens, or in a file that a superuser names.");
        callback_url: Option<String> = or_else("callbackurl", SERVER_MAPPING, "`http://127.0.0.1:33333/`", "Where the browser is sent back to.");
        scope: Option<String> = text("scope", SERVER_MAPPING, "What the application asks to be allowed.");
        contact: Option<String> = text("useragent", SERVER, "A contact, which Basecamp demands of API clients.");
        timeout: u64 = number("timeout", SERVER, 1..=3600, 30, "Seconds for one request.");
        attempts: u64 = number("maxattempts", SERVER, 0..=100, 3, "Attempts of a request in all; 0 and 1 mean one.");
        concurrency: u64 = number("maxconcurrency", SERVER, 1..=64, 8, "Requests side by side.");
        rate: Option<Rate> = requests("ratelimit", SERVER, "`50/10s`, with `V2` `500/10s`", "Requests per time, of all sessions that use the same user mapping.");
        pages: u64 = number("maxpages", SERVER, 1..=1_000_000, 10_000, "Pages of one listing; a WARNING says when it cut one short.");
        rows: Option<u64> = maximum("maxrows", SERVER_TABLE, 1..=i64::MAX as u64, "Rows after which a scan stops, with a WARNING.");
        cache_ttl: u64 = number("cachettl", SERVER_TABLE, 0..=86_400, 0, "Seconds for which an answer is used again without asking; after them Basecamp is asked whether it changed.");
        analyze_requests: u64 = number("analyzerequests", SERVER_TABLE, 1..=10_000, 10, "Requests that ANALYZE makes of a table at most.");
        url: Option<Host> = url("url", "`https://3.basecampapi.com`, with `V2` `https://basecamp.com`", "The host of the API: a simulator.");
        oauth_url: Option<Host> = url("oauthurl", "`https://launchpad.37signals.com`", "The host that authorizes.");
        proxy: Option<String> = entry("proxy", SERVER, Proxy, "The proxy that requests go through.").guarded();
        proxy_user: Option<String> = text("proxyuser", MAPPING, "Who logs in at the proxy.");
        proxy_password: Option<String> = secret("proxypassword", "The password for the proxy.");
        authorities: Option<String> = text("cacert", SERVER, "A PEM file of further certificate authorities.").guarded();
        is_updatable: bool = flag("updatable", SERVER_TABLE, true, "Whether rows can be inserted, changed and deleted.");
        checks: bool = flag("updatecheck", SERVER_TABLE, false, "Whether an UPDATE or DELETE is refused (`40001`) where the record changed since the statement read it.");
        batch: u64 = number("batch_size", SERVER_TABLE, 1..=10_000, 100, "Rows of an INSERT … SELECT or a COPY that are sent side by side, as far as maxconcurrency allows; 1 keeps their order.");
        is_async: bool = flag("async_capable", SERVER_TABLE, true, "Whether a scan may run beside others under an Append.");
        resource: Option<String> = or_else("resource", TABLE, "the table's own name", "The resource that a table shows.");
    }
    checked {
        entry("field", COLUMN, Path, "Where in the record a column's value is.").unset("the column of that name");
    }
}

/// Where Basecamp 3, 4 and 5 are.
const V3_BASE: &str = "https://3.basecampapi.com";
/// Where Basecamp 2 is.
const V2_BASE: &str = "https://basecamp.com";
/// What follows the account in the paths of Basecamp 2.
const V2_PREFIX: &str = "/api/v1";
/// Requests in a window that Basecamp 3 allows.
const V3_RATE: Rate = Rate { requests: 50, per: Duration::from_secs(10) };
/// Requests in a window that Basecamp 2 allows.
const V2_RATE: Rate = Rate { requests: 500, per: Duration::from_secs(10) };
/// Where accounts are authorised, of all versions.
const LAUNCHPAD: &str = "https://launchpad.37signals.com";

impl From<Settings> for Texts {
    fn from(settings: Settings) -> Self {
        settings.texts
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some values are secrets.
        f.debug_struct("Settings").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Settings {
    /// Those of a server, or of a server and a user mapping, whose options win.
    ///
    /// # Errors
    /// When a value is not valid, which the validator refuses already.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::try_from(Texts::new(pairs, Pairs::new()))
    }

    /// Those of a table on a server; the table's win, but for what is a fence on one and a default on
    /// the other.
    ///
    /// # Errors
    /// When a value is not valid, which the validator refuses already.
    pub fn of_table(server: Pairs, table: Pairs) -> Result<Self> {
        Self::try_from(Texts::new(server, table))
    }

    /// The API version that the server speaks.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What the client shows to Basecamp. A mapping with a user means Basic where that exists.
    ///
    /// # Errors
    /// When it is Basic, and the API version has no such thing or the user is missing.
    pub fn scheme(&self) -> Result<Scheme> {
        let basic = self.authentication == Authentication::Basic;
        match (self.version, &self.user) {
            (Version::V2, Some(user))
                if self.authentication == Authentication::Default || basic =>
            {
                Ok(Scheme::Basic { user: user.clone() })
            }
            (Version::V2, None) if basic => Err(Error::new(
                Kind::OptionMissing,
                "option \"user\" is required with authscheme Basic",
            )
            .hint("Set user and password in the user mapping.")),
            (Version::V3, _) if basic => Err(no_basic("authscheme Basic needs schema V2")),
            (Version::V3, Some(_)) if self.access_token.is_none() => {
                Err(no_basic("options \"user\" and \"password\" need schema V2"))
            }
            _ => Ok(Scheme::OAuth),
        }
    }

    /// Whether a server asks for what its API version does not have.
    pub(super) fn is_basic_on_v3(&self) -> bool {
        self.authentication == Authentication::Basic && self.version != Version::V2
    }

    /// The number of the account.
    pub fn account(&self) -> &str {
        self.account.as_deref().unwrap_or_default()
    }

    /// Whether Basecamp is told whom to contact.
    pub const fn has_contact(&self) -> bool {
        self.contact.is_some()
    }

    /// The password of Basic authentication.
    pub fn password(&self) -> Option<SecretString> {
        sealed(self.password.as_deref())
    }

    /// How much of OAuth happens by itself.
    pub const fn initiate(&self) -> Initiate {
        self.initiate
    }

    /// Where tokens rest.
    pub fn location(&self) -> Location {
        self.location.clone()
    }

    /// The registered application.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The secret of the application.
    pub fn client_secret(&self) -> Option<SecretString> {
        sealed(self.client_secret.as_deref())
    }

    /// An access token of the user's.
    pub fn access_token(&self) -> Option<SecretString> {
        sealed(self.access_token.as_deref())
    }

    /// A refresh token of the user's.
    pub fn refresh_token(&self) -> Option<SecretString> {
        sealed(self.refresh_token.as_deref())
    }

    /// A code to exchange, or the address with it.
    pub fn verifier(&self) -> Option<SecretString> {
        sealed(self.verifier.as_deref())
    }

    /// Where the browser is sent back to.
    pub fn callback_url(&self) -> Option<&str> {
        self.callback_url.as_deref()
    }

    /// What the application asks to be allowed.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The host of the API, where it is another than Basecamp's.
    pub fn url(&self) -> Option<&str> {
        self.url.as_ref().map(|host| host.text.as_str())
    }

    /// The host that authorizes, where it is another than Launchpad.
    pub fn oauth_url(&self) -> Option<&str> {
        self.oauth_url.as_ref().map(|host| host.text.as_str())
    }

    /// Through which proxy, with the user and password of the mapping in its address.
    pub fn proxy(&self) -> Option<String> {
        let proxy = self.proxy.as_ref()?;
        let (Some(user), Ok(mut url)) = (&self.proxy_user, url::Url::parse(proxy)) else {
            return Some(proxy.clone());
        };
        // Refused by addresses that have no host, which are no proxy's.
        let _ = url.set_username(user);
        let _ = url.set_password(self.proxy_password.as_deref());
        Some(url.into())
    }

    /// A PEM file of further certificate authorities.
    pub fn authorities(&self) -> Option<&FilePath> {
        self.authorities.as_deref().map(FilePath::new)
    }

    /// Time for one request.
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The projects that a server reads by default; none: the first that the listing returns.
    pub const fn default_projects(&self) -> Option<&ProjectSet> {
        self.projects.default.as_ref()
    }

    /// The publication states that a server reads by default; none: what each table has.
    pub fn default_statuses(&self) -> Option<&[&'static str]> {
        self.statuses.default.as_deref()
    }

    /// What the table itself says, which no condition widens.
    pub fn fence(&self) -> Fence<'_> {
        Fence { projects: self.projects.fence.as_ref(), statuses: self.statuses.fence.as_deref() }
    }

    /// The resource that a table shows; none: the one of its own name.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// Rows to read at most.
    pub const fn max_rows(&self) -> Option<u64> {
        self.rows
    }

    /// How long an answer is used again without asking.
    pub const fn cache_ttl(&self) -> Duration {
        Duration::from_secs(self.cache_ttl)
    }

    /// Whether rows can be changed.
    pub const fn is_updatable(&self) -> bool {
        self.is_updatable
    }

    /// Whether a record that changed since a statement read it is left alone.
    pub const fn checks_updates(&self) -> bool {
        self.checks
    }

    /// How many new rows are taken together.
    pub fn batch_size(&self) -> i32 {
        i32::try_from(self.batch).unwrap_or(1)
    }

    /// Requests that ANALYZE makes of a table at most.
    pub const fn analyze_requests(&self) -> u64 {
        self.analyze_requests
    }

    /// Whether a scan may run side by side with others under an Append.
    pub const fn is_async_capable(&self) -> bool {
        self.is_async
    }

    /// Requests in a window of time.
    pub fn rate(&self) -> Rate {
        self.rate.unwrap_or(match self.version {
            Version::V2 => V2_RATE,
            Version::V3 => V3_RATE,
        })
    }

    /// How to set a client up. `ca_pem`: the content of the file that `cacert` names.
    ///
    /// # Errors
    /// When an address of Basecamp's own cannot be used, which it can.
    pub fn client(&self, ca_pem: Option<Vec<u8>>) -> Result<crate::api::Config> {
        let (base, prefix, paging) = match self.version {
            Version::V2 => (V2_BASE, V2_PREFIX, Paging::Numbers),
            Version::V3 => (V3_BASE, "", Paging::Links),
        };
        let or = |own: &Option<Host>, theirs| match own {
            Some(host) => Ok(host.base.clone()),
            None => Base::parse(theirs),
        };
        Ok(crate::api::Config {
            base: or(&self.url, base)?,
            account: self.account.clone().unwrap_or_default(),
            prefix,
            paging,
            launchpad: or(&self.oauth_url, LAUNCHPAD)?,
            user_agent: self.user_agent(),
            timeout: self.timeout(),
            max_attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            max_concurrency: usize::try_from(self.concurrency).unwrap_or(usize::MAX),
            rate: self.rate(),
            max_pages: u32::try_from(self.pages).unwrap_or(u32::MAX),
            proxy: self.proxy(),
            ca_pem,
        })
    }

    /// The product, and the contact that Basecamp demands to know.
    pub fn user_agent(&self) -> String {
        let product = concat!("basecamp_fdw/", env!("CARGO_PKG_VERSION"));
        match &self.contact {
            Some(contact) => format!("{product} ({contact})"),
            None => format!("{product} (PostgreSQL extension; set option useragent to a contact)"),
        }
    }
}

fn sealed(text: Option<&str>) -> Option<SecretString> {
    text.map(SecretString::from)
}

pub(super) fn no_basic(message: &str) -> Error {
    Error::new(Kind::OptionValue, message)
        .detail("Basecamp 3, 4 and 5 accept OAuth tokens only, no user name and password.")
        .hint("Use OAuth, or schema V2 for an account of Basecamp 2.")
}

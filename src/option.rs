//! What may be configured: one table that the validator, the reader, the hints and the README read.
//!
//! Type and range of a value are part of its entry, so nothing is checked twice. May import `api`,
//! `catalog`, `plan`, `value` and `error`.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{Base, Paging, Rate};
use crate::catalog::{Field, Version};
use crate::error::{Error, Kind, Result};
use crate::plan::{Operand, Projects};
use crate::value::Scalar;

/// What an option can be set on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `CREATE FOREIGN DATA WRAPPER`: none are valid.
    Wrapper,
    /// `CREATE SERVER`.
    Server,
    /// `CREATE USER MAPPING`.
    Mapping,
    /// `CREATE FOREIGN TABLE`.
    Table,
    /// A column of a foreign table.
    Column,
}

impl Place {
    const fn noun(self) -> &'static str {
        match self {
            Self::Wrapper => "foreign data wrapper",
            Self::Server => "server",
            Self::Mapping => "user mapping",
            Self::Table => "foreign table",
            Self::Column => "column",
        }
    }
}

/// What values an option takes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// `true` or `false`, in any of PostgreSQL's spellings.
    Boolean,
    /// Digits.
    Digits,
    /// `catalog`, or a file by its absolute path.
    Location,
    /// A path in a record.
    Path,
    /// A whole number in a range.
    Number(u64, u64),
    /// One of these words, in any case.
    OneOf(&'static [&'static str]),
    /// A project id, several with commas, or `all`.
    Projects,
    /// The URL of a proxy, without a user or password.
    Proxy,
    /// Requests per time.
    Rate,
    /// Any text but the empty one.
    Text,
    /// An https URL.
    Url,
}

/// One option.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Where it may be set.
    pub places: &'static [Place],
    /// What values it takes.
    pub shape: Shape,
    /// The values that only a superuser may set: they could carry a token away, or read or write the
    /// server's disk.
    pub superuser: fn(&str) -> bool,
    /// Whether its value is a secret.
    pub secret: bool,
    /// The values that this version acts on; `None`: all. Others are refused as not supported yet.
    pub supported: Option<fn(&str) -> bool>,
}

const fn entry(name: &'static str, places: &'static [Place], shape: Shape) -> Entry {
    Entry { name, places, shape, superuser: never, secret: false, supported: None }
}

const fn secret(name: &'static str) -> Entry {
    Entry { secret: true, ..entry(name, &[Place::Mapping], Shape::Text) }
}

const fn guarded(name: &'static str, shape: Shape) -> Entry {
    Entry { superuser: always, ..entry(name, &[Place::Server], shape) }
}

const fn limited(entry: Entry, supported: fn(&str) -> bool) -> Entry {
    Entry { supported: Some(supported), ..entry }
}

const SERVER: &[Place] = &[Place::Server];
const MAPPING: &[Place] = &[Place::Mapping];
const SERVER_MAPPING: &[Place] = &[Place::Server, Place::Mapping];
const SERVER_TABLE: &[Place] = &[Place::Server, Place::Table];

fn never(_: &str) -> bool {
    false
}

fn always(_: &str) -> bool {
    true
}

fn is_file(location: &str) -> bool {
    !location.eq_ignore_ascii_case(CATALOG)
}

/// The value of `oauthsettingslocation` that means the table `basecamp.oauth_tokens`.
const CATALOG: &str = "catalog";

/// Every option, sorted by name.
pub static OPTIONS: &[Entry] = &[
    entry("accountid", SERVER, Shape::Digits),
    entry("async_capable", SERVER_TABLE, Shape::Boolean),
    entry("authscheme", SERVER, Shape::OneOf(&["OAuth", "Basic"])),
    guarded("cacert", Shape::Text),
    limited(entry("cachettl", SERVER_TABLE, Shape::Number(0, 86_400)), |value| value == "0"),
    entry("callbackurl", SERVER_MAPPING, Shape::Text),
    entry("field", &[Place::Column], Shape::Path),
    entry("initiateoauth", SERVER_MAPPING, Shape::OneOf(&["OFF", "REFRESH", "GETANDREFRESH"])),
    entry("maxattempts", SERVER, Shape::Number(0, 100)),
    entry("maxconcurrency", SERVER, Shape::Number(1, 64)),
    entry("maxpages", SERVER, Shape::Number(1, 1_000_000)),
    entry("maxrows", SERVER_TABLE, Shape::Number(1, i64::MAX as u64)),
    secret("oauthaccesstoken"),
    entry("oauthclientid", SERVER_MAPPING, Shape::Text),
    secret("oauthclientsecret"),
    secret("oauthrefreshtoken"),
    Entry { superuser: is_file, ..entry("oauthsettingslocation", SERVER_MAPPING, Shape::Location) },
    guarded("oauthurl", Shape::Url),
    secret("oauthverifier"),
    secret("password"),
    entry("projectid", SERVER_TABLE, Shape::Projects),
    guarded("proxy", Shape::Proxy),
    secret("proxypassword"),
    entry("proxyuser", MAPPING, Shape::Text),
    entry("ratelimit", SERVER, Shape::Rate),
    entry("resource", &[Place::Table], Shape::Text),
    entry("schema", SERVER, Shape::OneOf(&["V3", "V2"])),
    entry("scope", SERVER_MAPPING, Shape::Text),
    entry("timeout", SERVER, Shape::Number(1, 3600)),
    entry("updatable", SERVER_TABLE, Shape::Boolean),
    guarded("url", Shape::Url),
    entry("user", MAPPING, Shape::Text),
    entry("useragent", SERVER, Shape::Text),
];

/// Options as they are stored: name and value.
pub type Pairs = Vec<(String, String)>;

/// Whether an option is for superusers to set. Such options of one object belong together: an address
/// is trusted beside the certificates that were set with it.
pub fn is_guarded((name, value): &(String, String)) -> bool {
    OPTIONS.iter().any(|entry| entry.name == name && (entry.superuser)(value))
}

/// Checks the options of one object. `trusted`: whether its options for superusers are as a superuser
/// set them before, so that whoever changes others changes none of them.
///
/// # Errors
/// An unknown name (with the nearest valid one as a hint), a value out of its range, a missing
/// required option, one that is for superusers, or one that is not acted on yet.
pub fn validate(place: Place, pairs: &Pairs, trusted: bool) -> Result<()> {
    for (name, value) in pairs {
        let entry = find(place, name)?;
        if (entry.superuser)(value) && !trusted {
            return Err(Error::new(
                Kind::Permission,
                format!("only a superuser may set option \"{name}\""),
            )
            .detail(
                "It could send an access token elsewhere, or read or write a file of the server.",
            ));
        }
        check(entry, value)?;
        if entry.supported.is_some_and(|supported| !supported(value)) {
            return Err(Error::new(
                Kind::Unsupported,
                format!("{} is not supported yet", described(entry, value)),
            ));
        }
    }
    if place == Place::Server && !pairs.iter().any(|(name, _)| name == "accountid") {
        return Err(Error::new(Kind::OptionMissing, "option \"accountid\" is required").hint(
            "It is the number in the web address of the account: https://3.basecamp.com/NUMBER.",
        ));
    }
    if place == Place::Server {
        basic_is_for_v2(&Options::new(pairs.iter().cloned()))?;
    }
    Ok(())
}

fn basic_is_for_v2(options: &Options) -> Result<()> {
    let basic =
        options.text("authscheme").is_some_and(|scheme| scheme.eq_ignore_ascii_case("Basic"));
    if !basic || options.version() == Version::V2 {
        return Ok(());
    }
    Err(no_basic("option \"authscheme\" with value \"Basic\" needs schema V2"))
}

fn no_basic(message: &str) -> Error {
    Error::new(Kind::OptionValue, message)
        .detail("Basecamp 3, 4 and 5 accept OAuth tokens only, no user name and password.")
        .hint("Use OAuth, or schema V2 for an account of Basecamp 2.")
}

fn quiet(entry: &Entry) -> String {
    format!("option \"{}\"", entry.name)
}

fn described(entry: &Entry, value: &str) -> String {
    if entry.secret {
        quiet(entry)
    } else {
        format!("option \"{}\" with value \"{value}\"", entry.name)
    }
}

fn find(place: Place, name: &str) -> Result<&'static Entry> {
    let known = OPTIONS.iter().find(|entry| entry.name == name);
    match known {
        Some(entry) if entry.places.contains(&place) => Ok(entry),
        Some(entry) => {
            let places: Vec<&str> = entry.places.iter().map(|place| place.noun()).collect();
            let message = format!("option \"{name}\" is not valid for a {}", place.noun());
            let why =
                if entry.secret { " A server's options can be read by everybody." } else { "" };
            Err(Error::new(Kind::OptionName, message)
                .hint(format!("It belongs on a {}.{why}", places.join(" or a "))))
        }
        None => Err(unknown(place, name)),
    }
}

fn unknown(place: Place, name: &str) -> Error {
    let error = Error::new(Kind::OptionName, format!("invalid option \"{name}\""));
    let here = || OPTIONS.iter().filter(|entry| entry.places.contains(&place));
    let near = here()
        .map(|entry| (distance(name, entry.name), entry.name))
        .min()
        .filter(|(distance, _)| *distance <= name.len().max(4) / 2);
    if let Some((_, nearest)) = near {
        return error.hint(format!("Perhaps you meant the option \"{nearest}\"."));
    }
    let names: Vec<&str> = here().map(|entry| entry.name).collect();
    if names.is_empty() {
        return error.hint("There are no valid options in this context.");
    }
    error.hint(format!("Valid options in this context are: {}.", names.join(", ")))
}

/// Edits that turn one name into another (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.to_lowercase().chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let cost = (corner + usize::from(a != *b)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[to.len()]
}

fn check(entry: &Entry, value: &str) -> Result<()> {
    let valid = match entry.shape {
        Shape::Boolean => boolean(value).is_some(),
        Shape::Digits => {
            (1..=19).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
        }
        Shape::Location => !is_file(value) || std::path::Path::new(value).is_absolute(),
        Shape::Path => Field::parse(value).is_some(),
        Shape::Number(least, most) => {
            value.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number))
        }
        Shape::OneOf(words) => words.iter().any(|word| word.eq_ignore_ascii_case(value)),
        Shape::Projects => projects(value).is_some(),
        Shape::Proxy => !value.is_empty() && !value.contains('@'),
        Shape::Rate => Rate::parse(value).is_ok(),
        Shape::Text => !value.is_empty(),
        Shape::Url => {
            return Base::parse(value).map(drop).map_err(|error| about(entry, error));
        }
    };
    if valid {
        return Ok(());
    }
    // A proxy's address may have a password in it.
    let shown = if value.contains('@') { quiet(entry) } else { described(entry, value) };
    let message = format!("invalid value for {shown}");
    Err(Error::new(Kind::OptionValue, message).hint(expected(entry.shape)))
}

fn about(entry: &Entry, error: Error) -> Error {
    error.about(format!("option \"{}\"", entry.name))
}

fn expected(shape: Shape) -> String {
    match shape {
        Shape::Boolean => "Use true or false.".to_owned(),
        Shape::Digits => "Use digits only.".to_owned(),
        Shape::Location => "Use catalog, or the absolute path of a file.".to_owned(),
        Shape::Path => "Use a path such as creator.email_address or assignees[*].id.".to_owned(),
        Shape::Number(least, most) => format!("Use a whole number from {least} to {most}."),
        Shape::OneOf(words) => format!("Valid values are: {}.", words.join(", ")),
        Shape::Projects => "Use a project id, several separated by commas, or all.".to_owned(),
        Shape::Proxy => {
            "Use http://host:port. A server's options can be read by everybody: its user and password \
             are the options proxyuser and proxypassword of the user mapping."
                .to_owned()
        }
        Shape::Rate => "Use requests per seconds, such as 50/10s, or 0 for no limit.".to_owned(),
        Shape::Text => "It must not be empty.".to_owned(),
        Shape::Url => "Use an https URL.".to_owned(),
    }
}

/// PostgreSQL's spellings of a boolean.
fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" | "t" | "y" => Some(true),
        "false" | "off" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// The value of `projectid`.
fn projects(value: &str) -> Option<Projects> {
    if value.eq_ignore_ascii_case("all") {
        return Some(Projects::All);
    }
    let ids: Option<Vec<Scalar>> = value
        .split(',')
        .map(|id| id.trim().parse().ok().filter(|id| *id > 0).map(Scalar::Id))
        .collect();
    ids.map(|ids| Projects::Named(Operand::Values(ids)))
}

/// What the client shows to Basecamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// A user name and a password.
    Basic {
        /// The user.
        user: String,
    },
    /// A token.
    OAuth,
}

/// How much of OAuth happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiate {
    /// Nothing: tokens are used as they are.
    Off,
    /// Tokens are renewed, and a verifier is exchanged.
    Refresh,
    /// That, and the browser is waited for where there are no tokens.
    GetAndRefresh,
}

/// Where tokens rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The table `basecamp.oauth_tokens`.
    Catalog,
    /// A file.
    File(PathBuf),
}

/// Options of a server or of a table on it, read: the table's own win over its server's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options(HashMap<String, String>);

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names alone: some values are secrets.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Seconds for one request (rule 10).
const TIMEOUT: u64 = 30;
/// Attempts in all (rule 20).
const ATTEMPTS: u32 = 3;
/// Requests side by side.
const CONCURRENCY: usize = 8;
/// Requests in a window that Basecamp 3 allows (rule 50).
const RATE: &str = "50/10s";
/// Pages of one listing (rule 42).
const PAGES: u32 = 10_000;
/// Where Basecamp 3, 4 and 5 are.
const V3_BASE: &str = "https://3.basecampapi.com";
/// Where Basecamp 2 is.
const V2_BASE: &str = "https://basecamp.com";
/// What follows the account in the paths of Basecamp 2.
const V2_PREFIX: &str = "/api/v1";
/// Requests in a window that Basecamp 2 allows (v2.md, section 1.4).
const V2_RATE: &str = "500/10s";
/// Where accounts are authorised, of all versions.
const LAUNCHPAD: &str = "https://launchpad.37signals.com";

impl Options {
    /// Later pairs win over earlier ones.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// A value as it was set.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    /// The API version that the server speaks.
    pub fn version(&self) -> Version {
        match self.text("schema") {
            Some(name) if name.eq_ignore_ascii_case("V2") => Version::V2,
            _ => Version::V3,
        }
    }

    /// What the client shows to Basecamp. A mapping with a user means Basic where that exists.
    ///
    /// # Errors
    /// When it is Basic, and the API version has no such thing or the user is missing.
    pub fn scheme(&self) -> Result<Scheme> {
        let named = self.text("authscheme");
        let user = self.text("user");
        let basic = named.is_some_and(|named| named.eq_ignore_ascii_case("Basic"));
        match (self.version(), user) {
            (Version::V2, Some(user)) if named.is_none() || basic => {
                Ok(Scheme::Basic { user: user.to_owned() })
            }
            (Version::V2, None) if basic => Err(Error::new(
                Kind::OptionMissing,
                "option \"user\" is required with authscheme Basic",
            )
            .hint("Set user and password in the user mapping.")),
            (Version::V3, _) if basic => Err(no_basic("authscheme Basic needs schema V2")),
            (Version::V3, Some(_)) if self.text("oauthaccesstoken").is_none() => {
                Err(no_basic("options \"user\" and \"password\" need schema V2"))
            }
            _ => Ok(Scheme::OAuth),
        }
    }

    /// How much of OAuth happens by itself.
    pub fn initiate(&self) -> Initiate {
        match self.text("initiateoauth") {
            Some(word) if word.eq_ignore_ascii_case("REFRESH") => Initiate::Refresh,
            Some(word) if word.eq_ignore_ascii_case("GETANDREFRESH") => Initiate::GetAndRefresh,
            _ => Initiate::Off,
        }
    }

    /// Where tokens rest.
    pub fn location(&self) -> Location {
        match self.text("oauthsettingslocation") {
            Some(path) if is_file(path) => Location::File(path.into()),
            _ => Location::Catalog,
        }
    }

    /// Through which proxy, with the user and password of the mapping in its address.
    pub fn proxy(&self) -> Option<String> {
        let proxy = self.text("proxy")?;
        let (Some(user), Ok(mut url)) = (self.text("proxyuser"), url::Url::parse(proxy)) else {
            return Some(proxy.to_owned());
        };
        // Refused by addresses that have no host, which are no proxy's.
        let _ = url.set_username(user);
        let _ = url.set_password(self.text("proxypassword"));
        Some(url.into())
    }

    /// Time for one request.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.number("timeout", TIMEOUT))
    }

    /// Where to read when no condition says so.
    pub fn projects(&self) -> Projects {
        self.text("projectid").and_then(projects).unwrap_or(Projects::First)
    }

    /// Rows to read at most.
    pub fn max_rows(&self) -> Option<u64> {
        self.text("maxrows").and_then(|value| value.parse().ok())
    }

    /// Whether a scan may run side by side with others under an Append.
    pub fn is_async_capable(&self) -> bool {
        self.text("async_capable").and_then(boolean).unwrap_or(true)
    }

    /// How to set a client up. `ca_pem`: the content of the file that `cacert` names.
    ///
    /// # Errors
    /// When a value is not valid, which the validator refuses already.
    pub fn client(&self, ca_pem: Option<Vec<u8>>) -> Result<crate::api::Config> {
        let account = self.text("accountid").unwrap_or_default().to_owned();
        let (base, prefix, rate, paging) = match self.version() {
            Version::V2 => (V2_BASE, V2_PREFIX, V2_RATE, Paging::Numbers),
            Version::V3 => (V3_BASE, "", RATE, Paging::Links),
        };
        Ok(crate::api::Config {
            base: Base::parse(self.text("url").unwrap_or(base))?,
            account,
            prefix,
            paging,
            launchpad: Base::parse(self.text("oauthurl").unwrap_or(LAUNCHPAD))?,
            user_agent: self.user_agent(),
            timeout: self.timeout(),
            max_attempts: u32::try_from(self.number("maxattempts", ATTEMPTS.into()))
                .unwrap_or(ATTEMPTS),
            max_concurrency: usize::try_from(self.number("maxconcurrency", CONCURRENCY as u64))
                .unwrap_or(CONCURRENCY),
            rate: Rate::parse(self.text("ratelimit").unwrap_or(rate))?,
            max_pages: u32::try_from(self.number("maxpages", PAGES.into())).unwrap_or(PAGES),
            proxy: self.proxy(),
            ca_pem,
        })
    }

    /// The product, and the contact that Basecamp demands to know.
    pub fn user_agent(&self) -> String {
        let product = concat!("basecamp_fdw/", env!("CARGO_PKG_VERSION"));
        match self.text("useragent") {
            Some(contact) => format!("{product} ({contact})"),
            None => format!("{product} (PostgreSQL extension; set option useragent to a contact)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OPTIONS, Options, Place, Scheme, Shape, validate};
    use crate::error::Kind;

    fn refused(place: Place, name: &str, value: &str) -> crate::error::Error {
        let pairs =
            vec![("accountid".to_owned(), "1".to_owned()), (name.to_owned(), value.to_owned())];
        let pairs = if place == Place::Server { pairs } else { pairs[1..].to_vec() };
        validate(place, &pairs, true).expect_err(name)
    }

    #[test]
    fn options_are_sorted_and_every_default_shape_is_sound() {
        assert!(OPTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for entry in OPTIONS {
            assert!(!entry.places.is_empty(), "{}", entry.name);
            assert!(!entry.secret || entry.places == [Place::Mapping], "{}", entry.name);
            if let Shape::Number(least, most) = entry.shape {
                assert!(least <= most, "{}", entry.name);
            }
        }
    }

    #[test]
    fn an_unknown_option_gets_the_nearest_name_as_a_hint() {
        let error = refused(Place::Server, "account_id", "5");
        assert_eq!(error.kind(), Kind::OptionName);
        assert_eq!(error.hint_text(), Some("Perhaps you meant the option \"accountid\"."));
        let error = refused(Place::Table, "zzzzzzzzzzzzzzz", "5");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("resource")), "{error:?}");
    }

    #[test]
    fn a_secret_on_a_server_is_refused_and_not_repeated() {
        let error = refused(Place::Server, "oauthaccesstoken", "s3cret");
        assert_eq!(error.kind(), Kind::OptionName);
        assert!(!format!("{error:?}").contains("s3cret"));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (name, value) in [
            ("accountid", "12a"),
            ("timeout", "0"),
            ("maxattempts", "-1"),
            ("maxconcurrency", "0"),
            ("maxpages", "0"),
            ("ratelimit", "fast"),
            ("projectid", "all,5"),
            ("projectid", ""),
            ("schema", "V4"),
            ("async_capable", "maybe"),
            ("url", "http://basecamp.example"),
        ] {
            assert_eq!(
                refused(Place::Server, name, value).kind(),
                Kind::OptionValue,
                "{name}={value}"
            );
        }
    }

    #[test]
    fn what_would_be_ignored_is_refused_as_not_supported_yet() {
        let error = refused(Place::Server, "cachettl", "60");
        assert_eq!(error.kind(), Kind::Unsupported);
    }

    #[test]
    fn the_password_of_a_proxy_belongs_on_the_mapping() {
        let error = refused(Place::Server, "proxy", "http://ann:s3cret@proxy.example:3128");
        assert_eq!(error.kind(), Kind::OptionValue);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("proxypassword")));
        assert_eq!(refused(Place::Server, "proxypassword", "x").kind(), Kind::OptionName);
        let options = |pairs: &[(&str, &str)]| {
            Options::new(
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            )
        };
        let all = options(&[
            ("proxy", "http://proxy.example:3128"),
            ("proxyuser", "ann"),
            ("proxypassword", "p@ss:word"),
        ]);
        assert_eq!(all.proxy().as_deref(), Some("http://ann:p%40ss%3Aword@proxy.example:3128/"));
        let open = options(&[("proxy", "http://proxy.example:3128")]);
        assert_eq!(open.proxy().as_deref(), Some("http://proxy.example:3128"));
    }

    #[test]
    fn dangerous_options_are_for_superusers() {
        let pairs = vec![
            ("accountid".to_owned(), "1".to_owned()),
            ("url".to_owned(), "https://x".to_owned()),
        ];
        assert!(validate(Place::Server, &pairs, true).is_ok());
        assert_eq!(
            validate(Place::Server, &pairs, false).expect_err("guarded").kind(),
            Kind::Permission
        );
    }

    #[test]
    fn a_settings_file_is_for_superusers_and_the_catalog_for_everybody() {
        let location = |value: &str| vec![("oauthsettingslocation".to_owned(), value.to_owned())];
        assert!(validate(Place::Mapping, &location("/srv/tokens"), true).is_ok());
        assert!(validate(Place::Mapping, &location("Catalog"), false).is_ok());
        let refused = validate(Place::Mapping, &location("/srv/tokens"), false);
        assert_eq!(refused.expect_err("a file").kind(), Kind::Permission);
        let relative = validate(Place::Mapping, &location("tokens"), true);
        assert_eq!(relative.expect_err("relative").kind(), Kind::OptionValue);
    }

    #[test]
    fn basic_is_for_basecamp_2_and_refused_with_the_reason_for_3() {
        let options = |pairs: &[(&str, &str)]| -> super::Pairs {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        let v2 = options(&[("accountid", "1"), ("schema", "v2"), ("authscheme", "basic")]);
        assert!(validate(Place::Server, &v2, false).is_ok());
        let v3 = options(&[("accountid", "1"), ("authscheme", "Basic")]);
        let refused = validate(Place::Server, &v3, true).expect_err("V3");
        let reason = refused.detail_text().unwrap_or_default();
        assert!(reason.contains("OAuth tokens only"), "{refused:?}");

        let mapping = options(&[("user", "ada"), ("password", "s3cret")]);
        assert!(validate(Place::Mapping, &mapping, false).is_ok());
        let both = |server: super::Pairs| Options::new(server.into_iter().chain(mapping.clone()));
        let basic = Scheme::Basic { user: "ada".to_owned() };
        assert_eq!(both(v2).scheme().expect("V2"), basic);
        let implied = options(&[("accountid", "1"), ("schema", "V2")]);
        assert_eq!(both(implied).scheme().expect("implied"), basic);
        let said = options(&[("schema", "V2"), ("authscheme", "OAuth")]);
        assert_eq!(both(said).scheme().expect("said"), Scheme::OAuth);
        assert!(both(options(&[("accountid", "1")])).scheme().is_err());
        let nobody = Options::new(options(&[("schema", "V2"), ("authscheme", "Basic")]));
        let missing = nobody.scheme().expect_err("no user");
        assert_eq!(missing.kind(), Kind::OptionMissing);
    }

    #[test]
    fn a_server_needs_an_account() {
        assert_eq!(
            validate(Place::Server, &Vec::new(), true).expect_err("missing").kind(),
            Kind::OptionMissing
        );
    }
}

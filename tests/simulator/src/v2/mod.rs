//! Basecamp 2, under `/{account}/api/v1`: addresses, pages, validators and what is kept for tests.
//!
//! Other than in Basecamp 3 a page has 50 rows, nothing says whether another follows, and some
//! listings take no notice of `page`. It knows neither the server nor the world of Basecamp 3.

mod calendar;
mod dump;
mod edit;
mod file;
mod kind;
mod listing;
mod make;
mod overlay;
mod payload;
mod people;
mod places;
mod routes;
mod talk;
mod things;
mod world;
mod writes;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::Config;
use payload::Painter;
use routes::{Listing, Paging, Query, Reply, Validator};
use world::World;
pub use writes::{Sent, is_write};

/// What listings do with `page` of which the documentation does not say whether they have pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unstated {
    /// Listings of things in projects have pages, the others take no notice.
    #[default]
    Mixed,
    /// All of them have pages.
    Paginated,
    /// None has: every page is the whole listing.
    Ignored,
}

/// How the simulator reads the points on which the documentation is silent.
#[derive(Debug, Clone, Copy)]
pub struct Readings {
    /// Pages of the listings that are not said to have any.
    pub unstated: Unstated,
    /// Whether topics of calendars are among the account's.
    pub calendar_topics: bool,
    /// Whether a series that goes on is among the upcoming events though it began in the past.
    pub running_series_upcoming: bool,
    /// Whether a thing in the trash still answers at its own address.
    pub trashed_singles: bool,
    /// Whether listings of the account reach into archived projects.
    pub archived_account_wide: bool,
    /// Whether listings of files say in which project each is.
    pub attachment_buckets: bool,
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            unstated: Unstated::Mixed,
            calendar_topics: false,
            running_series_upcoming: true,
            trashed_singles: false,
            archived_account_wide: false,
            attachment_buckets: true,
        }
    }
}

/// What the second version keeps.
#[derive(Debug)]
pub struct V2 {
    world: RwLock<World>,
    user: String,
    password: String,
    account: u64,
    undocumented: AtomicU64,
}

/// An answer, before what all answers get.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Where the addresses of this version begin, behind the account.
const PREFIX: &str = "/api/v1/";
/// Where files are fetched from, on another origin than the one asked.
const STORAGE: &str = "/_storage/v2/";
/// Rows of a page.
const PAGE: usize = 50;
/// What the fault `missing-member` leaves out of rows.
const MEMBERS: [&str; 5] = ["title", "content", "name", "subject", "summary"];

/// The path below the version, when it is one of this version's.
pub fn below(path: &str) -> Option<&str> {
    path.starts_with(PREFIX).then(|| &path[PREFIX.len() - 1..])
}

impl V2 {
    /// The account of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            world: RwLock::new(World::new(config)),
            user: config.v2_user.clone(),
            password: config.v2_password.clone(),
            account: config.account,
            undocumented: AtomicU64::default(),
        }
    }

    /// Whether an `Authorization` header names the user and the password.
    pub fn knows(&self, authorization: &str) -> bool {
        let sent = authorization.strip_prefix("Basic ");
        sent == Some(&STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }

    /// How often addresses were asked that are written nowhere.
    pub fn undocumented(&self) -> u64 {
        self.undocumented.load(Ordering::SeqCst)
    }

    /// Forgets how often they were asked.
    pub fn clear(&self) {
        self.undocumented.store(0, Ordering::SeqCst);
    }

    /// Every row of a table that anybody could see.
    pub fn dump(&self, origin: &str, table: &str) -> Vec<Value> {
        let (base, app) = self.addresses(origin);
        let world = self.world();
        dump::dump(Painter { world: &world, base: &base, app: &app }, table)
    }

    fn addresses(&self, origin: &str) -> (String, String) {
        let app = format!("{origin}/{}", self.account);
        (format!("{app}/api/v1"), app)
    }

    fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out the write of one who may. `origin` is the simulator's.
    pub fn write(&self, origin: &str, sent: &Sent<'_>) -> Answer {
        let (base, app) = self.addresses(origin);
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        writes::write(&mut world, &base, &app, sent)
    }

    /// Answers one who may ask. `origin` is the simulator's, `path` begins behind the version.
    pub fn answer(
        &self,
        origin: &str,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        faults: &[String],
    ) -> Answer {
        let (base, app) = self.addresses(origin);
        let world = self.world();
        let painter = Painter { world: &world, base: &base, app: &app };
        let query: Query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if let Some(key) = routes::file(painter, path) {
            // Another origin in the eyes of a client, as the storage of the real service is.
            let elsewhere = origin.replace("127.0.0.1", "localhost");
            return empty(302).with("location", format!("{elsewhere}{STORAGE}{key}"));
        }
        let Some(path) = path.strip_suffix(".json") else {
            return empty(415);
        };
        match routes::reply(painter, path, &query) {
            Reply::Bad => empty(400),
            Reply::Missing => missing(path),
            Reply::Moved(to) => html(301, "<html><body>moved</body></html>").with("location", to),
            Reply::One(record, validator) => conditional(&record, validator, headers),
            Reply::Listing(listing) => {
                let page = query.get("page").and_then(|page| page.parse().ok());
                let rows = Self::page(painter, &listing, page.unwrap_or(1), faults);
                conditional(&Value::Array(rows), listing.validator, headers)
            }
            Reply::Undocumented => {
                self.undocumented.fetch_add(1, Ordering::SeqCst);
                missing(path)
            }
        }
    }

    fn page(painter: Painter<'_>, listing: &Listing, page: usize, faults: &[String]) -> Vec<Value> {
        let on = |name: &str| faults.iter().any(|fault| fault == name);
        let start = (page.max(1) - 1) * PAGE;
        let shown: Vec<&routes::Row> = if on("endless") {
            listing.rows.iter().cycle().skip(start).take(PAGE).collect()
        } else if has_pages(listing.paging, painter.world.readings.unstated) {
            listing.rows.iter().skip(start).take(PAGE).collect()
        } else {
            listing.rows.iter().collect()
        };
        let mut bodies: Vec<Value> =
            shown.into_iter().filter_map(|row| listing.render(painter, row)).collect();
        for body in &mut bodies {
            if on("wrong-type") {
                body["title"] = json!(5);
            }
            if on("missing-member")
                && let Some(members) = body.as_object_mut()
            {
                members.retain(|name, _| !MEMBERS.contains(&name.as_str()));
            }
        }
        bodies
    }
}

fn has_pages(paging: Paging, unstated: Unstated) -> bool {
    match paging {
        Paging::Pages => true,
        Paging::Ignored => false,
        Paging::Unstated { mixed } => match unstated {
            Unstated::Mixed => mixed,
            Unstated::Paginated => true,
            Unstated::Ignored => false,
        },
    }
}

impl Answer {
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

fn empty(status: u16) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
        body: Vec::new(),
    }
}

fn html(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

/// Nothing there: with a body or without, as it comes.
fn missing(path: &str) -> Answer {
    if path.len().is_multiple_of(2) {
        html(404, "")
    } else {
        let body = json!({"status": "404", "error": "Not Found"});
        Answer { body: body.to_string().into_bytes(), ..empty(404) }
    }
}

/// Faults that replace the answer and look otherwise than in Basecamp 3.
pub fn failed(faults: &[String], path: &str) -> Option<Answer> {
    faults.iter().find_map(|fault| match fault.as_str() {
        "400" => Some(empty(400)),
        "404" => Some(missing(path)),
        "422" => {
            let body = json!({"name": ["can't be blank"], "private": "is not allowed"});
            let body = body.to_string().into_bytes();
            Some(Answer { body, ..empty(422) })
        }
        _ => None,
    })
}

/// The bytes of a file, for one who brings no credentials here.
pub fn stored(path: &str, headers: &HeaderMap) -> Option<Answer> {
    let key = path.strip_prefix(STORAGE)?;
    let status = if headers.contains_key("authorization") { 400 } else { 200 };
    Some(Answer {
        status,
        headers: vec![("content-type", "image/png".to_owned())],
        body: format!("bytes of {key}").into_bytes(),
    })
}

/// Answers 304 to one who has this already, by the validators that the route has.
fn conditional(body: &Value, validator: Validator, headers: &HeaderMap) -> Answer {
    let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut answer = empty(200);
    answer.body = body.to_string().into_bytes();
    let mut same = None;
    if matches!(validator, Validator::Both | Validator::Tag) {
        let mut hasher = DefaultHasher::new();
        answer.body.hash(&mut hasher);
        let tag = format!("\"{:016x}\"", hasher.finish());
        same = sent("if-none-match").map(|sent| sent == tag);
        answer = answer.with("etag", tag);
    }
    if matches!(validator, Validator::Both | Validator::Date)
        && let Some(changed) = last_change(body)
    {
        // A tag decides where both are sent.
        let known = sent("if-modified-since").and_then(|sent| {
            let sent = jiff::fmt::rfc2822::parse(sent).ok()?;
            Some(sent.timestamp() >= changed)
        });
        same = same.or(known);
        let spelled = jiff::fmt::rfc2822::DateTimePrinter::new();
        if let Ok(text) = spelled.timestamp_to_rfc9110_string(&changed) {
            answer = answer.with("last-modified", text);
        }
    }
    if same == Some(true) {
        answer.status = 304;
        answer.body.clear();
    }
    answer.with("cache-control", "max-age=0, private, must-revalidate".to_owned())
}

/// The newest change of a record, or of the rows of a page, in whole seconds.
fn last_change(body: &Value) -> Option<jiff::Timestamp> {
    let changed = |record: &Value| {
        let text = record.get("updated_at")?.as_str()?;
        text.parse::<jiff::Timestamp>().ok()
    };
    let newest = match body {
        Value::Array(rows) => rows.iter().filter_map(changed).max(),
        record => changed(record),
    }?;
    jiff::Timestamp::from_second(newest.as_second()).ok()
}

//! From what a route says to what is sent: pages, links, totals, and the faults that bend them.

use serde_json::{Map, Value, json};

use crate::made::{Made, Sent, missing};
use crate::payload::Painter;
use crate::routes::{Paged, Query, Reply, Row, reply};
use crate::server::State;
use crate::writes::{self, Verb};

/// Members that the fault `missing-member` leaves out of rows.
const TYPE_SPECIFIC: [&str; 4] = ["content", "completed", "name", "starts_at"];
/// Sizes of the first pages; then 100 rows each.
const GEARS: [usize; 3] = [15, 30, 50];
/// Rows of every further page.
const TOP_GEAR: usize = 100;

/// The answer to a request that is let in.
pub fn answer(
    state: &State,
    base: &str,
    path: &str,
    query: &str,
    faults: &[String],
    agent: bool,
) -> Made {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    let query = Query::parse(query);
    let world = state.world();
    let painter = Painter { world: &world, base };
    let page = |paged: Paged| listing(painter, path, &query, &paged, faults);
    let mut made = match reply(painter, path, &query, agent) {
        Reply::One(record) => dated(&record, Made::new(200, &record)),
        Reply::Redirect(to) => Made::new(302, &Value::Null).header("location", to),
        Reply::Missing => missing(),
        Reply::Refused(status, body) => Made::new(status, &body),
        Reply::Bad(what) => {
            Made::new(400, &json!({"error": format!("{what} is missing or not valid")}))
        }
        Reply::Paged(paged) => page(paged),
        Reply::Listing(mut rows) => {
            if on("recordings-omit-root-vaults") && query.get("type") == Some("Vault") {
                let facts = &world.facts;
                rows.retain(|row| matches!(row, Row::Fact(place) if facts[*place as usize].parent != *place));
            }
            page(Paged { rows, size: None, around: None })
        }
    };
    made.sent = Sent::by(faults);
    made
}

/// Adds when a record was changed last.
fn dated(record: &Value, made: Made) -> Made {
    let updated = record["updated_at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    match updated {
        Some(at) => {
            made.header("last-modified", at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
        None => made,
    }
}

/// The answer to a request that changes something.
pub fn written(state: &State, base: &str, verb: Verb, path: &str, sending: &Sending<'_>) -> Made {
    let body = match sending.members(writes::takes_bytes(path)) {
        Ok(body) => body,
        Err((status, error)) => return Made::new(status, &json!({"error": error})),
    };
    let query = Query::parse(sending.query);
    let media = sending.media.unwrap_or_default();
    let sent = writes::Sent { body: &body, raw: sending.body, media, query: &query };
    let outcome = writes::write(&mut state.changing(), base, verb, path, &sent);
    let made = Made::new(outcome.status, &outcome.body);
    match outcome.location {
        Some(at) => made.header("location", at),
        None => made,
    }
}

/// The body of a request.
#[derive(Debug)]
pub struct Sending<'a> {
    /// Its media type, if one was said.
    pub media: Option<&'a str>,
    /// Its bytes.
    pub body: &'a [u8],
    /// The query string.
    pub query: &'a str,
}

impl Sending<'_> {
    /// The members of the body, or the status and the message of a refusal.
    fn members(&self, bytes: bool) -> Result<Map<String, Value>, (u16, &'static str)> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        let media = self.media.and_then(|media| media.split(';').next()).map(str::trim);
        if bytes {
            let said = media.is_some_and(|media| !media.is_empty());
            return if said { Ok(Map::new()) } else { Err((415, "Content-Type is missing")) };
        }
        if !media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
            return Err((415, "Content-Type is not application/json"));
        }
        serde_json::from_slice(self.body).map_err(|_| (400, "The body is not a JSON object"))
    }
}

/// One page of a listing.
fn listing(
    painter: Painter<'_>,
    path: &str,
    query: &Query,
    paged: &Paged,
    faults: &[String],
) -> Made {
    let on = |name: &str| faults.iter().any(|fault| fault == name);
    let page = query
        .get("page")
        .and_then(|page| page.parse::<usize>().ok())
        .filter(|page| *page > 0)
        .unwrap_or(1);
    let size = |page| paged.size.unwrap_or_else(|| gear(page));
    let start = paged
        .size
        .map_or_else(|| (1..page).map(gear).sum(), |size| (page - 1).saturating_mul(size));
    let end = start.saturating_add(size(page)).min(paged.rows.len());
    let shown = paged.rows.get(start..end).unwrap_or_default();
    let mut bodies: Vec<Value> = shown.iter().map(|row| row.render(painter)).collect();
    for body in bodies.iter_mut().filter_map(Value::as_object_mut) {
        bend(body, on("wrong-type"), on("missing-member"));
    }
    let body = match &paged.around {
        Some((name, around)) => {
            let mut around = around.clone();
            around[*name] = Value::Array(bodies);
            around
        }
        None => Value::Array(bodies),
    };
    let mut made = Made::new(200, &body);
    if !on("no-total") {
        made = made.header("x-total-count", paged.rows.len().to_string());
    }
    if on("foreign-next-link") {
        made = made.header("link", "<https://elsewhere.example/?page=2>; rel=\"next\"");
    } else if (end < paged.rows.len() || on("endless")) && !on("no-link") {
        let mut pairs: Vec<&(String, String)> =
            query.pairs().iter().filter(|(name, _)| name != "page").collect();
        pairs.sort();
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        let query =
            encoded.extend_pairs(pairs).append_pair("page", &(page + 1).to_string()).finish();
        let next = format!("<{}{path}?{query}>; rel=\"next\"", painter.base);
        made = made.header("link", next);
    }
    made
}

/// What faults do to a row.
fn bend(body: &mut Map<String, Value>, wrong_type: bool, missing_member: bool) {
    if wrong_type {
        body.insert("title".to_owned(), json!(5));
    }
    if missing_member {
        body.retain(|name, _| !TYPE_SPECIFIC.contains(&name.as_str()));
    }
}

fn gear(page: usize) -> usize {
    GEARS.get(page - 1).copied().unwrap_or(TOP_GEAR)
}

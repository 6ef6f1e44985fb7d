//! The event feed and an agent's inbox: walks with a position instead of pages.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Value, json};

use super::{Asked, Reply};
use crate::payload::{FEED_BASE, FEED_PAGE};
use crate::world::Fact;

/// Projects, creators or performers that a request may name.
const MOST_NAMED: usize = 100;
/// What the filters of the feed and of the inbox are called.
const FILTERS: [&str; 7] =
    ["types", "buckets", "creators", "performers", "exclude_performers", "actor_types", "reasons"];

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    match asked.path {
        ["events"] => Some(walk(asked, "events")),
        // For agents alone; to people a bare refusal.
        ["inbox"] if !asked.agent => Some(Reply::Refused(403, Value::Null)),
        ["inbox"] => Some(walk(asked, "items")),
        _ => None,
    }
}

/// The id of a row of the feed, or of the inbox.
fn id_of(fact: &Fact, lane: &str) -> i64 {
    if lane == "events" {
        FEED_BASE + 1 + i64::from(fact.serial)
    } else {
        FEED_BASE * 2 + i64::from(fact.serial)
    }
}

fn walk(asked: Asked<'_>, lane: &'static str) -> Reply {
    let painter = asked.painter;
    if let Some(bad) = bad_filter(asked) {
        return Reply::Refused(
            400,
            json!({"error": format!("{bad} is not valid"), "reason": "filter"}),
        );
    }
    let mark = mark(asked, lane);
    let all: Vec<&Fact> =
        if lane == "events" { painter.feed().collect() } else { painter.inbox().collect() };
    let last = all.last().map_or(0, |fact| id_of(fact, lane));
    let after = match entry(asked, mark, last) {
        Ok(after) => after,
        Err(refused) => return refused,
    };
    let mut rest =
        all.into_iter().filter(|fact| id_of(fact, lane) > after && passes(asked, fact, lane));
    let page: Vec<&Fact> = rest.by_ref().take(FEED_PAGE).collect();
    let more = rest.next().is_some();
    // At the end the position is behind everything that was filtered out, too.
    let reached =
        if more { page.last().map_or(after, |fact| id_of(fact, lane)) } else { last.max(after) };
    let position = format!("{reached:x}.{mark:x}");
    let render = |fact: &&Fact| {
        if lane == "events" { painter.fed(fact) } else { painter.addressed(fact) }
    };
    let mut body = json!({lane: page.iter().map(render).collect::<Vec<_>>(), "position": position});
    if more {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let filters =
            asked.query.pairs().iter().filter(|(name, _)| FILTERS.contains(&name.as_str()));
        query.extend_pairs(filters).append_pair("position", &position);
        let path = if lane == "events" { "events" } else { "inbox" };
        body["next"] = json!(format!("{}/{path}.json?{}", painter.base, query.finish()));
    }
    Reply::One(body)
}

/// Where a walk starts: at the present, after an id, or at a position.
fn entry(asked: Asked<'_>, mark: u64, last: i64) -> Result<i64, Reply> {
    let malformed =
        || Reply::Refused(400, json!({"error": "position is not valid", "reason": "position"}));
    let Some(position) = asked.query.get("position") else {
        return match asked.query.get("since") {
            None | Some("now") => Ok(last),
            Some(id) => id.parse().map_err(|_| malformed()),
        };
    };
    let (reached, minted) = position.split_once('.').ok_or_else(malformed)?;
    let reached = i64::from_str_radix(reached, 16).map_err(|_| malformed())?;
    let minted = u64::from_str_radix(minted, 16).map_err(|_| malformed())?;
    if minted != mark {
        return Err(Reply::Refused(
            409,
            json!({"error": "The filters are not those of the position"}),
        ));
    }
    Ok(reached)
}

/// A number that is another for other filters.
fn mark(asked: Asked<'_>, lane: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    lane.hash(&mut hasher);
    for name in FILTERS {
        asked.query.get(name).hash(&mut hasher);
    }
    hasher.finish()
}

fn bad_filter(asked: Asked<'_>) -> Option<&'static str> {
    let ids = ["buckets", "creators", "performers", "exclude_performers"];
    ids.into_iter().find(|name| {
        asked.query.get(name).is_some_and(|list| {
            let wrong = |id: &str| {
                id.parse::<i64>().is_err()
                    && (*name == "buckets" || *name == "creators" || id != "self")
            };
            list.split(',').count() > MOST_NAMED || list.split(',').any(wrong)
        })
    })
}

fn passes(asked: Asked<'_>, fact: &Fact, lane: &str) -> bool {
    let painter = asked.painter;
    let event = painter.fed(fact);
    let named = |name: &str, value: &str| {
        let list = asked.query.get(name);
        list.is_none_or(|list| list.split(',').any(|each| each == value))
    };
    let performer = event.get("performed_by_id").unwrap_or(&event["creator_id"]).to_string();
    let mine = |list: &str| {
        list.split(',').any(|each| {
            each == performer || (each == "self" && asked.person(&performer) == Some(0))
        })
    };
    named("types", event["event_type"].as_str().unwrap_or_default())
        && named("buckets", &event["bucket_id"].to_string())
        && named("creators", &event["creator_id"].to_string())
        && asked.query.get("performers").is_none_or(mine)
        && !asked.query.get("exclude_performers").is_some_and(mine)
        && named(
            "actor_types",
            if event.get("performed_by_id").is_some() { "agent" } else { "person" },
        )
        && (lane == "events"
            || named("reasons", painter.addressed(fact)["reason"].as_str().unwrap_or_default()))
}

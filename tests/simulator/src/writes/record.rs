//! What can be done to a record of any kind.

use serde_json::{Map, Value, json};

use super::{Outcome, Target, Verb, Writer};
use crate::payload::{Painter, plus_days, time};
use crate::world::{Fact, Family, Flag, Kind, Status};

/// Kinds that say themselves whether clients see them; others follow what holds them.
const VISIBLE: [Kind; 9] = [
    Kind::Todolist,
    Kind::Message,
    Kind::Document,
    Kind::Upload,
    Kind::Vault,
    Kind::Entry,
    Kind::Question,
    Kind::Chat,
    Kind::Table,
];

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    state(writer, target)
        .or_else(|| marks(writer, target))
        .or_else(|| following(writer, target))
        .or_else(|| boosting(writer, target))
}

fn state(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["recordings", id, "status", status]) => {
            let status = Status::named(status)?;
            let fact = writer.any(id)?;
            // The tools of a project come and go by other addresses.
            if writer.world.tool(&fact).is_some() {
                return None;
            }
            if fact.kind == Kind::TimeEntry && status != Status::Active {
                return Some(Outcome::forbidden());
            }
            writer.world.set_status(fact.serial, status);
            Outcome::done()
        }
        (Verb::Put, ["recordings", id, "client_visibility"]) => {
            let fact = writer.any(id)?;
            let sent = writer.body.get("visible_to_clients").and_then(Value::as_bool);
            let Some(visible) = sent else {
                return Some(Outcome::new(400, json!({"error": "visible_to_clients is missing"})));
            };
            if !VISIBLE.contains(&fact.kind) {
                return Some(Outcome::forbidden());
            }
            writer.world.rewrite(fact.serial, |change| {
                change.members.insert("visible_to_clients".to_owned(), json!(visible));
            });
            Outcome::new(200, writer.shown(fact.serial))
        }
        _ => return None,
    })
}

fn marks(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (verb @ (Verb::Post | Verb::Delete), ["recordings", id, "pin"]) => {
            let message = writer.find(Kind::Message, id)?;
            writer.flag(&message, Flag::Pinned, verb == Verb::Post);
            Outcome::done()
        }
        (verb @ (Verb::Post | Verb::Delete), ["recordings", id, "spotlight"]) => {
            let fact = writer.any(id)?;
            writer.flag(&fact, Flag::Spotlit, verb == Verb::Post);
            match verb {
                Verb::Post => Outcome::new(201, writer.shown(fact.serial)),
                _ => Outcome::done(),
            }
        }
        _ => return None,
    })
}

fn following(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (verb @ (Verb::Post | Verb::Delete), ["recordings", id, "bookmark"]) => {
            let fact = writer.any(id)?;
            writer.flag(&fact, Flag::Bookmarked, verb == Verb::Post);
            match verb {
                Verb::Post => Outcome::new(201, writer.painter().bookmark(&fact)),
                _ => Outcome::done(),
            }
        }
        (verb, ["recordings", id, "subscription"]) => {
            let fact = writer.any(id)?;
            if !writer.painter().is_subscribable(&fact) {
                return None;
            }
            match verb {
                Verb::Put => subscribers(writer, fact),
                _ => writer.subscribe(fact, verb == Verb::Post),
            }
            match verb {
                Verb::Delete => Outcome::done(),
                _ => Outcome::new(200, writer.painter().subscription(&fact)),
            }
        }
        (Verb::Post, ["recordings", id, "bubble_up"]) => {
            let fact = writer.any(id)?;
            match day(writer.body.get("at").and_then(Value::as_str).unwrap_or_default()) {
                Some(day) => {
                    writer.world.bubble(fact.serial, Some(day));
                    Outcome::done()
                }
                None => Outcome::new(400, json!({"error": "at is missing or not valid"})),
            }
        }
        (Verb::Delete, ["recordings", id, "bubble_up"]) => {
            let fact = writer.any(id)?;
            writer.world.bubble(fact.serial, None);
            Outcome::done()
        }
        _ => return None,
    })
}

/// The day that `at` means; inside, none for at once.
fn day(at: &str) -> Option<Option<String>> {
    Some(match at {
        "now" => None,
        "today" => Some(plus_days(0)),
        "tomorrow" => Some(plus_days(1)),
        "weekend" => Some(plus_days(3)),
        "next_week" => Some(plus_days(5)),
        day => Some(day.parse::<jiff::civil::Date>().ok()?.to_string()),
    })
}

/// Adds subscribers and takes others away.
fn subscribers(writer: &mut Writer<'_>, fact: Fact) {
    let mut people: Vec<usize> = writer.painter().subscribers(&fact).collect();
    let sent = |name: &str| super::people::places(writer.body.get(name).unwrap_or(&Value::Null));
    let gone = sent("unsubscriptions");
    let new = sent("subscriptions");
    people.retain(|place| !gone.contains(place) && !new.contains(place));
    people.extend(new);
    writer.world.note(fact.serial, |change| {
        change.people.insert("subscribers", people);
    });
}

fn boosting(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["recordings", id, "boosts"]) => {
            let fact = writer.any(id)?;
            boost(writer, &fact, None)
        }
        (Verb::Post, ["recordings", id, "events", event, "boosts"]) => {
            let fact = writer.any(id)?;
            let event = writer.painter().event_of(&fact, event)?;
            if !writer.painter().is_boostable(&fact, event) {
                return Some(Outcome::forbidden());
            }
            boost(writer, &fact, Some(event))
        }
        (Verb::Put, ["boosts", id]) => {
            let boost = writer.painter().boost_of(id)?;
            let shown = writer.painter().boost(boost, true);
            if shown["booster"]["id"] != 2000 {
                return Some(Outcome::forbidden());
            }
            match content(writer) {
                Some(members) => writer.world.patch(Family::Boost, boost.id, members),
                None => return Some(Outcome::new(422, Value::Null)),
            }
            Outcome::new(200, writer.painter().boost(boost, true))
        }
        (Verb::Delete, ["boosts", id]) => {
            let boost = writer.painter().boost_of(id)?;
            let mine = writer.painter().boost(boost, true)["booster"]["id"] == 2000;
            if writer.world.forbidden && !mine {
                return Some(Outcome::forbidden());
            }
            writer.world.discard(Family::Boost, boost.id);
            Outcome::done()
        }
        _ => return None,
    })
}

fn content(writer: &Writer<'_>) -> Option<Map<String, Value>> {
    let content = writer.body.get("content").and_then(Value::as_str)?;
    let said = !content.trim().is_empty();
    said.then(|| [("content".to_owned(), json!(content))].into_iter().collect())
}

/// Boosts a record, or one of its events, in the caller's name.
fn boost(writer: &mut Writer<'_>, fact: &Fact, event: Option<i64>) -> Outcome {
    let Some(mut members) = content(writer) else {
        return Outcome::new(422, Value::Null);
    };
    let moment = writer.world.now();
    members.insert("created_at".to_owned(), json!(time(moment)));
    members.insert("booster".to_owned(), writer.painter().person(0, false));
    let id = writer.world.make(Family::Boost, Painter::boost_owner(fact, event), members);
    let made = writer.painter().boost_of(&id.to_string());
    made.map_or_else(Outcome::missing, |boost| {
        Outcome::new(201, writer.painter().boost(boost, true))
    })
}

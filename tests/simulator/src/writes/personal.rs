//! The account, and what is the caller's alone.

use serde_json::{Map, Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Family, Flag};

const NAME: Resource =
    Resource::replacing(&[member("name", Form::Text, Need::Required, &["name"])]);

const PROFILE: Resource = Resource::merging(&[
    member("name", Form::Text, Need::Required, &["name"]),
    member("email_address", Form::Text, Need::Required, &["email_address"]),
    member("title", Form::Text, Need::Optional, &["title"]),
    member("bio", Form::Text, Need::Optional, &["bio"]),
    member("location", Form::Text, Need::Optional, &["location"]),
    member("time_zone_name", Form::Text, Need::Optional, &["time_zone"]),
    member("first_week_day", Form::Any, Need::Directive, &[]),
    member("time_format", Form::Text, Need::Directive, &[]),
]);

const PREFERENCES: Resource = Resource::merging(&[
    member("time_zone_name", Form::Text, Need::Required, &["time_zone_name"]),
    member(
        "first_week_day",
        Form::Choice(&[
            "Sunday",
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
        ]),
        Need::Optional,
        &["first_week_day"],
    ),
    member(
        "time_format",
        Form::Choice(&["twelve_hour", "twenty_four_hour"]),
        Need::Optional,
        &["time_format"],
    ),
])
.within("person");

const NOTE: Resource =
    Resource::replacing(&[member("content", Form::Html, Need::Required, &["content"])])
        .within("note");

const AWAY: Resource = Resource::replacing(&[
    member("start_date", Form::Day, Need::Required, &["start_date"]),
    member("end_date", Form::Day, Need::Required, &["end_date"]),
])
.within("out_of_office");

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    settings(writer, target)
        .or_else(|| own(writer, target))
        .or_else(|| priorities(writer, target))
        .or_else(|| others(writer, target))
}

fn settings(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["account", "name"]) => {
            let sent = writer.body.get("name").and_then(Value::as_str).unwrap_or_default();
            if sent.trim().is_empty() {
                return Some(Outcome::new(400, json!({"error": "name is missing"})));
            }
            let current = writer.painter().account();
            let changed = writer.alter(&NAME, Family::Account, 0, &current);
            told(changed, 200, || writer.painter().account())
        }
        (verb @ (Verb::Put | Verb::Delete), ["account", "logo"]) => {
            if verb == Verb::Put && !writer.is_form_of("logo") {
                return Some(Outcome::invalid("logo", "can't be blank"));
            }
            let logo = json!({"url": "https://logos.example/new.png"});
            let logo = if verb == Verb::Put { logo } else { Value::Null };
            let member = [("logo".to_owned(), logo)].into_iter().collect();
            writer.world.patch(Family::Account, 0, member);
            Outcome::done()
        }
        (Verb::Put, ["my", "profile"]) => {
            let current = writer.painter().person(0, true);
            let changed = writer.alter(&PROFILE, Family::Person, 0, &current);
            changed.map_or_else(|refusal| refusal, |_| Outcome::done())
        }
        (Verb::Put, ["my", "preferences"]) => {
            let current = writer.painter().preferences();
            let changed = writer.alter(&PREFERENCES, Family::Preferences, 0, &current);
            told(changed, 200, || writer.painter().preferences())
        }
        _ => return None,
    })
}

fn own(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["my", "notes"]) => {
            let current = writer.painter().note();
            let changed = writer.alter(&NOTE, Family::Note, 0, &current);
            if changed.is_ok() && current["id"].is_null() {
                let born = json!({"id": 695_000, "created_at": writer.moment()});
                writer.world.patch(Family::Note, 0, born.as_object().cloned().unwrap_or_default());
            }
            told(changed, 200, || writer.painter().note())
        }
        (Verb::Post, ["people", id, "out_of_office"]) => {
            let place = writer.person(id)?;
            let fresh = AWAY.fresh(writer.body);
            match fresh {
                Ok(fresh) => away(writer, place, Some(fresh.members)),
                Err(refusal) => return Some(refusal),
            }
            Outcome::new(200, writer.painter().out_of_office(place))
        }
        (Verb::Delete, ["people", id, "out_of_office"]) => {
            let place = writer.person(id)?;
            away(writer, place, None);
            Outcome::done()
        }
        _ => return None,
    })
}

fn told(changed: Result<i64, Outcome>, status: u16, shown: impl FnOnce() -> Value) -> Outcome {
    changed.map_or_else(|refusal| refusal, |_| Outcome::new(status, shown()))
}

/// Says when a person is away, or that they are not.
fn away(writer: &mut Writer<'_>, place: usize, days: Option<Map<String, Value>>) {
    let id = i64::try_from(place).unwrap_or_default();
    let mut members = days.unwrap_or_default();
    let enabled = !members.is_empty();
    if let Some(end) = members.get("end_date").cloned() {
        members.insert("back_on_date".to_owned(), end);
    }
    members.insert("enabled".to_owned(), json!(enabled));
    writer.world.patch(Family::OutOfOffice, id, members);
}

fn priorities(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    let bare = || Outcome::new(404, Value::Null);
    Some(match (target.verb, target.path) {
        (Verb::Post, ["my", "priorities"]) => {
            let id = writer.body.get("id").and_then(Value::as_i64);
            let Some(fact) = id.and_then(|id| writer.world.any(id).copied()) else {
                return Some(bare());
            };
            writer.flag(&fact, Flag::Priority, true);
            Outcome::done()
        }
        (Verb::Delete, ["my", "priorities", id]) => {
            let Some(fact) = writer.any(id) else {
                return Some(bare());
            };
            writer.flag(&fact, Flag::Priority, false);
            Outcome::done()
        }
        (Verb::Post, ["my", "priority_moves"]) => {
            let Some(fact) = writer.source() else {
                return Some(bare());
            };
            let Some(position) = writer.body.get("position").and_then(Value::as_u64) else {
                return Some(Outcome::new(400, json!({"error": "position is missing"})));
            };
            let mut order: Vec<u32> =
                writer.painter().priorities().iter().map(|each| each.serial).collect();
            let position = usize::try_from(position).unwrap_or(usize::MAX);
            let known = order.contains(&fact.serial) && (1..=order.len()).contains(&position);
            if !known {
                return Some(Outcome::new(422, json!({"error": "There is no such position"})));
            }
            order.retain(|each| *each != fact.serial);
            order.insert(position - 1, fact.serial);
            writer.world.rank_all(order);
            Outcome::done()
        }
        _ => return None,
    })
}

fn others(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["my", "unreads"]) => {
            let sent = writer.body.get("readables").and_then(Value::as_array);
            for sgid in sent.into_iter().flatten().filter_map(Value::as_str) {
                let number = sgid.strip_prefix("sgid-r").and_then(|number| number.parse().ok());
                if let Some(number) = number {
                    writer.world.read(number);
                }
            }
            Outcome::new(200, Value::Null)
        }
        (Verb::Post, ["events", "stream_ticket"]) => {
            let ticket = format!("ticket-{}", writer.world.now());
            let (_, host) = writer.base.split_once("://")?;
            Outcome::new(
                201,
                json!({"ticket": ticket, "url": format!("ws://{host}/cable?ticket={ticket}"), "expires_at": writer.moment()}),
            )
        }
        (Verb::Post, ["embeds"]) => {
            let address = writer.body.get("url").and_then(Value::as_str).unwrap_or_default();
            if !address.starts_with("https://pages.example/") {
                return Some(Outcome::new(
                    422,
                    json!({"error": "Basecamp can't embed this URL. Link to it instead."}),
                ));
            }
            let painter = writer.painter();
            let mut known = painter.made().map(|nth| painter.embed(nth));
            let found = known.find(|embed| embed["url"] == address);
            drop(known);
            Outcome::new(200, found.unwrap_or_else(|| embed(writer, address)))
        }
        (Verb::Post, ["circles"]) => ping(writer),
        _ => return None,
    })
}

fn embed(writer: &mut Writer<'_>, address: &str) -> Value {
    let known = writer.world.embed_of(address);
    let sgid = known.unwrap_or_else(|| {
        let members = [("url".to_owned(), json!(address))].into_iter().collect();
        format!("embed-{}", writer.world.make(Family::Embed, 0, members))
    });
    json!({"sgid": sgid, "url": address, "status": "pending"})
}

/// The ping that holds exactly some people and the caller, which is made where there is none.
fn ping(writer: &mut Writer<'_>) -> Outcome {
    let mut people = super::people::places(writer.body.get("user_ids").unwrap_or(&Value::Null));
    people.retain(|place| *place != 0);
    let can = |place: &usize| writer.painter().person(*place, false)["can_ping"] == true;
    if !people.iter().any(can) {
        return Outcome::new(422, Value::Null);
    }
    people.insert(0, 0);
    let new_group = people.len() > 2 && writer.body.get("new_group") == Some(&json!(true));
    let painter = writer.painter();
    let held = |nth: &i64| super::people::ids(&painter.ping(*nth)["people"]) == people;
    let found = painter.pings().find(held).filter(|_| !new_group);
    let nth = match found {
        Some(nth) => nth,
        None => make_ping(writer, &people),
    };
    Outcome::new(201, writer.painter().ping(nth))
}

fn make_ping(writer: &mut Writer<'_>, people: &[usize]) -> i64 {
    let moment = writer.moment();
    let painter = writer.painter();
    let shown: Vec<Value> = people.iter().map(|place| painter.person(*place, false)).collect();
    let names: Vec<&str> = shown.iter().skip(1).filter_map(|each| each["name"].as_str()).collect();
    let members = json!({"title": names.join(", "), "named": false, "people": shown,
        "created_at": moment, "updated_at": moment});
    let members = members.as_object().cloned().unwrap_or_default();
    let id = writer.world.make(Family::Ping, 0, members);
    crate::payload::number_of_ping(id)
}

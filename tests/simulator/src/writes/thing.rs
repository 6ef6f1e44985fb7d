//! Webhooks, message types, bots, markers, folders, calendars, templates and what is made from them.

use serde_json::{Map, Value, json};

use super::form::member;
use super::home::found;
use super::{Form, Need, Outcome, Refusal, Resource, Target, Verb, Writer};
use crate::world::{Family, Kind, Status};

const WEBHOOK: Resource = Resource::merging(&[
    member("payload_url", Form::Address, Need::Required, &["payload_url"]),
    member("types", Form::Texts, Need::Optional, &["types"]),
    member("active", Form::Flag, Need::Optional, &["active"]),
])
.refused(Refusal::Bare(400));

const MESSAGE_TYPE: Resource = Resource::merging(&[
    member("name", Form::Text, Need::Required, &["name"]),
    member("icon", Form::Text, Need::Required, &["icon"]),
])
.refused(Refusal::Bare(400));

const CHATBOT: Resource = Resource::merging(&[
    member("service_name", Form::Text, Need::Required, &["service_name"]),
    member("command_url", Form::Address, Need::Optional, &["command_url"]),
])
.refused(Refusal::Bare(400));

const MARKER: Resource = Resource::merging(&[
    member("name", Form::Text, Need::Required, &["name"]),
    member("date", Form::Day, Need::Required, &["date"]),
])
.refused(Refusal::Bare(422));

const FOLDER: Resource =
    Resource::merging(&[member("name", Form::Text, Need::Optional, &["name"])]);

const FOLDER_NAME: Resource =
    Resource::replacing(&[member("name", Form::Text, Need::Required, &["name"])]);

const CALENDAR: Resource = Resource::replacing(&[member(
    "color",
    Form::Choice(&super::card::COLORS),
    Need::Required,
    &["color"],
)])
.within("calendar");

const TEMPLATE: Resource = Resource::merging(&[
    member("name", Form::Text, Need::Required, &["name"]),
    member("description", Form::Text, Need::Optional, &["description"]),
]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    of_project(writer, target)
        .or_else(|| in_project(writer, target))
        .or_else(|| of_account(writer, target))
        .or_else(|| templates(writer, target))
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or_default()
}

fn of_project(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    let bucket = target.bucket.map(number);
    Some(match (target.verb, target.path) {
        (Verb::Post, ["webhooks"]) => {
            let active = writer.body.get("active").is_none_or(|active| active != false);
            let made = writer.make(&WEBHOOK, Family::Webhook, bucket?, |members| {
                if members["types"] == json!([]) {
                    members.insert("types".to_owned(), json!(["all"]));
                }
                members.insert("active".to_owned(), json!(active));
            });
            webhook(writer, 201, made)
        }
        (verb, ["webhooks", id]) => {
            let (id, _) = writer.painter().webhook_of(id)?;
            if verb == Verb::Delete {
                writer.world.discard(Family::Webhook, id);
                return Some(Outcome::done());
            }
            let current = webhook(writer, 200, Ok(id)).body;
            let changed = writer.alter(&WEBHOOK, Family::Webhook, id, &current);
            webhook(writer, 200, changed)
        }
        _ => return None,
    })
}

fn in_project(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    let bucket = target.bucket.map(number);
    Some(match (target.verb, target.path) {
        (Verb::Post, ["categories"]) => {
            let made = writer.make(&MESSAGE_TYPE, Family::MessageType, bucket?, |_| {});
            shown(made, 201, |id| writer.painter().message_type(id))
        }
        (verb, ["categories", id]) => {
            let id: i64 = id.parse().ok()?;
            let known = writer.painter().message_types(target.bucket?).contains(&id);
            known.then_some(())?;
            if verb == Verb::Delete {
                writer.world.discard(Family::MessageType, id);
                return Some(Outcome::done());
            }
            let current = writer.painter().message_type(id);
            let changed = writer.alter(&MESSAGE_TYPE, Family::MessageType, id, &current);
            shown(changed, 200, |id| writer.painter().message_type(id))
        }
        (verb, ["chats", room, "integrations", rest @ ..]) => {
            let project = target.bucket?;
            let room = writer.find(Kind::Chat, room)?.id;
            chatbot(writer, verb, project, room, rest)?
        }
        _ => return None,
    })
}

fn shown(id: Result<i64, Outcome>, status: u16, render: impl FnOnce(i64) -> Value) -> Outcome {
    id.map_or_else(|refusal| refusal, |id| Outcome::new(status, render(id)))
}

fn webhook(writer: &Writer<'_>, status: u16, id: Result<i64, Outcome>) -> Outcome {
    let found = |id: i64| writer.painter().webhook_of(&id.to_string());
    shown(id, status, |id| {
        found(id).map_or(Value::Null, |(id, place)| writer.painter().webhook(id, place, true))
    })
}

fn chatbot(
    writer: &mut Writer<'_>,
    verb: Verb,
    project: usize,
    room: i64,
    rest: &[&str],
) -> Option<Outcome> {
    let render = |writer: &Writer<'_>, id: i64| {
        let nth = writer.painter().chatbot_of(&id.to_string());
        nth.map_or(Value::Null, |nth| writer.painter().chatbot(nth, project, room))
    };
    Some(match (verb, rest) {
        (Verb::Post, []) => {
            let made = writer.make(&CHATBOT, Family::Chatbot, 0, |_| {});
            shown(made, 201, |id| render(writer, id))
        }
        (Verb::Put | Verb::Delete, [id]) => {
            writer.painter().chatbot_of(id)?;
            let id: i64 = id.parse().ok()?;
            if verb == Verb::Delete {
                writer.world.discard(Family::Chatbot, id);
                return Some(Outcome::done());
            }
            if !writer.body.contains_key("service_name") {
                return Some(Outcome::new(400, json!({"service_name": ["can't be blank"]})));
            }
            let current = render(writer, id);
            let changed = writer.alter(&CHATBOT, Family::Chatbot, id, &current);
            shown(changed, 200, |id| render(writer, id))
        }
        _ => return None,
    })
}

fn of_account(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["lineup", "markers"]) => {
            let made = writer.make(&MARKER, Family::Marker, 0, |_| {});
            shown(made, 201, |id| marker(writer, id))
        }
        (verb @ (Verb::Put | Verb::Delete), ["lineup", "markers", id]) => {
            let id: i64 = id.parse().ok()?;
            let current = found_marker(writer, id)?;
            if verb == Verb::Delete {
                writer.world.discard(Family::Marker, id);
                return Some(Outcome::done());
            }
            let changed = writer.alter(&MARKER, Family::Marker, id, &current);
            shown(changed, 200, |id| marker(writer, id))
        }
        (Verb::Post, ["stacks"]) => file(writer).unwrap_or_else(|refusal| refusal),
        (verb @ (Verb::Put | Verb::Delete), ["stacks", id]) => {
            let nth = writer.painter().folder_of(id)?;
            let id: i64 = id.parse().ok()?;
            if verb == Verb::Delete {
                writer.world.discard(Family::Folder, id);
                return Some(Outcome::done());
            }
            let current = writer.painter().folder(nth, true);
            let changed = writer.alter(&FOLDER_NAME, Family::Folder, id, &current);
            shown(changed, 200, |_| writer.painter().folder(nth, true))
        }
        (Verb::Put, ["calendars", id]) => {
            let nth = writer.painter().calendar_of(id)?;
            let current = writer.painter().calendar(nth);
            let id: i64 = id.parse().ok()?;
            let changed = writer.alter(&CALENDAR, Family::Calendar, id, &current);
            shown(changed, 200, |_| writer.painter().calendar(nth))
        }
        _ => return None,
    })
}

fn found_marker(writer: &Writer<'_>, id: i64) -> Option<Value> {
    let painter = writer.painter();
    let mut markers = painter.markers().map(|nth| painter.marker(nth));
    markers.find(|marker| marker["id"] == id)
}

/// A marker as it is answered; nothing by an older server.
fn marker(writer: &Writer<'_>, id: i64) -> Value {
    let said = !writer.world.oddities.silent_markers;
    found_marker(writer, id).filter(|_| said).unwrap_or_default()
}

/// Makes a folder of projects, all of which must be there and in use.
fn file(writer: &mut Writer<'_>) -> Result<Outcome, Outcome> {
    let ids: Vec<Value> = match writer.body.get("project_ids") {
        Some(Value::Array(ids)) => ids.clone(),
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return Err(Outcome::invalid("project_ids", "is not a list of ids")),
    };
    for id in &ids {
        let place = writer.world.project_of(&id.to_string());
        place.filter(|place| writer.world.is_active(*place)).ok_or_else(Outcome::missing)?;
    }
    let id = writer.make(&FOLDER, Family::Folder, 0, |members| {
        members.insert("bucket_ids".to_owned(), json!(ids));
        members.insert("is_emoji_only_name".to_owned(), json!(false));
        members.insert("image_url".to_owned(), Value::Null);
    })?;
    let nth = writer.painter().folder_of(&id.to_string()).ok_or_else(Outcome::missing)?;
    Ok(Outcome::new(201, writer.painter().folder(nth, true)))
}

fn templates(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["templates"]) => match TEMPLATE.fresh(writer.body) {
            Ok(fresh) => {
                let place = found(writer, true, fresh.members);
                Outcome::new(201, writer.painter().template(place))
            }
            Err(refusal) => refusal,
        },
        (Verb::Put, ["templates", id]) => {
            let place = writer.world.template_of(id)?;
            let current = writer.painter().template(place);
            let changed = writer.alter(&TEMPLATE, Family::Project, number(place), &current);
            shown(changed, 200, |_| writer.painter().template(place))
        }
        (Verb::Delete, ["templates", id]) => {
            let place = writer.world.template_of(id)?;
            writer.world.set_project_status(place, Status::Trashed);
            Outcome::done()
        }
        (Verb::Post, ["templates", id, "project_constructions"]) => {
            let template = writer.world.template_of(id)?;
            construct(writer, template)
        }
        (Verb::Post, ["template_library", "todolists"]) => shelve(writer, "todoset"),
        (Verb::Post, ["template_library", "card_tables"]) => shelve(writer, "kanban_board"),
        _ => return None,
    })
}

/// Makes a project from a template; who asks again finds it made.
fn construct(writer: &mut Writer<'_>, template: usize) -> Outcome {
    let Some(Value::Object(project)) = writer.body.get("project") else {
        return Outcome::new(400, json!({"error": "project is missing"}));
    };
    let fresh = match TEMPLATE.fresh(project) {
        Ok(fresh) => fresh,
        Err(refusal) => return refusal,
    };
    let place = found(writer, false, fresh.members);
    let members = [("place".to_owned(), json!(place))].into_iter().collect();
    let id = writer.world.make(Family::Construction, number(template), members);
    let mut shown = writer.painter().construction(id, template);
    shown["status"] = json!("pending");
    if let Some(members) = shown.as_object_mut() {
        members.remove("project");
    }
    Outcome::new(201, shown)
}

/// Makes an empty list, or a card table with its columns, in the template library.
fn shelve(writer: &mut Writer<'_>, tool: &str) -> Outcome {
    let named: Result<Map<String, Value>, Outcome> =
        TEMPLATE.fresh(writer.body).map(|fresh| fresh.members);
    let name = match named {
        Ok(members) => members["name"].clone(),
        Err(refusal) => return refusal,
    };
    let Some(library) = writer.painter().templates().next() else {
        return Outcome::missing();
    };
    let dock = writer.world.projects[library].dock.iter();
    let Some(holder) = dock.filter(|each| each.name == tool).map(|each| each.place).next() else {
        return Outcome::missing();
    };
    let holder = writer.world.facts[holder as usize];
    let place = if tool == "todoset" {
        match writer.created(&super::list::LIST, Kind::Todolist, holder, Status::Active) {
            Ok(place) => place,
            Err(refusal) => return refusal,
        }
    } else {
        writer.world.equip(library, "kanban_board", Kind::Table)
    };
    writer.world.note(place, |change| {
        change.members.insert("title".to_owned(), name);
    });
    Outcome::new(201, writer.shown(place))
}

//! Lists of to-dos, groups in them, and hill charts.

use serde_json::{Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Fact, Flag, Kind, Status};

pub const LIST: Resource = Resource::replacing(&[
    member("name", Form::Text, Need::Required, &["name", "title"]),
    member("description", Form::Html, Need::Optional, &["description"]),
]);

const GROUP: Resource = Resource::replacing(&[
    member("name", Form::Text, Need::Required, &["name", "title"]),
    member("description", Form::Html, Need::Optional, &["description"]),
    member("color", Form::Choice(&super::card::COLORS), Need::Kept, &["color"]),
]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["todosets", id, "todolists"]) => {
            let set = writer.find(Kind::Todoset, id)?;
            writer.create(&LIST, Kind::Todolist, set, Status::Active)
        }
        (Verb::Post, ["todolists", id, "groups"]) => {
            let list = writer.find(Kind::Todolist, id)?;
            writer.create(&GROUP, Kind::Todolist, list, Status::Active)
        }
        (Verb::Put, ["todolists", id]) => {
            let list = writer.find(Kind::Todolist, id)?;
            let resource = if is_group(writer, &list) { GROUP } else { LIST };
            writer.update(&resource, list)
        }
        (Verb::Put, [holder @ ("todosets" | "todolists"), _, id, "position"]) => {
            let list = writer.find(Kind::Todolist, id)?;
            let group = *holder == "todolists";
            if is_group(writer, &list) != group {
                return None;
            }
            writer.moved(list)
        }
        (Verb::Put, ["todosets", id, "hills", "settings"]) => {
            let set = writer.find(Kind::Todoset, id)?;
            track(writer, &set)
        }
        _ => return None,
    })
}

fn is_group(writer: &Writer<'_>, list: &Fact) -> bool {
    writer.world.parent(list).is_some_and(|parent| parent.kind == Kind::Todolist)
}

/// Puts lists on the hill chart of their set, or takes them off.
fn track(writer: &mut Writer<'_>, set: &Fact) -> Outcome {
    let mut notes = Vec::new();
    for (name, tracked) in [("tracked", true), ("untracked", false)] {
        for id in writer.body.get(name).and_then(Value::as_array).into_iter().flatten() {
            let list = id.as_i64().and_then(|id| writer.world.find(Kind::Todolist, id));
            match list.filter(|list| list.parent == set.serial) {
                Some(list) => notes.push((list.serial, tracked)),
                None => return Outcome::missing(),
            }
        }
    }
    for (place, tracked) in notes {
        writer.world.note(place, |change| {
            change.flags.insert(Flag::Tracked, tracked);
        });
    }
    let hill = writer.painter().hill(&writer.world.facts[set.serial as usize]);
    Outcome::new(200, json!(hill))
}

//! Gauges and their needles.

use serde_json::{Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Kind, Status};

const NEEDLE: Resource = Resource::merging(&[
    member("position", Form::Percent, Need::Required, &["position"]),
    member("color", Form::Choice(&["green", "yellow", "red"]), Need::Optional, &["color"]),
    member("description", Form::Html, Need::Optional, &["description"]),
])
.within("gauge_needle");

/// Position and colour of a needle never change.
const DESCRIPTION: Resource =
    Resource::merging(&[member("description", Form::Html, Need::Optional, &["description"])])
        .within("gauge_needle");

const NOTHING: Resource = Resource::merging(&[]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["projects", id, "gauge", "needles"]) => {
            let project = writer.world.project_of(id)?;
            let gauge = writer.painter().gauge_of(project)?;
            let gauge = writer.world.facts[gauge as usize];
            writer.create(&NEEDLE, Kind::Needle, gauge, Status::Active)
        }
        (Verb::Put, ["gauge_needles", id]) => {
            let needle = writer.find(Kind::Needle, id)?;
            writer.update(&DESCRIPTION, needle)
        }
        (Verb::Delete, ["gauge_needles", id]) => {
            let needle = writer.find(Kind::Needle, id)?;
            writer.world.remove(needle.serial);
            Outcome::done()
        }
        (Verb::Put, ["projects", id, "gauge"]) => {
            let project = writer.world.project_of(id)?;
            toggle(writer, project)
        }
        _ => return None,
    })
}

/// Switches the gauge of a project on, which makes it where there is none, or off.
fn toggle(writer: &mut Writer<'_>, project: usize) -> Outcome {
    let gauge = writer.body.get("gauge").unwrap_or(&Value::Null);
    let Some(enabled) = gauge["enabled"].as_bool() else {
        return Outcome::new(400, json!({"error": "gauge is missing"}));
    };
    let place = match writer.painter().gauge_of(project) {
        Some(place) => Ok(place),
        None if !enabled => return Outcome::new(200, Value::Null),
        None => writer.made(&NOTHING, Kind::Gauge, project, None, Status::Active),
    };
    match place {
        Ok(place) => {
            writer.world.rewrite(place, |change| {
                change.members.insert("enabled".to_owned(), json!(enabled));
            });
            Outcome::new(200, Value::Null)
        }
        Err(refusal) => refusal,
    }
}

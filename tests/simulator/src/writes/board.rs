//! Messages and comments.

use serde_json::{Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Fact, Kind, Status};

const MESSAGE: Resource = Resource::merging(&[
    member("subject", Form::Text, Need::Required, &["subject", "title"]),
    member("content", Form::Html, Need::Optional, &["content"]),
    member("category_id", Form::Any, Need::Directive, &[]),
    member("notify", Form::Any, Need::Directive, &[]),
]);

const COMMENT: Resource =
    Resource::replacing(&[member("content", Form::Html, Need::Required, &["content"])]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["message_boards", id, "messages"]) => {
            let board = writer.find(Kind::Board, id)?;
            let status = writer.status(Status::Drafted);
            let made = writer.created(&MESSAGE, Kind::Message, board, status);
            let filed = made.and_then(|place| file(writer, place));
            writer.answered(201, filed)
        }
        (Verb::Put, ["messages", id]) => {
            let message = writer.find(Kind::Message, id)?;
            let changed = writer.changed(&MESSAGE, message);
            let filed = changed.and_then(|()| file(writer, message.serial));
            writer.publish(message);
            writer.answered(200, filed)
        }
        (Verb::Post, ["recordings", id, "comments"]) => {
            let fact = writer.any(id)?;
            writer.create(&COMMENT, Kind::Comment, fact, Status::Active)
        }
        (Verb::Put, ["comments", id]) => {
            let comment = writer.find(Kind::Comment, id)?;
            writer.update(&COMMENT, comment)
        }
        _ => return None,
    })
}

/// Gives a message the category that was named; one that is new has none otherwise.
fn file(writer: &mut Writer<'_>, place: u32) -> Result<u32, Outcome> {
    let fact: Fact = writer.world.facts[place as usize];
    let brief = match writer.body.get("category_id") {
        Some(Value::Null) => Value::Null,
        Some(id) => {
            let painter = writer.painter();
            let id =
                painter.message_types(fact.project as usize).into_iter().find(|each| id == each);
            let found = painter
                .message_type(id.ok_or_else(|| Outcome::invalid("category_id", "is not there"))?);
            json!({"id": found["id"], "name": found["name"], "icon": found["icon"]})
        }
        None if writer.world.written(&fact, "category").is_none() && writer.world.is_new(&fact) => {
            Value::Null
        }
        None => return Ok(place),
    };
    writer.world.note(place, |change| {
        change.members.insert("category".to_owned(), brief);
    });
    Ok(place)
}

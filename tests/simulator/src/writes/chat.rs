//! Lines and files of chats.

use serde_json::{Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Fact, Kind, Status};

const LINE: Resource = Resource::replacing(&[
    member("content", Form::Text, Need::Required, &["content"]),
    member("content_type", Form::Text, Need::Directive, &[]),
]);

const NOTHING: Resource = Resource::merging(&[]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["chats", id, "lines"]) => {
            let room = writer.find(Kind::Chat, id)?;
            let rich = writer.body.get("content_type") == Some(&json!("text/html"));
            let made = writer.created(&LINE, Kind::Line, room, Status::Active);
            let made =
                made.inspect(|place| writer.world.become_line(*place, if rich { 2 } else { 1 }));
            writer.answered(201, made)
        }
        (Verb::Post, ["chats", id, "uploads"]) => {
            let room = writer.find(Kind::Chat, id)?;
            upload(writer, room)
        }
        (Verb::Put, ["chats", room, "lines", id]) => {
            let line = line(writer, room, id)?;
            if !may_edit(writer, &line) {
                return Some(Outcome::forbidden());
            }
            let changed = writer.changed(&LINE, line);
            // Whatever it was, it is rich text from then on.
            let done = changed.map(|()| writer.world.become_line(line.serial, 2));
            done.map_or_else(|refusal| refusal, |()| Outcome::done())
        }
        (Verb::Delete, ["chats", room, "lines", id]) => {
            let line = line(writer, room, id)?;
            // An administrator may remove any, others their own.
            if writer.world.forbidden && writer.painter().author(&line) != 0 {
                return Some(Outcome::forbidden());
            }
            writer.world.remove(line.serial);
            Outcome::done()
        }
        _ => return None,
    })
}

fn line(writer: &Writer<'_>, room: &str, id: &str) -> Option<Fact> {
    let room = writer.find(Kind::Chat, room)?;
    writer.find(Kind::Line, id).filter(|line| line.parent == room.serial)
}

/// Only who wrote a line may change it, and none that is a file.
fn may_edit(writer: &Writer<'_>, line: &Fact) -> bool {
    let painter = writer.painter();
    painter.author(line) == 0 && !painter.is_upload(line)
}

fn upload(writer: &mut Writer<'_>, room: Fact) -> Outcome {
    let Some(name) = writer.query.get("name").filter(|name| !name.is_empty()) else {
        return Outcome::new(400, json!({"error": "name is missing"}));
    };
    if writer.raw.is_empty() {
        return Outcome::invalid("file", "can't be blank");
    }
    let name = name.to_owned();
    let made = writer.created(&NOTHING, Kind::Line, room, Status::Active).inspect(|place| {
        let place = *place;
        let id = writer.world.facts[place as usize].id;
        let at = format!("{}/blobs/{id}/download/{}", writer.base, name.replace(' ', "%20"));
        let file: Value = json!([{"title": name, "filename": name, "content_type": writer.media,
            "byte_size": writer.raw.len(), "url": at, "download_url": at}]);
        writer.world.become_line(place, 4);
        writer.world.note(place, |change| {
            change.members.insert("attachments".to_owned(), file);
        });
    });
    writer.answered(201, made)
}

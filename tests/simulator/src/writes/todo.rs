//! To-dos: made, replaced, completed, moved.

use serde_json::Value;

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Fact, Kind, Status};

/// A to-do: its title is its text. Dates are cleared by leaving them out; an empty one is an error.
const TODO: Resource = Resource::replacing(&[
    member("content", Form::Text, Need::Required, &["content", "title"]),
    member("description", Form::Html, Need::Optional, &["description"]),
    member("assignee_ids", Form::People, Need::Optional, &["assignees"]),
    member("completion_subscriber_ids", Form::People, Need::Optional, &["completion_subscribers"]),
    member("due_on", Form::Day, Need::Optional, &["due_on"]),
    member("starts_on", Form::Day, Need::Optional, &["starts_on"]),
    member("notify", Form::Flag, Need::Directive, &[]),
]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["todolists", list, "todos"]) => {
            let list = writer.find(Kind::Todolist, list)?;
            writer.create(&TODO, Kind::Todo, list, Status::Active)
        }
        (Verb::Post, ["todosets", set, "todos"]) => {
            // Only with the project in front.
            target.bucket?;
            let set = writer.find(Kind::Todoset, set)?;
            writer.create(&TODO, Kind::Todo, set, Status::Active)
        }
        (Verb::Put, ["todos", id]) => {
            let todo = writer.find(Kind::Todo, id)?;
            writer.update(&TODO, todo)
        }
        (Verb::Post | Verb::Delete, ["todos", id, "completion"]) => {
            let todo = writer.find(Kind::Todo, id)?;
            writer.world.complete(todo.serial, target.verb == Verb::Post);
            Outcome::done()
        }
        (Verb::Put, ["todos", id, "position"]) => {
            let todo = writer.find(Kind::Todo, id)?;
            place(writer, todo).unwrap_or_else(|refusal| refusal)
        }
        _ => return None,
    })
}

/// Moves a to-do within its list, or into another one of its project.
fn place(writer: &mut Writer<'_>, todo: Fact) -> Result<Outcome, Outcome> {
    let position = writer.position()?;
    let parent = match writer.body.get("parent_id") {
        None | Some(Value::Null) => todo.parent,
        Some(id) => {
            let found = id.as_i64().and_then(|id| writer.world.any(id));
            let holds = |parent: &&Fact| {
                matches!(parent.kind, Kind::Todolist | Kind::Todoset)
                    && parent.project == todo.project
            };
            found.filter(holds).ok_or_else(Outcome::missing)?.serial
        }
    };
    writer.world.reposition(todo.serial, parent, position);
    Ok(Outcome::done())
}

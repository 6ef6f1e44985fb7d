//! The template library: copies of its templates, and templates that are made of what there is.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Outcome, Target, Verb, Writer};
use crate::world::{Draft, Fact, Family, Kind, Status};

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["template_library", "copies"]) => {
            copy(writer).unwrap_or_else(|refusal| refusal)
        }
        (Verb::Post, ["recordings", id, "templatifications"]) => {
            target.bucket?;
            let source = writer.any(id)?;
            templatify(writer, &source).unwrap_or_else(|refusal| refusal)
        }
        _ => return None,
    })
}

/// Where a copy of a list or a card table goes: the first tool of the project that can hold it.
fn holder(writer: &Writer<'_>, source: &Fact, project: usize) -> Option<Fact> {
    let name = if source.kind == Kind::Todolist { "todoset" } else { "kanban_board" };
    let tool = writer.world.projects[project].dock.iter().find(|tool| tool.name == name)?;
    Some(writer.world.facts[tool.place as usize])
}

/// Copies a list with its to-dos, or makes a card table of the same name; its place.
fn duplicate(writer: &mut Writer<'_>, source: &Fact, project: usize, name: &Value) -> Option<u32> {
    if source.kind == Kind::Table {
        let place = writer.world.equip(project, "kanban_board", Kind::Table);
        writer.world.note(place, |change| {
            change.members.insert("title".to_owned(), name.clone());
        });
        return Some(place);
    }
    let set = holder(writer, source, project)?;
    let members = json!({"name": name, "title": name, "description": ""});
    let list = draft(writer, Kind::Todolist, &set, members);
    let todos: Vec<Fact> = writer.world.children(source, Kind::Todo).copied().collect();
    let list_fact = writer.world.facts[list as usize];
    for todo in todos.iter().filter(|todo| todo.status == Status::Active) {
        let shown = writer.shown(todo.serial);
        let members = json!({"content": shown["content"], "title": shown["content"],
            "description": shown["description"], "due_on": null, "starts_on": null});
        draft(writer, Kind::Todo, &list_fact, members);
    }
    Some(list)
}

fn draft(writer: &mut Writer<'_>, kind: Kind, parent: &Fact, members: Value) -> u32 {
    writer.world.create(Draft {
        kind,
        project: parent.project,
        parent: Some(parent.serial),
        status: Status::Active,
        members: members.as_object().cloned().unwrap_or_default(),
        people: BTreeMap::new(),
    })
}

/// Copies a template of the library into a project.
fn copy(writer: &mut Writer<'_>) -> Result<Outcome, Outcome> {
    let sent = |name: &str| writer.body.get(name).and_then(Value::as_i64);
    let id = sent("template_recording_id");
    let id = id.ok_or_else(|| Outcome::invalid("template_recording_id", "can't be blank"))?;
    let source = writer.world.any(id).copied().ok_or_else(Outcome::missing)?;
    let parent = sent("destination_parent_id").and_then(|id| writer.world.any(id));
    let named = sent("destination_project_id").map(|id| id.to_string());
    let project = named.and_then(|id| writer.world.project_of(&id));
    let project = project.or(parent.map(|parent| parent.project as usize));
    let project = project.ok_or_else(Outcome::missing)?;
    let name = writer.shown(source.serial)["title"].clone();
    let place = duplicate(writer, &source, project, &name).ok_or_else(Outcome::missing)?;
    let made = writer.shown(place);
    let target = writer.world.facts[place as usize];
    let holder = writer.world.parent(&target).unwrap_or(&target).id;
    let at = format!("{}/template_library/copies", writer.base);
    let record = json!({"source_recording_id": source.id, "destination_parent_id": holder});
    Ok(started(writer, Family::Copy, 0, record, &source, made, &at))
}

/// Makes a template of a list or a card table.
fn templatify(writer: &mut Writer<'_>, source: &Fact) -> Result<Outcome, Outcome> {
    if !matches!(source.kind, Kind::Todolist | Kind::Table) {
        return Err(Outcome::missing());
    }
    let library = writer.painter().templates().next().ok_or_else(Outcome::missing)?;
    let name = writer.body.get("template_name").cloned();
    let name = name.unwrap_or_else(|| writer.shown(source.serial)["title"].clone());
    let place = duplicate(writer, source, library, &name).ok_or_else(Outcome::missing)?;
    let made = writer.shown(place);
    let project = writer.world.projects[source.project as usize].id;
    let at =
        format!("{}/buckets/{project}/recordings/{}/templatifications", writer.base, source.id);
    let record = json!({"source_recording_id": source.id});
    Ok(started(writer, Family::Templatification, source.id, record, source, made, &at))
}

/// Notes what was made, and answers that it is still to come.
fn started(
    writer: &mut Writer<'_>,
    family: Family,
    owner: i64,
    record: Value,
    source: &Fact,
    made: Value,
    at: &str,
) -> Outcome {
    let mut members: Map<String, Value> = record.as_object().cloned().unwrap_or_default();
    let id = writer.world.make(family, owner, Map::new());
    members.insert("id".to_owned(), json!(id));
    members.insert("url".to_owned(), json!(format!("{at}/{id}.json")));
    members.insert("status".to_owned(), json!("pending"));
    let answer = Value::Object(members.clone());
    let list = source.kind == Kind::Todolist;
    let name = if list { "destination_todolist" } else { "destination_card_table" };
    members.insert(name.to_owned(), made);
    members.insert("status".to_owned(), json!("completed"));
    writer.world.patch(family, id, members);
    Outcome::new(201, answer)
}

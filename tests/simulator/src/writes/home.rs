//! Projects, their tools and people, and what is kept beside them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::world::{Family, Kind, Status, tool_of};

const PROJECT: Resource = Resource::merging(&[
    member("name", Form::Text, Need::Required, &["name"]),
    member("description", Form::Text, Need::Optional, &["description"]),
    member("admissions", Form::Choice(&["invite", "employee", "team"]), Need::Directive, &[]),
]);

/// Both days, or neither.
const DAYS: Resource = Resource::merging(&[
    member("start_date", Form::Blank, Need::Kept, &["start_date"]),
    member("end_date", Form::Blank, Need::Kept, &["end_date"]),
]);

const TOOL: Resource =
    Resource::replacing(&[member("title", Form::Text, Need::Required, &["title"])]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    projects(writer, target)
        .or_else(|| access(writer, target))
        .or_else(|| tools(writer, target))
        .or_else(|| dock(writer, target))
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or_default()
}

fn projects(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["projects"]) => match PROJECT.fresh(writer.body) {
            Ok(fresh) => {
                let place = found(writer, false, fresh.members);
                Outcome::new(201, writer.painter().project(place, false))
            }
            Err(refusal) => refusal,
        },
        (Verb::Put, ["projects", id]) => {
            let place = writer.world.project_of(id)?;
            change(writer, place).unwrap_or_else(|refusal| refusal)
        }
        (Verb::Delete, ["projects", id]) => set_status(writer, id, Status::Trashed)?,
        (Verb::Put, ["projects", id, "status", "active"]) => {
            set_status(writer, id, Status::Active)?
        }
        (Verb::Put, ["projects", id, "status", "archived"]) => {
            set_status(writer, id, Status::Archived)?
        }
        (Verb::Post, ["projects", id, "recent_visit"]) => {
            let place = writer.world.project_of(id)?;
            if writer.world.is_active(place) {
                writer.world.visit(place);
            }
            Outcome::done()
        }
        (verb @ (Verb::Put | Verb::Delete), ["projects", id, "wallpaper"]) => {
            let place = writer.world.project_of(id)?;
            if verb == Verb::Put && !writer.is_form_of("wallpaper") {
                return Some(Outcome::invalid("wallpaper", "can't be blank"));
            }
            let mode = writer.query.get("mode").unwrap_or("image");
            let shown = json!({"mode": mode, "url": "https://images.example/new.png"});
            let shown = if verb == Verb::Put { shown } else { Value::Null };
            touch(writer, place, [("wallpaper".to_owned(), shown)].into_iter().collect());
            Outcome::done()
        }
        _ => return None,
    })
}

/// Makes a project or a template of these members; its place.
pub fn found(writer: &mut Writer<'_>, template: bool, mut members: Map<String, Value>) -> usize {
    let place = writer.world.found(template);
    writer.world.grant(place, BTreeSet::from([0]));
    members.insert("updated_at".to_owned(), json!(writer.moment()));
    writer.world.patch(Family::Project, number(place), members);
    place
}

/// Writes members of a project, or of a template.
pub fn touch(writer: &mut Writer<'_>, place: usize, mut members: Map<String, Value>) {
    members.insert("updated_at".to_owned(), json!(writer.moment()));
    writer.world.patch(Family::Project, number(place), members);
}

/// Changes a project: the name is demanded each time.
fn change(writer: &mut Writer<'_>, place: usize) -> Result<Outcome, Outcome> {
    let current = writer.painter().project(place, false);
    if !writer.body.contains_key("name") {
        return Err(Outcome::invalid("name", "can't be blank"));
    }
    let mut members = PROJECT.changes(writer.body, &current)?.members;
    if let Some(Value::Object(days)) = writer.body.get("schedule_attributes") {
        let blank = |name: &str| days.get(name).is_none_or(|day| day.is_null() || day == "");
        if blank("start_date") != blank("end_date") {
            return Err(Outcome::invalid("schedule_attributes", "needs both days or neither"));
        }
        members.extend(DAYS.changes(days, &current)?.members);
    }
    touch(writer, place, members);
    Ok(Outcome::new(200, writer.painter().project(place, false)))
}

fn set_status(writer: &mut Writer<'_>, id: &str, status: Status) -> Option<Outcome> {
    let place = writer.world.project_of(id)?;
    writer.world.set_project_status(place, status);
    touch(writer, place, Map::new());
    Some(Outcome::done())
}

fn access(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["projects", id, "people", who @ ("users" | "client_users")]) => {
            let place = writer.world.project_of(id)?;
            let clients = *who == "client_users";
            if clients && writer.painter().project(place, false)["clients_enabled"] != true {
                return Some(Outcome::forbidden());
            }
            admit(writer, place, clients)
        }
        (verb @ (Verb::Post | Verb::Delete), ["projects", id, "client_enablement"]) => {
            let place = writer.world.project_of(id)?;
            let enabled = verb == Verb::Post;
            let is_client =
                |place: &usize| writer.painter().person(*place, false)["client"] == true;
            if !enabled && writer.painter().members(place).iter().any(is_client) {
                return Some(Outcome::forbidden());
            }
            let member = [("clients_enabled".to_owned(), json!(enabled))];
            touch(writer, place, member.into_iter().collect());
            Outcome::new(200, json!({"clients_enabled": enabled}))
        }
        _ => return None,
    })
}

/// Lets people into a project and takes others out, clients or the others; says who.
fn admit(writer: &mut Writer<'_>, place: usize, clients: bool) -> Outcome {
    let is_one =
        |place: &usize| (writer.painter().person(*place, false)["client"] == true) == clients;
    let sent = |name: &str| -> Vec<usize> {
        let ids = writer.body.get(name).unwrap_or(&Value::Null);
        super::people::places(ids).into_iter().filter(is_one).collect()
    };
    let mut granted = sent("grant");
    let revoked = sent("revoke");
    let invited: Vec<Map<String, Value>> = writer
        .body
        .get("create")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|person| person.as_object().cloned())
        .collect();
    let text = |person: &Map<String, Value>, name: &str| {
        person.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if invited.iter().any(|person| !text(person, "email_address").contains('@')) {
        return Outcome::invalid("create", "has an address that is none");
    }
    for person in invited {
        granted.push(invite(writer, &person, clients));
    }
    let mut members: BTreeSet<usize> = writer.painter().members(place).into_iter().collect();
    members.extend(&granted);
    members.retain(|each| !revoked.contains(each));
    writer.world.grant(place, members);
    let shown = |places: Vec<usize>| -> Vec<Value> {
        places.into_iter().map(|place| writer.painter().person(place, false)).collect()
    };
    Outcome::new(200, json!({"granted": shown(granted), "revoked": shown(revoked)}))
}

/// Makes a person; their place.
fn invite(writer: &mut Writer<'_>, person: &Map<String, Value>, client: bool) -> usize {
    let place = writer.world.people;
    writer.world.people += 1;
    let moment = writer.moment();
    let email = person["email_address"].clone();
    let mut members = json!({"email_address": email, "name": person.get("name").unwrap_or(&email),
        "title": person.get("title"), "personable_type": if client { "Client" } else { "User" },
        "client": client, "employee": false, "bio": null, "location": null, "tagline": null,
        "admin": false, "owner": false, "created_at": moment, "updated_at": moment});
    if let Some(company) = person.get("company_name") {
        members["company"] = json!({"id": 79, "name": company});
    }
    let members = members.as_object().cloned().unwrap_or_default();
    writer.world.patch(Family::Person, number(place), members);
    writer.world.patch(
        Family::OutOfOffice,
        number(place),
        [("enabled".to_owned(), json!(false))].into_iter().collect(),
    );
    place
}

fn tools(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["dock", "tools"]) => equip(writer, target.bucket?),
        (Verb::Put, ["dock", "tools", id]) => {
            let tool = writer.any(id)?;
            (tool.kind == Kind::Door || writer.world.tool(&tool).is_some()).then_some(())?;
            let changed = writer.changed(&TOOL, tool);
            let tool = writer.any(id)?;
            match changed {
                // What is elsewhere is changed, and then there is no form to show it in.
                Ok(()) if tool.kind == Kind::Door => Outcome::new(406, Value::Null),
                Ok(()) => Outcome::new(200, writer.painter().tool(&tool)),
                Err(refusal) => refusal,
            }
        }
        (Verb::Delete, ["dock", "tools", id]) => {
            let tool = writer.any(id)?;
            if tool.kind == Kind::Door {
                writer.world.set_status(tool.serial, Status::Deleted);
            } else {
                remove_tool(writer, id)?;
            }
            Outcome::done()
        }
        _ => return None,
    })
}

fn dock(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (verb, ["recordings", id, "position"]) => {
            let tool = writer.any(id)?;
            let project = tool.project as usize;
            writer.world.tool(&tool)?;
            match verb {
                Verb::Post => {
                    writer.world.enable(project, tool.serial, true);
                    Outcome::new(201, Value::Null)
                }
                Verb::Delete => {
                    writer.world.enable(project, tool.serial, false);
                    Outcome::done()
                }
                Verb::Put => match writer.position() {
                    Ok(position) => {
                        writer.world.dock_at(project, tool.serial, position);
                        Outcome::new(200, Value::Null)
                    }
                    Err(refusal) => refusal,
                },
            }
        }
        _ => return None,
    })
}

fn equip(writer: &mut Writer<'_>, project: usize) -> Outcome {
    let kind = writer.body.get("tool_type").and_then(Value::as_str).unwrap_or_default();
    let Some((name, kind)) = tool_of(kind) else {
        return Outcome::invalid("tool_type", "is not one of those there are");
    };
    let place = writer.world.equip(project, name, kind);
    if let Some(title) = writer.body.get("title").filter(|title| title.is_string()) {
        writer.world.note(place, |change| {
            change.members.insert("title".to_owned(), title.clone());
        });
    }
    let tool = writer.world.facts[place as usize];
    Outcome::new(201, writer.painter().tool(&tool))
}

/// Removes a tool that is empty and not the last of its kind; any other is hidden.
fn remove_tool(writer: &mut Writer<'_>, id: &str) -> Option<()> {
    let tool = writer.any(id)?;
    let project = tool.project as usize;
    let (_, docked) = writer.world.tool(&tool)?;
    let dock = &writer.world.projects[project].dock;
    let others = dock.iter().filter(|other| other.name == docked.name).count() > 1;
    // Of a card table only cards count, and nothing that is in the trash.
    let counts = |kind: Kind| tool.kind != Kind::Table || kind == Kind::Card;
    let inside = writer.world.below(tool.serial).into_iter();
    let empty = inside
        .map(|place| &writer.world.facts[place as usize])
        .all(|fact| fact.status == Status::Trashed || !counts(fact.kind));
    if others && empty {
        writer.world.dismantle(project, tool.serial);
    } else {
        writer.world.enable(project, tool.serial, false);
    }
    Some(())
}

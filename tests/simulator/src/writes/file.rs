//! Folders, documents, files here and elsewhere, external links, and files that are sent.

use serde_json::{Map, Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer, status_in};
use crate::world::{Fact, Kind, Status};

const VAULT: Resource =
    Resource::replacing(&[member("title", Form::Text, Need::Required, &["title"])]);

const DOCUMENT: Resource = Resource::replacing(&[
    member("title", Form::Title, Need::Optional, &["title"]),
    member("content", Form::Html, Need::Optional, &["content"]),
    member("notify", Form::Any, Need::Directive, &[]),
])
.within("document");

const UPLOAD: Resource = Resource::merging(&[
    member("description", Form::Html, Need::Optional, &["description"]),
    member("base_name", Form::Text, Need::Directive, &[]),
]);

/// Services that a link can be to, by their codes.
const SERVICES: [&str; 4] = ["dropbox", "figma", "ötherwise", "other"];

const CLOUD_FILE: Resource = Resource::replacing(&[
    member("title", Form::Title, Need::Optional, &["title"]),
    member("url", Form::Address, Need::Required, &["url"]),
    member("service", Form::Choice(&SERVICES), Need::Required, &["service"]),
    member("description", Form::Html, Need::Optional, &["description"]),
])
.within("cloud_file");

const GOOGLE_DOCUMENT: Resource = Resource::replacing(&[
    member("title", Form::Title, Need::Optional, &["title"]),
    member("url", Form::Address, Need::Required, &["url"]),
    member(
        "document_type",
        Form::Choice(&["doc", "sheet", "slide", "other"]),
        Need::Required,
        &["document_type"],
    ),
    member("description", Form::Html, Need::Optional, &["description"]),
])
.within("google_document");

const DOOR: Resource = Resource::merging(&[
    member("service", Form::Choice(&SERVICES), Need::Required, &["service"]),
    member("url", Form::Address, Need::Required, &["url"]),
    member("title", Form::Title, Need::Optional, &["title"]),
    member("description", Form::Html, Need::Optional, &["description"]),
])
.within("door");

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    here(writer, target).or_else(|| elsewhere(writer, target))
}

fn here(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["attachments"]) => attach(writer),
        (Verb::Post, ["vaults", id, what]) => {
            let vault = writer.find(Kind::Vault, id)?;
            put_in(writer, target, vault, what)?
        }
        (Verb::Put, ["vaults", id]) => {
            let vault = writer.find(Kind::Vault, id)?;
            writer.update(&VAULT, vault)
        }
        (Verb::Put, ["documents", id]) => {
            let document = writer.find(Kind::Document, id)?;
            let body = super::form::unwrapped(writer.body, DOCUMENT.wrapper);
            if !body.contains_key("title") && !body.contains_key("content") {
                return Some(Outcome::new(400, json!({"error": "document is missing"})));
            }
            let done = writer.update(&DOCUMENT, document);
            if done.status == 200 {
                writer.publish(document);
            }
            done
        }
        (Verb::Put, ["uploads", id]) => {
            let upload = writer.find(Kind::Upload, id)?;
            let changed = writer.changed(&UPLOAD, upload);
            let renamed = changed.and_then(|()| rename(writer, upload.serial));
            writer.answered(200, renamed)
        }
        (Verb::Post, ["uploads", id, "versions"]) => {
            let upload = writer.find(Kind::Upload, id)?;
            let sent = sent_file(writer);
            let file = sent.and_then(|file| {
                writer.world.rewrite(upload.serial, |change| change.members.extend(file));
                writer.changed(&UPLOAD, upload)?;
                rename(writer, upload.serial)
            });
            writer.answered(201, file)
        }
        _ => return None,
    })
}

fn elsewhere(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["cloud_files", id]) => {
            let file = writer.find(Kind::CloudFile, id)?;
            linked(writer, &CLOUD_FILE, file)
        }
        (Verb::Put, ["google_documents", id]) => {
            let file = writer.find(Kind::GoogleDocument, id)?;
            linked(writer, &GOOGLE_DOCUMENT, file)
        }
        (Verb::Post, ["dock", "doors"]) => door(writer, target.bucket?),
        (Verb::Post, ["recordings", id, "filing"]) => {
            let fact = writer.any(id)?;
            file_in(writer, fact).unwrap_or_else(|refusal| refusal)
        }
        _ => return None,
    })
}

/// Takes the bytes of a file, and gives a name for them.
fn attach(writer: &mut Writer<'_>) -> Outcome {
    let Some(name) = writer.query.get("name").filter(|name| !name.is_empty()) else {
        return Outcome::new(400, json!({"error": "name is missing"}));
    };
    if writer.raw.is_empty() {
        return Outcome::invalid("file", "can't be blank");
    }
    let sgid = writer.world.attach(name, writer.media, writer.raw.len());
    Outcome::new(201, json!({"attachable_sgid": sgid}))
}

fn put_in(writer: &mut Writer<'_>, target: Target<'_>, vault: Fact, what: &str) -> Option<Outcome> {
    Some(match what {
        "vaults" => writer.create(&VAULT, Kind::Vault, vault, Status::Active),
        "documents" => {
            let status = writer.status(Status::Drafted);
            writer.create(&DOCUMENT, Kind::Document, vault, status)
        }
        "uploads" => upload(writer, vault).unwrap_or_else(|refusal| refusal),
        // Only with the project in front.
        "cloud_files" => {
            target.bucket?;
            let made = writer.created(&CLOUD_FILE, Kind::CloudFile, vault, Status::Active);
            let done = made.map(|place| serve(writer, place));
            writer.answered(201, done)
        }
        "google_documents" => {
            target.bucket?;
            let body = super::form::unwrapped(writer.body, GOOGLE_DOCUMENT.wrapper);
            let status = status_in(&body, Status::Drafted);
            writer.create(&GOOGLE_DOCUMENT, Kind::GoogleDocument, vault, status)
        }
        _ => return None,
    })
}

/// Changes what is elsewhere; a draft is published by that.
fn linked(writer: &mut Writer<'_>, resource: &Resource, file: Fact) -> Outcome {
    let changed = writer.changed(resource, file);
    let done = changed.map(|()| serve(writer, file.serial));
    if done.is_ok() && file.status == Status::Drafted {
        writer.world.set_status(file.serial, Status::Active);
    }
    writer.answered(200, done)
}

/// Says more of a service than its code.
fn serve(writer: &mut Writer<'_>, place: u32) -> u32 {
    writer.world.note(place, |change| {
        if let Some(Value::String(code)) = change.members.get("service").cloned() {
            change.members.insert("service".to_owned(), json!({"code": code, "name": code,
                "example_url": "https://service.example/x", "supporting_text": null, "valid_patterns": ["https://.*"]}));
        }
    });
    place
}

/// The members of a file that was sent before, by the name that it was given; it is used up.
fn sent_file(writer: &mut Writer<'_>) -> Result<Map<String, Value>, Outcome> {
    let sgid = writer.body.get("attachable_sgid").and_then(Value::as_str).unwrap_or_default();
    let attached = writer.world.take_attachment(sgid);
    let attached = attached
        .ok_or_else(|| Outcome::invalid("attachable_sgid", "is not of a file that was sent"))?;
    let number = sgid.rsplit('-').next().unwrap_or_default();
    let at =
        format!("{}/blobs/{number}/download/{}", writer.base, attached.name.replace(' ', "%20"));
    let members = json!({"title": attached.name, "filename": attached.name, "content_type": attached.media,
        "byte_size": attached.size, "width": null, "height": null, "download_url": at});
    Ok(members.as_object().cloned().unwrap_or_default())
}

fn upload(writer: &mut Writer<'_>, vault: Fact) -> Result<Outcome, Outcome> {
    let file = sent_file(writer)?;
    let status = writer.status(Status::Active);
    let place = writer.created(&UPLOAD, Kind::Upload, vault, status)?;
    writer.world.note(place, |change| change.members.extend(file));
    let place = rename(writer, place)?;
    Ok(Outcome::new(201, writer.shown(place)))
}

/// Gives a file the name that was sent, without changing its extension; a blank one changes nothing.
fn rename(writer: &mut Writer<'_>, place: u32) -> Result<u32, Outcome> {
    let base = writer.body.get("base_name").and_then(Value::as_str).map(str::trim);
    if let Some(base) = base.filter(|base| !base.is_empty()) {
        let shown = writer.shown(place);
        let old = shown["filename"].as_str().unwrap_or_default();
        let extension = old.rsplit_once('.').map_or(String::new(), |(_, end)| format!(".{end}"));
        let name = format!("{base}{extension}");
        writer.world.note(place, |change| {
            change.members.insert("filename".to_owned(), json!(name));
            change.members.insert("title".to_owned(), json!(name));
        });
    }
    Ok(place)
}

/// Makes an external link, and says nothing of it.
fn door(writer: &mut Writer<'_>, project: usize) -> Outcome {
    match writer.made(&DOOR, Kind::Door, project, None, Status::Active) {
        Ok(place) => {
            serve(writer, place);
            Outcome::new(302, Value::Null)
        }
        Err(refusal) => refusal,
    }
}

/// Moves a document, a file or a folder into another folder of the project.
fn file_in(writer: &mut Writer<'_>, fact: Fact) -> Result<Outcome, Outcome> {
    let refused = || Outcome::new(422, Value::Null);
    let position = match writer.body.get("position") {
        None => 1,
        Some(_) => writer.position()?,
    };
    let id = writer.body.get("parent_id").and_then(Value::as_i64).unwrap_or_default();
    let vault = *writer.world.any(id).ok_or_else(Outcome::missing)?;
    if vault.project != fact.project {
        return Err(Outcome::missing());
    }
    let movable = matches!(fact.kind, Kind::Document | Kind::Upload | Kind::Vault)
        && writer.world.tool(&fact).is_none();
    if !movable
        || vault.kind != Kind::Vault
        || vault.status != Status::Active
        || fact.status != Status::Active
    {
        return Err(refused());
    }
    let mut above = Some(vault);
    while let Some(each) = above {
        if each.serial == fact.serial {
            return Err(Outcome::new(422, json!({"error": "A folder can't be in itself"})));
        }
        above = writer.world.parent(&each).copied();
    }
    writer.world.reposition(fact.serial, vault.serial, position);
    Ok(Outcome::done())
}

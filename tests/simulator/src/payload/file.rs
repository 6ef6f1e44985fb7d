//! Folders, documents, files here and elsewhere, external links, and files in rich text.

use serde_json::{Value, json};

use super::{Painter, merged, pick};
use crate::world::{Fact, Kind};

/// The id of the first file in rich text.
const FIRST_ATTACHMENT: i64 = 90_000_000_000;

/// A row of the listing of all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// An upload or a document: the place of its fact.
    Recording(u32),
    /// A file in the rich text of the record at that place.
    Attachment(u32),
}

impl Painter<'_> {
    pub(super) fn of_files(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Vault => self.vault(fact),
            Kind::Document => merged(
                self.remarked(fact),
                json!({"position": fact.position, "content": self.html(fact), "content_attachments": self.attachments(fact)}),
            ),
            Kind::Upload => merged(self.remarked(fact), self.upload(fact)),
            Kind::CloudFile => merged(
                self.remarked(fact),
                json!({"position": fact.position, "description": self.html(fact), "description_attachments": [], "service": service(fact)}),
            ),
            Kind::GoogleDocument => merged(
                self.remarked(fact),
                json!({"position": fact.position, "description": if fact.serial.is_multiple_of(2) { Value::Null } else { json!(self.html(fact)) },
                    "description_attachments": [], "document_type": pick(fact, &["doc", "sheet", "slide", "other"])}),
            ),
            _ => self.door(fact),
        }
    }

    fn vault(&self, fact: &Fact) -> Value {
        let own = json!({"documents_count": self.count(fact, Kind::Document),
            "documents_url": format!("{}/vaults/{}/documents.json", self.base, fact.id), "uploads_count": self.count(fact, Kind::Upload),
            "uploads_url": format!("{}/vaults/{}/uploads.json", self.base, fact.id), "vaults_count": self.count(fact, Kind::Vault),
            "vaults_url": format!("{}/vaults/{}/vaults.json", self.base, fact.id)});
        if self.world.tool(fact).is_some() {
            merged(own, self.docked(fact))
        } else {
            merged(own, json!({"position": fact.position}))
        }
    }

    /// Media type, file name, width and height of an upload.
    fn media(&self, fact: &Fact) -> (&'static str, String, Value, Value) {
        let name = |extension| format!("ünï {}.{extension}", fact.serial);
        match fact.serial % 5 {
            3 => ("application/pdf", name("pdf"), Value::Null, Value::Null),
            4 => ("video/mp4", name("mp4"), json!(1920), json!(1080)),
            1 => ("image/png", name("png"), json!(1024.0), json!(768.0)),
            _ => ("image/png", name("png"), json!(1024), json!(768)),
        }
    }

    fn upload(&self, fact: &Fact) -> Value {
        let (media, name, width, height) = self.media(fact);
        json!({"position": fact.position, "description": if fact.serial.is_multiple_of(3) { Value::Null } else { json!(self.html(fact)) },
            "description_attachments": [], "content_type": media, "byte_size": 5_000_000_000_i64 + i64::from(fact.serial),
            "width": width, "height": height, "download_url": self.download_url(fact.id, &name), "filename": name,
            "app_download_url": format!("{}/download", self.app_url(fact))})
    }

    fn download_url(&self, id: i64, name: &str) -> String {
        format!("{}/blobs/{id}/download/{}", self.base, name.replace(' ', "%20"))
    }

    /// The file name of an upload.
    pub(super) fn media_name(&self, fact: &Fact) -> String {
        let written = self.world.written(fact, "filename").and_then(Value::as_str);
        written.map_or_else(|| self.media(fact).1, str::to_owned)
    }

    /// The media type of an upload.
    pub fn media_type(&self, fact: &Fact) -> &str {
        let written = self.world.written(fact, "content_type").and_then(Value::as_str);
        written.unwrap_or(self.media(fact).0)
    }

    /// An external link. Only listings have the address, service and description.
    fn door(&self, fact: &Fact) -> Value {
        json!({"position": fact.position, "subscription_url": self.recording_url(fact, "subscription"),
            "description": if fact.serial.is_multiple_of(2) { Value::Null } else { json!("<div>Löok here</div>") },
            "service": service(fact)})
    }

    /// A tool, or an external link, by its own address: neither `name` nor `enabled` is there.
    pub fn tool(&self, fact: &Fact) -> Value {
        let mut record = merged(self.envelope(fact), self.docked(fact));
        if fact.kind == Kind::Door {
            record["url"] = json!(format!("{}/dock/tools/{}.json", self.base, fact.id));
            record["position"] = json!(fact.position);
        }
        if matches!(fact.kind, Kind::Todoset | Kind::Table | Kind::Chat | Kind::Door) {
            record["subscription_url"] = json!(self.recording_url(fact, "subscription"));
        }
        record
    }

    /// The files in a record's rich text: every fifth has one.
    pub(super) fn attachments(&self, fact: &Fact) -> Value {
        if self.has_attachment(fact) { json!([self.blob(fact)]) } else { json!([]) }
    }

    /// Whether there is a file in a record's rich text.
    pub fn has_attachment(&self, fact: &Fact) -> bool {
        matches!(fact.kind, Kind::Message | Kind::Comment | Kind::Document | Kind::Answer)
            && fact.serial % 5 == 1
            && self.world.written(fact, "content").is_none()
    }

    fn blob(&self, fact: &Fact) -> Value {
        let id = FIRST_ATTACHMENT + i64::from(fact.serial);
        let image = fact.serial.is_multiple_of(2);
        let preview = |size: &str| {
            if image { json!(format!("https://previews.example/{id}/{size}")) } else { Value::Null }
        };
        json!({"id": id, "sgid": format!("sgid-a{id}"), "filename": format!("dröp {}.{}", fact.serial, if image { "png" } else { "pdf" }),
            "content_type": if image { "image/png" } else { "application/pdf" }, "byte_size": 2048,
            "download_url": format!("{}/blobs/{id}/download/drop", self.base), "width": if image { json!(640.0) } else { Value::Null },
            "height": if image { json!(480) } else { Value::Null }, "previewable": image,
            "preview_url": preview("full"), "thumbnail_url": preview("thumb")})
    }

    /// A row of the listing of all files: one of three shapes.
    pub fn file(&self, file: File) -> Value {
        match file {
            File::Recording(place) => self.record(&self.world.facts[place as usize]),
            File::Attachment(place) => self.attached(&self.world.facts[place as usize]),
        }
    }

    /// A file in rich text, in the envelope of a recording.
    fn attached(&self, fact: &Fact) -> Value {
        let blob = self.blob(fact);
        let mut record = self.envelope(fact);
        record["parent"] = self.brief(fact);
        record["type"] = json!("Attachment");
        record["title"] = blob["filename"].clone();
        record["attachable_sgid"] = blob["sgid"].clone();
        record["key"] = json!(format!("key{}", fact.serial));
        record["app_download_url"] = json!(format!("{}/download", self.app_url(fact)));
        if let Some(members) = record.as_object_mut() {
            members.remove("bookmark_url");
        }
        let mut record = merged(record, blob);
        if let Some(members) = record.as_object_mut() {
            members.remove("sgid");
        }
        record
    }

    /// The versions of an upload, newest first; the file of an old one may have been removed.
    pub fn versions(&self, fact: &Fact) -> Vec<Value> {
        let events = self.events(fact);
        let mut versions: Vec<Value> =
            events.into_iter().filter(|event| event["action"] != "active").collect();
        for (index, version) in versions.iter_mut().enumerate() {
            if index == 1 && fact.serial.is_multiple_of(2) {
                continue;
            }
            let (media, name, _, _) = self.media(fact);
            let id = version["id"].as_i64().unwrap_or_default();
            version["upload"] = json!({"content_type": media, "byte_size": 5_000_000_000_i64 + i64::from(fact.serial),
                "download_url": self.download_url(id, &name), "filename": name,
                "app_download_url": format!("{}/download", self.app_url(fact)), "current": index == 0});
        }
        versions
    }
}

fn service(fact: &Fact) -> Value {
    let (code, name) =
        pick(fact, &[("dropbox", "Dropbox"), ("figma", "Figma"), ("ötherwise", "Öther")]);
    json!({"code": code, "name": name, "example_url": "https://service.example/x",
        "supporting_text": if code == "figma" { json!("Paste a link") } else { Value::Null }, "valid_patterns": ["https://.*"]})
}

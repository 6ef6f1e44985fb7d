//! Files: the bytes, what carries them, their names and their labels.

use serde_json::{Value, json};

use super::body::invalid;
use super::{Done, Sent, Writer, json as answer};
use crate::v2::overlay::Subject;
use crate::v2::world::{Bucket, Fact, Kind, World};
use crate::v2::{Answer, empty, missing};

/// A file that is named by its token.
pub struct Named {
    name: String,
    media: String,
    size: usize,
}

/// Takes the bytes of a file and gives a token for them, with which it is named once.
pub fn take(world: &mut World, sent: &Sent<'_>) -> Answer {
    let Some(media) = sent.media else {
        return empty(415);
    };
    if sent.body.is_empty() {
        return invalid("file", "can't be blank");
    }
    let token = format!("4f71ea23-{:08x}{:08x}", world.now(), sent.body.len());
    world.tokens.insert(token.clone(), (media.to_owned(), sent.body.len()));
    answer(200, &json!({"token": token}))
}

impl Writer<'_> {
    /// The files that a body names by their tokens, which are used up by it.
    pub(super) fn files_sent(&mut self) -> Done<Vec<Named>> {
        let sent = self.body.get("attachments").and_then(Value::as_array).cloned();
        let mut files = Vec::new();
        let mut used = Vec::new();
        for each in sent.into_iter().flatten() {
            let token = each["token"].as_str().unwrap_or_default().to_owned();
            let known = self.world.tokens.get(&token).cloned();
            let (media, size) =
                known.ok_or_else(|| invalid("attachments", "have no such token"))?;
            let name = each["name"].as_str().unwrap_or_default().to_owned();
            if name.rsplit_once('.').is_none_or(|(stem, end)| stem.is_empty() || end.is_empty()) {
                return Err(invalid("attachments", "need a file name with an extension"));
            }
            used.push(token);
            files.push(Named { name, media, size });
        }
        for token in used {
            self.world.tokens.remove(&token);
        }
        Ok(files)
    }

    /// Hangs files on a thing.
    pub(super) fn attach(&mut self, place: u32, files: Vec<Named>) {
        let bucket = self.world.fact(place).bucket;
        for file in files {
            let made = self.world.create(Kind::Attachment, bucket, Some(place));
            let change = self.world.rewrite(Subject::Fact(made));
            change.labels = Some(Vec::new());
            change.members.insert("title", json!(file.name));
            change.members.insert("content_type", json!(file.media));
            change.members.insert("byte_size", json!(file.size));
        }
    }

    pub(super) fn attachment(&mut self, method: &str, bucket: Bucket, rest: &[&str]) -> Done {
        let (file, rest) = rest.split_first().ok_or_else(|| missing("/nothing"))?;
        let file = self.thing(bucket, Kind::Attachment, file)?;
        match (method, rest) {
            ("PUT", []) => self.rename_file(&file),
            ("DELETE", []) => Ok(self.delete_file(&file)),
            ("POST", ["tags"]) => self.label(&file),
            // The address names a file, and the label is renamed in all of its project.
            ("PUT", ["tags", label]) => self.rename_label(Some(bucket), label),
            ("DELETE", ["tags", label]) => self.unlabel(&file, label),
            _ => Err(missing("/nothing")),
        }
    }

    fn rename_file(&mut self, file: &Fact) -> Done {
        let name = self.title("name")?;
        if self.painter().is_linked(file) {
            return Err(empty(400));
        }
        let change = self.world.rewrite(Subject::Fact(file.serial));
        change.members.extend(name.map(|name| ("title", json!(name))));
        Ok(self.changed(file))
    }

    /// The file of an upload takes that along, unless it was commented.
    fn delete_file(&mut self, file: &Fact) -> Answer {
        self.world.trash(file.serial);
        let carrier = self.world.parent(file).copied();
        if let Some(upload) = carrier.filter(|carrier| carrier.kind == Kind::Upload)
            && self.painter().said(&upload).next().is_none()
        {
            self.world.trash(upload.serial);
        }
        empty(204)
    }

    fn label(&mut self, file: &Fact) -> Done {
        let name = self.required("name")?.trim().to_owned();
        let mut labels = self.painter().labels(file);
        if !labels.iter().any(|each| is_same(each, &name)) {
            labels.push(name);
        }
        self.world.rewrite(Subject::Fact(file.serial)).labels = Some(labels);
        Ok(empty(204))
    }

    fn unlabel(&mut self, file: &Fact, label: &str) -> Done {
        let (label, mut labels) = (decoded(label), self.painter().labels(file));
        let before = labels.len();
        labels.retain(|each| !is_same(each, &label));
        if labels.len() == before {
            return Err(missing("/label"));
        }
        self.world.rewrite(Subject::Fact(file.serial)).labels = Some(labels);
        Ok(empty(204))
    }

    /// Gives a label another name, in a project or everywhere.
    pub(super) fn rename_label(&mut self, bucket: Option<Bucket>, label: &str) -> Done {
        let name = self.required("name")?.trim().to_owned();
        self.relabel(bucket, label, Some(&name))
    }

    /// Takes a label off all files, in a project or everywhere.
    pub(super) fn remove_label(&mut self, bucket: Option<Bucket>, label: &str) -> Done {
        self.relabel(bucket, label, None)
    }

    fn relabel(&mut self, bucket: Option<Bucket>, label: &str, new: Option<&str>) -> Done {
        let label = decoded(label);
        let files = self.world.facts.iter().filter(|fact| fact.kind == Kind::Attachment);
        let here = files.filter(|file| bucket.is_none_or(|bucket| file.bucket == bucket));
        let here: Vec<Fact> = here.filter(|file| !self.world.gone(file)).copied().collect();
        let mut found = false;
        for file in here {
            let mut labels = self.painter().labels(&file);
            let Some(place) = labels.iter().position(|each| is_same(each, &label)) else {
                continue;
            };
            found = true;
            labels.remove(place);
            if let Some(new) = new.filter(|new| !labels.iter().any(|each| is_same(each, new))) {
                labels.insert(place, new.to_owned());
            }
            self.world.rewrite(Subject::Fact(file.serial)).labels = Some(labels);
        }
        if found { Ok(empty(204)) } else { Err(missing("/label")) }
    }
}

/// Labels are the same in any case of letters.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// A label as an address spells it.
fn decoded(label: &str) -> String {
    let spelled = format!("label={}", label.replace('+', "%2B"));
    let mut decoded = url::form_urlencoded::parse(spelled.as_bytes());
    decoded.next().map(|(_, label)| label.into_owned()).unwrap_or_default()
}

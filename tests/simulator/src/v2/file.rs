//! How files look: with their labels, and inside of what carries them.

use serde_json::{Value, json};

use super::overlay::Subject;
use super::payload::Painter;
use super::world::{Fact, Kind};

/// Labels of files; they compare without case.
const LABELS: [&[&str]; 5] =
    [&["favorite gifs"], &[], &["Logos"], &["logos", "reports/2014"], &["Ünïcode"]];

impl Painter<'_> {
    /// Whether a file is kept by another service, so that it has no address here.
    pub fn is_linked(&self, file: &Fact) -> bool {
        file.serial % 7 == 3 && !self.world.is_new(file)
    }

    /// Labels of a file.
    pub fn labels(&self, file: &Fact) -> Vec<String> {
        if let Some(written) = self.world.change_of(file).and_then(|change| change.labels.clone()) {
            return written;
        }
        let seeded = LABELS[file.serial as usize % LABELS.len()].iter();
        seeded.map(|label| (*label).to_owned()).collect()
    }

    /// The key under which a file's bytes are kept: a digest if old, else a uuid.
    pub fn key(&self, file: &Fact) -> String {
        let (high, low) = (self.world.chance(file.serial, 12), self.world.chance(file.serial, 13));
        if file.serial.is_multiple_of(2) {
            format!("{high:016x}{low:016x}{:08x}", file.serial)
        } else {
            let text = format!("{high:016x}{low:016x}");
            format!("{}-{}-{}", &text[..8], &text[8..16], &text[16..])
        }
    }

    /// A file as it is embedded in what carries it: without id, labels and state.
    fn file(&self, file: &Fact) -> Value {
        let subject = Subject::Fact(file.serial);
        let size = self.world.written(subject, "byte_size").cloned();
        let media = self.world.written(subject, "content_type").cloned();
        let mut record = json!({"name": self.file_name(file),
            "byte_size": size.unwrap_or_else(|| json!(5_000_000_000_i64 + i64::from(file.serial))),
            "content_type": media.unwrap_or_else(|| json!("image/png")), "created_at": self.born(file), "creator": self.creator(file)});
        if self.is_linked(file) {
            record["byte_size"] = json!(0);
            record["content_type"] = json!("application/vnd.google-apps.document");
            record["linked_source"] = json!("google");
            record["linked_type"] = json!("document");
            record["link_url"] = json!(format!("https://docs.example/{}", file.serial));
            return record;
        }
        let key = self.key(file);
        let place = format!("{}/attachments/{}/{key}", self.place(file.bucket), file.id);
        let name = format!("original/{}.png", file.serial);
        record["key"] = json!(key);
        record["url"] = json!(format!("{}/{place}/{name}", elsewhere(self.base)));
        record["app_url"] = json!(format!("{}/{place}/{name}", elsewhere(self.app)));
        record
    }

    /// The name of a file.
    pub fn file_name(&self, file: &Fact) -> String {
        let written = self.world.text(file, "title");
        written.unwrap_or_else(|| format!("ünï {}.png", file.serial))
    }

    pub fn files(&self, fact: &Fact) -> Vec<Value> {
        let files = self.world.under(fact, Kind::Attachment);
        let files = files.filter(|file| fact.trashed || !file.trashed);
        files.map(|file| self.file(file)).collect()
    }

    pub fn attachment(&self, fact: &Fact, listed: bool) -> Value {
        let file = self.file(fact);
        let mut record = self.with(fact, file);
        record["tags"] = json!(self.labels(fact));
        if !self.is_linked(fact) {
            let place = format!("{}/attachments/{}", self.place(fact.bucket), fact.id);
            let key = self.key(fact);
            record["thumbnail_url"] =
                json!(format!("{}/{place}/{key}/thumbnail.png", elsewhere(self.app)));
        }
        if let Some(carrier) = self.world.parent(fact) {
            record["attachable"] = json!({"id": carrier.id, "type": carrier.kind.name(),
                "url": self.url(carrier), "app_url": self.app_url(carrier)});
        }
        if listed && self.world.readings.attachment_buckets {
            record["bucket"] = self.bucket(fact.bucket);
        }
        record
    }
}

/// The same path on the host that files are said to be on.
fn elsewhere(base: &str) -> String {
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    format!("https://asset1.basecamp.example/{path}")
}

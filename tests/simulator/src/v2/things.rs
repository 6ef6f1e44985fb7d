//! How things in a project look: in a listing, at their own address, and inside another thing.

use serde_json::{Value, json};

use super::payload::{Painter, moment};
use super::world::{Bucket, Fact, Kind};

/// Labels of files; they compare without case.
const LABELS: [&[&str]; 5] =
    [&["favorite gifs"], &[], &["Logos"], &["logos", "reports/2014"], &["Ünïcode"]];

impl Painter<'_> {
    /// A thing as its own address gives it.
    pub fn single(&self, fact: &Fact, with_todos: bool) -> Value {
        match fact.kind {
            Kind::Attachment => self.attachment(fact, false),
            Kind::CalendarEvent => self.single_event(fact),
            Kind::Comment => self.comment(fact),
            Kind::Document => self.single_document(fact),
            Kind::Forward => self.single_forward(fact),
            Kind::Message => self.single_message(fact),
            Kind::Todo => self.single_todo(fact),
            Kind::Todolist => self.single_list(fact, with_todos),
            Kind::Upload => self.single_upload(fact),
        }
    }

    /// A thing as listings of its kind show it; nothing when there is no listing.
    pub fn listed(&self, fact: &Fact, account_wide: bool) -> Option<Value> {
        let mut record = match fact.kind {
            Kind::Attachment => return Some(self.attachment(fact, true)),
            Kind::CalendarEvent => return Some(self.event(fact, account_wide)),
            Kind::Comment | Kind::Message | Kind::Upload => return None,
            Kind::Document => self.with(fact, json!({"title": self.title(fact)})),
            Kind::Forward => self.with(fact, self.mail(fact)),
            Kind::Todo => self.todo(fact),
            Kind::Todolist => self.list(fact),
        };
        record["url"] = json!(self.url(fact));
        record["app_url"] = json!(self.app_url(fact));
        if account_wide && fact.kind != Kind::Todo {
            record["bucket"] = self.bucket(fact.bucket);
        }
        Some(record)
    }

    /// The members that all things have, and some more.
    fn with(&self, fact: &Fact, more: Value) -> Value {
        let mut record = json!({"id": fact.id, "created_at": self.born(fact), "updated_at": self.changed(fact),
            "private": fact.private, "trashed": fact.trashed});
        if let (Some(all), Value::Object(more)) = (record.as_object_mut(), more) {
            all.extend(more);
        }
        record
    }

    /// The members that most single shapes end with.
    fn discussed(&self, fact: &Fact, record: &mut Value) {
        record["creator"] = self.creator(fact);
        record["comments"] = json!(self.comments(fact));
        record["subscribers"] = json!(self.subscribers(fact));
    }

    /// What a thing is called.
    pub fn title(&self, fact: &Fact) -> String {
        let words = ["Ship", "Prüfen", "書く", "Fix \"quotes\"", "A & B"];
        let word = self.world.chance(fact.serial, 4) % words.len() as u64;
        format!("{} {}", words[usize::try_from(word).unwrap_or_default()], fact.serial)
    }

    /// What a thing says.
    pub fn content(&self, fact: &Fact) -> String {
        format!("Body of <strong>{}</strong> &amp;<br>ünï 🎉", fact.serial)
    }

    /// Comments on a thing, as it embeds them.
    pub fn comments(&self, fact: &Fact) -> Vec<Value> {
        let comments = self.world.under(fact, Kind::Comment);
        comments.map(|comment| self.comment(comment)).collect()
    }

    fn comment(&self, fact: &Fact) -> Value {
        let mut record = json!({"id": fact.id, "content": self.content(fact), "created_at": self.born(fact),
            "updated_at": self.changed(fact), "creator": self.creator(fact)});
        // Older ones lack what came later.
        if !fact.serial.is_multiple_of(3) {
            record["private"] = json!(fact.private);
            record["trashed"] = json!(fact.trashed);
        }
        let files = self.files(fact);
        if !files.is_empty() || fact.serial.is_multiple_of(2) {
            record["attachments"] = json!(files);
        }
        record
    }

    /// Places of the people who are told about a thing.
    pub fn told(&self, fact: &Fact) -> Vec<u32> {
        let chance = self.world.chance(fact.serial, 7);
        let first = u32::try_from(chance % 1000).unwrap_or_default();
        let count = u32::try_from(chance % 4).unwrap_or_default();
        let mut told: Vec<u32> =
            (0..count).map(|more| (first + more) % self.world.people).collect();
        told.dedup();
        told.truncate(self.world.people as usize);
        told
    }

    /// People who are told about a thing.
    pub fn subscribers(&self, fact: &Fact) -> Vec<Value> {
        let told = self.told(fact).into_iter();
        told.map(|person| self.mentioned(person)).collect()
    }

    fn single_document(&self, fact: &Fact) -> Value {
        let mut record = self.with(
            fact,
            json!({"title": self.title(fact), "content": self.content(fact),
            "last_updater": self.mentioned(self.updater(fact))}),
        );
        self.discussed(fact, &mut record);
        record
    }

    /// The place of the person who last changed a thing.
    pub fn updater(&self, fact: &Fact) -> u32 {
        u32::try_from(self.world.chance(fact.serial, 10) % 2).unwrap_or_default()
    }

    fn single_message(&self, fact: &Fact) -> Value {
        let mut record =
            self.with(fact, json!({"subject": self.title(fact), "content": self.content(fact)}));
        let files = self.files(fact);
        if !files.is_empty() {
            record["attachments"] = json!(files);
        }
        self.discussed(fact, &mut record);
        record
    }

    fn mail(&self, fact: &Fact) -> Value {
        let from = (!fact.serial.is_multiple_of(3)).then_some("Tom McSalesman (tom@example.com)");
        json!({"subject": self.title(fact), "from": from})
    }

    fn single_forward(&self, fact: &Fact) -> Value {
        let mut record = self.with(fact, self.mail(fact));
        record["content"] = json!(self.title(fact));
        record["content_html"] = json!(format!("<html><body>{}</body></html>", self.content(fact)));
        record["attachments"] = json!(self.files(fact));
        record["bucket"] = self.bucket(fact.bucket);
        self.discussed(fact, &mut record);
        record
    }

    fn single_upload(&self, fact: &Fact) -> Value {
        let mut record = json!({"id": fact.id, "created_at": self.born(fact), "updated_at": self.changed(fact),
            "content": self.content(fact), "trashed": fact.trashed, "attachments": self.files(fact),
            "comments": self.comments(fact), "subscribers": self.subscribers(fact)});
        if fact.private {
            record["private"] = json!(true);
        }
        record
    }

    /// How many to-dos of a list are finished, and how many are not.
    fn counts(&self, list: &Fact) -> (usize, usize) {
        let todos = self.world.under(list, Kind::Todo);
        let (done, open): (Vec<&Fact>, Vec<&Fact>) =
            todos.filter(|todo| !todo.trashed).partition(|todo| todo.completed);
        (done.len(), open.len())
    }

    fn list(&self, fact: &Fact) -> Value {
        let (done, open) = self.counts(fact);
        self.with(fact, json!({"name": format!("List {}", self.title(fact)),
            "description": match fact.serial % 3 { 0 => json!("What we need"), 1 => json!(""), _ => Value::Null },
            "completed": fact.completed, "position": fact.position, "completed_count": done, "remaining_count": open,
            "creator": self.creator(fact)}))
    }

    fn single_list(&self, fact: &Fact, with_todos: bool) -> Value {
        let mut record = self.list(fact);
        if with_todos {
            let thin = |trashed: bool, completed: Option<bool>| -> Vec<Value> {
                let todos = self.world.under(fact, Kind::Todo);
                let shown = todos.filter(|todo| {
                    todo.trashed == trashed && completed.is_none_or(|done| todo.completed == done)
                });
                shown.map(|todo| self.thin_todo(todo)).collect()
            };
            record["todos"] = json!({"remaining": thin(false, Some(false)),
                "completed": thin(false, Some(true)), "trashed": thin(true, None)});
        }
        self.discussed(fact, &mut record);
        record
    }

    /// The day on which a to-do is due.
    pub fn due(&self, todo: &Fact) -> Option<String> {
        let chance = self.world.chance(todo.serial, 11);
        let days = i64::try_from(chance % 2000).unwrap_or_default();
        let day = moment(self.world.born(todo) + days * 86_400, 3);
        (!chance.is_multiple_of(3)).then(|| day[..10].to_owned())
    }

    /// The members of a to-do that say who, when and whether. Null is spelled in every way.
    fn promise(&self, todo: &Fact, record: &mut Value) {
        match (self.world.assignee(todo), todo.serial % 3) {
            (Some(person), _) => {
                record["assignee"] = self.mentioned(person);
                record["assignee"]["type"] = json!("Person");
            }
            (None, 0) => record["assignee"] = json!({}),
            (None, 1) => record["assignee"] = Value::Null,
            (None, _) => {}
        }
        if todo.completed {
            record["completed_at"] = json!(self.changed(todo));
            record["completer"] = self.mentioned(self.updater(todo));
        }
        record["due_at"] = json!(self.due(todo));
    }

    /// A to-do as its list embeds it.
    fn thin_todo(&self, todo: &Fact) -> Value {
        let mut record = self.assigned_todo(todo);
        self.promise(todo, &mut record);
        record
    }

    /// A to-do among those that a person is in charge of.
    pub fn assigned_todo(&self, todo: &Fact) -> Value {
        json!({"id": todo.id, "content": self.title(todo), "due_at": self.due(todo),
            "comments_count": self.world.under(todo, Kind::Comment).count(), "created_at": self.born(todo),
            "updated_at": self.changed(todo), "position": todo.position, "url": self.url(todo), "app_url": self.app_url(todo)})
    }

    fn todo_core(&self, todo: &Fact) -> Value {
        let mut record = self.with(
            todo,
            json!({"position": todo.position, "content": self.title(todo),
            "comments_count": self.world.under(todo, Kind::Comment).count(), "creator": self.creator(todo),
            "completed": todo.completed, "url": self.url(todo), "app_url": self.app_url(todo)}),
        );
        if let Some(list) = self.world.parent(todo) {
            record["todolist_id"] = json!(list.id);
        }
        self.promise(todo, &mut record);
        // The oldest spelling has the day only under its former name.
        if !todo.serial.is_multiple_of(5) {
            record["due_on"] = record["due_at"].clone();
        }
        match (todo.completed, todo.serial % 3) {
            (false, 0) => record["completed_at"] = json!(false),
            (false, 1) => record["completed_at"] = Value::Null,
            _ => {}
        }
        record
    }

    fn todo(&self, todo: &Fact) -> Value {
        let mut record = self.todo_core(todo);
        if let Some(list) = self.world.parent(todo) {
            record["todolist"] = self.listed(list, false).unwrap_or_default();
        }
        record
    }

    fn single_todo(&self, todo: &Fact) -> Value {
        let mut record = self.todo_core(todo);
        record["attachments"] = json!(self.files(todo));
        self.discussed(todo, &mut record);
        record
    }

    /// Whether a file is kept by another service, so that it has no address here.
    fn linked(file: &Fact) -> bool {
        file.serial % 7 == 3
    }

    /// Labels of a file.
    pub fn labels(file: &Fact) -> &'static [&'static str] {
        LABELS[file.serial as usize % LABELS.len()]
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
        let mut record = json!({"name": format!("ünï {}.png", file.serial), "byte_size": 5_000_000_000_i64 + i64::from(file.serial),
            "content_type": "image/png", "created_at": self.born(file), "creator": self.creator(file)});
        if Self::linked(file) {
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

    fn files(&self, fact: &Fact) -> Vec<Value> {
        let files = self.world.under(fact, Kind::Attachment);
        files.map(|file| self.file(file)).collect()
    }

    fn attachment(&self, fact: &Fact, listed: bool) -> Value {
        let file = self.file(fact);
        let mut record = self.with(fact, file);
        record["tags"] = json!(Self::labels(fact));
        if !Self::linked(fact) {
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

    /// Whether a bucket is a project, which most listings confine themselves to.
    pub const fn is_project(bucket: Bucket) -> bool {
        matches!(bucket, Bucket::Project(_))
    }
}

/// The same path on the host that files are said to be on.
fn elsewhere(base: &str) -> String {
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    format!("https://asset1.basecamp.example/{path}")
}

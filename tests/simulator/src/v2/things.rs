//! How things in a project look: in a listing, at their own address, and inside another thing.

use serde_json::{Value, json};

use super::overlay::Subject;
use super::payload::{Painter, moment};
use super::world::{Bucket, Fact, Kind};

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
    pub fn with(&self, fact: &Fact, more: Value) -> Value {
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
        if let Some(written) = self.world.text(fact, "title") {
            return written;
        }
        let words = ["Ship", "Prüfen", "書く", "Fix \"quotes\"", "A & B"];
        let word = self.world.chance(fact.serial, 4) % words.len() as u64;
        format!("{} {}", words[usize::try_from(word).unwrap_or_default()], fact.serial)
    }

    /// What a thing says.
    pub fn content(&self, fact: &Fact) -> String {
        if let Some(written) = self.world.text(fact, "content") {
            return written;
        }
        format!("Body of <strong>{}</strong> &amp;<br>ünï 🎉", fact.serial)
    }

    /// Comments on a thing, as it embeds them.
    pub fn comments(&self, fact: &Fact) -> Vec<Value> {
        self.said(fact).map(|comment| self.comment(comment)).collect()
    }

    /// Comments on a thing that are not in the trash.
    pub fn said(&self, fact: &Fact) -> impl Iterator<Item = &Fact> {
        self.world.under(fact, Kind::Comment).filter(|comment| !comment.trashed)
    }

    fn comment(&self, fact: &Fact) -> Value {
        let mut record = json!({"id": fact.id, "content": self.content(fact), "created_at": self.born(fact),
            "updated_at": self.changed(fact), "creator": self.creator(fact)});
        // Older ones lack what came later.
        if !fact.serial.is_multiple_of(3) || self.world.is_new(fact) {
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
        if let Some(change) = self.world.change_of(fact) {
            if let Some(told) = &change.told {
                return told.clone();
            }
            if change.born.is_some() {
                return Vec::new();
            }
        }
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
        if self.world.change_of(fact).is_some() {
            return 0;
        }
        self.seeded_updater(fact)
    }

    fn seeded_updater(&self, fact: &Fact) -> u32 {
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
        let name = self.world.text(fact, "title");
        let name = name.unwrap_or_else(|| format!("List {}", self.title(fact)));
        let description = match (self.world.text(fact, "description"), fact.serial % 3) {
            (Some(written), _) => json!(written),
            (None, 0) => json!("What we need"),
            (None, 1) => json!(""),
            (None, _) => Value::Null,
        };
        self.with(fact, json!({"name": name, "description": description,
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
        if let Some(written) = self.world.written(Subject::Fact(todo.serial), "due_at") {
            return written.as_str().map(str::to_owned);
        }
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
            let written = self.world.written(Subject::Fact(todo.serial), "completed_at");
            let (at, by) = match written.and_then(Value::as_i64) {
                Some(at) => (at, 0),
                None => (self.world.seeded_change(todo), self.seeded_updater(todo)),
            };
            record["completed_at"] = json!(moment(at, todo.serial));
            record["completer"] = self.mentioned(by);
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
            "comments_count": self.said(todo).count(), "created_at": self.born(todo),
            "updated_at": self.changed(todo), "position": todo.position, "url": self.url(todo), "app_url": self.app_url(todo)})
    }

    fn todo_core(&self, todo: &Fact) -> Value {
        let mut record = self.with(
            todo,
            json!({"position": todo.position, "content": self.title(todo),
            "comments_count": self.said(todo).count(), "creator": self.creator(todo),
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

    /// Whether a bucket is a project, which most listings confine themselves to.
    pub const fn is_project(bucket: Bucket) -> bool {
        matches!(bucket, Bucket::Project(_))
    }
}

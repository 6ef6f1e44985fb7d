//! Lists of to-dos, and what is in them.

use serde_json::json;

use super::body::invalid;
use super::{Done, Writer};
use crate::v2::overlay::Subject;
use crate::v2::world::{Bucket, Fact, Kind};

impl Writer<'_> {
    pub(super) fn new_list(&mut self, bucket: Bucket) -> Done {
        let name = self.required("name")?;
        let description = self.text("description")?.unwrap_or_default();
        let private = self.private(bucket)?;
        let place = self.world.create(Kind::Todolist, bucket, None);
        self.world.facts[place as usize].private = private == Some(true);
        let change = self.world.rewrite(Subject::Fact(place));
        change.members.insert("title", json!(name));
        change.members.insert("description", json!(description));
        Ok(self.made(place))
    }

    pub(super) fn change_list(&mut self, list: &Fact) -> Done {
        let name = self.title("name")?;
        let description = self.text("description")?;
        let private = self.private(list.bucket)?;
        let position = self.position()?;
        if let Some(private) = private {
            self.world.set_private(list.serial, private);
        }
        if let Some(position) = position {
            self.world.reposition(list.serial, position);
        }
        let change = self.world.rewrite(Subject::Fact(list.serial));
        change.members.extend(name.map(|name| ("title", json!(name))));
        change.members.extend(description.map(|text| ("description", json!(text))));
        Ok(self.changed(list))
    }

    pub(super) fn new_todo(&mut self, list: &Fact) -> Done {
        let content = self.required("content")?;
        let due = self.due()?.flatten();
        let person = self.in_charge()?.flatten();
        let files = self.files_sent()?;
        let place = self.world.create(Kind::Todo, list.bucket, Some(list.serial));
        let change = self.world.rewrite(Subject::Fact(place));
        change.assignee = Some(person);
        change.members.insert("title", json!(content));
        change.members.insert("due_at", json!(due));
        self.attach(place, files);
        self.world.facts[list.serial as usize].completed = false;
        Ok(self.made(place))
    }

    pub(super) fn change_todo(&mut self, todo: &Fact) -> Done {
        let content = self.title("content")?;
        let due = self.due()?;
        let person = self.in_charge()?;
        let completed = self.flag("completed")?;
        let position = self.position()?;
        let list = self.other_list(todo)?;
        let change = self.world.rewrite(Subject::Fact(todo.serial));
        change.assignee = person.or(change.assignee);
        change.members.extend(content.map(|content| ("title", json!(content))));
        change.members.extend(due.map(|due| ("due_at", json!(due))));
        if let Some(completed) = completed {
            self.world.complete(todo.serial, completed);
        }
        if let Some(list) = list {
            self.world.move_under(todo.serial, list);
        }
        if let Some(position) = position {
            self.world.reposition(todo.serial, position);
        }
        Ok(self.changed(todo))
    }

    /// The place of the list of the same project that a to-do is to go to.
    fn other_list(&self, todo: &Fact) -> Done<Option<u32>> {
        let Some(sent) = self.body.get("todolist_id") else { return Ok(None) };
        let list = sent.as_i64().and_then(|id| self.world.find(Kind::Todolist, id));
        let list = list.filter(|list| list.bucket == todo.bucket && !self.world.gone(list));
        let list = list.ok_or_else(|| invalid("todolist_id", "is no list of the project"))?;
        Ok((list.serial != todo.parent).then_some(list.serial))
    }
}

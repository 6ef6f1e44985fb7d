//! Templates of projects, what is made from them, the template library, and embeds.

use serde_json::{Value, json};

use super::{Painter, time};
use crate::world::{Fact, Family, Kind, Status};

/// Ids of project constructions: the template's number times ten, and which.
const FIRST_CONSTRUCTION: i64 = 650_000;
/// The id of the first copy of a template from the library.
const FIRST_COPY: i64 = 652_000;
/// The id of the first templatification.
const FIRST_TEMPLATIFICATION: i64 = 654_000;
/// Constructions of a template. The first is done, the second is not.
const CONSTRUCTED: i64 = 2;
/// Copies, templatifications and embeds. The first is done, the second is not.
const MADE: i64 = 3;
/// The copy and the templatification that are of a card table.
const CARD_TABLE: i64 = 2;

impl Painter<'_> {
    /// Places of the templates.
    pub fn templates(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.world.projects.len()).filter(|place| self.world.projects[*place].template)
    }

    /// The template of an id.
    pub fn template_of(&self, id: &str) -> Option<usize> {
        self.world.template_of(id)
    }

    /// A template.
    pub fn template(&self, place: usize) -> Value {
        let project = &self.world.projects[place];
        let serial = i64::from(project.dock[0].place);
        let record = json!({"id": project.id, "status": project.status.name(), "created_at": time(serial), "updated_at": time(serial + 9),
            "name": format!("Tëmplate {}", project.id % 10), "description": if project.id % 2 == 0 { Value::Null } else { json!("Plain text") },
            "url": format!("{}/templates/{}.json", self.base, project.id), "app_url": format!("https://3.example/templates/{}", project.id),
            "dock": self.dock(place)});
        self.world.patched(Family::Project, i64::try_from(place).unwrap_or_default(), record)
    }

    /// The ids of what was made of a template.
    pub fn constructions(&self, place: usize) -> Vec<i64> {
        let project = &self.world.projects[place];
        let first = FIRST_CONSTRUCTION + (project.id % 1000) * 10;
        let count = if project.made { 0 } else { CONSTRUCTED };
        let owner = i64::try_from(place).unwrap_or_default();
        self.world.ids(Family::Construction, owner, first..first + count)
    }

    /// A project that is made from a template: the first is there, the second is still to come.
    pub fn construction(&self, id: i64, template: usize) -> Value {
        let mut record = json!({"id": id, "status": if id % 10 == 0 { "completed" } else { "pending" },
            "url": format!("{}/templates/{}/project_constructions/{id}.json", self.base, self.world.projects[template].id)});
        let made = self.world.put(Family::Construction, id, "place").and_then(Value::as_u64);
        if let Some(place) = made.and_then(|place| usize::try_from(place).ok()) {
            record["status"] = json!("completed");
            record["project"] = self.project(place, false);
        } else if id % 10 == 0 {
            record["project"] = self.project(0, false);
        }
        record
    }

    /// The first template is the library: its lists and its card table.
    fn shelf(&self, name: &str) -> Option<(usize, &Fact)> {
        let place = self.templates().next()?;
        let tool = self.world.projects[place].dock.iter().find(|tool| tool.name == name)?;
        Some((place, &self.world.facts[tool.place as usize]))
    }

    /// The lists of the library.
    pub fn template_library_todolists(&self) -> Value {
        let Some((place, set)) = self.shelf("todoset") else {
            return Value::Null;
        };
        let lists = self.world.children(set, Kind::Todolist).map(|list| self.record(list));
        json!({"bucket": self.bucket(place), "todoset": self.brief(set), "todolists": lists.collect::<Vec<_>>()})
    }

    /// The card tables of the library.
    pub fn template_library_card_tables(&self) -> Value {
        let Some((place, table)) = self.shelf("kanban_board") else {
            return Value::Null;
        };
        let dock = self.world.projects[place].dock.iter();
        let tables = dock.filter(|tool| tool.name == "kanban_board");
        let tables = tables.map(|tool| self.envelope(&self.world.facts[tool.place as usize]));
        json!({"bucket": self.bucket(place), "kanban_boardset": self.brief(table), "card_tables": tables.collect::<Vec<_>>()})
    }

    /// A copy of a template of the library into the first project: two lists, the second still to come,
    /// and a card table.
    pub fn template_library_copy(&self, nth: i64) -> Option<Value> {
        let id = FIRST_COPY + nth;
        let (source, target) = if nth == CARD_TABLE {
            (self.shelf("kanban_board")?.1, self.table_of_first()?)
        } else {
            let (_, set) = self.shelf("todoset")?;
            (self.world.children(set, Kind::Todolist).next()?, self.lists_of_first().next()?)
        };
        let mut record = json!({"id": id, "status": if nth == 1 { "pending" } else { "completed" }, "source_recording_id": source.id,
            "destination_parent_id": self.world.parent(target).unwrap_or(target).id,
            "url": format!("{}/template_library/copies/{id}.json", self.base)});
        match nth {
            0 => record["destination_todolist"] = self.record(target),
            CARD_TABLE => record["destination_card_table"] = self.record(target),
            _ => {}
        }
        Some(record)
    }

    /// The copy of an id.
    pub fn template_library_copy_of(&self, id: &str) -> Option<Value> {
        let id = id.parse::<i64>().ok()?;
        if self.world.owner(Family::Copy, id).is_some() {
            return Some(self.world.patched(Family::Copy, id, json!({})));
        }
        let nth = id - FIRST_COPY;
        (0..MADE).contains(&nth).then(|| self.template_library_copy(nth))?
    }

    /// A template that is made from a list or the card table of the first project: what it is made
    /// from, and what is answered.
    pub fn templatification(&self, nth: i64) -> Option<(&Fact, Value)> {
        let source = if nth == CARD_TABLE {
            self.table_of_first()?
        } else {
            self.lists_of_first().nth(usize::try_from(nth).ok()?)?
        };
        let id = FIRST_TEMPLATIFICATION + nth;
        let project = self.world.projects[source.project as usize].id;
        let mut record = json!({"id": id, "status": if nth == 1 { "pending" } else { "completed" }, "source_recording_id": source.id,
            "url": format!("{}/buckets/{project}/recordings/{}/templatifications/{id}.json", self.base, source.id)});
        match nth {
            0 => {
                let (_, set) = self.shelf("todoset")?;
                record["destination_todolist"] =
                    self.record(self.world.children(set, Kind::Todolist).next()?);
            }
            CARD_TABLE => {
                record["destination_card_table"] = self.record(self.shelf("kanban_board")?.1)
            }
            _ => {}
        }
        Some((source, record))
    }

    fn table_of_first(&self) -> Option<&Fact> {
        let tables = self.world.in_project(0, Kind::Table, Status::Active);
        tables.first().map(|place| &self.world.facts[*place as usize])
    }

    /// How many copies, templatifications and embeds there are.
    pub fn made(&self) -> std::ops::Range<i64> {
        0..MADE
    }

    fn lists_of_first(&self) -> impl Iterator<Item = &Fact> {
        let lists = self.world.in_project(0, Kind::Todolist, Status::Active).iter();
        lists.map(|place| &self.world.facts[*place as usize])
    }

    /// The page elsewhere of a name.
    pub fn embed_of(&self, sgid: &str) -> Option<Value> {
        let id = sgid.strip_prefix("embed-").and_then(|id| id.parse::<i64>().ok());
        if let Some(id) = id.filter(|id| self.world.owner(Family::Embed, *id).is_some()) {
            let embed = json!({"sgid": sgid, "status": "active"});
            return Some(self.world.patched(Family::Embed, id, embed));
        }
        self.made().map(|nth| self.embed(nth)).find(|embed| embed["sgid"] == sgid)
    }

    /// A page elsewhere that is shown inside rich text.
    pub fn embed(&self, nth: i64) -> Value {
        let mut record = json!({"sgid": format!("embed-{nth}"), "url": format!("https://pages.example/{nth}?q=ä"),
            "status": if nth == 0 { "completed" } else { "pending" }});
        if nth == 0 {
            record["type"] = json!("Embed");
            record["content"] = json!("<iframe src=\"https://pages.example/0\"></iframe>");
            record["content_type"] = json!("text/html");
            record["image_url"] = Value::Null;
        }
        record
    }
}

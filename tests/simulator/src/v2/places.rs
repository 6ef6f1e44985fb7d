//! How projects, templates, stars and calendars look.

use serde_json::{Map, Value, json};

use super::overlay::Subject;
use super::payload::{Painter, color, moment};
use super::world::{Bucket, Fact, Kind, Project, State, birth};

impl Painter<'_> {
    /// A project as listings show it. `brief`: without what the listing of a person leaves out.
    pub fn project(&self, place: u32, brief: bool) -> Value {
        let mut record = Value::Object(self.project_core(place));
        let address = self.place(Bucket::Project(place));
        record["url"] = json!(format!("{}/{address}.json", self.base));
        if !brief {
            record["app_url"] = json!(format!("{}/{address}", self.app));
        }
        record
    }

    fn project_core(&self, place: u32) -> Map<String, Value> {
        let project = &self.world.projects[place as usize];
        let mut record = Map::new();
        let mut set = |name: &str, value: Value| record.insert(name.to_owned(), value);
        set("id", json!(project.id));
        let subject = Subject::Project(place);
        let change = self.world.change(subject);
        set("name", json!(self.project_name(place)));
        set(
            "description",
            match (self.world.written(subject, "description"), place % 4) {
                (Some(written), _) => written.clone(),
                (None, 0) => json!("What <it> is & for"),
                (None, 1) => json!(""),
                (None, _) => Value::Null,
            },
        );
        let updated = change.map_or_else(|| birth(place * 50 + 9), |change| change.updated);
        set("updated_at", json!(moment(updated, place)));
        set("template", json!(project.state == State::Template));
        set("archived", json!(project.state == State::Archived));
        set("starred", json!(project.starred));
        set("trashed", json!(project.state == State::Trashed));
        set("is_client_project", json!(project.client));
        set("color", json!(color(place)));
        if project.state != State::Template {
            set("draft", json!(project.state == State::Draft));
            let last = self
                .world
                .log
                .iter()
                .find(|entry| self.scene(entry.what) == Bucket::Project(place));
            set("last_event_at", json!(last.map(|entry| moment(entry.at, place))));
        }
        record
    }

    /// A project as its own address shows it: maker and counters, and no address.
    pub fn single_project(&self, place: u32) -> Value {
        let mut record = Value::Object(self.project_core(place));
        let born = self.world.change(Subject::Project(place)).and_then(|change| change.born);
        record["created_at"] = json!(moment(born.unwrap_or_else(|| birth(place)), place));
        record["creator"] = self.author(if born.is_some() { 0 } else { place % 2 });
        let bucket = Bucket::Project(place);
        for (name, kind) in [
            ("attachments", Kind::Attachment),
            ("calendar_events", Kind::CalendarEvent),
            ("documents", Kind::Document),
            ("forwards", Kind::Forward),
        ] {
            record[name] = self.counter(bucket, name, self.of(bucket, kind));
        }
        if let Some(forwards) = record["forwards"].as_object_mut() {
            forwards.remove("app_url");
        }
        record["accesses"] = self.access_counter(bucket);
        let talked = self.world.topics.iter().filter(|topic| !topic.archived);
        let talked = talked.filter(|topic| self.world.fact(topic.fact).bucket == bucket);
        record["topics"] =
            self.counter(bucket, "topics", talked.map(|topic| topic.updated).collect());
        let lists: Vec<&Fact> = self.world.inside(bucket, Kind::Todolist).collect();
        let lists: Vec<&&Fact> = lists.iter().filter(|list| !self.world.gone(list)).collect();
        let changed = lists.iter().map(|list| self.world.changed(list)).collect();
        let mut counter = self.counter(bucket, "todolists", changed);
        let done = lists.iter().filter(|list| list.completed).count();
        if let Some(members) = counter.as_object_mut() {
            members.remove("count");
        }
        counter["completed_count"] = json!(done);
        counter["remaining_count"] = json!(lists.len() - done);
        record["todolists"] = counter;
        record
    }

    fn of(&self, bucket: Bucket, kind: Kind) -> Vec<i64> {
        let inside = self.world.inside(bucket, kind);
        let shown = inside.filter(|fact| !self.world.gone(fact));
        shown.map(|fact| self.world.changed(fact)).collect()
    }

    fn counter(&self, bucket: Bucket, name: &str, changed: Vec<i64>) -> Value {
        let place = self.place(bucket);
        json!({"count": changed.len(), "updated_at": changed.iter().max().map(|at| moment(*at, 3)),
            "url": format!("{}/{place}/{name}.json", self.base), "app_url": format!("{}/{place}/{name}", self.app)})
    }

    fn access_counter(&self, bucket: Bucket) -> Value {
        let inside = self.world.present().filter(|person| self.world.may_enter(*person, bucket));
        self.counter(bucket, "accesses", inside.map(birth).collect())
    }

    /// A star on a project.
    pub fn star(&self, project: &Project) -> Value {
        let place = format!("projects/{}/star", project.id);
        json!({"project_id": project.id, "created_at": moment(birth(3), 0),
            "url": format!("{}/{place}.json", self.base), "app_url": format!("{}/{place}", self.app)})
    }

    /// A calendar as the listing shows it.
    pub fn calendar(&self, place: u32) -> Value {
        let mut record = self.calendar_core(place);
        let address = self.place(Bucket::Calendar(place));
        record["url"] = json!(format!("{}/{address}.json", self.base));
        record["app_url"] = json!(format!("{}/{address}", self.app));
        record
    }

    fn calendar_core(&self, place: u32) -> Value {
        let mut record = json!({"id": self.world.calendars[place as usize], "name": self.calendar_name(place),
            "updated_at": moment(birth(place + 40), place), "color": "3185c5"});
        self.world.date(Subject::Calendar(place), &mut record);
        record
    }

    /// A calendar as its own address shows it.
    pub fn single_calendar(&self, place: u32) -> Value {
        let bucket = Bucket::Calendar(place);
        let mut record = self.calendar_core(place);
        record["created_at"] = json!(moment(birth(place + 4), place));
        self.world.date(Subject::Calendar(place), &mut record);
        record["creator"] = self.author(0);
        record["accesses"] = self.access_counter(bucket);
        let events = self.of(bucket, Kind::CalendarEvent);
        let address = format!("{}/{}", self.base, self.place(bucket));
        record["calendar_events"] = json!({"count": events.len(),
            "updated_at": events.iter().max().map(|at| moment(*at, 3)),
            "urls": {"upcoming": format!("{address}/calendar_events.json"), "past": format!("{address}/calendar_events/past.json")}});
        record
    }
}

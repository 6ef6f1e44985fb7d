//! How people look, what they may enter and did, and the companies they belong to.

use serde_json::{Value, json};

use super::overlay::Subject;
use super::payload::{Painter, moment};
use super::world::{Bucket, FIRST_PERSON, Fact, Kind, What, birth};

/// A company, or a department of one.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Places of the people in it.
    pub members: Vec<u32>,
    /// The departments of a company.
    pub departments: Vec<Self>,
}

/// A company as the seed makes it: its name and the departments in it.
type Seeded = (i64, &'static str, &'static [(i64, &'static str)]);

/// Companies: one without departments, and one without people.
const GROUPS: [Seeded; 3] = [
    (801, "Partners", &[]),
    (802, "Acmé", &[(851, "Designers"), (852, "Support"), (853, "Programmers")]),
    (803, "Nobody", &[(854, "None")]),
];

/// The companies of an account with so many people.
pub fn groups(people: u32) -> Vec<Group> {
    let members = |group: usize, department: Option<usize>| {
        let inside = |person: &u32| match department {
            None => *person as usize % 3 == group && group < 2,
            Some(department) => group < 2 && *person as usize % 9 == group + 3 * department,
        };
        (0..people).filter(inside).collect()
    };
    let seeded = GROUPS.iter().enumerate();
    let group = |(place, (id, name, departments)): (usize, &Seeded)| Group {
        id: *id,
        name: (*name).to_owned(),
        members: members(place, None),
        departments: departments
            .iter()
            .enumerate()
            .map(|(number, (id, name))| Group {
                id: *id,
                name: (*name).to_owned(),
                members: members(place, Some(number)),
                departments: Vec::new(),
            })
            .collect(),
    };
    seeded.map(group).collect()
}

impl Painter<'_> {
    /// A person as listings show one. Those behind the last are in the trash.
    pub fn person(&self, person: u32) -> Value {
        let place = format!("people/{}-person-{person}", FIRST_PERSON + i64::from(person));
        let mut record = self.person_core(person);
        record["url"] = json!(format!("{}/{place}.json", self.base));
        record["app_url"] = json!(format!("{}/{place}", self.app));
        record
    }

    /// A person as their own address shows them: counters, and no address.
    pub fn single_person(&self, person: u32) -> Value {
        let place = format!("people/{}-person-{person}", FIRST_PERSON + i64::from(person));
        let made = self.entries_by(person);
        let todos = self.assigned(person);
        let counter = |name: &str, count: usize, updated: Option<i64>| {
            json!({"count": count, "updated_at": updated.map(|at| moment(at, person)),
                "url": format!("{}/{place}/{name}.json", self.base), "app_url": format!("{}/{place}/{name}", self.app)})
        };
        let mut record = self.person_core(person);
        record["events"] = counter("events", made.len(), made.first().map(|(_, at)| *at));
        let changed = todos.iter().map(|todo| self.world.changed(todo)).max();
        record["assigned_todos"] = counter("assigned_todos", todos.len(), changed);
        record
    }

    fn person_core(&self, person: u32) -> Value {
        let author = self.author(person);
        let subject = Subject::Person(person);
        let address = self.world.written(subject, "email_address").cloned();
        let mut record = json!({
            "id": author["id"], "identity_id": 982_000 + person, "name": author["name"],
            "email_address": address.unwrap_or_else(|| json!(format!("p{person}@example.com"))), "admin": person < 2,
            "trashed": self.world.is_away(person), "avatar_url": author["avatar_url"],
            "fullsize_avatar_url": author["fullsize_avatar_url"],
            "created_at": moment(birth(person), person), "updated_at": moment(birth(person + 9), person),
        });
        self.world.date(subject, &mut record);
        record
    }

    /// Places of the log's entries that a person caused, with their times, newest first.
    pub fn entries_by(&self, person: u32) -> Vec<(u32, i64)> {
        let places = (0..).zip(&self.world.log);
        let by = |what: What| match what {
            What::Created(fact) | What::Completed(fact) => self.world.maker(self.world.fact(fact)),
            What::Joined(_, person) => person,
        };
        places
            .filter(|(_, entry)| {
                by(entry.what) == person && self.world.account_wide(self.scene(entry.what))
            })
            .map(|(place, entry)| (place, entry.at))
            .collect()
    }

    /// Open to-dos that a person is in charge of.
    pub fn assigned(&self, person: u32) -> Vec<&Fact> {
        let todos = self.world.facts.iter().filter(|fact| fact.kind == Kind::Todo);
        todos
            .filter(|todo| !todo.completed && !self.world.gone(todo))
            .filter(|todo| {
                self.world.account_wide(todo.bucket) && self.world.assignee(todo) == Some(person)
            })
            .collect()
    }

    /// People with access, as their listing shows them.
    pub fn accesses(&self, bucket: Bucket) -> Vec<Value> {
        let client = match bucket {
            Bucket::Project(place) => self.world.projects[place as usize].client,
            Bucket::Calendar(_) => false,
        };
        self.world
            .present()
            .filter(|person| self.world.may_enter(*person, bucket))
            .map(|person| {
                let mut record = self.person(person);
                let written = self.world.doors.get(&(person, bucket)).copied().flatten();
                record["is_client"] = json!(written.unwrap_or(client && person % 7 == 6));
                record
            })
            .collect()
    }

    fn membership(&self, group: &Group) -> Vec<Value> {
        let members = group.members.iter().filter(|person| !self.world.is_away(**person));
        members
            .map(|person| {
                let mut record = self.person(*person);
                if let Some(members) = record.as_object_mut() {
                    members.remove("trashed");
                }
                record
            })
            .collect()
    }

    /// Companies as their listing shows them.
    pub fn groups(&self) -> Vec<Value> {
        self.world.groups.iter().map(|group| self.group(group)).collect()
    }

    fn group(&self, group: &Group) -> Value {
        let mut record = json!({"id": group.id, "name": group.name, "created_at": moment(birth(5), 2),
            "updated_at": moment(birth(77), 4)});
        self.world.date(Subject::Group(group.id), &mut record);
        if !group.departments.is_empty() {
            record["subgroups"] =
                group.departments.iter().map(|department| self.department(department)).collect();
        }
        record
    }

    fn department(&self, department: &Group) -> Value {
        let mut record = json!({"id": department.id, "name": department.name,
            "created_at": moment(birth(6), 0), "updated_at": moment(birth(66), 1)});
        self.world.date(Subject::Group(department.id), &mut record);
        record
    }

    /// A company as its own address shows it.
    pub fn single_group(&self, id: i64) -> Option<Value> {
        let group = self.world.groups.iter().find(|each| each.id == id)?;
        let mut record = self.group(group);
        record.as_object_mut()?.remove("updated_at");
        record["memberships"] = json!(self.membership(group));
        Some(record)
    }

    /// A department as its own address shows it.
    pub fn single_subgroup(&self, group: i64, id: i64) -> Option<Value> {
        let group = self.world.groups.iter().find(|each| each.id == group)?;
        let department = group.departments.iter().find(|each| each.id == id)?;
        let mut record = self.department(department);
        record["parent_id"] = json!(group.id);
        record["memberships"] = json!(self.membership(department));
        Some(record)
    }
}

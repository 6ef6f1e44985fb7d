//! How people look, what they may enter and did, and the companies they belong to.

use serde_json::{Value, json};

use super::payload::{Painter, moment};
use super::world::{Bucket, FIRST_PERSON, Fact, Kind, TRASHED_PEOPLE, What, birth};

/// A company: id, name and the departments in it.
type Group = (i64, &'static str, &'static [(i64, &'static str)]);

/// Companies: one without departments, and one without people.
const GROUPS: [Group; 3] = [
    (801, "Partners", &[]),
    (802, "Acmé", &[(851, "Designers"), (852, "Support"), (853, "Programmers")]),
    (803, "Nobody", &[(854, "None")]),
];

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
        json!({
            "id": author["id"], "identity_id": 982_000 + person, "name": author["name"],
            "email_address": format!("p{person}@example.com"), "admin": person < 2,
            "trashed": person >= self.world.people, "avatar_url": author["avatar_url"],
            "fullsize_avatar_url": author["fullsize_avatar_url"],
            "created_at": moment(birth(person), person), "updated_at": moment(birth(person + 9), person),
        })
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
        (0..self.world.people)
            .filter(|person| self.world.may_enter(*person, bucket))
            .map(|person| {
                let mut record = self.person(person);
                record["is_client"] = json!(client && person % 7 == 6);
                record
            })
            .collect()
    }

    /// Places of the people in a company, or in one of its departments.
    fn members(&self, group: usize, department: Option<usize>) -> Vec<u32> {
        let inside = |person: &u32| match department {
            None => *person as usize % 3 == group && group < 2,
            Some(department) => group < 2 && *person as usize % 9 == group + 3 * department,
        };
        (0..self.world.people).filter(inside).collect()
    }

    fn membership(&self, group: usize, department: Option<usize>) -> Vec<Value> {
        let members = self.members(group, department).into_iter();
        members
            .map(|person| {
                let mut record = self.person(person);
                if let Some(members) = record.as_object_mut() {
                    members.remove("trashed");
                }
                record
            })
            .collect()
    }

    /// Companies as their listing shows them.
    pub fn groups(&self) -> Vec<Value> {
        (0..GROUPS.len())
            .map(|group| {
                let (id, name, departments) = GROUPS[group];
                let mut record = json!({"id": id, "name": name, "created_at": moment(birth(5), 2),
                    "updated_at": moment(birth(77), 4)});
                if !departments.is_empty() {
                    record["subgroups"] =
                        departments.iter().map(|(id, name)| self.department(*id, name)).collect();
                }
                record
            })
            .collect()
    }

    fn department(&self, id: i64, name: &str) -> Value {
        json!({"id": id, "name": name, "created_at": moment(birth(6), 0), "updated_at": moment(birth(66), 1)})
    }

    /// A company as its own address shows it.
    pub fn single_group(&self, id: i64) -> Option<Value> {
        let group = GROUPS.iter().position(|(each, ..)| *each == id)?;
        let mut record = self.groups()[group].clone();
        record.as_object_mut()?.remove("updated_at");
        record["memberships"] = json!(self.membership(group, None));
        Some(record)
    }

    /// A department as its own address shows it.
    pub fn single_subgroup(&self, group: i64, id: i64) -> Option<Value> {
        let place = GROUPS.iter().position(|(each, ..)| *each == group)?;
        let departments = GROUPS[place].2;
        let department = departments.iter().position(|(each, _)| *each == id)?;
        let mut record = self.department(id, departments[department].1);
        record["parent_id"] = json!(group);
        record["memberships"] = json!(self.membership(place, Some(department)));
        Some(record)
    }

    /// Places of all people, those in the trash last.
    pub fn all_people(&self) -> std::ops::Range<u32> {
        0..self.world.people + TRASHED_PEOPLE
    }
}

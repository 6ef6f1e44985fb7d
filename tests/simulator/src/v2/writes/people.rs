//! Who may come in, who is in which company, and who goes.

use serde_json::Value;

use super::body::{id_of, invalid};
use super::{Done, Writer, json as answer};
use crate::v2::overlay::Subject;
use crate::v2::people::Group;
use crate::v2::routes::id;
use crate::v2::world::{Bucket, What};
use crate::v2::{empty, missing};

impl Writer<'_> {
    /// Lets people in, who are named by id or by address; unknown addresses are new people.
    pub(super) fn let_in(&mut self, bucket: Bucket, client: bool) -> Done {
        if client && !self.world.has_clients(bucket) {
            return Err(invalid("base", "is no project with clients"));
        }
        let named = self.body.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
        let known = named.iter().map(|each| {
            let person = each.as_i64().and_then(|id| self.world.person(id));
            person.ok_or_else(|| invalid("ids", "name nobody on the account"))
        });
        let mut people: Vec<u32> = known.collect::<Done<_>>()?;
        let addresses = self.addresses("email_addresses")?;
        if people.is_empty() && addresses.is_empty() {
            return Err(invalid("ids", "can't be blank"));
        }
        for address in addresses {
            people.push(self.by_address(&address));
        }
        for person in people {
            let was_in = self.world.may_enter(person, bucket);
            self.world.doors.insert((person, bucket), Some(client));
            if let (false, Bucket::Project(place)) = (was_in, bucket) {
                self.world.tell(What::Joined(place, person));
            }
        }
        Ok(empty(204))
    }

    pub(super) fn keep_out(&mut self, bucket: Bucket, person: &str) -> Done {
        let person = id(person).and_then(|id| self.world.person(id));
        let inside = person.filter(|person| self.world.may_enter(*person, bucket));
        let person = inside.ok_or_else(|| missing("/access"))?;
        self.world.doors.insert((person, bucket), None);
        Ok(empty(204))
    }

    /// Removes a person from the account. Nobody removes oneself.
    pub(super) fn remove_person(&mut self, person: &str) -> Done {
        let person = id(person).and_then(|id| self.world.person(id));
        let person = person.ok_or_else(|| missing("/person"))?;
        if person == 0 {
            return Err(empty(403));
        }
        self.world.removed.insert(person);
        self.world.rewrite(Subject::Person(person));
        Ok(empty(204))
    }

    pub(super) fn group(&mut self, method: &str, rest: &[&str]) -> Done {
        match (method, rest) {
            ("POST", []) => self.new_group(None),
            ("POST", [group, "subgroups"]) => {
                let place = self.group_at(group)?;
                self.new_group(Some(place))
            }
            (_, [group, "subgroups", department, rest @ ..]) => {
                let place = self.group_at(group)?;
                let inner = &self.world.groups[place].departments;
                let number = inner.iter().position(|each| Some(each.id) == id(department));
                let number = number.ok_or_else(|| missing("/group"))?;
                self.change_group(method, (place, Some(number)), rest)
            }
            (_, [group, rest @ ..]) => {
                let place = self.group_at(group)?;
                self.change_group(method, (place, None), rest)
            }
            _ => Err(missing("/nothing")),
        }
    }

    fn group_at(&self, text: &str) -> Done<usize> {
        let place = self.world.groups.iter().position(|each| Some(each.id) == id(text));
        place.ok_or_else(|| missing("/group"))
    }

    fn new_group(&mut self, company: Option<usize>) -> Done {
        let name = self.required("name")?;
        let members = self.memberships()?;
        self.inside_company(company, &members)?;
        let all = self.world.groups.iter();
        let ids = all.flat_map(|each| each.departments.iter().chain([each])).map(|each| each.id);
        let id = ids.max().unwrap_or_default() + 1;
        let change = self.world.rewrite(Subject::Group(id));
        change.born = Some(change.updated);
        let group = Group { id, name, members, departments: Vec::new() };
        let at = match company {
            None => {
                self.world.groups.push(group);
                (self.world.groups.len() - 1, None)
            }
            Some(place) => {
                let departments = &mut self.world.groups[place].departments;
                departments.push(group);
                (place, Some(departments.len() - 1))
            }
        };
        let (shown, path) = self.shown_group(at);
        Ok(answer(201, &shown).with("location", format!("{}/{path}.json", self.base)))
    }

    /// Who is in a department is in its company.
    fn inside_company(&self, company: Option<usize>, members: &[u32]) -> Done<()> {
        let Some(place) = company else { return Ok(()) };
        let inside = |person: &u32| self.world.groups[place].members.contains(person);
        if members.iter().all(inside) {
            return Ok(());
        }
        Err(invalid("memberships", "are not all in the group"))
    }

    fn shown_group(&self, (place, department): (usize, Option<usize>)) -> (Value, String) {
        let group = &self.world.groups[place];
        let painter = self.painter();
        match department {
            None => {
                (painter.single_group(group.id).unwrap_or_default(), format!("groups/{}", group.id))
            }
            Some(number) => {
                let id = group.departments[number].id;
                let shown = painter.single_subgroup(group.id, id).unwrap_or_default();
                (shown, format!("groups/{}/subgroups/{id}", group.id))
            }
        }
    }

    fn group_mut(&mut self, (place, department): (usize, Option<usize>)) -> &mut Group {
        let group = &mut self.world.groups[place];
        match department {
            None => group,
            Some(number) => &mut group.departments[number],
        }
    }

    /// Renames a company or department, adds people, or removes it or one of them.
    fn change_group(&mut self, method: &str, at: (usize, Option<usize>), rest: &[&str]) -> Done {
        match (method, rest) {
            ("PUT", []) => {
                let name = self.title("name")?;
                let members = self.memberships()?;
                self.inside_company(at.1.map(|_| at.0), &members)?;
                let group = self.group_mut(at);
                group.name = name.unwrap_or_else(|| group.name.clone());
                for person in members {
                    if !group.members.contains(&person) {
                        group.members.push(person);
                    }
                }
                let id = group.id;
                self.world.rewrite(Subject::Group(id));
                Ok(answer(200, &self.shown_group(at).0))
            }
            ("DELETE", []) => {
                let group = &mut self.world.groups[at.0];
                match at.1 {
                    Some(number) => drop(group.departments.remove(number)),
                    None => drop(self.world.groups.remove(at.0)),
                }
                Ok(empty(204))
            }
            ("DELETE", ["memberships", person]) => self.leave_group(at, person),
            _ => Err(missing("/nothing")),
        }
    }

    /// Who leaves a company leaves its departments.
    fn leave_group(&mut self, at: (usize, Option<usize>), person: &str) -> Done {
        let wanted = id(person);
        let group = self.group_mut(at);
        let found = group.members.iter().copied().find(|each| Some(id_of(*each)) == wanted);
        let person = found.ok_or_else(|| missing("/membership"))?;
        group.members.retain(|each| *each != person);
        for department in &mut group.departments {
            department.members.retain(|each| *each != person);
        }
        Ok(empty(204))
    }
}

//! To-dos, their lists and sets, steps, and hill charts.

use serde_json::{Value, json};

use super::{Painter, day, merged, pick, plus_days, time};
use crate::world::{Fact, Flag, Kind, Status};

impl Painter<'_> {
    pub(super) fn of_todos(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Todoset => merged(self.docked(fact), self.todoset(fact)),
            Kind::Todolist => merged(self.remarked(fact), self.todolist(fact)),
            Kind::Step => self.step(fact),
            _ => merged(self.remarked(fact), self.todo(fact)),
        }
    }

    fn todoset(&self, fact: &Fact) -> Value {
        let project = self.world.projects[fact.project as usize].id;
        let lists = || {
            self.world.children(fact, Kind::Todolist).filter(|list| list.status == Status::Active)
        };
        let (done, all) = lists()
            .map(|list| self.ratio(list))
            .fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1));
        let brief = |list: &Fact| {
            json!({"id": list.id, "name": self.title(list), "url": self.url(list), "app_url": self.app_url(list),
                "completed": self.is_done(list), "todos_url": format!("{}/todolists/{}/todos.json", self.base, list.id)})
        };
        let loose_done = self
            .world
            .children(fact, Kind::Todo)
            .filter(|todo| todo.status == Status::Active && todo.completed);
        let mut record = json!({"name": "To-dos", "todolists_count": self.count(fact, Kind::Todolist),
            "todolists_url": format!("{}/todosets/{}/todolists.json", self.base, fact.id),
            "completed_ratio": format!("{done}/{all}"), "completed": all > 0 && done == all,
            "todos_count": self.count(fact, Kind::Todo), "completed_loose_todos_count": loose_done.count(),
            "todos_url": format!("{}/buckets/{project}/todosets/{}/todos.json", self.base, fact.id), "app_todos_url": self.app_url(fact),
            "todolists": lists().map(brief).collect::<Vec<_>>(),
            "hill_chart_url": format!("{}/todosets/{}/hill.json", self.base, fact.id),
            "subscription_url": self.recording_url(fact, "subscription")});
        // Both spellings occur.
        record[pick(fact, &["app_todoslists_url", "app_todolists_url"])] =
            json!(self.app_url(fact));
        record
    }

    /// Finished and all to-dos directly in a list.
    fn ratio(&self, list: &Fact) -> (usize, usize) {
        let todos =
            self.world.children(list, Kind::Todo).filter(|todo| todo.status == Status::Active);
        todos.fold((0, 0), |(done, all), todo| (done + usize::from(todo.completed), all + 1))
    }

    fn is_done(&self, list: &Fact) -> bool {
        let (done, all) = self.ratio(list);
        all > 0 && done == all
    }

    fn todolist(&self, fact: &Fact) -> Value {
        let group = self.world.parent(fact).is_some_and(|parent| parent.kind == Kind::Todolist);
        let (done, all) = self.ratio(fact);
        let mut record = json!({"bubble_up_url": self.recording_url(fact, "bubble_up"), "position": fact.position,
            "description": if fact.serial.is_multiple_of(4) { self.html(fact) } else { String::new() },
            "description_attachments": [], "completed": all > 0 && done == all, "completed_ratio": format!("{done}/{all}"),
            "name": self.title(fact), "todos_url": format!("{}/todolists/{}/todos.json", self.base, fact.id),
            "app_todos_url": self.app_url(fact), "color": if group { json!("blue") } else { Value::Null },
            "comments_app_url": self.app_url(fact)});
        let address = if group { "group_position_url" } else { "groups_url" };
        record[address] = json!(format!("{}/todolists/{}/groups.json", self.base, fact.id));
        record
    }

    /// The day on which a to-do, card or step is due: some soon before or after today.
    pub fn due_on(&self, fact: &Fact) -> Option<String> {
        match self.world.written(fact, "due_on") {
            Some(due) => due.as_str().map(str::to_owned),
            None => self.seeded_due(fact),
        }
    }

    fn seeded_due(&self, fact: &Fact) -> Option<String> {
        let due = self.world.chance(fact.serial, 7);
        let spread = i64::try_from(due % 3000).unwrap_or_default();
        match due % 9 {
            _ if self.world.is_new(fact) => None,
            0 | 3 | 6 => None,
            1 | 2 => Some(plus_days(spread % 150 - 130)),
            _ => Some(day(86_400 * spread)),
        }
    }

    /// The day on which a to-do starts: most have none.
    pub fn starts_on(&self, fact: &Fact) -> Option<String> {
        if let Some(starts) = self.world.written(fact, "starts_on") {
            return starts.as_str().map(str::to_owned);
        }
        let starts = fact.kind == Kind::Todo && fact.serial.is_multiple_of(6);
        self.seeded_due(fact).filter(|_| starts)
    }

    fn todo(&self, fact: &Fact) -> Value {
        let mut record = json!({"content": self.content(fact),
            "description": if fact.serial % 5 == 4 { Value::Null } else { json!(self.html(fact)) }, "description_attachments": [],
            "starts_on": self.starts_on(fact), "due_on": self.due_on(fact), "assignees": self.people(fact),
            "completion_subscribers": if fact.serial.is_multiple_of(8) { json!([self.person(4, false)]) } else { json!([]) },
            "completion_url": format!("{}/todos/{}/completion.json", self.base, fact.id)});
        if !fact.completed {
            record["position"] = json!(fact.position);
        }
        if self.repeats(fact) {
            record["repetition_schedule"] = json!({"frequency": "every_week", "days": [1, 3]});
        }
        merged(merged(self.completion(fact), record), self.steps(fact))
    }

    /// Whether a to-do comes back when it is done.
    pub fn repeats(&self, fact: &Fact) -> bool {
        fact.kind == Kind::Todo
            && !self.world.is_new(fact)
            && self.world.chance(fact.serial, 7) % 50 == 1
    }

    /// Steps and their counters; older servers know none of to-dos.
    pub(super) fn steps(&self, fact: &Fact) -> Value {
        if self.world.old && fact.kind == Kind::Todo {
            return json!({});
        }
        let steps = || {
            let steps = self.world.children(fact, Kind::Step);
            steps.filter(|step| step.status == Status::Active)
        };
        let mut record =
            json!({"steps": steps().map(|step| self.record(step)).collect::<Vec<_>>()});
        if !self.world.old {
            record["subtasks_count"] = json!(steps().count());
            record["subtasks_completed_count"] =
                json!(steps().filter(|step| step.completed).count());
            record["subtasks_url"] = json!(self.recording_url(fact, "subtasks"));
        }
        record
    }

    fn step(&self, fact: &Fact) -> Value {
        let mut record = json!({"due_on": self.due_on(fact), "assignees": self.people(fact),
            // The path alone, unlike all others.
            "completion_url": format!("/card_tables/steps/{}/completions.json", fact.id)});
        if fact.position < 9 {
            record["position"] = json!(fact.position);
        }
        merged(self.completion(fact), record)
    }

    /// `completed`, and `completion` exactly when done.
    pub(super) fn completion(&self, fact: &Fact) -> Value {
        if fact.completed && fact.kind != Kind::Todo && self.world.oddities.flat_completion {
            json!({"completed": true, "completed_at": self.completed_at(fact), "completer": self.person(self.completer(fact), false)})
        } else if fact.completed {
            json!({"completed": true, "completion": {"created_at": self.completed_at(fact), "creator": self.person(self.completer(fact), false)}})
        } else {
            json!({"completed": false})
        }
    }

    /// When a record was done.
    pub fn completed_at(&self, fact: &Fact) -> String {
        let written = self.world.change(fact).and_then(|change| change.completed);
        time(written.unwrap_or_else(|| self.world.born(fact) + self.world.labour(fact)))
    }

    /// The place of the person who did it: the caller, since the start.
    pub(super) fn completer(&self, fact: &Fact) -> usize {
        let written = self.world.change(fact).and_then(|change| change.completed);
        match written {
            Some(_) => 0,
            None if self.world.is_studio() => self.people_of(fact).next().unwrap_or(3),
            None => 3,
        }
    }

    /// The hill chart of a to-do set: its dots are some of the lists, or none.
    pub fn hill(&self, fact: &Fact) -> Value {
        let dots = self.dots(fact);
        let mut record = json!({"enabled": !dots.is_empty(), "stale": fact.project % 2 == 1,
            "app_update_url": format!("{}/hills/edit", self.app_url(fact)), "app_versions_url": format!("{}/hills", self.app_url(fact))});
        if !dots.is_empty() {
            record["updated_at"] = json!(time(i64::from(fact.serial) + 500));
        }
        record["dots"] = Value::Array(dots);
        record
    }

    /// The lists that a hill chart tracks.
    pub fn dots(&self, fact: &Fact) -> Vec<Value> {
        let lists = self.world.children(fact, Kind::Todolist);
        lists
            .filter(|list| list.status == Status::Active)
            .filter(|list| {
                let seeded = list.serial.is_multiple_of(2) && !self.world.is_new(list);
                self.world.flag(list, Flag::Tracked).unwrap_or(seeded)
            })
            .map(|list| {
                json!({"id": list.id, "label": self.title(list), "color": pick(list, &["blue", "red", "yellow"]),
                    "position": list.serial % 101, "url": self.url(list), "app_url": self.app_url(list)})
            })
            .collect()
    }
}

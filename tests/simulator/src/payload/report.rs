//! To-dos and cards of the whole account, by what is the matter with them.

use serde_json::{Value, json};

use super::{Painter, plus_days, today};
use crate::world::{Fact, Kind, Status};

/// How a report is narrowed.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// At least one of these people is assigned; empty for anybody.
    pub assignees: Vec<i64>,
    /// `with`, `without` or `overdue`; anything else is ignored.
    pub due: Option<String>,
}

/// The lists of to-dos that are grouped by project.
pub const TODO_LISTS: [&str; 4] = ["open", "completed", "unassigned", "no_due_date"];
/// And those of cards.
pub const CARD_LISTS: [&str; 5] = ["open", "completed", "unassigned", "no_due_date", "not_now"];
/// Degrees of lateness: name, and days late from which on.
pub const LATENESS: [(&str, i64); 4] = [
    ("under_a_week_late", 1),
    ("over_a_week_late", 7),
    ("over_a_month_late", 30),
    ("over_three_months_late", 90),
];

impl Painter<'_> {
    /// Whether a record is late.
    pub fn is_overdue(&self, fact: &Fact) -> bool {
        !fact.completed && self.due_on(fact).is_some_and(|due| due < today())
    }

    /// How late one is that is late.
    pub fn lateness(&self, fact: &Fact) -> &'static str {
        let due = self.due_on(fact).unwrap_or_default();
        let late = |days: i64| due <= plus_days(-days);
        let found = LATENESS.iter().rev().find(|(_, days)| late(*days));
        found.map_or(LATENESS[0].0, |(name, _)| name)
    }

    fn passes(&self, fact: &Fact, by: &Narrowed) -> bool {
        let assigned = by.assignees.is_empty()
            || self.people_of(fact).any(|place| {
                by.assignees.contains(&(2000 + i64::try_from(place).unwrap_or_default()))
            });
        assigned
            && match by.due.as_deref() {
                Some("with") => self.due_on(fact).is_some(),
                Some("without") => self.due_on(fact).is_none(),
                Some("overdue") => self.is_overdue(fact),
                _ => true,
            }
    }

    fn belongs(&self, fact: &Fact, list: &str) -> bool {
        let parked = fact.kind == Kind::Card && self.is_parked(fact);
        match list {
            "completed" => fact.completed,
            "not_now" => parked,
            _ if fact.completed || parked => false,
            "unassigned" => self.people_of(fact).next().is_none(),
            "no_due_date" => self.due_on(fact).is_none(),
            _ => true,
        }
    }

    /// Late records of a kind, oldest due date first.
    pub fn overdue(&self, kind: Kind, by: &Narrowed) -> Vec<&Fact> {
        let places = self.world.listed(kind, Status::Active).iter();
        let mut late: Vec<&Fact> = places
            .map(|place| &self.world.facts[*place as usize])
            .filter(|fact| self.is_overdue(fact) && self.passes(fact, by))
            .collect();
        late.sort_by_key(|fact| (self.due_on(fact), fact.serial));
        late
    }

    /// What one project has of a list, without what is in tools that the dock hides.
    pub fn grouped(&self, project: usize, kind: Kind, list: &str, by: &Narrowed) -> Vec<&Fact> {
        let place = u32::try_from(project).unwrap_or(u32::MAX);
        let places = self.world.in_project(place, kind, Status::Active).iter();
        let facts = places.map(|place| &self.world.facts[*place as usize]);
        facts
            .filter(|fact| {
                self.belongs(fact, list) && self.passes(fact, by) && !self.world.is_hidden(fact)
            })
            .collect()
    }

    /// A project with its part of a list, which can be empty.
    pub fn group(&self, project: usize, kind: Kind, list: &str, by: &Narrowed) -> Value {
        let facts = self.grouped(project, kind, list, by);
        let records: Vec<Value> = facts.into_iter().map(|fact| self.record(fact)).collect();
        let key = if kind == Kind::Todo { "todos" } else { "cards" };
        json!({"bucket": self.bucket(project), key: records})
    }

    /// Pending to-dos of a person.
    pub fn assigned(&self, person: usize) -> Vec<&Fact> {
        let places = self.world.listed(Kind::Todo, Status::Active).iter();
        let facts = places.map(|place| &self.world.facts[*place as usize]);
        facts
            .filter(|fact| !fact.completed && self.people_of(fact).any(|place| place == person))
            .collect()
    }
}

impl Painter<'_> {
    /// Pending to-dos of a person, with who it is.
    pub fn assigned_report(&self, person: usize, group_by: &str) -> Value {
        let todos = self.assigned(person).into_iter().map(|fact| self.record(fact));
        json!({"person": self.person(person, false), "grouped_by": group_by, "todos": todos.collect::<Vec<_>>()})
    }

    /// Late to-dos in four arrays, by how late they are.
    pub fn overdue_report(&self) -> Value {
        let late = self.overdue(Kind::Todo, &Narrowed::default());
        let mut report = json!({});
        for (name, _) in LATENESS {
            let these = late.iter().filter(|fact| self.lateness(fact) == name);
            report[name] = these.map(|fact| self.record(fact)).collect();
        }
        report
    }
}

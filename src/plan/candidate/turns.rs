//! One step after another, where no source has the rows of every wanted value of a domain; and what to
//! add to a query of which no rows can be enumerated.

use super::super::meaning::named;
use super::super::need::{Need, needed};
use super::super::query::{Admission, Choice, Query};
use super::super::step::{Plan, Step};
use super::Maker;
use crate::catalog::Role;

impl Maker<'_> {
    /// Several steps, one after another, where no source has the rows of every wanted value of a
    /// domain but some have those of one: what belongs to projects and what to calendars, what is in
    /// the trash and what is not.
    pub(super) fn in_turn(&self) -> Option<Step> {
        self.meaning.choices.iter().find_map(|choice| {
            let trash = self.meaning.of_trash && self.query.table.is(&choice.column, Role::Trashed);
            let mut sources = self.query.table.sources.iter();
            let split = sources
                .any(|source| source.only.iter().any(|(column, _)| *column == choice.column));
            if !(split || trash) || choice.possible().count() < 2 {
                return None;
            }
            let parts: Vec<Option<Step>> =
                choice.possible().map(|value| self.part(choice, value)).collect();
            // A record that is named by its id is in one part only, and not every part can be read
            // for it: what is in the trash has no listing of a project.
            let by_id =
                self.meaning.by_id || (trash && named(self.query, Role::Id.name()).is_some());
            if !by_id && parts.iter().any(Option::is_none) {
                return None;
            }
            let steps = parts.into_iter().flatten();
            steps.rev().reduce(|rest, step| Step::Then(Box::new(step), Box::new(rest)))
        })
    }

    /// The step for one value of a domain, if there is one.
    fn part(&self, choice: &Choice, value: &str) -> Option<Step> {
        let admitted = choice.values.iter().find(|(each, _)| each == value)?;
        self.having(choice, value, admitted.1)
    }

    /// The step for records that have one value of a domain, as far as it is admitted.
    fn having(&self, choice: &Choice, value: &str, admission: Admission) -> Option<Step> {
        let mut choices: Vec<Choice> = self.query.choices.clone();
        choices.retain(|each| each.column != choice.column);
        let values = choice
            .values
            .iter()
            .map(|(each, _)| (each.clone(), if each == value { admission } else { Admission::No }));
        let (column, null) = (choice.column.clone(), choice.null);
        choices.push(Choice { column, values: values.collect(), null });
        let query = Query { choices, ..self.query.clone() };
        Maker::new(self.version, &query, self.counts).cheapest().map(|plan| plan.step)
    }

    /// Rows that no source can enumerate: what to add to the query.
    pub(super) fn impossible(&self) -> Plan {
        let states = self.meaning.choices.iter();
        let mut states = states.filter(|it| self.query.table.is(&it.column, Role::Status));
        let unlisted = states.find_map(|choice| self.unlisted(choice));
        let needed = || Need::Condition(needed(self.query.table));
        self.plan(Step::Needs(unlisted.unwrap_or_else(needed)))
    }

    /// The wanted states that no listing has, where others are listed.
    fn unlisted(&self, choice: &Choice) -> Option<Need> {
        let values = choice.values.iter().map(|(value, _)| value.clone());
        let (listed, unlisted): (Vec<String>, Vec<String>) =
            values.partition(|value| self.having(choice, value, Admission::Yes).is_some());
        let wanted = choice.possible().filter(|value| unlisted.iter().any(|it| it == value));
        let wanted: Vec<String> = wanted.map(str::to_owned).collect();
        let column = choice.column.clone();
        (!listed.is_empty() && !wanted.is_empty()).then_some(Need::Listed {
            column,
            wanted,
            unlisted,
            listed,
        })
    }
}

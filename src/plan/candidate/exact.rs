//! Whether every record that a source brings is a row, so that records can be counted for rows.

use super::super::query::{Admission, Projects};
use super::super::step::Ask;
use super::Maker;
use crate::catalog::{Covers, Parameter, Role, Rows, Source};

impl Maker<'_> {
    /// Whether every row of the source's answers is a row of the result, so that a limit on the result
    /// is one on what is asked.
    pub(super) fn counts_exactly(&self, source: &Source, ask: &Ask) -> bool {
        self.admits_all(ask, |column| self.is_told_of(source, column))
            && self.query.table.keep.is_none()
            && self.has_all(source, ask)
    }

    /// Whether every record of the source's answers is a row of the result if it is of the table and has
    /// admitted values, where no parents are walked.
    pub(super) fn has_all(&self, source: &Source, ask: &Ask) -> bool {
        source.each.is_none() && self.all_are_rows(source, ask)
    }

    /// The same, also of a walk.
    pub(super) fn all_are_rows(&self, source: &Source, ask: &Ask) -> bool {
        let bindings = self.query.bindings.iter().all(|binding| {
            let column = &binding.column;
            let once = self.query.bindings.iter().filter(|b| b.column == *column).count() == 1;
            let asked = || ask.projects == Some(Projects::Named(binding.operand.clone()));
            let projects = self.query.table.is(column, Role::Project) && asked();
            // Words may bring records of others.
            let decides = source.words(column).is_none();
            let keyed = decides && ask.keys.iter().any(|key| key.column == *column);
            once && (keyed || projects)
        });
        let nested = matches!(source.rows, Rows::Inside(_) | Rows::Within(_));
        let inside = self.meaning.fence.is_none()
            && (self.meaning.projects.is_none() || ask.projects == self.meaning.projects);
        let by_keys = source.covers == Covers::Holes && source.each.is_none();
        let out_of_scope = by_keys && self.meaning.projects.is_some();
        !nested && inside && !out_of_scope && bindings
    }

    /// Whether all values of the columns with a domain are admitted, but of those that a source is told.
    pub(super) fn admits_all(&self, ask: &Ask, is_told: impl Fn(&str) -> bool) -> bool {
        ask.choices.iter().all(|choice| {
            let any = choice.values.iter().all(|(_, admission)| *admission == Admission::Yes);
            any || is_told(&choice.column)
        })
    }

    /// Whether each request of a source is for one value of a column with a domain.
    pub(super) fn is_told_of(&self, source: &Source, column: &str) -> bool {
        let by_way = source.ways.iter().any(|way| way.when.iter().any(|(c, _)| *c == column));
        let by_query = source.query.iter().any(|parameter| match parameter {
            Parameter::Status => self.query.table.is(column, Role::Status),
            // Other statuses bring both kinds.
            Parameter::Completed => {
                self.query.table.is(column, Role::Completed) && self.is_only_active()
            }
            _ => parameter.domain() == Some(column),
        });
        by_way || by_query || source.only.iter().any(|(name, _)| *name == column)
    }
}

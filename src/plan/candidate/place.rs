//! Where a source is asked: for which projects, and for which parents.

use super::super::query::{Binding, Cell, PROJECTS, Projects, Query};
use super::super::step::Parents;
use super::{Maker, choose};
use crate::catalog::{self, Covers, Role, Source, Statuses, Table};

/// How a source is kept to the projects in scope.
pub enum Place {
    /// It cannot be kept to them.
    Nowhere,
    /// Its keys alone say where.
    Keys,
    /// It is asked for these.
    Projects(Projects),
}

impl Maker<'_> {
    /// Which projects a source is asked for.
    pub(super) fn place(&self, source: &Source) -> Place {
        let walks = source.each.is_some();
        match source.covers {
            Covers::Holes if !walks => Place::Keys,
            Covers::Account | Covers::Holes if !self.query.table.scoped => Place::Keys,
            Covers::Account => match self.meaning.projects {
                Some(Projects::All) => Place::Projects(Projects::All),
                _ if self.meaning.by_id => Place::Projects(Projects::All),
                _ => Place::Nowhere,
            },
            Covers::Projects | Covers::Holes => match self.meaning.projects.clone() {
                None if self.meaning.by_id => Place::Projects(Projects::Every),
                None if source.covers == Covers::Projects => self.place_of_container(),
                None => Place::Nowhere,
                // Which parent is the first does not depend on what a join narrows them to.
                Some(scope) if takes_first(source.each) => Place::Projects(scope),
                Some(scope) => Place::Projects(self.narrowed(scope)),
            },
        }
    }

    /// Archived and trashed records of a container whose own listing gives active ones only: its
    /// project has them. Where no address tells the project, it may be any.
    fn place_of_container(&self) -> Place {
        if self.has_direct_listing() {
            return Place::Nowhere;
        }
        let table = self.query.table;
        let of = table.container.and_then(|container| {
            let key = self.key(container.column).filter(|key| key.names())?;
            Some(Projects::Of { path: container.path.to_owned(), container: key.clone() })
        });
        Place::Projects(of.unwrap_or_else(|| self.query.fence.anywhere()))
    }

    /// Whether a listing of the named container itself gives the answer.
    fn has_direct_listing(&self) -> bool {
        let mut sources = self.query.table.sources.iter();
        sources.any(|source| {
            source.covers == Covers::Holes
                && source.each.is_none()
                && (source.statuses != Statuses::Active || self.is_only_active())
                && source.holes().all(|hole| self.key(hole).is_some_and(Binding::names))
        })
    }

    /// The projects that a join names instead of those in scope: rows are checked for these.
    fn narrowed(&self, scope: Projects) -> Projects {
        let mut bindings = self.query.bindings.iter();
        let joined =
            bindings.find(|it| self.query.table.is(&it.column, Role::Project) && !it.names());
        joined.map_or(scope, |binding| Projects::Named(binding.operand.clone()))
    }

    /// What the parents of a walk are.
    pub(super) fn parents(&self, each: catalog::Each) -> Option<Parents> {
        let catalog::Each::Row { table, fills, when, .. } = each else {
            return Some(Parents::Projects);
        };
        if table == PROJECTS {
            return Some(Parents::Projects);
        }
        let table = self.version.table(table)?;
        let names = fills.iter().map(|(_, column)| *column).chain(when);
        let cells = names.map(|name| table.column(name).map(Cell::of));
        let cells = cells.collect::<Option<_>>()?;
        let narrows = |binding: &Binding| binding.names() || !takes_first(Some(each));
        let query = Query { cells, ..self.query_of_parents(table, narrows) };
        Some(Parents::Rows(Box::new(choose(self.version, &query, self.counts))))
    }

    /// The parents in another table, without cells; of these projects alone where a condition `narrows`
    /// both.
    pub(super) fn query_of_parents(
        &self,
        table: &'static Table,
        narrows: impl Fn(&Binding) -> bool,
    ) -> Query {
        let of_project = |binding: &&Binding| {
            self.query.table.is(&binding.column, Role::Project) && narrows(binding)
        };
        Query {
            bindings: self.query.bindings.iter().filter(of_project).cloned().collect(),
            ..Query::of(table, self.scope_of_parents())
        }
    }

    /// The projects whose parents are walked.
    fn scope_of_parents(&self) -> Projects {
        let scope = self.query.fence.projects.as_ref().unwrap_or(&self.query.projects);
        match &self.meaning.projects {
            Some(projects @ (Projects::All | Projects::Every)) => projects.clone(),
            None if self.meaning.by_id => Projects::Every,
            _ => scope.clone(),
        }
    }
}

/// Whether a walk ends with its first parent.
fn takes_first(each: Option<catalog::Each>) -> bool {
    matches!(each, Some(catalog::Each::Row { first: true, .. }))
}

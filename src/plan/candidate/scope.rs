//! No more and no fewer rows than are in scope: what a source brings beyond it is dropped, and what it
//! leaves out comes from elsewhere.
//!
//! Apart, because each of these puts a step around another, whatever that one asks for.

use super::super::meaning::Meaning;
use super::super::query::{Binding, Choice, PROJECTS, Projects, Query};
use super::super::step::{Each, Endpoint, Step};
use super::Maker;
use crate::catalog::{self, Covers, Role, Source, Table};

impl Maker<'_> {
    /// No more and no fewer rows than are in scope.
    pub(super) fn in_scope(&self, source: &'static Source, step: Step) -> Step {
        let step = self.within_fence(self.within_scope(source, self.among(source, step)));
        self.supplemented(source, self.with_calendars(source, step))
    }

    /// Only rows in the projects in scope, where the keys of a join may lead out of it.
    fn within_scope(&self, source: &Source, step: Step) -> Step {
        let Some(scope) = self.meaning.projects.clone().filter(|it| *it != Projects::Every) else {
            return step;
        };
        let asks = step.asks();
        let by_keys = source.covers == Covers::Holes && asks.iter().any(|ask| !ask.keys.is_empty());
        let by_join = asks.iter().any(|ask| ask.projects.as_ref().is_some_and(|it| *it != scope));
        if !by_keys && !by_join {
            return step;
        }
        Step::Within { projects: scope, inner: Box::new(step) }
    }

    pub(super) fn within_fence(&self, step: Step) -> Step {
        let Some(projects) = self.meaning.fence.clone() else {
            return step;
        };
        if self.shows_project() {
            return Step::Within { projects, inner: Box::new(step) };
        }
        // Its rows do not show where they are, but the walk says which parents are inside.
        let source = step.ask().and_then(|ask| ask.endpoint.of(self.query.table));
        match source {
            Some(source) => self.among_all(source, step, Some(projects)),
            None => step,
        }
    }

    /// Whether rows tell which project they are in, or are projects.
    fn shows_project(&self) -> bool {
        let table = self.query.table;
        table.project().is_some() || table.name == PROJECTS
    }

    /// Only rows of parents that the walk would visit, where a join names the parent: the walk alone
    /// says which are in scope. Not needed where a listing across projects shows the scope in each row.
    fn among(&self, source: &Source, step: Step) -> Step {
        let names = step.ask().is_none_or(|ask| ask.keys.iter().all(Binding::names));
        if names { step } else { self.among_all(source, step, None) }
    }

    /// Only rows of parents that a walk of these projects, or of those in scope, would visit.
    fn among_all(&self, source: &Source, step: Step, projects: Option<Projects>) -> Step {
        let Step::Ask(ask) = &step else {
            return step;
        };
        let fenced = projects.is_some();
        let keys = ask.keys.iter().filter(|key| {
            let is_parent = !self.query.table.is(&key.column, Role::Id) && is_hole(source, key);
            is_parent && (fenced || !key.names())
        });
        let keys: Vec<Binding> = keys.cloned().collect();
        let projects = projects.or_else(|| self.meaning.projects.clone());
        match self.walk(source, projects).filter(|_| !keys.is_empty()) {
            Some(walk) => Step::Among { walk: Box::new(walk), keys, inner: Box::new(step) },
            None => step,
        }
    }

    /// The walk that a source stands in for where a join gives the parent.
    fn walk(&self, source: &Source, projects: Option<Projects>) -> Option<Each> {
        let table = self.query.table;
        let across = |each: &Source| each.each.is_none() && each.covers != Covers::Holes;
        if table.sources.iter().any(across) {
            return None;
        }
        let holes: Vec<&str> = source.holes().filter(|hole| !table.is(hole, Role::Id)).collect();
        let (place, walk) = table.sources.iter().enumerate().find(|(_, each)| {
            each.each.is_some() && holes.iter().all(|hole| each.holes().any(|it| it == *hole))
        })?;
        let of_projects = matches!(walk.each, Some(each) if walks_projects(each));
        if of_projects && table.scoped && table.project().is_some() {
            // The rows show their project, so that the scope is checked on them.
            return None;
        }
        // The whole walk, whatever a join narrows it to: it is made once for all outer rows.
        let bindings = self.query.bindings.iter().filter(|it| it.names()).cloned().collect();
        let query = Query { bindings, limit: None, ..self.query.clone() };
        let meaning = Meaning { projects, ..self.meaning.clone() };
        let whole = Maker { query: &query, meaning, ..*self };
        match whole.asking(Endpoint::Source(place), walk, Vec::new())? {
            Step::Each(each) => Some(each),
            _ => None,
        }
    }

    /// With what is in calendars, where projects are walked and the account's listing has both.
    fn with_calendars(&self, source: &Source, step: Step) -> Step {
        let table = self.query.table;
        let whole = matches!(self.meaning.projects, Some(Projects::All | Projects::Every));
        let walked = source.each.is_some_and(walks_projects);
        if !whole || !walked || !in_calendars(table) || table.with(Role::Bucket).is_some() {
            return step;
        }
        let account = table.sources.iter().enumerate().find_map(|(place, source)| {
            let of_account = source.covers == Covers::Account && source.each.is_none();
            let usable = of_account && self.is_usable(source) && !self.lacks_for_good(source);
            let keys = self.keys(source).filter(|_| usable)?;
            let all = Meaning { projects: Some(Projects::All), ..self.meaning.clone() };
            let maker = Maker { meaning: all, ..*self };
            maker.asking(Endpoint::Source(place), source, keys)
        });
        match account {
            Some(account) => {
                let rest = Step::Within { projects: Projects::None, inner: Box::new(account) };
                Step::Then(Box::new(step), Box::new(rest))
            }
            None => step,
        }
    }

    /// With what a listing across projects may leave out.
    fn supplemented(&self, source: &'static Source, step: Step) -> Step {
        let supplement = self.query.table.supplement.as_ref();
        let listed = source.covers == Covers::Projects && source.each.is_none();
        let active = |choice: &Choice| {
            let is_status = self.query.table.is(&choice.column, Role::Status);
            !is_status || choice.possible().any(|value| value == "active")
        };
        let Some(supplement) = supplement.filter(|_| listed) else {
            return step;
        };
        if !self.meaning.choices.iter().all(active) {
            return step;
        }
        let other = self.asking(Endpoint::Supplement, &supplement.source, Vec::new());
        match other {
            Some(other) => {
                let other = self.within_fence(self.within_scope(&supplement.source, other));
                Step::Unless { inner: Box::new(step), supplement: Box::new(other) }
            }
            None => step,
        }
    }
}

/// Whether rows of a table may be in a calendar instead of a project.
pub fn in_calendars(table: &Table) -> bool {
    table.calendar().is_some() || table.in_calendars
}

fn is_hole(source: &Source, key: &Binding) -> bool {
    source.holes().any(|hole| hole == key.column)
}

fn walks_projects(each: catalog::Each) -> bool {
    match each {
        catalog::Each::Dock(_) => true,
        catalog::Each::Row { table, .. } => table == PROJECTS,
    }
}

//! What the planning of one foreign table keeps between the callbacks.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::pg_sys;

use super::clause::{Reader, Statement};
use super::domain;
use super::fixed::Expressions;
use super::key::{Key, offset};
use super::offer::{Offers, Planned};
use super::opened::Opened;
use super::wanted::{Sorted, Wanted, bare, limit};
use super::written::Written;
use crate::catalog::{Field, Table};
use crate::error::Result;
use crate::fdw::shown::Column;
use crate::fdw::{escape, session};
use crate::option::Settings;
use crate::plan::{
    Admission, COUNT, Cell, Choice, Distinct, Memo, Origin, Plan, Projects, Query, choose,
    choose_count, choose_sorted, distinct,
};
use crate::rows::Sizes;
use crate::value::Type;

thread_local! {
    /// The plans that the session made last.
    static MADE: Memo = Memo::default();
}

/// A foreign table that is being planned.
pub struct Relation {
    /// The catalogue's table.
    pub table: &'static Table,
    /// The plans of its paths.
    pub offers: Offers,
    opened: Rc<Opened>,
    sizes: Sizes,
    written: OnceCell<Written>,
    cells: OnceCell<Vec<Cell>>,
    distinct: RefCell<HashMap<i16, Option<Distinct>>>,
    read: RefCell<Clauses>,
}

/// What was read of clauses, each once.
#[derive(Default)]
struct Clauses {
    statements: HashMap<*mut pg_sys::Node, Statement>,
    expressions: Expressions,
}

/// What the planning of a relation keeps.
///
/// # Safety
/// A relation that `GetForeignRelSize` was called for, or what is above one.
pub unsafe fn relation<'a>(rel: *mut pg_sys::RelOptInfo) -> &'a Relation {
    // SAFETY: set by get_foreign_rel_size to a box owned by the planner's memory context.
    unsafe { &*(*rel).fdw_private.cast::<Relation>() }
}

impl Relation {
    /// Looks a foreign table up.
    ///
    /// # Errors
    /// When the catalogue has no such table.
    ///
    /// # Safety
    /// The table is locked.
    pub unsafe fn open(oid: pg_sys::Oid, user: pg_sys::Oid) -> Result<Self> {
        let opened = Opened::of(oid)?;
        let (table, sizes) = (opened.shown.table, session::sizes(opened.shown.server, user));
        let (offers, written, cells, distinct, read) = Default::default();
        Ok(Self { table, offers, opened, sizes, written, cells, distinct, read })
    }

    /// What the options of the server and of the table say.
    pub fn settings(&self) -> &Settings {
        &self.opened.shown.settings
    }

    /// The columns that the catalogue knows.
    pub fn keys(&self) -> &[Key] {
        &self.opened.keys
    }

    /// What a clause says: read once, however many paths it is part of.
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn statement(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        clause: *mut pg_sys::Node,
    ) -> Statement {
        // SAFETY: a field of the relation that is planned.
        let relid = unsafe { (*rel).relid };
        let (table, keys, written) = (self.table, self.keys(), &self.written);
        let reader = Reader { root, rel, relid, table, keys, written };
        let mut read = self.read.borrow_mut();
        let Clauses { statements, expressions } = &mut *read;
        statements.entry(clause).or_insert_with(|| reader.read(clause, expressions)).clone()
    }

    /// The plan for a set of clauses.
    ///
    /// # Errors
    /// When a wanted column is none that the resource has.
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn plan(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        clauses: &[*mut pg_sys::Node],
    ) -> Result<Planned> {
        // SAFETY: the planner's own structures, alive during the callback.
        let (mut query, is_exact) = unsafe { self.query(root, rel, clauses) };
        // SAFETY: as above.
        query.cells = unsafe { self.cells(rel)? };
        // SAFETY: as above.
        query.limit = unsafe { limit(root, rel) }.filter(|_| is_exact);
        let version = self.settings().version();
        let (mut plan, used) = MADE.with(|made| made.choose(version, query, &self.sizes));
        let mut expressions = self.expressions(&used);
        // SAFETY: as above.
        if let Some(check) = unsafe { self.check(rel, &plan, clauses) } {
            plan = Rc::new(Plan { check: Some(expressions.len()), ..Plan::clone(&plan) });
            expressions.push(check);
        }
        Ok(Planned { plan, expressions, is_exact })
    }

    /// The plan that tells how many rows satisfy a set of clauses, for each combination of the values of
    /// some columns, if requests can tell.
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn count(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        clauses: &[*mut pg_sys::Node],
        by: &[&Key],
    ) -> Option<Planned> {
        // SAFETY: the planner's own structures, alive during the callback.
        let (query, is_exact) = unsafe { self.query(root, rel, clauses) };
        if !is_exact || self.settings().max_rows().is_some() {
            return None;
        }
        let names: Vec<String> = by.iter().map(|key| key.name.to_owned()).collect();
        let mut plan = choose_count(self.settings().version(), &query, &names, &self.sizes)?;
        let cell = |name: &str, ty| {
            let origin = Origin::Path(Field::Member(name.to_owned()));
            Cell { name: name.to_owned(), origin, ty }
        };
        plan.cells = by.iter().map(|key| cell(key.name, key.ty)).collect();
        plan.cells.push(cell(COUNT, Type::Bigint));
        let expressions = self.numbered(&mut plan);
        Some(Planned { plan: Rc::new(plan), expressions, is_exact })
    }

    /// The plan for the first rows of the order that the query wants them in, and what they are ordered
    /// by, if listings sort so.
    ///
    /// # Errors
    /// As [`Self::plan`].
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn sorted(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        clauses: &[*mut pg_sys::Node],
    ) -> Result<Option<(Planned, *mut pg_sys::List)>> {
        // SAFETY: the planner's own structures, alive during the callback.
        let sorted = unsafe { Sorted::of(root, rel, self.table, self.keys()) };
        let Some(mut sorted) = sorted else {
            return Ok(None);
        };
        let mut is_exact = true;
        for &clause in clauses {
            // SAFETY: as above.
            let statement = unsafe { self.statement(root, rel, clause) };
            is_exact &= statement.is_understood() || sorted.takes(&statement);
        }
        if !is_exact {
            return Ok(None);
        }
        // SAFETY: as above.
        let (mut query, _) = unsafe { self.query(root, rel, clauses) };
        // SAFETY: as above.
        query.cells = unsafe { self.cells(rel)? };
        query.order = Some(sorted.order);
        let Some(mut plan) = choose_sorted(self.settings().version(), &query, &self.sizes) else {
            return Ok(None);
        };
        let expressions = self.numbered(&mut plan);
        Ok(Some((Planned { plan: Rc::new(plan), expressions, is_exact }, sorted.keys)))
    }

    /// How many different values a column of that number has in the rows that satisfy the conditions of
    /// the table alone; none where nothing says. PostgreSQL asks again and again.
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn distinct(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        number: i16,
    ) -> Option<Distinct> {
        if let Some(known) = self.distinct.borrow().get(&number) {
            return *known;
        }
        let key = self.keys().iter().find(|key| key.number == number && key.is_asked_by);
        let found = key.and_then(|key| {
            // SAFETY: the planner's own structures, alive during the callback.
            let (query, _) = unsafe { self.query(root, rel, &bare((*rel).baserestrictinfo)) };
            let version = self.settings().version();
            let rows = |parents| {
                let (plan, _) = MADE.with(|made| made.choose(version, parents, &self.sizes));
                plan.estimate.rows
            };
            distinct(version, &query, key.name, &self.sizes, rows)
        });
        self.distinct.borrow_mut().insert(number, found);
        found
    }

    /// What a set of clauses asks for, without cells, and whether it asks for nothing else.
    unsafe fn query(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        clauses: &[*mut pg_sys::Node],
    ) -> (Query, bool) {
        let mut query = self.scope();
        let mut is_exact = true;
        let mut about: Vec<(&'static str, *mut pg_sys::Node)> = Vec::new();
        for &clause in clauses {
            // SAFETY: as above.
            let statement = unsafe { self.statement(root, rel, clause) };
            is_exact &= statement.is_understood();
            query.bindings.extend(statement.binding);
            query.bounds.extend(statement.bounds);
            about.extend(statement.about.map(|name| (name, clause)));
        }
        // SAFETY: as above.
        query.choices = unsafe { self.choices(root, rel, &about) };
        (query, is_exact)
    }

    /// The plan for all of its rows and columns.
    ///
    /// # Errors
    /// When a column is none that the resource has.
    pub fn plan_whole(&self) -> Result<Plan> {
        let cells = self.columns().iter().map(Column::cell).collect::<Result<_>>()?;
        let query = Query { cells, ..self.scope() };
        Ok(choose(self.settings().version(), &query, &self.sizes))
    }

    /// The table without conditions: its defaults, and what no condition widens.
    fn scope(&self) -> Query {
        let owned = |states: &[&'static str]| states.iter().map(|it| (*it).to_owned()).collect();
        let projects = self.settings().default_projects().map_or(Projects::First, Projects::from);
        Query {
            statuses: self.settings().default_statuses().map(owned),
            fence: self.settings().fence().into(),
            ..Query::of(self.table, projects)
        }
    }

    fn columns(&self) -> &[Column] {
        &self.opened.shown.columns
    }

    /// The cells of the columns that the query uses: the same for every path.
    unsafe fn cells(&self, rel: *mut pg_sys::RelOptInfo) -> Result<Vec<Cell>> {
        if let Some(cells) = self.cells.get() {
            return Ok(cells.clone());
        }
        // SAFETY: the relation that is planned.
        let wanted = unsafe { Wanted::of(rel) };
        // What the database cannot hold is told with the id of its record.
        let named = |column: &Column| column.is_id() && escape::converts();
        let columns = self.columns().iter();
        let columns = columns.filter(|column| wanted.has(column.number) || named(column));
        let cells = columns.map(Column::cell).collect::<Result<_>>()?;
        Ok(self.cells.get_or_init(|| cells).clone())
    }

    /// What conditions on columns with a domain admit.
    unsafe fn choices(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        about: &[(&'static str, *mut pg_sys::Node)],
    ) -> Vec<Choice> {
        if about.is_empty() {
            return Vec::new();
        }
        let choice = |key: &Key| {
            let ours = about.iter().filter(|(name, _)| *name == key.name);
            let clauses: Vec<_> = ours.map(|(_, clause)| *clause).collect();
            let domain = self.table.domain(key.name).filter(|_| !clauses.is_empty())?;
            let admission = |value: Option<&str>| {
                // SAFETY: the relation that is planned, and clauses of it.
                unsafe { self.admission(root, rel, key, value, &clauses) }
            };
            let values = domain.values.iter();
            let values = values.map(|value| ((*value).to_owned(), admission(Some(value))));
            let (column, values) = (key.name.to_owned(), values.collect());
            Some(Choice { column, values, null: admission(None) })
        };
        self.keys().iter().filter_map(choice).collect()
    }

    /// Whether clauses about a column alone admit one of its values, or that it is NULL.
    unsafe fn admission(
        &self,
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        key: &Key,
        value: Option<&str>,
        clauses: &[*mut pg_sys::Node],
    ) -> Admission {
        // A type in which they cannot be evaluated: every value is read, and checked again.
        if !domain::is_evaluable(key.oid) {
            return Admission::Yes;
        }
        let number = |node| {
            let expressions = &mut self.read.borrow_mut().expressions;
            expressions.push(node);
            expressions.len() - 1
        };
        // SAFETY: as the caller says.
        unsafe { domain::admission(root, (*rel).relid, key, value, clauses, number) }
    }

    /// The expressions that a plan uses, which get their numbers by that.
    fn numbered(&self, plan: &mut Plan) -> Expressions {
        let mut used = Vec::new();
        plan.renumber(&mut |number| {
            used.push(number);
            used.len() - 1
        });
        self.expressions(&used)
    }

    /// The expressions of these numbers.
    fn expressions(&self, numbers: &[usize]) -> Expressions {
        let read = self.read.borrow();
        numbers.iter().filter_map(|number| read.expressions.get(*number)).copied().collect()
    }

    /// The conditions that can be checked before rows are completed: those on the columns that the
    /// listing has. Only rows that pass them cost a request.
    unsafe fn check(
        &self,
        rel: *mut pg_sys::RelOptInfo,
        plan: &Plan,
        clauses: &[*mut pg_sys::Node],
    ) -> Option<*mut pg_sys::Node> {
        let late = plan.late();
        if late.is_empty() {
            return None;
        }
        // SAFETY: clauses of the relation that is being planned; the lists are palloc'ed.
        unsafe {
            let mut columns = std::ptr::null_mut();
            for cell in late.iter().filter_map(|place| plan.cells.get(*place)) {
                let column = self.columns().iter().find(|column| column.name == cell.name);
                columns = pg_sys::bms_add_member(columns, offset(column?.number));
            }
            let early = clauses.iter().copied().filter(|clause| {
                let mut used = std::ptr::null_mut();
                pg_sys::pull_varattnos(*clause, (*rel).relid, &raw mut used);
                // Number 0 is the whole row.
                !pg_sys::bms_is_member(offset(0), used)
                    && !pg_sys::bms_overlap(used, columns)
                    && !pg_sys::contain_subplans(*clause)
                    && !pg_sys::contain_volatile_functions(*clause)
            });
            let list = early
                .fold(std::ptr::null_mut(), |list, clause| pg_sys::lappend(list, clause.cast()));
            (!list.is_null()).then(|| pg_sys::make_ands_explicit(list).cast())
        }
    }
}

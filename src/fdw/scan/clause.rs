//! What WHERE and join clauses say, in the plain data that `plan` takes. Each clause is read once.
//!
//! Three things are understood: equality of a column that the catalogue knows as a key, bounds of
//! columns of days and moments that some listing takes, and any condition on a column with a domain
//! alone, which is evaluated for each value of the domain. Everything stays in the plan's own
//! conditions too, so what is not understood only costs requests.

use std::cell::OnceCell;

use pgrx::pg_sys;

use super::datum::Askable;
use super::fixed::{Expressions, Fixed, has_executor_parameter};
use super::key::{Key, offset};
use super::written::{Written, same};
use crate::catalog::Table;
use crate::fdw::list::nodes;
use crate::plan::{Binding, Bound, Effect, Side};

/// What one clause says.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The column that it fixes.
    pub binding: Option<Binding>,
    /// Bounds of a column. They are not exact, so the clause does not count as understood.
    pub bounds: Vec<Bound>,
    /// The column that it says to have a value, where listings sort by it.
    pub present: Option<&'static str>,
    /// The column with a domain that it is about alone, where somebody wrote it. What PostgreSQL derived
    /// from a join narrows what the default scope has, and PostgreSQL checks it.
    pub about: Option<&'static str>,
}

impl Statement {
    /// Whether rows for which it holds can be told by what is asked.
    pub fn is_understood(&self) -> bool {
        self.binding.is_some() || self.about.is_some()
    }
}

/// Reads the clauses of a relation.
pub struct Reader<'a> {
    /// The planner's state.
    pub root: *mut pg_sys::PlannerInfo,
    /// The relation that is planned.
    pub rel: *mut pg_sys::RelOptInfo,
    /// The foreign table's place in the range table.
    pub relid: pg_sys::Index,
    /// The catalogue's table.
    pub table: &'static Table,
    /// The columns that the catalogue knows.
    pub keys: &'a [Key],
    /// The conditions that somebody wrote, collected when a clause is compared with them.
    pub written: &'a OnceCell<Written>,
}

impl Reader<'_> {
    /// Reads a clause.
    pub fn read(&self, clause: *mut pg_sys::Node, expressions: &mut Expressions) -> Statement {
        let (binding, joins) = self.binding(clause, expressions).unzip();
        // What has a value of another relation is about that one, too.
        let about = if joins == Some(true) { None } else { self.about(clause) };
        Statement {
            binding,
            bounds: self.bounds(clause, expressions).unwrap_or_default(),
            present: self.present(clause),
            about: about.filter(|_| self.is_written(clause)),
        }
    }

    /// Whether somebody wrote a clause; else PostgreSQL derived it from a join.
    fn is_written(&self, clause: *mut pg_sys::Node) -> bool {
        // SAFETY: the relation that is planned.
        let written = self.written.get_or_init(|| unsafe { Written::of(self.root, self.rel) });
        if written.has(clause) {
            return true;
        }
        let Some((key, value)) = self.equality(clause) else {
            return false;
        };
        let value = bare(value);
        written.any(|written| {
            let said = self.equality(written);
            said.is_some_and(|(other, said)| other.number == key.number && same(bare(said), value))
        })
    }

    /// A clause that fixes a key: `column = expression`, `column = ANY (array)`, or an OR of constants; and
    /// whether its values are those of a join.
    fn binding(
        &self,
        clause: *mut pg_sys::Node,
        expressions: &mut Expressions,
    ) -> Option<(Binding, bool)> {
        let found = self.equality(clause).or_else(|| self.membership(clause));
        let (column, fixed) = match found {
            Some((key, node)) => (key.name, self.fixed(node, expressions)?),
            None => self.alternatives(clause, expressions)?,
        };
        let Fixed { operand, count, named } = fixed;
        let names = named && self.is_written(clause);
        let effect = if names { Effect::Names } else { Effect::Narrows };
        Some((Binding { column: column.to_owned(), operand, effect, count }, !named))
    }

    /// `column = expression`, either way round.
    fn equality(&self, clause: *mut pg_sys::Node) -> Option<(&Key, *mut pg_sys::Node)> {
        let (left, right, operator, collation) = comparison(clause)?;
        let equal = |node, other| {
            let key = self.key(node)?;
            let strategy = key.strategy(other, operator, collation)?;
            (strategy == pg_sys::BTEqualStrategyNumber).then_some((key, other))
        };
        equal(left, right).or_else(|| equal(right, left))
    }

    /// The bounds that a comparison of a column of days or moments gives.
    fn bounds(
        &self,
        clause: *mut pg_sys::Node,
        expressions: &mut Expressions,
    ) -> Option<Vec<Bound>> {
        let (left, right, operator, collation) = comparison(clause)?;
        let (key, other, swapped) = match self.bounded(left) {
            Some(key) => (key, right, false),
            None => (self.bounded(right)?, left, true),
        };
        let strategy = key.bounding(other, operator, collation)?;
        let below =
            matches!(strategy, pg_sys::BTLessStrategyNumber | pg_sys::BTLessEqualStrategyNumber);
        let sides: &[Side] = match (strategy == pg_sys::BTEqualStrategyNumber, below != swapped) {
            (true, _) => &[Side::Lower, Side::Upper],
            (false, true) => &[Side::Upper],
            (false, false) => &[Side::Lower],
        };
        let operand = self.fixed(key.as_bound(other), expressions)?.operand;
        let made = sides.iter().map(|side| Bound {
            column: key.name.to_owned(),
            side: *side,
            operand: operand.clone(),
        });
        Some(made.collect())
    }

    /// A column whose bounds some listing takes, or that one sorts by, where a node is one.
    fn bounded(&self, node: *mut pg_sys::Node) -> Option<&Key> {
        let key = self.column(node)?;
        let timed = matches!(key.askable(), Some(Askable::Date | Askable::Moment));
        let taken = || {
            let mut sources = self.table.sources.iter();
            sources.any(|source| source.bounded().any(|name| name == key.name))
        };
        (timed && (taken() || key.sorts(self.table))).then_some(key)
    }

    /// `column IS NOT NULL`, of one that listings sort by.
    fn present(&self, clause: *mut pg_sys::Node) -> Option<&'static str> {
        // SAFETY: the tag is checked before the cast.
        let tested = unsafe {
            if !pgrx::is_a(clause, pg_sys::NodeTag::T_NullTest) {
                return None;
            }
            let test = clause.cast::<pg_sys::NullTest>();
            let not_null = (*test).nulltesttype == pg_sys::NullTestType::IS_NOT_NULL;
            not_null.then_some((*test).arg.cast())?
        };
        self.column(tested).filter(|key| key.sorts(self.table)).map(|key| key.name)
    }

    /// `column = ANY (array)`, which `IN` is too.
    fn membership(&self, clause: *mut pg_sys::Node) -> Option<(&Key, *mut pg_sys::Node)> {
        // SAFETY: the tag is checked before the cast.
        unsafe {
            if !pgrx::is_a(clause, pg_sys::NodeTag::T_ScalarArrayOpExpr) {
                return None;
            }
            let op = clause.cast::<pg_sys::ScalarArrayOpExpr>();
            let arguments = nodes::<pg_sys::Node>((*op).args);
            let &[left, right] = arguments.as_slice() else {
                return None;
            };
            let key = self.key(left).filter(|_| (*op).useOr)?;
            let strategy = key.strategy(right, (*op).opno, (*op).inputcollid)?;
            (strategy == pg_sys::BTEqualStrategyNumber).then_some((key, right))
        }
    }

    /// `column = 1 OR column IN (2, 3)`: one column, in each arm.
    fn alternatives(
        &self,
        clause: *mut pg_sys::Node,
        expressions: &mut Expressions,
    ) -> Option<(&'static str, Fixed)> {
        let arms = arms(clause)?;
        let mut arms = arms.into_iter().map(|arm| {
            let (key, node) = self.equality(arm).or_else(|| self.membership(arm))?;
            Some((key.name, self.fixed(node, expressions)?))
        });
        let (name, first) = arms.next()??;
        let mut all = Fixed::none();
        all.take(first);
        for arm in arms {
            let (other, fixed) = arm?;
            if other != name {
                return None;
            }
            all.take(fixed);
        }
        Some((name, all.simple()))
    }

    /// A column that sources are asked by, where a node is one.
    fn key(&self, node: *mut pg_sys::Node) -> Option<&Key> {
        let key = self.column(node)?;
        let askable = key.askable().is_some_and(|askable| askable != Askable::Moment);
        (askable && key.is_asked_by).then_some(key)
    }

    /// The column of this relation that a node is, where the catalogue knows it.
    fn column(&self, node: *mut pg_sys::Node) -> Option<&Key> {
        let node = bare(node);
        // SAFETY: the tag is checked before the cast.
        let number = unsafe {
            if !pgrx::is_a(node, pg_sys::NodeTag::T_Var) {
                return None;
            }
            let var = node.cast::<pg_sys::Var>();
            let ours = (*var).varno as u32 == self.relid && (*var).varlevelsup == 0;
            ours.then_some((*var).varattno)?
        };
        self.keys.iter().find(|key| key.number == number)
    }

    /// What an expression fixes its column to, if it does not depend on this relation.
    fn fixed(&self, node: *mut pg_sys::Node, expressions: &mut Expressions) -> Option<Fixed> {
        // SAFETY: the planner's state, and a node of its tree.
        unsafe { Fixed::of(self.root, self.relid, node, expressions) }
    }

    /// The column with a domain that a clause is about alone.
    fn about(&self, clause: *mut pg_sys::Node) -> Option<&'static str> {
        // SAFETY: reads a clause of the planner's tree; the sets are palloc'ed.
        unsafe {
            let mut numbers = std::ptr::null_mut();
            pg_sys::pull_varattnos(clause, self.relid, &raw mut numbers);
            let mut keys = self.keys.iter();
            let key = keys.find(|key| pg_sys::bms_is_member(offset(key.number), numbers))?;
            let alone = pg_sys::bms_num_members(numbers) == 1
                && self.table.domain(key.name).is_some()
                && pg_sys::bms_num_members(pg_sys::pull_varnos(self.root, clause)) == 1
                && !pg_sys::contain_volatile_functions(clause)
                && !pg_sys::contain_subplans(clause)
                && !has_executor_parameter(self.root, clause);
            alone.then_some(key.name)
        }
    }
}

/// What OR joins.
fn arms(clause: *mut pg_sys::Node) -> Option<Vec<*mut pg_sys::Node>> {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        if !pgrx::is_a(clause, pg_sys::NodeTag::T_BoolExpr) {
            return None;
        }
        let or = clause.cast::<pg_sys::BoolExpr>();
        ((*or).boolop == pg_sys::BoolExprType::OR_EXPR).then(|| nodes((*or).args))
    }
}

/// A node without the changes of type that change no bit.
fn bare(node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    let mut node = node;
    // SAFETY: the tag is checked before the cast.
    unsafe {
        while pgrx::is_a(node, pg_sys::NodeTag::T_RelabelType) {
            node = (*node.cast::<pg_sys::RelabelType>()).arg.cast();
        }
    }
    node
}

/// The sides, the operator and the collation of a comparison.
fn comparison(
    clause: *mut pg_sys::Node,
) -> Option<(*mut pg_sys::Node, *mut pg_sys::Node, pg_sys::Oid, pg_sys::Oid)> {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        if !pgrx::is_a(clause, pg_sys::NodeTag::T_OpExpr) {
            return None;
        }
        let op = clause.cast::<pg_sys::OpExpr>();
        match nodes::<pg_sys::Node>((*op).args).as_slice() {
            &[left, right] => Some((left, right, (*op).opno, (*op).inputcollid)),
            _ => None,
        }
    }
}

//! What WHERE and join clauses say, in the plain data that `plan` takes. Each clause is read once.
//!
//! Three things are understood: equality of a column that the catalogue knows as a key, bounds of
//! columns of days and moments that some listing takes, and any condition on a column with a domain
//! alone, which is evaluated for each value of the domain. Everything stays in the plan's own
//! conditions too, so what is not understood only costs requests.

use pgrx::pg_sys;

use super::datum::{Askable, nodes, scalars};
use super::written::{Written, same};
use crate::catalog::{Role, Table};
use crate::plan::{Binding, Bound, Effect, Operand, Side};
use crate::value::Type;

/// How many ids an array is expected to have that is not known before the plan runs.
const UNKNOWN_ARRAY: f64 = 10.0;

/// A column of the foreign table that is a column of the catalogue's.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its number in the foreign table.
    pub number: i16,
    /// The catalogue's name of it.
    pub name: &'static str,
    /// The catalogue's type of it.
    pub ty: Type,
    /// Its declared type.
    pub oid: pg_sys::Oid,
    /// The modifier of that.
    pub typmod: i32,
    /// Its collation.
    pub collation: pg_sys::Oid,
}

impl Key {
    /// Whether some listing of a table sorts by it.
    pub fn sorts(&self, table: &Table) -> bool {
        let sortable = table.role(self.name).is_some_and(Role::is_sortable);
        let moment = self.askable() == Some(Askable::Moment);
        sortable && moment && table.sources.iter().any(|source| source.sorts)
    }

    /// Whether rows can be grouped by what requests ask for it: where that is what the column shows, and
    /// different values are different groups.
    pub fn groups(&self, table: &Table) -> bool {
        let plain = self.askable().is_some_and(|it| it.is_integer() || it == Askable::Date);
        let few = table.domain(self.name).is_some();
        plain || (few && [pg_sys::TEXTOID, pg_sys::BOOLOID].contains(&self.oid))
    }

    /// How requests are asked by it; none where its declared type holds other values than the API has.
    fn askable(&self) -> Option<Askable> {
        Askable::of(self.oid).filter(|askable| askable.holds(self.ty))
    }
}

/// What one clause says.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The column that it fixes.
    pub binding: Option<Binding>,
    /// Bounds of a column. They are not exact, so the clause does not count as understood.
    pub bounds: Vec<Bound>,
    /// The column that it says to have a value, where listings sort by it.
    pub present: Option<&'static str>,
    /// The column with a domain that it is about alone.
    pub about: Option<&'static str>,
    /// Whether somebody wrote it; else PostgreSQL derived it from a join.
    pub written: bool,
}

impl Statement {
    /// Whether rows for which it holds can be told by what is asked.
    pub fn is_understood(&self) -> bool {
        self.binding.is_some() || (self.about.is_some() && self.written)
    }
}

/// The expressions that operands number.
pub type Expressions = Vec<*mut pg_sys::Node>;

/// Reads the clauses of a relation.
pub struct Reader<'a> {
    /// The planner's state.
    pub root: *mut pg_sys::PlannerInfo,
    /// The foreign table's place in the range table.
    pub relid: pg_sys::Index,
    /// The catalogue's table.
    pub table: &'static Table,
    /// The columns that the catalogue knows.
    pub keys: &'a [Key],
    /// The conditions that somebody wrote.
    pub written: &'a Written,
}

impl Reader<'_> {
    /// Reads a clause.
    pub fn read(&self, clause: *mut pg_sys::Node, expressions: &mut Expressions) -> Statement {
        let written = self.is_written(clause);
        let about = self
            .keys
            .iter()
            .find(|key| self.table.domain(key.name).is_some() && self.is_about(clause, key));
        Statement {
            binding: self.binding(clause, written, expressions),
            bounds: self.bounds(clause, expressions).unwrap_or_default(),
            present: self.present(clause),
            about: about.map(|key| key.name),
            written,
        }
    }

    fn is_written(&self, clause: *mut pg_sys::Node) -> bool {
        if self.written.has(clause) {
            return true;
        }
        let Some((key, value)) = self.equality(clause) else {
            return false;
        };
        let value = bare(value);
        self.written.any(|written| {
            let said = self.equality(written);
            said.is_some_and(|(other, said)| other.number == key.number && same(bare(said), value))
        })
    }

    /// A clause that fixes a key: `column = expression`, `column = ANY (array)`, or an OR of constants.
    fn binding(
        &self,
        clause: *mut pg_sys::Node,
        written: bool,
        expressions: &mut Expressions,
    ) -> Option<Binding> {
        let found = self.equality(clause).or_else(|| self.membership(clause));
        let (column, fixed) = match found {
            Some((key, node)) => (key.name, self.fixed(node, expressions)?),
            None => self.alternatives(clause, expressions)?,
        };
        let effect = if fixed.named && written { Effect::Names } else { Effect::Narrows };
        let Fixed { operand, count, .. } = fixed;
        Some(Binding { column: column.to_owned(), operand, effect, count })
    }

    /// `column = expression`, either way round.
    fn equality(&self, clause: *mut pg_sys::Node) -> Option<(&Key, *mut pg_sys::Node)> {
        let (left, right, operator, collation) = comparison(clause)?;
        let equal = |node, other| {
            let key = self.key(node)?;
            let strategy = strategy(key, other, operator, collation)?;
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
        let strategy = bounding(key, other, operator, collation)?;
        let below =
            matches!(strategy, pg_sys::BTLessStrategyNumber | pg_sys::BTLessEqualStrategyNumber);
        let sides: &[Side] = match (strategy == pg_sys::BTEqualStrategyNumber, below != swapped) {
            (true, _) => &[Side::Lower, Side::Upper],
            (false, true) => &[Side::Upper],
            (false, false) => &[Side::Lower],
        };
        let operand = self.fixed(as_bound(key, other), expressions)?.operand;
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
        let mut sources = self.table.sources.iter();
        let taken = sources.any(|source| source.bounded().any(|name| name == key.name));
        (timed && (taken || key.sorts(self.table))).then_some(key)
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
            let strategy = strategy(key, right, (*op).opno, (*op).inputcollid)?;
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
        let mut all = Fixed { operand: Operand::Any(Vec::new()), named: true, count: 0.0 };
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
        (askable && self.table.keys().contains(&key.name)).then_some(key)
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
        // SAFETY: reads nodes of the planner's tree; the Const is checked before the cast.
        unsafe {
            if pgrx::is_a(node, pg_sys::NodeTag::T_Const) {
                let constant = node.cast::<pg_sys::Const>();
                let (datum, null) = ((*constant).constvalue, (*constant).constisnull);
                let values = scalars((*constant).consttype, datum, null)?;
                let count = values.len() as f64;
                return Some(Fixed { operand: Operand::Values(values), named: true, count });
            }
            let ty = pg_sys::exprType(node);
            let array = Askable::of_array(ty).is_some();
            let own =
                pg_sys::bms_is_member(self.relid as i32, pg_sys::pull_varnos(self.root, node));
            if !(array || Askable::of(ty).is_some())
                || own
                || pg_sys::contain_volatile_functions(node)
                || pg_sys::contain_subplans(node)
            {
                return None;
            }
            // A value from another relation or an outer query only narrows, so that the answer is
            // the same whether PostgreSQL joins by a parameter or by comparing rows.
            let joins = pg_sys::contain_var_clause(node) || self.has_executor_parameter(node);
            let operand = Operand::Expression(push(expressions, node));
            let count = if array { UNKNOWN_ARRAY } else { 1.0 };
            Some(Fixed { operand, named: !joins, count })
        }
    }

    fn has_executor_parameter(&self, node: *mut pg_sys::Node) -> bool {
        // SAFETY: the planner's global state lives as long as its root; the list is palloc'ed.
        unsafe {
            let count = (*(*self.root).glob).paramExecTypes;
            let count = if count.is_null() { 0 } else { (*count).length };
            let every =
                (0..count).fold(std::ptr::null_mut(), |list, id| pg_sys::lappend_int(list, id));
            pg_sys::contain_exec_param(node, every)
        }
    }

    /// Whether a clause is about this column alone.
    fn is_about(&self, clause: *mut pg_sys::Node, key: &Key) -> bool {
        // SAFETY: reads a clause of the planner's tree; the sets are palloc'ed.
        unsafe {
            let mut numbers = std::ptr::null_mut();
            pg_sys::pull_varattnos(clause, self.relid, &raw mut numbers);
            let offset = i32::from(key.number) - pg_sys::FirstLowInvalidHeapAttributeNumber;
            pg_sys::bms_num_members(numbers) == 1
                && pg_sys::bms_is_member(offset, numbers)
                && pg_sys::bms_num_members(pg_sys::pull_varnos(self.root, clause)) == 1
                && !pg_sys::contain_volatile_functions(clause)
                && !pg_sys::contain_subplans(clause)
                && !self.has_executor_parameter(clause)
        }
    }
}

/// What an operator says in the order of a column of moments, of which days are bounds, too; else as
/// [`strategy`].
fn bounding(
    key: &Key,
    other: *mut pg_sys::Node,
    operator: pg_sys::Oid,
    collation: pg_sys::Oid,
) -> Option<u32> {
    if is_day_for_moment(key, other) {
        place(operator, Askable::Moment)
    } else {
        strategy(key, other, operator, collation)
    }
}

/// Whether a node is a day beside a column of moments.
fn is_day_for_moment(key: &Key, node: *mut pg_sys::Node) -> bool {
    // SAFETY: the type of an expression.
    let oid = unsafe { pg_sys::exprType(node) };
    key.askable() == Some(Askable::Moment) && oid == pg_sys::DATEOID
}

/// The strategy of an operator in the order of a type; none for one outside the family.
fn place(operator: pg_sys::Oid, ty: Askable) -> Option<u32> {
    // SAFETY: a catalog lookup; an operator outside the family gives 0.
    let strategy = unsafe { pg_sys::get_op_opfamily_strategy(operator, ty.family()) };
    u32::try_from(strategy).ok().filter(|strategy| *strategy > 0)
}

/// A bound in the type of its column: a day begins where it does for the session, as it does to the
/// operator that compares it with a moment.
fn as_bound(key: &Key, node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    if !is_day_for_moment(key, node) {
        return node;
    }
    // SAFETY: makes a call of the cast from date, which is part of PostgreSQL.
    unsafe {
        let form = pg_sys::CoercionForm::COERCE_EXPLICIT_CAST;
        let (none, arguments) =
            (pg_sys::InvalidOid, pg_sys::lappend(std::ptr::null_mut(), node.cast()));
        let ty = pg_sys::TIMESTAMPTZOID;
        pg_sys::makeFuncExpr(TIMESTAMPTZ_OF_DATE, ty, arguments, none, none, form).cast()
    }
}

/// `timestamptz(date)`; `pg_proc.dat` gives it no symbol.
const TIMESTAMPTZ_OF_DATE: pg_sys::Oid = pg_sys::Oid::from_u32(1174);

/// What a column is fixed to.
struct Fixed {
    operand: Operand,
    /// Whether it names its values rather than taking them from a join.
    named: bool,
    /// How many it is expected to have.
    count: f64,
}

impl Fixed {
    /// Adds the values of another arm of an OR.
    fn take(&mut self, arm: Self) {
        if let Operand::Any(operands) = &mut self.operand {
            operands.push(arm.operand);
        }
        self.named &= arm.named;
        self.count += arm.count;
    }

    /// The same, with constants in one list.
    fn simple(self) -> Self {
        let Operand::Any(operands) = &self.operand else {
            return self;
        };
        let constants = operands.iter().map(|operand| match operand {
            Operand::Values(values) => Some(values.as_slice()),
            _ => None,
        });
        match constants.collect::<Option<Vec<_>>>() {
            Some(constants) => Self { operand: Operand::Values(constants.concat()), ..self },
            None => self,
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

fn push(expressions: &mut Expressions, node: *mut pg_sys::Node) -> usize {
    expressions.push(node);
    expressions.len() - 1
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

/// What an operator says in the order of a column's type, if the other side is a value or an array of
/// that type. Texts count only where equal ones are the same, letter by letter.
fn strategy(
    key: &Key,
    other: *mut pg_sys::Node,
    operator: pg_sys::Oid,
    collation: pg_sys::Oid,
) -> Option<u32> {
    let ty = key.askable()?;
    // SAFETY: catalog lookups.
    unsafe {
        let oid = pg_sys::exprType(other);
        let theirs = Askable::of(oid).or_else(|| Askable::of_array(oid))?;
        let exact = ty != Askable::Text || pg_sys::get_collation_isdeterministic(collation);
        place(operator, ty).filter(|_| exact && ty.compares_with(theirs))
    }
}

//! What WHERE and join clauses say, in the plain data that `plan` takes.
//!
//! Three things are understood: equality of a column that the catalogue knows as a key, bounds of
//! columns of days and moments that some listing takes, and any condition on a column with a domain
//! alone, which is evaluated for each value of the domain. Everything stays in the plan's own conditions too, so what is not understood only costs requests.

use pgrx::pg_sys;

use super::datum::{Askable, input, nodes, scalars};
use crate::catalog::{Domain, Table};
use crate::plan::{Admits, Binding, Bound, Choice, Operand, Role, Side};
use crate::value::Scalar;

/// How many ids an array is expected to have that is not known before the plan runs.
const UNKNOWN_ARRAY: f64 = 10.0;

/// A column of the foreign table that is a column of the catalogue's.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its number in the foreign table.
    pub number: i16,
    /// The catalogue's name of it.
    pub name: &'static str,
    /// Its declared type.
    pub oid: pg_sys::Oid,
    /// Its collation.
    pub collation: pg_sys::Oid,
}

/// What the clauses say.
pub struct Said {
    /// Columns fixed to values.
    pub bindings: Vec<Binding>,
    /// Bounds of columns. They are not exact, so their clauses do not count as understood.
    pub bounds: Vec<Bound>,
    /// Conditions on columns with a domain.
    pub choices: Vec<Choice>,
    /// The expressions that the operands number.
    pub expressions: Vec<*mut pg_sys::Node>,
    /// Whether every clause is one of these, so that rows that satisfy them satisfy all.
    pub all_understood: bool,
}

/// The relation whose clauses are read.
pub struct Reader<'a> {
    /// The planner's state.
    pub root: *mut pg_sys::PlannerInfo,
    /// The foreign table's place in the range table.
    pub relid: pg_sys::Index,
    /// The catalogue's table.
    pub table: &'static Table,
    /// The columns that the catalogue knows.
    pub known: &'a [Known],
}

impl Reader<'_> {
    /// Reads clauses.
    pub fn read(&self, clauses: &[*mut pg_sys::Node]) -> Said {
        let mut said = Said {
            bindings: Vec::new(),
            bounds: Vec::new(),
            choices: Vec::new(),
            expressions: Vec::new(),
            all_understood: true,
        };
        let domains: Vec<(&Known, &Domain)> = self
            .known
            .iter()
            .filter_map(|column| Some((column, self.table.domain(column.name)?)))
            .collect();
        for &clause in clauses {
            let bound = self.binding(clause, &mut said.expressions);
            let domain = domains.iter().any(|(column, _)| self.is_about(clause, column));
            said.all_understood &= bound.is_some() || domain;
            said.bindings.extend(bound);
            let bounds = self.bounds(clause, &mut said.expressions);
            said.bounds.extend(bounds);
        }
        for (column, domain) in domains {
            let about: Vec<_> =
                clauses.iter().copied().filter(|clause| self.is_about(*clause, column)).collect();
            if !about.is_empty() {
                let choice = self.choice(&about, column, domain, &mut said.expressions);
                said.choices.push(choice);
            }
        }
        said
    }

    /// A clause that fixes a key: `column = expression`, `column = ANY (array)`, or an OR of constants.
    fn binding(
        &self,
        clause: *mut pg_sys::Node,
        expressions: &mut Vec<*mut pg_sys::Node>,
    ) -> Option<Binding> {
        let (column, expression) =
            self.equality(clause).or_else(|| self.membership(clause)).map_or_else(
                || self.alternatives(clause).map(|(c, v)| (c, Fixed::Values(v))),
                |(c, e)| self.fixed(e).map(|fixed| (c.name, fixed)),
            )?;
        let (operand, role, count) = match expression {
            Fixed::Values(values) => {
                let count = values.len() as f64;
                (Operand::Values(values), Role::Names, count)
            }
            Fixed::Expression(node, role) => {
                expressions.push(node);
                // SAFETY: a node of the plan's own tree.
                let array = unsafe { Askable::of_array(pg_sys::exprType(node)).is_some() };
                let count = if array { UNKNOWN_ARRAY } else { 1.0 };
                (Operand::Expression(expressions.len() - 1), role, count)
            }
        };
        Some(Binding { column, operand, role, count })
    }

    /// `column = expression`, either way round.
    fn equality(&self, clause: *mut pg_sys::Node) -> Option<(&Known, *mut pg_sys::Node)> {
        let (left, right, operator, collation) = self.comparison(clause)?;
        let equal = |node, other| {
            let column = self.key(node)?;
            let strategy = strategy(column.oid, other, operator, collation)?;
            (strategy == pg_sys::BTEqualStrategyNumber).then_some((column, other))
        };
        equal(left, right).or_else(|| equal(right, left))
    }

    /// The sides, the operator and the collation of a comparison.
    fn comparison(
        &self,
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

    /// The bounds that a comparison of a column of days or moments gives.
    fn bounds(
        &self,
        clause: *mut pg_sys::Node,
        expressions: &mut Vec<*mut pg_sys::Node>,
    ) -> Vec<Bound> {
        self.try_bounds(clause, expressions).unwrap_or_default()
    }

    fn try_bounds(
        &self,
        clause: *mut pg_sys::Node,
        expressions: &mut Vec<*mut pg_sys::Node>,
    ) -> Option<Vec<Bound>> {
        let (left, right, operator, collation) = self.comparison(clause)?;
        let (column, other, swapped) = match self.bounded(left) {
            Some(column) => (column, right, false),
            None => (self.bounded(right)?, left, true),
        };
        let strategy = strategy(column.oid, other, operator, collation)?;
        let below =
            matches!(strategy, pg_sys::BTLessStrategyNumber | pg_sys::BTLessEqualStrategyNumber);
        let sides: &[Side] = match (strategy == pg_sys::BTEqualStrategyNumber, below != swapped) {
            (true, _) => &[Side::Lower, Side::Upper],
            (false, true) => &[Side::Upper],
            (false, false) => &[Side::Lower],
        };
        let operand = match self.fixed(other)? {
            // A time without end bounds nothing.
            Fixed::Values(values) if values.is_empty() => return None,
            Fixed::Values(values) => Operand::Values(values),
            Fixed::Expression(node, _) => {
                expressions.push(node);
                Operand::Expression(expressions.len() - 1)
            }
        };
        let made = sides.iter().map(|side| Bound {
            column: column.name.to_owned(),
            side: *side,
            operand: operand.clone(),
        });
        Some(made.collect())
    }

    /// A column whose bounds some listing takes, where a node is one.
    fn bounded(&self, node: *mut pg_sys::Node) -> Option<&Known> {
        let number = self.column(node)?;
        let column = self.known.iter().find(|column| column.number == number)?;
        let timed = matches!(Askable::of(column.oid), Some(Askable::Date | Askable::Moment));
        let mut sources = self.table.sources.iter();
        (timed && sources.any(|source| source.bounded().any(|name| name == column.name)))
            .then_some(column)
    }

    /// `column = ANY (array)`, which `IN` is too.
    fn membership(&self, clause: *mut pg_sys::Node) -> Option<(&Known, *mut pg_sys::Node)> {
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
            let column = self.key(left).filter(|_| (*op).useOr)?;
            let strategy = strategy(column.oid, right, (*op).opno, (*op).inputcollid)?;
            (strategy == pg_sys::BTEqualStrategyNumber).then_some((column, right))
        }
    }

    /// `column = 1 OR column IN (2, 3)`: one column, constants only.
    fn alternatives(&self, clause: *mut pg_sys::Node) -> Option<(&'static str, Vec<Scalar>)> {
        // SAFETY: the tag is checked before the cast.
        let arms = unsafe {
            if !pgrx::is_a(clause, pg_sys::NodeTag::T_BoolExpr) {
                return None;
            }
            let or = clause.cast::<pg_sys::BoolExpr>();
            if (*or).boolop != pg_sys::BoolExprType::OR_EXPR {
                return None;
            }
            nodes::<pg_sys::Node>((*or).args)
        };
        let mut found: Option<(&'static str, Vec<Scalar>)> = None;
        for arm in arms {
            let (column, expression) = self.equality(arm).or_else(|| self.membership(arm))?;
            let Fixed::Values(values) = self.fixed(expression)? else {
                return None;
            };
            let (name, all) = found.get_or_insert((column.name, Vec::new()));
            if *name != column.name {
                return None;
            }
            all.extend(values);
        }
        found
    }

    /// A key column, where a node is one.
    fn key(&self, node: *mut pg_sys::Node) -> Option<&Known> {
        let number = self.column(node)?;
        let column = self.known.iter().find(|column| column.number == number)?;
        let askable = Askable::of(column.oid).is_some_and(|ty| ty != Askable::Moment);
        (askable && self.table.keys().contains(&column.name)).then_some(column)
    }

    /// The number of a column of this relation, where a node is one.
    fn column(&self, node: *mut pg_sys::Node) -> Option<i16> {
        // SAFETY: tags are checked before the casts; both are nodes of the planner's tree.
        unsafe {
            let mut node = node;
            while pgrx::is_a(node, pg_sys::NodeTag::T_RelabelType) {
                node = (*node.cast::<pg_sys::RelabelType>()).arg.cast();
            }
            if !pgrx::is_a(node, pg_sys::NodeTag::T_Var) {
                return None;
            }
            let var = node.cast::<pg_sys::Var>();
            let ours = (*var).varno as u32 == self.relid && (*var).varlevelsup == 0;
            ours.then_some((*var).varattno)
        }
    }

    /// What an expression fixes its column to, if it does not depend on this relation.
    fn fixed(&self, node: *mut pg_sys::Node) -> Option<Fixed> {
        // SAFETY: reads nodes of the planner's tree; the Const is checked before the cast.
        unsafe {
            if pgrx::is_a(node, pg_sys::NodeTag::T_Const) {
                let constant = node.cast::<pg_sys::Const>();
                let (datum, null) = ((*constant).constvalue, (*constant).constisnull);
                return scalars((*constant).consttype, datum, null).map(Fixed::Values);
            }
            let ty = pg_sys::exprType(node);
            let usable = Askable::of(ty).is_some() || Askable::of_array(ty).is_some();
            let own =
                pg_sys::bms_is_member(self.relid as i32, pg_sys::pull_varnos(self.root, node));
            if !usable
                || own
                || pg_sys::contain_volatile_functions(node)
                || pg_sys::contain_subplans(node)
            {
                return None;
            }
            // A value from another relation or an outer query only narrows, so that the answer is
            // the same whether PostgreSQL joins by a parameter or by comparing rows.
            let joins = pg_sys::contain_var_clause(node) || self.has_executor_parameter(node);
            Some(Fixed::Expression(node, if joins { Role::Narrows } else { Role::Names }))
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

    /// Whether a clause is about this column alone, and can be evaluated for a value of it.
    fn is_about(&self, clause: *mut pg_sys::Node, column: &Known) -> bool {
        let evaluable =
            matches!(column.oid, pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BOOLOID);
        // SAFETY: reads a clause of the planner's tree; the sets are palloc'ed.
        unsafe {
            let mut numbers = std::ptr::null_mut();
            pg_sys::pull_varattnos(clause, self.relid, &raw mut numbers);
            let offset = i32::from(column.number) - pg_sys::FirstLowInvalidHeapAttributeNumber;
            evaluable
                && pg_sys::bms_num_members(numbers) == 1
                && pg_sys::bms_is_member(offset, numbers)
                && pg_sys::bms_num_members(pg_sys::pull_varnos(self.root, clause)) == 1
                && !pg_sys::contain_volatile_functions(clause)
                && !pg_sys::contain_subplans(clause)
                && !self.has_executor_parameter(clause)
        }
    }

    /// Evaluates clauses for each value of a domain.
    fn choice(
        &self,
        clauses: &[*mut pg_sys::Node],
        column: &Known,
        domain: &Domain,
        expressions: &mut Vec<*mut pg_sys::Node>,
    ) -> Choice {
        let mut values = Vec::with_capacity(domain.values.len());
        for value in domain.values {
            // SAFETY: builds a clause of its own out of copies, then lets PostgreSQL simplify it.
            let admits = unsafe {
                let replaced = Replacement::of(self.relid, column, value);
                let list = clauses.iter().fold(std::ptr::null_mut(), |list, clause| {
                    pg_sys::lappend(list, replaced.clause(*clause).cast())
                });
                let all = pg_sys::make_ands_explicit(list).cast();
                let simple = pg_sys::eval_const_expressions(self.root, all);
                known(simple).unwrap_or_else(|| {
                    expressions.push(simple);
                    Admits::Expression(expressions.len() - 1)
                })
            };
            values.push(((*value).to_owned(), admits));
        }
        Choice { column: domain.column.to_owned(), values }
    }
}

/// What a column is fixed to.
enum Fixed {
    Values(Vec<Scalar>),
    Expression(*mut pg_sys::Node, Role),
}

/// Whether a simplified condition is decided. NULL is as good as false in WHERE.
unsafe fn known(node: *mut pg_sys::Node) -> Option<Admits> {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        if !pgrx::is_a(node, pg_sys::NodeTag::T_Const) {
            return None;
        }
        let constant = node.cast::<pg_sys::Const>();
        let holds = !(*constant).constisnull && (*constant).constvalue.value() != 0;
        Some(if holds { Admits::Yes } else { Admits::No })
    }
}

/// A column, and the constant that stands in for it.
struct Replacement {
    relid: pg_sys::Index,
    number: i16,
    constant: *mut pg_sys::Const,
}

impl Replacement {
    unsafe fn of(relid: pg_sys::Index, column: &Known, value: &str) -> Self {
        let datum = input(value, column.oid, -1);
        let (length, by_value) =
            if column.oid == pg_sys::BOOLOID { (1, true) } else { (-1, false) };
        // SAFETY: length and passing are those of boolean, or of text and varchar.
        let constant = unsafe {
            pg_sys::makeConst(column.oid, -1, column.collation, length, datum, false, by_value)
        };
        Self { relid, number: column.number, constant }
    }

    /// A copy of a clause with the column replaced.
    unsafe fn clause(&self, node: *mut pg_sys::Node) -> *mut pg_sys::Node {
        // SAFETY: the mutator copies; the context outlives the call.
        unsafe { replace(node, (&raw const *self).cast_mut().cast()) }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn replace(
    node: *mut pg_sys::Node,
    context: *mut std::ffi::c_void,
) -> *mut pg_sys::Node {
    if node.is_null() {
        return node;
    }
    // SAFETY: `context` is the Replacement that `clause` passed; tags are checked before casts.
    unsafe {
        let replacement = &*context.cast::<Replacement>();
        if pgrx::is_a(node, pg_sys::NodeTag::T_Var) {
            let var = node.cast::<pg_sys::Var>();
            let ours = (*var).varno as u32 == replacement.relid
                && (*var).varattno == replacement.number
                && (*var).varlevelsup == 0;
            if ours {
                return pg_sys::copyObjectImpl(replacement.constant.cast()).cast();
            }
        }
        mutate(node, context)
    }
}

/// `expression_tree_mutator` with [`replace`]: before 16 the callback's type has no arguments.
unsafe fn mutate(node: *mut pg_sys::Node, context: *mut std::ffi::c_void) -> *mut pg_sys::Node {
    #[cfg(feature = "pg15")]
    // SAFETY: the C side calls it with node and context, whatever its prototype says.
    unsafe {
        type Bare = unsafe extern "C-unwind" fn() -> *mut pg_sys::Node;
        type Full = unsafe extern "C-unwind" fn(
            *mut pg_sys::Node,
            *mut std::ffi::c_void,
        ) -> *mut pg_sys::Node;
        let bare = std::mem::transmute::<Full, Bare>(replace);
        pg_sys::expression_tree_mutator(node, Some(bare), context)
    }
    #[cfg(not(feature = "pg15"))]
    // SAFETY: a callback of the declared type, and its own context.
    unsafe {
        pg_sys::expression_tree_mutator_impl(node, Some(replace), context)
    }
}

/// What an operator says in the order of a column's type, if the other side is a value or an array of
/// that type. Texts count only where equal ones are the same, letter by letter.
fn strategy(
    column: pg_sys::Oid,
    other: *mut pg_sys::Node,
    operator: pg_sys::Oid,
    collation: pg_sys::Oid,
) -> Option<u32> {
    let ty = Askable::of(column)?;
    // SAFETY: catalog lookups; an operator outside the family gives 0.
    unsafe {
        let oid = pg_sys::exprType(other);
        let theirs = Askable::of(oid).or_else(|| Askable::of_array(oid))?;
        let exact = ty != Askable::Text || pg_sys::get_collation_isdeterministic(collation);
        let strategy = pg_sys::get_op_opfamily_strategy(operator, ty.family());
        let strategy = u32::try_from(strategy).ok().filter(|strategy| *strategy > 0);
        strategy.filter(|_| exact && ty.compares_with(theirs))
    }
}

//! What an expression fixes a column to: values that are known, or an expression for later, and how many.

use pgrx::pg_sys;

use super::datum::{Askable, scalars};
use crate::fdw::list::nodes;
use crate::plan::Operand;

/// How many ids an array is expected to have that is not known before the plan runs.
const UNKNOWN_ARRAY: f64 = 10.0;

/// The expressions that operands number.
pub type Expressions = Vec<*mut pg_sys::Node>;

/// What a column is fixed to.
pub struct Fixed {
    /// Its values.
    pub operand: Operand,
    /// Whether it names its values rather than taking them from a join.
    pub named: bool,
    /// How many it is expected to have.
    pub count: f64,
}

impl Fixed {
    /// What an expression fixes its column to, if it does not depend on that relation.
    ///
    /// # Safety
    /// The planner's state, and a node of its tree.
    pub unsafe fn of(
        root: *mut pg_sys::PlannerInfo,
        relid: pg_sys::Index,
        node: *mut pg_sys::Node,
        expressions: &mut Expressions,
    ) -> Option<Self> {
        // SAFETY: reads nodes of the planner's tree; the Const is checked before the cast.
        unsafe {
            if pgrx::is_a(node, pg_sys::NodeTag::T_Const) {
                let constant = node.cast::<pg_sys::Const>();
                let (datum, null) = ((*constant).constvalue, (*constant).constisnull);
                let values = scalars((*constant).consttype, datum, null)?;
                let count = values.len() as f64;
                return Some(Self { operand: Operand::Values(values), named: true, count });
            }
            let ty = pg_sys::exprType(node);
            let array = Askable::of_array(ty).is_some();
            if !(array || Askable::of(ty).is_some()) {
                return None;
            }
            let others = is_of_another(node, relid);
            if !others
                && (pg_sys::bms_is_member(relid as i32, pg_sys::pull_varnos(root, node))
                    || pg_sys::contain_volatile_functions(node)
                    || pg_sys::contain_subplans(node))
            {
                return None;
            }
            // A value from another relation or an outer query only narrows, so that the answer is
            // the same whether PostgreSQL joins by a parameter or by comparing rows.
            let joins =
                others || pg_sys::contain_var_clause(node) || has_executor_parameter(root, node);
            let operand = Operand::Expression(push(expressions, node));
            let count = if array { UNKNOWN_ARRAY } else { 1.0 };
            Some(Self { operand, named: !joins, count })
        }
    }

    /// What an OR fixes its column to: nothing yet.
    pub const fn none() -> Self {
        Self { operand: Operand::Any(Vec::new()), named: true, count: 0.0 }
    }

    /// Adds the values of another arm of an OR.
    pub fn take(&mut self, arm: Self) {
        if let Operand::Any(operands) = &mut self.operand {
            operands.push(arm.operand);
        }
        self.named &= arm.named;
        self.count += arm.count;
    }

    /// The same, with constants in one list.
    pub fn simple(self) -> Self {
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

/// Whether a node is a column of another relation, as most sides of joins are.
unsafe fn is_of_another(node: *mut pg_sys::Node, relid: pg_sys::Index) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        pgrx::is_a(node, pg_sys::NodeTag::T_Var) && {
            let var = node.cast::<pg_sys::Var>();
            (*var).varno as u32 != relid && (*var).varlevelsup == 0
        }
    }
}

/// Whether an expression has a value that another node of the plan gives.
///
/// # Safety
/// The planner's state, and a node of its tree.
pub unsafe fn has_executor_parameter(
    root: *mut pg_sys::PlannerInfo,
    node: *mut pg_sys::Node,
) -> bool {
    // SAFETY: the planner's global state lives as long as its root; the list is palloc'ed.
    unsafe {
        let count = (*(*root).glob).paramExecTypes;
        let count = if count.is_null() { 0 } else { (*count).length };
        let every = (0..count).fold(std::ptr::null_mut(), |list, id| pg_sys::lappend_int(list, id));
        pg_sys::contain_exec_param(node, every)
    }
}

fn push(expressions: &mut Expressions, node: *mut pg_sys::Node) -> usize {
    expressions.push(node);
    expressions.len() - 1
}

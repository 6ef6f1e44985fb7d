//! What the expressions of a plan are worth while it runs: the values that it is asked with, and whether a
//! row passes the check before it is completed.

use pgrx::pg_sys;

use super::datum::scalars;
use super::tuple::Tuple;
use crate::fdw::list::nodes;
use crate::plan::bind::Argument;
use crate::rows::Row;

/// The expressions of a plan, ready to be evaluated under its node.
pub struct Evaluation {
    expressions: *mut pg_sys::List,
    /// The number of the check, which is the last one and needs a row.
    check: Option<usize>,
}

impl Evaluation {
    /// Makes the expressions of a plan ready.
    ///
    /// # Safety
    /// The node is one that PostgreSQL just made, and the plan is its own.
    pub unsafe fn new(
        node: *mut pg_sys::ForeignScanState,
        scan: *mut pg_sys::ForeignScan,
        check: Option<usize>,
    ) -> Self {
        // SAFETY: as the caller says.
        let expressions =
            unsafe { pg_sys::ExecInitExprList((*scan).fdw_exprs, &raw mut (*node).ss.ps) };
        Self { expressions, check }
    }

    /// The values that the plan is asked with.
    ///
    /// # Safety
    /// The node is the one of [`Self::new`].
    pub unsafe fn arguments(&self, node: *mut pg_sys::ForeignScanState) -> Vec<Argument> {
        // SAFETY: the expressions were initialized under this node, whose context is for them.
        unsafe {
            let mut expressions = nodes::<pg_sys::ExprState>(self.expressions);
            expressions.truncate(self.check.unwrap_or(usize::MAX));
            values(&expressions, (*node).ss.ps.ps_ExprContext)
        }
    }

    /// Whether a row satisfies the conditions that can be checked before it is complete.
    ///
    /// # Safety
    /// The node is the one of [`Self::new`].
    pub unsafe fn passes(
        &self,
        row: Row,
        tuple: &Tuple,
        node: *mut pg_sys::ForeignScanState,
    ) -> bool {
        let Some(number) = self.check else {
            return true;
        };
        // SAFETY: the expression was initialized under this node and reads its scan slot, which holds
        // the row; what it allocates is in the per-tuple context, which nothing else uses meanwhile.
        unsafe {
            let expressions = nodes::<pg_sys::ExprState>(self.expressions);
            let Some(&check) = expressions.get(number) else {
                return true;
            };
            let (context, slot) = ((*node).ss.ps.ps_ExprContext, (*node).ss.ss_ScanTupleSlot);
            pg_sys::MemoryContextReset((*context).ecxt_per_tuple_memory);
            pg_sys::ExecClearTuple(slot);
            // It is reported when the row itself is stored.
            if tuple.store(row, slot).is_err() {
                return true;
            }
            (*context).ecxt_scantuple = slot;
            let mut null = false;
            let holds = pg_sys::ExecEvalExprSwitchContext(check, context, &raw mut null);
            pg_sys::ExecClearTuple(slot);
            !null && holds.value() != 0
        }
    }
}

/// The values of expressions.
///
/// # Safety
/// They were initialized under the node of the context.
pub unsafe fn values(
    expressions: &[*mut pg_sys::ExprState],
    context: *mut pg_sys::ExprContext,
) -> Vec<Argument> {
    let value = |expression: &*mut pg_sys::ExprState| {
        let mut null = false;
        // SAFETY: as the caller says.
        let (datum, oid) = unsafe {
            let datum = pg_sys::ExecEvalExprSwitchContext(*expression, context, &raw mut null);
            (datum, pg_sys::exprType((**expression).expr.cast()))
        };
        if oid == pg_sys::BOOLOID {
            return Argument::Flag(!null && datum.value() != 0);
        }
        Argument::Values(scalars(oid, datum, null).unwrap_or_default())
    };
    expressions.iter().map(value).collect()
}

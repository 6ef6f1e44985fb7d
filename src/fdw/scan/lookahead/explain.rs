//! What EXPLAIN says of the node: the keys that it tells, and with ANALYZE how many were of use.

use pgrx::pg_sys;

use crate::fdw::scan::explain::{Say, deparsed};

/// Adds the lines of a node. `begun`: the runs that were begun before their keys came, if it ran.
///
/// # Safety
/// The node is of the plan that is explained.
pub unsafe fn explain_node(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    explain: *mut pg_sys::ExplainState,
    begun: Option<u64>,
) {
    // SAFETY: the node's plan, and EXPLAIN's own state.
    unsafe {
        let plan = (*node).ss.ps.plan.cast::<pg_sys::CustomScan>();
        let keys = deparsed((*plan).custom_exprs, plan.cast(), ancestors, explain);
        let say = Say(explain);
        say.text(c"Keys", &keys.join(", "));
        if let Some(begun) = begun.filter(|_| (*explain).analyze) {
            say.number(c"Runs Ahead", begun);
        }
    }
}

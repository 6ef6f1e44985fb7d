//! What EXPLAIN says of the node: the keys that it tells, and with ANALYZE how many were of use.

use pgrx::pg_sys;

use super::executor::begun;
use crate::fdw::scan::explain::{Say, deparsed};

#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn explain_custom_scan(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    explain: *mut pg_sys::ExplainState,
) {
    // SAFETY: PostgreSQL passes a node of the plan that it explains.
    unsafe { explain_node(node, ancestors, explain) }
}

unsafe fn explain_node(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    explain: *mut pg_sys::ExplainState,
) {
    // SAFETY: the node's plan, and EXPLAIN's own state.
    unsafe {
        let plan = (*node).ss.ps.plan.cast::<pg_sys::CustomScan>();
        let keys = deparsed((*plan).custom_exprs, plan.cast(), ancestors, explain);
        let say = Say(explain);
        say.text(c"Keys", &keys.join(", "));
        if let Some(begun) = begun(node).filter(|_| (*explain).analyze) {
            say.number(c"Runs Ahead", begun);
        }
    }
}

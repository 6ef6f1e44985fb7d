//! The node: reads rows of the outer side ahead, and gives them on as they came.

use std::ffi::CStr;
use std::rc::Rc;

use pgrx::{PgBox, PgList, PgMemoryContexts, pg_sys};

use super::explain::explain_node;
use crate::fdw::list::nodes;
use crate::fdw::scan::evaluation;
use crate::fdw::scan::upcoming::Upcoming;

/// What EXPLAIN calls it.
pub const NAME: &CStr = c"Basecamp Lookahead";

/// Tables of callbacks that hold nothing that changes.
struct Methods(pg_sys::CustomScanMethods, pg_sys::CustomExecMethods);

// SAFETY: their pointers are to a constant string and to functions.
unsafe impl Sync for Methods {}

static METHODS: Methods = Methods(
    pg_sys::CustomScanMethods {
        CustomName: NAME.as_ptr(),
        CreateCustomScanState: Some(create_custom_scan_state),
    },
    pg_sys::CustomExecMethods {
        CustomName: NAME.as_ptr(),
        BeginCustomScan: Some(begin_custom_scan),
        ExecCustomScan: Some(exec_custom_scan),
        EndCustomScan: Some(end_custom_scan),
        ReScanCustomScan: Some(rescan_custom_scan),
        ExplainCustomScan: Some(explain_custom_scan),
        // It is no part of parallel plans, and its rows come in one direction.
        MarkPosCustomScan: None,
        RestrPosCustomScan: None,
        EstimateDSMCustomScan: None,
        InitializeDSMCustomScan: None,
        ReInitializeDSMCustomScan: None,
        InitializeWorkerCustomScan: None,
        ShutdownCustomScan: None,
    },
);

/// Makes the node known to whoever reads plans.
pub fn register() {
    // SAFETY: the table lives as long as the process.
    unsafe { pg_sys::RegisterCustomScanMethods(methods()) };
}

/// What makes a node of a plan.
pub const fn methods() -> *const pg_sys::CustomScanMethods {
    &raw const METHODS.0
}

/// The node, as PostgreSQL lays it out, and what is ours behind it.
#[repr(C)]
struct Node {
    custom: pg_sys::CustomScanState,
    /// Null before it was begun, and under EXPLAIN alone.
    ahead: *mut Ahead,
}

/// A node that was begun.
struct Ahead {
    upcoming: Rc<Upcoming>,
    keys: *mut pg_sys::List,
    /// The rows that were read and not given on, first come first.
    rows: *mut pg_sys::Tuplestorestate,
    /// Holds one of them, in the form that they are stored in.
    stored: *mut pg_sys::TupleTableSlot,
    /// Rows to have at hand next: one first, and twice as many each time that somebody comes back.
    window: usize,
    ended: bool,
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn create_custom_scan_state(
    _plan: *mut pg_sys::CustomScan,
) -> *mut pg_sys::Node {
    // SAFETY: allocates in the query's memory context, which is current.
    unsafe { create() }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn begin_custom_scan(
    node: *mut pg_sys::CustomScanState,
    estate: *mut pg_sys::EState,
    flags: i32,
) {
    // SAFETY: PostgreSQL passes a node that it just made.
    unsafe { begin(node, estate, flags) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn exec_custom_scan(
    node: *mut pg_sys::CustomScanState,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: the node was begun.
    unsafe { next(node) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn rescan_custom_scan(node: *mut pg_sys::CustomScanState) {
    // SAFETY: the node was begun.
    unsafe { rescan(node) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn end_custom_scan(node: *mut pg_sys::CustomScanState) {
    // SAFETY: the node was begun.
    unsafe { end(node) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn explain_custom_scan(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    explain: *mut pg_sys::ExplainState,
) {
    // SAFETY: PostgreSQL passes a node of the plan that it explains.
    unsafe { explain_node(node, ancestors, explain, ahead(node).map(|it| it.upcoming.begun())) }
}

unsafe fn create() -> *mut pg_sys::Node {
    // SAFETY: a zeroed node whose first member is what the tag says.
    unsafe {
        let mut node = PgBox::<Node>::alloc0();
        node.custom.ss.ps.type_ = pg_sys::NodeTag::T_CustomScanState;
        node.custom.methods = &raw const METHODS.1;
        node.into_pg().cast()
    }
}

unsafe fn end(node: *mut pg_sys::CustomScanState) {
    // SAFETY: the node was begun.
    unsafe {
        if let Some(ahead) = ahead(node) {
            pg_sys::tuplestore_end(ahead.rows);
        }
        pg_sys::ExecEndNode(below(node));
    }
}

unsafe fn begin(node: *mut pg_sys::CustomScanState, estate: *mut pg_sys::EState, flags: i32) {
    // SAFETY: the node is PostgreSQL's, in whose query context everything here lives.
    unsafe {
        let plan = (*node).ss.ps.plan.cast::<pg_sys::CustomScan>();
        let mut states = PgList::<pg_sys::PlanState>::new();
        for plan in nodes::<pg_sys::Plan>((*plan).custom_plans) {
            states.push(pg_sys::ExecInitNode(plan, estate, flags));
        }
        (*node).custom_ps = states.into_pg();
        if flags as u32 & pg_sys::EXEC_FLAG_EXPLAIN_ONLY != 0 {
            return;
        }
        let shape = (*(*node).ss.ss_ScanTupleSlot).tts_tupleDescriptor;
        let form = &raw const pg_sys::TTSOpsMinimalTuple;
        let ahead = Ahead {
            upcoming: Upcoming::announce(estate as usize, (*plan).scan.scanrelid),
            keys: pg_sys::ExecInitExprList((*plan).custom_exprs, &raw mut (*node).ss.ps),
            rows: pg_sys::tuplestore_begin_heap(false, false, pg_sys::work_mem),
            stored: pg_sys::ExecInitExtraTupleSlot(estate, shape, form),
            window: 1,
            ended: false,
        };
        let mut context = PgMemoryContexts::For((*estate).es_query_cxt);
        (*node.cast::<Node>()).ahead = context.leak_and_drop_on_delete(ahead);
    }
}

/// What a begun node has; none under EXPLAIN alone.
unsafe fn ahead<'a>(node: *mut pg_sys::CustomScanState) -> Option<&'a mut Ahead> {
    // SAFETY: a node that `create_custom_scan_state` made.
    unsafe { (*node.cast::<Node>()).ahead.as_mut() }
}

/// The outer side itself.
unsafe fn below(node: *mut pg_sys::CustomScanState) -> *mut pg_sys::PlanState {
    // SAFETY: the list that `begin` made.
    let below = unsafe { nodes::<pg_sys::PlanState>((*node).custom_ps) };
    below.into_iter().next().unwrap_or(std::ptr::null_mut())
}

/// The next row; an empty slot at the end.
unsafe fn next(node: *mut pg_sys::CustomScanState) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: the node was begun, and slots and context are its own. The row stays until the next call.
    unsafe {
        let (slot, context) = ((*node).ss.ss_ScanTupleSlot, (*node).ss.ps.ps_ExprContext);
        pg_sys::MemoryContextReset((*context).ecxt_per_tuple_memory);
        let Some(ahead) = ahead(node) else {
            return pg_sys::ExecClearTuple(slot);
        };
        ahead.read(node);
        if !ahead.upcoming.pass() {
            return pg_sys::ExecClearTuple(slot);
        }
        pg_sys::tuplestore_gettupleslot(ahead.rows, true, false, ahead.stored);
        pg_sys::ExecCopySlot(slot, ahead.stored);
        pg_sys::ExecClearTuple(ahead.stored);
        pg_sys::tuplestore_trim(ahead.rows);
        let projection = (*node).ss.ps.ps_ProjInfo;
        if projection.is_null() {
            return slot;
        }
        (*context).ecxt_scantuple = slot;
        pg_sys::ExecProject(projection)
    }
}

impl Ahead {
    /// Reads until as many rows are at hand as there is use for.
    unsafe fn read(&mut self, node: *mut pg_sys::CustomScanState) {
        // SAFETY: the node that this belongs to; the keys were initialized under it and read its slot.
        unsafe {
            let (slot, context) = ((*node).ss.ss_ScanTupleSlot, (*node).ss.ps.ps_ExprContext);
            let below = below(node);
            while !self.ended && self.upcoming.count() < self.window {
                let row = pg_sys::ExecProcNode(below);
                if row.is_null() || u32::from((*row).tts_flags) & pg_sys::TTS_FLAG_EMPTY != 0 {
                    self.ended = true;
                    break;
                }
                pg_sys::ExecCopySlot(slot, row);
                pg_sys::tuplestore_puttupleslot(self.rows, slot);
                (*context).ecxt_scantuple = slot;
                self.upcoming.push(evaluation::values(&nodes(self.keys), context));
            }
            self.window = (self.window * 2).min(self.upcoming.most()).max(1);
        }
    }
}

unsafe fn rescan(node: *mut pg_sys::CustomScanState) {
    // SAFETY: the node was begun; the side below hears of parameters that changed, or starts at once.
    unsafe {
        let (below, changed) = (below(node), (*node).ss.ps.chgParam);
        if !changed.is_null() {
            pg_sys::UpdateChangedParamSet(below, changed);
        }
        if (*below).chgParam.is_null() {
            pg_sys::ExecReScan(below);
        }
        if let Some(ahead) = ahead(node) {
            ahead.upcoming.clear();
            pg_sys::tuplestore_clear(ahead.rows);
            (ahead.window, ahead.ended) = (1, false);
        }
    }
}

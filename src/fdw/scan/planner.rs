//! `GetForeignRelSize`, `GetForeignPaths`, `GetForeignPlan`: PostgreSQL asks, `plan` answers once.

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::{PgMemoryContexts, pg_sys};

use super::joined;
use super::offer::Planned;
use super::private;
use super::relation::{Relation, relation};
use super::wanted::bare;
use crate::error::Result;
use crate::fdw::compat::{self, PathCost};
use crate::fdw::list::nodes;
use crate::fdw::report::OrReport as _;
use crate::plan::Plan;

/// The planner's cost of one HTTP request.
///
/// A page read sequentially costs 1 and takes some 10 microseconds; a request takes some ten
/// milliseconds and more, and there are only 50 of them in 10 seconds.
static REQUEST_COST: GucSetting<f64> = GucSetting::<f64>::new(1000.0);

/// The cost of a scan that will fail because it needs a condition: any other plan is better, even one
/// that the user disabled.
const IMPOSSIBLE: f64 = 1.0e15;

/// Defines `basecamp_fdw.request_cost`.
pub fn define_settings() {
    GucRegistry::define_float_guc(
        c"basecamp_fdw.request_cost",
        c"The planner's estimate of the cost of one HTTP request to Basecamp.",
        c"In the unit of seq_page_cost.",
        &REQUEST_COST,
        0.0,
        1.0e10,
        GucContext::Userset,
        GucFlags::default(),
    );
}

/// How many rows will there be?
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_rel_size(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    oid: pg_sys::Oid,
) {
    // SAFETY: PostgreSQL passes the relation that it plans.
    unsafe { size(root, rel, oid) }.or_report();
}

/// Which ways are there to read it?
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_paths(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    _oid: pg_sys::Oid,
) {
    // SAFETY: PostgreSQL passes the relation that it plans.
    unsafe { add_paths(root, rel) }.or_report();
}

/// The plan of the path that was chosen: what the path carries.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_plan(
    _root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    _oid: pg_sys::Oid,
    path: *mut pg_sys::ForeignPath,
    targets: *mut pg_sys::List,
    clauses: *mut pg_sys::List,
    outer: *mut pg_sys::Plan,
) -> *mut pg_sys::ForeignScan {
    // SAFETY: PostgreSQL passes a path that `add_path` made, and the clauses that the scan satisfies.
    unsafe { scan(rel, path, targets, clauses, outer) }.or_report()
}

/// Whether a relation is a foreign table of ours.
///
/// # Safety
/// A relation of the planner's.
pub unsafe fn is_ours(rel: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: as the caller says.
    let plan = unsafe { (*rel).fdwroutine.as_ref() }.and_then(|routine| routine.GetForeignPlan);
    plan.is_some_and(|plan| plan as usize == get_foreign_plan as *const () as usize)
}

/// Whether the scan of a relation may run beside others under an Append.
///
/// # Safety
/// A relation that [`get_foreign_rel_size`] was called for.
pub unsafe fn is_async_capable(rel: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: as the caller says.
    unsafe { relation(rel) }.settings().is_async_capable()
}

/// The role whose mapping counts: the owner of the view through which the table is read, or the user.
pub fn effective(owner: pg_sys::Oid) -> pg_sys::Oid {
    if owner != pg_sys::InvalidOid {
        return owner;
    }
    // SAFETY: reads the current role.
    unsafe { pg_sys::GetUserId() }
}

unsafe fn size(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    oid: pg_sys::Oid,
) -> Result<()> {
    // SAFETY: the relation that is planned; the box lives in the planner's context.
    unsafe {
        let user = effective((*rel).userid);
        let opened = Relation::open(oid, user)?;
        (*rel).fdw_private =
            PgMemoryContexts::CurrentMemoryContext.leak_and_drop_on_delete(opened).cast();
        let planned = relation(rel).plan(root, rel, &bare((*rel).baserestrictinfo))?;
        // What ANALYZE found, of the whole table.
        let analyzed = (*rel).tuples;
        let read = planned.plan.estimate.rows.max(1.0);
        (*rel).tuples = read;
        (*rel).rows = read;
        if !planned.is_exact {
            let none = std::ptr::null_mut();
            let inner = pg_sys::JoinType::JOIN_INNER;
            let selected =
                pg_sys::clauselist_selectivity(root, (*rel).baserestrictinfo, 0, inner, none);
            let rows = selected * if analyzed > 0.0 { analyzed } else { read };
            (*rel).rows = pg_sys::clamp_row_est(rows.min(read));
        }
    }
    Ok(())
}

/// A path without parameters, one for the first rows of the wanted order, and one for each set of relations that give a key its value.
unsafe fn add_paths(root: *mut pg_sys::PlannerInfo, rel: *mut pg_sys::RelOptInfo) -> Result<()> {
    // SAFETY: PostgreSQL's own structures; the parameter info is made before the path.
    unsafe {
        let base = bare((*rel).baserestrictinfo);
        let planned = relation(rel).plan(root, rel, &base)?;
        let none = std::ptr::null_mut();
        add_path(root, rel, planned, (*rel).rows, (*rel).lateral_relids, none);
        if let Some((sorted, keys)) = relation(rel).sorted(root, rel, &base)? {
            let rows = (*rel).rows.min(sorted.plan.estimate.rows.max(1.0));
            add_path(root, rel, sorted, rows, (*rel).lateral_relids, keys);
        }
        for outer in joined::outer_sets(root, rel) {
            let info = pg_sys::get_baserel_parampathinfo(root, rel, outer);
            let mut joining = nodes::<pg_sys::RestrictInfo>((*info).ppi_clauses).into_iter();
            if !joining.any(|clause| joined::gives(root, rel, clause)) {
                continue;
            }
            let mut clauses = base.clone();
            clauses.extend(bare((*info).ppi_clauses));
            let planned = relation(rel).plan(root, rel, &clauses)?;
            if planned.plan.needs().is_none() {
                let rows = (*info).ppi_rows.min(planned.plan.estimate.rows.max(1.0));
                add_path(root, rel, planned, rows, outer, none);
            }
        }
    }
    Ok(())
}

unsafe fn add_path(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    planned: Planned,
    rows: f64,
    outer: pg_sys::Relids,
    keys: *mut pg_sys::List,
) {
    // SAFETY: the relation that is planned, and a list of nodes.
    unsafe {
        let lateral = pg_sys::bms_equal(outer, (*rel).lateral_relids);
        let cost = cost(&planned.plan, rows, !lateral);
        let carried = relation(rel).offers.add(planned);
        let path = compat::foreign_path(root, rel, cost, outer, keys, carried);
        pg_sys::add_path(rel, path.cast());
    }
}

/// What PostgreSQL compares. A scan with parameters is started for each outer row, but asks some
/// things once.
pub fn cost(plan: &Plan, rows: f64, has_parameters: bool) -> PathCost {
    if plan.needs().is_some() {
        return PathCost { rows, startup: IMPOSSIBLE, total: IMPOSSIBLE, impossible: true };
    }
    let (request, estimate) = (REQUEST_COST.get(), plan.estimate);
    let once = if has_parameters { 0.0 } else { estimate.once };
    let startup = (once + estimate.requests.min(1.0)) * request;
    // SAFETY: a setting of PostgreSQL's, read on its own thread.
    let local = estimate.rows * unsafe { pg_sys::cpu_tuple_cost };
    let total = (once + estimate.requests) * request + local;
    PathCost { rows, startup, total: total.max(startup), impossible: false }
}

unsafe fn scan(
    rel: *mut pg_sys::RelOptInfo,
    path: *mut pg_sys::ForeignPath,
    targets: *mut pg_sys::List,
    clauses: *mut pg_sys::List,
    outer: *mut pg_sys::Plan,
) -> Result<*mut pg_sys::ForeignScan> {
    let none = std::ptr::null_mut();
    // SAFETY: the path is of this relation, or of what is above one, which keeps what that does.
    unsafe {
        let packed = private::split(relation(rel).offers.packed((*path).fdw_private)?);
        // Every clause is checked again locally: cheap beside a request, and never wrong.
        let checked = pg_sys::extract_actual_clauses(clauses, false);
        let checked = pg_sys::list_concat(checked, packed.checks);
        Ok(pg_sys::make_foreignscan(
            targets,
            checked,
            // None where the rows are not those of a table.
            (*rel).relid,
            packed.expressions,
            packed.kept,
            packed.targets,
            none,
            outer,
        ))
    }
}

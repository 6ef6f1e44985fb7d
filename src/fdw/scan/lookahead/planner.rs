//! Where a node reads ahead: below each nested loop over a scan of ours that takes keys of its outer side.

use std::sync::OnceLock;

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::{PgBox, PgList, pg_sys};

use super::executor;
use crate::fdw::list::nodes;
use crate::fdw::scan::planner::is_ours;
use crate::fdw::scan::relation::relation;

static LOOKAHEAD: GucSetting<bool> = GucSetting::<bool>::new(true);

/// The hook that was there before ours.
static NEXT: OnceLock<pg_sys::set_join_pathlist_hook_type> = OnceLock::new();

/// A table of callbacks that holds nothing that changes.
struct Methods(pg_sys::CustomPathMethods);

// SAFETY: its pointers are to a constant string and to functions.
unsafe impl Sync for Methods {}

static PATH: Methods = Methods(pg_sys::CustomPathMethods {
    CustomName: executor::NAME.as_ptr(),
    PlanCustomPath: Some(plan_custom_path),
    ReparameterizeCustomPathByChild: None,
});

/// Defines `basecamp_fdw.lookahead`.
pub fn define_setting() {
    GucRegistry::define_bool_guc(
        c"basecamp_fdw.lookahead",
        c"Whether a nested loop asks for rows of its next keys before it comes to them.",
        c"As many requests at a time as option maxconcurrency allows.",
        &LOOKAHEAD,
        GucContext::Userset,
        GucFlags::default(),
    );
}

/// Looks at joins from now on; runs when the library is loaded.
pub fn listen() {
    executor::register();
    // SAFETY: hooks are set while the library is loaded, on PostgreSQL's only thread.
    unsafe {
        let _ = NEXT.set(pg_sys::set_join_pathlist_hook);
        pg_sys::set_join_pathlist_hook = Some(joined);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn joined(
    root: *mut pg_sys::PlannerInfo,
    join: *mut pg_sys::RelOptInfo,
    outer: *mut pg_sys::RelOptInfo,
    inner: *mut pg_sys::RelOptInfo,
    kind: pg_sys::JoinType::Type,
    extra: *mut pg_sys::JoinPathExtraData,
) {
    // SAFETY: PostgreSQL's own arguments, handed on, and then looked at.
    unsafe {
        NEXT.get().copied().flatten().map(|next| next(root, join, outer, inner, kind, extra))
    };
    // SAFETY: as above.
    unsafe { look_ahead(root, join, outer, inner) }
}

/// Puts a node above the outer side of each nested loop that has use for it. It costs what that side
/// costs, so that nothing is chosen otherwise.
unsafe fn look_ahead(
    root: *mut pg_sys::PlannerInfo,
    join: *mut pg_sys::RelOptInfo,
    outer: *mut pg_sys::RelOptInfo,
    inner: *mut pg_sys::RelOptInfo,
) {
    // SAFETY: the planner's own structures; tags are checked before casts.
    unsafe {
        if !LOOKAHEAD.get() || !is_ours(inner) || ends_early(root) {
            return;
        }
        for path in nodes::<pg_sys::Path>((*join).pathlist) {
            if !pgrx::is_a(path.cast(), pg_sys::NodeTag::T_NestPath) {
                continue;
            }
            let nest = &mut (*path.cast::<pg_sys::NestPath>()).jpath;
            let fresh = (*nest.outerjoinpath).parent == outer && !is_node(nest.outerjoinpath);
            let scan = scanned(nest.innerjoinpath).filter(|_| fresh);
            if let Some(keys) = scan.and_then(|scan| keys(outer, inner, scan)) {
                nest.outerjoinpath = above(nest.outerjoinpath, keys, (*inner).relid);
            }
        }
    }
}

/// Whether some rows are enough: what was asked for the others would have been for nothing. A cursor
/// may be read to its end.
unsafe fn ends_early(root: *mut pg_sys::PlannerInfo) -> bool {
    // SAFETY: the planner's own structure.
    let (wanted, is_part) = unsafe { ((*root).tuple_fraction, !(*root).parent_root.is_null()) };
    wanted >= 1.0 || (wanted > 0.0 && is_part)
}

/// Whether a path is one of these nodes already.
unsafe fn is_node(path: *mut pg_sys::Path) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        pgrx::is_a(path.cast(), pg_sys::NodeTag::T_CustomPath)
            && std::ptr::eq((*path.cast::<pg_sys::CustomPath>()).methods, &raw const PATH.0)
    }
}

/// The scan that is started for each row of the outer side, below what remembers its rows if need be.
unsafe fn scanned(path: *mut pg_sys::Path) -> Option<*mut pg_sys::ForeignPath> {
    // SAFETY: tags are checked before casts.
    unsafe {
        let memoizes = pgrx::is_a(path.cast(), pg_sys::NodeTag::T_MemoizePath);
        let path = if memoizes { (*path.cast::<pg_sys::MemoizePath>()).subpath } else { path };
        let scans = pgrx::is_a(path.cast(), pg_sys::NodeTag::T_ForeignPath);
        (scans && !(*path).param_info.is_null()).then(|| path.cast())
    }
}

/// The expressions that a scan takes its keys from, if the outer side knows them all.
unsafe fn keys(
    outer: *mut pg_sys::RelOptInfo,
    inner: *mut pg_sys::RelOptInfo,
    scan: *mut pg_sys::ForeignPath,
) -> Option<*mut pg_sys::List> {
    // SAFETY: what the path carries, and the relations that are joined.
    unsafe {
        let mut keys = PgList::<pg_sys::Node>::new();
        for node in relation(inner).offers.asked((*scan).fdw_private) {
            let known = columns(node).iter().all(|column| is_of(*column, outer));
            if !known || pg_sys::contain_subplans(node) || pg_sys::contain_volatile_functions(node)
            {
                return None;
            }
            keys.push(node);
        }
        (!keys.is_empty()).then(|| keys.into_pg())
    }
}

/// The columns in an expression; something else where it is not made of columns alone.
unsafe fn columns(node: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    let flags = pg_sys::PVC_INCLUDE_AGGREGATES
        | pg_sys::PVC_INCLUDE_WINDOWFUNCS
        | pg_sys::PVC_INCLUDE_PLACEHOLDERS;
    // SAFETY: a tree of the planner's.
    unsafe { nodes(pg_sys::pull_var_clause(node, flags as i32)) }
}

/// Whether a node is a column of a relation, or of one that it joins.
unsafe fn is_of(node: *mut pg_sys::Node, rel: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        pgrx::is_a(node, pg_sys::NodeTag::T_Var)
            && pg_sys::bms_is_member((*node.cast::<pg_sys::Var>()).varno, (*rel).relids)
    }
}

/// The path of a node above another, with the keys that it tells to the scan of a relation.
unsafe fn above(
    below: *mut pg_sys::Path,
    keys: *mut pg_sys::List,
    relid: pg_sys::Index,
) -> *mut pg_sys::Path {
    // SAFETY: makeNode of a node type that is its own struct; the path below is alive as long.
    unsafe {
        let tag = pg_sys::NodeTag::T_CustomPath;
        let mut path = PgBox::<pg_sys::CustomPath>::alloc_node(tag);
        path.path = *below;
        path.path.type_ = tag;
        path.path.pathtype = pg_sys::NodeTag::T_CustomScan;
        (path.path.parallel_aware, path.path.parallel_safe) = (false, false);
        path.path.parallel_workers = 0;
        let mut paths = PgList::<pg_sys::Path>::new();
        paths.push(below);
        path.custom_paths = paths.into_pg();
        let mut kept = PgList::<pg_sys::Node>::new();
        kept.push(pg_sys::makeInteger(relid.cast_signed()).cast());
        kept.push(keys.cast());
        path.custom_private = kept.into_pg();
        path.methods = &raw const PATH.0;
        path.into_pg().cast()
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn plan_custom_path(
    _root: *mut pg_sys::PlannerInfo,
    _rel: *mut pg_sys::RelOptInfo,
    path: *mut pg_sys::CustomPath,
    targets: *mut pg_sys::List,
    _clauses: *mut pg_sys::List,
    plans: *mut pg_sys::List,
) -> *mut pg_sys::Plan {
    // SAFETY: PostgreSQL passes a path that `above` made, and the plan of the one below it.
    unsafe { node(path, targets, plans) }
}

/// The plan node. It stands in the range table where the scan does that it is for: both are renumbered
/// together, and so find each other.
unsafe fn node(
    path: *mut pg_sys::CustomPath,
    targets: *mut pg_sys::List,
    plans: *mut pg_sys::List,
) -> *mut pg_sys::Plan {
    // SAFETY: as the caller says; the copy is this node's own.
    unsafe {
        let kept = PgList::<pg_sys::Node>::from_pg((*path).custom_private);
        let below = nodes::<pg_sys::Plan>(plans).into_iter().next();
        let rows = below.map_or(std::ptr::null_mut(), |below| (*below).targetlist);
        let tag = pg_sys::NodeTag::T_CustomScan;
        let mut scan = PgBox::<pg_sys::CustomScan>::alloc_node(tag);
        scan.scan.plan.targetlist = targets;
        if let Some(relid) = kept.get_ptr(0) {
            scan.scan.scanrelid = (*relid.cast::<pg_sys::Integer>()).ival.cast_unsigned();
        }
        scan.flags = (*path).flags;
        scan.custom_plans = plans;
        scan.custom_scan_tlist = pg_sys::copyObjectImpl(rows.cast()).cast();
        scan.custom_exprs = over(kept.get_ptr(1).unwrap_or(std::ptr::null_mut()).cast(), rows);
        scan.methods = executor::methods();
        scan.into_pg().cast()
    }
}

/// The keys as expressions over rows; none where the rows do not tell them.
unsafe fn over(keys: *mut pg_sys::List, rows: *mut pg_sys::List) -> *mut pg_sys::List {
    // SAFETY: a list of expressions, and one of target entries. The columns are those of the copy.
    unsafe {
        let keys = pg_sys::copyObjectImpl(keys.cast()).cast::<pg_sys::List>();
        let known: Vec<*mut pg_sys::Var> = nodes::<pg_sys::TargetEntry>(rows)
            .into_iter()
            .map(|entry| (*entry).expr.cast::<pg_sys::Var>())
            .filter(|var| pgrx::is_a((*var).cast(), pg_sys::NodeTag::T_Var))
            .collect();
        for column in columns(keys.cast()) {
            let column = column.cast::<pg_sys::Var>();
            let same = |var: &&*mut pg_sys::Var| {
                ((***var).varno, (***var).varattno) == ((*column).varno, (*column).varattno)
            };
            let Some(var) = known.iter().find(same) else {
                return std::ptr::null_mut();
            };
            // As it is there: an outer join on the way may have made NULLs of it.
            *column = **var;
        }
        keys
    }
}

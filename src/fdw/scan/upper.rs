//! `GetForeignUpperPaths`: the number of a table's rows, where requests tell it without reading them.

use std::ffi::c_void;

use pgrx::{PgList, pg_sys};

use super::datum::nodes;
use super::planner::{cost, relation};
use super::private;
use super::relation::bare;
use crate::error::Result;
use crate::fdw::compat;
use crate::fdw::encoding::terminated;
use crate::fdw::report::OrReport as _;
use crate::plan::COUNT;

/// `count(*)`, in the catalogs of every version.
const COUNT_OF_ALL: u32 = 2803;

/// Which ways are there to what the query makes of the rows?
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn get_foreign_upper_paths(
    root: *mut pg_sys::PlannerInfo,
    stage: pg_sys::UpperRelationKind::Type,
    input: *mut pg_sys::RelOptInfo,
    output: *mut pg_sys::RelOptInfo,
    _extra: *mut c_void,
) {
    // SAFETY: PostgreSQL passes the relation that it planned, and what is to be made of it.
    unsafe { add_count(root, stage, input, output) }.or_report();
}

unsafe fn add_count(
    root: *mut pg_sys::PlannerInfo,
    stage: pg_sys::UpperRelationKind::Type,
    input: *mut pg_sys::RelOptInfo,
    output: *mut pg_sys::RelOptInfo,
) -> Result<()> {
    // SAFETY: the planner's own structures. The output keeps what its input does, so that it is known
    // for paths of either.
    unsafe {
        // A table that no row can satisfy the conditions of was not planned.
        let of_table = (*input).reloptkind == pg_sys::RelOptKind::RELOPT_BASEREL
            && !(*input).fdw_private.is_null()
            && stage == pg_sys::UpperRelationKind::UPPERREL_GROUP_AGG;
        let Some(aggregate) = of_table.then(|| count_alone(root, output)).flatten() else {
            return Ok(());
        };
        let planned = relation(input).count(root, input, &bare((*input).baserestrictinfo));
        let Some(planned) = planned else {
            return Ok(());
        };
        (*output).fdw_private = (*input).fdw_private;
        let table = *(*root).simple_rte_array.add((*input).relid as usize);
        let (plan, expressions) = (&planned.plan, &planned.expressions);
        let packed = private::pack_with(plan, expressions, (*table).relid, target(aggregate)?)?;
        let path = compat::upper_path(root, output, cost(plan, 1.0, false), packed);
        pg_sys::add_path(output, path.cast());
    }
    Ok(())
}

/// The aggregate that counts all rows, where nothing else is made of them: no groups, no other aggregate.
unsafe fn count_alone(
    root: *mut pg_sys::PlannerInfo,
    output: *mut pg_sys::RelOptInfo,
) -> Option<*mut pg_sys::Aggref> {
    // SAFETY: the planner's own structures; the tags are checked before the casts.
    unsafe {
        let parse = (*root).parse;
        let grouped = !(*parse).groupClause.is_null() || !(*parse).groupingSets.is_null();
        if grouped || !(*parse).hasAggs || !(*parse).havingQual.is_null() {
            return None;
        }
        let flags = pg_sys::PVC_INCLUDE_AGGREGATES
            | pg_sys::PVC_RECURSE_WINDOWFUNCS
            | pg_sys::PVC_RECURSE_PLACEHOLDERS;
        let targets = (*(*output).reltarget).exprs.cast();
        let used = nodes::<pg_sys::Node>(pg_sys::pull_var_clause(targets, flags as i32));
        used.iter()
            .all(|node| counts_all(*node))
            .then(|| used.first())
            .flatten()
            .map(|it| it.cast())
    }
}

unsafe fn counts_all(node: *mut pg_sys::Node) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        pgrx::is_a(node, pg_sys::NodeTag::T_Aggref) && {
            let aggregate = node.cast::<pg_sys::Aggref>();
            (*aggregate).aggfnoid.to_u32() == COUNT_OF_ALL && (*aggregate).aggfilter.is_null()
        }
    }
}

/// What the one row is: the aggregate, under the name of the plan's cell.
unsafe fn target(aggregate: *mut pg_sys::Aggref) -> Result<*mut pg_sys::List> {
    let name = terminated(COUNT)?;
    // SAFETY: the copies live in the planner's memory context.
    unsafe {
        let copy = pg_sys::copyObjectImpl(aggregate.cast()).cast();
        let entry = pg_sys::makeTargetEntry(copy, 1, pg_sys::pstrdup(name.as_ptr()), false);
        let mut targets = PgList::<pg_sys::TargetEntry>::new();
        targets.push(entry);
        Ok(targets.into_pg())
    }
}

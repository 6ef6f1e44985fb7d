//! `GetForeignUpperPaths`: the numbers of a table's rows, where requests tell them without reading any.

use std::ffi::c_void;

use pgrx::{PgList, pg_sys};

use super::key::Key;
use super::offer::Planned;
use super::planner::cost;
use super::private;
use super::relation::{Relation, relation};
use super::wanted::bare;
use crate::error::Result;
use crate::fdw::compat;
use crate::fdw::encoding::terminated;
use crate::fdw::list::nodes;
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
        let Some(counted) = of_table.then(|| Counted::of(root, input, output)).flatten() else {
            return Ok(());
        };
        let by: Vec<&Key> = counted.groups.iter().map(|(key, _)| *key).collect();
        let clauses = bare((*input).baserestrictinfo);
        let Some(planned) = relation(input).count(root, input, &clauses, &by) else {
            return Ok(());
        };
        (*output).fdw_private = (*input).fdw_private;
        let table = (**(*root).simple_rte_array.add((*input).relid as usize)).relid;
        let cost = cost(&planned.plan, planned.plan.estimate.rows.max(1.0), false);
        let path = compat::upper_path(root, output, cost, counted.packed(&planned, table)?);
        pg_sys::add_path(output, path.cast());
    }
    Ok(())
}

/// What a query makes of the rows of a table, if it is nothing but their number: of all, or of those with
/// the same values of some columns.
struct Counted<'a> {
    /// The columns, each with the node that stands for it.
    groups: Vec<(&'a Key, *mut pg_sys::Node)>,
    /// The number, under any of its names.
    number: *mut pg_sys::Node,
    /// What a number and a group are checked for.
    checks: *mut pg_sys::List,
}

impl<'a> Counted<'a> {
    unsafe fn of(
        root: *mut pg_sys::PlannerInfo,
        input: *mut pg_sys::RelOptInfo,
        output: *mut pg_sys::RelOptInfo,
    ) -> Option<Self> {
        // SAFETY: the planner's own structures; once planned, HAVING is a list of what AND joins.
        unsafe {
            let parse = (*root).parse;
            let checks = (*parse).havingQual;
            let other = !(*parse).groupingSets.is_null() || pg_sys::contain_subplans(checks);
            if other || !(*parse).hasAggs {
                return None;
            }
            let groups = groups(root, input)?;
            let mut used = used((*(*output).reltarget).exprs.cast());
            used.extend(self::used(checks));
            let is_group = |node: &*mut pg_sys::Node| {
                groups.iter().any(|(_, group)| pg_sys::equal((*group).cast(), (*node).cast()))
            };
            used.retain(|node| !is_group(node));
            let number = *used.first()?;
            let counts = used.iter().all(|node| counts_all(*node));
            counts.then_some(Self { groups, number, checks: checks.cast() })
        }
    }

    /// What a path carries.
    unsafe fn packed(&self, planned: &Planned, table: pg_sys::Oid) -> Result<*mut pg_sys::List> {
        // SAFETY: a list of target entries, and what HAVING says of them.
        unsafe {
            let (plan, expressions) = (&planned.plan, &planned.expressions);
            private::pack_with(plan, expressions, table, self.targets()?, self.checks)
        }
    }

    /// What the rows are: the groups and the number, under the names of the plan's cells.
    unsafe fn targets(&self) -> Result<*mut pg_sys::List> {
        let groups = self.groups.iter().map(|(key, node)| (key.name, *node));
        let mut targets = PgList::<pg_sys::TargetEntry>::new();
        for (place, (name, node)) in (1..).zip(groups.chain([(COUNT, self.number)])) {
            let name = terminated(name)?;
            // SAFETY: the copies live in the planner's memory context.
            targets.push(unsafe {
                let copy = pg_sys::copyObjectImpl(node.cast()).cast();
                pg_sys::makeTargetEntry(copy, place, pg_sys::pstrdup(name.as_ptr()), false)
            });
        }
        Ok(targets.into_pg())
    }
}

/// The columns that rows are grouped by; none where it is by anything else.
unsafe fn groups<'a>(
    root: *mut pg_sys::PlannerInfo,
    input: *mut pg_sys::RelOptInfo,
) -> Option<Vec<(&'a Key, *mut pg_sys::Node)>> {
    // SAFETY: the planner's own structures, which the relation outlives.
    unsafe {
        let relation = relation(input);
        let mut groups: Vec<(&Key, *mut pg_sys::Node)> = Vec::new();
        for clause in nodes::<pg_sys::SortGroupClause>((*(*root).parse).groupClause) {
            let node = pg_sys::get_sortgroupclause_expr(clause, (*root).processed_tlist);
            let key = group(relation, (*input).relid, node)?;
            // Two columns of the foreign table may show one of the catalogue's.
            if groups.iter().any(|(other, _)| other.name == key.name) {
                return None;
            }
            groups.push((key, node));
        }
        Some(groups)
    }
}

/// The column that a node is, if requests tell it.
unsafe fn group(relation: &Relation, relid: u32, node: *mut pg_sys::Node) -> Option<&Key> {
    // SAFETY: the tag is checked before the cast.
    let number = unsafe {
        if !pgrx::is_a(node, pg_sys::NodeTag::T_Var) {
            return None;
        }
        let var = node.cast::<pg_sys::Var>();
        let ours = (*var).varno as u32 == relid && (*var).varlevelsup == 0;
        ours.then_some((*var).varattno)?
    };
    let key = relation.keys().iter().find(|key| key.number == number)?;
    key.groups(relation.table).then_some(key)
}

/// The columns and aggregates in an expression, or in a list of them.
unsafe fn used(node: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    let flags = pg_sys::PVC_INCLUDE_AGGREGATES
        | pg_sys::PVC_RECURSE_WINDOWFUNCS
        | pg_sys::PVC_RECURSE_PLACEHOLDERS;
    // SAFETY: a tree of the planner's.
    unsafe { nodes(pg_sys::pull_var_clause(node, flags as i32)) }
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

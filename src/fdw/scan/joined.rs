//! Which relations can give a key of a foreign table its value: the parameters of its paths.
//!
//! PostgreSQL tells it by the clauses that an equivalence class implies, and remembers each of them. Among
//! the members of UNION ALL these are so many that joins are looked for in them for longer than all else
//! takes, so that the members of the classes are read here, and clauses made for paths alone.

use pgrx::pg_sys;

use super::relation::relation;
use crate::fdw::compat;
use crate::fdw::list::nodes;

/// The sets of relations that may give a key of this one its value.
///
/// # Safety
/// The pointers are those of the relation that PostgreSQL plans.
pub unsafe fn outer_sets(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
) -> Vec<pg_sys::Relids> {
    let mut sets: Vec<pg_sys::Relids> = Vec::new();
    // SAFETY: PostgreSQL's structures; the sets are palloc'ed.
    unsafe {
        let written = nodes::<pg_sys::RestrictInfo>((*rel).joininfo).into_iter();
        let written = written.filter(|clause| gives(root, rel, *clause));
        let mut joined: Vec<_> = written.map(|clause| (*clause).clause_relids).collect();
        joined.extend(equal(root, rel));
        for relids in joined {
            let outer = pg_sys::bms_union(relids, (*rel).lateral_relids);
            let outer = pg_sys::bms_del_member(outer, (*rel).relid as i32);
            let known = sets.iter().any(|set| pg_sys::bms_equal(*set, outer));
            if pg_sys::bms_num_members(outer) > 0 && !known {
                sets.push(outer);
            }
        }
    }
    sets
}

/// Whether a clause gives a key of a relation its value, wherever its other side is known.
///
/// # Safety
/// The pointers are those of the relation that PostgreSQL plans, and of a clause of it.
pub unsafe fn gives(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    clause: *mut pg_sys::RestrictInfo,
) -> bool {
    // SAFETY: as the caller says.
    unsafe {
        let bare = (*clause).clause.cast();
        pg_sys::join_clause_is_movable_to(clause, rel)
            && relation(rel).statement(root, rel, bare).binding.is_some()
    }
}

/// What the others are of that keys of a relation are equal to.
unsafe fn equal(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
) -> Vec<pg_sys::Relids> {
    let mut found = Vec::new();
    // SAFETY: PostgreSQL's structures.
    unsafe {
        if !(*rel).has_eclass_joins {
            return found;
        }
        for class in nodes::<pg_sys::EquivalenceClass>((*root).eq_classes) {
            let own = || compat::members(class, rel).into_iter().any(|each| is_key(each, rel));
            // What equals a constant has it as a condition of its own.
            if !(*class).ec_has_const && own() {
                let others = nodes::<pg_sys::EquivalenceMember>((*class).ec_members).into_iter();
                let others = others.filter(|other| is_other(*other, rel));
                found.extend(others.map(|other| (*other).em_relids));
            }
        }
    }
    found
}

/// Whether a member of a class is of other relations that can be joined before this one: neither what it
/// stands for in an Append nor what takes values of it.
unsafe fn is_other(member: *mut pg_sys::EquivalenceMember, rel: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: PostgreSQL's structures.
    unsafe {
        let not = [(*rel).relids, (*rel).top_parent_relids, (*rel).lateral_referencers];
        let relids = (*member).em_relids;
        !(*member).em_is_child && !not.iter().any(|set| pg_sys::bms_overlap(relids, *set))
    }
}

/// Whether a member of a class is a column of a relation that sources are asked by.
unsafe fn is_key(member: *mut pg_sys::EquivalenceMember, rel: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        let node: *mut pg_sys::Node = (*member).em_expr.cast();
        if !pgrx::is_a(node, pg_sys::NodeTag::T_Var) {
            return false;
        }
        let var = node.cast::<pg_sys::Var>();
        let mut keys = relation(rel).keys().iter();
        (*var).varno as u32 == (*rel).relid
            && keys.any(|key| key.is_asked_by && key.number == (*var).varattno)
    }
}

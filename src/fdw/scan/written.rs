//! Which conditions were written by somebody, and which PostgreSQL derived from a join.
//!
//! A derived condition only narrows: `t.project_id = p.id AND p.id = 7` gives `t.project_id = 7`, and
//! the rows of `t` must be the same as if PostgreSQL had not noticed. What was written is in the join
//! tree of the query; what was derived is not.

use pgrx::pg_sys;

use crate::fdw::list::nodes;

/// The conditions of the query, as they stand in its join tree.
pub struct Written(Vec<*mut pg_sys::Node>);

impl Written {
    /// Those of the query that is planned, in terms of one relation. A partition, or an arm of UNION
    /// ALL, gets those of its parent with its own columns in place of the parent's.
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn of(root: *mut pg_sys::PlannerInfo, rel: *mut pg_sys::RelOptInfo) -> Self {
        let mut conditions = Vec::new();
        // SAFETY: the planner's own structures, alive during the callback; what is made is palloc'ed.
        unsafe {
            collect((*(*root).parse).jointree.cast(), &mut conditions);
            let entry = *(*root).simple_rte_array.add((*rel).relid as usize);
            for list in nodes::<pg_sys::List>((*entry).securityQuals) {
                conditions.extend(nodes::<pg_sys::Node>(list));
            }
            for mut parent in ancestry(root, (*rel).relid) {
                for condition in &mut conditions {
                    *condition =
                        pg_sys::adjust_appendrel_attrs(root, *condition, 1, &raw mut parent);
                }
            }
        }
        Self(conditions)
    }

    /// Whether a condition is one of them as it stands.
    pub fn has(&self, clause: *mut pg_sys::Node) -> bool {
        self.0.iter().any(|written| same(*written, clause))
    }

    /// Whether one of them says the same in a way that the caller recognizes: PostgreSQL may have put
    /// an equality together anew.
    pub fn any(&self, mut says: impl FnMut(*mut pg_sys::Node) -> bool) -> bool {
        self.0.iter().any(|written| says(*written))
    }
}

/// Whether two nodes are the same but for where they stood in the text.
pub fn same(one: *mut pg_sys::Node, other: *mut pg_sys::Node) -> bool {
    // SAFETY: compares two trees of nodes.
    unsafe { pg_sys::equal(one.cast(), other.cast()) }
}

/// How a relation came to stand for another one, from the outermost on.
unsafe fn ancestry(
    root: *mut pg_sys::PlannerInfo,
    relid: pg_sys::Index,
) -> Vec<*mut pg_sys::AppendRelInfo> {
    let mut found = Vec::new();
    // SAFETY: the array, where there is one, has a place for every entry of the range table.
    unsafe {
        let all = (*root).append_rel_array;
        let mut relid = relid;
        while !all.is_null() {
            let info = *all.add(relid as usize);
            if info.is_null() {
                break;
            }
            found.push(info);
            relid = (*info).parent_relid;
        }
    }
    found.reverse();
    found
}

/// The conditions of a part of the join tree.
unsafe fn collect(node: *mut pg_sys::Node, conditions: &mut Vec<*mut pg_sys::Node>) {
    if node.is_null() {
        return;
    }
    // SAFETY: tags are checked before casts. Once planned, conditions are lists of what AND joins.
    unsafe {
        if pgrx::is_a(node, pg_sys::NodeTag::T_FromExpr) {
            let from = node.cast::<pg_sys::FromExpr>();
            for part in nodes::<pg_sys::Node>((*from).fromlist) {
                collect(part, conditions);
            }
            conditions.extend(nodes::<pg_sys::Node>((*from).quals.cast()));
        } else if pgrx::is_a(node, pg_sys::NodeTag::T_JoinExpr) {
            let join = node.cast::<pg_sys::JoinExpr>();
            collect((*join).larg, conditions);
            collect((*join).rarg, conditions);
            conditions.extend(nodes::<pg_sys::Node>((*join).quals.cast()));
        }
    }
}

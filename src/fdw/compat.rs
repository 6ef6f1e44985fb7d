//! Every difference between PostgreSQL 15, 16, 17 and 18 that matters here.

use std::ffi::CStr;

use pgrx::pg_sys;

use super::list::nodes;

/// What PostgreSQL compares of a way to scan a relation.
#[derive(Debug, Clone, Copy)]
pub struct PathCost {
    /// Rows that it gives.
    pub rows: f64,
    /// Cost before the first row.
    pub startup: f64,
    /// Cost of all.
    pub total: f64,
    /// Whether it can only fail: any other way is better, even one that the user disabled.
    pub impossible: bool,
}

/// Makes the path of a foreign scan; `outer` are the relations whose values it takes as parameters, and
/// `keys` what its rows are ordered by.
///
/// # Safety
/// The pointers are those of the relation that PostgreSQL plans; `private` is a list of nodes.
pub unsafe fn foreign_path(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    cost: PathCost,
    outer: pg_sys::Relids,
    keys: *mut pg_sys::List,
    private: *mut pg_sys::List,
) -> *mut pg_sys::ForeignPath {
    let PathCost { rows, startup, total, impossible } = cost;
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    let none = std::ptr::null_mut::<pg_sys::List>();
    let target = std::ptr::null_mut();
    let extra = std::ptr::null_mut();
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    // SAFETY: arguments as the function of these versions declares them; null lists are empty.
    unsafe {
        let _ = impossible;
        pg_sys::create_foreignscan_path(
            root, rel, target, rows, startup, total, keys, outer, extra, private,
        )
    }
    #[cfg(feature = "pg17")]
    // SAFETY: as above; 17 adds the restrictions of pushed-down joins.
    unsafe {
        let _ = impossible;
        pg_sys::create_foreignscan_path(
            root, rel, target, rows, startup, total, keys, outer, extra, none, private,
        )
    }
    #[cfg(feature = "pg18")]
    // SAFETY: as above; 18 counts disabled nodes instead of adding to the cost.
    unsafe {
        let disabled = if impossible { i32::from(i16::MAX) } else { 0 };
        pg_sys::create_foreignscan_path(
            root, rel, target, rows, disabled, startup, total, keys, outer, extra, none, private,
        )
    }
}

/// Makes the path of what a query wants above its scans, such as a number.
///
/// # Safety
/// The pointers are those of the relation that PostgreSQL plans; `private` is a list of nodes.
pub unsafe fn upper_path(
    root: *mut pg_sys::PlannerInfo,
    rel: *mut pg_sys::RelOptInfo,
    cost: PathCost,
    private: *mut pg_sys::List,
) -> *mut pg_sys::ForeignPath {
    let PathCost { rows, startup, total, .. } = cost;
    let none = std::ptr::null_mut::<pg_sys::List>();
    let extra = std::ptr::null_mut();
    // SAFETY: a field of the relation.
    let target = unsafe { (*rel).reltarget };
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    // SAFETY: arguments as the function of these versions declares them; null lists are empty.
    unsafe {
        pg_sys::create_foreign_upper_path(
            root, rel, target, rows, startup, total, none, extra, private,
        )
    }
    #[cfg(feature = "pg17")]
    // SAFETY: as above; 17 adds the restrictions of pushed-down joins.
    unsafe {
        pg_sys::create_foreign_upper_path(
            root, rel, target, rows, startup, total, none, extra, none, private,
        )
    }
    #[cfg(feature = "pg18")]
    // SAFETY: as above; 18 counts disabled nodes instead of adding to the cost.
    unsafe {
        pg_sys::create_foreign_upper_path(
            root, rel, target, rows, 0, startup, total, none, extra, none, private,
        )
    }
}

/// The owner of the view through which a table is read; invalid: the current user.
///
/// # Safety
/// The node is of a plan that was begun, and the plan is its own.
pub unsafe fn view_owner(
    node: *mut pg_sys::ForeignScanState,
    plan: *mut pg_sys::ForeignScan,
) -> pg_sys::Oid {
    #[cfg(feature = "pg15")]
    // SAFETY: members of fs_relids number the range table from 1; a scan has one at least, also where
    // its rows are not those of a table.
    unsafe {
        let place = pg_sys::bms_next_member((*plan).fs_relids, -1);
        let entry = pg_sys::list_nth((*(*node).ss.ps.state).es_range_table, place - 1);
        (*entry.cast::<pg_sys::RangeTblEntry>()).checkAsUser
    }
    #[cfg(not(feature = "pg15"))]
    // SAFETY: a field of the plan node.
    unsafe {
        let _ = node;
        (*plan).checkAsUser
    }
}

/// The user whose mapping counts for a table that is written to: the owner of the view through which it
/// is, or the current user.
///
/// # Safety
/// The result relation is one of the running query's.
pub unsafe fn writer(
    relation: *mut pg_sys::ResultRelInfo,
    estate: *mut pg_sys::EState,
) -> pg_sys::Oid {
    #[cfg(feature = "pg15")]
    // SAFETY: a partition that a row was routed to has no number of its own, but its root has.
    let owner = unsafe {
        let root = (*relation).ri_RootResultRelInfo;
        let named =
            if (*relation).ri_RangeTableIndex == 0 && !root.is_null() { root } else { relation };
        match (*named).ri_RangeTableIndex {
            0 => pg_sys::InvalidOid,
            number => {
                let entry = pg_sys::list_nth((*estate).es_range_table, number as i32 - 1);
                (*entry.cast::<pg_sys::RangeTblEntry>()).checkAsUser
            }
        }
    };
    #[cfg(not(feature = "pg15"))]
    // SAFETY: as the caller says.
    let owner = unsafe { pg_sys::ExecGetResultRelCheckAsUser(relation, estate) };
    if owner != pg_sys::InvalidOid {
        return owner;
    }
    // SAFETY: reads the current role.
    unsafe { pg_sys::GetUserId() }
}

/// Whether what rows are ordered by puts the last values first.
///
/// # Safety
/// One of the planner's path keys.
pub unsafe fn is_descending(key: *mut pg_sys::PathKey) -> bool {
    #[cfg(feature = "pg18")]
    // SAFETY: a field of the key.
    unsafe {
        (*key).pk_cmptype == pg_sys::CompareType::COMPARE_GT
    }
    #[cfg(not(feature = "pg18"))]
    // SAFETY: a field of the key.
    unsafe {
        (*key).pk_strategy == pg_sys::BTGreaterStrategyNumber as i32
    }
}

/// What a class of equal expressions has of a relation, and of others. 18 keeps the members of UNION ALL,
/// and of what is partitioned, apart.
///
/// # Safety
/// The planner's own structures.
pub unsafe fn members(
    class: *mut pg_sys::EquivalenceClass,
    rel: *mut pg_sys::RelOptInfo,
) -> Vec<*mut pg_sys::EquivalenceMember> {
    #[cfg(feature = "pg18")]
    // SAFETY: the array has so many lists, by the numbers of relations.
    unsafe {
        let mut members = nodes::<pg_sys::EquivalenceMember>((*class).ec_members);
        let number = (*rel).relid as i32;
        if number < (*class).ec_childmembers_size && !(*class).ec_childmembers.is_null() {
            members.extend(nodes(*(*class).ec_childmembers.add(number as usize)));
        }
        members
    }
    #[cfg(not(feature = "pg18"))]
    // SAFETY: a field of the class.
    unsafe {
        let _ = rel;
        nodes((*class).ec_members)
    }
}

/// A function that makes a changed copy of a node.
pub type Mutator =
    unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut std::ffi::c_void) -> *mut pg_sys::Node;

/// `expression_tree_mutator`: before 16 the type of its callback has no arguments.
///
/// # Safety
/// The mutator takes this context.
pub unsafe fn mutate(
    node: *mut pg_sys::Node,
    mutator: Mutator,
    context: *mut std::ffi::c_void,
) -> *mut pg_sys::Node {
    #[cfg(feature = "pg15")]
    // SAFETY: the C side calls it with node and context, whatever its prototype says.
    unsafe {
        type Bare = unsafe extern "C-unwind" fn() -> *mut pg_sys::Node;
        let bare = std::mem::transmute::<Mutator, Bare>(mutator);
        pg_sys::expression_tree_mutator(node, Some(bare), context)
    }
    #[cfg(not(feature = "pg15"))]
    // SAFETY: a callback of the declared type, and its own context.
    unsafe {
        pg_sys::expression_tree_mutator_impl(node, Some(mutator), context)
    }
}

/// Whether a role may use a server.
#[cfg(feature = "pg15")]
pub fn may_use(server: pg_sys::Oid, user: pg_sys::Oid) -> bool {
    // SAFETY: a catalog lookup of a server that exists.
    unsafe {
        pg_sys::pg_foreign_server_aclcheck(server, user, pg_sys::ACL_USAGE)
            == pg_sys::AclResult::ACLCHECK_OK
    }
}

/// Whether a role may use a server.
#[cfg(not(feature = "pg15"))]
pub fn may_use(server: pg_sys::Oid, user: pg_sys::Oid) -> bool {
    let class = pg_sys::ForeignServerRelationId;
    // SAFETY: a catalog lookup of a server that exists.
    unsafe {
        pg_sys::object_aclcheck(class, server, user, pg_sys::ACL_USAGE.into())
            == pg_sys::AclResult::ACLCHECK_OK
    }
}

/// Whether a role owns a server.
#[cfg(feature = "pg15")]
pub fn owns(server: pg_sys::Oid, user: pg_sys::Oid) -> bool {
    // SAFETY: a catalog lookup of a server that exists.
    unsafe { pg_sys::pg_foreign_server_ownercheck(server, user) }
}

/// Whether a role owns a server.
#[cfg(not(feature = "pg15"))]
pub fn owns(server: pg_sys::Oid, user: pg_sys::Oid) -> bool {
    // SAFETY: a catalog lookup of a server that exists.
    unsafe { pg_sys::object_ownercheck(pg_sys::ForeignServerRelationId, server, user) }
}

/// The number of a wait event of this name: the same in every session.
#[cfg(any(feature = "pg17", feature = "pg18"))]
pub fn wait_event(name: &CStr) -> u32 {
    // SAFETY: copies the name; called where shared memory is attached and locks may be taken.
    unsafe { pg_sys::WaitEventExtensionNew(name.as_ptr()) }
}

/// Before 17 all wait events of extensions have one name, which is `Extension`.
#[cfg(any(feature = "pg15", feature = "pg16"))]
pub const fn wait_event(_name: &CStr) -> u32 {
    pg_sys::PG_WAIT_EXTENSION
}

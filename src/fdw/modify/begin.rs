//! A statement begins to write to a table, or a row is routed to a partition.

use pgrx::{PgMemoryContexts, pg_sys};

use super::columns::Wanted;
use super::planner::{is_in_order, keeps_order};
use super::state::{Beginning, State};
use crate::error::{Error, Kind, Result};
use crate::fdw::list::nodes;
use crate::fdw::options::name_of;
use crate::fdw::report::OrReport as _;

/// Prepares to write; with EXPLAIN alone nothing is.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn begin_foreign_modify(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
    private: *mut pg_sys::List,
    subplan: i32,
    flags: i32,
) {
    // SAFETY: PostgreSQL passes a node that it just made; the relation's state is ours to set.
    unsafe { begin_modify(node, relation, private, subplan, flags as u32) }.or_report();
}

/// The same for COPY, and for a partition that a row is routed to.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn begin_foreign_insert(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
) {
    // SAFETY: as above.
    unsafe { begin_insert(node, relation) }.or_report();
}

unsafe fn begin_modify(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
    private: *mut pg_sys::List,
    subplan: i32,
    flags: u32,
) -> Result<()> {
    if flags & pg_sys::EXEC_FLAG_EXPLAIN_ONLY != 0 {
        return Ok(());
    }
    // SAFETY: the node and its plan are PostgreSQL's own.
    unsafe {
        let inserts = (*node).operation == pg_sys::CmdType::CMD_INSERT;
        let outer = (*node).ps.lefttree;
        begin(&Beginning {
            relation,
            estate: (*node).ps.state,
            subplan: if inserts { std::ptr::null_mut() } else { (*outer).plan },
            ordered: keeps_order(private),
            wanted: wanted(node, relation, subplan),
        })
    }
}

unsafe fn begin_insert(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
) -> Result<()> {
    // SAFETY: the node and the relation are PostgreSQL's own.
    unsafe {
        refuse_moves(node, relation)?;
        let shown = !(*relation).ri_returningList.is_null()
            || !(*relation).ri_WithCheckOptions.is_null()
            || triggered(relation, pg_sys::CmdType::CMD_INSERT);
        let none = Wanted::Of(std::ptr::null_mut());
        begin(&Beginning {
            relation,
            estate: (*node).ps.state,
            subplan: std::ptr::null_mut(),
            ordered: is_in_order((*node).ps.plan),
            wanted: if shown { Wanted::All } else { none },
        })
    }
}

/// Refuses that an UPDATE moves rows to a table whose rows it changes too: it would find them there, and
/// change them once more.
unsafe fn refuse_moves(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
) -> Result<()> {
    // SAFETY: the state of a node, and of a relation that has ours where its rows are changed.
    unsafe {
        let updates = (*node).operation == pg_sys::CmdType::CMD_UPDATE;
        if !updates || (*relation).ri_FdwState.is_null() {
            return Ok(());
        }
        let table = name_of((*relation).ri_RelationDesc);
        let message =
            format!("cannot move rows into foreign table \"{table}\", which is updated too");
        Err(Error::new(Kind::Unsupported, message)
            .hint("Say in WHERE which partition the rows are in now."))
    }
}

unsafe fn begin(begun: &Beginning) -> Result<()> {
    // SAFETY: the state belongs to the query's memory context, so that an error anywhere frees it.
    unsafe {
        let state = State::new(begun)?;
        let context = (*begun.estate).es_query_cxt;
        (*begun.relation).ri_FdwState =
            PgMemoryContexts::For(context).leak_and_drop_on_delete(state).cast();
    }
    Ok(())
}

/// The columns that RETURNING, checks of a view and triggers want of a written row.
unsafe fn wanted(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
    number: i32,
) -> Wanted {
    // SAFETY: the lists of the plan have one entry for each relation that it writes to.
    unsafe {
        if triggered(relation, (*node).operation) {
            return Wanted::All;
        }
        let plan = (*node).ps.plan.cast::<pg_sys::ModifyTable>();
        let mut columns = std::ptr::null_mut();
        for lists in [(*plan).returningLists, (*plan).withCheckOptionLists] {
            if let Some(list) = nodes::<pg_sys::Node>(lists).get(number as usize) {
                pg_sys::pull_varattnos(*list, (*relation).ri_RangeTableIndex, &raw mut columns);
            }
        }
        Wanted::Of(columns)
    }
}

/// Whether triggers look at the rows that were written.
unsafe fn triggered(relation: *mut pg_sys::ResultRelInfo, command: pg_sys::CmdType::Type) -> bool {
    // SAFETY: null, or what PostgreSQL knows of the relation's triggers.
    unsafe {
        let triggers = (*relation).ri_TrigDesc;
        !triggers.is_null()
            && match command {
                pg_sys::CmdType::CMD_INSERT => (*triggers).trig_insert_after_row,
                pg_sys::CmdType::CMD_UPDATE => (*triggers).trig_update_after_row,
                _ => false,
            }
    }
}

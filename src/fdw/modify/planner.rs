//! What is decided before rows change: whether they can, what identifies them, and whether their order
//! matters.

use std::ffi::CString;

use pgrx::{PgList, pg_sys};

use crate::error::{Error, Kind, Result};
use crate::fdw::list::nodes;
use crate::fdw::options::name_of;
use crate::fdw::report::OrReport as _;
use crate::fdw::shown::{Column, Shown};
use crate::plan::change;

/// The name under which core has the whole old row delivered.
pub const WHOLE_ROW: &std::ffi::CStr = c"wholerow";

/// Has the scan deliver what identifies a row.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn add_foreign_update_targets(
    root: *mut pg_sys::PlannerInfo,
    index: pg_sys::Index,
    _entry: *mut pg_sys::RangeTblEntry,
    relation: pg_sys::Relation,
) {
    // SAFETY: PostgreSQL passes the relation whose rows are changed.
    unsafe { add_targets(root, index, relation) }.or_report();
}

/// Decides whether new rows may be sent side by side.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn plan_foreign_modify(
    root: *mut pg_sys::PlannerInfo,
    plan: *mut pg_sys::ModifyTable,
    _index: pg_sys::Index,
    _subplan: i32,
) -> *mut pg_sys::List {
    // SAFETY: PostgreSQL passes the query and the node that it plans.
    unsafe { plan_modify(root, plan) }.or_report()
}

/// Which statements a table takes: a bit for each.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn is_foreign_rel_updatable(relation: pg_sys::Relation) -> i32 {
    // SAFETY: PostgreSQL passes a relation that is open.
    unsafe { events((*relation).rd_id) }.or_report()
}

/// Refuses TRUNCATE.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn exec_foreign_truncate(
    relations: *mut pg_sys::List,
    _behavior: pg_sys::DropBehavior::Type,
    _restart: bool,
) {
    // SAFETY: PostgreSQL passes the foreign tables, open and locked.
    unsafe { refuse_truncate(relations) }.or_report();
}

unsafe fn refuse_truncate(relations: *mut pg_sys::List) -> Result<()> {
    // SAFETY: as the caller says.
    let names = unsafe { nodes::<pg_sys::RelationData>(relations) };
    let names = names.into_iter().map(|relation| {
        // SAFETY: as above.
        unsafe { name_of(relation) }
    });
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    let message = format!("cannot truncate foreign table {}", names.join(", "));
    Err(Error::new(Kind::Unsupported, message)
        .hint("DELETE moves rows to the trash, with a request for each."))
}

fn events(oid: pg_sys::Oid) -> Result<i32> {
    let Shown { table, settings, .. } = Shown::of(oid)?;
    if !settings.is_updatable() {
        return Ok(0);
    }
    let bit = |able: bool, command: pg_sys::CmdType::Type| i32::from(able) << command;
    let updates = table.columns().any(|column| table.is_updatable(column));
    Ok(bit(table.inserts().next().is_some(), pg_sys::CmdType::CMD_INSERT)
        | bit(updates, pg_sys::CmdType::CMD_UPDATE)
        | bit(table.delete().is_some(), pg_sys::CmdType::CMD_DELETE))
}

unsafe fn add_targets(
    root: *mut pg_sys::PlannerInfo,
    index: pg_sys::Index,
    relation: pg_sys::Relation,
) -> Result<()> {
    // SAFETY: as the caller says; the names are copied into the memory of the plan.
    unsafe {
        let shown = Shown::of((*relation).rd_id)?;
        for column in keys(&shown) {
            let var = pg_sys::makeVar(
                index as i32,
                column.number,
                column.oid,
                column.typmod,
                column.collation,
                0,
            );
            let name = pg_sys::pstrdup(junk_name(column).as_ptr());
            pg_sys::add_row_identity_var(root, var, index, name);
        }
        // RETURNING shows the row that is no more.
        let parse = (*root).parse;
        let deletes = (*parse).commandType == pg_sys::CmdType::CMD_DELETE;
        if deletes && !(*parse).returningList.is_null() {
            let entry = pg_sys::list_nth((*parse).rtable, index as i32 - 1);
            let whole = pg_sys::makeWholeRowVar(entry.cast(), index as i32, 0, false);
            pg_sys::add_row_identity_var(root, whole, index, WHOLE_ROW.as_ptr());
        }
    }
    Ok(())
}

/// The columns that identify a row, as far as the foreign table has them, and where that is asked for
/// those that tell whether it changed.
pub fn keys(shown: &Shown) -> impl Iterator<Item = &Column> {
    let mut names = change::keys(shown.table);
    if shown.settings.checks_updates() {
        names.extend(change::witnesses(shown.table));
    }
    let is_key = move |column: &&Column| column.ours.is_some_and(|ours| names.contains(&ours.name));
    shown.columns.iter().filter(is_key)
}

/// The name under which a scan delivers a column that identifies a row. Tables of one hierarchy share
/// the names, so the type is part of it.
pub fn junk_name(column: &Column) -> CString {
    let name = column.ours.map_or("", |ours| ours.name);
    CString::new(format!("basecamp {name} {}", column.oid.to_u32())).unwrap_or_default()
}

unsafe fn plan_modify(
    root: *mut pg_sys::PlannerInfo,
    plan: *mut pg_sys::ModifyTable,
) -> Result<*mut pg_sys::List> {
    // SAFETY: as the caller says.
    unsafe {
        if (*plan).onConflictAction != pg_sys::OnConflictAction::ONCONFLICT_NONE {
            return Err(Error::new(Kind::Unsupported, "ON CONFLICT is not supported for Basecamp")
                .detail("Basecamp has no keys that new rows could meet.")
                .hint("Leave rows out that are there already: WHERE NOT EXISTS (…)."));
        }
        let mut private = PgList::<pg_sys::Node>::new();
        if is_ordered((*root).parse) {
            private.push(pg_sys::makeInteger(1).cast());
        }
        Ok(private.into_pg())
    }
}

/// Whether the statement says in which order new rows come: as a list of values, or by ORDER BY.
unsafe fn is_ordered(parse: *mut pg_sys::Query) -> bool {
    // SAFETY: entries of the range table of a query that is planned.
    unsafe {
        nodes::<pg_sys::RangeTblEntry>((*parse).rtable).into_iter().any(|entry| {
            let sorted = !(*entry).subquery.is_null() && !(*(*entry).subquery).sortClause.is_null();
            (*entry).rtekind == pg_sys::RTEKind::RTE_VALUES || sorted
        })
    }
}

/// Whether the rows of a plan come in an order that the statement says, as far as the plan shows it: it
/// is all there is where a row is routed to a partition. COPY has no plan.
pub unsafe fn is_in_order(plan: *mut pg_sys::Plan) -> bool {
    let mut plan = plan;
    while !plan.is_null() {
        // SAFETY: the nodes of a plan that runs; each is of the kind that its tag says.
        plan = unsafe {
            match (*plan).type_ {
                pg_sys::NodeTag::T_ValuesScan
                | pg_sys::NodeTag::T_Sort
                | pg_sys::NodeTag::T_IncrementalSort
                | pg_sys::NodeTag::T_MergeAppend
                | pg_sys::NodeTag::T_GatherMerge
                | pg_sys::NodeTag::T_IndexScan
                | pg_sys::NodeTag::T_IndexOnlyScan => return true,
                pg_sys::NodeTag::T_SubqueryScan => (*plan.cast::<pg_sys::SubqueryScan>()).subplan,
                _ => (*plan).lefttree,
            }
        };
    }
    false
}

/// Whether the order of new rows matters, as [`plan_foreign_modify`] decided.
pub fn keeps_order(private: *mut pg_sys::List) -> bool {
    !private.is_null()
}

//! What EXPLAIN says of a write: the requests that each row takes.

use pgrx::pg_sys;

use super::planner::keeps_order;
use crate::error::Result;
use crate::fdw::report::OrReport as _;
use crate::fdw::scan::explain::Say;
use crate::fdw::shown::Shown;
use crate::plan::change::{Statement, outline};

/// Adds the lines of a write.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn explain_foreign_modify(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
    private: *mut pg_sys::List,
    _subplan: i32,
    explain: *mut pg_sys::ExplainState,
) {
    // SAFETY: PostgreSQL passes a node of the plan that it explains.
    unsafe { lines(node, relation, private, explain) }.or_report();
}

unsafe fn lines(
    node: *mut pg_sys::ModifyTableState,
    relation: *mut pg_sys::ResultRelInfo,
    private: *mut pg_sys::List,
    explain: *mut pg_sys::ExplainState,
) -> Result<()> {
    // SAFETY: as the caller says.
    unsafe {
        let shown = Shown::of((*(*relation).ri_RelationDesc).rd_id)?;
        let kind = match (*node).operation {
            pg_sys::CmdType::CMD_INSERT => Statement::Insert,
            pg_sys::CmdType::CMD_DELETE => Statement::Delete,
            _ => {
                let named = super::columns::named(relation, (*node).ps.state);
                let columns = shown.columns.iter().filter(|each| named.contains(&each.number));
                Statement::Update(columns.filter_map(|each| Some(each.ours?.name)).collect())
            }
        };
        let outline = outline(shown.table, &kind, shown.settings.checks_updates());
        let say = Say(explain);
        say.text(c"Write", &outline.requests.join("; "));
        say.number(c"Requests per Row", outline.most);
        let size = super::get_foreign_modify_batch_size(relation);
        if matches!(kind, Statement::Insert) && size > 1 && !keeps_order(private) {
            say.number(c"Batch Size", u64::try_from(size).unwrap_or(1));
        }
    }
    Ok(())
}

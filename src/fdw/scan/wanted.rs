//! What a query wants of one of its relations: columns, rows and their order.
//!
//! Apart from what its conditions say, because this is read from the query around the relation.

use pgrx::pg_sys;

use super::clause::Statement;
use super::datum::Askable;
use super::key::{Key, offset};
use crate::catalog::Table;
use crate::fdw::compat;
use crate::fdw::list::nodes;
use crate::plan::{Bound, First, Nulls, Order, Side};

/// The columns that the query uses, by their places in a set of columns.
pub struct Wanted(Vec<i32>);

impl Wanted {
    /// Those of target and conditions.
    ///
    /// # Safety
    /// The pointer is that of the relation that PostgreSQL plans.
    pub unsafe fn of(rel: *mut pg_sys::RelOptInfo) -> Self {
        let mut numbers = std::ptr::null_mut();
        // SAFETY: target and clauses of a relation that is being planned.
        unsafe {
            let target = (*(*rel).reltarget).exprs.cast();
            pg_sys::pull_varattnos(target, (*rel).relid, &raw mut numbers);
            for clause in bare((*rel).baserestrictinfo) {
                pg_sys::pull_varattnos(clause, (*rel).relid, &raw mut numbers);
            }
        }
        // SAFETY: a set that pull_varattnos made; what is negative is its end.
        let after = |place: &i32| Some(unsafe { pg_sys::bms_next_member(numbers, *place) });
        let next = |place: &i32| after(place).filter(|next| *next >= 0);
        Self(std::iter::successors(next(&-1), next).collect())
    }

    /// Whether a column is one of them.
    pub fn has(&self, number: i16) -> bool {
        // Number 0 is the whole row.
        self.0.contains(&offset(0)) || self.0.contains(&offset(number))
    }
}

/// The clauses of a list of `RestrictInfo`.
///
/// # Safety
/// It is one.
pub unsafe fn bare(list: *mut pg_sys::List) -> Vec<*mut pg_sys::Node> {
    // SAFETY: the caller says what the list is.
    unsafe {
        let infos = nodes::<pg_sys::RestrictInfo>(list);
        infos.into_iter().map(|info| (*info).clause.cast()).collect()
    }
}

/// The order that a query wants its first rows in, as far as listings sort.
pub struct Sorted {
    /// The order.
    pub order: Order,
    /// The same for PostgreSQL.
    pub keys: *mut pg_sys::List,
}

impl Sorted {
    /// That of the query, where a listing of the table sorts so.
    ///
    /// # Safety
    /// The pointers are those of the relation that PostgreSQL plans.
    pub unsafe fn of(
        root: *mut pg_sys::PlannerInfo,
        rel: *mut pg_sys::RelOptInfo,
        table: &Table,
        columns: &[Key],
    ) -> Option<Self> {
        // SAFETY: the planner's own structures.
        unsafe {
            let count = wanted_rows(root, rel)?;
            let keys = nodes::<pg_sys::PathKey>((*root).query_pathkeys);
            let &first = keys.first()?;
            let sortable = columns.iter().filter(|key| key.sorts(table));
            let column = sortable.into_iter().find(|key| is_of(first, rel, key.number))?;
            let with_ties =
                (*(*root).parse).limitOption == pg_sys::LimitOption::LIMIT_OPTION_WITH_TIES;
            let nulls = if (*first).pk_nulls_first { Nulls::First } else { Nulls::Last };
            let first_rows = First { count, ties: with_ties || keys.len() > 1, nulls: Some(nulls) };
            Some(Self {
                order: Order {
                    column: column.name.to_owned(),
                    descending: compat::is_descending(first),
                    first: Some(first_rows),
                },
                keys: pg_sys::lappend(std::ptr::null_mut(), first.cast()),
            })
        }
    }

    /// Whether rows that a clause leaves out come after all others, or are none of those that are read.
    pub fn takes(&mut self, statement: &Statement) -> bool {
        if statement.present == Some(self.order.column.as_str()) {
            self.order.first.iter_mut().for_each(|first| first.nulls = None);
            return true;
        }
        let last = if self.order.descending { Side::Lower } else { Side::Upper };
        let behind = |bound: &Bound| bound.column == self.order.column && bound.side == last;
        !statement.bounds.is_empty() && statement.bounds.iter().all(behind)
    }
}

/// Whether rows are ordered by a column of a relation, as moments are.
unsafe fn is_of(key: *mut pg_sys::PathKey, rel: *mut pg_sys::RelOptInfo, number: i16) -> bool {
    // SAFETY: the planner's own structures.
    unsafe {
        let members = nodes::<pg_sys::EquivalenceMember>((*(*key).pk_eclass).ec_members);
        let ordered = (*key).pk_opfamily == Askable::Moment.family();
        ordered && members.into_iter().any(|member| is_column(member, rel, number))
    }
}

/// Whether what is equal to others is a column of a relation.
unsafe fn is_column(
    member: *mut pg_sys::EquivalenceMember,
    rel: *mut pg_sys::RelOptInfo,
    number: i16,
) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        let node: *mut pg_sys::Node = (*member).em_expr.cast();
        let var = node.cast::<pg_sys::Var>();
        pgrx::is_a(node, pg_sys::NodeTag::T_Var)
            && (*var).varno as u32 == (*rel).relid
            && (*var).varattno == number
    }
}

/// Rows that the whole query takes at most, if nothing but this table and its clauses is in it. Only
/// what LIMIT and OFFSET say as constants is a promise: a plan may run again with other values.
///
/// # Safety
/// The pointers are those of the relation that PostgreSQL plans.
pub unsafe fn limit(root: *mut pg_sys::PlannerInfo, rel: *mut pg_sys::RelOptInfo) -> Option<u64> {
    // SAFETY: the planner's own structures.
    unsafe {
        let sorted = !(*(*root).parse).sortClause.is_null();
        if sorted { None } else { wanted_rows(root, rel) }
    }
}

/// The same, whichever order they are wanted in.
unsafe fn wanted_rows(root: *mut pg_sys::PlannerInfo, rel: *mut pg_sys::RelOptInfo) -> Option<u64> {
    // SAFETY: the planner's own structures.
    unsafe {
        let parse = (*root).parse;
        let alone = pg_sys::bms_num_members((*root).all_baserels) == 1
            && (*rel).reloptkind == pg_sys::RelOptKind::RELOPT_BASEREL;
        // The planner keeps a limit only where nothing between it and the scan drops rows.
        let kept = (*root).limit_tuples >= 1.0;
        if !alone || !kept {
            return None;
        }
        let count = constant((*parse).limitCount)?;
        let offset =
            if (*parse).limitOffset.is_null() { 0 } else { constant((*parse).limitOffset)? };
        count.checked_add(offset).and_then(|rows| u64::try_from(rows).ok())
    }
}

unsafe fn constant(node: *mut pg_sys::Node) -> Option<i64> {
    // SAFETY: the tag is checked before the cast; LIMIT and OFFSET are bigint.
    unsafe {
        if node.is_null() || !pgrx::is_a(node, pg_sys::NodeTag::T_Const) {
            return None;
        }
        let constant = node.cast::<pg_sys::Const>();
        (!(*constant).constisnull).then(|| (*constant).constvalue.value() as i64)
    }
}

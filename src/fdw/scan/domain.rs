//! Conditions on a column with few values, evaluated by PostgreSQL itself for each of them.

use pgrx::pg_sys;

use super::datum::input;
use super::key::Key;
use crate::fdw::compat;
use crate::fdw::encoding::terminated;
use crate::fdw::report::OrReport as _;
use crate::plan::Admission;

/// Whether a condition can be evaluated for the values of a column, by its declared type.
pub fn is_evaluable(oid: pg_sys::Oid) -> bool {
    let base = base(oid);
    let known =
        [pg_sys::TEXTOID, pg_sys::VARCHAROID, pg_sys::BPCHAROID, pg_sys::NAMEOID, pg_sys::BOOLOID];
    known.contains(&base) || is_enum(base)
}

/// Whether a condition holds where the column has a value, or where it is NULL; what cannot be decided yet
/// is an expression that `number` takes.
///
/// # Safety
/// The clause is one of the relation that is planned.
pub unsafe fn admission(
    root: *mut pg_sys::PlannerInfo,
    relid: pg_sys::Index,
    column: &Key,
    value: Option<&str>,
    clauses: &[*mut pg_sys::Node],
    number: impl FnOnce(*mut pg_sys::Node) -> usize,
) -> Admission {
    let Some(constant) = constant(column, value) else {
        return Admission::No;
    };
    let replacement = Replacement { relid, number: column.number, constant };
    // SAFETY: builds a clause of its own out of copies, then lets PostgreSQL simplify it.
    unsafe {
        let list = clauses.iter().fold(std::ptr::null_mut(), |list, clause| {
            pg_sys::lappend(list, replacement.clause(*clause).cast())
        });
        let all = pg_sys::make_ands_explicit(list).cast();
        let simple = pg_sys::eval_const_expressions(root, all);
        known(simple).unwrap_or_else(|| Admission::Expression(number(simple)))
    }
}

/// A value of the domain as a constant of the column's declared type; none where that type has no such
/// value, as an enum may not.
fn constant(column: &Key, value: Option<&str>) -> Option<*mut pg_sys::Const> {
    let Some(value) = value else {
        // SAFETY: a type from the catalogs.
        return Some(unsafe { pg_sys::makeNullConst(column.oid, column.typmod, column.collation) });
    };
    let base = base(column.oid);
    if is_enum(base) && !has_label(base, value) {
        return None;
    }
    let typmod = if base == column.oid { column.typmod } else { -1 };
    let datum = input(value, base, typmod).or_report();
    let (mut length, mut by_value) = (0, false);
    // SAFETY: a type from the catalogs, whose length and passing are looked up.
    unsafe {
        pg_sys::get_typlenbyval(base, &raw mut length, &raw mut by_value);
        Some(pg_sys::makeConst(
            column.oid,
            column.typmod,
            column.collation,
            length.into(),
            datum,
            false,
            by_value,
        ))
    }
}

fn base(oid: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: a catalog lookup; what is no domain is its own base.
    unsafe { pg_sys::getBaseType(oid) }
}

fn is_enum(oid: pg_sys::Oid) -> bool {
    // SAFETY: a catalog lookup.
    unsafe { pg_sys::type_is_enum(oid) }
}

fn has_label(oid: pg_sys::Oid, label: &str) -> bool {
    let Ok(label) = terminated(label) else {
        return false;
    };
    let cache = pg_sys::SysCacheIdentifier::ENUMTYPOIDNAME as i32;
    let none = pg_sys::Datum::null();
    // SAFETY: a lookup by keys of the cache's types; a label is compared as a name.
    unsafe {
        let label = pg_sys::Datum::from(label.as_ptr());
        pg_sys::SearchSysCacheExists(cache, pg_sys::Datum::from(oid), label, none, none)
    }
}

/// Whether a simplified condition is decided. NULL is as good as false in WHERE.
unsafe fn known(node: *mut pg_sys::Node) -> Option<Admission> {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        if !pgrx::is_a(node, pg_sys::NodeTag::T_Const) {
            return None;
        }
        let constant = node.cast::<pg_sys::Const>();
        let holds = !(*constant).constisnull && (*constant).constvalue.value() != 0;
        Some(if holds { Admission::Yes } else { Admission::No })
    }
}

/// A column, and the constant that stands in for it.
struct Replacement {
    relid: pg_sys::Index,
    number: i16,
    constant: *mut pg_sys::Const,
}

impl Replacement {
    /// A copy of a clause, or of a part of one, with the column replaced.
    unsafe fn clause(&self, node: *mut pg_sys::Node) -> *mut pg_sys::Node {
        if node.is_null() {
            return node;
        }
        // SAFETY: the mutator copies; the context outlives the call.
        unsafe {
            if self.is_column(node) {
                return pg_sys::copyObjectImpl(self.constant.cast()).cast();
            }
            compat::mutate(node, replace, (&raw const *self).cast_mut().cast())
        }
    }

    unsafe fn is_column(&self, node: *mut pg_sys::Node) -> bool {
        // SAFETY: the tag is checked before the cast.
        unsafe {
            if !pgrx::is_a(node, pg_sys::NodeTag::T_Var) {
                return false;
            }
            let var = node.cast::<pg_sys::Var>();
            (*var).varno as u32 == self.relid
                && (*var).varattno == self.number
                && (*var).varlevelsup == 0
        }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn replace(
    node: *mut pg_sys::Node,
    context: *mut std::ffi::c_void,
) -> *mut pg_sys::Node {
    // SAFETY: `context` is the Replacement that `clause` passed.
    unsafe { (*context.cast::<Replacement>()).clause(node) }
}

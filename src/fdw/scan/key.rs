//! A column that sources can be asked by, and what operators say of it.

use pgrx::pg_sys;

use super::datum::Askable;
use crate::catalog::{Role, Table};
use crate::value::Type;

/// A column of the foreign table that is a column of the catalogue's.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its number in the foreign table.
    pub number: i16,
    /// The catalogue's name of it.
    pub name: &'static str,
    /// The catalogue's type of it.
    pub ty: Type,
    /// Its declared type.
    pub oid: pg_sys::Oid,
    /// The modifier of that.
    pub typmod: i32,
    /// Its collation.
    pub collation: pg_sys::Oid,
    /// Whether sources are asked by it.
    pub is_asked_by: bool,
}

impl Key {
    /// Whether some listing of a table sorts by it.
    pub fn sorts(&self, table: &Table) -> bool {
        let moment = self.askable() == Some(Askable::Moment);
        let sorted = |role| table.sources.iter().any(|source| source.sorts.takes(role));
        moment && table.role(self.name).is_some_and(sorted)
    }

    /// Whether rows can be grouped by what requests ask for it: where that is what the column shows, and
    /// different values are different groups.
    pub fn groups(&self, table: &Table) -> bool {
        let plain = self.askable().is_some_and(|it| it.is_integer() || it == Askable::Date);
        let few = table.domain(self.name).is_some();
        plain || (few && [pg_sys::TEXTOID, pg_sys::BOOLOID].contains(&self.oid))
    }

    /// How requests are asked by it; none where its declared type holds other values than the API has.
    pub fn askable(&self) -> Option<Askable> {
        Askable::of(self.oid).filter(|askable| askable.holds(self.ty))
    }

    /// What an operator says in the order of a column's type, if the other side is a value or an array of
    /// that type. Texts count only where equal ones are the same, letter by letter.
    pub fn strategy(
        &self,
        other: *mut pg_sys::Node,
        operator: pg_sys::Oid,
        collation: pg_sys::Oid,
    ) -> Option<u32> {
        let ty = self.askable()?;
        // SAFETY: catalog lookups.
        unsafe {
            let oid = pg_sys::exprType(other);
            let theirs = Askable::of(oid).or_else(|| Askable::of_array(oid))?;
            let exact = ty != Askable::Text || pg_sys::get_collation_isdeterministic(collation);
            place(operator, ty).filter(|_| exact && ty.compares_with(theirs))
        }
    }

    /// What an operator says in the order of a column of moments, of which days are bounds, too; else as
    /// [`Self::strategy`].
    pub fn bounding(
        &self,
        other: *mut pg_sys::Node,
        operator: pg_sys::Oid,
        collation: pg_sys::Oid,
    ) -> Option<u32> {
        if self.is_day_for_moment(other) {
            place(operator, Askable::Moment)
        } else {
            self.strategy(other, operator, collation)
        }
    }

    /// A bound in the type of its column: a day begins where it does for the session, as it does to the
    /// operator that compares it with a moment.
    pub fn as_bound(&self, node: *mut pg_sys::Node) -> *mut pg_sys::Node {
        if !self.is_day_for_moment(node) {
            return node;
        }
        // SAFETY: makes a call of the cast from date, which is part of PostgreSQL.
        unsafe {
            let form = pg_sys::CoercionForm::COERCE_EXPLICIT_CAST;
            let (none, arguments) =
                (pg_sys::InvalidOid, pg_sys::lappend(std::ptr::null_mut(), node.cast()));
            let ty = pg_sys::TIMESTAMPTZOID;
            pg_sys::makeFuncExpr(TIMESTAMPTZ_OF_DATE, ty, arguments, none, none, form).cast()
        }
    }

    /// Whether a node is a day, where the column is one of moments.
    fn is_day_for_moment(&self, node: *mut pg_sys::Node) -> bool {
        // SAFETY: the type of an expression.
        let oid = unsafe { pg_sys::exprType(node) };
        self.askable() == Some(Askable::Moment) && oid == pg_sys::DATEOID
    }
}

/// `timestamptz(date)`; `pg_proc.dat` gives it no symbol.
const TIMESTAMPTZ_OF_DATE: pg_sys::Oid = pg_sys::Oid::from_u32(1174);

/// The strategy of an operator in the order of a type; none for one outside the family.
fn place(operator: pg_sys::Oid, ty: Askable) -> Option<u32> {
    // SAFETY: a catalog lookup; an operator outside the family gives 0.
    let strategy = unsafe { pg_sys::get_op_opfamily_strategy(operator, ty.family()) };
    u32::try_from(strategy).ok().filter(|strategy| *strategy > 0)
}

/// The place of a column in a set of columns.
pub fn offset(number: i16) -> i32 {
    i32::from(number) - pg_sys::FirstLowInvalidHeapAttributeNumber
}

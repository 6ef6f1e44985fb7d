//! The plans of a relation's paths. A path names its plan by a number, because one of many is taken: only
//! that is written as text, for the scan.

use std::cell::RefCell;
use std::rc::Rc;

use pgrx::pg_sys;

use super::fixed::Expressions;
use super::private;
use crate::error::{Error, Result};
use crate::plan::Plan;

/// A plan, and the expressions that it numbers.
pub struct Planned {
    /// The plan.
    pub plan: Rc<Plan>,
    /// Its expressions.
    pub expressions: Expressions,
    /// Whether rows for which the plan's conditions hold satisfy every clause.
    pub is_exact: bool,
}

/// The plans that paths name.
#[derive(Default)]
pub struct Offers(RefCell<Vec<Planned>>);

impl Offers {
    /// What a path carries that runs a plan.
    pub fn add(&self, planned: Planned) -> *mut pg_sys::List {
        let mut all = self.0.borrow_mut();
        all.push(planned);
        let number = i32::try_from(all.len() - 1).unwrap_or(-1);
        // SAFETY: a list of one node, in the planner's memory context.
        unsafe { pg_sys::lappend(std::ptr::null_mut(), pg_sys::makeInteger(number).cast()) }
    }

    /// The expressions that a path's plan is asked with, without what rows are checked for.
    ///
    /// # Safety
    /// As [`Self::packed`].
    pub unsafe fn asked(&self, carried: *mut pg_sys::List) -> Expressions {
        let all = self.0.borrow();
        // SAFETY: as the caller says.
        let planned = unsafe { number(carried) }.and_then(|number| all.get(number));
        let Some(Planned { plan, expressions, .. }) = planned else {
            return Expressions::new();
        };
        expressions.iter().copied().take(plan.check.unwrap_or(usize::MAX)).collect()
    }

    /// What a path carries, written as text if it is a number.
    ///
    /// # Errors
    /// As [`private::pack`].
    ///
    /// # Safety
    /// `carried` is from a path of the relation that these are of, or of what is above it.
    pub unsafe fn packed(&self, carried: *mut pg_sys::List) -> Result<*mut pg_sys::List> {
        // SAFETY: as the caller says.
        let Some(number) = (unsafe { number(carried) }) else {
            return Ok(carried);
        };
        let all = self.0.borrow();
        let planned = all.get(number);
        let planned = planned.ok_or_else(|| Error::malformed("the path has no plan"))?;
        private::pack(&planned.plan, &planned.expressions)
    }
}

/// The number that a path carries; none where it is the plan as text.
unsafe fn number(carried: *mut pg_sys::List) -> Option<usize> {
    // SAFETY: a list of one node at least; the tag is checked before the cast.
    unsafe {
        let first = pg_sys::list_nth(carried, 0).cast::<pg_sys::Node>();
        let is_number = pgrx::is_a(first, pg_sys::NodeTag::T_Integer);
        is_number.then(|| usize::try_from((*first.cast::<pg_sys::Integer>()).ival).ok()).flatten()
    }
}

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

    /// What a path carries, written as text if it is a number.
    ///
    /// # Errors
    /// As [`private::pack`].
    ///
    /// # Safety
    /// `carried` is from a path of the relation that these are of, or of what is above it.
    pub unsafe fn packed(&self, carried: *mut pg_sys::List) -> Result<*mut pg_sys::List> {
        // SAFETY: a list of one node at least; the tag is checked before the cast.
        let number = unsafe {
            let first = pg_sys::list_nth(carried, 0).cast::<pg_sys::Node>();
            if !pgrx::is_a(first, pg_sys::NodeTag::T_Integer) {
                return Ok(carried);
            }
            usize::try_from((*first.cast::<pg_sys::Integer>()).ival)
        };
        let all = self.0.borrow();
        let planned = number.ok().and_then(|number| all.get(number));
        let planned = planned.ok_or_else(|| Error::malformed("the path has no plan"))?;
        private::pack(&planned.plan, &planned.expressions)
    }
}

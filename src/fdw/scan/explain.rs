//! What EXPLAIN says of a scan: the request, its bindings and what it is expected to cost, and with
//! ANALYZE what it did cost.

use std::ffi::CStr;

use pgrx::pg_sys;

use super::datum::nodes;
use super::{executor, private};
use crate::fdw::encoding::{escaped, terminated};
use crate::fdw::options;

/// Adds the lines of a planned.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn explain_foreign_scan(
    node: *mut pg_sys::ForeignScanState,
    explain: *mut pg_sys::ExplainState,
) {
    // SAFETY: PostgreSQL passes a node of the plan that it explains.
    unsafe {
        let plan = (*node).ss.ps.plan.cast::<pg_sys::ForeignScan>();
        let Ok(planned) = private::unpack((*plan).fdw_private) else {
            return;
        };
        let say = Say(explain);
        say.text(c"Source", planned.source_name());
        say.text(c"Request", &planned.request());
        let shown = expressions(plan, explain);
        let bindings = planned.bindings(&|number| shown.get(number).cloned().unwrap_or_default());
        let bindings: Vec<String> =
            bindings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        if !bindings.is_empty() {
            say.text(c"Bindings", &bindings.join("; "));
        }
        if let Some(limit) = planned.limit() {
            say.number(c"Row Limit", limit);
        }
        if (*explain).costs {
            let estimate = planned.estimate.requests + planned.estimate.once;
            say.number(c"Estimated Requests", estimate.ceil().max(0.0) as u64);
        }
        let reading = executor::state(node).map(|state| state.meter.read());
        if let Some(reading) = reading.filter(|_| (*explain).analyze) {
            say.number(c"Requests", reading.requests);
            say.number(c"Retries", reading.retries);
            if reading.cache_hits > 0 || (*explain).verbose {
                say.number(c"Cache Hits", reading.cache_hits);
            }
            say.number(c"Bytes Received", reading.bytes);
            let waited = u64::try_from(reading.waited.as_millis()).unwrap_or(u64::MAX);
            if waited > 0 || (*explain).verbose {
                say.with_unit(c"Rate Limit Wait", c"ms", waited);
            }
        }
    }
}

/// The plan's expressions as SQL.
unsafe fn expressions(
    plan: *mut pg_sys::ForeignScan,
    explain: *mut pg_sys::ExplainState,
) -> Vec<String> {
    // SAFETY: the deparse context is EXPLAIN's own, pointed at the plan that it is explaining.
    unsafe {
        let none = std::ptr::null_mut();
        let context = pg_sys::set_deparse_context_plan((*explain).deparse_cxt, plan.cast(), none);
        nodes::<pg_sys::Node>((*plan).fdw_exprs)
            .into_iter()
            .map(|each| {
                if (*explain).deparse_cxt.is_null() {
                    return String::new();
                }
                options::text(pg_sys::deparse_expression(each, context, true, false))
            })
            .collect()
    }
}

/// What adds lines to an explanation.
pub struct Say(pub *mut pg_sys::ExplainState);

impl Say {
    /// A line with a text.
    pub fn text(&self, label: &CStr, value: &str) {
        let Ok(value) = terminated(value).or_else(|_| terminated(&escaped(value))) else {
            return;
        };
        // SAFETY: EXPLAIN copies both strings.
        unsafe { pg_sys::ExplainPropertyText(label.as_ptr(), value.as_ptr(), self.0) };
    }

    /// A line with a number.
    pub fn number(&self, label: &CStr, value: u64) {
        self.property(label, std::ptr::null(), value);
    }

    fn with_unit(&self, label: &CStr, unit: &CStr, value: u64) {
        self.property(label, unit.as_ptr(), value);
    }

    fn property(&self, label: &CStr, unit: *const std::ffi::c_char, value: u64) {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        // SAFETY: EXPLAIN copies the strings; a null unit is none.
        unsafe { pg_sys::ExplainPropertyInteger(label.as_ptr(), unit, value, self.0) };
    }
}

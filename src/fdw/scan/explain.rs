//! What EXPLAIN says of a scan: the request, its bindings and what it is expected to cost, and with
//! ANALYZE what it did cost.

use std::ffi::CStr;
use std::time::Duration;

use pgrx::pg_sys;

use super::opened::Opened;
use super::{executor, private};
use crate::api::{Rate, Reading, in_words};
use crate::fdw::encoding::terminated;
use crate::fdw::escape::escaped;
use crate::fdw::list::nodes;
use crate::fdw::options;
use crate::plan::Plan;

/// Adds the lines of a scan.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn explain_foreign_scan(
    node: *mut pg_sys::ForeignScanState,
    explain: *mut pg_sys::ExplainState,
) {
    // SAFETY: PostgreSQL passes a node of the plan that it explains.
    unsafe { explain_scan(node, explain) }
}

/// What a scan asks for, what that is expected to cost, and what it did cost.
unsafe fn explain_scan(node: *mut pg_sys::ForeignScanState, explain: *mut pg_sys::ExplainState) {
    // SAFETY: the node's plan, and EXPLAIN's own state.
    unsafe {
        let scan = (*node).ss.ps.plan.cast::<pg_sys::ForeignScan>();
        let Ok(plan) = private::unpack((*scan).fdw_private) else {
            return;
        };
        let say = Say(explain);
        say.asked(&plan, &expressions(scan, explain));
        if (*explain).costs {
            say.expected(&plan, rate(node));
        }
        if let Some(state) = executor::state(node).filter(|_| (*explain).analyze) {
            say.spent(&state.meter.read(), (*explain).verbose);
            say.steps(&state.steps.read());
        }
    }
}

/// The rate of the server that is read.
unsafe fn rate(node: *mut pg_sys::ForeignScanState) -> Rate {
    // SAFETY: a scan that is explained was begun.
    let table = unsafe { private::table(node) };
    let rate = Opened::of(table).map(|opened| opened.shown.settings.rate());
    rate.unwrap_or(Rate { requests: 0, per: Duration::ZERO })
}

/// The plan's expressions as SQL.
unsafe fn expressions(
    plan: *mut pg_sys::ForeignScan,
    explain: *mut pg_sys::ExplainState,
) -> Vec<String> {
    // SAFETY: as the caller says.
    unsafe { deparsed((*plan).fdw_exprs, plan.cast(), std::ptr::null_mut(), explain) }
}

/// Expressions of a plan as SQL; `ancestors` are the plans that it is part of, where they matter.
///
/// # Safety
/// The plan is part of what is explained.
pub unsafe fn deparsed(
    expressions: *mut pg_sys::List,
    plan: *mut pg_sys::Plan,
    ancestors: *mut pg_sys::List,
    explain: *mut pg_sys::ExplainState,
) -> Vec<String> {
    // SAFETY: the deparse context is EXPLAIN's own, pointed at the plan that it is explaining.
    unsafe {
        let context = pg_sys::set_deparse_context_plan((*explain).deparse_cxt, plan, ancestors);
        nodes::<pg_sys::Node>(expressions)
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

/// The counters of a step, by the names that they have elsewhere.
fn counts(reading: &Reading) -> [(&'static CStr, u64); 6] {
    [
        (c"Requests", reading.requests),
        (c"Not Modified", reading.not_modified),
        (c"Cache Hits", reading.cache_hits),
        (c"Bytes Received", reading.bytes),
        (c"Retries", reading.retries),
        (c"Rate Limit Wait", milliseconds(reading)),
    ]
}

/// How long the rate limit kept requests waiting.
fn milliseconds(reading: &Reading) -> u64 {
    u64::try_from(reading.waited.as_millis()).unwrap_or(u64::MAX)
}

/// The same in one line: those that are not 0.
fn sentence(reading: &Reading) -> String {
    let counts = counts(reading).into_iter().filter(|(_, count)| *count > 0);
    let words = counts.map(|(label, count)| format!("{} {count}", label.to_string_lossy()));
    words.collect::<Vec<_>>().join(", ").to_lowercase()
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

    /// The request of a plan, and what it is asked by.
    fn asked(&self, plan: &Plan, expressions: &[String]) {
        self.text(c"Source", plan.source_name());
        self.text(c"Request", &plan.request());
        let shown = |number: usize| expressions.get(number).cloned().unwrap_or_default();
        let bindings = plan.bindings(&shown).into_iter();
        let bindings: Vec<String> =
            bindings.map(|(name, value)| format!("{name} = {value}")).collect();
        if !bindings.is_empty() {
            self.text(c"Bindings", &bindings.join("; "));
        }
        if let Some(limit) = plan.limit() {
            self.number(c"Row Limit", limit);
        }
    }

    /// What a plan is expected to cost.
    fn expected(&self, plan: &Plan, rate: Rate) {
        let estimate = plan.estimate.requests + plan.estimate.once;
        let requests = estimate.ceil().max(0.0) as u64;
        self.number(c"Estimated Requests", requests);
        let wait = rate.wait_for(requests);
        if !wait.is_zero() && plan.needs().is_none() {
            self.text(c"Estimated Rate Limit Wait", &format!("about {}", in_words(wait)));
        }
    }

    /// What a scan did cost; what is 0 only where everything is to be said.
    fn spent(&self, reading: &Reading, verbose: bool) {
        self.number(c"Requests", reading.requests);
        self.number(c"Retries", reading.retries);
        if reading.not_modified > 0 || verbose {
            self.number(c"Not Modified", reading.not_modified);
        }
        if reading.cache_hits > 0 || verbose {
            self.number(c"Cache Hits", reading.cache_hits);
        }
        self.number(c"Bytes Received", reading.bytes);
        let waited = milliseconds(reading);
        if waited > 0 || verbose {
            self.with_unit(c"Rate Limit Wait", c"ms", waited);
        }
    }

    /// What each step cost: a line in text, an object with members elsewhere. With one alone, the lines
    /// of the scan say it.
    fn steps(&self, steps: &[(String, Reading)]) {
        // SAFETY: a field of EXPLAIN's own state.
        if unsafe { (*self.0).format } == pg_sys::ExplainFormat::EXPLAIN_FORMAT_TEXT {
            for (name, reading) in steps.iter().filter(|_| steps.len() > 1) {
                self.text(c"Step", &format!("{name}: {}", sentence(reading)));
            }
            return;
        }
        // SAFETY: EXPLAIN copies the strings; groups are closed in reverse order.
        unsafe {
            let (group, each) = (c"Steps".as_ptr(), c"Step".as_ptr());
            pg_sys::ExplainOpenGroup(group, group, false, self.0);
            for (name, reading) in steps {
                pg_sys::ExplainOpenGroup(each, std::ptr::null(), true, self.0);
                self.text(c"Step", name);
                for (label, value) in counts(reading) {
                    self.number(label, value);
                }
                pg_sys::ExplainCloseGroup(each, std::ptr::null(), true, self.0);
            }
            pg_sys::ExplainCloseGroup(group, group, false, self.0);
        }
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

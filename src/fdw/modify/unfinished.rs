//! Statements that something else ends: an error of a trigger, of a check or of an expression says
//! nothing of the rows that Basecamp has by then, so a warning does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pgrx::{
    PgLogLevel, PgSubXactCallbackEvent, PgXactCallbackEvent, pg_sys, register_subxact_callback,
    register_xact_callback,
};

use crate::fdw::report::tell;
use crate::fdw::session::SharedLedger;

thread_local! {
    /// What statements that have not ended have written, and the subtransaction of each.
    static OPEN: RefCell<Vec<(pg_sys::SubTransactionId, SharedLedger)>> = RefCell::default();
    /// Whether the end of this transaction is waited for.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

/// A statement begins to write.
pub fn begin(ledger: &SharedLedger) {
    if OPEN.with_borrow(|all| all.iter().any(|(_, other)| Rc::ptr_eq(other, ledger))) {
        return;
    }
    // SAFETY: reads the number of the current subtransaction.
    let sub = unsafe { pg_sys::GetCurrentSubTransactionId() };
    OPEN.with_borrow_mut(|all| all.push((sub, SharedLedger::clone(ledger))));
    if WATCHED.replace(true) {
        return;
    }
    register_subxact_callback(PgSubXactCallbackEvent::AbortSub, |aborted, _| abort(aborted));
    register_xact_callback(PgXactCallbackEvent::Commit, forget);
    register_xact_callback(PgXactCallbackEvent::Abort, || {
        abort(0);
        forget();
    });
}

/// A statement has ended as it should.
pub fn end(ledger: &SharedLedger) {
    OPEN.with_borrow_mut(|all| all.retain(|(_, other)| !Rc::ptr_eq(other, ledger)));
}

fn forget() {
    WATCHED.set(false);
    OPEN.with_borrow_mut(Vec::clear);
}

/// Tells what those have written that end with a subtransaction, where their error did not.
fn abort(aborted: pg_sys::SubTransactionId) {
    let ended: Vec<SharedLedger> = OPEN.with_borrow_mut(|all| {
        let (ended, open) = all.drain(..).partition(|(sub, _)| *sub >= aborted);
        *all = open;
        ended.into_iter().map(|(_, ledger): (_, SharedLedger)| ledger).collect()
    });
    for ledger in ended {
        let untold = ledger.try_borrow().ok().and_then(|ledger| ledger.untold());
        if let Some(written) = untold {
            let message = "what was written to Basecamp stays there".to_owned();
            tell(PgLogLevel::WARNING, message, &written);
        }
    }
}

//! What is done when a transaction commits: files are not PostgreSQL's to roll back.

use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pgrx::{
    PgSubXactCallbackEvent, PgXactCallbackEvent, pg_sys, register_subxact_callback,
    register_xact_callback,
};

use super::super::report::raise;
use crate::error::{Error, Kind};

thread_local! {
    /// Mappings whose files this transaction has forgotten, and in which subtransaction.
    static FORGOTTEN: RefCell<HashSet<(u32, u32)>> = RefCell::default();
}

/// Refuses that the transaction becomes a prepared one: it would commit without this process.
pub fn refuse_prepare(what: &'static str) {
    register_xact_callback(PgXactCallbackEvent::PrePrepare, move || {
        let message = format!("cannot PREPARE a transaction that has {what}");
        raise(&Error::new(Kind::Unsupported, message).hint("Commit it in one phase."));
    });
}

/// Whether this transaction has forgotten the files of a mapping.
pub fn is_forgotten(mapping: u32) -> bool {
    FORGOTTEN.with_borrow(|all| all.iter().any(|(forgotten, _)| *forgotten == mapping))
}

/// Removes the files of a mapping when the transaction commits. Until then this transaction looks past
/// them. What removes them cannot fail: the commit is over.
pub fn forget(mapping: u32, remove: impl FnOnce() + UnwindSafe + RefUnwindSafe + 'static) {
    // SAFETY: reads the number of the current subtransaction.
    let sub = unsafe { pg_sys::GetCurrentSubTransactionId() };
    FORGOTTEN.with_borrow_mut(|all| all.insert((mapping, sub)));
    refuse_prepare("forgotten OAuth tokens");
    register_subxact_callback(PgSubXactCallbackEvent::AbortSub, |aborted, _| {
        FORGOTTEN.with_borrow_mut(|all| all.retain(|(_, sub)| *sub < aborted));
    });
    register_xact_callback(PgXactCallbackEvent::Commit, move || {
        if FORGOTTEN.with_borrow_mut(|all| all.remove(&(mapping, sub))) {
            remove();
        }
    });
    register_xact_callback(PgXactCallbackEvent::Abort, || {
        FORGOTTEN.with_borrow_mut(HashSet::clear);
    });
}

//! What a session gives back before it ends: the clients of servers and user mappings that change or
//! go, and every client with DISCARD ALL, which a pool sends before it lends the session to another.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

use pgrx::pg_sys;
use pgrx::pg_sys::SysCacheIdentifier::{FOREIGNSERVEROID, USERMAPPINGOID};

use super::session;

thread_local! {
    /// Whether invalidations were too many to be told apart since clients were looked at.
    static UNSURE: Cell<bool> = const { Cell::new(false) };
}

/// The hook that was there before ours.
static NEXT: OnceLock<pg_sys::ProcessUtility_hook_type> = OnceLock::new();

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn changed(_argument: pg_sys::Datum, cache: c_int, hash: u32) {
    drop_changed(cache, hash);
}

/// Gives back the clients of what changed.
fn drop_changed(cache: c_int, hash: u32) {
    if hash == 0 {
        UNSURE.set(true);
    } else {
        session::drop_clients(|marks| marks.has(cache, hash));
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn committing(event: pg_sys::XactEvent::Type, _argument: *mut c_void) {
    if event == pg_sys::XactEvent::XACT_EVENT_PRE_COMMIT {
        drop_gone();
    }
}

/// After much DDL anywhere, the clients of what is no longer there go at the end of the next statement.
fn drop_gone() {
    if UNSURE.replace(false) {
        let mut gone = session::clients();
        gone.retain(|marks| !marks.exist());
        session::drop_clients(|marks| gone.contains(&marks));
    }
}

/// Hears of changes and of DISCARD ALL from now on; runs when the library is loaded.
pub fn listen() {
    let nothing = pg_sys::Datum::null();
    // SAFETY: hooks and callbacks are set while the library is loaded, on PostgreSQL's only thread.
    unsafe {
        for cache in [FOREIGNSERVEROID, USERMAPPINGOID] {
            pg_sys::CacheRegisterSyscacheCallback(cache as c_int, Some(changed), nothing);
        }
        pg_sys::RegisterXactCallback(Some(committing), std::ptr::null_mut());
        let _ = NEXT.set(pg_sys::ProcessUtility_hook);
        pg_sys::ProcessUtility_hook = Some(utility);
    }
}

// Longer than other callbacks: all arguments are handed on, one by one, to either of two functions, as
// PostgreSQL's own is called in another way than those of hooks.
#[pgrx::pg_guard]
#[expect(clippy::too_many_arguments, reason = "PostgreSQL's signature")]
unsafe extern "C-unwind" fn utility(
    statement: *mut pg_sys::PlannedStmt,
    text: *const c_char,
    keeps: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    parameters: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    receiver: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: PostgreSQL's own arguments, handed on; the statement is looked at while it is there.
    unsafe {
        let all = discards_all((*statement).utilityStmt);
        match NEXT.get().copied().flatten() {
            Some(next) => {
                next(
                    statement,
                    text,
                    keeps,
                    context,
                    parameters,
                    environment,
                    receiver,
                    completion,
                );
            }
            None => pg_sys::standard_ProcessUtility(
                statement,
                text,
                keeps,
                context,
                parameters,
                environment,
                receiver,
                completion,
            ),
        }
        if all {
            session::drop_clients(|_| true);
        }
    }
}

unsafe fn discards_all(statement: *mut pg_sys::Node) -> bool {
    // SAFETY: the tag is checked before the cast.
    unsafe {
        pgrx::is_a(statement, pg_sys::NodeTag::T_DiscardStmt)
            && (*statement.cast::<pg_sys::DiscardStmt>()).target == pg_sys::DiscardMode::DISCARD_ALL
    }
}

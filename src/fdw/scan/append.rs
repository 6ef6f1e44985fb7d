//! Several scans side by side: what an Append calls that asks all of them before it waits for any.
//!
//! The Append asks each scan for a row, and waits for the sockets of those that have none yet. A scan
//! then says: here is a row, there are no more, or call again.

use pgrx::pg_sys;

use super::executor;
use super::planner;
use super::state::Progress;
use crate::fdw::report::raise;

// PostgreSQL's execAsync.h, which the bindings leave out. Neither raises an error.
unsafe extern "C-unwind" {
    fn ExecAsyncRequestDone(request: *mut pg_sys::AsyncRequest, row: *mut pg_sys::TupleTableSlot);
    fn ExecAsyncRequestPending(request: *mut pg_sys::AsyncRequest);
}

/// Whether a scan may run so: option `async_capable`.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn is_foreign_path_async_capable(
    path: *mut pg_sys::ForeignPath,
) -> bool {
    // SAFETY: a path that this wrapper made, of a relation that it planned.
    unsafe { planner::is_async_capable((*path).path.parent) }
}

/// A row is wanted.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn foreign_async_request(request: *mut pg_sys::AsyncRequest) {
    // SAFETY: PostgreSQL passes a request to a node that was begun.
    unsafe { answer(request) }
}

/// The Append is about to wait for this scan, too.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn foreign_async_configure_wait(request: *mut pg_sys::AsyncRequest) {
    // SAFETY: PostgreSQL passes a request of an Append to a node that was begun.
    unsafe { configure_wait(request) }
}

/// The socket of a scan became readable.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn foreign_async_notify(request: *mut pg_sys::AsyncRequest) {
    pgrx::check_for_interrupts!();
    // SAFETY: as for a request.
    unsafe { answer(request) }
}

/// Adds the scan's socket to those that the Append waits for, where it waits for one.
unsafe fn configure_wait(request: *mut pg_sys::AsyncRequest) {
    // SAFETY: the requestor is the Append, which made the set with a place for each of its scans.
    unsafe {
        let node = (*request).requestee.cast::<pg_sys::ForeignScanState>();
        let append = (*request).requestor.cast::<pg_sys::AppendState>();
        let descriptor = executor::state(node).and_then(|state| state.descriptor());
        if let Some(descriptor) = descriptor {
            pg_sys::AddWaitEventToSet(
                (*append).as_eventset,
                pg_sys::WL_SOCKET_READABLE,
                descriptor,
                std::ptr::null_mut(),
                request.cast(),
            );
        }
    }
}

/// Answers with the next row that satisfies the scan's conditions, as far as rows have come.
unsafe fn answer(request: *mut pg_sys::AsyncRequest) {
    // SAFETY: the node was begun with a state; the node's own function runs its conditions and
    // projection over the rows at hand, and is called through the guard that all of PostgreSQL's are.
    unsafe {
        let plan = (*request).requestee;
        let node = plan.cast::<pg_sys::ForeignScanState>();
        let done = |row| ExecAsyncRequestDone(request, row);
        loop {
            // Borrowed anew each time: the node's function borrows it as well.
            let (Some(state), Some(run)) = (executor::state(node), (*plan).ExecProcNodeReal) else {
                return done(std::ptr::null_mut());
            };
            match state.advance(node) {
                Ok(Progress::Ended) => return done(std::ptr::null_mut()),
                Ok(Progress::Waiting) => return ExecAsyncRequestPending(request),
                Ok(Progress::Ready) => {}
                Err(error) => {
                    state.stop();
                    raise(&error.in_reading(&state.tuple.table))
                }
            }
            let row = pg_sys::ffi::pg_guard_ffi_boundary(|| run(plan));
            let empty = row.is_null() || (*row).tts_flags & pg_sys::TTS_FLAG_EMPTY as u16 != 0;
            if !empty {
                return done(row);
            }
        }
    }
}

//! Where what is shared lies.
//!
//! Worker threads look at it, and must not when PostgreSQL takes a segment away at the end of a
//! session: [`Common`] is closed before that.

use std::cell::RefCell;
use std::ffi::CString;
use std::mem::MaybeUninit;

use pgrx::pg_sys;

use super::shelf;
use crate::api::{Board, Common};

/// Its name says how large it is: another version, which a session may have loaded, arranges it
/// otherwise.
fn name() -> CString {
    let name = format!("basecamp_fdw {} {}", env!("CARGO_PKG_VERSION"), size_of::<Board>());
    CString::new(name).unwrap_or_default()
}

/// Addresses are those of the postmaster, which all of its processes have.
static mut PRELOADED: *mut Board = std::ptr::null_mut();
static mut PREVIOUS_REQUEST: pg_sys::shmem_request_hook_type = None;
static mut PREVIOUS_STARTUP: pg_sys::shmem_startup_hook_type = None;

thread_local! {
    static COMMON: RefCell<Option<Common>> = const { RefCell::new(None) };
}

/// Has memory set aside where the server is just starting.
pub fn prepare() {
    // SAFETY: hooks are set by the postmaster, which has one thread, while it loads libraries.
    unsafe {
        if !pg_sys::process_shared_preload_libraries_in_progress {
            return;
        }
        PREVIOUS_REQUEST = pg_sys::shmem_request_hook;
        pg_sys::shmem_request_hook = Some(request);
        PREVIOUS_STARTUP = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(start);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn request() {
    // SAFETY: the postmaster calls it once, before there is shared memory.
    unsafe { request_board() }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn start() {
    // SAFETY: the postmaster calls it when there is new shared memory, before any other process.
    unsafe { place_board() }
}

/// Asks for memory, after those who were there before.
unsafe fn request_board() {
    // SAFETY: as the caller says.
    unsafe {
        if let Some(previous) = PREVIOUS_REQUEST {
            previous();
        }
        pg_sys::RequestAddinShmemSpace(size_of::<Board>() + align_of::<Board>());
        shelf::request();
    }
}

/// Finds the memory that was asked for, after those who were there before.
unsafe fn place_board() {
    // SAFETY: as the caller says; what was asked for is large enough, and aligned to a cache line.
    unsafe {
        if let Some(previous) = PREVIOUS_STARTUP {
            previous();
        }
        let mut found = false;
        let size = size_of::<Board>();
        let place = pg_sys::ShmemInitStruct(name().as_ptr(), size, &raw mut found);
        if !found {
            clear(place);
        }
        PRELOADED = place.cast();
        if let Some(board) = PRELOADED.as_ref() {
            shelf::place(board);
        }
    }
}

/// Zeros are a board that nobody has written on: it has integers alone.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn clear(place: *mut std::ffi::c_void) {
    // SAFETY: PostgreSQL passes memory of that size, which nobody else has yet.
    unsafe { place.cast::<u8>().write_bytes(0, size_of::<Board>()) };
}

/// What this session shares.
pub fn common() -> Common {
    COMMON.with(|slot| slot.borrow_mut().get_or_insert_with(find).clone())
}

fn find() -> Common {
    // SAFETY: it was set before this process was made, and nothing but integers lies there; the other
    // is called on the thread of PostgreSQL's.
    let found = unsafe {
        let preloaded = PRELOADED.as_ref().map(|board| (board, shelf::preloaded(board)));
        preloaded.or_else(|| named().map(|board| (board, shelf::named(board))))
    };
    let Some((board, shelf)) = found else {
        return Common::own();
    };
    // SAFETY: registers a callback of the right type, once in a session.
    unsafe { pg_sys::before_shmem_exit(Some(close), pg_sys::Datum::null()) };
    Common::mapped(board, shelf)
}

/// The segment of that name.
///
/// # Safety
/// Called on the thread of PostgreSQL's.
#[cfg(any(feature = "pg17", feature = "pg18"))]
unsafe fn named() -> Option<&'static Board> {
    // SAFETY: the segment is as large as asked for, and stays mapped until the session ends, which is
    // announced first.
    unsafe {
        if !pg_sys::IsUnderPostmaster {
            return None;
        }
        let (mut found, size) = (false, size_of::<Board>());
        let name = name();
        let place = pg_sys::GetNamedDSMSegment(name.as_ptr(), size, Some(clear), &raw mut found);
        place.cast::<Board>().as_ref()
    }
}

/// There are no named segments.
///
/// # Safety
/// None is needed.
#[cfg(not(any(feature = "pg17", feature = "pg18")))]
unsafe fn named() -> Option<&'static Board> {
    None
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn close(_code: i32, _argument: pg_sys::Datum) {
    leave();
}

/// Takes the session off what is shared, which threads do not look at any more then.
fn leave() {
    if let Some(common) = COMMON.with(|slot| slot.borrow().clone()) {
        // SAFETY: set once when the session starts.
        let process = unsafe { pg_sys::MyProcPid }.unsigned_abs();
        // The transaction, whose end would take its scans off the board, ends later.
        common.with(|board| board.activity.leave_all(process));
        common.close();
    }
}

/// Milliseconds of a clock that all processes of the machine have.
pub fn uptime() -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the call writes the time; the clock is one that every Linux has.
    let time = unsafe {
        if libc::clock_gettime(libc::CLOCK_MONOTONIC, time.as_mut_ptr()) != 0 {
            return 1;
        }
        time.assume_init()
    };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1000 + u64::try_from(time.tv_nsec).unwrap_or_default() / 1_000_000
}

//! Where the answers lie that sessions keep together: in the same kind of memory as the board, as large as
//! a setting says.
//!
//! Nothing of it is needed. Where there is no room for it, sessions have the answers that they keep
//! themselves.

use std::ffi::CString;
use std::sync::atomic::{AtomicU64, Ordering};

use pgrx::pg_sys;

use crate::api::{Board, Shelf};
use crate::fdw::setting;

/// The address is that of the postmaster, which all of its processes have; the board says how large it is.
static mut PRELOADED: *mut std::ffi::c_void = std::ptr::null_mut();

/// How many words [`clear`] has to clear, which is not told.
static FRESH: AtomicU64 = AtomicU64::new(0);

/// Bytes that the setting grants, as whole words.
fn wanted() -> usize {
    setting::shared_cache_size() / size_of::<u64>() * size_of::<u64>()
}

fn name(size: usize) -> CString {
    let name = format!("basecamp_fdw {} answers {size}", env!("CARGO_PKG_VERSION"));
    CString::new(name).unwrap_or_default()
}

/// Asks for memory.
///
/// # Safety
/// Called by the postmaster before there is shared memory.
pub unsafe fn request() {
    let size = wanted();
    if size > 0 {
        // SAFETY: as the caller says.
        unsafe { pg_sys::RequestAddinShmemSpace(size + align_of::<Board>()) };
    }
}

/// Finds the memory that was asked for.
///
/// # Safety
/// Called by the postmaster when there is new shared memory, before any other process.
pub unsafe fn place(board: &Board) {
    let size = wanted();
    if size == 0 {
        return;
    }
    announce(size);
    // SAFETY: as the caller says; the size is the one that was asked for, and what is there is integers,
    // aligned to a cache line.
    unsafe {
        let (name, mut found) = (name(size), false);
        PRELOADED = pg_sys::ShmemInitStruct(name.as_ptr(), size, &raw mut found);
        if !found {
            clear(PRELOADED);
        }
    }
    board.set_shelf(size);
}

/// Says how much of the memory that comes next is to be zeros.
fn announce(size: usize) {
    let reserved = Shelf::reserved(size / size_of::<u64>());
    FRESH.store(reserved as u64, Ordering::Relaxed);
}

/// Zeros are an index with nothing in it. No answer is looked for elsewhere, so that the rest may be
/// anything, and need not be touched before it is used.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn clear(place: *mut std::ffi::c_void) {
    let reserved = FRESH.load(Ordering::Relaxed) as usize;
    // SAFETY: PostgreSQL passes memory that is larger, which nobody else has yet.
    unsafe { place.cast::<u64>().write_bytes(0, reserved) };
}

/// Memory as words.
///
/// # Safety
/// It is as large as that, holds integers, and stays as long as this process looks at it.
unsafe fn words(place: *mut std::ffi::c_void, size: usize) -> Option<&'static [AtomicU64]> {
    let place = place.cast::<AtomicU64>();
    // SAFETY: as the caller says.
    (!place.is_null())
        .then(|| unsafe { std::slice::from_raw_parts(place, size / size_of::<u64>()) })
}

/// What this session finds of it, beside a board that the server had from its start.
pub fn preloaded(board: &Board) -> Option<Shelf<'static>> {
    let size = board.shelf()?;
    // SAFETY: it was set before this process was made, to memory of that size.
    Shelf::new(unsafe { words(PRELOADED, size) }?)
}

/// What this session finds of it, beside a board in a segment: another segment.
///
/// # Safety
/// Called on the thread of PostgreSQL's.
#[cfg(any(feature = "pg17", feature = "pg18"))]
pub unsafe fn named(board: &Board) -> Option<Shelf<'static>> {
    let made = board.shelf();
    let size = made.unwrap_or_else(wanted);
    if size == 0 || (made.is_none() && !has_room(size)) {
        return None;
    }
    announce(size);
    // SAFETY: the segment is as large as asked for, and stays mapped until the session ends, which is
    // announced first.
    let words = unsafe {
        let (name, mut found) = (name(size), false);
        let place = pg_sys::GetNamedDSMSegment(name.as_ptr(), size, Some(clear), &raw mut found);
        words(place, size)
    };
    board.set_shelf(size);
    Shelf::new(words?)
}

/// There are no named segments.
///
/// # Safety
/// None is needed.
#[cfg(not(any(feature = "pg17", feature = "pg18")))]
pub unsafe fn named(_board: &Board) -> Option<Shelf<'static>> {
    None
}

/// Whether the system has room for a segment and for what others need there: PostgreSQL makes an error of
/// none, which a query must not fail with. In a container there may be very little.
#[cfg(any(feature = "pg17", feature = "pg18"))]
fn has_room(size: usize) -> bool {
    // SAFETY: set once when the server starts.
    let kind = unsafe { pg_sys::dynamic_shared_memory_type };
    if kind != pg_sys::DSM_IMPL_POSIX as i32 {
        return true;
    }
    let mut status = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: takes a terminated string, and writes what it found if it says so.
    let status = unsafe {
        if libc::statvfs(c"/dev/shm".as_ptr(), status.as_mut_ptr()) != 0 {
            return false;
        }
        status.assume_init()
    };
    status.f_bavail.saturating_mul(status.f_frsize) / 4 >= size as u64
}

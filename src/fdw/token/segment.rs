//! Shared memory between a session and the background worker that it waits for.

use std::sync::atomic::{AtomicU32, Ordering};

use pgrx::pg_sys;

use crate::error::{Error, Kind, Result};

/// Bytes for an error of the worker: more than any has.
const ANSWER: usize = 16_384;

/// The start of the shared memory; the order and room for the answer follow.
#[repr(C)]
struct Header {
    state: AtomicU32,
    database: pg_sys::Oid,
    order: u32,
    answer: u32,
}

const DONE: u32 = 1;
const FAILED: u32 = 2;
const BEGUN: u32 = 3;

/// How far the worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has not begun.
    Ordered,
    /// It is at it.
    Begun,
    /// It has answered.
    Ended,
}

/// Shared memory. An error gives it back with the transaction.
pub struct Segment(*mut pg_sys::dsm_segment);

impl Segment {
    /// Makes a segment with an order in it.
    ///
    /// # Errors
    /// When there is no segment to be had.
    pub fn create(order: &[u8]) -> Result<Self> {
        let size = size_of::<Header>() + order.len() + ANSWER;
        // SAFETY: the segment is as large as what is written into it.
        unsafe {
            let flags = pg_sys::DSM_CREATE_NULL_IF_MAXSEGMENTS as i32;
            let segment = pg_sys::dsm_create(size, flags);
            if segment.is_null() {
                return Err(Error::new(Kind::NoWorker, "no shared memory segment is free"));
            }
            let this = Self(segment);
            this.header().write(Header {
                state: AtomicU32::new(0),
                database: pg_sys::MyDatabaseId,
                order: order.len() as u32,
                answer: 0,
            });
            std::ptr::copy_nonoverlapping(order.as_ptr(), this.start(), order.len());
            Ok(this)
        }
    }

    /// Attaches to a segment that another process made; none if it is gone.
    pub fn attach(handle: pg_sys::dsm_handle) -> Option<Self> {
        // SAFETY: null where the session that made the segment is gone.
        let segment = unsafe { pg_sys::dsm_attach(handle) };
        (!segment.is_null()).then_some(Self(segment))
    }

    fn header(&self) -> *mut Header {
        // SAFETY: the segment is attached for as long as this lives.
        unsafe { pg_sys::dsm_segment_address(self.0).cast() }
    }

    fn start(&self) -> *mut u8 {
        // SAFETY: the order follows the header.
        unsafe { self.header().add(1).cast() }
    }

    /// What another process attaches by.
    pub fn handle(&self) -> pg_sys::dsm_handle {
        // SAFETY: the segment is attached for as long as this lives.
        unsafe { pg_sys::dsm_segment_handle(self.0) }
    }

    /// The database of whoever made it.
    pub fn database(&self) -> pg_sys::Oid {
        // SAFETY: the header was written when the segment was made.
        unsafe { (*self.header()).database }
    }

    /// The order.
    pub fn order(&self) -> Vec<u8> {
        // SAFETY: the order is as long as its header says.
        unsafe {
            let length = (*self.header()).order as usize;
            std::slice::from_raw_parts(self.start(), length).to_vec()
        }
    }

    /// Says that the work has begun.
    pub fn begin(&self) {
        // SAFETY: the header was written when the segment was made.
        unsafe { (*self.header()).state.store(BEGUN, Ordering::Release) };
    }

    /// How far the worker is.
    pub fn progress(&self) -> Progress {
        // SAFETY: the header was written when the segment was made.
        match unsafe { (*self.header()).state.load(Ordering::Acquire) } {
            0 => Progress::Ordered,
            BEGUN => Progress::Begun,
            _ => Progress::Ended,
        }
    }

    /// Says how it ended.
    pub fn answer(&self, outcome: &Result<()>) {
        let error = outcome.as_ref().err();
        let text = error.map(|error| serde_json::to_vec(error).unwrap_or_default());
        let text = text.filter(|text| text.len() <= ANSWER).unwrap_or_default();
        let state = if error.is_none() { DONE } else { FAILED };
        // SAFETY: there is room for that much behind the order; the state is written last.
        unsafe {
            let header = self.header();
            let room = self.start().add((*header).order as usize);
            std::ptr::copy_nonoverlapping(text.as_ptr(), room, text.len());
            (*header).answer = text.len() as u32;
            (*header).state.store(state, Ordering::Release);
        }
    }

    /// How it ended.
    ///
    /// # Errors
    /// What the worker met, or that it ended without a word.
    pub fn outcome(&self) -> Result<()> {
        // SAFETY: the state is read first; what it announces was written before.
        let (state, text) = unsafe {
            let header = self.header();
            let state = (*header).state.load(Ordering::Acquire);
            let room = self.start().add((*header).order as usize);
            let length = ((*header).answer as usize).min(ANSWER);
            (state, std::slice::from_raw_parts(room, length))
        };
        match state {
            DONE => Ok(()),
            FAILED => Err(serde_json::from_slice(text).unwrap_or_else(|_| vanished())),
            _ => Err(vanished()),
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: attached, and not used again.
            unsafe { pg_sys::dsm_detach(self.0) };
        }
    }
}

fn vanished() -> Error {
    Error::new(
        Kind::ConnectionLost,
        "the background worker that asks for tokens ended without a result",
    )
    .hint("See the server log.")
}

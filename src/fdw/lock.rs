//! One at a time: locks of PostgreSQL's own, waited for as any other lock is.

use pgrx::pg_sys;

use super::connection::Connection;

/// What is locked.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The right to have a connection's tokens renewed: held by sessions.
    Turn = 1,
    /// The tokens themselves: held by the process that renews them, which may outlive the session
    /// that wanted it.
    Tokens = 2,
}

/// A lock that is held. An error releases it with the transaction.
#[derive(Debug)]
pub struct Held(pg_sys::LOCKTAG);

/// Waits for a lock; a cancel ends the wait, and so does `lock_timeout`.
pub fn acquire(place: Place, connection: &Connection) -> Held {
    let tag = pg_sys::LOCKTAG {
        // SAFETY: set once when the session starts.
        locktag_field1: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field2: connection.mapping,
        locktag_field3: 0,
        locktag_field4: place as u16,
        locktag_type: pg_sys::LockTagType::LOCKTAG_USERLOCK as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    };
    // SAFETY: a valid tag of a kind that nothing else in PostgreSQL uses.
    unsafe { pg_sys::LockAcquire(&raw const tag, MODE, false, false) };
    Held(tag)
}

const MODE: i32 = pg_sys::ExclusiveLock as i32;

impl Drop for Held {
    fn drop(&mut self) {
        // After an error the transaction releases it, and nothing of PostgreSQL's may be called.
        if !std::thread::panicking() {
            // SAFETY: the lock was acquired by this transaction and is held.
            unsafe { pg_sys::LockRelease(&raw const self.0, MODE, false) };
        }
    }
}

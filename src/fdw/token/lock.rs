//! One at a time: locks of PostgreSQL's own, tried and never waited for. Whoever waits looks meanwhile
//! whether what it waits for has come.

use pgrx::pg_sys;

use super::super::connection::Connection;

/// What is locked.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The right to have a connection's tokens renewed: held by sessions.
    Turn = 1,
    /// The tokens themselves: held by the process that renews them, which may outlive the session
    /// that wanted it.
    Tokens = 2,
    /// The wait for the browser of a connection.
    Browser = 3,
    /// The right to start a worker in a place of the cluster: held until it has begun.
    Gate = 4,
    /// A worker's place in the cluster.
    Slot = 5,
    /// The key: changed by one transaction of the cluster at a time.
    Key = 6,
}

/// A lock that is held. An error releases it with the transaction.
#[derive(Debug)]
pub struct Lock {
    tag: pg_sys::LOCKTAG,
    session: bool,
}

const MODE: i32 = pg_sys::ExclusiveLock as i32;

/// The lock of a connection, if nobody has it; until the end of the transaction at most.
pub fn of(place: Place, connection: &Connection) -> Option<Lock> {
    // SAFETY: set once when the session starts.
    let database = unsafe { pg_sys::MyDatabaseId }.to_u32();
    acquire(tag(place, database, connection.mapping), false)
}

/// The same until the end of the process.
pub fn of_process(place: Place, connection: &Connection) -> Option<Lock> {
    // SAFETY: set once when the worker has connected.
    let database = unsafe { pg_sys::MyDatabaseId }.to_u32();
    acquire(tag(place, database, connection.mapping), true)
}

/// A lock of the whole cluster, if nobody has it. `process`: until the end of the process, and not of
/// the transaction.
pub fn of_cluster(place: Place, number: u32, process: bool) -> Option<Lock> {
    acquire(tag(place, 0, number), process)
}

fn tag(place: Place, database: u32, number: u32) -> pg_sys::LOCKTAG {
    pg_sys::LOCKTAG {
        locktag_field1: database,
        locktag_field2: number,
        locktag_field3: 0,
        locktag_field4: place as u16,
        locktag_type: pg_sys::LockTagType::LOCKTAG_USERLOCK as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    }
}

fn acquire(tag: pg_sys::LOCKTAG, session: bool) -> Option<Lock> {
    // SAFETY: a valid tag of a kind that nothing else in PostgreSQL uses.
    let got = unsafe { pg_sys::LockAcquire(&raw const tag, MODE, session, true) };
    // Made only where it was acquired: what is dropped is released.
    (got != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL).then(|| Lock { tag, session })
}

impl Lock {
    /// Keeps it until the end of the transaction or process.
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // After an error the transaction releases it, and nothing of PostgreSQL's may be called.
        if !std::thread::panicking() {
            // SAFETY: the lock was acquired by this transaction or process and is held.
            unsafe { pg_sys::LockRelease(&raw const self.tag, MODE, self.session) };
        }
    }
}

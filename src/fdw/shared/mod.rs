//! What the sessions of the cluster share: budgets, what servers were asked, the scans that are
//! running, the sizes of listings, how often was written, and answers.
//!
//! Where the library is preloaded that lies in PostgreSQL's main shared memory; from 17 on otherwise in
//! a segment that the first session makes and the others find by its name; else each session has its
//! own, without answers. What is in it is [`crate::api::Board`], with [`crate::api::Shelf`] beside it:
//! numbers that start as zeros and change one by one, so that no process can leave a lock behind.

mod activity;
mod memory;
mod shelf;

use pgrx::pg_sys;
use zeroize::Zeroizing;

pub use activity::{Entry, running, totals};
use memory::common;
pub use memory::prepare;

use super::connection::Connection;
use super::wait;
use crate::api::{Clock, Reader, Turnstile};

/// Where the requests to a server are counted: with those of every session that uses the same user
/// mapping.
pub fn turnstile(server: u32, mapping: u32) -> Turnstile {
    // SAFETY: set once when the session starts.
    let process = unsafe { pg_sys::MyProcPid };
    Turnstile {
        common: common(),
        server: number(server),
        credential: number(mapping),
        owner: process.unsigned_abs(),
        reader: None,
        clock: Clock::reading(memory::uptime),
        queue: wait::queue(),
    }
}

/// Whom the answers are for that a role reads through a connection. It is the role that asks and not the
/// one that the user mapping belongs to: what one has read is never given to another.
pub fn reader(connection: &Connection, role: pg_sys::Oid) -> Option<Reader> {
    let connection = serde_json::to_vec(connection).map(Zeroizing::new).ok()?;
    Some(Reader::new(number(role.to_u32()), &connection))
}

/// Has the answers that sessions keep together for the current role not found any more.
pub fn forget() {
    // SAFETY: reads the current role.
    let role = unsafe { pg_sys::GetUserId() };
    common().with(|board| board.forget(number(role.to_u32())));
}

/// The number of something in this database.
fn number(oid: u32) -> u64 {
    // SAFETY: set once when the session starts.
    let database = unsafe { pg_sys::MyDatabaseId.to_u32() };
    (u64::from(database) << 32) | u64::from(oid)
}

//! What the sessions of the cluster share: budgets, what servers were asked, the scans that are
//! running, and the sizes of listings.
//!
//! Where the library is preloaded that lies in PostgreSQL's main shared memory; from 17 on otherwise in
//! a segment that the first session makes and the others find by its name; else each session has its
//! own. What is in it is [`crate::api::Board`]: numbers that start as zeros and change one by one,
//! so that no process can leave a lock behind.

mod activity;
mod memory;

use pgrx::pg_sys;

pub use activity::{Entry, running, totals};
use memory::common;
pub use memory::prepare;

use super::wait;
use crate::api::{Clock, Turnstile};

/// Where the requests to a server are counted: with those of every session that uses the same user
/// mapping.
pub fn turnstile(server: u32, mapping: u32) -> Turnstile {
    // SAFETY: both are set once when the session starts.
    let (database, process) = unsafe { (pg_sys::MyDatabaseId.to_u32(), pg_sys::MyProcPid) };
    let number = |oid: u32| (u64::from(database) << 32) | u64::from(oid);
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

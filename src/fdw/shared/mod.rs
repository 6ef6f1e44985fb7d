//! What the sessions of the cluster share: budgets, and what servers were asked.
//!
//! Where the library is preloaded that lies in PostgreSQL's main shared memory; from 17 on otherwise in
//! a segment that the first session makes and the others find by its name; else each session has its
//! own. What is in it is [`crate::api::Board`]: numbers that start as zeros and change one by one,
//! so that no process can leave a lock behind.

mod memory;

use pgrx::pg_sys;

pub use memory::{common, prepare};

use super::connection::Connection;
use crate::api::{Clock, Ledger};

/// Where the requests of a connection are counted: with those of every session that uses the same
/// user mapping.
pub fn ledger(connection: &Connection) -> Ledger {
    // SAFETY: both are set once when the session starts.
    let (database, process) = unsafe { (pg_sys::MyDatabaseId.to_u32(), pg_sys::MyProcPid) };
    let number = |oid: u32| (u64::from(database) << 32) | u64::from(oid);
    Ledger {
        common: common(),
        server: number(connection.server_oid),
        credential: number(connection.mapping),
        owner: process.unsigned_abs(),
        clock: Clock::showing(memory::uptime()),
    }
}

//! The scans that are running in all sessions, and what servers were asked since the start.

use std::time::{SystemTime, UNIX_EPOCH};

use pgrx::pg_sys;

use super::common;
use crate::api::{Common, Progress, Reading, Scan};
use crate::fdw::options;

/// A scan's line among those that are running. It goes with this.
pub struct Entry {
    common: Common,
    place: Option<usize>,
}

impl Entry {
    /// Enters a scan of this session.
    pub fn new(server: pg_sys::Oid, table: pg_sys::Oid, step: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // SAFETY: both are set once when the session starts; the others read the current role and the
        // name of a relation that is open.
        let (process, database, role, table) = unsafe {
            let table = options::text(pg_sys::get_rel_name(table));
            (pg_sys::MyProcPid, pg_sys::MyDatabaseId, pg_sys::GetUserId(), table)
        };
        let scan = Scan {
            process: process.unsigned_abs(),
            database: database.to_u32(),
            role: role.to_u32(),
            since: u64::try_from(since.as_micros()).unwrap_or_default(),
            server: options::server_name(server),
            table,
            step: step.to_owned(),
        };
        let common = common();
        let place = common.with(|board| board.activity.enter(&scan)).flatten();
        Self { common, place }
    }

    /// Says how far it has come.
    pub fn update(&self, progress: &Progress) {
        if let Some(place) = self.place {
            self.common.with(|board| board.activity.update(place, progress));
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Also runs inside a transaction's abort: nothing of PostgreSQL's may be called here.
        if let Some(place) = self.place {
            self.common.with(|board| board.activity.leave(place));
        }
    }
}

/// The scans that run in all sessions. Of those of other roles the current user sees no more than that
/// they are, unless it may see everything that others do.
pub fn running() -> Vec<(Scan, Option<Progress>)> {
    let all = common().with(|board| board.activity.read()).unwrap_or_default();
    let alive = all.into_iter().filter(|(scan, _)| {
        // SAFETY: looks for a process by its number.
        unsafe { !pg_sys::BackendPidGetProc(scan.process.cast_signed()).is_null() }
    });
    alive
        .map(|(scan, progress)| {
            let visible = may_see(scan.role);
            (scan, visible.then_some(progress))
        })
        .collect()
}

fn may_see(role: u32) -> bool {
    // SAFETY: looks up memberships of roles, of which one may be gone.
    unsafe {
        let user = pg_sys::GetUserId();
        pg_sys::has_privs_of_role(user, role.into())
            || pg_sys::has_privs_of_role(user, pg_sys::ROLE_PG_READ_ALL_STATS.into())
    }
}

/// What the servers of this database were asked since the start, by their names.
pub fn totals() -> Vec<(String, Reading)> {
    let all = common().with(|board| board.totals()).unwrap_or_default();
    // SAFETY: set once when the session starts.
    let database = u64::from(unsafe { pg_sys::MyDatabaseId.to_u32() });
    let own = all.into_iter().filter(|(number, _)| number >> 32 == database);
    own.filter_map(|(number, reading)| {
        let server = u32::try_from(number & u64::from(u32::MAX)).ok()?;
        Some((options::server_name_if_any(server.into())?, reading))
    })
    .collect()
}

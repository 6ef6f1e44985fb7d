//! The foreign tables that a session has planned: looked up once, and again when something of them changed.
//!
//! The options of a table and of each of its columns are so many lookups in the catalogs that planning a
//! join of many tables takes longer for them than for all else. PostgreSQL says what changed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_int;
use std::rc::Rc;

use pgrx::pg_sys;
use pgrx::pg_sys::SysCacheIdentifier::{FOREIGNSERVEROID, FOREIGNTABLEREL};

use super::key::Key;
use crate::error::Result;
use crate::fdw::shown::{Column, Shown};

/// A foreign table as planning sees it.
pub struct Opened {
    /// What it shows.
    pub shown: Shown,
    /// Its columns that the catalogue knows.
    pub keys: Vec<Key>,
}

/// Tables that a session keeps: some 10 kB each.
const KEPT: usize = 256;

thread_local! {
    static OPENED: RefCell<HashMap<pg_sys::Oid, Rc<Opened>>> = RefCell::default();
    /// How often something changed.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
}

impl Opened {
    /// Looks a foreign table up, if it is not known.
    ///
    /// # Errors
    /// When the catalogue has no such table.
    pub fn of(oid: pg_sys::Oid) -> Result<Rc<Self>> {
        if let Some(known) = OPENED.with_borrow(|all| all.get(&oid).cloned()) {
            return Ok(known);
        }
        let changes = CHANGES.get();
        let opened = Rc::new(Self::look_up(oid)?);
        // What changed while it was looked up may have been read before it did.
        if CHANGES.get() == changes {
            OPENED.with_borrow_mut(|all| {
                if all.len() >= KEPT {
                    all.clear();
                }
                all.insert(oid, Rc::clone(&opened));
            });
        }
        Ok(opened)
    }

    fn look_up(oid: pg_sys::Oid) -> Result<Self> {
        let shown = Shown::of(oid)?;
        let asked_by = shown.table.keys();
        let keys = shown.columns.iter().filter_map(|column| column.key(&asked_by)).collect();
        Ok(Self { shown, keys })
    }
}

impl Column {
    /// What a condition on it can ask by.
    fn key(&self, asked_by: &[&str]) -> Option<Key> {
        let column = self.ours?;
        Some(Key {
            number: self.number,
            name: column.name,
            ty: column.ty,
            oid: self.oid,
            typmod: self.typmod,
            collation: self.collation,
            is_asked_by: asked_by.contains(&column.name),
        })
    }
}

/// Forgets a table, or all of them.
fn forget(table: Option<pg_sys::Oid>) {
    CHANGES.set(CHANGES.get().wrapping_add(1));
    // Nothing of PostgreSQL's is called while they are borrowed, from where this is called.
    OPENED.with_borrow_mut(|all| match table {
        Some(table) => drop(all.remove(&table)),
        None => all.clear(),
    });
}

/// A relation changed: with its name, its columns or their options, or those of a foreign table.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn relation_changed(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    forget((relation != pg_sys::InvalidOid).then_some(relation));
}

/// The options of a server changed, or those of a table by a statement about the catalog itself.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn options_changed(_argument: pg_sys::Datum, _cache: c_int, _hash: u32) {
    forget(None);
}

/// Hears of changes from now on; runs when the library is loaded.
pub fn listen() {
    let nothing = pg_sys::Datum::null();
    // SAFETY: callbacks are set while the library is loaded, on PostgreSQL's only thread.
    unsafe {
        pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), nothing);
        for cache in [FOREIGNSERVEROID, FOREIGNTABLEREL] {
            pg_sys::CacheRegisterSyscacheCallback(cache as c_int, Some(options_changed), nothing);
        }
    }
}

//! Basecamp in SQL: a PostgreSQL foreign data wrapper for Basecamp 2 and Basecamp 3/4.

pub mod api;
pub mod catalog;
pub mod error;
pub mod option;
pub mod plan;
pub mod rows;
pub mod value;

#[cfg(feature = "postgres")]
mod fdw;

#[cfg(feature = "postgres")]
::pgrx::pg_module_magic!(name, version);

/// Runs when PostgreSQL loads the library.
#[cfg(feature = "postgres")]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    fdw::init();
}

//! Basecamp in SQL: a PostgreSQL foreign data wrapper for Basecamp 2, 3, 4 and 5.
//!
//! # The map
//!
//! ```text
//! functions ──> fdw ──> rows ──> plan ──> catalog ──> value
//!                │        └────> api ──> oauth ──> seal   error: imported by all
//!                └────> option ──> api, catalog, plan     api, oauth ──> address, refusal, transport
//! ```
//!
//! [`catalog`] says what exists: tables, their columns and where rows come from, as literals.
//! [`plan`] decides what to ask: conditions and wanted columns become one `Scan`, plain data with its
//! number of requests. [`api`] speaks HTTP and knows no table. [`oauth`] gets tokens and renews them;
//! [`seal`] encrypts what rests on a disk. [`address`] says where credentials may go, [`transport`]
//! sets the HTTP library up and [`refusal`] reads what a server says when it refuses, for both. [`rows`] is the joint: a scan and a client become a stream of
//! rows. [`text`] makes rich text readable and [`mod@reference`] puts the catalogue into words. `fdw` is
//! the fence: everything that touches PostgreSQL's own structures; `functions` are what people call in
//! SQL. Both are compiled only with the feature `postgres`. The rest is safe Rust and tests without any
//! PostgreSQL: `cargo test --no-default-features`.
//!
//! # One SELECT
//!
//! ```text
//! SELECT content FROM bc.todos WHERE todolist_id = 7 AND NOT completed LIMIT 20
//! ```
//!
//! `fdw::planner` reads the clauses (`todolist_id` is fixed to 7; the condition on `completed` holds
//! for `false` alone), [`plan::choose()`] prices every source that gives the answer and takes the
//! list's own pages, and the scan travels to the executor as one text node. The executor starts a
//! task on a worker thread that pulls [`rows::Rows`], sleeps on its latch until a page has come, and
//! stores one row after another. A second page is asked for only when the first is used up.

pub mod address;
pub mod api;
pub mod catalog;
pub mod error;
pub mod oauth;
pub mod option;
pub mod plan;
pub mod reference;
pub mod refusal;
pub mod rows;
pub mod seal;
pub mod text;
pub mod transport;
pub mod value;

#[cfg(feature = "postgres")]
mod fdw;
#[cfg(feature = "postgres")]
mod functions;

#[cfg(feature = "postgres")]
::pgrx::pg_module_magic!(name, version);

/// Runs when PostgreSQL loads the library.
#[cfg(feature = "postgres")]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    fdw::init();
}

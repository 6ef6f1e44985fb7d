//! The fence: everything that touches PostgreSQL's own structures. All `unsafe`, nothing clever.
//!
//! Callbacks are adapters: pointers in, one decision of `plan` or `rows`, pointers out. No `pg_sys`
//! type leaves this folder, and nothing outside can name one.
#![expect(unsafe_code, reason = "PostgreSQL's callbacks are C; this folder is where that stays")]

mod bell;
mod compat;
pub mod connection;
mod discard;
pub mod encoding;
mod escape;
mod handler;
mod import;
pub mod json;
mod leave;
mod list;
mod modify;
pub mod named;
mod options;
pub mod report;
mod scan;
mod session;
mod setting;
pub mod shared;
mod shown;
mod slip;
mod token;
pub mod verb;
pub mod version;
pub mod wait;
mod wait_event;

pub use import::quoted;
pub use session::forget_answers;
pub use setting::is_preloaded;
pub use token::{authorize, has_key, login, rename, rotation};

/// Has shared memory set aside, and defines the settings; runs when the library is loaded.
pub fn init() {
    discard::listen();
    shared::prepare();
    scan::listen();
    scan::define_settings();
    scan::define_limit();
    scan::define_lookahead();
    // Last: it reserves the prefix.
    setting::define();
}

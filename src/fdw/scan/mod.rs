//! Scans: from PostgreSQL's clauses to a plan, and from its rows to tuples.

mod analyze;
mod append;
mod clause;
mod completion;
pub mod datum;
mod domain;
mod evaluation;
mod executor;
pub mod explain;
mod fixed;
mod forecast;
mod joined;
pub mod key;
mod lookahead;
mod notice;
mod offer;
mod opened;
mod planner;
mod private;
mod relation;
mod replay;
mod runs;
mod state;
mod statistics;
pub mod tuple;
mod upcoming;
mod upper;
pub mod wanted;
mod watch;
mod written;

pub use analyze::analyze_foreign_table;
pub use append::{
    foreign_async_configure_wait, foreign_async_notify, foreign_async_request,
    is_foreign_path_async_capable,
};
pub use executor::{
    begin_foreign_scan, end_foreign_scan, iterate_foreign_scan, rescan_foreign_scan,
};
pub use explain::explain_foreign_scan;
pub use forecast::define_limit;
pub use lookahead::define_setting as define_lookahead;
pub use planner::{define_settings, get_foreign_paths, get_foreign_plan, get_foreign_rel_size};
pub use upper::get_foreign_upper_paths;

/// Hears of changed tables, of joins and of what is asked about columns from now on; runs when the library is loaded.
pub fn listen() {
    opened::listen();
    lookahead::listen();
    statistics::listen();
}

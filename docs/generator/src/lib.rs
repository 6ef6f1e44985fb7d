//! What is documented from the sources themselves: a page for each table, from the catalogue and the
//! prices of plans, and the README's table of options.

mod case;
mod cost;
mod options;
mod page;
mod query;
mod verb;
mod writing;

pub use options::{options, with_options};
pub use page::{Page, pages};
pub use verb::with_functions;

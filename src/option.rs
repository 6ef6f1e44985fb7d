//! What may be configured: one table that the validator, the settings of a connection, the hints and
//! the README read.
//!
//! An option is a line of the table in `settings`: name, places, values, default and a sentence. Nothing
//! reads its text but the shape of that line, once. May import `api`, `catalog`, `plan`, `value` and
//! `error`.

mod declare;
mod entry;
mod settings;
mod shape;
#[cfg(test)]
mod tests;
mod validate;
mod values;

pub use entry::{Declared, Facts, Guard, Pairs, Place, Scope};
pub use settings::{OPTIONS, Settings};
pub use validate::{is_guarded, validate};
pub use values::{Authentication, Fence, Initiate, Location, ProjectSet, Scheme};

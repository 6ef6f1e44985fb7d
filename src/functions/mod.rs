//! What people call in SQL. Safe Rust only: each function is an adapter of a few lines.
//!
//! They are declared by hand in `sql/`. May import `api`, `catalog`, `fdw`, `oauth`, `option`,
//! `reference`, `seal`, `text`, `value` and `error`.

mod catalogue;
mod check;
mod download;
mod import;
mod oauth;
mod stats;
mod text;
mod verbs;

use crate::error::{Error, Kind, Result};

/// An argument that must not be NULL.
fn required<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str> {
    value.ok_or_else(|| Error::new(Kind::Invalid, format!("argument \"{name}\" must not be null")))
}

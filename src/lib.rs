//! Basecamp in SQL: a PostgreSQL foreign data wrapper for Basecamp 2 and Basecamp 3/4.

pub mod api;
pub mod catalog;
pub mod error;
pub mod option;
pub mod plan;
pub mod rows;
pub mod value;

//! What a column is, what a cell holds, and what a request is asked by.
//!
//! JSON of the API becomes such values, strictly ([`read`]), and they become JSON again
//! ([`mod@write`]). Imports only `serde_json`, `jiff` and `bytes`.

mod document;
mod elements;
mod flaw;
mod number;
mod person;
mod read;
mod time;
mod write;

use std::fmt;

use jiff::Timestamp;

pub use document::{Document, Kind, PER_ELEMENT, PER_MEMBER, Raw};
pub use elements::{Element, elements};
pub use number::beginning;
pub use person::person_ids;
pub use read::{Mismatch, Read};
pub use time::civil;

/// What a column is, in the few types that the API needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Type {
    /// Ids and byte sizes.
    Bigint,
    /// Ids of several people or projects.
    BigintArray,
    /// A flag.
    Boolean,
    /// A day without a time.
    Date,
    /// Counts and positions.
    Integer,
    /// Days of a week and the like.
    IntegerArray,
    /// Nested objects and arrays.
    Jsonb,
    /// Decimal fractions.
    Numeric,
    /// Everything textual; rich text is the HTML that it is.
    Text,
    /// Several texts.
    TextArray,
    /// A moment.
    Timestamptz,
}

/// What a cell holds. NULL is the absence of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A 64-bit integer.
    Bigint(i64),
    /// 64-bit integers, some of which may be NULL.
    BigintArray(Vec<Option<i64>>),
    /// A flag.
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// A 32-bit integer.
    Integer(i32),
    /// 32-bit integers, some of which may be NULL.
    IntegerArray(Vec<Option<i32>>),
    /// JSON text.
    Jsonb(String),
    /// A decimal number as it was spelled.
    Numeric(String),
    /// Text without U+0000, which PostgreSQL cannot store.
    Text(String),
    /// Texts, some of which may be NULL.
    TextArray(Vec<Option<String>>),
    /// Microseconds since 1970-01-01 00:00 UTC.
    Timestamptz(i64),
}

impl Value {
    /// The bytes that it points to.
    pub fn weight(&self) -> usize {
        match self {
            Self::Jsonb(text) | Self::Numeric(text) | Self::Text(text) => text.len(),
            Self::BigintArray(values) => size_of_val(values.as_slice()),
            Self::IntegerArray(values) => size_of_val(values.as_slice()),
            Self::TextArray(values) => {
                let texts = values.iter().flatten().map(String::len);
                size_of_val(values.as_slice()) + texts.sum::<usize>()
            }
            Self::Bigint(_)
            | Self::Boolean(_)
            | Self::Date(_)
            | Self::Integer(_)
            | Self::Timestamptz(_) => 0,
        }
    }
}

/// A value that a request is asked by: of a hole in a path or a parameter.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Scalar {
    /// Days since 1970-01-01.
    Date(i32),
    /// An id.
    Id(i64),
    /// Microseconds since 1970-01-01 00:00 UTC.
    Moment(i64),
    /// A text.
    Text(String),
}

impl Scalar {
    /// The id that it is.
    pub const fn id(&self) -> Option<i64> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether a time is one that the calendar has: PostgreSQL has times without end.
    pub fn is_finite(&self) -> bool {
        match self {
            Self::Date(days) => civil(*days).is_some(),
            Self::Moment(micros) => Timestamp::from_microsecond(*micros).is_ok(),
            Self::Id(_) | Self::Text(_) => true,
        }
    }
}

impl fmt::Display for Scalar {
    /// A date is written with dashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Text(text) => f.write_str(text),
            Self::Date(days) => match civil(*days) {
                Some(date) => write!(f, "{date}"),
                None => write!(f, "{days}"),
            },
            Self::Moment(micros) => match Timestamp::from_microsecond(*micros) {
                Ok(moment) => write!(f, "{moment}"),
                Err(_) => write!(f, "{micros}"),
            },
        }
    }
}

impl Type {
    /// The type's name in SQL.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Bigint => "bigint",
            Self::BigintArray => "bigint[]",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::IntegerArray => "integer[]",
            Self::Jsonb => "jsonb",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::TextArray => "text[]",
            Self::Timestamptz => "timestamp with time zone",
        }
    }
}

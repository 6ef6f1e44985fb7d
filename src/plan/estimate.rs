//! What a plan costs, and what is known of the sizes of listings.

use serde::{Deserialize, Serialize};

/// Records in a listing across the account, before anything is known of it.
///
/// To take a large listing for a small one costs more than the reverse: twenty ids are twenty requests,
/// whatever else there is. Hundreds of them are not worth asking for one by one before more is known.
pub const UNKNOWN_ACCOUNT: f64 = 1_800.0;
/// Projects of an account, before anything is known.
pub const UNKNOWN_PROJECTS: f64 = 30.0;
/// Records in one container, before anything is known.
pub const UNKNOWN_CHILDREN: f64 = 20.0;

/// Rows of the first page of a listing.
pub const FIRST_PAGE: f64 = 15.0;

/// What a plan costs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Estimate {
    /// HTTP requests for all rows.
    pub requests: f64,
    /// Rows.
    pub rows: f64,
    /// Requests before the first row can come, once however often the scan is started again.
    pub once: f64,
}

impl Estimate {
    pub(super) fn times(self, factor: f64) -> Self {
        Self { requests: self.requests * factor, rows: self.rows * factor, once: self.once }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            rows: self.rows + other.rows,
            once: self.once + other.once,
        }
    }
}

/// Sizes of listings, as their `X-Total-Count` told them.
pub trait Counts {
    /// Rows of the listing at this address, if it was ever read.
    fn total(&self, address: &str) -> Option<u64>;
}

/// No listing was ever read.
#[derive(Debug, Clone, Copy)]
pub struct NothingKnown;

impl Counts for NothingKnown {
    fn total(&self, _: &str) -> Option<u64> {
        None
    }
}

/// Requests for a listing of `rows` rows: pages grow 15, 30, 50, then 100. An estimate only: what is
/// asked follows the links.
pub fn pages(rows: f64) -> f64 {
    match rows {
        n if n <= FIRST_PAGE => 1.0,
        n if n <= 45.0 => 2.0,
        n if n <= 95.0 => 3.0,
        n => 3.0 + ((n - 95.0) / 100.0).ceil(),
    }
}

/// The same for Basecamp 2, where a full page of 50 may be the last but does not say so.
pub fn numbered_pages(rows: f64) -> f64 {
    1.0 + (rows / 50.0).floor()
}

#[cfg(test)]
mod tests {
    use super::{numbered_pages, pages};

    #[test]
    fn a_full_page_of_basecamp_2_is_followed_by_another() {
        assert_eq!([0.0, 49.0, 50.0, 20_000.0].map(numbered_pages), [1.0, 1.0, 2.0, 401.0]);
    }

    #[test]
    fn twenty_thousand_rows_are_203_requests() {
        assert_eq!(pages(20_000.0), 203.0);
        assert_eq!([0.0, 15.0, 16.0, 45.0, 95.0, 96.0].map(pages), [1.0, 1.0, 2.0, 2.0, 3.0, 4.0]);
    }
}

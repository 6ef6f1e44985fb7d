//! Lookahead: a nested loop's next keys, told to the scan on its inner side before they come to it.
//!
//! PostgreSQL hands the keys of a nested loop to the inner side one by one, so that a scan which is
//! asked by them has one request under way at a time. A node between the loop and its outer side reads
//! some rows of that side ahead, gives them on one by one as they came, and says what the scan will be
//! started with for each. The scan starts those runs meanwhile and takes one of them when it is started
//! with the same values. What the join means is PostgreSQL's alone: without the node, or with keys that
//! never come, the rows are the same.
//!
//! ```text
//! Nested Loop
//!   -> Custom Scan (Basecamp Lookahead) on todos t     `executor`: reads ahead, and tells `upcoming`
//!        -> Seq Scan on local
//!   -> Foreign Scan on todos t                         `state`: starts what is upcoming
//! ```

mod executor;
mod explain;
mod planner;

pub use planner::{define_setting, listen};

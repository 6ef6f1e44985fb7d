//! The requests that many kinds of things have.

use crate::catalog::operation::{Clear, Member, Operation, member};
pub(crate) use crate::catalog::operation::{change, delete, insert, set};

/// The place that something is moved to.
const PLACE: &[Member] = &[member("position", &["position"]).cleared(Clear::Never)];

/// A record in another place, the last one where the number is out of range. It is sent once, since
/// moving twice is moving past another.
pub const fn moved(name: &'static str, path: &'static str) -> Operation {
    Operation { attempts: 1, ..change(name, path, PLACE) }
}

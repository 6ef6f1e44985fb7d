//! The requests that many kinds of things have.

use crate::catalog::operation::{
    Answer, Clear, Effect, Member, Method, OPERATION, Operation, member,
};

/// A new record. It is sent once: a second one would be another record.
pub const fn insert(
    name: &'static str,
    path: &'static str,
    members: &'static [Member],
) -> Operation {
    Operation {
        name,
        effect: Effect::Insert,
        method: Method::Post,
        path,
        members,
        answer: Answer::Record,
        attempts: 1,
        ..OPERATION
    }
}

/// A record of which what is sent is changed.
pub const fn change(
    name: &'static str,
    path: &'static str,
    members: &'static [Member],
) -> Operation {
    Operation { name, path, members, answer: Answer::Record, ..OPERATION }
}

/// The place that something is moved to.
const PLACE: &[Member] = &[member("position", &["position"]).cleared(Clear::Never)];

/// A record in another place, the last one where the number is out of range. It is sent once, since
/// moving twice is moving past another.
pub const fn moved(name: &'static str, path: &'static str) -> Operation {
    Operation { attempts: 1, ..change(name, path, PLACE) }
}

/// A record that is removed, into the trash where there is one. There is no way back out of it.
pub const fn delete(name: &'static str, path: &'static str) -> Operation {
    Operation { name, effect: Effect::Delete, method: Method::Delete, path, ..OPERATION }
}

/// A state that an address stands for.
pub const fn set(
    name: &'static str,
    (column, value): (&'static str, &'static str),
    method: Method,
    path: &'static str,
) -> Operation {
    Operation { name, effect: Effect::Set(column, value), method, path, ..OPERATION }
}

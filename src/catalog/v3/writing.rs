//! Operations that many kinds of recordings have.

use crate::catalog::operation::{Answer, Effect, Member, Method, OPERATION, Omission, Operation};

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

/// A record that takes the place of the one that is there.
pub const fn replace(
    name: &'static str,
    path: &'static str,
    members: &'static [Member],
) -> Operation {
    Operation {
        name,
        path,
        members,
        omission: Omission::Cleared,
        answer: Answer::Record,
        ..OPERATION
    }
}

const fn state(name: &'static str, status: &'static str, path: &'static str) -> Operation {
    Operation { name, effect: Effect::Set("status", status), path, ..OPERATION }
}

/// Back from the archive or the trash.
pub const ACTIVATE: Operation =
    state("restored recording", "active", "/recordings/{id}/status/active.json");
/// Into the archive.
pub const ARCHIVE: Operation =
    state("archived recording", "archived", "/recordings/{id}/status/archived.json");
/// Into the trash.
pub const TRASH: Operation =
    state("trashed recording", "trashed", "/recordings/{id}/status/trashed.json");
/// Into the trash too: recordings are not removed for good.
pub const DELETE: Operation = Operation { effect: Effect::Delete, ..TRASH };

/// The connected person follows it.
pub const SUBSCRIBE: Operation = Operation {
    name: "subscription",
    effect: Effect::Verb("subscribe"),
    method: Method::Post,
    path: "/recordings/{id}/subscription.json",
    answer: Answer::Other,
    // Following twice is following once, but Basecamp's own clients give up earlier here.
    attempts: 2,
    ..OPERATION
};
/// The connected person follows it no more.
pub const UNSUBSCRIBE: Operation = Operation {
    name: "end of a subscription",
    effect: Effect::Verb("unsubscribe"),
    method: Method::Delete,
    path: "/recordings/{id}/subscription.json",
    ..OPERATION
};

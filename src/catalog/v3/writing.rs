//! Operations that many kinds of recordings have.

use crate::catalog::operation::{
    Answer, Clear, Effect, Member, Method, OPERATION, Omission, Operation, member, people,
};
pub(crate) use crate::catalog::operation::{change, delete, insert, set};

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

/// A record in another place. It is sent once, since moving twice is moving past another.
pub const fn moved(
    name: &'static str,
    method: Method,
    path: &'static str,
    members: &'static [Member],
) -> Operation {
    Operation { name, method, path, members, attempts: 1, ..OPERATION }
}

const fn state(name: &'static str, status: &'static str, path: &'static str) -> Operation {
    set(name, ("status", status), Method::Put, path)
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

/// Whether clients see it, which only what decides that for itself takes.
pub const VISIBILITY: Operation = change(
    "visibility to clients",
    "/recordings/{id}/client_visibility.json",
    &[member("visible_to_clients", &["visible_to_clients"]).required()],
);

/// Into another folder, or to another place in it.
pub const FILING: Operation = moved(
    "filed recording",
    Method::Post,
    "/recordings/{id}/filing.json",
    &[member("parent_id", &["vault_id"]).required(), PLACE],
);

/// The place that something is moved to, the first if it is not said.
pub const PLACE: Member = member("position", &["position"]).cleared(Clear::Never);

/// Where the viewer's bookmark of a thing is.
pub const BOOKMARK: &str = "/recordings/{recording_id}/bookmark.json";

/// What is new with a name and a description.
pub const NAMED: &[Member] =
    &[member("name", &["name"]).required(), member("description", &["description"])];

/// Who is to do it.
pub const ASSIGNED: Member = people("assignee_ids", &["assignee_ids", "assignees"]);

//! Campfires and what is said in them.

use super::shared::{
    BOOSTABLE, BUCKET, CREATOR, ENVELOPE, PARENT_TITLE, PARENT_TYPE, POSITION, SUBSCRIBABLE,
    children, single, tool,
};
use crate::catalog::{Column, Covers, Each, Field, STATUS, Source, Statuses, Table};
use crate::value::Type::{Bigint, Jsonb, Text};

/// Chat rooms of projects.
pub static CAMPFIRES: Table = Table {
    name: "campfires",
    about: "Chat rooms of projects.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            Column::plain("topic", Text, "Topic of the room."),
            Column::plain("lines_url", Text, "Address of its lines."),
            Column::plain("files_url", Text, "Address of the files posted in it."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/chats/{id}.json"),
        Source {
            covers: Covers::Account,
            ..children("campfires of the account", "/chats.json")
        },
        tool("/chats/{id}.json", "chat"),
    ],
    scoped: true,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

/// What is said in chat rooms. A line is only found through its room.
pub static CAMPFIRE_LINES: Table = Table {
    name: "campfire_lines",
    about: "Lines of chat rooms, texts and posted files alike.",
    columns: &[
        ENVELOPE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        &[
            Column::plain(
                "content",
                Text,
                "What was said, as text or HTML; NULL for a posted file.",
            ),
            Column::plain("attachments", Jsonb, "Files of the line."),
            Column::at(
                "campfire_id",
                Bigint,
                Field::Member("parent.id"),
                "Room in which it was said.",
            ),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/chats/{campfire_id}/lines/{id}.json"),
        lines("lines of a campfire", None),
        lines(
            "lines of every campfire",
            Some(Each::row("campfires", &[("campfire_id", "id")])),
        ),
    ],
    scoped: true,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

/// The lines of a room. They have no trash and no archive of their own, so this listing is all that
/// there is, whatever status is wanted.
const fn lines(name: &'static str, each: Option<Each>) -> Source {
    Source {
        each,
        statuses: Statuses::Any,
        ..children(name, "/chats/{campfire_id}/lines.json")
    }
}

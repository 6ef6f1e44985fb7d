//! Message boards, messages and their types, and the comments on anything.

use super::shared::{
    ASKED_PROJECT, BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATED_AT, CREATOR, ENVELOPE,
    EVERY_PROJECT, ID, PARENT_TITLE, PARENT_TYPE, POSITION, SUBSCRIBABLE, UPDATED_AT, children,
    container, everything, recordings, single, tool, walked,
};
use super::writing::{ACTIVATE, ARCHIVE, DELETE, TRASH, VISIBILITY, change, delete, insert};
use crate::catalog::column::{at, plain};
use crate::catalog::operation::{Clear, Member, member};
use crate::catalog::{Parameter, SOURCE, STATUS, Sorts, Source, TABLE, Table};
use crate::value::Type::{Bigint, Integer, Text};

/// Message boards, one or more in a project.
pub static MESSAGE_BOARDS: Table = Table {
    name: "message_boards",
    about: "Message boards of projects.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            plain("messages_count", Integer, "Number of messages."),
            plain("messages_url", Text, "Address of its messages."),
            plain("app_messages_url", Text, "Web address of its messages."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/message_boards/{id}.json"),
        tool("/message_boards/{id}.json", "message_board"),
    ],
    scoped: true,
    ..TABLE
};

/// Published messages.
pub static MESSAGES: Table = Table {
    name: "messages",
    about: "Published messages on message boards.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[
            plain("subject", Text, "Subject line."),
            at("category_id", Bigint, "category.id", "Message type, if it has one."),
            at("category_name", Text, "category.name", "Name of the message type."),
            at("category_icon", Text, "category.icon", "Emoji of the message type."),
            at("message_board_id", Bigint, "parent.id", "Message board that it is on."),
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/messages/{id}.json"),
        Source {
            sorts: Sorts::Moment,
            ..children("messages of a board", "/message_boards/{message_board_id}/messages.json")
        },
        recordings(&[
            Parameter::Fixed("type", "Message"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
        everything("messages of the account", "/messages.json"),
    ],
    operations: &[
        insert(
            "new message",
            "/message_boards/{message_board_id}/messages.json",
            &[
                member("subject", &["subject"]).required(),
                member("content", &["content"]),
                // Basecamp would keep it as a draft, which is in no listing.
                member("status", &["status"]).otherwise("active"),
                member("category_id", &["category_id"]).cleared(Clear::Omitted),
                member("subscriptions", &[]),
                member("visible_to_clients", &["visible_to_clients"]),
            ],
        ),
        change(
            "changed message",
            "/messages/{id}.json",
            &[
                member("subject", &["subject"]).cleared(Clear::Never),
                member("content", &["content"]),
                member("category_id", &["category_id"]).cleared(Clear::Never),
                member("subscriptions", &[]),
                member("notify", &[]),
            ],
        ),
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["subject", "content"],
    container: container("message_board_id", "/message_boards/{message_board_id}.json"),
    ..TABLE
};

/// Comments on recordings of any kind. No address serves a recording of unknown kind, so the project
/// of a commented one cannot be learned and there is no container.
pub static COMMENTS: Table = Table {
    name: "comments",
    about: "Comments on recordings of any kind.",
    columns: &[
        ENVELOPE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[
            at("recording_id", Bigint, "parent.id", "Recording that it comments on."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/comments/{id}.json"),
        children("comments of a recording", "/recordings/{recording_id}/comments.json"),
        recordings(&[
            Parameter::Fixed("type", "Comment"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
        everything("comments of the account", "/comments.json"),
    ],
    operations: &[
        insert(
            "new comment",
            "/recordings/{recording_id}/comments.json",
            &[member("content", &["content"]).required()],
        ),
        change(
            "changed comment",
            "/comments/{id}.json",
            &[member("content", &["content"]).required()],
        ),
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["content"],
    ..TABLE
};

/// Types of messages, which Basecamp calls categories. Each project has its own.
pub static MESSAGE_TYPES: Table = Table {
    name: "message_types",
    about: "Types that messages of a project can have.",
    columns: &[&[
        ID,
        plain("name", Text, "Its name."),
        plain("icon", Text, "Its emoji."),
        CREATED_AT,
        UPDATED_AT,
        ASKED_PROJECT,
    ]],
    sources: &[
        single("/buckets/{project_id}/categories/{id}.json"),
        TYPES_OF_A_PROJECT,
        walked("types of every project", EVERY_PROJECT, TYPES_OF_A_PROJECT),
    ],
    operations: &[
        insert("new message type", "/buckets/{project_id}/categories.json", MESSAGE_TYPE),
        change("changed message type", "/buckets/{project_id}/categories/{id}.json", MESSAGE_TYPE),
        delete("deleted message type", "/buckets/{project_id}/categories/{id}.json"),
    ],
    scoped: true,
    ..TABLE
};

/// What is written of a message type. What becomes of what is left out is not told.
const MESSAGE_TYPE: &[Member] =
    &[member("name", &["name"]).required(), member("icon", &["icon"]).required()];

const TYPES_OF_A_PROJECT: Source =
    Source { name: "types of a project", path: "/buckets/{project_id}/categories.json", ..SOURCE };

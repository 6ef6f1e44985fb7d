//! Campfires and what is said in them, chatbots, and private conversations.

use super::shared::{
    APP_URL, ASKED_PROJECT, BOOSTABLE, BUCKET, CREATED_AT, CREATOR, ENVELOPE, ID, PARENT_TITLE,
    PARENT_TYPE, POSITION, SUBSCRIBABLE, UPDATED_AT, URL, children, listing, single, tool, walked,
};
use super::writing::{VISIBILITY, change, delete, insert};
use crate::catalog::column::{asked, at, ids, plain};
use crate::catalog::operation::{Answer, Operation, member};
use crate::catalog::{
    Clear, Covers, Each, Permission, SOURCE, STATUS, Source, Statuses, TABLE, Table,
};
use crate::value::Type::{Bigint, Boolean, Jsonb, Text};

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
            plain("topic", Text, "Topic of the room."),
            plain("lines_url", Text, "Address of its lines."),
            plain("files_url", Text, "Address of the files posted in it."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/chats/{id}.json"),
        Source { covers: Covers::Account, ..children("campfires of the account", "/chats.json") },
        tool("/chats/{id}.json", "chat"),
    ],
    operations: &[VISIBILITY],
    scoped: true,
    ..TABLE
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
            plain("content", Text, "What was said, as text or HTML; NULL for a posted file."),
            plain("attachments", Jsonb, "Files of the line."),
            at("campfire_id", Bigint, "parent.id", "Room in which it was said."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/chats/{campfire_id}/lines/{id}.json"),
        lines("lines of a campfire", None),
        lines("lines of every campfire", Some(Each::row("campfires", &[("campfire_id", "id")]))),
    ],
    operations: &[
        insert(
            "new line",
            "/chats/{campfire_id}/lines.json",
            &[
                member("content", &["content"]).required(),
                // text/html where it is rich text; plain text otherwise.
                member("content_type", &[]),
            ],
        ),
        Operation {
            answer: Answer::Nothing,
            permission: Permission::Creator,
            ..change(
                "changed line",
                "/chats/{campfire_id}/lines/{id}.json",
                &[member("content", &["content"]).required()],
            )
        },
        Operation {
            permission: Permission::CreatorAndAdministrators,
            ..delete("deleted line", "/chats/{campfire_id}/lines/{id}.json")
        },
    ],
    scoped: true,
    ..TABLE
};

/// The lines of a room. They have no trash and no archive of their own, so this listing is all that
/// there is, whatever status is wanted.
const fn lines(name: &'static str, each: Option<Each>) -> Source {
    Source { each, statuses: Statuses::Any, ..children(name, "/chats/{campfire_id}/lines.json") }
}

/// Files posted in chat rooms: those lines again that have one, from a listing of their own.
pub static CAMPFIRE_UPLOADS: Table = Table {
    name: "campfire_uploads",
    about: "Lines of chat rooms with which files were posted.",
    columns: &[
        ENVELOPE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        &[
            plain("content", Text, "What was said with it, if anything."),
            plain("attachments", Jsonb, "Files of the line."),
            at("campfire_id", Bigint, "parent.id", "Room in which it was posted."),
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        POSTED,
        walked(
            "files of every campfire",
            Some(Each::row("campfires", &[("campfire_id", "id")])),
            POSTED,
        ),
    ],
    scoped: true,
    ..TABLE
};

const POSTED: Source =
    Source { name: "files of a campfire", path: "/chats/{campfire_id}/uploads.json", ..SOURCE };

/// Chatbots. They belong to the account but are listed at every room, with the address to speak in
/// that room; without one, the first room of the scope is asked, which has them all.
pub static CHATBOTS: Table = Table {
    name: "chatbots",
    about: "Chatbots of the account, with their address in one chat room.",
    columns: &[&[
        ID,
        CREATED_AT,
        UPDATED_AT,
        plain("service_name", Text, "Name by which people call it."),
        plain(
            "command_url",
            Text,
            "Address that is told when it is called; for administrators only.",
        ),
        URL,
        APP_URL,
        plain(
            "lines_url",
            Text,
            "Secret address with which it speaks in the room; for administrators only.",
        ),
        ASKED_PROJECT,
        asked("campfire_id", Bigint, "Room that was asked."),
    ]],
    sources: &[
        single("/buckets/{project_id}/chats/{campfire_id}/integrations/{id}.json"),
        BOTS,
        Source {
            without: &["campfire_id"],
            ..walked(
                "chatbots at the first campfire",
                Some(Each::Row {
                    table: "campfires",
                    fills: &[("project_id", "project_id"), ("campfire_id", "id")],
                    when: None,
                    first: true,
                }),
                BOTS,
            )
        },
        // A room that is named without its project is looked for in every project in scope.
        Source {
            needs: &["campfire_id"],
            ..walked(
                "chatbots at a campfire of any project",
                Some(Each::row(
                    "campfires",
                    &[("project_id", "project_id"), ("campfire_id", "id")],
                )),
                BOTS,
            )
        },
    ],
    operations: &[
        Operation {
            permission: Permission::Administrators,
            ..insert(
                "new chatbot",
                "/buckets/{project_id}/chats/{campfire_id}/integrations.json",
                &[
                    member("service_name", &["service_name"]).required(),
                    member("command_url", &["command_url"]),
                ],
            )
        },
        change(
            "changed chatbot",
            "/buckets/{project_id}/chats/{campfire_id}/integrations/{id}.json",
            &[
                member("service_name", &["service_name"]).required(),
                // Not sent again where it is not named: it may be one that the viewer is not shown.
                member("command_url", &["command_url"]).cleared(Clear::Never),
            ],
        ),
        // For the whole account, whichever room is named.
        delete(
            "deleted chatbot",
            "/buckets/{project_id}/chats/{campfire_id}/integrations/{id}.json",
        ),
    ],
    scoped: true,
    ..TABLE
};

const BOTS: Source = Source {
    name: "chatbots at a campfire",
    path: "/buckets/{project_id}/chats/{campfire_id}/integrations.json",
    ..SOURCE
};

/// Conversations with one person or a few, in no project. The API calls them circles.
pub static PINGS: Table = Table {
    name: "pings",
    about: "Private conversations of the viewer, which Basecamp calls pings.",
    columns: &[&[
        ID,
        plain("title", Text, "Its title."),
        plain("named", Boolean, "Whether it was given a name of its own."),
        CREATED_AT,
        UPDATED_AT,
        URL,
        APP_URL,
        plain("avatar_url", Text, "Address of the picture."),
        plain("image_url", Text, "Address of a picture that was set for it."),
        plain("room_url", Text, "Address of its chat room."),
        plain("bookmark_url", Text, "Address of the viewer's bookmark toggle."),
        plain("edit_title_url", Text, "Web address to name it."),
        at("links_lines", Text, "links.lines", "Address of its lines."),
        at("links_files", Text, "links.files", "Address of the files posted in it."),
        plain("people", Jsonb, "People in it."),
        ids("person_ids", "people", "Ids of the people in it."),
    ]],
    sources: &[single("/circles/{id}.json"), listing("pings of the viewer", "/circles.json")],
    operations: &[insert(
        "new ping",
        "/circles.json",
        &[member("user_ids", &["person_ids"]).required(), member("new_group", &[])],
    )],
    ..TABLE
};

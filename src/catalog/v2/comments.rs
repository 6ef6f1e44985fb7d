//! Comments and subscribers of everything that has them.

use super::shared::{CREATED_AT, CREATOR, IN_TRASH, PRIVATE, UPDATED_AT, by, in_each, inside};
use super::writing::{delete, insert};
use crate::catalog::column::{asked, at, first, from, plain};
use crate::catalog::operation::{Member, Operation, member};
use crate::catalog::{Column, Domain, Each, Field, Rows, Source, TABLE, TRASHED, Table, Way};
use crate::value::Type::{Bigint, Jsonb, Text, TextArray};

/// Segments of the addresses of things that are discussed, and the kinds of these.
const KINDS: &[(&str, &str)] = &[
    ("messages", "Message"),
    ("documents", "Document"),
    ("forwards", "Forward"),
    ("calendar_events", "CalendarEvent"),
    ("uploads", "Upload"),
    ("todolists", "Todolist"),
    ("todos", "Todo"),
];

/// What can be commented on.
const PARENT_TYPE: Domain = Domain { column: "parent_type", values: TYPES, default: TYPES };

const TYPES: &[&str] =
    &["Message", "Document", "Forward", "CalendarEvent", "Upload", "Todolist", "Todo"];

/// Each kind has its own segment of the address. Ids of different kinds are not the same.
const BY_PARENT_TYPE: &[Way] = &[
    Way { path: "messages", when: &[("parent_type", "Message")] },
    Way { path: "documents", when: &[("parent_type", "Document")] },
    Way { path: "forwards", when: &[("parent_type", "Forward")] },
    Way { path: "calendar_events", when: &[("parent_type", "CalendarEvent")] },
    Way { path: "uploads", when: &[("parent_type", "Upload")] },
    Way { path: "todolists", when: &[("parent_type", "Todolist")] },
    Way { path: "todos", when: &[("parent_type", "Todo")] },
];

/// An array of the record of a thing in a project.
const fn of_thing(name: &'static str, member: &'static str) -> Source {
    by(
        Source {
            rows: Rows::Maybe(member),
            ..inside(name, "/projects/{project_id}/{way}/{parent_id}.json", &[])
        },
        BY_PARENT_TYPE,
    )
}

/// An array of the record of an event in a calendar.
const fn of_calendar_event(name: &'static str, member: &'static str) -> Source {
    Source {
        rows: Rows::Maybe(member),
        ..inside(name, "/calendars/{calendar_id}/calendar_events/{parent_id}.json", &[])
    }
}

/// What a comment or subscriber belongs to, which its request tells.
const PARENT: &[Column] = &[
    first(
        "parent_type",
        Text,
        &[
            Field::Asked("parent_type"),
            Field::Word(&Field::Asked("section"), KINDS),
            Field::Given(&[(Field::Asked("calendar_id"), Bigint, "CalendarEvent")]),
        ],
        "Kind of the thing: Message, Document, Forward, CalendarEvent, Upload, Todolist or Todo.",
    ),
    asked("parent_id", Bigint, "Id of the thing, among those of its kind."),
    first(
        "project_id",
        Bigint,
        &[Field::Asked("project_id")],
        "Project that the thing is in; NULL in a calendar.",
    ),
    first(
        "calendar_id",
        Bigint,
        &[Field::Asked("calendar_id")],
        "Calendar that the event is in; NULL in a project.",
    ),
];

/// What is written of a comment.
const COMMENT: &[Member] = &[
    member("content", &["content"]).required(),
    // Objects of a token, which basecamp.upload_attachment gives, and a name.
    member("attachments", &["attachments"]),
    member("subscribers", &[]),
    member("new_subscriber_emails", &[]),
];

/// A comment on a thing of one kind.
const fn comment(when: &'static [(&'static str, &'static str)], path: &'static str) -> Operation {
    Operation { when, ..insert("new comment", path, COMMENT) }
}

/// Comments, which are in the record of what they are about. All that is discussed in projects has a
/// topic; whether topics tell of events in calendars is not promised, so their comments are read only
/// where a condition names calendar and event.
pub static COMMENTS: Table = Table {
    name: "comments",
    about: "Comments on things in projects, and on an event of a calendar that a condition names.",
    columns: &[
        &[
            plain("id", Bigint, "Identifier; some old answers leave it out."),
            plain("content", Text, "Text (HTML)."),
            PRIVATE,
            IN_TRASH,
            CREATED_AT,
            UPDATED_AT,
        ],
        CREATOR,
        &[
            plain("attachments", Jsonb, "Files."),
            from(
                "attachment_keys",
                TextArray,
                Field::Each("attachments", "key"),
                "Keys of the files.",
            ),
        ],
        PARENT,
        &[
            plain(
                "topic_url",
                Text,
                "API address of the thing; only in the answer to a new comment.",
            ),
            plain(
                "topic_app_url",
                Text,
                "Web address of the thing; only in the answer to a new comment.",
            ),
        ],
    ],
    domains: &[PARENT_TYPE, TRASHED],
    sources: &[
        of_thing("comments of a thing", "comments"),
        of_calendar_event("comments of an event of a calendar", "comments"),
        in_each(
            "comments of every topic",
            Each::row(
                "topics",
                &[
                    ("project_id", "project_id"),
                    ("section", "topicable_section"),
                    ("parent_id", "topicable_id"),
                ],
            ),
            Source {
                rows: Rows::Maybe("comments"),
                ..inside("", "/projects/{project_id}/{section}/{parent_id}.json", &[])
            },
        ),
    ],
    operations: &[
        comment(
            &[("parent_type", "Message")],
            "/projects/{project_id}/messages/{parent_id}/comments.json",
        ),
        comment(
            &[("parent_type", "Document")],
            "/projects/{project_id}/documents/{parent_id}/comments.json",
        ),
        comment(
            &[("parent_type", "Forward")],
            "/projects/{project_id}/forwards/{parent_id}/comments.json",
        ),
        comment(
            &[("parent_type", "CalendarEvent")],
            "/projects/{project_id}/calendar_events/{parent_id}/comments.json",
        ),
        comment(
            &[("parent_type", "Upload")],
            "/projects/{project_id}/uploads/{parent_id}/comments.json",
        ),
        comment(
            &[("parent_type", "Todolist")],
            "/projects/{project_id}/todolists/{parent_id}/comments.json",
        ),
        comment(
            &[("parent_type", "Todo")],
            "/projects/{project_id}/todos/{parent_id}/comments.json",
        ),
        delete("trashed comment", "/projects/{project_id}/comments/{id}.json"),
    ],
    scoped: true,
    ..TABLE
};

/// Who hears of comments on a thing. Nothing lists the things that have subscribers.
pub static SUBSCRIBERS: Table = Table {
    name: "subscribers",
    about: "People who are told about comments on a thing that a condition names.",
    columns: &[
        PARENT,
        &[at("person_id", Bigint, "id", "Person."), plain("name", Text, "Name of the person.")],
    ],
    domains: &[PARENT_TYPE],
    sources: &[
        of_thing("subscribers of a thing", "subscribers"),
        of_calendar_event("subscribers of an event of a calendar", "subscribers"),
    ],
    scoped: true,
    ..TABLE
};

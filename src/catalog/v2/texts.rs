//! Documents, topics, messages, and the comments and subscribers of everything that has them.

use super::shared::{
    ADDRESSES, BUCKET, CREATED_AT, CREATOR, DISCUSSION, ID, IN_TRASH, PRIVATE, PROJECT, UPDATED_AT,
    by, in_each, in_each_project, inside, of_account, single,
};
use crate::catalog::column::{asked, at, first, from, plain};
use crate::catalog::{Column, Domain, Each, Field, Rows, Source, TABLE, TRASHED, Table, Way};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, TextArray, Timestamptz};

/// Documents of projects.
pub static DOCUMENTS: Table = Table {
    name: "documents",
    about: "Documents of projects.",
    columns: &[
        &[ID],
        PROJECT,
        &[
            plain("title", Text, "Title."),
            plain("content", Text, "Text (HTML)."),
            PRIVATE,
            IN_TRASH,
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        CREATOR,
        &[
            at("last_updater_id", Bigint, "last_updater.id", "Person who last edited it."),
            at(
                "last_updater_name",
                Text,
                "last_updater.name",
                "Name of the person who last edited it.",
            ),
        ],
        DISCUSSION,
    ],
    domains: &[TRASHED],
    sources: &[
        single("/projects/{project_id}/documents/{id}.json", &["url", "app_url"]),
        DOCUMENTS_OF_PROJECT,
        of_account("documents of the account", "/documents.json", DETAILS),
        in_each_project("documents of every project", DOCUMENTS_OF_PROJECT),
    ],
    scoped: true,
    ..TABLE
};

const DETAILS: &[&str] = &["content", "creator", "last_updater", "comments", "subscribers"];
const DOCUMENTS_OF_PROJECT: Source =
    inside("documents of a project", "/projects/{project_id}/documents.json", DETAILS);

/// Whether a discussion is archived, which only the listing tells that it is in.
const ARCHIVED: Domain =
    Domain { column: "archived", values: &["false", "true"], default: &["false", "true"] };

/// Active and archived topics have listings of their own.
const BY_ARCHIVED: &[Way] = &[
    Way { path: "", when: &[("archived", "false")] },
    Way { path: "/archived", when: &[("archived", "true")] },
];

const TOPICS_OF_ACCOUNT: Source =
    by(of_account("topics of the account", "/topics{way}.json", &[]), BY_ARCHIVED);
const TOPICS_OF_PROJECT: Source =
    by(inside("topics of a project", "/projects/{project_id}/topics{way}.json", &[]), BY_ARCHIVED);

/// Kinds of things that are discussed, and the segment of their addresses.
const SECTIONS: &[(&str, &str)] = &[
    ("Message", "messages"),
    ("Document", "documents"),
    ("Forward", "forwards"),
    ("CalendarEvent", "calendar_events"),
    ("Upload", "uploads"),
    ("Todolist", "todolists"),
    ("Todo", "todos"),
];

/// The same the other way round.
const KINDS: &[(&str, &str)] = &[
    ("messages", "Message"),
    ("documents", "Document"),
    ("forwards", "Forward"),
    ("calendar_events", "CalendarEvent"),
    ("uploads", "Upload"),
    ("todolists", "Todolist"),
    ("todos", "Todo"),
];

/// Everything that is discussed: messages always, other things once they have a comment.
pub static TOPICS: Table = Table {
    name: "topics",
    about: "Discussions: every message, and every other thing that has a comment.",
    columns: &[
        &[ID],
        BUCKET,
        &[
            plain("title", Text, "Title of the thing that is discussed."),
            plain("excerpt", Text, "Beginning of the latest comment."),
            at("attachments_count", Integer, "attachments", "Number of files."),
            PRIVATE,
            IN_TRASH,
            asked("archived", Boolean, "Whether the discussion is archived."),
            CREATED_AT,
            plain("updated_at", Timestamptz, "When something last happened in it."),
            at(
                "last_updater_id",
                Bigint,
                "last_updater.id",
                "Person who commented last, or who created it.",
            ),
            at(
                "last_updater_name",
                Text,
                "last_updater.name",
                "Name of the person who commented last, or who created it.",
            ),
            at(
                "topicable_id",
                Bigint,
                "topicable.id",
                "Id of the thing that is discussed, among those of its kind.",
            ),
            at(
                "topicable_type",
                Text,
                "topicable.type",
                "Kind of the thing: Message, Document, Forward, CalendarEvent, Upload, Todolist or Todo.",
            ),
            from(
                "topicable_section",
                Text,
                Field::Word(&Field::Member("topicable.type"), SECTIONS),
                "The same as a part of addresses: messages, documents and so on.",
            ),
            at("topicable_url", Text, "topicable.url", "API address of the thing."),
            at("topicable_app_url", Text, "topicable.app_url", "Web address of the thing."),
        ],
    ],
    domains: &[ARCHIVED, TRASHED],
    sources: &[
        TOPICS_OF_PROJECT,
        TOPICS_OF_ACCOUNT,
        in_each_project("topics of every project", TOPICS_OF_PROJECT),
    ],
    scoped: true,
    ..TABLE
};

/// Members that a topic does not tell of its message, or tells of itself.
const NOT_OF_MESSAGE: &[&str] =
    &["content", "creator", "created_at", "updated_at", "attachments", "comments", "subscribers"];

/// Messages, found through their topics: they have no listing.
pub static MESSAGES: Table = Table {
    name: "messages",
    about: "Messages of projects.",
    columns: &[
        &[
            first(
                "id",
                Bigint,
                &[Field::Member("topicable.id"), Field::Member("id")],
                "Identifier.",
            ),
            first(
                "project_id",
                Bigint,
                &[
                    Field::Member("bucket.id"),
                    Field::Asked("project_id"),
                    Field::InUrl("topicable.url", "/projects/"),
                ],
                "Project.",
            ),
            first(
                "project_name",
                Text,
                &[Field::Member("bucket.name"), Field::Bucket("name")],
                "Name of the project.",
            ),
            from(
                "topic_id",
                Bigint,
                Field::When { path: "id", when: "topicable.type", is: "Message" },
                "Topic of the message, by which it is archived.",
            ),
            asked("archived", Boolean, "Whether the discussion is archived."),
            first("subject", Text, &[Field::Member("subject"), Field::Member("title")], "Subject."),
            plain("content", Text, "Text (HTML)."),
            PRIVATE,
            IN_TRASH,
            CREATED_AT,
            UPDATED_AT,
            at("url", Text, "topicable.url", "API address."),
            at("app_url", Text, "topicable.app_url", "Web address."),
        ],
        CREATOR,
        &[plain("attachments", Jsonb, "Files; the documentation does not show them.")],
        DISCUSSION,
    ],
    domains: &[ARCHIVED, TRASHED],
    sources: &[
        single("/projects/{project_id}/messages/{id}.json", &["topicable"]),
        of_message(TOPICS_OF_PROJECT),
        of_message(TOPICS_OF_ACCOUNT),
        of_message(in_each_project("topics of every project", TOPICS_OF_PROJECT)),
    ],
    scoped: true,
    keep: Some(("topicable.type", "Message")),
    ..TABLE
};

const fn of_message(topics: Source) -> Source {
    Source { lacks: NOT_OF_MESSAGE, ..topics }
}

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

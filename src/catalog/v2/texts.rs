//! Documents, topics and messages.

use super::shared::{
    ADDRESSES, BUCKET, CREATED_AT, CREATOR, DISCUSSION, ID, IN_TRASH, PRIVATE, PROJECT, UPDATED_AT,
    by, in_each_project, inside, of_account, single,
};
use super::writing::{change, delete, insert, set};
use crate::catalog::column::{asked, at, first, from, plain};
use crate::catalog::operation::{Clear, Method, member};
use crate::catalog::{Domain, Field, Source, TABLE, TRASHED, Table, Way};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, Timestamptz};

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
    operations: &[
        insert(
            "new document",
            "/projects/{project_id}/documents.json",
            &[
                member("title", &["title"]).required(),
                member("content", &["content"]),
                member("private", &["private"]),
            ],
        ),
        change(
            "changed document",
            "/projects/{project_id}/documents/{id}.json",
            &[
                member("title", &["title"]).cleared(Clear::Never),
                member("content", &["content"]),
                member("private", &["private"]),
            ],
        ),
        delete("trashed document", "/projects/{project_id}/documents/{id}.json"),
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
    operations: &[
        set(
            "archived topic",
            ("archived", "true"),
            Method::Put,
            "/projects/{project_id}/topics/{id}/archive.json",
        ),
        set(
            "restored topic",
            ("archived", "false"),
            Method::Put,
            "/projects/{project_id}/topics/{id}/activate.json",
        ),
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
    operations: &[
        insert(
            "new message",
            "/projects/{project_id}/messages.json",
            &[
                member("subject", &["subject"]).required(),
                member("content", &["content"]),
                member("private", &["private"]),
                member("subscribers", &["subscriber_ids"]),
                // Objects of a token, which basecamp.upload_attachment gives, and a name.
                member("attachments", &["attachments"]),
                member("new_subscriber_emails", &[]),
            ],
        ),
        change(
            "changed message",
            "/projects/{project_id}/messages/{id}.json",
            &[
                member("subject", &["subject"]).cleared(Clear::Never),
                member("content", &["content"]),
                member("private", &["private"]),
            ],
        ),
        set(
            "archived message",
            ("archived", "true"),
            Method::Put,
            "/projects/{project_id}/topics/{topic_id}/archive.json",
        ),
        set(
            "restored message",
            ("archived", "false"),
            Method::Put,
            "/projects/{project_id}/topics/{topic_id}/activate.json",
        ),
        delete("trashed message", "/projects/{project_id}/messages/{id}.json"),
    ],
    scoped: true,
    keep: Some(("topicable.type", "Message")),
    ..TABLE
};

const fn of_message(topics: Source) -> Source {
    Source { lacks: NOT_OF_MESSAGE, ..topics }
}

//! Recordings of every kind that can be listed, and what is around one: events, boosts, followers.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATED_AT, CREATOR, DESCRIPTION, ENVELOPE, ID,
    PARENT, POSITION, SUBSCRIBABLE, children, recordings, single,
};
use super::writing::{
    ACTIVATE, ARCHIVE, BOOKMARK, DELETE, TRASH, VISIBILITY, change, delete, insert, set,
};
use crate::catalog::column::{asked, at, first, outer, person, plain};
use crate::catalog::operation::{ATTEMPTS, Answer, Member, Method, Operation, member};
use crate::catalog::{
    Column, Domain, Field, Parameter, Permission, Rows, SOURCE, STATUS, Source, Statuses, TABLE,
    Table,
};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

/// The types that the listing across projects knows, one per request.
const TYPES: &[&str] = &[
    "Comment",
    "Document",
    "Door",
    "Kanban::Card",
    "Kanban::Step",
    "Message",
    "Question::Answer",
    "Schedule::Entry",
    "Todo",
    "Todolist",
    "Upload",
    "Vault",
];

/// Recordings of the twelve listable types. No address serves a recording of unknown type, so a
/// condition on the id does not say where to read.
pub static RECORDINGS: Table = Table {
    name: "recordings",
    about: "Recordings of every type that Basecamp lists across projects.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        PARENT,
        BUCKET,
        CREATOR,
        CONTENT,
        DESCRIPTION,
        &[
            POSITION,
            plain("bubble_up_url", Text, "Address to bubble it up."),
            plain("subject", Text, "Subject line of a message."),
            plain("group_on", Date, "Day that a check-in answer is for."),
            plain("from", Text, "Sender, where it came by e-mail."),
            plain("replies_count", Integer, "Number of replies."),
            plain("replies_url", Text, "Address of its replies."),
            at("service_code", Text, "service.code", "Code of the service that a door leads to."),
            at("service_name", Text, "service.name", "Name of the service that a door leads to."),
            plain("service", Jsonb, "The service that a door leads to, whole."),
        ],
    ],
    domains: &[STATUS, Domain { column: "type", values: TYPES, default: TYPES }],
    sources: &[recordings(&[
        Parameter::Domain("type"),
        Parameter::Projects("bucket"),
        Parameter::Status,
    ])],
    operations: &[VISIBILITY, ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    ..TABLE
};

/// The change log of one recording.
pub static RECORDING_EVENTS: Table = Table {
    name: "recording_events",
    about: "What happened to a recording, newest first; the recording must be given.",
    columns: &[
        &[
            plain("id", Bigint, "Identifier."),
            plain("recording_id", Bigint, "Recording that it happened to."),
            plain("action", Text, "What happened: created, completed and others."),
            plain("details", Jsonb, "More about it, different for each action."),
            plain("created_at", Timestamptz, "When it happened."),
        ],
        BOOSTABLE,
        CREATOR,
        &[
            person(
                "performed_by_id",
                Bigint,
                "performed_by.id",
                "Who did it on the author's behalf.",
            ),
            at(
                "performed_by_name",
                Text,
                "performed_by.name",
                "Name of who did it on the author's behalf.",
            ),
        ],
    ],
    sources: &[Source {
        statuses: Statuses::Any,
        ..children("events of a recording", "/recordings/{recording_id}/events.json")
    }],
    ..TABLE
};

/// What is told of a boost.
const BOOST: &[Column] = &[
    ID,
    plain("content", Text, "What it says, a few characters or an emoji."),
    CREATED_AT,
    person(
        "booster_id",
        Bigint,
        "booster.id",
        "Who boosted; NULL for Basecamp's own actors, which have no number.",
    ),
    at("booster_name", Text, "booster.name", "Name of who boosted."),
    at(
        "booster_email_address",
        Text,
        "booster.email_address",
        "E-mail address of who boosted, redacted for viewers who may not see it.",
    ),
];

/// What is written of a boost.
const TEXT: &[Member] = &[member("content", &["content"]).required()];

/// Boosts of recordings and of what happened to them. What was boosted cannot be enumerated. A boost
/// does not say that it is of an event, so only a condition on the event reads those.
pub static BOOSTS: Table = Table {
    name: "boosts",
    about: "Boosts of a recording, or of an event of one; the recording must be given.",
    columns: &[
        BOOST,
        &[
            at(
                "recording_title",
                Text,
                "recording.title",
                "Title of what was boosted; fetched for each boost.",
            ),
            at(
                "recording_type",
                Text,
                "recording.type",
                "Kind of what was boosted; fetched for each boost.",
            ),
            first(
                "recording_id",
                Bigint,
                &[Field::Asked("recording_id"), Field::Member("recording.id")],
                "Recording that was boosted, itself or in an event.",
            ),
            at(
                "project_id",
                Bigint,
                "recording.bucket.id",
                "Project of what was boosted; fetched for each boost.",
            ),
            at(
                "project_name",
                Text,
                "recording.bucket.name",
                "Name of the project of what was boosted; fetched for each boost.",
            ),
            first(
                "event_id",
                Bigint,
                &[Field::Asked("event_id")],
                "Event that was boosted, where it was asked for; NULL otherwise.",
            ),
        ],
    ],
    sources: &[
        Source { without: &["event_id"], ..single("/boosts/{id}.json") },
        Source {
            name: "boosts of an event",
            path: "/recordings/{recording_id}/events/{event_id}/boosts.json",
            lacks: &["recording"],
            ..SOURCE
        },
        Source {
            name: "boosts of a recording",
            path: "/recordings/{recording_id}/boosts.json",
            without: &["event_id"],
            lacks: &["recording"],
            ..SOURCE
        },
    ],
    operations: &[
        insert(
            "new boost of an event",
            "/recordings/{recording_id}/events/{event_id}/boosts.json",
            TEXT,
        ),
        insert("new boost", "/recordings/{recording_id}/boosts.json", TEXT),
        change("changed boost", "/boosts/{id}.json", TEXT),
        Operation {
            permission: Permission::CreatorAndAdministrators,
            ..delete("deleted boost", "/boosts/{id}.json")
        },
    ],
    ..TABLE
};

/// Who follows what. Recordings of every kind have followers, so they cannot be enumerated.
pub static SUBSCRIPTIONS: Table = Table {
    name: "subscriptions",
    about: "People who follow a recording, which must be given.",
    columns: &[&[
        asked("recording_id", Bigint, "Recording that is followed."),
        person(
            "person_id",
            Bigint,
            "id",
            "Follower; NULL for Basecamp's own actors, which have no number.",
        ),
        at("person_name", Text, "name", "Name of the follower."),
        plain(
            "email_address",
            Text,
            "E-mail address of the follower, redacted for viewers who may not see it.",
        ),
        outer("subscribed", Boolean, "subscribed", "Whether the viewer follows it."),
        outer("count", Integer, "count", "Number of followers."),
        outer("url", Text, "url", "API address of the subscription."),
    ]],
    sources: &[Source {
        name: "followers of a recording",
        path: "/recordings/{recording_id}/subscription.json",
        rows: Rows::Member("subscribers"),
        ..SOURCE
    }],
    operations: &[
        Operation {
            method: Method::Put,
            // Following twice is following once.
            attempts: ATTEMPTS,
            answer: Answer::Other,
            ..insert(
                "new follower",
                FOLLOWERS,
                &[member("subscriptions[]", &["person_id"]).required()],
            )
        },
        Operation {
            method: Method::Put,
            members: &[member("unsubscriptions[]", &["person_id"]).known()],
            ..delete("follower no more", FOLLOWERS)
        },
    ],
    ..TABLE
};

const FOLLOWERS: &str = "/recordings/{recording_id}/subscription.json";

/// Whether the viewer has bookmarked a thing. The bookmarks themselves are in `my_bookmarks`.
pub static RECORDING_BOOKMARKS: Table = Table {
    name: "recording_bookmarks",
    about: "Whether the viewer has bookmarked a recording, which must be given.",
    columns: &[&[
        asked("recording_id", Bigint, "Recording that is bookmarked or not."),
        plain("bookmarked", Boolean, "Whether it is bookmarked."),
    ]],
    sources: &[Source {
        name: "bookmark of a recording",
        path: "/recordings/{recording_id}/bookmark.json",
        rows: Rows::One,
        ..SOURCE
    }],
    operations: &[
        set("new bookmark", ("bookmarked", "true"), Method::Post, BOOKMARK),
        set("deleted bookmark", ("bookmarked", "false"), Method::Delete, BOOKMARK),
    ],
    ..TABLE
};

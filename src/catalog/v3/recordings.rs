//! Recordings of every kind that can be listed, and what happened to one.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATOR, DESCRIPTION, ENVELOPE, PARENT, POSITION,
    SUBSCRIBABLE, children, recordings,
};
use crate::catalog::{Column, Domain, Field, Parameter, STATUS, Source, Statuses, Table};
use crate::value::Type::{Bigint, Date, Integer, Jsonb, Text, Timestamptz};

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
            Column::plain("bubble_up_url", Text, "Address to bubble it up."),
            Column::plain("subject", Text, "Subject line of a message."),
            Column::plain("group_on", Date, "Day that a check-in answer is for."),
            Column::plain("from", Text, "Sender, where it came by e-mail."),
            Column::plain("replies_count", Integer, "Number of replies."),
            Column::plain("replies_url", Text, "Address of its replies."),
            Column::at(
                "service_code",
                Text,
                Field::Member("service.code"),
                "Code of the service that a door leads to.",
            ),
            Column::at(
                "service_name",
                Text,
                Field::Member("service.name"),
                "Name of the service that a door leads to.",
            ),
            Column::plain("service", Jsonb, "The service that a door leads to, whole."),
        ],
    ],
    domains: &[
        STATUS,
        Domain {
            column: "type",
            values: TYPES,
            default: TYPES,
        },
    ],
    sources: &[recordings(&[
        Parameter::Domain("type"),
        Parameter::Projects("bucket"),
        Parameter::Status,
    ])],
    scoped: true,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

/// The change log of one recording.
pub static RECORDING_EVENTS: Table = Table {
    name: "recording_events",
    about: "What happened to a recording, newest first; the recording must be given.",
    columns: &[
        &[
            Column::plain("id", Bigint, "Identifier."),
            Column::plain("recording_id", Bigint, "Recording that it happened to."),
            Column::plain(
                "action",
                Text,
                "What happened: created, completed and others.",
            ),
            Column::plain(
                "details",
                Jsonb,
                "More about it, different for each action.",
            ),
            Column::plain("created_at", Timestamptz, "When it happened."),
        ],
        BOOSTABLE,
        CREATOR,
    ],
    domains: &[],
    sources: &[Source {
        statuses: Statuses::Any,
        ..children(
            "events of a recording",
            "/recordings/{recording_id}/events.json",
        )
    }],
    scoped: false,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

//! What happened.

use super::shared::{
    BUCKET, CREATOR, ID, PRIVATE, UPDATED_AT, in_each_project, inside, of_account,
};
use crate::catalog::column::{at, first, plain};
use crate::catalog::{Field, Parameter, Source, TABLE, Table};
use crate::value::Type::{Bigint, Jsonb, Text, Timestamptz};

/// The log of the account. It is long: without a lower bound of `created_at` all of it is read.
pub static EVENTS: Table = Table {
    name: "events",
    about: "What happened in projects and calendars, newest first.",
    columns: &[
        &[
            ID,
            plain("created_at", Timestamptz, "When it happened."),
            UPDATED_AT,
            PRIVATE,
            plain("action", Text, "What was done (HTML)."),
            plain("target", Text, "Title of the thing that it was done to."),
            plain("summary", Text, "Both in one (HTML)."),
            plain("excerpt", Text, "Beginning of a comment (HTML); only where one was made."),
            plain("raw_excerpt", Text, "More of the comment (HTML); only where one was made."),
            at("eventable_id", Bigint, "eventable.id", "Id of the thing, among those of its kind."),
            at(
                "eventable_type",
                Text,
                "eventable.type",
                "Kind of the thing: Todo, Todolist, CalendarEvent, Message and others.",
            ),
            at("eventable_url", Text, "eventable.url", "API address of the thing."),
            at("eventable_app_url", Text, "eventable.app_url", "Web address of the thing."),
            first(
                "comment_id",
                Bigint,
                &[
                    Field::InUrl("html_url", "#comment_"),
                    Field::InUrl("eventable.app_url", "#comment_"),
                ],
                "Comment that was made, if one was.",
            ),
        ],
        CREATOR,
        &[
            plain("attachments", Jsonb, "Files of the comment."),
            plain("url", Text, "API address of the thing."),
            plain("html_url", Text, "Web address of the thing."),
        ],
        BUCKET,
        &[first(
            "person_id",
            Bigint,
            &[Field::Asked("person_id"), Field::Member("creator.id")],
            "Person who did it.",
        )],
    ],
    sources: &[
        EVENTS_OF_PROJECT,
        // Its rows do not repeat who did it. Not a container: the scope limits these events too.
        since(of_account("events of a person", "/people/{person_id}/events.json", &["creator"])),
        since(of_account("events of the account", "/events.json", &[])),
        in_each_project("events of every project", EVENTS_OF_PROJECT),
    ],
    scoped: true,
    ..TABLE
};

const EVENTS_OF_PROJECT: Source =
    since(inside("events of a project", "/projects/{project_id}/events.json", &[]));

/// Whether the moment itself counts is not said, so a second before is asked for.
const fn since(source: Source) -> Source {
    Source {
        query: &[Parameter::AtLeast { name: "since", column: "created_at", back: 1 }],
        ..source
    }
}

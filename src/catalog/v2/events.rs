//! What happened.

use super::shared::{
    BUCKET, CREATOR, ID, PRIVATE, UPDATED_AT, in_each_project, inside, of_account,
};
use crate::catalog::{Column, Field, Parameter, Source, TABLE, Table};
use crate::value::Type::{Bigint, Jsonb, Text, Timestamptz};

/// The log of the account. It is long: without a lower bound of `created_at` all of it is read.
pub static EVENTS: Table = Table {
    name: "events",
    about: "What happened in projects and calendars, newest first.",
    columns: &[
        &[
            ID,
            Column::plain("created_at", Timestamptz, "When it happened."),
            UPDATED_AT,
            PRIVATE,
            Column::plain("action", Text, "What was done (HTML)."),
            Column::plain("target", Text, "Title of the thing that it was done to."),
            Column::plain("summary", Text, "Both in one (HTML)."),
            Column::plain(
                "excerpt",
                Text,
                "Beginning of a comment (HTML); only where one was made.",
            ),
            Column::plain(
                "raw_excerpt",
                Text,
                "More of the comment (HTML); only where one was made.",
            ),
            Column::at(
                "eventable_id",
                Bigint,
                Field::Member("eventable.id"),
                "Id of the thing, among those of its kind.",
            ),
            Column::at(
                "eventable_type",
                Text,
                Field::Member("eventable.type"),
                "Kind of the thing: Todo, Todolist, CalendarEvent, Message and others.",
            ),
            Column::at(
                "eventable_url",
                Text,
                Field::Member("eventable.url"),
                "API address of the thing.",
            ),
            Column::at(
                "eventable_app_url",
                Text,
                Field::Member("eventable.app_url"),
                "Web address of the thing.",
            ),
            Column::at(
                "comment_id",
                Bigint,
                Field::First(&[
                    Field::InUrl("html_url", "#comment_"),
                    Field::InUrl("eventable.app_url", "#comment_"),
                ]),
                "Comment that was made, if one was.",
            ),
        ],
        CREATOR,
        &[
            Column::plain("attachments", Jsonb, "Files of the comment."),
            Column::plain("url", Text, "API address of the thing."),
            Column::plain("html_url", Text, "Web address of the thing."),
        ],
        BUCKET,
        &[Column::at(
            "person_id",
            Bigint,
            Field::First(&[Field::Asked("person_id"), Field::Member("creator.id")]),
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

//! What happened: the timeline that people read, and the feeds that programs poll.

use super::shared::{
    APP_URL, BUCKET, CREATED_AT, CREATOR, EVERY_PROJECT, ID, URL, listing, walked,
};
use crate::catalog::column::{at, first, outer, plain};
use crate::catalog::{
    Column, Field, More, Parameter, Permission, Rows, SOURCE, Source, TABLE, Table,
};
use crate::value::Type::{Bigint, Boolean, Jsonb, Text, TextArray, Timestamptz};

/// The activity that Basecamp shows, newest first. It has no edits, moves and deletions.
pub static TIMELINE_EVENTS: Table = Table {
    name: "timeline_events",
    about: "Activity of projects as Basecamp's timeline shows it, newest first.",
    columns: &[
        &[
            ID,
            CREATED_AT,
            plain("kind", Text, "What happened, such as todo_completed."),
            plain("parent_recording_id", Bigint, "Recording in which it happened."),
            URL,
            APP_URL,
        ],
        CREATOR,
        &[
            plain("action", Text, "What happened, in words."),
            plain("target", Text, "Name of what it happened to."),
            plain("title", Text, "Both in one sentence."),
            plain("summary_excerpt", Text, "Beginning of the text."),
            plain("avatars_sample", TextArray, "Pictures of some who took part in a chat."),
        ],
        BUCKET,
        &[
            at(
                "data_all_day",
                Boolean,
                "data.all_day",
                "Whether a schedule entry takes whole days.",
            ),
            at(
                "data_starts_at",
                Timestamptz,
                "data.starts_at",
                "When a schedule entry starts; midnight UTC where only the day is known.",
            ),
            at(
                "data_ends_at",
                Timestamptz,
                "data.ends_at",
                "When a schedule entry ends; midnight UTC where only the day is known.",
            ),
            plain("attachments", Jsonb, "Files, in two shapes."),
        ],
    ],
    sources: &[
        Source {
            rows: Rows::Arrays(&["events"], More::Link),
            // Of active projects only, like the activity of the account.
            ..listing("activity of a person", "/reports/users/progress/{creator_id}.json")
        },
        ACTIVITY,
        listing("activity of the account", "/reports/progress.json"),
        walked("activity of every project", EVERY_PROJECT, ACTIVITY),
    ],
    scoped: true,
    ..TABLE
};

const ACTIVITY: Source = Source {
    name: "activity of a project",
    path: "/projects/{project_id}/timeline.json",
    ..SOURCE
};

/// Where a poll of a feed begins, and where the next one can.
const CHECKPOINT: &[Column] = &[
    first(
        "since",
        Text,
        &[Field::Asked("since")],
        "Id of the event to read from, as it was asked for; 0 or nothing reads from the beginning.",
    ),
    first(
        "from_position",
        Text,
        &[Field::Asked("from_position")],
        "Position to read from, as it was asked for.",
    ),
    outer(
        "position",
        Text,
        "position",
        "Position after these events, from which a later query can read on.",
    ),
];

const SINCE: &[Parameter] = &[Parameter::Equal { name: "since", column: "since" }];

const POSITION: &[Parameter] = &[Parameter::Equal { name: "position", column: "from_position" }];

/// Without a word a feed answers with what comes from now on, which is nothing.
const BEGINNING: &[Parameter] = &[Parameter::Fixed("since", "0")];

/// Everything that happened, in the order of the ids, for programs that keep up. Servers of August
/// 2026 do not have it yet. A position belongs to the filters that it was made with, so there are none.
pub static FEED_EVENTS: Table = Table {
    name: "feed_events",
    about: "Everything that happened, in its order, from an event or a position on.",
    columns: &[
        &[
            ID,
            plain("kind", Text, "What happened to which kind of thing."),
            plain("event_type", Text, "Which kind of thing it happened to."),
            plain("action", Text, "What happened."),
            CREATED_AT,
            at("project_id", Bigint, "bucket_id", "Project."),
            plain("recording_id", Bigint, "Recording that it happened to."),
            plain("creator_id", Bigint, "Who did it."),
            plain("performed_by_id", Bigint, "Who did it on somebody's behalf."),
            plain("details", Jsonb, "More about it, different for each action."),
        ],
        CHECKPOINT,
    ],
    sources: &[
        events("events since one", SINCE, &["since"], &["from_position"]),
        events("events after a position", POSITION, &["from_position"], &["since"]),
        events("all events", BEGINNING, &[], &["since", "from_position"]),
    ],
    ..TABLE
};

const fn events(
    name: &'static str,
    query: &'static [Parameter],
    needs: &'static [&'static str],
    without: &'static [&'static str],
) -> Source {
    Source {
        query,
        rows: Rows::Arrays(&["events"], More::Member("next")),
        needs,
        without,
        ..listing(name, "/events.json")
    }
}

/// The same for what concerns the viewer.
pub static INBOX_ITEMS: Table = Table {
    name: "inbox_items",
    about: "What happened that concerns the viewer, in its order, from an event or a position on.",
    columns: &[
        &[
            plain("addressing_id", Bigint, "Identifier."),
            plain("addressed_at", Timestamptz, "When it was brought to the viewer."),
            plain("reason", Text, "Why it concerns the viewer."),
            at("event_id", Bigint, "event.id", "What happened, as in feed_events."),
            at("event_kind", Text, "event.kind", "What happened to which kind of thing."),
            at("event_event_type", Text, "event.event_type", "Which kind of thing it happened to."),
            at("event_action", Text, "event.action", "What happened."),
            at("event_created_at", Timestamptz, "event.created_at", "When it happened."),
            at("project_id", Bigint, "event.bucket_id", "Project."),
            at("recording_id", Bigint, "event.recording_id", "Recording that it happened to."),
            at("creator_id", Bigint, "event.creator_id", "Who did it."),
            at(
                "performed_by_id",
                Bigint,
                "event.performed_by_id",
                "Who did it on somebody's behalf.",
            ),
            at(
                "event_details",
                Jsonb,
                "event.details",
                "More about it, different for each action.",
            ),
        ],
        CHECKPOINT,
    ],
    sources: &[
        items("items since an event", SINCE, &["since"], &["from_position"]),
        items("items after a position", POSITION, &["from_position"], &["since"]),
        items("all items", BEGINNING, &[], &["since", "from_position"]),
    ],
    ..TABLE
};

const fn items(
    name: &'static str,
    query: &'static [Parameter],
    needs: &'static [&'static str],
    without: &'static [&'static str],
) -> Source {
    Source {
        path: "/inbox.json",
        permission: Permission::Agents,
        rows: Rows::Arrays(&["items"], More::Member("next")),
        ..events(name, query, needs, without)
    }
}

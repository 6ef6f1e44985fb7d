//! Schedules, their entries, and the report of what is to come.

use super::shared::{
    APP_URL, ASSIGNEES, BOOSTABLE, BUCKET, COMMENTABLE, COMMENTS_COUNT, COMPLETED_AT, COMPLETER_ID,
    CREATOR, CREATOR_ID, CREATOR_NAME, DESCRIPTION, ENVELOPE, ID, PARENT_ID, PARENT_TITLE,
    PARENT_TYPE, POSITION, PROJECT_ID, PROJECT_NAME, SUBSCRIBABLE, URL, children_by_status,
    listing, recordings, single, tool,
};
use crate::catalog::{Column, Field, More, Parameter, Rows, SOURCE, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, BigintArray, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

/// Schedules, one or more in a project.
pub static SCHEDULES: Table = Table {
    name: "schedules",
    about: "Schedules of projects.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            Column::plain("include_due_assignments", Boolean, "Whether it also shows what is due."),
            Column::plain("entries_count", Integer, "Number of entries."),
            Column::plain("entries_url", Text, "Address of its entries."),
        ],
    ],
    domains: &[STATUS],
    sources: &[single("/schedules/{id}.json"), tool("/schedules/{id}.json", "schedule")],
    scoped: true,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

/// When it starts.
const STARTS_AT: Column = Column::plain(
    "starts_at",
    Timestamptz,
    "When it starts; midnight UTC where only the day is known.",
);

/// When it ends.
const ENDS_AT: Column = Column::plain(
    "ends_at",
    Timestamptz,
    "When it ends; midnight UTC where only the day is known.",
);

/// Who takes part.
const PARTICIPANTS: &[Column] = &[
    Column::plain("participants", Jsonb, "People who take part."),
    Column::at(
        "participant_ids",
        BigintArray,
        Field::Each("participants", "id"),
        "Ids of the people who take part.",
    ),
];

/// What it is, and when.
const ENTRY: &[Column] = &[
    Column::plain("summary", Text, "What it is about."),
    Column::plain("all_day", Boolean, "Whether it takes whole days."),
    STARTS_AT,
    ENDS_AT,
];

/// How it is shown, and how to be there.
const CALL: &[Column] = &[
    Column::plain("join_url", Text, "Link with which to join a call."),
    Column::plain("highlighted", Boolean, "Whether the schedule shows it highlighted."),
];

/// Entries of schedules; a recurring one is a single row.
pub static SCHEDULE_ENTRIES: Table = Table {
    name: "schedule_entries",
    about: "Entries of schedules, a recurring one as a single row.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        ENTRY,
        &[
            Column::at("starts_on", Date, Field::Day("starts_at"), "Day on which it starts."),
            Column::at("ends_on", Date, Field::Day("ends_at"), "Day on which it ends."),
        ],
        PARTICIPANTS,
        CALL,
        &[
            Column::plain(
                "recurrence_schedule",
                Jsonb,
                "How it recurs; only on recurring entries.",
            ),
            Column::at(
                "schedule_id",
                Bigint,
                Field::Member("parent.id"),
                "Schedule that it is on.",
            ),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/schedule_entries/{id}.json"),
        children_by_status("entries of a schedule", "/schedules/{schedule_id}/entries.json"),
        recordings(&[
            Parameter::Fixed("type", "Schedule::Entry"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    scoped: true,
    whole: &["starts_at"],
    keep: None,
    container: None,
    supplement: None,
};

/// Single days of recurring entries. Nothing lists them whole; the upcoming ones are in
/// `upcoming_schedule_entries`.
pub static SCHEDULE_ENTRY_OCCURRENCES: Table = Table {
    name: "schedule_entry_occurrences",
    about: "Single occurrences of recurring entries, each found by its entry and its day only.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        ENTRY,
        PARTICIPANTS,
        CALL,
        &[
            Column::at("schedule_entry_id", Bigint, Field::Member("id"), "The recurring entry."),
            Column::at(
                "occurrence_on",
                Date,
                Field::Asked("occurrence_on"),
                "Day of the occurrence.",
            ),
        ],
    ],
    sources: &[Source {
        name: "occurrence of an entry",
        path: "/schedule_entries/{schedule_entry_id}/occurrences/{occurrence_on}.json",
        rows: Rows::One,
        ..SOURCE
    }],
    scoped: true,
    ..TABLE
};

/// The first and the last day that a report is asked for.
const WINDOW: &[Column] = &[
    Column::at(
        "window_starts_on",
        Date,
        Field::Asked("window_starts_on"),
        "First day asked for; must be given.",
    ),
    Column::at(
        "window_ends_on",
        Date,
        Field::Asked("window_ends_on"),
        "Last day asked for; must be given.",
    ),
];

/// The report of what is to come. It has a shape of its own, reduced and with occurrences, so what it
/// tells are tables of their own and no source of the entries.
const fn upcoming(name: &'static str, rows: Rows) -> Source {
    Source {
        query: &[
            Parameter::Equal { name: "window_starts_on", column: "window_starts_on" },
            Parameter::Equal { name: "window_ends_on", column: "window_ends_on" },
        ],
        needs: &["window_starts_on", "window_ends_on"],
        rows,
        ..listing(name, "/reports/schedules/upcoming.json")
    }
}

/// Entries and occurrences between two days.
pub static UPCOMING_SCHEDULE_ENTRIES: Table = Table {
    name: "upcoming_schedule_entries",
    about: "Entries and occurrences of recurring entries between two days, which must be given.",
    columns: &[
        UPCOMING,
        &[
            Column::plain("summary", Text, "What it is about."),
            Column::plain("all_day", Boolean, "Whether it takes whole days."),
            Column::plain("recurring", Boolean, "Whether it is an occurrence."),
            STARTS_AT,
            ENDS_AT,
            CREATOR_ID,
            CREATOR_NAME,
        ],
        PARTICIPANTS,
        WINDOW,
    ],
    sources: &[upcoming(
        "what is upcoming",
        Rows::Arrays(&["schedule_entries", "recurring_schedule_entry_occurrences"], More::No),
    )],
    ..TABLE
};

/// To-dos, cards and steps due between two days.
pub static UPCOMING_ASSIGNABLES: Table = Table {
    name: "upcoming_assignables",
    about: "To-dos, cards and steps due between two days, which must be given.",
    columns: &[
        UPCOMING,
        &[
            Column::plain("starts_on", Date, "Start date."),
            Column::plain("due_on", Date, "Due date."),
            Column::plain("content", Text, "What is to be done."),
        ],
        ASSIGNEES,
        &[
            PARENT_ID,
            PARENT_TITLE,
            Column::plain(
                "completion_url",
                Text,
                "Address to complete it, for steps without the host.",
            ),
            Column::plain("completed", Boolean, "Whether it is done."),
            Column::plain("repeating", Boolean, "Whether it repeats."),
            COMPLETED_AT,
            COMPLETER_ID,
        ],
        WINDOW,
    ],
    sources: &[upcoming("what is due", Rows::Member("assignables"))],
    ..TABLE
};

/// What both tell.
const UPCOMING: &[Column] = &[
    ID,
    Column::plain("status", Text, "Publication state, normally active."),
    Column::plain("visible_to_clients", Boolean, "Whether clients on the project can see it."),
    URL,
    APP_URL,
    Column::plain("type", Text, "Kind of thing, in a spelling of the report's own."),
    PROJECT_ID,
    PROJECT_NAME,
    COMMENTS_COUNT,
];

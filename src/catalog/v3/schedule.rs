//! Schedules, their entries, and the report of what is to come.

use super::shared::{
    APP_URL, ASSIGNEES, BOOSTABLE, BUCKET, COMMENTABLE, COMMENTS_COUNT, COMPLETED_AT, COMPLETER_ID,
    CREATOR, CREATOR_ID, CREATOR_NAME, DESCRIPTION, ENVELOPE, ID, PARENT_ID, PARENT_TITLE,
    PARENT_TYPE, POSITION, PROJECT_ID, PROJECT_NAME, SUBSCRIBABLE, URL, children_by_status,
    listing, recordings, single, tool,
};
use super::writing::{ACTIVATE, ARCHIVE, DELETE, TRASH, VISIBILITY, change, insert, replace};
use crate::catalog::column::{asked, at, day, ids, plain};
use crate::catalog::operation::{Clear, Form, member};
use crate::catalog::{Column, More, Parameter, Rows, SOURCE, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

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
            plain("include_due_assignments", Boolean, "Whether it also shows what is due."),
            plain("entries_count", Integer, "Number of entries."),
            plain("entries_url", Text, "Address of its entries."),
        ],
    ],
    domains: &[STATUS],
    sources: &[single("/schedules/{id}.json"), tool("/schedules/{id}.json", "schedule")],
    operations: &[change(
        "changed schedule",
        "/schedules/{id}.json",
        &[member("schedule.include_due_assignments", &["include_due_assignments"]).required()],
    )],
    scoped: true,
    ..TABLE
};

/// When it starts.
const STARTS_AT: Column =
    plain("starts_at", Timestamptz, "When it starts; midnight UTC where only the day is known.");

/// When it ends.
const ENDS_AT: Column =
    plain("ends_at", Timestamptz, "When it ends; midnight UTC where only the day is known.");

/// Who takes part.
const PARTICIPANTS: &[Column] = &[
    plain("participants", Jsonb, "People who take part."),
    ids("participant_ids", "participants", "Ids of the people who take part."),
];

/// What it is, and when.
const ENTRY: &[Column] = &[
    plain("summary", Text, "What it is about."),
    plain("all_day", Boolean, "Whether it takes whole days."),
    STARTS_AT,
    ENDS_AT,
];

/// How it is shown, and how to be there.
const CALL: &[Column] = &[
    plain("join_url", Text, "Link with which to join a call."),
    plain("highlighted", Boolean, "Whether the schedule shows it highlighted."),
];

/// Days where it takes whole days.
const DAY_OR_TIME: Form = Form::DayWhere("all_day");

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
            day("starts_on", Date, "starts_at", "Day on which it starts."),
            day("ends_on", Date, "ends_at", "Day on which it ends."),
        ],
        PARTICIPANTS,
        CALL,
        &[
            plain("recurrence_schedule", Jsonb, "How it recurs; only on recurring entries."),
            at("schedule_id", Bigint, "parent.id", "Schedule that it is on."),
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
    operations: &[
        insert(
            "new entry",
            "/schedules/{schedule_id}/entries.json",
            &[
                member("summary", &["summary"]).required(),
                member("starts_at", &["starts_at"]).required().form(DAY_OR_TIME),
                member("ends_at", &["ends_at"]).required().form(DAY_OR_TIME),
                member("all_day", &["all_day"]),
                member("description", &["description"]),
                member("participant_ids", &["participant_ids"]),
                member("url", &["join_url"]),
                // A null makes Basecamp fail.
                member("highlighted", &["highlighted"]),
                member("recurrence_schedule", &["recurrence_schedule"]).cleared(Clear::Omitted),
                member("visible_to_clients", &["visible_to_clients"]),
                member("subscriptions", &[]),
                member("notify", &[]),
            ],
        ),
        // A recurring entry cannot be changed at all: its address leads to the first occurrence.
        replace(
            "changed entry",
            "/schedule_entries/{id}.json",
            &[
                member("summary", &["summary"]).resent(),
                member("starts_at", &["starts_at"]).required().form(DAY_OR_TIME),
                member("ends_at", &["ends_at"]).required().form(DAY_OR_TIME),
                // Without it an entry of whole days would become one of hours.
                member("all_day", &["all_day"]).resent(),
                member("description", &["description"]).resent(),
                // These three stay as they are where they are left out.
                member("participant_ids", &["participant_ids"]),
                member("url", &["join_url"]),
                member("highlighted", &["highlighted"]),
                member("subscriptions", &[]),
                member("notify", &[]),
            ],
        ),
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["starts_at"],
    ..TABLE
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
            at("schedule_entry_id", Bigint, "id", "The recurring entry."),
            asked("occurrence_on", Date, "Day of the occurrence."),
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
    asked("window_starts_on", Date, "First day asked for; must be given."),
    asked("window_ends_on", Date, "Last day asked for; must be given."),
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
            plain("summary", Text, "What it is about."),
            plain("all_day", Boolean, "Whether it takes whole days."),
            plain("recurring", Boolean, "Whether it is an occurrence."),
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
            plain("starts_on", Date, "Start date."),
            plain("due_on", Date, "Due date."),
            plain("content", Text, "What is to be done."),
        ],
        ASSIGNEES,
        &[
            PARENT_ID,
            PARENT_TITLE,
            plain("completion_url", Text, "Address to complete it, for steps without the host."),
            plain("completed", Boolean, "Whether it is done."),
            plain("repeating", Boolean, "Whether it repeats."),
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
    plain("status", Text, "Publication state, normally active."),
    plain("visible_to_clients", Boolean, "Whether clients on the project can see it."),
    URL,
    APP_URL,
    plain("type", Text, "Kind of thing, in a spelling of the report's own."),
    PROJECT_ID,
    PROJECT_NAME,
    COMMENTS_COUNT,
];

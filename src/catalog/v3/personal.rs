//! What is the viewer's own: settings, assignments, notifications, bookmarks, drafts and the note.

use super::shared::{
    APP_URL, ASSIGNEES, COMMENTS_COUNT, CONTENT, CREATED_AT, CREATOR, ID, PARENT_ID, PARENT_TITLE,
    PROJECT_ID, PROJECT_NAME, SUBSCRIBABLE, UPDATED_AT, URL, listing, object,
};
use super::writing::{BOOKMARK, change, delete, insert, moved, set};
use crate::catalog::column::{asked, at, from, ids, plain};
use crate::catalog::operation::{ATTEMPTS, Clear, Method, Operation, member};
use crate::catalog::{
    COMPLETED, Column, Domain, Field, More, Parameter, Rows, Source, TABLE, Table, Way,
};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

/// How the viewer likes to read times.
pub static MY_PREFERENCES: Table = Table {
    name: "my_preferences",
    about: "Settings of the viewer, in one row.",
    columns: &[&[
        URL,
        APP_URL,
        plain("time_zone_name", Text, "Name of the time zone."),
        plain("first_week_day", Text, "Day with which weeks begin."),
        plain("time_format", Text, "How times are written: twelve_hour or twenty_four_hour."),
    ]],
    sources: &[object("settings of the viewer", "/my/preferences.json")],
    operations: &[Operation {
        attempts: 2,
        ..change(
            "changed settings",
            "/my/preferences.json",
            &[
                member("person.time_zone_name", &["time_zone_name"]).cleared(Clear::Never),
                member("person.first_week_day", &["first_week_day"]).cleared(Clear::Never),
                member("person.time_format", &["time_format"]).cleared(Clear::Never),
            ],
        )
    }],
    ..TABLE
};

/// What is told of an assignment. The kinds are spelled in lower case here.
const ASSIGNMENT: &[Column] = &[
    ID,
    APP_URL,
    plain("content", Text, "What is to be done."),
    plain("starts_on", Date, "Start date."),
    plain("due_on", Date, "Due date."),
    PROJECT_ID,
    PROJECT_NAME,
    plain("completed", Boolean, "Whether it is done."),
    plain("type", Text, "What it is: todo, card, step and others."),
    COMMENTS_COUNT,
    plain("has_description", Boolean, "Whether it has a description."),
    plain("priority_recording_id", Bigint, "Recording that stands in Up Next for it."),
    PARENT_ID,
    PARENT_TITLE,
    plain("children", Jsonb, "Its steps, whole."),
];

/// What the viewer is to do, and has done. Open ones come in two arrays, those in Up Next first and
/// in order; finished ones in none. Basecamp gives 250 at most.
pub static MY_ASSIGNMENTS: Table = Table {
    name: "my_assignments",
    about: "To-dos, cards and steps that are assigned to the viewer, 250 of each kind at most.",
    columns: &[
        ASSIGNMENT,
        ASSIGNEES,
        &[
            from("prioritized", Boolean, Field::InArray("priorities"), "Whether it is in Up Next."),
            from(
                "priority_position",
                Integer,
                Field::PlaceIn("priorities"),
                "1-based place in Up Next; NULL where it is not.",
            ),
        ],
    ],
    domains: &[COMPLETED],
    sources: &[Source {
        ways: &[
            Way { path: "", when: &[("completed", "false")] },
            Way { path: "/completed", when: &[("completed", "true")] },
        ],
        rows: Rows::Arrays(&["priorities", "non_priorities"], More::No),
        ..listing("assignments of the viewer", "/my/assignments{way}.json")
    }],
    operations: &[
        Operation {
            members: &[member("id", &["id"]).known()],
            ..set("first thing", ("prioritized", "true"), Method::Post, "/my/priorities.json")
        },
        // What stands in Up Next is told where it is not the thing itself.
        set(
            "first thing no more",
            ("prioritized", "false"),
            Method::Delete,
            "/my/priorities/{priority_recording_id}.json",
        ),
        set(
            "first thing no more",
            ("prioritized", "false"),
            Method::Delete,
            "/my/priorities/{id}.json",
        ),
        moved(
            "moved first thing",
            Method::Post,
            "/my/priority_moves.json",
            &[
                member("source_id", &["priority_recording_id"]).known(),
                member("position", &["priority_position"]).required(),
            ],
        ),
    ],
    ..TABLE
};

/// Open assignments by when they are due, as Basecamp reckons it in the viewer's time zone. That is
/// nowhere else, so it is a table of its own.
pub static MY_DUE_ASSIGNMENTS: Table = Table {
    name: "my_due_assignments",
    about: "Open assignments of the viewer by when they are due.",
    columns: &[
        ASSIGNMENT,
        ASSIGNEES,
        &[asked("scope", Text, "When it is due: overdue, due_today, due_tomorrow and later.")],
    ],
    domains: &[Domain { column: "scope", values: SCOPES, default: SCOPES }],
    sources: &[Source {
        query: &[Parameter::Domain("scope")],
        ..listing("assignments that are due", "/my/assignments/due.json")
    }],
    ..TABLE
};

const SCOPES: &[&str] =
    &["overdue", "due_today", "due_tomorrow", "due_later_this_week", "due_next_week", "due_later"];

/// What is told of a notification.
const NOTIFICATION: &[Column] = &[
    ID,
    CREATED_AT,
    UPDATED_AT,
    plain("section", Text, "Where it is shown: inbox, chats, pings, bubbles and others."),
    plain("unread_count", Integer, "Number of unread changes."),
    plain("unread_at", Timestamptz, "When it became unread; NULL once read."),
    plain("read_at", Timestamptz, "When it was read; NULL while unread."),
    plain("readable_sgid", Text, "Signed id with which to mark it read."),
    plain("readable_identifier", Text, "Another name of what it is about."),
    plain("title", Text, "Its title."),
    plain("type", Text, "Basecamp's name of the kind of thing."),
    plain("bucket_name", Text, "Name of the project."),
    plain("content_excerpt", Text, "Beginning of the text."),
    APP_URL,
    plain("unread_url", Text, "Address of whether it is unread."),
    plain("bookmark_url", Text, "Address of the viewer's bookmark toggle."),
    plain("memory_url", Text, "Address to keep it in mind, where allowed."),
    plain("bubble_up_url", Text, "Address to bubble it up."),
    plain("bubble_up_at", Timestamptz, "When it will come back, if that is planned."),
    plain("subscribed", Boolean, "Whether the viewer follows it."),
    plain("previewable_attachments", Jsonb, "Some of its files."),
    plain("participants", Jsonb, "People who take part."),
    ids("participant_ids", "participants", "Ids of the people who take part."),
    plain("named", Boolean, "Whether a ping was given a name of its own."),
    plain("image_url", Text, "Address of a picture."),
    plain("icon_type", Text, "Name of the icon."),
    plain("attachments_sample", Jsonb, "Some of its files, in short."),
];

/// What is new to the viewer, and what was. What is read goes on over pages; the rest is on each of
/// them. A thing can be in two groups.
pub static MY_NOTIFICATIONS: Table = Table {
    name: "my_notifications",
    about: "Notifications of the viewer, read and unread, and what will come back.",
    columns: &[
        NOTIFICATION,
        SUBSCRIBABLE,
        CREATOR,
        &[from(
            "grouping",
            Text,
            Field::NameOfArray,
            "Group that it is in: unreads, reads, bubble_ups, scheduled_bubble_ups or memories.",
        )],
    ],
    sources: &[Source {
        rows: Rows::Arrays(
            &["unreads", "bubble_ups", "scheduled_bubble_ups", "memories", "reads"],
            More::Only("reads"),
        ),
        ..listing("notifications of the viewer", "/my/readings.json")
    }],
    ..TABLE
};

/// What comes back to the viewer. The listing does not say which group a thing is in, which makes it a
/// table of its own.
pub static BUBBLE_UPS: Table = Table {
    name: "bubble_ups",
    about: "Things that bubble up to the viewer now or later.",
    columns: &[NOTIFICATION, SUBSCRIBABLE, CREATOR],
    sources: &[listing("bubble-ups of the viewer", "/my/readings/bubble_ups.json")],
    ..TABLE
};

/// What the viewer bookmarked.
pub static MY_BOOKMARKS: Table = Table {
    name: "my_bookmarks",
    about: "Bookmarks of the viewer, latest first.",
    columns: &[&[
        ID,
        CREATED_AT,
        UPDATED_AT,
        at("recording_id", Bigint, "recording.id", "Recording that is bookmarked."),
        at("recording_type", Text, "recording.type", "Basecamp's name of the kind of recording."),
        at("recording_title", Text, "recording.title", "Title of the recording."),
        at("project_id", Bigint, "recording.bucket.id", "Project of the recording."),
        plain("recording", Jsonb, "The recording, in short."),
    ]],
    sources: &[listing("bookmarks of the viewer", "/my/bookmarks.json")],
    operations: &[
        Operation {
            // There is one bookmark of a thing, however often it is made.
            attempts: ATTEMPTS,
            ..insert("new bookmark", BOOKMARK, &[])
        },
        delete("deleted bookmark", BOOKMARK),
    ],
    ..TABLE
};

/// What the viewer has not published. No other listing has drafts. Basecamp gives 250 at most.
pub static MY_DRAFTS: Table = Table {
    name: "my_drafts",
    about: "Drafts of the viewer, latest change first, 250 at most.",
    columns: &[&[
        ID,
        APP_URL,
        plain("title", Text, "Its title."),
        plain("type", Text, "What it is: message, document, upload and others."),
        PROJECT_ID,
        PROJECT_NAME,
        PARENT_ID,
        PARENT_TITLE,
        plain("excerpt", Text, "Beginning of the text."),
        CREATED_AT,
        UPDATED_AT,
        plain(
            "scheduled_posting_at",
            Timestamptz,
            "When it will be published, if that is planned.",
        ),
    ]],
    sources: &[listing("drafts of the viewer", "/my/drafts.json")],
    ..TABLE
};

/// The one note that everyone has.
pub static MY_NOTES: Table = Table {
    name: "my_notes",
    about: "The note of the viewer, in one row.",
    columns: &[
        &[
            plain("id", Bigint, "Identifier; NULL until it is first written."),
            plain("type", Text, "Basecamp's name of the kind."),
            CREATED_AT,
            UPDATED_AT,
        ],
        CONTENT,
        &[URL, APP_URL],
    ],
    sources: &[object("note of the viewer", "/my/notes.json")],
    operations: &[change(
        "changed note",
        "/my/notes.json",
        &[member("note.content", &["content"]).required()],
    )],
    ..TABLE
};

//! Calendars, their events, and what each event of a series comes to.

use super::shared::{
    ADDRESSES, BUCKET, BUCKET_TYPE, CREATED_AT, CREATOR, DISCUSSION, ID, IN_TRASH, PRIVATE,
    UPDATED_AT, by, counter, in_each_calendar, in_each_project, inside, of_account, only, single,
};
use super::writing::{change, delete, insert};
use crate::catalog::column::{at, day, first, from, plain};
use crate::catalog::operation::{Clear, Form, Member, Operation, member};
use crate::catalog::{Column, Field, Parameter, Source, TABLE, TRASHED, Table, Way};
use crate::value::Type::{Bigint, Boolean, Date, Integer, IntegerArray, Text, Timestamptz};

/// Calendars that stand alone. A project's own calendar is none: its events are the project's.
pub static CALENDARS: Table = Table {
    name: "calendars",
    about: "Calendars that are not of a project.",
    columns: &[
        &[
            ID,
            plain("name", Text, "Name."),
            plain("color", Text, "Colour, in hexadecimal without a number sign."),
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        CREATOR,
        counter!("accesses", "people who may enter"),
        &[
            at("calendar_events_count", Integer, "calendar_events.count", "Number of events."),
            at(
                "calendar_events_updated_at",
                Timestamptz,
                "calendar_events.updated_at",
                "Latest change among the events; NULL while there are none.",
            ),
            at(
                "calendar_events_upcoming_url",
                Text,
                "calendar_events.urls.upcoming",
                "API address of the upcoming events.",
            ),
            at(
                "calendar_events_past_url",
                Text,
                "calendar_events.urls.past",
                "API address of the past events.",
            ),
        ],
    ],
    sources: &[
        single("/calendars/{id}.json", &["url", "app_url"]),
        of_account(
            "calendars of the account",
            "/calendars.json",
            &["created_at", "creator", "accesses", "calendar_events"],
        ),
    ],
    operations: &[
        insert("new calendar", "/calendars.json", &[member("name", &["name"]).required()]),
        change(
            "renamed calendar",
            "/calendars/{id}.json",
            &[member("name", &["name"]).cleared(Clear::Never)],
        ),
        delete("deleted calendar", "/calendars/{id}.json"),
    ],
    ..TABLE
};

/// When an event is, and what else it says.
const WHEN: &[Column] = &[
    plain("summary", Text, "What it is."),
    plain("description", Text, "More about it."),
    plain("all_day", Boolean, "Whether its bounds are days without a time."),
    plain("starts_at", Timestamptz, "Start; midnight UTC of the first day when it lasts all day."),
    plain("ends_at", Timestamptz, "End; midnight UTC of the last day when it lasts all day."),
    day("starts_on", Date, "starts_at", "First day, as Basecamp writes it."),
    day("ends_on", Date, "ends_at", "Last day, which is part of it, as Basecamp writes it."),
    PRIVATE,
    IN_TRASH,
    plain(
        "remind_at",
        Timestamptz,
        "When subscribers are reminded; the documentation does not show it.",
    ),
];

/// How it comes again.
const RECURRING: &[Column] = &[
    at(
        "recurring_frequency",
        Text,
        "recurring.frequency",
        "How often it comes: daily, weekly, monthly or yearly; NULL for no series.",
    ),
    at(
        "recurring_count",
        Integer,
        "recurring.count",
        "How many times it comes, where that is set.",
    ),
    at("recurring_until", Date, "recurring.until", "Day of the last time, where that is set."),
    at(
        "recurring_excluding",
        IntegerArray,
        "recurring.excluding",
        "Numbers of the times that are left out, from 1.",
    ),
];

/// The two halves of a calendar: what is over by the server's own day, and what is not.
const HALVES: &[Way] = &[Way { path: "", when: &[] }, Way { path: "/past", when: &[] }];

/// Members that only the single record has.
const DETAILS: &[&str] = &["comments", "subscribers"];

/// Events of projects and of calendars; a series is one row. The listing across the account only knows
/// windows of time, in which a series comes as its occurrences, some without an id: it is no source of
/// this table. Both halves are read whatever the condition on time, because only the server knows
/// where the one ends and the other begins.
pub static CALENDAR_EVENTS: Table = Table {
    name: "calendar_events",
    about: "Events of projects and calendars, each series as one row.",
    columns: &[
        &[ID],
        BUCKET,
        WHEN,
        CREATOR,
        &[first(
            "comments_count",
            Integer,
            &[Field::Member("comments_count"), Field::Count("comments")],
            "Number of comments.",
        )],
        RECURRING,
        &[
            from("is_recurring", Boolean, Field::Present("recurring"), "Whether it is a series."),
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        DISCUSSION,
    ],
    domains: &[BUCKET_TYPE, TRASHED],
    sources: &[
        single("/projects/{project_id}/calendar_events/{id}.json", &["comments_count"]),
        Source {
            name: "single record of a calendar",
            ..single("/calendars/{calendar_id}/calendar_events/{id}.json", &["comments_count"])
        },
        EVENTS_OF_PROJECT,
        EVENTS_OF_CALENDAR,
        only(
            in_each_project("events of every project", EVENTS_OF_PROJECT),
            &[("bucket_type", "Project")],
        ),
        only(
            in_each_calendar("events of every calendar", EVENTS_OF_CALENDAR),
            &[("bucket_type", "Calendar")],
        ),
    ],
    operations: &[
        series("new series in a project", "/projects/{project_id}/calendar_events.json"),
        series("new series in a calendar", "/calendars/{calendar_id}/calendar_events.json"),
        insert("new event in a project", "/projects/{project_id}/calendar_events.json", EVENT),
        insert("new event in a calendar", "/calendars/{calendar_id}/calendar_events.json", EVENT),
        change(
            "changed event in a project",
            "/projects/{project_id}/calendar_events/{id}.json",
            CHANGED_EVENT,
        ),
        change(
            "changed event in a calendar",
            "/calendars/{calendar_id}/calendar_events/{id}.json",
            CHANGED_EVENT,
        ),
        delete("deleted event in a project", "/projects/{project_id}/calendar_events/{id}.json"),
        delete("deleted event in a calendar", "/calendars/{calendar_id}/calendar_events/{id}.json"),
    ],
    scoped: true,
    ..TABLE
};

/// Days where it takes whole days.
const DAY_OR_TIME: Form = Form::DayWhere("all_day");

/// What is said of an event, but when it is.
const SUMMARY: Member = member("summary", &["summary"]);
const DESCRIPTION: Member = member("description", &["description"]);
const ALL_DAY: Member = member("all_day", &["all_day"]).cleared(Clear::Never);
const ENDS_AT: Member = member("ends_at", &["ends_at"]).cleared(Clear::Never).form(DAY_OR_TIME);
const REMIND_AT: Member = member("remind_at", &["remind_at"]).cleared(Clear::Null);
const HIDDEN: Member = member("private", &["private"]);
const SUBSCRIBERS: Member = member("subscribers", &["subscriber_ids"]);

/// What is written of a new event.
const EVENT: &[Member] = &[
    SUMMARY.required(),
    member("starts_at", &["starts_at"]).required().form(DAY_OR_TIME),
    ENDS_AT,
    ALL_DAY,
    DESCRIPTION,
    REMIND_AT,
    HIDDEN,
    SUBSCRIBERS,
];

/// What is changed of an event: the rest stays, and its subscribers are replaced as a whole. A bound is
/// said as a day or as a time, by what lasts all day.
const CHANGED_EVENT: &[Member] = &[
    SUMMARY.cleared(Clear::Never),
    member("starts_at", &["starts_at"]).cleared(Clear::Never).form(DAY_OR_TIME),
    ENDS_AT,
    ALL_DAY,
    DESCRIPTION,
    REMIND_AT,
    HIDDEN,
    SUBSCRIBERS,
];

/// What is written of a new series.
const SERIES: &[Member] = &[
    SUMMARY.required(),
    member("recurring.starts_at", &["starts_at"]).required().form(DAY_OR_TIME),
    member("recurring.frequency", &["recurring_frequency"]).required(),
    member("recurring.count", &["recurring_count"]),
    member("recurring.until", &["recurring_until"]),
    member("recurring.excluding", &["recurring_excluding"]),
    ENDS_AT,
    ALL_DAY,
    DESCRIPTION,
    REMIND_AT,
    HIDDEN,
    SUBSCRIBERS,
];

/// An event that comes again, which says its first time with how it comes again.
const fn series(name: &'static str, path: &'static str) -> Operation {
    Operation { when: &[("is_recurring", "true")], ..insert(name, path, SERIES) }
}

const EVENTS_OF_PROJECT: Source = by(
    inside("events of a project", "/projects/{project_id}/calendar_events{way}.json", DETAILS),
    HALVES,
);
const EVENTS_OF_CALENDAR: Source = by(
    inside("events of a calendar", "/calendars/{calendar_id}/calendar_events{way}.json", DETAILS),
    HALVES,
);

/// Each time that an event comes, in a window of days. Series may have no end, so a first day is
/// needed; without a last one the window is as long as Basecamp allows.
pub static CALENDAR_EVENT_OCCURRENCES: Table = Table {
    name: "calendar_event_occurrences",
    about: "Each time that events come, in six weeks from a first day or up to a last one.",
    columns: &[
        &[
            first(
                "event_id",
                Bigint,
                &[Field::Member("id"), Field::Member("recurrence.master.id")],
                "Event or series.",
            ),
            first(
                "occurrence_number",
                Integer,
                &[Field::Member("recurrence.number"), Field::Always("0")],
                "Number of the recurrence, from 1; 0 for the event itself.",
            ),
            from(
                "is_recurrence",
                Boolean,
                Field::Present("recurrence"),
                "Whether it is one more time of a series.",
            ),
        ],
        BUCKET,
        WHEN,
        CREATOR,
        &[plain("comments_count", Integer, "Number of comments; not told of every recurrence.")],
        RECURRING,
        &[
            first(
                "master_url",
                Text,
                &[Field::Member("recurrence.master.url"), Field::Member("url")],
                "API address of the event.",
            ),
            first(
                "master_app_url",
                Text,
                &[Field::Member("recurrence.master.app_url"), Field::Member("app_url")],
                "Web address of the event.",
            ),
            plain("created_at", Timestamptz, "When the event was created; NULL for a recurrence."),
            plain("updated_at", Timestamptz, "When the event last changed; NULL for a recurrence."),
        ],
    ],
    domains: &[BUCKET_TYPE, TRASHED],
    sources: &[
        OCCURRENCES_OF_PROJECT,
        OCCURRENCES_OF_CALENDAR,
        in_window(of_account("occurrences of the account", "/calendar_events.json", &[])),
        only(
            in_each_project("occurrences of every project", OCCURRENCES_OF_PROJECT),
            &[("bucket_type", "Project")],
        ),
        only(
            in_each_calendar("occurrences of every calendar", OCCURRENCES_OF_CALENDAR),
            &[("bucket_type", "Calendar")],
        ),
    ],
    scoped: true,
    ..TABLE
};

const OCCURRENCES_OF_PROJECT: Source = in_window(inside(
    "occurrences of a project",
    "/projects/{project_id}/calendar_events.json",
    &[],
));
const OCCURRENCES_OF_CALENDAR: Source = in_window(inside(
    "occurrences of a calendar",
    "/calendars/{calendar_id}/calendar_events.json",
    &[],
));

/// Days of the longest window, as documented; a longer time is asked for in pieces.
const LONGEST_WINDOW: i32 = 42;

const fn in_window(source: Source) -> Source {
    Source {
        query: &[Parameter::Between {
            from: "start_date",
            to: "end_date",
            also: None,
            column: "starts_on",
            days: LONGEST_WINDOW,
        }],
        needs: &["starts_on"],
        ..source
    }
}

//! Schedules and their entries.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CREATOR, DESCRIPTION, ENVELOPE, PARENT_TITLE, PARENT_TYPE,
    POSITION, SUBSCRIBABLE, children_by_status, recordings, single, tool,
};
use crate::catalog::{Column, Field, Parameter, STATUS, Table};
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
            Column::plain(
                "include_due_assignments",
                Boolean,
                "Whether it also shows what is due.",
            ),
            Column::plain("entries_count", Integer, "Number of entries."),
            Column::plain("entries_url", Text, "Address of its entries."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/schedules/{id}.json"),
        tool("/schedules/{id}.json", "schedule"),
    ],
    scoped: true,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

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
        &[
            Column::plain("summary", Text, "What it is about."),
            Column::plain("all_day", Boolean, "Whether it takes whole days."),
            Column::plain(
                "starts_at",
                Timestamptz,
                "When it starts; midnight UTC where only the day is known.",
            ),
            Column::plain(
                "ends_at",
                Timestamptz,
                "When it ends; midnight UTC where only the day is known.",
            ),
            Column::at(
                "starts_on",
                Date,
                Field::Day("starts_at"),
                "Day on which it starts.",
            ),
            Column::at(
                "ends_on",
                Date,
                Field::Day("ends_at"),
                "Day on which it ends.",
            ),
            Column::plain("participants", Jsonb, "People who take part."),
            Column::at(
                "participant_ids",
                BigintArray,
                Field::Each("participants", "id"),
                "Ids of the people who take part.",
            ),
            Column::plain("join_url", Text, "Link with which to join a call."),
            Column::plain(
                "highlighted",
                Boolean,
                "Whether the schedule shows it highlighted.",
            ),
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
        children_by_status(
            "entries of a schedule",
            "/schedules/{schedule_id}/entries.json",
        ),
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

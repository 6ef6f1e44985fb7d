//! Webhooks and what they delivered.

use super::shared::{APP_URL, CREATED_AT, EVERY_PROJECT, ID, UPDATED_AT, URL, single, walked};
use crate::catalog::{Column, Each, Field, Rows, SOURCE, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, TextArray, Timestamptz};

/// Webhooks of projects. A single one tells its project in its address alone.
pub static WEBHOOKS: Table = Table {
    name: "webhooks",
    about: "Webhooks of projects.",
    columns: &[&[
        ID,
        Column::plain("active", Boolean, "Whether it delivers."),
        CREATED_AT,
        UPDATED_AT,
        Column::plain("payload_url", Text, "Address that it delivers to."),
        Column::plain("types", TextArray, "Kinds of recordings that it tells of."),
        URL,
        APP_URL,
        Column::plain(
            "recent_deliveries",
            Jsonb,
            "Its latest deliveries, 25 at most; fetched for each webhook.",
        ),
        Column::at(
            "project_id",
            Bigint,
            Field::First(&[Field::Asked("project_id"), Field::InUrl("url", "/buckets/")]),
            "Project.",
        ),
    ]],
    sources: &[
        single("/webhooks/{id}.json"),
        WEBHOOKS_OF_A_PROJECT,
        walked("webhooks of every project", EVERY_PROJECT, WEBHOOKS_OF_A_PROJECT),
    ],
    scoped: true,
    ..TABLE
};

const WEBHOOKS_OF_A_PROJECT: Source = Source {
    name: "webhooks of a project",
    path: "/buckets/{project_id}/webhooks.json",
    lacks: &["recent_deliveries"],
    ..SOURCE
};

/// What webhooks delivered lately.
pub static WEBHOOK_DELIVERIES: Table = Table {
    name: "webhook_deliveries",
    about: "The latest deliveries of webhooks, 25 of each at most.",
    columns: &[&[
        Column::at("webhook_id", Bigint, Field::Asked("webhook_id"), "Webhook that delivered it."),
        ID,
        Column::plain("created_at", Timestamptz, "When it was delivered."),
        Column::at(
            "request_headers",
            Jsonb,
            Field::Member("request.headers"),
            "Headers that were sent.",
        ),
        Column::at("event_id", Bigint, Field::Member("request.body.id"), "Event that it told of."),
        Column::at("kind", Text, Field::Member("request.body.kind"), "Kind of event."),
        Column::at(
            "recording_id",
            Bigint,
            Field::Member("request.body.recording.id"),
            "Recording that it happened to.",
        ),
        Column::at("request_body", Jsonb, Field::Member("request.body"), "What was sent, whole."),
        Column::at(
            "response_code",
            Integer,
            Field::Member("response.code"),
            "HTTP status of the answer.",
        ),
        Column::at(
            "response_message",
            Text,
            Field::Member("response.message"),
            "Phrase of the answer's status.",
        ),
        Column::at(
            "response_headers",
            Jsonb,
            Field::Member("response.headers"),
            "Headers of the answer.",
        ),
        Column::at("response_body", Text, Field::Member("response.body"), "Body of the answer."),
    ]],
    sources: &[
        DELIVERIES,
        walked(
            "deliveries of every webhook",
            Some(Each::row("webhooks", &[("webhook_id", "id")])),
            DELIVERIES,
        ),
    ],
    ..TABLE
};

const DELIVERIES: Source = Source {
    name: "deliveries of a webhook",
    path: "/webhooks/{webhook_id}.json",
    rows: Rows::Member("recent_deliveries"),
    ..SOURCE
};

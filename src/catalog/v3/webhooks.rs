//! Webhooks and what they delivered.

use super::shared::{APP_URL, CREATED_AT, EVERY_PROJECT, ID, UPDATED_AT, URL, single, walked};
use super::writing::{change, delete, insert};
use crate::catalog::column::{asked, at, first, plain};
use crate::catalog::operation::{Clear, Operation, member};
use crate::catalog::{Each, Field, Permission, Rows, SOURCE, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, TextArray, Timestamptz};

/// Webhooks of projects. A single one tells its project in its address alone.
pub static WEBHOOKS: Table = Table {
    name: "webhooks",
    about: "Webhooks of projects.",
    columns: &[&[
        ID,
        plain("active", Boolean, "Whether it delivers."),
        CREATED_AT,
        UPDATED_AT,
        plain("payload_url", Text, "Address that it delivers to."),
        plain("types", TextArray, "Kinds of recordings that it tells of."),
        URL,
        APP_URL,
        plain(
            "recent_deliveries",
            Jsonb,
            "Its latest deliveries, 25 at most; fetched for each webhook.",
        ),
        first(
            "project_id",
            Bigint,
            &[Field::Asked("project_id"), Field::InUrl("url", "/buckets/")],
            "Project.",
        ),
    ]],
    sources: &[
        Source { permission: Permission::Team, ..single("/webhooks/{id}.json") },
        WEBHOOKS_OF_A_PROJECT,
        walked("webhooks of every project", EVERY_PROJECT, WEBHOOKS_OF_A_PROJECT),
    ],
    operations: &[
        of_team(insert(
            "new webhook",
            "/buckets/{project_id}/webhooks.json",
            &[
                member("payload_url", &["payload_url"]).required(),
                member("types", &["types"]),
                member("active", &["active"]).cleared(Clear::Omitted),
            ],
        )),
        of_team(change(
            "changed webhook",
            "/webhooks/{id}.json",
            &[
                member("payload_url", &["payload_url"]).required(),
                member("types", &["types"]),
                member("active", &["active"]),
            ],
        )),
        of_team(delete("deleted webhook", "/webhooks/{id}.json")),
    ],
    scoped: true,
    ..TABLE
};

const fn of_team(operation: Operation) -> Operation {
    Operation { permission: Permission::Team, ..operation }
}

const WEBHOOKS_OF_A_PROJECT: Source = Source {
    name: "webhooks of a project",
    path: "/buckets/{project_id}/webhooks.json",
    lacks: &["recent_deliveries"],
    permission: Permission::Team,
    ..SOURCE
};

/// What webhooks delivered lately.
pub static WEBHOOK_DELIVERIES: Table = Table {
    name: "webhook_deliveries",
    about: "The latest deliveries of webhooks, 25 of each at most.",
    columns: &[&[
        asked("webhook_id", Bigint, "Webhook that delivered it."),
        ID,
        plain("created_at", Timestamptz, "When it was delivered."),
        at("request_headers", Jsonb, "request.headers", "Headers that were sent."),
        at("event_id", Bigint, "request.body.id", "Event that it told of."),
        at("kind", Text, "request.body.kind", "Kind of event."),
        at("recording_id", Bigint, "request.body.recording.id", "Recording that it happened to."),
        at("request_body", Jsonb, "request.body", "What was sent, whole."),
        at("response_code", Integer, "response.code", "HTTP status of the answer."),
        at("response_message", Text, "response.message", "Phrase of the answer's status."),
        at("response_headers", Jsonb, "response.headers", "Headers of the answer."),
        at("response_body", Text, "response.body", "Body of the answer."),
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
    permission: Permission::Team,
    ..SOURCE
};

//! Gauges of projects and their needles.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CREATOR, DESCRIPTION, ENVELOPE, PARENT_TITLE, SUBSCRIBABLE,
    children, single, walked,
};
use super::writing::{change, delete, insert};
use crate::catalog::column::{at, plain};
use crate::catalog::operation::{Answer, Operation, member};
use crate::catalog::{Covers, Each, Parameter, Permission, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Integer, Text};

/// How projects are doing, those in trouble first.
pub static GAUGES: Table = Table {
    name: "gauges",
    about: "Gauges that tell how projects are doing.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        &[
            plain("enabled", Boolean, "Whether it is in use."),
            plain("last_needle_color", Text, "Colour of the newest needle."),
            plain("last_needle_position", Integer, "Place of the newest needle, 0 to 100."),
            plain("previous_needle_position", Integer, "Place of the needle before the newest."),
        ],
    ],
    domains: &[STATUS],
    sources: &[Source {
        query: &[Parameter::Projects("bucket_ids")],
        covers: Covers::Projects,
        ..children("gauges of the account", "/reports/gauges.json")
    }],
    operations: &[Operation {
        answer: Answer::Nothing,
        attempts: 2,
        permission: Permission::ProjectAdministrators,
        ..change(
            "gauge",
            "/projects/{project_id}/gauge.json",
            &[member("gauge.enabled", &["enabled"]).required()],
        )
    }],
    scoped: true,
    ..TABLE
};

/// Every reading of the gauges. A project without a gauge has no such address, so the gauges are
/// walked and not the projects.
pub static GAUGE_NEEDLES: Table = Table {
    name: "gauge_needles",
    about: "Needles of gauges, newest first for each project.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        &[
            plain("color", Text, "Its colour: green, yellow or red."),
            plain("position", Integer, "Its place, 0 to 100."),
            plain("comment_count", Integer, "Number of comments, once more."),
            at("gauge_id", Bigint, "parent.id", "Gauge that it is on."),
            PARENT_TITLE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/gauge_needles/{id}.json"),
        NEEDLES,
        walked(
            "needles of every gauge",
            Some(Each::row("gauges", &[("project_id", "project_id")])),
            NEEDLES,
        ),
    ],
    operations: &[
        insert(
            "new needle",
            "/projects/{project_id}/gauge/needles.json",
            &[
                member("gauge_needle.position", &["position"]).required(),
                member("gauge_needle.color", &["color"]),
                member("gauge_needle.description", &["description"]),
                member("notify", &[]),
                member("subscriptions", &[]),
            ],
        ),
        Operation {
            attempts: 2,
            ..change(
                "changed needle",
                "/gauge_needles/{id}.json",
                &[member("gauge_needle.description", &["description"])],
            )
        },
        Operation { attempts: 2, ..delete("deleted needle", "/gauge_needles/{id}.json") },
    ],
    scoped: true,
    ..TABLE
};

const NEEDLES: Source =
    children("needles of a project", "/projects/{project_id}/gauge/needles.json");

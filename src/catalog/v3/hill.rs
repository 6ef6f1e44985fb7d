//! Hill charts of to-do sets.

use super::shared::{APP_URL, URL, every, walked};
use super::writing::{delete, insert};
use crate::catalog::column::{asked, at, plain};
use crate::catalog::operation::{ATTEMPTS, Answer, Method, Operation, member};
use crate::catalog::{Column, Rows, SOURCE, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, Timestamptz};

const TODOSET_ID: Column = asked("todoset_id", Bigint, "To-do set that it is of.");

/// Hill charts, one of each to-do set, drawn or not.
pub static HILL_CHARTS: Table = Table {
    name: "hill_charts",
    about: "Hill charts, one of each to-do set.",
    columns: &[&[
        plain("enabled", Boolean, "Whether any list is on it."),
        plain("stale", Boolean, "Whether nobody moved it for a while."),
        plain("updated_at", Timestamptz, "When it last changed."),
        plain("app_update_url", Text, "Web address to move its dots."),
        plain("app_versions_url", Text, "Web address of its history."),
        plain("dots", Jsonb, "The lists on it, whole."),
        TODOSET_ID,
    ]],
    sources: &[CHART, walked("charts of every to-do set", every("todoset"), CHART)],
    scoped: true,
    ..TABLE
};

const CHART: Source = Source {
    name: "chart of a to-do set",
    path: "/todosets/{todoset_id}/hill.json",
    rows: Rows::One,
    ..SOURCE
};

/// Lists on hill charts.
pub static HILL_CHART_DOTS: Table = Table {
    name: "hill_chart_dots",
    about: "To-do lists on hill charts.",
    columns: &[&[
        TODOSET_ID,
        at("todolist_id", Bigint, "id", "The list."),
        plain("label", Text, "Name of the list."),
        plain("color", Text, "Name of its colour."),
        plain("position", Integer, "Its place along the hill, 0 to 100."),
        URL,
        APP_URL,
    ]],
    sources: &[DOTS, walked("dots of every to-do set", every("todoset"), DOTS)],
    operations: &[
        Operation {
            method: Method::Put,
            // Tracking a list twice is tracking it once.
            attempts: ATTEMPTS,
            answer: Answer::Other,
            ..insert("tracked list", TRACKING, &[member("tracked[]", &["todolist_id"]).required()])
        },
        Operation {
            method: Method::Put,
            members: &[member("untracked[]", &["todolist_id"]).known()],
            ..delete("list that is tracked no more", TRACKING)
        },
    ],
    scoped: true,
    ..TABLE
};

const TRACKING: &str = "/todosets/{todoset_id}/hills/settings.json";

const DOTS: Source = Source { name: "dots of a to-do set", rows: Rows::Member("dots"), ..CHART };

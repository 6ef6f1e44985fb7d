//! Templates of projects, the library of templates for parts of them, and what is made from both.

use super::shared::{
    APP_URL, ASKED_PROJECT, BUCKET, CREATED_AT, CREATOR, ENVELOPE, ID, PARENT, POSITION,
    SUBSCRIBABLE, UPDATED_AT, URL, children_by_status, listing, single,
};
use super::todos::TODOLIST;
use super::writing::{NAMED, delete, insert, replace, set};
use crate::catalog::column::{asked, at, outer, plain};
use crate::catalog::operation::{Method, member};
use crate::catalog::{Column, Covers, Rows, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, Jsonb, Text};

/// Templates of projects.
pub static TEMPLATES: Table = Table {
    name: "templates",
    about: "Templates from which projects are made.",
    columns: &[&[
        ID,
        plain("status", Text, "Publication state: active, archived or trashed."),
        CREATED_AT,
        UPDATED_AT,
        plain("name", Text, "Its name."),
        plain("description", Text, "What it is for, in plain text."),
        URL,
        APP_URL,
        plain("dock", Jsonb, "Its tools, as in projects."),
    ]],
    domains: &[STATUS],
    sources: &[
        single("/templates/{id}.json"),
        Source {
            covers: Covers::Account,
            ..children_by_status("templates of the account", "/templates.json")
        },
    ],
    operations: &[
        insert("new template", "/templates.json", NAMED),
        replace(
            "changed template",
            "/templates/{id}.json",
            &[
                // What becomes of what is left out is not told.
                member("name", &["name"]).required(),
                member("description", &["description"]).resent(),
            ],
        ),
        set("trashed template", ("status", "trashed"), Method::Delete, "/templates/{id}.json"),
        delete("trashed template", "/templates/{id}.json"),
    ],
    ..TABLE
};

/// Projects being made from a template. Nothing lists them: the answer to the order names one.
pub static PROJECT_CONSTRUCTIONS: Table = Table {
    name: "project_constructions",
    about: "Projects in the making, each found by its template and its id only.",
    columns: &[&[
        ID,
        MAKING,
        URL,
        plain("project", Jsonb, "The new project, once it is made."),
        asked("template_id", Bigint, "Template that it is made from."),
    ]],
    sources: &[single("/templates/{template_id}/project_constructions/{id}.json")],
    ..TABLE
};

/// How far a copy is.
const MAKING: Column = plain("status", Text, "How far it is: pending or completed.");

/// What was copied, and what came of it.
const COPY: &[Column] = &[
    ID,
    MAKING,
    URL,
    plain("source_recording_id", Bigint, "Recording that is the model."),
    at(
        "destination_card_table_id",
        Bigint,
        "destination_card_table.id",
        "Card table that came of it.",
    ),
    plain("destination_card_table", Jsonb, "The card table that came of it, whole."),
    at("destination_todolist_id", Bigint, "destination_todolist.id", "To-do list that came of it."),
    plain("destination_todolist", Jsonb, "The to-do list that came of it, whole."),
];

/// Lists and card tables on their way into the library. Nothing lists them.
pub static TEMPLATIFICATIONS: Table = Table {
    name: "templatifications",
    about: "Recordings being made into templates, each found by project, recording and id only.",
    columns: &[
        COPY,
        &[ASKED_PROJECT, asked("recording_id", Bigint, "Recording that is made into a template.")],
    ],
    sources: &[single(
        "/buckets/{project_id}/recordings/{recording_id}/templatifications/{id}.json",
    )],
    scoped: true,
    ..TABLE
};

/// Lists and card tables on their way out of the library. Nothing lists them.
pub static TEMPLATE_LIBRARY_COPIES: Table = Table {
    name: "template_library_copies",
    about: "Copies of templates of the library, each found by its id only.",
    columns: &[
        COPY,
        &[plain("destination_parent_id", Bigint, "Recording that it is copied into.")],
    ],
    sources: &[single("/template_library/copies/{id}.json")],
    ..TABLE
};

/// To-do lists of the library. They are in no project, so the listing across projects has none.
pub static TEMPLATE_LIBRARY_TODOLISTS: Table = Table {
    name: "template_library_todolists",
    about: "To-do lists of the template library.",
    columns: TODOLIST,
    sources: &[Source {
        rows: Rows::Member("todolists"),
        ..listing("lists of the library", "/template_library/todolists.json")
    }],
    operations: &[insert("new list of the library", "/template_library/todolists.json", NAMED)],
    ..TABLE
};

/// Card tables of the library, without their columns.
pub static TEMPLATE_LIBRARY_CARD_TABLES: Table = Table {
    name: "template_library_card_tables",
    about: "Card tables of the template library.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        PARENT,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            outer(
                "kanban_boardset_id",
                Bigint,
                "kanban_boardset.id",
                "Set of card tables that the library keeps them in, if it has one.",
            ),
        ],
    ],
    sources: &[Source {
        rows: Rows::Member("card_tables"),
        ..listing("card tables of the library", "/template_library/card_tables.json")
    }],
    operations: &[insert(
        "new card table of the library",
        "/template_library/card_tables.json",
        &[member("name", &["title"]).required()],
    )],
    ..TABLE
};

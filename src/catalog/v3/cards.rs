//! Card tables, their columns and the cards.

use super::shared::{
    ASSIGNEES, BOOSTABLE, BUCKET, COMMENTABLE, COMPLETION_SUBSCRIBERS, CREATOR, DESCRIPTION,
    ENVELOPE, FINISHED, PARENT_TITLE, PARENT_TYPE, POSITION, SUBSCRIBABLE, SUBSCRIBERS, children,
    container, embedded, every, recordings, single, tool, walked,
};
use super::todos::SUBTASKS;
use super::writing::{
    ACTIVATE, ARCHIVE, ASSIGNED, DELETE, PLACE, TRASH, VISIBILITY, change, delete, insert, moved,
    replace, set,
};
use crate::catalog::column::{at, from, plain};
use crate::catalog::operation::{Clear, Member, Method, Operation, member};
use crate::catalog::{Column, Each, Field, Parameter, Rows, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text};

/// Card tables, one or more in a project.
pub static CARD_TABLES: Table = Table {
    name: "card_tables",
    about: "Card tables of projects.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        SUBSCRIBERS,
        &[
            POSITION,
            plain("lists", Jsonb, "Its columns, whole."),
            plain("wormholes", Jsonb, "Its ways to other card tables, whole."),
            plain("public_link_url", Text, "Address of its public link."),
        ],
    ],
    domains: &[STATUS],
    sources: &[single("/card_tables/{id}.json"), tool("/card_tables/{id}.json", "kanban_board")],
    operations: &[VISIBILITY],
    scoped: true,
    ..TABLE
};

/// Columns of card tables. A card table carries all of them, so one request brings a table's.
pub static CARD_COLUMNS: Table = Table {
    name: "card_columns",
    about: "Columns of card tables, the triage, done and not-now ones included.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        SUBSCRIBERS,
        &[
            POSITION,
            plain("color", Text, "Name of its colour."),
            plain("description", Text, "What it is for, in plain text."),
            plain("cards_count", Integer, "Number of cards directly inside."),
            plain("cards_url", Text, "Address of its cards."),
            from(
                "on_hold",
                Boolean,
                Field::Present("on_hold"),
                "Whether it has an on-hold section.",
            ),
            at(
                "on_hold_id",
                Bigint,
                "on_hold.id",
                "On-hold section; cards there have it as their column.",
            ),
            at("on_hold_cards_count", Integer, "on_hold.cards_count", "Number of cards on hold."),
            at("on_hold_cards_url", Text, "on_hold.cards_url", "Address of the cards on hold."),
            from(
                "comment_count",
                Integer,
                Field::Either("comment_count", "comments_count"),
                "Number of comments.",
            ),
            at("card_table_id", Bigint, "parent.id", "Card table that it is on."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/card_tables/columns/{id}.json"),
        embedded("columns of a card table", "/card_tables/{card_table_id}.json", "lists"),
        Source {
            each: Some(Each::Dock("kanban_board")),
            ..embedded("columns of every card table", "/card_tables/{card_table_id}.json", "lists")
        },
    ],
    operations: &[
        insert(
            "new column",
            "/card_tables/{card_table_id}/columns.json",
            &[member("title", &["title"]).required(), member("description", &["description"])],
        ),
        replace("changed column", "/card_tables/columns/{id}.json", CARD_COLUMN),
        change(
            "coloured column",
            "/card_tables/columns/{id}/color.json",
            &[member("color", &["color"]).required()],
        ),
        Operation {
            attempts: 2,
            ..set(
                "on-hold section",
                ("on_hold", "true"),
                Method::Post,
                "/card_tables/columns/{id}/on_hold.json",
            )
        },
        set(
            "end of an on-hold section",
            ("on_hold", "false"),
            Method::Delete,
            "/card_tables/columns/{id}/on_hold.json",
        ),
        moved(
            "moved column",
            Method::Post,
            "/card_tables/{card_table_id}/moves.json",
            &[
                member("source_id", &["id"]).known(),
                member("target_id", &["card_table_id"]).known(),
                PLACE,
            ],
        ),
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    ..TABLE
};

/// What is written of a column. What becomes of what is left out is not told.
const CARD_COLUMN: &[Member] =
    &[member("title", &["title"]).required(), member("description", &["description"]).resent()];

/// What only cards have.
pub const CARD: &[Column] = &[
    POSITION,
    plain("content", Text, "The description under its older name."),
    plain("due_on", Date, "Due date."),
    plain("completed", Boolean, "Whether it is in a done column."),
    plain(
        "completion_url",
        Text,
        "An address to complete it that cards do not answer at; move them instead.",
    ),
];

/// The steps of a card.
pub const CARD_STEPS_WHOLE: Column = plain("steps", Jsonb, "Its steps, whole.");

/// The column of a card.
pub const COLUMN_ID: Column =
    at("column_id", Bigint, "parent.id", "Column or on-hold section that it is in.");

/// The two names of the text of a card.
const TEXT: &[&str] = &["description", "content"];

/// Cards in every column, on hold and done ones included.
pub static CARDS: Table = Table {
    name: "cards",
    about: "Cards in every column of card tables, those on hold and done included.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        CARD,
        ASSIGNEES,
        COMPLETION_SUBSCRIBERS,
        &[CARD_STEPS_WHOLE],
        SUBTASKS,
        FINISHED,
        &[COLUMN_ID, PARENT_TITLE, PARENT_TYPE],
    ],
    domains: &[STATUS],
    sources: &[
        single("/card_tables/cards/{id}.json"),
        children("cards of a column", "/card_tables/lists/{column_id}/cards.json"),
        recordings(&[
            Parameter::Fixed("type", "Kanban::Card"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    operations: &[
        insert(
            "new card",
            "/card_tables/lists/{column_id}/cards.json",
            &[
                member("title", &["title"]).required(),
                member("content", TEXT),
                member("due_on", &["due_on"]),
                member("notify", &[]),
            ],
        ),
        change(
            "changed card",
            "/card_tables/cards/{id}.json",
            &[
                member("title", &["title"]).cleared(Clear::Never),
                member("content", TEXT),
                member("due_on", &["due_on"]),
                // Only where it is named: those that are read lack people who may not enter now.
                ASSIGNED,
            ],
        ),
        // Into a done column is how a card is done, and into a wormhole how it leaves for another table.
        moved(
            "moved card",
            Method::Post,
            "/card_tables/cards/{id}/moves.json",
            &[member("column_id", &["column_id"]).required(), PLACE],
        ),
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["completed"],
    container: container("column_id", "/card_tables/columns/{column_id}.json"),
    ..TABLE
};

/// Ways from one card table to a column of another, shown to those who may go there.
pub static WORMHOLES: Table = Table {
    name: "wormholes",
    about: "Ways from card tables to columns of others.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        &[
            plain("color", Text, "Name of its colour."),
            plain("linked", Boolean, "Whether the other end can be reached."),
            plain("destination_url", Text, "Address of the column it leads to."),
            at("card_table_id", Bigint, "parent.id", "Card table that it is on."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        WORMHOLES_OF_A_TABLE,
        walked("wormholes of every card table", every("kanban_board"), WORMHOLES_OF_A_TABLE),
    ],
    operations: &[delete(
        "deleted wormhole",
        "/buckets/{project_id}/card_tables/wormholes/{id}.json",
    )],
    scoped: true,
    ..TABLE
};

const WORMHOLES_OF_A_TABLE: Source = Source {
    // Servers before July 2026 have no such member.
    rows: Rows::Maybe("wormholes"),
    ..embedded("wormholes of a card table", "/card_tables/{card_table_id}.json", "wormholes")
};

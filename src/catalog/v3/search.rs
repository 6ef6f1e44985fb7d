//! Search, and what can be searched for.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CREATOR, ENVELOPE, PARENT_ID, PARENT_TITLE, PARENT_TYPE,
    POSITION, SUBSCRIBABLE, listing, said,
};
use crate::catalog::column::{asked, at, from, plain};
use crate::catalog::{Column, Domain, Field, More, Parameter, Rows, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, Timestamptz};

/// What is found. Hits of many shapes come in one listing, so every column may be NULL, and whole
/// texts are in none.
pub static SEARCH_RESULTS: Table = Table {
    name: "search_results",
    about: "What a search finds, best first; the words to search for must be given.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        TEXTS,
        FILE,
        CONTAINED,
        ON_HOLD,
        &[
            POSITION,
            PARENT_ID,
            PARENT_TITLE,
            PARENT_TYPE,
            asked("q", Text, "What was searched for; must be given."),
            asked("sort", Text, "The order of what was found: best_match or recency."),
            asked(
                "since",
                Text,
                "How far back it was searched: forever, last_7_days, last_30_days, last_90_days or \
                 last_12_months.",
            ),
            asked("exclude_chat", Boolean, "Whether chats were left out."),
            asked("file_type", Text, "The kind of files that it was narrowed to; NULL: none."),
        ],
    ],
    domains: &[
        Domain { column: "sort", values: &["best_match", "recency"], default: &["best_match"] },
        Domain { column: "since", values: TIMES, default: &["forever"] },
        Domain { column: "exclude_chat", values: &["false", "true"], default: &["false"] },
        Domain { column: "file_type", values: FILE_TYPES, default: &[] },
    ],
    sources: &[Source {
        query: &[
            Parameter::Equal { name: "q", column: "q" },
            Parameter::Equal { name: "bucket_ids[]", column: "project_id" },
            Parameter::Equal { name: "creator_ids[]", column: "creator_id" },
            // Keys of `search_types`. Whether each is the type of what it finds is written nowhere: these
            // are types by any reading, and files, which have none, are no rows of a condition on it.
            Parameter::OneOf {
                name: "type_names[]",
                column: "type",
                words: &[
                    "Message",
                    "Todo",
                    "Comment",
                    "Document",
                    "Kanban::Card",
                    "Schedule::Entry",
                ],
            },
            // What no record shows: a row has what it was asked by.
            said("sort", Some("best_match"), &[]),
            said("since", Some("forever"), &[]),
            said("exclude_chat", Some("false"), &[("true", "1")]),
            said("file_type", None, &[]),
        ],
        needs: &["q"],
        ..listing("search", "/search.json")
    }],
    ..TABLE
};

/// How far back a search goes.
const TIMES: &[&str] =
    &["forever", "last_7_days", "last_30_days", "last_90_days", "last_12_months"];

/// Kinds of files that a search can be narrowed to: keys of `search_types`.
const FILE_TYPES: &[&str] = &["Image", "Audio", "Video", "PDF"];

/// Excerpts, and what is in the texts.
const TEXTS: &[Column] = &[
    plain("bubble_up_url", Text, "Address to bubble it up."),
    plain("plain_text_content", Text, "Part of the content with what was found marked (HTML)."),
    plain(
        "plain_text_description",
        Text,
        "Part of the description with what was found marked (HTML).",
    ),
    plain("content_attachments", Jsonb, "Files embedded in the content."),
    plain("description_attachments", Jsonb, "Files embedded in the description."),
    plain("attachments", Jsonb, "Files of a line of chat."),
    plain("subject", Text, "Subject line of a message."),
    plain("language", Text, "Language of a line of code."),
    plain("image_url", Text, "Address of a picture."),
    plain("sound_url", Text, "Address of a sound that was played."),
    plain("color", Text, "Name of its colour."),
];

/// What is told of a file.
const FILE: &[Column] = &[
    plain("filename", Text, "Name of the file."),
    plain("content_type", Text, "Media type."),
    plain("byte_size", Bigint, "Size in bytes."),
    plain("previewable", Boolean, "Whether it has a preview."),
    plain("width", Integer, "Width in pixels; NULL if not an image."),
    plain("height", Integer, "Height in pixels; NULL if not an image."),
    plain("preview_url", Text, "Address of the large preview."),
    plain("thumbnail_url", Text, "Address of the small preview."),
    plain("download_url", Text, "Address of the bytes; asks for the token."),
    plain("app_download_url", Text, "Web address of the bytes."),
];

/// What is told of lists and columns.
const CONTAINED: &[Column] = &[
    plain("cards_count", Integer, "Number of cards in a column."),
    plain("comment_count", Integer, "Number of comments on a column."),
    plain("cards_url", Text, "Address of the cards in a column."),
    plain("completed", Boolean, "Whether it is done."),
    plain("completed_ratio", Text, "Finished and all to-dos of a list, as in 2/5."),
    plain("name", Text, "Name of a list."),
    plain("groups_url", Text, "Address of the groups of a list."),
    plain("todos_url", Text, "Address of the to-dos of a list."),
    plain("app_todos_url", Text, "Web address of the to-dos of a list."),
    plain("comments_app_url", Text, "Web address of the comments on a list."),
];

/// The on-hold section of a column.
const ON_HOLD: &[Column] = &[
    at("on_hold_id", Bigint, "on_hold.id", "On-hold section of a column."),
    at("on_hold_status", Text, "on_hold.status", "Publication state of the section."),
    at(
        "on_hold_inherits_status",
        Boolean,
        "on_hold.inherits_status",
        "Whether the status of the section follows the column's.",
    ),
    at("on_hold_title", Text, "on_hold.title", "Title of the section."),
    at("on_hold_created_at", Timestamptz, "on_hold.created_at", "When the section was created."),
    at("on_hold_updated_at", Timestamptz, "on_hold.updated_at", "When the section last changed."),
    at("on_hold_cards_count", Integer, "on_hold.cards_count", "Number of cards on hold."),
    at("on_hold_cards_url", Text, "on_hold.cards_url", "Address of the cards on hold."),
];

/// What a search can be narrowed to.
pub static SEARCH_TYPES: Table = Table {
    name: "search_types",
    about: "Kinds of recordings and of files that a search can be narrowed to.",
    columns: &[&[
        from(
            "kind",
            Text,
            Field::Word(&Field::NameOfArray, KINDS),
            "What it narrows by: recording or file.",
        ),
        plain("key", Text, "What to ask with; NULL for everything."),
        plain("value", Text, "What people read."),
    ]],
    sources: &[Source {
        rows: Rows::Arrays(&["recording_search_types", "file_search_types"], More::No),
        ..listing("what can be searched for", "/searches/metadata.json")
    }],
    ..TABLE
};

const KINDS: &[(&str, &str)] =
    &[("recording_search_types", "recording"), ("file_search_types", "file")];

//! Files that are elsewhere or inside of texts, and the feed of files of every kind.

use super::files::VAULT;
use super::shared::{
    APP_URL, BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATED_AT, CREATOR, DESCRIPTION, ENVELOPE,
    ID, PARENT, POSITION, SUBSCRIBABLE, UPDATED_AT, URL, listing, recordings, said, single,
};
use super::writing::{ACTIVATE, ARCHIVE, DELETE, TRASH, delete, insert, replace};
use crate::catalog::column::{asked, at, from, plain};
use crate::catalog::operation::{ATTEMPTS, Operation, member};
use crate::catalog::{
    Column, Domain, Field, Parameter, Rows, SOURCE, STATUS, Source, TABLE, Table,
};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text};

const SERVICE_CODE: Column =
    at("service_code", Text, "service.code", "Code of the service that it leads to.");

const SERVICE_NAME: Column =
    at("service_name", Text, "service.name", "Name of the service that it leads to.");

const SERVICE: Column = plain("service", Jsonb, "The service that it leads to, whole.");

/// Links to files at other services, in folders. Nothing lists them; their ids are in the timeline,
/// in search hits and in web addresses.
pub static CLOUD_FILES: Table = Table {
    name: "cloud_files",
    about: "Links to files at other services, each found by its id only.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        &[POSITION, SERVICE_CODE, SERVICE_NAME, SERVICE],
        VAULT,
    ],
    domains: &[STATUS],
    sources: &[single("/cloud_files/{id}.json")],
    operations: &[
        insert(
            "new cloud file",
            "/buckets/{project_id}/vaults/{vault_id}/cloud_files.json",
            &[
                member("cloud_file.url", &["url"]).required(),
                member("cloud_file.service", &["service_code"]).required(),
                member("cloud_file.title", &["title"]),
                member("cloud_file.description", &["description"]),
                member("subscriptions", &[]),
                member("visible_to_clients", &["visible_to_clients"]),
            ],
        ),
        replace(
            "changed cloud file",
            "/cloud_files/{id}.json",
            &[
                member("cloud_file.url", &["url"]).required(),
                member("cloud_file.service", &["service_code"]).required(),
                member("cloud_file.title", &["title"]).resent(),
                member("cloud_file.description", &["description"]).resent(),
                member("subscriptions", &[]),
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

/// Links to documents at Google, in folders. Nothing lists them, as with cloud files.
pub static GOOGLE_DOCUMENTS: Table = Table {
    name: "google_documents",
    about: "Links to documents at Google, each found by its id only.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        &[POSITION, plain("document_type", Text, "What it is: doc, sheet, slide or other.")],
        VAULT,
    ],
    domains: &[STATUS],
    sources: &[single("/google_documents/{id}.json")],
    operations: &[
        insert(
            "new Google document",
            "/buckets/{project_id}/vaults/{vault_id}/google_documents.json",
            &[
                member("google_document.url", &["url"]).required(),
                member("google_document.document_type", &["document_type"]).required(),
                member("google_document.title", &["title"]),
                member("google_document.description", &["description"]),
                member("google_document.status", &["status"]).otherwise("active"),
                member("subscriptions", &[]),
                member("visible_to_clients", &["visible_to_clients"]),
            ],
        ),
        replace(
            "changed Google document",
            "/google_documents/{id}.json",
            &[
                member("google_document.url", &["url"]).required(),
                member("google_document.document_type", &["document_type"]).required(),
                member("google_document.title", &["title"]).resent(),
                member("google_document.description", &["description"]).resent(),
                member("subscriptions", &[]),
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

/// Doors: links on projects to other services. The record of one alone lacks the service, so only the
/// listing across projects is read.
pub static EXTERNAL_LINKS: Table = Table {
    name: "external_links",
    about: "Links on projects that lead to other services, which Basecamp calls doors.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            plain("description", Text, "What it is for (HTML)."),
            SERVICE_CODE,
            SERVICE_NAME,
            SERVICE,
        ],
    ],
    domains: &[STATUS],
    sources: &[recordings(&[
        Parameter::Fixed("type", "Door"),
        Parameter::Projects("bucket"),
        Parameter::Status,
    ])],
    operations: &[delete("deleted external link", "/dock/tools/{id}.json")],
    scoped: true,
    ..TABLE
};

/// What is told of the bytes of a file.
const BYTES: &[Column] = &[
    plain("attachable_sgid", Text, "Signed id with which rich text embeds it."),
    plain("content_type", Text, "Media type."),
    plain("byte_size", Bigint, "Size in bytes."),
    plain("filename", Text, "Name of the file."),
    plain("download_url", Text, "Address of the bytes; asks for the token."),
    plain("width", Integer, "Width in pixels; NULL if not an image."),
    plain("height", Integer, "Height in pixels; NULL if not an image."),
    plain("key", Text, "Key under which it is stored."),
    plain("previewable", Boolean, "Whether it has a preview."),
    plain("preview_url", Text, "Address of the large preview."),
    plain("thumbnail_url", Text, "Address of the small preview."),
];

/// Where a browser gets the bytes.
const DOWNLOAD_PAGE: Column = plain("app_download_url", Text, "Web address of the bytes.");

/// The feed of files: uploads, documents and files in texts, three shapes in one, so every column may
/// be NULL. Files in texts are in no other listing, which is why it is a table of its own.
pub static FILES: Table = Table {
    name: "files",
    about: "Uploads, documents and files in rich text of the account, newest first.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        PARENT,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        CONTENT,
        BYTES,
        &[
            POSITION,
            DOWNLOAD_PAGE,
            asked(
                "kind",
                Text,
                "The kind of files that was asked for: all, images, pdfs, documents or videos.",
            ),
        ],
    ],
    domains: &[Domain { column: "kind", values: KINDS, default: &["all"] }],
    sources: &[Source {
        query: &[
            Parameter::Equal { name: "people_ids[]", column: "creator_id" },
            // Which files are of a kind no record shows.
            said("kind", Some("all"), &[]),
        ],
        ..listing("files of the account", "/files.json")
    }],
    ..TABLE
};

const KINDS: &[&str] = &["all", "images", "pdfs", "documents", "videos"];

/// Files in rich text, as the feed of files tells of them. Their parent is the text that they are in.
/// What is written under one is in that text alone, and the progress of an upload in its answer.
pub static ATTACHMENTS: Table = Table {
    name: "attachments",
    about: "Files that are embedded in rich text of the account.",
    columns: &[
        &[
            ID,
            plain("title", Text, "Its title, normally the name of the file."),
            CREATED_AT,
            UPDATED_AT,
            URL,
            APP_URL,
            from(
                "sgid",
                Text,
                Field::Either("sgid", "attachable_sgid"),
                "Signed id of the file, by the name that texts have it under.",
            ),
        ],
        BUCKET,
        CREATOR,
        PARENT,
        BYTES,
        &[DOWNLOAD_PAGE],
    ],
    sources: &[listing("files of the account", "/files.json")],
    keep: Some(("type", "Attachment")),
    ..TABLE
};

/// Things of other sites shown inside of rich text. The text has their signed ids.
pub static EMBEDS: Table = Table {
    name: "embeds",
    about: "Things of other sites embedded in rich text, each found by its signed id only.",
    columns: &[&[
        plain("sgid", Text, "Signed id with which rich text embeds it."),
        plain("status", Text, "How far Basecamp is with fetching it."),
        plain("type", Text, "What it is."),
        plain("url", Text, "Address of the thing."),
        plain("content", Text, "HTML that shows it."),
        plain("content_type", Text, "Media type of what shows it."),
        plain("image_url", Text, "Address of a picture of it."),
    ]],
    sources: &[Source {
        name: "embed by its signed id",
        path: "/embeds/{sgid}.json",
        rows: Rows::One,
        ..SOURCE
    }],
    operations: &[Operation {
        // The same address gives the same embed.
        attempts: ATTEMPTS,
        ..insert("new embed", "/embeds.json", &[member("url", &["url"]).required()])
    }],
    ..TABLE
};

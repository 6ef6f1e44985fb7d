//! Folders, documents, uploaded files and their versions.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATED_AT, CREATOR, DESCRIPTION, ENVELOPE, ID,
    PARENT, PARENT_TITLE, PARENT_TYPE, POSITION, SUBSCRIBABLE, children, container, recordings,
    single, tool, walked,
};
use super::writing::{
    ACTIVATE, ARCHIVE, DELETE, FILING, PLACE, TRASH, VISIBILITY, change, insert, replace,
};
use crate::catalog::column::{asked, at, plain};
use crate::catalog::operation::{Operation, member};
use crate::catalog::{Column, Each, Parameter, SOURCE, STATUS, Source, Supplement, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text};

/// The folder that a document or an upload is in.
pub const VAULT: &[Column] =
    &[at("vault_id", Bigint, "parent.id", "Folder that it is in."), PARENT_TITLE, PARENT_TYPE];

/// Folders at any depth. The root ones are tools, which the listing across projects may leave out.
pub static VAULTS: Table = Table {
    name: "vaults",
    about: "Folders of Docs & Files at any depth, the root of each project included.",
    columns: &[
        ENVELOPE,
        PARENT,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            plain("documents_count", Integer, "Number of documents directly inside."),
            plain("documents_url", Text, "Address of its documents."),
            plain("uploads_count", Integer, "Number of uploads directly inside."),
            plain("uploads_url", Text, "Address of its uploads."),
            plain("vaults_count", Integer, "Number of folders directly inside."),
            plain("vaults_url", Text, "Address of its folders."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/vaults/{id}.json"),
        children("folders of a folder", "/vaults/{parent_id}/vaults.json"),
        recordings(&[
            Parameter::Fixed("type", "Vault"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    operations: &[
        insert(
            "new folder",
            "/vaults/{parent_id}/vaults.json",
            &[member("title", &["title"]).required()],
        ),
        change("renamed folder", "/vaults/{id}.json", &[member("title", &["title"]).required()]),
        Operation { members: &[member("parent_id", &["parent_id"]).required(), PLACE], ..FILING },
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["documents_count"],
    container: container("parent_id", "/vaults/{parent_id}.json"),
    supplement: Some(Supplement { without: "parent", source: tool("/vaults/{id}.json", "vault") }),
    ..TABLE
};

/// Published documents in folders at any depth.
pub static DOCUMENTS: Table = Table {
    name: "documents",
    about: "Published documents in folders at any depth.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[POSITION],
        VAULT,
    ],
    domains: &[STATUS],
    sources: &[
        single("/documents/{id}.json"),
        children("documents of a folder", "/vaults/{vault_id}/documents.json"),
        recordings(&[
            Parameter::Fixed("type", "Document"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    operations: &[
        insert(
            "new document",
            "/vaults/{vault_id}/documents.json",
            &[
                member("title", &["title"]).required(),
                member("content", &["content"]),
                // Basecamp would keep it as a draft, which is in no listing.
                member("status", &["status"]).otherwise("active"),
                member("subscriptions", &[]),
                member("visible_to_clients", &["visible_to_clients"]),
            ],
        ),
        replace(
            "changed document",
            "/documents/{id}.json",
            &[
                // An empty one reads back as Untitled.
                member("title", &["title"]).resent(),
                member("content", &["content"]).resent(),
                member("subscriptions", &[]),
                member("notify", &[]),
            ],
        ),
        FILING,
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["content"],
    container: container("vault_id", "/vaults/{vault_id}.json"),
    ..TABLE
};

/// Uploaded files in folders at any depth.
pub static UPLOADS: Table = Table {
    name: "uploads",
    about: "Uploaded files in folders at any depth.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        &[
            POSITION,
            plain("content_type", Text, "Media type."),
            plain("byte_size", Bigint, "Size in bytes."),
            plain("width", Integer, "Width in pixels; NULL if not an image."),
            plain("height", Integer, "Height in pixels; NULL if not an image."),
            plain("download_url", Text, "Address of the bytes; asks for the token."),
            plain("filename", Text, "Name of the file."),
            plain("app_download_url", Text, "Web address of the bytes."),
        ],
        VAULT,
    ],
    domains: &[STATUS],
    sources: &[
        single("/uploads/{id}.json"),
        children("uploads of a folder", "/vaults/{vault_id}/uploads.json"),
        recordings(&[
            Parameter::Fixed("type", "Upload"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    operations: &[
        change("changed upload", "/uploads/{id}.json", &[member("description", &["description"])]),
        FILING,
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["byte_size", "filename"],
    container: container("vault_id", "/vaults/{vault_id}.json"),
    ..TABLE
};

/// What was uploaded over what. Whether an upload has been replaced is not told, so each is asked.
pub static UPLOAD_VERSIONS: Table = Table {
    name: "upload_versions",
    about: "Versions of uploaded files, newest first for each.",
    columns: &[
        &[
            ID,
            plain("recording_id", Bigint, "The upload."),
            plain("action", Text, "How the version came to be: created, active or blob_changed."),
            plain("details", Jsonb, "More about it."),
            CREATED_AT,
        ],
        CREATOR,
        BOOSTABLE,
        &[
            at(
                "upload_content_type",
                Text,
                "upload.content_type",
                "Media type; NULL once the file is removed.",
            ),
            at(
                "upload_byte_size",
                Bigint,
                "upload.byte_size",
                "Size in bytes; NULL once the file is removed.",
            ),
            at(
                "upload_filename",
                Text,
                "upload.filename",
                "Name of the file; NULL once it is removed.",
            ),
            at(
                "upload_download_url",
                Text,
                "upload.download_url",
                "Address of the bytes; asks for the token.",
            ),
            at(
                "upload_app_download_url",
                Text,
                "upload.app_download_url",
                "Web address of the bytes.",
            ),
            at(
                "upload_current",
                Boolean,
                "upload.current",
                "Whether it is the version that is shown.",
            ),
            asked("upload_id", Bigint, "The upload, the same as recording_id."),
        ],
    ],
    sources: &[
        VERSIONS,
        walked(
            "versions of every upload",
            Some(Each::row("uploads", &[("upload_id", "id")])),
            VERSIONS,
        ),
    ],
    ..TABLE
};

const VERSIONS: Source =
    Source { name: "versions of an upload", path: "/uploads/{upload_id}/versions.json", ..SOURCE };

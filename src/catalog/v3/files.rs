//! Folders, documents, uploaded files and their versions.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATED_AT, CREATOR, DESCRIPTION, ENVELOPE, ID,
    PARENT, PARENT_TITLE, PARENT_TYPE, POSITION, SUBSCRIBABLE, children, container, recordings,
    single, tool, walked,
};
use crate::catalog::{
    Column, Each, Field, Parameter, SOURCE, STATUS, Source, Supplement, TABLE, Table,
};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text};

/// The folder that a document or an upload is in.
pub const VAULT: &[Column] = &[
    Column::at("vault_id", Bigint, Field::Member("parent.id"), "Folder that it is in."),
    PARENT_TITLE,
    PARENT_TYPE,
];

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
            Column::plain("documents_count", Integer, "Number of documents directly inside."),
            Column::plain("documents_url", Text, "Address of its documents."),
            Column::plain("uploads_count", Integer, "Number of uploads directly inside."),
            Column::plain("uploads_url", Text, "Address of its uploads."),
            Column::plain("vaults_count", Integer, "Number of folders directly inside."),
            Column::plain("vaults_url", Text, "Address of its folders."),
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
    scoped: true,
    whole: &["documents_count"],
    keep: None,
    container: container("parent_id", "/vaults/{parent_id}.json"),
    supplement: Some(Supplement { without: "parent", source: tool("/vaults/{id}.json", "vault") }),
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
    scoped: true,
    whole: &["content"],
    keep: None,
    container: container("vault_id", "/vaults/{vault_id}.json"),
    supplement: None,
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
            Column::plain("content_type", Text, "Media type."),
            Column::plain("byte_size", Bigint, "Size in bytes."),
            Column::plain("width", Integer, "Width in pixels; NULL if not an image."),
            Column::plain("height", Integer, "Height in pixels; NULL if not an image."),
            Column::plain("download_url", Text, "Address of the bytes; asks for the token."),
            Column::plain("filename", Text, "Name of the file."),
            Column::plain("app_download_url", Text, "Web address of the bytes."),
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
    scoped: true,
    whole: &["byte_size", "filename"],
    keep: None,
    container: container("vault_id", "/vaults/{vault_id}.json"),
    supplement: None,
};

/// What was uploaded over what. Whether an upload has been replaced is not told, so each is asked.
pub static UPLOAD_VERSIONS: Table = Table {
    name: "upload_versions",
    about: "Versions of uploaded files, newest first for each.",
    columns: &[
        &[
            ID,
            Column::plain("recording_id", Bigint, "The upload."),
            Column::plain(
                "action",
                Text,
                "How the version came to be: created, active or blob_changed.",
            ),
            Column::plain("details", Jsonb, "More about it."),
            CREATED_AT,
        ],
        CREATOR,
        BOOSTABLE,
        &[
            Column::at(
                "upload_content_type",
                Text,
                Field::Member("upload.content_type"),
                "Media type; NULL once the file is removed.",
            ),
            Column::at(
                "upload_byte_size",
                Bigint,
                Field::Member("upload.byte_size"),
                "Size in bytes; NULL once the file is removed.",
            ),
            Column::at(
                "upload_filename",
                Text,
                Field::Member("upload.filename"),
                "Name of the file; NULL once it is removed.",
            ),
            Column::at(
                "upload_download_url",
                Text,
                Field::Member("upload.download_url"),
                "Address of the bytes; asks for the token.",
            ),
            Column::at(
                "upload_app_download_url",
                Text,
                Field::Member("upload.app_download_url"),
                "Web address of the bytes.",
            ),
            Column::at(
                "upload_current",
                Boolean,
                Field::Member("upload.current"),
                "Whether it is the version that is shown.",
            ),
            Column::at(
                "upload_id",
                Bigint,
                Field::Asked("upload_id"),
                "The upload, the same as recording_id.",
            ),
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

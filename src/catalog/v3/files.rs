//! Folders, documents and uploaded files.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATOR, DESCRIPTION, ENVELOPE, PARENT, PARENT_TITLE,
    PARENT_TYPE, POSITION, SUBSCRIBABLE, children, container, recordings, single, tool,
};
use crate::catalog::{Column, Field, Parameter, STATUS, Supplement, Table};
use crate::value::Type::{Bigint, Integer, Text};

/// The folder that a document or an upload is in.
const VAULT: &[Column] = &[
    Column::at(
        "vault_id",
        Bigint,
        Field::Member("parent.id"),
        "Folder that it is in.",
    ),
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
            Column::plain(
                "documents_count",
                Integer,
                "Number of documents directly inside.",
            ),
            Column::plain("documents_url", Text, "Address of its documents."),
            Column::plain(
                "uploads_count",
                Integer,
                "Number of uploads directly inside.",
            ),
            Column::plain("uploads_url", Text, "Address of its uploads."),
            Column::plain(
                "vaults_count",
                Integer,
                "Number of folders directly inside.",
            ),
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
    supplement: Some(Supplement {
        without: "parent",
        source: tool("/vaults/{id}.json", "vault"),
    }),
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
            Column::plain(
                "download_url",
                Text,
                "Address of the bytes; asks for the token.",
            ),
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

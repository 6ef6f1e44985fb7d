//! Files with their labels, uploads, and forwarded mails.

use super::shared::{
    ADDRESSES, BUCKET, CREATED_AT, CREATOR, DISCUSSION, ID, IN_CALENDAR, IN_PROJECT, IN_TRASH,
    PRIVATE, PROJECT, UPDATED_AT, in_each_project, inside, of_account, single,
};
use super::writing::{change, delete, insert};
use crate::catalog::column::{at, first, from, outer, plain};
use crate::catalog::operation::{Answer, Clear, Operation, member};
use crate::catalog::{Field, Rows, Sorts, Source, TABLE, TRASHED, Table};
use crate::value::Type::{Bigint, Integer, Jsonb, Text, Timestamptz};

const FILES_OF_ACCOUNT: Source =
    by_age(of_account("files of the account", "/attachments.json", &[]));
const FILES_OF_PROJECT: Source =
    by_age(inside("files of a project", "/projects/{project_id}/attachments.json", &[]));

/// A listing of records that never change their place: documents and topics come by what was changed
/// last, and so their `sort` is of no use.
const fn by_age(listing: Source) -> Source {
    Source { sorts: Sorts::Age, ..listing }
}

/// Files of everything that has some. Listings and single records tell the same.
pub static ATTACHMENTS: Table = Table {
    name: "attachments",
    about: "Files of messages, to-dos, uploads, comments and mails.",
    columns: &[
        &[ID],
        BUCKET,
        &[
            plain("key", Text, "Key in the storage; NULL for a linked file."),
            plain("name", Text, "File name."),
            plain("byte_size", Bigint, "Bytes; 0 for a linked file."),
            plain("content_type", Text, "Media type."),
            PRIVATE,
            IN_TRASH,
            plain("tags", Jsonb, "Labels."),
            CREATED_AT,
            UPDATED_AT,
            plain("url", Text, "Address to download it from; NULL for a linked file."),
            plain("app_url", Text, "Web address to download it from; NULL for a linked file."),
            plain("thumbnail_url", Text, "Address of a small picture of it."),
            plain("linked_source", Text, "Where a linked file is, such as google."),
            plain("linked_type", Text, "Kind of a linked file, such as document."),
            plain("link_url", Text, "Address of a linked file."),
        ],
        CREATOR,
        &[
            at(
                "attachable_id",
                Bigint,
                "attachable.id",
                "Id of the thing that it is attached to, among those of its kind.",
            ),
            at(
                "attachable_type",
                Text,
                "attachable.type",
                "Kind of that thing: Message, Todo, Upload, Comment and others.",
            ),
            at("attachable_url", Text, "attachable.url", "API address of that thing."),
            at("attachable_app_url", Text, "attachable.app_url", "Web address of that thing."),
        ],
    ],
    domains: &[TRASHED],
    sources: &[
        single("/projects/{project_id}/attachments/{id}.json", &[]),
        FILES_OF_PROJECT,
        FILES_OF_ACCOUNT,
        in_each_project("files of every project", FILES_OF_PROJECT),
    ],
    operations: &[
        change(
            "renamed file",
            "/projects/{project_id}/attachments/{id}.json",
            &[member("name", &["name"]).cleared(Clear::Never)],
        ),
        // An upload without comments goes with its file.
        delete("deleted file", "/projects/{project_id}/attachments/{id}.json"),
    ],
    scoped: true,
    ..TABLE
};

/// The project of the file around a label.
const PROJECT_OF_LABEL: Field = Field::Around(&IN_PROJECT);
const CALENDAR_OF_LABEL: Field = Field::Around(&IN_CALENDAR);

/// Labels of files, one row for each label of a file.
pub static ATTACHMENT_TAGS: Table = Table {
    name: "attachment_tags",
    about: "Labels of files.",
    columns: &[&[
        outer("attachment_id", Bigint, "id", "File."),
        from(
            "project_id",
            Bigint,
            PROJECT_OF_LABEL,
            "Project that the file is in; NULL in a calendar.",
        ),
        from(
            "calendar_id",
            Bigint,
            CALENDAR_OF_LABEL,
            "Calendar that the file is in; NULL in a project.",
        ),
        from("tag", Text, Field::Plain, "Label, as it is written on this file."),
        outer("attachment_name", Text, "name", "File name."),
    ]],
    sources: &[
        labels(inside(
            "files of a project with a label",
            "/projects/{project_id}/tags/{tag}/attachments.json",
            &[],
        )),
        labels(of_account(
            "files of the account with a label",
            "/tags/{tag}/attachments.json",
            &[],
        )),
        labels(FILES_OF_PROJECT),
        labels(FILES_OF_ACCOUNT),
        labels(in_each_project("files of every project", FILES_OF_PROJECT)),
    ],
    operations: &[
        Operation {
            answer: Answer::Nothing,
            ..insert(
                "new label",
                "/projects/{project_id}/attachments/{attachment_id}/tags.json",
                &[member("name", &["tag"]).required()],
            )
        },
        // As documented; whether only on this file or on all of the project is told in two ways.
        Operation {
            answer: Answer::Nothing,
            ..change("renamed label", LABEL, &[member("name", &["tag"]).cleared(Clear::Never)])
        },
        delete("removed label", LABEL),
    ],
    scoped: true,
    ..TABLE
};

const LABEL: &str = "/projects/{project_id}/attachments/{attachment_id}/tags/{tag}.json";

const fn labels(files: Source) -> Source {
    Source { rows: Rows::Within("tags"), sorts: Sorts::No, ..files }
}

/// The labels in use, counted from the files: Basecamp lists none.
pub static TAGS: Table = Table {
    name: "tags",
    about: "Labels that files of a project or calendar have.",
    columns: &[&[
        from(
            "name",
            Text,
            Field::Plain,
            "Label, as it is written on the first file; labels are the same in any case.",
        ),
        from(
            "project_id",
            Bigint,
            PROJECT_OF_LABEL,
            "Project that the files are in; NULL in a calendar.",
        ),
        from(
            "attachments_count",
            Integer,
            Field::Tally(&["project_id", "name"]),
            "Number of files with the label.",
        ),
    ]],
    sources: &[
        labels(FILES_OF_PROJECT),
        labels(FILES_OF_ACCOUNT),
        labels(in_each_project("files of every project", FILES_OF_PROJECT)),
    ],
    operations: &[
        // In all projects and calendars that the caller sees, whichever row is named.
        Operation {
            answer: Answer::Nothing,
            ..change(
                "renamed label",
                "/tags/{name}.json",
                &[member("name", &["name"]).cleared(Clear::Never)],
            )
        },
        delete("removed label of a project", "/projects/{project_id}/tags/{name}.json"),
        // What is in a calendar has no address of its own for that.
        delete("removed label", "/tags/{name}.json"),
    ],
    scoped: true,
    in_calendars: true,
    ..TABLE
};

/// The member of the only file of an upload: under `attachments` in the upload's own record, and the
/// record itself where the upload was found through its file.
macro_rules! file {
    ($name:literal, $ty:ident, $path:literal, $about:literal) => {
        first($name, $ty, &[Field::Head("attachments", $path), Field::Member($path)], $about)
    };
}

/// Uploads, found through their files: they have no listing. One whose file was deleted while it has
/// comments is left out; `topics` tells of it.
pub static UPLOADS: Table = Table {
    name: "uploads",
    about: "Files that were uploaded to a project by themselves, with what was said about them.",
    columns: &[
        &[
            first(
                "id",
                Bigint,
                &[Field::Member("attachable.id"), Field::Member("id")],
                "Identifier.",
            ),
            first(
                "project_id",
                Bigint,
                &[
                    Field::Member("bucket.id"),
                    Field::Asked("project_id"),
                    Field::InUrl("attachable.url", "/projects/"),
                    Field::InUrl("url", "/projects/"),
                ],
                "Project.",
            ),
            plain("content", Text, "Description (HTML)."),
            IN_TRASH,
            PRIVATE,
            CREATED_AT,
            UPDATED_AT,
            at("url", Text, "attachable.url", "API address."),
            at("app_url", Text, "attachable.app_url", "Web address."),
            file!("attachment_key", Text, "key", "Key of the file in the storage."),
            file!("attachment_name", Text, "name", "File name."),
            file!("attachment_byte_size", Bigint, "byte_size", "Bytes of the file."),
            file!("attachment_content_type", Text, "content_type", "Media type of the file."),
            file!("attachment_created_at", Timestamptz, "created_at", "When the file was created."),
            file!("attachment_url", Text, "url", "Address to download the file from."),
            file!("attachment_app_url", Text, "app_url", "Web address to download the file from."),
            file!("creator_id", Bigint, "creator.id", "Person who uploaded it."),
            file!("creator_name", Text, "creator.name", "Name of the person who uploaded it."),
            file!(
                "creator_avatar_url",
                Text,
                "creator.avatar_url",
                "Address of the picture of the person who uploaded it."
            ),
            file!(
                "creator_fullsize_avatar_url",
                Text,
                "creator.fullsize_avatar_url",
                "Address of the same picture in its original size."
            ),
            plain("attachments", Jsonb, "The one file, as an array."),
        ],
        DISCUSSION,
    ],
    domains: &[TRASHED],
    sources: &[
        single("/projects/{project_id}/uploads/{id}.json", &["attachable"]),
        of_upload(FILES_OF_PROJECT),
        of_upload(FILES_OF_ACCOUNT),
        of_upload(in_each_project("files of every project", FILES_OF_PROJECT)),
    ],
    operations: &[
        insert(
            "new upload",
            "/projects/{project_id}/uploads.json",
            &[
                // One object of a token, which basecamp.upload_attachment gives, and a name.
                member("attachments", &["attachments"]).required(),
                member("content", &["content"]),
                member("private", &["private"]),
                member("subscribers", &["subscriber_ids"]),
            ],
        ),
        delete("trashed upload", "/projects/{project_id}/uploads/{id}.json"),
    ],
    scoped: true,
    keep: Some(("attachable.type", "Upload")),
    ..TABLE
};

const fn of_upload(files: Source) -> Source {
    Source {
        lacks: &[
            "content",
            "trashed",
            "private",
            "created_at",
            "updated_at",
            "attachments",
            "comments",
            "subscribers",
        ],
        // It goes by the age of the file.
        sorts: Sorts::No,
        ..files
    }
}

/// Mails that were forwarded into projects. They arrive by mail and cannot be written.
pub static FORWARDS: Table = Table {
    name: "forwards",
    about: "Mails that were forwarded into projects.",
    columns: &[
        &[ID],
        PROJECT,
        &[
            plain("subject", Text, "Subject."),
            plain("from", Text, "Sender of the original mail; NULL where unknown."),
            plain("content", Text, "Text of the mail."),
            plain("content_html", Text, "The mail as an HTML document."),
            PRIVATE,
            IN_TRASH,
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        CREATOR,
        &[plain("attachments", Jsonb, "Files.")],
        DISCUSSION,
    ],
    domains: &[TRASHED],
    sources: &[
        single("/projects/{project_id}/forwards/{id}.json", &["url", "app_url"]),
        FORWARDS_OF_PROJECT,
        by_age(of_account("forwards of the account", "/forwards.json", DETAILS)),
        in_each_project("forwards of every project", FORWARDS_OF_PROJECT),
    ],
    scoped: true,
    ..TABLE
};

const DETAILS: &[&str] =
    &["content", "content_html", "creator", "attachments", "comments", "subscribers"];
const FORWARDS_OF_PROJECT: Source =
    by_age(inside("forwards of a project", "/projects/{project_id}/forwards.json", DETAILS));

//! Groups of columns that many tables have, and the sources they share.
//!
//! The listing of the account names the project or calendar of a row as its bucket; a listing of one of
//! them and most single records do not. There the address of the request tells which it is, or the
//! record's own address, and the listing of projects the rest.

use crate::catalog::column::{at, first, from, ids, plain};
use crate::catalog::{Column, Covers, Domain, Each, Field, Rows, SOURCE, Source, Way};
use crate::value::Type::{Bigint, Boolean, Jsonb, Text, Timestamptz};

/// The identifier.
pub const ID: Column = plain("id", Bigint, "Identifier.");
/// When it was made.
pub const CREATED_AT: Column = plain("created_at", Timestamptz, "When it was created.");
/// When it changed.
pub const UPDATED_AT: Column = plain("updated_at", Timestamptz, "When it last changed.");
/// Whether clients see it.
pub const PRIVATE: Column = plain("private", Boolean, "Whether it is hidden from clients.");
/// Whether it is in the trash.
pub const IN_TRASH: Column = plain("trashed", Boolean, "Whether it is in the trash.");

/// Addresses that only listings tell of most things.
pub const ADDRESSES: &[Column] =
    &[plain("url", Text, "API address."), plain("app_url", Text, "Web address.")];

/// Who made it.
pub const CREATOR: &[Column] = &[
    at("creator_id", Bigint, "creator.id", "Person who created it."),
    at("creator_name", Text, "creator.name", "Name of the creator."),
    at("creator_avatar_url", Text, "creator.avatar_url", "Address of the creator's picture."),
    at(
        "creator_fullsize_avatar_url",
        Text,
        "creator.fullsize_avatar_url",
        "Address of the creator's picture in its original size.",
    ),
];

/// The project that a row is in.
pub const PROJECT_ID: Field = Field::First(&[
    Field::Member("bucket.id"),
    Field::Asked("project_id"),
    Field::InUrl("url", "/projects/"),
]);

/// The project of what is in projects only.
pub const PROJECT: &[Column] = &[
    from("project_id", Bigint, PROJECT_ID, "Project."),
    first(
        "project_name",
        Text,
        &[Field::Member("bucket.name"), Field::Bucket("name")],
        "Name of the project.",
    ),
    first(
        "bucket_type",
        Text,
        &[Field::Member("bucket.type"), Field::Always("Project")],
        "Kind of what it is in, always Project.",
    ),
    first(
        "project_color",
        Text,
        &[Field::Member("bucket.color"), Field::Bucket("color")],
        "Colour of the project, in hexadecimal without a number sign.",
    ),
    first(
        "project_url",
        Text,
        &[Field::Member("bucket.url"), Field::Bucket("url")],
        "API address of the project.",
    ),
    first(
        "project_app_url",
        Text,
        &[Field::Member("bucket.app_url"), Field::Bucket("app_url")],
        "Web address of the project.",
    ),
];

/// The project of a row that may be in a calendar instead.
pub const IN_PROJECT: Field = Field::First(&[
    Field::When { path: "bucket.id", when: "bucket.type", is: "Project" },
    Field::Asked("project_id"),
    Field::InUrl("url", "/projects/"),
    Field::InUrl("recurrence.master.url", "/projects/"),
    Field::InUrl("attachable.url", "/projects/"),
    Field::InUrl("topicable.url", "/projects/"),
]);

/// The calendar of a row that may be in a project instead.
pub const IN_CALENDAR: Field = Field::First(&[
    Field::When { path: "bucket.id", when: "bucket.type", is: "Calendar" },
    Field::Asked("calendar_id"),
    Field::InUrl("url", "/calendars/"),
    Field::InUrl("recurrence.master.url", "/calendars/"),
    Field::InUrl("attachable.url", "/calendars/"),
    Field::InUrl("topicable.url", "/calendars/"),
]);

/// The project or calendar that it is in.
pub const BUCKET: &[Column] = &[
    from("project_id", Bigint, IN_PROJECT, "Project that it is in; NULL in a calendar."),
    from("calendar_id", Bigint, IN_CALENDAR, "Calendar that it is in; NULL in a project."),
    from("bucket_type", Text, KIND_OF_BUCKET, "Project or Calendar."),
    first(
        "bucket_name",
        Text,
        &[Field::Member("bucket.name"), Field::Bucket("name")],
        "Name of the project or calendar.",
    ),
    first(
        "bucket_color",
        Text,
        &[Field::Member("bucket.color"), Field::Bucket("color")],
        "Colour of the project or calendar, in hexadecimal without a number sign.",
    ),
    first(
        "bucket_url",
        Text,
        &[Field::Member("bucket.url"), Field::Bucket("url")],
        "API address of the project or calendar.",
    ),
    first(
        "bucket_app_url",
        Text,
        &[Field::Member("bucket.app_url"), Field::Bucket("app_url")],
        "Web address of the project or calendar.",
    ),
];

/// Whether a row is in a project or in a calendar.
pub const KIND_OF_BUCKET: Field = Field::First(&[
    Field::Member("bucket.type"),
    Field::Given(&[(IN_PROJECT, Bigint, "Project"), (IN_CALENDAR, Bigint, "Calendar")]),
]);

/// What holds a row. Projects and calendars have listings of their own.
pub const BUCKET_TYPE: Domain = Domain {
    column: "bucket_type",
    values: &["Project", "Calendar"],
    default: &["Project", "Calendar"],
};

/// What people say about it, and who hears of it. Only the single record has them.
pub const DISCUSSION: &[Column] = &[
    plain("comments", Jsonb, "Comments, oldest first."),
    plain("subscribers", Jsonb, "People who are told about comments."),
    ids("subscriber_ids", "subscribers", "Ids of the people who are told about comments."),
];

/// The four columns of a counter of a single record.
macro_rules! counter {
    ($name:literal, $what:literal) => {
        &[
            at(
                concat!($name, "_count"),
                Integer,
                concat!($name, ".count"),
                concat!("Number of ", $what, "."),
            ),
            at(
                concat!($name, "_updated_at"),
                Timestamptz,
                concat!($name, ".updated_at"),
                concat!("Latest change among the ", $what, "; NULL while there are none."),
            ),
            at(
                concat!($name, "_url"),
                Text,
                concat!($name, ".url"),
                concat!("API address of the ", $what, "."),
            ),
            at(
                concat!($name, "_app_url"),
                Text,
                concat!($name, ".app_url"),
                concat!("Web address of the ", $what, "."),
            ),
        ]
    };
}
pub(super) use counter;

/// What a person is.
pub const PERSON: &[Column] = &[
    plain(
        "identity_id",
        Bigint,
        "Identity that the person logs in with, the same in all accounts.",
    ),
    plain("name", Text, "Name."),
    plain("email_address", Text, "E-mail address."),
    plain("admin", Boolean, "Whether the person administers the account."),
    plain("avatar_url", Text, "Address of the picture."),
    plain("fullsize_avatar_url", Text, "Address of the picture in its original size."),
    CREATED_AT,
    UPDATED_AT,
];

/// One record by its project and id.
pub const fn single(path: &'static str, lacks: &'static [&'static str]) -> Source {
    Source { name: "single record", path, rows: Rows::One, lacks, ..SOURCE }
}

/// A listing of the whole account.
pub const fn of_account(
    name: &'static str,
    path: &'static str,
    lacks: &'static [&'static str],
) -> Source {
    Source { name, path, covers: Covers::Account, lacks, ..SOURCE }
}

/// A listing of what is inside of something that the query names.
pub const fn inside(
    name: &'static str,
    path: &'static str,
    lacks: &'static [&'static str],
) -> Source {
    Source { name, path, lacks, ..SOURCE }
}

/// The same listing for each project in scope.
pub const fn in_each_project(name: &'static str, one: Source) -> Source {
    in_each(name, Each::row("projects", &[("project_id", "id")]), one)
}

/// The same listing for each calendar.
pub const fn in_each_calendar(name: &'static str, one: Source) -> Source {
    in_each(name, Each::row("calendars", &[("calendar_id", "id")]), one)
}

/// The same listing for each row of another table.
pub const fn in_each(name: &'static str, each: Each, one: Source) -> Source {
    Source { name, each: Some(each), ..one }
}

/// The same source, for rows with certain values only.
pub const fn only(source: Source, values: &'static [(&'static str, &'static str)]) -> Source {
    Source { only: values, ..source }
}

/// The same source, asked in these ways.
pub const fn by(source: Source, ways: &'static [Way]) -> Source {
    Source { ways, ..source }
}

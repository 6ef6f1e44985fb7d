//! Groups of columns that many tables have, and the sources they share.

use crate::catalog::column::{asked, at, from, ids, person, plain};
use crate::catalog::{
    Column, Container, Covers, Each, Field, Parameter, Rows, SOURCE, Sorts, Source, Statuses,
};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, Timestamptz};

/// The envelope of every recording.
pub const ENVELOPE: &[Column] = &[
    plain("id", Bigint, "Identifier."),
    plain("status", Text, "Publication state: active, archived or trashed."),
    plain("visible_to_clients", Boolean, "Whether clients on the project can see it."),
    plain("created_at", Timestamptz, "When it was created."),
    plain("updated_at", Timestamptz, "When it last changed."),
    plain("title", Text, "Its title."),
    plain("inherits_status", Boolean, "Whether its status follows its parent's."),
    plain("type", Text, "Basecamp's name of the kind of recording."),
    plain("url", Text, "API address, in the form with the project."),
    plain("app_url", Text, "Web address."),
    plain("bookmark_url", Text, "Address of the viewer's bookmark toggle."),
];

/// What people can subscribe to.
pub const SUBSCRIBABLE: &[Column] =
    &[plain("subscription_url", Text, "Address of its subscription.")];

/// How many comments it has.
pub const COMMENTS_COUNT: Column = plain("comments_count", Integer, "Number of comments.");

/// What can be commented on.
pub const COMMENTABLE: &[Column] =
    &[COMMENTS_COUNT, plain("comments_url", Text, "Address of its comments.")];

/// What can be boosted.
pub const BOOSTABLE: &[Column] = &[
    plain("boosts_count", Integer, "Number of boosts."),
    plain("boosts_url", Text, "Address of its boosts."),
];

/// The identifier.
pub const ID: Column = plain("id", Bigint, "Identifier.");

/// When it was created.
pub const CREATED_AT: Column = plain("created_at", Timestamptz, "When it was created.");

/// When it last changed.
pub const UPDATED_AT: Column = plain("updated_at", Timestamptz, "When it last changed.");

/// Where the API has it.
pub const URL: Column = plain("url", Text, "API address.");

/// Where people see it.
pub const APP_URL: Column = plain("app_url", Text, "Web address.");

/// The project, where the address alone names it.
pub const ASKED_PROJECT: Column = asked("project_id", Bigint, "Project.");

/// The project it belongs to.
pub const PROJECT_ID: Column = at("project_id", Bigint, "bucket.id", "Project.");

/// The name of the project it belongs to.
pub const PROJECT_NAME: Column = at("project_name", Text, "bucket.name", "Name of the project.");

/// The project it belongs to, whole.
pub const BUCKET: &[Column] = &[
    PROJECT_ID,
    PROJECT_NAME,
    at("bucket_type", Text, "bucket.type", "Kind of bucket, normally Project."),
];

/// The number of who made it.
pub const CREATOR_ID: Column = person(
    "creator_id",
    Bigint,
    "creator.id",
    "Author; NULL for Basecamp's own actors, which have no number.",
);

/// The name of who made it.
pub const CREATOR_NAME: Column = at("creator_name", Text, "creator.name", "Name of the author.");

/// Who made it.
pub const CREATOR: &[Column] = &[
    CREATOR_ID,
    CREATOR_NAME,
    at(
        "creator_email_address",
        Text,
        "creator.email_address",
        "E-mail address of the author, redacted for viewers who may not see it.",
    ),
];

/// What it is in, where that may be nothing.
pub const PARENT: &[Column] = &[
    PARENT_ID,
    PARENT_TITLE,
    PARENT_TYPE,
    at("parent_url", Text, "parent.url", "API address of the parent."),
];

/// What it is in, where only its number is shown.
pub const PARENT_ID: Column = at("parent_id", Bigint, "parent.id", "Recording that it is in.");

/// The title of what it is in.
pub const PARENT_TITLE: Column = at("parent_title", Text, "parent.title", "Title of the parent.");

/// The kind of what it is in.
pub const PARENT_TYPE: Column =
    at("parent_type", Text, "parent.type", "Basecamp's name of the kind of parent.");

/// Its place.
pub const POSITION: Column =
    plain("position", Integer, "1-based place among its siblings; NULL where it has none.");

/// Rich text that most kinds call their content.
pub const CONTENT: &[Column] = &[
    plain("content", Text, "Rich text body (HTML)."),
    plain("content_attachments", Jsonb, "Files embedded in the body."),
];

/// Rich text that most kinds call their description.
pub const DESCRIPTION: &[Column] = &[
    plain("description", Text, "Rich text description (HTML)."),
    plain("description_attachments", Jsonb, "Files embedded in the description."),
];

/// Who is to do it.
pub const ASSIGNEES: &[Column] = &[
    plain("assignees", Jsonb, "People it is assigned to."),
    ids("assignee_ids", "assignees", "Ids of the people it is assigned to."),
];

/// Who hears that it is done.
pub const COMPLETION_SUBSCRIBERS: &[Column] = &[
    plain("completion_subscribers", Jsonb, "People told when it is done."),
    ids(
        "completion_subscriber_ids",
        "completion_subscribers",
        "Ids of the people told when it is done.",
    ),
];

/// When it was done.
pub const COMPLETED_AT: Column =
    at("completed_at", Timestamptz, "completion.created_at", "When it was completed.");

/// The number of who did it.
pub const COMPLETER_ID: Column =
    person("completer_id", Bigint, "completion.creator.id", "Who completed it.");

/// When and by whom it was done. Only finished records have the object.
pub const COMPLETION: &[Column] = &[
    COMPLETED_AT,
    COMPLETER_ID,
    at("completer_name", Text, "completion.creator.name", "Name of who completed it."),
];

/// When and by whom a card or a step was done. Payloads have the object, of finished ones only; Basecamp's
/// own clients expect the two members beside the rest too.
pub const FINISHED: &[Column] = &[
    from(
        "completed_at",
        Timestamptz,
        Field::Either("completion.created_at", "completed_at"),
        "When it was completed.",
    ),
    from(
        "completer_id",
        Bigint,
        Field::EitherPerson("completion.creator.id", "completer.id"),
        "Who completed it.",
    ),
    from(
        "completer_name",
        Text,
        Field::Either("completion.creator.name", "completer.name"),
        "Name of who completed it.",
    ),
];

/// Who follows it.
pub const SUBSCRIBERS: &[Column] = &[
    plain("subscribers", Jsonb, "People who follow it."),
    ids("subscriber_ids", "subscribers", "Ids of the people who follow it."),
];

/// The listing across projects, for one of the types that it knows.
pub const fn recordings(query: &'static [Parameter]) -> Source {
    Source {
        name: "recordings of the account",
        path: "/projects/recordings.json",
        query,
        covers: Covers::Projects,
        statuses: Statuses::Asked,
        sorts: Sorts::Moment,
        ..SOURCE
    }
}

/// One record by its id.
pub const fn single(path: &'static str) -> Source {
    Source { name: "single record", path, rows: Rows::One, ..SOURCE }
}

/// A tool, found through the docks of the projects.
pub const fn tool(path: &'static str, dock: &'static str) -> Source {
    Source { name: "docks of the projects", each: Some(Each::Dock(dock)), ..single(path) }
}

/// Every project in scope, for the hole `project_id`.
pub const EVERY_PROJECT: Option<Each> = Some(Each::row("projects", &[("project_id", "id")]));

/// A tool in the dock of every project in scope.
pub const fn every(dock: &'static str) -> Option<Each> {
    Some(Each::Dock(dock))
}

/// What the account has, or the viewer: a listing of all of it.
pub const fn listing(name: &'static str, path: &'static str) -> Source {
    Source { name, path, covers: Covers::Account, ..SOURCE }
}

/// One object that the account has, or the viewer.
pub const fn object(name: &'static str, path: &'static str) -> Source {
    Source { rows: Rows::One, ..listing(name, path) }
}

/// The active things of one kind in all active projects, newest first.
pub const fn everything(name: &'static str, path: &'static str) -> Source {
    Source { statuses: Statuses::Active, ..listing(name, path) }
}

/// The same source for every value of its holes.
pub const fn walked(name: &'static str, each: Option<Each>, source: Source) -> Source {
    Source { name, each, ..source }
}

/// The active children of a container.
pub const fn children(name: &'static str, path: &'static str) -> Source {
    Source { name, path, statuses: Statuses::Active, ..SOURCE }
}

/// The children of a container, of one status at a time.
pub const fn children_by_status(name: &'static str, path: &'static str) -> Source {
    Source { query: &[Parameter::Status], statuses: Statuses::Asked, ..children(name, path) }
}

/// An array inside the record of a container.
pub const fn embedded(name: &'static str, path: &'static str, member: &'static str) -> Source {
    Source { rows: Rows::Member(member), statuses: Statuses::Any, ..children(name, path) }
}

/// The values of a column, for one of which, or for NULL, nothing is said.
pub const fn said(
    column: &'static str,
    unasked: Option<&'static str>,
    words: &'static [(&'static str, &'static str)],
) -> Parameter {
    Parameter::Said { column, unasked, words }
}

/// The container of that column, whose record names the project.
pub const fn container(column: &'static str, path: &'static str) -> Option<Container> {
    Some(Container { column, path })
}

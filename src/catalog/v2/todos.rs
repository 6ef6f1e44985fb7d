//! To-do lists, to-dos, and what a person is to do.

use super::shared::{
    ADDRESSES, CREATED_AT, CREATOR, DISCUSSION, ID, IN_TRASH, PRIVATE, PROJECT, UPDATED_AT, by,
    in_each, in_each_project, inside, of_account, only, single,
};
use crate::catalog::{
    COMPLETED, Column, Each, Field, Parameter, Rows, Source, TABLE, TRASHED, Table, Way,
};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

/// Lists that are not finished, finished ones, and those in the trash have listings of their own.
const BY_STATE: &[Way] = &[
    Way { path: "", when: &[("completed", "false"), ("trashed", "false")] },
    Way { path: "/completed", when: &[("completed", "true"), ("trashed", "false")] },
    Way { path: "/trashed", when: &[("trashed", "true")] },
];

/// To-do lists of projects.
pub static TODOLISTS: Table = Table {
    name: "todolists",
    about: "To-do lists of projects, finished or not.",
    columns: &[
        &[ID],
        PROJECT,
        &[
            Column::plain("name", Text, "Name."),
            Column::plain("description", Text, "What it is about."),
            Column::plain("completed", Boolean, "Whether all its to-dos are done."),
            Column::plain("position", Integer, "1-based place in the project."),
            PRIVATE,
            IN_TRASH,
            Column::plain("completed_count", Integer, "Number of to-dos that are done."),
            Column::plain("remaining_count", Integer, "Number of to-dos that are not done."),
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        CREATOR,
        DISCUSSION,
    ],
    domains: &[COMPLETED, TRASHED],
    sources: &[
        Source {
            // Without this the answer has every to-do of the list in it.
            query: &[Parameter::Fixed("exclude_todos", "true")],
            ..single("/projects/{project_id}/todolists/{id}.json", &["url", "app_url"])
        },
        LISTS_OF_PROJECT,
        by(of_account("lists of the account", "/todolists{way}.json", DETAILS_OF_LIST), BY_STATE),
        in_each_project("lists of every project", LISTS_OF_PROJECT),
    ],
    scoped: true,
    ..TABLE
};

const DETAILS_OF_LIST: &[&str] = &["comments", "subscribers"];
const LISTS_OF_PROJECT: Source = by(
    inside("lists of a project", "/projects/{project_id}/todolists{way}.json", DETAILS_OF_LIST),
    BY_STATE,
);

/// The list of a to-do, as listings repeat it.
const LIST: &[Column] = &[
    Column::at("todolist_name", Text, Field::Member("todolist.name"), "Name of the list."),
    Column::at(
        "todolist_description",
        Text,
        Field::Member("todolist.description"),
        "What the list is about.",
    ),
    Column::at(
        "todolist_position",
        Integer,
        Field::Member("todolist.position"),
        "1-based place of the list in the project.",
    ),
    Column::at(
        "todolist_completed",
        Boolean,
        Field::Member("todolist.completed"),
        "Whether all to-dos of the list are done.",
    ),
    Column::at(
        "todolist_completed_count",
        Integer,
        Field::Member("todolist.completed_count"),
        "Number of to-dos of the list that are done.",
    ),
    Column::at(
        "todolist_remaining_count",
        Integer,
        Field::Member("todolist.remaining_count"),
        "Number of to-dos of the list that are not done.",
    ),
    Column::at(
        "todolist_private",
        Boolean,
        Field::Member("todolist.private"),
        "Whether the list is hidden from clients.",
    ),
    Column::at(
        "todolist_trashed",
        Boolean,
        Field::Member("todolist.trashed"),
        "Whether the list is in the trash.",
    ),
    Column::at(
        "todolist_created_at",
        Timestamptz,
        Field::Member("todolist.created_at"),
        "When the list was created.",
    ),
    Column::at(
        "todolist_updated_at",
        Timestamptz,
        Field::Member("todolist.updated_at"),
        "When the list last changed; the documentation does not show it.",
    ),
    Column::at("todolist_url", Text, Field::Member("todolist.url"), "API address of the list."),
    Column::at(
        "todolist_app_url",
        Text,
        Field::Member("todolist.app_url"),
        "Web address of the list.",
    ),
    Column::at(
        "todolist_creator_id",
        Bigint,
        Field::Member("todolist.creator.id"),
        "Person who created the list.",
    ),
    Column::at(
        "todolist_creator_name",
        Text,
        Field::Member("todolist.creator.name"),
        "Name of the list's creator.",
    ),
    Column::at(
        "todolist_creator_avatar_url",
        Text,
        Field::Member("todolist.creator.avatar_url"),
        "Address of the picture of the list's creator.",
    ),
    Column::at(
        "todolist_creator_fullsize_avatar_url",
        Text,
        Field::Member("todolist.creator.fullsize_avatar_url"),
        "Address of the picture of the list's creator in its original size.",
    ),
];

/// To-dos of projects. The trash is listed for one list at a time. A listing of all to-dos of the
/// account is not documented and not used.
pub static TODOS: Table = Table {
    name: "todos",
    about: "To-dos of projects, done or not.",
    columns: &[
        &[
            ID,
            Column::at(
                "project_id",
                Bigint,
                Field::First(&[
                    Field::Asked("project_id"),
                    Field::Member("todolist.bucket.id"),
                    Field::InUrl("url", "/projects/"),
                ]),
                "Project.",
            ),
            Column::at(
                "project_name",
                Text,
                Field::First(&[Field::Member("todolist.bucket.name"), Field::Bucket("name")]),
                "Name of the project.",
            ),
            Column::at(
                "todolist_id",
                Bigint,
                Field::First(&[
                    Field::Member("todolist_id"),
                    Field::Member("todolist.id"),
                    Field::Asked("todolist_id"),
                ]),
                "To-do list that it is in.",
            ),
            Column::plain("content", Text, "What is to be done."),
            Column::plain("position", Integer, "1-based place in the list."),
            Column::plain("completed", Boolean, "Whether it is done."),
            Column::at(
                "completed_at",
                Timestamptz,
                Field::Unless("completed_at"),
                "When it was done.",
            ),
            Column::at("completer_id", Bigint, Field::Member("completer.id"), "Person who did it."),
            Column::at(
                "completer_name",
                Text,
                Field::Member("completer.name"),
                "Name of the person who did it.",
            ),
            Column::at("due_on", Date, DUE_ON, "Due date."),
            Column::plain("due_at", Date, "Due date under its older name; the same as the other."),
            Column::at(
                "assignee_id",
                Bigint,
                Field::Member("assignee.id"),
                "Person who is to do it.",
            ),
            Column::at(
                "assignee_name",
                Text,
                Field::Member("assignee.name"),
                "Name of the person who is to do it.",
            ),
            Column::at(
                "assignee_type",
                Text,
                Field::Member("assignee.type"),
                "Kind of who is to do it, always Person.",
            ),
            Column::plain("comments_count", Integer, "Number of comments."),
            PRIVATE,
            IN_TRASH,
        ],
        CREATOR,
        &[CREATED_AT, UPDATED_AT],
        ADDRESSES,
        LIST,
        &[Column::plain("attachments", Jsonb, "Files.")],
        DISCUSSION,
    ],
    domains: &[COMPLETED, TRASHED],
    sources: &[
        single("/projects/{project_id}/todos/{id}.json", &["todolist"]),
        only(
            by(
                inside(
                    "to-dos of a list, done or not",
                    "/projects/{project_id}/todolists/{todolist_id}/todos/{way}.json",
                    DETAILS,
                ),
                BY_COMPLETED,
            ),
            KEPT,
        ),
        only(
            inside(
                "to-dos of a list",
                "/projects/{project_id}/todolists/{todolist_id}/todos.json",
                DETAILS,
            ),
            KEPT,
        ),
        only(HALVES_OF_PROJECT, KEPT),
        only(TODOS_OF_PROJECT, KEPT),
        only(in_each_project("to-dos of every project, done or not", HALVES_OF_PROJECT), KEPT),
        only(in_each_project("to-dos of every project", TODOS_OF_PROJECT), KEPT),
        only(TRASH_OF_LIST, &[("trashed", "true")]),
        only(
            in_each(
                "trash of every list",
                Each::row("todolists", &[("project_id", "project_id"), ("todolist_id", "id")]),
                TRASH_OF_LIST,
            ),
            &[("trashed", "true")],
        ),
    ],
    scoped: true,
    ..TABLE
};

const DETAILS: &[&str] = &["attachments", "comments", "subscribers"];
const KEPT: &[(&str, &str)] = &[("trashed", "false")];
const DUE_ON: Field = Field::First(&[Field::Member("due_on"), Field::Member("due_at")]);

/// Listings of one half only, for when one is enough: both together are in a single listing.
const BY_COMPLETED: &[Way] = &[
    Way { path: "remaining", when: &[("completed", "false")] },
    Way { path: "completed", when: &[("completed", "true")] },
];

const HALVES_OF_PROJECT: Source = by(
    inside("to-dos of a project, done or not", "/projects/{project_id}/todos/{way}.json", DETAILS),
    BY_COMPLETED,
);
const TODOS_OF_PROJECT: Source = Source {
    query: DUE_SINCE,
    ..inside("to-dos of a project", "/projects/{project_id}/todos.json", DETAILS)
};
const TRASH_OF_LIST: Source = inside(
    "trash of a list",
    "/projects/{project_id}/todolists/{todolist_id}/todos/trashed.json",
    DETAILS,
);

/// Whether the day itself counts is told in two ways, so the day before is asked for.
const DUE_SINCE: &[Parameter] =
    &[Parameter::AtLeast { name: "due_since", column: "due_on", back: 1 }];

/// What people are to do: the lists with to-dos that are assigned to a person, and those in them.
pub static ASSIGNED_TODOS: Table = Table {
    name: "assigned_todos",
    about: "To-dos that are assigned to a person and not done.",
    columns: &[
        &[
            Column::at("person_id", Bigint, Field::Asked("person_id"), "Person in charge."),
            ID,
            Column::at("todolist_id", Bigint, Field::Outer("id"), "To-do list that it is in."),
            Column::plain("content", Text, "What is to be done."),
            Column::plain("due_at", Date, "Due date under its older name."),
            Column::at("due_on", Date, DUE_ON, "Due date."),
            Column::plain("position", Integer, "1-based place in the list."),
            Column::plain("comments_count", Integer, "Number of comments."),
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        LIST_AROUND,
        &[
            Column::at("project_id", Bigint, Field::Outer("bucket.id"), "Project."),
            Column::at("project_name", Text, Field::Outer("bucket.name"), "Name of the project."),
            Column::at(
                "bucket_type",
                Text,
                Field::Outer("bucket.type"),
                "Kind of what it is in, always Project.",
            ),
            Column::at(
                "project_url",
                Text,
                Field::Outer("bucket.url"),
                "API address of the project.",
            ),
            Column::at(
                "project_app_url",
                Text,
                Field::Outer("bucket.app_url"),
                "Web address of the project.",
            ),
        ],
    ],
    sources: &[
        TODOS_OF_PERSON,
        in_each(
            "to-dos of every person",
            Each::row("people", &[("person_id", "id")]),
            TODOS_OF_PERSON,
        ),
    ],
    ..TABLE
};

const TODOS_OF_PERSON: Source = Source {
    rows: Rows::Within("assigned_todos"),
    query: DUE_SINCE,
    ..inside("to-dos of a person", "/people/{person_id}/assigned_todos.json", &[])
};

/// The list around a to-do.
const LIST_AROUND: &[Column] = &[
    Column::at("todolist_name", Text, Field::Outer("name"), "Name of the list."),
    Column::at(
        "todolist_description",
        Text,
        Field::Outer("description"),
        "What the list is about.",
    ),
    Column::at(
        "todolist_position",
        Integer,
        Field::Outer("position"),
        "1-based place of the list in the project.",
    ),
    Column::at(
        "todolist_completed",
        Boolean,
        Field::Outer("completed"),
        "Whether all to-dos of the list are done.",
    ),
    Column::at(
        "todolist_private",
        Boolean,
        Field::Outer("private"),
        "Whether the list is hidden from clients.",
    ),
    Column::at(
        "todolist_trashed",
        Boolean,
        Field::Outer("trashed"),
        "Whether the list is in the trash.",
    ),
    Column::at(
        "todolist_completed_count",
        Integer,
        Field::Outer("completed_count"),
        "Number of to-dos of the list that are done.",
    ),
    Column::at(
        "todolist_remaining_count",
        Integer,
        Field::Outer("remaining_count"),
        "Number of to-dos of the list that are not done.",
    ),
    Column::at(
        "todolist_created_at",
        Timestamptz,
        Field::Outer("created_at"),
        "When the list was created.",
    ),
    Column::at(
        "todolist_updated_at",
        Timestamptz,
        Field::Outer("updated_at"),
        "When the list last changed.",
    ),
    Column::at("todolist_url", Text, Field::Outer("url"), "API address of the list."),
    Column::at("todolist_app_url", Text, Field::Outer("app_url"), "Web address of the list."),
    Column::at(
        "todolist_creator_id",
        Bigint,
        Field::Outer("creator.id"),
        "Person who created the list.",
    ),
    Column::at(
        "todolist_creator_name",
        Text,
        Field::Outer("creator.name"),
        "Name of the list's creator.",
    ),
    Column::at(
        "todolist_creator_avatar_url",
        Text,
        Field::Outer("creator.avatar_url"),
        "Address of the picture of the list's creator.",
    ),
    Column::at(
        "todolist_creator_fullsize_avatar_url",
        Text,
        Field::Outer("creator.fullsize_avatar_url"),
        "Address of the picture of the list's creator in its original size.",
    ),
];

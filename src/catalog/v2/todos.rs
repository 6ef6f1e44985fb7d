//! To-do lists, to-dos, and what a person is to do.

use super::shared::{
    ADDRESSES, CREATED_AT, CREATOR, DISCUSSION, ID, IN_TRASH, PRIVATE, PROJECT, UPDATED_AT, by,
    in_each, in_each_project, inside, of_account, only, single,
};
use super::writing::{change, delete, insert, moved};
use crate::catalog::column::{asked, at, first, from, outer, plain};
use crate::catalog::operation::{Clear, Member, Supply, member};
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
            plain("name", Text, "Name."),
            plain("description", Text, "What it is about."),
            plain("completed", Boolean, "Whether all its to-dos are done."),
            plain("position", Integer, "1-based place in the project."),
            PRIVATE,
            IN_TRASH,
            plain("completed_count", Integer, "Number of to-dos that are done."),
            plain("remaining_count", Integer, "Number of to-dos that are not done."),
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
    operations: &[
        insert(
            "new list",
            "/projects/{project_id}/todolists.json",
            &[
                member("name", &["name"]).required(),
                member("description", &["description"]),
                member("private", &["private"]),
            ],
        ),
        change(
            "changed list",
            "/projects/{project_id}/todolists/{id}.json",
            &[
                member("name", &["name"]).cleared(Clear::Never),
                member("description", &["description"]),
                member("private", &["private"]),
            ],
        ),
        moved("moved list", "/projects/{project_id}/todolists/{id}.json"),
        delete("trashed list", "/projects/{project_id}/todolists/{id}.json"),
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
    at("todolist_name", Text, "todolist.name", "Name of the list."),
    at("todolist_description", Text, "todolist.description", "What the list is about."),
    at(
        "todolist_position",
        Integer,
        "todolist.position",
        "1-based place of the list in the project.",
    ),
    at(
        "todolist_completed",
        Boolean,
        "todolist.completed",
        "Whether all to-dos of the list are done.",
    ),
    at(
        "todolist_completed_count",
        Integer,
        "todolist.completed_count",
        "Number of to-dos of the list that are done.",
    ),
    at(
        "todolist_remaining_count",
        Integer,
        "todolist.remaining_count",
        "Number of to-dos of the list that are not done.",
    ),
    at("todolist_private", Boolean, "todolist.private", "Whether the list is hidden from clients."),
    at("todolist_trashed", Boolean, "todolist.trashed", "Whether the list is in the trash."),
    at("todolist_created_at", Timestamptz, "todolist.created_at", "When the list was created."),
    at(
        "todolist_updated_at",
        Timestamptz,
        "todolist.updated_at",
        "When the list last changed; the documentation does not show it.",
    ),
    at("todolist_url", Text, "todolist.url", "API address of the list."),
    at("todolist_app_url", Text, "todolist.app_url", "Web address of the list."),
    at("todolist_creator_id", Bigint, "todolist.creator.id", "Person who created the list."),
    at("todolist_creator_name", Text, "todolist.creator.name", "Name of the list's creator."),
    at(
        "todolist_creator_avatar_url",
        Text,
        "todolist.creator.avatar_url",
        "Address of the picture of the list's creator.",
    ),
    at(
        "todolist_creator_fullsize_avatar_url",
        Text,
        "todolist.creator.fullsize_avatar_url",
        "Address of the picture of the list's creator in its original size.",
    ),
];

const CONTENT: Member = member("content", &["content"]).required();
const DUE_AT: Member = member("due_at", &["due_on", "due_at"]).cleared(Clear::Null);
const ASSIGNEE: Member = member("assignee.id", &["assignee_id"]).cleared(Clear::Null);
const ASSIGNEE_TYPE: Member =
    Member { supply: Supply::Fixed("Person"), ..member("assignee.type", &[]) };

/// What a new to-do says.
const NEW_TODO: &[Member] = &[
    CONTENT,
    DUE_AT,
    ASSIGNEE,
    ASSIGNEE_TYPE,
    // Objects of a token, which basecamp.upload_attachment gives, and a name.
    member("attachments", &["attachments"]),
];

/// What can be changed of a to-do: the rest stays.
const CHANGED_TODO: &[Member] = &[
    member("content", &["content"]).cleared(Clear::Never),
    DUE_AT,
    ASSIGNEE,
    ASSIGNEE_TYPE,
    member("completed", &["completed"]).cleared(Clear::Never),
    member("todolist_id", &["todolist_id"]).cleared(Clear::Never),
];

/// To-dos of projects. The trash is listed for one list at a time. A listing of all to-dos of the
/// account is not documented and not used.
pub static TODOS: Table = Table {
    name: "todos",
    about: "To-dos of projects, done or not.",
    columns: &[
        &[
            ID,
            first(
                "project_id",
                Bigint,
                &[
                    Field::Asked("project_id"),
                    Field::Member("todolist.bucket.id"),
                    Field::InUrl("url", "/projects/"),
                ],
                "Project.",
            ),
            first(
                "project_name",
                Text,
                &[Field::Member("todolist.bucket.name"), Field::Bucket("name")],
                "Name of the project.",
            ),
            first(
                "todolist_id",
                Bigint,
                &[
                    Field::Member("todolist_id"),
                    Field::Member("todolist.id"),
                    Field::Asked("todolist_id"),
                ],
                "To-do list that it is in.",
            ),
            plain("content", Text, "What is to be done."),
            plain("position", Integer, "1-based place in the list."),
            plain("completed", Boolean, "Whether it is done."),
            from("completed_at", Timestamptz, Field::Unless("completed_at"), "When it was done."),
            at("completer_id", Bigint, "completer.id", "Person who did it."),
            at("completer_name", Text, "completer.name", "Name of the person who did it."),
            from("due_on", Date, DUE_ON, "Due date."),
            plain("due_at", Date, "Due date under its older name; the same as the other."),
            at("assignee_id", Bigint, "assignee.id", "Person who is to do it."),
            at("assignee_name", Text, "assignee.name", "Name of the person who is to do it."),
            at("assignee_type", Text, "assignee.type", "Kind of who is to do it, always Person."),
            plain("comments_count", Integer, "Number of comments."),
            PRIVATE,
            IN_TRASH,
        ],
        CREATOR,
        &[CREATED_AT, UPDATED_AT],
        ADDRESSES,
        LIST,
        &[plain("attachments", Jsonb, "Files.")],
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
        only(TODOS_OF_PROJECT, KEPT),
        only(HALVES_OF_PROJECT, KEPT),
        only(in_each_project("to-dos of every project", TODOS_OF_PROJECT), KEPT),
        only(in_each_project("to-dos of every project, done or not", HALVES_OF_PROJECT), KEPT),
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
    operations: &[
        insert("new to-do", "/projects/{project_id}/todolists/{todolist_id}/todos.json", NEW_TODO),
        change("changed to-do", "/projects/{project_id}/todos/{id}.json", CHANGED_TODO),
        moved("moved to-do", "/projects/{project_id}/todos/{id}.json"),
        delete("trashed to-do", "/projects/{project_id}/todos/{id}.json"),
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
            asked("person_id", Bigint, "Person in charge."),
            ID,
            outer("todolist_id", Bigint, "id", "To-do list that it is in."),
            plain("content", Text, "What is to be done."),
            plain("due_at", Date, "Due date under its older name."),
            from("due_on", Date, DUE_ON, "Due date."),
            plain("position", Integer, "1-based place in the list."),
            plain("comments_count", Integer, "Number of comments."),
            CREATED_AT,
            UPDATED_AT,
        ],
        ADDRESSES,
        LIST_AROUND,
        &[
            outer("project_id", Bigint, "bucket.id", "Project."),
            outer("project_name", Text, "bucket.name", "Name of the project."),
            outer("bucket_type", Text, "bucket.type", "Kind of what it is in, always Project."),
            outer("project_url", Text, "bucket.url", "API address of the project."),
            outer("project_app_url", Text, "bucket.app_url", "Web address of the project."),
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
    outer("todolist_name", Text, "name", "Name of the list."),
    outer("todolist_description", Text, "description", "What the list is about."),
    outer("todolist_position", Integer, "position", "1-based place of the list in the project."),
    outer("todolist_completed", Boolean, "completed", "Whether all to-dos of the list are done."),
    outer("todolist_private", Boolean, "private", "Whether the list is hidden from clients."),
    outer("todolist_trashed", Boolean, "trashed", "Whether the list is in the trash."),
    outer(
        "todolist_completed_count",
        Integer,
        "completed_count",
        "Number of to-dos of the list that are done.",
    ),
    outer(
        "todolist_remaining_count",
        Integer,
        "remaining_count",
        "Number of to-dos of the list that are not done.",
    ),
    outer("todolist_created_at", Timestamptz, "created_at", "When the list was created."),
    outer("todolist_updated_at", Timestamptz, "updated_at", "When the list last changed."),
    outer("todolist_url", Text, "url", "API address of the list."),
    outer("todolist_app_url", Text, "app_url", "Web address of the list."),
    outer("todolist_creator_id", Bigint, "creator.id", "Person who created the list."),
    outer("todolist_creator_name", Text, "creator.name", "Name of the list's creator."),
    outer(
        "todolist_creator_avatar_url",
        Text,
        "creator.avatar_url",
        "Address of the picture of the list's creator.",
    ),
    outer(
        "todolist_creator_fullsize_avatar_url",
        Text,
        "creator.fullsize_avatar_url",
        "Address of the picture of the list's creator in its original size.",
    ),
];

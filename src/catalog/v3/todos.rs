//! To-do sets, lists, groups and to-dos.

use super::shared::{
    ASSIGNEES, BOOSTABLE, BUCKET, COMMENTABLE, COMPLETION, COMPLETION_SUBSCRIBERS, CREATOR,
    DESCRIPTION, ENVELOPE, POSITION, SUBSCRIBABLE, children, children_by_status, recordings,
    single, tool,
};
use super::writing::{
    ACTIVATE, ARCHIVE, ASSIGNED, DELETE, TRASH, VISIBILITY, insert, moved, replace,
};
use crate::catalog::column::{at, from, plain};
use crate::catalog::operation::{Clear, Effect, Member, Method, OPERATION, Operation, member};
use crate::catalog::{COMPLETED, Column, Field, Parameter, STATUS, Source, Statuses, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text};

/// To-do sets, one or more in a project.
pub static TODOSETS: Table = Table {
    name: "todosets",
    about: "To-do sets of projects.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            plain("name", Text, "Its name, the same as the title."),
            plain("todolists_count", Integer, "Number of lists."),
            plain("todolists_url", Text, "Address of its lists."),
            plain("completed_ratio", Text, "Finished and all to-dos, as in 2/5."),
            plain("completed", Boolean, "Whether all of it is done."),
            plain(
                "todos_count",
                Integer,
                "Number of to-dos; samples suggest that only those outside any list count.",
            ),
            plain(
                "completed_loose_todos_count",
                Integer,
                "Number of finished to-dos outside any list.",
            ),
            plain("todos_url", Text, "Address of the to-dos outside any list."),
            plain("app_todos_url", Text, "Web address of its to-dos."),
            plain("todolists", Jsonb, "A summary of each of its lists."),
            from(
                "app_todoslists_url",
                Text,
                Field::Either("app_todoslists_url", "app_todolists_url"),
                "Web address of its lists; the name is spelled as Basecamp does.",
            ),
            plain("hill_chart_url", Text, "Address of its hill chart."),
        ],
    ],
    domains: &[STATUS],
    sources: &[single("/todosets/{id}.json"), tool("/todosets/{id}.json", "todoset")],
    scoped: true,
    ..TABLE
};

/// What is told of a to-do list or a group.
pub const TODOLIST: &[&[Column]] = &[
    ENVELOPE,
    SUBSCRIBABLE,
    COMMENTABLE,
    BOOSTABLE,
    BUCKET,
    CREATOR,
    DESCRIPTION,
    &[
        POSITION,
        plain("bubble_up_url", Text, "Address to bubble it up."),
        plain("completed", Boolean, "Whether it is finished, as its to-dos tell."),
        plain("completed_ratio", Text, "Finished and all to-dos, as in 2/5."),
        plain("name", Text, "Its name, the same as the title."),
        plain("todos_url", Text, "Address of its to-dos."),
        plain("groups_url", Text, "Address of its groups; only on lists."),
        plain("group_position_url", Text, "Address to move it among its siblings; only on groups."),
        plain("app_todos_url", Text, "Web address of its to-dos."),
        plain("color", Text, "Name of its colour."),
        plain("comments_app_url", Text, "Web address of its comments."),
        at(
            "parent_id",
            Bigint,
            "parent.id",
            "To-do set that a list is in, or list that a group is in.",
        ),
        at("parent_title", Text, "parent.title", "Title of the parent."),
        at("parent_type", Text, "parent.type", "Todoset or Todolist."),
        from(
            "todoset_id",
            Bigint,
            Field::When { path: "parent.id", when: "parent.type", is: "Todoset" },
            "To-do set that it is in; NULL for a group.",
        ),
        from(
            "parent_todolist_id",
            Bigint,
            Field::When { path: "parent.id", when: "parent.type", is: "Todolist" },
            "List that it is a group of; NULL for a list.",
        ),
        from("is_group", Boolean, Field::Present("group_position_url"), "Whether it is a group."),
    ],
];

/// The place of a list among lists, or of a group among groups.
const AMONG: &[Member] = &[member("position", &["position"]).required()];

/// To-do lists and the groups in them, which are lists too.
pub static TODOLISTS: Table = Table {
    name: "todolists",
    about: "To-do lists and the groups inside them.",
    columns: TODOLIST,
    domains: &[STATUS],
    sources: &[
        single("/todolists/{id}.json"),
        children_by_status("lists of a to-do set", "/todosets/{todoset_id}/todolists.json"),
        children_by_status("groups of a list", "/todolists/{parent_todolist_id}/groups.json"),
        recordings(&[
            Parameter::Fixed("type", "Todolist"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    operations: &[
        insert(
            "new list",
            "/todosets/{todoset_id}/todolists.json",
            &[
                member("name", &["name"]).required(),
                member("description", &["description"]),
                member("visible_to_clients", &["visible_to_clients"]),
            ],
        ),
        insert(
            "new group",
            "/todolists/{parent_todolist_id}/groups.json",
            &[member("name", &["name"]).required(), member("color", &["color"])],
        ),
        replace(
            "changed list",
            "/todolists/{id}.json",
            &[
                member("name", &["name"]).required(),
                member("description", &["description"]).resent(),
            ],
        ),
        Operation {
            when: &[("is_group", "true")],
            ..moved("moved group", Method::Put, "/todolists/groups/{id}/position.json", AMONG)
        },
        Operation {
            when: &[("is_group", "false")],
            ..moved("moved list", Method::Put, "/todosets/todolists/{id}/position.json", AMONG)
        },
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["completed_ratio", "name"],
    ..TABLE
};

/// Where it is, and what is to be done.
pub const TASK: &[Column] = &[
    plain("position", Integer, "1-based place among its siblings; none when done."),
    plain("content", Text, "What is to be done."),
];

/// Whether and when.
pub const WHEN: &[Column] = &[
    plain("completed", Boolean, "Whether it is done."),
    plain("starts_on", Date, "Start date."),
    plain("due_on", Date, "Due date."),
];

/// What is done one after another.
pub const STEPS: &[Column] =
    &[plain("completion_url", Text, "Address to complete it."), plain("steps", Jsonb, "Subtasks.")];

/// Counters of what is done one after another, on servers since 2026.
pub const SUBTASKS: &[Column] = &[
    plain("subtasks_count", Integer, "Number of subtasks."),
    plain("subtasks_completed_count", Integer, "Number of finished subtasks."),
    plain("subtasks_url", Text, "Address of its subtasks."),
];

/// How it comes back.
pub const REPETITION: Column =
    plain("repetition_schedule", Jsonb, "How it repeats; only on repeating to-dos.");

/// What is written of a to-do. The API clears what a body leaves out; a date by nothing else, since an
/// empty text is no date to it.
const TODO: &[Member] = &[
    member("content", &["content"]).required(),
    member("description", &["description"]).resent(),
    ASSIGNED.resent(),
    member("completion_subscriber_ids", &["completion_subscriber_ids"]).resent(),
    member("starts_on", &["starts_on"]).resent().cleared(Clear::Omitted),
    member("due_on", &["due_on"]).resent().cleared(Clear::Omitted),
    // Whether people are told of it, once: never read back.
    member("notify", &[]).cleared(Clear::Omitted),
];

/// To-dos, pending and completed, in lists, in groups and loose in the to-do set.
pub static TODOS: Table = Table {
    name: "todos",
    about: "To-dos, pending and completed, in lists, in groups and outside any list.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        TASK,
        DESCRIPTION,
        WHEN,
        ASSIGNEES,
        COMPLETION_SUBSCRIBERS,
        STEPS,
        SUBTASKS,
        COMPLETION,
        &[
            REPETITION,
            at("parent_id", Bigint, "parent.id", "List, group or to-do set that it is in."),
            at("parent_title", Text, "parent.title", "Title of the parent."),
            at("parent_type", Text, "parent.type", "Todolist or Todoset."),
            from(
                "todolist_id",
                Bigint,
                Field::When { path: "parent.id", when: "parent.type", is: "Todolist" },
                "List or group that it is in; NULL for a loose to-do.",
            ),
        ],
    ],
    domains: &[STATUS, COMPLETED],
    sources: &[
        single("/todos/{id}.json"),
        Source {
            query: &[Parameter::Status, Parameter::Completed],
            statuses: Statuses::Asked,
            ..children("to-dos of a list", "/todolists/{todolist_id}/todos.json")
        },
        recordings(&[
            Parameter::Fixed("type", "Todo"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
    ],
    operations: &[
        insert("new to-do in a list", "/todolists/{todolist_id}/todos.json", TODO),
        Operation {
            // A to-do outside any list.
            when: &[("parent_type", "Todoset")],
            ..insert(
                "new to-do in a to-do set",
                "/buckets/{project_id}/todosets/{parent_id}/todos.json",
                TODO,
            )
        },
        replace("changed to-do", "/todos/{id}.json", TODO),
        Operation {
            name: "to-do done",
            effect: Effect::Set("completed", "true"),
            method: Method::Post,
            path: "/todos/{id}/completion.json",
            ..OPERATION
        },
        Operation {
            name: "to-do reopened",
            effect: Effect::Set("completed", "false"),
            method: Method::Delete,
            path: "/todos/{id}/completion.json",
            ..OPERATION
        },
        Operation {
            name: "moved to-do",
            path: "/todos/{id}/position.json",
            members: &[
                // Some place must be named: the first, where only the list is.
                member("position", &["position"]).otherwise("1"),
                member("parent_id", &["todolist_id", "parent_id"]).cleared(Clear::Never),
            ],
            // Moving twice is moving past another.
            attempts: 1,
            ..OPERATION
        },
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["content", "completed"],
    ..TABLE
};

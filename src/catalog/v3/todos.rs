//! To-do sets, lists, groups and to-dos.

use super::shared::{
    ASSIGNEES, BOOSTABLE, BUCKET, COMMENTABLE, COMPLETION, COMPLETION_SUBSCRIBERS, CREATOR,
    DESCRIPTION, ENVELOPE, POSITION, SUBSCRIBABLE, children, children_by_status, recordings,
    single, tool,
};
use crate::catalog::{COMPLETED, Column, Field, Parameter, STATUS, Source, Statuses, Table};
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
            Column::plain("name", Text, "Its name, the same as the title."),
            Column::plain("todolists_count", Integer, "Number of lists."),
            Column::plain("todolists_url", Text, "Address of its lists."),
            Column::plain("completed_ratio", Text, "Finished and all to-dos, as in 2/5."),
            Column::plain("completed", Boolean, "Whether all of it is done."),
            Column::plain(
                "todos_count",
                Integer,
                "Number of to-dos; samples suggest that only those outside any list count.",
            ),
            Column::plain(
                "completed_loose_todos_count",
                Integer,
                "Number of finished to-dos outside any list.",
            ),
            Column::plain("todos_url", Text, "Address of the to-dos outside any list."),
            Column::plain("app_todos_url", Text, "Web address of its to-dos."),
            Column::plain("todolists", Jsonb, "A summary of each of its lists."),
            Column::at(
                "app_todoslists_url",
                Text,
                Field::Either("app_todoslists_url", "app_todolists_url"),
                "Web address of its lists; the name is spelled as Basecamp does.",
            ),
            Column::plain("hill_chart_url", Text, "Address of its hill chart."),
        ],
    ],
    domains: &[STATUS],
    sources: &[single("/todosets/{id}.json"), tool("/todosets/{id}.json", "todoset")],
    scoped: true,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
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
        Column::plain("bubble_up_url", Text, "Address to bubble it up."),
        Column::plain("completed", Boolean, "Whether it is finished, as its to-dos tell."),
        Column::plain("completed_ratio", Text, "Finished and all to-dos, as in 2/5."),
        Column::plain("name", Text, "Its name, the same as the title."),
        Column::plain("todos_url", Text, "Address of its to-dos."),
        Column::plain("groups_url", Text, "Address of its groups; only on lists."),
        Column::plain(
            "group_position_url",
            Text,
            "Address to move it among its siblings; only on groups.",
        ),
        Column::plain("app_todos_url", Text, "Web address of its to-dos."),
        Column::plain("color", Text, "Name of its colour."),
        Column::plain("comments_app_url", Text, "Web address of its comments."),
        Column::at(
            "parent_id",
            Bigint,
            Field::Member("parent.id"),
            "To-do set that a list is in, or list that a group is in.",
        ),
        Column::at("parent_title", Text, Field::Member("parent.title"), "Title of the parent."),
        Column::at("parent_type", Text, Field::Member("parent.type"), "Todoset or Todolist."),
        Column::at(
            "todoset_id",
            Bigint,
            Field::When { path: "parent.id", when: "parent.type", is: "Todoset" },
            "To-do set that it is in; NULL for a group.",
        ),
        Column::at(
            "parent_todolist_id",
            Bigint,
            Field::When { path: "parent.id", when: "parent.type", is: "Todolist" },
            "List that it is a group of; NULL for a list.",
        ),
        Column::at(
            "is_group",
            Boolean,
            Field::Present("group_position_url"),
            "Whether it is a group.",
        ),
    ],
];

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
    scoped: true,
    whole: &["completed_ratio", "name"],
    keep: None,
    container: None,
    supplement: None,
};

/// Where it is, and what is to be done.
pub const TASK: &[Column] = &[
    Column::plain("position", Integer, "1-based place among its siblings; none when done."),
    Column::plain("content", Text, "What is to be done."),
];

/// Whether and when.
pub const WHEN: &[Column] = &[
    Column::plain("completed", Boolean, "Whether it is done."),
    Column::plain("starts_on", Date, "Start date."),
    Column::plain("due_on", Date, "Due date."),
];

/// What is done one after another.
pub const STEPS: &[Column] = &[
    Column::plain("completion_url", Text, "Address to complete it."),
    Column::plain("steps", Jsonb, "Subtasks."),
];

/// Counters of what is done one after another, on servers since 2026.
pub const SUBTASKS: &[Column] = &[
    Column::plain("subtasks_count", Integer, "Number of subtasks."),
    Column::plain("subtasks_completed_count", Integer, "Number of finished subtasks."),
    Column::plain("subtasks_url", Text, "Address of its subtasks."),
];

/// How it comes back.
pub const REPETITION: Column =
    Column::plain("repetition_schedule", Jsonb, "How it repeats; only on repeating to-dos.");

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
            Column::at(
                "parent_id",
                Bigint,
                Field::Member("parent.id"),
                "List, group or to-do set that it is in.",
            ),
            Column::at("parent_title", Text, Field::Member("parent.title"), "Title of the parent."),
            Column::at("parent_type", Text, Field::Member("parent.type"), "Todolist or Todoset."),
            Column::at(
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
    scoped: true,
    whole: &["content", "completed"],
    keep: None,
    container: None,
    supplement: None,
};

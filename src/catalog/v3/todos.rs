//! To-do sets, lists, groups and to-dos.

use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CREATOR, ENVELOPE, SUBSCRIBABLE, children, recordings, single,
};
use crate::catalog::{COMPLETED, Column, Field, Parameter, STATUS, Source, Statuses, Table};
use crate::value::Type::{Bigint, BigintArray, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

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
        &[
            Column::plain(
                "position",
                Integer,
                "1-based place among its siblings; none when done.",
            ),
            Column::plain("content", Text, "What is to be done."),
            Column::plain("description", Text, "Rich text description (HTML)."),
            Column::plain(
                "description_attachments",
                Jsonb,
                "Files embedded in the description.",
            ),
            Column::plain("completed", Boolean, "Whether it is done."),
            Column::plain("starts_on", Date, "Start date."),
            Column::plain("due_on", Date, "Due date."),
            Column::plain("assignees", Jsonb, "People it is assigned to."),
            Column::at(
                "assignee_ids",
                BigintArray,
                Field::Each("assignees", "id"),
                "Their ids.",
            ),
            Column::plain(
                "completion_subscribers",
                Jsonb,
                "People told when it is done.",
            ),
            Column::at(
                "completion_subscriber_ids",
                BigintArray,
                Field::Each("completion_subscribers", "id"),
                "Their ids.",
            ),
            Column::plain("completion_url", Text, "Address to complete it."),
            Column::plain("steps", Jsonb, "Subtasks."),
            Column::at(
                "completed_at",
                Timestamptz,
                Field::Member("completion.created_at"),
                "When it was completed.",
            ),
            Column::at(
                "completer_id",
                Bigint,
                Field::Person("completion.creator.id"),
                "Who completed it.",
            ),
            Column::at(
                "completer_name",
                Text,
                Field::Member("completion.creator.name"),
                "Name of who completed it.",
            ),
            Column::plain(
                "repetition_schedule",
                Jsonb,
                "How it repeats; only on repeating to-dos.",
            ),
            Column::at(
                "parent_id",
                Bigint,
                Field::Member("parent.id"),
                "List, group or to-do set that it is in.",
            ),
            Column::at(
                "parent_title",
                Text,
                Field::Member("parent.title"),
                "Title of the parent.",
            ),
            Column::at(
                "parent_type",
                Text,
                Field::Member("parent.type"),
                "Todolist or Todoset.",
            ),
            Column::at(
                "todolist_id",
                Bigint,
                Field::When {
                    path: "parent.id",
                    when: "parent.type",
                    is: "Todolist",
                },
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

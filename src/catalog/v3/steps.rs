//! Steps of cards and subtasks of to-dos: one kind of recording, told apart by the parent.

use super::shared::{
    ASSIGNEES, BUCKET, CREATOR, ENVELOPE, FINISHED, PARENT, PARENT_TITLE, PARENT_TYPE, POSITION,
    children, container, embedded, recordings, single,
};
use super::writing::{
    ACTIVATE, ARCHIVE, ASSIGNED, DELETE, TRASH, change, delete, insert, moved, set,
};
use crate::catalog::column::{at, plain};
use crate::catalog::operation::{Answer, Clear, Member, Method, Operation, Supply, member};
use crate::catalog::{Column, Parameter, Rows, STATUS, Source, Statuses, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Text};

/// What only steps have.
const STEP: &[Column] = &[
    POSITION,
    plain("due_on", Date, "Due date."),
    plain("completed", Boolean, "Whether it is done."),
    plain("completion_url", Text, "Address to complete it, without the host."),
];

/// The listing across projects has steps of both kinds.
const RECORDINGS: Source = recordings(&[
    Parameter::Fixed("type", "Kanban::Step"),
    Parameter::Projects("bucket"),
    Parameter::Status,
]);

/// The steps inside of the record of their card or to-do. Archived and trashed ones are not taken to
/// be there; the listing across projects is asked for them.
const fn inside(name: &'static str, path: &'static str) -> Source {
    Source {
        statuses: Statuses::Active,
        // Payloads of to-dos before May 2026 have no such member.
        rows: Rows::Maybe("steps"),
        ..embedded(name, path, "steps")
    }
}

/// What a new step takes.
const NEW_STEP: &[Member] =
    &[member("title", &["title"]).required(), member("due_on", &["due_on"]), ASSIGNED];

/// What is changed of a step.
const CHANGED_STEP: &[Member] =
    &[member("title", &["title"]).cleared(Clear::Never), member("due_on", &["due_on"]), ASSIGNED];

/// Where steps are done, by a word.
const COMPLETIONS: &str = "/card_tables/steps/{id}/completions.json";

/// Where subtasks are done, by the method.
const COMPLETION: &str = "/subtasks/{id}/completion.json";

/// Steps of cards. Subtasks of to-dos are of the same type and are left out.
pub static CARD_STEPS: Table = Table {
    name: "card_steps",
    about: "Steps of cards.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        STEP,
        ASSIGNEES,
        FINISHED,
        &[
            at("card_id", Bigint, "parent.id", "Card that it belongs to."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/card_tables/steps/{id}.json"),
        inside("steps of a card", "/card_tables/cards/{card_id}.json"),
        RECORDINGS,
    ],
    operations: &[
        insert("new step", "/card_tables/cards/{card_id}/steps.json", NEW_STEP),
        change("changed step", "/card_tables/steps/{id}.json", CHANGED_STEP),
        Operation {
            members: &[Member { supply: Supply::Fixed("on"), ..member("completion", &[]) }],
            answer: Answer::Record,
            ..set("step done", ("completed", "true"), Method::Put, COMPLETIONS)
        },
        Operation {
            members: &[Member { supply: Supply::Fixed("off"), ..member("completion", &[]) }],
            answer: Answer::Record,
            ..set("step reopened", ("completed", "false"), Method::Put, COMPLETIONS)
        },
        Operation { name: "moved step", ..MOVED },
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["completed"],
    keep: Some(("parent.type", "Kanban::Card")),
    container: container("card_id", "/card_tables/cards/{card_id}.json"),
    ..TABLE
};

/// What is written of a subtask, whatever it is of.
const NEW: Operation = insert("new subtask", "/recordings/{parent_id}/subtasks.json", NEW_STEP);
const CHANGED: Operation = change("changed subtask", "/subtasks/{id}.json", CHANGED_STEP);
const DONE: Operation = set("subtask done", ("completed", "true"), Method::Post, COMPLETION);
const REOPENED: Operation =
    set("subtask reopened", ("completed", "false"), Method::Delete, COMPLETION);
const MOVED: Operation = moved(
    "moved subtask",
    Method::Put,
    "/subtasks/{id}/position.json",
    &[member("position", &["position"]).required()],
);

/// Subtasks of to-dos. Steps of cards are of the same type and are left out.
pub static TODO_STEPS: Table = Table {
    name: "todo_steps",
    about: "Subtasks of to-dos.",
    columns: &[ENVELOPE, BUCKET, CREATOR, STEP, ASSIGNEES, FINISHED, PARENT],
    domains: &[STATUS],
    sources: &[
        single("/card_tables/steps/{id}.json"),
        inside("subtasks of a to-do", "/todos/{parent_id}.json"),
        RECORDINGS,
    ],
    operations: &[NEW, CHANGED, DONE, REOPENED, MOVED, ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    in_calendars: false,
    whole: &["completed"],
    keep: Some(("parent.type", "Todo")),
    container: container("parent_id", "/todos/{parent_id}.json"),
    ..TABLE
};

/// Steps of both kinds under their newer name, with what is only told of a finished one. No address
/// serves a recording of unknown kind, so the project of the parent cannot be learned and there is no
/// container.
pub static SUBTASKS: Table = Table {
    name: "subtasks",
    about: "Steps of cards and subtasks of to-dos together.",
    columns: &[ENVELOPE, BUCKET, CREATOR, STEP, ASSIGNEES, FINISHED, PARENT],
    domains: &[STATUS],
    sources: &[
        single("/subtasks/{id}.json"),
        children("subtasks of a recording", "/recordings/{parent_id}/subtasks.json"),
        RECORDINGS,
    ],
    operations: &[
        NEW,
        CHANGED,
        DONE,
        REOPENED,
        MOVED,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        delete("deleted subtask", "/subtasks/{id}.json"),
    ],
    scoped: true,
    in_calendars: false,
    whole: &["completed"],
    ..TABLE
};

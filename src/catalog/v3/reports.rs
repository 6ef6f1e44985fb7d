//! Reports of to-dos and cards over the whole account.
//!
//! They are tables of their own because they mean something else than `todos` and `cards`: the grouped
//! ones leave out what is in tools that projects do not show, and the others count by the viewer's day.
//! All their rows are active.

use super::cards::{CARD, CARD_STEPS_WHOLE, COLUMN_ID};
use super::shared::{
    ASSIGNEES, BOOSTABLE, BUCKET, COMMENTABLE, COMPLETION, COMPLETION_SUBSCRIBERS, CREATOR,
    DESCRIPTION, ENVELOPE, FINISHED, PARENT_ID, PARENT_TITLE, PARENT_TYPE, SUBSCRIBABLE, listing,
    walked,
};
use super::todos::{REPETITION, STEPS, SUBTASKS, TASK, WHEN};
use crate::catalog::column::{asked, from};
use crate::catalog::{Column, Domain, Each, Field, More, Rows, SOURCE, Source, TABLE, Table, Way};
use crate::value::Type::{Bigint, Text};

const WHERE: &[Column] = &[REPETITION, PARENT_ID, PARENT_TITLE, PARENT_TYPE];

/// Open to-dos by who is to do them: one that two people have is two rows. Everyone is asked for, also
/// who can be given no more.
pub static ASSIGNED_TODOS: Table = Table {
    name: "assigned_todos",
    about: "Open to-dos by the people they are assigned to, a row for each person and to-do.",
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
        WHERE,
        &[asked("person_id", Bigint, "Person that it is assigned to.")],
    ],
    sources: &[
        ASSIGNED,
        walked("to-dos of everyone", Some(Each::row("people", &[("person_id", "id")])), ASSIGNED),
    ],
    ..TABLE
};

const ASSIGNED: Source = Source {
    name: "to-dos of a person",
    path: "/reports/todos/assigned/{person_id}.json",
    rows: Rows::Member("todos"),
    ..SOURCE
};

/// Open to-dos that are late, and how late. One address gives them alone, another with that.
pub static OVERDUE_TODOS: Table = Table {
    name: "overdue_todos",
    about: "Open to-dos whose due date has passed, and how long ago.",
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
        WHERE,
        &[from(
            "lateness",
            Text,
            Field::NameOfArray,
            "How late: under_a_week_late, over_a_week_late, over_a_month_late and more.",
        )],
    ],
    sources: &[
        listing("what is overdue", "/todos/overdue.json"),
        Source {
            rows: Rows::Arrays(
                &[
                    "under_a_week_late",
                    "over_a_week_late",
                    "over_a_month_late",
                    "over_three_months_late",
                ],
                More::No,
            ),
            ..listing("what is overdue by lateness", "/reports/todos/overdue.json")
        },
    ],
    ..TABLE
};

/// To-dos as the lists of everything show them, project by project. One can be in several lists.
pub static EVERYTHING_TODOS: Table = Table {
    name: "everything_todos",
    about: "To-dos of the account in lists of everything open, completed, unassigned or without date.",
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
        WHERE,
        &[LIST],
    ],
    domains: &[Domain { column: "list", values: TODO_LISTS, default: TODO_LISTS }],
    sources: &[Source {
        ways: &[
            list("open", &[("list", "open")]),
            list("completed", &[("list", "completed")]),
            list("unassigned", &[("list", "unassigned")]),
            list("no_due_date", &[("list", "no_due_date")]),
        ],
        rows: Rows::Inside("todos"),
        ..listing("every to-do by list", "/todos/{way}.json")
    }],
    ..TABLE
};

const TODO_LISTS: &[&str] = &["open", "completed", "unassigned", "no_due_date"];

/// Which of the lists it is in.
const LIST: Column = asked("list", Text, "List that it was found in.");

/// The address of a list is its name.
const fn list(path: &'static str, when: &'static [(&'static str, &'static str)]) -> Way {
    Way { path, when }
}

/// Cards as the lists of everything show them. What is overdue comes flat, the rest by project.
pub static EVERYTHING_CARDS: Table = Table {
    name: "everything_cards",
    about: "Cards of the account in lists of everything open, completed, overdue and so on.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        DESCRIPTION,
        CARD,
        ASSIGNEES,
        COMPLETION_SUBSCRIBERS,
        &[CARD_STEPS_WHOLE],
        SUBTASKS,
        FINISHED,
        &[COLUMN_ID, PARENT_TITLE, PARENT_TYPE, LIST],
    ],
    domains: &[Domain { column: "list", values: CARD_LISTS, default: CARD_LISTS }],
    sources: &[Source {
        ways: &[
            list("open", &[("list", "open")]),
            list("completed", &[("list", "completed")]),
            list("unassigned", &[("list", "unassigned")]),
            list("no_due_date", &[("list", "no_due_date")]),
            list("not_now", &[("list", "not_now")]),
            list("overdue", &[("list", "overdue")]),
        ],
        rows: Rows::Inside("cards"),
        ..listing("every card by list", "/cards/{way}.json")
    }],
    ..TABLE
};

const CARD_LISTS: &[&str] =
    &["open", "completed", "unassigned", "no_due_date", "not_now", "overdue"];

//! Automatic check-ins: questionnaires, questions, answers, and who answered.

use super::people::{PERSON, PERSON_ID};
use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATOR, ENVELOPE, PARENT_TITLE, PARENT_TYPE,
    POSITION, SUBSCRIBABLE, children, container, every, everything, listing, recordings, single,
    tool, walked,
};
use super::writing::{ACTIVATE, ARCHIVE, DELETE, TRASH, VISIBILITY, change, insert, set};
use crate::catalog::column::{asked, at, plain};
use crate::catalog::operation::{Clear, Method, member};
use crate::catalog::{Column, Each, Parameter, SOURCE, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, IntegerArray, Jsonb, Text, Timestamptz};

/// Questionnaires, one or more in a project.
pub static QUESTIONNAIRES: Table = Table {
    name: "questionnaires",
    about: "Questionnaires of projects, which hold their automatic check-ins.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            plain("name", Text, "Its name, the same as the title."),
            plain("questions_count", Integer, "Number of questions."),
            plain("questions_url", Text, "Address of its questions."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/questionnaires/{id}.json"),
        tool("/questionnaires/{id}.json", "questionnaire"),
    ],
    scoped: true,
    ..TABLE
};

/// Questions that are asked again and again.
pub static QUESTIONS: Table = Table {
    name: "questions",
    about: "Questions of automatic check-ins.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        &[plain("paused", Boolean, "Whether it is not asked for now.")],
        ASKING,
        &[
            plain("answers_count", Integer, "Number of answers."),
            plain("answers_url", Text, "Address of its answers."),
            at("questionnaire_id", Bigint, "parent.id", "Questionnaire that it is in."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/questions/{id}.json"),
        QUESTIONS_OF_ONE,
        walked("questions of every questionnaire", every("questionnaire"), QUESTIONS_OF_ONE),
    ],
    operations: &[
        insert(
            "new question",
            "/questionnaires/{questionnaire_id}/questions.json",
            &[
                member("question.title", &["title"]).required(),
                member("question.schedule", &["schedule"]).required(),
                member("visible_to_clients", &["visible_to_clients"]),
            ],
        ),
        change(
            "changed question",
            "/questions/{id}.json",
            &[
                member("question.title", &["title"]).required(),
                // With a time of day, which is not how it is read; so it is not sent again.
                member("question.schedule", &["schedule"]).cleared(Clear::Never),
            ],
        ),
        set("paused question", ("paused", "true"), Method::Post, "/questions/{id}/pause.json"),
        set("resumed question", ("paused", "false"), Method::Delete, "/questions/{id}/pause.json"),
        VISIBILITY,
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    ..TABLE
};

const QUESTIONS_OF_ONE: Source =
    children("questions of a questionnaire", "/questionnaires/{questionnaire_id}/questions.json");

/// When a question is asked.
const ASKING: &[Column] = &[
    at(
        "schedule_frequency",
        Text,
        "schedule.frequency",
        "How often it is asked, such as every_week.",
    ),
    at(
        "schedule_days",
        IntegerArray,
        "schedule.days",
        "Days of the week on which it is asked, 0 for Sunday.",
    ),
    at("schedule_hour", Integer, "schedule.hour", "Hour at which it is asked."),
    at("schedule_minute", Integer, "schedule.minute", "Minute at which it is asked."),
    at("schedule_start_date", Date, "schedule.start_date", "Day from which it is asked."),
    at("schedule_end_date", Date, "schedule.end_date", "Day until which it is asked, if it ends."),
    plain("schedule", Jsonb, "When it is asked, whole."),
];

/// Answers to questions. A question can be asked for one person's answers or for those of a day.
pub static QUESTION_ANSWERS: Table = Table {
    name: "question_answers",
    about: "Answers to the questions of automatic check-ins.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        COMMENTABLE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[
            plain("group_on", Date, "Day that it is for."),
            at("question_id", Bigint, "parent.id", "Question that it answers."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/question_answers/{id}.json"),
        children(
            "answers of a person to a question",
            "/questions/{question_id}/answers/by/{creator_id}.json",
        ),
        Source {
            query: &[
                Parameter::Equal { name: "date", column: "group_on" },
                Parameter::Equal { name: "creator_id", column: "creator_id" },
            ],
            ..children("answers to a question", "/questions/{question_id}/answers.json")
        },
        recordings(&[
            Parameter::Fixed("type", "Question::Answer"),
            Parameter::Projects("bucket"),
            Parameter::Status,
        ]),
        everything("answers of the account", "/checkins.json"),
    ],
    operations: &[
        insert(
            "new answer",
            "/questions/{question_id}/answers.json",
            &[
                member("question_answer.content", &["content"]).required(),
                member("question_answer.group_on", &["group_on"]),
            ],
        ),
        change(
            "changed answer",
            "/question_answers/{id}.json",
            &[
                member("question_answer.content", &["content"]).required(),
                member("question_answer.group_on", &["group_on"]).required(),
            ],
        ),
        ACTIVATE,
        ARCHIVE,
        TRASH,
        DELETE,
    ],
    scoped: true,
    in_calendars: false,
    whole: &["content"],
    container: container("question_id", "/questions/{question_id}.json"),
    ..TABLE
};

/// Who answered which question. Questions without an answer are not asked.
pub static QUESTION_ANSWERERS: Table = Table {
    name: "question_answerers",
    about: "People who answered a question, a row for each question and person.",
    columns: &[&[asked("question_id", Bigint, "Question that was answered."), PERSON_ID], PERSON],
    sources: &[
        ANSWERERS,
        walked(
            "answerers of every question",
            Some(Each::row_with("questions", &[("question_id", "id")], "answers_count")),
            ANSWERERS,
        ),
    ],
    ..TABLE
};

const ANSWERERS: Source = Source {
    name: "answerers of a question",
    path: "/questions/{question_id}/answers/by.json",
    ..SOURCE
};

/// What the viewer has yet to answer.
pub static QUESTION_REMINDERS: Table = Table {
    name: "question_reminders",
    about: "Reminders of questions that the viewer has yet to answer.",
    columns: &[&[
        plain("reminder_id", Bigint, "Identifier."),
        plain("remind_at", Timestamptz, "When it is due."),
        plain("group_on", Date, "Day that the answer will be for."),
        at("question_id", Bigint, "question.id", "Question to answer."),
        at("question_title", Text, "question.title", "The question."),
        at("project_id", Bigint, "question.bucket.id", "Project of the question."),
        plain("question", Jsonb, "The question, whole."),
    ]],
    sources: &[listing("reminders of the viewer", "/my/question_reminders.json")],
    ..TABLE
};

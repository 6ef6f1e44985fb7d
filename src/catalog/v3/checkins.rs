//! Automatic check-ins: questionnaires, questions, answers, and who answered.

use super::people::{PERSON, PERSON_ID};
use super::shared::{
    BOOSTABLE, BUCKET, COMMENTABLE, CONTENT, CREATOR, ENVELOPE, PARENT_TITLE, PARENT_TYPE,
    POSITION, SUBSCRIBABLE, children, container, every, everything, listing, recordings, single,
    tool, walked,
};
use crate::catalog::{Column, Each, Field, Parameter, SOURCE, STATUS, Source, TABLE, Table};
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
            Column::plain("name", Text, "Its name, the same as the title."),
            Column::plain("questions_count", Integer, "Number of questions."),
            Column::plain("questions_url", Text, "Address of its questions."),
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
        &[Column::plain("paused", Boolean, "Whether it is not asked for now.")],
        ASKING,
        &[
            Column::plain("answers_count", Integer, "Number of answers."),
            Column::plain("answers_url", Text, "Address of its answers."),
            Column::at(
                "questionnaire_id",
                Bigint,
                Field::Member("parent.id"),
                "Questionnaire that it is in.",
            ),
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
    scoped: true,
    ..TABLE
};

const QUESTIONS_OF_ONE: Source =
    children("questions of a questionnaire", "/questionnaires/{questionnaire_id}/questions.json");

/// When a question is asked.
const ASKING: &[Column] = &[
    Column::at(
        "schedule_frequency",
        Text,
        Field::Member("schedule.frequency"),
        "How often it is asked, such as every_week.",
    ),
    Column::at(
        "schedule_days",
        IntegerArray,
        Field::Member("schedule.days"),
        "Days of the week on which it is asked, 0 for Sunday.",
    ),
    Column::at(
        "schedule_hour",
        Integer,
        Field::Member("schedule.hour"),
        "Hour at which it is asked.",
    ),
    Column::at(
        "schedule_minute",
        Integer,
        Field::Member("schedule.minute"),
        "Minute at which it is asked.",
    ),
    Column::at(
        "schedule_start_date",
        Date,
        Field::Member("schedule.start_date"),
        "Day from which it is asked.",
    ),
    Column::at(
        "schedule_end_date",
        Date,
        Field::Member("schedule.end_date"),
        "Day until which it is asked, if it ends.",
    ),
    Column::plain("schedule", Jsonb, "When it is asked, whole."),
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
            Column::plain("group_on", Date, "Day that it is for."),
            Column::at(
                "question_id",
                Bigint,
                Field::Member("parent.id"),
                "Question that it answers.",
            ),
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
    scoped: true,
    whole: &["content"],
    container: container("question_id", "/questions/{question_id}.json"),
    ..TABLE
};

/// Who answered which question. Questions without an answer are not asked.
pub static QUESTION_ANSWERERS: Table = Table {
    name: "question_answerers",
    about: "People who answered a question, a row for each question and person.",
    columns: &[
        &[
            Column::at(
                "question_id",
                Bigint,
                Field::Asked("question_id"),
                "Question that was answered.",
            ),
            PERSON_ID,
        ],
        PERSON,
    ],
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
        Column::plain("reminder_id", Bigint, "Identifier."),
        Column::plain("remind_at", Timestamptz, "When it is due."),
        Column::plain("group_on", Date, "Day that the answer will be for."),
        Column::at("question_id", Bigint, Field::Member("question.id"), "Question to answer."),
        Column::at("question_title", Text, Field::Member("question.title"), "The question."),
        Column::at(
            "project_id",
            Bigint,
            Field::Member("question.bucket.id"),
            "Project of the question.",
        ),
        Column::plain("question", Jsonb, "The question, whole."),
    ]],
    sources: &[listing("reminders of the viewer", "/my/question_reminders.json")],
    ..TABLE
};

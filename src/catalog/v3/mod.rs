//! The tables of Basecamp 3, 4 and 5, a file per family.

mod account;
mod cards;
mod chat;
mod files;
mod messages;
mod people;
mod projects;
mod recordings;
mod schedule;
mod shared;
mod todos;

use super::Table;

/// Every table, sorted by name.
pub static TABLES: &[&Table] = &[
    &account::ACCOUNTS,
    &people::ASSIGNABLE_PEOPLE,
    &account::AUTHORIZED_ACCOUNTS,
    &chat::CAMPFIRE_LINES,
    &chat::CAMPFIRES,
    &cards::CARD_COLUMNS,
    &cards::CARD_STEPS,
    &cards::CARD_TABLES,
    &cards::CARDS,
    &messages::COMMENTS,
    &files::DOCUMENTS,
    &messages::MESSAGE_BOARDS,
    &messages::MESSAGES,
    &people::MY_PROFILE,
    &people::OUT_OF_OFFICE,
    &people::PEOPLE,
    &people::PROJECT_PEOPLE,
    &projects::PROJECTS,
    &recordings::RECORDING_EVENTS,
    &recordings::RECORDINGS,
    &schedule::SCHEDULE_ENTRIES,
    &schedule::SCHEDULES,
    &todos::TODOLISTS,
    &todos::TODOS,
    &todos::TODOSETS,
    &files::UPLOADS,
    &files::VAULTS,
];

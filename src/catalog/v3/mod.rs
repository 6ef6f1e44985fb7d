//! The tables of Basecamp 3, 4 and 5, a file per family.

mod account;
mod cards;
mod chat;
mod files;
mod hill;
mod messages;
mod people;
mod projects;
mod recordings;
mod schedule;
mod shared;
mod steps;
mod templates;
mod todos;
mod webhooks;

use super::Table;

/// Every table, sorted by name.
pub static TABLES: &[&Table] = &[
    &account::ACCOUNTS,
    &people::ASSIGNABLE_PEOPLE,
    &account::AUTHORIZED_ACCOUNTS,
    &projects::CALENDARS,
    &chat::CAMPFIRE_LINES,
    &chat::CAMPFIRES,
    &cards::CARD_COLUMNS,
    &steps::CARD_STEPS,
    &cards::CARD_TABLES,
    &cards::CARDS,
    &messages::COMMENTS,
    &projects::DOCK_TOOLS,
    &files::DOCUMENTS,
    &projects::FOLDERS,
    &hill::HILL_CHART_DOTS,
    &hill::HILL_CHARTS,
    &projects::LINEUP_MARKERS,
    &messages::MESSAGE_BOARDS,
    &messages::MESSAGE_TYPES,
    &messages::MESSAGES,
    &people::MY_PROFILE,
    &people::OUT_OF_OFFICE,
    &people::PEOPLE,
    &templates::PROJECT_CONSTRUCTIONS,
    &people::PROJECT_PEOPLE,
    &projects::PROJECTS,
    &projects::RECENT_PROJECTS,
    &recordings::RECORDING_EVENTS,
    &recordings::RECORDINGS,
    &schedule::SCHEDULE_ENTRIES,
    &schedule::SCHEDULES,
    &steps::SUBTASKS,
    &templates::TEMPLATE_LIBRARY_CARD_TABLES,
    &templates::TEMPLATE_LIBRARY_COPIES,
    &templates::TEMPLATE_LIBRARY_TODOLISTS,
    &templates::TEMPLATES,
    &templates::TEMPLATIFICATIONS,
    &steps::TODO_STEPS,
    &todos::TODOLISTS,
    &todos::TODOS,
    &todos::TODOSETS,
    &files::UPLOADS,
    &files::VAULTS,
    &webhooks::WEBHOOK_DELIVERIES,
    &webhooks::WEBHOOKS,
    &cards::WORMHOLES,
];

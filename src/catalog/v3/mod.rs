//! The tables of Basecamp 3, 4 and 5, a file per family.

mod account;
mod activity;
mod cards;
mod chat;
mod checkins;
mod clients;
mod files;
mod forwards;
mod gauges;
mod hill;
mod links;
mod messages;
mod people;
mod personal;
mod projects;
mod recordings;
mod reports;
mod schedule;
mod search;
mod shared;
mod steps;
mod templates;
mod timesheet;
mod todos;
pub(super) mod verbs;
mod webhooks;
mod writing;

use super::Table;

/// Every table, sorted by name.
pub static TABLES: &[&Table] = &[
    &account::ACCOUNTS,
    &people::ASSIGNABLE_PEOPLE,
    &reports::ASSIGNED_TODOS,
    &links::ATTACHMENTS,
    &account::AUTHORIZED_ACCOUNTS,
    &recordings::BOOSTS,
    &personal::BUBBLE_UPS,
    &projects::CALENDARS,
    &chat::CAMPFIRE_LINES,
    &chat::CAMPFIRE_UPLOADS,
    &chat::CAMPFIRES,
    &cards::CARD_COLUMNS,
    &steps::CARD_STEPS,
    &cards::CARD_TABLES,
    &cards::CARDS,
    &chat::CHATBOTS,
    &clients::CLIENT_APPROVAL_RESPONSES,
    &clients::CLIENT_APPROVALS,
    &clients::CLIENT_CORRESPONDENCES,
    &clients::CLIENT_REPLIES,
    &links::CLOUD_FILES,
    &messages::COMMENTS,
    &projects::DOCK_TOOLS,
    &files::DOCUMENTS,
    &links::EMBEDS,
    &reports::EVERYTHING_CARDS,
    &reports::EVERYTHING_TODOS,
    &links::EXTERNAL_LINKS,
    &activity::FEED_EVENTS,
    &links::FILES,
    &projects::FOLDERS,
    &forwards::FORWARD_REPLIES,
    &forwards::FORWARDS,
    &gauges::GAUGE_NEEDLES,
    &gauges::GAUGES,
    &links::GOOGLE_DOCUMENTS,
    &hill::HILL_CHART_DOTS,
    &hill::HILL_CHARTS,
    &activity::INBOX_ITEMS,
    &forwards::INBOXES,
    &projects::LINEUP_MARKERS,
    &messages::MESSAGE_BOARDS,
    &messages::MESSAGE_TYPES,
    &messages::MESSAGES,
    &personal::MY_ASSIGNMENTS,
    &personal::MY_BOOKMARKS,
    &personal::MY_DRAFTS,
    &personal::MY_DUE_ASSIGNMENTS,
    &personal::MY_NOTES,
    &personal::MY_NOTIFICATIONS,
    &personal::MY_PREFERENCES,
    &people::MY_PROFILE,
    &people::OUT_OF_OFFICE,
    &reports::OVERDUE_TODOS,
    &people::PEOPLE,
    &chat::PINGS,
    &templates::PROJECT_CONSTRUCTIONS,
    &people::PROJECT_PEOPLE,
    &projects::PROJECTS,
    &checkins::QUESTION_ANSWERERS,
    &checkins::QUESTION_ANSWERS,
    &checkins::QUESTION_REMINDERS,
    &checkins::QUESTIONNAIRES,
    &checkins::QUESTIONS,
    &projects::RECENT_PROJECTS,
    &recordings::RECORDING_BOOKMARKS,
    &recordings::RECORDING_EVENTS,
    &recordings::RECORDINGS,
    &schedule::SCHEDULE_ENTRIES,
    &schedule::SCHEDULE_ENTRY_OCCURRENCES,
    &schedule::SCHEDULES,
    &search::SEARCH_RESULTS,
    &search::SEARCH_TYPES,
    &recordings::SUBSCRIPTIONS,
    &steps::SUBTASKS,
    &templates::TEMPLATE_LIBRARY_CARD_TABLES,
    &templates::TEMPLATE_LIBRARY_COPIES,
    &templates::TEMPLATE_LIBRARY_TODOLISTS,
    &templates::TEMPLATES,
    &templates::TEMPLATIFICATIONS,
    &activity::TIMELINE_EVENTS,
    &timesheet::TIMESHEET_ENTRIES,
    &steps::TODO_STEPS,
    &todos::TODOLISTS,
    &todos::TODOS,
    &todos::TODOSETS,
    &schedule::UPCOMING_ASSIGNABLES,
    &schedule::UPCOMING_SCHEDULE_ENTRIES,
    &files::UPLOAD_VERSIONS,
    &files::UPLOADS,
    &files::VAULTS,
    &webhooks::WEBHOOK_DELIVERIES,
    &webhooks::WEBHOOKS,
    &cards::WORMHOLES,
];

//! The tables of Basecamp 2, a file per family.
//!
//! Things are addressed by project and id, and nothing tells the project of an id: an id alone is
//! sought in the listings. What is in the trash comes only where a condition on `trashed` asks for it;
//! drafts, archived topics and finished to-dos come with the rest.

mod calendars;
mod comments;
mod events;
mod files;
mod people;
mod projects;
mod shared;
mod texts;
mod todos;
pub(super) mod verbs;
mod writing;

use super::Table;

/// Every table, sorted by name.
pub static TABLES: &[&Table] = &[
    &people::ACCESSES,
    &todos::ASSIGNED_TODOS,
    &files::ATTACHMENT_TAGS,
    &files::ATTACHMENTS,
    &people::AUTHORIZED_ACCOUNTS,
    &calendars::CALENDAR_EVENT_OCCURRENCES,
    &calendars::CALENDAR_EVENTS,
    &calendars::CALENDARS,
    &comments::COMMENTS,
    &texts::DOCUMENTS,
    &events::EVENTS,
    &files::FORWARDS,
    &people::GROUP_MEMBERSHIPS,
    &people::GROUPS,
    &texts::MESSAGES,
    &people::MY_PROFILE,
    &people::PEOPLE,
    &people::PERSON_PROJECTS,
    &projects::PROJECT_TEMPLATES,
    &projects::PROJECTS,
    &projects::STARS,
    &people::SUBGROUPS,
    &comments::SUBSCRIBERS,
    &files::TAGS,
    &todos::TODOLISTS,
    &todos::TODOS,
    &texts::TOPICS,
    &files::UPLOADS,
];

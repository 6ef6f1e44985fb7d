//! Every record of a table, for comparison.

mod wrapped;

use serde_json::Value;

use super::{File, Painter};
use crate::world::{Fact, Kind, Status, World};

/// Every record of a table, one element for each of its rows; none if there is no such table.
///
/// Two forms:
///
/// * *Plain*: the record itself, in the shape of its richest read. So are all tables whose columns
///   come from the record, of every status (drafts, deleted links) and every project: accounts,
///   people, projects, messages, todos and so on. Reports among them (timeline events, drafts,
///   bookmarks, reminders) have what the report shows.
/// * *Wrapped*: `{"record": …, "asked": {…}}`, and `"outer"` beside them where columns come from the
///   object around the record. So are all tables with a column that the record does not say, because
///   it is in the path, in the query, or is the array that the record lies in: project people, dock
///   tools, constructions, webhooks and their deliveries, message types, hill charts and their dots,
///   upload versions, occurrences, both upcoming reports, answerers, chatbots (once for every room),
///   approval responses, boosts, subscriptions, files, search results and types, assignments, notifications,
///   assigned, overdue and grouped to-dos and cards, and authorized accounts.
///
/// Templates' content is in no table. `attachments` is written only, and so is empty. Answerers are
/// without the long gone; hits are those of one word; both are told by `asked`.
pub fn dump(world: &World, base: &str, table: &str) -> Option<Vec<Value>> {
    let painter = Painter { world, base };
    if let Some(kind) = kind_of(table) {
        return Some(painter.all(kind).map(|fact| painter.record(fact)).collect());
    }
    painter
        .plain(table)
        .or_else(|| painter.wrapped(table))
        .or_else(|| painter.exploded(table))
        .or_else(|| painter.newest(table))
}

/// The kind of a table whose rows are the records of a kind.
pub fn kind_of(table: &str) -> Option<Kind> {
    Some(match table {
        "message_boards" => Kind::Board,
        "cards" => Kind::Card,
        "campfires" => Kind::Chat,
        "card_columns" => Kind::Column,
        "comments" => Kind::Comment,
        "client_approvals" => Kind::Approval,
        "client_correspondences" => Kind::Correspondence,
        "client_replies" => Kind::ClientReply,
        "cloud_files" => Kind::CloudFile,
        "documents" => Kind::Document,
        "external_links" => Kind::Door,
        "schedule_entries" => Kind::Entry,
        "forwards" => Kind::Forward,
        "forward_replies" => Kind::ForwardReply,
        "gauges" => Kind::Gauge,
        "gauge_needles" => Kind::Needle,
        "google_documents" => Kind::GoogleDocument,
        "inboxes" => Kind::Inbox,
        "campfire_lines" => Kind::Line,
        "messages" => Kind::Message,
        "questions" => Kind::Question,
        "question_answers" => Kind::Answer,
        "questionnaires" => Kind::Questionnaire,
        "schedules" => Kind::Schedule,
        "card_steps" | "subtasks" => Kind::Step,
        "card_tables" => Kind::Table,
        "timesheet_entries" => Kind::TimeEntry,
        "todos" => Kind::Todo,
        "todolists" => Kind::Todolist,
        "todosets" => Kind::Todoset,
        "uploads" => Kind::Upload,
        "vaults" => Kind::Vault,
        "wormholes" => Kind::Wormhole,
        _ => return None,
    })
}

impl Painter<'_> {
    /// All records of a kind, those of templates left out.
    fn all(&self, kind: Kind) -> impl Iterator<Item = &Fact> {
        let facts = self.world.records();
        facts.filter(move |fact| {
            fact.kind == kind && !self.world.projects[fact.project as usize].template
        })
    }

    fn real_projects(&self) -> impl Iterator<Item = usize> {
        (0..self.world.projects.len()).filter(|place| {
            let project = &self.world.projects[*place];
            !project.template && project.status != Status::Gone
        })
    }

    fn plain(&self, table: &str) -> Option<Vec<Value>> {
        let records = |facts: Vec<&Fact>| facts.into_iter().map(|fact| self.record(fact)).collect();
        Some(match table {
            "accounts" => vec![self.account()],
            "people" => (0..self.world.people).map(|place| self.person(place, true)).collect(),
            "my_profile" => vec![self.person(0, true)],
            "my_preferences" => vec![self.preferences()],
            "my_notes" => vec![self.note()],
            "out_of_office" => {
                (0..self.world.people).map(|place| self.out_of_office(place)).collect()
            }
            "projects" => self.real_projects().map(|place| self.project(place, true)).collect(),
            "templates" => self.templates().map(|place| self.template(place)).collect(),
            "folders" => self.folders().map(|nth| self.folder(nth, true)).collect(),
            "calendars" => self.calendars().map(|nth| self.calendar(nth)).collect(),
            "lineup_markers" => self.markers().map(|nth| self.marker(nth)).collect(),
            "recordings" => LISTABLE
                .iter()
                .flat_map(|kind| self.all(*kind))
                .map(|fact| self.record(fact))
                .collect(),
            "recording_events" => {
                let facts = self.world.records();
                facts
                    .filter(|fact| !self.world.projects[fact.project as usize].template)
                    .flat_map(|fact| self.events(fact))
                    .collect()
            }
            "timeline_events" => {
                let facts = self.world.records();
                facts.filter(|fact| self.is_told(fact)).map(|fact| self.told(fact)).collect()
            }
            "my_bookmarks" => {
                let places = self.bookmarked().into_iter();
                places.map(|place| self.bookmark(&self.world.facts[place as usize])).collect()
            }
            "my_drafts" => self.drafts().into_iter().map(|fact| self.draft(fact)).collect(),
            "question_reminders" => self.reminders(),
            "todo_steps" => {
                let of_todo = |fact: &&Fact| {
                    self.world.parent(fact).is_some_and(|parent| parent.kind == Kind::Todo)
                };
                records(self.all(Kind::Step).filter(of_todo).collect())
            }
            "campfire_uploads" => {
                records(self.all(Kind::Line).filter(|line| self.is_upload(line)).collect())
            }
            "attachments" => Vec::new(),
            _ => return None,
        })
    }

    /// All uploads, documents and files in rich text that the listing of files shows, newest first.
    pub fn files(&self) -> Vec<File> {
        let active = |fact: &&Fact| {
            fact.status == Status::Active && self.world.is_active(fact.project as usize)
        };
        let mut files = Vec::new();
        for fact in self.world.records().filter(active).rev() {
            if matches!(fact.kind, Kind::Upload | Kind::Document) {
                files.push(File::Recording(fact.serial));
            }
            if self.has_attachment(fact) {
                files.push(File::Attachment(fact.serial));
            }
        }
        files
    }
}

/// The kinds that can be listed by type.
const LISTABLE: [Kind; 12] = [
    Kind::Comment,
    Kind::Document,
    Kind::Door,
    Kind::Card,
    Kind::Step,
    Kind::Message,
    Kind::Answer,
    Kind::Entry,
    Kind::Todo,
    Kind::Todolist,
    Kind::Upload,
    Kind::Vault,
];

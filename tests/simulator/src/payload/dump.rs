//! Every record of a table, for comparison.

use serde_json::{Value, json};

use super::report::{CARD_LISTS, LATENESS, Narrowed, TODO_LISTS};
use super::{File, MARKERS, OCCURRENCES, PINGS, Painter, day, recurs};
use crate::world::{Fact, Kind, PEOPLE, Status, World};

/// The window that the upcoming reports are dumped for: everything lies in it.
const WINDOW: (&str, &str) = ("2000-01-01", "2100-12-31");
/// The text that hits are dumped for.
const SEARCHED: &str = "Ship";

/// Every record of a table, one element for each of its rows; none if there is no such table.
///
/// Two forms:
///
/// * *Plain*: the record itself, in the shape of its richest read. So are all tables whose columns
///   come from the record, of every status (drafts, deleted links) and every project: accounts,
///   people, projects, messages, todos and so on. Reports among them (files, timeline events, drafts,
///   bookmarks, reminders) have what the report shows.
/// * *Wrapped*: `{"record": …, "asked": {…}}`, and `"outer"` beside them where columns come from the
///   object around the record. So are all tables with a column that the record does not say, because
///   it is in the path, in the query, or is the array that the record lies in: project people, dock
///   tools, constructions, webhooks and their deliveries, message types, hill charts and their dots,
///   upload versions, occurrences, both upcoming reports, answerers, chatbots (once for every room),
///   approval responses, boosts, subscriptions, search results and types, assignments, notifications,
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

fn kind_of(table: &str) -> Option<Kind> {
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

/// A record with what it does not say itself.
fn row(record: Value, asked: Value) -> Value {
    json!({"record": record, "asked": asked})
}

fn within(record: Value, asked: Value, outer: &Value) -> Value {
    json!({"record": record, "asked": asked, "outer": outer})
}

impl Painter<'_> {
    /// All records of a kind, those of templates left out.
    fn all(&self, kind: Kind) -> impl Iterator<Item = &Fact> {
        let facts = self.world.facts.iter();
        facts.filter(move |fact| {
            fact.kind == kind && !self.world.projects[fact.project as usize].template
        })
    }

    fn real_projects(&self) -> impl Iterator<Item = usize> {
        (0..self.world.projects.len()).filter(|place| !self.world.projects[*place].template)
    }

    fn plain(&self, table: &str) -> Option<Vec<Value>> {
        let records = |facts: Vec<&Fact>| facts.into_iter().map(|fact| self.record(fact)).collect();
        Some(match table {
            "accounts" => vec![self.account()],
            "people" => (0..PEOPLE).map(|place| self.person(place, true)).collect(),
            "my_profile" => vec![self.person(0, true)],
            "my_preferences" => vec![self.preferences()],
            "my_notes" => vec![self.note()],
            "out_of_office" => (0..PEOPLE).map(|place| self.out_of_office(place)).collect(),
            "projects" => self
                .real_projects()
                .map(|place| self.project(place, true))
                .collect(),
            "templates" => self.templates().map(|place| self.template(place)).collect(),
            "folders" => self.folders().map(|nth| self.folder(nth, true)).collect(),
            "calendars" => self.calendars().map(|nth| self.calendar(nth)).collect(),
            "lineup_markers" => (0..MARKERS).map(|nth| self.marker(nth)).collect(),
            "files" => self
                .files()
                .into_iter()
                .map(|file| self.file(file))
                .collect(),
            "recordings" => LISTABLE
                .iter()
                .flat_map(|kind| self.all(*kind))
                .map(|fact| self.record(fact))
                .collect(),
            "recording_events" => {
                let facts = self.world.facts.iter();
                facts
                    .filter(|fact| !self.world.projects[fact.project as usize].template)
                    .flat_map(|fact| self.events(fact))
                    .collect()
            }
            "timeline_events" => {
                let facts = self.world.facts.iter();
                facts
                    .filter(|fact| self.is_told(fact))
                    .map(|fact| self.told(fact))
                    .collect()
            }
            "my_bookmarks" => {
                let places = self.bookmarked().into_iter();
                places
                    .map(|place| self.bookmark(&self.world.facts[place as usize]))
                    .collect()
            }
            "my_drafts" => self
                .drafts()
                .into_iter()
                .map(|fact| self.draft(fact))
                .collect(),
            "question_reminders" => self.reminders(),
            "todo_steps" => {
                let of_todo = |fact: &&Fact| {
                    self.world
                        .parent(fact)
                        .is_some_and(|parent| parent.kind == Kind::Todo)
                };
                records(self.all(Kind::Step).filter(of_todo).collect())
            }
            "campfire_uploads" => records(
                self.all(Kind::Line)
                    .filter(|line| self.is_upload(line))
                    .collect(),
            ),
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
        for fact in self.world.facts.iter().filter(active).rev() {
            if matches!(fact.kind, Kind::Upload | Kind::Document) {
                files.push(File::Recording(fact.serial));
            }
            if self.has_attachment(fact) {
                files.push(File::Attachment(fact.serial));
            }
        }
        files
    }

    fn wrapped(&self, table: &str) -> Option<Vec<Value>> {
        let mut rows = Vec::new();
        match table {
            "project_people" => {
                for place in self.real_projects() {
                    let asked = json!({"project_id": self.world.projects[place].id});
                    rows.extend(
                        self.members(place)
                            .into_iter()
                            .map(|person| row(self.person(person, false), asked.clone())),
                    );
                }
            }
            "message_types" => {
                for place in self.real_projects() {
                    let asked = json!({"project_id": self.world.projects[place].id});
                    rows.extend(
                        self.message_types(place)
                            .map(|id| row(self.message_type(id), asked.clone())),
                    );
                }
            }
            "webhooks" => {
                for place in self.real_projects() {
                    let asked = json!({"project_id": self.world.projects[place].id});
                    rows.extend(
                        self.webhooks(place)
                            .map(|id| row(self.webhook(id, place, true), asked.clone())),
                    );
                }
            }
            "project_constructions" => {
                for place in self.templates() {
                    let asked = json!({"template_id": self.world.projects[place].id});
                    rows.extend(
                        self.constructions(place)
                            .map(|id| row(self.construction(id, place), asked.clone())),
                    );
                }
            }
            "chatbots" => {
                for room in self.all(Kind::Chat) {
                    let project = room.project as usize;
                    let asked = json!({"project_id": self.world.projects[project].id, "campfire_id": room.id});
                    rows.extend(
                        (0..super::CHATBOTS)
                            .map(|nth| row(self.chatbot(nth, project, room.id), asked.clone())),
                    );
                }
            }
            "hill_charts" => {
                rows.extend(
                    self.all(Kind::Todoset)
                        .map(|set| row(self.hill(set), json!({"todoset_id": set.id}))),
                );
            }
            "upload_versions" => {
                for upload in self.all(Kind::Upload) {
                    rows.extend(
                        self.versions(upload)
                            .into_iter()
                            .map(|version| row(version, json!({"upload_id": upload.id}))),
                    );
                }
            }
            "question_answerers" => {
                for question in self.all(Kind::Question) {
                    let people = self
                        .answerers(question)
                        .into_iter()
                        .filter(|place| !self.is_gone(*place));
                    rows.extend(people.map(|place| {
                        row(
                            self.person(place, false),
                            json!({"question_id": question.id}),
                        )
                    }));
                }
            }
            "schedule_entry_occurrences" => {
                for entry in self.all(Kind::Entry).filter(|entry| recurs(entry)) {
                    rows.extend((0..OCCURRENCES).map(|nth| {
                        let record = self.occurrence(entry, nth);
                        let on = record["starts_at"].as_str().unwrap_or_default()[..10].to_owned();
                        row(
                            record,
                            json!({"schedule_entry_id": entry.id, "occurrence_on": on}),
                        )
                    }));
                }
            }
            "boosts" => {
                for fact in self
                    .world
                    .facts
                    .iter()
                    .filter(|fact| !self.world.projects[fact.project as usize].template)
                {
                    let on_events = (0..8).flat_map(|event| self.event_boosts(fact, event));
                    for boost in self.boosts(fact).into_iter().chain(on_events) {
                        let event = boost.event.map(|number| self.event_id(fact, number));
                        rows.push(row(
                            self.boost(boost, true),
                            json!({"recording_id": fact.id, "event_id": event}),
                        ));
                    }
                }
            }
            _ => return None,
        }
        Some(rows)
    }

    /// Tables whose rows are elements of an array in an object.
    fn exploded(&self, table: &str) -> Option<Vec<Value>> {
        let mut rows = Vec::new();
        let mut elements = |outer: &Value, array: &str, asked: Value| {
            let found = outer[array].as_array().cloned().unwrap_or_default();
            rows.extend(
                found
                    .into_iter()
                    .map(|record| within(record, asked.clone(), outer)),
            );
        };
        match table {
            "authorized_accounts" => elements(&self.authorization(), "accounts", json!({})),
            "dock_tools" => {
                for place in self.real_projects() {
                    elements(
                        &self.project(place, true),
                        "dock",
                        json!({"project_id": self.world.projects[place].id}),
                    );
                }
            }
            "webhook_deliveries" => {
                for place in self.real_projects() {
                    for id in self.webhooks(place) {
                        elements(
                            &self.webhook(id, place, true),
                            "recent_deliveries",
                            json!({"webhook_id": id}),
                        );
                    }
                }
            }
            "hill_chart_dots" => {
                for set in self.all(Kind::Todoset) {
                    elements(&self.hill(set), "dots", json!({"todoset_id": set.id}));
                }
            }
            "client_approval_responses" => {
                for approval in self.all(Kind::Approval) {
                    elements(
                        &self.record(approval),
                        "responses",
                        json!({"approval_id": approval.id}),
                    );
                }
            }
            "subscriptions" => {
                let facts = self.world.facts.iter();
                let subscribable = facts.filter(|fact| {
                    !self.world.projects[fact.project as usize].template
                        && self.is_subscribable(fact)
                });
                for fact in subscribable {
                    elements(
                        &self.subscription(fact),
                        "subscribers",
                        json!({"recording_id": fact.id}),
                    );
                }
            }
            "search_types" => {
                for kind in ["recording_search_types", "file_search_types"] {
                    elements(&self.search_metadata(), kind, json!({"kind": kind}));
                }
            }
            "assigned_todos" => {
                for person in 0..PEOPLE {
                    elements(
                        &self.assigned_report(person, "bucket"),
                        "todos",
                        json!({"person_id": 2000 + person}),
                    );
                }
            }
            "overdue_todos" => {
                for (lateness, _) in LATENESS {
                    elements(
                        &self.overdue_report(),
                        lateness,
                        json!({"lateness": lateness}),
                    );
                }
            }
            "upcoming_schedule_entries" | "upcoming_assignables" => {
                let [entries, occurrences, assignables] = self.upcoming_in(WINDOW.0, WINDOW.1);
                let asked = json!({"window_starts_on": WINDOW.0, "window_ends_on": WINDOW.1});
                let records = if table == "upcoming_assignables" {
                    assignables
                } else {
                    [entries, occurrences].concat()
                };
                return Some(
                    records
                        .into_iter()
                        .map(|record| row(record, asked.clone()))
                        .collect(),
                );
            }
            "my_assignments" => return Some(self.assignment_rows()),
            "my_notifications" => {
                for grouping in ["unreads", "reads", "bubble_ups", "scheduled_bubble_ups"] {
                    let notices = self.notices(grouping).into_iter();
                    rows.extend(notices.map(|notice| row(notice, json!({"grouping": grouping}))));
                }
            }
            "search_results" => {
                let hits = self.hits().filter(|fact| {
                    self.searched(fact)
                        .to_lowercase()
                        .contains(&SEARCHED.to_lowercase())
                });
                rows.extend(hits.map(|fact| row(self.hit(fact), json!({"q": SEARCHED}))));
            }
            "everything_todos" => return Some(self.grouped_rows(Kind::Todo, &TODO_LISTS)),
            "everything_cards" => {
                let mut rows = self.grouped_rows(Kind::Card, &CARD_LISTS);
                let late = self.overdue(Kind::Card, &Narrowed::default());
                rows.extend(
                    late.into_iter()
                        .map(|card| row(self.record(card), json!({"list": "overdue"}))),
                );
                return Some(rows);
            }
            _ => return None,
        }
        Some(rows)
    }

    fn grouped_rows(&self, kind: Kind, lists: &[&str]) -> Vec<Value> {
        let mut rows = Vec::new();
        for list in lists {
            for place in self
                .real_projects()
                .filter(|place| self.world.is_active(*place))
            {
                let facts = self.grouped(place, kind, list, &Narrowed::default());
                rows.extend(
                    facts
                        .into_iter()
                        .map(|fact| row(self.record(fact), json!({"list": list}))),
                );
            }
        }
        rows
    }

    fn assignment_rows(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for prioritized in [true, false] {
            let facts = self.assigned_to_me(false).into_iter();
            for (index, fact) in facts
                .filter(|fact| self.is_priority(fact) == prioritized)
                .enumerate()
            {
                let list = if prioritized {
                    "priorities"
                } else {
                    "non_priorities"
                };
                let place = prioritized.then_some(index + 1);
                rows.push(row(
                    self.assignment(fact),
                    json!({"list": list, "prioritized": prioritized, "priority_position": place}),
                ));
            }
        }
        let asked =
            json!({"list": "completed", "prioritized": false, "priority_position": Value::Null});
        rows.extend(
            self.assigned_to_me(true)
                .into_iter()
                .map(|fact| row(self.assignment(fact), asked.clone())),
        );
        rows
    }

    /// What no table of the extension's first design has: the newest reads.
    fn newest(&self, table: &str) -> Option<Vec<Value>> {
        Some(match table {
            "pings" => (0..PINGS).map(|nth| self.ping(nth)).collect(),
            "embeds" => self.made().map(|nth| self.embed(nth)).collect(),
            "recent_projects" => self
                .recent()
                .into_iter()
                .map(|place| self.project(place, true))
                .collect(),
            "bubble_ups" => [
                self.notices("bubble_ups"),
                self.notices("scheduled_bubble_ups"),
            ]
            .concat(),
            "pingable_people" => self
                .pingable()
                .into_iter()
                .map(|place| self.person(place, false))
                .collect(),
            "assignable_people" => self
                .assignable()
                .into_iter()
                .map(|place| self.person(place, false))
                .collect(),
            "search_metadata" => vec![self.search_metadata()],
            "template_library_todolists" => vec![self.library_todolists()],
            "template_library_card_tables" => vec![self.library_card_tables()],
            "template_library_copies" => self
                .made()
                .filter_map(|nth| self.library_copy(nth))
                .collect(),
            "templatifications" => {
                let made = self.made().filter_map(|nth| self.templatification(nth));
                made.map(|(list, record)| row(record, json!({"bucket_id": self.world.projects[list.project as usize].id, "recording_id": list.id}))).collect()
            }
            "feed_events" => self.feed().map(|fact| self.fed(fact)).collect(),
            "inbox_items" => self.inbox().map(|fact| self.addressed(fact)).collect(),
            "tools" => {
                let docks = self
                    .real_projects()
                    .flat_map(|place| self.world.projects[place].dock.clone());
                docks
                    .map(|tool| self.tool(&self.world.facts[tool.place as usize]))
                    .collect()
            }
            "today" => vec![json!(super::TODAY), json!(day(0))],
            _ => return None,
        })
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

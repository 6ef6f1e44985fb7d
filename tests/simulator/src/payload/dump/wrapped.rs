//! Tables whose records do not say all their columns: each comes with what was asked for it.

use serde_json::{Value, json};

use super::super::report::{CARD_LISTS, Narrowed, TODO_LISTS};
use super::super::{OCCURRENCES, Painter, recurs, today};
use crate::world::{Fact, Kind};

/// The window that the upcoming reports are dumped for: everything lies in it.
const WINDOW: (&str, &str) = ("2000-01-01", "2100-12-31");
/// The text that hits are dumped for.
const SEARCHED: &str = "body";

/// A record with what it does not say itself.
fn row(record: Value, asked: Value) -> Value {
    json!({"record": record, "asked": asked})
}

fn within(record: Value, asked: Value, outer: &Value) -> Value {
    json!({"record": record, "asked": asked, "outer": outer})
}

impl Painter<'_> {
    pub(super) fn wrapped(&self, table: &str) -> Option<Vec<Value>> {
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
            "recording_bookmarks" => {
                let bookmark = |fact: &Fact| {
                    let bookmarked = self.is_bookmarked(fact.serial);
                    row(json!({"bookmarked": bookmarked}), json!({"recording_id": fact.id}))
                };
                rows.extend(self.world.records().map(bookmark));
            }
            "message_types" => {
                for place in self.real_projects() {
                    let asked = json!({"project_id": self.world.projects[place].id});
                    rows.extend(
                        self.message_types(place)
                            .into_iter()
                            .map(|id| row(self.message_type(id), asked.clone())),
                    );
                }
            }
            "webhooks" => {
                for place in self.real_projects() {
                    let asked = json!({"project_id": self.world.projects[place].id});
                    rows.extend(
                        self.webhooks(place)
                            .into_iter()
                            .map(|id| row(self.webhook(id, place, true), asked.clone())),
                    );
                }
            }
            "project_constructions" => {
                for place in self.templates() {
                    let asked = json!({"template_id": self.world.projects[place].id});
                    rows.extend(
                        self.constructions(place)
                            .into_iter()
                            .map(|id| row(self.construction(id, place), asked.clone())),
                    );
                }
            }
            "chatbots" => {
                for room in self.all(Kind::Chat) {
                    let project = room.project as usize;
                    let asked = json!({"project_id": self.world.projects[project].id, "campfire_id": room.id});
                    rows.extend(
                        self.chatbots()
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
                    let people =
                        self.answerers(question).into_iter().filter(|place| !self.is_gone(*place));
                    rows.extend(people.map(|place| {
                        row(self.person(place, false), json!({"question_id": question.id}))
                    }));
                }
            }
            "schedule_entry_occurrences" => {
                for entry in self.all(Kind::Entry).filter(|entry| recurs(entry)) {
                    rows.extend((0..OCCURRENCES).map(|nth| {
                        let record = self.occurrence(entry, nth);
                        let on = record["starts_at"].as_str().unwrap_or_default()[..10].to_owned();
                        row(record, json!({"schedule_entry_id": entry.id, "occurrence_on": on}))
                    }));
                }
            }
            "boosts" => {
                for fact in self
                    .world
                    .records()
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
    pub(super) fn exploded(&self, table: &str) -> Option<Vec<Value>> {
        let mut rows = Vec::new();
        let mut elements = |outer: &Value, array: &str, asked: Value| {
            let found = outer[array].as_array().cloned().unwrap_or_default();
            rows.extend(found.into_iter().map(|record| within(record, asked.clone(), outer)));
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
                let facts = self.world.records();
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
                for person in 0..self.world.people {
                    let asked = json!({"person_id": 2000 + person});
                    let todos = self.assigned(person).into_iter();
                    rows.extend(todos.map(|todo| row(self.record(todo), asked.clone())));
                }
            }
            "overdue_todos" => {
                for todo in self.overdue(Kind::Todo, &Narrowed::default()) {
                    let asked = json!({"lateness": self.lateness(todo)});
                    rows.push(row(self.record(todo), asked));
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
                    records.into_iter().map(|record| row(record, asked.clone())).collect(),
                );
            }
            "my_assignments" => return Some(self.assignment_rows()),
            "my_notifications" => {
                for grouping in
                    ["unreads", "reads", "bubble_ups", "scheduled_bubble_ups", "memories"]
                {
                    let notices = self.notices(grouping).into_iter();
                    rows.extend(notices.map(|notice| row(notice, json!({"grouping": grouping}))));
                }
            }
            "search_results" => {
                let hits = self.hits().filter(|fact| {
                    self.searched(fact).to_lowercase().contains(&SEARCHED.to_lowercase())
                });
                let asked = json!({"q": SEARCHED, "sort": "best_match", "since": "forever",
                    "exclude_chat": false});
                rows.extend(hits.map(|fact| row(self.hit(fact), asked.clone())));
            }
            "files" => {
                let files = self.files().into_iter();
                rows.extend(files.map(|file| row(self.file(file), json!({"kind": "all"}))));
            }
            "everything_todos" => return Some(self.grouped_rows(Kind::Todo, &TODO_LISTS)),
            "everything_cards" => {
                let mut rows = self.grouped_rows(Kind::Card, &CARD_LISTS);
                let late = self.overdue(Kind::Card, &Narrowed::default());
                rows.extend(
                    late.into_iter().map(|card| row(self.record(card), json!({"list": "overdue"}))),
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
            for place in self.real_projects().filter(|place| self.world.is_active(*place)) {
                let facts = self.grouped(place, kind, list, &Narrowed::default());
                rows.extend(
                    facts.into_iter().map(|fact| row(self.record(fact), json!({"list": list}))),
                );
            }
        }
        rows
    }

    fn assignment_rows(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for prioritized in [true, false] {
            let mut facts = self.assigned_to_me(false);
            facts.retain(|fact| self.is_priority(fact) == prioritized);
            let facts = if prioritized { self.priorities() } else { facts };
            for (index, fact) in facts.into_iter().enumerate() {
                let list = if prioritized { "priorities" } else { "non_priorities" };
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
    pub(super) fn newest(&self, table: &str) -> Option<Vec<Value>> {
        Some(match table {
            "pings" => self.pings().map(|nth| self.ping(nth)).collect(),
            "embeds" => {
                let written = self.world.embeds().filter_map(|sgid| self.embed_of(&sgid));
                self.made().map(|nth| self.embed(nth)).chain(written).collect()
            }
            "recent_projects" => {
                self.recent().into_iter().map(|place| self.project(place, true)).collect()
            }
            "bubble_ups" => {
                [self.notices("bubble_ups"), self.notices("scheduled_bubble_ups")].concat()
            }
            "pingable_people" => {
                self.pingable().into_iter().map(|place| self.person(place, false)).collect()
            }
            "assignable_people" => {
                self.assignable().into_iter().map(|place| self.person(place, false)).collect()
            }
            "search_metadata" => vec![self.search_metadata()],
            "template_library_todolists" => vec![self.template_library_todolists()],
            "template_library_card_tables" => vec![self.template_library_card_tables()],
            "template_library_copies" => {
                self.made().filter_map(|nth| self.template_library_copy(nth)).collect()
            }
            "templatifications" => {
                let made = self.made().filter_map(|nth| self.templatification(nth));
                made.map(|(list, record)| row(record, json!({"project_id": self.world.projects[list.project as usize].id, "recording_id": list.id}))).collect()
            }
            "feed_events" => self.feed().map(|fact| self.fed(fact)).collect(),
            "inbox_items" => self.inbox().map(|fact| self.addressed(fact)).collect(),
            "tools" => {
                let docks =
                    self.real_projects().flat_map(|place| self.world.projects[place].dock.clone());
                docks.map(|tool| self.tool(&self.world.facts[tool.place as usize])).collect()
            }
            "today" => vec![json!(today())],
            _ => return None,
        })
    }
}

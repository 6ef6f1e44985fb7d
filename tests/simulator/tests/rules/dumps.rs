//! Every table has records, and counters agree with what is there.

use std::collections::HashMap;

use super::common::usual;
use serde_json::{Value, json};
use simulator::{Config, Simulator};

/// Tables whose elements are records.
const PLAIN: &str = "accounts people my_profile my_preferences my_notes out_of_office projects templates folders \
    calendars lineup_markers message_boards messages comments todosets todolists todos todo_steps vaults documents uploads \
    cloud_files google_documents external_links schedules schedule_entries timesheet_entries questionnaires \
    questions question_answers question_reminders inboxes forwards forward_replies card_tables card_columns cards \
    card_steps wormholes campfires campfire_lines campfire_uploads client_approvals client_correspondences \
    client_replies recordings recording_events timeline_events gauges gauge_needles my_bookmarks my_drafts";
/// Tables whose elements say what was asked for them.
const WRAPPED: &str = "authorized_accounts project_people dock_tools project_constructions webhooks webhook_deliveries \
    message_types hill_charts hill_chart_dots upload_versions schedule_entry_occurrences upcoming_schedule_entries \
    upcoming_assignables question_answerers chatbots client_approval_responses boosts subscriptions search_results \
    search_types files my_assignments my_notifications assigned_todos overdue_todos everything_todos everything_cards";

#[test]
fn every_table_has_records_in_its_form() {
    let simulator = usual();
    for table in PLAIN.split_whitespace() {
        let dump = simulator.dump(table);
        assert!(!dump.is_empty(), "{table}");
        assert!(dump.iter().all(|row| row.get("asked").is_none()), "{table}");
    }
    for table in WRAPPED.split_whitespace() {
        let dump = simulator.dump(table);
        assert!(!dump.is_empty(), "{table}");
        assert!(
            dump.iter().all(|row| row["record"].is_object() && row["asked"].is_object()),
            "{table}"
        );
    }
    // With the one that is written only, as many as there are.
    assert_eq!(PLAIN.split_whitespace().count() + WRAPPED.split_whitespace().count(), 79);
    assert!(simulator.dump("attachments").is_empty());
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_gives_others() {
    let dump = |seed| {
        let config = Config { seed, ..Config::default() };
        let simulator = Simulator::start(config).unwrap();
        let url = simulator.url();
        let text = json!([
            simulator.dump("recordings"),
            simulator.dump("boosts"),
            simulator.dump("my_assignments")
        ])
        .to_string();
        text.replace(&url, "")
    };
    assert!(dump(1) == dump(1));
    assert!(dump(1) != dump(2));
}

/// How many active records of a table each parent has.
fn children(simulator: &Simulator, table: &str) -> HashMap<Value, usize> {
    let mut counts = HashMap::new();
    for record in simulator.dump(table).iter().filter(|record| record["status"] == "active") {
        *counts.entry(record["parent"]["id"].clone()).or_default() += 1;
    }
    counts
}

#[test]
fn counters_agree_with_what_is_there() {
    counters_agree(&usual());
}

/// Compares every counter with the records that are there.
pub fn counters_agree(simulator: &Simulator) {
    for (table, member, of) in [
        ("message_boards", "messages_count", "messages"),
        ("todosets", "todolists_count", "todolists"),
        ("todosets", "todos_count", "todos"),
        ("vaults", "documents_count", "documents"),
        ("vaults", "uploads_count", "uploads"),
        ("vaults", "vaults_count", "vaults"),
        ("schedules", "entries_count", "schedule_entries"),
        ("questionnaires", "questions_count", "questions"),
        ("questions", "answers_count", "question_answers"),
        ("inboxes", "forwards_count", "forwards"),
        ("forwards", "replies_count", "forward_replies"),
        ("card_columns", "cards_count", "cards"),
        ("client_approvals", "replies_count", "client_replies"),
        ("client_correspondences", "replies_count", "client_replies"),
        ("todos", "comments_count", "comments"),
        ("todolists", "comments_count", "comments"),
        ("documents", "comments_count", "comments"),
        ("uploads", "comments_count", "comments"),
        ("cards", "comments_count", "comments"),
        ("schedule_entries", "comments_count", "comments"),
        ("question_answers", "comments_count", "comments"),
        ("messages", "comments_count", "comments"),
        ("todos", "subtasks_count", "card_steps"),
        ("cards", "subtasks_count", "card_steps"),
    ] {
        let counts = children(simulator, of);
        let mut some = 0;
        for record in simulator.dump(table) {
            let expected = counts.get(&record["id"]).copied().unwrap_or(0);
            assert_eq!(record[member], json!(expected), "{table}.{member} of {}", record["id"]);
            some += expected;
        }
        assert!(some > 0, "{table}.{member}");
    }
}

#[test]
fn boosts_and_completed_ratios_agree_with_what_is_there() {
    let simulator = usual();
    let mut boosts: HashMap<Value, usize> = HashMap::new();
    for row in simulator.dump("boosts") {
        if row["asked"]["event_id"].is_null() {
            *boosts.entry(row["asked"]["recording_id"].clone()).or_default() += 1;
        }
    }
    for table in [
        "todos",
        "messages",
        "comments",
        "campfire_lines",
        "forward_replies",
        "gauge_needles",
        "cloud_files",
    ] {
        for record in simulator.dump(table) {
            let expected = boosts.get(&record["id"]).copied().unwrap_or(0);
            assert_eq!(record["boosts_count"], json!(expected), "{table} {}", record["id"]);
        }
    }
    let todos = simulator.dump("todos");
    for list in simulator.dump("todolists") {
        let mine: Vec<&Value> = todos
            .iter()
            .filter(|todo| todo["parent"]["id"] == list["id"] && todo["status"] == "active")
            .collect();
        let done = mine.iter().filter(|todo| todo["completed"] == true).count();
        assert_eq!(list["completed_ratio"], json!(format!("{done}/{}", mine.len())));
        assert_eq!(list["completed"], json!(!mine.is_empty() && done == mine.len()));
    }
}

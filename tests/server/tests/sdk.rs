//! Rows that were written in SQL are read by the official Python SDK with the same values.
//!
//! Python has what `tests/sdk/run` installs; without it nothing is tried, and that is said.
#![expect(clippy::print_stderr, reason = "what is skipped is said")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use server_tests::Session;
use simulator::{Config, Simulator};

/// A row that is made, what is changed of it, and how the SDK reads it.
struct Case {
    table: &'static str,
    /// Columns and values of the new row.
    new: (&'static str, &'static str),
    /// What is set then; nothing where it is empty.
    set: &'static str,
    /// The method that reads it, and the argument that takes its id.
    read: (&'static str, &'static str),
    /// Columns, and the members of the SDK's record that they are.
    columns: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        table: "todos",
        new: (
            "todolist_id, content, description, starts_on, due_on, assignee_ids",
            "(SELECT min(id) FROM bc.todolists), 'Größe', '<div>é</div>', '2026-12-01', '2026-12-02', \
             ARRAY[2001, 2002]",
        ),
        set: "content = 'Größer', completed = true, completion_subscriber_ids = ARRAY[2003]",
        read: ("todos.get", "todo_id"),
        columns: &[
            ("content", "content"),
            ("description", "description"),
            ("starts_on", "starts_on"),
            ("due_on", "due_on"),
            ("completed", "completed"),
            ("assignee_ids", "assignees[].id"),
            ("completion_subscriber_ids", "completion_subscribers[].id"),
            ("todolist_id", "parent.id"),
            ("project_id", "bucket.id"),
            ("status", "status"),
        ],
    },
    Case {
        table: "todolists",
        new: ("todoset_id, name, description", "(SELECT min(id) FROM bc.todosets), 'List', 'All'"),
        set: "name = 'Lists', status = 'archived'",
        read: ("todolists.get", "id"),
        columns: &[("name", "name"), ("description", "description"), ("status", "status")],
    },
    Case {
        table: "messages",
        new: (
            "message_board_id, subject, content",
            "(SELECT min(id) FROM bc.message_boards), 'News', '<b>Yes</b>'",
        ),
        set: "subject = 'Old news'",
        read: ("messages.get", "message_id"),
        columns: &[("subject", "subject"), ("content", "content"), ("status", "status")],
    },
    Case {
        table: "comments",
        new: ("recording_id, content", "(SELECT min(id) FROM bc.messages), 'One'"),
        set: "content = 'Two'",
        read: ("comments.get", "comment_id"),
        columns: &[("content", "content"), ("recording_id", "parent.id")],
    },
    Case {
        table: "documents",
        new: ("vault_id, title, content", "(SELECT min(id) FROM bc.vaults), 'Title', 'Text'"),
        set: "content = 'Texts', status = 'trashed'",
        read: ("documents.get", "document_id"),
        columns: &[("title", "title"), ("content", "content"), ("status", "status")],
    },
    Case {
        table: "schedule_entries",
        new: (
            "schedule_id, summary, starts_at, ends_at, all_day, participant_ids",
            "(SELECT min(id) FROM bc.schedules), 'Trip', '2026-12-24Z', '2026-12-26Z', true, \
             ARRAY[2001]",
        ),
        set: "description = 'Far'",
        read: ("schedules.get_entry", "entry_id"),
        columns: &[
            ("summary", "summary"),
            ("starts_on", "starts_at"),
            ("ends_on", "ends_at"),
            ("all_day", "all_day"),
            ("description", "description"),
            ("participant_ids", "participants[].id"),
        ],
    },
    Case {
        table: "cards",
        new: (
            "column_id, title, due_on",
            "(SELECT min(id) FROM bc.card_columns WHERE type = 'Kanban::Column'), 'Card', '2026-12-01'",
        ),
        set: "assignee_ids = ARRAY[2001], due_on = NULL",
        read: ("cards.get", "card_id"),
        columns: &[
            ("title", "title"),
            ("due_on", "due_on"),
            ("assignee_ids", "assignees[].id"),
            ("column_id", "parent.id"),
        ],
    },
    Case {
        table: "question_answers",
        new: (
            "question_id, content, group_on",
            "(SELECT min(id) FROM bc.questions), 'Well', '2026-11-02'",
        ),
        set: "content = 'Better'",
        read: ("checkins.get_answer", "answer_id"),
        columns: &[("content", "content"), ("group_on", "group_on")],
    },
    Case {
        table: "projects",
        new: ("name, description", "'Project', 'Why'"),
        set: "start_date = '2026-12-01', end_date = '2026-12-31'",
        read: ("projects.get", "project_id"),
        columns: &[
            ("name", "name"),
            ("description", "description"),
            ("start_date", "start_date"),
            ("end_date", "end_date"),
        ],
    },
    Case {
        table: "webhooks",
        new: (
            "project_id, payload_url, types",
            "(SELECT min(id) FROM bc.projects), 'https://hook.example/x', ARRAY['Todo', 'Comment']",
        ),
        set: "active = false",
        read: ("webhooks.get", "webhook_id"),
        columns: &[("payload_url", "payload_url"), ("types", "types"), ("active", "active")],
    },
];

/// Python with the SDK, if it is installed.
fn python() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let python = root.join(".build/sdk-venv/bin/python");
    let known = Command::new(&python).args(["-c", "import basecamp"]).status();
    known.is_ok_and(|status| status.success()).then(|| (python, root.join("tests/sdk/sql.py")))
}

/// Writes a row, and says what the SDK is to read.
fn written(session: &mut Session, case: &Case) -> Value {
    let Case { table, new: (columns, values), set, read: (call, argument), .. } = case;
    let id = session
        .value(&format!("INSERT INTO bc.{table} ({columns}) VALUES ({values}) RETURNING id"));
    session.run(&format!("UPDATE bc.{table} SET {set} WHERE id = {id}"));
    let row = session.value(&format!("SELECT to_jsonb(t) FROM bc.{table} t WHERE id = {id}"));
    let row: Value = serde_json::from_str(&row).expect("a row");
    let expected: serde_json::Map<String, Value> = case
        .columns
        .iter()
        .map(|(column, member)| ((*member).to_owned(), row[column].clone()))
        .collect();
    let id: i64 = id.parse().expect("an id");
    json!({"call": call, "arguments": {(*argument): id}, "expected": expected})
}

#[test]
fn what_is_written_in_sql_is_read_by_the_official_sdk() {
    let Some((python, program)) = python() else {
        eprintln!("skipped: no Python with the SDK, which tests/sdk/run installs");
        return;
    };
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    let told: Vec<Value> = CASES.iter().map(|case| written(&mut session, case)).collect();
    let mut child = Command::new(python)
        .arg(program)
        .args([simulator.url(), simulator.account().to_string(), simulator.token().to_owned()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(json!(told).to_string().as_bytes()).expect("Python listens");
    drop(input);
    let output = child.wait_with_output().expect("Python ends");
    let said = String::from_utf8_lossy(&output.stdout);
    let compared = CASES.iter().map(|case| case.columns.len()).sum::<usize>();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.trim(), format!("sdk: {compared} passed, 0 failed"));
}

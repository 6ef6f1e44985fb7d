//! Every writable table of Basecamp 3 is written: a row is made, its columns are changed one after
//! another, and it is removed, each time read back by a query.

use server_tests::Session;
use simulator::{Config, Simulator};

fn all() -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(
        &simulator,
        ", projectid 'all', ratelimit '0', maxattempts '1', statuses 'active'",
    );
    (simulator, session)
}

/// What is done to a table.
struct Case {
    table: &'static str,
    /// Columns and values of a new row; empty: `row` is one that there is.
    new: (&'static str, &'static str),
    /// The condition for the row, with `$` for the id of the new one.
    row: &'static str,
    /// What is set, and the condition that holds then.
    changes: &'static [(&'static str, &'static str)],
    /// Whether the row is removed in the end, and no more found.
    removed: bool,
}

const CASE: Case = Case { table: "", new: ("", ""), row: "id = $", changes: &[], removed: true };

const CASES: &[Case] = &[
    Case {
        table: "todolists",
        new: ("todoset_id, name, description", "(SELECT min(id) FROM bc.todosets), 'L', 'd'"),
        changes: &[
            ("name = 'M'", "name = 'M' AND description = 'd'"),
            ("description = NULL", "description = '' AND name = 'M'"),
            ("position = 1", "position = 1"),
            ("visible_to_clients = true", "visible_to_clients"),
            ("status = 'archived'", "status = 'archived'"),
            ("status = 'active'", "status = 'active'"),
        ],
        ..CASE
    },
    Case {
        table: "todolists",
        new: (
            "parent_todolist_id, name, color",
            "(SELECT min(id) FROM bc.todolists WHERE NOT is_group), 'G', 'red'",
        ),
        changes: &[("name = 'H'", "name = 'H' AND is_group"), ("position = 1", "position = 1")],
        ..CASE
    },
    Case {
        table: "messages",
        new: (
            "message_board_id, subject, content",
            "(SELECT min(id) FROM bc.message_boards), 'S', 'c'",
        ),
        changes: &[
            ("subject = 'T'", "subject = 'T' AND content = 'c'"),
            ("content = NULL", "content = '' AND subject = 'T'"),
            ("visible_to_clients = true", "visible_to_clients"),
        ],
        ..CASE
    },
    Case {
        table: "comments",
        new: ("recording_id, content", "(SELECT min(id) FROM bc.messages), 'c'"),
        changes: &[("content = 'd'", "content = 'd'")],
        ..CASE
    },
    Case {
        table: "documents",
        new: ("vault_id, title, content", "(SELECT min(id) FROM bc.vaults), 'T', 'c'"),
        changes: &[
            ("title = 'U'", "title = 'U' AND content = 'c'"),
            ("content = NULL", "content = '' AND title = 'U'"),
            (
                "vault_id = (SELECT id FROM bc.vaults WHERE parent_id = (SELECT min(id) FROM bc.vaults) LIMIT 1)",
                "vault_id = (SELECT id FROM bc.vaults WHERE parent_id = (SELECT min(id) FROM bc.vaults) LIMIT 1)",
            ),
        ],
        ..CASE
    },
    Case {
        table: "vaults",
        new: ("parent_id, title", "(SELECT min(id) FROM bc.vaults), 'T'"),
        changes: &[("title = 'U'", "title = 'U'")],
        ..CASE
    },
    Case {
        table: "uploads",
        row: "id = (SELECT min(id) FROM bc.uploads)",
        changes: &[
            ("description = 'd'", "description = 'd'"),
            ("description = NULL", "description = ''"),
        ],
        removed: false,
        ..CASE
    },
    Case {
        table: "schedule_entries",
        new: (
            "schedule_id, summary, starts_at, ends_at, all_day",
            "(SELECT min(id) FROM bc.schedules), 'S', '2026-12-24Z', '2026-12-26Z', true",
        ),
        changes: &[
            ("summary = 'T'", "summary = 'T' AND all_day AND ends_on = '2026-12-26'"),
            ("highlighted = true", "highlighted AND starts_on = '2026-12-24'"),
            (
                "participant_ids = ARRAY[2000]",
                "participant_ids = ARRAY[2000::bigint] AND highlighted",
            ),
            ("description = 'd'", "description = 'd' AND participant_ids = ARRAY[2000::bigint]"),
            (
                "all_day = false, starts_at = '2026-12-24 10:00Z', ends_at = '2026-12-24 11:00Z'",
                "NOT all_day AND starts_at = '2026-12-24 10:00Z' AND description = 'd'",
            ),
        ],
        ..CASE
    },
    Case {
        table: "schedules",
        row: "id = (SELECT min(id) FROM bc.schedules)",
        changes: &[
            ("include_due_assignments = false", "NOT include_due_assignments"),
            ("include_due_assignments = true", "include_due_assignments"),
        ],
        removed: false,
        ..CASE
    },
    Case {
        table: "questions",
        new: (
            "questionnaire_id, title, schedule",
            r#"(SELECT min(id) FROM bc.questionnaires), 'Q', '{"frequency": "every_day", "time_of_day": "5:00pm", "days": ["1"]}'"#,
        ),
        changes: &[
            ("title = 'R'", "title = 'R' AND schedule_hour = 17"),
            ("paused = true", "paused"),
            ("paused = false", "NOT paused"),
        ],
        ..CASE
    },
    Case {
        table: "question_answers",
        new: (
            "question_id, content, group_on",
            "(SELECT min(id) FROM bc.questions), 'c', '2026-11-02'",
        ),
        changes: &[("content = 'd'", "content = 'd' AND group_on = '2026-11-02'")],
        ..CASE
    },
    Case {
        table: "card_columns",
        new: ("card_table_id, title", "(SELECT min(id) FROM bc.card_tables), 'C'"),
        changes: &[
            ("title = 'D'", "title = 'D'"),
            ("description = 'd'", "description = 'd' AND title = 'D'"),
            ("color = 'pink'", "color = 'pink'"),
            ("on_hold = true", "on_hold"),
            ("on_hold = false", "NOT on_hold"),
            ("position = 1", "title = 'D'"),
        ],
        ..CASE
    },
    Case {
        table: "cards",
        new: (
            "column_id, title, description, due_on",
            "(SELECT min(id) FROM bc.card_columns WHERE type = 'Kanban::Column'), 'C', 'd', '2026-12-01'",
        ),
        changes: &[
            ("title = 'D'", "title = 'D' AND description = 'd' AND due_on = '2026-12-01'"),
            ("due_on = NULL", "due_on IS NULL AND description = 'd'"),
            ("assignee_ids = ARRAY[2000]", "assignee_ids = ARRAY[2000::bigint]"),
            ("assignee_ids = NULL", "assignee_ids = '{}'"),
            ("position = 1", "position = 1"),
            (
                "column_id = (SELECT id FROM bc.card_columns WHERE type = 'Kanban::DoneColumn' ORDER BY id LIMIT 1)",
                "completed",
            ),
        ],
        ..CASE
    },
    Case {
        table: "card_steps",
        new: (
            "card_id, title, due_on",
            "(SELECT min(card_id) FROM bc.card_steps), 'S', '2026-12-01'",
        ),
        changes: &[
            ("title = 'T'", "title = 'T' AND due_on = '2026-12-01'"),
            ("position = 1", "position = 1"),
            ("completed = true", "completed"),
            ("completed = false", "NOT completed"),
        ],
        ..CASE
    },
    Case {
        table: "todo_steps",
        new: ("parent_id, title", "(SELECT min(id) FROM bc.todos), 'S'"),
        changes: &[
            ("title = 'T'", "title = 'T'"),
            ("completed = true", "completed"),
            ("completed = false", "NOT completed"),
        ],
        ..CASE
    },
    Case {
        table: "subtasks",
        new: ("parent_id, title", "(SELECT min(id) FROM bc.todos), 'S'"),
        changes: &[("title = 'T'", "title = 'T'"), ("completed = true", "completed")],
        ..CASE
    },
    Case {
        table: "campfire_lines",
        new: ("campfire_id, content", "(SELECT min(id) FROM bc.campfires), 'hello'"),
        row: "campfire_id = (SELECT min(id) FROM bc.campfires) AND id = $",
        changes: &[("content = 'bye'", "content LIKE '%bye%'")],
        ..CASE
    },
    Case {
        table: "gauge_needles",
        new: (
            "project_id, position, color, description",
            "(SELECT min(project_id) FROM bc.gauges), 40, 'yellow', 'd'",
        ),
        changes: &[(
            "description = 'e'",
            "description = 'e' AND position = 40 AND color = 'yellow'",
        )],
        ..CASE
    },
    Case {
        table: "message_types",
        new: ("project_id, name, icon", "(SELECT min(id) FROM bc.projects), 'N', '📢'"),
        row: "project_id = (SELECT min(id) FROM bc.projects) AND id = $",
        changes: &[("name = 'O'", "name = 'O' AND icon = '📢'")],
        ..CASE
    },
    Case {
        table: "folders",
        new: ("name, bucket_ids", "'F', ARRAY[(SELECT min(id) FROM bc.projects)]"),
        changes: &[("name = 'G'", "name = 'G'")],
        ..CASE
    },
    Case {
        table: "projects",
        new: ("name, description", "'P', 'd'"),
        changes: &[
            ("name = 'Q'", "name = 'Q' AND description = 'd'"),
            ("description = 'e'", "name = 'Q' AND description = 'e'"),
            (
                "start_date = '2026-12-01', end_date = '2026-12-31'",
                "start_date = '2026-12-01' AND end_date = '2026-12-31' AND description = 'e'",
            ),
            ("clients_enabled = true", "clients_enabled"),
            ("clients_enabled = false", "NOT clients_enabled"),
            ("status = 'archived'", "status = 'archived'"),
            ("status = 'active'", "status = 'active'"),
        ],
        ..CASE
    },
    Case {
        table: "dock_tools",
        new: ("project_id, name, title", "(SELECT min(id) FROM bc.projects), 'chat', 'Second'"),
        changes: &[
            ("title = 'Third'", "title = 'Third' AND name = 'chat'"),
            ("enabled = false", "NOT enabled"),
            ("enabled = true", "enabled"),
            ("position = 1", "position = 1"),
        ],
        ..CASE
    },
    Case {
        table: "templates",
        new: ("name, description", "'T', 'd'"),
        changes: &[("name = 'U'", "name = 'U' AND description = 'd'")],
        ..CASE
    },
    Case {
        table: "timesheet_entries",
        new: (
            "parent_id, date, hours, description",
            "(SELECT min(parent_id) FROM bc.timesheet_entries), '2026-11-02', 1.5, 'd'",
        ),
        changes: &[
            ("hours = 2.25", "hours = 2.25 AND description = 'd'"),
            ("date = '2026-11-03'", "date = '2026-11-03' AND hours = 2.25"),
        ],
        ..CASE
    },
    Case {
        table: "webhooks",
        new: (
            "project_id, payload_url, types",
            "(SELECT min(id) FROM bc.projects), 'https://hook.example/x', ARRAY['Todo']",
        ),
        changes: &[
            ("active = false", "NOT active AND types = ARRAY['Todo']"),
            ("payload_url = 'https://hook.example/y'", "payload_url LIKE '%/y' AND NOT active"),
        ],
        ..CASE
    },
    Case {
        table: "boosts",
        new: ("recording_id, content", "(SELECT min(id) FROM bc.messages), 'yes'"),
        changes: &[("content = 'no'", "content = 'no'")],
        ..CASE
    },
    Case {
        table: "cloud_files",
        new: (
            "project_id, vault_id, url, service_code, title",
            "(SELECT project_id FROM bc.vaults ORDER BY id LIMIT 1), (SELECT min(id) FROM bc.vaults), 'https://dropbox.example/f', 'dropbox', 'F'",
        ),
        changes: &[
            ("title = 'G'", "title = 'G' AND service_code = 'dropbox'"),
            ("description = 'd'", "description = 'd' AND title = 'G' AND url LIKE '%/f'"),
        ],
        ..CASE
    },
    Case {
        table: "google_documents",
        new: (
            "project_id, vault_id, url, document_type, title",
            "(SELECT project_id FROM bc.vaults ORDER BY id LIMIT 1), (SELECT min(id) FROM bc.vaults), 'https://docs.example/d', 'sheet', 'D'",
        ),
        changes: &[(
            "title = 'E'",
            "title = 'E' AND document_type = 'sheet' AND status = 'active'",
        )],
        ..CASE
    },
    Case {
        table: "forwards",
        row: "id = (SELECT min(id) FROM bc.forwards)",
        changes: &[("status = 'active'", "status = 'active'")],
        removed: false,
        ..CASE
    },
    Case { table: "pings", new: ("person_ids", "ARRAY[2001, 2002]"), removed: false, ..CASE },
    Case {
        table: "template_library_todolists",
        new: ("name, description", "'L', 'd'"),
        removed: false,
        ..CASE
    },
    Case { table: "template_library_card_tables", new: ("title", "'C'"), removed: false, ..CASE },
    Case {
        table: "my_notes",
        row: "true",
        changes: &[("content = 'n'", "content = 'n'")],
        removed: false,
        ..CASE
    },
    Case {
        table: "my_profile",
        row: "true",
        changes: &[("title = 'Boss'", "title = 'Boss'"), ("bio = NULL", "bio = ''")],
        removed: false,
        ..CASE
    },
    Case {
        table: "my_preferences",
        row: "true",
        changes: &[("time_format = 'twelve_hour'", "time_format = 'twelve_hour'")],
        removed: false,
        ..CASE
    },
    Case {
        table: "accounts",
        row: "true",
        changes: &[("name = 'New'", "name = 'New'")],
        removed: false,
        ..CASE
    },
    Case {
        table: "out_of_office",
        row: "person_id = 2000",
        changes: &[
            (
                "start_date = '2026-12-01', end_date = '2026-12-05'",
                "enabled AND end_date = '2026-12-05'",
            ),
            ("enabled = false", "NOT enabled"),
        ],
        removed: false,
        ..CASE
    },
    Case {
        table: "gauges",
        row: "id = (SELECT min(id) FROM bc.gauges)",
        changes: &[("enabled = true", "enabled")],
        removed: false,
        ..CASE
    },
    Case {
        table: "recording_bookmarks",
        row: "recording_id = (SELECT max(id) FROM bc.messages)",
        changes: &[("bookmarked = true", "bookmarked"), ("bookmarked = false", "NOT bookmarked")],
        removed: false,
        ..CASE
    },
    Case {
        table: "my_assignments",
        row: "id = (SELECT max(id) FROM bc.my_assignments WHERE NOT completed AND type = 'todo') AND NOT completed",
        changes: &[
            ("prioritized = true", "prioritized"),
            ("priority_position = 1", "priority_position = 1"),
            ("prioritized = false", "NOT prioritized"),
        ],
        removed: false,
        ..CASE
    },
];

/// Does what a case says; what went wrong.
fn wrong(session: &mut Session, case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let table = case.table;
    let mut id = String::new();
    if !case.new.0.is_empty() {
        let (columns, values) = case.new;
        let sql = format!("INSERT INTO bc.{table} ({columns}) VALUES ({values}) RETURNING id");
        match session.attempt(&sql) {
            Ok(rows) => id = rows[0][0].clone().unwrap_or_default(),
            Err(error) => return vec![format!("{sql}: {error}")],
        }
    }
    let row = case.row.replace('$', &id);
    for (set, holds) in case.changes {
        let sql = format!("UPDATE bc.{table} SET {set} WHERE {row}");
        if let Err(error) = session.attempt(&sql) {
            wrong.push(format!("{sql}: {error}"));
            continue;
        }
        let read = format!("SELECT count(*) FROM bc.{table} WHERE ({row}) AND ({holds})");
        match session.attempt(&read) {
            Ok(rows) if rows[0][0].as_deref() == Some("1") => {}
            Ok(_) => {
                let shown =
                    session.attempt(&format!("SELECT to_jsonb(t) FROM bc.{table} t WHERE {row}"));
                wrong.push(format!("{sql}: not {holds}: {shown:?}"));
            }
            Err(error) => wrong.push(format!("{read}: {error}")),
        }
    }
    if case.removed {
        let sql = format!("DELETE FROM bc.{table} WHERE {row}");
        match session.attempt(&sql) {
            Ok(_) => {
                let kept = active(session, table);
                let left = format!("SELECT * FROM bc.{table} WHERE {row} AND {kept}");
                let left = session.attempt(&left);
                if !matches!(&left, Ok(rows) if rows.is_empty()) {
                    wrong.push(format!("{sql}: {left:?}"));
                }
            }
            Err(error) => wrong.push(format!("{sql}: {error}")),
        }
    }
    wrong
}

/// The condition that leaves out what is in the trash, where a table has one.
fn active(session: &mut Session, table: &str) -> &'static str {
    let has = format!(
        "SELECT count(*) FROM basecamp.columns('bc') WHERE table_name = '{table}' AND column_name = 'status'"
    );
    if session.value(&has) == "1" { "status = 'active'" } else { "true" }
}

#[test]
fn every_table_is_written_column_by_column() {
    let (_simulator, mut session) = all();
    let wrong: Vec<String> = CASES.iter().flat_map(|case| wrong(&mut session, case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_joins_people_lists_and_recordings_is_made_and_removed() {
    let (_simulator, mut session) = all();
    let value = |session: &mut Session, sql: &str| session.value(sql);
    let message = value(&mut session, "SELECT min(id) FROM bc.messages");
    let project = value(&mut session, "SELECT min(id) FROM bc.projects");
    let set = value(&mut session, "SELECT min(id) FROM bc.todosets");
    let list = format!("SELECT min(id) FROM bc.todolists WHERE todoset_id = {set}");
    let list = value(&mut session, &list);
    let tracked = format!("todoset_id = {set} AND todolist_id = {list}");
    session.run(&format!("DELETE FROM bc.hill_chart_dots WHERE {tracked}"));
    let outside = |table: &str, column: &str, owner: &str| {
        format!(
            "SELECT min(id) FROM bc.people WHERE NOT client AND id NOT IN \
               (SELECT person_id FROM bc.{table} WHERE {column} = {owner})"
        )
    };
    let follower = value(&mut session, &outside("subscriptions", "recording_id", &message));
    let person = value(&mut session, &outside("project_people", "project_id", &project));
    for (table, first, owner, second, other) in [
        ("subscriptions", "recording_id", &message, "person_id", &follower),
        ("project_people", "project_id", &project, "person_id", &person),
        ("hill_chart_dots", "todoset_id", &set, "todolist_id", &list),
    ] {
        let row = format!("{first} = {owner} AND {second} = {other}");
        let count = format!("SELECT count(*) FROM bc.{table} WHERE {row}");
        assert_eq!(session.value(&count), "0", "{count}");
        session
            .run(&format!("INSERT INTO bc.{table} ({first}, {second}) VALUES ({owner}, {other})"));
        assert_eq!(session.value(&count), "1", "{count}");
        session.run(&format!("DELETE FROM bc.{table} WHERE {row}"));
        assert_eq!(session.value(&count), "0", "{count}");
    }
    let marked = format!("SELECT count(*) FROM bc.my_bookmarks WHERE recording_id = {message}");
    session.run(&format!("DELETE FROM bc.my_bookmarks WHERE recording_id = {message}"));
    session.run(&format!("INSERT INTO bc.my_bookmarks (recording_id) VALUES ({message})"));
    assert_eq!(session.value(&marked), "1");
    session.run(&format!("DELETE FROM bc.my_bookmarks WHERE recording_id = {message}"));
    assert_eq!(session.value(&marked), "0");
    let embed = "INSERT INTO bc.embeds (url) VALUES ('https://pages.example/x') RETURNING sgid";
    let sgid = session.value(embed);
    let shown = format!("SELECT url FROM bc.embeds WHERE sgid = '{sgid}'");
    assert_eq!(session.value(&shown), "https://pages.example/x");
    let door = session.value("SELECT min(id) FROM bc.external_links");
    session.run(&format!("DELETE FROM bc.external_links WHERE id = {door}"));
    assert_eq!(
        session.value(&format!("SELECT count(*) FROM bc.external_links WHERE id = {door}")),
        "0"
    );
    session.run("INSERT INTO bc.lineup_markers (name, date) VALUES ('Launch', '2026-12-01')");
    session.run("UPDATE bc.lineup_markers SET date = '2026-12-02' WHERE name = 'Launch'");
    let on = "SELECT date FROM bc.lineup_markers WHERE name = 'Launch'";
    assert_eq!(session.value(on), "2026-12-02");
    session.run("DELETE FROM bc.lineup_markers WHERE name = 'Launch'");
    assert!(session.rows(on).is_empty());
}

#[test]
fn a_chatbot_is_written_at_a_room_of_its_project() {
    let (_simulator, mut session) = all();
    let rooms = session.rows("SELECT project_id, id FROM bc.campfires ORDER BY id LIMIT 1");
    let (project, room) =
        (rooms[0][0].clone().expect("a project"), rooms[0][1].clone().expect("a room"));
    let made = format!(
        "INSERT INTO bc.chatbots (project_id, campfire_id, service_name) \
           VALUES ({project}, {room}, 'bot') RETURNING id"
    );
    let id = session.value(&made);
    let row = format!("project_id = {project} AND campfire_id = {room} AND id = {id}");
    let named = format!("SELECT service_name FROM bc.chatbots WHERE {row}");
    assert_eq!(session.value(&named), "bot");
    session.run(&format!("UPDATE bc.chatbots SET service_name = 'robot' WHERE {row}"));
    assert_eq!(session.value(&named), "robot");
    session.run(&format!("DELETE FROM bc.chatbots WHERE {row}"));
    assert!(session.rows(&named).is_empty());
}

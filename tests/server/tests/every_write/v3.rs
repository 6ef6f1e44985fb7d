//! What the catalogue cannot say of Basecamp 3.

use basecamp_fdw::catalog::Version;

use super::walk::Literals;

const MESSAGE: &str = "(SELECT min(id) FROM bc.messages)";
const TODO: &str = "(SELECT min(id) FROM bc.todos WHERE NOT completed)";
const COLUMNS: &str =
    "(SELECT id FROM bc.card_columns WHERE type = 'Kanban::Column' ORDER BY id LIMIT 1)";
const NEXT_COLUMN: &str = "(SELECT max(id) FROM bc.card_columns WHERE type = 'Kanban::Column' AND card_table_id = (SELECT card_table_id FROM bc.card_columns WHERE type = 'Kanban::Column' ORDER BY id LIMIT 1))";
const INNER_VAULT: &str = "(SELECT id FROM bc.vaults WHERE parent_id = (SELECT min(id) FROM bc.vaults) ORDER BY id LIMIT 1)";
const PEOPLE: &str = "They are told by their ids and read with all that is known of them.";
const SCHEDULES: [&str; 2] = [
    r#"'{"frequency": "every_day", "time_of_day": "5:00pm", "days": ["1"]}'"#,
    r#"'{"frequency": "every_day", "time_of_day": "6:00pm", "days": ["2"]}'"#,
];

pub static LITERALS: Literals = Literals {
    version: Version::V3,
    values: &[
        ("*", "assignees", ["", "'[{\"id\": 2002}]'"]),
        ("*", "campfire_id", ["(SELECT min(id) FROM bc.campfires)", ""]),
        (
            "*",
            "content",
            ["'<div>as it is <b>new</b></div>'", "'<div>as it is <b>changed</b></div>'"],
        ),
        (
            "*",
            "description",
            ["'<div>as it is <b>new</b></div>'", "'<div>as it is <b>changed</b></div>'"],
        ),
        ("*", "position", ["2", "1"]),
        ("*", "project_id", ["(SELECT min(id) FROM bc.projects)", ""]),
        ("*", "recording_id", [MESSAGE, ""]),
        ("*", "status", ["'active'", ""]),
        ("*", "todoset_id", ["(SELECT min(id) FROM bc.todosets)", ""]),
        ("*", "url", ["'https://pages.example/new'", "'https://pages.example/changed'"]),
        ("*", "vault_id", ["(SELECT min(id) FROM bc.vaults)", INNER_VAULT]),
        ("*", "visible_to_clients", ["false", "true"]),
        (
            "boosts",
            "event_id",
            [
                "(SELECT min(id) FROM bc.recording_events WHERE action = 'completed' AND recording_id = (SELECT min(id) FROM bc.todos WHERE completed))",
                "",
            ],
        ),
        ("boosts", "recording_id", ["(SELECT min(id) FROM bc.todos WHERE completed)", ""]),
        ("boosts", "content", ["'yes'", "'no'"]),
        ("campfire_lines", "content", ["'new'", "'changed'"]),
        ("calendars", "color", ["", "'purple'"]),
        ("card_columns", "card_table_id", ["(SELECT min(id) FROM bc.card_tables)", ""]),
        ("card_columns", "color", ["", "'pink'"]),
        ("card_steps", "card_id", ["(SELECT min(card_id) FROM bc.card_steps)", ""]),
        ("cards", "column_id", [COLUMNS, NEXT_COLUMN]),
        ("chatbots", "command_url", ["'https://bot.example/new'", "'https://bot.example/changed'"]),
        (
            "chatbots",
            "project_id",
            ["(SELECT project_id FROM bc.campfires ORDER BY id LIMIT 1)", ""],
        ),
        ("chatbots", "service_name", ["'new'", "'changed'"]),
        (
            "cloud_files",
            "project_id",
            ["(SELECT project_id FROM bc.vaults ORDER BY id LIMIT 1)", ""],
        ),
        ("cloud_files", "service_code", ["'dropbox'", "'figma'"]),
        ("dock_tools", "name", ["'chat'", ""]),
        ("folders", "bucket_ids", ["ARRAY[(SELECT min(id) FROM bc.projects)]", ""]),
        ("gauge_needles", "color", ["'yellow'", "'red'"]),
        ("gauge_needles", "position", ["40", ""]),
        ("gauge_needles", "project_id", ["(SELECT min(project_id) FROM bc.gauges)", ""]),
        ("google_documents", "document_type", ["'sheet'", "'doc'"]),
        (
            "google_documents",
            "project_id",
            ["(SELECT project_id FROM bc.vaults ORDER BY id LIMIT 1)", ""],
        ),
        (
            "hill_chart_dots",
            "todolist_id",
            [
                "(SELECT max(id) FROM bc.todolists WHERE todoset_id = (SELECT min(id) FROM bc.todosets))",
                "",
            ],
        ),
        ("message_types", "icon", ["'📢'", "'📣'"]),
        (
            "messages",
            "category_id",
            [
                "(SELECT min(t.id) FROM bc.message_types t JOIN bc.message_boards b ON b.project_id = t.project_id WHERE b.id = (SELECT min(id) FROM bc.message_boards))",
                "(SELECT max(t.id) FROM bc.message_types t JOIN bc.message_boards b ON b.project_id = t.project_id WHERE b.id = (SELECT min(id) FROM bc.message_boards))",
            ],
        ),
        ("messages", "message_board_id", ["(SELECT min(id) FROM bc.message_boards)", ""]),
        ("my_preferences", "first_week_day", ["", "'Monday'"]),
        ("my_preferences", "time_format", ["", "'twelve_hour'"]),
        ("my_preferences", "time_zone_name", ["", "'Berlin'"]),
        ("my_profile", "email_address", ["", "'changed@example.com'"]),
        ("my_profile", "time_zone", ["", "'Berlin'"]),
        ("pings", "person_ids", ["ARRAY[2000, 2001]", ""]),
        (
            "project_people",
            "person_id",
            [
                "(SELECT min(id) FROM bc.people WHERE NOT client AND id NOT IN (SELECT person_id FROM bc.project_people WHERE project_id = (SELECT min(id) FROM bc.projects)))",
                "",
            ],
        ),
        ("projects", "wallpaper_mode", ["", "'fill'"]),
        ("question_answers", "question_id", ["(SELECT min(id) FROM bc.questions)", ""]),
        ("questions", "questionnaire_id", ["(SELECT min(id) FROM bc.questionnaires)", ""]),
        ("questions", "schedule", SCHEDULES),
        ("schedule_entries", "schedule_id", ["(SELECT min(id) FROM bc.schedules)", ""]),
        ("schedule_entries", "ends_at", ["'2026-12-24 12:00Z'", "'2026-12-24 13:00Z'"]),
        ("schedule_entries", "all_day", ["false", "true"]),
        (
            "schedule_entries",
            "join_url",
            ["'https://meet.example/new'", "'https://meet.example/changed'"],
        ),
        ("schedule_entries", "recurrence_schedule", ["", ""]),
        (
            "subscriptions",
            "person_id",
            [
                "(SELECT min(id) FROM bc.people WHERE NOT client AND id NOT IN (SELECT person_id FROM bc.subscriptions WHERE recording_id = (SELECT min(id) FROM bc.messages)))",
                "",
            ],
        ),
        ("subtasks", "parent_id", [TODO, ""]),
        (
            "timesheet_entries",
            "parent_id",
            ["(SELECT min(parent_id) FROM bc.timesheet_entries)", ""],
        ),
        ("timesheet_entries", "person_id", ["2000", "2001"]),
        ("todo_steps", "parent_id", [TODO, ""]),
        ("todolists", "color", ["'red'", ""]),
        (
            "todolists",
            "parent_todolist_id",
            ["(SELECT min(id) FROM bc.todolists WHERE NOT is_group)", ""],
        ),
        ("todos", "parent_id", ["(SELECT min(id) FROM bc.todosets)", ""]),
        ("todos", "project_id", ["(SELECT project_id FROM bc.todosets ORDER BY id LIMIT 1)", ""]),
        (
            "todos",
            "todolist_id",
            [
                "(SELECT min(id) FROM bc.todolists)",
                "(SELECT max(id) FROM bc.todolists WHERE project_id = (SELECT project_id FROM bc.todolists ORDER BY id LIMIT 1))",
            ],
        ),
        ("vaults", "parent_id", ["(SELECT min(id) FROM bc.vaults)", INNER_VAULT]),
        (
            "webhooks",
            "payload_url",
            ["'https://hook.example/new'", "'https://hook.example/changed'"],
        ),
    ],
    rows: &[
        ("calendars", "id = 680000"),
        ("client_replies", "parent_type = 'Client::Correspondence'"),
        ("my_assignments", "NOT completed AND type = 'todo'"),
        ("recording_bookmarks", "recording_id = (SELECT max(id) FROM bc.messages)"),
        ("uploads", "vault_id = (SELECT min(id) FROM bc.vaults)"),
        ("recordings", "type = 'Message' AND status = 'active'"),
    ],
    together: &[
        (
            "my_assignments",
            "prioritized = true",
            "prioritized = false",
            "Only what is first has a place.",
        ),
        (
            "projects",
            "start_date = '2026-11-30', end_date = '2026-12-31'",
            "start_date = NULL, end_date = NULL",
            "A project has both days or none.",
        ),
        (
            "out_of_office",
            "start_date = '2026-11-30', end_date = '2026-12-31'",
            "enabled = false",
            "An absence has both days.",
        ),
    ],
    follows: &[
        ("*", "completed", "completion", "Who completed it, and when."),
        ("campfire_lines", "content", "type", "A line that was changed is rich text."),
        ("cards", "content", "description", "Two names of one text."),
        ("cards", "description", "content", "Two names of one text."),
        ("messages", "subject", "title", "The title of a recording is what it is called."),
        ("my_assignments", "prioritized", "priority_recording_id", "What it is first among."),
        ("out_of_office", "end_date", "back_on_date", "The day after, or the end itself."),
        ("out_of_office", "enabled", "back_on_date", "There is no absence any more."),
        ("out_of_office", "enabled", "end_date", "There is no absence any more."),
        ("out_of_office", "enabled", "start_date", "There is no absence any more."),
        ("schedule_entries", "all_day", "ends_at", "Days and not moments."),
        ("schedule_entries", "all_day", "starts_at", "Days and not moments."),
        ("schedule_entries", "summary", "title", "The title of a recording is what it is called."),
        ("todolists", "name", "title", "The title of a recording is what it is called."),
        ("todos", "completed", "position", "What is done has none."),
        ("todos", "content", "title", "The title of a recording is what it is called."),
        ("vaults", "parent_id", "position", "A place among others."),
    ],
    exceptions: &[
        ("card_steps", "READ assignees", PEOPLE),
        ("cards", "READ assignees", PEOPLE),
        ("subtasks", "READ assignees", PEOPLE),
        ("todo_steps", "READ assignees", PEOPLE),
        ("todos", "READ assignees", PEOPLE),
        (
            "boosts",
            "READ event_id",
            "A boost does not say of which event it is; its own address does not either.",
        ),
        (
            "card_columns",
            "READ position",
            "Told among ordinary columns; read with the triage column before them.",
        ),
        (
            "projects",
            "NULL end_date",
            "A project has both days or none, so that one cannot be cleared alone.",
        ),
        (
            "projects",
            "NULL start_date",
            "A project has both days or none, so that one cannot be cleared alone.",
        ),
        (
            "projects",
            "READ wallpaper_mode",
            "A project without a wallpaper does not say how it would be shown.",
        ),
        (
            "questions",
            "READ schedule",
            "It is told in words and read in numbers, with a day that it begins.",
        ),
    ],
};

//! What the catalogue cannot say of Basecamp 2. Its second project has clients, so that things in it can be
//! private.

use basecamp_fdw::catalog::Version;

use super::walk::Literals;

const FILE: &str = "(SELECT jsonb_build_array(jsonb_build_object('token', basecamp.upload_attachment('bc', 'new.txt', 'new'::bytea, 'text/plain') ->> 'token', 'name', 'new.txt')))";

pub static LITERALS: Literals = Literals {
    version: Version::V2,
    values: &[
        ("*", "assignee_id", ["3001", "3002"]),
        ("*", "attachments", [FILE, ""]),
        ("*", "calendar_id", ["336002", ""]),
        ("*", "group_id", ["802", ""]),
        ("*", "is_client_project", ["true", "false"]),
        ("*", "private", ["true", "false"]),
        ("*", "project_id", ["605002", ""]),
        ("*", "subscriber_ids", ["ARRAY[3000]", "ARRAY[3001, 3002]"]),
        ("accesses", "email_address", ["", ""]),
        ("accesses", "person_id", ["3001", ""]),
        (
            "attachment_tags",
            "attachment_id",
            ["(SELECT min(id) FROM bc.attachments WHERE project_id = 605002)", ""],
        ),
        ("calendar_events", "all_day", ["false", "true"]),
        ("calendar_events", "ends_at", ["'2033-05-01 12:00Z'", "'2033-05-01 13:00Z'"]),
        ("calendar_events", "recurring_count", ["5", ""]),
        ("calendar_events", "recurring_excluding", ["ARRAY[2]", ""]),
        ("calendar_events", "recurring_frequency", ["'weekly'", ""]),
        ("calendar_events", "recurring_until", ["", ""]),
        ("calendar_events", "remind_at", ["'2033-04-30 10:00Z'", "'2033-04-30 11:00Z'"]),
        ("calendar_events", "starts_at", ["'2033-05-01 10:00Z'", "'2033-05-01 11:00Z'"]),
        ("new event in a calendar", "private", ["", ""]),
        ("new series in a calendar", "private", ["", ""]),
        (
            "CalendarEvent",
            "parent_id",
            ["(SELECT min(id) FROM bc.calendar_events WHERE project_id = 605002)", ""],
        ),
        (
            "Document",
            "parent_id",
            ["(SELECT min(id) FROM bc.documents WHERE project_id = 605002)", ""],
        ),
        (
            "Forward",
            "parent_id",
            ["(SELECT min(id) FROM bc.forwards WHERE project_id = 605002)", ""],
        ),
        (
            "Message",
            "parent_id",
            ["(SELECT min(id) FROM bc.messages WHERE project_id = 605002)", ""],
        ),
        ("Todo", "parent_id", ["(SELECT min(id) FROM bc.todos WHERE project_id = 605002)", ""]),
        (
            "Todolist",
            "parent_id",
            ["(SELECT min(id) FROM bc.todolists WHERE project_id = 605002)", ""],
        ),
        ("Upload", "parent_id", ["(SELECT min(id) FROM bc.uploads WHERE project_id = 605002)", ""]),
        ("group_memberships", "subgroup_id", ["851", ""]),
        ("person of a company", "person_id", ["3000", ""]),
        ("person of a department", "person_id", ["3004", ""]),
        ("projects", "archived", ["", "true"]),
        ("todos", "completed", ["", "true"]),
        (
            "todos",
            "todolist_id",
            [
                "(SELECT min(id) FROM bc.todolists WHERE project_id = 605002)",
                "(SELECT max(id) FROM bc.todolists WHERE project_id = 605002)",
            ],
        ),
    ],
    rows: &[
        ("attachments", "project_id = 605002 AND linked_source IS NULL"),
        ("people", "id = 3005"),
        ("tags", "project_id = 605002"),
        ("topics", "project_id = 605002"),
    ],
    together: &[],
    follows: &[
        ("attachment_tags", "tag", "tags", "The labels of the file."),
        ("calendar_events", "all_day", "ends_at", "Days and not moments."),
        ("calendar_events", "all_day", "starts_at", "Days and not moments."),
        ("tags", "name", "spellings", "All spellings of a label get one."),
        ("todos", "completed", "completed_at", "When it was completed."),
        ("todos", "completed", "completer", "Who completed it."),
        ("todos", "due_at", "due_on", "Two names of one day."),
        ("todos", "todolist_id", "position", "A place among others."),
    ],
    exceptions: &[
        ("comments", "READ attachments", "A file is told by a token and read as a file."),
        ("messages", "READ attachments", "A file is told by a token and read as a file."),
        ("todos", "READ attachments", "A file is told by a token and read as a file."),
        ("uploads", "READ attachments", "A file is told by a token and read as a file."),
    ],
};

//! Projects, the tools in their docks, and what lies around them on the home screen.

use super::shared::{
    APP_URL, CREATED_AT, EVERY_PROJECT, ID, UPDATED_AT, URL, children_by_status, listing, single,
    walked,
};
use super::writing::{NAMED, change, delete, insert, moved, replace, set};
use crate::catalog::column::{at, first, plain};
use crate::catalog::operation::{Answer, Clear, Form, Method, Operation, member};
use crate::catalog::{
    Column, Covers, Field, Permission, Rows, SOURCE, STATUS, Source, TABLE, Table,
};
use crate::value::Type::{Bigint, BigintArray, Boolean, Date, Integer, Jsonb, Text};

/// What is told of a project.
const PROJECT: &[Column] = &[
    ID,
    plain("status", Text, "Publication state: active, archived or trashed."),
    CREATED_AT,
    UPDATED_AT,
    plain("name", Text, "Its name."),
    plain("description", Text, "What it is for, in plain text."),
    plain("purpose", Text, "Basecamp's word for the kind of project; topic for an ordinary one."),
    plain("start_date", Date, "First day of its schedule."),
    plain("end_date", Date, "Last day of its schedule."),
    plain("clients_enabled", Boolean, "Whether clients can be invited to it."),
    plain("bookmark_url", Text, "Address of the viewer's bookmark toggle."),
    URL,
    APP_URL,
    plain("dock", Jsonb, "Its tools, each with id, name, title, place and whether it is enabled."),
    plain("bookmarked", Boolean, "Whether the viewer has bookmarked it; only the listing tells."),
    at("client_company_id", Bigint, "client_company.id", "Company of the clients."),
    at("client_company_name", Text, "client_company.name", "Name of the clients' company."),
    at("clientside_url", Text, "clientside.url", "API address of its client side."),
    at("clientside_app_url", Text, "clientside.app_url", "Web address of its client side."),
    plain("timesheet_enabled", Boolean, "Whether time can be logged on it."),
    plain("color", Text, "Name of its colour."),
    plain("last_needle_color", Text, "Colour of the newest needle on its gauge."),
    plain("last_needle_position", Integer, "Place of the newest needle on its gauge, 0 to 100."),
    plain("previous_needle_position", Integer, "Place of the needle before the newest."),
    plain("star_url", Text, "Address of the viewer's star."),
    plain("people", Jsonb, "Its people in groups, each with a count and a sample."),
    plain("all_access", Boolean, "Whether everyone on the account may enter."),
    plain("starred", Boolean, "Whether the viewer has starred it."),
    at("wallpaper_mode", Text, "wallpaper.mode", "How its wallpaper is laid out."),
    at("wallpaper_url", Text, "wallpaper.url", "Address of its wallpaper."),
];

/// Projects that the user can see.
pub static PROJECTS: Table = Table {
    name: "projects",
    about: "Projects that the user can see, with the tools in their docks.",
    columns: &[PROJECT],
    domains: &[STATUS],
    sources: &[
        Source { lacks: &["bookmarked"], ..single("/projects/{id}.json") },
        Source {
            covers: Covers::Account,
            ..children_by_status("projects of the account", "/projects.json")
        },
    ],
    operations: &[
        insert("new project", "/projects.json", NAMED),
        replace(
            "changed project",
            "/projects/{id}.json",
            &[
                // Each body must have the name, and what becomes of a description that is left out is
                // not told.
                member("name", &["name"]).required(),
                member("description", &["description"]).resent(),
                member("wallpaper_mode", &["wallpaper_mode"]).cleared(Clear::Never),
                // Who may come in by themselves: invite, employee or team. Never read back.
                member("admissions", &[]),
            ],
        ),
        replace(
            "dated project",
            "/projects/{id}.json",
            &[
                member("name", &["name"]).known(),
                member("description", &["description"]).resent(),
                // Both or neither.
                member("schedule_attributes.start_date", &["start_date"])
                    .required()
                    .cleared(Clear::Empty),
                member("schedule_attributes.end_date", &["end_date"])
                    .required()
                    .cleared(Clear::Empty),
            ],
        ),
        set(
            "restored project",
            ("status", "active"),
            Method::Put,
            "/projects/{id}/status/active.json",
        ),
        Operation {
            permission: Permission::TeamOrFewer,
            ..set(
                "archived project",
                ("status", "archived"),
                Method::Put,
                "/projects/{id}/status/archived.json",
            )
        },
        set("trashed project", ("status", "trashed"), Method::Delete, "/projects/{id}.json"),
        delete("trashed project", "/projects/{id}.json"),
        set(
            "project with clients",
            ("clients_enabled", "true"),
            Method::Post,
            "/projects/{id}/client_enablement.json",
        ),
        set(
            "project without clients",
            ("clients_enabled", "false"),
            Method::Delete,
            "/projects/{id}/client_enablement.json",
        ),
    ],
    ..TABLE
};

/// Projects in the order in which the viewer was last there.
pub static RECENT_PROJECTS: Table = Table {
    name: "recent_projects",
    about: "Projects that the viewer visited lately, in the order in which Basecamp gives them.",
    columns: &[PROJECT],
    sources: &[listing("projects visited lately", "/my/recent_projects.json")],
    ..TABLE
};

/// The tools of a project by the names that docks give them. A tool asked for by its id comes as the
/// recording that it is, which has neither the name nor the flag.
const DOCK_NAMES: &[(&str, &str)] = &[
    ("Chat::Transcript", "chat"),
    ("Inbox", "inbox"),
    ("Kanban::Board", "kanban_board"),
    ("Message::Board", "message_board"),
    ("Questionnaire", "questionnaire"),
    ("Schedule", "schedule"),
    ("Todoset", "todoset"),
    ("Vault", "vault"),
];

/// The tools in the docks of projects, disabled ones too.
pub static DOCK_TOOLS: Table = Table {
    name: "dock_tools",
    about: "Tools in the docks of projects, those that are disabled too.",
    columns: &[&[
        first("project_id", Bigint, &[Field::Outer("id"), Field::Member("bucket.id")], "Project."),
        ID,
        first(
            "name",
            Text,
            &[Field::Member("name"), Field::Word(&Field::Member("type"), DOCK_NAMES)],
            "Basecamp's name of the kind of tool, such as message_board.",
        ),
        plain("title", Text, "Its title."),
        first(
            "enabled",
            Boolean,
            &[Field::Member("enabled"), Field::Present("position")],
            "Whether the project shows it.",
        ),
        plain("position", Integer, "1-based place in the dock; NULL when disabled."),
        URL,
        APP_URL,
    ]],
    sources: &[
        single("/dock/tools/{id}.json"),
        DOCK,
        Source { rows: Rows::Inside("dock"), ..listing("docks of all projects", "/projects.json") },
        walked("dock of every project", EVERY_PROJECT, DOCK),
    ],
    operations: &[
        insert(
            "new tool",
            "/buckets/{project_id}/dock/tools.json",
            &[
                member("tool_type", &["name"]).required().form(Form::Words(DOCK_NAMES)),
                member("title", &["title"]),
                // Of chats and card tables alone.
                member("visible_to_clients", &[]),
            ],
        ),
        change("renamed tool", "/dock/tools/{id}.json", &[member("title", &["title"]).required()]),
        Operation {
            attempts: 1,
            ..set(
                "tool that is shown",
                ("enabled", "true"),
                Method::Post,
                "/recordings/{id}/position.json",
            )
        },
        set(
            "tool that is hidden",
            ("enabled", "false"),
            Method::Delete,
            "/recordings/{id}/position.json",
        ),
        moved(
            "moved tool",
            Method::Put,
            "/recordings/{id}/position.json",
            &[member("position", &["position"]).required()],
        ),
        // With all that is in it, for good.
        delete("deleted tool", "/dock/tools/{id}.json"),
    ],
    scoped: true,
    ..TABLE
};

const DOCK: Source = Source {
    name: "dock of a project",
    path: "/projects/{project_id}.json",
    rows: Rows::Member("dock"),
    ..SOURCE
};

/// The viewer's own folders of projects, which the API calls stacks.
pub static FOLDERS: Table = Table {
    name: "folders",
    about: "The viewer's folders of projects on the home screen.",
    columns: &[&[
        ID,
        plain("name", Text, "Its name."),
        plain("type", Text, "Basecamp's name of the kind, Stack."),
        CREATED_AT,
        UPDATED_AT,
        plain("bucket_ids", BigintArray, "Ids of the projects in it."),
        plain("is_emoji_only_name", Boolean, "Whether its name is nothing but emoji."),
        plain("star_url", Text, "Address of the viewer's star."),
        plain("gauges_url", Text, "Address of the gauges of these projects."),
        plain("color", Text, "Name of its colour."),
        plain("image_url", Text, "Address of its picture."),
        URL,
        plain("projects", Jsonb, "The projects in it, whole; fetched for each folder."),
    ]],
    sources: &[
        single("/stacks/{id}.json"),
        Source { lacks: &["projects"], ..listing("folders of the viewer", "/stacks.json") },
    ],
    operations: &[
        insert(
            "new folder",
            "/stacks.json",
            &[member("name", &["name"]), member("project_ids", &["bucket_ids"])],
        ),
        change("renamed folder", "/stacks/{id}.json", &[member("name", &["name"]).required()]),
        delete("deleted folder", "/stacks/{id}.json"),
    ],
    ..TABLE
};

/// Calendars. Nothing lists them.
pub static CALENDARS: Table = Table {
    name: "calendars",
    about: "Calendars, each found by its id only.",
    columns: &[&[
        ID,
        plain("type", Text, "Basecamp's name of the kind."),
        plain("name", Text, "Its name."),
        plain("color", Text, "Name of its colour."),
        CREATED_AT,
        UPDATED_AT,
        URL,
        APP_URL,
        plain("schedule_url", Text, "Address of its schedule."),
    ]],
    sources: &[single("/calendars/{id}.json")],
    operations: &[change(
        "coloured calendar",
        "/calendars/{id}.json",
        &[member("calendar.color", &["color"]).required()],
    )],
    ..TABLE
};

/// Days marked on the lineup of projects.
pub static LINEUP_MARKERS: Table = Table {
    name: "lineup_markers",
    about: "Days that are marked on the lineup of projects.",
    columns: &[&[
        ID,
        plain("name", Text, "What the day is."),
        plain("date", Date, "The day."),
        CREATED_AT,
        UPDATED_AT,
    ]],
    sources: &[listing("markers of the lineup", "/lineup/markers.json")],
    operations: &[
        Operation {
            // Nothing says which it has become.
            answer: Answer::Nothing,
            ..insert(
                "new marker",
                "/lineup/markers.json",
                &[member("name", &["name"]).required(), member("date", &["date"]).required()],
            )
        },
        Operation {
            answer: Answer::Nothing,
            ..change(
                "changed marker",
                "/lineup/markers/{id}.json",
                &[
                    member("name", &["name"]).cleared(Clear::Never),
                    member("date", &["date"]).cleared(Clear::Never),
                ],
            )
        },
        delete("deleted marker", "/lineup/markers/{id}.json"),
    ],
    ..TABLE
};

//! Projects, their templates, and the stars of the caller.

use super::shared::{
    ADDRESSES, CREATED_AT, CREATOR, ID, IN_TRASH, UPDATED_AT, by, counter, in_each, inside,
    of_account, only, single,
};
use super::writing::{change, delete, insert, set};
use crate::catalog::column::{at, first, plain};
use crate::catalog::operation::{Answer, Clear, Method, Operation, member};
use crate::catalog::{Column, Domain, Each, Field, Source, TABLE, TRASHED, Table, Way};
use crate::value::Type::{Bigint, Boolean, Integer, Text, Timestamptz};

/// What a project and a template have.
const SHAPE: &[Column] = &[
    ID,
    plain("name", Text, "Name."),
    plain("description", Text, "What it is about."),
    plain("template", Boolean, "Whether it is a template."),
    plain("archived", Boolean, "Whether it is archived."),
    plain("starred", Boolean, "Whether the caller has starred it."),
    IN_TRASH,
    plain("is_client_project", Boolean, "Whether content can be hidden from clients."),
    plain("color", Text, "Colour, in hexadecimal without a number sign."),
    CREATED_AT,
    UPDATED_AT,
];

/// Counters of the single record.
const COUNTERS: &[&[Column]] = &[
    counter!("accesses", "people who may enter"),
    counter!("attachments", "files"),
    counter!("calendar_events", "calendar events"),
    counter!("documents", "documents"),
    &[
        at(
            "forwards_count",
            Integer,
            "forwards.count",
            "Number of forwarded mails; the documentation does not show it.",
        ),
        at(
            "forwards_updated_at",
            Timestamptz,
            "forwards.updated_at",
            "Latest change among the forwarded mails; the documentation does not show it.",
        ),
        at(
            "forwards_url",
            Text,
            "forwards.url",
            "API address of the forwarded mails; the documentation does not show it.",
        ),
    ],
    counter!("topics", "topics"),
    &[
        at(
            "todolists_remaining_count",
            Integer,
            "todolists.remaining_count",
            "Number of to-do lists that are not finished.",
        ),
        at(
            "todolists_completed_count",
            Integer,
            "todolists.completed_count",
            "Number of finished to-do lists.",
        ),
        at(
            "todolists_updated_at",
            Timestamptz,
            "todolists.updated_at",
            "Latest change among the to-do lists; NULL while there are none.",
        ),
        at("todolists_url", Text, "todolists.url", "API address of the to-do lists."),
        at("todolists_app_url", Text, "todolists.app_url", "Web address of the to-do lists."),
    ],
];

/// Members that listings leave out.
const DETAILS: &[&str] = &[
    "creator",
    "created_at",
    "accesses",
    "attachments",
    "calendar_events",
    "documents",
    "forwards",
    "topics",
    "todolists",
];

/// Projects: active ones, drafts and archived ones. Those in the trash, and templates, are only in the
/// listing of the caller's own projects.
pub static PROJECTS: Table = Table {
    name: "projects",
    about: "Projects.",
    columns: &[
        SHAPE,
        &[
            plain("draft", Boolean, "Whether it is a draft, which only its maker sees."),
            first(
                "status",
                Text,
                &[
                    Field::Given(&[
                        (Field::Member("archived"), Boolean, "archived"),
                        (Field::Member("draft"), Boolean, "draft"),
                    ]),
                    Field::Always("active"),
                ],
                "Whether it is active, draft or archived; the columns template and trashed tell the rest.",
            ),
            plain(
                "last_event_at",
                Timestamptz,
                "When something last happened in it; the documentation does not show it.",
            ),
        ],
        ADDRESSES,
        CREATOR,
        COUNTERS[0],
        COUNTERS[1],
        COUNTERS[2],
        COUNTERS[3],
        COUNTERS[4],
        COUNTERS[5],
        COUNTERS[6],
    ],
    domains: &[
        Domain {
            column: "status",
            values: &["active", "draft", "archived"],
            default: &["active", "draft", "archived"],
        },
        flag("archived", &["false", "true"]),
        flag("draft", &["false", "true"]),
        flag("template", &["false"]),
        TRASHED,
    ],
    sources: &[
        single("/projects/{id}.json", &["url", "app_url"]),
        only(
            by(
                of_account("projects of the account", "/projects{way}.json", DETAILS),
                &[
                    Way {
                        path: "",
                        when: &[("status", "active"), ("archived", "false"), ("draft", "false")],
                    },
                    Way {
                        path: "/drafts",
                        when: &[("status", "draft"), ("archived", "false"), ("draft", "true")],
                    },
                    Way {
                        path: "/archived",
                        when: &[("status", "archived"), ("archived", "true"), ("draft", "false")],
                    },
                ],
            ),
            &[("template", "false"), ("trashed", "false")],
        ),
        only(OF_THE_CALLER, &[("trashed", "true")]),
        only(
            Source { name: "templates among the caller's projects", ..OF_THE_CALLER },
            &[("template", "true")],
        ),
    ],
    operations: &[
        insert(
            "new project",
            "/projects.json",
            &[
                member("name", &["name"]).required(),
                member("description", &["description"]),
                member("is_client_project", &["is_client_project"]),
            ],
        ),
        change(
            "changed project",
            "/projects/{id}.json",
            &[
                member("name", &["name"]).cleared(Clear::Never),
                member("description", &["description"]),
                member("archived", &["archived"]).cleared(Clear::Never),
                member("is_client_project", &["is_client_project"]).cleared(Clear::Never),
            ],
        ),
        Operation {
            // The invitations that were collected are sent.
            attempts: 1,
            answer: Answer::Record,
            ..set(
                "published project",
                ("draft", "false"),
                Method::Post,
                "/projects/{id}/publish.json",
            )
        },
        Operation {
            // Whether a second star is refused is not known.
            attempts: 1,
            ..set("new star", ("starred", "true"), Method::Post, "/projects/{id}/star.json")
        },
        set("removed star", ("starred", "false"), Method::Delete, "/projects/{id}/star.json"),
        delete("trashed project", "/projects/{id}.json"),
    ],
    ..TABLE
};

/// All that the caller is in, whatever its state.
const OF_THE_CALLER: Source = in_each(
    "projects of the caller",
    Each::row("my_profile", &[("person_id", "id")]),
    inside("", "/people/{person_id}/projects.json", DETAILS),
);

const fn flag(column: &'static str, default: &'static [&'static str]) -> Domain {
    Domain { column, values: &["false", "true"], default }
}

/// Templates, whose single records are those of projects.
pub static PROJECT_TEMPLATES: Table = Table {
    name: "project_templates",
    about: "Templates that projects are made from.",
    columns: &[
        SHAPE,
        ADDRESSES,
        CREATOR,
        COUNTERS[0],
        COUNTERS[1],
        COUNTERS[2],
        COUNTERS[3],
        COUNTERS[4],
        COUNTERS[5],
        COUNTERS[6],
    ],
    domains: &[TRASHED],
    // The address of a template is that of a project, and answers for projects too.
    keep: Some(("template", "true")),
    sources: &[
        single("/projects/{id}.json", &["url", "app_url"]),
        of_account("templates of the account", "/project_templates.json", DETAILS),
    ],
    operations: &[
        insert(
            "new template",
            "/project_templates.json",
            &[member("name", &["name"]).required(), member("description", &["description"])],
        ),
        change(
            "changed template",
            "/projects/{id}.json",
            &[
                member("name", &["name"]).cleared(Clear::Never),
                member("description", &["description"]),
                member("is_client_project", &["is_client_project"]).cleared(Clear::Never),
            ],
        ),
        delete("trashed template", "/projects/{id}.json"),
    ],
    ..TABLE
};

/// Stars of the caller on active projects; those on archived ones show in `projects.starred` only.
pub static STARS: Table = Table {
    name: "stars",
    about: "Active projects that the caller has starred.",
    columns: &[&[
        plain("project_id", Bigint, "Project."),
        plain("created_at", Timestamptz, "When the star was given."),
        plain("url", Text, "API address of the star."),
        plain("app_url", Text, "Web address of the star."),
    ]],
    sources: &[of_account("stars of the caller", "/stars.json", &[])],
    operations: &[
        Operation {
            answer: Answer::Nothing,
            ..insert("new star", "/projects/{project_id}/star.json", &[])
        },
        delete("removed star", "/projects/{project_id}/star.json"),
    ],
    ..TABLE
};

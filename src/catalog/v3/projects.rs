//! Projects.

use super::shared::{children_by_status, single};
use crate::catalog::{Column, Covers, Field, STATUS, Source, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text, Timestamptz};

/// Projects that the user can see.
pub static PROJECTS: Table = Table {
    name: "projects",
    about: "Projects that the user can see, with the tools in their docks.",
    columns: &[&[
        Column::plain("id", Bigint, "Identifier."),
        Column::plain(
            "status",
            Text,
            "Publication state: active, archived or trashed.",
        ),
        Column::plain("created_at", Timestamptz, "When it was created."),
        Column::plain("updated_at", Timestamptz, "When it last changed."),
        Column::plain("name", Text, "Its name."),
        Column::plain("description", Text, "What it is for, in plain text."),
        Column::plain(
            "purpose",
            Text,
            "Basecamp's word for the kind of project; topic for an ordinary one.",
        ),
        Column::plain("start_date", Date, "First day of its schedule."),
        Column::plain("end_date", Date, "Last day of its schedule."),
        Column::plain(
            "clients_enabled",
            Boolean,
            "Whether clients can be invited to it.",
        ),
        Column::plain(
            "bookmark_url",
            Text,
            "Address of the viewer's bookmark toggle.",
        ),
        Column::plain("url", Text, "API address."),
        Column::plain("app_url", Text, "Web address."),
        Column::plain(
            "dock",
            Jsonb,
            "Its tools, each with id, name, title, place and whether it is enabled.",
        ),
        Column::plain(
            "bookmarked",
            Boolean,
            "Whether the viewer has bookmarked it; only the listing tells.",
        ),
        Column::at(
            "client_company_id",
            Bigint,
            Field::Member("client_company.id"),
            "Company of the clients.",
        ),
        Column::at(
            "client_company_name",
            Text,
            Field::Member("client_company.name"),
            "Name of the clients' company.",
        ),
        Column::at(
            "clientside_url",
            Text,
            Field::Member("clientside.url"),
            "API address of its client side.",
        ),
        Column::at(
            "clientside_app_url",
            Text,
            Field::Member("clientside.app_url"),
            "Web address of its client side.",
        ),
        Column::plain(
            "timesheet_enabled",
            Boolean,
            "Whether time can be logged on it.",
        ),
        Column::plain("color", Text, "Name of its colour."),
        Column::plain(
            "last_needle_color",
            Text,
            "Colour of the newest needle on its gauge.",
        ),
        Column::plain(
            "last_needle_position",
            Integer,
            "Place of the newest needle on its gauge, 0 to 100.",
        ),
        Column::plain(
            "previous_needle_position",
            Integer,
            "Place of the needle before the newest.",
        ),
        Column::plain("star_url", Text, "Address of the viewer's star."),
        Column::plain(
            "people",
            Jsonb,
            "Its people in groups, each with a count and a sample.",
        ),
        Column::plain(
            "all_access",
            Boolean,
            "Whether everyone on the account may enter.",
        ),
    ]],
    domains: &[STATUS],
    sources: &[
        Source {
            lacks: &["bookmarked"],
            ..single("/projects/{id}.json")
        },
        Source {
            covers: Covers::Account,
            ..children_by_status("projects of the account", "/projects.json")
        },
    ],
    scoped: false,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

//! The account, and the accounts that a token opens.

use super::shared::{CREATED_AT, ID, UPDATED_AT, listing, object};
use crate::catalog::{Column, Field, Rows, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Text, Timestamptz};

/// The account that the server points at.
pub static ACCOUNTS: Table = Table {
    name: "accounts",
    about: "The account of the server, in one row.",
    columns: &[
        &[
            ID,
            Column::plain("name", Text, "Its name."),
            Column::plain("owner_name", Text, "Name of its owner."),
            Column::plain("active", Boolean, "Whether it is in use."),
            CREATED_AT,
            UPDATED_AT,
            Column::plain("trial", Boolean, "Whether it is on trial."),
            Column::plain("trial_ends_on", Date, "Last day of the trial."),
            Column::plain("frozen", Boolean, "Whether it is frozen."),
            Column::plain("paused", Boolean, "Whether it is paused."),
        ],
        LIMITS,
        PLAN,
        &[
            Column::at(
                "settings_company_hq_enabled",
                Boolean,
                Field::Member("settings.company_hq_enabled"),
                "Whether it has a headquarters.",
            ),
            Column::at(
                "settings_teams_enabled",
                Boolean,
                Field::Member("settings.teams_enabled"),
                "Whether it has teams.",
            ),
            Column::at(
                "settings_projects_enabled",
                Boolean,
                Field::Member("settings.projects_enabled"),
                "Whether it has projects.",
            ),
            Column::at(
                "logo_url",
                Text,
                Field::Member("logo.url"),
                "Address of the logo; NULL where there is none.",
            ),
        ],
    ],
    sources: &[object("the account", "/account.json")],
    ..TABLE
};

/// What the plan still allows.
const LIMITS: &[Column] = &[
    Column::at(
        "limits_can_create_projects",
        Boolean,
        Field::Member("limits.can_create_projects"),
        "Whether another project fits.",
    ),
    Column::at(
        "limits_can_pin_projects",
        Boolean,
        Field::Member("limits.can_pin_projects"),
        "Whether projects can be pinned.",
    ),
    Column::at(
        "limits_can_create_users",
        Boolean,
        Field::Member("limits.can_create_users"),
        "Whether another person fits.",
    ),
    Column::at(
        "limits_can_upload_files",
        Boolean,
        Field::Member("limits.can_upload_files"),
        "Whether another file fits.",
    ),
];

/// What was bought.
const PLAN: &[Column] = &[
    Column::at(
        "subscription_short_name",
        Text,
        Field::Member("subscription.short_name"),
        "Short name of the plan.",
    ),
    Column::at(
        "subscription_proper_name",
        Text,
        Field::Member("subscription.proper_name"),
        "Full name of the plan.",
    ),
    Column::at(
        "subscription_project_limit",
        Integer,
        Field::Member("subscription.project_limit"),
        "How many projects the plan includes; NULL for any number.",
    ),
    Column::at(
        "subscription_teams",
        Boolean,
        Field::Member("subscription.teams"),
        "Whether the plan includes teams.",
    ),
    Column::at(
        "subscription_clients",
        Boolean,
        Field::Member("subscription.clients"),
        "Whether the plan includes clients.",
    ),
    Column::at(
        "subscription_templates",
        Boolean,
        Field::Member("subscription.templates"),
        "Whether the plan includes templates.",
    ),
    Column::at(
        "subscription_logo",
        Boolean,
        Field::Member("subscription.logo"),
        "Whether the plan includes a logo.",
    ),
    Column::at(
        "subscription_timesheet",
        Boolean,
        Field::Member("subscription.timesheet"),
        "Whether the plan includes the timesheet.",
    ),
];

/// What the token opens, told by the host that gave it. Tokens of Basecamp's own authorization server
/// name no product.
pub static AUTHORIZED_ACCOUNTS: Table = Table {
    name: "authorized_accounts",
    about: "Accounts of every Basecamp product that the token opens.",
    columns: &[&[
        Column::plain("id", Bigint, "Identifier, which a server takes as its option accountid."),
        Column::plain("name", Text, "Name of the account."),
        Column::plain("product", Text, "Code of the product, where the token names products."),
        Column::plain("href", Text, "Address of the account's API."),
        Column::plain("app_href", Text, "Web address of the account."),
        Column::plain("resource", Text, "What the token is bound to, where it is bound."),
        Column::at(
            "identity_id",
            Bigint,
            Field::Outer("identity.id"),
            "Who logged in; not the id of a person.",
        ),
        Column::at(
            "identity_first_name",
            Text,
            Field::Outer("identity.first_name"),
            "First name of who logged in.",
        ),
        Column::at(
            "identity_last_name",
            Text,
            Field::Outer("identity.last_name"),
            "Last name of who logged in.",
        ),
        Column::at(
            "identity_email_address",
            Text,
            Field::Outer("identity.email_address"),
            "E-mail address of who logged in, which nobody has verified.",
        ),
        Column::at(
            "expires_at",
            Timestamptz,
            Field::Outer("expires_at"),
            "When the token expires.",
        ),
        Column::at("scope", Text, Field::Outer("scope"), "What the token allows, where it says."),
    ]],
    sources: &[Source {
        rows: Rows::Member("accounts"),
        ..listing("accounts of the token", "launchpad:/authorization.json")
    }],
    ..TABLE
};

//! The account, and the accounts that a token opens.

use super::shared::{CREATED_AT, ID, UPDATED_AT, listing, object};
use super::writing::change;
use crate::catalog::column::{at, outer, plain};
use crate::catalog::operation::{Operation, member};
use crate::catalog::{Column, Permission, Rows, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Text, Timestamptz};

/// The account that the server points at.
pub static ACCOUNTS: Table = Table {
    name: "accounts",
    about: "The account of the server, in one row.",
    columns: &[
        &[
            ID,
            plain("name", Text, "Its name."),
            plain("owner_name", Text, "Name of its owner."),
            plain("active", Boolean, "Whether it is in use."),
            CREATED_AT,
            UPDATED_AT,
            plain("trial", Boolean, "Whether it is on trial."),
            plain("trial_ends_on", Date, "Last day of the trial."),
            plain("frozen", Boolean, "Whether it is frozen."),
            plain("paused", Boolean, "Whether it is paused."),
        ],
        LIMITS,
        PLAN,
        &[
            at(
                "settings_company_hq_enabled",
                Boolean,
                "settings.company_hq_enabled",
                "Whether it has a headquarters.",
            ),
            at(
                "settings_teams_enabled",
                Boolean,
                "settings.teams_enabled",
                "Whether it has teams.",
            ),
            at(
                "settings_projects_enabled",
                Boolean,
                "settings.projects_enabled",
                "Whether it has projects.",
            ),
            at("logo_url", Text, "logo.url", "Address of the logo; NULL where there is none."),
        ],
    ],
    sources: &[object("the account", "/account.json")],
    operations: &[Operation {
        attempts: 2,
        permission: Permission::Owners,
        ..change("renamed account", "/account/name.json", &[member("name", &["name"]).required()])
    }],
    ..TABLE
};

/// What the plan still allows.
const LIMITS: &[Column] = &[
    at(
        "limits_can_create_projects",
        Boolean,
        "limits.can_create_projects",
        "Whether another project fits.",
    ),
    at(
        "limits_can_pin_projects",
        Boolean,
        "limits.can_pin_projects",
        "Whether projects can be pinned.",
    ),
    at(
        "limits_can_create_users",
        Boolean,
        "limits.can_create_users",
        "Whether another person fits.",
    ),
    at("limits_can_upload_files", Boolean, "limits.can_upload_files", "Whether another file fits."),
];

/// What was bought.
const PLAN: &[Column] = &[
    at("subscription_short_name", Text, "subscription.short_name", "Short name of the plan."),
    at("subscription_proper_name", Text, "subscription.proper_name", "Full name of the plan."),
    at(
        "subscription_project_limit",
        Integer,
        "subscription.project_limit",
        "How many projects the plan includes; NULL for any number.",
    ),
    at("subscription_teams", Boolean, "subscription.teams", "Whether the plan includes teams."),
    at(
        "subscription_clients",
        Boolean,
        "subscription.clients",
        "Whether the plan includes clients.",
    ),
    at(
        "subscription_templates",
        Boolean,
        "subscription.templates",
        "Whether the plan includes templates.",
    ),
    at("subscription_logo", Boolean, "subscription.logo", "Whether the plan includes a logo."),
    at(
        "subscription_timesheet",
        Boolean,
        "subscription.timesheet",
        "Whether the plan includes the timesheet.",
    ),
];

/// What the token opens, told by the host that gave it. Tokens of Basecamp's own authorization server
/// name no product.
pub static AUTHORIZED_ACCOUNTS: Table = Table {
    name: "authorized_accounts",
    about: "Accounts of every Basecamp product that the token opens.",
    columns: &[&[
        plain("id", Bigint, "Identifier, which a server takes as its option accountid."),
        plain("name", Text, "Name of the account."),
        plain("product", Text, "Code of the product, where the token names products."),
        plain("href", Text, "Address of the account's API."),
        plain("app_href", Text, "Web address of the account."),
        plain("resource", Text, "What the token is bound to, where it is bound."),
        outer("identity_id", Bigint, "identity.id", "Who logged in; not the id of a person."),
        outer("identity_first_name", Text, "identity.first_name", "First name of who logged in."),
        outer("identity_last_name", Text, "identity.last_name", "Last name of who logged in."),
        outer(
            "identity_email_address",
            Text,
            "identity.email_address",
            "E-mail address of who logged in, which nobody has verified.",
        ),
        outer("expires_at", Timestamptz, "expires_at", "When the token expires."),
        outer("scope", Text, "scope", "What the token allows, where it says."),
    ]],
    sources: &[Source {
        rows: Rows::Member("accounts"),
        ..listing("accounts of the token", "launchpad:/authorization.json")
    }],
    ..TABLE
};

//! People, who may enter what, companies and their departments, and the accounts of a token.

use super::shared::{
    ADDRESSES, BUCKET_TYPE, CREATED_AT, ID, IN_TRASH, PERSON, UPDATED_AT, by, counter, in_each,
    in_each_calendar, in_each_project, inside, of_account, only, single,
};
use super::writing::{change, delete, insert};
use crate::catalog::column::{asked, at, first, from, ids, outer, plain};
use crate::catalog::operation::{ATTEMPTS, Answer, Clear, Member, Method, Operation, member};
use crate::catalog::{
    Column, Domain, Each, Field, LAUNCHPAD, Permission, Rows, Source, TABLE, TRASHED, Table, Way,
};
use crate::value::Type::{Bigint, Boolean, Integer, Jsonb, Text, Timestamptz};

const _: () = assert!(LAUNCHPAD.len() == 10, "the path below begins with it");

/// What the token opens. Login name and password do not open Launchpad.
pub static AUTHORIZED_ACCOUNTS: Table = Table {
    name: "authorized_accounts",
    about: "Accounts of every Basecamp product that the token opens.",
    columns: &[&[
        plain("id", Bigint, "Identifier, which a server takes as its option accountid."),
        plain("name", Text, "Name of the account."),
        plain("product", Text, "Code of the product: bcx for Basecamp 2, bc3 for its successors."),
        plain("href", Text, "Address of the account's API."),
        plain("app_href", Text, "Web address of the account."),
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
    ]],
    sources: &[Source {
        rows: Rows::Member("accounts"),
        ..of_account("accounts of the token", "launchpad:/authorization.json", &[])
    }],
    ..TABLE
};

/// Counters of a person's single record.
const DONE: &[Column] = counter!("events", "events by the person");
const TO_DO: &[Column] = counter!("assigned_todos", "to-dos assigned to the person");

/// Everyone on the account. Only administrators can list those who were removed.
pub static PEOPLE: Table = Table {
    name: "people",
    about: "People of the account.",
    columns: &[&[ID], PERSON, &[REMOVED], ADDRESSES, DONE, TO_DO],
    domains: &[TRASHED],
    sources: &[
        single("/people/{id}.json", &["url", "app_url"]),
        by(
            Source {
                permission: Permission::AdministratorsOfTrash,
                ..of_account(
                    "people of the account",
                    "/people{way}.json",
                    &["events", "assigned_todos"],
                )
            },
            &[
                Way { path: "", when: &[("trashed", "false")] },
                Way { path: "/trashed", when: &[("trashed", "true")] },
            ],
        ),
    ],
    operations: &[delete("removed person", "/people/{id}.json")],
    ..TABLE
};

const REMOVED: Column =
    plain("trashed", Boolean, "Whether the person was removed from the account.");

/// The person whose credentials are used.
pub static MY_PROFILE: Table = Table {
    name: "my_profile",
    about: "The person whose credentials are used, in one row.",
    columns: &[&[ID], PERSON, &[REMOVED], DONE, TO_DO],
    sources: &[Source {
        rows: Rows::One,
        ..of_account("the person behind the credentials", "/people/me.json", &[])
    }],
    ..TABLE
};

/// The projects of a person, those of every state that the caller can see.
pub static PERSON_PROJECTS: Table = Table {
    name: "person_projects",
    about: "Projects that a person is in, whatever their state.",
    columns: &[&[
        asked("person_id", Bigint, "Person."),
        at("project_id", Bigint, "id", "Project."),
        plain("name", Text, "Name of the project."),
        plain("description", Text, "What the project is about."),
        plain("template", Boolean, "Whether it is a template."),
        plain("archived", Boolean, "Whether it is archived."),
        plain("starred", Boolean, "Whether the caller has starred it."),
        IN_TRASH,
        plain("draft", Boolean, "Whether it is a draft, which only its maker sees."),
        plain("is_client_project", Boolean, "Whether content can be hidden from clients."),
        plain("color", Text, "Colour, in hexadecimal without a number sign."),
        UPDATED_AT,
        plain("url", Text, "API address of the project."),
        plain("app_url", Text, "Web address of the project; the documentation does not show it."),
    ]],
    domains: &[TRASHED],
    sources: &[
        PROJECTS_OF_PERSON,
        in_each(
            "projects of every person",
            Each::row("people", &[("person_id", "id")]),
            PROJECTS_OF_PERSON,
        ),
    ],
    ..TABLE
};

const PROJECTS_OF_PERSON: Source =
    inside("projects of a person", "/people/{person_id}/projects.json", &[]);

/// Who may enter a project or calendar. A project's own calendar has no accesses of its own.
pub static ACCESSES: Table = Table {
    name: "accesses",
    about: "People who may enter a project or a calendar.",
    columns: &[
        &[
            first(
                "project_id",
                Bigint,
                &[Field::Asked("project_id")],
                "Project; NULL for a calendar.",
            ),
            first(
                "calendar_id",
                Bigint,
                &[Field::Asked("calendar_id")],
                "Calendar; NULL for a project.",
            ),
            from(
                "bucket_type",
                Text,
                Field::Given(&[
                    (Field::Asked("project_id"), Bigint, "Project"),
                    (Field::Asked("calendar_id"), Bigint, "Calendar"),
                ]),
                "Project or Calendar.",
            ),
            at("person_id", Bigint, "id", "Person."),
        ],
        PERSON,
        &[
            plain("is_client", Boolean, "Whether the person has the access of a client only."),
            REMOVED,
            plain("url", Text, "API address of the person."),
            plain("app_url", Text, "Web address of the person."),
        ],
    ],
    domains: &[BUCKET_TYPE, TRASHED],
    sources: &[
        ACCESSES_OF_PROJECT,
        ACCESSES_OF_CALENDAR,
        only(
            in_each_project("accesses of every project", ACCESSES_OF_PROJECT),
            &[("bucket_type", "Project")],
        ),
        only(
            in_each_calendar("accesses of every calendar", ACCESSES_OF_CALENDAR),
            &[("bucket_type", "Calendar")],
        ),
    ],
    operations: &[
        Operation {
            when: &[("is_client", "true")],
            ..admission("access of a client", "/projects/{project_id}/client_accesses.json")
        },
        admission("access to a project", "/projects/{project_id}/accesses.json"),
        admission("access to a calendar", "/calendars/{calendar_id}/accesses.json"),
        delete("end of access to a project", "/projects/{project_id}/accesses/{person_id}.json"),
        delete("end of access to a calendar", "/calendars/{calendar_id}/accesses/{person_id}.json"),
    ],
    scoped: true,
    ..TABLE
};

/// Who is let in, by one or the other.
const ADMITTED: &[Member] =
    &[member("ids[]", &["person_id"]), member("email_addresses[]", &["email_address"])];

/// Somebody who is let in: a person of the account, or whoever has an e-mail address. It may send an
/// invitation, so it is not repeated.
const fn admission(name: &'static str, path: &'static str) -> Operation {
    Operation { answer: Answer::Nothing, ..insert(name, path, ADMITTED) }
}

/// Who is in it from now on.
const JOINED: &[Member] = &[member("memberships[].person_id", &["person_id"]).required()];

/// Somebody who is in it from now on, beside those who are.
const fn joined(name: &'static str, path: &'static str) -> Operation {
    Operation {
        method: Method::Put,
        attempts: ATTEMPTS,
        answer: Answer::Other,
        ..insert(name, path, JOINED)
    }
}

const ACCESSES_OF_PROJECT: Source =
    inside("accesses of a project", "/projects/{project_id}/accesses.json", &[]);
const ACCESSES_OF_CALENDAR: Source =
    inside("accesses of a calendar", "/calendars/{calendar_id}/accesses.json", &[]);

/// Companies. Members are told by the single record alone.
pub static GROUPS: Table = Table {
    name: "groups",
    about: "Companies, which Basecamp calls groups.",
    columns: &[&[
        ID,
        plain("name", Text, "Name."),
        CREATED_AT,
        UPDATED_AT,
        plain("subgroups", Jsonb, "Departments; NULL where there are none."),
        ids("subgroup_ids", "subgroups", "Ids of the departments."),
        plain("memberships", Jsonb, "People of the company itself."),
        ids("member_ids", "memberships", "Ids of the people of the company itself."),
    ]],
    sources: &[
        single("/groups/{id}.json", &["updated_at"]),
        of_account("groups of the account", "/groups.json", &["memberships"]),
    ],
    operations: &[
        insert("new company", "/groups.json", &[member("name", &["name"]).required()]),
        change(
            "renamed company",
            "/groups/{id}.json",
            &[member("name", &["name"]).cleared(Clear::Never)],
        ),
        delete("deleted company", "/groups/{id}.json"),
    ],
    ..TABLE
};

/// Departments, which have no listing of their own: each group has them inside.
pub static SUBGROUPS: Table = Table {
    name: "subgroups",
    about: "Departments of companies, which Basecamp calls subgroups.",
    columns: &[&[
        ID,
        first(
            "group_id",
            Bigint,
            &[Field::Outer("id"), Field::Member("parent_id"), Field::Asked("group_id")],
            "Company that it is a department of.",
        ),
        plain("name", Text, "Name."),
        CREATED_AT,
        UPDATED_AT,
        plain("memberships", Jsonb, "People of the department."),
        ids("member_ids", "memberships", "Ids of the people of the department."),
    ]],
    sources: &[
        single("/groups/{group_id}/subgroups/{id}.json", &[]),
        Source {
            rows: Rows::Within("subgroups"),
            ..of_account("groups of the account", "/groups.json", &["memberships"])
        },
    ],
    operations: &[
        insert(
            "new department",
            "/groups/{group_id}/subgroups.json",
            &[member("name", &["name"]).required()],
        ),
        change(
            "renamed department",
            "/groups/{group_id}/subgroups/{id}.json",
            &[member("name", &["name"]).cleared(Clear::Never)],
        ),
        delete("deleted department", "/groups/{group_id}/subgroups/{id}.json"),
    ],
    ..TABLE
};

/// Who is in a company or department. A company does not repeat the people of its departments.
pub static GROUP_MEMBERSHIPS: Table = Table {
    name: "group_memberships",
    about: "People of companies and of their departments.",
    columns: &[
        &[
            asked("group_id", Bigint, "Company."),
            first(
                "subgroup_id",
                Bigint,
                &[Field::Asked("subgroup_id")],
                "Department; NULL for the company itself.",
            ),
            first(
                "in_subgroup",
                Boolean,
                &[
                    Field::Given(&[(Field::Asked("subgroup_id"), Bigint, "true")]),
                    Field::Always("false"),
                ],
                "Whether the person is in a department, not in the company itself.",
            ),
            at("person_id", Bigint, "id", "Person."),
        ],
        PERSON,
        &[
            plain("url", Text, "API address of the person."),
            plain("app_url", Text, "Web address of the person."),
        ],
    ],
    domains: &[Domain {
        column: "in_subgroup",
        values: &["false", "true"],
        default: &["false", "true"],
    }],
    sources: &[
        MEMBERS_OF_SUBGROUP,
        only(MEMBERS_OF_GROUP, &[("in_subgroup", "false")]),
        only(
            in_each(
                "members of every group",
                Each::row("groups", &[("group_id", "id")]),
                MEMBERS_OF_GROUP,
            ),
            &[("in_subgroup", "false")],
        ),
        only(
            in_each(
                "members of every subgroup",
                Each::row("subgroups", &[("group_id", "group_id"), ("subgroup_id", "id")]),
                MEMBERS_OF_SUBGROUP,
            ),
            &[("in_subgroup", "true")],
        ),
    ],
    operations: &[
        joined("person of a department", "/groups/{group_id}/subgroups/{subgroup_id}.json"),
        joined("person of a company", "/groups/{group_id}.json"),
        delete(
            "person of a department no more",
            "/groups/{group_id}/subgroups/{subgroup_id}/memberships/{person_id}.json",
        ),
        // From all its departments too.
        delete("person of a company no more", "/groups/{group_id}/memberships/{person_id}.json"),
    ],
    ..TABLE
};

const MEMBERS_OF_GROUP: Source = Source {
    rows: Rows::Maybe("memberships"),
    ..inside("members of a group", "/groups/{group_id}.json", &[])
};
const MEMBERS_OF_SUBGROUP: Source = Source {
    rows: Rows::Maybe("memberships"),
    ..inside("members of a subgroup", "/groups/{group_id}/subgroups/{subgroup_id}.json", &[])
};

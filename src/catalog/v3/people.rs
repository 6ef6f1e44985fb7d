//! People, who may enter what, and who is away.

use super::shared::{ASKED_PROJECT, EVERY_PROJECT, listing, object, single};
use super::writing::{change, delete, insert, set};
use crate::catalog::column::{at, person, plain};
use crate::catalog::operation::{ATTEMPTS, Answer, Clear, Method, Operation, member};
use crate::catalog::{Column, Domain, Each, Permission, Rows, SOURCE, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Text, Timestamptz};

/// The number of a person.
const ID: Column =
    person("id", Bigint, "id", "Identifier; NULL for Basecamp's own actors, which have no number.");

/// The same in a row that joins a person to something.
pub const PERSON_ID: Column = person(
    "person_id",
    Bigint,
    "id",
    "Person; NULL for Basecamp's own actors, which have no number.",
);

/// What is known of a person, but the number.
pub const PERSON: &[Column] = &[
    plain("attachable_sgid", Text, "Signed id with which rich text mentions the person."),
    plain("name", Text, "Full name."),
    plain("email_address", Text, "E-mail address, redacted for viewers who may not see it."),
    plain("personable_type", Text, "What kind of person: User, Client, LocalPerson and others."),
    plain("title", Text, "Job title."),
    plain("bio", Text, "A few words about the person."),
    plain("tagline", Text, "The same words under their newer name."),
    plain("location", Text, "Where the person is."),
    plain("created_at", Timestamptz, "When the person was added."),
    plain("updated_at", Timestamptz, "When the profile last changed."),
    plain("admin", Boolean, "Whether the person administers the account."),
    plain("owner", Boolean, "Whether the person owns the account."),
    plain("client", Boolean, "Whether the person is a client."),
    plain("employee", Boolean, "Whether the person works for the account's own company."),
    plain("time_zone", Text, "Name of the person's time zone."),
    plain("avatar_url", Text, "Address of the picture."),
    at("company_id", Bigint, "company.id", "Company; not everyone has one."),
    at("company_name", Text, "company.name", "Name of the company."),
    plain("can_manage_projects", Boolean, "Whether the person may create and manage projects."),
    plain("can_manage_people", Boolean, "Whether the person may add and remove people."),
    plain("can_ping", Boolean, "Whether the viewer may ping the person."),
    plain("can_access_timesheet", Boolean, "Whether the person may use the timesheet."),
    plain("can_access_hill_charts", Boolean, "Whether the person may use hill charts."),
    plain(
        "system_label",
        Text,
        "What Basecamp calls the person where it is one of its own actors.",
    ),
];

/// Everyone whom the user can see.
pub static PEOPLE: Table = Table {
    name: "people",
    about: "People on the account whom the user can see.",
    columns: &[
        &[ID],
        PERSON,
        &[
            at(
                "out_of_office_start_date",
                Date,
                "out_of_office.start_date",
                "First day out of office, if one is set.",
            ),
            at(
                "out_of_office_end_date",
                Date,
                "out_of_office.end_date",
                "Last day out of office, if one is set.",
            ),
        ],
    ],
    // Whoever cannot be pinged is not in the shorter listing, which is read where it is known to be so.
    domains: &[Domain {
        column: "can_ping",
        values: &["false", "true"],
        default: &["false", "true"],
    }],
    sources: &[
        single("/people/{id}.json"),
        Source { lacks: &["out_of_office"], ..listing("people of the account", "/people.json") },
    ],
    ..TABLE
};

/// People who can be given to-dos. Nothing in the record of a person tells, so the listing of them is
/// a table of its own.
pub static ASSIGNABLE_PEOPLE: Table = Table {
    name: "assignable_people",
    about: "People who can be given to-dos.",
    columns: &[&[ID], PERSON],
    sources: &[listing("people who can be given to-dos", "/reports/todos/assigned.json")],
    ..TABLE
};

/// The viewer.
pub static MY_PROFILE: Table = Table {
    name: "my_profile",
    about: "The person whose token is used, in one row.",
    columns: &[&[ID], PERSON],
    sources: &[object("profile of the viewer", "/my/profile.json")],
    operations: &[Operation {
        answer: Answer::Nothing,
        ..change(
            "changed profile",
            "/my/profile.json",
            &[
                member("name", &["name"]).cleared(Clear::Never),
                member("email_address", &["email_address"]).cleared(Clear::Never),
                member("title", &["title"]),
                member("bio", &["bio"]),
                member("location", &["location"]),
                member("time_zone_name", &["time_zone"]).cleared(Clear::Never),
            ],
        )
    }],
    ..TABLE
};

/// Who may enter which project.
pub static PROJECT_PEOPLE: Table = Table {
    name: "project_people",
    about: "People with access to projects, a row for each person and project.",
    columns: &[&[ASKED_PROJECT, PERSON_ID], PERSON],
    sources: &[
        people_of_a_project("people of a project", None),
        people_of_a_project("people of every project", EVERY_PROJECT),
    ],
    operations: &[
        Operation {
            method: Method::Put,
            // Whoever may enter may enter, however often it is said.
            attempts: ATTEMPTS,
            answer: Answer::Other,
            ..insert("access to a project", ACCESS, &[member("grant[]", &["person_id"]).required()])
        },
        Operation {
            method: Method::Put,
            members: &[member("revoke[]", &["person_id"]).known()],
            ..delete("end of access to a project", ACCESS)
        },
    ],
    scoped: true,
    ..TABLE
};

const ACCESS: &str = "/projects/{project_id}/people/users.json";

const fn people_of_a_project(name: &'static str, each: Option<Each>) -> Source {
    Source { name, path: "/projects/{project_id}/people.json", each, ..SOURCE }
}

/// Whether people are away. Others than oneself are shown to administrators only, and not on every
/// plan.
pub static OUT_OF_OFFICE: Table = Table {
    name: "out_of_office",
    about: "Whether and how long people are out of office, one row each.",
    columns: &[&[
        person(
            "person_id",
            Bigint,
            "person.id",
            "Person; NULL for Basecamp's own actors, which have no number.",
        ),
        at("person_name", Text, "person.name", "Name of the person."),
        plain("enabled", Boolean, "Whether an absence is set."),
        plain("ongoing", Boolean, "Whether the person is away now."),
        plain("start_date", Date, "First day of the absence, if one is set."),
        plain("end_date", Date, "Last day of the absence, if one is set."),
        plain("back_on_date", Date, "First working day after the absence, if one is set."),
    ]],
    sources: &[
        absence("absence of a person", None),
        absence("absence of everyone", Some(Each::row("people", &[("person_id", "id")]))),
    ],
    operations: &[
        Operation {
            method: Method::Post,
            // Whatever absence there was is replaced.
            attempts: 1,
            permission: Permission::Oneself,
            ..change(
                "absence",
                "/people/{person_id}/out_of_office.json",
                &[
                    member("out_of_office.start_date", &["start_date"]).required(),
                    member("out_of_office.end_date", &["end_date"]).required(),
                ],
            )
        },
        Operation {
            attempts: 2,
            permission: Permission::Oneself,
            ..set(
                "end of an absence",
                ("enabled", "false"),
                Method::Delete,
                "/people/{person_id}/out_of_office.json",
            )
        },
    ],
    ..TABLE
};

const fn absence(name: &'static str, each: Option<Each>) -> Source {
    Source {
        name,
        path: "/people/{person_id}/out_of_office.json",
        rows: Rows::One,
        each,
        permission: Permission::Oneself,
        ..SOURCE
    }
}

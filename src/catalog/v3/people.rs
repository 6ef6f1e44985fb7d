//! People.

use super::shared::{children, single};
use crate::catalog::{Column, Covers, Field, Source, Statuses, Table};
use crate::value::Type::{Bigint, Boolean, Date, Text, Timestamptz};

/// Everyone whom the user can see.
pub static PEOPLE: Table = Table {
    name: "people",
    about: "People on the account whom the user can see.",
    columns: &[&[
        Column::at(
            "id",
            Bigint,
            Field::Person("id"),
            "Identifier; NULL for Basecamp's own actors, which have no number.",
        ),
        Column::plain(
            "attachable_sgid",
            Text,
            "Signed id with which rich text mentions the person.",
        ),
        Column::plain("name", Text, "Full name."),
        Column::plain(
            "email_address",
            Text,
            "E-mail address, redacted for viewers who may not see it.",
        ),
        Column::plain(
            "personable_type",
            Text,
            "What kind of person: User, Client, LocalPerson and others.",
        ),
        Column::plain("title", Text, "Job title."),
        Column::plain("bio", Text, "A few words about the person."),
        Column::plain("tagline", Text, "The same words under their newer name."),
        Column::plain("location", Text, "Where the person is."),
        Column::plain("created_at", Timestamptz, "When the person was added."),
        Column::plain("updated_at", Timestamptz, "When the profile last changed."),
        Column::plain(
            "admin",
            Boolean,
            "Whether the person administers the account.",
        ),
        Column::plain("owner", Boolean, "Whether the person owns the account."),
        Column::plain("client", Boolean, "Whether the person is a client."),
        Column::plain(
            "employee",
            Boolean,
            "Whether the person works for the account's own company.",
        ),
        Column::plain("time_zone", Text, "Name of the person's time zone."),
        Column::plain("avatar_url", Text, "Address of the picture."),
        Column::at(
            "company_id",
            Bigint,
            Field::Member("company.id"),
            "Company; not everyone has one.",
        ),
        Column::at(
            "company_name",
            Text,
            Field::Member("company.name"),
            "Name of the company.",
        ),
        Column::plain(
            "can_manage_projects",
            Boolean,
            "Whether the person may create and manage projects.",
        ),
        Column::plain(
            "can_manage_people",
            Boolean,
            "Whether the person may add and remove people.",
        ),
        Column::plain(
            "can_ping",
            Boolean,
            "Whether the viewer may ping the person.",
        ),
        Column::plain(
            "can_access_timesheet",
            Boolean,
            "Whether the person may use the timesheet.",
        ),
        Column::plain(
            "can_access_hill_charts",
            Boolean,
            "Whether the person may use hill charts.",
        ),
        Column::at(
            "out_of_office_start_date",
            Date,
            Field::Member("out_of_office.start_date"),
            "First day out of office, if one is set.",
        ),
        Column::at(
            "out_of_office_end_date",
            Date,
            Field::Member("out_of_office.end_date"),
            "Last day out of office, if one is set.",
        ),
    ]],
    domains: &[],
    sources: &[
        single("/people/{id}.json"),
        Source {
            covers: Covers::Account,
            statuses: Statuses::Any,
            lacks: &["out_of_office"],
            ..children("people of the account", "/people.json")
        },
    ],
    scoped: false,
    whole: &[],
    keep: None,
    container: None,
    supplement: None,
};

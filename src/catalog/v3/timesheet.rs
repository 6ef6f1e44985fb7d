//! Time that was logged.

use super::shared::{BUCKET, CREATOR, ENVELOPE, PARENT, children, everything, single, walked};
use super::writing::{change, delete, insert};
use crate::catalog::column::{at, person, plain};
use crate::catalog::operation::{Clear, Form, member};
use crate::catalog::{Covers, Each, Parameter, STATUS, Source, TABLE, Table};
use crate::value::Type::{Bigint, Date, Numeric, Text};

/// Hours that people logged on projects and on recordings.
pub static TIMESHEET_ENTRIES: Table = Table {
    name: "timesheet_entries",
    about: "Hours that people logged on projects and their recordings.",
    columns: &[
        ENVELOPE,
        PARENT,
        BUCKET,
        CREATOR,
        &[
            plain("date", Date, "Day of the work."),
            plain("description", Text, "What was done, in plain text."),
            plain("hours", Numeric, "How long it took."),
            person(
                "person_id",
                Bigint,
                "person.id",
                "Who worked; NULL for Basecamp's own actors, which have no number.",
            ),
            at("person_name", Text, "person.name", "Name of who worked."),
            at(
                "person_email_address",
                Text,
                "person.email_address",
                "E-mail address of who worked, redacted for viewers who may not see it.",
            ),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/timesheet_entries/{id}.json"),
        children("time on a recording", "/recordings/{parent_id}/timesheet.json"),
        Source {
            query: &[DAYS, PERSON, Parameter::Equal { name: "bucket_id", column: "project_id" }],
            covers: Covers::Holes,
            needs: &["date", "project_id"],
            ..everything("report of time on a project", REPORT)
        },
        Source { query: &[DAYS, PERSON], needs: &["date"], ..everything("report of time", REPORT) },
        TIME_ON_A_PROJECT,
        walked(
            "time on every project",
            Some(Each::row_with("projects", &[("project_id", "id")], "timesheet_enabled")),
            TIME_ON_A_PROJECT,
        ),
    ],
    operations: &[
        insert(
            "new entry",
            "/recordings/{parent_id}/timesheet/entries.json",
            &[
                member("date", &["date"]).required(),
                member("hours", &["hours"]).required().form(Form::Text),
                member("description", &["description"]),
                member("person_id", &["person_id"]).cleared(Clear::Omitted),
            ],
        ),
        change(
            "changed entry",
            "/timesheet_entries/{id}.json",
            &[
                member("date", &["date"]).cleared(Clear::Never),
                member("hours", &["hours"]).cleared(Clear::Never).form(Form::Text),
                member("description", &["description"]),
                member("person_id", &["person_id"]).cleared(Clear::Never),
            ],
        ),
        // For good: it has no trash.
        delete("deleted entry", "/timesheet_entries/{id}.json"),
    ],
    scoped: true,
    ..TABLE
};

/// Without both days the report is silently of the last month, so it needs them.
const REPORT: &str = "/reports/timesheet.json";

const DAYS: Parameter = Parameter::Between {
    from: "start_date",
    to: "end_date",
    also: Some(("from", "to")),
    column: "date",
    days: 0,
};

const PERSON: Parameter = Parameter::Equal { name: "person_id", column: "person_id" };

const TIME_ON_A_PROJECT: Source =
    children("time on a project", "/projects/{project_id}/timesheet.json");

//! What clients are asked and told: approvals, correspondences, and the replies to both.

use super::shared::{
    BUCKET, CONTENT, CREATED_AT, CREATOR, ENVELOPE, ID, PARENT, PARENT_TITLE, PARENT_TYPE,
    SUBSCRIBABLE, UPDATED_AT, children, embedded, single, walked,
};
use super::writing::{ACTIVATE, ARCHIVE, DELETE, TRASH};
use crate::catalog::column::{at, person, plain};
use crate::catalog::{Column, Domain, Each, STATUS, Sorts, Source, TABLE, Table};
use crate::value::Type::{Bigint, Boolean, Date, Integer, Jsonb, Text};

/// Every project with a client side; the others answer that there is nothing.
const CLIENT_SIDES: Option<Each> =
    Some(Each::row_with("projects", &[("project_id", "id")], "clientside_url"));

/// What approvals and correspondences have in common.
const LETTER: &[Column] = &[
    plain("subject", Text, "Subject line."),
    plain("replies_count", Integer, "Number of replies."),
    plain("replies_url", Text, "Address of its replies."),
];

/// What clients are asked to approve. The answers come with a single one only.
pub static CLIENT_APPROVALS: Table = Table {
    name: "client_approvals",
    about: "Things that clients are asked to approve.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        PARENT,
        BUCKET,
        CREATOR,
        CONTENT,
        LETTER,
        &[
            plain("due_on", Date, "Day by which to approve."),
            plain("approval_status", Text, "Where it stands: pending, approved and others."),
            person(
                "approver_id",
                Bigint,
                "approver.id",
                "Who is asked; NULL for Basecamp's own actors, which have no number.",
            ),
            at("approver_name", Text, "approver.name", "Name of who is asked."),
            at(
                "approver_email_address",
                Text,
                "approver.email_address",
                "E-mail address of who is asked, redacted for viewers who may not see it.",
            ),
            plain("responses", Jsonb, "The answers, whole; fetched for each approval."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/client/approvals/{id}.json"),
        APPROVALS,
        walked("approvals of every project", CLIENT_SIDES, APPROVALS),
    ],
    operations: &[ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    ..TABLE
};

const APPROVALS: Source = Source {
    lacks: &["responses"],
    sorts: Sorts::Moment,
    ..children("approvals of a project", "/buckets/{project_id}/client/approvals.json")
};

/// What clients answered.
pub static CLIENT_APPROVAL_RESPONSES: Table = Table {
    name: "client_approval_responses",
    about: "Answers of clients to what they are asked to approve.",
    columns: &[
        &[
            ID,
            plain("status", Text, "Publication state: active, archived or trashed."),
            plain("visible_to_clients", Boolean, "Whether clients on the project can see it."),
            CREATED_AT,
            UPDATED_AT,
            plain("title", Text, "Its title."),
            plain("inherits_status", Boolean, "Whether its status follows its parent's."),
            plain("type", Text, "Basecamp's name of the kind of recording."),
            plain("app_url", Text, "Web address."),
            plain("bookmark_url", Text, "Address of the viewer's bookmark toggle."),
        ],
        BUCKET,
        CREATOR,
        &[
            plain("content", Text, "What was answered (HTML)."),
            plain("approved", Boolean, "Whether it was approved."),
            at("approval_id", Bigint, "parent.id", "Approval that it answers."),
        ],
    ],
    domains: &[STATUS],
    sources: &[
        RESPONSES,
        walked(
            "responses to every approval",
            Some(Each::row("client_approvals", &[("approval_id", "id")])),
            RESPONSES,
        ),
    ],
    scoped: true,
    ..TABLE
};

const RESPONSES: Source =
    embedded("responses to an approval", "/client/approvals/{approval_id}.json", "responses");

/// What clients are written to about.
pub static CLIENT_CORRESPONDENCES: Table = Table {
    name: "client_correspondences",
    about: "Correspondences with clients.",
    columns: &[ENVELOPE, SUBSCRIBABLE, PARENT, BUCKET, CREATOR, CONTENT, LETTER],
    domains: &[STATUS],
    sources: &[
        single("/client/correspondences/{id}.json"),
        CORRESPONDENCES,
        walked("correspondences of every project", CLIENT_SIDES, CORRESPONDENCES),
    ],
    operations: &[ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    ..TABLE
};

const CORRESPONDENCES: Source = Source {
    sorts: Sorts::Moment,
    ..children("correspondences of a project", "/buckets/{project_id}/client/correspondences.json")
};

/// Replies to approvals and to correspondences. These are two tables, and one walk has the replies of
/// one of them only, so without a project and a recording the kind of the parent must be given.
pub static CLIENT_REPLIES: Table = Table {
    name: "client_replies",
    about: "Replies to approvals and correspondences, of one kind at a time.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[
            at(
                "recording_id",
                Bigint,
                "parent.id",
                "Approval or correspondence that it replies to.",
            ),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS, Domain { column: "parent_type", values: REPLIED_TO, default: REPLIED_TO }],
    sources: &[
        single("/buckets/{project_id}/client/recordings/{recording_id}/replies/{id}.json"),
        REPLIES,
        Source {
            only: &[("parent_type", "Client::Approval")],
            ..walked("replies to every approval", replied("client_approvals"), REPLIES)
        },
        Source {
            only: &[("parent_type", "Client::Correspondence")],
            ..walked("replies to every correspondence", replied("client_correspondences"), REPLIES)
        },
    ],
    operations: &[ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    ..TABLE
};

/// What clients can reply to.
const REPLIED_TO: &[&str] = &["Client::Approval", "Client::Correspondence", "Client::Forward"];

const REPLIES: Source = children(
    "replies to a recording",
    "/buckets/{project_id}/client/recordings/{recording_id}/replies.json",
);

/// The rows of a table that have replies.
const fn replied(table: &'static str) -> Option<Each> {
    Some(Each::row_with(
        table,
        &[("project_id", "project_id"), ("recording_id", "id")],
        "replies_count",
    ))
}

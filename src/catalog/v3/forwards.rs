//! Inboxes, forwarded e-mail, and the replies to it.

use super::shared::{
    BOOSTABLE, BUCKET, CONTENT, CREATOR, ENVELOPE, PARENT_TITLE, PARENT_TYPE, POSITION,
    SUBSCRIBABLE, children, every, everything, single, tool, walked,
};
use super::writing::{ACTIVATE, ARCHIVE, DELETE, TRASH};
use crate::catalog::column::{at, plain};
use crate::catalog::{Each, STATUS, Sorts, Source, TABLE, Table};
use crate::value::Type::{Bigint, Integer, Text};

/// Inboxes, one or more in a project.
pub static INBOXES: Table = Table {
    name: "inboxes",
    about: "Inboxes of projects, which hold forwarded e-mail.",
    columns: &[
        ENVELOPE,
        BUCKET,
        CREATOR,
        &[
            POSITION,
            plain("forwards_count", Integer, "Number of forwards."),
            plain("forwards_url", Text, "Address of its forwards."),
        ],
    ],
    domains: &[STATUS],
    sources: &[single("/inboxes/{id}.json"), tool("/inboxes/{id}.json", "inbox")],
    scoped: true,
    ..TABLE
};

/// E-mail that was forwarded to projects.
pub static FORWARDS: Table = Table {
    name: "forwards",
    about: "E-mail that was forwarded to projects.",
    columns: &[
        ENVELOPE,
        SUBSCRIBABLE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[
            plain("subject", Text, "Subject line."),
            plain("from", Text, "Who sent it."),
            plain("replies_count", Integer, "Number of replies."),
            plain("replies_url", Text, "Address of its replies."),
            at("inbox_id", Bigint, "parent.id", "Inbox that it is in."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/inbox_forwards/{id}.json"),
        FORWARDS_OF_AN_INBOX,
        everything("forwards of the account", "/forwards.json"),
        walked("forwards of every inbox", every("inbox"), FORWARDS_OF_AN_INBOX),
    ],
    operations: &[ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    ..TABLE
};

const FORWARDS_OF_AN_INBOX: Source = Source {
    sorts: Sorts::Moment,
    ..children("forwards of an inbox", "/inboxes/{inbox_id}/inbox_forwards.json")
};

/// Replies to forwarded e-mail. A reply is only found through its forward, and forwards without one
/// are not asked.
pub static FORWARD_REPLIES: Table = Table {
    name: "forward_replies",
    about: "Replies to forwarded e-mail.",
    columns: &[
        ENVELOPE,
        BOOSTABLE,
        BUCKET,
        CREATOR,
        CONTENT,
        &[
            at("forward_id", Bigint, "parent.id", "Forward that it replies to."),
            PARENT_TITLE,
            PARENT_TYPE,
        ],
    ],
    domains: &[STATUS],
    sources: &[
        single("/inbox_forwards/{forward_id}/replies/{id}.json"),
        REPLIES,
        walked(
            "replies to every forward",
            Some(Each::row_with("forwards", &[("forward_id", "id")], "replies_count")),
            REPLIES,
        ),
    ],
    operations: &[ACTIVATE, ARCHIVE, TRASH, DELETE],
    scoped: true,
    ..TABLE
};

const REPLIES: Source =
    children("replies to a forward", "/inbox_forwards/{forward_id}/replies.json");

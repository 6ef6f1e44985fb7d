//! What no statement can say in Basecamp 3, 4 and 5.

use crate::catalog::Permission;
use crate::catalog::operation::{ATTEMPTS, Method};
use crate::catalog::verb::{Argument, Body, Place, VERB, Verb, given, hole, may, told};
use crate::value::Type::{Bigint, BigintArray, Boolean, Integer, Jsonb, Text, TextArray};

/// Every verb, sorted by name.
pub static VERBS: &[Verb] = &[
    Verb {
        name: "bubble_up",
        about: "Has a recording come back to you: now, today, tomorrow, weekend, next_week, or on a day such as 2026-09-10.",
        path: "/recordings/{recording_id}/bubble_up.json",
        arguments: &[hole("recording_id"), given("at", Text, "at")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "create_campfire_upload",
        about: "Posts a file in a chat room and returns the line.",
        path: "/chats/{campfire_id}/uploads.json",
        arguments: &[hole("campfire_id"), told("filename", Place::Query("name"))],
        body: Body::Bytes,
        answers: true,
        ..VERB
    },
    Verb {
        name: "create_project_from_template",
        about: "Makes a project of a template. Basecamp 3 returns how far that is, as project_constructions has it, Basecamp 2 the project, a draft.",
        path: "/templates/{template_id}/project_constructions.json",
        arguments: &[
            hole("template_id"),
            given("name", Text, "project.name"),
            may("description", Text, "project.description"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "create_stream_ticket",
        about: "Returns a ticket for the live stream of events: an address that is good for about two minutes, with which anybody can listen.",
        path: "/events/stream_ticket.json",
        answers: true,
        // Another ticket is as good, and none is used up.
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "create_template_library_copy",
        about: "Copies a template of the library into a project; what is returned says how far that is, as template_library_copies does.",
        path: "/template_library/copies.json",
        arguments: &[
            given("template_recording_id", Bigint, "template_recording_id"),
            may("destination_project_id", Bigint, "destination_project_id"),
            may("destination_parent_id", Bigint, "destination_parent_id"),
            may("adding_people_confirmed", Boolean, "adding_people_confirmed"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "create_templatification",
        about: "Makes a template of a to-do list or a card table; what is returned says how far that is, as templatifications does.",
        path: "/buckets/{project_id}/recordings/{recording_id}/templatifications.json",
        arguments: &[
            hole("project_id"),
            hole("recording_id"),
            may("template_name", Text, "template_name"),
            may("copy_comments", Boolean, "copy_comments"),
            may("copy_assignments", Boolean, "copy_assignments"),
            may("move_cards_to_triage", Boolean, "move_cards_to_triage"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "create_upload",
        about: "Puts a file that was sent by upload_attachment into a folder and returns the upload; base_name renames it without its extension.",
        path: "/vaults/{vault_id}/uploads.json",
        arguments: &[
            hole("vault_id"),
            given("attachable_sgid", Text, "attachable_sgid"),
            may("description", Text, "description"),
            may("base_name", Text, "base_name"),
            may("visible_to_clients", Boolean, "visible_to_clients"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "create_upload_version",
        about: "Puts a file that was sent by upload_attachment in the place of an upload's and returns the upload; notify is default, everyone or custom, and subscriptions are then the people.",
        path: "/uploads/{upload_id}/versions.json",
        arguments: &[
            hole("upload_id"),
            given("attachable_sgid", Text, "attachable_sgid"),
            may("base_name", Text, "base_name"),
            may("description", Text, "description"),
            may("notify", Text, "notify"),
            may("subscriptions", BigintArray, "subscriptions"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "create_wormhole",
        about: "Makes a way from a card table to a column of another and returns it.",
        path: "/buckets/{project_id}/card_tables/{card_table_id}/wormholes.json",
        arguments: &[
            hole("project_id"),
            hole("card_table_id"),
            given("destination_recording_id", Bigint, "destination_recording_id"),
        ],
        answers: true,
        ..VERB
    },
    Verb {
        name: "end_bubble_up",
        about: "Has a recording come back to you no more.",
        method: Method::Delete,
        path: "/recordings/{recording_id}/bubble_up.json",
        arguments: &[hole("recording_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "mark_as_read",
        about: "Marks notifications read: those of the readable_sgids that my_notifications has.",
        method: Method::Put,
        path: "/my/unreads.json",
        arguments: &[given("readables", TextArray, "readables")],
        attempts: 2,
        ..VERB
    },
    Verb {
        name: "pin_message",
        about: "Pins a message to the top of its board.",
        path: "/recordings/{message_id}/pin.json",
        arguments: &[hole("message_id")],
        ..VERB
    },
    Verb {
        name: "record_project_visit",
        about: "Notes that you have been in a project, which recent_projects then has first.",
        path: "/projects/{project_id}/recent_visit.json",
        arguments: &[hole("project_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "remove_account_logo",
        about: "Removes the logo of the account.",
        method: Method::Delete,
        path: "/account/logo.json",
        attempts: 2,
        permission: Permission::Administrators,
        ..VERB
    },
    Verb {
        name: "remove_project_wallpaper",
        about: "Removes the wallpaper of a project.",
        method: Method::Delete,
        path: "/projects/{project_id}/wallpaper.json",
        arguments: &[hole("project_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "rename_upload",
        about: "Renames the file of an upload, without its extension, and returns the upload.",
        method: Method::Put,
        path: "/uploads/{upload_id}.json",
        arguments: &[hole("upload_id"), given("base_name", Text, "base_name")],
        answers: true,
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "reposition_card_step",
        about: "Moves a step of a card to a place, the first of which is 0.",
        path: "/card_tables/cards/{card_id}/positions.json",
        arguments: &[
            hole("card_id"),
            given("step_id", Bigint, "source_id"),
            given("place", Integer, "position"),
        ],
        ..VERB
    },
    Verb {
        name: "retarget_wormhole",
        about: "Has a wormhole lead to another column and returns it.",
        method: Method::Put,
        path: "/buckets/{project_id}/card_tables/wormholes/{wormhole_id}.json",
        arguments: &[
            hole("project_id"),
            hole("wormhole_id"),
            given("destination_recording_id", Bigint, "destination_recording_id"),
        ],
        answers: true,
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "set_account_logo",
        about: "Sets the logo of the account: PNG, JPEG, GIF, WebP, AVIF or HEIC, up to 5 MB.",
        method: Method::Put,
        path: "/account/logo.json",
        arguments: &[told("filename", Place::Aside)],
        body: Body::Form("logo"),
        attempts: 2,
        permission: Permission::Administrators,
        ..VERB
    },
    Verb {
        name: "set_project_wallpaper",
        about: "Sets the wallpaper of a project, an image of up to 10 MB; mode says how it is laid out.",
        method: Method::Put,
        path: "/projects/{project_id}/wallpaper.json",
        arguments: &[
            hole("project_id"),
            told("filename", Place::Aside),
            Argument { required: false, ..told("mode", Place::Query("mode")) },
        ],
        body: Body::Form("wallpaper"),
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "spotlight",
        about: "Puts a recording into the spotlight of its project and returns it.",
        path: "/recordings/{recording_id}/spotlight.json",
        arguments: &[hole("recording_id")],
        answers: true,
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "subscribe",
        about: "Has you follow a recording and returns who does.",
        path: "/recordings/{recording_id}/subscription.json",
        arguments: &[hole("recording_id")],
        answers: true,
        // Following twice is following once, but Basecamp's own clients give up earlier here.
        attempts: 2,
        ..VERB
    },
    Verb {
        name: "subscribe_to_card_column",
        about: "Has you follow a column of a card table.",
        path: "/card_tables/lists/{column_id}/subscription.json",
        arguments: &[hole("column_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "unpin_message",
        about: "Takes a message off the top of its board.",
        method: Method::Delete,
        path: "/recordings/{message_id}/pin.json",
        arguments: &[hole("message_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "unspotlight",
        about: "Takes a recording out of the spotlight of its project.",
        method: Method::Delete,
        path: "/recordings/{recording_id}/spotlight.json",
        arguments: &[hole("recording_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "unsubscribe",
        about: "Has you follow a recording no more.",
        method: Method::Delete,
        path: "/recordings/{recording_id}/subscription.json",
        arguments: &[hole("recording_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "unsubscribe_from_card_column",
        about: "Has you follow a column of a card table no more.",
        method: Method::Delete,
        path: "/card_tables/lists/{column_id}/subscription.json",
        arguments: &[hole("column_id")],
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "update_project_access",
        about: "Lets people into a project and takes others out, and returns who; created is an array of objects with name and email_address, and title and company_name if you like, of people who are new to the account.",
        method: Method::Put,
        path: "/projects/{project_id}/people/users.json",
        arguments: &[
            hole("project_id"),
            may("granted", BigintArray, "grant"),
            may("revoked", BigintArray, "revoke"),
            may("created", Jsonb, "create"),
        ],
        answers: true,
        // It may send invitations.
        ..VERB
    },
    Verb {
        name: "update_project_client_access",
        about: "Lets clients into a project and takes others out, and returns who, as update_project_access does for everybody else.",
        method: Method::Put,
        path: "/projects/{project_id}/people/client_users.json",
        arguments: &[
            hole("project_id"),
            may("granted", BigintArray, "grant"),
            may("revoked", BigintArray, "revoke"),
            may("created", Jsonb, "create"),
        ],
        answers: true,
        // It may send invitations.
        ..VERB
    },
    Verb {
        name: "update_question_notifications",
        about: "Says whether you are asked a question and hear of its answers, and returns both.",
        method: Method::Put,
        path: "/questions/{question_id}/notification_settings.json",
        arguments: &[
            hole("question_id"),
            may("responding", Boolean, "responding"),
            may("subscribed", Boolean, "subscribed"),
        ],
        answers: true,
        attempts: ATTEMPTS,
        ..VERB
    },
    Verb {
        name: "upload_attachment",
        about: "Sends a file and returns its attachable_sgid, for create_upload, create_upload_version or rich text, or its token in Basecamp 2. It is used once.",
        path: "/attachments.json",
        arguments: &[told("filename", Place::Query("name"))],
        body: Body::Bytes,
        answers: true,
        ..VERB
    },
];

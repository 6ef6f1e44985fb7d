//! Records by their ids, and what lies in one container.

use super::{Asked, Reply, Row};
use crate::payload::{OCCURRENCES, recurs};
use crate::world::{Fact, Kind, Status};

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    Some(match asked.path {
        ["message_boards", id, "messages"] => asked.under_in_order(Kind::Board, id, Kind::Message),
        ["todosets", id, "todolists"] => asked.under_with_status(Kind::Todoset, id, Kind::Todolist),
        ["todosets", id, "todos"] => {
            // Only with the project in front.
            asked.bucket?;
            todos(asked, Kind::Todoset, id)
        }
        ["todosets", id, "hill"] => Reply::One(asked.painter.hill(asked.find(Kind::Todoset, id)?)),
        ["todolists", id, "groups"] => asked.under_with_status(Kind::Todolist, id, Kind::Todolist),
        ["todolists", id, "todos"] => todos(asked, Kind::Todolist, id),
        ["vaults", id, "vaults"] => asked.under(Kind::Vault, id, Kind::Vault),
        ["vaults", id, "documents"] => asked.under(Kind::Vault, id, Kind::Document),
        ["vaults", id, "uploads"] => asked.under(Kind::Vault, id, Kind::Upload),
        ["uploads", id, "versions"] => {
            super::whole(asked.painter.versions(asked.find(Kind::Upload, id)?).into_iter())
        }
        ["schedules", id, "entries"] => asked.under_with_status(Kind::Schedule, id, Kind::Entry),
        ["schedule_entries", id, "occurrences", day] => occurrence(asked, id, day),
        ["schedule_entries", id] => entry(asked, id),
        ["questionnaires", id, "questions"] => asked.under(Kind::Questionnaire, id, Kind::Question),
        ["inboxes", id, "inbox_forwards"] => asked.under_in_order(Kind::Inbox, id, Kind::Forward),
        ["inbox_forwards", id, "replies"] => asked.under(Kind::Forward, id, Kind::ForwardReply),
        ["inbox_forwards", id, "replies", reply] => asked.nested(Kind::ForwardReply, id, reply),
        ["card_tables", "lists", id, "cards"] => {
            let list =
                asked.any(id).filter(|fact| matches!(fact.kind, Kind::Column | Kind::OnHold))?;
            Reply::Listing(asked.rows_under(list, Kind::Card, Status::Active))
        }
        ["card_tables", "columns", id] => asked.single(Kind::Column, id),
        ["card_tables", "cards", id] => asked.single(Kind::Card, id),
        ["card_tables", "steps" | "subtasks", id] | ["subtasks", id] => {
            asked.single(Kind::Step, id)
        }
        ["chats", id, "lines"] => lines(asked, id, false),
        ["chats", id, "uploads"] => lines(asked, id, true),
        ["chats", id, "lines", line] => asked.nested(Kind::Line, id, line),
        ["client", "approvals"] => of_client_board(asked, Kind::Approval)?,
        ["client", "correspondences"] => of_client_board(asked, Kind::Correspondence)?,
        ["client", "approvals", id] => asked.single(Kind::Approval, id),
        ["client", "correspondences", id] => asked.single(Kind::Correspondence, id),
        [kind, id] => asked.single(plain(kind)?, id),
        _ => return None,
    })
}

fn plain(name: &str) -> Option<Kind> {
    Some(match name {
        "todos" => Kind::Todo,
        "todolists" => Kind::Todolist,
        "todosets" => Kind::Todoset,
        "messages" => Kind::Message,
        "message_boards" => Kind::Board,
        "comments" => Kind::Comment,
        "vaults" => Kind::Vault,
        "documents" => Kind::Document,
        "uploads" => Kind::Upload,
        "cloud_files" => Kind::CloudFile,
        "google_documents" => Kind::GoogleDocument,
        "schedules" => Kind::Schedule,
        "timesheet_entries" => Kind::TimeEntry,
        "questionnaires" => Kind::Questionnaire,
        "questions" => Kind::Question,
        "question_answers" => Kind::Answer,
        "inboxes" => Kind::Inbox,
        "inbox_forwards" => Kind::Forward,
        "card_tables" => Kind::Table,
        "chats" => Kind::Chat,
        "gauge_needles" => Kind::Needle,
        _ => return None,
    })
}

/// Approvals or correspondences: not found, and not empty, where there is no client board.
fn of_client_board(asked: Asked<'_>, kind: Kind) -> Option<Reply> {
    let board = asked.painter.client_board(asked.bucket?)?;
    let places = asked.places_under(asked.fact(board), kind, Status::Active);
    Some(asked.in_order(places))
}

/// Pending ones, or with `completed=true` finished ones; another status brings both.
fn todos(asked: Asked<'_>, of: Kind, id: &str) -> Reply {
    let Some(parent) = asked.find(of, id) else {
        return Reply::Missing;
    };
    let Some(status) = asked.status() else {
        return Reply::Bad("status");
    };
    let done = asked.query.get("completed") == Some("true");
    let shown = |todo: &&Fact| {
        todo.status == status && (status != Status::Active || todo.completed == done)
    };
    let children = asked.painter.world.children(parent, Kind::Todo).filter(shown);
    Reply::Listing(children.map(|child| Row::Fact(child.serial)).collect())
}

/// A recurring entry leads to its first occurrence.
fn entry(asked: Asked<'_>, id: &str) -> Reply {
    match asked.find(Kind::Entry, id).filter(|fact| recurs(fact)) {
        Some(fact) => Reply::Redirect(format!(
            "{}/schedule_entries/{id}/occurrences/{}.json",
            asked.painter.base,
            asked.painter.occurs_on(fact, 0)
        )),
        None => asked.single(Kind::Entry, id),
    }
}

/// Nothing on a day without an occurrence.
fn occurrence(asked: Asked<'_>, id: &str, day: &str) -> Reply {
    let painter = asked.painter;
    let Some(fact) = asked.find(Kind::Entry, id) else {
        return Reply::Missing;
    };
    let count = if recurs(fact) { OCCURRENCES } else { 1 };
    let found = (0..count).find(|nth| painter.occurs_on(fact, *nth) == day);
    super::found(found.map(|nth| painter.occurrence(fact, nth)))
}

/// Lines of a room, newest first; or only those that are files.
fn lines(asked: Asked<'_>, id: &str, files: bool) -> Reply {
    let Some(room) = asked.find(Kind::Chat, id) else {
        return Reply::Missing;
    };
    let lines = asked.painter.world.children(room, Kind::Line);
    let shown = lines.filter(|line| !files || asked.painter.is_upload(line));
    asked.in_order(shown.map(|line| line.serial).collect())
}

//! The account, its people, projects and templates, and what is kept beside projects.

use serde_json::{Value, json};

use super::{Asked, Reply, Row, found, recordings, whole};
use crate::payload::{CHATBOTS, MARKERS, PINGS};
use crate::world::{Kind, PEOPLE, Status};

/// The ping that is archived, and the one in which nobody has said anything.
const UNLISTED_PINGS: [i64; 2] = [2, 3];

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    let painter = asked.painter;
    let people =
        |places: Vec<usize>| whole(places.into_iter().map(|place| painter.person(place, false)));
    Some(match asked.path {
        ["account"] => Reply::One(painter.account()),
        ["people"] => Reply::Listing((0..PEOPLE).map(Row::Person).collect()),
        ["people", id] if person(id).is_some_and(|place| painter.is_lost(place)) => Reply::Missing,
        ["people", id] => found(person(id).map(|place| painter.person(place, true))),
        ["people", id, "out_of_office"] => {
            found(person(id).map(|place| painter.out_of_office(place)))
        }
        ["circles", "people"] => people(painter.pingable()),
        ["reports", "todos", "assigned"] => people(painter.assignable()),
        ["circles"] => {
            let mut pings: Vec<Value> = (0..PINGS)
                .filter(|nth| !UNLISTED_PINGS.contains(nth))
                .map(|nth| painter.ping(nth))
                .collect();
            pings.reverse();
            whole(pings.into_iter())
        }
        ["circles", id] => found(painter.ping_of(id).map(|nth| painter.ping(nth))),
        ["embeds", sgid] => {
            found(painter.made().map(|nth| painter.embed(nth)).find(|embed| embed["sgid"] == *sgid))
        }
        ["projects"] => projects(asked),
        ["projects", "recordings"] => recordings(asked),
        ["projects", id] => found(asked.project(id).map(|place| painter.project(place, false))),
        ["projects", id, "people"] => asked.project(id).map_or(Reply::Missing, |place| {
            Reply::Listing(painter.members(place).into_iter().map(Row::Person).collect())
        }),
        ["my", "recent_projects"] => {
            whole(painter.recent().into_iter().map(|place| painter.project(place, true)))
        }
        ["dock", "tools", id] => {
            let is_tool = |fact: &&crate::world::Fact| {
                fact.kind == Kind::Door || painter.world.tool(fact).is_some()
            };
            found(asked.any(id).filter(is_tool).map(|fact| painter.tool(fact)))
        }
        ["stacks"] => whole(painter.folders().map(|nth| painter.folder(nth, false))),
        ["stacks", id] => found(painter.folder_of(id).map(|nth| painter.folder(nth, true))),
        ["calendars", id] => found(painter.calendar_of(id).map(|nth| painter.calendar(nth))),
        ["lineup", "markers"] => whole((0..MARKERS).map(|nth| painter.marker(nth))),
        ["webhooks"] => {
            let place = asked.bucket?;
            whole(painter.webhooks(place).map(|id| painter.webhook(id, place, false)))
        }
        ["webhooks", id] => {
            found(painter.webhook_of(id).map(|(id, place)| painter.webhook(id, place, true)))
        }
        ["categories"] => {
            whole(painter.message_types(asked.bucket?).map(|id| painter.message_type(id)))
        }
        ["categories", id] => {
            let mut types = painter.message_types(asked.bucket?);
            found(types.find(|each| each.to_string() == *id).map(|id| painter.message_type(id)))
        }
        ["chats", room, "integrations", rest @ ..] => chatbots(asked, room, rest)?,
        ["templates", ..]
        | ["template_library", ..]
        | ["recordings", _, "templatifications", _] => templates(asked)?,
        _ => return None,
    })
}

/// The place of the person of an id.
pub fn person(id: &str) -> Option<usize> {
    let place = id.parse::<usize>().ok()?.checked_sub(2000)?;
    (place < PEOPLE).then_some(place)
}

/// Newest first; active ones unless a status is asked for.
fn projects(asked: Asked<'_>) -> Reply {
    let Some(status) = asked.status() else {
        return Reply::Bad("status");
    };
    let all = asked.painter.world.projects.iter().enumerate().rev();
    Reply::Listing(
        all.filter(|(_, project)| project.status == status && !project.template)
            .filter(|(place, _)| !asked.painter.is_unlisted(*place))
            .map(|(place, _)| Row::Project(place))
            .collect(),
    )
}

/// The bots of the account, whatever the room.
fn chatbots(asked: Asked<'_>, room: &str, rest: &[&str]) -> Option<Reply> {
    let painter = asked.painter;
    let project = asked.bucket?;
    let room = asked.find(Kind::Chat, room)?.id;
    Some(match rest {
        [] => whole((0..CHATBOTS).map(|nth| painter.chatbot(nth, project, room))),
        [id] => {
            let bot = painter.chatbot_of(id).map(|nth| painter.chatbot(nth, project, room));
            let in_array = painter.world.oddities.chatbot_arrays;
            found(if in_array { bot.map(|bot| json!([bot])) } else { bot })
        }
        _ => return None,
    })
}

fn templates(asked: Asked<'_>) -> Option<Reply> {
    let painter = asked.painter;
    Some(match asked.path {
        ["templates"] => {
            let Some(status) = asked.status() else {
                return Some(Reply::Bad("status"));
            };
            let shown: Vec<usize> =
                painter.templates().filter(|place| status_of(asked, *place) == status).collect();
            Reply::Listing(
                shown.into_iter().rev().map(|place| Row::Ready(painter.template(place))).collect(),
            )
        }
        ["templates", id] => found(painter.template_of(id).map(|place| painter.template(place))),
        ["templates", template, "project_constructions", id] => {
            let place = painter.template_of(template)?;
            let mut made = painter.constructions(place);
            found(
                made.find(|each| each.to_string() == *id).map(|id| painter.construction(id, place)),
            )
        }
        ["template_library", "todolists"] => Reply::One(painter.library_todolists()),
        ["template_library", "card_tables"] => Reply::One(painter.library_card_tables()),
        ["template_library", "copies", id] => found(painter.library_copy_of(id)),
        ["recordings", list, "templatifications", id] => {
            asked.bucket?;
            let made = painter.made().find_map(|nth| {
                let (fact, record) = painter.templatification(nth)?;
                let same =
                    fact.id.to_string() == *list && record["id"] == json!(id.parse::<i64>().ok()?);
                same.then_some(record)
            });
            found(made)
        }
        _ => return None,
    })
}

fn status_of(asked: Asked<'_>, place: usize) -> Status {
    asked.painter.world.projects[place].status
}

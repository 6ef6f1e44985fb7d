//! The account, its people, projects and templates, and what is kept beside projects.

use serde_json::{Value, json};

use super::{Asked, Reply, Row, found, recordings, whole};
use crate::world::{Family, Kind, Status};

/// The ping that is archived, and the one in which nobody has said anything.
const UNLISTED_PINGS: [i64; 2] = [2, 3];

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    let painter = asked.painter;
    let people =
        |places: Vec<usize>| whole(places.into_iter().map(|place| painter.person(place, false)));
    Some(match asked.path {
        ["account"] => Reply::One(painter.account()),
        ["people"] => Reply::Listing((0..painter.world.people).map(Row::Person).collect()),
        ["people", id] if asked.person(id).is_some_and(|place| painter.is_lost(place)) => {
            Reply::Missing
        }
        ["people", id] => found(asked.person(id).map(|place| painter.person(place, true))),
        ["people", id, "out_of_office"] => {
            found(asked.person(id).map(|place| painter.out_of_office(place)))
        }
        ["circles", "people"] => people(painter.pingable()),
        ["reports", "todos", "assigned"] => people(painter.assignable()),
        ["circles"] => {
            let mut pings: Vec<Value> = painter
                .pings()
                .filter(|nth| !UNLISTED_PINGS.contains(nth))
                .map(|nth| painter.ping(nth))
                .collect();
            pings.reverse();
            whole(pings.into_iter())
        }
        ["circles", id] => found(painter.ping_of(id).map(|nth| painter.ping(nth))),
        ["embeds", sgid] => found(painter.embed_of(sgid)),
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
        ["lineup", "markers"] => whole(painter.markers().map(|nth| painter.marker(nth))),
        ["webhooks"] => {
            let place = asked.bucket?;
            whole(painter.webhooks(place).into_iter().map(|id| painter.webhook(id, place, false)))
        }
        ["webhooks", id] => {
            found(painter.webhook_of(id).map(|(id, place)| painter.webhook(id, place, true)))
        }
        ["categories"] => whole(
            painter.message_types(asked.bucket?).into_iter().map(|id| painter.message_type(id)),
        ),
        ["categories", id] => {
            let mut types = painter.message_types(asked.bucket?).into_iter();
            found(types.find(|each| each.to_string() == *id).map(|id| painter.message_type(id)))
        }
        ["chats", room, "integrations", rest @ ..] => chatbots(asked, room, rest)?,
        ["templates", ..]
        | ["template_library", ..]
        | ["recordings", _, "templatifications", _] => templates(asked)?,
        _ => return None,
    })
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
        [] => whole(painter.chatbots().map(|nth| painter.chatbot(nth, project, room))),
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
            let mut made = painter.constructions(place).into_iter();
            found(
                made.find(|each| each.to_string() == *id).map(|id| painter.construction(id, place)),
            )
        }
        ["template_library", "todolists"] => Reply::One(painter.template_library_todolists()),
        ["template_library", "card_tables"] => Reply::One(painter.template_library_card_tables()),
        ["template_library", "copies", id] => found(painter.template_library_copy_of(id)),
        ["recordings", list, "templatifications", id] => {
            asked.bucket?;
            let written = id.parse::<i64>().ok().filter(|id| {
                let owner = painter.world.owner(Family::Templatification, *id);
                owner.is_some_and(|owner| owner.to_string() == *list)
            });
            if let Some(id) = written {
                return Some(Reply::One(painter.world.patched(
                    Family::Templatification,
                    id,
                    json!({}),
                )));
            }
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

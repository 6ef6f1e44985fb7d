//! What hangs on a record of any kind, by the record's id.

use serde_json::json;

use super::{Asked, Reply, Row, found};
use crate::payload::Boost;
use crate::world::{Fact, Kind, Status};

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    let painter = asked.painter;
    Some(match asked.path {
        ["recordings", id, what] => of_record(asked, asked.any(id)?, what)?,
        ["recordings", id, "events", event, "boosts"] => {
            let fact = asked.any(id)?;
            boosts(asked, painter.event_boosts(fact, painter.event_of(fact, event)?))
        }
        ["boosts", id] => found(painter.boost_of(id).map(|boost| painter.boost(boost, true))),
        ["questions", id, "answers"] => answers(asked, asked.find(Kind::Question, id)?),
        ["questions", id, "answers", "by"] => {
            let gone = asked.query.get("deceased") == Some("true");
            let people = painter.answerers(asked.find(Kind::Question, id)?).into_iter();
            super::whole(
                people
                    .filter(|place| gone || !painter.is_gone(*place))
                    .map(|place| painter.person(place, false)),
            )
        }
        ["questions", id, "answers", "by", who] => {
            let place = asked.person(who)?;
            let question = asked.find(Kind::Question, id)?;
            answers_that(asked, question, |answer| painter.author(answer) == place)
        }
        ["client", "recordings", id, "replies"] => {
            asked.bucket?;
            let fact = asked
                .any(id)
                .filter(|fact| matches!(fact.kind, Kind::Approval | Kind::Correspondence))?;
            Reply::Listing(asked.rows_under(fact, Kind::ClientReply, Status::Active))
        }
        ["client", "recordings", id, "replies", reply] => {
            asked.bucket?;
            asked.nested(Kind::ClientReply, id, reply)
        }
        _ => return None,
    })
}

fn of_record(asked: Asked<'_>, fact: &Fact, what: &str) -> Option<Reply> {
    let painter = asked.painter;
    Some(match what {
        "comments" => Reply::Listing(asked.rows_under(fact, Kind::Comment, Status::Active)),
        "events" => Reply::Listing(painter.events(fact).into_iter().map(Row::Ready).collect()),
        "boosts" => boosts(asked, painter.boosts(fact)),
        "subscription" if painter.is_subscribable(fact) => Reply::One(painter.subscription(fact)),
        "bookmark" => Reply::One(json!({"bookmarked": painter.is_bookmarked(fact.serial)})),
        // Only to-dos and cards hold them.
        "subtasks" if matches!(fact.kind, Kind::Todo | Kind::Card) => {
            Reply::Listing(asked.rows_under(fact, Kind::Step, Status::Active))
        }
        "timesheet" => {
            let rows = asked.rows_under(fact, Kind::TimeEntry, Status::Active);
            Reply::Listing(rows.into_iter().rev().collect())
        }
        _ => return None,
    })
}

/// A boost in a listing does not say what it is on.
fn boosts(asked: Asked<'_>, boosts: Vec<Boost>) -> Reply {
    let rows = boosts.into_iter().map(|boost| Row::Ready(asked.painter.boost(boost, false)));
    Reply::Listing(rows.collect())
}

fn answers(asked: Asked<'_>, question: &Fact) -> Reply {
    let on = asked.query.get("date");
    let by = asked.query.get("creator_id");
    answers_that(asked, question, |answer| {
        on.is_none_or(|day| asked.painter.group_on(answer) == day)
            && by.is_none_or(|id| asked.person(id) == Some(asked.painter.author(answer)))
    })
}

fn answers_that(asked: Asked<'_>, question: &Fact, passes: impl Fn(&Fact) -> bool) -> Reply {
    let places = asked.places_under(question, Kind::Answer, Status::Active);
    let shown = places.into_iter().rev().filter(|place| passes(asked.fact(*place)));
    Reply::Listing(shown.map(Row::Fact).collect())
}

//! What is the caller's alone.

use serde_json::{Value, json};

use super::{Asked, Paged, Reply, Row, whole};
use crate::payload::{plus_days, today};
use crate::world::Fact;

/// Notifications of a page.
const NOTICES: usize = 50;

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    let painter = asked.painter;
    Some(match asked.path {
        ["my", "profile"] => Reply::One(painter.person(0, true)),
        ["my", "preferences"] => Reply::One(painter.preferences()),
        ["my", "notes"] => Reply::One(painter.note()),
        ["my", "notifications"] => {
            Reply::One(json!({"state": "on", "hide_badge_counts": false, "sort_pings_first": true}))
        }
        ["my", "assignments"] => {
            let shown = |facts: Vec<&Fact>| -> Vec<Value> {
                facts.into_iter().map(|fact| painter.assignment(fact)).collect()
            };
            let mut others = painter.assigned_to_me(false);
            others.retain(|fact| !painter.is_priority(fact));
            Reply::One(
                json!({"priorities": shown(painter.priorities()), "non_priorities": shown(others)}),
            )
        }
        ["my", "assignments", "completed"] => {
            whole(painter.assigned_to_me(true).into_iter().map(|fact| painter.assignment(fact)))
        }
        ["my", "assignments", "due"] => due(asked),
        ["my", "bookmarks"] => {
            let places = painter.bookmarked().into_iter();
            Reply::Listing(
                places.map(|place| Row::Ready(painter.bookmark(asked.fact(place)))).collect(),
            )
        }
        ["my", "drafts"] => Reply::Listing(
            painter.drafts().into_iter().map(|fact| Row::Ready(painter.draft(fact))).collect(),
        ),
        ["my", "question_reminders"] => {
            Reply::Listing(painter.reminders().into_iter().map(Row::Ready).collect())
        }
        ["my", "readings"] => {
            let limited = asked.query.get("limit_bubble_ups") == Some("true");
            // Only what was read is paged; the rest is on every page.
            Reply::Paged(Paged {
                rows: painter.notices("reads").into_iter().map(Row::Ready).collect(),
                size: Some(NOTICES),
                around: Some(("reads", painter.readings(limited))),
            })
        }
        ["my", "readings", "bubble_ups"] => {
            let all =
                [painter.notices("bubble_ups"), painter.notices("scheduled_bubble_ups")].concat();
            Reply::Paged(Paged {
                rows: all.into_iter().map(Row::Ready).collect(),
                size: Some(NOTICES),
                around: None,
            })
        }
        _ => return None,
    })
}

/// Assignments by when they are due: what is late unless asked otherwise.
fn due(asked: Asked<'_>) -> Reply {
    let painter = asked.painter;
    // First and last day of a scope, both in it. Today is a Wednesday, and weeks start on Monday.
    let (from, to) = match asked.query.get("scope").unwrap_or("overdue") {
        "overdue" => (String::new(), plus_days(-1)),
        "due_today" => (today(), today()),
        "due_tomorrow" => (plus_days(1), plus_days(1)),
        "due_later_this_week" => (plus_days(2), plus_days(4)),
        "due_next_week" => (plus_days(5), plus_days(11)),
        "due_later" => (plus_days(12), "9999".to_owned()),
        _ => return Reply::Bad("scope"),
    };
    let within = |fact: &&Fact| painter.due_on(fact).is_some_and(|due| from <= due && due <= to);
    let mine = painter.assigned_to_me(false).into_iter().filter(within);
    whole(mine.map(|fact| painter.assignment(fact)))
}

//! Questions that are asked again and again, and the answers.

use serde_json::{Map, Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::payload::today;
use crate::world::{Fact, Kind, Status};

const QUESTION: Resource = Resource::merging(&[
    member("title", Form::Text, Need::Required, &["title"]),
    member("paused", Form::Flag, Need::Optional, &["paused"]),
])
.within("question");

const ANSWER: Resource = Resource::replacing(&[
    member("content", Form::Html, Need::Required, &["content"]),
    member("group_on", Form::Day, Need::Kept, &["group_on"]),
])
.within("question_answer");

/// How often a question can be asked.
const FREQUENCIES: [&str; 6] = [
    "every_day",
    "every_week",
    "every_other_week",
    "every_four_weeks",
    "every_month",
    "on_certain_days",
];

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    questions(writer, target).or_else(|| answers(writer, target))
}

fn questions(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["questionnaires", id, "questions"]) => {
            let tool = writer.find(Kind::Questionnaire, id)?;
            let scheduled = schedule(writer);
            let made = match scheduled {
                Ok(Some(schedule)) => writer
                    .created(&QUESTION, Kind::Question, tool, Status::Active)
                    .map(|place| planned(writer, place, schedule)),
                Ok(None) => Err(Outcome::invalid("schedule", "can't be blank")),
                Err(refusal) => Err(refusal),
            };
            writer.answered(201, made)
        }
        (Verb::Put, ["questions", id]) => {
            let question = writer.find(Kind::Question, id)?;
            let changed = schedule(writer).and_then(|schedule| {
                writer.changed(&QUESTION, question)?;
                Ok(schedule.map(|schedule| planned(writer, question.serial, schedule)))
            });
            writer.answered(200, changed.map(|_| question.serial))
        }
        _ => return None,
    })
}

fn answers(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post | Verb::Delete, ["questions", id, "pause"]) => {
            let question = writer.find(Kind::Question, id)?;
            let paused = target.verb == Verb::Post;
            writer.world.rewrite(question.serial, |change| {
                change.members.insert("paused".to_owned(), json!(paused));
            });
            Outcome::new(200, json!({"paused": paused}))
        }
        (Verb::Put, ["questions", id, "notification_settings"]) => {
            writer.find(Kind::Question, id)?;
            let said = |name: &str| writer.body.get(name) == Some(&json!(true));
            Outcome::new(
                200,
                json!({"responding": said("responding"), "subscribed": said("subscribed")}),
            )
        }
        (Verb::Post, ["questions", id, "answers"]) => {
            let question = writer.find(Kind::Question, id)?;
            let made = writer.created(&ANSWER, Kind::Answer, question, Status::Active);
            let made = made.inspect(|place| grouped(writer, *place));
            writer.answered(201, made)
        }
        (Verb::Put, ["question_answers", id]) => {
            let answer: Fact = writer.find(Kind::Answer, id)?;
            writer.update(&ANSWER, answer)
        }
        _ => return None,
    })
}

/// An answer belongs to today unless it was said otherwise.
fn grouped(writer: &mut Writer<'_>, place: u32) {
    writer.world.note(place, |change| {
        let on = change.members.entry("group_on").or_insert(Value::Null);
        if on.is_null() {
            *on = json!(today());
        }
    });
}

fn planned(writer: &mut Writer<'_>, place: u32, schedule: Value) -> u32 {
    writer.world.note(place, |change| {
        change.members.insert("schedule".to_owned(), schedule);
    });
    place
}

/// The schedule that was sent, as it is read: with hour and minute for the time of day.
fn schedule(writer: &Writer<'_>) -> Result<Option<Value>, Outcome> {
    let body = super::form::unwrapped(writer.body, QUESTION.wrapper);
    let Some(Value::Object(sent)) = body.get("schedule") else {
        return Ok(None);
    };
    let wrong = |message| Outcome::invalid("schedule", message);
    let frequency = sent.get("frequency").and_then(Value::as_str).unwrap_or_default();
    if !FREQUENCIES.contains(&frequency) {
        return Err(wrong("has no frequency that there is"));
    }
    let (hour, minute) = time_of_day(sent).ok_or_else(|| wrong("has no time of day"))?;
    let start = sent.get("start_date").cloned().unwrap_or_else(|| json!(today()));
    Ok(Some(json!({"frequency": frequency, "days": days(sent), "hour": hour, "minute": minute,
        "start_date": start, "end_date": sent.get("end_date").cloned().unwrap_or_default()})))
}

/// Days of the week, which are sent as text and read as numbers.
fn days(sent: &Map<String, Value>) -> Vec<i64> {
    let days = sent.get("days").and_then(Value::as_array).into_iter().flatten();
    days.filter_map(|day| day.as_i64().or_else(|| day.as_str()?.parse().ok())).collect()
}

/// Hour and minute of `5:00pm`, or of the two members that are read.
fn time_of_day(sent: &Map<String, Value>) -> Option<(u64, u64)> {
    let Some(text) = sent.get("time_of_day").and_then(Value::as_str) else {
        return Some((sent.get("hour")?.as_u64()?, sent.get("minute")?.as_u64()?));
    };
    let text = text.trim().to_lowercase();
    let (clock, later) = match (text.strip_suffix("pm"), text.strip_suffix("am")) {
        (Some(clock), _) => (clock, Some(12)),
        (_, Some(clock)) => (clock, Some(0)),
        _ => (text.as_str(), None),
    };
    let (hour, minute) = clock.trim().split_once(':').unwrap_or((clock.trim(), "0"));
    let hour: u64 = hour.parse().ok()?;
    let hour = later.map_or(hour, |later| hour % 12 + later);
    let minute: u64 = minute.parse().ok()?;
    (hour < 24 && minute < 60).then_some((hour, minute))
}

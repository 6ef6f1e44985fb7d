//! Schedules, their entries, and time that was spent.

use serde_json::{Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::payload::recurs;
use crate::world::{Fact, Kind, Status};

/// An entry: what is read of its address is another member than the one that is written.
const ENTRY: Resource = Resource::replacing(&[
    member("summary", Form::Title, Need::Optional, &["summary", "title"]),
    member("description", Form::Html, Need::Optional, &["description"]),
    member("all_day", Form::Flag, Need::Optional, &["all_day"]),
    member("starts_at", Form::Bound, Need::Required, &["starts_at"]),
    member("ends_at", Form::Bound, Need::Required, &["ends_at"]),
    member("participant_ids", Form::People, Need::Kept, &["participants"]),
    member("url", Form::Text, Need::Kept, &["join_url"]),
    member("highlighted", Form::Flag, Need::Kept, &["highlighted"]),
    member("notify", Form::Any, Need::Directive, &[]),
]);

const SETTINGS: Resource = Resource::replacing(&[member(
    "include_due_assignments",
    Form::Flag,
    Need::Required,
    &["include_due_assignments"],
)])
.within("schedule");

const TIME: Resource = Resource::merging(&[
    member("date", Form::Day, Need::Required, &["date"]),
    member("hours", Form::Text, Need::Required, &["hours"]),
    member("description", Form::Text, Need::Optional, &["description"]),
]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["schedules", id, "entries"]) => {
            let schedule = writer.find(Kind::Schedule, id)?;
            let status = writer.status(Status::Active);
            bounded(writer)
                .err()
                .unwrap_or_else(|| writer.create(&ENTRY, Kind::Entry, schedule, status))
        }
        (Verb::Put, ["schedule_entries", id]) => {
            let entry = writer.find(Kind::Entry, id)?;
            replace(writer, entry)
        }
        (Verb::Put, ["schedules", id]) => {
            let schedule = writer.find(Kind::Schedule, id)?;
            writer.update(&SETTINGS, schedule)
        }
        (Verb::Post, ["recordings", id, "timesheet", "entries"]) => {
            let fact = writer.any(id)?;
            let checked = hours(writer);
            let made =
                checked.and_then(|()| writer.created(&TIME, Kind::TimeEntry, fact, Status::Active));
            let made = made.and_then(|place| spent(writer, place, true));
            writer.answered(201, made)
        }
        (Verb::Put, ["timesheet_entries", id]) => {
            let entry = writer.find(Kind::TimeEntry, id)?;
            let checked = hours(writer);
            let changed = checked.and_then(|()| writer.changed(&TIME, entry));
            let changed = changed.and_then(|()| spent(writer, entry.serial, false));
            writer.answered(200, changed)
        }
        (Verb::Delete, ["timesheet_entries", id]) => {
            let entry = writer.find(Kind::TimeEntry, id)?;
            writer.world.remove(entry.serial);
            Outcome::done()
        }
        _ => return None,
    })
}

/// An entry that recurs cannot be changed: its address leads to an occurrence.
fn replace(writer: &mut Writer<'_>, entry: Fact) -> Outcome {
    if recurs(&entry) {
        let at = format!(
            "{}/schedule_entries/{}/occurrences/{}.json",
            writer.base,
            entry.id,
            writer.painter().occurs_on(&entry, 0)
        );
        return Outcome { location: Some(at), ..Outcome::new(302, Value::Null) };
    }
    if let Err(refusal) = bounded(writer) {
        return refusal;
    }
    let done = writer.update(&ENTRY, entry);
    if done.status == 200 {
        writer.publish(entry);
    }
    done
}

/// Whether both bounds are in the form that belongs to `all_day`.
fn bounded(writer: &Writer<'_>) -> Result<(), Outcome> {
    let all_day = writer.body.get("all_day") == Some(&json!(true));
    for name in ["starts_at", "ends_at"] {
        let bound = writer.body.get(name).and_then(Value::as_str).unwrap_or_default();
        if !bound.is_empty() && (bound.len() == 10) != all_day {
            let message = if all_day { "is not a date" } else { "is not a time" };
            return Err(Outcome::invalid(name, message));
        }
    }
    Ok(())
}

/// Whether the hours are a decimal number, or hours and minutes.
fn hours(writer: &Writer<'_>) -> Result<(), Outcome> {
    let sent = writer.body.get("hours").and_then(Value::as_str).unwrap_or_default();
    let right = sent.is_empty() || decimal(sent).is_some();
    right.then_some(()).ok_or_else(|| Outcome::invalid("hours", "is not a number of hours"))
}

/// Hours as they are read: `1:30` is `1.5`.
fn decimal(hours: &str) -> Option<String> {
    let Some((whole, minutes)) = hours.split_once(':') else {
        let number = hours.parse::<f64>().ok().filter(|number| *number > 0.0);
        return number.map(|_| hours.to_owned());
    };
    let minutes = minutes.parse::<u32>().ok().filter(|minutes| *minutes < 60)?;
    let hundredths = whole.parse::<u32>().ok()?.checked_mul(100)? + minutes * 100 / 60;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// Says hours as they are read, and who spent them: the caller of one that is new.
fn spent(writer: &mut Writer<'_>, place: u32, new: bool) -> Result<u32, Outcome> {
    let person = match writer.body.get("person_id") {
        None | Some(Value::Null) => new.then_some(0),
        Some(id) => {
            let place = id.as_u64().and_then(|id| usize::try_from(id).ok()?.checked_sub(2000));
            let known = place.filter(|place| *place < writer.world.people);
            Some(known.ok_or_else(|| Outcome::invalid("person_id", "is not there"))?)
        }
    };
    let person = person.map(|place| writer.painter().person(place, false));
    let sent = writer.body.get("hours").and_then(Value::as_str).and_then(decimal);
    writer.world.note(place, |change| {
        if let Some(hours) = sent {
            change.members.insert("hours".to_owned(), json!(hours));
        }
        if let Some(person) = person {
            change.members.insert("person".to_owned(), person);
        }
    });
    Ok(place)
}

//! Calendar events: what they are called, when they are and how they come again.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::body::invalid;
use super::{Done, Writer};
use crate::v2::calendar::{self, Recurring, Schedule};
use crate::v2::empty;
use crate::v2::overlay::Subject;
use crate::v2::world::{Bucket, Fact, Kind};

/// How often an event may come again.
const FREQUENCIES: [&str; 4] = ["daily", "weekly", "monthly", "yearly"];
/// Seconds of the three days before an event in which it can be reminded of.
const REMINDER: i64 = 3 * 86_400;

/// The bounds of an event as they are spelled.
struct Bounds {
    all_day: bool,
    starts: String,
    ends: String,
}

impl Writer<'_> {
    pub(super) fn new_event(&mut self, bucket: Bucket) -> Done {
        let summary = self.required("summary")?;
        let description = self.text("description")?.unwrap_or_default();
        let private = self.private(bucket)?;
        let told = self.people("subscribers", bucket)?.unwrap_or_default();
        let series = self.body.get("recurring").and_then(Value::as_object).cloned();
        let bounds = self.bounds(series.as_ref(), None)?;
        let recurring = series.as_ref().map(recurring).transpose()?;
        let reminder = self.reminder(&bounds.starts)?.unwrap_or(Value::Null);
        let place = self.world.create(Kind::CalendarEvent, bucket, None);
        self.world.facts[place as usize].private = private == Some(true);
        let change = self.world.rewrite(Subject::Fact(place));
        change.told = Some(told);
        change.members.insert("title", json!(summary));
        change.members.insert("description", json!(description));
        change.members.insert("remind_at", reminder);
        self.set_bounds(place, bounds, recurring)?;
        Ok(self.made(place))
    }

    pub(super) fn change_event(&mut self, event: &Fact) -> Done {
        let summary = self.title("summary")?;
        let description = self.text("description")?;
        let private = self.private(event.bucket)?;
        let told = self.people("subscribers", event.bucket)?;
        let shown = self.painter().single(event, false);
        let names = ["all_day", "starts_at", "ends_at"];
        let moves = names.iter().any(|name| self.body.contains_key(*name));
        let bounds = if moves { Some(self.bounds(None, Some(&shown))?) } else { None };
        let starts = match &bounds {
            Some(bounds) => bounds.starts.clone(),
            None => shown["starts_at"].as_str().unwrap_or_default().to_owned(),
        };
        let reminder = self.reminder(&starts)?;
        if let Some(private) = private {
            self.world.set_private(event.serial, private);
        }
        let change = self.world.rewrite(Subject::Fact(event.serial));
        change.told = told.or(change.told.take());
        change.members.extend(summary.map(|text| ("title", json!(text))));
        change.members.extend(description.map(|text| ("description", json!(text))));
        change.members.extend(reminder.map(|moment| ("remind_at", moment)));
        if let Some(bounds) = bounds {
            let recurring = calendar::schedule(self.world, event).recurring;
            self.set_bounds(event.serial, bounds, recurring)?;
        }
        Ok(self.changed(event))
    }

    /// When an event is: days if it lasts all day, else moments of one day. What an update leaves out
    /// stays; what does not suit the other form any more is put into it.
    fn bounds(&self, series: Option<&Map<String, Value>>, shown: Option<&Value>) -> Done<Bounds> {
        let had = |name: &str| shown.and_then(|shown| shown[name].as_str()).map(str::to_owned);
        let was_all_day = shown.is_some_and(|shown| shown["all_day"] == true);
        let all_day = self.flag("all_day")?.unwrap_or(was_all_day);
        let in_series = series.and_then(|series| series.get("starts_at"));
        let sent = in_series.or_else(|| self.body.get("starts_at"));
        let starts = match sent {
            Some(sent) => spelled(sent, all_day)?,
            None => {
                let had = had("starts_at").ok_or_else(|| invalid("starts_at", "can't be blank"))?;
                formed(&had, all_day)
            }
        };
        let ends = match self.body.get("ends_at") {
            Some(Value::Null) => starts.clone(),
            Some(sent) => spelled(sent, all_day)?,
            None => had("ends_at").map_or_else(|| starts.clone(), |had| formed(&had, all_day)),
        };
        if seconds(&ends) < seconds(&starts) {
            return Err(invalid("ends_at", "must not be before it starts"));
        }
        if !all_day && ends[..10] != starts[..10] {
            return Err(invalid("ends_at", "must be on the day on which it starts"));
        }
        Ok(Bounds { all_day, starts, ends })
    }

    fn set_bounds(&mut self, place: u32, bounds: Bounds, recurring: Option<Recurring>) -> Done<()> {
        let day = |text: &str| text[..10].parse::<Date>().map_err(|_| empty(400));
        let (starts, ends) = (day(&bounds.starts)?, day(&bounds.ends)?);
        let number = |range: std::ops::Range<usize>| {
            bounds.starts.get(range).and_then(|text| text.parse::<i16>().ok()).unwrap_or_default()
        };
        let minute = number(11..13) * 60 + number(14..16);
        let more_days = starts.until(ends).map_err(|_| empty(400))?.get_days();
        let schedule = Schedule { all_day: bounds.all_day, starts, more_days, minute, recurring };
        let change = self.world.rewrite(Subject::Fact(place));
        change.schedule = Some(schedule);
        change.members.insert("starts_at", json!(bounds.starts));
        change.members.insert("ends_at", json!(bounds.ends));
        Ok(())
    }

    /// When people are reminded: three days before an event at most, and not after it began.
    fn reminder(&self, starts: &str) -> Done<Option<Value>> {
        let Some(sent) = self.body.get("remind_at") else { return Ok(None) };
        if sent.is_null() {
            return Ok(Some(Value::Null));
        }
        let text = spelled(sent, false)?;
        let before = seconds(starts) - seconds(&text);
        if !(0..=REMINDER).contains(&before) {
            return Err(invalid("remind_at", "must be in the three days before it starts"));
        }
        Ok(Some(json!(text)))
    }
}

/// A day or a moment as it was sent; anything else is a bad request.
fn spelled(sent: &Value, all_day: bool) -> Done<String> {
    let text = sent.as_str().ok_or_else(|| empty(400))?;
    let right = if all_day {
        text.len() == 10 && text.parse::<Date>().is_ok()
    } else {
        text.parse::<jiff::Timestamp>().is_ok()
    };
    if right { Ok(text.to_owned()) } else { Err(empty(400)) }
}

/// A bound in the form of events that last all day, or of others.
fn formed(text: &str, all_day: bool) -> String {
    match (all_day, text.len() == 10) {
        (true, _) => text.chars().take(10).collect(),
        (false, true) => format!("{text}T00:00:00Z"),
        (false, false) => text.to_owned(),
    }
}

/// The seconds of a day's beginning or of a moment.
fn seconds(text: &str) -> i64 {
    let moment = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    moment.parse::<jiff::Timestamp>().map_or(0, |moment| moment.as_second())
}

fn recurring(sent: &Map<String, Value>) -> Done<Recurring> {
    let word = sent.get("frequency").and_then(Value::as_str);
    let frequency = FREQUENCIES.into_iter().find(|each| Some(*each) == word);
    let frequency =
        frequency.ok_or_else(|| invalid("frequency", "is not one of those there are"))?;
    let until = match sent.get("until").filter(|until| !until.is_null()) {
        None => None,
        Some(until) => {
            let day = until.as_str().and_then(|text| text.get(..10));
            Some(day.and_then(|day| day.parse().ok()).ok_or_else(|| empty(400))?)
        }
    };
    let excluding = sent.get("excluding").and_then(Value::as_array).into_iter().flatten();
    Ok(Recurring {
        frequency,
        count: sent.get("count").and_then(Value::as_i64),
        until,
        excluding: excluding.filter_map(Value::as_i64).collect(),
    })
}

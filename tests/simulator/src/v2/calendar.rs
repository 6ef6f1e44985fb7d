//! When events are, how they recur, and which of them fall into a window.
//!
//! Dates are years away from any day on which this runs, so the border between past and upcoming,
//! which is the real today, moves nothing.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::overlay::Subject;
use super::payload::{Painter, day_time};
use super::world::{Bucket, Fact, Kind, World};

/// Kinds of events, told apart by their position in a project or calendar; later ones are plain.
pub const PATTERNS: usize = 8;
/// Days of the longest window.
pub const WINDOW: i32 = 42;

/// How an event comes again.
#[derive(Debug, Clone)]
pub struct Recurring {
    /// A word for how often.
    pub frequency: &'static str,
    /// How often in all, the first time and the excluded times counted.
    pub count: Option<i64>,
    /// The last day, if one was said.
    pub until: Option<Date>,
    /// The times that are left out.
    pub excluding: Vec<i64>,
}

/// When an event is.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Whether it lasts whole days.
    pub all_day: bool,
    /// Its first day.
    pub starts: Date,
    /// Days after the first.
    pub more_days: i32,
    /// The minute of the day on which it begins.
    pub minute: i16,
    /// How it comes again, if it does.
    pub recurring: Option<Recurring>,
}

/// One time that an event is.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence {
    /// The place of the event.
    pub fact: u32,
    /// Which time it is; 0 is the event itself.
    pub number: i64,
    starts: Date,
    minute: i16,
}

/// A date that is known to be one.
const fn date(year: i16, month: i8, day: i8) -> Date {
    jiff::civil::date(year, month, day)
}

/// The schedule of an event.
pub fn schedule(world: &World, fact: &Fact) -> Schedule {
    if let Some(written) = world.change_of(fact).and_then(|change| change.schedule.clone()) {
        return written;
    }
    let chance = world.chance(fact.serial, 9);
    let days = i32::try_from(chance % 1200).unwrap_or_default();
    let past = later(date(2016, 1, 1), days);
    let future = later(date(2033, 1, 1), days);
    let every = |frequency, count, until, excluding: &[i64]| {
        Some(Recurring { frequency, count, until, excluding: excluding.to_vec() })
    };
    let (all_day, starts, more_days, recurring) = match fact.position {
        1 => (false, past, 0, None),
        2 => (true, future, 0, None),
        // Longer than a day, and across the border of windows that begin with the month.
        3 => (true, date(2033, 1, 30), 14, None),
        4 => (true, past, 0, every("weekly", Some(5), None, &[2, 3])),
        5 => (false, date(2019, 3, 4), 0, every("weekly", None, None, &[7])),
        6 => (false, date(2033, 1, 31), 0, every("monthly", None, Some(date(2034, 6, 30)), &[])),
        7 => (true, future, 0, every("daily", Some(10), None, &[])),
        8 => (false, future, 0, None),
        position if position % 2 == 0 => (position % 4 == 0, past, 0, None),
        position => (position % 4 == 1, future, 0, None),
    };
    Schedule {
        all_day,
        starts,
        more_days,
        minute: i16::try_from(chance % 1300).unwrap_or_default(),
        recurring,
    }
}

fn later(from: Date, days: i32) -> Date {
    from.saturating_add(Span::new().days(days))
}

impl Schedule {
    /// The day of one time it is; nothing after the last.
    fn time(&self, number: i64) -> Option<Date> {
        let Some(recurring) = &self.recurring else {
            return (number == 0).then_some(self.starts);
        };
        if recurring.count.is_some_and(|count| number >= count) {
            return None;
        }
        let span = match recurring.frequency {
            "daily" => Span::new().days(number),
            "weekly" => Span::new().weeks(number),
            "yearly" => Span::new().years(number),
            _ => Span::new().months(number),
        };
        let day = self.starts.checked_add(span).ok()?;
        let over = recurring.until.is_some_and(|until| day > until);
        (!over).then_some(day)
    }

    /// The last day; nothing when it goes on for ever.
    fn last(&self) -> Option<Date> {
        let endless = |recurring: &Recurring| recurring.count.or(recurring.until.map(|_| 0));
        if let Some(recurring) = &self.recurring {
            endless(recurring)?;
        }
        let last = (0..).map_while(|number| self.time(number)).last();
        Some(later(last.unwrap_or(self.starts), self.more_days))
    }
}

/// Whether an event is still to come, whole or in part.
pub fn upcoming(world: &World, fact: &Fact, today: Date) -> bool {
    let schedule = schedule(world, fact);
    if schedule.recurring.is_some() && !world.readings.running_series_upcoming {
        return schedule.starts >= today;
    }
    schedule.last().is_none_or(|last| last >= today)
}

/// Today, in the zone of the server.
pub fn today() -> Date {
    let now = Timestamp::now().to_string();
    now.get(..10).and_then(|day| day.parse().ok()).unwrap_or(date(2026, 1, 1))
}

/// The events of some projects or calendars that touch a window, series as their occurrences.
pub fn window(world: &World, buckets: &[Bucket], from: Date, to: Date) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for bucket in buckets {
        for fact in world.inside(*bucket, Kind::CalendarEvent) {
            if !world.gone(fact) {
                occurrences(world, fact, from, to, &mut found);
            }
        }
    }
    found.sort_by_key(|one| (one.starts, one.minute, one.fact));
    found
}

/// The times of one event in a window.
pub fn occurrences(world: &World, fact: &Fact, from: Date, to: Date, found: &mut Vec<Occurrence>) {
    let schedule = schedule(world, fact);
    for number in 0.. {
        let Some(starts) = schedule.time(number).filter(|day| *day <= to) else {
            return;
        };
        let excluded = schedule
            .recurring
            .as_ref()
            .is_some_and(|recurring| recurring.excluding.contains(&number));
        if !excluded && later(starts, schedule.more_days) >= from {
            found.push(Occurrence { fact: fact.serial, number, starts, minute: schedule.minute });
        }
    }
}

impl Painter<'_> {
    /// An event as halves and windows list it.
    pub fn event(&self, fact: &Fact, account_wide: bool) -> Value {
        let mut record = self.event_core(fact, schedule(self.world, fact).starts);
        record["id"] = json!(fact.id);
        record["created_at"] = json!(self.born(fact));
        record["updated_at"] = json!(self.changed(fact));
        record["comments_count"] = json!(self.said(fact).count());
        record["url"] = json!(self.url(fact));
        record["app_url"] = json!(self.app_url(fact));
        if let Some(recurring) = schedule(self.world, fact).recurring {
            record["recurring"] = json!({"frequency": recurring.frequency, "count": recurring.count,
                "until": recurring.until.map(|day| day.to_string()), "excluding": recurring.excluding});
        }
        if account_wide {
            record["bucket"] = self.bucket(fact.bucket);
        }
        record
    }

    /// An event as its own address gives it: with comments instead of their number.
    pub fn single_event(&self, fact: &Fact) -> Value {
        let mut record = self.event(fact, false);
        if let Some(members) = record.as_object_mut() {
            members.remove("comments_count");
        }
        record["comments"] = json!(self.comments(fact));
        record["subscribers"] = json!(self.subscribers(fact));
        record
    }

    /// A row of a window: the event itself, or a time of it that has no id.
    pub fn occurrence(&self, one: &Occurrence, account_wide: bool) -> Value {
        let fact = self.world.fact(one.fact);
        if one.number == 0 {
            return self.event(fact, account_wide);
        }
        let mut record = self.event_core(fact, one.starts);
        if one.number % 2 == 0 {
            record["comments_count"] = json!(0);
        }
        record["recurrence"] = json!({"number": one.number, "master":
            {"id": fact.id, "url": self.url(fact), "app_url": self.app_url(fact)}});
        if account_wide {
            record["bucket"] = self.bucket(fact.bucket);
        }
        record
    }

    fn event_core(&self, fact: &Fact, starts: Date) -> Value {
        let subject = Subject::Fact(fact.serial);
        let schedule = schedule(self.world, fact);
        let own = schedule.starts == starts;
        let ends = later(starts, schedule.more_days);
        let spelled = |day: Date, minute: i16| {
            if schedule.all_day {
                json!(day.to_string())
            } else {
                json!(day_time(day, minute, fact.serial))
            }
        };
        let written = |member: &str| self.world.written(subject, member).cloned();
        let bound = |member: &str, seeded: Value| written(member).filter(|_| own).unwrap_or(seeded);
        let summary = written("title");
        let description = written("description").unwrap_or_else(|| {
            json!(if fact.position % 3 == 1 { "" } else { "To discuss business" })
        });
        let mut record = json!({
            "summary": summary.unwrap_or_else(|| json!(format!("Event {} — tréffen", fact.serial))),
            "description": description, "all_day": schedule.all_day,
            "starts_at": bound("starts_at", spelled(starts, schedule.minute)),
            "ends_at": bound("ends_at", spelled(ends, schedule.minute + 45)),
            "private": fact.private, "trashed": fact.trashed, "creator": self.creator(fact),
        });
        if let Some(moment) = written("remind_at") {
            record["remind_at"] = moment;
        } else if self.world.is_new(fact) {
            record["remind_at"] = Value::Null;
        } else if fact.position == 8 {
            let before = later(starts, -1);
            record["remind_at"] = json!(day_time(before, schedule.minute, fact.serial));
        } else if fact.position.is_multiple_of(3) {
            record["remind_at"] = Value::Null;
        }
        record
    }
}

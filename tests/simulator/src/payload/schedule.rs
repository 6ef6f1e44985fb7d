//! Schedules, entries and their occurrences, what is coming up, and time that was spent.

use serde_json::{Value, json};

use super::time::seconds_of;
use super::{Painter, day, merged, pick, plus_days, time};
use crate::world::{Fact, Kind, Status};

/// How often a recurring entry takes place.
pub const OCCURRENCES: i64 = 6;
/// Seconds of a week.
const WEEK: i64 = 7 * 86_400;
/// Time entries lie in so many days before today.
const TIMESHEET_DAYS: u32 = 90;

/// Whether an entry repeats, so that its own address redirects to an occurrence.
pub fn recurs(fact: &Fact) -> bool {
    fact.kind == Kind::Entry && fact.nth == 3
}

impl Painter<'_> {
    pub(super) fn of_schedules(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Schedule => merged(
                self.docked(fact),
                json!({"include_due_assignments": fact.project.is_multiple_of(2), "entries_count": self.count(fact, Kind::Entry),
                    "entries_url": format!("{}/schedules/{}/entries.json", self.base, fact.id)}),
            ),
            Kind::Entry => merged(self.remarked(fact), self.entry(fact, 0)),
            Kind::TimeEntry => json!({"date": self.spent_on(fact),
                "description": if fact.nth == 2 { Value::Null } else { json!("Thöught about it") },
                "hours": pick(fact, &["1.5", "0.25", "8.0"]), "person": self.person(self.spender(fact), false)}),
            _ => json!({}),
        }
    }

    /// Seconds of the start of an entry: its first ones long ago, the others around today.
    fn start(&self, fact: &Fact) -> i64 {
        if fact.nth == 1 {
            i64::from(fact.serial) * 3600
        } else {
            seconds_of(i64::from(fact.serial % 60) - 20) + 36_000
        }
    }

    fn entry(&self, fact: &Fact, occurrence: i64) -> Value {
        let start = self.start(fact) + occurrence * WEEK;
        let mut record = json!({"summary": self.title(fact), "description": if fact.nth == 4 { Value::Null } else { json!(self.html(fact)) },
            "description_attachments": [], "all_day": all_day(fact), "starts_at": bound(fact, start), "ends_at": bound(fact, start + 7200),
            "participants": self.people(fact),
            "join_url": if fact.nth >= 3 { json!("https://meet.example/ü") } else { Value::Null }, "highlighted": fact.nth == 4});
        if recurs(fact) {
            record["recurrence_schedule"] = json!({"frequency": "every_week", "days": [1], "hour": 10, "minute": 0,
                "week_instance": Value::Null, "week_interval": Value::Null, "month_interval": Value::Null,
                "start_date": day(self.start(fact)), "duration": 7200, "end_date": day(self.start(fact) + (OCCURRENCES - 1) * WEEK)});
        }
        record
    }

    /// The day of an occurrence, as addresses spell it.
    pub fn occurs_on(&self, fact: &Fact, occurrence: i64) -> String {
        day(self.start(fact) + occurrence * WEEK).replace('-', "")
    }

    pub(super) fn occurrence_url(&self, fact: &Fact, occurrence: i64) -> String {
        let project = self.world.projects[fact.project as usize].id;
        let on = self.occurs_on(fact, occurrence);
        format!(
            "{}/buckets/{project}/schedule_entries/{}/occurrences/{on}.json",
            self.base, fact.id
        )
    }

    /// One time that an entry takes place; it has the entry's id.
    pub fn occurrence(&self, fact: &Fact, occurrence: i64) -> Value {
        let mut record = merged(self.record(fact), self.entry(fact, occurrence));
        record["url"] = json!(self.occurrence_url(fact, occurrence));
        record
    }

    /// An entry, or an occurrence, as the report of what is coming up shows it.
    pub fn upcoming(&self, fact: &Fact, occurrence: Option<i64>) -> Value {
        let start = self.start(fact) + occurrence.unwrap_or(0) * WEEK;
        let people = self.people_of(fact).map(|place| self.person_brief(place));
        let mut record = json!({"id": fact.id, "status": fact.status.name(), "visible_to_clients": fact.serial.is_multiple_of(7),
            "url": occurrence.map_or_else(|| self.url(fact), |nth| self.occurrence_url(fact, nth)), "app_url": self.app_url(fact),
            "type": "ScheduleEntry", "summary": self.title(fact), "all_day": all_day(fact), "recurring": occurrence.is_some(),
            "starts_at": bound(fact, start), "ends_at": bound(fact, start + 7200),
            "creator": self.person_brief(self.author(fact)), "participants": people.collect::<Vec<_>>(),
            "bucket": {"id": self.world.projects[fact.project as usize].id, "name": self.project_name(fact.project as usize)},
            "comments_count": self.count(fact, Kind::Comment)});
        for name in ["all_day", "starts_at", "ends_at", "summary"] {
            if let Some(written) = self.world.written(fact, name) {
                record[name] = written.clone();
            }
        }
        record
    }

    /// A to-do, card or step in the same report.
    pub fn upcoming_assignable(&self, fact: &Fact) -> Value {
        let people = self.people_of(fact).map(|place| self.person_brief(place));
        let parent = self.world.parent(fact).unwrap_or(fact);
        let mut record = json!({"id": fact.id, "status": fact.status.name(), "visible_to_clients": fact.serial.is_multiple_of(7),
            "url": self.url(fact), "app_url": self.app_url(fact), "starts_on": self.starts_on(fact), "due_on": self.due_on(fact),
            "type": short_type(fact), "content": self.title(fact), "assignees": people.collect::<Vec<_>>(),
            "bucket": {"id": self.world.projects[fact.project as usize].id, "name": self.project_name(fact.project as usize)},
            "parent": {"id": parent.id, "title": self.title(parent)},
            "completion_url": format!("{}/todos/{}/completion.json", self.base, fact.id), "completed": fact.completed,
            "repeating": self.repeats(fact), "comments_count": self.count(fact, Kind::Comment)});
        if fact.completed {
            record["completion"] = json!({"created_at": self.completed_at(fact), "creator": self.person_brief(self.completer(fact))});
        }
        record
    }

    /// What is coming up in a window of days, both ends in it: entries, occurrences, assignables.
    pub fn upcoming_in(&self, from: &str, to: &str) -> [Vec<Value>; 3] {
        let within = |on: &str| from <= on && on <= to;
        let mut found = [Vec::new(), Vec::new(), Vec::new()];
        for place in self.world.listed(Kind::Entry, Status::Active) {
            let fact = &self.world.facts[*place as usize];
            if !recurs(fact) {
                let starts = self.world.written(fact, "starts_at").and_then(Value::as_str);
                let on = starts.and_then(|starts| starts.get(..10)).map(str::to_owned);
                if within(&on.unwrap_or_else(|| day(self.start(fact)))) {
                    found[0].push(self.upcoming(fact, None));
                }
                continue;
            }
            for nth in 0..OCCURRENCES {
                if within(&day(self.start(fact) + nth * WEEK)) {
                    found[1].push(self.upcoming(fact, Some(nth)));
                }
            }
        }
        for kind in [Kind::Todo, Kind::Card, Kind::Step] {
            for place in self.world.listed(kind, Status::Active) {
                let fact = &self.world.facts[*place as usize];
                if self.due_on(fact).is_some_and(|due| within(&due)) {
                    found[2].push(self.upcoming_assignable(fact));
                }
            }
        }
        found
    }

    /// The day on which time was spent.
    pub fn spent_on(&self, fact: &Fact) -> String {
        if let Some(day) = self.world.written(fact, "date").and_then(Value::as_str) {
            return day.to_owned();
        }
        plus_days(-i64::from(fact.serial % TIMESHEET_DAYS))
    }

    /// The place of the person who spent it.
    pub fn spender(&self, fact: &Fact) -> usize {
        let written = self.world.written(fact, "person").and_then(|person| person["id"].as_u64());
        if let Some(place) = written.and_then(|id| usize::try_from(id).ok()?.checked_sub(2000)) {
            return place;
        }
        fact.serial as usize % crate::world::PEOPLE
    }
}

/// The lower-case name that reports and personal listings have for a type.
pub fn short_type(fact: &Fact) -> &'static str {
    match fact.kind {
        Kind::Todo => "todo",
        Kind::Card => "card",
        Kind::Step => "step",
        Kind::Document => "document",
        Kind::Upload => "upload",
        Kind::Approval => "client_approval",
        Kind::Correspondence => "client_correspondence",
        _ => "message",
    }
}

fn all_day(fact: &Fact) -> bool {
    fact.nth == 2
}

/// A bare date of what lasts all day, a time otherwise, under the same key.
fn bound(fact: &Fact, seconds: i64) -> String {
    if all_day(fact) { day(seconds) } else { time(seconds) }
}

//! Reports over the whole account: grouped and late work, files, activity, time, gauges, hits.

use serde_json::{Value, json};

use super::{Asked, Paged, Reply, Row, found, whole};
use crate::Bounds;
use crate::payload::{CARD_LISTS, File, Narrowed, TODO_LISTS, plus_days, today};
use crate::world::{Fact, Kind, Status};

/// Projects of a page of a grouped list.
const GROUPS: usize = 5;
/// Hits of a page, unless `per_page` says otherwise.
const HITS: usize = 50;

/// Answers what this family has.
pub fn reply(asked: Asked<'_>) -> Option<Reply> {
    let painter = asked.painter;
    Some(match asked.path {
        ["messages"] => asked.everywhere(Kind::Message),
        ["comments"] => asked.everywhere(Kind::Comment),
        ["checkins"] => asked.everywhere(Kind::Answer),
        ["forwards"] => asked.everywhere(Kind::Forward),
        ["chats"] => asked.everywhere(Kind::Chat),
        ["files"] => files(asked),
        ["todos", "overdue"] => late(asked, Kind::Todo),
        ["cards", "overdue"] => late(asked, Kind::Card),
        ["todos", list] if TODO_LISTS.contains(list) => grouped(asked, Kind::Todo, list),
        ["cards", list] if CARD_LISTS.contains(list) => grouped(asked, Kind::Card, list),
        ["reports", "todos", "overdue"] => Reply::One(painter.overdue_report()),
        ["reports", "todos", "assigned", id] => {
            let by = if asked.query.get("group_by") == Some("date") { "date" } else { "bucket" };
            found(asked.person(id).map(|place| painter.assigned_report(place, by)))
        }
        ["reports", "schedules", "upcoming"] => upcoming(asked),
        ["reports", "progress"] => {
            told(asked, |fact| painter.world.is_active(fact.project as usize))
        }
        ["projects", id, "timeline"] => {
            let place = asked.project(id)?;
            told(asked, |fact| fact.project as usize == place)
        }
        ["reports", "users", "progress", id] => progress_of(asked, asked.person(id)?),
        ["reports", "timesheet"] => timesheet_report(asked),
        ["projects", id, "timesheet"] => {
            let place = u32::try_from(asked.project(id)?).ok()?;
            let entries = painter.world.in_project(place, Kind::TimeEntry, Status::Active);
            Reply::Listing(entries.iter().rev().copied().map(Row::Fact).collect())
        }
        ["reports", "gauges"] => gauges(asked),
        // Not an empty list, where there is no gauge.
        ["projects", id, "gauge", "needles"] => match painter.gauge_of(asked.project(id)?) {
            Some(gauge) => {
                asked.in_order(asked.places_under(asked.fact(gauge), Kind::Needle, Status::Active))
            }
            None => Reply::Missing,
        },
        ["search"] => search(asked),
        ["searches", "metadata"] => Reply::One(painter.search_metadata()),
        _ => return None,
    })
}

fn narrowed(asked: Asked<'_>) -> Narrowed {
    Narrowed {
        assignees: asked.query.all("assignee_ids[]").filter_map(|id| id.parse().ok()).collect(),
        due: asked.query.get("due").map(str::to_owned),
    }
}

fn late(asked: Asked<'_>, kind: Kind) -> Reply {
    let late = asked.painter.overdue(kind, &narrowed(asked));
    whole(late.into_iter().map(|fact| asked.painter.record(fact)))
}

/// Groups of active projects, newest first; a group can be empty. The total counts projects.
fn grouped(asked: Asked<'_>, kind: Kind, list: &str) -> Reply {
    let by = narrowed(asked);
    let projects = (0..asked.painter.world.projects.len()).rev();
    let active = projects.filter(|place| asked.painter.world.is_active(*place));
    let page = asked
        .query
        .get("page")
        .and_then(|page| page.parse().ok())
        .filter(|page| *page > 0)
        .unwrap_or(1_usize);
    let shown = (page - 1) * GROUPS..page * GROUPS;
    // Groups of other pages are not rendered.
    let rows = active.enumerate().map(|(index, place)| {
        let group = shown.contains(&index).then(|| asked.painter.group(place, kind, list, &by));
        Row::Ready(group.unwrap_or(Value::Null))
    });
    Reply::Paged(Paged { rows: rows.collect(), size: Some(GROUPS), around: None })
}

/// Uploads, documents and files in rich text, newest first.
fn files(asked: Asked<'_>) -> Reply {
    let painter = asked.painter;
    let people: Vec<usize> =
        asked.query.all("people_ids[]").filter_map(|id| asked.person(id)).collect();
    let kind = asked.query.get("kind").unwrap_or("all");
    let passes = |file: &File| {
        let (File::Recording(place) | File::Attachment(place)) = file;
        let fact = asked.fact(*place);
        let media = match (file, fact.kind) {
            (File::Recording(_), Kind::Upload) => painter.media_type(fact),
            (File::Recording(_), _) => "document",
            (File::Attachment(_), _) if fact.serial.is_multiple_of(2) => "image/png",
            (File::Attachment(_), _) => "application/pdf",
        };
        let kind = match kind {
            "images" => media.starts_with("image/"),
            "pdfs" => media == "application/pdf",
            "documents" => media == "document",
            "videos" => media.starts_with("video/"),
            _ => true,
        };
        kind && (people.is_empty() || people.contains(&painter.author(fact)))
    };
    Reply::Listing(painter.files().into_iter().filter(passes).map(Row::File).collect())
}

/// Both bounds are demanded.
fn upcoming(asked: Asked<'_>) -> Reply {
    let bound =
        |name: &str| asked.query.get(name).filter(|day| day.parse::<jiff::civil::Date>().is_ok());
    let Some(from) = bound("window_starts_on") else {
        return Reply::Bad("window_starts_on");
    };
    let Some(to) = bound("window_ends_on") else {
        return Reply::Bad("window_ends_on");
    };
    let [entries, occurrences, assignables] = asked.painter.upcoming_in(from, to);
    Reply::One(
        json!({"schedule_entries": entries, "recurring_schedule_entry_occurrences": occurrences, "assignables": assignables}),
    )
}

/// What the timeline tells, newest first.
fn told(asked: Asked<'_>, passes: impl Fn(&Fact) -> bool) -> Reply {
    let facts = asked.painter.world.records().rev();
    let shown = facts.filter(|fact| asked.painter.is_told(fact) && passes(fact));
    Reply::Listing(shown.map(|fact| Row::Told(fact.serial)).collect())
}

fn progress_of(asked: Asked<'_>, place: usize) -> Reply {
    let painter = asked.painter;
    let theirs = |fact: &Fact| {
        painter.world.is_active(fact.project as usize) && painter.author(fact) == place
    };
    match told(asked, theirs) {
        Reply::Listing(rows) => Reply::Paged(Paged {
            rows,
            size: None,
            around: Some(("events", json!({"person": painter.person(place, false)}))),
        }),
        other => other,
    }
}

/// Entries of a window, or of the last month without one. The bounds are known by one of two pairs
/// of names; those of the other pair do nothing.
fn timesheet_report(asked: Asked<'_>) -> Reply {
    let painter = asked.painter;
    let (first, last) = match painter.world.oddities.bounds {
        Bounds::Dates => ("start_date", "end_date"),
        Bounds::Range => ("from", "to"),
    };
    let (from, to) = match (asked.query.get(first), asked.query.get(last)) {
        (Some(from), Some(to)) => (from.to_owned(), to.to_owned()),
        (None, None) => (plus_days(-30), today()),
        _ => return Reply::Bad("one of the two bounds"),
    };
    let bucket = match asked.query.get("bucket_id") {
        Some(id) => match asked.project(id) {
            Some(place) => Some(place),
            None => return Reply::Missing,
        },
        None => None,
    };
    let by = asked.query.get("person_id");
    let passes = |fact: &&Fact| {
        let on = painter.spent_on(fact);
        from <= on
            && on <= to
            && bucket.is_none_or(|place| fact.project as usize == place)
            && by.is_none_or(|id| asked.person(id) == Some(painter.spender(fact)))
    };
    let places = painter.world.listed(Kind::TimeEntry, Status::Active).iter();
    let entries = places.map(|place| asked.fact(*place)).filter(passes);
    whole(entries.map(|fact| painter.record(fact)))
}

/// Red first, then yellow and green, then by name; or as `bucket_ids` has them.
fn gauges(asked: Asked<'_>) -> Reply {
    let painter = asked.painter;
    let mut gauges: Vec<Value> =
        if let Some(ids) = asked.query.get("bucket_ids").filter(|ids| !ids.is_empty()) {
            let places = ids.split(',').filter_map(|id| painter.gauge_of(asked.project(id)?));
            places.map(|place| painter.record(asked.fact(place))).collect()
        } else {
            let places = painter.world.listed(Kind::Gauge, Status::Active).iter();
            places.map(|place| painter.record(asked.fact(*place))).collect()
        };
    if asked.query.get("bucket_ids").is_none() {
        gauges.sort_by_key(|gauge| {
            let colour = ["red", "yellow", "green"]
                .iter()
                .position(|each| gauge["last_needle_color"] == *each);
            (colour.unwrap_or(3), gauge["title"].as_str().unwrap_or_default().to_owned())
        });
    }
    Reply::Listing(gauges.into_iter().map(Row::Ready).collect())
}

fn search(asked: Asked<'_>) -> Reply {
    let painter = asked.painter;
    let query = asked.query;
    let Some(text) = query.get("q").map(str::to_lowercase).filter(|text| !text.is_empty()) else {
        return Reply::Bad("q");
    };
    let types: Vec<&str> = query.all("type_names[]").chain(query.get("type")).collect();
    let buckets: Vec<&str> = query.all("bucket_ids[]").chain(query.get("bucket_id")).collect();
    let creators: Vec<&str> = query.all("creator_ids[]").chain(query.get("creator_id")).collect();
    // Everything was made long before the last year.
    let recent = query.get("since").is_some_and(|since| since.starts_with("last_"));
    let passes = |fact: &&Fact| {
        let project = painter.world.projects[fact.project as usize].id.to_string();
        let media = if fact.kind == Kind::Upload { painter.media_type(fact) } else { "" };
        let file = match query.get("file_type") {
            None => true,
            Some("Image") => media.starts_with("image/"),
            Some("Video") => media.starts_with("video/"),
            Some("PDF") => media == "application/pdf",
            Some(_) => false,
        };
        file && !recent
            && (types.is_empty() || types.iter().any(|name| is_of_type(fact, name)))
            && (buckets.is_empty() || buckets.contains(&project.as_str()))
            && (creators.is_empty()
                || creators.iter().any(|id| asked.person(id) == Some(painter.author(fact))))
            && !(query.get("exclude_chat").is_some_and(|yes| yes == "1" || yes == "true")
                && fact.kind == Kind::Line)
            && painter.searched(fact).to_lowercase().contains(&text)
    };
    let size = query
        .get("per_page")
        .and_then(|size| size.parse().ok())
        .filter(|size| *size > 0)
        .unwrap_or(HITS);
    let mut found: Vec<&Fact> = painter.hits().filter(passes).collect();
    // Newest first by nature; the best match is where the words stand most often.
    if query.get("sort") != Some("recency") {
        let times = |fact: &&Fact| painter.searched(fact).to_lowercase().matches(&text).count();
        found.sort_by_cached_key(|fact| std::cmp::Reverse(times(fact)));
    }
    Reply::Paged(Paged {
        rows: found.into_iter().map(|fact| Row::Hit(fact.serial)).collect(),
        size: Some(size),
        around: None,
    })
}

fn is_of_type(fact: &Fact, name: &str) -> bool {
    crate::payload::type_of(fact).starts_with(name)
}

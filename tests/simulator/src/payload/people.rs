//! People, the account, and what belongs to the caller's person.

use serde_json::{Value, json};

use super::{Painter, merged, time};
use crate::oddity::LOST_PERSON;
use crate::world::{Family, Flag, Kind, PEOPLE, Status};

/// Bots of the account.
const CHATBOTS: i64 = 3;
/// Pings there are: one is archived, one has no line.
const PINGS: i64 = 4;
/// The id of the first bot.
const FIRST_CHATBOT: i64 = 640_000;
/// The id of the first ping.
const FIRST_PING: i64 = 690_000;
/// The person who is long gone but has answered questions.
const GONE: usize = 12;

impl Painter<'_> {
    /// The account.
    pub fn account(&self) -> Value {
        let id: i64 = self.base.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or(1);
        let mut account = json!({
            "id": id, "name": "Simulated Ünïon", "owner_name": "Pérsön 0", "active": true,
            "created_at": "2019-03-01T08:00:00.000-05:00", "updated_at": "2026-06-30T22:15:00.000-05:00",
            "trial": true, "trial_ends_on": "2026-08-15", "frozen": false, "paused": false,
            "limits": {"can_create_projects": true, "can_pin_projects": true, "can_create_users": true, "can_upload_files": true},
            "subscription": {"short_name": "pro_unlimited", "proper_name": "Pro Unlimited", "project_limit": 500,
                "teams": true, "clients": true, "templates": true, "logo": true, "timesheet": true},
            "settings": {"company_hq_enabled": true, "teams_enabled": false, "projects_enabled": true},
        });
        // Absent, not null, when there is none.
        if self.world.seed % 2 == 1 {
            account["logo"] = json!({"url": "https://logos.example/1.png"});
        }
        self.world.patched(Family::Account, 0, account)
    }

    /// Who the token's owner is and what they can see, as Launchpad says it.
    pub fn authorization(&self) -> Value {
        let account = self.account();
        json!({"expires_at": "2026-07-15T00:00:00.000Z", "identity": self.identity(),
        "accounts": [
            {"product": "bc3", "id": account["id"], "name": account["name"], "href": self.base, "app_href": self.base},
            {"product": "bcx", "id": 999, "name": "Classic", "href": "https://basecamp.example/999/api/v1", "app_href": "https://basecamp.example/999"},
        ]})
    }

    /// The token's owner, who has a number of Launchpad's. In a studio it is the first person.
    fn identity(&self) -> Value {
        let person = self.person(0, false);
        let name = person["name"].as_str().filter(|_| self.world.is_studio());
        let (first, last) =
            name.and_then(|name| name.split_once(' ')).unwrap_or(("Pérsön", "Zero"));
        json!({"id": 9_999_000, "first_name": first, "last_name": last, "email_address": person["email_address"]})
    }

    /// A person. `single`: as its own address shows it, which alone has `out_of_office`.
    pub fn person(&self, place: usize, single: bool) -> Value {
        let mut record = json!({
            "id": 2000 + place, "attachable_sgid": format!("sgid-{place}"), "name": format!("Pérsön {place}"),
            "email_address": if place % 6 == 5 { "•••@•••".to_owned() } else { format!("p{place}@example.com") },
            "personable_type": if place % 9 == 8 { "Client" } else { "User" },
            "title": if place.is_multiple_of(2) { json!("Maker") } else { Value::Null },
            "bio": if place % 7 < 2 { json!("Likes <b>ünïcode</b>") } else { Value::Null }, "location": "Here",
            "created_at": time(1), "updated_at": time(2),
            "admin": place == 0, "owner": place == 0, "client": place % 9 == 8, "employee": place % 9 != 8,
            "time_zone": "Etc/UTC", "avatar_url": format!("https://avatars.example/{place}"),
            "can_manage_projects": true, "can_manage_people": place == 0, "can_ping": place % 7 != 5,
            "can_access_timesheet": true, "can_access_hill_charts": true,
        });
        if place % 4 != 3 {
            record["company"] = json!({"id": 77, "name": "Acme"});
        }
        if !self.world.old {
            record["tagline"] = if place.is_multiple_of(3) { json!("On it") } else { Value::Null };
        }
        if single && away(place) && !self.is_lost(place) {
            record["out_of_office"] = json!({"start_date": "2026-12-24", "end_date": "2027-01-02"});
        }
        if single && self.world.put(Family::OutOfOffice, number(place), "enabled").is_some() {
            let written = self.out_of_office(place);
            record["out_of_office"] = match written["enabled"].as_bool() {
                Some(true) => {
                    json!({"start_date": written["start_date"], "end_date": written["end_date"]})
                }
                _ => Value::Null,
            };
        }
        let mut record = self.world.patched(Family::Person, number(place), record);
        if let Some(members) = record.as_object_mut() {
            members.retain(|name, value| name != "out_of_office" || !value.is_null());
        }
        record
    }

    /// A person in three members, as reports have it.
    pub fn person_brief(&self, place: usize) -> Value {
        let name = self.world.put(Family::Person, number(place), "name").cloned();
        let name = name.unwrap_or_else(|| json!(format!("Pérsön {place}")));
        json!({"id": 2000 + place, "name": name, "avatar_url": format!("https://avatars.example/{place}")})
    }

    /// Whether a person is away, and until when; dates are left out when not.
    pub fn out_of_office(&self, place: usize) -> Value {
        let mut record =
            json!({"person": self.person_brief(place), "enabled": away(place), "ongoing": false});
        if away(place) {
            record["start_date"] = json!("2026-12-24");
            record["end_date"] = json!("2027-01-02");
            record["back_on_date"] = json!("2027-01-04");
        }
        let mut record = self.world.patched(Family::OutOfOffice, number(place), record);
        if let Some(members) = record.as_object_mut().filter(|members| members["enabled"] == false)
        {
            members.retain(|name, _| !name.ends_with("_date"));
        }
        record
    }

    /// The caller's preferences.
    pub fn preferences(&self) -> Value {
        let record = json!({"url": format!("{}/my/preferences.json", self.base), "app_url": "https://3.example/my/preferences",
            "time_zone_name": "Eastern Time (US & Canada)", "first_week_day": "Monday", "time_format": "twenty_four_hour"});
        self.world.patched(Family::Preferences, 0, record)
    }

    /// The caller's note: without an id until it is first written, as with seeds that are even.
    pub fn note(&self) -> Value {
        let written = self.world.seed % 2 == 1;
        let when = |seconds| {
            if written { json!(time(seconds)) } else { Value::Null }
        };
        let record = json!({"id": if written { json!(695_000) } else { Value::Null }, "type": "Notebook::Note",
            "created_at": when(10), "updated_at": when(20),
            "content": if written { "<div>Remember the <em>mïlk</em></div>" } else { "" }, "content_attachments": [],
            "url": format!("{}/my/notes.json", self.base), "app_url": "https://3.example/my/notes"});
        self.world.patched(Family::Note, 0, record)
    }

    /// Places of the people who have access to a project.
    pub fn members(&self, project: usize) -> Vec<usize> {
        if let Some(granted) = self.world.granted(project) {
            return granted.iter().copied().collect();
        }
        let shift = project % 5;
        (0..PEOPLE).filter(|place| *place == 0 || (place + shift) % 5 < 3).collect()
    }

    /// Places of the people who can be pinged.
    pub fn pingable(&self) -> Vec<usize> {
        (1..self.world.people).filter(|place| place % 7 != 5).collect()
    }

    /// Places of the people who can be given to-dos.
    pub fn assignable(&self) -> Vec<usize> {
        (0..self.world.people).filter(|place| place % 9 != 8).collect()
    }

    /// Whether a person is shown only where the long gone are asked for.
    pub fn is_gone(&self, place: usize) -> bool {
        place == GONE
    }

    /// Whether a person is listed without having an address.
    pub fn is_lost(&self, place: usize) -> bool {
        self.world.oddities.lost_person && place == LOST_PERSON
    }

    /// A bot of the account, as a room shows it.
    pub fn chatbot(&self, number: i64, project: usize, room: i64) -> Value {
        let id = FIRST_CHATBOT + number;
        let at = format!(
            "{}/buckets/{}/chats/{room}/integrations/{id}",
            self.base, self.world.projects[project].id
        );
        let record = json!({"id": id, "created_at": time(number), "updated_at": time(number + 5), "service_name": format!("bot{number}"),
            "command_url": if number == 0 { Value::Null } else { json!(format!("https://bots.example/{number}")) },
            "url": format!("{at}.json"), "app_url": at, "lines_url": format!("{}/integrations/key{number}/chats/{room}/lines", self.base)});
        self.world.patched(Family::Chatbot, id, record)
    }

    /// The bot of an id.
    pub fn chatbot_of(&self, id: &str) -> Option<i64> {
        let number = id.parse::<i64>().ok()? - FIRST_CHATBOT;
        let known = |number: i64| {
            let seeded = (0..CHATBOTS).map(|number| FIRST_CHATBOT + number);
            self.world.ids(Family::Chatbot, 0, seeded).contains(&(FIRST_CHATBOT + number))
        };
        known(number).then_some(number)
    }

    /// The numbers of the bots.
    pub fn chatbots(&self) -> impl Iterator<Item = i64> + use<> {
        let seeded = (0..CHATBOTS).map(|number| FIRST_CHATBOT + number);
        self.world.ids(Family::Chatbot, 0, seeded).into_iter().map(|id| id - FIRST_CHATBOT)
    }

    /// A ping: a conversation of a few people.
    pub fn ping(&self, number: i64) -> Value {
        let id = FIRST_PING + number;
        let place = usize::try_from(number).unwrap_or_default();
        let named = number % 2 == 1;
        let mut ping = json!({"id": id, "title": if named { "The Grüppe" } else { "Pérsön 1" }, "named": named,
            "people": [self.person(0, false), self.person(place + 1, false)],
            "created_at": time(number * 100), "updated_at": time(number * 1000),
            "avatar_url": "https://avatars.example/p", "bookmark_url": format!("{}/b/{id}", self.base),
            "room_url": format!("{}/buckets/{id}/chats/{}.json", self.base, id + 100),
            "links": {"lines": format!("{}/buckets/{id}/chats/{}/lines.json", self.base, id + 100),
                "files": format!("{}/buckets/{id}/chats/{}/uploads.json", self.base, id + 100)},
            "url": format!("{}/circles/{id}.json", self.base), "app_url": format!("https://3.example/circles/{id}")});
        if named {
            ping = merged(
                ping,
                json!({"image_url": "https://images.example/p.png", "edit_title_url": format!("https://3.example/circles/{id}/title")}),
            );
        }
        self.world.patched(Family::Ping, id, ping)
    }

    /// The ping of an id.
    pub fn ping_of(&self, id: &str) -> Option<i64> {
        let number = id.parse::<i64>().ok()? - FIRST_PING;
        self.pings().any(|each| each == number).then_some(number)
    }

    /// The numbers of the pings.
    pub fn pings(&self) -> impl Iterator<Item = i64> + use<> {
        let seeded = FIRST_PING..FIRST_PING + PINGS;
        self.world.ids(Family::Ping, 0, seeded).into_iter().map(number_of_ping)
    }

    /// The recent projects of the caller: the newest active ones, as far back as the log goes.
    pub fn recent(&self) -> Vec<usize> {
        let active = (0..self.world.projects.len()).filter(|place| self.world.is_active(*place));
        let visited: Vec<usize> =
            active.filter(|place| place % 2 == 0 && !self.is_unlisted(*place)).collect();
        let mut recent: Vec<usize> =
            self.world.visits().filter(|place| self.world.is_active(*place)).collect();
        let others = visited.into_iter().rev().filter(|place| !recent.contains(place));
        recent.extend(others.collect::<Vec<_>>());
        recent.truncate(RECENT);
        recent
    }

    /// Whether the caller has bookmarked a record.
    pub fn is_bookmarked(&self, place: u32) -> bool {
        let fact = &self.world.facts[place as usize];
        let seeded =
            matches!(fact.kind, Kind::Message | Kind::Document | Kind::Card | Kind::Todolist)
                && fact.serial.is_multiple_of(5)
                && !self.world.is_new(fact);
        self.world.flag(fact, Flag::Bookmarked).unwrap_or(seeded)
            && fact.status == Status::Active
            && self.world.is_active(fact.project as usize)
    }
}

/// Visits that the log of recent projects keeps.
const RECENT: usize = 50;

/// The number of the ping of an id.
pub fn number_of_ping(id: i64) -> i64 {
    id - FIRST_PING
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or_default()
}

fn away(place: usize) -> bool {
    place % 5 == 2
}

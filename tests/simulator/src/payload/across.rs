//! What hangs on records of any kind: events, boosts, subscribers, the timeline, the event feed, hits.

use serde_json::{Value, json};

use super::{Painter, time};
use crate::world::{Fact, Family, Kind, PEOPLE};

/// The id of the first boost.
const FIRST_BOOST: i64 = 50_000_000_000;
/// Ids of boosts of one record are below this; from [`ON_EVENTS`] on they are on its events.
const BOOSTS: i64 = 16;
const ON_EVENTS: i64 = 8;
/// Events of one record are fewer than this.
const EVENTS: i64 = 8;

/// A boost of a record, or of one of its events.
#[derive(Debug, Clone, Copy)]
pub struct Boost {
    /// Its id.
    pub id: i64,
    /// The place of the record.
    pub place: u32,
    /// The number of the event among the record's, if it is on one.
    pub event: Option<i64>,
}

impl Painter<'_> {
    /// How many boosts a record has itself.
    pub fn boosts_count(&self, fact: &Fact) -> usize {
        if self.world.is_untouched() {
            return self.seeded_boosts(fact) as usize;
        }
        self.boosts(fact).len()
    }

    fn seeded_boosts(&self, fact: &Fact) -> u32 {
        match fact.kind {
            _ if self.world.is_new(fact) => 0,
            Kind::Message
            | Kind::Todolist
            | Kind::Todo
            | Kind::Document
            | Kind::Upload
            | Kind::CloudFile
            | Kind::GoogleDocument
            | Kind::Entry
            | Kind::Answer
            | Kind::Card
            | Kind::Needle => fact.serial % 3,
            Kind::Comment | Kind::Line | Kind::ForwardReply => u32::from(fact.serial % 4 == 1),
            _ => 0,
        }
    }

    /// The boosts of a record, its events' left out.
    pub fn boosts(&self, fact: &Fact) -> Vec<Boost> {
        let first = FIRST_BOOST + i64::from(fact.serial) * BOOSTS;
        let seeded = first..first + i64::from(self.seeded_boosts(fact));
        let owner = Self::boost_owner(fact, None);
        let ids = self.world.ids(Family::Boost, owner, seeded).into_iter();
        ids.map(|id| Boost { id, place: fact.serial, event: None }).collect()
    }

    /// What a boost of a record, or of one of its events, belongs to.
    pub fn boost_owner(fact: &Fact, event: Option<i64>) -> i64 {
        i64::from(fact.serial) * BOOSTS + event.map_or(0, |event| event + 1)
    }

    /// Whether an event can be boosted.
    pub fn is_boostable(&self, fact: &Fact, event: i64) -> bool {
        let action = self.actions(fact).get(usize::try_from(event).unwrap_or(usize::MAX)).copied();
        matches!(action, Some("completed" | "adopted"))
    }

    /// The boosts of an event: one, of every other one that can be boosted at all.
    pub fn event_boosts(&self, fact: &Fact, event: i64) -> Vec<Boost> {
        let boosted = self.is_boostable(fact, event)
            && fact.serial.is_multiple_of(2)
            && !self.world.is_new(fact);
        let id = FIRST_BOOST + i64::from(fact.serial) * BOOSTS + ON_EVENTS + event;
        let owner = Self::boost_owner(fact, Some(event));
        let ids = self.world.ids(Family::Boost, owner, boosted.then_some(id).into_iter());
        let boost = |id| Boost { id, place: fact.serial, event: Some(event) };
        ids.into_iter().map(boost).collect()
    }

    /// The boost of an id.
    pub fn boost_of(&self, id: &str) -> Option<Boost> {
        let id = id.parse::<i64>().ok()?;
        if let Some(owner) = self.world.owner(Family::Boost, id) {
            let event = (owner % BOOSTS > 0).then_some(owner % BOOSTS - 1);
            return Some(Boost { id, place: u32::try_from(owner / BOOSTS).ok()?, event });
        }
        let number = id - FIRST_BOOST;
        let fact = self.world.facts.get(usize::try_from(number / BOOSTS).ok()?)?;
        let nth = number % BOOSTS;
        let all = if nth < ON_EVENTS {
            self.boosts(fact)
        } else {
            self.event_boosts(fact, nth - ON_EVENTS)
        };
        all.into_iter().find(|boost| boost.id - FIRST_BOOST == number)
    }

    /// A boost. `single`: as its own address shows it, which alone has `recording`.
    pub fn boost(&self, boost: Boost, single: bool) -> Value {
        let fact = &self.world.facts[boost.place as usize];
        let person = usize::try_from(boost.id).unwrap_or_default() % PEOPLE;
        let mut record = json!({"id": boost.id, "content": if boost.id % 2 == 0 { "🎉" } else { "Schön!" },
            "created_at": time(i64::from(fact.serial) + 90), "booster": self.person(person, false)});
        if single {
            record["recording"] = self.brief(fact);
            record["recording"]["bucket"] = self.bucket(fact.project as usize);
        }
        self.world.patched(Family::Boost, boost.id, record)
    }

    /// What happened to a record, oldest first.
    fn actions(&self, fact: &Fact) -> Vec<&'static str> {
        let mut actions = vec!["created", "active"];
        if fact.serial.is_multiple_of(5)
            && !self.world.is_new(fact)
            && matches!(fact.kind, Kind::Todo | Kind::Card | Kind::Step)
        {
            actions.push("assignment_changed");
        }
        if fact.completed {
            actions.push("completed");
        }
        if fact.kind == Kind::Card && fact.serial.is_multiple_of(2) {
            actions.push("adopted");
        }
        if fact.kind == Kind::Upload {
            actions.extend(std::iter::repeat_n("blob_changed", fact.serial as usize % 3));
        }
        actions
    }

    /// The change log of a record, newest first.
    pub fn events(&self, fact: &Fact) -> Vec<Value> {
        let actions = self.actions(fact).into_iter().enumerate().rev();
        actions
            .map(|(index, action)| {
                let index = i64::try_from(index).unwrap_or_default();
                let details = match action {
                    "assignment_changed" => json!({"added_person_ids": [2001, 2003], "removed_person_ids": []}),
                    "created" if fact.kind == Kind::Message => json!({"notified_recipient_ids": [2001]}),
                    // Not always filled.
                    "adopted" if fact.serial.is_multiple_of(4) => json!({"new_parent_id": fact.id, "parent_id_was": fact.id - 1}),
                    _ => json!({}),
                };
                let id = fact.id * EVENTS + index;
                let mut event = json!({"id": id, "recording_id": fact.id, "action": action, "details": details,
                    "created_at": time(self.world.born(fact) + index), "creator": self.creator(fact),
                    "boosts_count": self.event_boosts(fact, index).len(),
                    "boosts_url": format!("{}/recordings/{}/events/{id}/boosts.json", self.base, fact.id)});
                // An agent did it for the creator.
                if fact.serial % 10 == 3 && !self.world.old {
                    event["performed_by"] = self.person(1, false);
                }
                event
            })
            .collect()
    }

    /// The number of an event among its record's.
    pub fn event_of(&self, fact: &Fact, id: &str) -> Option<i64> {
        let number = id.parse::<i64>().ok()? - fact.id * EVENTS;
        let known = i64::try_from(self.actions(fact).len()).unwrap_or_default();
        (0..known).contains(&number).then_some(number)
    }

    /// The id of an event by its number.
    pub fn event_id(&self, fact: &Fact, number: i64) -> i64 {
        fact.id * EVENTS + number
    }

    /// Whether people can subscribe to a record.
    pub fn is_subscribable(&self, fact: &Fact) -> bool {
        !matches!(
            fact.kind,
            Kind::Board
                | Kind::Comment
                | Kind::Vault
                | Kind::Schedule
                | Kind::Inbox
                | Kind::Questionnaire
                | Kind::Line
                | Kind::Step
                | Kind::OnHold
                | Kind::Response
                | Kind::ClientReply
                | Kind::ForwardReply
                | Kind::ClientBoard
                | Kind::Gauge
                | Kind::Timesheet
                | Kind::TimeEntry
                | Kind::Wormhole
        )
    }

    /// Places of the people who are subscribed to a record.
    pub fn subscribers(&self, fact: &Fact) -> impl Iterator<Item = usize> + use<> {
        let chance = usize::try_from(self.world.chance(fact.serial, 8) % 1000).unwrap_or_default();
        let people = match self.world.written_people(fact, "subscribers") {
            Some(people) => people.to_vec(),
            // Who makes something is subscribed to it.
            None if self.world.is_new(fact) => vec![0],
            None => (0..chance % 4).map(|nth| (chance + nth * 7) % PEOPLE).collect(),
        };
        people.into_iter()
    }

    /// Who is subscribed to a record.
    pub fn subscription(&self, fact: &Fact) -> Value {
        let people: Vec<usize> = self.subscribers(fact).collect();
        json!({"subscribed": people.contains(&0), "count": people.len(), "url": self.recording_url(fact, "subscription"),
            "subscribers": people.iter().map(|place| self.person(*place, false)).collect::<Vec<_>>()})
    }
}

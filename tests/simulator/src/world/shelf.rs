//! What was written of things that are no records: webhooks, message types, bots, the caller's own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::World;

/// Families of things that are no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// The account; its id is 0.
    Account,
    /// Boosts; what owns one is its record or event.
    Boost,
    /// Calendars.
    Calendar,
    /// Bots.
    Chatbot,
    /// What is made from templates; what owns one is the template.
    Construction,
    /// Copies from the template library.
    Copy,
    /// Pages elsewhere that are shown in rich text.
    Embed,
    /// The caller's folders.
    Folder,
    /// Markers of the lineup.
    Marker,
    /// Message types; what owns one is the project.
    MessageType,
    /// The caller's note; its id is 0.
    Note,
    /// When people are away, by their places.
    OutOfOffice,
    /// People, by their places.
    Person,
    /// Pings.
    Ping,
    /// The caller's preferences; their id is 0.
    Preferences,
    /// Projects and templates, by their places.
    Project,
    /// Templates that are made from lists and card tables; what owns one is the record.
    Templatification,
    /// Webhooks; what owns one is the project.
    Webhook,
}

/// What was written of a thing.
#[derive(Debug, Clone, Default)]
struct Thing {
    /// What it belongs to, if it was made by a write.
    owner: Option<i64>,
    gone: bool,
    members: Map<String, Value>,
}

/// A file that was sent and is not used yet.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its bytes.
    pub size: usize,
}

/// Everything that was written of things.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    things: BTreeMap<(Family, i64), Thing>,
    made: i64,
    attachments: BTreeMap<String, Attachment>,
    /// Notifications that were read since the start, by their numbers.
    read: BTreeSet<usize>,
    /// Places of the records that bubble up, with the day for which that was asked.
    bubbles: BTreeMap<u32, Option<String>>,
    /// Places of the people who have access to a project, where that was changed.
    members: BTreeMap<usize, BTreeSet<usize>>,
    /// Places of the projects that were visited since the start, the last one last.
    visits: Vec<usize>,
    /// Places of the priorities in their order, where that was changed.
    priorities: Vec<u32>,
}

/// The id of the first thing that is made.
const FIRST: i64 = 20_000_000_000;

impl World {
    /// The ids of a family: those of the seed that are still there, then those that were made.
    pub fn ids(&self, family: Family, owner: i64, seeded: impl Iterator<Item = i64>) -> Vec<i64> {
        // As in most accounts: a million records are rendered in some tests.
        if self.is_untouched() {
            return seeded.collect();
        }
        let gone = |id: &i64| self.shelf.things.get(&(family, *id)).is_some_and(|thing| thing.gone);
        let of_family = self.shelf.things.range((family, i64::MIN)..=(family, i64::MAX));
        let made = of_family
            .filter(|(_, thing)| thing.owner == Some(owner) && !thing.gone)
            .map(|((_, id), _)| *id);
        seeded.filter(|id| !gone(id)).chain(made).collect()
    }

    /// Whether nothing was written of any thing.
    pub fn is_untouched(&self) -> bool {
        self.shelf.things.is_empty()
    }

    /// What a thing that was made belongs to.
    pub fn owner(&self, family: Family, id: i64) -> Option<i64> {
        self.shelf.things.get(&(family, id)).filter(|thing| !thing.gone)?.owner
    }

    /// A thing as the seed makes it, with what was written over it.
    pub fn patched(&self, family: Family, id: i64, mut seeded: Value) -> Value {
        if let (Some(thing), Some(all)) =
            (self.shelf.things.get(&(family, id)), seeded.as_object_mut())
        {
            all.extend(thing.members.clone());
        }
        seeded
    }

    /// A member that was written of a thing.
    pub fn put(&self, family: Family, id: i64, member: &str) -> Option<&Value> {
        self.shelf.things.get(&(family, id))?.members.get(member)
    }

    /// Makes a thing that belongs to another; its id.
    pub fn make(&mut self, family: Family, owner: i64, members: Map<String, Value>) -> i64 {
        self.shelf.made += 1;
        let id = FIRST + self.shelf.made;
        let thing = Thing { owner: Some(owner), gone: false, members };
        self.shelf.things.insert((family, id), thing);
        id
    }

    /// Writes members of a thing.
    pub fn patch(&mut self, family: Family, id: i64, members: Map<String, Value>) {
        self.shelf.things.entry((family, id)).or_default().members.extend(members);
    }

    /// Removes a thing.
    pub fn discard(&mut self, family: Family, id: i64) {
        self.shelf.things.entry((family, id)).or_default().gone = true;
    }

    /// The names of the pages elsewhere that were asked for.
    pub fn embeds(&self) -> impl Iterator<Item = String> {
        let made = self.shelf.things.keys().filter(|(family, _)| *family == Family::Embed);
        made.map(|(_, id)| format!("embed-{id}"))
    }

    /// The name of the page elsewhere at an address, if it was asked for.
    pub fn embed_of(&self, address: &str) -> Option<String> {
        let made = self.shelf.things.iter().filter(|((family, _), _)| *family == Family::Embed);
        let mut same =
            made.filter(|(_, thing)| thing.members.get("url").is_some_and(|url| url == address));
        same.next().map(|((_, id), _)| format!("embed-{id}"))
    }

    /// Seconds of a moment after all others.
    pub fn now(&mut self) -> i64 {
        self.overlay.moment()
    }

    /// Takes a file; the name under which it can be used once.
    pub fn attach(&mut self, name: &str, media: &str, size: usize) -> String {
        self.shelf.made += 1;
        let sgid = format!("sgid-file-{}", FIRST + self.shelf.made);
        let attachment = Attachment { name: name.to_owned(), media: media.to_owned(), size };
        self.shelf.attachments.insert(sgid.clone(), attachment);
        sgid
    }

    /// The file of a name, which is used up.
    pub fn take_attachment(&mut self, sgid: &str) -> Option<Attachment> {
        self.shelf.attachments.remove(sgid)
    }

    /// Whether a notification was read since the start.
    pub fn was_read(&self, number: usize) -> bool {
        self.shelf.read.contains(&number)
    }

    /// Notes that a notification was read.
    pub fn read(&mut self, number: usize) {
        self.shelf.read.insert(number);
    }

    /// The records that bubble up since the start, and the days for which that was asked.
    pub fn bubbles(&self) -> impl Iterator<Item = (u32, Option<&str>)> {
        self.shelf.bubbles.iter().map(|(place, day)| (*place, day.as_deref()))
    }

    /// Lets a record bubble up, or no more.
    pub fn bubble(&mut self, place: u32, day: Option<Option<String>>) {
        match day {
            Some(day) => self.shelf.bubbles.insert(place, day),
            None => self.shelf.bubbles.remove(&place),
        };
    }

    /// The people who have access to a project, where that was changed.
    pub fn granted(&self, project: usize) -> Option<&BTreeSet<usize>> {
        self.shelf.members.get(&project)
    }

    /// Says who has access to a project.
    pub fn grant(&mut self, project: usize, people: BTreeSet<usize>) {
        self.shelf.members.insert(project, people);
    }

    /// Projects that were visited since the start, the last one first.
    pub fn visits(&self) -> impl Iterator<Item = usize> {
        self.shelf.visits.iter().rev().copied()
    }

    /// Notes a visit to a project.
    pub fn visit(&mut self, project: usize) {
        self.shelf.visits.retain(|each| *each != project);
        self.shelf.visits.push(project);
    }

    /// Where a priority stands, where the order was changed.
    pub fn rank(&self, place: u32) -> usize {
        let found = self.shelf.priorities.iter().position(|each| *each == place);
        found.unwrap_or(usize::MAX)
    }

    /// Gives priorities an order.
    pub fn rank_all(&mut self, places: Vec<u32>) {
        self.shelf.priorities = places;
    }
}

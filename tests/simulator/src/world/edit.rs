//! What changes the world: every index stays as if it had been made that way.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::{Change, Fact, Kind, Status, World};

/// Kinds whose listings are newest first, so that what comes last is at their top.
const NEWEST_FIRST: [Kind; 8] = [
    Kind::Answer,
    Kind::Approval,
    Kind::Correspondence,
    Kind::Forward,
    Kind::Line,
    Kind::Message,
    Kind::Needle,
    Kind::TimeEntry,
];

/// What a new record is to be.
#[derive(Debug)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// The place of its project.
    pub project: u32,
    /// The place of its parent; none of what hangs on the project itself.
    pub parent: Option<u32>,
    /// Publication state.
    pub status: Status,
    /// Its members as they are read.
    pub members: Map<String, Value>,
    /// Members that are lists of people: their places.
    pub people: BTreeMap<&'static str, Vec<usize>>,
}

/// The kind of new record that a place in a family stands for: an ordinary column, a line of text.
fn nth(kind: Kind) -> u32 {
    match kind {
        Kind::Column => 2,
        Kind::Line => 1,
        _ => 9,
    }
}

impl World {
    /// Makes a record, the last of its siblings; its place.
    pub fn create(&mut self, draft: Draft) -> u32 {
        let place = self.add(draft.kind, draft.project, draft.parent, draft.status);
        let moment = self.overlay.moment();
        let change = self.overlay.change(place);
        change.born = Some(moment);
        change.updated = Some(moment);
        change.members = draft.members;
        change.people = draft.people;
        let siblings = draft.parent.map_or(0, |parent| self.siblings(parent, draft.kind).len());
        let fact = &mut self.facts[place as usize];
        fact.completed = false;
        fact.nth = nth(draft.kind);
        fact.position = u32::try_from(siblings + 1).unwrap_or(u32::MAX);
        let fact = *fact;
        self.by_id.insert(fact.id, place);
        if let Some(parent) = draft.parent {
            self.children.entry((parent, fact.kind)).or_default().push(place);
            self.touch_above(place, moment);
        }
        self.list(place);
        place
    }

    /// Changes what is written of a record, which is thereby touched.
    pub fn rewrite(&mut self, place: u32, with: impl FnOnce(&mut Change)) {
        let moment = self.overlay.moment();
        let change = self.overlay.change(place);
        change.updated = Some(moment);
        with(change);
    }

    /// Notes something of a record that is no change of it.
    pub fn note(&mut self, place: u32, with: impl FnOnce(&mut Change)) {
        with(self.overlay.change(place));
    }

    /// Completes a record or opens it again; nothing happens to one that is so already.
    pub fn complete(&mut self, place: u32, completed: bool) {
        if self.facts[place as usize].completed == completed {
            return;
        }
        self.facts[place as usize].completed = completed;
        let moment = self.overlay.moment();
        let change = self.overlay.change(place);
        change.updated = Some(moment);
        change.completed = completed.then_some(moment);
        self.touch_above(place, moment);
    }

    /// Gives a record a status, and takes along what is below it: that goes back together with it.
    pub fn set_status(&mut self, place: u32, status: Status) {
        let had = self.facts[place as usize].status;
        if had == status {
            return;
        }
        let moment = self.overlay.moment();
        self.overlay.release(place);
        self.overlay.change(place).updated = Some(moment);
        self.relist(place, status);
        self.touch_above(place, moment);
        for below in self.below(place) {
            if status == Status::Active {
                if let Some(had) = self.overlay.release(below) {
                    self.relist(below, had);
                }
            } else {
                self.overlay.take_along(below, self.facts[below as usize].status);
                self.relist(below, status);
            }
        }
    }

    /// Removes a record and what is below it for good.
    pub fn remove(&mut self, place: u32) {
        let moment = self.overlay.moment();
        self.touch_above(place, moment);
        let mut all = self.below(place);
        all.push(place);
        for place in all {
            let fact = self.facts[place as usize];
            if fact.status == Status::Gone {
                continue;
            }
            self.unlist(place);
            self.leave(&fact);
            self.by_id.remove(&fact.id);
            self.facts[place as usize].status = Status::Gone;
        }
    }

    /// Puts a record under a parent of the same project, before the one that is at `position` there
    /// among those that are in use and open; counted from 1, and at the end beyond the last.
    pub fn reposition(&mut self, place: u32, parent: u32, position: usize) {
        let fact = self.facts[place as usize];
        self.leave(&fact);
        let index = self.index_of(parent, fact.kind, position);
        self.children.entry((parent, fact.kind)).or_default().insert(index, place);
        self.facts[place as usize].parent = parent;
        self.renumber(parent, fact.kind);
        self.rewrite(place, |_| {});
    }

    /// Puts a record where its parent's listing begins.
    pub fn raise(&mut self, place: u32) {
        let fact = self.facts[place as usize];
        let top = if NEWEST_FIRST.contains(&fact.kind) { usize::MAX } else { 1 };
        if fact.parent != place {
            self.reposition(place, fact.parent, top);
        }
    }

    fn siblings(&self, parent: u32, kind: Kind) -> &[u32] {
        self.children.get(&(parent, kind)).map_or(&[], Vec::as_slice)
    }

    fn is_counted(&self, place: u32) -> bool {
        let fact = &self.facts[place as usize];
        fact.status == Status::Active && !fact.completed
    }

    fn index_of(&self, parent: u32, kind: Kind, position: usize) -> usize {
        let siblings = self.siblings(parent, kind);
        let counted = siblings.iter().enumerate().filter(|(_, place)| self.is_counted(**place));
        let found = counted.map(|(index, _)| index).nth(position.saturating_sub(1));
        found.unwrap_or(siblings.len())
    }

    /// Numbers siblings: first those that are in use and open, then the others.
    fn renumber(&mut self, parent: u32, kind: Kind) {
        let all = self.siblings(parent, kind);
        let (counted, others): (Vec<u32>, Vec<u32>) =
            all.iter().copied().partition(|place| self.is_counted(*place));
        for (index, place) in counted.into_iter().chain(others).enumerate() {
            self.facts[place as usize].position = u32::try_from(index + 1).unwrap_or(u32::MAX);
        }
    }

    /// Everything below a record, at any depth.
    pub fn below(&self, place: u32) -> Vec<u32> {
        let mut all = vec![place];
        let mut next = 0;
        while let Some(parent) = all.get(next).copied() {
            let kinds = Kind::ALL.into_iter();
            all.extend(kinds.flat_map(|kind| self.siblings(parent, kind)).copied());
            next += 1;
        }
        all.split_off(1)
    }

    /// What holds a record was changed by the change of the record.
    fn touch_above(&mut self, place: u32, moment: i64) {
        let mut fact = self.facts[place as usize];
        while fact.parent != fact.serial {
            fact = self.facts[fact.parent as usize];
            self.overlay.change(fact.serial).updated = Some(moment);
        }
    }

    fn leave(&mut self, fact: &Fact) {
        if let Some(siblings) = self.children.get_mut(&(fact.parent, fact.kind)) {
            siblings.retain(|place| *place != fact.serial);
        }
    }

    fn relist(&mut self, place: u32, status: Status) {
        self.unlist(place);
        self.facts[place as usize].status = status;
        self.list(place);
    }

    pub(super) fn list(&mut self, place: u32) {
        let fact = self.facts[place as usize];
        insert(&mut self.of_project, (fact.project, fact.kind, fact.status), place);
        if self.is_active(fact.project as usize) {
            insert(&mut self.listed, (fact.kind, fact.status), place);
        }
    }

    pub(super) fn unlist(&mut self, place: u32) {
        let fact = self.facts[place as usize];
        withdraw(&mut self.of_project, &(fact.project, fact.kind, fact.status), place);
        withdraw(&mut self.listed, &(fact.kind, fact.status), place);
    }
}

fn insert<K: Eq + std::hash::Hash>(index: &mut HashMap<K, Vec<u32>>, key: K, place: u32) {
    let places = index.entry(key).or_default();
    if let Err(at) = places.binary_search(&place) {
        places.insert(at, place);
    }
}

fn withdraw<K: Eq + std::hash::Hash>(index: &mut HashMap<K, Vec<u32>>, key: &K, place: u32) {
    if let Some(places) = index.get_mut(key)
        && let Ok(at) = places.binary_search(&place)
    {
        places.remove(at);
    }
}

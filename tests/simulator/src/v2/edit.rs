//! What changes the world: every index stays as if it had been made that way.

use super::make::topic_id;
use super::overlay::Subject;
use super::world::{Bucket, Entry, Kind, Project, State, Topic, What, World};

impl World {
    /// Makes a thing, the last of its siblings; its place.
    pub fn create(&mut self, kind: Kind, bucket: Bucket, parent: Option<u32>) -> u32 {
        let place = self.add(kind, bucket, parent).serial;
        let private = parent.is_some_and(|parent| self.fact(parent).private);
        let fact = &mut self.facts[place as usize];
        fact.private = private;
        let fact = *fact;
        self.enter(&fact);
        let position = self.siblings(&fact).len();
        self.facts[place as usize].position = u32::try_from(position).unwrap_or(u32::MAX);
        let now = self.now();
        let change = self.changes.entry(Subject::Fact(place)).or_default();
        (change.born, change.updated) = (Some(now), now);
        if kind != Kind::Attachment {
            self.tell(What::Created(place));
        }
        match (kind, parent) {
            (Kind::Message, _) => self.discuss(place, now),
            (Kind::Comment, Some(parent)) => self.discuss(parent, now),
            _ => {}
        }
        place
    }

    /// Makes a project; its place.
    pub fn found(&mut self, state: State) -> u32 {
        let place = u32::try_from(self.projects.len()).unwrap_or(u32::MAX);
        let id = self.projects.iter().map(|project| project.id).max().unwrap_or_default() + 1;
        self.projects.push(Project { id, state, client: false, starred: false });
        let change = self.rewrite(Subject::Project(place));
        change.born = Some(change.updated);
        self.tell(What::Joined(place, 0));
        place
    }

    /// Makes a person; their place.
    pub fn welcome(&mut self) -> u32 {
        let place = self.everybody().end;
        self.newcomers += 1;
        let change = self.rewrite(Subject::Person(place));
        change.born = Some(change.updated);
        place
    }

    /// Moves a thing into the trash.
    pub fn trash(&mut self, place: u32) {
        self.facts[place as usize].trashed = true;
        self.rewrite(Subject::Fact(place));
    }

    /// Finishes a to-do, or opens it again; its list is done when all in it are.
    pub fn complete(&mut self, place: u32, completed: bool) {
        if self.facts[place as usize].completed == completed {
            return;
        }
        self.facts[place as usize].completed = completed;
        let change = self.rewrite(Subject::Fact(place));
        let now = change.updated;
        change.members.insert("completed_at", now.into());
        if completed {
            self.tell(What::Completed(place));
        }
        let Some(list) = self.parent(&self.facts[place as usize]).copied() else { return };
        let done =
            self.under(&list, Kind::Todo).filter(|todo| !todo.trashed).all(|todo| todo.completed);
        self.facts[list.serial as usize].completed = done;
    }

    /// Gives a thing another place among its siblings, counted from 1; beyond the last it is the last.
    pub fn reposition(&mut self, place: u32, position: usize) {
        let fact = *self.fact(place);
        let mut all = self.siblings(&fact);
        all.retain(|each| *each != place);
        all.insert(position.saturating_sub(1).min(all.len()), place);
        for (position, place) in (1..).zip(all) {
            self.facts[place as usize].position = position;
        }
        self.rewrite(Subject::Fact(place));
    }

    /// Moves a to-do to the end of another list.
    pub fn move_under(&mut self, place: u32, list: u32) {
        let fact = *self.fact(place);
        if let Some(siblings) = self.children.get_mut(&(fact.parent, fact.kind)) {
            siblings.retain(|each| *each != place);
        }
        self.children.entry((list, fact.kind)).or_default().push(place);
        self.facts[place as usize].parent = list;
        self.reposition(place, usize::MAX);
    }

    /// Says whether clients see a thing and what hangs on it.
    pub fn set_private(&mut self, place: u32, private: bool) {
        let fact = *self.fact(place);
        for each in self.below(&fact).into_iter().chain([place]) {
            self.facts[each as usize].private = private;
        }
        self.rewrite(Subject::Fact(place));
    }

    /// Notes in the log what happened.
    pub fn tell(&mut self, what: What) {
        let at = self.now();
        let id = self.log.first().map_or(1, |entry| entry.id + 1);
        self.log.insert(0, Entry { id, at, what });
    }

    /// A thing is talked about: it has a topic from now on, or that is touched.
    fn discuss(&mut self, place: u32, at: i64) {
        match self.topics.iter_mut().find(|topic| topic.fact == place) {
            Some(topic) => topic.updated = at,
            None => {
                let id = topic_id(self.topics.len());
                self.topics.push(Topic { id, fact: place, archived: false, updated: at });
            }
        }
    }
}

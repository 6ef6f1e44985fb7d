//! What is the caller's alone: assignments, bookmarks, drafts and reminders.

use serde_json::{Value, json};

use super::schedule::short_type;
use super::{Painter, plus_days, time};
use crate::world::{Fact, Flag, Kind, Status};

/// Reminders that are pending: more than a first page.
pub const REMINDERS: usize = 18;
/// Assignments and drafts are cut off here.
const MOST: usize = 250;

impl Painter<'_> {
    fn is_mine(&self, fact: &Fact) -> bool {
        self.people_of(fact).any(|place| place == 0)
    }

    /// The records that the caller has to do, or has done: to-dos and cards. A card is there for its
    /// steps too.
    pub fn assigned_to_me(&self, completed: bool) -> Vec<&Fact> {
        let mut mine = Vec::new();
        for kind in [Kind::Todo, Kind::Card] {
            for place in self.world.listed(kind, Status::Active) {
                let fact = &self.world.facts[*place as usize];
                let by_step =
                    !completed && fact.kind == Kind::Card && self.my_steps(fact).next().is_some();
                if fact.completed == completed && (self.is_mine(fact) || by_step) {
                    mine.push(fact);
                }
            }
        }
        mine.truncate(MOST);
        mine
    }

    fn my_steps<'b>(&'b self, fact: &'b Fact) -> impl Iterator<Item = &'b Fact> {
        let steps = self.world.children(fact, Kind::Step);
        steps.filter(|step| !step.completed && self.is_mine(step))
    }

    /// Whether the caller has put an assignment up next.
    pub fn is_priority(&self, fact: &Fact) -> bool {
        let seeded = !self.world.is_new(fact) && fact.serial.is_multiple_of(3);
        self.world.flag(fact, Flag::Priority).unwrap_or(seeded)
    }

    /// What the caller has put up next, in its order.
    pub fn priorities(&self) -> Vec<&Fact> {
        let mut mine = self.assigned_to_me(false);
        mine.retain(|fact| self.is_priority(fact));
        mine.sort_by_key(|fact| self.world.rank(fact.serial));
        mine
    }

    /// A record as the caller's assignments show it.
    pub fn assignment(&self, fact: &Fact) -> Value {
        let steps = self.my_steps(fact).map(|step| self.assignment(step));
        let children: Vec<Value> =
            if fact.kind == Kind::Card { steps.collect() } else { Vec::new() };
        let project = fact.project as usize;
        let parent = self.world.parent(fact).unwrap_or(fact);
        let people = self.people_of(fact).map(|place| self.person_brief(place));
        let mut record = json!({"id": fact.id, "app_url": self.app_url(fact), "content": self.title(fact), "starts_on": self.starts_on(fact),
            "due_on": self.due_on(fact), "completed": fact.completed, "type": short_type(fact), "assignees": people.collect::<Vec<_>>(),
            "bucket": {"id": self.world.projects[project].id, "name": self.project_name(project), "app_url": format!("https://3.example/projects/{project}")},
            "comments_count": self.count(fact, Kind::Comment), "has_description": fact.serial % 5 != 4,
            "parent": {"id": parent.id, "title": self.title(parent), "app_url": self.app_url(parent)}, "children": children});
        if self.is_priority(fact) && !fact.completed {
            record["priority_recording_id"] = json!(fact.id);
        }
        record
    }

    /// The caller's bookmarks, newest first: places of the records.
    pub fn bookmarked(&self) -> Vec<u32> {
        let mut places: Vec<u32> = (0..self.world.facts.len())
            .filter_map(|place| u32::try_from(place).ok())
            .filter(|place| self.is_bookmarked(*place))
            .collect();
        places.reverse();
        places
    }

    /// A bookmark of the record at a place.
    pub fn bookmark(&self, fact: &Fact) -> Value {
        let born = self.world.born(fact);
        json!({"id": 13_000_000_000_i64 + i64::from(fact.serial), "created_at": time(born + 400), "updated_at": time(born + 401), "recording": self.base_shape(fact)})
    }

    /// The caller's drafts in active projects, latest change first.
    pub fn drafts(&self) -> Vec<&Fact> {
        let mut drafts: Vec<&Fact> = Vec::new();
        for kind in
            [Kind::Message, Kind::Document, Kind::Upload, Kind::Approval, Kind::Correspondence]
        {
            let places = self.world.listed(kind, Status::Drafted).iter();
            drafts.extend(places.map(|place| &self.world.facts[*place as usize]));
        }
        drafts.sort_by_key(|fact| std::cmp::Reverse(self.world.born(fact) + self.touched(fact)));
        drafts.truncate(MOST);
        drafts
    }

    /// A draft, as the caller's drafts show it.
    pub fn draft(&self, fact: &Fact) -> Value {
        let born = self.world.born(fact);
        let project = fact.project as usize;
        let parent = self.world.parent(fact).unwrap_or(fact);
        json!({"id": fact.id, "app_url": self.app_url(fact), "title": self.title(fact), "type": short_type(fact),
            "bucket": {"id": self.world.projects[project].id, "name": self.project_name(project), "app_url": format!("https://3.example/projects/{project}")},
            "parent": {"id": parent.id, "title": self.title(parent), "app_url": self.app_url(parent)},
            "excerpt": if fact.kind == Kind::Upload { "" } else { "Ëxcerpt of a draft" },
            "created_at": time(born), "updated_at": time(born + self.touched(fact)),
            "scheduled_posting_at": if fact.serial.is_multiple_of(2) { json!(format!("{}T08:00:00.000Z", plus_days(2))) } else { Value::Null }})
    }

    /// Questions that the caller is still to answer.
    pub fn reminders(&self) -> Vec<Value> {
        let questions = self.world.listed(Kind::Question, Status::Active);
        (0..REMINDERS)
            .filter(|_| !questions.is_empty())
            .map(|nth| {
                let question = &self.world.facts[questions[nth % questions.len()] as usize];
                let back = -i64::try_from(nth).unwrap_or_default();
                json!({"reminder_id": 14_000_000_000_i64 - back, "remind_at": format!("{}T16:30:00.000Z", plus_days(back)),
                    "group_on": plus_days(back), "question": self.record(question)})
            })
            .collect()
    }
}

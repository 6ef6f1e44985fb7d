//! What there is: a few numbers a record, made from the seed, and the indexes that listings need.

use std::collections::HashMap;

use crate::Config;

/// The kinds of things, recordings and tools alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A message board.
    Board,
    /// A card.
    Card,
    /// A chat room.
    Chat,
    /// A column of a card table.
    Column,
    /// A comment.
    Comment,
    /// A document.
    Document,
    /// An event of a schedule.
    Entry,
    /// A line of a chat.
    Line,
    /// A message.
    Message,
    /// The section of a column for cards on hold.
    OnHold,
    /// A schedule.
    Schedule,
    /// A step of a card, or a subtask of a to-do.
    Step,
    /// A card table.
    Table,
    /// A to-do.
    Todo,
    /// A list, or a group in one.
    Todolist,
    /// A set of lists.
    Todoset,
    /// A file.
    Upload,
    /// A folder.
    Vault,
}

/// Publication state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// In use.
    Active,
    /// Put away.
    Archived,
    /// In the trash.
    Trashed,
}

impl Status {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Trashed => "trashed",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Archived, Self::Trashed]
            .into_iter()
            .find(|each| each.name() == name)
    }
}

/// What is kept of a record. Everything else follows from `serial`.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    /// Its id.
    pub id: i64,
    /// The order of creation over all records.
    pub serial: u32,
    /// What it is.
    pub kind: Kind,
    /// The place of its project.
    pub project: u32,
    /// The place of its parent's fact; its own for a tool.
    pub parent: u32,
    /// Its place among its siblings, from 1.
    pub position: u32,
    /// Publication state.
    pub status: Status,
    /// Whether it is done, where it can be.
    pub completed: bool,
}

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// Its state.
    pub status: Status,
    /// Its tools: name in the dock, and the place of the tool's fact.
    pub dock: Vec<(&'static str, u32)>,
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    /// The seed.
    pub seed: u64,
    /// Projects, oldest first.
    pub projects: Vec<Project>,
    /// Records, oldest first.
    pub facts: Vec<Fact>,
    by_id: HashMap<i64, u32>,
    listed: HashMap<(Kind, Status), Vec<u32>>,
    children: HashMap<(u32, Kind), Vec<u32>>,
    of_project: HashMap<(u32, Kind, Status), Vec<u32>>,
}

/// Ids of people: numbers, as most are.
pub const PEOPLE: usize = 25;

impl World {
    /// Makes the world of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut world = Self {
            seed: config.seed,
            projects: Vec::new(),
            facts: Vec::new(),
            by_id: HashMap::new(),
            listed: HashMap::new(),
            children: HashMap::new(),
            of_project: HashMap::new(),
        };
        for index in 0..config.projects + 3 {
            world.project(index, config.projects);
        }
        world.lists(config);
        world.index();
        world
    }

    /// The record of that id and kind.
    pub fn find(&self, kind: Kind, id: i64) -> Option<&Fact> {
        let fact = self.facts.get(*self.by_id.get(&id)? as usize)?;
        (fact.kind == kind).then_some(fact)
    }

    /// The record of that id.
    pub fn any(&self, id: i64) -> Option<&Fact> {
        self.facts.get(*self.by_id.get(&id)? as usize)
    }

    /// Places of the records of a kind and status in active projects, oldest first.
    pub fn listed(&self, kind: Kind, status: Status) -> &[u32] {
        self.listed.get(&(kind, status)).map_or(&[], Vec::as_slice)
    }

    /// Places of the records of a kind and status in one project.
    pub fn in_project(&self, project: u32, kind: Kind, status: Status) -> &[u32] {
        self.of_project
            .get(&(project, kind, status))
            .map_or(&[], Vec::as_slice)
    }

    /// Records of a kind directly under one.
    pub fn children(&self, parent: &Fact, kind: Kind) -> impl Iterator<Item = &Fact> {
        let places = self
            .children
            .get(&(parent.serial, kind))
            .map_or(&[][..], Vec::as_slice);
        places
            .iter()
            .filter_map(|place| self.facts.get(*place as usize))
    }

    /// The parent of a record; none of a tool.
    pub fn parent(&self, fact: &Fact) -> Option<&Fact> {
        (fact.parent != fact.serial).then(|| &self.facts[fact.parent as usize])
    }

    /// A number that follows from seed, record and purpose alone.
    pub fn chance(&self, serial: u32, purpose: u64) -> u64 {
        let mut x =
            self.seed ^ (u64::from(serial) << 20) ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn add(&mut self, kind: Kind, project: u32, parent: Option<u32>, status: Status) -> u32 {
        let serial = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        let number = i64::from(serial);
        // Some ids do not fit into a double.
        let id = if serial % 17 == 5 {
            9_007_199_254_740_993 + number
        } else {
            1_000_000 + number
        };
        let completed = matches!(kind, Kind::Todo | Kind::Step | Kind::Card)
            && self.chance(serial, 1).is_multiple_of(3);
        let parent = parent.unwrap_or(serial);
        let fact = Fact {
            id,
            serial,
            kind,
            project,
            parent,
            position: 1,
            status,
            completed,
        };
        self.facts.push(fact);
        serial
    }

    fn child(&mut self, kind: Kind, parent: u32, status: Status) -> u32 {
        let project = self.facts[parent as usize].project;
        self.add(kind, project, Some(parent), status)
    }

    fn project(&mut self, index: usize, active: usize) {
        let status = match index {
            index if index < active => Status::Active,
            index if index < active + 2 => Status::Archived,
            _ => Status::Trashed,
        };
        let place = u32::try_from(index).unwrap_or(u32::MAX);
        let mut tools = vec![
            ("message_board", Kind::Board),
            ("todoset", Kind::Todoset),
            ("vault", Kind::Vault),
            ("schedule", Kind::Schedule),
            ("kanban_board", Kind::Table),
            ("chat", Kind::Chat),
        ];
        if index % 5 == 2 {
            tools.extend([("kanban_board", Kind::Table), ("chat", Kind::Chat)]);
        }
        let dock: Vec<_> = tools
            .into_iter()
            .map(|(name, kind)| (name, self.add(kind, place, None, Status::Active)))
            .collect();
        self.projects.push(Project {
            id: 5000 + i64::from(place),
            status,
            dock: dock.clone(),
        });
        for (name, tool) in dock {
            self.fill(name, tool);
        }
    }

    fn fill(&mut self, tool: &str, place: u32) {
        match tool {
            "message_board" => self.board(place),
            "vault" => self.vault(place, 0),
            "schedule" => {
                for _ in 0..4 {
                    self.child(Kind::Entry, place, Status::Active);
                }
                self.child(Kind::Entry, place, Status::Archived);
            }
            "kanban_board" => self.card_table(place),
            "chat" => {
                for _ in 0..6 {
                    self.child(Kind::Line, place, Status::Active);
                }
            }
            _ => {}
        }
    }

    fn board(&mut self, place: u32) {
        for status in [
            Status::Active,
            Status::Active,
            Status::Archived,
            Status::Trashed,
        ] {
            let message = self.child(Kind::Message, place, status);
            for _ in 0..self.chance(message, 2) % 4 {
                self.child(Kind::Comment, message, Status::Active);
            }
        }
    }

    fn vault(&mut self, place: u32, depth: u32) {
        for status in [Status::Active, Status::Active, Status::Trashed] {
            self.child(Kind::Document, place, status);
            self.child(Kind::Upload, place, status);
        }
        if depth < 2 {
            let nested = self.child(Kind::Vault, place, Status::Active);
            self.vault(nested, depth + 1);
        }
    }

    fn card_table(&mut self, place: u32) {
        for column in 0..4 {
            let column_place = self.child(Kind::Column, place, Status::Active);
            for card in 0..3 {
                let status = if card == 2 {
                    Status::Archived
                } else {
                    Status::Active
                };
                let card_place = self.child(Kind::Card, column_place, status);
                if card == 0 {
                    self.child(Kind::Step, card_place, Status::Active);
                    self.child(Kind::Step, card_place, Status::Active);
                }
            }
            if column == 1 {
                let hold = self.child(Kind::OnHold, column_place, Status::Active);
                self.child(Kind::Card, hold, Status::Active);
            }
        }
    }

    /// Lists, groups in them, and to-dos in both and in neither.
    fn lists(&mut self, config: &Config) {
        let active = config.projects.max(1);
        let mut lists: Vec<u32> = Vec::new();
        let mut last: Vec<Option<u32>> = vec![None; self.projects.len()];
        for index in 0..config.todolists {
            let project = index % active;
            let set = self.projects[project].dock[1].1;
            // Every fifth is a group in the list before.
            let parent = last[project].filter(|_| index % 5 == 4);
            let list = self.child(Kind::Todolist, parent.unwrap_or(set), Status::Active);
            if parent.is_none() {
                last[project] = Some(list);
            }
            lists.push(list);
        }
        for index in 0..config.todos {
            let loose = index % 50 == 49 || lists.is_empty();
            let set = self.projects[index % active].dock[1].1;
            let parent = if loose {
                set
            } else {
                lists[index % lists.len()]
            };
            let todo = self.child(Kind::Todo, parent, Status::Active);
            if index % 40 == 7 {
                self.child(Kind::Step, todo, Status::Active);
                self.child(Kind::Comment, todo, Status::Active);
            }
        }
        self.put_away(&lists, config.projects);
    }

    /// What listings show only when asked: archived and trashed, and content of archived projects.
    fn put_away(&mut self, lists: &[u32], active: usize) {
        for list in lists.iter().step_by(4).copied().collect::<Vec<_>>() {
            self.child(Kind::Todo, list, Status::Archived);
            self.child(Kind::Todo, list, Status::Trashed);
        }
        for project in active..self.projects.len() {
            let set = self.projects[project].dock[1].1;
            for status in [Status::Active, Status::Archived] {
                let list = self.child(Kind::Todolist, set, status);
                self.child(Kind::Todo, list, Status::Active);
                self.child(Kind::Todo, list, Status::Active);
            }
        }
    }

    fn index(&mut self) {
        let mut counts: HashMap<(u32, Kind), u32> = HashMap::new();
        for place in 0..self.facts.len() {
            let fact = self.facts[place];
            let count = counts.entry((fact.parent, fact.kind)).or_default();
            *count += 1;
            self.facts[place].position = *count;
            let serial = fact.serial;
            self.by_id.insert(fact.id, serial);
            if fact.parent != serial {
                self.children
                    .entry((fact.parent, fact.kind))
                    .or_default()
                    .push(serial);
            }
            self.of_project
                .entry((fact.project, fact.kind, fact.status))
                .or_default()
                .push(serial);
            if self.projects[fact.project as usize].status == Status::Active {
                self.listed
                    .entry((fact.kind, fact.status))
                    .or_default()
                    .push(serial);
            }
        }
    }
}

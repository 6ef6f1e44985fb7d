//! What there is: a few numbers a record, made from the seed, and the indexes that listings need.

mod build;
mod content;
mod edit;
mod kind;
mod overlay;
mod project;
mod shelf;
mod studio;

use std::collections::HashMap;

use crate::{Config, Oddities};

pub use edit::Draft;
pub use kind::Kind;
use overlay::Overlay;
pub use overlay::{Change, Flag};
pub use project::tool_of;
pub use shelf::Family;
use shelf::Shelf;

/// Publication state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// In use.
    Active,
    /// Put away.
    Archived,
    /// In the trash.
    Trashed,
    /// Not published; no listing but that of drafts shows it.
    Drafted,
    /// Removed, of external links.
    Deleted,
    /// Removed for good: nothing shows it any more.
    Gone,
}

impl Status {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Trashed => "trashed",
            Self::Drafted => "drafted",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
        }
    }

    /// The status of that name, of those that a listing may be asked for.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Archived, Self::Trashed].into_iter().find(|each| each.name() == name)
    }
}

/// What is kept of a record. Everything else follows from `serial`, or was written.
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
    /// The place that it was made at, which decides what it is like; it stays when it is moved.
    pub nth: u32,
    /// Publication state.
    pub status: Status,
    /// Whether it is done, where it can be.
    pub completed: bool,
}

/// A tool in the dock of a project.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// Its name in the dock.
    pub name: &'static str,
    /// The place of its fact.
    pub place: u32,
    /// Whether the dock shows it; one that is hidden keeps its content.
    pub enabled: bool,
}

/// A project, or a template of one.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// Its state.
    pub status: Status,
    /// Whether it is a template: what is in it is in no listing of the account.
    pub template: bool,
    /// Whether it was made by a write, and not from the seed.
    pub made: bool,
    /// Its tools.
    pub dock: Vec<Tool>,
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    /// The seed.
    pub seed: u64,
    /// Whether half of the tools are hidden from the dock.
    pub disabled_tools: bool,
    /// Whether the caller is refused some things.
    pub forbidden: bool,
    /// Whether the server is one from before 2026.
    pub old: bool,
    /// What is otherwise than in most accounts.
    pub oddities: Oddities,
    /// How many people there are.
    pub people: usize,
    /// When each record of a studio was made; empty in other worlds, where they are a second apart.
    opened: Vec<i64>,
    /// Projects, oldest first, and after them templates.
    pub projects: Vec<Project>,
    /// Records, oldest first.
    pub facts: Vec<Fact>,
    overlay: Overlay,
    shelf: Shelf,
    by_id: HashMap<i64, u32>,
    listed: HashMap<(Kind, Status), Vec<u32>>,
    children: HashMap<(u32, Kind), Vec<u32>>,
    of_project: HashMap<(u32, Kind, Status), Vec<u32>>,
}

/// People of the seed; more can be invited.
pub const PEOPLE: usize = 25;

impl World {
    /// Makes the world of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut world = Self {
            seed: config.seed,
            disabled_tools: config.disabled_tools,
            forbidden: config.forbidden,
            old: config.old_server,
            oddities: config.oddities,
            people: PEOPLE,
            opened: Vec::new(),
            projects: Vec::new(),
            facts: Vec::new(),
            overlay: Overlay::default(),
            shelf: Shelf::default(),
            by_id: HashMap::new(),
            listed: HashMap::new(),
            children: HashMap::new(),
            of_project: HashMap::new(),
        };
        for index in 0..config.projects + 3 {
            world.project(index, config);
        }
        world.lists(config);
        world.fill_rest();
        world.talk(config);
        world.index();
        if config.studio {
            world.furnish();
        }
        world
    }

    /// The record of that id and kind.
    pub fn find(&self, kind: Kind, id: i64) -> Option<&Fact> {
        self.any(id).filter(|fact| fact.kind == kind)
    }

    /// Every record, oldest first.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        self.facts.iter().filter(|fact| fact.status != Status::Gone)
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
        self.of_project.get(&(project, kind, status)).map_or(&[], Vec::as_slice)
    }

    /// Whether the project of that place is in use; templates never are.
    pub fn is_active(&self, project: usize) -> bool {
        let project = &self.projects[project];
        project.status == Status::Active && !project.template
    }

    /// The place of the project of that id; templates are not found.
    pub fn project_of(&self, id: &str) -> Option<usize> {
        let mut projects = self.projects.iter();
        projects.position(|each| {
            !each.template && each.status != Status::Gone && each.id.to_string() == id
        })
    }

    /// The place of the template of that id.
    pub fn template_of(&self, id: &str) -> Option<usize> {
        let mut projects = self.projects.iter();
        projects.position(|each| each.template && each.id.to_string() == id)
    }

    /// The tool that a record is, as the dock has it.
    pub fn tool(&self, fact: &Fact) -> Option<(usize, Tool)> {
        let dock = &self.projects[fact.project as usize].dock;
        let index = dock.iter().position(|tool| tool.place == fact.serial)?;
        Some((index, dock[index]))
    }

    /// The outermost thing that holds a record: its tool, mostly.
    pub fn root<'a>(&'a self, fact: &'a Fact) -> &'a Fact {
        let mut root = fact;
        while let Some(parent) = self.parent(root) {
            root = parent;
        }
        root
    }

    /// Whether a record is in a tool that the dock hides.
    pub fn is_hidden(&self, fact: &Fact) -> bool {
        let root = self.root(fact);
        self.tool(root).is_some_and(|(_, tool)| !tool.enabled)
    }

    /// Records of a kind directly under one.
    pub fn children(&self, parent: &Fact, kind: Kind) -> impl Iterator<Item = &Fact> {
        let places = self.children.get(&(parent.serial, kind)).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.facts.get(*place as usize))
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

    fn index(&mut self) {
        let mut counts: HashMap<(u32, Kind), u32> = HashMap::new();
        for place in 0..self.facts.len() {
            let fact = self.facts[place];
            let count = counts.entry((fact.parent, fact.kind)).or_default();
            *count += 1;
            self.facts[place].position = *count;
            self.facts[place].nth = *count;
            let serial = fact.serial;
            self.by_id.insert(fact.id, serial);
            if fact.parent != serial {
                self.children.entry((fact.parent, fact.kind)).or_default().push(serial);
            }
            self.of_project.entry((fact.project, fact.kind, fact.status)).or_default().push(serial);
            if self.is_active(fact.project as usize) {
                self.listed.entry((fact.kind, fact.status)).or_default().push(serial);
            }
        }
    }
}

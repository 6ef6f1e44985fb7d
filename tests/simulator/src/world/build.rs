//! Projects with the tools that most have, lists and to-dos: as many as the configuration says.

use super::{Fact, Kind, Project, Status, Tool, World};
use crate::Config;

/// The id of the record at a place: some do not fit into a double.
fn id_of(serial: u32) -> i64 {
    let first = if serial % 17 == 5 { 9_007_199_254_740_993 } else { 1_000_000 };
    first + i64::from(serial)
}

impl World {
    pub(super) fn add(
        &mut self,
        kind: Kind,
        project: u32,
        parent: Option<u32>,
        status: Status,
    ) -> u32 {
        let serial = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        let id = id_of(serial);
        let completed =
            matches!(kind, Kind::Todo | Kind::Step) && self.chance(serial, 1).is_multiple_of(3);
        let parent = parent.unwrap_or(serial);
        let fact =
            Fact { id, serial, kind, project, parent, position: 1, nth: 1, status, completed };
        self.facts.push(fact);
        serial
    }

    /// Adds a tool to the dock of a project.
    pub(super) fn install(&mut self, name: &'static str, kind: Kind, project: usize) -> u32 {
        let owner = u32::try_from(project).unwrap_or(u32::MAX);
        let place = self.add(kind, owner, None, Status::Active);
        let index = self.projects[project].dock.len();
        // A schedule here and there is hidden, or with the option half of all tools.
        let hidden = if self.disabled_tools {
            (project + index) % 2 == 1
        } else {
            project % 4 == 3 && index == 3
        };
        self.projects[project].dock.push(Tool { name, place, enabled: !hidden });
        place
    }

    pub(super) fn child(&mut self, kind: Kind, parent: u32, status: Status) -> u32 {
        let project = self.facts[parent as usize].project;
        self.add(kind, project, Some(parent), status)
    }

    pub(super) fn project(&mut self, index: usize, config: &Config) {
        let status = match index {
            index if config.archived && index < config.projects && index % 3 == 2 => {
                Status::Archived
            }
            index if index < config.projects => Status::Active,
            index if index < config.projects + 2 => Status::Archived,
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
        self.projects.push(Project {
            id: 5000 + i64::from(place),
            status,
            template: false,
            made: false,
            dock: Vec::new(),
        });
        let dock: Vec<_> =
            tools.into_iter().map(|(name, kind)| (name, self.install(name, kind, index))).collect();
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
        for status in [Status::Active, Status::Active, Status::Archived, Status::Trashed] {
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
                let status = if card == 2 { Status::Archived } else { Status::Active };
                let card_place = self.child(Kind::Card, column_place, status);
                // Done is where a card is, nothing else.
                self.facts[card_place as usize].completed = column == 3;
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
    pub(super) fn lists(&mut self, config: &Config) {
        let active = config.projects.max(1);
        let mut lists: Vec<u32> = Vec::new();
        let mut last: Vec<Option<u32>> = vec![None; self.projects.len()];
        for index in 0..config.todolists {
            let project = index % active;
            let set = self.projects[project].dock[1].place;
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
            let set = self.projects[index % active].dock[1].place;
            let parent = if loose { set } else { lists[index % lists.len()] };
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
            let set = self.projects[project].dock[1].place;
            for status in [Status::Active, Status::Archived] {
                let list = self.child(Kind::Todolist, set, status);
                self.child(Kind::Todo, list, Status::Active);
                self.child(Kind::Todo, list, Status::Active);
            }
        }
    }
}

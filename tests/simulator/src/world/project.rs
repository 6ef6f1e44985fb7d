//! What changes projects and their tools.

use std::collections::BTreeMap;

use serde_json::Map;

use super::{Draft, Kind, Project, Status, Tool, World};

/// The tools of a new project.
const TOOLS: [(&str, Kind); 7] = [
    ("message_board", Kind::Board),
    ("todoset", Kind::Todoset),
    ("vault", Kind::Vault),
    ("schedule", Kind::Schedule),
    ("questionnaire", Kind::Questionnaire),
    ("kanban_board", Kind::Table),
    ("chat", Kind::Chat),
];

/// Names of tools in the dock by the type that a new one is asked for.
pub fn tool_of(kind: &str) -> Option<(&'static str, Kind)> {
    Some(match kind {
        "Message::Board" => ("message_board", Kind::Board),
        "Todoset" => ("todoset", Kind::Todoset),
        "Vault" => ("vault", Kind::Vault),
        "Schedule" => ("schedule", Kind::Schedule),
        "Chat::Transcript" => ("chat", Kind::Chat),
        "Kanban::Board" => ("kanban_board", Kind::Table),
        "Questionnaire" => ("questionnaire", Kind::Questionnaire),
        "Inbox" => ("inbox", Kind::Inbox),
        _ => return None,
    })
}

impl World {
    /// Makes a project or a template, with its tools; its place.
    pub fn found(&mut self, template: bool) -> usize {
        let place = self.projects.len();
        let first = if template { 610_000 } else { 5000 };
        let id = first + i64::try_from(place).unwrap_or_default();
        let dock = Vec::new();
        self.projects.push(Project { id, status: Status::Active, template, made: true, dock });
        for (name, kind) in TOOLS {
            self.equip(place, name, kind);
        }
        place
    }

    /// Adds a tool to the dock of a project; the place of its record.
    pub fn equip(&mut self, project: usize, name: &'static str, kind: Kind) -> u32 {
        let owner = u32::try_from(project).unwrap_or(u32::MAX);
        let place = self.create(Draft {
            kind,
            project: owner,
            parent: None,
            status: Status::Active,
            members: Map::new(),
            people: BTreeMap::new(),
        });
        self.projects[project].dock.push(Tool { name, place, enabled: true });
        if kind == Kind::Table {
            // What it is follows from the place among its siblings.
            for nth in [1, 3, 4] {
                let column = self.create(Draft {
                    kind: Kind::Column,
                    project: owner,
                    parent: Some(place),
                    status: Status::Active,
                    members: Map::new(),
                    people: BTreeMap::new(),
                });
                self.facts[column as usize].nth = nth;
            }
        }
        place
    }

    /// Gives a project a status. What is in it is listed only while it is in use.
    pub fn set_project_status(&mut self, project: usize, status: Status) {
        let all: Vec<u32> = self
            .records()
            .filter(|fact| fact.project as usize == project)
            .map(|fact| fact.serial)
            .collect();
        for place in &all {
            self.unlist(*place);
        }
        self.projects[project].status = status;
        for place in all {
            self.list(place);
        }
    }

    /// Removes a project and all that is in it for good.
    pub fn erase(&mut self, project: usize) {
        let all = self.records().filter(|fact| fact.project as usize == project);
        for place in all.map(|fact| fact.serial).collect::<Vec<_>>() {
            self.remove(place);
        }
        self.projects[project].status = Status::Gone;
    }

    /// Shows a tool in the dock, or hides it: it keeps its content.
    pub fn enable(&mut self, project: usize, place: u32, enabled: bool) {
        let dock = self.projects[project].dock.iter_mut();
        for tool in dock.filter(|tool| tool.place == place) {
            tool.enabled = enabled;
        }
    }

    /// Takes a tool out of the dock, with all that is in it.
    pub fn dismantle(&mut self, project: usize, place: u32) {
        self.projects[project].dock.retain(|tool| tool.place != place);
        self.remove(place);
    }

    /// Puts a tool at a place of the dock, counted from 1.
    pub fn dock_at(&mut self, project: usize, place: u32, position: usize) {
        let dock = &mut self.projects[project].dock;
        if let Some(index) = dock.iter().position(|tool| tool.place == place) {
            let tool = dock.remove(index);
            dock.insert((position - 1).min(dock.len()), tool);
        }
    }

    /// Makes a line of a chat one of another kind: 1 plain, 2 rich, 4 a file.
    pub fn become_line(&mut self, place: u32, nth: u32) {
        self.facts[place as usize].nth = nth;
    }
}

//! Everything else that an account can hold: a little of each kind in some of the projects.
//!
//! It comes after lists and to-dos, so that more of it never changes their ids.

use super::{Fact, Kind, Project, Status, World};
use crate::Config;

/// Templates of each status.
const TEMPLATES: [Status; 5] =
    [Status::Active, Status::Active, Status::Active, Status::Archived, Status::Trashed];
/// The id of the first template.
const FIRST_TEMPLATE: i64 = 600_000;
/// Every so many of the records that can have comments have one.
const COMMENTED: u32 = 9;
/// Answers to a question of the second project: more than fit on its first page.
const MANY_ANSWERS: u32 = 17;

impl World {
    /// Fills every project, and makes the templates.
    pub(super) fn fill_rest(&mut self) {
        for project in 0..self.projects.len() {
            self.check_ins(project);
            self.forwards(project);
            self.links(project);
            self.time(project);
            self.gauge(project);
            self.client_side(project);
            self.elsewhere(project);
            self.drafts(project);
        }
        self.wormholes();
        self.remarks();
        for (index, status) in TEMPLATES.into_iter().enumerate() {
            self.template(index, status);
        }
    }

    /// Messages and comments on them, in one project after another.
    pub(super) fn talk(&mut self, config: &Config) {
        let active = config.projects.max(1);
        let message = |index| {
            let board = self.placed(index % active, "message_board");
            self.child(Kind::Message, board, Status::Active)
        };
        let messages: Vec<u32> = (0..config.messages).map(message).collect();
        for message in messages.iter().cycle().take(config.comments) {
            self.child(Kind::Comment, *message, Status::Active);
        }
    }

    /// The place of a tool of a project.
    fn placed(&self, project: usize, name: &str) -> u32 {
        let dock = &self.projects[project].dock;
        dock.iter().find(|tool| tool.name == name).map_or(dock[0].place, |tool| tool.place)
    }

    /// Something that is no tool and has no parent.
    fn alone(&mut self, kind: Kind, project: usize, status: Status) -> u32 {
        let project = u32::try_from(project).unwrap_or(u32::MAX);
        self.add(kind, project, None, status)
    }

    fn check_ins(&mut self, project: usize) {
        let tool = self.install("questionnaire", Kind::Questionnaire, project);
        if project % 3 == 2 {
            return;
        }
        let answers = if project == 1 { MANY_ANSWERS } else { 3 };
        for (index, status) in
            [Status::Active, Status::Active, Status::Archived].into_iter().enumerate()
        {
            let question = self.child(Kind::Question, tool, status);
            if index == 0 {
                for _ in 0..answers {
                    self.child(Kind::Answer, question, Status::Active);
                }
                self.child(Kind::Answer, question, Status::Trashed);
            }
        }
    }

    fn forwards(&mut self, project: usize) {
        let tool = self.install("inbox", Kind::Inbox, project);
        if !project.is_multiple_of(2) {
            return;
        }
        for (index, status) in
            [Status::Active, Status::Active, Status::Archived].into_iter().enumerate()
        {
            let forward = self.child(Kind::Forward, tool, status);
            if index == 0 {
                self.child(Kind::ForwardReply, forward, Status::Active);
                self.child(Kind::ForwardReply, forward, Status::Active);
            }
        }
    }

    fn links(&mut self, project: usize) {
        if project % 2 == 1 {
            self.alone(Kind::Door, project, Status::Active);
            self.alone(Kind::Door, project, Status::Deleted);
        }
        if project % 4 == 1 {
            self.alone(Kind::Door, project, Status::Active);
            self.alone(Kind::Door, project, Status::Archived);
        }
    }

    fn time(&mut self, project: usize) {
        if !project.is_multiple_of(3) {
            return;
        }
        let sheet = self.alone(Kind::Timesheet, project, Status::Active);
        for _ in 0..4 {
            self.child(Kind::TimeEntry, sheet, Status::Active);
        }
        let board = self.placed(project, "message_board");
        if let Some(message) = self.first_child(Kind::Message, board) {
            self.child(Kind::TimeEntry, message, Status::Active);
            self.child(Kind::TimeEntry, message, Status::Active);
        }
    }

    fn gauge(&mut self, project: usize) {
        if project % 3 != 1 {
            return;
        }
        let gauge = self.alone(Kind::Gauge, project, Status::Active);
        for _ in 0..1 + project % 4 {
            self.child(Kind::Needle, gauge, Status::Active);
        }
    }

    fn client_side(&mut self, project: usize) {
        if !project.is_multiple_of(4) {
            return;
        }
        let board = self.alone(Kind::ClientBoard, project, Status::Active);
        for (index, status) in [Status::Active, Status::Active, Status::Archived, Status::Drafted]
            .into_iter()
            .enumerate()
        {
            let approval = self.child(Kind::Approval, board, status);
            let letter = self.child(Kind::Correspondence, board, status);
            if index == 0 {
                self.child(Kind::Response, approval, Status::Active);
                self.child(Kind::Response, approval, Status::Active);
                self.child(Kind::ClientReply, approval, Status::Active);
                self.child(Kind::ClientReply, letter, Status::Active);
                self.child(Kind::ClientReply, letter, Status::Active);
            }
        }
    }

    /// Files that lie elsewhere.
    fn elsewhere(&mut self, project: usize) {
        let vault = self.placed(project, "vault");
        if !project.is_multiple_of(2) {
            return;
        }
        for kind in [Kind::CloudFile, Kind::GoogleDocument] {
            self.child(kind, vault, Status::Active);
            self.child(kind, vault, Status::Drafted);
        }
    }

    fn drafts(&mut self, project: usize) {
        if project % 3 != 1 {
            return;
        }
        for (tool, kind) in [
            ("message_board", Kind::Message),
            ("vault", Kind::Document),
            ("vault", Kind::Upload),
            ("schedule", Kind::Entry),
        ] {
            let tool = self.placed(project, tool);
            self.child(kind, tool, Status::Drafted);
        }
    }

    fn wormholes(&mut self) {
        for project in 0..self.projects.len().min(3) {
            let table = self.placed(project, "kanban_board");
            self.child(Kind::Wormhole, table, Status::Active);
            self.child(Kind::Wormhole, table, Status::Active);
        }
    }

    /// Comments on more than messages.
    fn remarks(&mut self) {
        let commented = |fact: &&Fact| {
            let kind = matches!(
                fact.kind,
                Kind::Document
                    | Kind::Upload
                    | Kind::Card
                    | Kind::Entry
                    | Kind::Todolist
                    | Kind::Answer
                    | Kind::CloudFile
                    | Kind::GoogleDocument
                    | Kind::Needle
            );
            kind && fact.status == Status::Active && fact.serial.is_multiple_of(COMMENTED)
        };
        let places: Vec<u32> =
            self.facts.iter().filter(commented).map(|fact| fact.serial).collect();
        for place in places {
            self.child(Kind::Comment, place, Status::Active);
            self.child(Kind::Comment, place, Status::Trashed);
        }
    }

    fn template(&mut self, index: usize, status: Status) {
        let place = self.projects.len();
        self.projects.push(Project {
            id: FIRST_TEMPLATE + i64::try_from(index).unwrap_or_default(),
            status,
            template: true,
            made: false,
            dock: Vec::new(),
        });
        let board = self.install("message_board", Kind::Board, place);
        self.child(Kind::Message, board, Status::Active);
        let set = self.install("todoset", Kind::Todoset, place);
        for _ in 0..2 {
            let list = self.child(Kind::Todolist, set, Status::Active);
            self.child(Kind::Todo, list, Status::Active);
            self.child(Kind::Todo, list, Status::Active);
        }
        let table = self.install("kanban_board", Kind::Table, place);
        self.child(Kind::Column, table, Status::Active);
    }

    /// The first record of a kind under a place, before there are indexes.
    fn first_child(&self, kind: Kind, parent: u32) -> Option<u32> {
        let mut facts = self.facts[parent as usize..].iter();
        facts.find(|fact| fact.parent == parent && fact.kind == kind).map(|fact| fact.serial)
    }
}

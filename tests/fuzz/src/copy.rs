//! Copies of what tables mean, made table by table and project by project.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use crate::judge::is_refusal;
use crate::world::{Failure, Relation, Sense, World};

/// Tables that are left out, and why.
const SKIPPED: [(&str, &str); 5] = [
    ("v2.uploads", "one whose file was deleted has an address, and is in no listing"),
    ("v3.chatbots", "without a room named, those of the first in scope are shown"),
    ("v2.authorized_accounts", "Launchpad takes tokens alone"),
    ("v3.authorized_accounts", "when the token expires moves on"),
    ("v3.inbox_items", "an inbox is an agent's"),
];

/// Containers: a constant on one says where to read.
const CONTAINERS: [&str; 20] = [
    "calendar_id",
    "campfire_id",
    "card_id",
    "card_table_id",
    "column_id",
    "forward_id",
    "inbox_id",
    "message_board_id",
    "parent_id",
    "parent_todolist_id",
    "question_id",
    "questionnaire_id",
    "recording_id",
    "schedule_id",
    "todolist_id",
    "todoset_id",
    "upload_id",
    "vault_id",
    "webhook_id",
    "approval_id",
];

/// Columns with a default that conditions replace, and what that is, by version; of one table or any.
const DOMAINS: [(&str, &str, &str, &str); 4] = [
    ("v3", "", "status", "active"),
    ("v3", "files", "kind", "all"),
    ("v2", "", "template", "f"),
    ("v2", "", "trashed", "f"),
];

/// A table of the catalogue.
struct Entry {
    /// `v2` or `v3`.
    version: &'static str,
    table: String,
    /// Columns on which a condition saves requests.
    filters: Vec<String>,
    /// Columns and their types.
    columns: Vec<(String, String)>,
    /// Columns with a default that conditions replace, and the default.
    domains: Vec<(&'static str, &'static str)>,
    /// Whether rows show their project.
    scoped: bool,
    /// Whether every project can be named: one that has not got the tool is an error.
    everywhere: bool,
    /// Whether an address serves a record by its id alone.
    by_id: bool,
}

/// Adds the tables whose names contain one of these, or all.
pub fn add(world: &mut World, only: &[String]) {
    for version in ["v3", "v2"] {
        let sql = format!(
            "SELECT name, coalesce(needs, ''), array_to_string(filters, ','), sources::text, \
                    scoped_by_project::text \
               FROM basecamp.resources('{version}') ORDER BY name"
        );
        for row in world.session.rows(&sql) {
            let cells: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
            let name = format!("{version}.{}", cells[0]);
            if !only.is_empty() && !only.iter().any(|part| name.contains(part.as_str())) {
                continue;
            }
            let known =
                SKIPPED.iter().find(|(skipped, _)| *skipped == name).map(|(_, reason)| *reason);
            match known.or((!cells[1].is_empty()).then_some("needs a condition")) {
                Some(reason) => world.skipped.push(format!("{name}: {reason}")),
                None => Entry::new(world, version, &cells).add(world),
            }
        }
    }
}

/// People in the trash of Basecamp 2 are listed but have no address.
const UNADDRESSED: (&str, &str) = ("v2", "people");

/// Whether one of the addresses in a text needs nothing but the id.
fn is_by_id(sources: &str) -> bool {
    let alone = |path: &str| path.ends_with("/{id}.json") && path.matches('{').count() == 1;
    sources.split(|c: char| ",\" ?".contains(c)).any(alone)
}

impl Entry {
    fn new(world: &mut World, version: &'static str, cells: &[String]) -> Self {
        let filters: Vec<String> = cells[2].split(',').map(str::to_owned).collect();
        let columns = world.columns(version, &cells[0]);
        let has = |column: &str| columns.iter().any(|(name, _)| name == column);
        let domains = DOMAINS.into_iter().filter(|(of, table, column, _)| {
            let is_of = *of == version && (table.is_empty() || *table == cells[0]);
            is_of && has(column) && filters.iter().any(|name| name == column)
        });
        let domains = domains.map(|(.., column, default)| (column, default));
        Self {
            version,
            table: cells[0].clone(),
            domains: domains.collect(),
            scoped: has("project_id") && cells[4] == "true",
            everywhere: true,
            by_id: is_by_id(&cells[3]) && (version, cells[0].as_str()) != UNADDRESSED,
            filters,
            columns,
        }
    }

    fn foreign(&self) -> String {
        format!("{}.{}", self.version, self.table)
    }

    /// The name of the copy of some of its rows.
    fn local(&self, suffix: &str) -> String {
        format!("\"{}_{}{suffix}\"", self.version, self.table)
    }

    /// Copies the table, and adds it and a view of it. What cannot be read in one of the ways that a
    /// table has to be readable in is noted, and the table is judged in the others.
    fn add(mut self, world: &mut World) {
        let mut copied = self.copy(world);
        let evaluated = self.domains.is_empty() || copied.is_ok();
        if !evaluated {
            note(world, &format!("{}, for every status", self.foreign()), &copied);
            self.domains.clear();
            copied = self.copy(world);
        }
        if copied.is_err() {
            note(world, &self.foreign(), &copied);
            self.scoped = false;
            if self.copy(world).is_err() {
                return;
            }
        }
        let wide = self.scoped || !self.domains.is_empty();
        let mut relation =
            self.relation(world, &self.foreign(), &self.local(""), |name| self.sense(name));
        if self.scoped {
            for column in &mut relation.columns {
                if CONTAINERS.contains(&column.name.as_str()) {
                    column.samples = self.active_samples(world, &column.name);
                }
            }
        }
        let places = if wide { self.places(world) } else { BTreeMap::new() };
        world.relations.push(Relation { wide, by_id: self.by_id, evaluated, places, ..relation });
        if wide && self.everywhere {
            self.view(world);
        }
    }

    fn relation(
        &self,
        world: &mut World,
        foreign: &str,
        local: &str,
        sense: impl Fn(&str) -> Sense,
    ) -> Relation {
        let filters: Vec<&str> = self.filters.iter().map(String::as_str).collect();
        world.relation(foreign, local, &self.columns, &filters, sense)
    }

    fn sense(&self, column: &str) -> Sense {
        let filtered = self.filters.iter().any(|name| name == column);
        match column {
            "trashed" | "template" if self.version == "v2" => Sense::Domain,
            "status" if self.version == "v3" && filtered => Sense::Domain,
            "kind" if self.table == "files" => Sense::Domain,
            _ if filtered && (column == "id" || column.ends_with("_id")) => Sense::Key,
            _ => Sense::Plain,
        }
    }

    /// A condition for every value of the columns with a default.
    fn any(&self) -> String {
        let any = self.domains.iter().map(|(column, _)| format!("{column} IS NOT NULL"));
        all(any.collect())
    }

    /// Makes the copies: of what the table has without conditions, `~s`, `~p` and `~sp` of what it has
    /// with conditions on status, project and both.
    fn copy(&mut self, world: &mut World) -> Result<(), Failure> {
        let (name, any) = (self.foreign(), self.any());
        let [bare, default, whole] = ["", "~d", "~sp"].map(|suffix| self.local(suffix));
        let (of_status, of_project) = (self.local("~s"), self.local("~p"));
        world.session.run(&format!(
            "DROP TABLE IF EXISTS {bare}, {default}, {whole}, {of_status}, {of_project}"
        ));
        world.ask(&format!("CREATE TABLE {default} AS SELECT * FROM {name}"))?;
        world.ask(&format!("CREATE TABLE {whole} (LIKE {default})"))?;
        if self.scoped {
            for project in projects(world, self.version) {
                let rows = format!("SELECT * FROM {name} WHERE project_id = {project} AND {any}");
                match world.ask(&format!("INSERT INTO {whole} {rows}")) {
                    Err(failure) if is_without(&failure) => self.everywhere = false,
                    other => drop(other?),
                }
            }
            let none = "WHERE project_id IS NULL";
            world.ask(&format!("INSERT INTO {whole} SELECT * FROM {default} {none}"))?;
        } else if self.domains.is_empty() {
            world.ask(&format!("INSERT INTO {whole} SELECT * FROM {default}"))?;
        } else {
            world.ask(&format!("INSERT INTO {whole} SELECT * FROM {name} WHERE {any}"))?;
        }
        let usual = self.domains.iter().map(|(column, value)| format!("{column} = '{value}'"));
        let usual = all(usual.collect());
        let active = self.active();
        for (made, filter) in
            [(bare, format!("{active} AND {usual}")), (of_status, active), (of_project, usual)]
        {
            world.ask(&format!("CREATE TABLE {made} AS SELECT * FROM {whole} WHERE {filter}"))?;
        }
        self.compare(world)
    }

    fn active(&self) -> String {
        let active = format!("SELECT id FROM active WHERE version = '{}'", self.version);
        match self.scoped {
            true => format!("(project_id IS NULL OR project_id IN ({active}))"),
            false => "true".to_owned(),
        }
    }

    /// Without conditions a table has what its project and status put into the default scope.
    fn compare(&self, world: &mut World) -> Result<(), Failure> {
        let columns: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let columns = columns.join(", ");
        let part = |suffix: &str| format!("SELECT {columns} FROM {}", self.local(suffix));
        let mut message = String::new();
        for (what, first, second) in [("missing", "", "~d"), ("too much", "~d", "")] {
            let rows = world.ask(&format!(
                "SELECT count(*), min(x::text) FROM ({} EXCEPT ALL {}) x",
                part(first),
                part(second)
            ))?;
            let (count, example) = (rows[0][0].clone(), rows[0][1].clone().unwrap_or_default());
            if let Some(count) = count.filter(|count| count != "0") {
                let _ = write!(message, "{count} are {what}, such as {example:.300}; ");
            }
        }
        if message.is_empty() {
            return Ok(());
        }
        let code = format!("without conditions, beside {} by project", self.foreign());
        Err(Failure { code, message })
    }

    /// The values of a container that lead to active projects alone: in Basecamp 2 a document and a list may
    /// have one number, and who names it is shown what is in either, wherever that is.
    fn active_samples(&self, world: &mut World, name: &str) -> Rc<Vec<String>> {
        let (bare, whole, version) = (self.local(""), self.local("~sp"), self.version);
        let active = format!("SELECT id FROM active WHERE version = '{version}'");
        let values = format!(
            "(SELECT {name} FROM {bare} EXCEPT \
              SELECT {name} FROM {whole} WHERE project_id NOT IN ({active})) named"
        );
        world.samples(&values, name)
    }

    /// The values of keys over all rows that there are.
    fn places(&self, world: &mut World) -> BTreeMap<String, Rc<Vec<String>>> {
        let named = |name: &&String| {
            *name == "id" || *name == "project_id" || CONTAINERS.contains(&name.as_str())
        };
        let columns = self.columns.iter().map(|(name, _)| name);
        let keys = columns.filter(|name| self.filters.contains(name)).filter(named);
        let keys: Vec<&String> = keys.collect();
        let whole = self.local("~sp");
        let listed = self.version == "v2" && self.columns.iter().any(|(name, _)| name == "trashed");
        let mut samples = |name: &String| match name.as_str() {
            // What is in the trash of Basecamp 2 is in listings alone: no id leads there.
            "id" if listed => {
                world.samples(&format!("(SELECT id FROM {whole} WHERE NOT trashed) rows"), name)
            }
            _ => world.samples(&whole, name),
        };
        keys.into_iter().map(|name| (name.clone(), samples(name))).collect()
    }

    /// A view that names every project and status: its meaning is fixed.
    fn view(&self, world: &mut World) {
        let mut conditions = self.any();
        if self.scoped {
            let projects = projects(world, self.version).join(",");
            let _ = write!(conditions, " AND project_id = ANY ('{{{projects}}}'::bigint[])");
        }
        let view = format!("whole.{}_{}", self.version, self.table);
        let (copy, whole) = (self.local("~v"), self.local("~sp"));
        world.session.run(&format!(
            "CREATE VIEW {view} AS SELECT * FROM {} WHERE {conditions}; \
             CREATE TABLE {copy} AS SELECT * FROM {whole} WHERE {conditions}",
            self.foreign()
        ));
        let relation = self.relation(world, &view, &copy, |_| Sense::Plain);
        world.relations.push(relation);
    }
}

/// All of some conditions.
fn all(conditions: Vec<String>) -> String {
    if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
}

/// Notes what is wrong; that a table cannot be read so is said and no mistake.
fn note(world: &mut World, what: &str, failed: &Result<(), Failure>) {
    if let Err(failure) = failed {
        let told = format!("{what}: {} {}", failure.code, failure.message);
        let notes = if is_refusal(failure) { &mut world.skipped } else { &mut world.wrong };
        notes.push(told);
    }
}

/// Whether a failure says that a project which was named has not got the tool.
fn is_without(failure: &Failure) -> bool {
    failure.code == "02000" && failure.message.contains(" has no \"")
}

/// The projects of an account that have an address.
fn projects(world: &mut World, version: &str) -> Vec<String> {
    let sql = format!("SELECT id FROM project WHERE version = '{version}' ORDER BY id");
    world.session.rows(&sql).into_iter().filter_map(|row| row[0].clone()).collect()
}

//! Changes of the world that nobody asked for: at once, or after so many requests.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::payload::{kind_of, time};
use crate::world::{Draft, Fact, Family, Status, World};

/// A change of the world past the rules of the API, as other people make them.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Makes a record of a table that is called as in [`crate::Simulator::dump`], or a project.
    Insert {
        /// The table.
        table: String,
        /// The id of what is to hold it; without one, whatever holds the table's first record.
        parent: Option<i64>,
        /// Members as they are read; the others are as the seed makes them.
        members: Map<String, Value>,
        /// Whether it is to be the first of its listing, and not the last.
        top: bool,
    },
    /// Changes members, as they are read, and `updated_at`.
    Update {
        /// Of which record.
        id: i64,
        /// The members.
        members: Map<String, Value>,
    },
    /// Changes `updated_at` alone.
    Touch(i64),
    /// Moves a record to the top of its parent's listing.
    Raise(i64),
    /// Removes a record, and what is below it, for good.
    Remove(i64),
    /// Gives a record, and what is below it, a status: `active`, `archived` or `trashed`.
    SetStatus(i64, String),
    /// Completes a record, or opens it again.
    Complete(i64, bool),
}

/// An edit and when it takes place.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The edit takes place when so many of the requests it waits for were answered.
    pub after_request: u32,
    /// It waits for requests to addresses below the account that begin so.
    pub path_prefix: String,
    /// And whose query contains this.
    pub query: String,
    /// The edit.
    pub edit: Edit,
}

/// How far a script is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps that have not taken place.
    pub pending: usize,
    /// Ids of the records that steps changed, in their order.
    pub done: Vec<i64>,
    /// What went wrong with steps.
    pub failed: Vec<String>,
}

/// The steps that are to come.
#[derive(Debug, Default)]
pub struct Script {
    steps: Vec<(u32, Step)>,
    progress: Progress,
}

impl Script {
    /// A script of these steps, which has counted nothing yet.
    pub fn new(steps: Vec<Step>) -> Self {
        let steps = steps.into_iter().map(|step| (0, step)).collect();
        Self { steps, progress: Progress::default() }
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.steps.is_empty()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress { pending: self.steps.len(), ..self.progress.clone() }
    }

    /// Counts a request that was answered; what waited for it takes place.
    pub fn answered(&mut self, world: &mut World, path: &str, query: &str) {
        for (seen, step) in &mut self.steps {
            let meant = path.starts_with(&step.path_prefix) && query.contains(&step.query);
            *seen += u32::from(meant);
        }
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.steps).into_iter().partition(|(n, s)| *n >= s.after_request);
        self.steps = later;
        for (_, step) in due {
            match step.edit.apply(world) {
                Ok(id) => self.progress.done.push(id),
                Err(message) => self.progress.failed.push(message),
            }
        }
    }
}

impl Edit {
    /// Makes the change; the id of the record.
    ///
    /// # Errors
    /// When there is no such record, table or status.
    pub fn apply(self, world: &mut World) -> Result<i64, String> {
        if let Some(project) = self.project(world) {
            return self.apply_to_project(world, project);
        }
        match self {
            Self::Insert { table, members, .. } if table == "projects" => {
                let place = world.found(false);
                rewrite_project(world, place, members);
                Ok(world.projects[place].id)
            }
            Self::Insert { table, parent, members, top } => {
                insert(world, &table, parent, members, top)
            }
            Self::Update { id, members } => {
                let fact = known(world, id)?;
                world.rewrite(fact.serial, |change| change.members.extend(members));
                Ok(id)
            }
            Self::Touch(id) => on(world, id, |world, place| world.rewrite(place, |_| {})),
            Self::Raise(id) => on(world, id, World::raise),
            Self::Remove(id) => on(world, id, World::remove),
            Self::SetStatus(id, status) => {
                let named = Status::named(&status).ok_or(format!("no status {status}"))?;
                on(world, id, |world, place| world.set_status(place, named))
            }
            Self::Complete(id, done) => on(world, id, |world, place| world.complete(place, done)),
        }
    }
}

impl Edit {
    /// The place of the project that is to be changed, if it is one.
    fn project(&self, world: &World) -> Option<usize> {
        let id = match self {
            Self::Insert { .. } => return None,
            Self::Update { id, .. }
            | Self::Touch(id)
            | Self::Raise(id)
            | Self::Remove(id)
            | Self::SetStatus(id, _)
            | Self::Complete(id, _) => id,
        };
        world.project_of(&id.to_string())
    }

    fn apply_to_project(self, world: &mut World, place: usize) -> Result<i64, String> {
        let id = world.projects[place].id;
        match self {
            Self::Update { members, .. } => rewrite_project(world, place, members),
            Self::Touch(_) => rewrite_project(world, place, Map::new()),
            Self::Remove(_) => world.erase(place),
            Self::SetStatus(_, status) => {
                let named = Status::named(&status).ok_or(format!("no status {status}"))?;
                world.set_project_status(place, named);
                rewrite_project(world, place, Map::new());
            }
            other => return Err(format!("a project does not take {other:?}")),
        }
        Ok(id)
    }
}

/// Writes members of a project, and that it changed.
fn rewrite_project(world: &mut World, place: usize, mut members: Map<String, Value>) {
    let moment = time(world.now());
    members.entry("updated_at").or_insert_with(|| Value::from(moment));
    world.patch(Family::Project, i64::try_from(place).unwrap_or_default(), members);
}

fn known(world: &World, id: i64) -> Result<Fact, String> {
    world.any(id).copied().ok_or_else(|| format!("no record {id}"))
}

fn on(world: &mut World, id: i64, edit: impl FnOnce(&mut World, u32)) -> Result<i64, String> {
    let fact = known(world, id)?;
    edit(world, fact.serial);
    Ok(id)
}

fn insert(
    world: &mut World,
    table: &str,
    parent: Option<i64>,
    members: Map<String, Value>,
    top: bool,
) -> Result<i64, String> {
    let kind = kind_of(table).ok_or_else(|| format!("no table {table} of records"))?;
    let like = world.records().find(|fact| fact.kind == kind).copied();
    let like = like.ok_or_else(|| format!("nothing of {table} is there to be like"))?;
    let holder = parent.map(|id| known(world, id)).transpose()?;
    let holder = holder.or_else(|| world.parent(&like).copied());
    let project = holder.map_or(like.project, |holder| holder.project);
    let place = world.create(Draft {
        kind,
        project,
        parent: holder.map(|holder| holder.serial),
        status: Status::Active,
        members,
        people: BTreeMap::new(),
    });
    if top {
        world.raise(place);
    }
    Ok(world.facts[place as usize].id)
}

/// The steps of a script as it comes over HTTP.
///
/// # Errors
/// When a step is not understood.
pub fn parse(script: &Value) -> Result<Vec<Step>, String> {
    let steps = script["steps"].as_array().ok_or("steps is not an array")?;
    steps.iter().map(parse_step).collect()
}

fn parse_step(step: &Value) -> Result<Step, String> {
    let text = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    let after = step["after_request"].as_u64().and_then(|count| u32::try_from(count).ok());
    Ok(Step {
        after_request: after.ok_or("after_request is not a number")?,
        path_prefix: text("path_prefix"),
        query: text("query"),
        edit: parse_edit(step)?,
    })
}

/// An edit as it comes over HTTP.
///
/// # Errors
/// When it is not understood.
pub fn parse_edit(step: &Value) -> Result<Edit, String> {
    let what = step["do"].as_str().unwrap_or_default();
    let members = || step["members"].as_object().cloned().unwrap_or_default();
    let id = || step["id"].as_i64().ok_or_else(|| format!("{what} needs an id"));
    Ok(match what {
        "insert" => Edit::Insert {
            table: step["table"].as_str().unwrap_or_default().to_owned(),
            parent: step["parent"].as_i64(),
            members: members(),
            top: step["top"].as_bool().unwrap_or(true),
        },
        "update" => Edit::Update { id: id()?, members: members() },
        "touch" => Edit::Touch(id()?),
        "move_to_top" => Edit::Raise(id()?),
        "remove" => Edit::Remove(id()?),
        "complete" | "uncomplete" => Edit::Complete(id()?, what == "complete"),
        "trash" => Edit::SetStatus(id()?, "trashed".to_owned()),
        "archive" => Edit::SetStatus(id()?, "archived".to_owned()),
        "restore" => Edit::SetStatus(id()?, "active".to_owned()),
        _ => return Err(format!("nothing to do is called {what:?}")),
    })
}

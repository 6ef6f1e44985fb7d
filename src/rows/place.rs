//! Where to read, decided: the plan's operands get their values.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::decode::identifier;
use super::shared::{Argument, Shared};
use super::{Notice, stale};
use crate::api::Client;
use crate::catalog::field::at;
use crate::error::{Error, Kind, Result};
use crate::plan::route::{Admitted, Limits, Where, fill};
use crate::plan::{Admits, Key, Operand, Projects, Scan, Side};
use crate::value::Scalar;

/// A scan with every operand replaced by its values.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The projects to ask for.
    pub place: Where,
    /// The projects that rows must be in; `None`: any.
    pub within: Option<Arc<HashSet<i64>>>,
    /// The values that columns with a domain may have, and bounds.
    pub limits: Limits,
    /// The holes and parameters with their values, each with whether the query named it.
    pub keys: Vec<(String, Vec<Scalar>, bool)>,
    /// The values of holes with which parents are wanted.
    pub passing: Vec<(String, Vec<Scalar>, bool)>,
    /// The ids that are sought; `None`: every record is wanted.
    pub seek: Option<Vec<i64>>,
    /// What the user is told first.
    pub notices: Vec<Notice>,
    /// The first project's record, where that is what is read.
    pub first: Option<Json>,
}

impl Resolved {
    /// Gives every operand its value. `None`: some condition admits nothing, so nothing is asked.
    pub async fn of(
        scan: &Scan,
        arguments: &[Argument],
        client: &Client,
        shared: &Shared,
    ) -> Result<Option<Self>> {
        let admitted = admitted(scan, arguments)?;
        let passing = keys(&scan.passing, arguments)?;
        let keys = keys(&scan.keys, arguments)?;
        let seek = scan.seek.as_ref().map(|key| values(&key.operand, arguments));
        let seek = seek.transpose()?.map(ids);
        let Some(bounds) = bounds(scan, arguments)? else {
            return Ok(None);
        };
        let unfilled = keys.iter().any(|(_, values, _)| values.is_empty());
        if admitted.nothing() || unfilled || seek.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let mut resolved = Self {
            place: Where::Account,
            within: None,
            limits: Limits { admitted, bounds },
            keys,
            passing,
            seek,
            notices: Vec::new(),
            first: None,
        };
        if let Some(projects) = &scan.within {
            let within = resolved.set(projects, arguments, client, shared).await?;
            resolved.within = Some(within);
        }
        let Some(projects) = &scan.projects else {
            return Ok(Some(resolved));
        };
        if *projects == Projects::All {
            return Ok(Some(resolved));
        }
        let wanted = resolved.ordered(projects, arguments, client, shared).await?;
        let inside = |id: &i64| resolved.within.as_ref().is_none_or(|within| within.contains(id));
        let read: Vec<i64> = wanted.into_iter().filter(inside).collect();
        if read.is_empty() {
            return Ok(None);
        }
        resolved.place = Where::Projects(read);
        Ok(Some(resolved))
    }

    async fn set(
        &mut self,
        projects: &Projects,
        arguments: &[Argument],
        client: &Client,
        shared: &Shared,
    ) -> Result<Arc<HashSet<i64>>> {
        if *projects == Projects::All {
            return shared.active(client).await;
        }
        let ids = self.ordered(projects, arguments, client, shared).await?;
        Ok(Arc::new(ids.into_iter().collect()))
    }

    /// The ids of projects that are named one way or another, in their order.
    async fn ordered(
        &mut self,
        projects: &Projects,
        arguments: &[Argument],
        client: &Client,
        shared: &Shared,
    ) -> Result<Vec<i64>> {
        match projects {
            Projects::All => Ok(shared.active(client).await?.iter().copied().collect()),
            Projects::Named(operand) => values(operand, arguments).map(ids),
            Projects::First => {
                let Some(project) = shared.first(client).await? else {
                    return Ok(Vec::new());
                };
                let id = identifier(project, "projects")?;
                let name = project.get("name").and_then(Json::as_str).unwrap_or_default();
                self.notices.push(Notice::FirstProject { id, name: name.to_owned() });
                self.first = Some(project.clone());
                Ok(vec![id])
            }
            Projects::Of { path } => self.containing(path, client).await,
        }
    }

    /// The projects that the named containers are in.
    async fn containing(&self, path: &str, client: &Client) -> Result<Vec<i64>> {
        let mut ids = Vec::new();
        for filling in fillings(&self.keys) {
            let pairs = pairs(&filling);
            let answer = match client.get(&fill(path, &pairs)).await {
                Ok(answer) => answer,
                Err(error) => {
                    Missing::of_container(&filling).settle(error, client).await?;
                    continue;
                }
            };
            let container: Json = serde_json::from_slice(&answer.body).map_err(|error| {
                Error::malformed("the record of a container is not JSON").unreadable(error)
            })?;
            ids.extend(at(&container, "bucket.id").and_then(Json::as_i64));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}

/// A hole, its value, and whether the query named it.
pub type Filled<'a> = (&'a str, &'a Scalar, bool);

/// The same without the last, as addresses are made.
pub fn pairs<'a>(filling: &[Filled<'a>]) -> Vec<(&'a str, Scalar)> {
    let filled = filling.iter();
    filled.map(|(hole, value, _)| (*hole, (*value).clone())).collect()
}

/// Every combination of the keys' values.
pub fn fillings(keys: &[(String, Vec<Scalar>, bool)]) -> Vec<Vec<Filled<'_>>> {
    let mut made: Vec<Vec<Filled<'_>>> = vec![Vec::new()];
    for (hole, values, named) in keys {
        let mut longer = Vec::with_capacity(made.len() * values.len());
        for filling in &made {
            for value in values {
                let mut filling = filling.clone();
                filling.push((hole.as_str(), value, *named));
                longer.push(filling);
            }
        }
        made = longer;
    }
    made
}

fn admitted(scan: &Scan, arguments: &[Argument]) -> Result<Admitted> {
    let mut columns = Vec::new();
    for choice in &scan.choices {
        let mut admitted = Vec::new();
        for (value, admits) in &choice.values {
            let holds = match admits {
                Admits::No => false,
                Admits::Yes => true,
                Admits::Expression(number) => match arguments.get(*number) {
                    Some(Argument::Flag(flag)) => *flag,
                    _ => return Err(stale(scan)),
                },
            };
            if holds {
                admitted.push(value.clone());
            }
        }
        columns.push((choice.column.clone(), admitted));
    }
    Ok(Admitted(columns))
}

fn keys(keys: &[Key], arguments: &[Argument]) -> Result<Vec<(String, Vec<Scalar>, bool)>> {
    keys.iter()
        .map(|key| Ok((key.column.clone(), values(&key.operand, arguments)?, key.named)))
        .collect()
}

/// The distinct values of an operand, in their order.
fn values(operand: &Operand, arguments: &[Argument]) -> Result<Vec<Scalar>> {
    let mut seen = HashSet::new();
    let all = match operand {
        Operand::Values(values) => values,
        Operand::Expression(number) => match arguments.get(*number) {
            Some(Argument::Keys(values)) => values,
            _ => {
                return Err(Error::malformed("the plan and its parameters do not belong together"));
            }
        },
    };
    Ok(all.iter().filter(|value| seen.insert((*value).clone())).cloned().collect())
}

fn ids(values: Vec<Scalar>) -> Vec<i64> {
    values.iter().filter_map(Scalar::id).collect()
}

/// The bounds with their values. `None`: one is NULL, so that its condition holds for nothing.
fn bounds(scan: &Scan, arguments: &[Argument]) -> Result<Option<Vec<(String, Side, Scalar)>>> {
    let mut made = Vec::with_capacity(scan.bounds.len());
    for bound in &scan.bounds {
        let Some(value) = values(&bound.operand, arguments)?.into_iter().next() else {
            return Ok(None);
        };
        made.push((bound.column.clone(), bound.side, value));
    }
    Ok(Some(made))
}

/// What it means that Basecamp has nothing at an address.
#[derive(Debug, Clone)]
pub enum Missing {
    /// No row, and nothing wrong with that.
    NoRow,
    /// No rows under a parent that was found by walking: this user may see the parent and not what is
    /// in it, or it has gone since.
    Unseen,
    /// A container that the query named does not exist.
    Container(String),
    /// Basecamp does not serve this address for this account: no row would be a wrong answer.
    Unserved(String),
    /// One of these projects does not exist, or this user cannot see it.
    Projects(Vec<i64>),
}

impl Missing {
    /// Of a listing under containers: an error if the query named them. Of a record that is addressed
    /// by what it is in and its id: no row.
    pub fn of_container(filling: &[Filled<'_>]) -> Self {
        if filling.iter().any(|(hole, ..)| *hole == "id") {
            return Self::NoRow;
        }
        let named: Vec<String> = filling
            .iter()
            .filter(|(_, _, named)| *named)
            .map(|(hole, value, _)| format!("{hole} = {value}"))
            .collect();
        if named.is_empty() { Self::NoRow } else { Self::Container(named.join(", ")) }
    }

    /// Turns a missing thing into no rows, or into an error that says which it was.
    pub async fn settle(self, error: Error, client: &Client) -> Result<()> {
        let unseen = matches!(self, Self::Unseen) && error.kind() == Kind::Permission;
        if error.kind() != Kind::NotFound && !unseen {
            return Err(error);
        }
        match self {
            Self::NoRow | Self::Unseen => Ok(()),
            Self::Unserved(address) => {
                let message = format!("Basecamp serves no {address} for this account");
                Err(not_found_with(&error, message).hint(
                    "The account's version of Basecamp may not have it, or this user may have no access to it.",
                ))
            }
            Self::Container(named) => Err(not_found(&error, &format!("the record with {named}"))
                .hint(
                    "Check the condition; the record may have been deleted, or this user may have \
                     no access to it.",
                )),
            Self::Projects(ids) => {
                let culprit = missing_project(&ids, client).await?;
                let which = culprit
                    .map_or_else(|| "one of the projects".to_owned(), |id| format!("project {id}"));
                Err(not_found(&error, &which).hint(
                    "Check the option projectid and the conditions on project_id; the project may \
                     have been deleted, or this user may have no access to it.",
                ))
            }
        }
    }
}

/// The listing fails whole when one project is out of sight, so each is asked for by itself.
async fn missing_project(ids: &[i64], client: &Client) -> Result<Option<i64>> {
    if let [only] = ids {
        return Ok(Some(*only));
    }
    for id in ids {
        match client.get(&format!("/projects/{id}.json")).await {
            Ok(_) => {}
            Err(error) if error.kind() == Kind::NotFound => return Ok(Some(*id)),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn not_found(cause: &Error, what: &str) -> Error {
    not_found_with(cause, format!("{what} was not found in Basecamp"))
}

fn not_found_with(cause: &Error, message: String) -> Error {
    let error = Error::new(Kind::NotFound, message);
    let error = match cause.http_status() {
        Some(status) => error.status(status),
        None => error,
    };
    match cause.detail_text() {
        Some(detail) => error.detail(detail),
        None => error,
    }
}

//! The projects that a plan means, found.

use std::collections::HashSet;
use std::sync::Arc;

use super::record::identifier;
use super::{Context, Notice};
use crate::catalog::field::at;
use crate::error::{Error, Result};
use crate::plan::Projects;
use crate::plan::bind::{Bind, fillings, ids, values};
use crate::plan::route::{Asked, fill};
use crate::value::{Document, Raw, Scalar};

/// Some projects, in their order.
#[derive(Debug, Clone, Default)]
pub struct ProjectIds {
    /// Their ids.
    pub ids: Vec<i64>,
    /// The record of the first, where that came with it.
    pub first: Option<Arc<Document>>,
}

/// The projects that rows must be in.
#[derive(Debug, Clone)]
pub enum Inside {
    /// Every active one. They are listed only as far as it takes to find those of the rows.
    Active,
    /// These.
    Ids(Arc<HashSet<i64>>),
}

impl Inside {
    /// Finds the projects, as far as they must be known before there are rows.
    ///
    /// # Errors
    /// Whatever finding them met.
    pub async fn of(context: &Context, projects: &Projects) -> Result<Self> {
        Ok(match projects {
            Projects::All => Self::Active,
            other => {
                let ids = list(context, other).await?.ids;
                Self::Ids(Arc::new(ids.into_iter().collect()))
            }
        })
    }

    /// Whether a project is one of them.
    ///
    /// # Errors
    /// Whatever listing them met.
    pub async fn has(&self, context: &Context, id: i64) -> Result<bool> {
        match self {
            Self::Ids(ids) => Ok(ids.contains(&id)),
            Self::Active => {
                let active = context.known.active().await;
                let found = active.find(&context.known, &context.client, id).await?;
                Ok(found.is_some())
            }
        }
    }
}

/// The projects in their order.
///
/// # Errors
/// Whatever finding them met.
pub async fn list(context: &Context, projects: &Projects) -> Result<ProjectIds> {
    let (known, client) = (&context.known, &context.client);
    let ids = match projects {
        Projects::All => known.active().await.ids(known, client).await?.into_iter().collect(),
        Projects::Every => every(context).await?,
        Projects::Named(operand) => ids(&values(operand, &context.arguments)?),
        Projects::First => return first(context).await,
        Projects::None => Vec::new(),
        Projects::Of { path, container } => {
            let bind = Bind::of(container, &context.arguments)?;
            containing(context, path, bind).await?
        }
    };
    Ok(ProjectIds { ids, first: None })
}

/// All projects, whatever their status.
async fn every(context: &Context) -> Result<Vec<i64>> {
    let (known, client) = (&context.known, &context.client);
    let mut all = HashSet::new();
    for listing in known.every(client, context.plan.version).await? {
        all.extend(listing.ids(known, client).await?);
    }
    Ok(all.into_iter().collect())
}

/// The first project that the listing returns, if there is any; the user is told which.
async fn first(context: &Context) -> Result<ProjectIds> {
    let active = context.known.active().await;
    let listed = active.from(&context.known, &context.client, 0).await?;
    let Some(project) = listed.into_iter().next() else {
        return Ok(ProjectIds::default());
    };
    let id = identifier(project.raw(), "projects")?;
    let name = project.get("name").and_then(Raw::as_str).unwrap_or_default();
    context.tell(Notice::FirstProject { id, name: name.into_owned() });
    Ok(ProjectIds { ids: vec![id], first: Some(project) })
}

/// The projects that the named containers are in.
async fn containing(context: &Context, path: &str, container: Bind) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    let binds = [container];
    for filling in fillings(&binds)? {
        let address = fill(path, &pairs(&filling));
        let answer = match context.client.get(&address).await {
            Ok(answer) => answer,
            // Sections on hold, and what is in the trash, have rows but no address of their own.
            Err(error) if error.is_not_found() => return every(context).await,
            Err(error) => return Err(error),
        };
        let container = Document::parse(answer.body).map_err(|error| {
            Error::malformed("the record of a container is not JSON").unreadable(error)
        })?;
        ids.extend(at(container.raw(), "bucket.id").and_then(Raw::as_i64));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// A filling as addresses are made of it.
pub fn pairs(filling: &[Asked]) -> Vec<(&str, Scalar)> {
    filling.iter().map(|(column, value)| (column.as_str(), value.clone())).collect()
}

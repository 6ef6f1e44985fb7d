//! What it means that Basecamp has nothing at an address, or does not show it.

use super::Context;
use crate::api::Client;
use crate::catalog::Role;
use crate::error::{Error, Kind, Result};
use crate::plan::bind::Bind;
use crate::plan::route::Asked;

/// What every account has, whatever its version: where it is missing, so is the account.
const PROJECTS: &str = "/projects.json";

/// What it means that there is nothing at an address.
#[derive(Debug, Clone)]
pub enum Missing {
    /// No row, and nothing wrong with that.
    NoRow,
    /// No rows under a parent that a walk or a join found: this user may see the parent and not what
    /// is in it, or it has gone since.
    Unseen,
    /// A container that the query named is not there, or has no such things.
    Container(Vec<Asked>),
    /// Basecamp does not serve this address for this account: no row would be a wrong answer.
    Unserved(String),
    /// One of these projects does not exist, or this user cannot see it.
    Projects(Vec<i64>),
}

impl Missing {
    /// Of an address with these keys filled in: an error if the query named a container; of a record
    /// that is addressed by its id, no row.
    pub fn of(binds: &[Bind], filling: &[Asked], address: &str) -> Self {
        let is_named = |column: &str| binds.iter().any(|bind| bind.column == column && bind.named);
        if binds.is_empty() {
            // Nothing in the address can be missing but the address itself.
            return Self::Unserved(address.to_owned());
        }
        let by_id = filling.iter().any(|(column, _)| Role::named(column) == Some(Role::Id));
        let joined = filling.iter().any(|(column, _)| !is_named(column));
        // Of the combinations of several values, not every one is a place.
        let combined = binds.len() > 1 && binds.iter().any(|bind| bind.values.len() > 1);
        match (by_id, joined || combined) {
            (true, false) => Self::NoRow,
            (_, true) => Self::Unseen,
            (false, false) => Self::Container(filling.to_vec()),
        }
    }

    /// Turns a missing thing into no rows, or into an error that says which it was.
    ///
    /// # Errors
    /// The same, where it means anything else.
    pub async fn settle(self, error: Error, context: &Context) -> Result<()> {
        let unseen = matches!(self, Self::Unseen) && error.kind() == Kind::Permission;
        if error.kind() != Kind::NotFound && !unseen {
            return Err(error);
        }
        match self {
            Self::NoRow | Self::Unseen => Ok(()),
            Self::Unserved(address) => {
                see_account(context).await?;
                let message = format!("Basecamp serves no {address} for this account");
                Err(not_found_with(&error, message).hint(
                    "The account's version of Basecamp may not have it, or this user may have no access to it.",
                ))
            }
            Self::Container(named) if is_project(&named, context).await? => Ok(()),
            Self::Container(named) => {
                see_account(context).await?;
                Err(container(&named, &error))
            }
            Self::Projects(ids) => {
                see_account(context).await?;
                let culprit = missing_project(&ids, &context.client).await?;
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

/// Asks whether the account is there at all, of which something was not found.
///
/// # Errors
/// When it is not.
async fn see_account(context: &Context) -> Result<()> {
    match context.client.get(PROJECTS).await {
        Err(error) if error.kind() == Kind::NoAccount => Err(error),
        _ => Ok(()),
    }
}

/// Whether a container is a project, and is there: it has no such things then, and so no rows.
async fn is_project(named: &[Asked], context: &Context) -> Result<bool> {
    let [(column, project)] = named else {
        return Ok(false);
    };
    let Some(id) = project.id().filter(|_| Role::named(column) == Some(Role::Project)) else {
        return Ok(false);
    };
    match context.known.single(&context.client, &format!("/projects/{id}.json")).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

fn container(named: &[Asked], error: &Error) -> Error {
    let named: Vec<String> =
        named.iter().map(|(column, value)| format!("{column} = {value}")).collect();
    not_found(error, &format!("the record with {}", named.join(", "))).hint(
        "Check the condition; the record may have been deleted, or this user may have no access to it.",
    )
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

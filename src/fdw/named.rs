//! What functions are told by a server's name: it must be ours, and the current user may use it.

use super::connection::usable;
use super::{options, session};
use crate::api::Client;
use crate::catalog::Version;
use crate::error::Result;
use crate::option::Settings;

/// The API version of a server; needs no user mapping.
///
/// # Errors
/// When there is no such server, it is another wrapper's, or the user may not use it.
pub fn version(server: &str) -> Result<Version> {
    let (server, _) = usable(server)?;
    Ok(Settings::new(options::of_server(server))?.version())
}

/// The client of a server for the current user.
///
/// # Errors
/// As [`version`], and when the user has no mapping or no token, or an option cannot be used.
pub fn client(server: &str) -> Result<Client> {
    let (server, user) = usable(server)?;
    session::client(server, user)
}

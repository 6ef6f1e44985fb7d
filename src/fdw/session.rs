//! What a backend keeps between statements: clients by server and user, and the sizes of listings.
//!
//! A client is used again while the options that made it are the same. They are read from the
//! catalogs' caches for every scan, so a change is seen by the next statement.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use pgrx::pg_sys;

use super::options::{of_mapping, of_server};
use crate::api::{Bearer, Client};
use crate::error::{Error, Kind, Result};
use crate::option::{Options, Pairs};
use crate::rows::{Shared, Sizes};

/// A server, as one local user sees it.
type Whose = (pg_sys::Oid, pg_sys::Oid);

struct Connection {
    options: Pairs,
    client: Client,
}

thread_local! {
    static CONNECTIONS: RefCell<HashMap<Whose, Connection>> = RefCell::default();
    static SIZES: RefCell<HashMap<Whose, Sizes>> = RefCell::default();
    static QUERIES: RefCell<HashMap<(usize, pg_sys::Oid, pg_sys::Oid), Weak<Shared>>> =
        RefCell::default();
    static TOLD: RefCell<HashSet<pg_sys::Oid>> = RefCell::default();
}

/// The client of a server for a user: the one at hand, or a new one if an option changed.
///
/// # Errors
/// When the user has no mapping or no token, or an option cannot be used.
pub fn client(server: pg_sys::Oid, user: pg_sys::Oid) -> Result<Client> {
    let mut options = of_server(server);
    options.extend(of_mapping(user, server)?);
    let known = CONNECTIONS.with(|all| {
        let all = all.borrow();
        let found = all
            .get(&(server, user))
            .filter(|found| found.options == options);
        found.map(|found| found.client.clone())
    });
    if let Some(client) = known {
        return Ok(client);
    }
    let client = connect(&Options::new(options.iter().cloned()))?;
    let connection = Connection {
        options,
        client: client.clone(),
    };
    CONNECTIONS.with(|all| all.borrow_mut().insert((server, user), connection));
    Ok(client)
}

fn connect(options: &Options) -> Result<Client> {
    let Some(token) = options.text("oauthaccesstoken") else {
        return Err(Error::new(Kind::Authentication, "no access token for Basecamp").hint(
            "Set one in the user mapping: ALTER USER MAPPING … OPTIONS (ADD oauthaccesstoken '…').",
        ));
    };
    let pem = options.text("cacert").map(read_file).transpose()?;
    Client::new(
        options.client(pem)?,
        Arc::new(Bearer(token.to_owned().into())),
    )
}

fn read_file(path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Error::new(
            Kind::Configuration,
            format!("could not read file \"{path}\" of option \"cacert\""),
        )
        .detail(format!("{error}."))
    })
}

/// The sizes of listings that this backend has seen.
pub fn sizes(server: pg_sys::Oid, user: pg_sys::Oid) -> Sizes {
    SIZES.with(|all| all.borrow_mut().entry((server, user)).or_default().clone())
}

/// What the scans of one query share. `query`: the address of its executor state, which tells running
/// queries apart; when its scans have ended, what they shared is gone.
pub fn shared(query: usize, server: pg_sys::Oid, user: pg_sys::Oid) -> Arc<Shared> {
    QUERIES.with(|all| {
        let mut all = all.borrow_mut();
        all.retain(|_, shared| shared.strong_count() > 0);
        let key = (query, server, user);
        if let Some(shared) = all.get(&key).and_then(Weak::upgrade) {
            return shared;
        }
        let shared = Arc::new(Shared::new(sizes(server, user)));
        all.insert(key, Arc::downgrade(&shared));
        shared
    })
}

/// Whether this is the first time that the session hears something about a server.
pub fn first_time(server: pg_sys::Oid) -> bool {
    TOLD.with(|told| told.borrow_mut().insert(server))
}

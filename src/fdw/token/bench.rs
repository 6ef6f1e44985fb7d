//! The store of a worker: what is written here is in a file before it is anywhere else.

use std::future::{Future, ready};
use std::path::Path;

use pgrx::pg_sys;

use super::super::connection::Connection;
use super::super::setting::in_recovery;
use super::process::{self, transaction};
use super::table::{self, Table};
use super::worker;
use super::{keyring, rescue, store};
use crate::error::{Error, Kind, Result};
use crate::oauth::keeper::{Contents, Entry, Store};
use crate::oauth::{Stored, settings};
use crate::option::Location;
use crate::seal::{Key, Sealed, key_file};

/// How often a row is looked for that a renamed server took along.
const TRIES: usize = 3;

/// What an answer may replace.
#[derive(Debug, Clone, Copy)]
enum Base<'a> {
    /// The answer of this id; without one, nothing.
    Id(Option<&'a str>),
    /// Whatever is there.
    Anything,
}

/// The store of a worker, with the key that it seals with.
#[derive(Debug)]
pub struct Bench<'a> {
    connection: &'a Connection,
    key: Key,
}

impl<'a> Bench<'a> {
    /// That of a connection.
    ///
    /// # Errors
    /// When there is no key to seal with.
    pub fn new(connection: &'a Connection) -> Result<Self> {
        let key = if in_recovery() {
            key_file::read(&super::super::setting::key_file())
        } else {
            transaction(keyring::present)
        };
        Ok(Self { connection, key: key? })
    }

    /// Makes sure that an answer can be kept, before it is asked for. It also has everything at hand
    /// that keeping takes, so that it takes no time.
    ///
    /// # Errors
    /// When it cannot.
    pub fn rehearse(&self) -> Result<()> {
        rescue::rehearse(self.connection, &self.key)
    }

    /// The fingerprint of the options.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(&self.connection.tokens().bytes())
    }

    /// Stores tokens that somebody had, whatever is there.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub fn store(&self, mut stored: Stored) -> Result<()> {
        stored.options = self.fingerprint();
        match self.connection.options.location() {
            Location::File(path) => {
                settings::write(&path, &self.key, &self.connection.owner(), &stored)?;
            }
            Location::Catalog => self.save(&stored, Base::Anything)?,
        }
        rescue::remove(self.connection);
        rescue::remove_failure(self.connection);
        Ok(())
    }

    /// Stores the newest answer once more, for whom it is now.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn settle(&self) -> Result<()> {
        let contents = transaction(|| store::contents(self.connection))?;
        let Some(newest) = contents.newest() else {
            return Ok(());
        };
        let mut stored = newest.stored.clone();
        if newest.current {
            stored.options = self.fingerprint();
        }
        match self.connection.options.location() {
            Location::File(path) => {
                settings::write(&path, &self.key, &self.connection.owner(), &stored)?;
            }
            Location::Catalog => self.save(&stored, Base::Id(contents.base()))?,
        }
        rescue::remove(self.connection);
        Ok(())
    }

    /// Keeps an answer: first in a file, so that nothing that ends this process loses it.
    fn keep(&self, stored: &Stored, base: Base<'_>) -> Result<()> {
        let rescued = self.rescue(stored);
        process::allow_quit();
        // Without a postmaster, or on a standby, the file is all there is.
        if in_recovery() || process::is_orphan() {
            return rescued;
        }
        let saved = match self.connection.options.location() {
            Location::File(path) => self.write_file(&path, stored),
            Location::Catalog => self.save(stored, base),
        };
        match (saved, rescued) {
            (Ok(()), _) => {
                rescue::remove(self.connection);
                Ok(())
            }
            (Err(error), _) if error.message() == worker::removed().message() => {
                rescue::remove(self.connection);
                Err(error)
            }
            // It is stored when it is used next.
            (Err(_), Ok(())) => Ok(()),
            (Err(error), Err(_)) => Err(error),
        }
    }

    /// What is rescued replaces what rests in the store; a newer row wins.
    fn rescue(&self, stored: &Stored) -> Result<()> {
        rescue::write(self.connection, &self.key, stored)
    }

    /// The file is locked: nobody else writes it. One that was removed meanwhile stays so.
    fn write_file(&self, path: &Path, stored: &Stored) -> Result<()> {
        if stored.replaces.is_some() && !path.exists() {
            return Err(worker::removed());
        }
        settings::write(path, &self.key, &self.connection.owner(), stored)
    }

    /// Stores an answer in the row, in a transaction of its own, under the names that count by then.
    fn save(&self, stored: &Stored, base: Base<'_>) -> Result<()> {
        for _ in 0..TRIES {
            let saved = transaction(|| table::as_owner(|| self.save_once(stored, base)))?;
            if saved {
                return Ok(());
            }
        }
        Err(worker::removed())
    }

    /// Stores an answer; false where the row was taken elsewhere while it was waited for.
    fn save_once(&self, stored: &Stored, base: Base<'_>) -> Result<bool> {
        let mapping = self.connection.mapping;
        let now = Connection::of_mapping(mapping).ok_or_else(worker::removed)?;
        table::lock_row(&now.server, now.role)?;
        // SAFETY: lets this transaction see names that were committed while it waited.
        unsafe { pg_sys::AcceptInvalidationMessages() };
        let later = Connection::of_mapping(mapping).ok_or_else(worker::removed)?;
        let row = table::rows(Table::Tokens, &later)?.pop();
        match (row, base) {
            (None, Base::Id(Some(_))) if later.server == now.server => {
                return Err(worker::removed());
            }
            (None, Base::Id(Some(_))) => return Ok(false),
            (Some(row), Base::Id(id)) => {
                let known = store::opened(&row, &later)?.stored.id;
                // A newer answer is there already.
                if Some(&*known) != id {
                    return Ok(true);
                }
            }
            (Some(row), Base::Anything) => check_key(&row)?,
            (None, _) => {}
        }
        let owner = later.owner();
        table::write((&later.server, later.role), &owner, &self.key, stored).map(|()| true)
    }
}

/// Refuses to replace what only needs its key back.
fn check_key(row: &Sealed) -> Result<()> {
    if keyring::find(&row.key_id)?.id() == row.key_id {
        return Ok(());
    }
    let message = "the stored tokens were encrypted with another key";
    Err(Error::new(Kind::Configuration, message).hint(
        "Put the key file back that was there when they were stored, or forget them first: SELECT \
         basecamp.forget_oauth_tokens(…).",
    ))
}

impl Store for Bench<'_> {
    type Turn = ();

    fn read(&self) -> impl Future<Output = Result<Contents>> + Send {
        ready(transaction(|| store::contents(self.connection)))
    }

    fn write(&self, entry: Entry<'_>) -> impl Future<Output = Result<()>> + Send {
        let written = match entry {
            Entry::Answer(stored) => {
                let base = Base::Id(stored.replaces.as_deref());
                self.keep(stored, base)
            }
            Entry::Anyway(stored) => self.keep(stored, Base::Anything),
            Entry::Failure(failure) => {
                rescue::write_failure(self.connection, Some(&self.key), failure);
                return ready(Ok(()));
            }
        };
        if written.is_ok() {
            rescue::remove_failure(self.connection);
        }
        ready(written)
    }

    fn turn(&self) -> impl Future<Output = Result<Option<()>>> + Send {
        // The worker has the tokens to itself for as long as it lives.
        ready(Ok(Some(())))
    }
}

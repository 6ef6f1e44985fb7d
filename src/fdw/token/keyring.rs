//! Which key opens what: the one in the key file, and those that it replaced.
//!
//! A key that was replaced stays in a file of its own beside the key file, named by its id, because
//! other databases and settings files may still need it. Such a copy is never used while the key file
//! itself is missing or damaged: that must be seen.
//!
//! Whether a key was ever made is known to the cluster, by a file in its data directory: a key file
//! that is missing is put back, never replaced, whatever is stored in the database that misses it.

use std::path::{Path, PathBuf};

use super::super::setting;
use super::table;
use crate::error::{Error, Kind, Result};
use crate::seal::{Key, key_file};

/// The file that says that a key was made.
const MADE: &str = "basecamp_fdw.key_made";

/// The key to seal with. It is made where there never was one.
///
/// # Errors
/// When the file is missing or cannot be used.
pub fn present() -> Result<Key> {
    let path = setting::key_file();
    let made = setting::data().join(MADE);
    if path.exists() {
        let key = key_file::read(&path)?;
        if !made.exists() && !setting::in_recovery() {
            mark(&made);
        }
        return Ok(key);
    }
    if setting::in_recovery() || !table::is_empty()? {
        return key_file::read(&path);
    }
    if made.exists() {
        return key_file::read(&path).map_err(|error| {
            error.hint(format!(
                "Put the file back from a backup. If no database of this cluster needs it any more, \
                 remove the file {MADE} from the data directory: then a new key is made."
            ))
        });
    }
    let key = key_file::read_or_create(&path)?;
    mark(&made);
    Ok(key)
}

/// Whether there is a key that can be used; not where none was ever made.
///
/// # Errors
/// When the file is missing that must be there, or cannot be used.
pub fn has_key() -> Result<bool> {
    let path = setting::key_file();
    if !path.exists() && !setting::data().join(MADE).exists() && table::is_empty()? {
        return Ok(false);
    }
    key_file::read(&path).map(|_| true)
}

fn mark(made: &Path) {
    // Without it a key file that is missing may be replaced, as it always could be by hand.
    let _ = std::fs::write(made, b"A key was made for basecamp_fdw in this cluster.\n");
}

/// A key to compare with what is in memory alone. A standby must not make a key file of its own, so
/// one without the primary's uses a key that nothing is ever stored with.
pub fn of_memory() -> Key {
    thread_local! {
        static KEY: Key = Key::generate();
    }
    key_file::read(&setting::key_file()).unwrap_or_else(|_| KEY.with(Key::clone))
}

/// The key of an id, or else the present one, which then says what is wrong.
///
/// # Errors
/// When a key file cannot be used.
pub fn find(id: &str) -> Result<Key> {
    let path = setting::key_file();
    let present = key_file::read(&path)?;
    if present.id() == id {
        return Ok(present);
    }
    match beside(&path, id).filter(|path| path.exists()) {
        Some(path) => key_file::read(&path),
        None => Ok(present),
    }
}

/// Where a key is that is not, or not any more, or not yet, the present one.
///
/// # Errors
/// When the key file's path names no file.
pub fn copy(path: &Path, key: &Key) -> Result<PathBuf> {
    beside(path, &key.id()).ok_or_else(|| {
        Error::new(Kind::Configuration, "setting basecamp_fdw.key_file does not name a file")
    })
}

fn beside(path: &Path, id: &str) -> Option<PathBuf> {
    // An id may come from a row that was edited by hand.
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut name = path.file_name()?.to_owned();
    name.push(format!(".{id}"));
    plain.then(|| path.with_file_name(name))
}

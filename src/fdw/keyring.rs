//! Which key opens what: the one in the key file, and those that it replaced.
//!
//! A key that was replaced stays in a file of its own beside the key file, named by its id, because
//! other databases and settings files may still need it.

use std::path::{Path, PathBuf};

use super::setting;
use crate::error::Result;
use crate::seal::{Key, key_file};

/// The key to seal with. `made`: whether one may be made, because nothing was sealed yet.
///
/// # Errors
/// When the file is missing or cannot be used.
pub fn present(made: bool) -> Result<Key> {
    let path = setting::key_file();
    if made { key_file::read_or_create(&path) } else { key_file::read(&path) }
}

/// A key to compare with what is in memory alone. A standby must not make a key file of its own, so
/// one without the primary's uses a key that nothing is ever stored with.
pub fn of_memory() -> Key {
    thread_local! {
        static KEY: Key = Key::generate();
    }
    present(false).unwrap_or_else(|_| KEY.with(Key::clone))
}

/// The key of an id, or else the present one, which then says what is wrong.
///
/// # Errors
/// When a key file cannot be used.
pub fn find(id: &str) -> Result<Key> {
    let path = setting::key_file();
    let present = key_file::read(&path);
    if let Ok(key) = &present
        && key.id() == id
    {
        return present;
    }
    match replaced(&path, id).filter(|path| path.exists()) {
        Some(path) => key_file::read(&path),
        None => present,
    }
}

/// Where a key is that is not, or not any more, or not yet, the present one.
pub fn replaced(path: &Path, id: &str) -> Option<PathBuf> {
    // An id may come from a row that was edited by hand.
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut name = path.file_name()?.to_owned();
    name.push(format!(".{id}"));
    plain.then(|| path.with_file_name(name))
}

//! Tokens in a file: sealed, for its owner alone, replaced as a whole, one writer at a time.
//!
//! A file can be carried to another machine together with the key file. May import `seal` and `error`.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Stored;
use crate::error::{Error, Kind, Result};
use crate::seal::{self, Key, Sealed};

/// Read and write for the owner.
const MODE: u32 = 0o600;
/// What nobody else may have.
const OTHERS: u32 = 0o077;
/// More than any settings have, in bytes.
const LONGEST: u64 = 1_048_576;
/// What the file says that it is.
const FORMAT: &str = "basecamp_fdw oauth settings 1";
/// How often a lock is tried again while somebody waits for it.
const LOCK_PERIOD: Duration = Duration::from_millis(50);

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Written {
    format: String,
    key: String,
    nonce: String,
    sealed: String,
}

/// Reads the tokens of a file; nothing where there is no file.
///
/// # Errors
/// When others can read it, or it was changed, or is of another key, server or user.
pub fn read(path: &Path, key: &Key, associated: &[u8]) -> Result<Option<Stored>> {
    let Some(bytes) = contents(path)? else {
        return Ok(None);
    };
    let about = |error: Error| error.about(described(path));
    let sealed = parse(path, &bytes)?;
    let plain = seal::open(key, &sealed, associated).map_err(about)?;
    Stored::from_bytes(&plain).map(Some).map_err(about)
}

/// Which key opens a file; nothing where there is no file.
///
/// # Errors
/// As [`read`], but for what is sealed.
pub fn key_id(path: &Path) -> Result<Option<String>> {
    let bytes = contents(path)?;
    let sealed = bytes.map(|bytes| parse(path, &bytes)).transpose()?;
    Ok(sealed.map(|sealed| sealed.key_id))
}

/// Replaces the file: afterwards it holds these tokens or, after a crash, still the old ones.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, key: &Key, associated: &[u8], stored: &Stored) -> Result<()> {
    let sealed = seal::seal(key, &stored.to_bytes(), associated)?;
    let written = Written {
        format: FORMAT.to_owned(),
        key: sealed.key_id,
        nonce: STANDARD.encode(sealed.nonce),
        sealed: STANDARD.encode(sealed.ciphertext),
    };
    let text = serde_json::to_string_pretty(&written)
        .map_err(|error| failed(path, "cannot be written").detail(format!("{error}.")))?;
    let draft = beside(path, &format!("{:016x}", fastrand::u64(..)));
    let moved = draft_of(&draft, &text).and_then(|()| fs::rename(&draft, path));
    moved.and_then(|()| sync_folder(path)).map_err(|error| {
        let _ = fs::remove_file(&draft);
        broken(path, "write", &error)
    })
}

fn draft_of(draft: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes a new name in a folder survive a crash.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn contents(path: &Path) -> Result<Option<Vec<u8>>> {
    // Looked at before it is opened: opening a pipe would wait for its other end.
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(broken(path, "read", &error)),
        Ok(facts) if !facts.is_file() => return Err(failed(path, "is not a regular file")),
        Ok(_) => {}
    }
    let file = File::open(path).map_err(|error| broken(path, "read", &error))?;
    let facts = file.metadata().map_err(|error| broken(path, "read", &error))?;
    let mode = facts.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(failed(path, "can be read or written by others")
            .detail(format!("Its mode is {mode:04o}."))
            .hint("Use chmod 0600."));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|error| broken(path, "read", &error))?;
    Ok(Some(bytes))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Sealed> {
    let unreadable = || {
        failed(path, "does not hold settings").hint(
            "Restore it from a backup, or remove it and authorize again. It is not replaced by \
             itself, because it may hold the only refresh token.",
        )
    };
    let written: Written = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
    let decoded = |text: &str| STANDARD.decode(text).map_err(|_| unreadable());
    if written.format != FORMAT {
        return Err(unreadable());
    }
    Ok(Sealed {
        key_id: written.key,
        nonce: decoded(&written.nonce)?,
        ciphertext: decoded(&written.sealed)?,
    })
}

/// Held by the one process that may renew the tokens of a file; ends with it, however it ends.
#[derive(Debug)]
pub struct Lock {
    // Closing the file gives the lock back.
    _file: File,
}

/// Takes the lock of a file, and waits for it without end: see [`lock_patiently`].
///
/// # Errors
/// When it cannot be had at all.
pub fn lock(path: &Path) -> Result<Lock> {
    let file = lock_file(path)?;
    file.lock().map_err(|error| broken(path, "lock", &error))?;
    Ok(Lock { _file: file })
}

/// Takes the lock if nobody has it.
///
/// # Errors
/// When it cannot be had at all.
pub fn try_lock(path: &Path) -> Result<Option<Lock>> {
    let file = lock_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(broken(path, "lock", &error)),
    }
}

/// Takes the lock, and waits in a way that can be cancelled by dropping the future.
///
/// # Errors
/// When it cannot be had at all.
pub async fn lock_patiently(path: &Path) -> Result<Lock> {
    loop {
        if let Some(lock) = try_lock(path)? {
            return Ok(lock);
        }
        tokio::time::sleep(LOCK_PERIOD).await;
    }
}

/// A file of its own: the settings themselves are another file after every write.
fn lock_file(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE)
        .open(beside(path, "lock"))
        .map_err(|error| broken(path, "lock", &error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    PathBuf::from(name)
}

fn described(path: &Path) -> String {
    format!("settings file \"{}\"", path.display())
}

fn failed(path: &Path, how: &str) -> Error {
    Error::new(Kind::Configuration, format!("{} {how}", described(path)))
}

fn broken(path: &Path, what: &str, error: &io::Error) -> Error {
    Error::new(Kind::Configuration, format!("could not {what} {}", described(path)))
        .detail(format!("{error}."))
        .hint("The option oauthsettingslocation names it.")
}

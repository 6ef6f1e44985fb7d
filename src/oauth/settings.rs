//! Tokens in a file: sealed, for its owner alone, replaced as a whole, one writer at a time.
//!
//! A file can be carried to another machine together with the key file. May import `seal` and `error`.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Owner, Stored, Tokens, now};
use crate::error::{Error, Result};
use crate::seal::private::{MODE, PrivateFile, Purpose, beside};
use crate::seal::{self, Key, Sealed};

/// More than any settings have, in bytes.
const LONGEST: u64 = 1_048_576;

const PURPOSE: Purpose = Purpose {
    noun: "settings file",
    named: "The option oauthsettingslocation names it.",
    opened: "Use chmod 0600.",
    longest: LONGEST,
};
/// What tokens in a file are sealed for. Whose they are is sealed with them.
const ASSOCIATED: &[u8] = b"basecamp_fdw\0tokens";
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

/// What a file has: the tokens, and whose they were when they were sealed.
pub type Content = (Stored, Owner);

/// What a file has, unopened; nothing where there is no file.
///
/// # Errors
/// When others can read it, or it was changed.
pub fn sealed(path: &Path) -> Result<Option<Sealed>> {
    let bytes = file(path).read()?;
    bytes.map(|bytes| parse(path, &bytes)).transpose()
}

/// Opens what [`sealed`] read.
///
/// # Errors
/// When it is of another key, server or user.
pub fn open(path: &Path, sealed: &Sealed, key: &Key, owner: &Owner) -> Result<Content> {
    seal::open(key, sealed, ASSOCIATED)
        .and_then(|plain| Stored::open(&plain, owner))
        .map_err(|error| error.about(file(path).described()))
}

/// Replaces the file: afterwards it holds these tokens or, after a crash, still the old ones.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, key: &Key, owner: &Owner, stored: &Stored) -> Result<()> {
    write_bytes(path, key, &stored.to_bytes(owner), ASSOCIATED)
}

/// Writes tokens that must be somewhere: they are there from the first moment on.
///
/// # Errors
/// When it cannot be written.
pub fn rescue(path: &Path, key: &Key, owner: &Owner, stored: &Stored) -> Result<()> {
    let text = text(path, key, &stored.to_bytes(owner), ASSOCIATED)?;
    file(path).rescue(text.as_bytes())
}

/// Shows that tokens could be written, before any are asked for: what is presented then may be dead.
///
/// # Errors
/// When they could not.
pub fn rehearse(path: &Path, key: &Key, owner: &Owner) -> Result<()> {
    let nothing = Stored::new(Tokens::of_access(String::new().into()), now(), String::new());
    let text = text(path, key, &nothing.to_bytes(owner), ASSOCIATED)?;
    file(path).rehearse(text.as_bytes())
}

/// Replaces a file with something sealed for a purpose.
///
/// # Errors
/// When it cannot be written.
pub fn write_bytes(path: &Path, key: &Key, plain: &[u8], associated: &[u8]) -> Result<()> {
    file(path).replace(text(path, key, plain, associated)?.as_bytes())
}

/// The content of a file.
fn text(path: &Path, key: &Key, plain: &[u8], associated: &[u8]) -> Result<String> {
    let sealed = seal::seal(key, plain, associated)?;
    let written = Written {
        format: FORMAT.to_owned(),
        key: sealed.key_id,
        nonce: STANDARD.encode(sealed.nonce),
        sealed: STANDARD.encode(sealed.ciphertext),
    };
    serde_json::to_string_pretty(&written)
        .map(|text| format!("{text}\n"))
        .map_err(|error| file(path).failed("cannot be written").detail(format!("{error}.")))
}

fn file(path: &Path) -> PrivateFile {
    PrivateFile::new(path, PURPOSE)
}

fn broken(path: &Path, what: &str, error: &std::io::Error) -> Error {
    file(path).broken(what, error)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Sealed> {
    let unreadable = || {
        file(path).failed("does not hold settings").hint(
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

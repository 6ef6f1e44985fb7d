//! The file that holds the key: readable by its owner alone, whole or not there at all.

use std::path::Path;

use zeroize::Zeroizing;

use super::private::{PrivateFile, Purpose};
use super::{KEY_LENGTH, Key};
use crate::error::Result;

/// More than any key file has: 64 digits and a line end, with room to notice that it is too long.
const LONGEST: u64 = 256;

const PURPOSE: Purpose = Purpose {
    noun: "key file",
    named: "The setting basecamp_fdw.key_file names it.",
    opened: "If nobody can have read it, use chmod 0600. Otherwise rotate the key too.",
    longest: LONGEST,
};

/// Reads the key.
///
/// # Errors
/// When the file is missing, readable by others, or does not hold exactly one key.
pub fn read(path: &Path) -> Result<Key> {
    match try_read(path)? {
        Some(key) => Ok(key),
        None => Err(file(path).failed("does not exist").hint(
            "Put the file back from a backup. Without it stored tokens cannot be read: authorize \
             again after it is lost.",
        )),
    }
}

/// Reads the key, or makes one where there is no file. Of several processes that do so at the same
/// time one makes the key and all get it.
///
/// # Errors
/// As [`read`], and when the file cannot be made.
pub fn read_or_create(path: &Path) -> Result<Key> {
    if let Some(key) = try_read(path)? {
        return Ok(key);
    }
    file(path).create(Key::generate().expose())?;
    read(path)
}

/// Replaces the key: afterwards the file holds the new one or, after a crash, still the old one.
///
/// # Errors
/// When the file cannot be written.
pub fn replace(path: &Path, key: &Key) -> Result<()> {
    file(path).replace(key.expose())
}

fn file(path: &Path) -> PrivateFile {
    PrivateFile::new(path, PURPOSE)
}

fn try_read(path: &Path) -> Result<Option<Key>> {
    let bytes = file(path).read()?;
    bytes.map(|bytes| parse(path, &bytes)).transpose()
}

/// 32 bytes, or 64 hexadecimal digits and perhaps a line end.
fn parse(path: &Path, bytes: &[u8]) -> Result<Key> {
    if bytes.len() == KEY_LENGTH {
        return Key::from_bytes(bytes);
    }
    let digits = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = digits.chunks_exact(2);
    let decoded: Option<Vec<u8>> =
        pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
    let decoded = decoded.map(Zeroizing::new);
    match decoded {
        Some(decoded) if digits.len() == 2 * KEY_LENGTH => Key::from_bytes(&decoded),
        _ => Err(file(path)
            .failed("does not hold a key")
            .detail(format!(
                "It has {} bytes; a key is 32 bytes or 64 hexadecimal digits.",
                if bytes.len() as u64 == LONGEST {
                    format!("{LONGEST} or more")
                } else {
                    bytes.len().to_string()
                }
            ))
            .hint(
                "Put the file back from a backup. It is never replaced by itself, because stored \
                 tokens need the key that was in it.",
            )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;
    use std::sync::Barrier;

    use tempfile::TempDir;

    use super::{Key, read, read_or_create, replace};
    use crate::error::Kind;
    use crate::seal::hex;

    fn folder() -> TempDir {
        tempfile::tempdir().expect("a folder")
    }

    /// The key file in a folder.
    fn file(folder: &TempDir) -> PathBuf {
        folder.path().join("key")
    }

    fn files(folder: &TempDir) -> usize {
        fs::read_dir(folder.path()).expect("a folder").count()
    }

    fn mode(path: &PathBuf) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    #[test]
    fn the_key_is_made_once_for_its_owner_alone() {
        let folder = folder();
        let made = read_or_create(&file(&folder)).expect("made");
        assert_eq!(mode(&file(&folder)), 0o600);
        assert_eq!(read_or_create(&file(&folder)).expect("there").id(), made.id());
        assert_eq!(read(&file(&folder)).expect("there").id(), made.id());
        let left = files(&folder);
        assert_eq!(left, 1, "no draft stays");
    }

    #[test]
    fn many_at_once_get_one_key() {
        let folder = folder();
        let start = Barrier::new(16);
        let ids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        read_or_create(&file(&folder)).expect("a key").id()
                    })
                })
                .collect();
            let joined = threads.into_iter().map(|thread| thread.join().expect("ended"));
            joined.collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(files(&folder), 1);
    }

    #[test]
    fn a_missing_file_is_an_error_where_it_must_be_there() {
        let folder = folder();
        let error = read(&file(&folder)).expect_err("missing");
        assert_eq!(error.kind(), Kind::Configuration);
        assert!(error.message().contains("does not exist"), "{error}");
        let nowhere = folder.path().join("no/such/folder/key");
        assert!(read_or_create(&nowhere).is_err());
        let error = read(folder.path()).expect_err("a folder");
        assert!(error.message().contains("not a regular file"), "{error}");
    }

    #[test]
    fn a_truncated_or_overlong_file_is_reported_and_never_replaced() {
        let folder = folder();
        read_or_create(&file(&folder)).expect("made");
        for length in [0, 1, 31, 33, 63, 66, 1000] {
            fs::write(file(&folder), vec![b'a'; length]).expect("written");
            let error = read_or_create(&file(&folder)).expect_err("not a key");
            assert!(error.message().contains("does not hold a key"), "{error}");
            let kept = fs::read(file(&folder)).expect("still there");
            assert_eq!(kept.len(), length);
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_its_mode() {
        let folder = folder();
        read_or_create(&file(&folder)).expect("made");
        for wrong in [0o640, 0o604, 0o660, 0o620] {
            fs::set_permissions(file(&folder), Permissions::from_mode(wrong)).expect("set");
            let error = read(&file(&folder)).expect_err("others may read");
            let detail = error.detail_text().expect("a detail");
            assert!(detail.contains(&format!("{wrong:04o}")), "{detail}");
        }
        fs::set_permissions(file(&folder), Permissions::from_mode(0o400)).expect("set");
        assert!(read(&file(&folder)).is_ok(), "less is no harm");
    }

    #[test]
    fn digits_are_read_too() {
        let folder = folder();
        let key = read_or_create(&file(&folder)).expect("made");
        for end in ["", "\n"] {
            let digits = format!("{}{end}", hex(key.expose()));
            fs::write(file(&folder), digits).expect("written");
            assert_eq!(read(&file(&folder)).expect("digits").id(), key.id());
        }
        fs::write(file(&folder), "z".repeat(64)).expect("written");
        assert!(read(&file(&folder)).is_err());
    }

    #[test]
    fn replacing_leaves_the_new_key_and_the_right_mode() {
        let folder = folder();
        let old = read_or_create(&file(&folder)).expect("made");
        let new = Key::generate();
        replace(&file(&folder), &new).expect("replaced");
        let now = read(&file(&folder)).expect("there");
        assert_eq!((now.id(), mode(&file(&folder))), (new.id(), 0o600));
        assert_ne!(now.id(), old.id());
        assert_eq!(files(&folder), 1);
    }
}

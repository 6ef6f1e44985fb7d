//! A file that its owner alone may read: whole or not there at all, whatever happens.
//!
//! The key file, settings files and rescued tokens are such files. May import `error`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{hex, random};
use crate::error::{Error, Kind, Result};

/// Read and write for the owner.
pub const MODE: u32 = 0o600;
/// What nobody else may have.
const OTHERS: u32 = 0o077;

/// What such a file is called in messages, and what to do about it.
#[derive(Debug, Clone, Copy)]
pub struct Purpose {
    /// The noun in front of the path.
    pub noun: &'static str,
    /// Who names it.
    pub named: &'static str,
    /// What to do when others can read it.
    pub opened: &'static str,
    /// The longest content, in bytes.
    pub longest: u64,
}

/// A file of its owner's alone.
#[derive(Debug, Clone)]
pub struct PrivateFile {
    path: PathBuf,
    purpose: Purpose,
}

impl PrivateFile {
    /// The file of a path, which need not be there.
    pub fn new(path: &Path, purpose: Purpose) -> Self {
        Self { path: path.to_owned(), purpose }
    }

    /// The content, and one byte more than the longest where it is too long; none where there is no
    /// file.
    ///
    /// # Errors
    /// When it is no file, others can read it, or it cannot be read.
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        // Looked at before it is opened: opening a pipe would wait for its other end.
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.broken("read", &error)),
            Ok(facts) if !facts.is_file() => return Err(self.failed("is not a regular file")),
            Ok(_) => {}
        }
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| self.broken("read", &error))?,
        };
        let facts = file.metadata().map_err(|error| self.broken("read", &error))?;
        self.check_mode(facts.permissions().mode() & 0o7777)?;
        let size = facts.len().min(self.purpose.longest).saturating_add(1);
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0)));
        let mut bounded = file.take(self.purpose.longest);
        bounded.read_to_end(&mut bytes).map_err(|error| self.broken("read", &error))?;
        Ok(Some(bytes))
    }

    fn check_mode(&self, mode: u32) -> Result<()> {
        if mode & OTHERS == 0 {
            return Ok(());
        }
        Err(self
            .failed("can be read or written by others")
            .detail(format!("Its mode is {mode:04o}."))
            .hint(self.purpose.opened))
    }

    /// Replaces the file: afterwards it has this content or, after a crash, still the old one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn replace(&self, content: &[u8]) -> Result<()> {
        let draft = self.draft(content, "write")?;
        fs::rename(&draft, &self.path).map_err(|error| {
            let _ = fs::remove_file(&draft);
            self.broken("write", &error)
        })?;
        self.sync_folder("write")
    }

    /// Replaces the file so that the end of this process loses nothing, from the first moment on, and
    /// only afterwards so that the end of the machine does not either: for what must be somewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn rescue(&self, content: &[u8]) -> Result<()> {
        let suffix: [u8; 8] = random()?;
        let draft = beside(&self.path, &hex(&suffix));
        let written = create(&draft).and_then(|mut file| {
            file.write_all(content)?;
            fs::rename(&draft, &self.path)?;
            file.sync_all()
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&draft);
            self.broken("write", &error)
        })?;
        self.sync_folder("write")
    }

    /// Shows that the file could be replaced, and leaves everything as it is.
    ///
    /// # Errors
    /// When it could not.
    pub fn rehearse(&self, content: &[u8]) -> Result<()> {
        let suffix: [u8; 8] = random()?;
        let draft = beside(&self.path, &hex(&suffix));
        let written = create(&draft).and_then(|mut file| file.write_all(content));
        let _ = fs::remove_file(&draft);
        written.map_err(|error| self.broken("write", &error))
    }

    /// Makes the file where there is none. Of several processes that do so at once one makes it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self, content: &[u8]) -> Result<()> {
        let draft = self.draft(content, "make")?;
        // A link, not a rename: it fails where another process was first, instead of replacing its
        // file.
        let linked = fs::hard_link(&draft, &self.path);
        let removed = fs::remove_file(&draft);
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(self.broken("make", &error));
            }
            _ => removed.map_err(|error| self.broken("make", &error))?,
        }
        self.sync_folder("make")
    }

    /// Writes the content to a file of its own beside the right one.
    fn draft(&self, content: &[u8], what: &str) -> Result<PathBuf> {
        let suffix: [u8; 8] = random()?;
        let draft = beside(&self.path, &hex(&suffix));
        let written = create(&draft).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&draft);
            self.broken(what, &error)
        })?;
        Ok(draft)
    }

    /// Makes a new name in a folder survive a crash.
    fn sync_folder(&self, what: &str) -> Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| self.broken(what, &error))
    }

    /// What messages call it.
    pub fn described(&self) -> String {
        format!("{} \"{}\"", self.purpose.noun, self.path.display())
    }

    /// The error of a file that cannot be used.
    pub fn failed(&self, how: &str) -> Error {
        Error::new(Kind::Configuration, format!("{} {how}", self.described()))
    }

    /// The error of a file that the system says no to.
    pub fn broken(&self, what: &str, error: &io::Error) -> Error {
        Error::new(Kind::Configuration, format!("could not {what} {}", self.described()))
            .detail(format!("{error}."))
            .hint(self.purpose.named)
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}

/// A path with a suffix behind a dot.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    PathBuf::from(name)
}

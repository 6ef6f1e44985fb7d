//! The settings of connecting: the key file and the application of the installation.

use std::ffi::{CStr, CString};
use std::path::PathBuf;

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use pgrx::pg_sys;
use secrecy::SecretString;

use super::options::text;
use crate::error::{Error, Kind, Result};

static KEY_FILE: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c"basecamp_fdw.key"));
static CLIENT_ID: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);
static CLIENT_SECRET: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);
static STANDBY: GucSetting<bool> = GucSetting::<bool>::new(false);
static ALLOW_WRITES: GucSetting<bool> = GucSetting::<bool>::new(true);
static DRY_RUN: GucSetting<bool> = GucSetting::<bool>::new(false);
static PROGRESS: GucSetting<bool> = GucSetting::<bool>::new(false);
static CACHE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(32);
static SHARED_CACHE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(16);
static MEMORY_LIMIT: GucSetting<i32> = GucSetting::<i32>::new(256);

static WRITE_LOG: GucSetting<WriteLog> = GucSetting::<WriteLog>::new(WriteLog::Off);

/// What is kept of each request that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum WriteLog {
    /// Nothing.
    #[name = c"off"]
    Off,
    /// What it was and what became of it.
    #[name = c"on"]
    On,
    /// The body that was sent, too.
    #[name = c"bodies"]
    Bodies,
}

/// The settings that load libraries before a user's first statement.
const PRELOADED: [&CStr; 2] = [c"shared_preload_libraries", c"session_preload_libraries"];

/// Defines the settings.
pub fn define() {
    GucRegistry::define_string_guc(
        c"basecamp_fdw.key_file",
        c"The file with the key that stored tokens are encrypted with.",
        c"Relative to the data directory. It is made, readable by the server alone, on first use.",
        &KEY_FILE,
        // One for all sessions: what one of them sealed, another must open.
        GucContext::Sighup,
        GucFlags::SUPERUSER_ONLY,
    );
    GucRegistry::define_string_guc(
        c"basecamp_fdw.oauth_client_id",
        c"The OAuth application of this installation.",
        c"Used where neither server nor user mapping has the option oauthclientid.",
        &CLIENT_ID,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"basecamp_fdw.oauth_client_secret",
        c"The secret of the OAuth application of this installation.",
        c"Needs the library in session_preload_libraries or shared_preload_libraries.",
        &CLIENT_SECRET,
        GucContext::Suset,
        GucFlags::SUPERUSER_ONLY | GucFlags::NO_SHOW_ALL,
    );
    GucRegistry::define_bool_guc(
        c"basecamp_fdw.renew_on_standby",
        c"Whether a standby server renews tokens that Basecamp refuses.",
        c"It cannot store them: those of the primary server may stop working.",
        &STANDBY,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"basecamp_fdw.allow_writes",
        c"Whether anything in Basecamp may be changed.",
        c"For a role or a database: ALTER ROLE or ALTER DATABASE sets it.",
        &ALLOW_WRITES,
        // Whoever is not to write must not be able to switch it on.
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"basecamp_fdw.dry_run",
        c"Whether writes are rehearsed: planned, checked and shown, and not sent.",
        c"What would be sent is told in a NOTICE for each request.",
        &DRY_RUN,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"basecamp_fdw.write_log",
        c"What the table basecamp.write_log keeps of each request that changes Basecamp.",
        c"off: nothing; on: request, user and outcome; bodies: what was sent, too. A ROLLBACK takes nothing of it back.",
        &WRITE_LOG,
        // Whoever is watched must not be able to switch it off.
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"basecamp_fdw.memory_limit",
        c"How much of Basecamp's answers a session keeps in memory at a time.",
        c"A statement that needs more fails. Memory of PostgreSQL's own is not counted.",
        &MEMORY_LIMIT,
        1,
        1_048_576,
        GucContext::Userset,
        GucFlags::UNIT_MB,
    );
    GucRegistry::define_int_guc(
        c"basecamp_fdw.cache_size",
        c"How much of Basecamp's answers a session keeps, of each server and role, to use them again.",
        c"What is kept gives way to what a statement needs. 0: nothing is kept.",
        &CACHE_SIZE,
        0,
        1_048_576,
        GucContext::Userset,
        GucFlags::UNIT_MB,
    );
    GucRegistry::define_int_guc(
        c"basecamp_fdw.shared_cache_size",
        c"How much of Basecamp's answers all sessions together keep in shared memory.",
        c"A role finds there what it has read in other sessions, and nobody else does. 0: nothing is kept.",
        &SHARED_CACHE_SIZE,
        0,
        65_536,
        from_the_start(),
        GucFlags::UNIT_MB,
    );
    GucRegistry::define_bool_guc(
        c"basecamp_fdw.progress",
        c"Whether a scan that takes long tells its session how far it has come.",
        c"A NOTICE every few seconds, as long as rows are waited for.",
        &PROGRESS,
        GucContext::Userset,
        GucFlags::default(),
    );
    // SAFETY: takes a terminated string; later settings of that prefix are typing errors.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"basecamp_fdw".as_ptr()) };
}

/// Who sets what memory is made of: the server's configuration, and for good where it is just starting.
fn from_the_start() -> GucContext {
    // SAFETY: reads a flag of the process's own.
    let preloading = unsafe { pg_sys::process_shared_preload_libraries_in_progress };
    if preloading { GucContext::Postmaster } else { GucContext::Sighup }
}

/// The data directory.
pub fn data() -> PathBuf {
    // SAFETY: set once when the server starts, before any backend.
    PathBuf::from(unsafe { text(pg_sys::DataDir) })
}

/// How many bytes of answers may be in memory at a time.
pub fn memory_limit() -> usize {
    megabytes(&MEMORY_LIMIT)
}

/// How many bytes of answers are kept, of each server and role.
pub fn cache_size() -> usize {
    megabytes(&CACHE_SIZE)
}

/// How many bytes of answers all sessions together keep.
pub fn shared_cache_size() -> usize {
    megabytes(&SHARED_CACHE_SIZE)
}

fn megabytes(setting: &GucSetting<i32>) -> usize {
    usize::try_from(setting.get()).unwrap_or_default().saturating_mul(1024 * 1024)
}

/// Whether writes are rehearsed and not sent.
pub fn rehearses() -> bool {
    DRY_RUN.get()
}

/// What is kept of writes.
pub fn write_log() -> WriteLog {
    WRITE_LOG.get()
}

/// That something in Basecamp may be changed.
///
/// # Errors
/// When it may not.
pub fn check_writes() -> Result<()> {
    if ALLOW_WRITES.get() {
        return Ok(());
    }
    Err(Error::new(Kind::Permission, "permission denied to change Basecamp")
        .detail("The setting basecamp_fdw.allow_writes is off.")
        .hint("A superuser can switch it on for the role or the database."))
}

/// Whether scans tell their session how far they have come.
pub fn tells_progress() -> bool {
    PROGRESS.get()
}

/// Where the key is.
pub fn key_file() -> PathBuf {
    let named = KEY_FILE.get().unwrap_or_default();
    data().join(named.to_string_lossy().as_ref())
}

/// Whether a standby may renew tokens.
pub fn renews_on_standby() -> bool {
    STANDBY.get()
}

/// The application of the installation: its id, and its secret if it has one.
///
/// # Errors
/// When every user could read the secret. Before a library is loaded PostgreSQL does not know that a
/// setting of it is for superusers.
pub fn application() -> Result<Option<(String, Option<SecretString>)>> {
    let Some(id) = CLIENT_ID.get().filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let secret = CLIENT_SECRET.get().filter(|secret| !secret.is_empty());
    if secret.is_some() && !is_preloaded() {
        return Err(Error::new(
            Kind::Configuration,
            "setting basecamp_fdw.oauth_client_secret is not protected",
        )
        .detail("Until the library is loaded in a session, every user can read the setting.")
        .hint("Add basecamp_fdw to session_preload_libraries in postgresql.conf."));
    }
    let secret = secret.map(|secret| secret.to_string_lossy().into_owned().into());
    Ok(Some((id.to_string_lossy().into_owned(), secret)))
}

/// Whether libraries are loaded before a user's first statement, with this one among them.
pub fn is_preloaded() -> bool {
    PRELOADED.iter().any(|setting| {
        // SAFETY: the name is that of a core setting; the value is valid until settings change.
        let names = unsafe { text(pg_sys::GetConfigOption(setting.as_ptr(), true, false)) };
        names.contains("basecamp_fdw")
    })
}

/// Whether the server is a standby, which cannot write.
pub fn in_recovery() -> bool {
    // SAFETY: reads a flag of shared memory.
    unsafe { pg_sys::RecoveryInProgress() }
}

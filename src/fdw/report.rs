//! Errors of ours become PostgreSQL's: kind to SQLSTATE, facts to DETAIL, advice to HINT.

use std::ffi::CStr;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use super::escape;
use crate::error::Error;

/// Hands a failure to PostgreSQL, which ends the statement.
pub trait OrReport<T> {
    /// The value, or an ERROR.
    fn or_report(self) -> T;
}

impl<T> OrReport<T> for Result<T, Error> {
    fn or_report(self) -> T {
        self.unwrap_or_else(|error| raise(&error))
    }
}

/// Ends the statement with an error.
pub fn raise(error: &Error) -> ! {
    raise_with(PgSqlErrorCode::from(encoded(error.kind().sqlstate())), error)
}

/// The same with the code of an error of PostgreSQL's own.
pub fn raise_with(code: PgSqlErrorCode, error: &Error) -> ! {
    let mut report = ErrorReport::new(code, spelled(&placeless(error.message())), "basecamp_fdw");
    if let Some(detail) = error.detail_text() {
        report = report.set_detail(spelled(&placeless(detail)));
    }
    if let Some(hint) = error.hint_text() {
        report = report.set_hint(spelled(&placeless(hint)));
    }
    report.report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not return")
}

/// The text, but to superusers alone where on the disk the data directory is.
fn placeless(text: &str) -> String {
    // SAFETY: the directory is set once when the server starts; the other reads the current role.
    let (data, superuser) =
        unsafe { (CStr::from_ptr(pg_sys::DataDir).to_string_lossy(), pg_sys::superuser()) };
    if superuser || data.is_empty() {
        return text.to_owned();
    }
    text.replace(&format!("{}/", data.trim_end_matches('/')), "")
}

/// The text as it may go into a report. pgrx hands over UTF-8 whatever the database has, which another
/// encoding would show wrongly or refuse: there, what is not ASCII is escaped.
fn spelled(text: &str) -> String {
    if escape::converts() { escape::escaped(text).into_owned() } else { text.to_owned() }
}

/// Tells the user something without ending the statement.
pub fn tell(level: PgLogLevel, message: String, hint: &str) {
    let code = match level {
        PgLogLevel::WARNING => PgSqlErrorCode::ERRCODE_WARNING,
        _ => PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
    };
    let (message, hint) = (spelled(&message), spelled(hint));
    ErrorReport::new(code, message, "basecamp_fdw").set_hint(hint).report(level);
}

/// `MAKE_SQLSTATE`: six bits a character.
fn encoded(sqlstate: &str) -> i32 {
    let bits = sqlstate.bytes().enumerate();
    bits.fold(0, |code, (place, byte)| {
        code | (i32::from(byte.wrapping_sub(b'0') & 0x3f) << (6 * place))
    })
}

//! Whether the database has an encoding of its own, and text that any encoding can hold. What reports
//! errors needs no more of encodings than this.

use std::borrow::Cow;
use std::fmt::Write as _;

use pgrx::pg_sys;

/// What our own text is in.
pub const UTF8: i32 = pg_sys::pg_enc::PG_UTF8 as i32;
const SQL_ASCII: i32 = pg_sys::pg_enc::PG_SQL_ASCII as i32;

/// The encoding of the database.
pub fn database() -> i32 {
    // SAFETY: set when the backend connects to its database.
    unsafe { pg_sys::GetDatabaseEncoding() }
}

/// Whether text has to be converted for this database.
pub fn converts() -> bool {
    !matches!(database(), UTF8 | SQL_ASCII)
}

/// A text in ASCII alone: other characters as JSON escapes them.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    Cow::Owned(ascii)
}

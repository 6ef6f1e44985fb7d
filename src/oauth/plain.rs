//! Values with secrets as bytes that are sealed next, and back. May import `error`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// Room that is made in advance: a vector that grows leaves copies of the secrets behind, and no
/// token set comes near this.
const ROOM: usize = 65_536;

/// The value as JSON, in memory that is wiped.
pub fn to_bytes(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    // Neither the values here nor a vector can fail to be written.
    let _ = serde_json::to_writer(&mut *bytes, value);
    bytes
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// When it is not that; the error says nothing of the content.
pub fn from_bytes<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|_| {
        Error::new(Kind::Configuration, format!("the stored {what} cannot be read"))
            .hint("It was stored by another version of basecamp_fdw, perhaps. Authorize again.")
    })
}

//! One page of a listing, and the records in it. May import `error`.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::error::{Error, Kind, Result};

/// Records of one answer at most. A record costs far more than its bytes once it is decoded.
const MOST_RECORDS: u64 = 100_000;

/// Checks that an answer has no more records than can be decoded at once.
///
/// # Errors
/// When it has.
pub fn check_records(records: u64) -> Result<()> {
    if records <= MOST_RECORDS {
        return Ok(());
    }
    Err(Error::new(Kind::TooLarge, "the answer has too many records")
        .detail(format!("It has {records}; {MOST_RECORDS} are the most that are read at once."))
        .hint("Ask for less with a condition. Basecamp's own pages have some hundred at most."))
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The body as it came.
    pub body: Bytes,
    /// `X-Total-Count`.
    pub total: Option<u64>,
    /// The page's number, from 1.
    pub number: u32,
    /// Whether the listing goes on, but the cap on pages ends it here.
    pub cut_short: bool,
}

/// How many records a body has; `None` where it has no such array. Some servers answer with the array
/// alone where others have it under a member.
pub fn count(body: &[u8], member: Option<&str>) -> Option<u64> {
    let member = member.filter(|_| !body.trim_ascii_start().starts_with(b"["));
    let records: Vec<IgnoredAny> = match member {
        None => serde_json::from_slice(body).ok()?,
        Some(member) => under(body, member).ok()??,
    };
    Some(records.len() as u64)
}

/// Reads the array under one member of an object; the others are only passed over.
fn under(body: &[u8], member: &str) -> serde_json::Result<Option<Vec<IgnoredAny>>> {
    let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(body)?;
    let array = members.get(member).map(|array| array.get());
    array.map(serde_json::from_str).transpose()
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn rule_47_records_are_an_array_or_under_a_member() {
        let bare = br#"[{"id":9007199254740993}, 2]"#;
        assert_eq!(count(bare, None), Some(2));
        let object = br#"{"person":{"events":[0]},"events":[1,2,3]}"#;
        assert_eq!(count(object, Some("events")), Some(3));
        assert_eq!(count(object, None), None);
        assert_eq!(count(b" [1, 2]", Some("events")), Some(2));
    }

    #[test]
    fn rules_47_and_61_a_missing_array_is_malformed() {
        for body in ["", "{}", "null", "<html>", r#"{"events":null}"#, r#"{"events":{}}"#] {
            assert_eq!(count(body.as_bytes(), Some("events")), None, "{body}");
        }
        for body in ["", "{}", "null", "[1", "[1] 2"] {
            assert_eq!(count(body.as_bytes(), None), None, "{body}");
        }
    }
}

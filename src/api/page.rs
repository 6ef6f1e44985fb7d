//! One page of a listing, and the records in it. May import `error`.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use serde::Deserialize;
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
    /// Whether it came before and was read again, because records were deleted meanwhile: what it has
    /// that did not come before is new, everything else is a double. See [`super::Pages::mended`].
    pub again: bool,
    /// Whether the listing goes on, but the cap on pages ends it here (rule 42).
    pub cut_short: bool,
}

impl Page {
    /// The records of a page that is an array of them.
    ///
    /// # Errors
    /// When it is not (rule 61).
    pub fn records(&self) -> Result<Vec<Box<RawValue>>> {
        serde_json::from_slice(&self.body).map_err(|error| not_records("an array", &error))
    }

    /// The records of a page that is an object with the array as a member (rule 47).
    ///
    /// # Errors
    /// When it is not, also when the member is missing.
    pub fn records_under(&self, member: &str) -> Result<Vec<Box<RawValue>>> {
        let what = || format!("an object with the array \"{member}\"");
        under(&self.body, member)
            .map_err(|error| not_records(&what(), &error))?
            .ok_or_else(|| Error::malformed(format!("the answer is not {}", what())))
    }
}

fn not_records(what: &str, error: &serde_json::Error) -> Error {
    Error::malformed(format!("the answer is not {what}")).unreadable(error)
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
fn under<'de, T: Deserialize<'de>>(
    body: &'de [u8],
    member: &str,
) -> serde_json::Result<Option<Vec<T>>> {
    let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(body)?;
    let array = members.get(member).map(|array| array.get());
    array.map(serde_json::from_str).transpose()
}

#[cfg(test)]
mod tests {
    use super::{Page, count};
    use crate::error::Kind;

    fn page(body: &'static str) -> Page {
        Page { body: body.into(), total: None, number: 1, again: false, cut_short: false }
    }

    #[test]
    fn rule_47_records_are_an_array_or_under_a_member() {
        // Raw, so that ids above 2^53 stay exact (rule 63).
        let bare = page(r#"[{"id":9007199254740993}, 2]"#);
        let records = bare.records().expect("an array");
        assert_eq!(records[0].get(), r#"{"id":9007199254740993}"#);
        let object = page(r#"{"person":{"events":[0]},"events":[1,2,3]}"#);
        let records = object.records_under("events").expect("a member");
        assert_eq!(records.len(), 3);
        assert_eq!(count(&object.body, Some("events")), Some(3));
        assert_eq!(count(&object.body, None), None);
        assert_eq!(count(b" [1, 2]", Some("events")), Some(2));
    }

    #[test]
    fn rules_47_and_61_a_missing_array_is_malformed() {
        for body in ["", "{}", "[1]", "null", "<html>", r#"{"events":null}"#, r#"{"events":{}}"#] {
            let error = page(body).records_under("events").expect_err(body);
            assert_eq!(error.kind(), Kind::Malformed, "{body}");
        }
        for body in ["", "{}", "null", "[1", "[1] 2"] {
            let error = page(body).records().expect_err(body);
            assert_eq!(error.kind(), Kind::Malformed, "{body}");
            assert_eq!(error.http_status(), None);
        }
    }
}

//! One page of a listing, and the records in it. May import nothing else of this folder.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use bytestring::ByteString;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::error::{Error, Kind, Result};
use crate::value::{Element, elements};

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
    /// Its records, where it is an array.
    pub records: Option<Vec<Element>>,
    /// `X-Total-Count`.
    pub total: Option<u64>,
    /// The page's number, from 1.
    pub number: u32,
    /// Whether the listing goes on, but the cap on pages ends it here.
    pub cut_short: bool,
}

/// What a body has in it.
#[derive(Debug)]
pub struct Content {
    /// How many records; none where that is not known.
    pub count: Option<u64>,
    /// The records, where it is an array.
    pub records: Option<Vec<Element>>,
}

impl Content {
    /// Looks into a body whose records are under a member, or are itself. Some servers answer with the
    /// array alone where others have it under a member.
    ///
    /// # Errors
    /// When there are too many.
    pub fn of(body: &Bytes, member: Option<&str>) -> Result<Self> {
        let is_array = body.trim_ascii_start().starts_with(b"[");
        if let Some(member) = member.filter(|_| !is_array) {
            let count = count(body, member);
            check_records(count.unwrap_or(0))?;
            return Ok(Self { count, records: None });
        }
        let records = records(body)?;
        Ok(Self { count: records.as_ref().map(|records| records.len() as u64), records })
    }
}

/// The records of a body that is an array; none where it is not one.
fn records(body: &Bytes) -> Result<Option<Vec<Element>>> {
    let Ok(text) = ByteString::try_from(body.clone()) else {
        return Ok(None);
    };
    let Ok((records, count)) = elements(&text, MOST_RECORDS as usize) else {
        return Ok(None);
    };
    check_records(count)?;
    Ok(Some(records))
}

/// How many records a body has under a member; `None` where it has no such array.
fn count(body: &[u8], member: &str) -> Option<u64> {
    let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(body).ok()?;
    let records: Vec<IgnoredAny> = serde_json::from_str(members.get(member)?.get()).ok()?;
    Some(records.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::{MOST_RECORDS, count, records};

    fn spelled(body: &'static str) -> Option<Vec<String>> {
        let records = records(&body.into()).expect("not too many")?;
        Some(records.iter().map(|record| record.text().to_owned()).collect())
    }

    #[test]
    fn rule_47_records_are_an_array_or_under_a_member() {
        let bare = r#" [{"id":9007199254740993}, 2 ]"#;
        assert_eq!(spelled(bare).expect("an array"), [r#"{"id":9007199254740993}"#, "2"]);
        assert_eq!(spelled("[]").expect("an array"), [""; 0]);
        let object = r#"{"person":{"events":[0]},"events":[1,2,3]}"#;
        assert_eq!(count(object.as_bytes(), "events"), Some(3));
        assert_eq!(spelled(object), None);
    }

    #[test]
    fn rules_47_and_61_a_missing_array_is_malformed() {
        for body in ["", "{}", "null", "<html>", r#"{"events":null}"#, r#"{"events":{}}"#] {
            assert_eq!(count(body.as_bytes(), "events"), None, "{body}");
        }
        for body in ["", "{}", "null", "[1", "[1] 2"] {
            assert_eq!(spelled(body), None, "{body}");
        }
    }

    #[test]
    fn more_records_than_can_be_decoded_are_counted_and_refused() {
        let body = |records: u64| format!("[0{}]", ",0".repeat(records as usize - 1)).into();
        assert!(records(&body(MOST_RECORDS)).is_ok());
        let refused = records(&body(MOST_RECORDS + 5)).expect_err("too many");
        assert!(refused.detail_text().is_some_and(|it| it.starts_with("It has 100005;")));
    }
}

//! An answer becomes records: split once, and parsed in portions as they are taken.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::record::{Record, weight_of};
use super::shape::{Slice, slices};
use crate::api::{Hold, check_records};
use crate::catalog::Rows;
use crate::error::Result;
use crate::plan::route::Asked;
use crate::value::Element;

/// The records of one answer, parsed as they are taken.
#[derive(Debug, Default)]
pub struct Answer {
    asked: Arc<[Asked]>,
    left: VecDeque<Slice>,
    /// How many elements the listing itself has on this page: records, or groups of them.
    pub elements: u64,
}

impl Answer {
    /// Splits an answer into its records, as the source says that it holds them. `elements`: those of
    /// the array that it is, where they are known.
    ///
    /// # Errors
    /// As [`slices`], and when it has too many records.
    pub fn split(
        shape: Rows,
        body: Bytes,
        elements: Option<Vec<Element>>,
        asked: Arc<[Asked]>,
    ) -> Result<Self> {
        let (left, elements) = slices(shape, without_mark(body), elements)?;
        check_records(left.len() as u64)?;
        Ok(Self { asked, left, elements })
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The next records, so many at most and fewer of giant ones, counted by `hold` as long as one of
    /// them is there.
    ///
    /// # Errors
    /// When one is not an object, or they take up too much.
    pub fn take(&mut self, most: usize, mut hold: Hold) -> Result<Vec<Record>> {
        let count = self.portion(most, &mut hold)?;
        let counted = Arc::new(hold);
        let taken: Vec<Slice> = self.left.drain(..count).collect();
        let records = taken.into_iter().map(|slice| {
            let nested = slice.outer.is_some();
            let document = slice.element.document();
            let record = if nested { Record::any(document)? } else { Record::object(document)? };
            Ok(Record {
                outer: slice.outer,
                array: slice.array,
                place: slice.place,
                asked: Arc::clone(&self.asked),
                _counted: Some(Arc::clone(&counted)),
                ..record
            })
        });
        records.collect()
    }

    /// How many records to parse together.
    fn portion(&self, most: usize, hold: &mut Hold) -> Result<usize> {
        let mut count = 0;
        for slice in self.left.iter().take(most) {
            let weight = weight_of(&slice.element);
            if count > 0 && hold.bytes() + weight > PORTION_BYTES {
                break;
            }
            hold.grow(weight)?;
            count += 1;
        }
        Ok(count)
    }
}

/// Bytes that the records of one portion take up about, if there are several.
const PORTION_BYTES: usize = 4 * 1024 * 1024;

/// Some servers put a byte order mark in front.
fn without_mark(body: Bytes) -> Bytes {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    if body.starts_with(MARK) { body.slice(MARK.len()..) } else { body }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::super::record::{Record, id};
    use super::Answer;
    use crate::api::Memory;
    use crate::catalog::Rows;
    use crate::error::Result;

    fn records(shape: Rows, body: &str) -> Result<Vec<Record>> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let mut answer = Answer::split(shape, body, None, Arc::default())?;
        answer.take(usize::MAX, Memory::default().hold())
    }

    #[test]
    fn rule_48_items_of_grouped_reports_come_with_the_project_around_them() {
        let body = r#"[{"id": 1, "name": "A", "todos": [{"id": 11}, {"id": 12}]},
            {"id": 2, "todos": []}, {"id": 3, "todos": [{"id": 31}]}]"#;
        let found = records(Rows::Inside("todos"), body).expect("rows");
        let ids = found.iter().map(|each| {
            let outer = each.outer.as_ref().expect("a project");
            assert!(outer.get("todos").is_none(), "the rows are not kept twice");
            (id(outer.raw()), id(each.document.raw()), each.place)
        });
        let expected = [(1, 11, 1), (1, 12, 2), (3, 31, 1)];
        let expected = expected.map(|(project, item, place)| (Some(project), Some(item), place));
        assert_eq!(ids.collect::<Vec<_>>(), expected);
        for wrong in ["{}", "[5]", r#"[{"todos": 5}]"#] {
            assert!(records(Rows::Inside("todos"), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_record_is_refused_with_the_words_of_an_error() {
        for (shape, body) in [
            (Rows::Pages, "[null]"),
            (Rows::Pages, "[5]"),
            (Rows::Member("a"), r#"{"a": [null]}"#),
            (Rows::Pages, "{}"),
        ] {
            assert!(records(shape, body).is_err(), "{body}");
        }
        for shape in [Rows::One, Rows::Pages, Rows::Maybe("a")] {
            let refused = records(shape, r#"{"error": "Not today"}"#).expect_err("no record");
            assert_eq!(refused.detail_text(), Some("Basecamp said: Not today"), "{shape:?}");
        }
    }

    #[test]
    fn one_record_may_come_as_an_array_of_one() {
        let found = records(Rows::One, r#"[{"id": 7}]"#).expect("a record");
        assert_eq!(found.first().and_then(|it| id(it.document.raw())), Some(7));
    }
}

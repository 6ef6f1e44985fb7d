//! The ids of people in JSON that names them.

use super::document::Raw;

/// The ids of people in the JSON text of an array of them, or of one.
///
/// Basecamp's own actors have words for ids, which are left out, and some ids come as texts of digits.
/// Text may be nested as deep as it likes: what is not looked at is passed over.
pub fn person_ids(people: &str) -> Vec<i64> {
    let people = Raw::of(people.trim_ascii());
    let each = people.elements().unwrap_or_else(|| vec![people]);
    each.into_iter().filter_map(person_id).collect()
}

fn person_id(person: Raw<'_>) -> Option<i64> {
    let id = person.get("id").ok().flatten().unwrap_or(person);
    id.as_i64().or_else(|| id.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::person_ids;

    #[test]
    fn person_ids_are_found_in_text_of_any_depth() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let people = format!(
            r#"[{{"id": 1, "x": {deep}}}, {{"id": "22"}}, {{"id": "basecamp"}}, 3, {deep}]"#
        );
        assert_eq!(person_ids(&people), [1, 22, 3]);
        assert_eq!(person_ids(&deep), [0_i64; 0]);
        for (people, ids) in [
            (r#"{"id": 7}"#, vec![7]),
            ("7", vec![7]),
            (r#""7""#, vec![7]),
            ("null", vec![]),
            (r#"[{"id": 1e30}, {"id": null}, {"id": {"id": 1}}, {}]"#, vec![]),
            (r#"{"name": "a"}"#, vec![]),
        ] {
            assert_eq!(person_ids(people), ids, "{people}");
        }
    }
}

//! What somebody meant who typed a name that there is not.

use super::{Field, RECORD, Table};

/// The nearest of these names: at most a third of what was typed may be wrong, or two letters.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let near = names.map(|name| (strsim::osa_distance(&typed, name), name)).min();
    let (distance, name) = near?;
    (distance <= (typed.len() / 3).max(2)).then_some(name)
}

/// What the option `field` of a column was meant to say where it has a slip; none where the catalogue
/// knows it, and none where it is like nothing that it knows: records have members that no column reads.
pub fn meant(table: &'static Table, field: &str) -> Option<String> {
    let names = table.columns().chain([&RECORD]).map(|column| column.name.to_owned());
    let places = table.columns().filter_map(|column| match column.field {
        Field::Member(path) => Some(path.to_owned()),
        Field::Each(path, inner) => Some(format!("{path}[*].{inner}")),
        _ => None,
    });
    let known: Vec<String> = names.chain(places).collect();
    let inside = format!("{field}.");
    if known.iter().any(|path| path == field || path.starts_with(&inside)) {
        return None;
    }
    known.into_iter().find(|path| is_slip(field, path))
}

/// Whether a path is another one with a slip of the finger: in each member one letter in four, at most,
/// is wrong, missing, too many or in its neighbour's place.
fn is_slip(typed: &str, path: &str) -> bool {
    let members = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (typed, path) = (members(typed), members(path));
    let slips = |(typed, path): (&String, &String)| {
        strsim::osa_distance(typed, path) <= typed.len().max(path.len()) / 4
    };
    typed != path && typed.len() == path.len() && typed.iter().zip(&path).all(slips)
}

#[cfg(test)]
mod tests {
    use super::{is_slip, meant, nearest};
    use crate::catalog::Version;

    #[test]
    fn the_nearest_name_is_found_and_none_that_is_far() {
        let names = || ["todos", "todolists", "people"].into_iter();
        assert_eq!(nearest("todo", names()), Some("todos"));
        assert_eq!(nearest("Poeple", names()), Some("people"));
        assert_eq!(nearest("invoices", names()), None);
    }

    #[test]
    fn a_field_with_a_slip_is_told_from_one_that_no_column_reads() {
        let todos = Version::V3.table("todos").expect("to-dos");
        for (field, right) in [
            ("contnet", "content"),
            ("creater.name", "creator.name"),
            ("asignees[*].id", "assignees[*].id"),
        ] {
            assert_eq!(meant(todos, field).as_deref(), Some(right), "{field}");
        }
        for known in ["content", "creator", "creator.name", "creator.bio", "brand_new", "record"] {
            assert_eq!(meant(todos, known), None, "{known}");
        }
    }

    #[test]
    fn a_slip_is_a_letter_and_another_member_is_none() {
        for (typed, path) in [
            ("contnet", "content"),
            ("creator.emial_address", "creator.email_address"),
            ("asignees[*].id", "assignees[*].id"),
            ("titel", "title"),
        ] {
            assert!(is_slip(typed, path), "{typed}");
        }
        for (typed, path) in [
            ("content", "content"),
            ("creator.bio", "creator.id"),
            ("app_url", "url"),
            ("a.b", "a"),
        ] {
            assert!(!is_slip(typed, path), "{typed}");
        }
    }
}

//! Where in a record a column's value is, and how it is read out.

use serde_json::Value as Json;

use crate::value::{Read, Type, Value};

/// The place of a value in a record. Paths are dotted member names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Field<Path = &'static str> {
    /// The day of a value that is a date or a timestamp.
    Day(Path),
    /// The second path in each element of the array at the first: `assignees`, `id`.
    Each(Path, Path),
    /// The value at a path.
    Member(Path),
    /// The id of a person or of a system actor at this path: words have no number (v3.md, 1.2).
    Person(Path),
    /// Whether there is a value other than null at a path.
    Present(Path),
    /// The value at `path` where the text at `when` is `is`, else NULL.
    When {
        /// Where the value is.
        path: Path,
        /// Where the text is that decides.
        when: Path,
        /// What that text must be.
        is: Path,
    },
    /// The first of two members that is present: spellings differ between servers (v3.md, 1.15).
    Either(Path, Path),
    /// The whole record.
    Whole,
}

impl<P: AsRef<str>> Field<P> {
    /// Reads the value out of a record. `whole` is the record's own text.
    ///
    /// # Errors
    /// When the value is not of the type.
    pub fn read(&self, ty: Type, record: &Json, whole: &str) -> Read {
        match self {
            Self::Day(path) | Self::Member(path) => {
                at(record, path).map_or(Ok(None), |v| ty.read(v))
            }
            Self::Person(path) => at(record, path).map_or(Ok(None), Type::read_person_id),
            Self::Present(path) => Ok(Some(Value::Boolean(
                at(record, path).is_some_and(|value| !value.is_null()),
            ))),
            Self::Each(path, inner) => each(record, path.as_ref(), inner.as_ref(), ty),
            Self::When { path, when, is } => {
                let applies = at(record, when).and_then(Json::as_str) == Some(is.as_ref());
                if applies {
                    at(record, path).map_or(Ok(None), |v| ty.read(v))
                } else {
                    Ok(None)
                }
            }
            Self::Either(first, second) => {
                let found = at(record, first).or_else(|| at(record, second));
                found.map_or(Ok(None), |value| ty.read(value))
            }
            Self::Whole => ty.read_whole(whole),
        }
    }

    /// The top-level member that the value is in; the whole record is in none.
    pub fn member(&self) -> Option<&str> {
        let path = match self {
            Self::Day(path)
            | Self::Each(path, _)
            | Self::Either(path, _)
            | Self::Member(path)
            | Self::Person(path)
            | Self::Present(path)
            | Self::When { path, .. } => path.as_ref(),
            Self::Whole => return None,
        };
        path.split('.').next()
    }
}

impl Field<&'static str> {
    /// The same place with text of its own, for a plan that outlives the catalogue's borrow.
    pub fn to_owned(&self) -> Field<String> {
        match *self {
            Self::Day(path) => Field::Day(path.into()),
            Self::Each(path, inner) => Field::Each(path.into(), inner.into()),
            Self::Either(first, second) => Field::Either(first.into(), second.into()),
            Self::Member(path) => Field::Member(path.into()),
            Self::Person(path) => Field::Person(path.into()),
            Self::Present(path) => Field::Present(path.into()),
            Self::When { path, when, is } => Field::When {
                path: path.into(),
                when: when.into(),
                is: is.into(),
            },
            Self::Whole => Field::Whole,
        }
    }
}

impl Field<String> {
    /// Parses the `field` option of a column: `$`, `creator.email_address` or `assignees[*].id`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |path: &str| !path.is_empty() && path.split('.').all(|name| !name.is_empty());
        if text == "$" {
            return Some(Self::Whole);
        }
        match text.split_once("[*]") {
            None => (named(text) && !text.contains('[')).then(|| Self::Member(text.to_owned())),
            Some((path, rest)) => {
                let inner = rest.strip_prefix('.').unwrap_or(rest);
                let valid =
                    named(path) && (inner.is_empty() || named(inner)) && !inner.contains('[');
                valid.then(|| Self::Each(path.to_owned(), inner.to_owned()))
            }
        }
    }
}

/// Follows a dotted path through objects.
pub fn at<'a>(record: &'a Json, path: &(impl AsRef<str> + ?Sized)) -> Option<&'a Json> {
    path.as_ref()
        .split('.')
        .try_fold(record, |value, name| value.get(name))
}

/// Collects one member of each element. Ids of people may be words, which have no number.
fn each(record: &Json, path: &str, inner: &str, ty: Type) -> Read {
    let Some(list) = at(record, path) else {
        return Ok(None);
    };
    let Some(items) = list.as_array() else {
        return ty.read(list);
    };
    let picked: Vec<Json> = items
        .iter()
        .map(|item| {
            let value = if inner.is_empty() {
                Some(item)
            } else {
                at(item, inner)
            };
            value.map_or(Json::Null, |value| numbered(ty, value))
        })
        .collect();
    ty.read(&Json::Array(picked))
}

fn numbered(ty: Type, value: &Json) -> Json {
    match (ty, value.as_str()) {
        (Type::BigintArray, Some(spelled)) => spelled.parse::<i64>().map_or(Json::Null, Json::from),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Field;
    use crate::value::{Type, Value};

    fn read(field: &Field, ty: Type, json: &serde_json::Value) -> Option<Value> {
        field.read(ty, json, &json.to_string()).expect("readable")
    }

    #[test]
    fn a_missing_step_of_a_path_is_null() {
        let record = json!({"creator": {"name": "Ann"}});
        assert_eq!(
            read(&Field::Member("creator.company.id"), Type::Bigint, &record),
            None
        );
        let name = read(&Field::Member("creator.name"), Type::Text, &record);
        assert_eq!(name, Some(Value::Text("Ann".into())));
    }

    #[test]
    fn the_parent_names_the_list_only_when_it_is_one() {
        let field = Field::When {
            path: "parent.id",
            when: "parent.type",
            is: "Todolist",
        };
        let list = json!({"parent": {"id": 5, "type": "Todolist"}});
        let set = json!({"parent": {"id": 5, "type": "Todoset"}});
        assert_eq!(read(&field, Type::Bigint, &list), Some(Value::Bigint(5)));
        assert_eq!(read(&field, Type::Bigint, &set), None);
    }

    #[test]
    fn ids_of_people_are_collected_and_words_are_null() {
        let record = json!({"assignees": [{"id": 1}, {"id": "basecamp"}, {"id": "7"}]});
        let ids = read(&Field::Each("assignees", "id"), Type::BigintArray, &record);
        assert_eq!(ids, Some(Value::BigintArray(vec![Some(1), None, Some(7)])));
    }

    #[test]
    fn the_field_option_takes_paths_and_refuses_nonsense() {
        assert_eq!(Field::parse("a.b"), Some(Field::Member("a.b".to_owned())));
        assert_eq!(
            Field::parse("a[*].b"),
            Some(Field::Each("a".to_owned(), "b".to_owned()))
        );
        assert_eq!(Field::parse("$"), Some(Field::Whole));
        for nonsense in ["", ".", "a..b", "a[0]", "a[*].b[*]", "[*].a"] {
            assert_eq!(Field::parse(nonsense), None, "{nonsense}");
        }
    }
}

//! Where in a record a column's value is, and how it is read out.

use serde_json::Value as Json;

use crate::value::{Read, Scalar, Type, Value};

/// A record, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The record.
    pub json: &'a Json,
    /// Its own text.
    pub text: &'a str,
    /// The object that it came inside of, where its source says so.
    pub outer: Option<&'a Json>,
    /// What its request asked by: holes, parameters and ways, by the names of columns.
    pub asked: &'a [(String, Scalar)],
    /// The array of the answer that it was in, where there are several.
    pub array: &'a str,
    /// Its place in that array, from 1.
    pub place: usize,
    /// The project or calendar that it belongs to, where that is wanted.
    pub bucket: Option<&'a Json>,
}

impl<'a> Seen<'a> {
    /// A record with nothing around it.
    pub const fn alone(json: &'a Json, text: &'a str) -> Self {
        Self { json, text, outer: None, asked: &[], array: "", place: 0, bucket: None }
    }
}

/// The place of a value in a record. Paths are dotted member names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Field<Path = &'static str> {
    /// This value, whatever the record is: a word, a number or a flag.
    Always(Path),
    /// The value at a path of the project or calendar that the row belongs to, going by its columns
    /// `project_id` and `calendar_id`: for listings of one, whose rows do not repeat what it is.
    Bucket(Path),
    /// The same read in the object that the record came inside of.
    #[serde(skip)]
    Around(&'static Field),
    /// What the request asked this column by: for parents that the record itself does not name.
    Asked(Path),
    /// The number of elements of the array at a path.
    Count(Path),
    /// The day of a value that is a date or a timestamp.
    Day(Path),
    /// The second path in each element of the array at the first: `assignees`, `id`.
    Each(Path, Path),
    /// The first of two members that is present: spellings differ between servers (v3.md, 1.15).
    Either(Path, Path),
    /// The first place that has a value. One that a source cannot have, such as what its request did
    /// not ask by, is passed over: `First(&[Asked(…)])` is NULL where it was not asked.
    #[serde(skip)]
    First(&'static [Field]),
    /// The text of the first place that, read as its type, has a value other than false; else NULL.
    #[serde(skip)]
    Given(&'static [(Field, Type, &'static str)]),
    /// The second path in the first element of the array at the first.
    Head(Path, Path),
    /// Whether the record was in the array of this name.
    InArray(Path),
    /// The digits that follow the second text in the address at the first path: an id.
    InUrl(Path, Path),
    /// The value at a path.
    Member(Path),
    /// The array of the answer that the record was in.
    NameOfArray,
    /// The value at a path of the object that the record came inside of.
    Outer(Path),
    /// The id of a person or of a system actor at this path: words have no number (v3.md, 1.2).
    Person(Path),
    /// The record's place in the array of this name, from 1; NULL in another.
    PlaceIn(Path),
    /// Whether there is a value other than null at a path.
    Present(Path),
    /// The record itself, which is no object but a text or a number.
    Plain,
    /// How many records have the same values in these columns: together they are one row. Labels are the
    /// same in upper and lower case.
    #[serde(skip)]
    Tally(&'static [&'static str]),
    /// The value at a path, where some servers send `false` or `{}` for none (v2.md, 1.7).
    Unless(Path),
    /// The value at `path` where the text at `when` is `is`, else NULL.
    When {
        /// Where the value is.
        path: Path,
        /// Where the text is that decides.
        when: Path,
        /// What that text must be.
        is: Path,
    },
    /// The whole record.
    Whole,
    /// The text at another place in our own word: the second of the pair whose first it is, or itself.
    #[serde(skip)]
    Word(&'static Field, &'static [(&'static str, &'static str)]),
}

impl<P: AsRef<str>> Field<P> {
    /// Reads the value out of a record.
    ///
    /// # Errors
    /// When the value is not of the type.
    pub fn read(&self, ty: Type, seen: &Seen<'_>) -> Read {
        let record = seen.json;
        let member = |json: Option<&Json>| json.map_or(Ok(None), |value| ty.read(value));
        match self {
            Self::Always(value) => constant(ty, value.as_ref()),
            Self::Around(field) => match seen.outer {
                Some(json) => field.read(ty, &Seen { json, ..*seen }),
                None => Ok(None),
            },
            Self::Count(path) => {
                let count = at(record, path).and_then(Json::as_array).map(Vec::len);
                count.map_or(Ok(None), |count| ty.read(&Json::from(count)))
            }
            Self::Given(places) => {
                for (place, read_as, word) in *places {
                    let given = place.read(*read_as, seen)?;
                    if given.is_some_and(|value| value != Value::Boolean(false)) {
                        return constant(ty, word);
                    }
                }
                Ok(None)
            }
            Self::Head(path, inner) => {
                let first = at(record, path).and_then(|list| list.get(0));
                member(first.and_then(|first| at(first, inner)))
            }
            Self::Bucket(path) => member(seen.bucket.and_then(|bucket| at(bucket, path))),
            Self::Day(path) | Self::Member(path) => member(at(record, path)),
            Self::Unless(path) => {
                let nothing = |value: &&Json| {
                    let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                    !empty && **value != Json::Bool(false)
                };
                member(at(record, path).filter(nothing))
            }
            Self::Outer(path) => member(seen.outer.and_then(|outer| at(outer, path))),
            Self::Person(path) => at(record, path).map_or(Ok(None), Type::read_person_id),
            Self::Present(path) => {
                Ok(Some(Value::Boolean(at(record, path).is_some_and(|value| !value.is_null()))))
            }
            Self::Each(path, inner) => each(record, path.as_ref(), inner.as_ref(), ty),
            Self::When { path, when, is } => {
                let applies = at(record, when).and_then(Json::as_str) == Some(is.as_ref());
                member(at(record, path).filter(|_| applies))
            }
            Self::Either(first, second) => member(at(record, first).or_else(|| at(record, second))),
            Self::First(places) => {
                for place in *places {
                    if let Some(value) = place.read(ty, seen)? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            }
            Self::InUrl(path, after) => Ok(at(record, path)
                .and_then(Json::as_str)
                .and_then(|url| digits_after(url, after.as_ref()))
                .map(Value::Bigint)),
            Self::Asked(name) => {
                let asked = seen.asked.iter().find(|(asked, _)| asked == name.as_ref());
                asked.map_or(Ok(None), |(_, value)| ty.read_scalar(value))
            }
            Self::NameOfArray => Ok(Some(Value::Text(seen.array.to_owned()))),
            Self::InArray(name) => Ok(Some(Value::Boolean(seen.array == name.as_ref()))),
            Self::PlaceIn(name) => {
                let place = i32::try_from(seen.place).ok().map(Value::Integer);
                Ok(place.filter(|_| seen.array == name.as_ref()))
            }
            Self::Plain => ty.read(record),
            Self::Tally(_) => Ok(None),
            Self::Whole => ty.read_whole(seen.text),
            Self::Word(place, words) => Ok(place.read(ty, seen)?.map(|read| word(read, words))),
        }
    }
}

/// A value that the catalogue gives.
fn constant(ty: Type, value: &str) -> Read {
    let json = match ty {
        Type::Boolean | Type::Integer | Type::Bigint => value.parse().unwrap_or(Json::Null),
        _ => Json::from(value),
    };
    ty.read(&json)
}

/// The word that stands for a text.
fn word(read: Value, words: &[(&str, &str)]) -> Value {
    let Value::Text(text) = read else {
        return read;
    };
    let ours = words.iter().find(|(theirs, _)| *theirs == text);
    Value::Text(ours.map_or(text, |(_, ours)| (*ours).to_owned()))
}

/// The number that follows a text in an address; a slug may follow it in turn (v2.md, 1.1).
fn digits_after(url: &str, after: &str) -> Option<i64> {
    let (_, rest) = url.split_once(after)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
}

impl Field<&'static str> {
    /// The top-level members of the record that the value may be in, and what else it needs of its
    /// source: see [`Need`].
    pub fn needs(&self) -> Vec<Need<'static>> {
        match *self {
            Self::Count(path)
            | Self::Day(path)
            | Self::Each(path, _)
            | Self::Either(path, _)
            | Self::Head(path, _)
            | Self::InUrl(path, _)
            | Self::Member(path)
            | Self::Person(path)
            | Self::Present(path)
            | Self::Unless(path) => vec![Need::Member(top(path))],
            Self::When { path, when, .. } => {
                vec![Need::Member(top(path)), Need::Member(top(when))]
            }
            Self::Asked(name) => vec![Need::Asked(name)],
            Self::InArray(_) | Self::NameOfArray | Self::PlaceIn(_) => vec![Need::Array],
            Self::Around(_) | Self::Outer(_) => vec![Need::Outer],
            Self::Word(place, _) => place.needs(),
            Self::Always(_)
            | Self::Bucket(_)
            | Self::First(_)
            | Self::Given(_)
            | Self::Plain
            | Self::Tally(_)
            | Self::Whole => Vec::new(),
        }
    }
}

impl Field<&'static str> {
    /// Whether the value may be in the project or calendar of the row.
    pub fn is_of_bucket(&self) -> bool {
        match self {
            Self::Bucket(_) => true,
            Self::First(places) => places.iter().any(Self::is_of_bucket),
            Self::Word(place, _) => place.is_of_bucket(),
            _ => false,
        }
    }
}

impl Field<String> {
    /// The top-level member that the value is in; the whole record is in none.
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Each(path, _) | Self::Member(path) => Some(top(path)),
            _ => None,
        }
    }
}

/// What a value needs to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// That the request asked by it.
    Asked(&'a str),
    /// That the answer has several arrays.
    Array,
    /// A member of the record.
    Member(&'a str),
    /// An object around the record.
    Outer,
}

fn top(path: &str) -> &str {
    path.split_once('.').map_or(path, |(first, _)| first)
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
    path.as_ref().split('.').try_fold(record, |value, name| value.get(name))
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
            let value = if inner.is_empty() { Some(item) } else { at(item, inner) };
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

    use super::{Field, Seen};
    use crate::value::{Scalar, Type, Value};

    fn read(field: &Field, ty: Type, json: &serde_json::Value) -> Option<Value> {
        let text = json.to_string();
        field.read(ty, &Seen::alone(json, &text)).expect("readable")
    }

    #[test]
    fn rules_65_and_70_absent_and_null_are_null_and_unknown_members_are_ignored() {
        let record = json!({"creator": {"name": "Ann", "new": [1]}, "title": null, "newer": {}});
        for (path, ty) in [
            ("title", Type::Text),
            ("content", Type::Text),
            ("position", Type::Integer),
            ("assignees", Type::Jsonb),
        ] {
            assert_eq!(read(&Field::Member(path), ty, &record), None, "{path}");
        }
        assert_eq!(read(&Field::Member("creator.company.id"), Type::Bigint, &record), None);
        let name = read(&Field::Member("creator.name"), Type::Text, &record);
        assert_eq!(name, Some(Value::Text("Ann".into())));
    }

    #[test]
    fn the_parent_names_the_list_only_when_it_is_one() {
        let field = Field::When { path: "parent.id", when: "parent.type", is: "Todolist" };
        let list = json!({"parent": {"id": 5, "type": "Todolist"}});
        let set = json!({"parent": {"id": 5, "type": "Todoset"}});
        assert_eq!(read(&field, Type::Bigint, &list), Some(Value::Bigint(5)));
        assert_eq!(read(&field, Type::Bigint, &set), None);
    }

    #[test]
    fn what_is_around_a_record_can_be_read() {
        let (record, outer) = (json!({"id": 1}), json!({"bucket": {"id": 9}}));
        let asked = [("todoset_id".to_owned(), Scalar::Id(5))];
        let seen = Seen {
            outer: Some(&outer),
            asked: &asked,
            array: "reads",
            place: 2,
            ..Seen::alone(&record, "{}")
        };
        let read = |field: Field, ty: Type| field.read(ty, &seen).expect("readable");
        assert_eq!(read(Field::Asked("todoset_id"), Type::Bigint), Some(Value::Bigint(5)));
        assert_eq!(read(Field::Asked("other"), Type::Bigint), None);
        assert_eq!(read(Field::Outer("bucket.id"), Type::Bigint), Some(Value::Bigint(9)));
        assert_eq!(read(Field::NameOfArray, Type::Text), Some(Value::Text("reads".into())));
        assert_eq!(read(Field::PlaceIn("reads"), Type::Integer), Some(Value::Integer(2)));
        assert_eq!(read(Field::PlaceIn("unreads"), Type::Integer), None);
        let either = Field::First(&[Field::Member("none"), Field::Asked("todoset_id")]);
        assert_eq!(read(either, Type::Bigint), Some(Value::Bigint(5)));
    }

    #[test]
    fn a_text_can_be_given_our_own_word() {
        let field = Field::Word(&Field::Member("type"), &[("Message::Board", "message_board")]);
        for (theirs, ours) in [("Message::Board", "message_board"), ("New::Kind", "New::Kind")] {
            let value = read(&field, Type::Text, &json!({"type": theirs}));
            assert_eq!(value, Some(Value::Text(ours.into())));
        }
        assert_eq!(read(&field, Type::Text, &json!({})), None);
    }

    #[test]
    fn flags_and_constants_give_words_where_the_api_has_none() {
        let field = Field::First(&[
            Field::Given(&[(Field::Member("archived"), Type::Boolean, "archived")]),
            Field::Always("active"),
        ]);
        for (archived, word) in
            [(json!(true), "archived"), (json!(false), "active"), (json!(null), "active")]
        {
            let value = read(&field, Type::Text, &json!({"archived": archived}));
            assert_eq!(value, Some(Value::Text(word.into())));
        }
        let zero = Field::First(&[Field::Member("number"), Field::Always("0")]);
        assert_eq!(read(&zero, Type::Integer, &json!({})), Some(Value::Integer(0)));
        assert_eq!(
            read(&Field::Always("true"), Type::Boolean, &json!({})),
            Some(Value::Boolean(true))
        );
    }

    #[test]
    fn arrays_are_counted_and_their_first_element_read() {
        let record = json!({"files": [{"key": "a"}, {"key": "b"}], "none": []});
        assert_eq!(read(&Field::Count("files"), Type::Integer, &record), Some(Value::Integer(2)));
        assert_eq!(read(&Field::Count("other"), Type::Integer, &record), None);
        assert_eq!(
            read(&Field::Head("files", "key"), Type::Text, &record),
            Some(Value::Text("a".into()))
        );
        assert_eq!(read(&Field::Head("none", "key"), Type::Text, &record), None);
    }

    #[test]
    fn the_object_around_and_the_project_can_be_read_like_the_record() {
        let (record, outer) = (json!("red"), json!({"url": "https://x/projects/7/attachments/1"}));
        let project = json!({"name": "BCX"});
        let seen =
            Seen { outer: Some(&outer), bucket: Some(&project), ..Seen::alone(&record, "\"red\"") };
        let id: Field = Field::Around(&Field::InUrl("url", "/projects/"));
        assert_eq!(id.read(Type::Bigint, &seen), Ok(Some(Value::Bigint(7))));
        let name = Field::Bucket("name");
        assert_eq!(name.read(Type::Text, &seen), Ok(Some(Value::Text("BCX".into()))));
        assert_eq!(name.read(Type::Text, &Seen::alone(&record, "")), Ok(None));
    }

    #[test]
    fn an_id_is_found_in_an_address_with_a_slug() {
        let record = json!({"url": "https://x/1/projects/605816632-bcx/todos/12-design-it.json"});
        let id = read(&Field::InUrl("url", "/projects/"), Type::Bigint, &record);
        assert_eq!(id, Some(Value::Bigint(605_816_632)));
        assert_eq!(read(&Field::InUrl("url", "/lists/"), Type::Bigint, &record), None);
    }

    #[test]
    fn false_and_an_empty_object_can_stand_for_nothing() {
        for nothing in [json!({"a": false}), json!({"a": {}}), json!({"a": null})] {
            assert_eq!(read(&Field::Unless("a"), Type::Timestamptz, &nothing), None, "{nothing}");
        }
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
        assert_eq!(Field::parse("a[*].b"), Some(Field::Each("a".to_owned(), "b".to_owned())));
        assert_eq!(Field::parse("$"), Some(Field::Whole));
        for nonsense in ["", ".", "a..b", "a[0]", "a[*].b[*]", "[*].a"] {
            assert_eq!(Field::parse(nonsense), None, "{nonsense}");
        }
    }
}

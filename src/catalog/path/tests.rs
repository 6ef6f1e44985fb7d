//! Values are read from where a path says.

use serde_json::json;

use super::{Field, Seen};
use crate::value::{Document, Raw, Scalar, Type, Value};

fn read(field: &Field, ty: Type, json: &serde_json::Value) -> Option<Value> {
    let document = Document::parse(json.to_string().into()).expect("JSON");
    let seen = field.read(ty, &Seen::alone(document.raw())).expect("readable");
    // Whether the places of members are known or not.
    assert_eq!(field.read(ty, &Seen::alone(Raw::of(document.text()))), Ok(seen.clone()));
    seen
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
    let outer = Raw::of(r#"{"bucket": {"id": 9}}"#);
    let asked = [("todoset_id".to_owned(), Scalar::Id(5))];
    let seen = Seen {
        outer: Some(outer),
        asked: &asked,
        array: "reads",
        place: 2,
        ..Seen::alone(Raw::of(r#"{"id": 1}"#))
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
    assert_eq!(read(&Field::Always("true"), Type::Boolean, &json!({})), Some(Value::Boolean(true)));
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
    let record = Raw::of("\"red\"");
    let outer = Some(Raw::of(r#"{"url": "https://x/projects/7/attachments/1"}"#));
    let bucket = Some(Raw::of(r#"{"name": "BCX"}"#));
    let seen = Seen { outer, bucket, ..Seen::alone(record) };
    let id: Field = Field::Around(&Field::InUrl("url", "/projects/"));
    assert_eq!(id.read(Type::Bigint, &seen), Ok(Some(Value::Bigint(7))));
    let name = Field::Bucket("name");
    assert_eq!(name.read(Type::Text, &seen), Ok(Some(Value::Text("BCX".into()))));
    assert_eq!(name.read(Type::Text, &Seen::alone(record)), Ok(None));
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

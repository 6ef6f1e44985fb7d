//! Ways to spoil a body: member by member, or as text where JSON's own types could not say it.

use serde_json::{Map, Value};

use crate::answer::Answer;

/// What stands in a body until the text takes its place that no JSON type could hold.
const MARK: &str = "@@spoilt@@";

/// Changes every record of a body: the elements of its arrays, or the one object that it is.
pub fn records(answer: &mut Answer, change: impl Fn(&mut Map<String, Value>)) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return;
    };
    match &mut body {
        Value::Array(elements) => elements.iter_mut().for_each(|each| element(each, &change)),
        Value::Object(members) => {
            change(members);
            let arrays = members.values_mut().filter_map(Value::as_array_mut).flatten();
            arrays.filter_map(Value::as_object_mut).for_each(&change);
        }
        _ => {}
    }
    answer.body = body.to_string().into_bytes();
}

/// A record, or a group of them.
fn element(element: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    let Some(members) = element.as_object_mut() else {
        return;
    };
    change(members);
    for inner in ["todos", "cards"] {
        let inside = members.get_mut(inner).and_then(Value::as_array_mut);
        inside.into_iter().flatten().filter_map(Value::as_object_mut).for_each(change);
    }
}

/// Gives a member of every record a value, where they have it.
pub fn member(answer: &mut Answer, name: &str, value: &Value) {
    records(answer, |record| {
        if let Some(present) = record.get_mut(name) {
            *present = value.clone();
        }
    });
}

/// Gives every record one more member, with a value that is written as this text.
pub fn extra(answer: &mut Answer, text: &str) {
    records(answer, |record| {
        record.insert("spoilt".to_owned(), MARK.into());
    });
    let body = String::from_utf8_lossy(&answer.body);
    answer.body = body.replace(&format!("\"{MARK}\""), text).into_bytes();
}

/// Puts something in place of the first element of the array that is the body, or that it has as `events`.
pub fn first_element(answer: &mut Answer, value: &Value) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return;
    };
    let elements = match &mut body {
        Value::Object(members) => members.get_mut("events").and_then(Value::as_array_mut),
        body => body.as_array_mut(),
    };
    if let Some(first) = elements.and_then(|elements| elements.first_mut()) {
        *first = value.clone();
        answer.body = body.to_string().into_bytes();
    }
}

/// Puts another body in place of the answer's.
pub fn body(answer: &mut Answer, text: impl Into<Vec<u8>>) {
    answer.body = text.into();
}

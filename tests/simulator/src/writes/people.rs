//! People in bodies: by their ids.

use serde_json::Value;

/// The places that ids of people stand for, whether or not somebody is there; each once.
pub fn places(ids: &Value) -> Vec<usize> {
    let ids = ids.as_array().into_iter().flatten().filter_map(Value::as_u64);
    let places = ids.filter_map(|id| usize::try_from(id).ok()?.checked_sub(2000));
    let mut known = Vec::new();
    for place in places {
        if !known.contains(&place) {
            known.push(place);
        }
    }
    known
}

/// The places of people as a record shows them.
pub fn ids(people: &Value) -> Vec<usize> {
    let people = people.as_array().into_iter().flatten();
    places(&people.map(|person| person["id"].clone()).collect())
}

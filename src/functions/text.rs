//! Rich text and people, made easier to use.

use pgrx::JsonB;
use pgrx::prelude::*;

use crate::{text, value};

#[pg_extern]
fn html_to_text(html: &str) -> String {
    text::html_to_text(html)
}

#[pg_extern]
fn person_ids(people: JsonB) -> Vec<i64> {
    value::person_ids(&people.0)
}
